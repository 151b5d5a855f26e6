//! A CRL that revokes many of the CA certificates in use: somebody confirms it by hand, at the rehearsal and at the signing.
//! The online side shows it first, and holds it only where `trust --hold-mass-revocation` asked for it.

use rootcast_tests::pty::Seat;

use super::*;

impl Room {
    /// A room whose root has four CA certificates in use: `ca-1` to `ca-4` in the folder `second`.
    fn with_four_certificates() -> Self {
        let room = Self::after_the_first();
        let mut more = String::new();
        for number in 1..=4 {
            let (key, csr) = (format!("ca-{number}.key"), format!("ca-{number}.csr"));
            let curve = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", &key];
            room.tool(true, "openssl", &curve);
            room.tool(true, "openssl", &["req", "-new", "-key", &key, "-subj", "/CN=anything", "-out", &csr]);
            let named = room.certificate().replace("issuing.csr", &csr);
            more += &named.replace("CN=Example Issuing CA", &format!("CN=Example CA {number}"));
        }
        room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &more));
        room.rehearse("second.toml", "second").exits(0);
        room.sign("second").exits(0);
        room
    }

    /// Writes the request `third.toml`, which revokes these certificates.
    fn revoke(&self, numbers: &[u8]) {
        let date = at(self.now - 600);
        let entry = |number: &u8| {
            format!(
                "[[crl.revoke]]\ncertificate = \"second/signed/ca-{number}.crt\"\nreason = \"superseded\"\ndate = \"{date}\"\n"
            )
        };
        let more: String = numbers.iter().map(entry).collect();
        self.scratch.file("third.toml", self.next_request("second", self.now - 60, &more));
    }
}

#[test]
fn more_than_a_quarter_of_the_certificates_in_use_are_confirmed_by_hand_and_a_quarter_is_not() {
    let room = Room::with_four_certificates();
    room.revoke(&[1]);
    let alone = room.rehearse("third.toml", "one").exits(0);
    assert!(!alone.stderr.contains("WARNING: CRL-IN-USE"), "{alone}");

    room.revoke(&[1, 3]);
    let refused = room.rehearse("third.toml", "two").exits(2);
    refused.says("error[not-confirmed]").says("revokes 2 of 4 CA certificates that this root has in use here");
    refused.says("CN=Example CA 1, O=Example, C=CH, serial ").says("CN=Example CA 3").says("nothing was written");
    assert!(!refused.stderr.contains("CN=Example CA 2") && !room.path("two").exists(), "{refused}");

    for (typed, is_meant) in [("revoke", false), ("revoke 4", false), ("yes", false), ("Revoke  2", true)] {
        let rehearse = room.rehearse("third.toml", "two");
        let mut seat = Seat::start(&rehearse, 200, 60);
        seat.wait_for_text("Type revoke 2 if all of them are meant:");
        // What is not the words is asked again, and Return alone ends it.
        seat.type_keys(&if is_meant { format!("{typed}\n") } else { format!("{typed}\n\n") });
        seat.wait_for_text(if is_meant { "Next: each approver signs" } else { "error[not-confirmed]" });
        let (screen, code) = (seat.screen(), seat.running.wait().code);
        assert_eq!((code, room.path("two").exists()), (Some(if is_meant { 0 } else { 2 }), is_meant), "{screen}");
    }

    // At the signing nothing is burned before somebody says so.
    let now = at(rootcast_host::clock::now());
    let sign = room.run(&["sign", "--site", "SITE.toml", "two", "--utc", &now]).args(room.paper_head());
    for typed in ["revoke 1", "revoke 2"] {
        let mut seat = Seat::start(&sign, 200, 60);
        seat.wait_for_text("Type revoke 2 if all of them are meant:");
        seat.type_keys(&if typed == "revoke 2" { format!("{typed}\n") } else { format!("{typed}\n\n") });
        if typed == "revoke 2" {
            let listing = Digest::of(&fs::read(room.path("two/to-be-signed.txt")).unwrap());
            seat.wait_for_text("Type the 8 words");
            let words = rootcast_protocol::words::spell(listing.as_bytes(), rootcast_protocol::words::SHORT);
            seat.type_keys(&format!("{words}\n"));
            seat.wait_for_text("The next signing asks for it");
        } else {
            seat.wait_for_text("no number burned");
        }
        let (screen, code) = (seat.screen(), seat.running.wait().code);
        assert_eq!(code, Some(if typed == "revoke 2" { 0 } else { 2 }), "{screen}");
    }
    // Two of the four are in use now, so that one more is a mass revocation. A script says so with --yes.
    let date = at(room.now - 30);
    let more = format!(
        "[[crl.revoke]]\ncertificate = \"second/signed/ca-2.crt\"\nreason = \"superseded\"\ndate = \"{date}\"\n"
    );
    room.scratch.file("fourth.toml", room.next_request("two", room.now, &more));
    room.rehearse("fourth.toml", "four").exits(2).says("revokes 1 of 2 CA certificates");
    room.rehearse("fourth.toml", "four").arg("--yes").exits(0).says("WARNING: CRL-IN-USE");
    room.sign("four").exits(0).says("WARNING: CRL-IN-USE");
}

#[test]
fn a_mass_revocation_is_held_online_only_where_trust_asked_for_it_and_a_number_asks_offline_too() {
    let room = Room::with_four_certificates();
    let root = room.path("first/signed/root.crt");
    // The same number, chosen offline, asks at a ceremony also below a quarter; a higher one weakens it.
    let trust = |most: &str| {
        let trust = offline(["trust", "--yes", "--hold-mass-revocation", most, "--root"]).arg(&root);
        trust.state(&room.path("state")).exits(0)
    };
    trust("0");
    room.revoke(&[1]);
    let asked = room.rehearse("third.toml", "third").exits(2);
    asked.says("revokes 1 of 4 CA certificates").says("more than 0 are held online");
    trust("1").says("a CRL may revoke 1 CA certificates without a decision, and 0 before");
    room.revoke(&[1, 2]);
    let said = room.rehearse("third.toml", "third").arg("--yes").exits(0);
    said.says("CRL-IN-USE").says("the online side will hold this (CRL-IN-USE)");
    room.sign("third").exits(0);
    let send = |folder: &str| {
        let link = format!("file:{}", room.path(&format!("{folder}.frames")).display());
        offline(["send", "--yes"]).state(&room.path("state")).link(&link).arg(room.path(folder)).exits(0)
    };
    send("second");
    send("third");
    for (state, options, held) in [("free", &[][..], false), ("two", &["2"], false), ("one", &["1"], true)] {
        let state = room.path(state);
        let trust = online(["trust", "--yes"]).state(&state).arg("--root").arg(&root);
        let trust = trust.arg("--crl").arg(room.path("first/signed/root.crl"));
        let trust = options.iter().fold(trust, |trust, most| trust.args(["--hold-mass-revocation", most]));
        trust.exits(0);
        let receive = |folder: &str, code| {
            let link = format!("file:{}", room.path(&format!("{folder}.frames")).display());
            online(["receive"]).state(&state).link(&link).exits(code)
        };
        receive("second", 0);
        let received = receive("third", if held { 9 } else { 0 });
        let first = received.stderr.lines().find(|line| line.contains("[CRL-")).unwrap().to_owned();
        assert!(first.contains("[CRL-IN-USE]"), "{received}");
        let crl = fs::read(room.path("third/signed/root.crl")).unwrap();
        let is_published = || tree(&state.join("published")).iter().any(|(_, found)| *found == crl);
        assert_eq!(is_published(), !held, "{received}");
        if held {
            received.says(
                "revokes 2 CA certificates that are published here and have not ended; more than 1 need a decision",
            );
            let list = online(["held", "list", "--json"]).state(&state).exits(0).json();
            let id = list["held"][0]["id"].as_str().unwrap().to_owned();
            let accept = online(["held", "accept", &id, "--by", "A. Admin", "--because", "the offline side meant it"]);
            accept.state(&state).exits(0);
            assert!(is_published());
        }
    }
}
