//! The ports of the machine and the host's ends of them. The guests are boot sectors of a few bytes.

use beige_tests::{assert_exit, beige};
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use tempfile::TempDir;

/// A bootable floppy image that executes `code`, in a folder of its own.
pub(crate) struct Guest {
    folder: TempDir,
    image: PathBuf,
}

impl Guest {
    pub(crate) fn new(code: &[u8]) -> Guest {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let image = folder.path().join("guest.img");
        let mut sector = [0; 512];
        sector[..code.len()].copy_from_slice(code);
        sector[510..].copy_from_slice(&[0x55, 0xaa]);
        std::fs::write(&image, sector).expect("the folder is ours");
        Guest { folder, image }
    }

    pub(crate) fn image(&self) -> &Path {
        &self.image
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(beige());
        command.arg("--headless").args(arguments).arg(&self.image).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the program starts")
    }

    /// Starts the program without looking at what it says.
    pub(crate) fn start_silently(&self, arguments: &[&str]) -> Silent {
        let mut command = self.command(arguments);
        Silent(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts"))
    }

    /// Starts the program; with what stands after `announcement` on standard error.
    fn start(&self, arguments: &[&str], announcement: &str) -> (Running, String) {
        let mut child = self.command(arguments).spawn().expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("piped"));
        let mut running = Running { child, stderr };
        let mut line = String::new();
        while running.stderr.read_line(&mut line).expect("text") > 0 {
            if let Some(told) = line.trim_end().strip_prefix(announcement) {
                return (running, told.to_owned());
            }
            line.clear();
        }
        panic!("the program did not say `{announcement}`");
    }
}

/// A program on its way that says nothing.
pub(crate) struct Silent(Child);

impl Silent {
    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("the program is ours");
        self.0.wait().expect("the program is ours");
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A program on its way. Its standard error stays open.
struct Running {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Running {
    fn assert_done(mut self) {
        assert_eq!(self.child.wait().expect("the program is ours").code(), Some(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends back what it receives, by polling with DTR and RTS, until `q`, which halts.
fn echo(base: u16) -> Vec<u8> {
    let [data_low, high] = base.to_le_bytes();
    let [mcr, lsr] = [data_low + 4, data_low + 5];
    vec![
        0xba, mcr, high, 0xb0, 0x03, 0xee, // mov dx, mcr; mov al, 3; out dx, al
        0xba, lsr, high, 0xec, 0xa8, 0x01, 0x74, 0xfb, // mov dx, lsr; in al, dx; test al, 1; jz to in
        0xba, data_low, high, 0xec, // mov dx, data; in al, dx
        0x3c, b'q', 0x74, 0x12, // cmp al, 'q'; je to cli
        0x88, 0xc4, // mov ah, al
        0xba, lsr, high, 0xec, 0xa8, 0x20, 0x74, 0xfb, // mov dx, lsr; in al, dx; test al, 20h; jz to in
        0xba, data_low, high, 0x88, 0xe0, 0xee, // mov dx, data; mov al, ah; out dx, al
        0xeb, 0xde, // jmp to the first mov dx, lsr
        0xfa, 0xf4, // cli; hlt
    ]
}

/// Waits for DCD, sends `!`, waits until DCD has gone, halts.
const CARRIER: &[u8] = &[
    0xba, 0xfe, 0x03, 0xec, 0xa8, 0x80, 0x74, 0xfb, // mov dx, 3feh; in al, dx; test al, 80h; jz to in
    0xba, 0xf8, 0x03, 0xb0, b'!', 0xee, // mov dx, 3f8h; mov al, '!'; out dx, al
    0xba, 0xfe, 0x03, 0xec, 0xa8, 0x80, 0x75, 0xfb, // mov dx, 3feh; in al, dx; test al, 80h; jnz to in
    0xfa, 0xf4, // cli; hlt
];

fn exchange(line: &mut (impl Read + Write), sent: &[u8]) {
    line.write_all(sent).expect("the guest listens");
    let mut heard = vec![0; sent.len()];
    line.read_exact(&mut heard).expect("the guest answers");
    assert_eq!(heard, sent);
}

#[test]
fn a_guest_echoes_over_tcp_on_every_port() {
    for (option, base) in [("--com1", 0x3f8), ("--com2", 0x2f8), ("--com3", 0x3e8), ("--com4", 0x2e8)] {
        let guest = Guest::new(&echo(base));
        let announcement = format!("beige: COM{} listens on ", &option[5..]);
        let (running, address) = guest.start(&[option, "tcp:0,wait"], &announcement);
        let mut client = TcpStream::connect(&address).expect("it listens");
        let all: Vec<u8> = (0..=255).filter(|byte| *byte != b'q').collect();
        exchange(&mut client, &all);
        client.write_all(b"q").expect("the guest listens");
        running.assert_done();
    }
}

#[test]
fn a_client_that_leaves_is_a_lost_carrier_and_the_next_one_is_welcome() {
    let guest = Guest::new(&echo(0x3f8));
    let (running, address) = guest.start(&["--com1", "tcp:0", "--limit", "10h"], "beige: COM1 listens on ");
    for round in [&b"first"[..], b"second", b"third"] {
        exchange(&mut TcpStream::connect(&address).expect("it listens"), round);
    }
    TcpStream::connect(&address).expect("it listens").write_all(b"q").expect("the guest listens");
    running.assert_done();

    let guest = Guest::new(CARRIER);
    let (running, address) = guest.start(&["--com1", "tcp:0", "--limit", "10h"], "beige: COM1 listens on ");
    let mut client = TcpStream::connect(&address).expect("it listens");
    let mut heard = [0];
    client.read_exact(&mut heard).expect("the guest sees its client");
    assert_eq!(&heard, b"!");
    drop(client);
    running.assert_done();
}

#[cfg(unix)]
#[test]
fn a_guest_echoes_over_a_pseudo_terminal() {
    let guest = Guest::new(&echo(0x2f8));
    let (running, path) = guest.start(&["--com2", "pty", "--limit", "10h"], "beige: COM2 is ");
    let mut terminal = std::fs::File::options().read(true).write(true).open(&path).expect("it is there");
    exchange(&mut terminal, b"\x03\x04raw\r\nbytes");
    terminal.write_all(b"q").expect("the guest listens");
    running.assert_done();
}

#[test]
fn a_file_piped_into_the_port_arrives_whole_however_slowly_it_is_read() {
    // Without FIFO, and the guest sends each byte before it reads the next.
    let guest = Guest::new(&echo(0x3f8));
    let text: Vec<u8> = (0..500_u32).map(|number| b'A' + (number % 26) as u8).chain([b'q']).collect();
    let input = guest.path("input");
    std::fs::write(&input, &text).expect("the folder is ours");
    let run = |stdin: Stdio, feed: bool| {
        let mut child = guest.command(&["--serial", "stdio", "--limit", "1h"]).stdin(stdin).spawn().expect("starts");
        if feed {
            let mut pipe = child.stdin.take().expect("piped");
            let text = text.clone();
            std::thread::spawn(move || pipe.write_all(&text));
        }
        let output = child.wait_with_output().expect("the program is ours");
        assert_exit(&output, 0);
        assert!(output.stdout == text[..500], "{} bytes came back", output.stdout.len());
    };
    run(Stdio::piped(), true);
    run(std::fs::File::open(&input).expect("it is there").into(), false);
}

#[test]
fn a_port_in_use_is_refused_in_one_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let target = format!("tcp:{}", taken.local_addr().expect("an address").port());
    let output = Guest::new(&[0xfa, 0xf4]).run(&["--com2", &target]);
    assert_exit(&output, 3);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.trim_end().lines().last().is_some_and(|line| line.contains("COM2 cannot listen")), "{said}");
}

#[test]
fn bytes_go_to_files_of_their_ports() {
    let guest = Guest::new(&[
        0xba, 0xf8, 0x03, 0xb0, b'1', 0xee, // mov dx, 3f8h; mov al, '1'; out dx, al
        0xba, 0xe8, 0x02, 0xb0, b'4', 0xee, // mov dx, 2e8h; mov al, '4'; out dx, al
        0xfa, 0xf4, // cli; hlt
    ]);
    let files = [guest.path("one"), guest.path("four")];
    let name = |path: &Path| path.to_str().expect("plain").to_owned();
    assert_exit(&guest.run(&["--com1", &name(&files[0]), "--com4", &name(&files[1])]), 0);
    assert_eq!(files.map(|file| std::fs::read(file).expect("written")), [b"1", b"4"]);
}

/// INT 17h for each byte, then the power switch.
pub(crate) fn print_and_switch_off(text: &str) -> Vec<u8> {
    let mut code = vec![0x31, 0xd2]; // xor dx, dx
    code.extend(text.bytes().flat_map(|byte| [0xb8, byte, 0x00, 0xcd, 0x17])); // mov ax, byte; int 17h
    code.extend([0xba, 0x00, 0x89]); // mov dx, 8900h
    code.extend(b"Shutdown".iter().flat_map(|letter| [0xb0, *letter, 0xee])); // mov al, letter; out dx, al
    code.extend([0xeb, 0xfe]); // jmp $
    code
}

#[test]
fn a_guest_prints_to_a_file_and_switches_off() {
    let guest = Guest::new(&print_and_switch_off("printed\r\n\x0c"));
    let file = guest.path("paper");
    let output = guest.run(&["--lpt1", file.to_str().expect("plain"), "--json"]);
    assert_exit(&output, 0);
    let object: serde_json::Value = serde_json::from_slice(&output.stdout).expect("an object");
    assert_eq!((&object["exit"], &object["exit_code"]), (&"power-off".into(), &0.into()));
    assert_eq!(std::fs::read(file).expect("written"), b"printed\r\n\x0c");
    assert_exit(&guest.run(&["--lpt1", "stdio"]), 0);
}

#[test]
fn a_guest_that_switches_off_too_early_fails_the_run() {
    let guest = Guest::new(&print_and_switch_off(""));
    let output = guest.run(&["--until", "never on the screen"]);
    assert_exit(&output, 1);
    assert!(String::from_utf8_lossy(&output.stderr).contains("switched the machine off before"));
}

#[test]
fn a_state_saved_without_a_client_goes_on_with_another_end() {
    let guest = Guest::new(&[&[0xfb, 0xf4][..], CARRIER].concat());
    let state = guest.path("saved.state");
    let state = state.to_str().expect("plain");
    let script = guest.path("script");
    std::fs::write(&script, format!("sleep 1100ms\nsave {state}\n")).expect("the folder is ours");
    let script = script.to_str().expect("plain");
    assert_exit(&guest.run(&["--com1", "tcp:0", "--script", script]), 0);
    let resume = |arguments: &[&str]| {
        let mut command = Command::new(beige());
        command.args(["--headless", "--resume", state]).args(arguments).stdin(Stdio::null());
        command.output().expect("the program starts")
    };
    let output = resume(&["--com1", "stdio", "--until", "!", "--limit", "5s"]);
    assert_exit(&output, 0);
    assert_eq!(output.stdout, b"!");
    for refused in [&["--com2", "none"][..], &["--lpt1", "stdio"]] {
        let output = resume(refused);
        assert_exit(&output, 2);
        assert!(String::from_utf8_lossy(&output.stderr).contains("leave out"));
    }
}
