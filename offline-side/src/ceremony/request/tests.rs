//! Requests that are read, and those that are refused with their line.

use super::reason::Reason;
use super::*;

const CRL: &str = include_str!("tests/yearly.toml");

const ROOT: &str = "[root]
key = \"ecdsa-p384\"
subject = \"CN=Example Root,O=Example,C=CH\"
not_before = \"2026-11-21T00:00:00Z\"
not_after = \"2046-11-20T23:59:59Z\"
";

fn refused(text: &str) -> RequestError {
    match read(text.as_bytes(), "R.toml") {
        Err(error) => error,
        Ok(_) => panic!("read:\n{text}"),
    }
}

#[test]
fn the_request_of_the_contract_is_read() {
    let request = read(CRL.as_bytes(), "R.toml").unwrap();
    let crl = request.crl.unwrap();
    assert_eq!(crl.revocations[0].reason, Reason::CessationOfOperation);
    assert_eq!(request.certificates[0].name, "issuing-g2");
    assert_eq!(request.certificates[0].path_length, Some(0));
    assert_eq!(request.previous_crl.unwrap(), Lined { value: "root-41.crl".to_owned(), line: 2 });
    let root = read(ROOT.as_bytes(), "R.toml").unwrap().root.unwrap();
    assert!(matches!(root.key, RootKey::New(kind) if kind.value == crate::ceremony::key::kind::NewKey::EcdsaP384));
}

#[test]
fn escrow_stands_beside_a_new_root_and_names_two_groups() {
    let with = |root: &str, escrow: &str| format!("{root}\n[escrow]\ngroups = {escrow}\n");
    let groups = r#"["BOARD", "OPERATIONS"]"#;
    let request = read(with(ROOT, groups).as_bytes(), "R.toml").unwrap();
    assert_eq!(request.escrow.unwrap().value.names(), &["BOARD", "OPERATIONS"]);
    assert_eq!(read(ROOT.as_bytes(), "R.toml").unwrap().escrow, None);
    let renewal = ROOT.replace("key = \"ecdsa-p384\"", "replaces = \"root.crt\"");
    for (text, says) in [
        (with(&renewal, groups), "decided when the key is made, or never"),
        (with(CRL, groups), "decided when the key is made, or never"),
        (with(ROOT, r#"["BOARD"]"#), "needs two"),
        (with(ROOT, r#"["BOARD", "BOARD"]"#), "the same name"),
        (with(ROOT, r#"["BOARD", "board"]"#), "capital letters"),
        (with(ROOT, r#""BOARD""#), "groups has to be a list of texts"),
    ] {
        let error = refused(&text);
        assert!(error.to_string().contains(says) && error.line > 0, "{error}");
    }
}

#[test]
fn every_typing_error_is_refused_with_its_line_and_what_is_allowed() {
    // Line 1 is the first; what is replaced, by what, the line, and what the text has to say.
    for (old, new, line, says) in [
        ("next_update", "nextupdate", 5, "there is no nextupdate in [crl]; next_update was probably meant"),
        ("reason = \"cessationOfOperation\"", "", 6, "reason is missing in [[crl.revoke]]"),
        ("[crl]", "[clr]", 3, "there is no clr in the part before the first table; crl was probably meant"),
        ("path_length = 0", "path_length = \"0\"", 16, "path_length has to be a whole number without quotes"),
        ("path_length = 0", "path_length = 10", 16, "0 to 9"),
        ("path_length = 0", "path_length = -1", 16, "negative or too large"),
        ("path_length = 0\n", "", 12, "needs a path_length"),
        ("2026-11-21T00:00:00Z\"\nnext", "2026-11-31T00:00:00Z\"\nnext", 4, "no such day or time of day"),
        ("2026-11-21T00:00:00Z\"\nnext", "21.11.2026\"\nnext", 4, "2026-11-21T00:00:00Z"),
        ("\"2026-11-21T00:00:00Z\"\nnext", "2026-11-21T00:00:00Z\nnext", 4, "this_update has to be a time in quotes"),
        ("2027-05-20T23:59:59Z", "2026-11-21T00:00:00Z", 5, "is not later than this_update"),
        ("2031-11-20T23:59:59Z", "2021-11-20T23:59:59Z", 15, "is not later than not_before"),
        ("2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z", 9, "after this_update"),
        ("cessationOfOperation", "cessation", 8, "keyCompromise, cACompromise"),
        ("cessationOfOperation", "certificateHold", 8, "REQ-CARRY"),
        ("issuing-ca\"", "server\"", 12, "REQ-PURPOSE"),
        (
            "CN=Example Issuing CA G2,O=Example,C=CH",
            "CN=Example Issuing CA G2,O=Example,C=Switzerland",
            13,
            "two capital",
        ),
        ("CN=Example Issuing CA G2,O=Example,C=CH", "Example Issuing CA G2", 13, "has no ="),
        ("http://pki.example/root.crl", "https://pki.example/root.crl", 17, "http://"),
        ("http://pki.example/root.crt", "http:///root.crt", 18, "http://"),
        ("http://pki.example/root.crt", "http://pki.example/root crt", 18, "http://"),
        ("issuer = \"root.crt\"", "issuer = \"/etc/root.crt\"", 1, "relative"),
        ("issuer = \"root.crt\"", "issuer = \"\"", 1, "relative"),
        ("issuer = \"root.crt\"", "issuer = \"root\\u202e.crt\"", 1, "plain"),
        ("issuer = \"root.crt\"", "issuer = \"root.crt\"\nissuer = \"root.crt\"", 2, "in the file already"),
        ("issuer = \"root.crt\"\n", "", 0, "issuer is missing"),
        ("previous_crl = \"root-41.crl\"\n", "", 0, "REQ-PREVIOUS"),
        ("previous_crl = \"root-41.crl\"\n", "previous_crl = \"root-41.crl\"\nfirst = true\n", 2, "exclude each other"),
        ("issuing-g2.csr", "root.csr", 11, "root.crt"),
        ("[crl]", "[crl", 3, "REQ-STRICT"),
    ] {
        let text = CRL.replacen(old, new, 1);
        assert_ne!(text, CRL, "{old}");
        let error = refused(&text);
        let shown = error.to_string();
        assert_eq!(error.line, line, "{old} -> {new}: {shown}");
        assert!(shown.contains(says), "{old} -> {new}: {shown}");
    }
}

#[test]
fn a_crl_is_abandoned_by_number_and_reason_and_not_by_a_new_root() {
    let with = |lines: &str| CRL.replacen("[[crl.revoke]]", &format!("{lines}\n[[crl.revoke]]"), 1);
    let abandon = |lines: &str| read(with(lines).as_bytes(), "R.toml").unwrap().crl.unwrap().abandon.unwrap();
    let asked = abandon("abandon = 42\nbecause = \"a year ahead\"");
    assert_eq!((asked.number.value, asked.number.line, asked.because.as_str()), (42_u64.into(), 6, "a year ahead"));
    // Too long for an integer of TOML.
    let long = "730750818665451459101842416358141509827966271487";
    assert_eq!(abandon(&format!("abandon = \"{long}\"\nbecause = \"x\"")).number.value.to_string(), long);
    for (lines, line, says) in [
        ("abandon = 42", 6, "abandon needs because"),
        ("because = \"x\"", 6, "without abandon"),
        ("abandon = -1\nbecause = \"x\"", 6, "not a CRL number"),
        ("abandon = true\nbecause = \"x\"", 6, "abandon has to be a whole number, like 5"),
        ("abandon = 42\nbecause = \" \"", 7, "abandon needs because"),
        ("abandon = 42\nbecause = \"a\\u202eb\"", 7, "plain characters"),
    ] {
        let error = refused(&with(lines));
        assert!(error.line == line && error.to_string().contains(says), "{lines}: {error}");
    }
    let first = "first = true\n[crl]\nthis_update = \"2026-11-21T00:00:00Z\"\nnext_update = \"2027-05-20T23:59:59Z\"\n";
    let error = refused(&format!("{first}abandon = 1\nbecause = \"x\"\n{ROOT}"));
    assert!(error.to_string().contains("a new root has signed no CRL"), "{error}");
}

/// A time of another zone is told in UTC, and a date alone as a time: both can be copied.
#[test]
fn a_time_that_is_not_in_utc_or_has_no_time_of_day_is_told_as_it_should_be_written() {
    let update = "next_update = \"2027-05-20T23:59:59Z\"";
    assert!(CRL.contains(update), "{CRL}");
    for (found, says) in [
        (
            "\"2027-05-29T12:00:00+02:00\"",
            "\"+02:00\" is another time zone: the time has to be in UTC; write next_update = \"2027-05-29T10:00:00Z\"",
        ),
        ("\"2027-05-29\"", "has no time of day; write next_update = \"2027-05-29T00:00:00Z\""),
        ("2027-05-29", "Write next_update = \"2027-05-29T00:00:00Z\", or another time of that day in UTC"),
        ("2027-05-29T12:00:00", "Write next_update = \"2027-05-29T12:00:00Z\", if that is UTC"),
        ("2027-05-29 12:00:00", "Write next_update = \"2027-05-29T12:00:00Z\", if that is UTC"),
        ("2027-05-29T12:00:00+02:00", "Write next_update = \"2027-05-29T10:00:00Z\""),
    ] {
        let error = refused(&CRL.replace(update, &format!("next_update = {found}"))).to_string();
        assert!(error.contains(says), "{found}: {error}");
    }
}

#[test]
fn a_change_of_the_approvals_stands_alone() {
    let change = "[approvals]\nrequired = 3\nbecause = \"dave joins\"\n";
    let asked = read(change.as_bytes(), "R.toml").unwrap().approvals.unwrap();
    assert_eq!((asked.required.value, asked.required.line, asked.because.as_str()), (3, 2, "dave joins"));
    for (text, says) in [
        (format!("{CRL}{change}"), "stands alone"),
        (format!("{ROOT}{change}"), "stands alone"),
        (format!("issuer = \"root.crt\"\n{change}"), "stands alone"),
        (change.replace("3", "-1"), "REQ-STRICT"),
        (change.replace("dave joins", ""), "[approvals] needs because"),
        (change.replace("because", "why"), "there is no why in [approvals]"),
    ] {
        let error = refused(&text).to_string();
        assert!(error.contains(says), "{error}\n{text}");
    }
}

#[test]
fn what_belongs_to_the_site_or_to_people_is_refused_and_said_where_it_belongs() {
    for key in ["pin", "module", "slot", "token", "token_label", "token_serial", "key_label"] {
        let error = refused(&format!("{key} = \"x\"\n{CRL}"));
        assert_eq!(error.line, 1);
        assert!(error.to_string().contains("asked on the terminal"), "{error}");
    }
}

#[test]
fn a_new_root_has_no_issuer_no_previous_crl_and_nothing_to_revoke() {
    let crl = CRL.split("[crl]").nth(1).unwrap();
    let crl = format!("first = true\n[crl]{}", crl.split("[[certificate]]").next().unwrap());
    let first = crl.split("[[crl.revoke]]").next().unwrap().to_owned();
    assert!(read(format!("{first}{ROOT}").as_bytes(), "R.toml").is_ok());
    for (text, says) in [
        (format!("issuer = \"root.crt\"\n{ROOT}"), "has no issuer"),
        (format!("previous_crl = \"a\"\n{ROOT}"), "REQ-PREVIOUS"),
        (format!("{crl}{ROOT}"), "has issued nothing"),
        (format!("first = true\n{ROOT}"), "there is none"),
        (first.replace("first = true", "first = false") + ROOT, "first = true"),
        (ROOT.replace("ecdsa-p384", "ecdsa-p192"), "rsa-3072, rsa-4096"),
        (ROOT.replace("ecdsa-p384", "rsa-2048"), "rsa-3072, rsa-4096"),
        (String::new(), "asks for nothing"),
        ("first = true\n".to_owned(), "asks for nothing"),
    ] {
        let error = refused(&text).to_string();
        assert!(error.contains(says), "{error}\n{text}");
    }
}

#[test]
fn a_renewal_names_what_it_replaces_and_a_change_of_identity_its_reason() {
    let with = |lines: &str| CRL.replacen("profile =", &format!("{lines}\nprofile ="), 1);
    let asked = |text: &str| read(text.as_bytes(), "R.toml").unwrap().certificates.remove(0);
    let named = with("replaces = \"issuing-g1.crt\"");
    assert_eq!(asked(&named).replaces.unwrap().value, "issuing-g1.crt");
    let subject = "subject = \"CN=Example Issuing CA G2,O=Example,C=CH\"\n";
    assert_eq!(asked(&named.replace(subject, "")).subject, AskedSubject::Kept);
    assert_eq!(asked(&named.replace(subject, "subject = \"as in the csr\"\n")).subject, AskedSubject::AsInCsr);
    let without = named.replace("csr = \"issuing-g2.csr\"\n", "");
    assert_eq!((asked(&without).csr, asked(&without).name.as_str()), (None, "issuing-g1"));
    let new = with("new_identifier = true\nbecause = \" nothing was issued \"");
    assert_eq!(asked(&new).new_identifier.as_deref(), Some("nothing was issued"));
    let wider = with("replaces = \"issuing-g1.crt\"\nwider = true\nbecause = \"a CA below\"");
    assert_eq!((asked(&wider).wider.as_deref(), asked(&wider).new_identifier), (Some("a CA below"), None));
    for (text, line, says) in [
        (with("new_identifier = true"), 12, "needs because"),
        (with("new_identifier = true\nbecause = \" \""), 13, "needs because"),
        (with("because = \"x\""), 12, "without new_identifier"),
        (with("wider = true\nbecause = \"x\""), 11, "it needs replaces"),
        (with("replaces = \"a.crt\"\nwider = true"), 13, "needs because"),
        (with("replaces = \"/etc/old.crt\""), 12, "relative"),
        (CRL.replace("csr = \"issuing-g2.csr\"\n", ""), 11, "needs csr, or replaces"),
        (without.replace(subject, "subject = \"as in the csr\"\n"), 13, "needs a csr"),
    ] {
        let error = refused(&text);
        assert!(error.line == line && error.to_string().contains(says), "{error}\n{text}");
    }
}

#[test]
fn a_root_is_new_or_renewed() {
    let renewed = ROOT.replace("key = \"ecdsa-p384\"", "replaces = \"root.crt\"");
    let crl = CRL.split("[[certificate]]").next().unwrap().replace("issuer = \"root.crt\"\n", "");
    let request = read(format!("{crl}{renewed}").as_bytes(), "R.toml").unwrap();
    assert_eq!(request.signing_root().unwrap().value, "root.crt");
    assert!(!request.is_new_root() && read(ROOT.as_bytes(), "R.toml").unwrap().is_new_root());
    let subject = "subject = \"CN=Example Root,O=Example,C=CH\"\n";
    assert_eq!(read(renewed.replace(subject, "").as_bytes(), "R.toml").unwrap().root.unwrap().subject, None);
    for (text, says) in [
        (format!("issuer = \"root.crt\"\n{renewed}"), "has no issuer"),
        (renewed.replace("replaces", "key = \"ed25519\"\nreplaces"), "exclude each other"),
        (renewed.replace("replaces = \"root.crt\"\n", ""), "needs key for a new root, or replaces"),
        (ROOT.replace(subject, ""), "needs a subject"),
        (format!("{ROOT}new_identifier = true\nbecause = \"x\"\n"), "new_identifier is for a renewal"),
        (format!("{renewed}new_identifier = true\n"), "needs because"),
    ] {
        let error = refused(&text).to_string();
        assert!(error.contains(says), "{error}\n{text}");
    }
}

#[test]
fn two_requests_of_one_name_are_refused() {
    let certificate = CRL.split("[[certificate]]").nth(1).unwrap().replace("issuing-g2.csr", "other/issuing-g2.csr");
    let error = refused(&format!("{CRL}[[certificate]]{certificate}"));
    assert_eq!(error.fault, RequestFault::SameName { name: "issuing-g2".to_owned() });
}

#[test]
fn bytes_that_are_no_text_and_endless_lists_are_refused() {
    assert!(matches!(read(&[0xff, 0xfe], "R.toml"), Err(RequestError { fault: RequestFault::Form { .. }, .. })));
    let revoke = CRL.split("[[certificate]]").next().unwrap().split("[[crl.revoke]]").nth(1).unwrap();
    let text =
        format!("{}{}", CRL.split("[[certificate]]").next().unwrap(), format!("[[crl.revoke]]{revoke}").repeat(256));
    assert!(matches!(refused(&text).fault, RequestFault::TooMany { found: 257, max: 256, .. }));
}
