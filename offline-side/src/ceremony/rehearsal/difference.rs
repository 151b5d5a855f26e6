//! What changes against the CRL before, in words. Both CRLs are read by the second parser.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use rootcast_host::clock::dated_text;
use rootcast_pki::crl;
use rootcast_pki::difference::reason_name;
use rootcast_pki::item::ItemKind;
use rootcast_pki::profile::Policy;
use rootcast_pki::serial::SerialNumber;
use rootcast_pki::time::Timestamp;

use super::changes;
use super::endings;
use super::notes::differing_csr;
use super::object::RehearsedObject;
use super::revoked::RevokedCertificate;
use crate::ceremony::draft::AskedBy;
use crate::ceremony::draft::choices::Choices;
use crate::ceremony::draft::identity::Identity;
use crate::ceremony::draft::inputs::{CertifiedKey, Inputs};
use crate::ceremony::draft::named_file::ReplacedCertificate;
use crate::ceremony::request::{AskedSubject, Request};

pub(super) fn text(
    objects: &[RehearsedObject],
    request: &Request,
    inputs: &Inputs,
    (choices, identities, revoked): (&Choices, &[Identity], &[RevokedCertificate]),
) -> String {
    let mut text = String::new();
    let policy = Policy::default();
    let is_crl = |object: &&RehearsedObject| object.drafted.expected.kind() == ItemKind::Crl;
    let sample = objects.iter().find(is_crl);
    if let Some(new) = sample.and_then(|object| crl::inspect(&object.sample, &policy).value) {
        let old = inputs.previous.as_ref().and_then(|previous| crl::inspect(&previous.der, &policy).value);
        crl_text(&mut text, old.as_ref(), &new, (inputs, choices));
    }
    if let Some(root) = &request.root {
        let _ = writeln!(text, "root.crt: a new certificate; it revokes nothing");
        let new = Identity { subject: inputs.signer.name.clone(), key_id: inputs.signer.key_id.clone() };
        let before = inputs.renewed.as_ref().map(|before| (before.identity(), format!("of {}", before.file)));
        let origin = format!("the text in {}", request.file);
        identity_text(&mut text, &new, before, root.new_identifier.as_deref(), &origin);
        let sample = sample_of(objects, AskedBy::Root);
        replaced_text(&mut text, inputs.renewed.as_ref().zip(sample), root.wider.as_deref());
        revoked_text(&mut text, revoked, None);
    }
    let certified = request.certificates.iter().zip(&inputs.certified).zip(identities);
    for (place, ((asked, key), new)) in certified.enumerate() {
        let _ = writeln!(text, "{}.crt: a new certificate; it revokes nothing", asked.name);
        let of_file = key.replaced.as_ref().map(|before| (before.identity(), format!("of {}", before.file)));
        let of_state =
            || choices.known.get(&asked.name).map(|known| (known.clone(), "that this state knows".to_owned()));
        let from = match (&asked.subject, &asked.csr) {
            (AskedSubject::AsInCsr, Some(csr)) => format!("the one of {}", csr.value),
            _ => format!("the text in {}", request.file),
        };
        let before = of_file.or_else(of_state);
        let is_known = before.is_some();
        identity_text(&mut text, new, before, asked.new_identifier.as_deref(), &from);
        for note in differing_csr(asked, key, new, is_known) {
            let _ = writeln!(text, "    {:<14} {}", "REQ-CSR", rootcast_host::text::printable(&note));
        }
        let sample = sample_of(objects, AskedBy::Certificate(place));
        replaced_text(&mut text, key.replaced.as_ref().zip(sample), asked.wider.as_deref());
        revoked_text(&mut text, revoked, Some(place));
    }
    let continues = |key: &CertifiedKey| key.replaced.is_some() || key.csr.is_none();
    if request.root.is_some() || !choices.known.is_empty() || inputs.certified.iter().any(continues) {
        text.push_str(&endings::table(objects, inputs, choices.made));
    }
    text
}

/// What the request asks for here, signed with the ephemeral key.
fn sample_of(objects: &[RehearsedObject], asked_by: AskedBy) -> Option<&[u8]> {
    let is_it = |object: &&RehearsedObject| object.drafted.asked_by == asked_by;
    objects.iter().find(is_it).map(|object| object.sample.as_slice())
}

/// Everything else that is not as in the certificate that is replaced.
fn replaced_text(text: &mut String, replaced: Option<(&ReplacedCertificate, &[u8])>, because: Option<&str>) {
    let Some((before, sample)) = replaced else { return };
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "    {label:<14} {}", rootcast_host::text::printable(value));
    };
    let changes = changes::lines(before, sample);
    if changes.is_empty() {
        line("the rest", &format!("path length and extensions, as in {}", before.file));
    }
    changes.iter().for_each(|change| line("changed", change));
    if let Some(because) = because {
        line("WIDER because", because);
    }
}

/// The revoked certificates of the key that the certificate at this place certifies.
fn revoked_text(text: &mut String, revoked: &[RevokedCertificate], place: Option<usize>) {
    for revoked in revoked.iter().filter(|revoked| revoked.place == place) {
        let _ = writeln!(text, "    {}", rootcast_host::text::printable(&revoked.text()));
    }
}

/// Where name and key identifier come from, and what of them is new. `from` is where a name comes from that is not that of
/// the certificate before.
fn identity_text(
    text: &mut String,
    new: &Identity,
    before: Option<(Identity, String)>,
    because: Option<&str>,
    from: &str,
) {
    let mut line = |label: &str, value: String| {
        let _ = writeln!(text, "    {label:<14} {}", rootcast_host::text::printable(&value));
    };
    let (name, key_id) = (new.subject_text(), new.key_id_text());
    let Some((before, origin)) = before else {
        line("name", format!("{name}, {from}; no certificate of this key is known here"));
        line("identifier", format!("{key_id}, made from the key"));
        return;
    };
    if before.subject == new.subject {
        line("name", format!("{name}, byte for byte the one {origin}"));
    } else {
        let encoding = if before.has_same_text(new) { " in another encoding" } else { "" };
        line("NEW NAME", format!("{name}{encoding}"));
        line("until now", format!("{}, the one {origin}", before.subject_text()));
    }
    if before.key_id == new.key_id {
        line("identifier", format!("{key_id}, the one {origin}"));
    } else {
        line("NEW IDENTIFIER", key_id);
        line("until now", format!("{}, the one {origin}", before.key_id_text()));
    }
    if let Some(because) = because {
        line("because", because.to_owned());
    }
}

fn crl_text(
    text: &mut String,
    old: Option<&crl::InspectedCrl<'_>>,
    new: &crl::InspectedCrl<'_>,
    (inputs, choices): (&Inputs, &Choices),
) {
    let dated = |time: Timestamp| dated_text(time.0, choices.made.0);
    let none = || "none".to_owned();
    let mut line = |label: &str, value: String| {
        let _ = writeln!(text, "{label:<14} {}", rootcast_host::text::printable(&value));
    };
    line("CRL of", new.issuer().to_string());
    let change = |old: Option<String>, new: String| match old {
        Some(old) => format!("{old} -> {new}"),
        None => format!("{new} (there was none before)"),
    };
    let number = |crl: &crl::InspectedCrl<'_>| crl.number().map_or_else(none, |number| number.to_string());
    let next = |crl: &crl::InspectedCrl<'_>| crl.next_update().map_or_else(none, dated);
    // The file `crlnumber` of `openssl ca`, and what `openssl crl` shows, have the second form.
    let in_openssl = new.number().and_then(|number| number.hexadecimal_if_other()).map(|new| {
        let before = old.and_then(crl::InspectedCrl::number);
        let before = before.map_or_else(String::new, |old| format!("{} -> ", old.hexadecimal()));
        format!(" (in openssl {before}{new})")
    });
    line("number", change(old.map(number), number(new)) + &in_openssl.unwrap_or_default());
    line("thisUpdate", change(old.map(|crl| dated(crl.this_update())), dated(new.this_update())));
    line("nextUpdate", change(old.map(next), next(new)));
    for abandoned in &choices.abandoned {
        line("ABANDONED", format!("number {}, never sent: {}", abandoned.number, abandoned.because));
    }
    let mut before: BTreeMap<&[u8], (Timestamp, Option<u8>)> = BTreeMap::new();
    for entry in old.iter().flat_map(|crl| crl.entries()) {
        before.insert(entry.serial, (entry.revocation_date, entry.reason));
    }
    let decided: BTreeSet<&[u8]> = inputs.decided.iter().map(|decided| decided.serial.as_slice()).collect();
    let (mut unchanged, mut told) = (0_u64, Vec::new());
    for entry in new.entries() {
        let now = (entry.revocation_date, entry.reason);
        match before.remove(entry.serial) {
            Some(was) if was == now && !decided.contains(entry.serial) => unchanged += 1,
            was => told.push((entry.serial_number(), was, now)),
        }
    }
    line("unchanged", rootcast_host::text::count(unchanged, "entry"));
    for decided in &inputs.decided {
        let [now, before, because] = decided.lines();
        line("DECIDED", now);
        line("", before);
        line("", because);
    }
    for (serial, was, (date, why)) in told.iter().filter(|(serial, ..)| !decided.contains(serial.as_bytes())) {
        let label = if was.is_some() { "changed" } else { "added" };
        let asked = inputs.revocations.iter().find(|new| new.serial == serial.as_bytes());
        line(
            label,
            asked.map_or_else(|| format!("serial {serial}: {}, since {date}", reason_name(*why)), |new| new.text()),
        );
    }
    for serial in before.into_keys().filter(|serial| !decided.contains(serial)) {
        line("VANISHED", format!("serial {}", SerialNumber::from_contents(serial)));
    }
}
