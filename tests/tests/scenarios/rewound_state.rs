//! The online state after somebody moved it back, emptied it or changed its record of decisions.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Program, offline, online};
use rootcast_tests::scratch::tree;
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::DAY;

/// Three CRLs published, one after the other.
fn published_thrice() -> (Sides, PathBuf) {
    let sides = Sides::enrolled();
    let mut last = PathBuf::new();
    for number in 1..=3 {
        let (file, _) = sides.crl_file(number);
        last = sides.record(&format!("{number}.frames"), &[file]);
        sides.receive_recording(&last).exits(0);
    }
    (sides, last)
}

/// Names of the generations, oldest first.
fn generations(sides: &Sides) -> Vec<String> {
    let entries = fs::read_dir(sides.online.join("generations")).unwrap();
    let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn point_to(sides: &Sides, generation: &str) {
    let link = sides.online.join("published");
    fs::remove_file(&link).unwrap();
    symlink(format!("generations/{generation}/published"), &link).unwrap();
}

fn status(sides: &Sides) -> Program {
    online(["status"]).state(&sides.online)
}

fn enrol_again(sides: &Sides) -> Program {
    online(["enrol", "--yes"]).state(&sides.online).arg("--root").arg(sides.scratch.path("root.crt"))
}

#[test]
fn a_link_moved_back_is_found_and_nothing_newer_is_thrown_away() {
    let (sides, recording) = published_thrice();
    let before = generations(&sides);
    assert_eq!(before.len(), 2, "{before:?}");
    let mark = fs::read(sides.online.join("enrolled")).unwrap();
    for (marked, why) in [(true, "moved back"), (false, "it was removed")] {
        if !marked {
            // Without the mark it cannot be decided; nothing is thrown away all the same.
            fs::remove_file(sides.online.join("enrolled")).unwrap();
        }
        point_to(&sides, &before[0]);
        status(&sides).exits(8).says(why);
        sides.receive_recording(&recording).exits(8).says(why);
        enrol_again(&sides).exits(8);
        assert_eq!(generations(&sides), before);
    }
    // The link alone is put right: who removed the mark is to be found out.
    point_to(&sides, &before[1]);
    status(&sides).exits(8).says("state-broken").says("it was removed");
    fs::write(sides.online.join("enrolled"), &mark).unwrap();
    status(&sides).exits(0);
    sides.receive_recording(&recording).exits(0);
    assert_eq!(fs::read(sides.online.join("enrolled")).unwrap(), mark);
}

#[test]
fn without_link_and_mark_a_used_state_is_still_lost() {
    let (sides, recording) = published_thrice();
    fs::remove_file(sides.online.join("enrolled")).unwrap();
    fs::remove_file(sides.online.join("published")).unwrap();
    for only_receipts in [false, true] {
        if only_receipts {
            fs::remove_dir_all(sides.online.join("generations")).unwrap();
        }
        status(&sides).exits(8).says("state-lost");
        sides.receive_recording(&recording).exits(8).says("state-lost");
        enrol_again(&sides).exits(8).says("state-lost");
    }
}

#[test]
fn an_enrolment_that_did_not_finish_can_be_done_again_and_says_so() {
    let sides = Sides::enrolled();
    fs::remove_file(sides.online.join("enrolled")).unwrap();
    fs::remove_file(sides.online.join("published")).unwrap();
    status(&sides).exits(2).says("not-enrolled");
    enrol_again(&sides).exits(0).says("was interrupted");
    let (file, crl) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[file]);
    sides.receive_recording(&recording).exits(0);
    sides.assert_published(&crl);
}

#[test]
fn a_missing_or_changed_receipt_is_found() {
    let (sides, recording) = published_thrice();
    status(&sides).arg("--receipts").exits(0).says("4 receipts");
    let receipts = sides.online.join("receipts");
    for number in 1..=4 {
        let path = receipts.join(format!("{number:08}.json"));
        let whole = fs::read_to_string(&path).unwrap();
        for changed in [Some(whole.replacen("accepted", "rejected", 1) + " "), None] {
            match changed {
                Some(text) => fs::write(&path, text).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            status(&sides).arg("--receipts").exits(8).says("receipts");
            if number == 4 {
                status(&sides).exits(8);
                sides.receive_recording(&recording).exits(8);
            }
        }
        fs::write(&path, whole).unwrap();
    }
    status(&sides).arg("--receipts").exits(0);
    fs::remove_dir_all(&receipts).unwrap();
    status(&sides).exits(8).says("state-lost");
}

#[test]
fn status_shows_what_is_held_or_not_published_yet_and_is_0_on_the_first_day() {
    let sides = Sides::enrolled();
    status(&sides).exits(0).says("none published yet");
    let (file, _) = sides.crl_file(1);
    let recording = sides.record("one.frames", &[file]);
    sides.receive_recording(&recording).exits(0);
    status(&sides).exits(0);
    let mut jump = sides.root.crl(9000);
    jump.issued_at(sides.root.now - 3600, sides.root.now + 180 * DAY);
    let recording = sides.scratch.path("jump.frames");
    forged::record(&forged::object_of(&[(ItemKind::Crl, "jump.crl", &jump.sign())]), &recording);
    sides.receive_recording(&recording).exits(9);
    let ended = status(&sides).arg("--json").exits(0);
    let document = ended.says("CRL-NUMBER-JUMP").says("since").json();
    assert_eq!(document["attention"].as_array().unwrap().len(), 0, "{document}");
    assert_eq!(document["held"].as_array().unwrap().len(), 1, "{document}");
}

#[test]
fn a_folder_of_something_else_does_not_become_a_state() {
    let sides = Sides::enrolled();
    let root = sides.scratch.path("root.crt");
    let pictures = sides.scratch.path("pictures");
    fs::create_dir(&pictures).unwrap();
    fs::write(pictures.join("frame-00000.png"), "").unwrap();
    for (folder, program) in [
        (&sides.offline, online(["enrol", "--yes"])),
        (&sides.online, offline(["enrol", "--yes"])),
        (&pictures, online(["enrol", "--yes"])),
        (&pictures, offline(["enrol", "--yes"])),
    ] {
        let before = tree(folder);
        program.state(folder).arg("--root").arg(&root).exits(2).says("output-exists");
        assert_eq!(tree(folder), before);
    }
    // The root itself may lie there. A log may not.
    for enrol in [online(["enrol", "--yes"]), offline(["enrol", "--yes"])] {
        let fresh = sides.scratch.path("fresh");
        fs::create_dir(&fresh).unwrap();
        let own = fresh.join("root.crt");
        fs::copy(&root, &own).unwrap();
        let enrol = enrol.state(&fresh).arg("--root").arg(&own);
        enrol.clone().arg("--log").arg(fresh.join("log.jsonl")).exits(2).says("among the files of the state");
        enrol.exits(0);
        fs::remove_dir_all(&fresh).unwrap();
    }
}

#[test]
fn a_check_under_a_given_issuer_says_that_the_state_is_not_looked_at() {
    let (sides, _) = published_thrice();
    let (old, _) = sides.crl_file(1);
    let root = sides.scratch.path("root.crt");
    online(["check"]).state(&sides.online).arg(&old).exits(6);
    let ended = online(["check"]).state(&sides.online).arg("--issuer").arg(&root).arg(&old).exits(0);
    ended.says("--issuer leaves the state out");
}

/// Writes the record of the newest generation anew, as somebody would who knows how it is named and linked.
fn rewrite_record(sides: &Sides, change: impl FnOnce(&mut serde_json::Value)) {
    let name = generations(sides).pop().unwrap();
    let folder = sides.online.join("generations").join(&name);
    let path = folder.join("state.json");
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut record);
    let bytes = format!("{record:#}\n");
    fs::write(&path, &bytes).unwrap();
    let digest = Digest::of(bytes.as_bytes()).to_string();
    let renamed = format!("{}-{}", name.split_once('-').unwrap().0, &digest[..16]);
    fs::rename(&folder, sides.online.join("generations").join(&renamed)).unwrap();
    point_to(sides, &renamed);
}

#[test]
fn a_record_that_was_rewritten_with_its_name_and_link_is_not_the_one_of_its_receipt() {
    let (sides, _) = published_thrice();
    status(&sides).exits(0);
    rewrite_record(&sides, |record| record["crls"][0]["number"] = "1".into());
    status(&sides).exits(8).says("it is not the record that its receipt is of");
    let (newer, _) = sides.crl_file(4);
    let recording = sides.record("4.frames", &[newer]);
    sides.receive_recording(&recording).exits(8).says("state-broken");
}

#[test]
fn the_receipts_say_what_is_published() {
    let (sides, _) = published_thrice();
    status(&sides).arg("--receipts").exits(0).says("4 receipts verified");
    // A receipt of an earlier version binds no record: without it, the record may say what it likes.
    let path = sides.online.join("receipts/00000004.json");
    let receipt = fs::read_to_string(&path).unwrap();
    let unbound: String = receipt.split_inclusive('\n').filter(|line| !line.contains("record_sha256")).collect();
    assert_ne!(unbound, receipt);
    fs::write(&path, &unbound).unwrap();
    let sha256 = Digest::of(unbound.as_bytes()).to_string();
    let folder = sides.online.join("generations").join(generations(&sides).pop().unwrap());
    let crl = sides.crl(3).sign();
    let entries = fs::read_dir(folder.join("published/crl")).unwrap().map(|entry| entry.unwrap().path());
    let name = entries.filter(|path| path.extension().is_some_and(|end| end == "crl")).last().unwrap();
    fs::remove_file(&name).unwrap();
    fs::write(&name, &crl).unwrap();
    let below = format!("published/crl/{}", name.file_name().unwrap().to_str().unwrap());
    rewrite_record(&sides, |record| {
        record["receipt"] = sha256.clone().into();
        record["files"][&below] = Digest::of(&crl).to_string().into();
    });
    let mark = fs::read_to_string(sides.online.join("enrolled")).unwrap();
    let marked = mark.rsplit_once(' ').unwrap().0;
    fs::write(sides.online.join("enrolled"), format!("{marked} {sha256}\n")).unwrap();
    status(&sides).exits(0);
    status(&sides).arg("--receipts").exits(8).says("it is not what the receipts say is published");
}

#[test]
fn the_published_link_leads_into_this_state_and_over_no_other_link() {
    let (sides, _) = published_thrice();
    let name = generations(&sides).pop().unwrap();
    let link = sides.online.join("published");
    let elsewhere = sides.scratch.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for target in [
        format!("{}/generations/{name}/published", sides.online.display()),
        format!("./generations/{name}/published"),
        format!("generations/../generations/{name}/published"),
        format!("generations/{name}"),
    ] {
        fs::remove_file(&link).unwrap();
        symlink(&target, &link).unwrap();
        status(&sides).exits(8).says("it does not name a generation of this state");
    }
    point_to(&sides, &name);
    status(&sides).exits(0);
    // A folder of the state that is a link to the same content.
    let folder = sides.online.join("generations").join(&name);
    fs::rename(&folder, elsewhere.join(&name)).unwrap();
    symlink(elsewhere.join(&name), &folder).unwrap();
    status(&sides).exits(8).says("it is not a folder of this state");
}

/// One receipt then names the same file twice: the last item of the object is the one that is published.
#[test]
fn two_crls_of_one_object_are_what_the_receipts_say() {
    let sides = Sides::enrolled();
    let (first, second) = (sides.crl(1).sign(), sides.crl(2).sign());
    let recording = sides.scratch.path("both.frames");
    let items = [(ItemKind::Crl, "first.crl", &*first), (ItemKind::Crl, "second.crl", &*second)];
    forged::record(&forged::object_of(&items), &recording);
    sides.receive_recording(&recording).exits(0);
    status(&sides).arg("--receipts").exits(0).says("2 receipts verified");
}
