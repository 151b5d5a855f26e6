//! From a bare machine, the envelopes and the kit to a signed CRL; and the key of an existing root, put on paper later.

use super::attempts::copy;
use super::*;

impl Papers {
    /// The codes of all six pieces, from these two envelopes of each group, and those of the wrapped key.
    pub(super) fn all_codes(&self, from: [(u8, u8); 2]) -> Vec<String> {
        let mut codes = Vec::new();
        for (group, (one, other)) in GROUPS.into_iter().zip(from) {
            for envelope in [one, other] {
                let of_envelope = self.codes((group, envelope));
                codes.extend(of_envelope.into_iter().filter(|code| !codes.contains(code)).collect::<Vec<_>>());
            }
        }
        codes.sort_by_key(|code| code.contains(" BLOB "));
        codes
    }

    /// Scans these codes at the questions of a command.
    pub(super) fn scanned(person: &mut Person, codes: &[String]) {
        for code in codes {
            person.types(code);
            let says = if code.contains(" PIECE ") { ": right" } else { "" };
            person.waits(says);
        }
    }
}

#[test]
fn a_bare_machine_an_envelope_pair_of_each_group_and_the_kit_give_a_crl() {
    let begun = Instant::now();
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    papers.verified_by_typing([(1, 2), (2, 3)]);
    let site = &papers.site;
    site.program(&["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "first"]).exits(0);
    let mut person = Person::at(&papers.sign("first"));
    person.pin("root-2026");
    person.ends(0);
    site.scratch.file("places.txt", "the safe of the notary\n");
    let other = rootcast_tests::program::folder().join("rootcast-online");
    let other = other.to_str().unwrap();
    let kit =
        ["escrow", "kit", "--site", "SITE.toml", "--places", "places.txt", "--digest", other, "-o", "kit", "--json"];
    let made = site.program(&kit).exits(0);
    let sum = openssl_says(Command::new("sha256sum").arg(other))[..64].to_owned();
    assert_eq!(made.json()["digests"], serde_json::json!([{ "name": other, "sha256": sum }]));
    site.program(&kit).exits(8).says("No kit was written");
    let text = fs::read_to_string(site.scratch.path("kit/kit.txt")).unwrap();
    for says in ["CN=Example Root", "number 1,", &format!("{other}, SHA-256 {sum}"), "its last CRL: root.crt, last.crl"]
    {
        assert!(text.contains(says), "{says}: {text}");
    }
    // Where root and last CRL are in the state, and their copies at hand.
    let paths: Vec<&str> = text.lines().filter_map(|line| line.trim().strip_prefix("in this kit: ")).collect();
    assert_eq!(paths.len(), 2, "{text}");
    for (path, copy) in paths.iter().zip(["root.crt", "last.crl"]) {
        let read = |name: &str| fs::read(site.scratch.path(&format!("kit/{name}"))).unwrap();
        assert_eq!(read(path), read(copy), "{path}");
    }
    // Without digests of other files there are lines to fill in.
    site.program(&["escrow", "kit", "--site", "SITE.toml", "-o", "plain"]).exits(0);
    let plain = fs::read_to_string(site.scratch.path("plain/kit.txt")).unwrap();
    assert!(plain.contains("the live medium, SHA-256 ____") && !text.contains("____"), "{plain}");
    site.program(&["escrow", "kit", "--site", "SITE.toml", "--digest", "kit", "-o", "none"])
        .exits(2)
        .says("neither a file nor a disc")
        .says("No kit was written");
    let sums =
        Command::new("sha256sum").args(["-c", "SHA256SUMS"]).current_dir(site.scratch.path("kit")).output().unwrap();
    assert!(sums.status.success());
    let online_state = site.scratch.path("online");
    let trust = ["trust", "--yes", "--root", "first/signed/root.crt", "--crl", "first/signed/root.crl"];
    online(trust).state(&online_state).within(site.scratch.folder()).exits(0);
    // The disaster: host and tokens are gone. The kit and the papers are left, and the online side.
    for entry in fs::read_dir(site.scratch.folder()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if ["kit", "online"].contains(&name.as_str()) || name.ends_with(".pdf") {
            continue;
        }
        let is_folder = entry.file_type().unwrap().is_dir();
        if is_folder { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) }.unwrap();
    }
    let tokens = site.tokens.folder().join("tokens");
    fs::remove_dir_all(&tokens).unwrap();
    fs::create_dir(&tokens).unwrap();
    let serial = site.tokens.make("new");
    // Step 2: the copy of the kit's site.
    copy(&site.scratch.path("kit/site"), &site.scratch.path("site"));
    let text = fs::read_to_string(site.scratch.path("site/site.toml")).unwrap();
    let text = text.replace("root-2026", "new").replace(&site.serials[0], &serial);
    let unpinned: Vec<&str> = text.lines().filter(|line| !line.starts_with("public_key_sha256")).collect();
    site.scratch.file("site/site.toml", unpinned.join("\n"));
    let restore = |more: &[&str]| {
        site.program(&[&["escrow", "restore", "--site", "site/site.toml", "kit", "--json"], more].concat())
    };
    restore(&[]).exits(3).says("does not pin the public key of this set");
    site.scratch.file("site/site.toml", &text);
    restore(&["--set", "00000000000000"]).exits(3).says("no such set");
    let mut person = Person::at(&site.program(&["escrow", "restore", "--site", "site/site.toml", "kit"]));
    person.pin("new");
    person.waits("BOARD piece 1, line 1:");
    // What a host has in this minute is said before anybody types.
    assert!(person.seat.sentences().contains("Together they are the root key"), "{}", person.seat.screen());
    Papers::scanned(&mut person, &papers.all_codes([(1, 3), (2, 3)]));
    person.opened_none();
    let screen = person.ends(0);
    for says in [
        "The state was made from the kit",
        "never extractable no",
        "issuer = \"root.crt\"",
        "previous_crl = \"last.crl\"",
    ] {
        assert!(screen.contains(says), "{says}: {screen}");
    }
    // The yearly CRL, with the new token, and with what the kit has.
    for name in ["root.crt", "last.crl"] {
        fs::copy(site.scratch.path(&format!("kit/{name}")), site.scratch.path(name)).unwrap();
    }
    let now = rootcast_host::clock::now();
    let request = next_crl("root.crt", "last.crl", (now - 60, now + 180 * DAY));
    site.scratch.file("second.toml", request);
    site.program(&["ceremony", "rehearse", "--site", "site/site.toml", "second.toml", "-o", "second"]).exits(0);
    attempts::signs(site, "site/site.toml", "second", "new");
    let (root, crl) = (site.scratch.path("root.pem"), site.scratch.path("second/signed/root.crl"));
    openssl_says(
        Command::new("openssl")
            .args(["x509", "-inform", "DER", "-in"])
            .arg(site.scratch.path("root.crt"))
            .arg("-out")
            .arg(&root),
    );
    let check = ["crl", "-inform", "DER", "-noout", "-CAfile"];
    let said = openssl_says(Command::new("openssl").args(check).arg(&root).arg("-in").arg(&crl));
    assert!(said.contains("verify OK"), "{said}");
    // The online side, which saw nothing of all this, publishes it.
    let link = format!("file:{}", site.scratch.path("second.frames").display());
    site.program(&["send", "--yes", "second"]).link(&link).exits(0);
    online(["receive"]).link(&link).state(&online_state).exits(0).says("published");
    assert!(begun.elapsed() < Duration::from_secs(600), "the whole walk took {:?}", begun.elapsed());
}

fn openssl_says(command: &mut Command) -> String {
    let ended = command.output().unwrap();
    format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr))
}

#[test]
fn the_key_of_an_existing_root_gets_the_same_pages() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let made = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521", "-outform", "DER", "-out"];
    imported(site, &made, "P-521");
}

/// A kind that this program makes no keys of: the token is tried with the key itself, which does not stay.
#[test]
fn a_key_of_a_kind_that_is_no_longer_made_gets_the_same_pages() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let made = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER", "-out"];
    imported(site, &made, "RSA 2048");
}

/// Makes a key with `openssl`, imports it, follows the recipe of its pages, and verifies them.
fn imported(site: Site, made: &[&str], kind: &str) {
    let key = site.memory.path().join("key.p8");
    let pem = site.memory.path().join("key.pem");
    openssl_says(Command::new("openssl").args(made).arg(&pem));
    let convert = ["pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-outform", "DER", "-in"];
    openssl_says(Command::new("openssl").args(convert).arg(&pem).arg("-out").arg(&key));
    let pages = site.memory.path().to_str().unwrap().to_owned();
    let import = ["escrow", "import", key.to_str().unwrap(), "--site", "SITE.toml", "--pages", &pages, "--json"];
    let owner = ["--owner", "CN=Archaic", "--groups", "BOARD", "OPERATIONS"];
    let program = site.program(&[&import[..], &owner].concat());
    let papers = site.papers_of(&program);
    let text = &papers.texts[&("BOARD", 1)];
    assert!(text.contains("CN=Archaic") && text.contains(&format!("Key: {kind}.")), "{text}");
    let (said, wrong) = papers.follow_the_recipe(&papers.all_pieces([(1, 3), (2, 3)]));
    assert!(said.contains(&papers.pinned), "{said}{wrong}");
    papers.verified_by_typing([(1, 3), (2, 3)]);
}

#[test]
fn pages_that_were_opened_are_replaced_and_count_until_the_new_ones_are_verified() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    papers.verified_by_typing([(1, 2), (1, 2)]);
    let site = &papers.site;
    site.program(&["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "first"]).exits(0);
    let kit = ["escrow", "kit", "--site", "SITE.toml", "-o", "kit"];
    site.program(&kit).exits(0);
    site.program(&["escrow", "kit", "--site", "SECOND.toml", "-o", "other"]).exits(2).says("pins no public key");
    let (old, state) = (set_of(&papers.texts[&("BOARD", 1)]), |name: &str| site.scratch.path(name));
    copy(&state("state"), &state("older"));
    site.site("NEW.toml", "second", 1, &format!("public_key_sha256 = \"{}\"\n", papers.pinned));
    let pages = site.memory.path().to_str().unwrap();
    let restore = ["escrow", "restore", "--site", "NEW.toml", "--rewrap", pages, "kit", "--json"];
    let mut person = Person::at(&site.program(&restore));
    person.pin("second");
    person.waits("BOARD piece 1, line 1:");
    Papers::scanned(&mut person, &papers.all_codes([(1, 2), (2, 3)]));
    let mut pdfs = BTreeMap::new();
    for (group, number) in envelopes() {
        person.waits(&format!("The number of the bag for {group} envelope {number}:"));
        person.types(&bag("B", group, number));
        person.waits(&format!("Both pages of {group} envelope {number} are"));
        let pdf = site.scratch.path(&format!("new-{group}-{number}.pdf"));
        fs::copy(site.page_file(), &pdf).unwrap();
        pdfs.insert((group, number), pdf);
        let text = text_of(&site.page_file());
        assert!(!text.contains(&papers.piece(("BOARD", 1), 2)[0]), "the pieces are new");
        assert!(text.contains(&papers.pinned), "{text}");
        person.types("printed");
    }
    let screen = person.ends(0);
    assert!(screen.contains("\"bag\":\"B-3\"") && screen.contains("\"state_from_kit\":false"), "{screen}");
    let new = screen.split("\"escrow\":{\"set\":\"").nth(1).unwrap()[..14].to_owned();
    // The old pages are verified, and so the root signs; that the new ones are not is said.
    let mut person = Person::at(&papers.sign("first"));
    person.pin("root-2026");
    let screen = person.ends(0);
    assert!(screen.contains(&format!("newer pages (the set {new})")), "{screen}");
    site.program(&["escrow", "destroyed", "--set", &old]).exits(2).says("its only ones that count");
    // A state from before them does not go with a kit from after them.
    site.program(&["escrow", "kit", "--site", "SITE.toml", "-o", "newer"]).exits(0);
    for (from, to) in [("state", "newest"), ("older", "state")] {
        fs::rename(state(from), state(to)).unwrap();
    }
    site.program(&["escrow", "restore", "--site", "NEW.toml", "newer"])
        .exits(2)
        .says("the state is older than the kit");
    for (from, to) in [("state", "older"), ("newest", "state")] {
        fs::rename(state(from), state(to)).unwrap();
    }
    // The drill asks for the bags of both sets. One that was opened gets its new number later, without a piece or a token.
    let mut person = Person::at(&site.program(&["escrow", "bags", "--set", &old, "--json"]));
    for (answer, says) in
        [("A-1", "A bag is used once"), ("broken", "is not broken or missing"), ("C-1", "BOARD envelope 2")]
    {
        person.waits("The new bag of BOARD envelope 1, or Return");
        person.types(answer);
        person.waits(says);
    }
    person.seat.running.interrupt();
    let screen = person.ends(0);
    assert!(screen.contains("\"bag\":\"C-1\"") && screen.contains(&format!("`escrow bags --set {old}`")), "{screen}");
    let mut person = Person::at(&site.program(&["escrow", "drill", "--seals-only"]));
    let mut asked = 0;
    for (begin, (group, number)) in ["A", "B"].into_iter().flat_map(|begin| envelopes().map(move |of| (begin, of))) {
        asked += 1;
        while person.seat.screen().matches("The number on the bag of ").count() < asked {
            assert!(person.seat.running.runs(), "{}", person.seat.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
        person.waits(&format!("The number on the bag of {group} envelope {number}:"));
        let is_new = begin == "A" && (group, number) == ("BOARD", 1);
        person.types(&if is_new { "C-1".to_owned() } else { bag(begin, group, number) });
    }
    let screen = person.ends(0);
    assert!(screen.contains("Seals: 12 of 12 are right"), "{screen}");
    // The new pages are verified with the old token. Whoever stops at the witness says it later.
    site.site("OLD.toml", "root-2026", 0, "");
    let mut person = Person::at(&site.program(&["escrow", "verify", "--site", "OLD.toml", "--set", &new]));
    person.pin("root-2026");
    person.waits("BOARD piece 1, line 1:");
    let mut codes = Vec::new();
    for envelope in [("BOARD", 1), ("BOARD", 2), ("OPERATIONS", 2), ("OPERATIONS", 3)] {
        let folder = site.scratch.path(&format!("new-{}-{}", envelope.0, envelope.1));
        let of_envelope = codes_of(&pdfs[&envelope], &folder);
        codes.extend(of_envelope.into_iter().filter(|code| !codes.contains(code)).collect::<Vec<_>>());
    }
    codes.sort_by_key(|code| code.contains(" BLOB "));
    Papers::scanned(&mut person, &codes);
    person.opened_none();
    person.waits("Destroy these pages before a witness.");
    person.seat.running.interrupt();
    let screen = person.ends(0);
    for says in [format!("`escrow destroyed --set {old}`"), "The root may be signed now.".to_owned()] {
        assert!(screen.contains(&says), "{says}: {screen}");
    }
    let mut person = Person::at(&site.program(&["escrow", "destroyed", "--set", &old]));
    person.waits("Then type the witness's name");
    person.types("alice");
    let screen = person.ends(0);
    assert!(screen.contains("are destroyed, as the journal says now"), "{screen}");
    site.program(&["escrow", "destroyed", "--set", &new]).exits(2).says("its only ones that count");
    site.program(&["escrow", "token-gone", "--serial", "none", "--because", "shredded"])
        .exits(2)
        .says("nothing in the journal");
}
