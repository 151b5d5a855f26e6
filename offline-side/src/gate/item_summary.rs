//! The summary of an item, for the operator's confirmation. No decision depends on it.

use rootcast_host::clock::dated_text;
use rootcast_pki::certificate::InspectedCertificate;
use rootcast_pki::crl::InspectedCrl;
use rootcast_pki::time::Timestamp;
use serde::Serialize;

/// The summary of one item. Names are safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemSummary {
    /// Of a CRL.
    Crl {
        /// Whose it is.
        issuer: String,
        /// Its number, decimal.
        number: Option<String>,
        /// When it was issued.
        this_update: Timestamp,
        /// nextUpdate: when the next CRL is issued at the latest.
        next_update: Option<Timestamp>,
        /// How many certificates it revokes.
        entries: u64,
    },
    /// Of a certificate.
    Certificate {
        /// Whose key it certifies.
        subject: String,
        /// Its issuer.
        issuer: String,
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
            number: crl.number().map(|number| number.to_string()),
            this_update: crl.this_update(),
            next_update: crl.next_update(),
            entries: crl.entry_count(),
        }
    }

    pub(crate) fn from_certificate(certificate: &InspectedCertificate<'_>) -> Self {
        Self::Certificate {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            serial: certificate.serial().to_string(),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
        }
    }

    /// What it is, with its number: `CRL 7`, `CA certificate 4f01…`.
    #[must_use]
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Crl { number: Some(number), .. } => format!("CRL number {number}"),
            Self::Crl { number: None, .. } => "CRL without a number".to_owned(),
            Self::Certificate { serial, .. } => format!("CA certificate, serial {serial}"),
        }
    }

    /// All of it in one line, as the online side says it.
    #[must_use]
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Crl { issuer, this_update, next_update, entries, .. } => {
                let next = next_update.map_or("no nextUpdate".to_owned(), |time| format!("nextUpdate {time}"));
                let entries = rootcast_host::text::count(*entries, "entry");
                let title = self.title();
                format!("{title} of {issuer}, thisUpdate {this_update}, {next}, {entries}")
            }
            Self::Certificate { subject, issuer, serial, not_before, not_after } => {
                format!("certificate {serial} for {subject}, issued by {issuer}, valid {not_before} to {not_after}")
            }
        }
    }

    /// Its other facts, a name and a value each; dates with their distance from `now`, in seconds since 1970.
    #[must_use]
    pub(crate) fn lines_at(&self, now: i64) -> Vec<(&'static str, String)> {
        let dated = |time: Timestamp| dated_text(time.0, now);
        match self {
            Self::Crl { issuer, this_update, next_update, entries, .. } => vec![
                ("issuer", issuer.clone()),
                ("thisUpdate", dated(*this_update)),
                ("nextUpdate", next_update.map_or("none".to_owned(), dated)),
                ("revokes", rootcast_host::text::count(*entries, "certificate")),
            ],
            Self::Certificate { subject, issuer, not_before, not_after, .. } => vec![
                ("subject", subject.clone()),
                ("issuer", issuer.clone()),
                ("valid from", dated(*not_before)),
                ("valid to", dated(*not_after)),
            ],
        }
    }
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
        number: Option<&'i str>,
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
            ItemSummary::Crl { issuer, number, this_update, next_update, entries } => Self::Crl {
                issuer,
                number: number.as_deref(),
                this_update: this_update.to_string(),
                next_update: next_update.map(|time| time.to_string()),
                entries: *entries,
            },
            ItemSummary::Certificate { subject, issuer, serial, not_before, not_after } => Self::Certificate {
                subject,
                issuer,
                serial,
                not_before: not_before.to_string(),
                not_after: not_after.to_string(),
            },
        }
    }
}
