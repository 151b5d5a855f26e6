//! Serial ports that are not what they should be: bytes that are no frames, settings that are not those asked for, ports
//! of other programs, ports that are not there.

use std::io::{ErrorKind, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::process::Command;

use rootcast_tests::corpora::skipped;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::program::{self, Ended, Program, offline, online};
use rootcast_tests::pty::Pty;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::Sides;

use rootcast_tests::wire::Wire;
use rustix::termios::{InputModes, LocalModes};
use serialport::{FlowControl, SerialPort, TTYPort};

/// A virtual pair of ports with these bytes on their way to the second one.
fn pair_with(bytes: &[u8]) -> (TTYPort, TTYPort) {
    let (mut line, port) = TTYPort::pair().expect("a pair of ports");
    // As many as the kernel keeps for a reader that is not there yet.
    assert!(bytes.len() < 4_000);
    line.write_all(bytes).expect("a write");
    (line, port)
}

fn name(port: &TTYPort) -> String {
    port.name().expect("the name of a port")
}

/// Bytes that a line may bring instead of frames; what is said of them, and what to do.
fn strange_lines() -> [(&'static str, Vec<u8>, &'static str, &'static str); 5] {
    let zeros = [vec![0; 2_900], vec![0xf8; 100]].concat();
    let noise = (1..=250).collect::<Vec<u8>>().repeat(12);
    [
        (
            "a sender at a lower speed",
            zeros,
            "almost all are zero, from a sender at a lower speed, or a line held low",
            "baud=",
        ),
        (
            "a getty",
            b"\r\nDebian GNU/Linux 12 host ttyS0\r\n\r\nhost login: ".repeat(8),
            "\"Debian GNU/Linux 12 host ttyS0",
            "a getty",
        ),
        (
            "a GPS",
            b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M\r\n".repeat(8),
            "\"$GPGGA,123519",
            "serial:list",
        ),
        ("ModemManager", b"AT\r\nAT+GCAP\r\nATI\r\n".repeat(4), "\"AT AT+GCAP ATI", "ModemManager"),
        ("another speed", noise, "another speed, noise, or another program", "same speed as baud="),
    ]
}

/// Such a line ended with "nothing arrived: no byte of a frame", although the port brought thousands.
#[test]
fn bytes_that_are_no_frames_are_counted_and_told_by_what_they_look_like() {
    let sides = Sides::enrolled();
    for (case, bytes, looks, next) in strange_lines() {
        let (_line, port) = pair_with(&bytes);
        let receive = sides.receive(&[format!("serial:{},baud=57600", name(&port))]);
        let ended = receive.args(["--timeout", "2s", "--json"]).exits(4);
        let document = ended.json();
        let grouped = if bytes.len() < 1_000 {
            bytes.len().to_string()
        } else {
            format!("{},{:03}", bytes.len() / 1_000, bytes.len() % 1_000)
        };
        let why = document["error"]["why"].as_str().unwrap();
        assert!(why.contains(&format!("{grouped} bytes came at 57,600 baud, none a frame")), "{case}: {why}");
        assert!(why.contains(looks), "{case}: {why}");
        assert!(document["error"]["next"].as_str().unwrap().contains(next), "{case}: {document}");
        let line = &document["links"][0]["line"];
        assert_eq!((&line["baud"], &line["bytes"]), (&57_600.into(), &bytes.len().into()), "{case}");
        assert_eq!(line["zeros"], bytes.iter().filter(|byte| **byte == 0).count(), "{case}");
        assert_eq!(line["text"].is_string(), looks.starts_with('"'), "{case}: {line}");
        ended.says(&format!("{grouped} bytes at 57,600 baud"));
    }
}

#[test]
fn a_link_test_counts_the_bytes_that_are_no_frames_too() {
    for (case, bytes, looks, next) in strange_lines() {
        let (_line, port) = pair_with(&bytes);
        let test = online(["link", "test", "--timeout", "2s", "--json"]).link(format!("serial:{}", name(&port)));
        let document = test.exits(4).json();
        let why = document["error"]["why"].as_str().unwrap();
        assert!(why.contains("bytes came at 115,200 baud, none a frame") && why.contains(looks), "{case}: {why}");
        assert!(document["error"]["next"].as_str().unwrap().contains(next), "{case}: {document}");
        assert_eq!((&document["line"]["bytes"], &document["good"]), (&bytes.len().into(), &0.into()), "{case}");
    }
}

#[test]
fn a_line_without_a_byte_says_so_with_its_speed() {
    let sides = Sides::enrolled();
    let (_line, port) = pair_with(b"");
    let ended = sides.receive(&[format!("serial:{}", name(&port))]).args(["--timeout", "1s"]).exits(4);
    ended.says("no byte came at 115,200 baud");
}

/// A receiver whose port another program sets while it is read.
fn set_while_read(sides: &Sides, port: &str, set: impl FnOnce()) -> Ended {
    let receive = sides.receive(&[format!("serial:{port}")]).args(["--once", "--timeout", "60s"]);
    let mut receiver = receive.start();
    receiver.wait_for_text("sandboxed by seccomp");
    set();
    receiver.wait()
}

#[test]
fn a_port_that_another_program_sets_while_it_is_read_is_not_unplugged() {
    let sides = Sides::enrolled();
    let (_line, mut port) = pair_with(b"");
    let ended = set_while_read(&sides, &name(&port), || port.set_baud_rate(9_600).unwrap());
    assert_eq!(ended.code, Some(7), "{ended}");
    ended
        .says("another program set the port")
        .says("it runs at 9,600 baud, not at 115,200")
        .says("next: Stop the program");

    let (_line, mut port) = pair_with(b"");
    let ended = set_while_read(&sides, &name(&port), || port.set_flow_control(FlowControl::Software).unwrap());
    assert_eq!(ended.code, Some(7), "{ended}");
    ended.says("XON/XOFF is on");

    // A line that edits reads the end of input (Ctrl-D) as nothing, as one that was unplugged does.
    let pty = Pty::open();
    let port = pty.path().display().to_string();
    let ended = set_while_read(&sides, &port, || {
        pty.set_line(|line| {
            line.local_modes |= LocalModes::ICANON;
            line.input_modes |= InputModes::ICRNL;
        });
        pty.controller().write_all(b"\x04").unwrap();
    });
    assert_eq!(ended.code, Some(7), "{ended}");
    ended.says("another program set the port").says("it is not raw");
    assert!(!ended.stderr.contains("unplugged"), "{ended}");
}

#[test]
fn much_damage_makes_the_receiver_look_at_its_port() {
    let sides = Sides::enrolled();
    let (mut line, mut port) = pair_with(b"");
    let receive = sides.receive(&[format!("serial:{}", name(&port))]).args(["--timeout", "60s"]);
    let mut receiver = receive.start();
    receiver.wait_for_text("sandboxed by seccomp");
    port.set_baud_rate(19_200).unwrap();
    // It never falls silent: only the damage can make it look.
    let mut noise = 0;
    while receiver.runs() {
        match line.write(&[0x55; 512]) {
            Ok(count) => {
                noise += count;
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            Err(error) => assert!(matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock), "{error}"),
        }
    }
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(7), "{ended}");
    ended.says("it runs at 19,200 baud, not at 115,200");
    assert!(noise >= 4_096, "{noise} bytes are not much");
}

/// The settings of a line as the kernel gives them to a program (`struct termios2`): raw, at this speed, which has no name
/// of its own (`BOTHER`).
fn termios_at(speed: u32) -> String {
    let mut bytes = Vec::new();
    let control = 0x8b0_u32 | 0x1000 | 0x1000 << 16;
    [0, 0, control, 0].iter().for_each(|mode: &u32| bytes.extend(mode.to_le_bytes()));
    bytes.extend([0; 20]);
    [speed, speed].iter().for_each(|speed| bytes.extend(speed.to_le_bytes()));
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `send` under strace with these arguments for it.
fn traced(sides: &Sides, wire: &Wire, file: &PathBuf, arguments: &[String]) -> Option<std::process::Output> {
    let traced = Command::new("strace")
        .args(["-f", "-e", "trace=ioctl"])
        .args(arguments)
        .arg(program::folder().join("rootcast-offline"))
        .args(["send", "--yes", "--passes", "1", "--state"])
        .arg(&sides.offline)
        .arg("--link")
        .arg(format!("serial:{},baud=460800", wire.near().display()))
        .arg(file)
        .env("COLUMNS", "1000")
        .output()
        .ok()?;
    let error = String::from_utf8_lossy(&traced.stderr);
    // Whoever is not root may trace the program and still not change its answers ("Failed to tamper").
    (!["ptrace", "Invalid", "tamper"].iter().any(|word| error.contains(word))).then_some(traced)
}

/// Which of the traced requests, counted from 1, asked for the settings after the line was set: the reading back, and the next
/// one, which is for the report on the link.
fn asked_after_it_was_set(trace: &PathBuf) -> (usize, usize) {
    let calls = std::fs::read_to_string(trace).unwrap();
    let set = calls.lines().position(|line| line.contains("TCSETS2")).expect("the line was set");
    let asked = calls.lines().enumerate().skip(set).filter(|(_, line)| line.contains("TCGETS2")).map(|(at, _)| at + 1);
    let asked: Vec<usize> = asked.collect();
    (asked[0], asked[1])
}

/// A driver may round a speed by up to 2 %. The report on the link has the speed that it is, not the one that was asked for.
#[test]
fn the_report_on_a_link_has_the_speed_to_which_its_driver_rounded() {
    if !cfg!(target_arch = "x86_64") {
        return skipped("a driver that rounds a speed: the settings are those of x86-64");
    }
    let why = "a driver that rounds a speed: `strace` is not installed or too old, or the tests do not run as root; run `make deps`";
    let sides = Sides::enrolled();
    let wire = Wire::new(460_800, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    let trace = sides.scratch.path("trace");
    let to_file = vec!["-o".to_owned(), trace.display().to_string()];
    let line = || {
        let report = offline(["link", "report", "--json"]).state(&sides.offline).exits(0).json();
        report.to_string()
    };
    let Some(plain) = traced(&sides, &wire, &file, &to_file) else { return skipped(why) };
    assert!(plain.status.success(), "{}", String::from_utf8_lossy(&plain.stderr));
    assert!(line().contains("460800 baud"), "{}", line());
    let (read_back, reported) = asked_after_it_was_set(&trace);
    // A UART with a clock of 1.8432 MHz has no divisor for it that is nearer.
    let rounded = 454_545;
    let step = format!("when={read_back}..{reported}+{}", reported - read_back);
    let inject = format!("inject=ioctl:poke_exit=@arg3={}:{step}", termios_at(rounded));
    let Some(sent) = traced(&sides, &wire, &file, &[to_file, vec!["-e".to_owned(), inject]].concat()) else {
        return skipped(why);
    };
    let said = String::from_utf8_lossy(&sent.stderr);
    assert!(sent.status.success(), "1.4 % is no other speed: {said}");
    assert!(line().contains("454545 baud"), "{}", line());
}

/// A driver that cannot run at a speed takes another one and reports no error. The answer to the second question for the
/// settings is changed as such a driver changes it.
#[test]
fn a_sender_whose_driver_takes_another_speed_sends_nothing() {
    if !cfg!(target_arch = "x86_64") {
        return skipped("a driver that takes another speed: the settings are those of x86-64");
    }
    let why = "a driver that takes another speed: `strace` is not installed or too old, or the tests do not run as root; run `make deps`";
    let sides = Sides::enrolled();
    let wire = Wire::new(460_800, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    let trace = sides.scratch.path("trace");
    let to_file = |path: &PathBuf| vec!["-o".to_owned(), path.display().to_string()];
    let Some(plain) = traced(&sides, &wire, &file, &to_file(&trace)) else { return skipped(why) };
    assert!(plain.status.success(), "{}", String::from_utf8_lossy(&plain.stderr));
    let (read_back, _) = asked_after_it_was_set(&trace);
    let transmissions = || {
        let show = offline(["journal", "show", "--json"]).state(&sides.offline).exits(0).json();
        show["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == "link-opened").count()
    };
    let before = transmissions();
    let inject = format!("inject=ioctl:poke_exit=@arg3={}:when={read_back}", termios_at(9_600));
    let arguments = [to_file(&trace), vec!["-e".to_owned(), inject]].concat();
    let Some(refused) = traced(&sides, &wire, &file, &arguments) else { return skipped(why) };
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(7), "{said}");
    assert!(said.contains("took other settings than it was given: it runs at 9,600 baud, not at 460,800"), "{said}");
    assert!(said.contains("Nothing was sent") && said.contains("a speed that both adapters have"), "{said}");
    assert_eq!(transmissions(), before, "a link that was refused is no link that was open");
}

#[test]
fn a_port_that_a_program_reads_is_closed_to_all_others() {
    let sides = Sides::enrolled();
    let (_line, port) = pair_with(b"");
    let link = format!("serial:{},baud=9600", name(&port));
    let mut receiver = sides.receive(&[&link]).args(["--timeout", "60s"]).start();
    receiver.wait_for_text("sandboxed by seccomp");
    let (file, _) = sides.crl_file(1);
    // Who reads it is named, and no other program has to be looked for.
    for (second, nothing) in [
        (online(["link", "test", "--timeout", "2s"]).link(&link), "Nothing was received"),
        (offline(["link", "test", "--for", "1s"]).link(&link), "Nothing was sent"),
        (sides.send(&link, &[file]).args(["--for", "1s"]), "Nothing was sent"),
    ] {
        let ended = second.exits(7);
        ended.says("is in use").says("Rootcast uses the port already: rootcast-online (process ").says(nothing);
    }
    receiver.terminate();
    assert_eq!(receiver.wait().code, Some(130));
}

/// Opens a port as a user without privileges does; whether the kernel said that it is busy (`TIOCEXCL`). Nothing where that
/// cannot be tried.
fn is_busy_to_a_user(port: &str) -> Option<bool> {
    if !rustix::process::geteuid().is_root() {
        let opened = std::fs::File::open(port);
        return Some(opened.is_err_and(|error| error.kind() == ErrorKind::ResourceBusy));
    }
    // The kernel keeps nobody off who has CAP_SYS_ADMIN.
    let tried = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", "exec 3<\"$0\"", port])
        .env("LC_ALL", "C")
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&tried.stderr);
    let is_busy = said.contains("busy");
    (is_busy || tried.status.success()).then_some(is_busy)
}

/// A lock (flock) keeps off only programs that ask for one. Others, such as ModemManager or a person with `cat`, are kept off
/// by the kernel.
#[test]
fn the_kernel_lets_no_user_open_a_port_that_is_received_from_or_sent_on() {
    let programs: [fn(&str) -> Program; 2] = [
        |port| online(["link", "test", "--timeout", "20s"]).link(format!("serial:{port},baud=9600")),
        |port| offline(["link", "test", "--for", "20s"]).link(format!("serial:{port},baud=9600")),
    ];
    for program in programs {
        let (_line, port) = pair_with(b"");
        let name = name(&port);
        std::fs::set_permissions(&name, PermissionsExt::from_mode(0o666)).unwrap();
        match is_busy_to_a_user(&name) {
            None => return skipped("a port that is open: needs `setpriv`"),
            Some(is_busy) => assert!(!is_busy, "nothing has it yet"),
        }
        let mut running = program(&name).start();
        let mut is_busy = false;
        while !is_busy && running.runs() {
            is_busy = is_busy_to_a_user(&name) == Some(true);
        }
        assert!(is_busy, "a user could open it all the while: {}", running.stderr());
        running.terminate();
        let _ = running.wait();
    }
}

#[test]
fn a_port_of_another_user_names_the_group_to_join() {
    let pty = Pty::open();
    std::fs::set_permissions(pty.path(), PermissionsExt::from_mode(0o600)).unwrap();
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    for program in [online(["link", "test", "--timeout", "1s"]), offline(["link", "test", "--for", "1s"])] {
        let ended = program.link(format!("serial:{},baud=9600", pty.path().display())).started_by(nobody).run();
        if ended.code != Some(7) {
            return skipped("a port of another user: needs root, `setpriv`, and a build folder that others may read");
        }
        ended.says("you may not open").says("with the mode 600");
        assert!(ended.stderr.contains("usermod -aG") || ended.stderr.contains("serial-getty@"), "{ended}");
    }
}

#[test]
fn what_is_no_serial_port_is_told_so() {
    let scratch = Scratch::new();
    let file = scratch.file("a-file", "").display().to_string();
    for path in [file.as_str(), "/dev/null"] {
        let link = format!("serial:{path},baud=9600");
        let ended = offline(["link", "test", "--for", "1s"]).link(&link).exits(7);
        ended.says("is no serial port").says("serial:list");
        let ended = online(["link", "test", "--timeout", "1s"]).link(&link).exits(7);
        ended.says("is no serial port").says("serial:list");
    }
}

/// A host with a USB adapter, a port on the board, and one that the driver knows without hardware behind it.
struct OtherHost {
    scratch: Scratch,
}

impl OtherHost {
    fn new() -> Self {
        let scratch = Scratch::new();
        let folder = |path: &str| {
            let path = scratch.path(path);
            std::fs::create_dir_all(&path).expect("a folder");
            path
        };
        let file = |path: PathBuf, text: &str| std::fs::write(path, text).expect("a file");
        let adapter = folder("devices/1-1");
        for (name, text) in [
            ("idVendor", "0403\n"),
            ("idProduct", "6001\n"),
            ("manufacturer", "FTDI\n"),
            ("product", "FT232R \u{1b}[31mUSB UART\n"),
        ] {
            file(adapter.join(name), text);
        }
        let dev = folder("dev");
        for (name, device, subsystem, driver, kind) in [
            ("ttyUSB0", folder("devices/1-1/1-1:1.0/ttyUSB0"), "usb-serial", "ftdi_sio", None),
            ("ttyS0", folder("devices/pnp0/ttyS0"), "pnp", "serial", Some("4\n")),
            ("ttyS1", folder("devices/pnp0/ttyS1"), "pnp", "serial", Some("0\n")),
        ] {
            symlink(folder(&format!("bus/{subsystem}")), device.join("subsystem")).expect("a link");
            symlink(folder(&format!("drivers/{driver}")), device.join("driver")).expect("a link");
            let class = folder(&format!("class/{name}"));
            symlink(device, class.join("device")).expect("a link");
            kind.into_iter().for_each(|kind| file(class.join("type"), kind));
            file(dev.join(name), "");
        }
        let by_id = folder("dev/serial/by-id");
        symlink("../../ttyUSB0", by_id.join("usb-FTDI_FT232R_A1-if00-port0")).expect("a link");
        Self { scratch }
    }

    /// `program` on this host.
    fn on(&self, program: Program) -> Program {
        let script = "mount --bind \"$0/class\" /sys/class/tty && mount --bind \"$0/dev\" /dev && exec \"$@\"";
        let folder = self.scratch.folder().display().to_string();
        let alone = if rustix::process::geteuid().is_root() { "-m" } else { "-rm" };
        program.started_by(["unshare", alone, "sh", "-c", script, &folder])
    }
}

#[test]
fn the_ports_of_a_host_are_listed_where_they_are_asked_for_and_where_a_name_is_wrong() {
    let host = OtherHost::new();
    let online = |link: &str| host.on(online(["link", "test", "--timeout", "1s"]).link(link));
    let offline = |link: &str| host.on(offline(["link", "test", "--for", "1s"]).link(link));
    if online("serial:list").run().code != Some(2) {
        return skipped("the ports of another host: needs root or user namespaces, and `unshare`");
    }
    for (program, code) in [
        (online("serial:list"), 2),
        (offline("serial:list"), 2),
        (online("serial:/dev/ttyUSB7"), 7),
        (offline("serial:/dev/ttyUSB7,baud=9600"), 7),
    ] {
        let ended = program.exits(code);
        ended.says("this host has 2 serial ports:");
        ended.says("/dev/ttyS0  driver serial");
        ended.says(
            "/dev/ttyUSB0  driver ftdi_sio, USB 0403:6001 FTDI FT232R \\u{1b}[31mUSB UART, \
             /dev/serial/by-id/usb-FTDI_FT232R_A1-if00-port0",
        );
        assert!(!ended.stderr.contains("ttyS1"), "there is no hardware behind it: {ended}");
        ended.says("Name one of these ports");
    }
    let missing = online("serial:/dev/ttyUSB7").exits(7);
    missing.says("there is no /dev/ttyUSB7");
}
