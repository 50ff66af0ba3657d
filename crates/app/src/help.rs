//! What `--help` says beyond the options. Lists that the program obeys come from its own tables.

use crate::keys::list;

/// After the options of `-h`.
pub(crate) const SHORT: &str = "`beige --help` also shows examples, hot keys, exit codes and the script language.";

/// After the options of `--help`.
pub(crate) fn long() -> String {
    [EXAMPLES, &list::hot_keys_text(), &script(), EXIT_CODES, JSON, PROFILE, TIMES].join("\n\n")
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

/// After the options of `beige suite`.
pub(crate) const SUITE: &str = r#"A suite holds single instructions that were recorded on a real chip: registers and memory before, and what was
different after. A test passes when registers, the listed memory, every other byte of memory and the exception agree.
Flags that the chip leaves undefined are masked, as the files or the metadata.json beside them say; tests that
revocation_list.txt names are skipped. Bus cycles and the prefetch queue are not compared.

The CPU is the one that a file names: 8086, C286 (80286), 386E (80386) in real mode; HW32 and HW87 are 32-bit protected
mode and x87, run on the 80486. A JSON file names none: metadata.json beside it or --cpu does.

Opcodes of --filter, with commas between:
  00             the files of opcode 00, with size prefixes (6600) or without
  0F.BA  0FBA    a two-byte opcode; 0F alone is all of them
  F6.4           opcode F6 with 4 in the reg field of its ModRM byte
  D8-DF          a range, of opcodes or of forms such as F6.4-F6.7
  fsin  fld      a file by its name or by a part of it between underscores: fld_m32
  The opcode of a file is its name; where that is no opcode, it is that of its first test.

Examples:
  beige suite 8086/ 80286/v1_real_mode/
  beige suite --filter F6,F7 --first-failure 8086/
  beige suite --undefined-flags --filter 27,2F,37,3F 8086/
  beige suite --shard /8 suites/         a pod of a Kubernetes Indexed Job with 8 completions
  beige suite --shard 2/8 --json suites/ | jq -r '.suites[].opcodes[] | select(.failed > 0) | .file'

With --shard /N or without --shard, K is the place of this job in its array: JOB_COMPLETION_INDEX of a Kubernetes Indexed
Job, or SLURM_ARRAY_TASK_ID with SLURM_ARRAY_TASK_MIN and SLURM_ARRAY_TASK_STEP of a SLURM array. Without --shard, N is
SLURM_ARRAY_TASK_COUNT, or JOB_COMPLETIONS, which Kubernetes does not set: give it in the job, or write --shard /N. Where
an index is set and N is not known, nothing runs.

Where the recording CPU differs from the Intel part, a rule of Beige accepts the difference; such tests are counted as
accepted, and a suite of which more than 5 in 1000 are accepted fails.

The last line is `PASS n of n` or `FAIL k of n`. JSON: {"engine", "result", "undefined_flags", "tests", "passed",
"failed", "accepted", "skipped", "suites"}; a suite is {"suite", "opcodes", and the counts}; an opcode is {"opcode",
"mnemonic", "file", "cpu", "undefined_flags_missed", "unexecuted", "accepted_by", "failures", and the counts}; a failure is {"test",
"name", "bytes", "disassembly", "hash", "differences"}, a difference {"field", "before", "expected", "got"}.

Exit codes: 0 every test passed or was accepted, 1 a test failed, 2 a file cannot be read or no test was found, 3 the
host lacks something."#;

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
  beige run --rom test386.bin@F0000 --post-port 190
                                         run a test of the CPU in place of the BIOS, print its POST codes
  beige --headless --until DONE --profile stacks.txt --stats dos.img
                                         where does the time go, of the guest and of the host?
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
  1   the guest or a check failed: unmet wait, halted too early, the CPU shut down with
      --on-shutdown stop, interrupted by a signal
  2   bad input: options, images, script, state; a file that is not there or may not be read or written
  3   the host lacks something: no display, an image that another program has locked, a write that failed
  4   --limit passed
  N   exit N of a script, or the byte written to --exit-port
  101 a bug in Beige; a report for its authors is in the temporary folder";

const JSON: &str = r#"JSON: {"exit", "exit_code", "message", "guest_seconds", "instructions", "host_cpu_seconds", "screen",
"waiting_for", "hang", "hash", "post_codes", "stats"}; the message explains a failure, else it is null; the hash is there with --hash, the
last 1000 POST codes, such as "0Ah", with --post-port. When the run ends by
--limit, by a halt or by an unmet wait, "waiting_for" says what the guest waits for, such as `port 3F4h`, and "hang" is
{"kind", "cs_ip", "instruction", "interrupts_enabled", "port", "irq", "address", "last_call", "disk_error", "sentence"};
"kind" is one of halted, shutdown, interrupt, key, tick, serial, port, memory, disk, faults, empty-memory, endless-loop, computes. "exit"
is one of script, exit, until, until-post, limit, halted, power-off, exit-port, unmet-wait, screenshot, save, disk-change,
shutdown, interrupted, closed, stdout-closed."#;

const PROFILE: &str = r#"Profile: a line a stack, FRAME;FRAME;... SAMPLES, for flamegraph.pl, inferno-flamegraph and speedscope. The frames: the
program that runs, as `MASM (PSP 1A2B)`, else DOS, BIOS or boot; the mode, real, V86 or protected; for each interrupt that
has not returned, the code that called (`1A3B:01xx`, 256 bytes of it) and what it called (`INT 21h AH=3Fh`, or
`interrupt 08h` of a chip); the code that runs; the instruction (`1A3B:0123 rep movsw`), as it was when the stack was first
seen. A program's code in its .MAP file begins at its PSP + 10h. In protected mode calls of programs are seen, interrupts
of chips by their code only. Samples count instructions, not time: HLT takes none. They come at the same instructions in
each run and change nothing in the guest. Loops in which the guest waits are run, not passed over: that takes host time.

--stats: "stats" of the JSON object is {"instructions", "guest_seconds", "host_seconds", "slept_seconds", "cpu_seconds",
"core_mips", "cpu_seconds_by_part", "counts"}. The CPU time of the machine is exact, how it divides among its parts is
sampled a thousand times a second; a short run shows it only roughly."#;

const TIMES: &str = "Times are guest time: 500ms, 20s, 10m, 1h. BEIGE_LOG=info tells more on standard error.";
