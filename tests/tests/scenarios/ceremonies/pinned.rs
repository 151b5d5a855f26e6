//! The rule for approvals is pinned by the first signing, and holds from then on.

use rootcast_host::disk::RealDisk;
use rootcast_offline::ceremony::key::rehearsal_key::RehearsalKey;
use rootcast_offline::store::approval_rule::PinCause;
use rootcast_offline::store::journal::Event;
use rootcast_tests::corpora::skipped;
use rootcast_tests::fixed_clock::FixedClock;
use rootcast_tests::pty::Seat;

use super::*;

/// A room with people who have SSH keys, of whom alice and bob approved the first ceremony.
pub(super) struct PeopleRoom(pub(super) Room);

impl PeopleRoom {
    /// `None`, said aloud, where OpenSSH is not installed.
    pub(super) fn new() -> Option<Self> {
        let this = Self::before_the_first()?;
        this.rule(2, &["alice", "bob"], &[]);
        this.0.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
        this.0.rehearse("first.toml", "first").exits(0);
        this.sign("first", &["alice", "bob"]).exits(0).says("is pinned from here on");
        Some(this)
    }

    pub(super) fn before_the_first() -> Option<Self> {
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
    pub(super) fn public(&self, name: &str) -> String {
        fs::read_to_string(self.0.path(&format!("{name}.pub"))).unwrap()
    }

    /// Writes the site file and its lists.
    pub(super) fn rule(&self, required: u32, approvers: &[&str], revoked: &[&str]) {
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
    pub(super) fn sign(&self, folder: &str, people: &[&str]) -> Program {
        self.0.sign(folder).args(self.approvals(folder, people))
    }

    /// The options with the approvals of these people.
    pub(super) fn approvals(&self, folder: &str, people: &[&str]) -> Vec<String> {
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
    pub(super) fn sign_seated(
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
        // What is not the word is asked again, and Return alone ends it.
        seat.type_keys(&if typed == "pin" { "pin\n".to_owned() } else { format!("{typed}\n\n") });
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
    pub(super) fn run_in(&self, state: &str, arguments: &[&str]) -> Program {
        offline(["ceremony"]).args(arguments).state(&self.0.path(state)).within(self.0.scratch.folder())
    }

    /// Another state that trusts the same root.
    pub(super) fn another_state(&self, name: &str) {
        let trust = offline(["trust", "--yes"]).state(&self.0.path(name));
        trust.arg("--root").arg(self.0.path("first/signed/root.crt")).exits(0);
    }

    /// A request that makes the site's rule the one that holds.
    pub(super) fn change(&self, required: u32, folder: &str) -> Program {
        let text = format!("[approvals]\nrequired = {required}\nbecause = \"people changed\"\n");
        self.0.scratch.file("change.toml", text);
        self.0.rehearse("change.toml", folder)
    }

    pub(super) fn burned(&self) -> usize {
        self.0.journal().matches("number-burned").count()
    }

    pub(super) fn reset(&self, head: &str, utc: i64) -> Program {
        let reset = ["approvals", "reset", "--by", "O. Operator", "--because", "both keys expired", "--head", head];
        self.0.run(&reset).args(["--utc", &at(utc)])
    }

    /// The journal's head, as it is on paper.
    pub(super) fn head(&self) -> String {
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
fn a_pinned_rule_that_cannot_be_read_is_a_broken_state() {
    let Some(this) = PeopleRoom::new() else { return };
    let room = &this.0;
    let mut journal = Journal::open(&RealDisk, &room.path("state")).unwrap();
    let mut pinned = State::look(&RealDisk, &room.path("state")).unwrap().record.approvals.unwrap();
    pinned.serial += 1;
    pinned.rule.as_mut().unwrap().approvers[0].key = "ssh-ed25519 AAAA".to_owned();
    let (cause, people, rehearsal) = (PinCause::Approved, Vec::new(), None);
    let event = Event::ApprovalsPinned { cause, pinned, people, rehearsal, confirmed: None };
    journal.append(room.now, event).unwrap();
    this.reset(&this.head(), rootcast_host::clock::now()).exits(8).says("state-broken").says("not reset");
    this.change(2, "change").exits(8).says("state-broken");
}
