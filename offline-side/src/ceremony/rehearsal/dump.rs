//! Everything that will be signed, in words a witness can follow. It is read from the bytes by the second parser, not
//! from the request.

use std::fmt::Write as _;

use rootcast_host::clock::dated_text;
use rootcast_pki::certificate;
use rootcast_pki::crl;
use rootcast_pki::difference::reason_name;
use rootcast_pki::extension::Extension;
use rootcast_pki::item::ItemKind;
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::words;

use super::object::RehearsedObject;
use crate::ceremony::draft::choices::Choices;
use crate::ceremony::draft::expected::Expected;
use crate::ceremony::draft::inputs::Inputs;
use crate::ceremony::facts;
use crate::ceremony::key::public_key::PublicKey;
use crate::gate::item_text::finding_text;

/// Most entries of a CRL that are written out; those carried over beyond it are only counted.
const ENTRIES_SHOWN_MAX: usize = 1000;

pub(super) fn text(
    objects: &[RehearsedObject],
    inputs: &Inputs,
    choices: &Choices,
    cannot_before: Option<Timestamp>,
) -> String {
    let now = choices.made;
    let mut text = format!(
        "Rehearsed {}, judged as of {}\nNothing here is signed. This is what the key will sign, read from the \
         exact bytes.\n",
        choices.made, choices.judged_at
    );
    if let Some(earliest) = cannot_before {
        let earliest = dated_text(earliest.0, now.0);
        let _ = writeln!(text, "THIS CANNOT BE SIGNED BEFORE {earliest}.");
    }
    for abandoned in &choices.abandoned {
        let mut out = Lines(&mut text);
        out.title(&format!("ABANDONED: CRL number {}, file {}", abandoned.number, abandoned.file));
        out.line("SHA-256", &abandoned.sha256.to_string());
        out.line("words", &words::spell(abandoned.sha256.as_bytes(), words::SHORT));
        out.line("because", &abandoned.because);
        out.line("", "It was never sent, and is never sent from here. Its number stays burned.");
    }
    for object in objects {
        let mut out = Lines(&mut text);
        match object.drafted.expected.kind() {
            ItemKind::Crl => crl_text(&mut out, object, inputs, now),
            ItemKind::Certificate => certificate_text(&mut out, object, now),
        }
        out.line("signed with", choices.scheme.name());
        out.line("to be signed", &rootcast_host::text::bytes(object.drafted.to_be_signed.len() as u64));
        out.line("SHA-256", &object.sha256().to_string());
        out.line("words", &object.words());
        // Nothing is signed yet.
        out.line("online side", &format!("would be {}", object.verdict));
        for finding in &object.findings {
            out.line("", &finding_text(finding));
        }
    }
    text
}

/// Lines of a label and a value each.
struct Lines<'a>(&'a mut String);

impl Lines<'_> {
    fn title(&mut self, title: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "\n{title}\n");
    }

    fn line(&mut self, label: &str, value: &str) {
        let _ = writeln!(self.0, "    {label:<14} {}", rootcast_host::text::printable(value));
    }
}

/// Rounded, as the distance from now is: two roundings of one time differ by a day.
fn days(from: Timestamp, to: Timestamp) -> i64 {
    to.0.saturating_sub(from.0).saturating_add(43_200).div_euclid(86_400)
}

fn crl_text(out: &mut Lines<'_>, object: &RehearsedObject, inputs: &Inputs, now: Timestamp) {
    let Some(crl) = crl::inspect(&object.sample, &Policy::default()).value else { return };
    let number = crl.number().map_or_else(|| "none".to_owned(), |number| number.in_both());
    out.title(&format!("{}: CRL number {number}", object.drafted.file));
    out.line("issuer", &crl.issuer().to_string());
    out.line("thisUpdate", &dated_text(crl.this_update().0, now.0));
    if let Some(next) = crl.next_update() {
        out.line(
            "nextUpdate",
            &format!("{}, {} days after thisUpdate", dated_text(next.0, now.0), days(crl.this_update(), next)),
        );
    }
    if let Some(key_id) = crl.aki().and_then(|aki| aki.key_id.as_deref()) {
        out.line("issuer's key", &SerialNumber::from_contents(key_id).to_string());
    }
    extension_lines(out, crl.extensions());
    out.line("revokes", &rootcast_host::text::count(crl.entry_count(), "certificate"));
    for (index, entry) in crl.entries().enumerate() {
        let new = inputs.revocations.iter().find(|new| new.serial == entry.serial);
        if index >= ENTRIES_SHOWN_MAX && new.is_none() && !inputs.decided.iter().any(|one| one.serial == entry.serial) {
            continue;
        }
        let decided = inputs.decided.iter().find(|decided| decided.serial == entry.serial);
        let origin = match new {
            None if decided.is_some() => "DECIDED".to_owned(),
            None => "carried over".to_owned(),
            Some(new) if new.before.is_some() => format!("CHANGED: {}", new.subject),
            Some(new) => format!("NEW: {}", new.subject),
        };
        let (serial, why) = (entry.serial_number(), reason_name(entry.reason));
        let (place, date) = (index + 1, entry.revocation_date);
        out.line("", &format!("{place:>4}. serial {serial}, {why}, since {date}, {origin}"));
        // The reason is said already.
        for (name, value) in facts::entry_extensions(&object.sample, entry.offset) {
            out.line("", &format!("      {name}: {value}"));
        }
    }
    if crl.entry_count() > ENTRIES_SHOWN_MAX as u64 {
        let rest = crl.entry_count() - ENTRIES_SHOWN_MAX as u64;
        out.line("", &format!("… of the last {rest} entries, only new and changed ones are listed"));
    }
    for decided in &inputs.decided {
        let [now, before, because] = decided.lines();
        out.line("DECIDED", &now);
        out.line("", &before);
        out.line("", &because);
    }
}

fn certificate_text(out: &mut Lines<'_>, object: &RehearsedObject, now: Timestamp) {
    let Some(found) = certificate::inspect(&object.sample, &Policy::default()).value else { return };
    // Not by the names: a root's next key, certified by this one, has the same name and is signed by another.
    let is_root = object.drafted.expected.is_root();
    let title = if is_root { "root certificate, signed by itself" } else { "CA certificate" };
    out.title(&format!("{}: {title}", object.drafted.file));
    out.line("subject", &found.subject().to_string());
    out.line("issuer", &found.issuer().to_string());
    out.line("serial", &found.serial().to_string());
    out.line("valid from", &dated_text(found.not_before().0, now.0));
    let length = days(found.not_before(), found.not_after().plus_seconds(1));
    out.line("valid to", &format!("{}, valid for {length} days", dated_text(found.not_after().0, now.0)));
    // A root's sample carries the ephemeral key: its own is described from what will be signed.
    if let Expected::Certificate(expected) = &object.drafted.expected {
        let digest = rootcast_protocol::digest::Digest::of(&expected.spki);
        let described = PublicKey::from_spki(&expected.spki).filter(|_| is_root);
        let described = described.map_or_else(|| found.key_description(), |key| key.describe());
        out.line("public key", &format!("{described}, SHA-256 {digest}"));
        let url = |url: &Option<String>| url.clone().unwrap_or_else(|| "none".to_owned());
        if !is_root {
            out.line("CRL at", &url(&expected.crl_url));
            out.line("issuer at", &url(&expected.issuer_url));
        }
        if expected.is_for_tls {
            out.line("fit for", "TLS server certificates (serverAuth), any policy");
        }
    }
    if let Some(constraints) = found.basic_constraints() {
        let below = constraints.path_length.map_or_else(
            || "any number of CAs below it".to_owned(),
            |length| match length {
                0 => "no CA below it (path length 0)".to_owned(),
                length => format!("at most {length} CAs below it in a row (path length {length})"),
            },
        );
        out.line("a CA with", &below);
    }
    if let Some(key_id) = found.ski() {
        out.line("key identifier", &SerialNumber::from_contents(key_id).to_string());
    }
    extension_lines(out, found.extensions());
}

/// Every extension there is, also those that a line above has in plainer words: nothing else is in the bytes.
fn extension_lines(out: &mut Lines<'_>, extensions: &[Extension<'_>]) {
    out.line("extensions", &rootcast_host::text::count(extensions.len() as u64, "extension"));
    for (name, value) in facts::extensions(extensions) {
        out.line("", &format!("{name}: {value}"));
    }
}
