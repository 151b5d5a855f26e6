//! The overview for Prometheus. The names are a contract: those of certificates and CRLs, with their labels and meaning,
//! are the ones of x509-certificate-exporter 4, so its rules and dashboards work with them.
//!
//! All times are moments (Unix seconds), never distances: they stay true between two looks.

mod exposition;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use rootcast_host::terminal::print;
use rootcast_host::text::printable;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::name::{Name, NamePart};
use rootcast_pki::serial::SerialNumber;
use rootcast_protocol::digest::Digest;

use self::exposition::{Family, Labels};
use super::asked_format::is_format;
use super::attention::Attention;
use super::level::Level;
use super::overview::Overview;

/// All metrics as text, without the end of the last line.
pub(super) fn text(overview: &Overview<'_>, attention: &Attention) -> String {
    let families = [own(overview, attention), crls(overview), certificates(overview), contacts(overview)];
    let text: String = families.into_iter().flatten().map(|family| family.to_string()).collect();
    text.trim_end_matches('\n').to_owned()
}

/// Whether a command line asks for metrics, as far as it can be read.
pub(crate) fn is_asked(arguments: &[OsString]) -> bool {
    is_format(arguments, "prometheus")
}

/// Prints the metrics of a state that cannot be looked at. Old ones would go on saying that all is well.
pub(crate) fn end_unknown() {
    // The run has failed already, and standard error says why.
    let _ = print(&unknown());
}

/// The metrics of a state that cannot be looked at, without the end of the last line.
fn unknown() -> String {
    let families = [build_info(), status(3)];
    families.map(|family| family.to_string()).concat().trim_end_matches('\n').to_owned()
}

/// The program.
fn build_info() -> Family {
    let mut build = Family::gauge("rootcast_build_info", "The version of the program that looked.");
    build.add(Labels::default().with("version", env!("CARGO_PKG_VERSION")), 1);
    build
}

/// The verdict.
fn status(level: u8) -> Family {
    let help = "What status says: 0 is OK, 1 is WARN, 2 is CRITICAL, 3 is that the state cannot be looked at.";
    let mut status = Family::gauge("rootcast_status", help);
    status.add(Labels::default(), level);
    status
}

/// What is ours alone.
fn own(overview: &Overview<'_>, attention: &Attention) -> Vec<Family> {
    let record = overview.record;
    let level = match attention.level() {
        Level::Ok => 0,
        Level::Warn => 1,
        Level::Critical => 2,
    };
    let mut generation = Family::gauge("rootcast_generation", "The generation of the state that is published.");
    generation.add(Labels::default(), record.generation);
    let mut held = Family::gauge("rootcast_held_items", "Items that wait for a human decision.");
    held.add(Labels::default(), record.held.len());
    let mut alarms = Family::gauge("rootcast_alarms", "Alarms that nobody has acknowledged.");
    alarms.add(Labels::default(), attention.alarms());
    let mut published = Family::gauge(
        "rootcast_published_timestamp_seconds",
        "When the newest item of this kind and issuer was published, the issuer by its key.",
    );
    let crls = record.crls.iter().map(|crl| (&crl.issuer, "crl", crl.accepted));
    let certificates = record.certificates.iter().map(|one| (&one.issuer, "certificate", one.accepted));
    let mut newest: BTreeMap<(&str, &'static str), i64> = BTreeMap::new();
    for (issuer, kind, accepted) in crls.chain(certificates) {
        let known = newest.entry((issuer, kind)).or_insert(accepted);
        *known = accepted.max(*known);
    }
    for ((issuer, kind), accepted) in newest {
        published.add(Labels::default().with("issuer", issuer).with("kind", kind), accepted);
    }
    vec![build_info(), status(level), generation, held, alarms, published]
}

/// The published CRLs.
fn crls(overview: &Overview<'_>) -> Vec<Family> {
    let mut next_update = Family::gauge("x509_crl_next_update", "When the CRL says that the next comes at the latest.");
    let mut this_update = Family::gauge("x509_crl_this_update", "When the CRL was issued.");
    let mut number = Family::gauge("x509_crl_number", "The CRL number; the label has every digit of it.");
    let mut stale = Family::gauge("x509_crl_stale", "Whether nextUpdate has passed.");
    for crl in &overview.record.crls {
        let name = match overview.issuer_of(&crl.issuer) {
            Some(issuer) => labels_of_name(Labels::default(), issuer.subject(), &ISSUER_LABELS),
            None => Labels::default().with("issuer_CN", printable(&crl.issuer_name)),
        };
        let labels = with_file(name, overview.dir, &format!("published/crl/{}.crl", crl.issuer));
        next_update.add(labels.clone(), crl.next_update);
        this_update.add(labels.clone(), crl.this_update);
        // A number of more than 53 bits is rounded by whoever reads it.
        number.add(labels.clone().with("crl_number", printable(&crl.number)), printable(&crl.number));
        stale.add(labels, u8::from(crl.next_update < overview.now));
    }
    vec![next_update, this_update, number, stale]
}

/// The roots, and the published CA certificates.
fn certificates(overview: &Overview<'_>) -> Vec<Family> {
    let mut not_after = Family::gauge("x509_cert_not_after", "When the certificate ends.");
    let mut not_before = Family::gauge("x509_cert_not_before", "When the certificate begins.");
    let mut expired = Family::gauge("x509_cert_expired", "Whether the certificate has ended.");
    let roots = overview.roots.iter().map(|root| {
        // The roots stand beside the published tree of their generation.
        (&root.issuer, format!("published/../roots/{}.crt", root.record.sha256))
    });
    let published = overview.record.certificates.iter().filter(|one| one.revoked.is_none());
    let published =
        published.filter_map(|one| Some((overview.published(one)?, format!("published/ca/{}.crt", one.sha256))));
    for (certificate, file) in roots.chain(published) {
        let labels = labels_of_name(Labels::default(), certificate.issued_by(), &ISSUER_LABELS);
        let labels = labels_of_name(labels, certificate.subject(), &SUBJECT_LABELS);
        let labels = labels.with("serial_number", decimal(certificate.serial()));
        let labels = with_file(labels, overview.dir, &file);
        not_after.add(labels.clone(), certificate.not_after().0);
        not_before.add(labels.clone(), certificate.not_before().0);
        expired.add(labels, u8::from(certificate.not_after().0 < overview.now));
    }
    vec![not_after, not_before, expired]
}

/// When the offline side was heard, and when it promised to be heard again.
fn contacts(overview: &Overview<'_>) -> Vec<Family> {
    let mut heard = Family::gauge("rootcast_heard_timestamp_seconds", "When the last beacon of this root was heard.");
    let mut next = Family::gauge("rootcast_next_contact_timestamp_seconds", "By when this root promised contact.");
    let mut promised: BTreeMap<String, i64> = BTreeMap::new();
    let mut promise = |source: String, by: i64| {
        let known = promised.entry(source).or_insert(by);
        *known = by.min(*known);
    };
    for source in &overview.record.sources {
        source.next_contact_by.into_iter().for_each(|by| promise(source.source.clone(), by));
    }
    let mut last: BTreeMap<String, i64> = BTreeMap::new();
    for root in overview.roots {
        let source = Digest(root.issuer.spki_sha256()).to_string();
        if let Some(known) = overview.contact(root) {
            known.next_contact_by.into_iter().for_each(|by| promise(source.clone(), by));
            last.insert(source, known.heard);
        }
    }
    last.into_iter().for_each(|(source, at)| heard.add(Labels::default().with("source", source), at));
    promised.into_iter().for_each(|(source, by)| next.add(Labels::default().with("source", source), by));
    vec![heard, next]
}

/// The labels that the parts of a name have.
type NameLabels = [(NamePart, &'static str); 6];

const ISSUER_LABELS: NameLabels = [
    (NamePart::Country, "issuer_C"),
    (NamePart::StateOrProvince, "issuer_ST"),
    (NamePart::Locality, "issuer_L"),
    (NamePart::Organization, "issuer_O"),
    (NamePart::OrganizationalUnit, "issuer_OU"),
    (NamePart::CommonName, "issuer_CN"),
];

const SUBJECT_LABELS: NameLabels = [
    (NamePart::Country, "subject_C"),
    (NamePart::StateOrProvince, "subject_ST"),
    (NamePart::Locality, "subject_L"),
    (NamePart::Organization, "subject_O"),
    (NamePart::OrganizationalUnit, "subject_OU"),
    (NamePart::CommonName, "subject_CN"),
];

/// Adds a label for each part that the name has. Whoever made the name chose these texts.
fn labels_of_name(labels: Labels, name: &Name, parts: &NameLabels) -> Labels {
    parts.iter().fold(labels, |labels, (part, label)| match name.first_text(*part) {
        Some(text) => labels.with(label, printable(&text)),
        None => labels,
    })
}

/// Adds a file below the state by its name and by its path.
fn with_file(labels: Labels, state: &Path, file: &str) -> Labels {
    let name = file.rsplit('/').next().unwrap_or(file);
    let path = state.join(file);
    let path = std::path::absolute(&path).unwrap_or(path).display().to_string();
    labels.with("filename", name).with("filepath", printable(&path))
}

/// A serial number in decimal; in hexadecimal where it is none that a CA may give.
fn decimal(serial: &SerialNumber) -> String {
    CrlNumber::from_contents(serial.as_bytes()).map_or_else(|_| serial.to_string(), |number| number.to_string())
}

impl Overview<'_> {
    /// The issuer with this file name: a root, one that was retired, or a published CA.
    fn issuer_of(&self, file_name: &str) -> Option<&Issuer> {
        let roots = self.roots.iter().map(|root| &root.issuer);
        let retired = self.retired().map(|(root, _)| &root.issuer);
        let published = self.record.certificates.iter().filter_map(|one| self.published(one));
        roots.chain(retired).chain(published).find(|issuer| issuer.file_name() == file_name)
    }
}
