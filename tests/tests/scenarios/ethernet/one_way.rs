//! What the kernel is asked for, and that nothing comes back: traces of real transmissions.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use rootcast_tests::air_gap::Host;
use rootcast_tests::corpora::skipped;
use rootcast_tests::program;

use super::Gap;

/// A program on a host under `strace`; its output, and its calls after the sandbox closed.
fn traced(gap: &Gap, host: Host, program: &str, arguments: &[&str]) -> Option<(Output, Vec<String>)> {
    let trace = gap.sides.scratch.path("ethernet.trace");
    let starter = gap.wires.on(host);
    let ended = Command::new(&starter[0])
        .args(&starter[1..])
        .args(["strace", "-f", "-y", "-s", "8", "-o"])
        .arg(&trace)
        .arg(program::folder().join(program))
        .args(arguments)
        .env_remove("ROOTCAST_STATE")
        .stdin(Stdio::null())
        .output()
        .expect("a program on a host");
    let error = String::from_utf8_lossy(&ended.stderr);
    if !trace.is_file() || error.contains("ptrace") {
        skipped("system calls of Ethernet links: `strace` is not installed, or not permitted here");
        return None;
    }
    if error.contains("NOT SANDBOXED") {
        skipped("system calls of Ethernet links: this kernel has no Landlock or no seccomp");
        return None;
    }
    let calls = std::fs::read_to_string(&trace).unwrap();
    let lock = calls.rfind("seccomp(SECCOMP_SET_MODE_FILTER").expect("the sandbox closed");
    Some((ended, calls[lock..].lines().skip(1).map(str::to_owned).collect()))
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// The name of the call in a line of a trace.
fn call(line: &str) -> &str {
    let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    let call = call.strip_prefix("<... ").unwrap_or(call);
    call.split(['(', ' ']).next().unwrap_or_default()
}

#[test]
fn a_sender_asks_its_socket_for_nothing_but_to_send() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, _) = gap.sides.long_crl_file(1, 3_000, &mut rootcast_tests::seeds::chance("nothing_but_to_send"));
    let send = ["send", "--yes", "--passes", "3", "--state", utf8(&gap.sides.offline), "--link", "eth:o0", utf8(&file)];
    let Some((sent, lines)) = traced(&gap, Host::Offline, "rootcast-offline", &send) else { return };
    assert_eq!(sent.status.code(), Some(0), "{}", String::from_utf8_lossy(&sent.stderr));
    let of_socket: Vec<&String> =
        lines.iter().filter(|line| line.contains("<PACKET") || line.contains("<socket:")).collect();
    assert!(of_socket.iter().any(|line| call(line) == "sendmmsg"), "nothing was sent?");
    for line in &of_socket {
        // A library built for tests asks whether a descriptor is open before it closes it.
        assert!(["sendmmsg", "close"].contains(&call(line)) || line.contains("F_GETFD"), "{line}");
    }
    for line in &lines {
        let call = call(line);
        assert!(
            !call.starts_with("recv") && !call.contains("poll") && !call.contains("select") && call != "socket",
            "{line}"
        );
        // Counters of what left, and none of what came in.
        assert!(!line.contains("statistics/rx") && !line.contains("/proc/net"), "{line}");
        assert!(!call.starts_with("pread") || line.contains("/sys/") || !line.contains("net/"), "{line}");
    }
    assert!(lines.iter().any(|line| call(line).starts_with("pread") && line.contains("tx_packets")), "the counters");
}

#[test]
fn a_receiver_asks_its_socket_for_nothing_but_to_receive() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, der) = gap.sides.crl_file(1);
    let sender = gap.send(&["eth:o0"], &file).args(["--for", "20s"]).start();
    let receive = ["receive", "--once", "--timeout", "15s", "--state", utf8(&gap.sides.online), "--link", "eth:i0"];
    let traced = traced(&gap, Host::Online, "rootcast-online", &receive);
    sender.terminate();
    _ = sender.wait();
    let Some((received, lines)) = traced else { return };
    assert_eq!(received.status.code(), Some(0), "{}", String::from_utf8_lossy(&received.stderr));
    gap.sides.assert_published(&der);
    let of_socket: Vec<&String> =
        lines.iter().filter(|line| line.contains("<PACKET") || line.contains("<socket:")).collect();
    assert!(of_socket.iter().any(|line| call(line) == "recvmmsg"), "nothing was received?");
    for line in &of_socket {
        assert!(["recvmmsg", "poll", "ppoll", "close"].contains(&call(line)) || line.contains("F_GETFD"), "{line}");
    }
    assert!(!lines.iter().any(|line| call(line).starts_with("send") || call(line) == "socket"), "it can talk");
}

/// The kernel delivers nothing to a socket of protocol 0, whatever comes to its interface.
#[test]
fn a_flood_at_the_senders_interface_does_not_reach_its_descriptor() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, _) = gap.sides.long_crl_file(1, 2_000, &mut rootcast_tests::seeds::chance("a_flood_at_the_sender"));
    let mut sender = gap.send(&["eth:o0,rate=20M"], &file).args(["--for", "60s"]).start();
    sender.wait_for_text("holds a send-only link socket");
    let flood = gap.wires.flood(Host::Online, "i0", "foreign", 2.0);
    std::thread::sleep(std::time::Duration::from_millis(500));
    let came = |file: &str| gap.wires.run(Host::Offline, &["cat", &format!("/sys/class/net/o0/statistics/{file}")]);
    let before: u64 = came("rx_packets").trim().parse().unwrap();
    let counts = flood.counts();
    let sockets = gap.wires.run(Host::Offline, &["cat", "/proc/net/packet"]);
    let after: u64 = came("rx_packets").trim().parse().unwrap();
    sender.terminate();
    let sent = sender.wait();
    assert_eq!(sent.code, Some(130), "{sent}");
    assert!(after - before > 1_000 && super::number(&counts, "sent") > 1_000, "no flood: {counts}");
    // sk RefCnt Type Proto Iface R Rmem User Inode
    let sockets: Vec<Vec<&str>> = sockets.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(sockets.len(), 1, "{sockets:?}");
    assert_eq!((sockets[0][3], sockets[0][5], sockets[0][6]), ("0000", "0", "0"), "{sockets:?}");
}
