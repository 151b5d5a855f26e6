//! `journal audit`: every signature that was ever made, and what became of it.

use super::*;

#[test]
fn an_auditor_sees_every_signature_with_its_fate_and_the_links_that_carried_it() {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &room.certificate()));
    room.rehearse("second.toml", "second").exits(0);
    room.sign("second").exits(0);
    let link = format!("file:{}", room.path("second.frames").display());
    offline(["send", "--yes"]).state(&room.path("state")).link(&link).arg(room.path("second")).exits(0);
    let audit = |more: &[&str]| {
        offline(["journal", "audit"]).args(more).state(&room.path("state")).within(room.scratch.folder())
    };

    let told = audit(&["--json"]).exits(0).json();
    let signatures = told["signatures"].as_array().unwrap();
    assert_eq!(told["all"], 4);
    let of = |key: &str| -> Vec<String> {
        signatures.iter().map(|one| one[key].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(of("kind"), ["root", "crl", "crl", "certificate"]);
    assert!(of("name")[..3].iter().all(|name| name == "CN=Example Root, O=Example, C=CH"), "{told}");
    assert_eq!((of("number")[1].as_str(), of("number")[2].as_str()), ("1", "2"));
    for (signature, file) in signatures.iter().zip([
        "first/signed/root.crt",
        "first/signed/root.crl",
        "second/signed/root.crl",
        "second/signed/issuing.crt",
    ]) {
        let der = fs::read(room.path(file)).unwrap();
        assert_eq!(signature["signed_sha256"], Digest::of(&der).to_string(), "{file}");
        assert_eq!((&signature["released"], &signature["read_back"]), (&true.into(), &true.into()), "{file}");
        let links: Vec<&str> =
            signature["sent"].as_array().unwrap().iter().map(|sent| sent["link"].as_str().unwrap()).collect();
        let is_sent = file.starts_with("second/");
        assert_eq!(links, if is_sent { vec![link.as_str()] } else { Vec::new() }, "{file}");
    }
    let serial = room.tool(
        true,
        "openssl",
        &["x509", "-inform", "DER", "-in", "second/signed/issuing.crt", "-noout", "-serial"],
    );
    assert_eq!(of("number")[3], serial.trim().strip_prefix("serial=").unwrap().to_lowercase());

    // Results are on standard output, and on nothing else.
    let text = audit(&[]).exits(0);
    assert!(text.stdout.starts_with("4 signatures, all that this journal has"), "{text}");
    for says in [
        "CRL number 2 of CN=Example Root",
        "sent        never",
        "approved by nobody",
        "token       none: the key is a file, NO HSM",
    ] {
        assert!(text.stdout.contains(says) && !text.stderr.contains(says), "{says}\n{text}");
    }
    // A part of them.
    assert!(audit(&["--kind", "crl"]).exits(0).stdout.starts_with("2 signatures of 4"));
    assert!(audit(&["--kind", "crl", "--kind", "root"]).exits(0).stdout.starts_with("3 signatures of 4"));
    assert!(audit(&["--since", "2999-01-01"]).exits(0).stdout.starts_with("0 signatures of 4"));
    assert!(audit(&["--since", "2020-01-01 10:00"]).exits(0).stdout.starts_with("4 signatures, all"));
    audit(&["--since", "yesterday"]).exits(2).says("is not understood as a time; write it like 2026-11-21");
    audit(&["--kind", "bundle"]).exits(2).says("certificate");

    // And as pages, which are written once.
    audit(&["--pdf", "audit.pdf"]).exits(0);
    audit(&["--pdf", "audit.pdf"]).exits(2).says("error[output-exists]");
    let Ok(pages) =
        Command::new("pdftotext").args(["-layout", "audit.pdf", "-"]).current_dir(room.scratch.folder()).output()
    else {
        return skipped("the pages of the audit are not read: pdftotext (poppler-utils) is not installed");
    };
    let pages = String::from_utf8(pages.stdout).unwrap();
    for signature in signatures {
        assert!(pages.contains(signature["signed_sha256"].as_str().unwrap()), "{pages}");
    }
    let head = told["head"].as_str().unwrap();
    assert!(pages.contains(&format!("journal head {}", &head[..16])) && pages.contains("page 1 of 1"), "{pages}");
}

#[test]
fn items_travel_under_their_issuer_and_number_and_keep_their_file_names_here() {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &room.certificate()));
    room.rehearse("second.toml", "second").exits(0);
    room.sign("second").exits(0);
    let online_state = room.path("online");
    let trust = online(["trust", "--yes"]).state(&online_state).arg("--root").arg(room.path("first/signed/root.crt"));
    trust.exits(0);
    let link = format!("file:{}", room.path("second.frames").display());
    let sent = offline(["send", "--yes", "--json"]).state(&room.path("state")).link(&link).arg(room.path("second"));
    let sent = sent.exits(0).json();
    let received = online(["receive", "--json"]).state(&online_state).link(&link).run().json();
    let names = |items: &serde_json::Value, key: &str| -> Vec<String> {
        items.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&sent["items"], "file"), ["root.crl", "issuing.crt"]);
    let travelled = names(&received["objects"][0]["items"], "name");
    let serial = room.tool(
        true,
        "openssl",
        &["x509", "-inform", "DER", "-in", "second/signed/issuing.crt", "-noout", "-serial"],
    );
    let serial = serial.trim().strip_prefix("serial=").unwrap().to_lowercase();
    assert_eq!(travelled, ["Example-Root-2.crl".to_owned(), format!("Example-Issuing-CA-{}.crt", &serial[..16])]);
    // The journal has the same names.
    let journal = room.journal();
    assert!(travelled.iter().all(|name| journal.contains(name.as_str())), "{journal}");
}

/// Scripts and pagers read results from standard output. Progress, notes and warnings go to standard error.
#[test]
fn the_results_of_check_and_of_the_journal_are_on_standard_output_and_notes_are_not() {
    let room = Room::after_the_first();
    let at_state = |program: Program| program.state(&room.path("state")).within(room.scratch.folder());
    for (program, code, result) in [
        (offline(["check", "first/signed/root.crl"]), 0, "CRL number 1 of CN=Example Root"),
        (offline(["check", "SITE.toml"]), 3, "rejected"),
        (offline(["journal", "verify"]), 0, "internally consistent"),
        (offline(["journal", "show"]), 0, "key-used"),
        (offline(["journal", "audit"]), 0, "CRL number 1 of CN=Example Root"),
    ] {
        let ended = at_state(program).exits(code);
        assert!(ended.stdout.contains(result) && !ended.stderr.contains(result), "{result}\n{ended}");
    }
    // A bundle is a file that may have been copied out of here.
    at_state(offline(["bundle", "-o", "one.bundle", "first/signed/root.crl"])).exits(0);
    let told = at_state(offline(["journal", "audit", "--json"])).exits(0).json();
    let bundled: Vec<&serde_json::Value> =
        told["signatures"].as_array().unwrap().iter().map(|one| &one["bundled"]).collect();
    assert_eq!((bundled[0].as_array().unwrap().len(), &bundled[1][0]["manifest_number"]), (0, &1.into()), "{told}");
    let audit = at_state(offline(["journal", "audit", "--kind", "crl"])).exits(0);
    assert!(audit.stdout.contains("bundled     manifest 1, at 2"), "{audit}");
    assert!(!audit.stdout.contains("never"), "{audit}");
    at_state(offline(["journal", "audit", "--kind", "crll"])).exits(2).says("Did you mean crl?");
    // No log is written among the files of a ceremony.
    for log in ["first/new.jsonl", "first/to-be-signed.txt", "first/signed/new.jsonl"] {
        let before = tree(&room.path("first"));
        for step in [room.sign("first"), room.run(&["record", "first"])] {
            step.arg("--log").arg(room.path(log)).exits(2).says("among the files of the ceremony");
        }
        assert_eq!(tree(&room.path("first")), before);
    }
    let link = "file:result.frames";
    let sent = at_state(offline(["send", "--yes", "first/signed/root.crl"])).link(link).exits(0);
    assert!(sent.stderr.contains("To be sent:") && !sent.stdout.contains("To be sent:"), "{sent}");
}
