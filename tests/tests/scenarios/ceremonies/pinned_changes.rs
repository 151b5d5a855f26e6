//! The pinned rule for approvals changes by an approved request only, or by a reset that every run names.

use rootcast_host::disk::RealDisk;
use rootcast_tests::corpora::skipped;
use rootcast_tests::fixed_clock::FixedClock;

use super::killed::steps;
use super::pinned::PeopleRoom;
use super::*;

#[test]
fn a_change_is_approved_by_the_rule_before_it_and_burns_no_number() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    let rule = |people: &[&str]| this.rule(2, people, &[]);
    this.change(2, "same").exits(3).says("nothing would change");
    rule(&["alice", "bob", "carol"]);
    this.change(3, "wrong").exits(3).says("the request says required = 3, the site file 2");
    let rehearsed = this.change(2, "change").arg("--json").exits(0);
    assert!(rehearsed.json()["differences"][0].as_str().unwrap().contains("a new approver: carol"), "{rehearsed}");
    // Nobody approved it yet, so its record is of a rehearsal.
    room.run(&["record", "change"]).exits(0).says("This is the record of a rehearsal; do not sign it.");
    // Carol is nobody by the rule that holds.
    this.sign("change", &["bob", "carol"])
        .exits(3)
        .says("1 of 2 different people")
        .says("rule for approvals is unchanged");
    let changed = this.sign("change", &["bob", "alice"]).arg("--json").exits(0).json();
    assert_eq!((&changed["serial"], &changed["people"]), (&2.into(), &serde_json::json!(["bob", "alice"])));
    assert_eq!(this.burned(), 1);
    let journal = room.journal();
    assert!(journal.contains("approval rule 2, approved\n        2 required"), "{journal}");
    let record = fs::read_to_string(room.path("change/record.md")).unwrap();
    assert!(record.contains("a new approver: carol") && record.contains("approved by bob and alice"), "{record}");
    room.run(&["record", "change"]).exits(0).says("Print, tick and sign it.");
    // It holds from here on.
    room.rehearse("second.toml", "second").exits(0);
    this.sign("second", &["alice", "carol"]).exits(0);

    // Back again; and the first change, which was approved once, is not made a second time.
    rule(&["alice", "bob"]);
    this.change(2, "back").exits(0);
    this.sign("back", &["alice", "carol"]).exits(0);
    rule(&["alice", "bob", "carol"]);
    let again = this.sign("change", &["bob", "alice"]).exits(3);
    again.says("not the one that this change was rehearsed from");
    // A folder in which anything was changed is none.
    this.change(2, "other").exits(0);
    let path = room.path("other/approvals.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"required\": 2", "\"required\": 0")).unwrap();
    this.sign("other", &["bob", "alice"]).exits(3).says("SIGN-REHEARSED");
    // Put right, it is made, and its record has the attempt on what was changed.
    fs::write(&path, text).unwrap();
    this.sign("other", &["bob", "alice"]).exits(0);
    let record = fs::read_to_string(room.path("other/record.md")).unwrap();
    assert!(record.contains("ceremony-refused: rehearsal-changed: SIGN-REHEARSED"), "{record}");
    assert!(!room.journal().contains("rehearsal unknown"), "{}", room.journal());
    assert_eq!(this.burned(), 2);
}

#[test]
fn keys_that_a_change_revokes_do_not_count_for_it() {
    let Some(this) = PeopleRoom::new() else { return };
    // Of two people, one would have to approve that the other's key is revoked: that is no quorum.
    this.rule(2, &["alice", "bob", "carol"], &["bob"]);
    let stuck = this.change(2, "stuck").exits(3);
    stuck.says("asks for 2 people, and only 1 of them can still approve").says("ceremony approvals reset");
    this.rule(2, &["alice", "bob", "carol"], &[]);
    this.change(2, "three").exits(0);
    this.sign("three", &["alice", "bob"]).exits(0);
    this.rule(2, &["alice", "bob", "carol"], &["bob"]);
    this.change(2, "revoke").exits(0);
    this.sign("revoke", &["alice", "bob"]).exits(3).says("the key is revoked").says("1 of 2");
    this.sign("revoke", &["alice", "carol"]).exits(0).says("revoked: ");
    this.0.rehearse("second.toml", "second").exits(0);
    this.sign("second", &["alice", "bob"]).exits(3).says("the key is revoked");
    this.sign("second", &["alice", "carol"]).exits(0);
}

#[test]
fn a_lost_quorum_is_reset_on_record_and_every_run_says_so() {
    let Some(this) = PeopleRoom::before_the_first() else { return };
    let room = &this.0;
    this.rule(2, &["alice", "bob"], &[]);
    let day = |days: i64| at(room.now + days * DAY).replace(['-', ':', 'T'], "");
    let list = fs::read_to_string(room.path("approvers")).unwrap();
    let list = list.replace("bob ssh", &format!("bob valid-before=\"{}\" ssh", day(2)));
    room.scratch.file("approvers", list);
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    let old_head = this.head();
    this.sign("first", &["alice", "bob"]).exits(0);
    let head = this.head();
    // Enough people can approve: then they do.
    this.reset(&head, room.now).exits(3).says("2 people can approve by the pinned rule, and it asks for 2");
    let clock = FixedClock::at(&room.scratch, room.now + 3 * DAY);
    let late = clock.seconds();
    // A machine whose clock is ahead finds every key expired. The time has to come from another clock as well.
    clock.later(this.reset(&head, room.now), 0).exits(3).says("REQ-CLOCK").says("rule for approvals was not reset");
    // A head from before the signing, and one of no journal: this state or journal may have been set back.
    for wrong in [old_head.as_str(), &"ab".repeat(32)] {
        let refused = clock.later(this.reset(wrong, late), 0).exits(3);
        refused.says("not in this journal, or something was signed").says("rule for approvals was not reset");
    }
    let journal = room.journal();
    assert_eq!(journal.matches("ceremony-refused").count(), 4, "each refused reset is on record\n{journal}");
    clock.later(this.reset(&head, late), 0).exits(0).says("Nobody approved that");
    let journal = room.journal();
    assert!(journal.contains("reset by O. Operator"), "{journal}");
    assert!(journal.contains("1 people could still approve; 2 had to"), "{journal}");
    assert!(journal.contains(&format!("time read from another clock: {}", at(late))), "{journal}");

    // Every run says it, and the next record.
    let warning = "nobody approved that: both keys expired";
    this.rule(2, &["carol", "dave"], &[]);
    clock.later(this.change(2, "early"), 0).exits(3).says("the next signing pins the site's rule").says(warning);
    let second = room.next_request("first", room.now + 3 * DAY - 60, "");
    room.scratch.file("second.toml", second);
    clock.later(room.rehearse("second.toml", "second"), 0).exits(0).says(warning);
    // Another rule than the one that was dropped: somebody has to say so.
    let script = room.run(&["sign", "--site", "SITE.toml", "second", "--yes", "--utc", &at(late + 5)]);
    let script = script.args(room.paper_head()).args(this.approvals("second", &["carol", "dave"]));
    // The reset was decided on for just this: a script goes on, with a warning; at a terminal somebody types `pin`.
    room.tool(true, "cp", &["-r", "state", "before"]);
    let signed = clock.later(script, 5).exits(0);
    signed.says("weaker than the one that was reset").says("a new approver: carol").says(warning);
    for (from, to) in [("state", "scripted"), ("before", "state")] {
        fs::rename(room.path(from), room.path(to)).unwrap();
    }
    fs::remove_dir_all(room.path("second/signed")).unwrap();
    let (code, screen) = this.sign_seated("second", &["carol", "dave"], "pin", Some((&clock, 5)));
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains(warning) && screen.contains("is pinned from here on"), "{screen}");
    let journal = room.journal();
    let cause = "approval rule 3, after-reset, although it is weaker than the rule before it";
    assert!(journal.contains(cause), "{journal}");
    let record = fs::read_to_string(room.path("second/record.md")).unwrap();
    assert!(record.contains("reset by O. Operator") && record.contains("approved by nobody"), "{record}");
    let send = |link: &str| {
        let link = format!("file:{}", room.path(link).display());
        offline(["send", "--yes"]).state(&room.path("state")).link(&link).arg(room.path("second"))
    };
    clock.later(send("a.frames"), 10).exits(0).says(warning);

    // Until people approve the rule, as it is or another.
    clock.later(this.change(2, "approved"), 20).exits(0).says("the rule stays as it is, and is approved");
    let script = room.run(&["sign", "--site", "SITE.toml", "approved", "--yes", "--utc", &at(late + 25)]);
    clock.later(script.args(this.approvals("approved", &["carol", "dave"])), 25).exits(0);
    let quiet = clock.later(send("b.frames"), 30).exits(0);
    assert!(!quiet.stderr.contains(warning), "{quiet}");
}

#[test]
fn an_approved_change_is_made_in_the_state_that_it_was_rehearsed_with_and_in_no_other() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    // The same rule is the first one that is pinned in another state of the same root.
    this.another_state("other");
    let now = at(room.now);
    let sign_in = |state: &str, folder: &str| {
        let sign = this.run_in(state, &["sign", "--site", "SITE.toml", folder, "--yes", "--utc", &now]);
        sign.args(this.approvals(folder, &["alice", "bob"]))
    };
    this.run_in("other", &["rehearse", "--site", "SITE.toml", "second.toml", "-o", "second"]).exits(0);
    sign_in("other", "second").exits(0).says("is pinned from here on");
    this.rule(2, &["alice", "bob", "carol"], &[]);
    this.change(2, "change").exits(0);
    let refused = sign_in("other", "change").exits(3);
    refused.says("not the one that this change was rehearsed from, in this state").says("is unchanged");
    sign_in("state", "change").exits(0);
}

#[test]
fn a_rule_that_too_few_people_can_satisfy_is_warned_of_and_not_made() {
    let Some(this) = PeopleRoom::before_the_first() else { return };
    let room = &this.0;
    let says = "asks for 2 people, and only 1 of those it lists can approve";
    this.rule(2, &["alice", "bob"], &["bob"]);
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "early").exits(0).says("WARNING: `ceremony sign` would refuse this").says(says);
    this.rule(1, &["alice", "bob"], &[]);
    room.rehearse("first.toml", "first").exits(0);
    this.sign("first", &["alice"]).exits(0);
    this.rule(2, &["alice", "bob"], &["bob"]);
    this.change(2, "stuck").exits(2).says(says).says("rule for approvals is unchanged");
    // Carol's key ends between the rehearsal and the signing.
    this.rule(2, &["alice", "carol"], &[]);
    let end = at(room.now + 2 * DAY).replace(['-', ':', 'T'], "");
    let list = fs::read_to_string(room.path("approvers")).unwrap();
    room.scratch.file("approvers", list.replace("carol ssh", &format!("carol valid-before=\"{end}\" ssh")));
    this.change(2, "expires").exits(0);
    let clock = FixedClock::at(&room.scratch, room.now + 3 * DAY);
    let sign = room.run(&["sign", "--site", "SITE.toml", "expires", "--yes", "--utc", &at(clock.seconds())]);
    clock.later(sign.args(this.approvals("expires", &["bob"])), 0).exits(2).says(says);
    assert!(!room.journal().contains("approval rule 2"), "{}", room.journal());
}

#[test]
fn a_change_that_was_cut_off_after_its_entry_is_recorded_by_the_same_command() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    this.rule(2, &["alice", "bob", "carol"], &[]);
    this.change(2, "change").exits(0);
    let state = fs::read(room.path("state/state.json")).unwrap();
    this.sign("change", &["alice", "bob"]).exits(0);
    // As it was when only the journal had the change.
    fs::write(room.path("state/state.json"), state).unwrap();
    for name in ["journal.jsonl", "record.md", "record.pdf"] {
        fs::remove_file(room.path(&format!("change/{name}"))).unwrap();
    }
    let finished = room.sign("change").arg("--json").exits(0);
    let document = finished.json();
    assert_eq!((&document["finished"], &document["serial"]), (&true.into(), &2.into()));
    assert_eq!(document["people"], serde_json::json!(["alice", "bob"]));
    let record = fs::read_to_string(room.path("change/record.md")).unwrap();
    assert!(record.contains("a new approver: carol") && record.contains("approved by alice and bob"), "{record}");
    assert_eq!(State::look(&RealDisk, &room.path("state")).unwrap().record.approvals.unwrap().serial, 2);
    assert_eq!(room.journal().matches("approvals-pinned").count(), 2, "{}", room.journal());
    // Recorded once, it is an old change.
    this.sign("change", &["alice", "bob"]).exits(3).says("not the one that this change was rehearsed from");
}

/// An RSA key has more characters than a line that is printed: what stood behind it was cut off.
#[test]
fn what_changes_about_an_approver_is_shown_whole() {
    let Some(this) = PeopleRoom::before_the_first() else { return };
    let room = &this.0;
    room.tool(true, "ssh-keygen", &["-q", "-t", "rsa", "-b", "3072", "-N", "", "-C", "rita", "-f", "rita"]);
    this.rule(1, &["alice", "rita"], &[]);
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    this.sign("first", &["alice"]).exits(0);
    let shown = room.tool(true, "ssh-keygen", &["-l", "-f", "rita.pub"]);
    let fingerprint = shown.split(' ').nth(1).unwrap();
    let ends = "20301231000000Z";
    let list = fs::read_to_string(room.path("approvers")).unwrap();
    let options = format!("rita valid-before=\"{ends}\",namespaces=\"rootcast-*\" ssh");
    room.scratch.file("approvers", list.replace("rita ssh", &options));
    let line = format!("rita, until 2030-12-31T00:00:00Z, only for rootcast-*, {fingerprint}");
    let rehearsed = this.change(1, "change").exits(0);
    rehearsed.says(&format!("a new approver: {line}")).says(&format!("no longer an approver: rita, {fingerprint}"));
    room.rehearse("second.toml", "warned").exits(0).says(&format!("a new approver: {line}"));
    this.sign("change", &["alice"]).exits(0).says(&line);
    let record = fs::read_to_string(room.path("change/record.md")).unwrap();
    let dump = fs::read_to_string(room.path("change/dump.txt")).unwrap();
    for text in [room.journal(), record, dump] {
        assert!(text.contains(&format!("approver {line}")), "{text}");
    }
}

#[test]
fn a_list_that_was_exchanged_after_the_rehearsal_is_refused() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    room.rehearse("second.toml", "second").exits(0);
    for (list, people) in [("approvers", &["carol", "dave"]), ("revoked", &["alice", "bob"])] {
        let kept = fs::read(room.path(list)).unwrap();
        let other: String = people.iter().map(|name| format!("{name} {}", this.public(name))).collect();
        let other = if list == "revoked" { this.public("bob") } else { other };
        room.scratch.file(list, other);
        let name = if list == "revoked" { "inputs/approvers-revoked" } else { "inputs/approvers" };
        let refused = this.sign("second", people).exits(3);
        refused.says("rehearsal-changed").says("SIGN-REHEARSED").says(&format!("{name} was approved with the SHA-256"));
        fs::write(room.path(list), kept).unwrap();
    }
    assert_eq!(this.burned(), 1);
    this.sign("second", &["alice", "bob"]).exits(0);
}

#[test]
fn a_change_killed_at_every_system_call_is_made_once_and_recorded_by_the_same_command() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    if !Command::new("strace").arg("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return skipped("a change killed at every step: `strace` is not installed, or tracing is not permitted here");
    }
    this.rule(2, &["alice", "bob", "carol"], &[]);
    this.change(2, "change").exits(0);
    let approvals = this.approvals("change", &["alice", "bob"]);
    let sign = || room.sign("change").args(&approvals);
    for name in ["state", "change"] {
        room.tool(true, "cp", &["-r", name, &format!("{name}.before")]);
    }
    let trace = room.path("trace");
    let tracer = |options: &[&str]| {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        let start = ["strace", "-f", "-o", trace.to_str().unwrap()].map(str::to_owned).to_vec();
        sign().started_by([start, options].concat())
    };
    tracer(&[]).exits(0);
    let steps = steps(&trace, &["change/approvals\""]);
    let (mut unmade, mut finished) = (0, 0);
    for (call, count) in &steps {
        for name in ["state", "change"] {
            fs::remove_dir_all(room.path(name)).unwrap();
            room.tool(true, "cp", &["-r", &format!("{name}.before"), name]);
        }
        let (only, inject) = (format!("trace={call}"), format!("inject={call}:signal=KILL:when={count}"));
        let killed = tracer(&["-e", &only, "-e", &inject]).run();
        let step = format!("killed at {call} number {count}");
        assert_eq!(killed.code, None, "{step}: it never came\n{killed}");
        let is_made = room.journal().contains("approval rule 2, approved");
        let again = sign().run();
        match (again.code, is_made) {
            (Some(0), false) => unmade += 1,
            (Some(0), true) => {
                again.says("An earlier run changed the rule for approvals");
                finished += 1;
            }
            (code, is_made) => {
                assert!(code == Some(3) && is_made, "{step}\n{again}");
                again.says("not the one that this change was rehearsed from");
            }
        }
        let record = fs::read_to_string(room.path("change/record.md")).unwrap();
        assert!(
            record.contains("a new approver: carol") && room.path("change/record.pdf").exists(),
            "{step}\n{record}"
        );
        let state = State::look(&RealDisk, &room.path("state")).unwrap();
        assert_eq!(state.record.approvals.unwrap().serial, 2, "{step}");
        assert_eq!(room.journal().matches("approval rule 2, approved").count(), 1, "{step}");
    }
    assert!(unmade > 5 && finished > 3, "{} steps, {unmade} not made, {finished} finished", steps.len());
}
