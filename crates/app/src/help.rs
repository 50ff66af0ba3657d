//! What `--help` says beyond the options. Lists that the program obeys come from its own tables.

use crate::keys::list;

/// After the options of `-h`.
pub(crate) const SHORT: &str = "`beige --help` also shows examples, hot keys, exit codes and the script language.";

/// After the options of `--help`.
pub(crate) fn long() -> String {
    [EXAMPLES, &list::hot_keys_text(), &script(), EXIT_CODES, JSON, TIMES].join("\n\n")
}

/// After the options of `beige inspect`.
pub(crate) const INSPECT: &str = r#"Examples:
  beige inspect freedos.img
  beige inspect --thumbnail picture.png prompt.state
  beige inspect --json *.img | jq -r '.[] | [.file, .seems] | @tsv'

JSON, a file: {"file", "seems", "bytes", "format", "remedy", "problem", "medium", "boot_sector", "partitions",
"file_systems"}. "format" is "raw", "beige state" or the name of what the file is instead, then with its "remedy";
"problem" says why the image cannot be put into a drive; "medium" is {"kind", "format", "chs", "chs_from", "drive_chs",
...}; "boot_sector" {"signature", "code", "oem_name", "parameter_block"}; a partition {"number", "type", "type_name",
"active", "first_sector", "sectors", "first_chs", "last_chs", "fits"}; a file system {"partition", "type", "label",
"boot_sector_label", "serial", "cluster_bytes", "clusters", "free_clusters", "root", ...}. What is not there is null.
A file that cannot be read has {"file", "error"}. A saved state has {"file", "seems", "format", "program", "saved_at",
"cpu", "memory_kib", "guest_seconds", "instructions", "drives", "picture", "screen"}: a drive is {"drive", "image",
"bytes"}, with no image for a disk that is in the state; the picture is rows of shades.

Exit codes: 0 every file was looked at, 2 one cannot be read or is a damaged state; the others are shown nevertheless."#;

/// After the options of `beige keys`.
pub(crate) const KEYS: &str = "Examples:
  beige keys
  beige keys --json | jq -r '.keys[].name'";

fn script() -> String {
    format!("{SCRIPT}\n{}", list::key_names_text())
}

const EXAMPLES: &str = r#"Examples:
  beige                                  boot the built-in disk in a window
  beige freedos.img                      boot a floppy; changes live in memory
  beige --write dos.img disk.img         a floppy in A, a hard disk in C, changes are kept
  beige --write --a one.img --a two.img  several disks for drive A: F12+E puts in the next
  beige --cpu 8086 --speed 4.77MHz --real-disk dos.img
                                         as fast as the first PC, drives included
  beige --boot menu dos.img disk.img     ask which drive to boot, as Esc does in the first half second
  beige --headless --until 'A:\>' --screen freedos.img
                                         wait for the prompt, print the screen
  beige --dry-run --json disk.img        which machine would this be?
  beige --headless --script test.txt --json --hash freedos.img
  beige --resume prompt.state            go on where a state was saved, by F12+W or `save` in a script"#;

const SCRIPT: &str = r#"Script, one statement a line; everything happens at guest retraces, so the host's speed does not matter:
  wait "TEXT" [within 20s]     a row that changed since the last type or key holds TEXT; 30s unless said
  wait any "TEXT" [within 20s] any row holds TEXT
  type "dir\n"                 types on a US keyboard; \n is Enter, \t Tab, \" a quote, \\ a backslash
  key ctrl+alt+del             presses keys together
  sleep 500ms                  lets guest time pass
  screen                       prints the text screen
  screenshot FILE.png          saves a picture; FILE is the rest of the line
  save FILE.state              saves the state of the machine, which --resume goes on from
  insert a FILE.img            puts an image into floppy drive a or b, in place of the disk in it; FILE is the rest of the
                               line; every image is checked before the run starts
  eject a                      takes the disk out, after its last writes are stored
  exit N                       ends with exit code N; a script that reaches its end exits 0
  # comment
  A row that only scrolled has not changed. Rows count from the first Enter of a `type`, from its last key when it has
  none, so that the echo of a command does not answer for it. A backslash before any other character stands for itself."#;

const EXIT_CODES: &str = "Exit codes:
  0   done: script at its end, --until met, window closed, halted or switched off with nothing left
      to wait for
  1   the guest or a check failed: unmet wait, halted too early, interrupted by a signal
  2   bad input: options, images, script, state; a file that is not there or may not be read or written
  3   the host lacks something: no display, an image that another program has locked, a write that failed
  4   --limit passed
  N   exit N of a script, or the byte written to --exit-port
  101 a bug in Beige; a report for its authors is in the temporary folder";

const JSON: &str = r#"JSON: {"exit", "exit_code", "message", "guest_seconds", "instructions", "host_cpu_seconds", "screen",
"waiting_for", "hang", "hash"}; the message explains a failure, else it is null; the hash is there with --hash. When the run ends by
--limit, by a halt or by an unmet wait, "waiting_for" says what the guest waits for, such as `port 3F4h`, and "hang" is
{"kind", "cs_ip", "instruction", "interrupts_enabled", "port", "irq", "address", "last_call", "disk_error", "sentence"};
"kind" is one of halted, interrupt, key, tick, serial, port, memory, disk, faults, empty-memory, endless-loop, computes. "exit"
is one of script, exit, until, limit, halted, power-off, exit-port, unmet-wait, screenshot, save, disk-change,
shutdown, interrupted, closed, stdout-closed."#;

const TIMES: &str = "Times are guest time: 500ms, 20s, 10m, 1h. BEIGE_LOG=info tells more on standard error.";
