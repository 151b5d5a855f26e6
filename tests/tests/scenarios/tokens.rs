//! The key in a token: found by label, serial and public key, asked for its PIN, signing once, given back. All with real
//! soft tokens of two makers (SoftHSM 2 and kryoptic), some of them behind a module that lies.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use rootcast_offline::ceremony::key::error::KeyError;
use rootcast_offline::ceremony::key::kind::NewKey;
use rootcast_offline::ceremony::key::rehearsal_key::RehearsalKey;
use rootcast_offline::ceremony::key::site_key::SiteKey;
use rootcast_offline::ceremony::key::{SignatureScheme, SigningKey as _};
use rootcast_offline::ceremony::site::{MadeKey, Site};
use rootcast_tests::program::offline;
use rootcast_tests::pty::Seat;
use rootcast_tests::soft_token::{KeyHolder, Maker, PIN, SoftTokens, inside, maker_inside};

use crate::documents::{example, members};

const LABEL: &str = "root-2026";

/// For the tokens of each maker: `prepare` runs here; `body` runs in a process of its own, in the folder that was prepared.
fn scenario(name: &str, prepare: impl Fn(&SoftTokens), body: impl FnOnce(&Path)) {
    match inside() {
        Some(folder) => body(&folder),
        None => {
            for tokens in SoftTokens::each() {
                prepare(&tokens);
                tokens.alone(&format!("tokens::{name}"));
            }
        }
    }
}

/// The keys that can be made here. kryoptic is built for an OpenSSL that may be too old for Ed25519.
fn kinds() -> Vec<NewKey> {
    let is_made = |new: &NewKey| maker_inside() == Maker::SoftHsm || *new != NewKey::Ed25519;
    NewKey::ALL.into_iter().filter(is_made).collect()
}

/// One token and a site without a pinned key, behind the shim with this fault.
fn one_token(fault: &str) -> impl Fn(&SoftTokens) {
    move |tokens| {
        let serial = tokens.make(LABEL);
        tokens.site(&tokens.shim(fault), (LABEL, &serial), "root key", "");
    }
}

fn site(folder: &Path) -> Site {
    Site::read(&folder.join("SITE.toml")).unwrap()
}

/// Writes the site file again with something else in it.
fn rewrite(folder: &Path, from: &str, to: &str) {
    let path = folder.join("SITE.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

/// Makes a key and pins it.
fn make_key(folder: &Path, label: &str, new: NewKey) -> MadeKey {
    let path = folder.join("SITE.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let kept = text.lines().filter(|line| !line.starts_with("key_label") && !line.starts_with("public_key"));
    let kept: Vec<&str> = kept.collect();
    let text = kept.join("\n").replacen("[key]", &format!("[key]\nkey_label = {label:?}"), 1);
    std::fs::write(&path, &text).unwrap();
    let made = site(folder).generate_key(new, &mut KeyHolder::typing(PIN)).unwrap();
    let pinned = format!("[key]\npublic_key_sha256 = \"{}\"", made.public_key().sha256());
    std::fs::write(&path, text.replacen("[key]", &pinned, 1)).unwrap();
    made
}

fn open(folder: &Path) -> Result<SiteKey, KeyError> {
    site(folder).open_key(&mut KeyHolder::typing(PIN))
}

#[test]
fn every_kind_of_key_is_made_on_a_token_and_signs_with_every_scheme_of_its_kind() {
    let name = "every_kind_of_key_is_made_on_a_token_and_signs_with_every_scheme_of_its_kind";
    scenario(name, one_token("none"), |folder| {
        let mut signed = Vec::new();
        for new in kinds() {
            let made = make_key(folder, new.name(), new);
            let MadeKey::Token(facts) = &made else { panic!("{made:?}") };
            assert!(facts.flags.warnings().is_empty(), "{new}: {:?}", facts.flags);
            let mut key = open(folder).unwrap();
            assert!(!key.is_rehearsal());
            assert_eq!(key.spki(), made.public_key().spki());
            let described = key.description();
            assert!(described.contains(new.name()) && described.contains(LABEL), "{described}");
            let SiteKey::Token(token) = &key else { panic!("{key:?}") };
            let schemes = token.schemes();
            let of_kind = SignatureScheme::ALL.into_iter().filter(|scheme| scheme.key_kind() == new.kind()).count();
            assert_eq!(schemes.len(), of_kind, "both offer every scheme of {new}");
            for scheme in schemes {
                // Well-formed but invalid ECDSA signatures of this soft token were reported: look at more than one.
                for round in 0..8_u8 {
                    let message = [round; 300];
                    let signature =
                        key.sign(&message, scheme).unwrap_or_else(|error| panic!("{new} {scheme}: {error}"));
                    assert!(made.public_key().verifies(scheme, &message, &signature));
                    assert!(!made.public_key().verifies(scheme, &[round; 299], &signature));
                }
                signed.push(scheme);
            }
            let other = if new == NewKey::Ed25519 { SignatureScheme::RsaPssSha256 } else { SignatureScheme::Ed25519 };
            assert!(matches!(key.sign(b"x", other), Err(KeyError::SchemeUnfit { .. })));
        }
        // P-521 keys come from elsewhere; every other scheme was used.
        let is_left = |scheme: &SignatureScheme| kinds().iter().all(|new| new.kind() != scheme.key_kind());
        assert!(SignatureScheme::ALL.iter().all(|scheme| signed.contains(scheme) || is_left(scheme)));
    });
}

#[test]
fn one_signature_is_one_use_and_everything_opened_is_closed() {
    let name = "one_signature_is_one_use_and_everything_opened_is_closed";
    scenario(name, one_token("none"), |folder| {
        make_key(folder, "root key", NewKey::EcdsaP384);
        let made = SoftTokens::calls(folder);
        assert!(!made.contains(&"C_Sign".to_owned()), "making a key uses none: {made:?}");
        let mut key = open(folder).unwrap();
        key.sign(b"a CRL", SignatureScheme::EcdsaP384Sha384).unwrap();
        key.sign(b"a certificate", SignatureScheme::EcdsaP384Sha384).unwrap();
        drop(key);
        // What the token shows without a login is looked at before anybody types a PIN.
        let looked = ["C_OpenSession", "C_CloseSession"];
        let begun = ["C_OpenSession", "C_Login", "C_SignInit", "C_Sign", "C_SignInit", "C_Sign"];
        let ended = ["C_Logout", "C_CloseSession", "C_Finalize"];
        assert_eq!(SoftTokens::calls(folder), [&looked[..], &begun, &ended].concat());
        // Asked before: a signature is begun in a session of its own, and none is made.
        let mut key = open(folder).unwrap();
        let _ = SoftTokens::calls(folder);
        key.make_ready(SignatureScheme::EcdsaP384Sha384, b"a CRL", Box::new(KeyHolder::typing(PIN))).unwrap();
        assert_eq!(SoftTokens::calls(folder), ["C_OpenSession", "C_SignInit", "C_CloseSession"]);
        key.sign(b"a CRL", SignatureScheme::EcdsaP384Sha384).unwrap();
        assert_eq!(SoftTokens::calls(folder), ["C_SignInit", "C_Sign"]);
        drop(key);
        let _ = SoftTokens::calls(folder);
        // A key that is not found leaves nothing open either.
        rewrite(folder, "root key", "other key");
        open(folder).unwrap_err();
        assert_eq!(SoftTokens::calls(folder), [&looked[..], &["C_OpenSession", "C_Login"], &ended].concat());
    });
}

#[test]
fn a_token_is_found_by_label_and_serial_together_or_not_at_all() {
    let name = "a_token_is_found_by_label_and_serial_together_or_not_at_all";
    let prepare = |tokens: &SoftTokens| {
        let first = tokens.make(LABEL);
        let second = tokens.make(LABEL);
        assert_ne!(first, second);
        std::fs::write(tokens.folder().join("serials"), format!("{first} {second}")).unwrap();
        let foreign = tokens.folder().join("foreign.p8");
        RehearsalKey::generate_file(NewKey::EcdsaP256, &foreign).unwrap();
        tokens.import(&second, &foreign, "root key", "05");
        tokens.show_public_key(&second, &foreign, "root key", "05");
        tokens.site(&tokens.shim("none"), (LABEL, &first), "root key", "");
    };
    scenario(name, prepare, |folder| {
        let serials = std::fs::read_to_string(folder.join("serials")).unwrap();
        let (first, second) = serials.split_once(' ').unwrap();
        make_key(folder, "root key", NewKey::EcdsaP256);
        assert!(open(folder).is_ok());
        // The other token of the same label shows another key of that label: nobody is asked for a PIN.
        let _ = SoftTokens::calls(folder);
        rewrite(folder, first, second);
        let error = open(folder).unwrap_err();
        assert!(matches!(error, KeyError::KeyMissing { .. }), "{error}");
        assert!(!SoftTokens::calls(folder).iter().any(|call| call.starts_with("C_Login")));
        // A serial number nobody has: nobody is asked for a PIN, and what is there is told.
        rewrite(folder, second, "deadbeefdeadbeef");
        let mut holder = KeyHolder::typing(PIN);
        let error = site(folder).open_key(&mut holder).unwrap_err();
        assert_eq!(error.rule(), Some("KEY-PINNED"));
        let text = error.to_string();
        assert!(text.contains("deadbeefdeadbeef") && text.contains(first) && text.contains(second), "{text}");
        assert!(text.contains("there are 2"), "{text}");
        assert!(holder.asked.is_empty());
        assert_eq!(SoftTokens::calls(folder), ["C_Finalize"]);
        // The right serial number under another label.
        rewrite(folder, "deadbeefdeadbeef", first);
        rewrite(folder, LABEL, "root-2025");
        assert!(matches!(open(folder).unwrap_err(), KeyError::TokenMissing { .. }));
    });
}

/// Two tokens that name themselves alike, through `fault`; the key `one` on the first, `both` on both.
fn two_tokens(fault: &'static str, names: (&'static str, &'static str)) -> impl Fn(&SoftTokens) {
    move |tokens| {
        let serials = [tokens.make("a"), tokens.make("b")];
        for (file, id, on) in [("one", "01", &serials[..1]), ("both", "02", &serials[..])] {
            let path = tokens.folder().join(format!("{file}.p8"));
            RehearsalKey::generate_file(NewKey::EcdsaP384, &path).unwrap();
            for serial in on {
                tokens.import(serial, &path, file, id);
                tokens.show_public_key(serial, &path, file, id);
            }
        }
        tokens.site(&tokens.shim(fault), names, "both", &"00".repeat(32));
    }
}

/// Of two tokens that cannot be told apart, the one that shows the pinned key signs. None of them and both are refused.
fn of_two_alike(folder: &Path) {
    let error = open(folder).unwrap_err();
    assert!(matches!(error, KeyError::TokenTwice { count: 2, holders: Some(0), .. }), "{error}");
    assert_eq!(error.rule(), Some("KEY-PINNED"));
    assert!(!SoftTokens::calls(folder).iter().any(|call| call.starts_with("C_Login")), "nobody is asked for a PIN");
    let public = |file: &str| RehearsalKey::read(&folder.join(format!("{file}.p8"))).unwrap().public_key().clone();
    rewrite(folder, &"00".repeat(32), &public("both").sha256().to_string());
    let error = open(folder).unwrap_err();
    assert!(matches!(error, KeyError::TokenTwice { count: 2, holders: Some(2), .. }), "{error}");
    let text = error.diagnosis("Nothing was signed.").to_string();
    assert!(text.contains("Unplug") && text.contains("2 of them hold the pinned public key"), "{text}");
    assert!(!SoftTokens::calls(folder).iter().any(|call| call.starts_with("C_Login")), "nobody is asked for a PIN");
    rewrite(folder, &public("both").sha256().to_string(), &public("one").sha256().to_string());
    rewrite(folder, "key_label = \"both\"", "key_label = \"one\"");
    let mut key = open(folder).unwrap();
    let signature = key.sign(b"to be signed", SignatureScheme::EcdsaP384Sha384).unwrap();
    assert!(public("one").verifies(SignatureScheme::EcdsaP384Sha384, b"to be signed", &signature));
    drop(key);
    // A key to be made has no public key yet.
    rewrite(folder, &format!("public_key_sha256 = \"{}\"\n", public("one").sha256()), "");
    let error = site(folder).generate_key(NewKey::EcdsaP256, &mut KeyHolder::typing(PIN)).unwrap_err();
    assert!(matches!(error, KeyError::TokenTwice { count: 2, holders: None, .. }), "{error}");
}

#[test]
fn of_two_tokens_of_one_label_and_serial_the_one_with_the_pinned_key_is_meant() {
    let name = "of_two_tokens_of_one_label_and_serial_the_one_with_the_pinned_key_is_meant";
    scenario(name, two_tokens("twins", ("twin", "0000000000000001")), of_two_alike);
}

#[test]
fn of_two_tokens_without_label_and_serial_the_one_with_the_pinned_key_is_meant() {
    let name = "of_two_tokens_without_label_and_serial_the_one_with_the_pinned_key_is_meant";
    scenario(name, two_tokens("no-serial,no-label", ("", "")), of_two_alike);
}

#[test]
fn a_token_without_a_serial_number_is_found_by_label_and_pinned_key() {
    let name = "a_token_without_a_serial_number_is_found_by_label_and_pinned_key";
    let prepare = |tokens: &SoftTokens| {
        tokens.make(LABEL);
        // Filled with NULs where the standard wants blanks.
        tokens.site(&tokens.shim("no-serial,nul-padding"), (LABEL, ""), "root key", "");
    };
    scenario(name, prepare, |folder| {
        make_key(folder, "root key", NewKey::EcdsaP256);
        let mut holder = KeyHolder::typing(PIN);
        let mut key = site(folder).open_key(&mut holder).unwrap();
        key.sign(b"to be signed", SignatureScheme::EcdsaP256Sha256).unwrap();
        let told = key.description();
        assert!(told.contains("in token root-2026, serial none, model"), "{told}");
        assert_eq!((holder.asked[0].token_label.as_str(), holder.asked[0].token_serial.as_str()), (LABEL, ""));
        drop(key);
        // Who writes a serial number means a token that has it.
        rewrite(folder, "token_serial = \"\"", "token_serial = \"5c9f6f6ad3c1b2a4\"");
        let error = open(folder).unwrap_err();
        let text = error.diagnosis("Nothing was signed.").to_string();
        assert!(matches!(error, KeyError::TokenMissing { .. }), "{error}");
        assert!(text.contains("no serial number") && text.contains("token_serial = \"\""), "{text}");
    });
}

#[test]
fn a_private_key_with_a_certificate_and_no_public_key_object_signs() {
    let name = "a_private_key_with_a_certificate_and_no_public_key_object_signs";
    let prepare = |tokens: &SoftTokens| {
        let serial = tokens.make(LABEL);
        for (label, id) in [("with certificate", "01"), ("bare", "02"), ("two", "03"), ("two", "04")] {
            let path = tokens.folder().join(format!("{id}.p8"));
            RehearsalKey::generate_file(NewKey::EcdsaP384, &path).unwrap();
            tokens.import(&serial, &path, label, id);
        }
        let (key, certificate) = (tokens.folder().join("01.import.pem"), tokens.folder().join("root.pem"));
        let mut openssl = std::process::Command::new("openssl");
        openssl.args(["req", "-x509", "-new", "-subj", "/CN=Example Root", "-days", "30", "-key"]).arg(key);
        let made = openssl.arg("-out").arg(&certificate).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        tokens.leave_only_certificate(&serial, &certificate, "with certificate", "01");
        for label in ["bare", "two"] {
            tokens.remove_public_key(&serial, label);
        }
        tokens.site(&tokens.shim("none"), (LABEL, &serial), "with certificate", &"00".repeat(32));
    };
    scenario(name, prepare, |folder| {
        let public = |id: &str| RehearsalKey::read(&folder.join(format!("{id}.p8"))).unwrap().public_key().clone();
        let scheme = SignatureScheme::EcdsaP384Sha384;
        let mut pinned = "00".repeat(32);
        for (label, id) in [("with certificate", "01"), ("bare", "02")] {
            let next = public(id).sha256().to_string();
            rewrite(folder, &pinned, &next);
            pinned = next;
            rewrite(folder, "key_label = \"", &format!("key_label = \"{label}\"\n# \""));
            let opened = open(folder);
            assert_eq!(opened.is_ok(), id == "01", "a certificate shows the public key: {opened:?}");
            drop(opened);
            let public = public(id);
            let mut key = site(folder).open_known_key(Some(&public), &mut KeyHolder::typing(PIN)).unwrap();
            let signature = key.sign(b"to be signed", scheme).unwrap();
            assert!(public.verifies(scheme, b"to be signed", &signature), "{label}");
        }
        // The token does not tell which of two it is; and a key of another kind is not taken for it.
        rewrite(folder, "key_label = \"bare\"", "key_label = \"two\"");
        let next = public("03").sha256().to_string();
        rewrite(folder, &pinned, &next);
        let known = public("03");
        let error = site(folder).open_known_key(Some(&known), &mut KeyHolder::typing(PIN)).unwrap_err();
        assert!(matches!(&error, KeyError::KeyMissing { found, .. } if *found == [None, None]), "{error}");
        rewrite(folder, "key_label = \"two\"", "key_label = \"bare\"");
        let other = RehearsalKey::generate_file(NewKey::EcdsaP256, &folder.join("other.p8")).unwrap();
        rewrite(folder, &next, &other.public_key().sha256().to_string());
        let error = site(folder).open_known_key(Some(other.public_key()), &mut KeyHolder::typing(PIN)).unwrap_err();
        assert!(matches!(error, KeyError::KeyMissing { .. }), "{error}");
    });
}

#[test]
fn of_two_keys_of_one_label_the_pinned_one_signs() {
    let name = "of_two_keys_of_one_label_the_pinned_one_signs";
    let prepare = |tokens: &SoftTokens| {
        let serial = tokens.make(LABEL);
        for (file, id) in [("one", "01"), ("two", "02"), ("twice", "03")] {
            let path = tokens.folder().join(format!("{file}.p8"));
            RehearsalKey::generate_file(NewKey::EcdsaP384, &path).unwrap();
            tokens.import(&serial, &path, "root key", id);
        }
        tokens.import(&serial, &tokens.folder().join("twice.p8"), "root key", "04");
        tokens.site(&tokens.shim("none"), (LABEL, &serial), "root key", &"00".repeat(32));
    };
    scenario(name, prepare, |folder| {
        let mut pinned = "00".repeat(32);
        let error = open(folder).unwrap_err();
        let KeyError::KeyMissing { found, .. } = &error else { panic!("{error}") };
        assert_eq!(found.len(), 4, "{error}");
        for file in ["one", "two"] {
            let public = RehearsalKey::read(&folder.join(format!("{file}.p8"))).unwrap().public_key().clone();
            assert!(found.contains(&Some(public.sha256())), "{error}");
            let next = public.sha256().to_string();
            rewrite(folder, &pinned, &next);
            pinned = next;
            let mut key = open(folder).unwrap();
            assert_eq!(key.public_key(), &public);
            let signature = key.sign(b"to be signed", SignatureScheme::EcdsaP384Sha384).unwrap();
            assert!(public.verifies(SignatureScheme::EcdsaP384Sha384, b"to be signed", &signature), "{file}");
            // A key that came from outside says so.
            let (_, flags) = key.token().unwrap();
            assert!(flags.warnings().iter().any(|warning| warning.contains("CKA_LOCAL")), "{flags:?}");
        }
        let twice = RehearsalKey::read(&folder.join("twice.p8")).unwrap().public_key().sha256().to_string();
        rewrite(folder, &pinned, &twice);
        let error = open(folder).unwrap_err();
        assert!(matches!(error, KeyError::KeyTwice { count: 2, .. }), "{error}");
    });
}

#[test]
fn a_key_is_never_made_over_another_of_its_label() {
    scenario("a_key_is_never_made_over_another_of_its_label", one_token("none"), |folder| {
        let made = make_key(folder, "root key", NewKey::EcdsaP256);
        // Without its pin the site would make a key again.
        rewrite(folder, &format!("public_key_sha256 = \"{}\"\n", made.public_key().sha256()), "");
        let error = site(folder).generate_key(NewKey::Ed25519, &mut KeyHolder::typing(PIN)).unwrap_err();
        assert!(matches!(error, KeyError::KeyExists { .. }), "{error}");
    });
}

#[test]
fn a_wrong_pin_is_tried_once_and_the_low_count_is_shown() {
    scenario("a_wrong_pin_is_tried_once_and_the_low_count_is_shown", one_token("none"), |folder| {
        make_key(folder, "root key", NewKey::EcdsaP256);
        let _ = SoftTokens::calls(folder);
        let mut holder = KeyHolder::typing("999999");
        let error = site(folder).open_key(&mut holder).unwrap_err();
        let KeyError::PinRefused { before, after, .. } = &error else { panic!("{error}") };
        // kryoptic says so when three tries are left.
        let is_low = maker_inside() == Maker::SoftHsm;
        assert!(!before.count_low && after.is_some_and(|after| after.count_low == is_low), "{error}");
        assert_eq!(holder.asked.len(), 1);
        let calls = SoftTokens::calls(folder);
        assert_eq!(calls.iter().filter(|call| *call == "C_Login").count(), 1, "{calls:?}");
        assert_eq!(calls.last().map(String::as_str), Some("C_Finalize"));
        let text = error.diagnosis("Nothing was signed.").to_string();
        assert!(text.contains("CKF_USER_PIN_COUNT_LOW") == is_low && text.contains("KEY-PIN"), "{text}");
        assert!(!text.contains("999999") && !format!("{error:?}").contains("999999"), "{text}");
        // The next holder is told before they type, and the right PIN clears it.
        let mut next = KeyHolder::typing(PIN);
        site(folder).open_key(&mut next).unwrap();
        assert_eq!(next.asked[0].state.count_low, is_low);
        let mut last = KeyHolder::typing(PIN);
        site(folder).open_key(&mut last).unwrap();
        assert!(!last.asked[0].state.count_low);
    });
}

#[test]
fn a_pin_of_an_impossible_length_costs_no_try() {
    scenario("a_pin_of_an_impossible_length_costs_no_try", one_token("none"), |folder| {
        make_key(folder, "root key", NewKey::EcdsaP256);
        let _ = SoftTokens::calls(folder);
        let error = site(folder).open_key(&mut KeyHolder::typing("12")).unwrap_err();
        let KeyError::PinRefused { after: Some(after), .. } = &error else { panic!("{error}") };
        assert!(!after.count_low, "{error}");
        assert!(!SoftTokens::calls(folder).contains(&"C_Login".to_owned()));
    });
}

#[test]
fn the_final_try_is_said_before_the_pin_is_asked() {
    scenario("the_final_try_is_said_before_the_pin_is_asked", one_token("final-try"), |folder| {
        let mut holder = KeyHolder::typing("999999");
        let error = site(folder).generate_key(NewKey::EcdsaP256, &mut holder).unwrap_err();
        assert!(holder.asked[0].state.final_try);
        assert!(error.to_string().contains("CKF_USER_PIN_FINAL_TRY"), "{error}");
    });
}

#[test]
fn nobody_is_asked_for_a_locked_pin() {
    scenario("nobody_is_asked_for_a_locked_pin", one_token("locked"), |folder| {
        let mut holder = KeyHolder::typing(PIN);
        let error = site(folder).generate_key(NewKey::EcdsaP256, &mut holder).unwrap_err();
        assert!(matches!(error, KeyError::PinLocked { .. }), "{error}");
        assert!(holder.asked.is_empty());
        assert!(!SoftTokens::calls(folder).contains(&"C_Login".to_owned()));
    });
}

#[test]
fn a_pinpad_takes_the_pin_and_no_terminal_is_asked() {
    scenario("a_pinpad_takes_the_pin_and_no_terminal_is_asked", one_token("pinpad"), |folder| {
        let mut holder = KeyHolder::typing("never typed");
        let made = site(folder).generate_key(NewKey::EcdsaP256, &mut holder).unwrap();
        assert_eq!(made.public_key().describe(), "P-256");
        assert!(holder.asked.is_empty());
        assert_eq!(holder.pinpads.len(), 1);
    });
}

#[test]
fn a_signature_the_token_got_wrong_is_not_handed_out() {
    scenario("a_signature_the_token_got_wrong_is_not_handed_out", one_token("wrong-signature"), |folder| {
        for new in kinds() {
            make_key(folder, new.name(), new);
            let mut key = open(folder).unwrap();
            let _ = SoftTokens::calls(folder);
            let error = key.sign(b"to be signed", SignatureScheme::usual_for(new.kind())).unwrap_err();
            assert!(matches!(error, KeyError::WrongSignature { .. }), "{new}: {error}");
            let diagnosis = error.diagnosis("No signature was handed out.");
            assert_eq!(diagnosis.label.as_str(), "signature-wrong");
            // It is not tried again: a second use of the key is a second decision of people.
            assert_eq!(SoftTokens::calls(folder), ["C_SignInit", "C_Sign"]);
        }
    });
}

#[test]
fn a_signature_of_the_wrong_length_is_not_handed_out() {
    scenario("a_signature_of_the_wrong_length_is_not_handed_out", one_token("short-signature"), |folder| {
        for (new, length) in [(NewKey::EcdsaP384, 95), (NewKey::Ed25519, 63), (NewKey::Rsa3072, 383)] {
            if !kinds().contains(&new) {
                continue;
            }
            make_key(folder, new.name(), new);
            let error = open(folder).unwrap().sign(b"x", SignatureScheme::usual_for(new.kind())).unwrap_err();
            let KeyError::WrongSignature { came_back, .. } = error else { panic!("{new}: {error}") };
            assert_eq!(came_back.len(), length, "{new}");
        }
    });
}

#[test]
fn a_token_removed_in_the_middle_is_said_and_nothing_hangs() {
    scenario("a_token_removed_in_the_middle_is_said_and_nothing_hangs", one_token("removed"), |folder| {
        make_key(folder, "root key", NewKey::EcdsaP384);
        let mut key = open(folder).unwrap();
        let error = key.sign(b"to be signed", SignatureScheme::EcdsaP384Sha384).unwrap_err();
        assert!(matches!(error, KeyError::SignFailed { .. }), "{error}");
        let text = error.diagnosis("Nothing was signed.").to_string();
        assert!(text.contains("CKR_DEVICE_REMOVED") && text.contains("not known"), "{text}");
        drop(key);
        assert_eq!(SoftTokens::calls(folder).last().map(String::as_str), Some("C_Finalize"));
    });
}

/// Signs with every scheme of these keys on a token that does not offer all mechanisms. SoftHSM hashes for RSA only.
fn every_scheme(folder: &Path, kinds: &[NewKey]) {
    for new in kinds {
        make_key(folder, new.name(), *new);
        let mut key = open(folder).unwrap();
        let SiteKey::Token(token) = &key else { panic!("{key:?}") };
        let schemes = token.schemes();
        assert_eq!(schemes.len(), if *new == NewKey::Rsa3072 { 6 } else { 1 }, "{new}: {schemes:?}");
        for scheme in schemes {
            let ready = key.make_ready(scheme, &[1; 5000], Box::new(KeyHolder::typing(PIN)));
            ready.unwrap_or_else(|error| panic!("{scheme}: {error}"));
            key.sign(&[1; 5000], scheme).unwrap_or_else(|error| panic!("{scheme}: {error}"));
        }
    }
}

#[test]
fn a_token_that_hashes_itself_signs_all_the_same() {
    scenario("a_token_that_hashes_itself_signs_all_the_same", one_token("hashes-itself"), |folder| {
        every_scheme(folder, &[NewKey::Rsa3072]);
        if maker_inside() == Maker::Kryoptic {
            every_scheme(folder, &[NewKey::EcdsaP256, NewKey::EcdsaP384]);
            return;
        }
        // A key that could not sign is not made.
        rewrite(folder, "key_label = ", "key_label = \"curve\"\n# ");
        let text = std::fs::read_to_string(folder.join("SITE.toml")).unwrap();
        let pin = text.lines().find(|line| line.starts_with("public_key")).unwrap();
        rewrite(folder, pin, "");
        let error = site(folder).generate_key(NewKey::EcdsaP384, &mut KeyHolder::typing(PIN)).unwrap_err();
        assert!(error.to_string().contains("CKM_ECDSA or CKM_ECDSA_SHA384"), "{error}");
        assert!(matches!(error, KeyError::MechanismMissing { .. }), "{error}");
    });
}

#[test]
fn a_token_that_does_not_hash_signs_all_the_same() {
    scenario("a_token_that_does_not_hash_signs_all_the_same", one_token("none"), |folder| {
        every_scheme(folder, &[NewKey::Rsa3072, NewKey::EcdsaP256, NewKey::EcdsaP384]);
    });
}

#[test]
fn a_mechanism_that_the_token_offers_and_refuses_gives_way_before_a_signature() {
    let name = "a_mechanism_that_the_token_offers_and_refuses_gives_way_before_a_signature";
    scenario(name, one_token("begins-not"), |folder| {
        every_scheme(folder, &[NewKey::Rsa3072]);
        if maker_inside() == Maker::Kryoptic {
            return every_scheme(folder, &[NewKey::EcdsaP384]);
        }
        make_key(folder, "curve", NewKey::EcdsaP384);
        let mut key = open(folder).unwrap();
        let _ = SoftTokens::calls(folder);
        let ready = key.make_ready(SignatureScheme::EcdsaP384Sha384, b"x", Box::new(KeyHolder::typing(PIN)));
        let error = ready.unwrap_err();
        assert!(matches!(error, KeyError::KeyUnusable { .. }), "{error}");
        assert!(
            error.to_string().contains("CKM_ECDSA: ") && error.to_string().contains("CKR_MECHANISM_INVALID"),
            "{error}"
        );
        assert_eq!(SoftTokens::calls(folder), ["C_OpenSession", "C_SignInit", "C_CloseSession"]);
    });
}

#[test]
fn a_key_that_may_not_sign_is_refused_before_a_signature() {
    scenario("a_key_that_may_not_sign_is_refused_before_a_signature", one_token("no-sign"), |folder| {
        make_key(folder, "root key", NewKey::EcdsaP384);
        let error = open(folder).unwrap_err();
        assert!(matches!(error, KeyError::KeyUnusable { .. }) && error.to_string().contains("CKA_SIGN"), "{error}");
    });
}

#[test]
fn a_key_that_asks_each_time_is_asked_the_first_time_before_the_number_is_burned() {
    let name = "a_key_that_asks_each_time_is_asked_the_first_time_before_the_number_is_burned";
    scenario(name, one_token("always-authenticate"), |folder| {
        let holder = |pin: &str| Box::new(KeyHolder::typing(pin));
        let parts: Vec<u8> = (0..=255).cycle().take(20_000).collect();
        for new in kinds() {
            make_key(folder, new.name(), new);
            let scheme = SignatureScheme::usual_for(new.kind());
            let mut key = open(folder).unwrap();
            assert_eq!(key.token().unwrap().1.always_authenticate, Some(true));
            let _ = SoftTokens::calls(folder);
            // SoftHSM does not hash for ECDSA, and Ed25519 signs in one call.
            if maker_inside() == Maker::SoftHsm && new.modulus_bits().is_none() {
                let error = key.make_ready(scheme, &parts, holder(PIN)).unwrap_err();
                assert!(matches!(error, KeyError::AlwaysAuthenticate { .. }), "{new}: {error}");
                assert_eq!(error.diagnosis("Nothing was signed.").label.as_str(), "key-unusable");
                assert!(SoftTokens::calls(folder).is_empty());
                continue;
            }
            // A wrong PIN is found before anything is signed.
            let error = key.make_ready(scheme, &parts, holder("999999")).unwrap_err();
            assert!(matches!(error, KeyError::PinRefused { .. }), "{new}: {error}");
            assert!(!SoftTokens::calls(folder).contains(&"C_SignFinal".to_owned()));
            drop(key);
            let mut key = open(folder).unwrap();
            let _ = SoftTokens::calls(folder);
            key.make_ready(scheme, &parts, holder(PIN)).unwrap();
            let tried = ["C_OpenSession", "C_SignInit", "C_CloseSession"];
            assert_eq!(SoftTokens::calls(folder), [&tried[..], &["C_SignInit", "C_Login again"]].concat(), "{new}");
            let public = key.public_key().clone();
            let signature = key.sign(&parts, scheme).unwrap();
            assert!(public.verifies(scheme, &parts, &signature), "{new}");
            assert_eq!(SoftTokens::calls(folder), ["C_SignFinal"], "{new}");
            // The next use asks again.
            let signature = key.sign(b"another", scheme).unwrap();
            assert!(public.verifies(scheme, b"another", &signature), "{new}");
            assert_eq!(SoftTokens::calls(folder), ["C_SignInit", "C_Login again", "C_SignFinal"], "{new}");
        }
    });
}

#[test]
fn token_list_names_what_a_site_file_pins() {
    if let Some(folder) = inside() {
        make_key(&folder, "root key", NewKey::EcdsaP384);
        return;
    }
    let Some(tokens) = SoftTokens::new() else { return };
    let serial = tokens.make(LABEL);
    tokens.site(&tokens.shim("none"), (LABEL, &serial), "root key", "");
    tokens.alone("tokens::token_list_names_what_a_site_file_pins");
    let pinned = Site::read(&tokens.folder().join("SITE.toml")).unwrap();
    let rootcast_offline::ceremony::site::KeyPlace::Token { pinned: Some(pinned), .. } = pinned.key else { panic!() };
    let list = |program: &[&str]| tokens.seen_by(offline(program).arg("--module").arg(tokens.module()));
    let listed = list(&["token", "list", "--json"]).exits(0).json();
    assert_eq!(listed["tokens"].as_array().unwrap().len(), 1, "{listed}");
    let token = &listed["tokens"][0];
    assert_eq!((token["label"].as_str(), token["serial"].as_str()), (Some(LABEL), Some(serial.as_str())));
    assert_eq!(token["model"], "SoftHSM v2");
    let expected = pinned.to_string();
    assert_eq!(token["keys"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(token["keys"][0]["label"], "root key");
    assert_eq!(token["keys"][0]["public_key_sha256"].as_str(), Some(expected.as_str()));
    list(&["token", "list"]).exits(0).says(&expected).says(&serial).says("P-384");
    documented(&listed, "token list", &["private"]);
    // Nobody is at the keyboard: the PIN is not taken from anywhere else.
    list(&["token", "list", "--login"]).exits(7).says("error[pin-refused]").says("KEY-PIN");
}

/// docs/json.md shows every member of this document, and none that it has not; below `seen_elsewhere` it may show more.
fn documented(document: &serde_json::Value, name: &str, seen_elsewhere: &[&str]) {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/json.md");
    let page = std::fs::read_to_string(page).unwrap();
    let shown = example(&page, name);
    let (mut real, mut told) = (BTreeSet::new(), BTreeSet::new());
    members(document, "", &mut real);
    members(&shown, "", &mut told);
    told.retain(|path| !seen_elsewhere.iter().any(|part| path.contains(&format!(".{part}."))));
    assert_eq!(told, real, "## {name}");
}

#[test]
fn a_module_that_is_none_is_named() {
    let scratch = rootcast_tests::scratch::Scratch::new();
    let text = scratch.file("module.so", "not a library");
    offline(["token", "list", "--module"]).arg(&text).exits(7).says("error[token-failed]").says("module.so");
    offline(["token", "list", "--module"]).arg(scratch.path("none.so")).exits(2).says("No such file");
    offline(["token", "list", "--module"]).arg(scratch.folder()).exits(7).says("not a file");
}

#[test]
fn the_pin_is_typed_on_the_terminal_and_not_shown() {
    let Some(tokens) = SoftTokens::new() else { return };
    let serial = tokens.make(LABEL);
    let list = offline(["token", "list", "--login", "--module"]).arg(tokens.shim("none"));
    let list = tokens.seen_by(list);
    let typed_wrong = PIN.replace('9', "8");
    for (keys, code) in [
        (format!("{PIN}\r"), 0),
        (format!("nonsense\u{15}{PIN}7\u{7f}\r"), 0),
        (format!("{typed_wrong}\r"), 7),
        // Return alone sends nothing to the token, and is asked again, three times in all.
        (format!("\r{PIN}\r"), 0),
        ("\r\r\r".to_owned(), 7),
        // What was sent is never asked for again.
        (format!("\r{typed_wrong}\r"), 7),
        // Letters that no serial number or digest on the screen has.
        ("zw\u{3}".to_owned(), 130),
    ] {
        let mut seat = Seat::start(&list, 120, 40);
        let prompt = format!("PIN for token {LABEL}: ");
        for (before, line) in keys.split_inclusive('\r').enumerate() {
            let begun = std::time::Instant::now();
            while seat.screen().matches(&prompt).count() <= before || seat.echoes() {
                assert!(begun.elapsed() < Duration::from_secs(60), "no prompt:\n{}", seat.screen());
                std::thread::sleep(Duration::from_millis(10));
            }
            seat.type_keys(line);
        }
        let begun = std::time::Instant::now();
        while seat.running.runs() && begun.elapsed() < Duration::from_secs(30) {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(100));
        let screen = seat.screen();
        assert!(seat.echoes(), "the echo was not given back after {keys:?}");
        assert_eq!(screen.matches(&prompt).count(), keys.split_inclusive('\r').count(), "{keys:?}\n{screen}");
        let typed = keys.trim_matches(|c: char| c.is_control());
        assert!(typed.is_empty() || !screen.contains(typed), "{keys:?} was shown:\n{screen}");
        assert!(!screen.contains(PIN) && !screen.contains(&typed_wrong), "{screen}");
        let ended = seat.running.wait();
        assert_eq!(ended.code, Some(code), "{keys:?}\n{screen}");
        let token = format!("Token {LABEL}, serial {serial}, SoftHSM v2: ");
        let before = screen.split_once("PIN for token").unwrap().0.trim_end();
        assert!(before.lines().rev().take(2).any(|line| line.starts_with(&token)), "{screen}");
        assert_eq!(screen.contains("    signs with  CKM_RSA_PKCS, "), code == 0, "{screen}");
    }
}

/// Between two prompts the echo was on, and what had been typed until the second one was forgotten: the rest of the PIN was
/// then sent as a PIN.
#[test]
fn what_is_typed_between_two_prompts_for_the_pin_is_not_shown_and_not_lost() {
    let Some(tokens) = SoftTokens::new() else { return };
    tokens.make(LABEL);
    let list = tokens.seen_by(offline(["token", "list", "--login", "--module"]).arg(tokens.shim("none")));
    let mut seat = Seat::start(&list, 120, 40);
    let prompt = format!("PIN for token {LABEL}: ");
    let until_asked = |seat: &mut Seat, count: usize| {
        let begun = std::time::Instant::now();
        while seat.screen().matches(&prompt).count() < count || seat.echoes() {
            assert!(begun.elapsed() < Duration::from_secs(60), "no prompt:\n{}", seat.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    until_asked(&mut seat, 1);
    let (first, rest) = PIN.split_at(3);
    seat.type_keys(&format!("\r{first}"));
    until_asked(&mut seat, 2);
    seat.type_keys(&format!("{rest}\r"));
    let begun = std::time::Instant::now();
    while seat.running.runs() && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(100));
    let screen = seat.screen();
    assert!(seat.echoes(), "the echo was not given back");
    assert_eq!(seat.running.wait().code, Some(0), "{screen}");
    let asked = screen.split_once("Nothing was typed. The token counts no try. 2 prompts left.").unwrap().1;
    let asked = asked.lines().take(3).collect::<String>();
    assert!(!asked.contains(first) && !asked.contains(rest), "{screen}");
}

#[test]
fn a_signal_at_the_pin_prompt_gives_the_terminal_back() {
    let Some(tokens) = SoftTokens::new() else { return };
    tokens.make(LABEL);
    let list = tokens.seen_by(offline(["token", "list", "--login", "--module"]).arg(tokens.module()));
    let mut seat = Seat::start(&list, 120, 40);
    seat.wait_for_text(&format!("PIN for token {LABEL}: "));
    seat.running.terminate();
    let begun = std::time::Instant::now();
    while seat.running.runs() && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(seat.echoes());
    assert_eq!(seat.running.wait().code, Some(130));
}

#[test]
fn a_p_521_key_that_was_restored_on_a_token_signs() {
    let prepare = |tokens: &SoftTokens| {
        let serial = tokens.make(LABEL);
        let path = tokens.folder().join("restored.p8");
        let openssl = |arguments: &[&str]| {
            let ended = std::process::Command::new("openssl").args(arguments).current_dir(tokens.folder()).output();
            let ended = ended.unwrap();
            assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        };
        let curve = "ec_paramgen_curve:P-521";
        openssl(&["genpkey", "-algorithm", "EC", "-pkeyopt", curve, "-outform", "DER", "-out", "made.der"]);
        let plain = ["pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-outform", "DER", "-in", "made.der", "-out"];
        openssl(&[&plain[..], &["restored.p8"]].concat());
        openssl(&["pkey", "-inform", "DER", "-in", "made.der", "-pubout", "-outform", "DER", "-out", "public.der"]);
        tokens.import(&serial, &path, "root key", "01");
        let spki = std::fs::read(tokens.folder().join("public.der")).unwrap();
        let pinned = rootcast_protocol::digest::Digest::of(&spki).to_string();
        tokens.site(&tokens.shim("none"), (LABEL, &serial), "root key", &pinned);
    };
    scenario("a_p_521_key_that_was_restored_on_a_token_signs", prepare, |folder| {
        let mut key = open(folder).unwrap();
        assert!(key.description().contains("P-521"), "{}", key.description());
        let public = key.public_key().clone();
        for round in 0..8_u8 {
            let signature = key.sign(&[round; 300], SignatureScheme::EcdsaP521Sha512).unwrap();
            assert!(public.verifies(SignatureScheme::EcdsaP521Sha512, &[round; 300], &signature));
        }
        assert!(matches!(key.sign(b"x", SignatureScheme::EcdsaP384Sha384), Err(KeyError::SchemeUnfit { .. })));
    });
}
