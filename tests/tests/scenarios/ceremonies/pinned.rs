//! The rule for approvals is pinned by the first signing. It changes by an approved request only, or by a reset that every
//! run names.

use rootcast_host::disk::RealDisk;
use rootcast_offline::ceremony::key::rehearsal_key::RehearsalKey;
use rootcast_tests::corpora::skipped;
use rootcast_tests::fixed_clock::FixedClock;

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
        let mut sign = self.0.sign(folder);
        for name in people {
            let listing = format!("{folder}/to-be-signed.txt");
            let approval = format!("{folder}-{name}.sig");
            let _ = fs::remove_file(self.0.path(&format!("{listing}.sig")));
            self.0.tool(true, "ssh-keygen", &["-q", "-Y", "sign", "-n", "rootcast-ceremony", "-f", name, &listing]);
            fs::rename(self.0.path(&format!("{listing}.sig")), self.0.path(&approval)).unwrap();
            sign = sign.args(["--approval", &approval]);
        }
        sign
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

    fn reset(&self, head: &str) -> Program {
        let reset = ["approvals", "reset", "--by", "O. Operator", "--because", "both keys expired", "--head", head];
        self.0.run(&reset)
    }

    /// The journal's head, as it is on paper.
    fn head(&self) -> String {
        let verify = offline(["journal", "verify", "--json"]).state(&self.0.path("state")).exits(0).json();
        verify["head"].as_str().unwrap().to_owned()
    }
}

#[test]
fn the_first_signing_pins_the_rule_and_another_one_is_refused_and_journalled() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
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
        let folder = format!("alone-{case}");
        room.rehearse("second.toml", &folder).exits(0);
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
    assert!(journal.contains("approval rule 2, approved: 2 required"), "{journal}");
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
    this.reset(&head).exits(3).says("2 people can approve by the pinned rule, and it asks for 2");
    let clock = FixedClock::at(&room.scratch, room.now + 3 * DAY);
    // A head from before the signing, and one of no journal: this state or journal may have been set back.
    for wrong in [old_head.as_str(), &"ab".repeat(32)] {
        let refused = clock.later(this.reset(wrong), 0).exits(3);
        refused.says("not in this journal, or something was signed").says("rule for approvals was not reset");
    }
    clock.later(this.reset(&head), 0).exits(0).says("Nobody approved that");
    assert!(room.journal().contains("reset by O. Operator"), "{}", room.journal());

    // Every run says it, and the next record.
    let warning = "nobody approved that: both keys expired";
    this.rule(2, &["carol", "dave"], &[]);
    clock.later(this.change(2, "early"), 0).exits(3).says("the next signing pins the site's rule");
    let second = room.next_request("first", room.now + 3 * DAY - 60, "");
    room.scratch.file("second.toml", second);
    clock.later(room.rehearse("second.toml", "second"), 0).exits(0).says(warning);
    let utc = at(room.now + 3 * DAY + 5);
    let mut program = room.run(&["sign", "--site", "SITE.toml", "second", "--yes", "--utc", &utc]);
    let _ = this.sign("second", &["carol", "dave"]);
    program = program.args(["--approval", "second-carol.sig", "--approval", "second-dave.sig"]);
    clock.later(program, 5).exits(0).says(warning).says("is pinned from here on");
    let record = fs::read_to_string(room.path("second/record.md")).unwrap();
    assert!(record.contains("RESET by O. Operator") && record.contains("approved by nobody"), "{record}");
    let send = |link: &str| {
        let link = format!("file:{}", room.path(link).display());
        offline(["send", "--yes"]).state(&room.path("state")).link(&link).arg(room.path("second"))
    };
    clock.later(send("a.frames"), 10).exits(0).says(warning);

    // Until people approve the rule, as it is or another.
    clock.later(this.change(2, "approved"), 20).exits(0).says("the rule stays as it is, and is approved");
    let utc = at(room.now + 3 * DAY + 25);
    let mut program = room.run(&["sign", "--site", "SITE.toml", "approved", "--yes", "--utc", &utc]);
    let _ = this.sign("approved", &["carol", "dave"]);
    program = program.args(["--approval", "approved-carol.sig", "--approval", "approved-dave.sig"]);
    clock.later(program, 25).exits(0);
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

#[test]
fn a_state_of_an_older_version_pins_at_the_next_signing_and_asks_where_the_rule_is_weaker() {
    let Some(this) = PeopleRoom::before_the_first() else { return };
    let room = &this.0;
    this.rule(2, &["alice", "bob"], &[]);
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    // As a program that pins nothing signed it.
    let mut key = RehearsalKey::read(&room.path("demo.p8")).unwrap();
    room.signed_by(&mut key, &RealDisk, &room.path("first"), &room.path("state")).unwrap();
    assert!(State::look(&RealDisk, &room.path("state")).unwrap().record.approvals.is_none());
    this.rule(1, &["alice", "bob"], &[]);
    room.rehearse("second.toml", "weaker").exits(0);
    let refused = this.sign("weaker", &["alice"]).exits(2);
    refused
        .says("weaker than the one of the last signing")
        .says("required 2 -> 1")
        .says("Run the command without --yes");
    this.rule(2, &["alice", "bob"], &[]);
    room.rehearse("second.toml", "second").exits(0);
    let signed = this.sign("second", &["alice", "bob"]).arg("--json").exits(0);
    signed.says("is pinned from here on");
    assert_eq!(signed.json()["approvals_pinned_now"], true);
    assert_eq!(State::look(&RealDisk, &room.path("state")).unwrap().record.approvals.unwrap().serial, 1);
}
