//! The configuration file: what a run takes from it, that flags win, and where the file may be.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rootcast_host::configuration::{Side, table_of_keys};
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::sides::Sides;
use rootcast_tests::skipped::skipped;

/// A file that nobody else may write.
fn configuration(sides: &Sides, name: &str, text: &str) -> PathBuf {
    let file = sides.scratch.file(name, text);
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(sides.scratch.folder(), Permissions::from_mode(0o755)).unwrap();
    file
}

fn with(program: Program, file: &Path) -> Program {
    program.arg("--config").arg(file)
}

#[test]
fn a_run_takes_links_and_limits_from_the_file_and_says_so_in_one_line() {
    let sides = Sides::enrolled();
    let (crl_file, crl) = sides.crl_file(1);
    let recording = sides.scratch.path("one.frames");
    let link = format!("file:{}", recording.display());
    let sender = configuration(&sides, "offline.toml", &format!("[links]\nlink = \"{link}\"\n[limits]\npasses = 3\n"));
    let receiver = configuration(&sides, "online.toml", &format!("[links]\nlink = [\"{link}\"]\n"));

    let plan = with(offline(["plan", "--json"]).state(&sides.offline).arg(&crl_file), &sender).exits(0);
    plan.says(&format!("link = {link}, passes = 3"));
    let taken = plan.json()["configuration"].clone();
    assert_eq!(taken["file"], sender.to_str().unwrap());
    assert_eq!(taken["taken"], serde_json::json!([format!("link = {link}"), "passes = 3"]));

    let send = with(offline(["send", "--yes", "--json"]).state(&sides.offline).arg(&crl_file), &sender).exits(0);
    let document = send.json();
    assert_eq!(document["configuration"], taken);
    assert_eq!(document["links"][0]["passes"], 3.0);
    let line = format!("from {}: link = {link}, passes = 3", sender.display());
    assert_eq!(send.stderr.lines().filter(|said| said.contains(&line)).count(), 1, "{send}");
    let journal = offline(["journal", "show", "--json"]).state(&sides.offline).exits(0).json();
    let entries = journal["journal"].as_array().or_else(|| journal["entries"].as_array()).unwrap().clone();
    let sent = entries.iter().find(|entry| entry["kind"] == "transmission").unwrap();
    assert_eq!(sent["configuration"], taken, "the journal keeps what was taken");

    let received = with(online(["receive", "--json"]).state(&sides.online), &receiver).exits(0);
    assert_eq!(received.json()["configuration"]["taken"], serde_json::json!([format!("link = {link}")]));
    sides.assert_published(&crl);
}

#[test]
fn an_option_of_the_command_line_wins_and_nothing_is_taken() {
    let sides = Sides::enrolled();
    let (crl_file, _) = sides.crl_file(1);
    let (named, given) = (sides.scratch.path("named.frames"), sides.scratch.path("given.frames"));
    let text = format!("[links]\nlink = \"file:{}\"\n[limits]\npasses = 3\n", named.display());
    let file = configuration(&sides, "offline.toml", &text);
    let send = offline(["send", "--yes", "--json", "--passes", "2"]).state(&sides.offline).arg(&crl_file);
    let ended = with(send.link(format!("file:{}", given.display())), &file).exits(0);
    let document = ended.json();
    assert_eq!(document["links"][0]["passes"], 2.0);
    assert!(document.get("configuration").is_none() && !ended.stderr.contains("from /"), "{ended}");
    assert!(given.exists() && !named.exists());

    let warn = configuration(&sides, "online.toml", "[warnings]\nwarn = \"90000d\"\n");
    let status = || online(["status", "--json"]).state(&sides.online);
    status().exits(0);
    assert_eq!(with(status(), &warn).exits(10).json()["configuration"]["taken"], serde_json::json!(["warn = 90000d"]));
    let ended = with(status().args(["--warn", "1s"]), &warn).exits(0);
    assert!(ended.json().get("configuration").is_none());
}

#[test]
fn a_run_without_a_link_says_where_one_can_be_named() {
    let sides = Sides::enrolled();
    let (crl_file, _) = sides.crl_file(1);
    for program in [
        offline(["send", "--yes"]).state(&sides.offline).arg(&crl_file),
        offline(["plan"]).state(&sides.offline).arg(&crl_file),
        offline(["link", "test"]),
        online(["receive"]).state(&sides.online),
        online(["link", "test"]),
    ] {
        program.exits(2).says("No link was given.").says("--config");
    }
    let two = configuration(&sides, "two.toml", "[links]\nlink = [\"file:a\", \"file:b\"]\n");
    with(online(["link", "test"]), &two).exits(2).says("names several");
    with(offline(["link", "test"]), &two).exits(2).says("names several");
    let promise =
        offline(["send", "--yes", "--next-contact", "90d"]).state(&sides.offline).link("file:x").arg(&crl_file);
    promise.exits(2).says("no key was given");
}

#[test]
fn a_file_that_others_may_write_or_that_is_in_the_state_is_refused_by_every_command() {
    let sides = Sides::enrolled();
    let file = configuration(&sides, "online.toml", "[warnings]\nwarn = \"1s\"\n");
    let status = |file: &Path| with(online(["status"]).state(&sides.online), file);
    status(&file).exits(0);
    for mode in [0o664, 0o646] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        let refused = status(&file).exits(2);
        refused
            .says("configuration-refused")
            .says(&format!("(mode {mode:04o})"))
            .says("chmod go-w")
            .says("Nothing was");
        with(online(["check"]).arg(&file), &file).exits(2).says("configuration-refused");
    }
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(sides.scratch.folder(), Permissions::from_mode(0o777)).unwrap();
    status(&file).exits(2).says(&format!("write {} (mode 0777)", sides.scratch.folder().display()));
    fs::set_permissions(sides.scratch.folder(), Permissions::from_mode(0o755)).unwrap();
    let inside = sides.online.join("online.toml");
    fs::copy(&file, &inside).unwrap();
    status(&inside).exits(2).says("inside the state directory");
    fs::remove_file(&inside).unwrap();
    status(&sides.scratch.path("none.toml")).exits(2).says("cannot be read");
}

#[test]
fn mistakes_in_the_file_have_a_line_a_sentence_and_a_suggestion() {
    let sides = Sides::enrolled();
    for (text, says) in [
        ("[links]\nlnik = \"file:a\"\n", "online.toml, line 2: There is no key lnik. Did you mean link?"),
        ("[warnings]\nwarn = 30d\n", "online.toml, line 2: This line is not understood"),
        ("[warnings]\nwarn = 30\n", "warn is 30. Expected is a time in quotes, like \"30s\""),
        ("[limits]\npasses = 3\n", "passes is a key of rootcast-offline"),
        ("yes = true\n", "There is no key yes."),
    ] {
        let file = configuration(&sides, "online.toml", text);
        let ended = with(online(["status", "--json"]).state(&sides.online), &file).exits(2);
        ended.says(says).says("Correct the file");
        assert_eq!(ended.json()["error"]["label"], "configuration-refused");
    }
}

#[test]
fn both_runbooks_list_the_keys_there_are() {
    for (side, name) in [(Side::Online, "docs/runbook-online.md"), (Side::Offline, "docs/runbook-offline.md")] {
        let page = crate::documents::read(name);
        let section = page.split("\n### A configuration file\n").nth(1).unwrap();
        let section = section.split("\n##").next().unwrap();
        let listed: Vec<Vec<&str>> = section
            .lines()
            .filter(|line| line.starts_with("| `["))
            .map(|line| line.split('|').skip(1).take(2).map(|cell| cell.trim().trim_matches('`')).collect())
            .collect();
        let known: Vec<Vec<String>> =
            table_of_keys(side).map(|[section, key, ..]| vec![format!("[{section}]"), key.to_owned()]).collect();
        assert_eq!(listed, known, "{name}");
        for [_, key, expected, commands] in table_of_keys(side) {
            assert!(!expected.is_empty() && !commands.is_empty(), "{key}");
        }
    }
}

/// Runs a script as root on a host of its own whose `/etc` is empty; `None` where that cannot be had.
fn on_a_host_of_its_own(script: &str) -> Option<std::process::Output> {
    let whole = format!("mount -t tmpfs -o mode=755 tmpfs /etc && mkdir -m 755 /etc/rootcast || exit 77\n{script}");
    let mut command = Command::new("unshare");
    command.args(["-m", "sh", "-c", &whole]).stdin(Stdio::null()).env_remove("ROOTCAST_STATE").env("COLUMNS", "1000");
    let is_root = rustix::process::geteuid().is_root();
    let ended = command.output().ok().filter(|_| is_root)?;
    // In a changed root, the mounts of a new namespace cannot be set apart.
    let cannot = String::from_utf8_lossy(&ended.stderr).starts_with("unshare: ");
    (ended.status.code() != Some(77) && !cannot).then_some(ended)
}

#[test]
fn the_file_of_the_host_is_taken_only_where_root_alone_may_write_it() {
    let sides = Sides::enrolled();
    let program = rootcast_tests::program::folder().join("rootcast-online");
    let status = format!("{} status --state {}", program.display(), sides.online.display());
    let write =
        "printf '[warnings]\\nwarn = \"90000d\"\\n' > /etc/rootcast/online.toml; chmod 644 /etc/rootcast/online.toml";
    let mine = configuration(&sides, "mine.toml", "[warnings]\nwarn = \"1s\"\n");
    let cases = [
        ("no file, no configuration", status.clone(), 0, ""),
        ("root's file", format!("{write}; {status}"), 10, "from /etc/rootcast/online.toml: warn = 90000d"),
        ("a flag wins", format!("{write}; {status} --warn 1s"), 0, ""),
        ("--config wins", format!("{write}; {status} --config {}", mine.display()), 0, "warn = 1s"),
        (
            "the file is another user's",
            format!("{write}; chown 1000 /etc/rootcast/online.toml; {status}"),
            2,
            "belongs to user number 1000",
        ),
        ("the group may write it", format!("{write}; chmod 664 /etc/rootcast/online.toml; {status}"), 2, "(mode 0664)"),
        (
            "others may write the folder",
            format!("{write}; chmod 777 /etc/rootcast; {status}"),
            2,
            "write /etc/rootcast (mode 0777)",
        ),
        (
            "the folder is another user's",
            format!("{write}; chown 1000 /etc/rootcast; {status}"),
            2,
            "/etc/rootcast belongs to user number 1000",
        ),
        (
            "what explains the refusal is not refused",
            format!(
                "{write}; chmod 664 /etc/rootcast/online.toml; {} explain configuration-refused || exit 99; {status}",
                program.display()
            ),
            2,
            "(mode 0664)",
        ),
        ("others may write /etc", format!("{write}; chmod 1777 /etc; {status}"), 2, "write /etc (mode 1777)"),
        (
            "a link",
            format!("{write}; mv /etc/rootcast/online.toml /etc/x; ln -s /etc/x /etc/rootcast/online.toml; {status}"),
            2,
            "is a symbolic link",
        ),
        (
            "a folder that is a link",
            format!("{write}; mv /etc/rootcast /etc/y; ln -s /etc/y /etc/rootcast; {status}"),
            2,
            "/etc/rootcast is a symbolic link",
        ),
    ];
    for (what, script, code, says) in cases {
        let Some(ended) = on_a_host_of_its_own(&script) else {
            return skipped("the configuration below /etc/rootcast: needs root and a mount namespace (`unshare -m`)");
        };
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{what}\n{said}");
        assert!(said.contains(says), "{what}\n{said}");
        assert!(says.is_empty() != said.contains("from /") || code == 2, "{what}\n{said}");
    }
}
