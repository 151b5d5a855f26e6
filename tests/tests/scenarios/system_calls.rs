//! The lists of docs/system-calls.md, compared with what the kernel does inside the sandbox of the real programs.

mod capture;
mod mixed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use rootcast_tests::air_gap::{AirGap, Host};
use rootcast_tests::corpora::skipped;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::kernel_trial::{ENDED, KernelTrial, Passed, names_of_calls};
use rootcast_tests::program::{offline_with_audio, online};
use rootcast_tests::pty::Seat;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

use super::documents::read;

const PAGE: &str = "docs/system-calls.md";

/// The processes of the page: a column each of its tables.
const PROCESSES: [&str; 7] = [
    "serial sender",
    "terminal sender",
    "sound sender",
    "serial receiver",
    "camera receiver",
    "Ethernet sender",
    "Ethernet receiver",
];

/// Calls that pass with some arguments only.
const BY_ARGUMENT: [&str; 17] = [
    "read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "sendmmsg", "recvmmsg", "recvfrom", "recvmsg",
    "fcntl", "ioctl", "kill", "tgkill", "clone", "prctl",
];

/// Each of [`PROCESSES`] after it closed its sandbox; `None` where this machine cannot try it.
fn trials() -> Option<&'static [Passed]> {
    static TRIALS: OnceLock<Option<Vec<Passed>>> = OnceLock::new();
    TRIALS.get_or_init(make_trials).as_deref()
}

fn make_trials() -> Option<Vec<Passed>> {
    if !cfg!(target_arch = "x86_64") {
        skipped("system calls inside the sandbox: the lists are those of x86-64");
        return None;
    }
    let sides = Sides::enrolled();
    let Some(trial) = KernelTrial::new(&sides.scratch) else {
        skipped("system calls inside the sandbox: `cc` is not installed; run `make deps`");
        return None;
    };
    let (crl, _) = sides.crl_file(1);
    let wire = Wire::new(460_800, ByteFaults::none());
    let line = |port: &std::path::Path| format!("serial:{},baud=460800", port.display());
    let mut found = Vec::new();
    let gap = AirGap::with_good_wires(1);
    for process in PROCESSES {
        let send = |link: &str| trial.inside(sides.send(link, &[&crl]).args(["--passes", "1"]));
        let receive = |link: &str| trial.inside(sides.receive(&[link]).args(["--once", "--timeout", "60s"]));
        let ended = match process {
            "serial sender" => trial.at_port(send(&line(wire.near())), wire.near()).run(),
            // No more than the terminal it is about may be a terminal: what it shows is not looked at.
            "terminal sender" => Seat::start(&send("qr:terminal"), 180, 100).running.wait(),
            // A plugin of alsa-lib stands in for the device: the list is the same.
            "sound sender" => {
                let played = sides.scratch.path("played.raw");
                let card = "pcm.plays { type file slave.pcm { type null } file \"FILE\" format raw }\n";
                let card = sides.scratch.file("card.conf", card.replace("FILE", &played.display().to_string()));
                let send = offline_with_audio(["send", "--yes", "--passes", "1"]).state(&sides.offline).arg(&crl);
                trial.inside(send.link("audio:device=plays,mixing=allowed").env("ALSA_CONFIG_PATH", card)).run()
            }
            "Ethernet sender" => {
                let Some(gap) = &gap else { break };
                gap.start_on(Host::Offline, send("eth:o0")).run()
            }
            "Ethernet receiver" => {
                let Some(gap) = &gap else { break };
                gap.start_on(Host::Online, receive("eth:i0")).run()
            }
            "serial receiver" => trial.at_port(receive(&line(wire.far())), wire.far()).run(),
            _ => receive("qr:camera=0").run(),
        };
        let Some(passed) = trial.found(&ended) else {
            skipped("system calls inside the sandbox: this kernel has no seccomp, or a container forbids it");
            return None;
        };
        assert_eq!(ended.code, Some(ENDED), "{process}: the trial did not come to its end\n{ended}");
        assert_eq!(
            passed.link.is_some(),
            !["terminal sender", "camera receiver"].contains(&process),
            "{process}: a link is open: {:?}",
            passed.link
        );
        found.push(passed);
    }
    Some(found)
}

/// The cells of the table behind `<!-- trial: NAME -->`, without its heading.
fn table(page: &str, name: &str) -> Vec<Vec<String>> {
    let (_, after) = page.split_once(&format!("<!-- trial: {name} -->")).unwrap_or_else(|| panic!("no table {name}"));
    let rows = after.trim_start().lines().take_while(|line| line.starts_with('|')).skip(2);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let rows: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(!rows.is_empty(), "{name}");
    rows
}

/// The words in backticks of a cell.
fn names(cell: &str) -> impl Iterator<Item = String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

#[test]
fn the_kernel_lets_through_the_system_calls_of_the_page_and_no_others() {
    let page = read(PAGE);
    let rows = table(&page, "system calls");
    let mut listed = [const { BTreeSet::<String>::new() }; PROCESSES.len()];
    for row in &rows {
        let [_, calls, cells @ ..] = row.as_slice() else { panic!("{row:?}") };
        assert_eq!(cells.len(), 3, "{row:?}");
        // All kinds of sender have one column.
        let cells = [&cells[0], &cells[0], &cells[0], &cells[1], &cells[2], &cells[0], &cells[1]];
        for (process, cell) in listed.iter_mut().zip(cells) {
            assert!(["yes", "no"].contains(&cell.as_str()), "{row:?}");
            for call in names(calls).filter(|_| cell == "yes") {
                assert!(process.insert(call.clone()), "{call} is listed twice");
            }
        }
    }
    let Some(found) = trials() else { return };
    let called = names_of_calls().expect("the trial was compiled");
    let name = |number: u32| called.get(&number).cloned().unwrap_or_else(|| format!("number {number}"));
    for ((process, passed), listed) in PROCESSES.iter().zip(found).zip(&listed) {
        let by_use = ["exit", "exit_group", "rt_sigreturn"];
        let tried: BTreeSet<u32> = passed.calls.keys().copied().collect();
        let untried: Vec<String> = (0..512).filter(|call| !tried.contains(call)).map(name).collect();
        assert_eq!(BTreeSet::from_iter(untried), by_use.map(str::to_owned).into(), "{process}: not tried");
        let mut let_through: BTreeMap<String, String> =
            passed.calls.iter().filter_map(|(call, error)| Some((name(*call), error.clone()?))).collect();
        // The program ended by exit_group; the library used the two others.
        let_through.insert("exit_group".to_owned(), "0".to_owned());
        let_through.extend(passed.by_use.iter().map(|call| ((*call).to_owned(), "0".to_owned())));
        // What newer kernels let past every filter, to no use: said on the page.
        for (past, harmless) in [("number 335", "SIGILL"), ("number 336", "6")] {
            let past = [past, if harmless == "6" { "uprobe" } else { "uretprobe" }];
            for error in past.iter().filter_map(|name| let_through.remove(*name)) {
                // ENOSYS: this kernel is older, and the filter would have refused it.
                assert_eq!(error, harmless, "{process}: {past:?}");
            }
        }
        assert_eq!(let_through.remove("clone3").as_deref(), Some("38"), "{process}: clone3 is answered by ENOSYS");
        for call in BY_ARGUMENT {
            let_through.remove(call);
            assert!(!listed.contains(call), "{call} depends on its arguments");
        }
        let let_through: BTreeSet<String> = let_through.into_keys().collect();
        let missing: Vec<_> = let_through.difference(listed).collect();
        let refused: Vec<_> = listed.difference(&let_through).collect();
        assert!(
            missing.is_empty() && refused.is_empty(),
            "{PAGE}, {process}:\nlet through and not listed: {missing:?}\nlisted and refused: {refused:?}"
        );
        assert_eq!(passed.x32, BTreeSet::new(), "{process}: in the spelling of x32");
    }
}

#[test]
fn the_kernel_lets_through_the_arguments_of_the_page_and_no_others() {
    let page = read(PAGE);
    let rows = table(&page, "arguments");
    let Some(found) = trials() else { return };
    let listed: BTreeSet<String> = rows.iter().flat_map(|row| names(&row[0])).collect();
    let expected: BTreeSet<String> =
        BY_ARGUMENT.iter().filter(|call| **call != "ioctl").map(|c| (*c).to_owned()).collect();
    assert_eq!(listed, expected);
    for row in &rows {
        assert_eq!(row.len(), 6, "{row:?}");
        for call in names(&row[0]) {
            for ((process, passed), column) in PROCESSES.iter().zip(found).zip([1, 1, 1, 2, 3, 4, 5]) {
                assert_eq!(row[column], arguments(&call, passed), "{PAGE}: {call} of the {process}");
            }
        }
    }
}

/// The receiver had the right to open its port for writing, and with it a way towards the offline host.
#[test]
fn the_port_of_a_link_cannot_be_opened_again_on_either_side() {
    let Some(found) = trials() else { return };
    for (process, passed) in PROCESSES.iter().zip(found).filter(|(process, _)| process.starts_with("serial")) {
        let denied = rustix::io::Errno::ACCESS.raw_os_error();
        let each_way_by_path_and_by_descriptor = [0, 1, 2, 0, 1, 2].map(|way| (way, denied));
        assert_eq!(passed.port, each_way_by_path_and_by_descriptor, "{process}");
    }
}

/// The arguments that `call` passes with, as the page says them.
fn arguments(call: &str, passed: &Passed) -> String {
    let listed = |names: Vec<String>| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let named = |number: &u32, known: &[(u32, &str)]| {
        known.iter().find(|(known, _)| known == number).map_or(number.to_string(), |(_, name)| format!("`{name}`"))
    };
    match call {
        "fcntl" => {
            let known = [
                (0, "F_DUPFD"),
                (1, "F_GETFD"),
                (2, "F_SETFD"),
                (3, "F_GETFL"),
                (4, "F_SETFL"),
                (1030, "F_DUPFD_CLOEXEC"),
            ];
            let flags = match passed.fcntl.1.iter().any(|flags| flags & 0x2000 != 0) {
                true => " with any flag",
                false => " without `O_ASYNC`",
            };
            let said = |command: &u32| named(command, &known) + if *command == 4 { flags } else { "" };
            listed(passed.fcntl.0.iter().map(said).collect())
        }
        "kill" | "tgkill" => {
            let whom = passed.signalled.get(call).into_iter().flatten();
            listed(whom.map(|whom| if whom == "self" { "this process" } else { "others" }.to_owned()).collect())
        }
        "clone" => {
            let made = |flags: &String| if flags == "10000" { "a thread" } else { "a process" }.to_owned();
            let made: BTreeSet<String> = passed.clone.iter().map(made).collect();
            listed(made.into_iter().collect())
        }
        "prctl" => {
            let known = [(15, "PR_SET_NAME"), (0x5356_4d41, "PR_SET_VMA")];
            listed(passed.prctl.iter().map(|option| named(option, &known)).collect())
        }
        "recvmsg" => match passed.reads[call].as_slice() {
            [] => "none".to_owned(),
            [(from, to)] if from == to => "one".to_owned(),
            runs => runs.iter().map(|(from, to)| format!("{from}–{to}")).collect::<Vec<_>>().join(", "),
        },
        _ => {
            let runs = &passed.reads[call];
            let run = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}–{to}") };
            if runs == &[(0, 1023)] { "any".to_owned() } else { listed(runs.iter().map(run).collect()) }
        }
    }
}

#[test]
fn the_kernel_lets_through_the_requests_of_the_page_and_no_others() {
    let page = read(PAGE);
    let rows = table(&page, "requests");
    let Some(found) = trials() else { return };
    assert_eq!(rows.len(), 2, "{rows:?}");
    for (descriptor, row) in ["link", "other"].iter().zip(&rows) {
        assert_eq!(row.len(), 1 + PROCESSES.len(), "{row:?}");
        for ((process, passed), cell) in PROCESSES.iter().zip(found).zip(&row[1..]) {
            let tried = passed.tried.get(*descriptor).copied().unwrap_or_default();
            assert!(tried > 390_000, "{process}: {tried} requests were tried on {descriptor}");
            assert_eq!(cell, &requests(passed, descriptor), "{PAGE}: {}: {process}", row[0]);
        }
    }
}

/// The requests that pass on a descriptor, as the page says them.
fn requests(passed: &Passed, descriptor: &str) -> String {
    let of_descriptor = passed.requests.get(descriptor).cloned().unwrap_or_default();
    let (video, others): (Vec<u32>, Vec<u32>) =
        of_descriptor.keys().partition(|request| (*request >> 8) & 0xff == 0x56);
    let mut said: Vec<String> = others.iter().map(|request| request_name(*request, &of_descriptor[request])).collect();
    if !video.is_empty() {
        // Each number in each of three directions, and none without a direction: those are of virtual terminals.
        let all = (1..4_u32).flat_map(|way| (0..256).map(move |number| way << 30 | 0x5600 | number));
        assert_eq!(BTreeSet::from_iter(video), BTreeSet::from_iter(all));
        said.push("every request of Video4Linux".to_owned());
    }
    if said.is_empty() { "none".to_owned() } else { said.join(", ") }
}

fn request_name(request: u32, arguments: &BTreeSet<i64>) -> String {
    let known = [
        (0x5401, "TCGETS"),
        (0x5402, "TCSETS"),
        (0x5409, "TCSBRK"),
        (0x540b, "TCFLSH"),
        (0x540f, "TIOCGPGRP"),
        (0x5413, "TIOCGWINSZ"),
        (0x802c_542a, "TCGETS2"),
        (0x402c_542b, "TCSETS2"),
        (0x4018_4150, "WRITEI_FRAMES"),
        (0x8018_4151, "READI_FRAMES"),
        (0x4140, "PREPARE"),
        (0x4144, "DRAIN"),
        (0x4147, "RESUME"),
        (0x8008_4121, "DELAY"),
        (0x4122, "HWSYNC"),
        (0xc088_4123, "SYNC_PTR"),
    ];
    let name = known.iter().find(|(number, _)| *number == request);
    let name = name.map_or_else(|| format!("{request:#x}"), |(_, name)| format!("`{name}`"));
    // Only those of terminals take numbers: of others the argument is a pointer or nothing, and tried as one.
    let is_numbered = (0x5400..0x5500).contains(&request);
    let whatever = if !is_numbered { BTreeSet::from([-1]) } else { (-1..16).collect() };
    match (request, arguments) {
        _ if *arguments == whatever => name,
        (0x540b, only) if *only == BTreeSet::from([1]) => format!("{name} with `TCOFLUSH`"),
        (_, some) => format!("{name} with {}", some.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// What a reader may map, in the words of the page.
const MAPPED: &str =
    "private and anonymous, without `PROT_EXEC`; beside that `MAP_FIXED`, `MAP_NORESERVE`, `MAP_STACK`";

/// The processes that look at pictures: a column each.
const PICTURE_PROCESSES: [(&str, &str); 2] =
    [("supervisor", "--supervise-picture-readers"), ("reader", "--read-pictures")];

#[test]
fn the_kernel_lets_a_supervisor_and_a_reader_make_the_calls_of_the_page_and_no_others() {
    let page = read(PAGE);
    let rows = table(&page, "picture calls");
    let arguments = table(&page, "picture arguments");
    let scratch = Scratch::new();
    let (Some(trial), true) = (KernelTrial::new(&scratch), cfg!(target_arch = "x86_64")) else {
        skipped("system calls of the processes that look at pictures: no `cc`, or not x86-64; run `make deps`");
        return;
    };
    let called = names_of_calls().expect("the trial was compiled");
    let name = |number: &u32| called.get(number).cloned().unwrap_or_else(|| format!("number {number}"));
    for (column, (process, argument)) in PICTURE_PROCESSES.iter().enumerate() {
        let ended = trial.inside_to_output(online([*argument])).run();
        if ended.stdout.is_empty() {
            skipped("system calls of the processes that look at pictures: this kernel has no seccomp, or no Landlock");
            return;
        }
        assert_eq!(ended.code, Some(ENDED), "{process}: the trial did not come to its end\n{ended}");
        let passed = KernelTrial::found_in(&ended.stdout);
        let mut let_through: BTreeSet<String> =
            passed.calls.iter().filter(|(_, error)| error.is_some()).map(|(call, _)| name(call)).collect();
        // As for the other processes: said above.
        for past in ["number 335", "uretprobe", "number 336", "uprobe", "clone3"] {
            let_through.remove(past);
        }
        let_through.extend(["exit_group", "rt_sigreturn"].map(str::to_owned));
        let mut listed = BTreeSet::new();
        for row in &rows {
            let [_, calls, cells @ ..] = row.as_slice() else { panic!("{row:?}") };
            assert!(cells.iter().all(|cell| ["yes", "no"].contains(&cell.as_str())), "{row:?}");
            listed.extend(names(calls).filter(|_| cells[column] == "yes"));
        }
        let missing: Vec<_> = let_through.difference(&listed).collect();
        let refused: Vec<_> = listed.difference(&let_through).collect();
        assert!(
            missing.is_empty() && refused.is_empty(),
            "{PAGE}, {process}:\nlet through and not listed: {missing:?}\nlisted and refused: {refused:?}"
        );
        assert_eq!(passed.x32, BTreeSet::new(), "{process}: in the spelling of x32");
        if *process == "reader" {
            // MAP_PRIVATE and MAP_ANONYMOUS, with or without MAP_FIXED, MAP_NORESERVE and MAP_STACK.
            let flags = [0x22, 0x32].into_iter().flat_map(|low| [low, low | 0x4000, low | 0x2_0000]);
            let own: BTreeSet<u32> = flags.flat_map(|flags| (0..4).map(move |data| data << 24 | flags)).collect();
            assert_eq!(passed.reads["recvmsg"], [], "it has no socket");
            assert_eq!(passed.reads["readv"], []);
            let by_argument = [
                ("read", format!("{:?}", passed.reads["read"]) == "[(0, 0)]", "0"),
                ("write", format!("{:?}", passed.reads["write"]) == "[(1, 1)]", "1"),
                ("mmap", passed.memory["mmap"] == own, MAPPED),
                ("mprotect", passed.memory["mprotect"] == BTreeSet::from([3]), "`PROT_READ` with `PROT_WRITE`"),
                ("madvise", passed.memory["madvise"] == BTreeSet::from([4, 8]), "`MADV_DONTNEED`, `MADV_FREE`"),
                ("tgkill", passed.signalled["tgkill"] == BTreeSet::from(["self".to_owned()]), "this process"),
            ];
            let said: BTreeSet<(String, String)> =
                arguments.iter().flat_map(|row| names(&row[0]).map(|call| (call, row[1].clone()))).collect();
            let expected = by_argument.iter().map(|(call, is_so, said)| {
                assert!(is_so, "{call} of a reader: {passed:?}");
                ((*call).to_owned(), (*said).to_owned())
            });
            assert_eq!(said, expected.collect());
            let nothing = (&passed.fcntl.0, &passed.clone, &passed.prctl, passed.signalled.get("kill"));
            assert_eq!(nothing, (&BTreeSet::new(), &BTreeSet::new(), &BTreeSet::new(), None), "a reader");
            assert!(passed.requests.is_empty() && passed.tried["other"] > 390_000, "it asks no device");
        }
    }
}
