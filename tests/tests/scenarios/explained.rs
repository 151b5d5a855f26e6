//! `explain` in both programs: each side says what to do on its own host, and recommends only options that it has.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::{crl_of, fresh_root};
use rootcast_tests::throwaway_ca::pem;

use crate::documents::{keys, read};

/// One of the two programs.
type Start = fn(&[&str]) -> Program;

fn sides() -> [(&'static str, Start); 2] {
    [("offline", |arguments| offline(arguments)), ("online", |arguments| online(arguments))]
}

/// The names of options in a text.
fn options(text: &str) -> BTreeSet<String> {
    let parts = text.split("--").skip(1);
    let names = parts.map(|rest| rest.chars().take_while(|c| c.is_ascii_lowercase() || *c == '-').collect::<String>());
    names.map(|name| name.trim_end_matches('-').to_owned()).filter(|name| name.len() > 1).collect()
}

/// The commands below a help, one a line with two blanks before it.
fn subcommands(help: &str) -> Vec<String> {
    let list = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    let names = lines.filter(|line| !line.starts_with("   ")).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every option of a program: those of each command, down to the last.
fn options_of(start: Start) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = start(&words).exits(0).stdout;
        found.extend(options(&help));
        open.extend(subcommands(&help).into_iter().map(|name| {
            let mut below = command.clone();
            below.push(name);
            below
        }));
    }
    assert!(found.len() > 20, "{found:?}");
    found
}

fn names(start: Start) -> Vec<String> {
    let all = start(&["explain", "--json"]).exits(0).json();
    let groups = ["rules", "ceremony_rules", "labels"];
    let names = groups.iter().flat_map(|group| all[group].as_array().expect("a list").clone());
    names.map(|name| name.as_str().expect("a name").to_owned()).collect()
}

#[test]
fn an_explanation_recommends_only_what_the_program_has() {
    let mut recommended = 0;
    for (side, start) in sides() {
        let known = options_of(start);
        for name in names(start) {
            let told = start(&["explain", &name, "--json"]).exits(0).json();
            // What is done on the other side is done with the other program.
            if told["only_on"].as_str().is_some_and(|only| only != side) {
                assert!(told["next"].as_str().unwrap().starts_with("Nothing on this host"), "{told}");
                continue;
            }
            let next = told["next"].as_str().expect("what to do");
            for option in options(next) {
                assert!(known.contains(&option), "{side}: explain {name} recommends --{option}: {next}");
                recommended += 1;
            }
        }
    }
    assert!(recommended > 20, "{recommended}");
}

/// Other people's programs, whose options are theirs.
const OTHERS: [&str; 12] = [
    "openssl",
    "ssh-keygen",
    "apt-get",
    "setcap",
    "v4l2",
    "udevadm",
    "systemctl",
    "mask --now",
    "iconv",
    "ethtool",
    "curl",
    "softhsm",
];

/// Options by which a program starts itself again: they are in no help.
const OF_ITS_OWN_PROCESSES: [&str; 4] =
    ["supervise-picture-readers", "read-pictures", "capture-sound", "open-port-again"];

/// The source files below a folder, without those of tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            match path.is_dir() {
                true if name == "tests" || name == "explain" => Vec::new(),
                true => sources(&path),
                false if name.ends_with(".rs") && name != "tests.rs" => vec![path],
                false => Vec::new(),
            }
        })
        .collect()
}

/// What a program prints names an option that it has; or the program that has it.
#[test]
fn no_text_recommends_an_option_that_the_program_does_not_have() {
    let [offline, online] = sides().map(|(_, start)| options_of(start));
    let both: BTreeSet<String> = offline.intersection(&online).cloned().collect();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut seen = 0;
    for (folder, known) in [
        ("pki/src", &both),
        ("host/src", &both),
        ("console/src", &both),
        ("offline-side/src", &offline),
        ("online-side/src", &online),
    ] {
        for path in sources(&project.join(folder)) {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            // What a command line is compared with is said to nobody.
            let is_text = |line: &&str| !line.trim_start().starts_with("//") && !line.contains("== \"--");
            let lines: Vec<&str> = code.lines().filter(is_text).filter(|line| !line.contains("== [\"--")).collect();
            for (number, line) in lines.iter().enumerate() {
                // A text may have begun a line or two before.
                let around = lines[number.saturating_sub(2)..=number].join(" ");
                for option in options(line) {
                    let is_known = match (around.contains("rootcast-offline "), around.contains("rootcast-online ")) {
                        (true, true) => offline.contains(&option) || online.contains(&option),
                        (true, false) => offline.contains(&option) || known.contains(&option),
                        (false, true) => online.contains(&option) || known.contains(&option),
                        (false, false) => known.contains(&option),
                    };
                    let is_foreign = OTHERS.iter().any(|other| around.contains(other));
                    let is_own = OF_ITS_OWN_PROCESSES.contains(&option.as_str());
                    assert!(is_known || is_foreign || is_own, "{}: --{option}: {line}", path.display());
                    seen += 1;
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
}

#[test]
fn both_sides_say_what_to_do_on_their_own_host() {
    let [said_offline, said_online] = sides().map(|(_, start)| start(&["explain", "CRL-FIRST"]).exits(0).stdout);
    assert!(!said_offline.contains("--crl") && said_online.contains("--crl"), "{said_offline}\n{said_online}");
    for said in [&said_offline, &said_online] {
        for part in ["CRL-FIRST: ", "\nasks for ", "\nif not ", "\nwhy ", "\ndo here ", "\nreference "] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
    // A rule and a label that differ in case alone.
    online(["explain", "STATE-LOST"]).exits(0).says("asks for");
    online(["explain", "state-lost"]).exits(0).says("exit 8");
    // A rule of the other side.
    online(["explain", "sign-head"]).exits(0).says("Nothing on this host");
    offline(["explain", "SIGN-HEAD"]).exits(0).says("--no-head");
}

#[test]
fn an_unknown_name_gets_the_nearest_one() {
    for (_, start) in sides() {
        for (typed, meant) in [("CRL-FRIST", "CRL-FIRST"), ("linkfailed", "link-failed"), ("cert-akii", "CERT-AKI")] {
            start(&["explain", typed]).exits(2).says(&format!("Did you mean {meant}?"));
        }
        let far = start(&["explain", "nothing-of-the-kind-at-all"]).exits(2);
        assert!(!far.stderr.contains("Did you mean"), "{far}");
        start(&["explain", "\u{1b}[2J"]).exits(2).says("\\u{1b}[2J");
        let all = start(&["explain"]).exits(0);
        assert!(all.stdout.contains("CRL-NUMBER-LOWER") && all.stdout.contains("state-lost"), "{all}");
    }
}

/// A finding says where more can be read on this host, and `trust --crl` does not ask for what it was given.
#[test]
fn no_finding_sends_its_reader_to_a_page_that_is_elsewhere() {
    let scratch = Scratch::new();
    let root = fresh_root("Explained Root");
    scratch.file("root.crt", pem("CERTIFICATE", &root.certificate));
    scratch.file("root.crl", crl_of(&root, 1).sign());
    scratch.file("issuing.crt", root.intermediate("Explained Issuing CA").sign());
    let mut said = String::new();
    let trust = online(["trust", "--yes", "--root", "root.crt", "--crl", "root.crl"]);
    let trusted = trust.state(&scratch.path("online")).within(scratch.folder()).exits(0).to_string();
    assert!(!trusted.contains("CRL-FIRST"), "{trusted}");
    // In webpki it is a hold, which giving the CRL decides; the receipt says so, and nobody is told to give it.
    let trust = online(["trust", "--yes", "--profile", "webpki", "--root", "root.crt", "--crl", "root.crl", "--json"]);
    let trust = trust.state(&scratch.path("webpki")).within(scratch.folder()).exits(0);
    assert!(!trust.stderr.contains("CRL-FIRST") && trust.stderr.contains("accepted  root.crl"), "{trust}");
    let receipts = fs::read_dir(scratch.path("webpki/receipts")).unwrap();
    let kept = receipts.map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap()).collect::<String>();
    assert!(kept.contains("CRL-FIRST"), "{kept}");
    said.push_str(&trusted);
    let trust = offline(["trust", "--yes", "--root", "root.crt"]);
    said.push_str(&trust.state(&scratch.path("offline")).within(scratch.folder()).exits(0).to_string());
    let send = offline(["send", "--yes", "--link", "file:first.frames", "root.crl", "issuing.crt"]);
    let sent = send.state(&scratch.path("offline")).within(scratch.folder()).exits(0).to_string();
    assert!(sent.contains("(explain CRL-FIRST)") && sent.contains("(explain CERT-REQUEST)"), "{sent}");
    said.push_str(&sent);
    let off = offline(["trust", "--yes", "--root", "root.crt", "--off", "CRL-SIGNATURE"]);
    let refused = off.state(&scratch.path("offline")).within(scratch.folder()).exits(2);
    refused.says("CRL-SHORT-LIFE");
    said.push_str(&refused.to_string());
    let check = online(["check", "issuing.crt", "root.crl"]).state(&scratch.path("online")).within(scratch.folder());
    said.push_str(&check.run().to_string());
    assert!(!said.contains("docs/"), "{said}");
}

/// The numbers of the line about exit codes at the end of a help.
fn exit_codes(help: &str) -> BTreeSet<u8> {
    let line = help.split("Exit codes:").nth(1).expect("the exit codes").split(". ").next().unwrap_or_default();
    line.split('·').filter_map(|code| code.split_whitespace().next()?.parse().ok()).collect()
}

#[test]
fn the_help_and_errors_md_have_the_same_exit_codes() {
    let page = read("docs/errors.md");
    let table = page.split("## Exit codes").nth(1).and_then(|rest| rest.split("\n## ").next()).expect("the table");
    let listed: BTreeSet<u8> = keys(table).iter().filter_map(|key| key.parse().ok()).collect();
    let mut of_both = BTreeSet::new();
    for (side, start) in sides() {
        let helped = exit_codes(&start(&["--help"]).exits(0).stdout);
        // Each label of this side ends with a code that the help has.
        let labels = start(&["explain", "--json"]).exits(0).json()["labels"].as_array().expect("labels").clone();
        for label in &labels {
            let told = start(&["explain", label.as_str().expect("a label"), "--json"]).exits(0).json();
            let code = u8::try_from(told["exit"].as_u64().expect("a code")).expect("a code");
            let is_here = told["only_on"].as_str().is_none_or(|only| only == side);
            assert!(!is_here || helped.contains(&code), "{side}: {label} ends with {code}, which --help does not have");
        }
        of_both.extend(helped);
    }
    assert_eq!(of_both, listed);
}

/// Every command of a program, by its words.
fn commands_of(start: Start) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = start(&words).exits(0).stdout;
        if !command.is_empty() {
            found.insert(command.join(" "));
        }
        open.extend(subcommands(&help).into_iter().map(|name| {
            let mut below = command.clone();
            below.push(name);
            below
        }));
    }
    found
}

#[test]
fn errors_md_and_rules_md_name_only_commands_and_options_that_a_help_has() {
    let (mut known, mut commands) = (BTreeSet::new(), BTreeSet::new());
    for (_, start) in sides() {
        known.extend(options_of(start));
        commands.extend(commands_of(start));
    }
    let (mut seen_options, mut seen_commands) = (0, 0);
    for page in ["docs/errors.md", "docs/rules.md"] {
        let text = read(page);
        // A block of code is no text between backticks.
        let prose: String = text.split("```").step_by(2).collect::<Vec<_>>().join(" ");
        for code in prose.split('`').skip(1).step_by(2) {
            let words: Vec<&str> = code.split_whitespace().collect();
            let is_foreign = OTHERS.iter().any(|other| code.contains(other));
            for option in options(code).into_iter().filter(|_| !is_foreign) {
                assert!(known.contains(&option), "{page}: `{code}`: no help has --{option}");
                seen_options += 1;
            }
            let words: Vec<&str> = words.into_iter().skip_while(|word| word.starts_with("rootcast-o")).collect();
            let Some(first) = words.first().filter(|first| commands.contains(**first)) else { continue };
            let below = format!("{first} ");
            let has_more = commands.iter().any(|command| command.starts_with(&below));
            if let Some(second) = words.get(1).filter(|word| has_more && word.chars().all(|c| c.is_ascii_lowercase())) {
                assert!(commands.contains(&format!("{first} {second}")), "{page}: `{code}`: no such command");
                seen_commands += 1;
            }
        }
    }
    assert!(seen_options > 40 && seen_commands > 20, "{seen_options} {seen_commands}");
}

/// Each program knows the commands that only the other has, all of them.
#[test]
fn a_command_of_the_other_program_is_said_to_be_its() {
    let commands = |help: &str| -> Vec<String> {
        let below = help.split("Commands:\n").nth(1).unwrap();
        let listed = below.lines().take_while(|line| !line.is_empty());
        listed
            .filter_map(|line| line.strip_prefix("  "))
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split(' ').next().map(str::to_owned))
            .collect()
    };
    let (on, off) = (commands(&online(["--help"]).exits(0).stdout), commands(&offline(["--help"]).exits(0).stdout));
    assert!(on.iter().any(|name| name == "receive") && off.iter().any(|name| name == "send"), "{on:?} {off:?}");
    for name in off.iter().filter(|name| !on.contains(name)) {
        online([name]).exits(2).says(&format!("The command {name} belongs to rootcast-offline."));
    }
    for name in on.iter().filter(|name| !off.contains(name)) {
        offline([name]).exits(2).says(&format!("The command {name} belongs to rootcast-online."));
    }
}

/// Both programs know the other one's commands by two lists; a command that is missing there would be "unrecognized".
#[test]
fn a_command_of_the_other_program_is_told_as_such() {
    let [(_, offline_side), (_, online_side)] = sides();
    let [at_home, abroad] = [offline_side, online_side].map(|start| subcommands(&start(&["--help"]).exits(0).stdout));
    let mut found = 0;
    for (start, program, own, others) in
        [(online_side, "rootcast-offline", &abroad, &at_home), (offline_side, "rootcast-online", &at_home, &abroad)]
    {
        for name in others.iter().filter(|name| !own.contains(name)) {
            start(&[name.as_str()]).exits(2).says(&format!("The command {name} belongs to {program}."));
            found += 1;
        }
    }
    assert!(found > 10, "{at_home:?} {abroad:?}");
}
