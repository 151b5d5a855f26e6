//! Evidence that nothing comes back: what each program is built from, and what the kernel is asked to do.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use rootcast_tests::corpora::skipped;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::program;
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

/// What `cargo tree` answers.
fn tree(arguments: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .args(["tree", "--locked", "--offline"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap()
}

/// The crates a program is built from.
fn crates(member: &str) -> String {
    tree(&["-p", member, "-e", "normal", "--prefix", "none"])
}

/// Whether a crate of this name, or one that begins with it, is in the tree.
fn has_crate(tree: &str, word: &str) -> bool {
    let mut names = tree.lines().map(|line| line.split_whitespace().next().unwrap_or_default());
    names.any(|name| name == word || name.starts_with(&format!("{word}-")))
}

/// Every crate is in the other program and not in this one: a name that is in neither would prove nothing.
fn assert_only_in(other: &str, member: &str, words: &[&str]) {
    let (here, there) = (crates(member), crates(other));
    assert!(has_crate(&here, "rootcast-protocol") && has_crate(&there, "rootcast-protocol"));
    for word in words {
        assert!(!has_crate(&here, word), "{member} is built with {word}");
        assert!(has_crate(&there, word), "{other} is not built with {word}: its absence from {member} shows nothing");
    }
}

#[test]
fn the_offline_program_is_built_without_camera_picture_or_qr_reading_crates() {
    let unwanted = ["alsa", "image", "rxing", "gif", "v4l", "zune-jpeg", "rootcast-online", "rootcast-sound-device"];
    assert_only_in("rootcast-online", "rootcast-offline", &unwanted);
    let tree = crates("rootcast-offline");
    // Other readers of codes, which neither program has today.
    assert!(!["rqrr", "zxing"].iter().any(|word| has_crate(&tree, word)), "{tree}");
}

#[test]
fn the_online_program_is_built_without_token_or_qr_writing_crates() {
    let unwanted = ["cryptoki", "libloading", "secrecy", "ssh", "qrcode", "rootcast-offline"];
    assert_only_in("rootcast-offline", "rootcast-online", &unwanted);
}

/// The crates of the online program with their features, built by itself or together with all others.
fn online_with_features(together: bool) -> BTreeSet<String> {
    let member = "rootcast-online";
    let alone = tree(&["-p", member, "-e", "normal", "--prefix", "none", "--no-dedupe", "-f", "{p}"]);
    let names: BTreeSet<&str> = alone.lines().map(|line| line.trim_end_matches(" (proc-macro)")).collect();
    let built: &[&str] = if together { &["--workspace"] } else { &["-p", member] };
    let all = tree(&[built, &["-e", "normal", "--prefix", "none", "--no-dedupe", "-f", "{p}|{f}"][..]].concat());
    let of_it = |line: &&str| line.split_once('|').is_some_and(|(name, _)| names.contains(name));
    all.lines().map(|line| line.trim_end_matches(" (proc-macro)")).filter(of_it).map(str::to_owned).collect()
}

#[test]
fn the_online_program_that_is_tested_is_the_one_that_is_built_but_for_five_features() {
    let (alone, together) = (online_with_features(false), online_with_features(true));
    assert!(alone.len() > 60, "{alone:?}");
    let other: Vec<&String> = together.difference(&alone).collect();
    let names: Vec<&str> = other.iter().filter_map(|line| line.split_whitespace().next()).collect();
    // Names of algorithms; a feature that only switches on two others; pseudo terminals; a format of pictures, and
    // what writes it.
    assert_eq!(names, ["const-oid", "gif", "image", "memchr", "rustix"], "{other:#?}");
}

/// The names of the functions in a program, with their crates.
fn symbols(name: &str) -> Option<String> {
    let binary = program::folder().join(name);
    assert!(binary.is_file(), "{} is not built: run `make test`", binary.display());
    let text = symbols_of(&binary)?;
    assert!(text.contains("rootcast_protocol"), "{name} has no symbols to look at");
    Some(text)
}

fn symbols_of(binary: &Path) -> Option<String> {
    let Ok(listed) = Command::new("nm").args(["--demangle", "--defined-only"]).arg(binary).output() else {
        skipped("symbols of the programs: `nm` (binutils) is not installed; run `make deps`");
        return None;
    };
    Some(String::from_utf8_lossy(&listed.stdout).into_owned())
}

/// Every name is among the symbols of the other program and not among those of this one, so that a rename cannot make
/// the search find nothing.
fn assert_symbols_only_in(other: &str, name: &str, words: &[&str]) {
    let (Some(here), Some(there)) = (symbols(name), symbols(other)) else { return };
    for word in words {
        let found: Vec<&str> = here.lines().filter(|line| line.contains(word)).take(3).collect();
        assert!(found.is_empty(), "{name} contains {word}: {found:#?}");
        assert!(there.contains(word), "{other} does not contain {word}: its absence from {name} shows nothing");
    }
}

/// What belongs to a receiver.
const OF_RECEIVER: [&str; 8] = [
    "rootcast_online",
    "rxing",
    "Frame::parse",
    "rootcast_protocol::cobs::Splitter",
    "recording::Splitter",
    "fec::decode",
    "SourceBlockDecoder",
    // The checks of the codes of sound: only a decoder asks for them.
    "iter_paritychecks",
];

#[test]
fn the_offline_program_contains_no_receiver() {
    assert_symbols_only_in("rootcast-online", "rootcast-offline", &OF_RECEIVER);
    // Nor anything that opens a sound device.
    assert_symbols_only_in("rootcast-online", "rootcast-offline", &["rootcast_sound_device", "alsa::pcm"]);
}

/// The functions that a program takes from libraries when it starts.
fn imports(name: &str) -> Option<String> {
    let listed = Command::new("nm").args(["--dynamic", "--undefined-only"]).arg(program::folder().join(name)).output();
    listed.ok().map(|listed| String::from_utf8_lossy(&listed.stdout).into_owned())
}

#[test]
fn the_variant_with_sound_devices_contains_no_receiver_and_cannot_record() {
    let variant = "rootcast-offline-audio";
    assert_symbols_only_in("rootcast-online", variant, &OF_RECEIVER);
    let (Some(plain), Some(playing), Some(recording)) =
        (imports("rootcast-offline"), imports(variant), imports("rootcast-online"))
    else {
        return skipped("functions of alsa-lib: `nm` (binutils) is not installed; run `make deps`");
    };
    assert!(!plain.contains("snd_"), "the default program takes nothing from alsa-lib");
    assert!(playing.contains("snd_pcm_writei") && !playing.contains("snd_pcm_read"), "{playing}");
    assert!(recording.contains("snd_pcm_readi") && !recording.contains("snd_pcm_write"), "{recording}");
}

/// Both list the ports of their host with a crate that could also open one, read it and move its modem lines. This test
/// uses virtual pairs of ports of that crate, so it contains what the programs must not.
#[test]
fn of_the_crate_for_serial_ports_both_programs_contain_the_list_only() {
    let others =
        ["serialport::posix::tty::TTYPort as ", "serialport::posix::tty::TTYPort::", "serialport::posix::poll"];
    let list = "serialport::posix::enumerate::available_ports";
    let own = std::env::current_exe().expect("the path of this test");
    let Some(here) = symbols_of(&own) else { return };
    for name in ["rootcast-offline", "rootcast-online"] {
        let Some(symbols) = symbols(name) else { return };
        assert!(symbols.contains(list), "{name}: the crate cannot be found by this name");
        for word in others {
            let found: Vec<&str> = symbols.lines().filter(|line| line.contains(word)).take(3).collect();
            assert!(found.is_empty(), "{name} contains {word}: {found:#?}");
            assert!(here.contains(word), "not even this test contains {word}: its absence shows nothing");
        }
        assert!(!symbols.contains("serialport::posix::ioctl"), "{name} contains requests of that crate");
    }
}

#[test]
fn the_online_program_contains_no_transmitter() {
    let unwanted = [
        "rootcast_offline",
        "rootcast_offline::sending::carousel",
        "cobs::encode",
        "encode_record",
        " <qrcode::",
        " qrcode::",
        "labrador_ldpc::encoder",
    ];
    assert_symbols_only_in("rootcast-offline", "rootcast-online", &unwanted);
}

#[test]
fn the_kernel_is_asked_to_write_to_the_port_and_never_to_read_it() {
    let sides = Sides::enrolled();
    let wire = Wire::new(460_800, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    let trace = sides.scratch.path("trace");
    let traced = Command::new("strace")
        // A file a thread, so that calls of two never share a line.
        .args(["-ff", "-y", "-o"])
        .arg(&trace)
        .arg(program::folder().join("rootcast-offline"))
        .args(["send", "--yes", "--passes", "3", "--state"])
        .arg(&sides.offline)
        .arg("--link")
        .arg(format!("serial:{},baud=460800", wire.near().display()))
        .arg(&file)
        .output();
    let Ok(traced) = traced else {
        return skipped("system calls of the offline program: `strace` is not installed; run `make deps`");
    };
    let error = String::from_utf8_lossy(&traced.stderr);
    if error.contains("ptrace") {
        return skipped("system calls of the offline program: tracing is not permitted here");
    }
    assert!(traced.status.success(), "{error}");
    let calls: String = std::fs::read_dir(trace.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_stem() == trace.file_stem() && path.extension().is_some())
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let port = wire.near().display().to_string();
    let of_port: Vec<&str> = calls.lines().filter(|line| line.contains(&port)).collect();
    let opened: Vec<&&str> = of_port.iter().filter(|line| line.contains("open")).collect();
    assert!(!opened.is_empty(), "the port was never opened?");
    for line in &opened {
        assert!(line.contains("O_WRONLY") && line.contains("O_NOCTTY"), "{line}");
    }
    assert!(of_port.iter().any(|line| line.contains("write")), "the port was never written to?");
    for line in &of_port {
        let call = line.trim_start();
        let reads = ["read(", "readv(", "pread", "recv", "preadv", "splice(", "mmap(", "io_uring"];
        assert!(!reads.iter().any(|name| call.starts_with(name)), "{line}");
        // Neither the modem lines nor waiting for anything.
        assert!(!call.contains("TIOCM") && !call.contains("poll") && !call.contains("select"), "{line}");
    }
    let set = of_port.iter().find(|line| line.contains("TCSET")).expect("the line's settings");
    assert!(set.contains("CLOCAL") && !set.contains("CREAD"), "{set}");
    assert!(!set.contains("CRTSCTS") && !set.contains("IXON") && !set.contains("IXOFF"), "{set}");
}
