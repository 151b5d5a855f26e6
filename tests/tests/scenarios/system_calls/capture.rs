//! The process that records sound, after it closed its sandbox. A plugin of alsa-lib stands in for the device, as behind
//! `mixing=allowed`; what a device itself may be asked for in that place is the same, and its descriptors can do less.

use super::*;

/// Calls whose arguments the page says in a table of its own.
const BY_ARGUMENT: [&str; 8] = ["read", "write", "readv", "writev", "ioctl", "mmap", "mprotect", "madvise"];

#[test]
fn the_kernel_lets_the_process_that_records_make_the_calls_of_the_page_and_no_others() {
    let page = read(PAGE);
    let (rows, arguments) = (table(&page, "capture calls"), table(&page, "capture arguments"));
    let scratch = Scratch::new();
    let (Some(trial), true) = (KernelTrial::new(&scratch), cfg!(target_arch = "x86_64")) else {
        skipped("system calls of the process that records sound: no `cc`, or not x86-64; run `make deps`");
        return;
    };
    let card = "pcm.records { type file slave.pcm { type null } file \"/dev/null\" infile \"/dev/zero\" format raw }\n";
    let card = scratch.file("card.conf", card);
    let capture = online(["--capture-sound", "audio:device=records,mixing=allowed"]).env("ALSA_CONFIG_PATH", card);
    let ended = trial.inside_to_output(capture).run();
    if ended.stdout.is_empty() {
        skipped("system calls of the process that records sound: this kernel has no seccomp");
        return;
    }
    assert_eq!(ended.code, Some(ENDED), "the trial did not come to its end\n{ended}");
    let passed = KernelTrial::found_in(&ended.stdout);
    // It may not ask which descriptors are open, so the trial cannot either: it takes the first number of a link.
    assert_eq!(passed.link, None);
    let called = names_of_calls().expect("the trial was compiled");
    let name = |number: &u32| called.get(number).cloned().unwrap_or_else(|| format!("number {number}"));
    let mut let_through: BTreeSet<String> =
        passed.calls.iter().filter(|(_, error)| error.is_some()).map(|(call, _)| name(call)).collect();
    for past in ["number 335", "uretprobe", "number 336", "uprobe", "clone3"].iter().chain(&BY_ARGUMENT) {
        let_through.remove(*past);
    }
    let_through.extend(["exit_group", "rt_sigreturn"].map(str::to_owned));
    let listed: BTreeSet<String> = rows.iter().flat_map(|row| names(&row[1])).collect();
    let missing: Vec<_> = let_through.difference(&listed).collect();
    let refused: Vec<_> = listed.difference(&let_through).collect();
    assert!(
        missing.is_empty() && refused.is_empty(),
        "{PAGE}, process that records:\nlet through and not listed: {missing:?}\nlisted and refused: {refused:?}"
    );
    assert_eq!(passed.x32, BTreeSet::new(), "in the spelling of x32");
    let runs = |call: &str| {
        let run = |(from, to): &(u32, u32)| if from == to { from.to_string() } else { format!("{from}–{to}") };
        let runs: Vec<String> = passed.reads[call].iter().map(run).collect();
        if runs.is_empty() { "none".to_owned() } else { runs.join(", ") }
    };
    let memory = |call: &str| passed.memory.get(call).cloned().unwrap_or_default();
    let flags = [0x22, 0x32].into_iter().flat_map(|low| [low, low | 0x4000, low | 0x2_0000]);
    let own: BTreeSet<u32> = flags.flat_map(|flags| (0..4).map(move |data| data << 24 | flags)).collect();
    let found = [
        ("read", runs("read")),
        ("readv", runs("readv")),
        ("write", runs("write")),
        ("writev", runs("writev")),
        ("ioctl", requests(&passed, "link")),
        ("mmap", if memory("mmap") == own { MAPPED.to_owned() } else { format!("{:?}", memory("mmap")) }),
        (
            "mprotect",
            match memory("mprotect") {
                only if only == BTreeSet::from([3]) => "`PROT_READ` with `PROT_WRITE`".to_owned(),
                others => format!("{others:?}"),
            },
        ),
        (
            "madvise",
            match memory("madvise") {
                only if only == BTreeSet::from([4, 8]) => "`MADV_DONTNEED`, `MADV_FREE`".to_owned(),
                others => format!("{others:?}"),
            },
        ),
    ];
    let found: BTreeMap<String, String> = found.into_iter().map(|(call, what)| (call.to_owned(), what)).collect();
    let said: BTreeMap<String, String> =
        arguments.iter().flat_map(|row| names(&row[0]).map(|call| (call, row[1].clone()))).collect();
    assert_eq!(said, found, "{PAGE}: arguments of the process that records");
    assert_eq!(requests(&passed, "other"), "none", "it asks nothing of other descriptors");
    let nothing = (&passed.fcntl.0, &passed.clone, &passed.prctl, passed.signalled.get("kill"));
    assert_eq!(nothing, (&BTreeSet::new(), &BTreeSet::new(), &BTreeSet::new(), None));
    assert!(passed.tried["link"] > 390_000 && passed.tried["other"] > 390_000, "{:?}", passed.tried);
    for call in ["sendmmsg", "sendto", "recvmmsg", "recvfrom", "recvmsg", "pread64", "preadv", "pwrite64"] {
        assert_eq!(runs(call), "none", "{call}");
    }
}
