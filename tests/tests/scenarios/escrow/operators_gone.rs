//! Both operators and their keys are gone, with the token and the state. Other people bring the service back.

use super::*;

/// Signs the listing of a rehearsal as these people; gives the options with their approvals.
fn approvals(site: &Site, folder: &str, people: [&str; 2]) -> Vec<String> {
    let listing = site.scratch.path(&format!("{folder}/to-be-signed.txt"));
    let mut options = Vec::new();
    for name in people {
        let key = site.scratch.path(name);
        let mut tool = Command::new("ssh-keygen");
        tool.args(["-q", "-Y", "sign", "-n", "rootcast-ceremony", "-f"]).arg(key).arg(&listing);
        assert!(tool.output().unwrap().status.success());
        let approval = format!("{folder}-{name}.sig");
        fs::rename(listing.with_extension("txt.sig"), site.scratch.path(&approval)).unwrap();
        options.extend(["--approval".to_owned(), approval]);
    }
    options
}

fn public(site: &Site, name: &str) -> String {
    fs::read_to_string(site.scratch.path(&format!("{name}.pub"))).unwrap()
}

/// The lines of an `allowed_signers` file.
fn lists(site: &Site, people: [&str; 2]) -> String {
    people.iter().map(|name| format!("{name} {}", public(site, name))).collect()
}

/// As `docs/recovery.md` says it, to a CRL that the online side publishes.
#[test]
fn new_people_restore_reset_the_rule_and_sign_a_crl_that_is_published() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    if Command::new("ssh-keygen").arg("-?").output().is_err() {
        skipped("escrow with approvers: ssh-keygen is not installed; run `make deps`");
        return;
    }
    for name in ["alice", "bob", "carol", "dave"] {
        let mut tool = Command::new("ssh-keygen");
        tool.args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"]).arg(site.scratch.path(name));
        assert!(tool.output().unwrap().status.success());
    }
    let papers = site.papers();
    papers.verified_by_typing([(1, 2), (2, 3)]);
    let site = &papers.site;
    // The rule of the first ceremony: alice and bob, in a list beside the site file.
    let text = fs::read_to_string(site.scratch.path("SITE.toml")).unwrap();
    site.scratch.file("SITE.toml", text.replace("required = 0", "required = 2\nallowed_signers = \"people\""));
    site.scratch.file("people", lists(site, ["alice", "bob"]));
    site.program(&["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "first"]).exits(0);
    let mut person = Person::at(&papers.sign("first").args(approvals(site, "first", ["alice", "bob"])));
    person.pin("root-2026");
    person.ends(0);
    site.program(&["escrow", "kit", "--site", "SITE.toml", "-o", "kit"]).exits(0);
    // A list that is not beside the site file has another name in the kit, and kit.txt says so.
    let text = fs::read_to_string(site.scratch.path("SITE.toml")).unwrap();
    fs::write(site.scratch.subfolder("lists").join("people"), lists(site, ["alice", "bob"])).unwrap();
    site.scratch.file("OTHER.toml", text.replace("\"people\"", "\"lists/people\""));
    site.program(&["escrow", "kit", "--site", "OTHER.toml", "-o", "renamed"]).exits(0);
    let text = fs::read_to_string(site.scratch.path("renamed/kit.txt")).unwrap();
    assert!(text.contains("In the copy of site.toml, write allowed_signers = \"approvers\""), "{text}");
    assert!(site.scratch.path("renamed/site/approvers").is_file());
    assert!(!fs::read_to_string(site.scratch.path("kit/kit.txt")).unwrap().contains("In the copy of site.toml, write"));
    let head = head_on_paper(&site.scratch.path("state")).unwrap();
    let online_state = site.scratch.path("online");
    let trust = ["trust", "--yes", "--root", "first/signed/root.crt", "--crl", "first/signed/root.crl"];
    online(trust).state(&online_state).within(site.scratch.folder()).exits(0);
    for folder in ["state", "first"] {
        fs::remove_dir_all(site.scratch.path(folder)).unwrap();
    }
    for file in ["SITE.toml", "people", "first.toml", "alice", "bob", "alice.pub", "bob.pub"] {
        fs::remove_file(site.scratch.path(file)).unwrap();
    }
    // Step 2: the copy of the kit's site, for the new token, and with the new people.
    attempts::copy(&site.scratch.path("kit/site"), &site.scratch.path("site"));
    let text = fs::read_to_string(site.scratch.path("site/site.toml")).unwrap();
    let text = text.replace("root-2026", "second").replace(&site.serials[0], &site.serials[1]);
    site.scratch.file("site/site.toml", &text);
    let mut person = Person::at(&site.program(&["escrow", "restore", "--site", "site/site.toml", "kit"]));
    person.pin("second");
    person.waits("BOARD piece 1, line 1:");
    Papers::scanned(&mut person, &papers.all_codes([(1, 3), (2, 3)]));
    person.opened_none();
    person.ends(0);
    let old_people = fs::read_to_string(site.scratch.path("site/people")).unwrap();
    site.scratch.file("site/people", lists(site, ["carol", "dave"]));
    // Step 5: the old rule is pinned, and nobody of it is there.
    let now = rootcast_host::clock::now();
    for name in ["root.crt", "last.crl"] {
        fs::copy(site.scratch.path(&format!("kit/{name}")), site.scratch.path(name)).unwrap();
    }
    let request = next_crl("root.crt", "last.crl", (now - 60, now + 180 * DAY));
    site.scratch.file("second.toml", request);
    let rehearse = |folder: &str| {
        site.program(&["ceremony", "rehearse", "--site", "site/site.toml", "second.toml", "-o", folder]).exits(0)
    };
    rehearse("refused").says("WARNING: `ceremony sign` would refuse this");
    let if_unreachable = "list their keys as revoked (`revoked` in the site file)";
    let refused = attempts::sign(site, "site/site.toml", "refused").args(approvals(site, "refused", ["carol", "dave"]));
    refused.exits(3).says("approvals-pinned").says(if_unreachable).says("no number burned");
    let utc = rootcast_host::clock::rfc3339(rootcast_host::clock::now());
    let because = ["--by", "O. Owner", "--because", "alice and bob left with their keys", "--utc", &utc];
    let reset = |head: &str| {
        let reset = ["ceremony", "approvals", "reset", "--site", "site/site.toml", "--head", head];
        site.program(&[&reset[..], &because].concat())
    };
    reset(&head).exits(3).says("2 people can approve by the pinned rule, and it asks for 2").says(if_unreachable);
    // The lost keys stand in the list of the kit. A list of one of them is enough; both are lost.
    let lost: String = old_people.lines().map(|line| line.split_once(' ').unwrap().1.to_owned() + "\n").collect();
    assert_eq!(lost.lines().count(), 2, "{old_people}");
    site.scratch.file("site/lost", lost);
    site.scratch.file("site/site.toml", text.replace("[approvals]", "[approvals]\nrevoked = \"lost\""));
    reset(&head).exits(0).says("Nobody approved that, and the journal says so");
    rehearse("second");
    let mut sign = attempts::sign(site, "site/site.toml", "second");
    sign = sign.args(approvals(site, "second", ["carol", "dave"]));
    let mut person = Person::at(&sign);
    person.pin("second");
    let screen = person.ends(0);
    assert!(screen.contains("carol") && screen.contains("dave"), "{screen}");
    site.program(&["journal", "show"]).exits(0).says("alice and bob left with their keys");
    let link = format!("file:{}", site.scratch.path("second.frames").display());
    site.program(&["send", "--yes", "second"]).link(&link).exits(0);
    online(["receive"]).link(&link).state(&online_state).exits(0).says("published");
}
