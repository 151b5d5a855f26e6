//! The rule for approvals is pinned by the first signing. It changes by an approved request only, or by a reset that every
//! run names.

use rootcast_host::disk::RealDisk;
use rootcast_offline::ceremony::key::rehearsal_key::RehearsalKey;
use rootcast_offline::store::approval_rule::PinCause;
use rootcast_offline::store::journal::Event;
use rootcast_tests::corpora::skipped;
use rootcast_tests::fixed_clock::FixedClock;
use rootcast_tests::pty::Seat;

use super::killed::steps;
use super::*;

/// A room with people who have SSH keys, of whom alice and bob approved the first ceremony.
struct PeopleRoom(Room);

impl PeopleRoom {
    /// `None`, said aloud, where OpenSSH is not installed.
    fn new() -> Option<Self> {
        let this = Self::before_the_first()?;
        this.rule(2, &["alice", "bob"], &[]);
        this.0.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
        this.0.rehearse("first.toml", "first").exits(0);
        this.sign("first", &["alice", "bob"]).exits(0).says("is pinned from here on");
        Some(this)
    }

    fn before_the_first() -> Option<Self> {
        if Command::new("ssh-keygen").arg("-?").output().is_err() {
            skipped("tests of the pinned rule: ssh-keygen is not installed; run `make deps`");
            return None;
        }
        let room = Room::with_rehearsal_key();
        for name in ["alice", "bob", "carol", "dave"] {
            room.tool(true, "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name]);
        }
        room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
        Some(Self(room))
    }

    /// The line of an approver; `name` may begin with options.
    fn public(&self, name: &str) -> String {
        fs::read_to_string(self.0.path(&format!("{name}.pub"))).unwrap()
    }

    /// Writes the site file and its lists.
    fn rule(&self, required: u32, approvers: &[&str], revoked: &[&str]) {
        let lines: String = approvers.iter().map(|name| format!("{name} {}", self.public(name))).collect();
        self.0.scratch.file("approvers", lines);
        self.0.scratch.file("revoked", revoked.iter().map(|name| self.public(name)).collect::<String>());
        let site = format!(
            "[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = {required}\nallowed_signers = \"approvers\"\n\
             revoked = \"revoked\"\n"
        );
        self.0.scratch.file("SITE.toml", site);
    }

    /// `ceremony sign` with the approvals of these people.
    fn sign(&self, folder: &str, people: &[&str]) -> Program {
        self.0.sign(folder).args(self.approvals(folder, people))
    }

    /// The options with the approvals of these people.
    fn approvals(&self, folder: &str, people: &[&str]) -> Vec<String> {
        let mut options = Vec::new();
        for name in people {
            let listing = format!("{folder}/to-be-signed.txt");
            let approval = format!("{folder}-{name}.sig");
            let _ = fs::remove_file(self.0.path(&format!("{listing}.sig")));
            self.0.tool(true, "ssh-keygen", &["-q", "-Y", "sign", "-n", "rootcast-ceremony", "-f", name, &listing]);
            fs::rename(self.0.path(&format!("{listing}.sig")), self.0.path(&approval)).unwrap();
            options.extend(["--approval".to_owned(), approval]);
        }
        options
    }

    /// `ceremony sign` at a terminal, where this is typed when the program asks for `pin`; gives the exit code and what
    /// was shown. `seen` is the time, and the clock that the program sees.
    fn sign_seated(
        &self,
        folder: &str,
        people: &[&str],
        typed: &str,
        seen: Option<(&FixedClock, i64)>,
    ) -> (i32, String) {
        let room = &self.0;
        let now = seen.map_or_else(rootcast_host::clock::now, |(clock, later)| clock.seconds() + later);
        let sign = room.run(&["sign", "--site", "SITE.toml", folder, "--utc", &at(now)]).args(room.paper_head());
        let sign = sign.args(self.approvals(folder, people));
        let sign = seen.map_or(sign.clone(), |(clock, later)| clock.later(sign, later));
        let mut seat = Seat::start(&sign, 200, 60);
        seat.wait_for_text("Type pin");
        seat.type_keys(&format!("{typed}\n"));
        if typed == "pin" {
            let listing = Digest::of(&fs::read(room.path(&format!("{folder}/to-be-signed.txt"))).unwrap());
            seat.wait_for_text("Type the 8 words");
            let words = rootcast_protocol::words::spell(listing.as_bytes(), rootcast_protocol::words::SHORT);
            seat.type_keys(&format!("{words}\n"));
        }
        seat.wait_for_text(if typed == "pin" { "The next signing asks for it" } else { "error[not-confirmed]" });
        let screen = seat.screen();
        (seat.running.wait().code.unwrap(), screen)
    }

    /// `ceremony` with another state.
    fn run_in(&self, state: &str, arguments: &[&str]) -> Program {
        offline(["ceremony"]).args(arguments).state(&self.0.path(state)).within(self.0.scratch.folder())
    }

    /// Another state that trusts the same root.
    fn another_state(&self, name: &str) {
        let trust = offline(["trust", "--yes"]).state(&self.0.path(name));
        trust.arg("--root").arg(self.0.path("first/signed/root.crt")).exits(0);
    }

    /// A request that makes the site's rule the one that holds.
    fn change(&self, required: u32, folder: &str) -> Program {
        let text = format!("[approvals]\nrequired = {required}\nbecause = \"people changed\"\n");
        self.0.scratch.file("change.toml", text);
        self.0.rehearse("change.toml", folder)
    }

    fn burned(&self) -> usize {
        self.0.journal().matches("number-burned").count()
    }

    fn reset(&self, head: &str, utc: i64) -> Program {
        let reset = ["approvals", "reset", "--by", "O. Operator", "--because", "both keys expired", "--head", head];
        self.0.run(&reset).args(["--utc", &at(utc)])
    }

    /// The journal's head, as it is on paper.
    fn head(&self) -> String {
        head_on_paper(&self.0.path("state")).unwrap()
    }
}

#[test]
fn the_first_signing_pins_the_rule_and_another_one_is_refused_and_journalled() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    this.another_state("other");
    // One operator with the PIN, alone.
    for (case, (required, people, says)) in [
        (0, &["alice", "bob"][..], "required 2 -> 0"),
        (1, &["alice", "bob"], "required 2 -> 1"),
        (2, &["alice", "bob", "dave"], "a new approver: dave"),
        (2, &["dave", "carol"], "no longer an approver: alice"),
    ]
    .into_iter()
    .enumerate()
    {
        this.rule(required, people, &[]);
        // Said before people approve it, with this state; and refused at the signing.
        let rehearsed = room.rehearse("second.toml", &format!("warned-{case}")).exits(0);
        rehearsed.says("WARNING: `ceremony sign` would refuse this").says("APPROVE-PINNED").says(says);
        let folder = format!("alone-{case}");
        this.run_in("other", &["rehearse", "--site", "SITE.toml", "second.toml", "-o", &folder]).exits(0);
        let refused = this.sign(&folder, &["carol", "dave"]).exits(3);
        refused.says("approvals-pinned").says("APPROVE-PINNED").says(says).says("no number burned");
    }
    assert_eq!(this.burned(), 1);
    assert_eq!(room.journal().matches("approvals-pinned: APPROVE-PINNED").count(), 4, "{}", room.journal());

    // What the files mean is pinned, not the files: comments, order and line endings change nothing.
    this.rule(2, &["bob", "alice"], &[]);
    let list = fs::read_to_string(room.path("approvers")).unwrap();
    room.scratch.file("approvers", format!("\u{feff}# people\r\n\r\n{}", list.replace('\n', "\r\n")));
    let site = fs::read_to_string(room.path("SITE.toml")).unwrap();
    room.scratch.file("SITE.toml", format!("# the site\n{site}"));
    room.rehearse("second.toml", "second").exits(0);
    let signed = this.sign("second", &["alice", "bob"]).arg("--json").exits(0);
    assert_eq!(signed.json()["approvals_pinned_now"], false);
}

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
    room.run(&["record", "change"]).exits(0);
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
fn where_nobody_has_to_approve_every_run_says_so() {
    let room = Room::after_the_first();
    let warning = "nobody has to approve a signing here (required = 0)";
    room.scratch.file("second.toml", room.next_request("first", room.now - 600, ""));
    room.rehearse("second.toml", "second").exits(0).says(warning);
    room.sign("second").exits(0).says(warning);
    let link = format!("file:{}", room.path("second.frames").display());
    offline(["send", "--yes"]).state(&room.path("state")).link(&link).arg(room.path("second")).exits(0).says(warning);
}

/// A room whose first ceremony was signed by a program that pins nothing, after 2 of alice and bob had to approve.
fn of_an_older_version() -> Option<PeopleRoom> {
    let this = PeopleRoom::before_the_first()?;
    let room = &this.0;
    this.rule(2, &["alice", "bob"], &[]);
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    let mut key = RehearsalKey::read(&room.path("demo.p8")).unwrap();
    room.signed_by(&mut key, &RealDisk, &room.path("first"), &room.path("state")).unwrap();
    assert!(State::look(&RealDisk, &room.path("state")).unwrap().record.approvals.is_none());
    Some(this)
}

#[test]
fn a_state_of_an_older_version_pins_at_the_next_signing_and_asks_where_the_rule_is_weaker() {
    let Some(this) = of_an_older_version() else { return };
    let room = &this.0;
    this.rule(1, &["alice", "bob"], &[]);
    room.rehearse("second.toml", "weaker").exits(0);
    let refused = this.sign("weaker", &["alice"]).exits(2);
    refused
        .says("weaker than the one of the last signing")
        .says("required 2 -> 1")
        .says("Run the command without --yes");
    let (code, screen) = this.sign_seated("weaker", &["alice"], "yes", None);
    assert!(code == 2 && screen.contains("error[not-confirmed]"), "{screen}");
    assert_eq!(this.burned(), 1);
    this.rule(2, &["alice", "bob"], &[]);
    room.rehearse("second.toml", "second").exits(0);
    let signed = this.sign("second", &["alice", "bob"]).arg("--json").exits(0);
    signed.says("is pinned from here on");
    assert_eq!(signed.json()["approvals_pinned_now"], true);
    assert_eq!(State::look(&RealDisk, &room.path("state")).unwrap().record.approvals.unwrap().serial, 1);
}

/// Counting people alone, two other people were as good as the two before them.
#[test]
fn a_rule_that_cannot_be_compared_with_the_one_before_is_pinned_only_where_somebody_says_so() {
    let Some(this) = of_an_older_version() else { return };
    let room = &this.0;
    this.rule(2, &["carol", "dave"], &[]);
    room.rehearse("second.toml", "second").exits(0);
    let refused = |says: &str| {
        let refused = this.sign("second", &["carol", "dave"]).exits(2);
        refused.says("could not be compared with the one before it").says(says).says("without --yes");
    };
    room.scratch.file("first/x", "");
    refused("first: SIGN-REHEARSED: x is not part of the rehearsal");
    // The other folders beside it are looked into. A pipe is not waited for, and a huge file is not read.
    room.tool(true, "mkdir", &["elsewhere", "pipe", "large"]);
    room.tool(true, "mkfifo", &["pipe/to-be-signed.txt"]);
    let large = fs::File::create(room.path("large/to-be-signed.txt")).unwrap();
    large.set_len(1 << 42).unwrap();
    fs::rename(room.path("first"), room.path("elsewhere/first")).unwrap();
    let listing = Digest::of(&fs::read(room.path("elsewhere/first/to-be-signed.txt")).unwrap());
    assert_eq!(this.burned(), 1);
    // A journal that was begun anew has no signing. The state has one.
    fs::rename(room.path("state/journal.jsonl"), room.path("journal.jsonl")).unwrap();
    let begin = ["journal", "begin", "--by", "O. Operator", "--because", "lost"];
    offline(begin).state(&room.path("state")).exits(0);
    let (code, screen) = this.sign_seated("second", &["carol", "dave"], "pin", None);
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("could not be compared with the one before it") && screen.contains(&listing.to_string()),
        "{screen}"
    );
    let journal = room.journal();
    let cause = "first-signing, although the rule before it was not found";
    assert!(journal.contains(cause), "{journal}");
    let record = fs::read_to_string(room.path("second/record.md")).unwrap();
    assert!(record.contains(cause), "{record}");
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
fn a_rule_by_which_nobody_has_to_approve_is_announced_where_it_comes_from() {
    let warning = "nobody has to approve a signing here (required = 0)";
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    // By a reset, and the signing after it. Both keys are revoked by a list that is given.
    this.rule(2, &["alice", "bob"], &["bob"]);
    let head = this.head();
    this.reset(&head, rootcast_host::clock::now()).args(["--site", "SITE.toml"]).exits(0);
    let journal = room.journal();
    let list = Digest::of(&fs::read(room.path("revoked")).unwrap());
    let shown = room.tool(true, "ssh-keygen", &["-l", "-f", "bob.pub"]);
    assert!(
        journal.contains(&format!("revoked by that list alone: {}", shown.split(' ').nth(1).unwrap())),
        "{journal}"
    );
    assert!(journal.contains(&format!("a list of revoked keys was given, SHA-256 {list}")), "{journal}");
    this.rule(0, &["alice", "bob"], &[]);
    room.rehearse("second.toml", "second").exits(0).says(warning);
    let (code, screen) = this.sign_seated("second", &[], "pin", None);
    assert!(code == 0 && screen.contains(warning), "{screen}");

    // By a change: where it is rehearsed, and where it is made.
    let Some(this) = PeopleRoom::new() else { return };
    this.rule(0, &["alice", "bob"], &[]);
    this.change(0, "change").exits(0).says(warning);
    this.sign("change", &["alice", "bob"]).exits(0).says(warning);
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
fn a_pinned_rule_that_cannot_be_read_is_a_broken_state() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    let mut journal = Journal::open(&RealDisk, &room.path("state")).unwrap();
    let mut pinned = State::look(&RealDisk, &room.path("state")).unwrap().record.approvals.unwrap();
    pinned.serial += 1;
    pinned.rule.as_mut().unwrap().approvers[0].key = "ssh-ed25519 AAAA".to_owned();
    let (cause, people, rehearsal) = (PinCause::Approved, Vec::new(), String::new());
    let event = Event::ApprovalsPinned { cause, pinned, people, rehearsal, confirmed: None };
    journal.append(room.now, event).unwrap();
    this.reset(&this.head(), rootcast_host::clock::now()).exits(8).says("state-broken").says("not reset");
    this.change(2, "change").exits(8).says("state-broken");
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
