//! Site files, right and wrong.

use std::path::Path;

use rootcast_host::diagnosis::Label;
use rootcast_protocol::digest::Digest;

use super::{KeyPlace, Site, SiteError};
use crate::ceremony::approval::ApprovalRule;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::kind::NewKey;
use crate::ceremony::key::pin::PinEntry;

const TOKEN: &str = "\
[key]
module = \"modules/pkcs11.so\"
token_label = \"root-2026\"
token_serial = \"5c9f6f6ad3c1b2a4\"
key_label = \"example root\"
public_key_sha256 = \"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"

[approvals]
required = 2
allowed_signers = \"approvers\"
revoked = \"revoked\"
";

fn parse(text: &str) -> Result<Site, SiteError> {
    Site::parse(text.as_bytes(), Path::new("machine/SITE.toml"))
}

/// The line and the text of a refusal.
fn refusal(text: &str) -> (Option<usize>, String) {
    match parse(text) {
        Err(SiteError::Refused { line, why, .. }) => (line, why),
        other => panic!("{text}\n{other:?}"),
    }
}

#[test]
fn a_site_with_a_token_is_read_and_its_paths_are_beside_it() {
    let site = parse(TOKEN).unwrap();
    let KeyPlace::Token { place, pinned } = &site.key else { panic!("{site:?}") };
    assert_eq!(place.module, Path::new("machine/modules/pkcs11.so"));
    assert_eq!((place.token_label.as_str(), place.token_serial.as_str()), ("root-2026", "5c9f6f6ad3c1b2a4"));
    assert_eq!(*pinned, Some(Digest::of(b"abc")));
    assert_eq!(site.approvals.required, 2);
    assert_eq!(site.approvals.allowed_signers.as_deref(), Some(Path::new("machine/approvers")));
    assert_eq!(site.sha256, Digest::of(TOKEN.as_bytes()));
    assert_eq!(site.scheme, None);
    assert!(!site.is_rehearsal());
}

#[test]
fn a_token_without_a_label_or_a_serial_number_is_said_to_have_none() {
    let none = TOKEN.replace("\"root-2026\"", "\"\"").replace("\"5c9f6f6ad3c1b2a4\"", "\"\"");
    let KeyPlace::Token { place, .. } = parse(&none).unwrap().key else { panic!() };
    assert_eq!((place.token_label.as_str(), place.token_serial.as_str()), ("", ""));
    let (_, why) = refusal(&TOKEN.replace("token_serial = \"5c9f6f6ad3c1b2a4\"\n", ""));
    assert!(why.contains("token_serial = \"\""), "{why}");
}

#[test]
fn an_absolute_module_stays_where_it_is() {
    let site = parse(&TOKEN.replace("modules/pkcs11.so", "/usr/lib/pkcs11.so")).unwrap();
    let KeyPlace::Token { place, .. } = site.key else { panic!() };
    assert_eq!(place.module, Path::new("/usr/lib/pkcs11.so"));
}

#[test]
fn a_site_with_a_rehearsal_key_and_nobody_to_ask_is_read() {
    let site = parse("[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 0\n").unwrap();
    assert!(site.is_rehearsal());
    assert_eq!(site.key, KeyPlace::Rehearsal { file: "machine/demo.p8".into() });
    assert_eq!(site.approvals, ApprovalRule { required: 0, allowed_signers: None, revoked: None });
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let (line, why) = refusal(&TOKEN.replace("key_label", "key_lable"));
    assert_eq!(line, Some(5), "{why}");
    assert!(why.contains("there is no key_lable in [key]; key_label was probably meant"), "{why}");
    assert_eq!(refusal(&format!("{TOKEN}\n[extra]\n")).0, Some(13));
    assert_eq!(refusal(&format!("slot = 0\n{TOKEN}")).0, Some(1));
    assert_eq!(refusal(&TOKEN.replace("required = 2", "required = 2\nquorum = 2")).0, Some(10));
}

#[test]
fn a_pin_in_a_site_file_is_refused_and_not_repeated() {
    let text = TOKEN.replace("key_label", "pin = \"73519\"\nkey_label");
    let (line, why) = refusal(&text);
    assert_eq!(line, Some(5));
    assert!(why.contains("KEY-PIN") && !why.contains("73519"), "{why}");
    let shown = parse(&text).unwrap_err().diagnosis().to_string();
    assert!(!shown.contains("73519"), "{shown}");
}

#[test]
fn what_is_missing_or_of_the_wrong_form_is_named_with_its_line() {
    for (from, to, line, says) in [
        ("token_serial = \"5c9f6f6ad3c1b2a4\"\n", "", 1, "token_serial is missing"),
        ("\"example root\"", "\"\"", 5, "key_label is empty"),
        ("ba7816bf", "ba7816bO", 6, "zero was probably meant"),
        ("ba7816bf", "", 6, "56 hexadecimal digits; 64"),
        ("required = 2", "required = 200", 9, "at most 100"),
        ("required = 2", "required = -1", 9, "negative or too large"),
        ("required = 2", "required = \"two\"", 9, "required has to be a whole number without quotes"),
        ("allowed_signers = \"approvers\"\n", "", 8, "does not say who"),
        ("key_label = \"example root\"", "key_label = \"example root\"\nsignature = \"sha1\"", 6, "rsa-pss-sha384"),
        ("key_label = \"example root\"", "key_label = \"a\"\nkey_label = \"b\"", 6, "in the file already"),
        ("key_label = \"example root\"", "key_label = \"example root\"\nrehearsal_key = \"demo.p8\"", 2, "not both"),
        ("token_label = \"root-2026\"", "token_label = root-2026", 3, ""),
    ] {
        let text = TOKEN.replacen(from, to, 1);
        assert_ne!(text, TOKEN);
        let (found, why) = refusal(&text);
        assert_eq!(found, Some(line), "{to}: {why}");
        assert!(why.contains(says), "{to}: {why}");
    }
    assert!(refusal("[key]\nrehearsal_key = \"demo.p8\"\n").1.contains("approvals"));
}

#[test]
fn a_scheme_is_taken_as_the_file_says() {
    let site = parse(&TOKEN.replace("[key]", "[key]\nsignature = \"rsa-pss-sha384\"")).unwrap();
    assert_eq!(site.scheme, Some(SignatureScheme::RsaPssSha384));
}

#[test]
fn a_site_without_a_pinned_public_key_opens_no_token() {
    struct Nobody;
    impl PinEntry for Nobody {
        fn ask(
            &mut self,
            _: &crate::ceremony::key::pin::PinQuestion,
        ) -> Result<crate::ceremony::key::pin::Pin, crate::ceremony::key::pin::PinError> {
            panic!("nobody may be asked")
        }
        fn announce_pinpad(&mut self, _: &crate::ceremony::key::pin::PinQuestion) {}
    }
    let text: String = TOKEN.lines().filter(|line| !line.starts_with("public_key")).map(|l| format!("{l}\n")).collect();
    let error = parse(&text).unwrap().open_key(&mut Nobody).unwrap_err();
    assert_eq!(error.rule(), Some("KEY-PINNED"), "{error}");
    // And a site that pins one makes no second key.
    let error = parse(TOKEN).unwrap().generate_key(NewKey::EcdsaP256, &mut Nobody).unwrap_err();
    assert!(matches!(error, KeyError::SitePins { .. }), "{error}");
    let next = error.diagnosis("x").next;
    assert!(next.contains("site file of its own") && !next.contains("remove"), "{next}");
}

#[test]
fn a_file_that_is_no_text_or_too_long_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SITE.toml");
    std::fs::write(&path, b"[key]\n\xff").unwrap();
    assert!(Site::read(&path).unwrap_err().to_string().contains("byte 6 is not UTF-8 text"));
    std::fs::write(&path, vec![b' '; 70_000]).unwrap();
    assert_eq!(Site::read(&path).unwrap_err().diagnosis().label, Label::FileTooLarge);
    assert_eq!(Site::read(folder.path()).unwrap_err().diagnosis().label, Label::FileUnreadable);
}

#[test]
fn the_rehearsal_key_of_a_site_is_made_and_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("SITE.toml");
    std::fs::write(&path, "[key]\nrehearsal_key = \"demo.p8\"\n[approvals]\nrequired = 0\n").unwrap();
    let site = Site::read(&path).unwrap();
    let mut terminal = crate::ceremony::key::pin::Terminal::default();
    assert!(site.open_key(&mut terminal).is_err());
    let made = site.generate_key(NewKey::EcdsaP384, &mut terminal).unwrap();
    let key = site.open_key(&mut terminal).unwrap();
    assert_eq!(key.public_key(), made.public_key());
    assert!(key.token().is_none());
}
