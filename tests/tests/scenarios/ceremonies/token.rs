//! Ceremonies with soft tokens of two makers, the PIN typed on a terminal, and two approvers.

use rootcast_tests::pty::Seat;
use rootcast_tests::soft_token::{Maker, PIN, SoftTokens};

use super::*;

const LABEL: &str = "root-2026";

struct TokenRoom {
    tokens: SoftTokens,
    room: Room,
    serial: String,
}

impl TokenRoom {
    /// A token of each maker behind the shim with this fault, two approvers, and a first ceremony done.
    fn each(fault: &str) -> Vec<Self> {
        SoftTokens::each().into_iter().map(|tokens| Self::with(tokens, fault)).collect()
    }

    fn with(tokens: SoftTokens, fault: &str) -> Self {
        let this = Self::with_key(tokens, fault);
        this.seen(&this.room.rehearse("first.toml", "first")).exits(0);
        // The login; with CKA_ALWAYS_AUTHENTICATE also each of root and CRL.
        let typed = if fault == "always-authenticate" { vec![PIN; 3] } else { vec![PIN] };
        this.typing_each(&this.sign("first"), &typed, 0);
        this
    }

    /// The same with the key just made.
    fn with_key(tokens: SoftTokens, fault: &str) -> Self {
        let serial = tokens.make(LABEL);
        let _ = tokens.shim(fault);
        let this = Self { tokens, room: Room::with_rehearsal_key(), serial };
        let mut approvers = String::new();
        for name in ["alice", "bob"] {
            this.room.tool(true, "ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", name]);
            let public = fs::read_to_string(this.room.path(&format!("{name}.pub"))).unwrap();
            approvers.push_str(&format!("{name} {public}"));
        }
        this.room.scratch.file("approvers", approvers);
        this.site("");
        let keygen = this.room.run(&["keygen", "--site", "SITE.toml", "first.toml", "--json"]);
        let made = this.at_the_terminal(&keygen, PIN, 0);
        let in_a_line = made.split_whitespace().collect::<Vec<_>>().join(" ");
        let warning = "WARNING: this key cannot be backed up later by this program; escrow is decided at generation";
        assert!(in_a_line.contains(warning) && made.contains("\"no_later_backup\":true"), "{made}");
        let pinned = made.split("\"public_key_sha256\":\"").nth(1).unwrap().get(..64).unwrap().to_owned();
        this.site(&format!("public_key_sha256 = \"{pinned}\"\n"));
        this
    }

    fn site(&self, pinned: &str) {
        let module = self.tokens.folder().join("shim.so");
        let serial = &self.serial;
        let text = format!(
            "[key]\nmodule = {module:?}\ntoken_label = \"{LABEL}\"\ntoken_serial = \"{serial}\"\nkey_label = \"root key\"\n{pinned}\
             [approvals]\nrequired = 2\nallowed_signers = \"approvers\"\n"
        );
        self.room.scratch.file("SITE.toml", text);
    }

    fn run_list(&self) -> Program {
        offline(["token", "list", "--login", "--module"]).arg(self.tokens.folder().join("shim.so"))
    }

    fn seen(&self, program: &Program) -> Program {
        self.tokens.seen_by(program.clone())
    }

    /// Signs `folder` with both approvals.
    fn sign(&self, folder: &str) -> Program {
        let mut sign = self.room.sign(folder);
        for name in ["alice", "bob"] {
            let listing = format!("{folder}/to-be-signed.txt");
            let _ = fs::remove_file(self.room.path(&format!("{listing}.sig")));
            self.room.tool(true, "ssh-keygen", &["-q", "-Y", "sign", "-n", "rootcast-ceremony", "-f", name, &listing]);
            fs::rename(self.room.path(&format!("{listing}.sig")), self.room.path(&format!("{name}.sig"))).unwrap();
            sign = sign.args(["--approval", &format!("{name}.sig")]);
        }
        sign
    }

    /// Runs it with somebody who types `pin`; gives the screen.
    fn at_the_terminal(&self, program: &Program, pin: &str, code: i32) -> String {
        self.typing_each(program, &[pin], code)
    }

    /// The same with a PIN for each time that it is asked for, and not once more.
    fn typing_each(&self, program: &Program, pins: &[&str], code: i32) -> String {
        let mut seat = Seat::start(&self.seen(program), 200, 50);
        let prompt = format!("PIN for token {LABEL}: ");
        for (before, pin) in pins.iter().enumerate() {
            let begun = std::time::Instant::now();
            // The prompt may be there a moment before the echo is off; then it is typed ahead and forgotten.
            while seat.screen().matches(&prompt).count() <= before || seat.echoes() {
                assert!(begun.elapsed().as_secs() < 60 && seat.running.runs(), "no prompt:\n{}", seat.screen());
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            seat.type_keys(&format!("{pin}\n"));
        }
        let begun = std::time::Instant::now();
        while seat.running.runs() {
            assert!(begun.elapsed().as_secs() < 60, "it never ended:\n{}", seat.screen());
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
        let screen = seat.screen();
        for pin in pins {
            assert!(!screen.contains(pin), "a PIN is never shown:\n{screen}");
        }
        assert_eq!(screen.matches(&prompt).count(), pins.len(), "{screen}");
        assert_eq!(seat.running.wait().code, Some(code), "{screen}");
        screen
    }
}

#[test]
fn what_a_token_cannot_do_is_said_when_it_is_rehearsed() {
    for this in TokenRoom::each("none") {
        let room = &this.room;
        room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
        let rehearse = |fault: &str, folder: &str| {
            let _ = this.tokens.shim(fault);
            this.seen(&room.rehearse("second.toml", folder))
        };
        let good = rehearse("none", "good").exits(0);
        good.says("note: token \"root-2026\", serial")
            .says("it offers CKM_ECDSA to sign with")
            .says("only after a login");
        let itself = rehearse("hashes-itself", "itself");
        if this.tokens.maker() == Maker::Kryoptic {
            itself.exits(0).says("it offers CKM_ECDSA_SHA384 to sign with");
        } else {
            // Never possible with this token: refused.
            itself.exits(2).says("error[key-unusable]").says("CKM_ECDSA or CKM_ECDSA_SHA384").says("no number burned");
            assert!(!room.path("itself").exists());
        }
        // What may be otherwise on the day is a warning.
        let would = "WARNING: `ceremony sign` would refuse this rehearsal now: ";
        let locked = rehearse("locked", "locked").exits(0);
        locked.says(would).says("CKF_USER_PIN_LOCKED").says("Before the signing: have the PIN unlocked");
        let absent = rehearse("twins", "absent").exits(0);
        absent.says(would).says("KEY-PINNED: no token has the label").says("Before the signing: plug in the token");
        // The rehearsal is as good as any other, and can be approved.
        for today in [&locked, &absent] {
            let approves = today.stdout.contains("Next: each approver signs");
            assert!(approves && !today.stderr.contains("put this right"), "{today}");
        }
        // A mistyped label would be found with the PIN, when everybody is there.
        let site = fs::read_to_string(room.path("SITE.toml")).unwrap();
        room.scratch.file("LABEL.toml", site.replace("\"root key\"", "\"rootkey\""));
        let _ = this.tokens.shim("none");
        let label = room.run(&["rehearse", "--site", "LABEL.toml", "second.toml", "-o", "label"]);
        let label = this.seen(&label).exits(0);
        let warning =
            "KEY-PINNED: this token has the pinned public key as \"root key\"; the site file says \"rootkey\"";
        assert!(label.stderr.trim_end().ends_with(warning), "{label}");
        assert!(!good.stderr.contains("this token has the pinned public key as"), "{good}");
        rehearse("final-try", "final").exits(0).says("note: token \"root-2026\": this is the final try");
        assert_eq!(room.journal().matches("number-burned").count(), 1);
        // A mechanism that is offered and refused is found before the number is burned.
        let _ = this.tokens.shim("begins-not");
        if this.tokens.maker() == Maker::Kryoptic {
            let screen = this.at_the_terminal(&this.sign("good"), PIN, 0);
            assert!(screen.contains("signs with CKM_ECDSA_SHA384"), "{screen}");
        } else {
            let screen = this.at_the_terminal(&this.sign("good"), PIN, 2);
            assert!(screen.contains("error[key-unusable]") && screen.contains("no number burned"), "{screen}");
            assert_eq!(room.journal().matches("number-burned").count(), 1, "{}", room.journal());
            let _ = this.tokens.shim("none");
            let screen = this.at_the_terminal(&this.sign("good"), PIN, 0);
            assert!(screen.contains("signs with CKM_ECDSA"), "{screen}");
        }
        let token = format!("Token {LABEL}, serial {}, ", this.serial);
        let screen = this.at_the_terminal(&this.run_list(), PIN, 0);
        assert!(screen.contains(&token) && screen.contains("    signs with  CKM_RSA_PKCS, "), "{screen}");
        assert!(screen.contains("flags       CKF_LOGIN_REQUIRED, CKF_USER_PIN_INITIALIZED"), "{screen}");
        assert!(screen.contains("may sign: yes, asks for the PIN before each use: no"), "{screen}");
    }
}

#[test]
fn what_a_token_shows_of_a_key_without_a_login_is_looked_at_when_it_is_rehearsed() {
    for tokens in SoftTokens::each() {
        let this = TokenRoom::with_key(tokens, "shown-private-key");
        let rehearse = |fault: &str, folder: &str| {
            let _ = this.tokens.shim(fault);
            this.seen(&this.room.rehearse("first.toml", folder))
        };
        if this.tokens.maker() == Maker::Kryoptic {
            rehearse("says-always-authenticate", "each-time").exits(0).says("it offers CKM_ECDSA_SHA384 to sign with");
        } else {
            // SoftHSM does not hash for ECDSA.
            let refused = rehearse("says-always-authenticate", "refused").exits(2);
            refused.says("error[key-unusable]").says("CKA_ALWAYS_AUTHENTICATE").says("CKM_ECDSA_SHA384");
        }
        let good = rehearse("none", "good").exits(0);
        good.says("it offers CKM_ECDSA to sign with");
        assert!(!good.stderr.contains("only after a login"), "{}", good.stderr);
        rehearse("no-sign", "no-sign").exits(2).says("error[key-unusable]").says("CKA_SIGN is off");
    }
}

#[test]
fn a_ceremony_with_a_key_that_asks_for_the_pin_before_each_use() {
    let Some(tokens) = SoftTokens::of_kryoptic() else { return };
    // Root and CRL of the first ceremony: the PIN three times.
    let this = TokenRoom::with(tokens, "always-authenticate");
    let room = &this.room;
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    // A wrong PIN the second time: nothing is burned, and the approvals still count.
    let screen = this.typing_each(&this.sign("second"), &[PIN, "999999"], 7);
    assert!(screen.contains("error[pin-refused]") && screen.contains("no number burned"), "{screen}");
    let screen = this.typing_each(&this.sign("second"), &[PIN, "\u{3}"], 130);
    assert!(screen.contains("error[interrupted]") && screen.contains("no number burned"), "{screen}");
    let screen = this.typing_each(&this.sign("second"), &[PIN, PIN], 0);
    assert!(screen.contains("Wrote second/signed") && screen.contains("signs with CKM_ECDSA_SHA384"), "{screen}");
    let tool = ["crl", "-noout", "-CAfile", "first/signed/root.crt.pem", "-in", "second/signed/root.crl.pem"];
    room.tool(true, "openssl", &tool);
}

#[test]
fn a_yearly_ceremony_with_a_token_and_everything_that_goes_wrong_with_it() {
    for this in TokenRoom::each("none") {
        everything_that_goes_wrong(&this);
    }
}

fn everything_that_goes_wrong(this: &TokenRoom) {
    let room = &this.room;
    room.scratch.file("second.toml", room.next_request("first", room.now - 60, ""));
    room.rehearse("second.toml", "second").exits(0);
    // One approval of two, and one twice.
    this.seen(&room.sign("second")).exits(3).says("APPROVE-QUORUM").says("0 of 2");
    let _ = this.sign("second");
    let one = room.sign("second").args(["--approval", "alice.sig", "--approval", "alice.sig"]);
    this.seen(&one).exits(3).says("APPROVE-QUORUM").says("1 of 2").says("doubled").says("bob");
    // A wrong PIN: said with the tries left, nothing burned, and the approvals still count.
    let screen = this.at_the_terminal(&this.sign("second"), "999999", 7);
    // kryoptic says so when three tries are left.
    let is_low = this.tokens.maker() == Maker::SoftHsm;
    assert_eq!(screen.contains("CKF_USER_PIN_COUNT_LOW"), is_low, "{screen}");
    assert!(screen.contains("no number burned"), "{screen}");
    // Ctrl-C instead of a PIN; and a process that is killed while it waits for one.
    let screen = this.at_the_terminal(&this.sign("second"), "\u{3}", 130);
    assert!(screen.contains("error[interrupted]") && screen.contains("no number burned"), "{screen}");
    let mut seat = Seat::start(&this.seen(&this.sign("second")), 200, 50);
    seat.wait_for_text("PIN for token");
    assert_eq!(seat.running.kill_9().signal, Some(9));
    // Nobody at the terminal.
    this.seen(&this.sign("second")).exits(7).says("KEY-PIN");
    assert_eq!(room.journal().matches("number-burned").count(), 1, "only the first: {}", room.journal());
    // A token that signs wrong: the number is burned, and nothing is released.
    let _ = this.tokens.shim("wrong-signature");
    let screen = this.at_the_terminal(&this.sign("second"), PIN, 7);
    assert!(screen.contains("signature-wrong") && screen.contains("CRL number 2 is burned"), "{screen}");
    assert!(!room.path("second/signed").exists());
    let uses = fs::read_to_string(room.path("state/journal.jsonl")).unwrap();
    let wrong = uses.lines().rev().find(|line| line.contains("\"key-used\"")).unwrap();
    let digest = wrong.split("\"signature\":\"").nth(1).and_then(|rest| rest.get(..64)).unwrap();
    assert!(wrong.contains(&format!("(SHA-256 {digest}) are not a valid")), "what the token gave is named: {wrong}");
    // A token that is pulled out in the middle takes the next number with it.
    let _ = this.tokens.shim("removed");
    room.rehearse("second.toml", "third").exits(0).says("1 -> 3");
    let screen = this.at_the_terminal(&this.sign("third"), PIN, 7);
    assert!(screen.contains("token-failed") && screen.contains("CRL number 3 is burned"), "{screen}");
    let _ = this.tokens.shim("none");
    this.seen(&this.sign("third")).exits(3).says("number-burned").says("new rehearsal and new approvals");
    // Another serial number: nobody is asked for a PIN.
    room.rehearse("second.toml", "fourth").exits(0).says("1 -> 4");
    let site = fs::read_to_string(room.path("SITE.toml")).unwrap();
    fs::write(room.path("SITE.toml"), site.replace(&this.serial, "deadbeefdeadbeef")).unwrap();
    room.rehearse("second.toml", "wrong-serial").exits(0);
    this.seen(&this.sign("wrong-serial")).exits(3).says("KEY-PINNED").says("deadbeefdeadbeef");
    fs::write(room.path("SITE.toml"), site).unwrap();
    let screen = this.at_the_terminal(&this.sign("fourth"), PIN, 0);
    assert!(screen.contains("never extractable yes") && screen.contains("Wrote fourth/signed"), "{screen}");
    let check = online([
        "check",
        "fourth/signed/root.crl",
        "--issuer",
        "first/signed/root.crt",
        "--previous",
        "first/signed/root.crl",
    ]);
    check.within(room.scratch.folder()).exits(0);
    let journal = room.journal();
    // Four entries of the first ceremony, and the rule it pinned; two refused PINs and a Ctrl-C, twice three of a burned number, a wrong serial, three at last.
    assert_eq!(journal.matches("approved by alice and bob").count(), 4 + 1 + 3 + 3 + 3 + 1 + 3, "{journal}");
    assert!(!journal.contains(PIN) && !journal.contains("999999"), "{journal}");
    let record = fs::read_to_string(room.path("fourth/record.md")).unwrap();
    assert!(record.contains(&this.serial) && record.contains("alice") && record.contains("bob"), "{record}");
}
