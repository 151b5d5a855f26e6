//! Attempts that ended early, after a set was whole: they take nothing away, and what they left is cleared up or named.

use super::*;

impl Papers {
    /// Verified, with a kit, and a first ceremony rehearsed for the first token.
    pub(super) fn verified(self) -> Self {
        self.verified_by_typing([(1, 2), (1, 2)]);
        let site = &self.site;
        site.program(&["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "first"]).exits(0);
        site.program(&["escrow", "kit", "--site", "SITE.toml", "-o", "kit"]).exits(0);
        site.site("NEW.toml", "second", 1, &format!("public_key_sha256 = \"{}\"\n", self.pinned));
        for (folder, name) in self.kept() {
            copy(&folder.join(name), &folder.join(format!("{name}.kept")));
        }
        self
    }

    /// `escrow restore` into the second token, after the pieces; with `--rewrap` its pages go to the same folder.
    pub(super) fn restoring(&self, rewrap: bool, seen: impl Fn(Program) -> Program) -> Person {
        let pages = self.site.memory.path().to_str().unwrap();
        let mut arguments = vec!["escrow", "restore", "--site", "NEW.toml", "kit", "--json"];
        if rewrap {
            arguments.extend(["--rewrap", pages]);
        }
        let mut person = Person::at(&seen(self.site.program(&arguments)));
        person.pin("second");
        // A key that a killed run left is destroyed by whoever says so.
        let mut is_asked = false;
        while !person.seat.screen().contains("BOARD piece 1, line 1:") {
            assert!(person.seat.running.runs(), "{}", person.seat.screen());
            if !is_asked && person.seat.screen().contains("Type destroy to destroy it in this token") {
                person.types("destroy");
                is_asked = true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        person
    }

    pub(super) fn scan_all(&self, person: &mut Person) {
        Papers::scanned(person, &self.all_codes([(1, 2), (2, 3)]));
    }

    /// The number of the bag, and the pages of so many envelopes.
    fn envelopes_of(person: &mut Person, count: usize) {
        for (group, number) in envelopes().take(count) {
            person.waits(&format!("The number of the bag for {group} envelope {number}:"));
            person.types(&format!("{group}-{number}"));
            person.waits(&format!("Both pages of {group} envelope {number} are"));
            person.types("printed");
        }
    }

    /// The set that the first envelope names.
    pub(super) fn set(&self) -> String {
        set_of(&self.texts[&("BOARD", 1)])
    }
}

pub(super) fn sign(site: &Site, file: &str, folder: &str) -> Program {
    let now = rootcast_host::clock::rfc3339(rootcast_host::clock::now());
    let sign = ["ceremony", "sign", "--site", file, folder, "--yes", "--utc", &now];
    let head = head_on_paper(&site.scratch.path("state"));
    let head = head.map_or_else(Vec::new, |head| vec!["--head".to_owned(), head]);
    site.program(&sign).args(head)
}

pub(super) fn signs(site: &Site, file: &str, folder: &str, label: &str) {
    let mut person = Person::at(&sign(site, file, folder));
    person.pin(label);
    person.ends(0);
}

#[test]
fn a_rewrap_that_ended_early_takes_nothing_away_from_the_set_before_it() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers().verified();
    let (site, set) = (&papers.site, papers.set());
    // Somebody stops at the first page; a second run is killed after the first envelope.
    let mut person = papers.restoring(true, |program| program);
    papers.scan_all(&mut person);
    Papers::envelopes_of(&mut person, 1);
    person.waits("The number of the bag for BOARD envelope 2:");
    person.seat.running.interrupt();
    let screen = person.ends(130);
    // What is destroyed and what is kept is said by the names of the sets.
    assert!(screen.contains(&format!("KEEP the pages of the set {set}")), "{screen}");
    assert!(screen.contains("that was printed in this run") && !screen.contains("a new key"), "{screen}");
    assert!(!screen.contains(&format!("Destroy every page of the set {set}")), "{screen}");
    let mut person = papers.restoring(true, |program| program);
    papers.scan_all(&mut person);
    Papers::envelopes_of(&mut person, 1);
    person.waits("The number of the bag for BOARD envelope 2:");
    let _ = person.seat.running.kill_9();
    // A rehearsal names the set that counts; `verify` asks for it, and says what was killed.
    site.program(&["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "again"])
        .exits(0)
        .says(&format!("was restored from its pages (the set {set})"));
    let mut person = papers.verify(&[]);
    person.waits(&format!("Set {set},"));
    assert!(person.seat.screen().contains("was killed. Destroy its pages"), "{}", person.seat.screen());
    person.waits("BOARD piece 1, line 1:");
    person.seat.type_keys("\u{3}");
    person.ends(130);
    // A set that ended early is refused by its name.
    let shown = site.program(&["journal", "show"]).exits(0);
    let killed = shown.stdout.lines().rev().find(|line| line.contains("ended early")).unwrap();
    let killed = killed.split_whitespace().find(|word| word.len() >= 14 && word.trim_end_matches(':').len() == 14);
    let killed = killed.unwrap().trim_end_matches(':').to_owned();
    site.program(&["escrow", "verify", "--site", "SECOND.toml", "--set", &killed]).exits(3).says("ended early");
    // The old set restores the key, and the root is signed with the first token.
    let mut person = papers.restoring(false, |program| program);
    papers.scan_all(&mut person);
    person.opened_none();
    person.ends(0);
    signs(site, "SITE.toml", "first", "root-2026");
}

#[test]
fn a_rewrap_that_was_killed_with_the_key_in_the_token_is_cleared_up_by_the_next() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers().verified();
    papers.site.by_shim("NEW.toml", "none");
    // The calls of a run that nobody kills, up to the key that stays.
    let mut person = papers.restoring(true, |program| program.env("ROOTCAST_SHIM_KILL", "0"));
    papers.scan_all(&mut person);
    Papers::envelopes_of(&mut person, 6);
    person.ends(0);
    let unwrap = last_unwrap(&papers.site);
    papers.forget_second();
    let mut person = papers.restoring(true, |program| program.env("ROOTCAST_SHIM_KILL", format!("-{unwrap}")));
    papers.scan_all(&mut person);
    Papers::envelopes_of(&mut person, 6);
    ends_killed(&mut person);
    for rewrap in [true, false] {
        let mut person = papers.restoring(rewrap, |program| program);
        let screen = person.seat.screen();
        assert_eq!(screen.contains("that it left on the token were destroyed"), rewrap, "{screen}");
        if rewrap {
            assert!(screen.contains("was killed. Destroy its pages"), "{screen}");
            person.seat.type_keys("\u{3}");
            person.ends(130);
        } else {
            papers.scan_all(&mut person);
            person.opened_none();
            person.ends(0);
        }
    }
}

#[test]
fn a_restore_that_was_killed_does_not_sign_until_it_ended_well() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers().verified();
    let site = &papers.site;
    papers.kill_a_restore();
    // The key is in the token, and the journal does not say that it proved itself.
    sign(site, "NEW.toml", "new").exits(3).says("escrow-unfinished").says("escrow restore").says(&papers.set());
    let mut person = papers.restoring(false, |program| program);
    assert!(person.seat.screen().contains("was killed"), "{}", person.seat.screen());
    papers.scan_all(&mut person);
    person.opened_none();
    person.ends(0);
    signs(site, "NEW.toml", "new", "second");
}

#[test]
fn an_import_that_ended_early_leaves_the_root_as_it_was() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let key = site.memory.path().join("key.pem");
    let made = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out"];
    assert!(Command::new("openssl").args(made).arg(&key).output().unwrap().status.success());
    let der = Command::new("openssl").args(["pkey", "-pubout", "-outform", "DER", "-in"]).arg(&key).output().unwrap();
    let pinned = rootcast_protocol::digest::Digest::of(&der.stdout).to_string();
    // A root without escrow: its key was put into its token by other means.
    let import = ["--import", key.to_str().unwrap(), "--token", "root-2026", "--label", "root key", "--id", "a1"];
    let mut tool = Command::new("softhsm2-util");
    tool.args(["--pin", PIN]).args(import).env("SOFTHSM2_CONF", site.tokens.folder().join("softhsm2.conf"));
    assert!(tool.output().unwrap().status.success());
    site.site("SITE.toml", "root-2026", 0, &format!("public_key_sha256 = \"{pinned}\"\n"));
    let text = fs::read_to_string(site.scratch.path("first.toml")).unwrap();
    site.scratch.file("first.toml", text.split("[escrow]").next().unwrap());
    site.program(&["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "first"]).exits(0);
    let pages = site.memory.path().to_str().unwrap();
    let owner = ["--pages", pages, "--owner", "CN=Archaic", "--groups", "BOARD", "OPERATIONS", key.to_str().unwrap()];
    let program = site.program(&[&["escrow", "import", "--site", "SECOND.toml"], &owner[..]].concat());
    // Ended at the PIN, in a state that is made by it; then at the first bag; then killed there.
    for (question, ending) in
        [("PIN for token second: ", None), ("The number of the bag", None), ("The number of the bag", Some(()))]
    {
        let mut person = Person::at(&program);
        if question.starts_with("PIN") {
            person.waits(question);
            person.seat.until(|seat| !seat.echoes());
            person.seat.type_keys("\u{3}");
            person.ends(130);
            continue;
        }
        person.pin("second");
        person.waits(question);
        match ending {
            None => {
                person.seat.running.interrupt();
                person.ends(130);
            }
            Some(()) => drop(person.seat.running.kill_9()),
        }
    }
    // The root signs with its own token, as if nobody had tried.
    signs(&site, "SITE.toml", "first", "root-2026");
    // The key of somebody else does not get this root's pages. A key on a disk is said aloud.
    let other = site.memory.path().join("other.pem");
    assert!(Command::new("openssl").args(made).arg(&other).output().unwrap().status.success());
    let import = |owner: &str, key: &Path| {
        let groups = ["--groups", "BOARD", "OPERATIONS", key.to_str().unwrap()];
        site.program(
            &[&["escrow", "import", "--site", "SECOND.toml", "--pages", pages, "--owner", owner], &groups[..]].concat(),
        )
    };
    for owner in ["CN=Example Root", "CN=Example Root, O=Example, C=CH", "cn=EXAMPLE  root,o=example"] {
        import(owner, &other).exits(2).says("has another key than this file");
    }
    import("the board", &other).exits(7).says("--owner was not compared with the root CN=Example Root");
    import("CN=Archaic", &other).exits(7).says("standard input is not a terminal");
    let on_disk = site.scratch.path("key.pem");
    fs::copy(&key, &on_disk).unwrap();
    let said = import("CN=Example Root", &on_disk).exits(7);
    let kind = Command::new("stat").args(["-f", "-c", "%T"]).arg(&on_disk).output().unwrap();
    if kind.stdout.starts_with(b"tmpfs") {
        skipped("escrow: the scratch folder is in memory, so no key is on a disk");
    } else {
        said.says("is on a disk, not in memory");
    }
}

/// Neither token has a serial number, and nothing of the run that was killed is in this one: only a person knows whether it
/// was this token. Whoever does not answer ends the command; nothing is taken for an answer.
#[test]
fn whoever_stops_at_the_question_whether_it_was_this_token_ends_the_command() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    site.by_shim("SECOND.toml", "no-serial");
    let text = fs::read_to_string(site.scratch.path("SECOND.toml")).unwrap();
    site.scratch.file("SECOND.toml", text.replace(&format!("{:?}", site.serials[1]), "\"\""));
    let key = site.memory.path().join("key.pem");
    let made = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384", "-out"];
    assert!(Command::new("openssl").args(made).arg(&key).output().unwrap().status.success());
    let pages = site.memory.path().to_str().unwrap();
    let owner = ["--pages", pages, "--owner", "CN=Archaic", "--groups", "BOARD", "OPERATIONS", key.to_str().unwrap()];
    let import = site.program(&[&["escrow", "import", "--site", "SECOND.toml"], &owner[..]].concat());
    let mut person = Person::at(&import);
    person.pin("second");
    person.waits("The number of the bag");
    let _ = person.seat.running.kill_9();
    let question = "Type same if it was this token, or Return if it was another:";
    let said = |stop: &dyn Fn(&mut Person), code: i32| {
        let mut person = Person::at(&import);
        person.pin("second");
        person.waits(question);
        stop(&mut person);
        let screen = person.ends(code);
        assert!(!screen.contains("The number of the bag") && screen.contains("No key was kept"), "{screen}");
        screen
    };
    let screen = said(&|person| person.seat.running.interrupt(), 130);
    assert!(screen.contains("Interrupted at the question whether it was this token"), "{screen}");
    let screen = said(&|person| person.seat.type_keys("\u{4}"), 2);
    assert!(screen.contains("Nobody could be asked whether it was this token"), "{screen}");
    // Another token: the run goes on, and the question comes again with the next one.
    for (answer, says) in [("", Some("The next command of escrow with that token looks for it")), ("same", None)] {
        let mut person = Person::at(&import);
        person.pin("second");
        person.waits(question);
        person.types(answer);
        person.waits("The number of the bag");
        assert!(says.is_none_or(|says| person.seat.sentences().contains(says)), "{}", person.seat.screen());
        person.seat.running.interrupt();
        person.ends(130);
    }
    let mut person = Person::at(&import);
    person.pin("second");
    person.waits("The number of the bag");
    assert!(!person.seat.sentences().contains(question), "the journal says how that run ended");
    person.seat.running.interrupt();
    person.ends(130);
}

/// The number of the last call of C_UnwrapKey.
pub(super) fn last_unwrap(site: &Site) -> String {
    let calls = SoftTokens::calls(site.tokens.folder());
    let mut unwraps = calls.iter().filter_map(|line| line.strip_prefix("call ")?.strip_suffix(": 61"));
    unwraps.next_back().unwrap().to_owned()
}

pub(super) fn ends_killed(person: &mut Person) {
    person.seat.until(|seat| !seat.running.runs());
}

impl Papers {
    /// A whole restore, behind a module that counts its calls. Then a rehearsal, which reads the public key in that token.
    pub(super) fn count_a_restore(&self) {
        self.site.by_shim("NEW.toml", "none");
        let mut person = self.restoring(false, |program| program.env("ROOTCAST_SHIM_KILL", "0"));
        self.scan_all(&mut person);
        person.opened_none();
        person.ends(0);
        let rehearse = ["ceremony", "rehearse", "--site", "NEW.toml", "first.toml", "-o", "new"];
        self.site.program(&rehearse).exits(0);
    }

    /// A restore that is killed when the key has just come into the token to stay; a rehearsal with it was made before.
    pub(super) fn kill_a_restore(&self) {
        self.count_a_restore();
        let unwrap = last_unwrap(&self.site);
        self.forget_second();
        let mut person = self.restoring(false, |program| program.env("ROOTCAST_SHIM_KILL", format!("-{unwrap}")));
        self.scan_all(&mut person);
        ends_killed(&mut person);
    }

    /// Tokens and state are again as [`Papers::verified`] left them.
    pub(super) fn forget_second(&self) {
        for (folder, name) in self.kept() {
            fs::remove_dir_all(folder.join(name)).unwrap();
            copy(&folder.join(format!("{name}.kept")), &folder.join(name));
        }
    }

    fn kept(&self) -> [(&Path, &str); 2] {
        [(self.site.tokens.folder(), "tokens"), (self.site.scratch.folder(), "state")]
    }
}

pub(super) fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).output().unwrap();
    assert!(copied.status.success(), "{}", String::from_utf8_lossy(&copied.stderr));
}
