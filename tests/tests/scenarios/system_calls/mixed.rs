//! A sender over an Ethernet link and a serial line: its list is that of both, and what that widens is on the page.

use super::*;

#[test]
fn a_sender_over_two_kinds_of_link_has_the_list_of_both_and_reads_neither() {
    if !cfg!(target_arch = "x86_64") {
        return skipped("system calls of a sender over two kinds of link: the lists are those of x86-64");
    }
    let sides = Sides::enrolled();
    let Some(trial) = KernelTrial::new(&sides.scratch) else {
        return skipped("system calls of a sender over two kinds of link: `cc` is not installed; run `make deps`");
    };
    let Some(gap) = AirGap::with_good_wires(1) else { return };
    let (crl, _) = sides.crl_file(1);
    let wire = Wire::new(460_800, ByteFaults::none());
    let line = format!("serial:{},baud=460800", wire.near().display());
    let send = sides.send("eth:o0", &[&crl]).link(line).args(["--passes", "1"]);
    let ended = gap.start_on(Host::Offline, trial.at_port(trial.inside(send), wire.near())).run();
    let Some(passed) = trial.found(&ended) else {
        return skipped("system calls of a sender over two kinds of link: this kernel has no seccomp");
    };
    assert_eq!(ended.code, Some(ENDED), "the trial did not come to its end\n{ended}");
    let called = names_of_calls().expect("the trial was compiled");
    let passes = |name: &str| {
        let number = called.iter().find(|(_, known)| *known == name).map(|(number, _)| *number).expect(name);
        passed.calls[&number].is_some()
    };
    for never in ["socket", "sendto", "sendmsg", "recvfrom", "recvmsg", "recvmmsg", "poll", "ppoll", "select"] {
        assert!(!passes(never), "{never} passes");
    }
    for read in ["read", "readv", "pread64", "preadv"] {
        assert_eq!(passed.reads[read], [(0, 0), (3, 199)], "{read}");
    }
    assert_eq!(passed.reads["sendmmsg"], [(200, 1023)]);
    // What the page says of such a sender: a packet socket also sends what is written to it.
    for write in ["write", "writev", "pwrite64"] {
        assert_eq!(passed.reads[write], [(0, 1023)], "{write}");
    }
    assert!(read(PAGE).contains("A sender over an Ethernet link and another link may write to\nany descriptor"));
    // The requests are those of the line, and none asks an interface (SIOC…, 0x89..).
    assert_eq!(requests(&passed, "link"), table(&read(PAGE), "requests")[0][1]);
    // By its path the port cannot be opened again. The trial's descriptor is the first of a link, the socket: a path to it leads
    // to nothing that can be opened.
    let (denied, no_device) = (rustix::io::Errno::ACCESS.raw_os_error(), rustix::io::Errno::NXIO.raw_os_error());
    let by_path_and_by_descriptor = [denied, no_device].map(|error| [0, 1, 2].map(|way| (way, error))).concat();
    assert_eq!(passed.port, by_path_and_by_descriptor, "the port again");
}
