//! Commands that the programs print are copied into a shell. A line that is too long is broken so that the shell still reads
//! one command, with the same arguments.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::DAY;

/// Both programs, replaced by one that prints its arguments, each before a zero byte.
struct Shell(Scratch);

impl Shell {
    fn new() -> Self {
        let scratch = Scratch::new();
        for name in ["rootcast-online", "rootcast-offline"] {
            let program = scratch.file(name, "#!/bin/sh\nprintf '%s\\0' \"${0##*/}\" \"$@\"\n");
            std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        }
        Self(scratch)
    }

    /// The arguments that `sh` reads from what was copied. More than one command, or none, is a failure.
    fn arguments(&self, copied: &str) -> Vec<String> {
        let path = format!("{}:/usr/bin:/bin", self.0.folder().display());
        let ended = Command::new("sh").args(["-e", "-c", copied]).env("PATH", path).output().expect("sh");
        assert!(ended.status.success(), "{copied}\n{}", String::from_utf8_lossy(&ended.stderr));
        let said = String::from_utf8(ended.stdout).unwrap();
        let read: Vec<String> = said.split_terminator('\0').map(str::to_owned).collect();
        let programs = read.iter().filter(|word| word.starts_with("rootcast-o")).count();
        assert_eq!(programs, 1, "one command: {copied}");
        read
    }
}

/// Every command that stands behind a label or at the beginning of a line, as somebody selects it: down to the first line
/// that no backslash ends.
fn copied(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let at = line.find("rootcast-on").into_iter().chain(line.find("rootcast-off")).min();
        let Some(at) = at.filter(|at| line[..*at].trim().is_empty() || line[..*at].ends_with(": ")) else { continue };
        if line.contains("[OPTIONS]") || line.contains("Usage") {
            continue;
        }
        let mut command = line[at..].to_owned();
        while command.ends_with('\\') {
            command.push('\n');
            command.push_str(lines.next().expect("a backslash ends no text"));
        }
        found.push(command);
    }
    found
}

/// Every command of a program, by its help.
fn commands(program: &dyn Fn(&[String]) -> Program, words: &[String]) -> Vec<Vec<String>> {
    let help = program(words).arg("--help").exits(0).stdout;
    assert!(words.is_empty() || help.contains("\nExample:\n"), "{help}");
    let Some((_, below)) = help.split_once("\nCommands:\n") else { return vec![words.to_vec()] };
    let names = below.lines().take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  "));
    let names =
        names.filter_map(|line| line.strip_prefix("  ")?.split([' ', ',']).next()).filter(|name| !name.is_empty());
    let names = names.filter(|name| *name != "help").map(|name| [words, &[name.to_owned()]].concat());
    names.flat_map(|words| commands(program, &words)).collect()
}

#[test]
fn the_examples_of_the_help_can_be_copied_at_any_width() {
    let shell = Shell::new();
    let mut broken = BTreeSet::new();
    for side in ["online", "offline"] {
        let program = |words: &[String]| if side == "online" { online(words) } else { offline(words) };
        let all = commands(&program, &[]);
        assert!(all.len() >= 15, "{all:?}");
        for words in all {
            let shown = |columns: &str| {
                let help = program(&words).arg("--help").env("COLUMNS", columns).exits(0).stdout;
                let example = help.split("Example:\n").nth(1).unwrap_or_else(|| panic!("{words:?}\n{help}")).to_owned();
                let lines = example.lines().take_while(|line| line.starts_with("  ")).collect::<Vec<_>>().join("\n");
                let width = columns.parse::<usize>().unwrap();
                for line in lines.lines() {
                    let is_argument = line.trim_start().starts_with('-') && line.matches(" --").count() <= 1;
                    assert!(line.chars().count() <= width || is_argument, "{columns}: {line:?}");
                }
                lines
            };
            // Wider than any example but the longest ones.
            let whole = shell.arguments(&shown("110"));
            assert_eq!(whole[0], format!("rootcast-{side}"));
            assert_eq!(whole[1..=words.len()], words);
            for columns in ["80", "60", "40"] {
                let lines = shown(columns);
                if lines.lines().count() > 1 {
                    broken.insert((side, words.clone()));
                }
                assert_eq!(shell.arguments(&lines), whole, "at {columns} columns:\n{lines}");
            }
        }
    }
    assert!(broken.len() > 30, "most examples are too long for 40 columns: {broken:?}");
}

/// A pair whose state has a name that a shell must not read, with an item held and an alarm that rings.
fn busy() -> (Sides, PathBuf) {
    let sides = Sides::enrolled();
    let state = sides.scratch.path("the state of O'Brien");
    std::fs::rename(&sides.online, &state).unwrap();
    let receive = |number: u64, issued: i64, code: i32| {
        let mut draft = sides.root.crl(number);
        draft.issued_at(sides.root.now - issued, sides.root.now + 180 * DAY);
        let recording = sides.scratch.path("some.frames");
        let _ = std::fs::remove_file(&recording);
        forged::record(&forged::object_of(&[(ItemKind::Crl, "some.crl", &draft.sign())]), &recording);
        online(["receive"]).state(&state).link(format!("file:{}", recording.display())).env("COLUMNS", "60").exits(code)
    };
    receive(7, 10 * DAY, 0);
    receive(3, 20 * DAY, 6);
    let held = receive(90_000, DAY, 9);
    assert!(held.stderr.contains("decide with: "), "{held}");
    (sides, state)
}

#[test]
fn what_a_command_says_to_type_next_can_be_copied_at_any_width() {
    let shell = Shell::new();
    let (_sides, state) = busy();
    for (program, begins) in [
        (online(["held", "list"]), ["rootcast-online", "held", "accept"]),
        (online(["alarm", "list"]), ["rootcast-online", "alarm", "ack"]),
    ] {
        let program = program.state(&state);
        let commands = |columns: &str| {
            let said = program.clone().env("COLUMNS", columns).exits(0).stdout;
            let commands = copied(&said);
            assert_eq!(commands.len(), 1, "{said}");
            (shell.arguments(&commands[0]), commands[0].contains('\n'))
        };
        let (whole, is_broken) = commands("1000");
        assert!(!is_broken && whole.starts_with(&begins.map(str::to_owned)), "{whole:?}");
        let named = whole.iter().position(|word| word == "--state").map(|at| PathBuf::from(&whole[at + 1]));
        assert_eq!(named.as_deref(), Some(state.as_path()), "the state that it is about");
        for columns in ["110", "80", "60", "40"] {
            let (narrow, is_broken) = commands(columns);
            assert!(is_broken, "it has no room at {columns}");
            assert_eq!(narrow, whole, "at {columns} columns");
        }
        // It is complete but for who decides and why.
        let mut words = whole[1..].to_vec();
        for (typed, meant) in [("NAME", "A. Auditor"), ("TEXT", "agreed")] {
            let at = words.iter().position(|word| word == typed).expect("a word in capitals");
            words[at] = meant.to_owned();
        }
        online(&words).exits(0).says("");
    }
}
