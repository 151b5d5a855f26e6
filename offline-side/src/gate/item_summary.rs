//! The summary of an item, for the operator's confirmation. No decision depends on it.

use rootcast_host::clock::dated_text;
use rootcast_pki::certificate::InspectedCertificate;
use rootcast_pki::crl::InspectedCrl;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::name::{Name, NamePart};
use rootcast_pki::time::Timestamp;
use rootcast_protocol::hex;
use serde::Serialize;

/// The summary of one item. Names are safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemSummary {
    /// Of a CRL.
    Crl {
        /// Whose it is.
        issuer: String,
        /// What the name of its file begins with when it travels, from its issuer's name.
        file_stem: String,
        /// The identifier of the issuer's key, as it states it.
        issuer_key_id: Option<Vec<u8>>,
        /// What it is, with its number.
        title: String,
        /// Its number.
        number: Option<CrlNumber>,
        /// When it was issued.
        this_update: Timestamp,
        /// nextUpdate: when the next CRL is issued at the latest.
        next_update: Option<Timestamp>,
        /// How many of its entries can be read.
        entries: u64,
        /// Whether there are more, the first of which cannot be read.
        is_cut: bool,
    },
    /// Of a certificate.
    Certificate {
        /// Whose key it certifies.
        subject: String,
        /// What the name of its file begins with when it travels, from its subject's name.
        file_stem: String,
        /// The identifier of that key, as it states it.
        subject_key_id: Option<Vec<u8>>,
        /// Its issuer.
        issuer: String,
        /// The identifier of the issuer's key, as it states it.
        issuer_key_id: Option<Vec<u8>>,
        /// Its serial number, hexadecimal.
        serial: String,
        /// The first second of its validity.
        not_before: Timestamp,
        /// The last second of its validity.
        not_after: Timestamp,
    },
}

impl ItemSummary {
    pub(crate) fn from_crl(crl: &InspectedCrl<'_>) -> Self {
        Self::Crl {
            issuer: crl.issuer().to_string(),
            file_stem: file_stem(crl.issuer()),
            issuer_key_id: crl.aki().and_then(|aki| aki.key_id.clone()),
            title: crl.title(),
            number: crl.number(),
            this_update: crl.this_update(),
            next_update: crl.next_update(),
            entries: crl.entry_count(),
            is_cut: crl.is_cut(),
        }
    }

    pub(crate) fn from_certificate(certificate: &InspectedCertificate<'_>) -> Self {
        Self::Certificate {
            subject: certificate.subject().to_string(),
            file_stem: file_stem(certificate.subject()),
            subject_key_id: certificate.ski().map(<[u8]>::to_vec),
            issuer: certificate.issuer().to_string(),
            issuer_key_id: certificate.aki().and_then(|aki| aki.key_id.clone()),
            serial: certificate.serial().to_string(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }
    }

    /// What it is, with its number: `CRL 7`, `CA certificate 4f01…`.
    #[must_use]
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Crl { title, .. } => title.clone(),
            Self::Certificate { serial, .. } => format!("CA certificate, serial {serial}"),
        }
    }

    /// The number of a CRL that has one.
    #[must_use]
    pub(crate) fn crl_number(&self) -> Option<CrlNumber> {
        match self {
            Self::Crl { number, .. } => *number,
            Self::Certificate { .. } => None,
        }
    }

    /// All of it in one line, as the online side says it.
    #[must_use]
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Crl { title, issuer, this_update, next_update, entries, is_cut, .. } => {
                let next = next_update.map_or("no nextUpdate".to_owned(), |time| format!("nextUpdate {time}"));
                let entries = counted(*entries, *is_cut, "entry");
                format!("{title} of {issuer}, thisUpdate {this_update}, {next}, {entries}")
            }
            Self::Certificate { subject, issuer, serial, not_before, not_after, .. } => {
                format!("certificate {serial} for {subject}, issued by {issuer}, valid {not_before} to {not_after}")
            }
        }
    }

    /// Its other facts, a name and a value each; dates with their distance from `now`, in seconds since 1970.
    #[must_use]
    pub(crate) fn lines_at(&self, now: i64) -> Vec<(&'static str, String)> {
        let dated = |time: Timestamp| dated_text(time.0, now);
        match self {
            Self::Crl { issuer, issuer_key_id, this_update, next_update, entries, is_cut, .. } => vec![
                ("issuer", named(issuer, issuer_key_id.as_deref())),
                ("thisUpdate", dated(*this_update)),
                ("nextUpdate", next_update.map_or("none".to_owned(), dated)),
                ("revokes", counted(*entries, *is_cut, "certificate")),
            ],
            Self::Certificate { subject, subject_key_id, issuer, issuer_key_id, not_before, not_after, .. } => vec![
                ("subject", named(subject, subject_key_id.as_deref())),
                ("issuer", named(issuer, issuer_key_id.as_deref())),
                ("valid from", dated(*not_before)),
                ("valid to", dated(*not_after)),
            ],
        }
    }
}

/// A number of entries; of a CRL that is cut, the least that it can be.
fn counted(entries: u64, is_cut: bool, what: &str) -> String {
    let least = if is_cut { "at least " } else { "" };
    format!("{least}{}", rootcast_host::text::count(entries.saturating_add(u64::from(is_cut)), what))
}

/// Octets of a key identifier that are shown; a longer one is cut. RFC 5280 §4.2.1.2 makes 20, RFC 7093 up to 64.
const KEY_ID_SHOWN_MAX: usize = 64;

/// A name with the key beside it: two keys may have one name.
fn named(name: &str, key_id: Option<&[u8]>) -> String {
    let Some(key_id) = key_id else { return format!("{name} (no key id)") };
    let shown = key_id.get(..KEY_ID_SHOWN_MAX).unwrap_or(key_id);
    let cut = if shown.len() < key_id.len() { "…" } else { "" };
    format!("{name} (key id {}{cut})", hex::encode(shown))
}

/// The same for scripts: the member `facts` of an item.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum FactsDocument<'i> {
    /// Of a CRL.
    Crl {
        /// Whose it is.
        issuer: &'i str,
        /// Its number, decimal.
        number: Option<CrlNumber>,
        /// When it was issued, RFC 3339.
        this_update: String,
        /// nextUpdate: when the next CRL is issued at the latest, RFC 3339.
        next_update: Option<String>,
        /// How many certificates it revokes.
        entries: u64,
    },
    /// Of a certificate.
    Certificate {
        /// Whose key it certifies.
        subject: &'i str,
        /// Its issuer.
        issuer: &'i str,
        /// Its serial number, hexadecimal.
        serial: &'i str,
        /// The first second of its validity, RFC 3339.
        not_before: String,
        /// The last second of its validity, RFC 3339.
        not_after: String,
    },
}

impl<'i> From<&'i ItemSummary> for FactsDocument<'i> {
    fn from(summary: &'i ItemSummary) -> Self {
        match summary {
            ItemSummary::Crl { issuer, number, this_update, next_update, entries, .. } => Self::Crl {
                issuer,
                number: *number,
                this_update: this_update.to_string(),
                next_update: next_update.map(|time| time.to_string()),
                entries: *entries,
            },
            ItemSummary::Certificate { subject, issuer, serial, not_before, not_after, .. } => Self::Certificate {
                subject,
                issuer,
                serial,
                not_before: not_before.to_string(),
                not_after: not_after.to_string(),
            },
        }
    }
}

/// Most characters of an issuer's or subject's name in the name of a file.
const NAME_LENGTH_MAX: usize = 48;

/// Most digits of a serial number in the name of a file. 64 bits tell the certificates of one CA apart.
const SERIAL_LENGTH_MAX: usize = 16;

impl ItemSummary {
    /// The name that an item travels under: whose it is, and its number. A ceremony calls every CRL `root.crl`.
    ///
    /// A CRL has its issuer's name, a certificate its subject's: `Example-Root-7.crl`, `Example-Issuing-CA-4f01a2b3.crt`.
    #[must_use]
    pub(crate) fn travel_name(&self) -> String {
        match self {
            Self::Crl { file_stem, number, .. } => {
                let number = number.map_or_else(|| "without-number".to_owned(), |number| number.to_string());
                format!("{file_stem}-{number}.crl")
            }
            Self::Certificate { file_stem, serial, .. } => {
                let serial: String = serial.chars().take(SERIAL_LENGTH_MAX).collect();
                format!("{file_stem}-{serial}.crt")
            }
        }
    }
}

/// The value of a name's CN, or of its most specific attribute: its letters and digits with single hyphens between them.
fn file_stem(name: &Name) -> String {
    let value = name.first_text(NamePart::CommonName).or_else(|| name.most_specific_text()).unwrap_or_default();
    let mut stem = String::new();
    for letter in value.chars().take(NAME_LENGTH_MAX) {
        if letter.is_alphanumeric() {
            stem.push(letter);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    let stem = stem.trim_end_matches('-');
    if stem.is_empty() { "without-name".to_owned() } else { stem.to_owned() }
}

#[cfg(test)]
mod tests {
    use rootcast_pki::name::Name;

    use super::file_stem;

    /// A name of these attributes, the most general one first: the last octet of 2.5.4, the tag of the value, the value.
    fn name(attributes: &[(u8, u8, &str)]) -> Name {
        let tlv = |tag: u8, value: &[u8]| -> Vec<u8> {
            let length = u8::try_from(value.len()).unwrap();
            let header = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
            [header.as_slice(), value].concat()
        };
        let one = |(arc, tag, value): &(u8, u8, &str)| {
            tlv(0x31, &tlv(0x30, &[tlv(6, &[0x55, 4, *arc]), tlv(*tag, value.as_bytes())].concat()))
        };
        Name::from_der(&tlv(0x30, &attributes.iter().flat_map(one).collect::<Vec<u8>>())).unwrap()
    }

    #[test]
    fn a_name_becomes_the_beginning_of_a_file_name_and_nothing_else() {
        const COUNTRY: (u8, u8, &str) = (6, 0x13, "CH");
        for (attributes, stem) in [
            (&[COUNTRY, (10, 0x0c, "Example"), (3, 0x0c, "Example Root")][..], "Example-Root"),
            (&[COUNTRY, (3, 0x0c, "Zürich  (G2)!")], "Zürich-G2"),
            (&[(3, 0x0c, "../../etc/passwd")], "etc-passwd"),
            (&[(3, 0x0c, "Last"), (10, 0x0c, "Example")], "Last"),
            (&[COUNTRY, (10, 0x0c, "Example")], "Example"),
            (&[(10, 0x0c, "x"), (3, 0x0c, "日本")], "日本"),
            (&[(3, 0x0c, "\u{1b}[2J\u{202e}")], "2J"),
            (&[], "without-name"),
            (&[(3, 0x0c, "---")], "without-name"),
            // What looks like a CN in the text of another attribute is none, and a CN may have a comma.
            (&[COUNTRY, (10, 0x0c, "Real"), (11, 0x0c, "Unit, CN=Other")], "Unit-CN-Other"),
            (&[(3, 0x0c, "First, CN=Second"), (11, 0x0c, "Unit, CN=Other")], "First-CN-Second"),
        ] {
            assert_eq!(file_stem(&name(attributes)), stem);
        }
        assert_eq!(file_stem(&name(&[(3, 0x0c, &"x".repeat(150))])).len(), 48);
    }
}
