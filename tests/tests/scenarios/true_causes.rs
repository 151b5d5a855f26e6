//! What operators and auditors of the online side are told when something is in the way: the true cause, and the step that
//! helps on this side. Each of these told something else once.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rootcast_host::clock::rfc3339;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::words;
use rootcast_tests::corpora::skipped;
use rootcast_tests::faults::ByteFaults;
use rootcast_tests::forged;
use rootcast_tests::listening::Listening;
use rootcast_tests::program::{Ended, Program, Running, offline, online};
use rootcast_tests::recordings;
use rootcast_tests::sides::{Sides, crl_of, fresh_root};
use rootcast_tests::throwaway_ca::{DAY, ThrowAwayCa};
use rootcast_tests::wire::Wire;

/// Receives an object, whatever is in it.
fn receive(sides: &Sides, object: &[u8], code: i32) -> Ended {
    let recording = sides.scratch.path("told.frames");
    forged::record(object, &recording);
    sides.receive_recording(&recording).exits(code)
}

fn receive_crl(sides: &Sides, crl: &[u8], code: i32) -> Ended {
    receive(sides, &forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]), code)
}

fn words_of(der: &[u8]) -> String {
    words::spell(Digest::of(der).as_bytes(), words::SHORT)
}

fn all(ended: &Ended) -> String {
    format!("{}{}", ended.stdout, ended.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn says_none(ended: &Ended, texts: &[&str]) {
    let said = all(ended);
    for text in texts {
        assert!(!said.contains(text), "{text}: {ended}");
    }
}

/// It named itself, and said that it should be stopped.
#[test]
fn a_receiver_does_not_blame_itself_for_a_lock_that_a_backup_holds() {
    let sides = Sides::enrolled();
    let first = sides.crl(1).sign();
    let listening = Listening::on(&sides);
    let begun = sides.scratch.path("begun");
    // The lock ends with the process that is ended below.
    let mut backup = Command::new("flock")
        .arg("--no-fork")
        .arg(sides.online.join("lock"))
        .args(["sh", "-c", "touch \"$1\"; exec sleep 60", "sh"])
        .arg(&begun)
        .spawn()
        .expect("flock of util-linux");
    for _ in 0..1_000 {
        if begun.exists() {
            break;
        }
        if let Some(status) = backup.try_wait().unwrap() {
            panic!("flock did not take the lock: {status}");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(begun.exists(), "flock did not get the lock within 10 s");
    listening.is_sent(&first);
    let own = format!("process {}", listening.running.id());
    let ended = listening.running.wait().exits_with(8);
    backup.kill().unwrap();
    backup.wait().unwrap();
    ended.says("another program (a backup with flock?)").says("Received symbols are kept");
    ended.says("If it does not end, find out why it waits");
    says_none(&ended, &[&own]);
    // And so it is: the next run judges what this one kept.
    let other = sides.record("second.frames", &[sides.crl_file(2).0]);
    sides.receive_recording(&other).exits(0);
}

/// "It cannot pass; a new one must be issued" was said of everything.
#[test]
fn each_rejected_item_comes_with_what_its_own_rule_asks_for() {
    let sides = Sides::enrolled();
    let now = sides.root.now;
    let mut early = sides.crl(1);
    early.issued_at(now + 2 * DAY, now + 100 * DAY);
    let ended = receive_crl(&sides, &early.sign(), 5);
    ended.says("CRL-FUTURE").says("Check the clock of this host").says("have the CRL sent again");
    says_none(&ended, &["a new one must be issued", "wait until thisUpdate"]);

    let mut forged_crl = sides.crl(1).sign();
    *forged_crl.last_mut().unwrap() ^= 1;
    let ended = receive_crl(&sides, &forged_crl, 5);
    ended.says("CRL-SIGNATURE").says(&words_of(&forged_crl)).says(&Digest::of(&forged_crl).to_string());
    ended.says("Compare the words with the offline side");

    let object = forged::object_of(&[(ItemKind::Other(9), "of a later version", b"who knows")]);
    receive(&sides, &object, 5).says("ITEM-KIND").says("update this program");

    let mut trailing = forged::object_of(&[(ItemKind::Crl, "root.crl", &sides.crl(1).sign())]);
    trailing.push(0);
    let ended = receive(&sides, &trailing, 5);
    ended.says("OBJ-DIGEST").says("Ask the offline side whether it sent this object").says("1 byte follows");
    says_none(&ended, &["a new one must be issued", "Continue to receive"]);

    // Another key, and so another key identifier too: what is wrong with that is not what has to be done.
    let stranger = ThrowAwayCa { key: fresh_root("Stranger").key, ..sides.root.clone() };
    let stranger = crl_of(&stranger, 1).sign();
    let ended = receive_crl(&sides, &stranger, 5);
    ended.says("root.crl: rejected (crl), CRL-SIGNATURE: ").says("root.crl: CRL-AKI: ");
    ended.says("Compare the words with the offline side: the file was changed, or another key signed it");
    says_none(&ended, &["has to sign a new CRL"]);

    let root = forged::object_of(&[(ItemKind::Certificate, "root.crt", &sides.root.certificate)]);
    let ended = receive(&sides, &root, 5);
    let sixteen = words::spell(Digest::of(&sides.root.certificate).as_bytes(), words::LONG);
    ended.says("CERT-ANCHOR").says(&sixteen).says("Compare the root's 16 words");
    says_none(&ended, &["CERT-REQUEST", "CERT-CDP", "CERT-AIA", "a new one must be issued"]);
}

/// An object of which nothing came in this run explained every later one.
#[test]
fn what_an_earlier_run_left_does_not_explain_this_one() {
    let sides = Sides::enrolled();
    let mut long = sides.crl(400);
    (0..400).for_each(|serial| long.revoke(0x5000_0000 + serial, sides.root.now - 90 * DAY));
    let object = forged::object_of(&[(ItemKind::Crl, "root.crl", &long.sign())]);
    let false_frames: Vec<Vec<u8>> =
        forged::frames_of(&object, 0, 60).iter().map(|frame| forged::poison(frame)).collect();
    let stale = sides.scratch.path("stale.frames");
    recordings::write(&stale, false_frames);
    sides.receive_recording(&stale).exits(4).says("OBJ-DIGEST");

    let (first, expected) = (sides.crl(1).sign(), sides.crl(2).sign());
    let good = sides.scratch.path("good.frames");
    forged::record(&forged::object_of(&[(ItemKind::Crl, "root.crl", &first)]), &good);
    let ended = sides.receive_recording(&good).args(["--expect", &words_of(&expected)]).exits(4);
    ended.says("continuing with object").says("then rm ");
    ended.says(&format!("missing: {}", words_of(&expected))).says(&format!("came:    {}", words_of(&first)));
    says_none(&ended, &["forged or damaged", "Find out who else can reach the links"]);
    sides.assert_published(&first);
    // The command that is shown drops it.
    let said = all(&ended);
    let path = said.split("then rm ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a path");
    fs::remove_file(path).unwrap();
    says_none(&sides.receive_recording(&good).run(), &["continuing with object"]);
}

/// `alarm list` said CRL-EXPIRED of it.
#[test]
fn an_alarm_names_the_rule_that_rang_it_and_is_said_while_the_run_goes_on() {
    let sides = Sides::enrolled();
    let now = sides.root.now;
    let mut newest = sides.root.crl(7);
    newest.issued_at(now - DAY, now + 100 * DAY);
    receive_crl(&sides, &newest.sign(), 0);
    let mut old = sides.root.crl(8);
    old.issued_at(now - 90 * DAY, now - 5 * DAY);
    let ended = receive_crl(&sides, &old.sign(), 6);
    ended.says("ALARM: see what it is, and acknowledge it: rootcast-online alarm list");
    ended.says("Ask the offline side which CRL is the newest");
    let alarm = online(["alarm", "list", "--json"]).state(&sides.online).exits(0).json()["alarms"][0].clone();
    assert!(alarm["text"].as_str().unwrap().starts_with("CRL-THISUPDATE-BACK: "), "{alarm}");
    assert_eq!(alarm["rules"][0], "CRL-THISUPDATE-BACK", "{alarm}");
    assert!(alarm["rules"].as_array().unwrap().iter().any(|rule| rule == "CRL-EXPIRED"), "{alarm}");
    // It is listed once, with its command. Standard error alone is what cron sends by mail.
    let status = online(["status"]).state(&sides.online).exits(10);
    assert_eq!(all(&status).matches("CRL-THISUPDATE-BACK: ").count(), 1, "{status}");
    assert!(status.stderr.contains("1 alarm: rolled-back (CRL-THISUPDATE-BACK)"), "{status}");
    status.says("Find out what raised the alarms");
    // Once it is acknowledged for some time, nothing waits for anybody.
    let (id, until) = (alarm["id"].as_str().unwrap(), rfc3339(now + 2 * DAY));
    let ack = ["alarm", "ack", id, "--by", "A. Auditor", "--because", "a recording of last year", "--until", &until];
    online(ack).state(&sides.online).exits(0);
    says_none(&receive_crl(&sides, &old.sign(), 6), &["ALARM: see what it is"]);
    // For good: then it is gone, and who did it is said.
    online(ack[..7].to_vec()).state(&sides.online).exits(0);
    let ended = online(ack[..7].to_vec()).state(&sides.online).exits(2);
    ended.says("alarm-unknown").says("It was acknowledged by A. Auditor at ").says("(alarm-acknowledged)");
}

/// Of two CRLs with one number, of which the date was wrong too, "accept it" was said of the second.
#[test]
fn two_held_crls_with_one_number_are_an_incident_whatever_else_holds_them() {
    let sides = Sides::enrolled();
    let now = sides.root.now;
    let dated = |number, serials: &[u64]| {
        let mut draft = sides.root.crl(number);
        draft.issued_at(now - DAY, now + 100 * DAY);
        serials.iter().for_each(|serial| draft.revoke(*serial, now - 90 * DAY));
        draft.sign()
    };
    receive_crl(&sides, &dated(1, &[]), 0);
    // Their date is that of the first.
    let held = |serial| dated(2, &[serial]);
    receive_crl(&sides, &held(0x5000_0002), 9).says("hold[CRL-THISUPDATE-BACK]");
    let ended = receive_crl(&sides, &held(0x5000_0003), 6);
    ended.says("hold[CRL-THISUPDATE-BACK]").says("hold[CRL-EQUIVOCATION]").says("Treat it as an incident");
    ended.says("`rootcast-online held list` shows what is held and the command that decides");
    let alarm = online(["alarm", "list", "--json"]).state(&sides.online).exits(0).json()["alarms"][0].clone();
    assert!(alarm["text"].as_str().unwrap().starts_with("CRL-EQUIVOCATION: "), "{alarm}");
    assert_eq!(alarm["rules"][0], "CRL-EQUIVOCATION", "{alarm}");
}

/// A, B, A, C were told of the three that came, and D was only counted.
#[test]
fn what_came_in_the_place_of_an_expected_item_is_told_once_each() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let names = ["One", "Two", "Three"];
    let certificates = names.map(|name| sides.root.intermediate(name).sign());
    let links: Vec<String> = names
        .iter()
        .zip(&certificates)
        .map(|(name, certificate)| {
            let items = [(ItemKind::Crl, "root.crl", &crl[..]), (ItemKind::Certificate, *name, &certificate[..])];
            let recording = sides.scratch.path(&format!("{name}.frames"));
            forged::record(&forged::object_of(&items), &recording);
            format!("file:{}", recording.display())
        })
        .collect();
    let ended = sides.receive(&links).args(["--expect", &words_of(&sides.crl(2).sign())]).exits(4);
    for der in certificates.iter().chain([&crl]) {
        let line = format!("came:    {}", words_of(der));
        assert_eq!(ended.stderr.matches(&line).count(), 1, "{line}: {ended}");
    }
    says_none(&ended, &["other item"]);
}

/// "Accept it and state your reason" stood in a report that said "treat it as an incident".
#[test]
fn nobody_is_told_to_accept_what_another_rule_rejects() {
    let sides = Sides::enrolled();
    let now = sides.root.now;
    let dated = |serial| {
        let mut draft = sides.root.crl(7);
        draft.issued_at(now - DAY, now + 100 * DAY);
        draft.revoke(serial, now - 90 * DAY);
        draft.sign()
    };
    receive_crl(&sides, &dated(0x5000_0001), 0);
    let ended = receive_crl(&sides, &dated(0x5000_0002), 6);
    ended.says("CRL-EQUIVOCATION").says("hold[CRL-THISUPDATE-BACK]").says("Treat it as an incident");
    says_none(&ended, &["accept it and state", "accept it (`held accept`)"]);
}

/// It said: check the disk.
#[test]
fn a_state_that_is_taken_away_from_a_receiver_is_lost_and_no_failing_disk() {
    let sides = Sides::enrolled();
    let listening = Listening::on(&sides);
    fs::rename(&sides.online, sides.scratch.path("moved")).unwrap();
    listening.is_sent(&sides.crl(1).sign());
    let ended = listening.running.wait().exits_with(8);
    ended.says("error[state-lost]").says("removed or replaced while this run listened").says("restored or moved");
    says_none(&ended, &["Check the disk"]);
}

/// It was a state that is lost, to be restored from its backup, although everything that was accepted was there.
#[test]
fn a_folder_of_symbols_that_is_taken_away_from_a_receiver_is_no_lost_state() {
    let sides = Sides::enrolled();
    let crl = sides.crl(1).sign();
    let listening = Listening::on(&sides);
    fs::remove_dir_all(sides.online.join("symbols")).unwrap();
    listening.is_sent(&crl);
    let ended = listening.running.wait().exits_with(8);
    ended.says("error[storage-failed]").says("Find out why it is missing").says("symbols");
    says_none(&ended, &["state-lost", "STATE-LOST", "backup", "Check the disk"]);
    // The next run makes the folder again.
    receive_crl(&sides, &crl, 0);
    sides.assert_published(&crl);
}

/// The auditor had half of the words.
#[test]
fn the_receipt_of_a_root_shows_its_16_words() {
    let sides = Sides::enrolled();
    let root = Digest::of(&sides.root.certificate);
    let sixteen = words::spell(root.as_bytes(), words::LONG);
    for command in [&["receipts", "list"][..], &["receipts", "show", "1"]] {
        online(command).state(&sides.online).exits(0).says(&sixteen);
    }
    // What is stored stays.
    let (_, receipt) = rootcast_tests::scratch::tree(&sides.online.join("receipts")).remove(0);
    let receipt: serde_json::Value = serde_json::from_slice(&receipt).unwrap();
    assert_eq!(receipt["items"][0]["words"], words::spell(root.as_bytes(), words::SHORT));
}

/// The capabilities of a running process.
fn capabilities(running: &Running) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", running.id())).unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).expect("CapEff");
    u64::from_str_radix(effective.trim(), 16).unwrap()
}

/// It kept all of them where no link has a socket.
#[test]
fn root_keeps_no_capability_in_the_sandbox_but_those_about_files() {
    if !rustix::process::geteuid().is_root() {
        return skipped("capabilities of root: this test does not run as root");
    }
    // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH and CAP_FOWNER (linux/capability.h).
    const OF_FILES: u64 = 1 << 1 | 1 << 2 | 1 << 3;
    let sides = Sides::enrolled();
    let listening = Listening::on(&sides);
    if !listening.is_sandboxed {
        return;
    }
    let kept = capabilities(&listening.running);
    assert_eq!(kept & !OF_FILES, 0, "receive: {kept:x}");
    listening.running.terminate();
    let _ = listening.running.wait().exits_with(130);
    let wire = Wire::new(9_600, ByteFaults::none());
    let link = format!("serial:{},baud=9600", wire.near().display());
    let mut sending = sides.send(&link, &[sides.crl_file(1).0]).args(["--for", "5m"]).start();
    sending.wait_for_text("sandboxed by seccomp");
    let kept = capabilities(&sending);
    assert_eq!(kept & !OF_FILES, 0, "send: {kept:x}");
    sending.terminate();
    let _ = sending.wait();
}

/// "CRL number 5 or higher" was said where 8 was the least.
#[test]
fn trust_says_which_number_the_next_crl_needs() {
    let sides = Sides::enrolled();
    receive_crl(&sides, &sides.crl(7).sign(), 0);
    let root = sides.scratch.path("root.crt");
    let trust = |number: &str| {
        online(["trust", "--yes", "--first-number", number]).state(&sides.online).arg("--root").arg(&root).exits(0)
    };
    trust("5").says("CRL number 8 or higher").says("--first-number 5 has no effect: CRL number 7 was accepted");
    trust("20").says("CRL number 20 (0x14) or higher");
}

/// A CA below a root was trusted as one by a script's --yes, and nothing rang.
#[test]
fn yes_alone_does_not_trust_a_certificate_that_is_not_self_issued() {
    let sides = Sides::enrolled();
    let (file, der) = sides.intermediate_file("Issuing CA");
    for (program, name) in [(online as fn([&'static str; 2]) -> Program, "on"), (offline, "off")] {
        let state = sides.scratch.path(name);
        let trust = program(["trust", "--yes"]).state(&state).arg("--root").arg(&file);
        let ended = trust.exits(2);
        ended.says("not-confirmed").says("not self-issued").says("--offline-issuer");
        // That is for whoever is asked.
        says_none(&ended, &["This certificate is not self-issued"]);
        assert!(!state.exists(), "{name}");
        trust.arg("--sha256").arg(Digest::of(&der).to_string()).exits(0).says("ROOT-SHAPE");
    }
}

#[test]
fn a_decision_that_was_sent_already_is_said_to_be_left_out() {
    let sides = Sides::enrolled();
    let recording = |name: &str| format!("file:{}", sides.scratch.path(name).display());
    sides.send(&recording("1.frames"), &[sides.crl_file(1).0]).exits(0);
    let mut jump = sides.root.crl(5_000);
    jump.issued_at(sides.root.now - 3_600, sides.root.now + 100 * DAY);
    let jump = sides.scratch.file("jump.crl", jump.sign());
    let decided = ["--decide", "CRL-NUMBER-JUMP", "--by", "O. Operator", "--because", "new system"];
    sides.send(&recording("2.frames"), &[&jump]).args(decided).exits(0);
    sides.send(&recording("3.frames"), &[&jump]).args(decided).exits(2).says("Leave out --decide");
    sides.send(&recording("4.frames"), &[&jump]).exits(0);
}

/// Runs it as user 65534, who owns nothing.
fn as_nobody(program: Program) -> Program {
    program.started_by(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"])
}

/// "Check the disk (full? read-only? permissions?)", after the words had been compared.
#[test]
fn whoever_may_not_use_a_state_is_told_whose_it_is_before_any_word_is_compared() {
    if !rustix::process::geteuid().is_root() {
        return skipped("another user: only root can become one");
    }
    let sides = Sides::enrolled();
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    open(sides.scratch.folder(), 0o755);
    open(&sides.scratch.path("root.crt"), 0o644);
    open(&sides.online, 0o700);
    let status = as_nobody(online(["status"]).state(&sides.online)).run();
    if status.stderr.contains("failed to execute") || status.code == Some(127) || status.code == Some(126) {
        return skipped("another user: the program is in a folder that only root may enter");
    }
    let status = status.exits_with(8);
    status.says("user number 65534").says("belongs to user number 0 and has mode 0700").says("as that user");
    says_none(&status, &["Check the disk", "Nothing further was published"]);
    for (program, name) in [(online as fn([&'static str; 2]) -> Program, "on"), (offline, "off")] {
        let trust = program(["trust", "--yes"]).state(&sides.scratch.path(name)).arg("--root");
        let ended = as_nobody(trust.arg(sides.scratch.path("root.crt"))).exits(8);
        ended.says("install -d -o 65534").says("cannot be made");
        says_none(&ended, &["SHA-256", "Check the disk"]);
        // The folder is there: nobody is told to give it away.
        let state = sides.online.join(name);
        fs::create_dir(&state).unwrap();
        let trust = program(["trust", "--yes"]).state(&state).arg("--root");
        let ended = as_nobody(trust.arg(sides.scratch.path("root.crt"))).exits(8);
        ended.says("cannot be reached: this user may not look into").says("name another folder with --state");
        says_none(&ended, &["SHA-256", "install -d", "does not exist"]);
    }
}

#[test]
fn a_missing_old_receipt_is_not_said_to_be_the_state() {
    let sides = Sides::enrolled();
    receive_crl(&sides, &sides.crl(1).sign(), 0);
    receive_crl(&sides, &sides.crl(2).sign(), 0);
    fs::remove_file(sides.online.join("receipts/00000002.json")).unwrap();
    let ended = online(["status", "--receipts"]).state(&sides.online).exits(8);
    ended
        .says("error[state-lost]")
        .says("An earlier receipt is missing")
        .says("What is accepted and published is as it was");
    says_none(&ended, &["an old CRL would be accepted"]);
    online(["status"]).state(&sides.online).exits(0);
}

#[test]
fn a_broken_journal_is_evidence_first() {
    let sides = Sides::enrolled();
    sides.send(&format!("file:{}", sides.scratch.path("1.frames").display()), &[sides.crl_file(1).0]).exits(0);
    let journal = sides.offline.join("journal.jsonl");
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    let ended = offline(["journal", "verify"]).state(&sides.offline).exits(8);
    ended
        .says("journal-broken")
        .says("Keep a copy of the file as it is")
        .says("it has 1 entry, but the state remembers");
    says_none(&ended, &["Nothing was sent"]);
}

#[test]
fn status_says_that_a_root_waits_for_its_crl_and_knows_the_other_programs_state() {
    let sides = Sides::enrolled();
    let status = online(["status"]).state(&sides.online).exits(0);
    assert!(status.stdout.starts_with("OK: 1 root has no CRL yet; "), "{status}");
    says_none(&status, &["nothing needs a person"]);
    let other = online(["status"]).state(&sides.offline).exits(2);
    other.says("is a state of rootcast-offline").says("Give the state directory of rootcast-online");
}

#[test]
fn who_decided_about_an_id_that_is_gone_is_said() {
    let sides = Sides::enrolled();
    receive_crl(&sides, &sides.crl(1).sign(), 0);
    let mut jump = sides.root.crl(5_000);
    jump.issued_at(sides.root.now - 3_600, sides.root.now + 100 * DAY);
    let ended = receive_crl(&sides, &jump.sign(), 9);
    ended.says("Ask the offline side whether it issued the numbers between");
    let list = online(["held", "list", "--json"]).state(&sides.online).exits(0).json();
    let id = list["held"][0]["id"].as_str().unwrap().to_owned();
    let accept =
        || online(["held", "accept", &id, "--by", "A. Auditor", "--because", "by telephone"]).state(&sides.online);
    let accepted = accept().exits(0);
    accepted.says("decided hold");
    accept().exits(2).says("held-unknown").says("decided already by A. Auditor").says("receipt 4 (decision)");
}
