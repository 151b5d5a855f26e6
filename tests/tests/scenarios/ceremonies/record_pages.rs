//! The record is evidence by itself: its first page has the facts, and they are what `openssl` reads in the signed files.

use rootcast_protocol::words::{LONG, SHORT, spell};

use super::*;

/// The pages of a PDF as text, by `pdftotext`; `None` where it is not installed.
fn pages_of(pdf: &Path) -> Option<Vec<String>> {
    let ended = Command::new("pdftotext").args(["-layout"]).arg(pdf).arg("-").output();
    let Ok(ended) = ended else {
        skipped("the record's pages are not read: pdftotext (poppler-utils) is not installed");
        return None;
    };
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
    let text = String::from_utf8(ended.stdout).unwrap();
    Some(text.split('\u{c}').filter(|page| !page.trim().is_empty()).map(in_one_line).collect())
}

/// Without the spaces and line ends that set it on a page.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first page of the record in `folder` and how many pages there are, after what every page says was checked.
fn first_page(room: &Room, folder: &str) -> Option<(String, usize)> {
    let pages = pages_of(&room.path(folder).join("record.pdf"))?;
    let listing = Digest::of(&fs::read(room.path(folder).join("to-be-signed.txt")).unwrap()).to_string();
    let id = format!("ceremony {}", &listing[..16]);
    for (index, page) in pages.iter().enumerate() {
        let foot = format!("{id} page {} of {} initials:", index + 1, pages.len());
        assert!(page.contains(&foot), "{foot}\n{page}");
    }
    Some((pages[0].clone(), pages.len()))
}

/// A file of `openssl` with these options, the part after the equals sign.
fn openssl(room: &Room, kind: &str, file: &str, option: &str) -> String {
    let told =
        room.tool(true, "openssl", &[kind, "-inform", "DER", "-in", file, "-noout", "-nameopt", "RFC2253", option]);
    told.split_once('=').map_or(told.clone(), |(_, value)| value.to_owned()).trim().to_owned()
}

/// `2026-11-30T01:17:00Z` from what openssl prints with `-dateopt iso_8601`.
fn date(room: &Room, kind: &str, file: &str, option: &str) -> String {
    let arguments = [kind, "-inform", "DER", "-in", file, "-noout", "-dateopt", "iso_8601", option];
    let told = room.tool(true, "openssl", &arguments);
    told.split_once('=').unwrap().1.trim().replace(' ', "T")
}

#[test]
fn the_first_page_of_a_record_has_the_facts_that_openssl_reads_in_the_signed_files() {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &room.certificate()));
    room.rehearse("second.toml", "second").exits(0);
    // A refused attempt comes before the signing, and after the facts on paper.
    let now = at(rootcast_host::clock::now());
    let wrong = ["sign", "--site", "SITE.toml", "second", "--yes", "--utc", &now, "--head", &"ab".repeat(32)];
    room.run(&wrong).exits(3).says("SIGN-HEAD");
    let early = at(rootcast_host::clock::now() - 4000);
    room.run(&["sign", "--site", "SITE.toml", "second", "--yes", "--utc", &early]).args(room.paper_head()).exits(3);
    // The journal has both. The folder has none yet, and the record does not deny them.
    room.run(&["record", "second"]).exits(0).says("NOT SIGNED");
    let unsigned = fs::read_to_string(room.path("second/record.md")).unwrap();
    assert!(unsigned.contains("none is copied here yet: see `journal show`"), "{unsigned}");
    assert!(unsigned.contains("## What is to be approved") && unsigned.contains("NOT SIGNED"), "{unsigned}");
    room.sign("second").exits(0);
    let signed = fs::read_to_string(room.path("second/record.md")).unwrap();
    assert!(signed.contains("## What was approved") && !signed.contains("NOT SIGNED"), "{signed}");

    let program = rootcast_tests::program::folder().join("rootcast-offline");
    let program = Digest::of(&fs::read(program).unwrap()).to_string();
    let root = Digest::of(&fs::read(room.path("first/signed/root.crt")).unwrap());
    let root_words = spell(root.as_bytes(), LONG);
    for (folder, certificates) in [("first", vec!["root.crt"]), ("second", vec!["issuing.crt"])] {
        let Some((page, count)) = first_page(&room, folder) else { return };
        assert!(count >= 2, "{count}");
        let has = |fact: &str| assert!(page.contains(fact), "{folder}: {fact}\n{page}");
        let crl = format!("{folder}/signed/root.crl");
        for fact in [
            format!("thisUpdate {}", date(&room, "crl", &crl, "-lastupdate")),
            format!("nextUpdate {}", date(&room, "crl", &crl, "-nextupdate")),
            format!(
                "CRL number {}",
                u64::from_str_radix(openssl(&room, "crl", &crl, "-crlnumber").trim_start_matches("0x"), 16).unwrap()
            ),
            "in 180 days".to_owned(),
            "cRLNumber".to_owned(),
            "authorityKeyIdentifier".to_owned(),
        ] {
            has(&fact);
        }
        for file in certificates {
            let path = format!("{folder}/signed/{file}");
            for fact in [
                format!("serial number {}", openssl(&room, "x509", &path, "-serial").to_lowercase()),
                format!("valid from {}", date(&room, "x509", &path, "-startdate")),
                format!("valid to {}", date(&room, "x509", &path, "-enddate")),
                "keyUsage (critical) keyCertSign, cRLSign".to_owned(),
                "basicConstraints (critical) a CA".to_owned(),
                "subjectKeyIdentifier".to_owned(),
            ] {
                has(&fact);
            }
            // Every extension that openssl shows has its row.
            let text = room.tool(true, "openssl", &["x509", "-inform", "DER", "-in", &path, "-noout", "-text"]);
            let extensions = text.matches("X509v3 ").count() - usize::from(text.contains("X509v3 extensions:"));
            let rows = ["basicConstraints", "keyUsage", "subjectKeyIdentifier", "cRLDistributionPoints"];
            let others = page.matches("authorityKeyIdentifier").count() - 1;
            let found = rows.iter().filter(|row| page.contains(**row)).count() + others;
            assert_eq!(found, extensions, "{folder}\n{page}\n{text}");
        }
        for file in fs::read_dir(room.path(folder).join("signed")).unwrap().flatten() {
            if file.path().extension().is_some_and(|extension| extension == "pem") {
                continue;
            }
            has(&Digest::of(&fs::read(file.path()).unwrap()).to_string());
        }
        let crl = Digest::of(&fs::read(room.path(&crl)).unwrap());
        has(&format!("words {}", spell(crl.as_bytes(), SHORT)));
        has(&format!("its 16 words {root_words}"));
        has("approved by nobody");
        has("token none: the key is a file, NO HSM");
        has(&program);
        has("time on another clock 20");
    }
    // Refused attempts come after all facts and after what happened.
    let record = fs::read_to_string(room.path("second/record.md")).unwrap();
    let place = |text: &str| record.find(text).unwrap_or_else(|| panic!("{text}\n{record}"));
    assert!(place("## Facts") < place("## What was released"));
    assert!(place("## What was released") < place("## Refused attempts"));
    assert!(place("## Refused attempts") < place("ceremony-refused"), "{record}");
    assert_eq!(record.matches("ceremony-refused").count(), 2, "{record}");

    // The dump has every extension, too.
    let dump = fs::read_to_string(room.path("second/dump.txt")).unwrap();
    for extension in [
        "cRLDistributionPoints: http://pki.example/root.crl",
        "keyUsage (critical): keyCertSign, cRLSign",
        "cRLNumber: 2",
    ] {
        assert!(dump.contains(extension), "{extension}\n{dump}");
    }
}

#[test]
fn the_record_of_what_is_not_signed_says_so_on_its_first_page() {
    let room = Room::with_rehearsal_key();
    room.run(&["keygen", "--site", "SITE.toml", "first.toml"]).exits(0);
    room.rehearse("first.toml", "first").exits(0);
    room.run(&["record", "first"]).exits(0);
    let Some((page, _)) = first_page(&room, "first") else { return };
    assert!(page.contains("NOT RELEASED") && page.contains("signed no signing is recorded here"), "{page}");
}
