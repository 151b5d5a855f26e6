//! Evidence that nothing comes back: what each program is built from, and what the kernel is asked to do.

use std::process::Command;

use rootcast_tests::corpora::skipped;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::program;
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

/// The crates a program is built from.
fn crates(member: &str) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let tree = Command::new(cargo)
        .args(["tree", "--locked", "--offline", "-p", member, "-e", "normal", "--prefix", "none"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo tree");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    String::from_utf8(tree.stdout).unwrap()
}

fn assert_without(member: &str, unwanted: &[&str]) {
    let tree = crates(member);
    for line in tree.lines() {
        let name = line.split_whitespace().next().unwrap_or_default();
        assert!(
            !unwanted.iter().any(|word| name == *word || name.starts_with(&format!("{word}-"))),
            "{member}: {line}"
        );
    }
    assert!(tree.contains("rootcast-protocol"), "{tree}");
}

#[test]
fn the_offline_program_is_built_without_camera_picture_or_qr_reading_crates() {
    assert_without(
        "rootcast-offline",
        &["image", "rxing", "rqrr", "nokhwa", "v4l", "zxing", "serialport", "rootcast-online"],
    );
}

#[test]
fn the_online_program_is_built_without_token_or_qr_writing_crates() {
    assert_without(
        "rootcast-online",
        &["cryptoki", "libloading", "secrecy", "ssh", "toml", "qrcode", "rootcast-offline"],
    );
}

/// The names of the functions in a program, with their crates.
fn symbols(name: &str) -> Option<String> {
    let binary = program::folder().join(name);
    assert!(binary.is_file(), "{} is not built: run `make test`", binary.display());
    let Ok(listed) = Command::new("nm").args(["--demangle", "--defined-only"]).arg(&binary).output() else {
        skipped("symbols of the programs: `nm` (binutils) is not installed; run `make deps`");
        return None;
    };
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(text.contains("rootcast_protocol"), "{name} has no symbols to look at");
    Some(text)
}

fn assert_no_symbol(name: &str, listed: &str, unwanted: &[&str]) {
    for word in unwanted {
        let found: Vec<&str> = listed.lines().filter(|line| line.contains(word)).take(3).collect();
        assert!(found.is_empty(), "{name} contains {word}: {found:#?}");
    }
}

#[test]
fn the_offline_program_contains_no_receiver() {
    let Some(listed) = symbols("rootcast-offline") else { return };
    assert!(listed.contains("rootcast_offline::sending::carousel"), "the transmitter is there");
    let unwanted = [
        "rootcast_online",
        "rxing",
        "Frame::parse",
        "rootcast_protocol::cobs::Splitter",
        "recording::Splitter",
        "fec::decode",
        "SourceBlockDecoder",
    ];
    assert_no_symbol("rootcast-offline", &listed, &unwanted);
}

#[test]
fn the_online_program_contains_no_transmitter() {
    let Some(listed) = symbols("rootcast-online") else { return };
    assert!(listed.contains("rootcast_online::"), "the receiver is there");
    let unwanted = ["rootcast_offline", "carousel", "cobs::encode", "encode_record", " <qrcode::", " qrcode::"];
    assert_no_symbol("rootcast-online", &listed, &unwanted);
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
        // Neither the modem lines nor waiting for input.
        assert!(!call.contains("TIOCM") && !call.contains("POLLIN"), "{line}");
    }
    let set = of_port.iter().find(|line| line.contains("TCSET")).expect("the line's settings");
    assert!(set.contains("CLOCAL") && !set.contains("CREAD"), "{set}");
    assert!(!set.contains("CRTSCTS") && !set.contains("IXON") && !set.contains("IXOFF"), "{set}");
}
