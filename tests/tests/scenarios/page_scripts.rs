//! The scripts and the archive commands of the online runbook, run as they are printed. Only folders are others, and `mail`
//! is a program that keeps what it is given.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::corpora::skipped;
use rootcast_tests::forged;
use rootcast_tests::program::{self, online};
use rootcast_tests::scratch::{Scratch, tree};
use rootcast_tests::sides::{crl_of, fresh_root};
use rootcast_tests::throwaway_ca::ThrowAwayCa;

use crate::documents::read;

const PAGE: &str = "docs/runbook-online.md";

/// The blocks of the page in this language.
fn blocks(language: &str) -> Vec<String> {
    let page = read(PAGE);
    let begins = format!("```{language}\n");
    page.split(&begins).skip(1).filter_map(|rest| rest.split("```").next()).map(str::to_owned).collect()
}

/// The script with this line.
fn script(line: &str) -> String {
    let found = blocks("sh").into_iter().find(|block| block.starts_with("#!/bin/sh\n") && block.contains(line));
    found.unwrap_or_else(|| panic!("{PAGE} has no script with {line}"))
}

/// A host with a state that published a CRL, where the pages have theirs.
struct Host {
    scratch: Scratch,
    root: ThrowAwayCa,
}

impl Host {
    fn new() -> Self {
        let host = Self { scratch: Scratch::new(), root: fresh_root("Script Root") };
        for folder in ["lib", "textfile", "bin"] {
            fs::create_dir(host.scratch.path(folder)).unwrap();
        }
        let mail =
            host.scratch.file("bin/mail", "#!/bin/sh\nprintf '%s\\n' \"$@\" >\"$MAILED.to\"\ncat >\"$MAILED\"\n");
        fs::set_permissions(&mail, PermissionsExt::from_mode(0o755)).unwrap();
        let root = host.scratch.file("root.crt", &host.root.certificate);
        online(["trust", "--yes", "--first-number", "1", "--root"]).arg(&root).state(&host.state()).exits(0);
        host.receive(1, 0);
        host
    }

    fn state(&self) -> std::path::PathBuf {
        self.scratch.path("lib/rootcast")
    }

    fn receive(&self, number: u32, code: i32) {
        let recording = self.scratch.path("sent.frames");
        let _ = fs::remove_file(&recording);
        forged::record(
            &forged::object_of(&[(ItemKind::Crl, "root.crl", &crl_of(&self.root, number).sign())]),
            &recording,
        );
        online(["receive"]).state(&self.state()).link(format!("file:{}", recording.display())).exits(code);
    }

    /// Runs a text of the page here; gives its exit code and what it said.
    fn run(&self, text: &str) -> (Option<i32>, String) {
        let folder = self.scratch.folder().display();
        let here = text
            .replace("/var/lib/node_exporter/textfile", &format!("{folder}/textfile"))
            .replace("/var/lib", &format!("{folder}/lib"));
        assert!(here.contains(&folder.to_string()), "{text}");
        let path = format!("{folder}/bin:{}:/usr/bin:/bin", program::folder().display());
        let mut shell = Command::new("sh");
        shell.args(["-c", &here]).current_dir(self.scratch.folder()).env("PATH", path).stdin(Stdio::null());
        shell.env("MAILED", self.scratch.path("mailed")).env("ROOTCAST_STATE", self.state());
        let ended = shell.output().expect("sh");
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        (ended.status.code(), format!("$ {here}\n{said}"))
    }

    /// What was mailed since the last look: to whom, and the text.
    fn mail(&self) -> Option<(String, String)> {
        let taken = |path: &Path| fs::read_to_string(path).ok().inspect(|_| fs::remove_file(path).unwrap());
        Some((taken(&self.scratch.path("mailed.to"))?, taken(&self.scratch.path("mailed"))?))
    }
}

/// Makes the state one that cannot be looked at: a published file was changed.
fn break_state(state: &Path) {
    let crl = fs::read_dir(state.join("published/crl")).unwrap().next().unwrap().unwrap().path();
    fs::set_permissions(&crl, PermissionsExt::from_mode(0o644)).unwrap();
    fs::write(&crl, b"changed").unwrap();
}

#[test]
fn the_daily_job_of_the_runbook_mails_what_needs_a_person_and_nothing_else() {
    let (host, job) = (Host::new(), script("| mail -s "));
    let (code, said) = host.run(&job);
    assert_eq!((code, host.mail()), (Some(0), None), "{said}");
    host.receive(2, 0);
    // An older CRL rings.
    host.receive(1, 6);
    let (code, said) = host.run(&job);
    assert_eq!(code, Some(0), "{said}");
    let (to, text) = host.mail().expect("a mail");
    assert!(to.contains("rootcast: an alarm waits") && to.ends_with("pki-operations\n"), "{to}");
    assert!(text.starts_with("CRITICAL: 1 alarm is not acknowledged"), "{text}");
    break_state(&host.state());
    host.run(&job);
    let (to, text) = host.mail().expect("a mail");
    assert!(
        to.contains("rootcast: STATE GONE, LOST, LOCKED OR BROKEN") && text.contains("error[state-broken]"),
        "{to}{text}"
    );
}

#[test]
fn the_job_for_prometheus_of_the_runbook_writes_metrics_of_a_state_that_is_broken_too() {
    let (host, job) = (Host::new(), script("rootcast.prom.new"));
    let written = || fs::read_to_string(host.scratch.path("textfile/rootcast.prom")).ok();
    for (number, level) in [(2, "\nrootcast_status 0\n"), (3, "\nrootcast_status 0\n")] {
        host.receive(number, 0);
        let (code, said) = host.run(&job);
        assert_eq!(code, Some(0), "{said}");
        let metrics = written().expect("metrics");
        assert!(metrics.contains(level) && metrics.contains(&format!("crl_number=\"{number}\"")), "{metrics}");
    }
    break_state(&host.state());
    host.run(&job);
    let metrics = written().expect("metrics of a failure");
    assert!(metrics.contains("\nrootcast_status 3\n") && !metrics.contains("x509_crl_number"), "{metrics}");
    assert!(!host.scratch.path("textfile/rootcast.prom.new").exists());
}

#[test]
fn the_archive_of_the_runbook_is_made_beside_a_receiver_and_restored_in_an_empty_place() {
    if Command::new("flock").arg("--version").output().is_err() {
        skipped("the archive of the runbook: `flock` (util-linux) is not installed");
        return;
    }
    let host = Host::new();
    let commands: Vec<String> = blocks("console")
        .iter()
        .flat_map(|block| block.lines())
        .filter_map(|line| line.strip_prefix("$ "))
        .filter(|line| ["archive=", "flock ", "tar "].iter().any(|begins| line.starts_with(begins)))
        .map(str::to_owned)
        .collect();
    let [name, archive, restore] = commands.as_slice() else { panic!("three commands: {commands:#?}") };
    assert!(archive.contains("--exclude=rootcast/symbols"), "{archive}");
    fs::write(host.state().join("symbols/large"), b"received, and not judged").unwrap();
    let before = tree(&host.state().join("published"));
    let (code, said) = host.run(&format!("{name}\n{archive}"));
    assert_eq!(code, Some(0), "{said}");
    fs::rename(host.state(), host.scratch.path("lost")).unwrap();
    let made: Vec<_> = fs::read_dir(host.scratch.folder())
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .collect();
    let made = made.iter().find(|name| name.ends_with(".tar.gz")).expect("an archive");
    let (code, said) = host.run(&restore.replace("rootcast-….tar.gz", made));
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(tree(&host.state().join("published")), before);
    assert!(!host.state().join("symbols/large").exists(), "symbols are left out");
    online(["status", "--receipts"]).state(&host.state()).exits(0);
    host.receive(2, 0);
}
