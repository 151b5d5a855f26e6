//! Both programs lock themselves in: shown from what they say, from what the kernel is asked, and with kernels that cannot.
//!
//! What a locked process can no longer do is shown one by one in the tests of `rootcast-host` (`confinement`).

use std::path::Path;
use std::process::{Command, Output};

use rootcast_tests::corpora::skipped;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::program::{self, offline};
use rootcast_tests::pty::Seat;
use rootcast_tests::sides::Sides;
use rootcast_tests::video_device::VideoDevice;
use rootcast_tests::wire::Wire;

/// A program under `strace` with these options; its output and the trace of all its threads.
fn traced(sides: &Sides, options: &[&str], program: &str, arguments: &[&str]) -> Option<(Output, String)> {
    let trace = sides.scratch.path("locked-in.trace");
    let ended = Command::new("strace")
        .args(["-f", "-y", "-s", "16", "-o"])
        .arg(&trace)
        .args(options)
        .arg(program::folder().join(program))
        .args(arguments)
        .env_remove("ROOTCAST_STATE")
        .stdin(std::process::Stdio::null())
        .output();
    let Ok(ended) = ended else {
        skipped("programs locked in: `strace` is not installed; run `make deps`");
        return None;
    };
    if String::from_utf8_lossy(&ended.stderr).contains("ptrace") {
        skipped("programs locked in: tracing is not permitted here");
        return None;
    }
    Some((ended, std::fs::read_to_string(&trace).unwrap()))
}

fn text(ended: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr))
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// Whether this machine can lock a process in; says aloud where it cannot.
fn kernel_locks_in(told: &str) -> bool {
    let can = !told.contains("NOT SANDBOXED") && !told.contains("NOT IN FORCE");
    if !can {
        skipped("programs locked in: this kernel has no Landlock or no seccomp, or a container forbids them");
    }
    can
}

#[test]
fn a_whole_crossing_works_with_both_programs_locked_in() {
    let sides = Sides::enrolled();
    let (crl, der) = sides.crl_file(1);
    let recording = sides.scratch.path("a.frames");
    let pictures = sides.scratch.path("pictures");
    let sent = sides
        .send(&format!("file:{}", recording.display()), &[&crl])
        .link(format!("qr:png={}", pictures.display()))
        .arg("--require-sandbox")
        .run();
    if !kernel_locks_in(&sent.stderr) {
        return;
    }
    assert_eq!(sent.code, Some(0), "{sent}");
    sent.says("sandboxed by Landlock: version ").says("no read on a link");
    let report = offline(["link", "report", "--json"]).state(&sides.offline).exits(0).json();
    let phrases = report["links"][0]["confinement"].as_array().expect("how it was locked in");
    assert!(phrases.iter().any(|phrase| phrase.as_str().unwrap().contains("cannot make a socket")), "{report}");
    let received = program::online(["receive", "--once", "--require-sandbox", "--json"])
        .state(&sides.online)
        .link(format!("qr:images={}", pictures.display()))
        .exits(0);
    assert_eq!(received.json()["confinement"].as_array().map(Vec::len), Some(2), "{received}");
    received.says("no new process");
    sides.assert_published(&der);
    // The next generation links files of the one before.
    let (crl, der) = sides.crl_file(2);
    let next = sides.scratch.path("b.frames");
    sides.send(&format!("file:{}", next.display()), &[&crl]).arg("--require-sandbox").exits(0);
    sides.receive_recording(&next).arg("--require-sandbox").exits(0);
    sides.assert_published(&der);
}

#[test]
fn a_camera_is_watched_by_a_process_that_is_locked_in() {
    let sides = Sides::enrolled();
    let (crl, der) = sides.crl_file(1);
    let pictures = sides.scratch.path("pictures");
    sides.send(&format!("qr:png={}", pictures.display()), &[&crl]).exits(0);
    let mut names: Vec<_> = std::fs::read_dir(&pictures).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    let frames: Vec<_> = names.iter().map(|name| image::open(name).unwrap().into_luma8()).collect();
    let device = VideoDevice::playing(&sides.scratch, &frames, 30.0);
    // Locked in before the camera is opened: its driver's calls pass the filter.
    let receive = sides.receive(&["qr:camera=0"]).args(["--once", "--timeout", "60s", "--require-sandbox"]);
    let received = device.before(receive).run();
    if !kernel_locks_in(&received.stderr) {
        return;
    }
    assert_eq!(received.code, Some(0), "{received}");
    received.says("devices /dev/video0");
    sides.assert_published(&der);
}

#[test]
fn a_kernel_without_the_locks_is_told_aloud_and_refused_where_they_are_required() {
    for (call, error, missing) in [("landlock_create_ruleset", "ENOSYS", "Landlock"), ("seccomp", "EINVAL", "seccomp")]
    {
        let sides = Sides::enrolled();
        let (crl, der) = sides.crl_file(1);
        let inject = format!("inject={call}:error={error}");
        let options = ["-e", "trace=all", "-e", &inject];
        let link = format!("file:{}", sides.scratch.path("a.frames").display());
        let send = ["send", "--yes", "--state", utf8(&sides.offline), "--link", &link, utf8(&crl)];
        let required: Vec<&str> = send.iter().copied().chain(["--require-sandbox"]).collect();
        let Some((refused, _)) = traced(&sides, &options, "rootcast-offline", &required) else { return };
        let told = text(&refused);
        assert_eq!(refused.status.code(), Some(2), "{told}");
        assert!(told.contains("error[sandbox-missing]: Nothing was sent."), "{told}");
        assert!(told.contains(&format!("{missing}: NOT IN FORCE")), "{told}");
        let journal = offline(["journal", "show"]).state(&sides.offline).exits(0);
        assert!(!journal.stdout.contains("link-opened") && !journal.stdout.contains("transmission"), "{journal}");
        // What was opened is gone or empty, and in nobody's way.
        let (sent, _) = traced(&sides, &options, "rootcast-offline", &send).expect("strace was there before");
        let told = text(&sent);
        assert_eq!(sent.status.code(), Some(0), "{told}");
        assert!(told.contains(&format!("WARNING: NOT SANDBOXED by {missing}")), "{told}");

        let receive = ["receive", "--once", "--state", utf8(&sides.online), "--link", &link];
        let required: Vec<&str> = receive.iter().copied().chain(["--require-sandbox"]).collect();
        let (refused, _) = traced(&sides, &options, "rootcast-online", &required).expect("strace was there before");
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
        assert!(!sides.is_published(&der));
        let (received, _) = traced(&sides, &options, "rootcast-online", &receive).expect("strace was there before");
        let told = text(&received);
        assert_eq!(received.status.code(), Some(0), "{told}");
        assert!(told.contains(&format!("WARNING: NOT SANDBOXED by {missing}")), "{told}");
        sides.assert_published(&der);
    }
}

/// The lines of a trace from the moment the filter of system calls is in force.
fn after_the_lock(trace: &str) -> Vec<&str> {
    let locked = trace.lines().position(|line| line.contains("seccomp(SECCOMP_SET_MODE_FILTER"));
    trace.lines().skip(locked.expect("a filter is installed")).collect()
}

/// Fails where something was opened after the lock that is neither in `left` nor refused, or a call was made that is no
/// business of either program.
fn assert_held(trace: &str, left: &[&Path]) {
    let lines = after_the_lock(trace);
    let mut opened = 0;
    for line in &lines {
        let call = line.split_whitespace().nth(1).unwrap_or_default();
        for foreign in ["socket", "connect", "bind", "execve", "ptrace", "process_vm", "io_uring", "fork", "vfork"] {
            assert!(!call.starts_with(foreign), "{line}");
        }
        let path = line.rsplit_once("= ").and_then(|(_, result)| result.split_once('<')).map(|(_, path)| path);
        if let Some(path) = path.filter(|_| line.contains("open")) {
            assert!(left.iter().any(|left| path.starts_with(utf8(left))), "{line}");
            opened += 1;
        }
    }
    assert!(opened > 0, "nothing was opened after the lock?");
}

#[test]
fn the_kernel_is_asked_for_nothing_but_the_state_once_the_link_is_open() {
    let sides = Sides::enrolled();
    let (crl, _) = sides.crl_file(1);
    let wire = Wire::new(460_800, ByteFaults::none());
    let port = utf8(wire.near()).to_owned();
    let link = format!("serial:{port},baud=460800");
    let send = ["send", "--yes", "--passes", "2", "--state", utf8(&sides.offline), "--link", &link, utf8(&crl)];
    let Some((sent, trace)) = traced(&sides, &[], "rootcast-offline", &send) else { return };
    if !kernel_locks_in(&text(&sent)) {
        return;
    }
    assert_eq!(sent.status.code(), Some(0), "{}", text(&sent));
    assert_held(&trace, &[&sides.offline]);
    let at = |what: &str| trace.lines().position(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}"));
    let first_write = trace.lines().position(|line| line.contains("write(2") && line.contains(&port));
    assert!(at(&format!("\"{port}\", O_WRONLY")) < at("landlock_restrict_self"), "the port is opened before the lock");
    assert!(at("landlock_restrict_self") < first_write.expect("frames are written"), "and written to after it");
    let mut drained = 0;
    for line in after_the_lock(&trace) {
        assert_no_wait(line);
        if line.contains("ioctl(2") && line.contains(&port) {
            assert!(line.contains("TCSBRK, 1") || line.contains("TCFLSH, TCOFLUSH"), "{line}");
            drained += 1;
        }
    }
    assert!(drained > 0, "the line was never drained?");
}

/// Fails where a line of a trace waits until a descriptor is ready.
fn assert_no_wait(line: &str) {
    let call = line.split_whitespace().nth(1).unwrap_or_default();
    for wait in ["poll(", "ppoll", "select(", "pselect", "epoll"] {
        assert!(!call.starts_with(wait), "{line}");
    }
}

#[test]
fn keys_are_read_while_the_keyboard_is_taken_and_never_waited_for() {
    let sides = Sides::enrolled();
    let (crl, _) = sides.crl_file(1);
    let trace = sides.scratch.path("keys.trace");
    let send = sides.send("qr:terminal,fps=5", &[&crl]).args(["--for", "60s"]);
    let traced = ["strace", "-f", "-o", utf8(&trace)];
    if !Command::new(traced[0]).args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success()) {
        return skipped("keys of the player: `strace` is not installed, or tracing is not permitted here");
    }
    let mut seat = Seat::start(&send.started_by(traced), 180, 100);
    seat.wait_for_text("▀");
    seat.type_keys("+");
    seat.wait_for_text("6 a second");
    seat.type_keys("q");
    seat.wait_for_text("\u{1b}[?1049l");
    let screen = seat.screen();
    assert_eq!(seat.running.wait().code, Some(0), "{screen}");
    if !kernel_locks_in(&screen) {
        return;
    }
    let trace = std::fs::read_to_string(&trace).unwrap();
    let lines = after_the_lock(&trace);
    lines.iter().for_each(|line| assert_no_wait(line));
    let position =
        |what: &str| lines.iter().rposition(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}"));
    // The last read was at its end before the settings went back: what is typed then is the shell's.
    let (last_read, given_back) = (position("read(0,"), position("ioctl(0, TCSETS"));
    let reader = lines[last_read].split_whitespace().next().unwrap();
    let ended = lines.iter().rposition(|line| line.starts_with(reader) && line.contains("read resumed"));
    assert!(last_read < given_back && ended.is_none_or(|ended| ended < given_back), "{:#?}", &lines[given_back..]);
    assert!(lines[..given_back].iter().any(|line| line.contains("\"+\"")), "the key was read by the program");
}

#[test]
fn a_receiver_has_its_serial_port_open_before_the_lock_and_asks_only_how_it_is_set_afterwards() {
    let sides = Sides::enrolled();
    let wire = Wire::new(460_800, ByteFaults::none());
    let port = utf8(wire.far()).to_owned();
    let link = format!("serial:{port},baud=460800");
    let receive = ["receive", "--timeout", "1s", "--state", utf8(&sides.online), "--link", &link];
    let Some((received, trace)) = traced(&sides, &[], "rootcast-online", &receive) else { return };
    if !kernel_locks_in(&text(&received)) {
        return;
    }
    assert_eq!(received.status.code(), Some(4), "{}", text(&received));
    let lines = after_the_lock(&trace);
    let before = trace.lines().take(trace.lines().count() - lines.len());
    let opened: Vec<&str> = before.filter(|line| line.contains(&format!("\"{port}\""))).collect();
    assert!(opened.len() == 1 && opened[0].contains("O_RDONLY"), "{opened:#?}");
    let asked: Vec<&&str> = lines.iter().filter(|line| line.contains(&port)).collect();
    assert!(asked.iter().any(|line| line.contains("poll(")), "the port was never waited for?");
    // In a silent second it looks once whether another program has set the port.
    assert!(!asked.iter().any(|line| line.contains("open")), "{asked:#?}");
    let requests = asked.iter().filter(|line| line.contains("ioctl("));
    let others: Vec<_> = requests.filter(|line| !line.contains("TCGETS2")).collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn what_arrived_is_looked_at_only_by_a_process_that_is_locked_in() {
    let sides = Sides::enrolled();
    let (crl, _) = sides.crl_file(1);
    let recording = sides.scratch.path("a.frames");
    let link = format!("file:{}", recording.display());
    sides.send(&link, &[&crl]).exits(0);
    let receive = ["receive", "--once", "--state", utf8(&sides.online), "--link", &link];
    let Some((received, trace)) = traced(&sides, &[], "rootcast-online", &receive) else { return };
    if !kernel_locks_in(&text(&received)) {
        return;
    }
    assert_eq!(received.status.code(), Some(0), "{}", text(&received));
    assert_held(&trace, &[&sides.online, &recording]);
    let before = trace.lines().count() - after_the_lock(&trace).len();
    let early = |line: &&str| line.contains("read(") && line.contains(utf8(&recording));
    assert!(!trace.lines().take(before).any(|line| early(&line)), "the recording was read before the lock");
    assert!(trace.lines().any(|line| early(&line)), "the recording was never read?");
}

#[test]
fn inherited_descriptors_are_closed_but_for_those_that_are_named() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let folder = sides.scratch.subfolder("pictures");
    let program = |name: &str| program::folder().join(name).display().to_string();
    let state = |path: &Path| path.display().to_string();
    let run = |line: &str| Command::new("bash").args(["-c", line]).env_remove("ROOTCAST_STATE").spawn().unwrap();
    let receive = format!(
        "exec 7<>/etc/hostname 250</etc/hostname; exec {} receive --follow --state {} --link qr:images={}",
        program("rootcast-online"),
        state(&sides.online),
        folder.display()
    );
    let mut receiving = run(&receive);
    let open = Path::new("/proc").join(receiving.id().to_string());
    let leads_there = || {
        let listed = std::fs::read_dir(open.join("fd")).unwrap().flatten();
        let leads: Vec<_> = listed.filter_map(|entry| std::fs::read_link(entry.path()).ok()).collect();
        leads.iter().any(|path| path == Path::new("/etc/hostname"))
    };
    let is_it = || std::fs::read_to_string(open.join("comm")).unwrap().starts_with("rootcast-online");
    let mut tries = 0;
    while !is_it() || leads_there() {
        tries += 1;
        assert!(tries < 500, "an inherited descriptor is still open");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    receiving.kill().unwrap();
    receiving.wait().unwrap();
    // What a shell hands over by name can be read.
    for (name, folder) in [("rootcast-offline", &sides.offline), ("rootcast-online", &sides.online)] {
        let check = format!("{} check --state {} /dev/fd/5 5<{}", program(name), state(folder), file.display());
        assert_eq!(run(&check).wait().unwrap().code(), Some(0), "{check}");
    }
}
