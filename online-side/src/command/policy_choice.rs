//! The options of `trust` that only this program has: read and checked before anything is asked or written, then applied
//! to the earlier choices.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rootcast_console::trust::{GivenRoot, Options};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::input_file;
use rootcast_host::screen::word_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::policy_record::{OffDate, StoredNumbering};
use rootcast_pki::request::{CertificationRequest, REQUEST_SIZE_MAX};
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::hex;
use rootcast_protocol::words;
use serde::Serialize;

use super::run::{PROGRAM, duration, usage};
use crate::gate::export_key;
use crate::gate::export_key::ExportKey;
use crate::limits::{EXPORT_KEYS_MAX, POLICY_LIST_MAX};
use crate::publication::{PolicyRecord, RequestRecord};

/// The options of `trust` that only this program has. Given again, each adds to what was chosen, or changes it where there is one value.
#[derive(Debug, Args)]
pub(super) struct PolicyChoice {
    /// Warn if a CRL expires within this time
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    min_life: Option<Duration>,
    /// A URL prefix that this host serves: cRLDistributionPoints should have a URL below it; may be repeated
    #[arg(long, value_name = "URL")]
    serves: Vec<String>,
    /// A PKCS#10 request, DER or PEM. From then on a certificate for any key other than those requested is held
    /// (CERT-REQUEST); may be repeated
    #[arg(long, value_name = "FILE")]
    request: Vec<PathBuf>,
    /// The Ed25519 key that signs manifests: a file (PEM, DER or hexadecimal), or 64 hexadecimal digits. Give it twice
    /// while a new key takes the place of an old one. What is given replaces what was pinned
    #[arg(long, value_name = "KEY")]
    export_key: Vec<String>,
}

/// The same, read and checked.
#[derive(Debug)]
pub(super) struct GivenChoice {
    crl_life_min_s: Option<i64>,
    serves: Vec<String>,
    requests: Vec<RequestRecord>,
    export_keys: Vec<ExportKey>,
}

impl PolicyChoice {
    /// The files named; a key given as digits names none.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        self.request.iter().map(AsRef::as_ref).chain(self.export_key.iter().map(Path::new))
    }

    /// Reads the files named and checks all of it.
    ///
    /// # Errors
    /// A usage error that names the option.
    pub(super) fn read(&self, now: i64) -> Result<GivenChoice, Diagnosis> {
        for url in &self.serves {
            if !url.starts_with("http://") || url.len() > 1000 || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(usage(
                    format!("--serves {}: give a URL that begins with http:// and has no spaces.", printable(url)),
                    "Give the URL as in the certificates, such as http://crl.example/root.crl.",
                ));
            }
        }
        let mut export_keys: Vec<ExportKey> = Vec::new();
        for given in &self.export_key {
            let key = read_export_key(given)?;
            if !export_keys.contains(&key) {
                export_keys.push(key);
            }
        }
        if export_keys.len() > EXPORT_KEYS_MAX {
            return Err(usage(
                format!("{} export keys; at most {EXPORT_KEYS_MAX} are pinned at a time.", export_keys.len()),
                "Give the old key and the new one, or one alone.",
            ));
        }
        Ok(GivenChoice {
            crl_life_min_s: self.min_life.map(|life| i64::try_from(life.as_secs()).unwrap_or(i64::MAX)),
            serves: self.serves.clone(),
            requests: self.request.iter().map(|path| read_request(path, now)).collect::<Result<_, _>>()?,
            export_keys,
        })
    }
}

impl GivenChoice {
    /// Shows the options before the confirmation.
    pub(super) fn say(&self) {
        for request in &self.requests {
            say(&format!("request  {} (signed by the key in it)", printable(&request.subject)));
        }
        for key in &self.export_keys {
            let sha256 = Digest::of(key.to_string().as_bytes());
            say(&format!("export key {key}"));
            say(&word_lines("  words  ", &words::spell(sha256.as_bytes(), words::SHORT)));
        }
    }

    /// What was chosen before with this added or changed.
    ///
    /// # Errors
    /// When a list becomes longer than any real one, or a rule would be off in `webpki` without a date.
    pub(super) fn applied_to(
        &self,
        mut record: PolicyRecord,
        options: &Options,
        (root, profile, now): (&GivenRoot, &str, i64),
    ) -> Result<PolicyRecord, Diagnosis> {
        if let Some(numbers) = options.numbers {
            record.numbers = numbers.into();
        }
        record.crl_life_min_s = self.crl_life_min_s.unwrap_or(record.crl_life_min_s);
        record.mass_revocation_max = options.hold_mass_revocation.or(record.mass_revocation_max);
        let off = (&mut record.switched_off, &mut record.off_until);
        options.switch_rules(PROGRAM, profile, off, Timestamp(now))?;
        options.add_affiliated(&mut record.affiliated);
        add(&mut record.serves, self.serves.iter().cloned());
        for request in &self.requests {
            if !record.requests.iter().any(|known| known.spki == request.spki) {
                record.requests.push(request.clone());
            }
        }
        let named = root.named.iter().map(|issuer| Digest(issuer.certificate_sha256()).to_string());
        add(&mut record.offline_issuers, named);
        if !self.export_keys.is_empty() {
            record.export_keys = self.export_keys.iter().map(ToString::to_string).collect();
        }
        let longest = record.serves.len().max(record.requests.len()).max(record.offline_issuers.len());
        let longest = longest.max(record.affiliated.len());
        if longest > POLICY_LIST_MAX {
            return Err(usage(
                format!(
                    "{longest} URLs, requests, offline issuers or affiliated CAs for one root; at most {POLICY_LIST_MAX} are allowed."
                ),
                "Check that this is the right state directory.",
            ));
        }
        Ok(record)
    }
}

fn add(list: &mut Vec<String>, more: impl Iterator<Item = String>) {
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
}

fn read_request(path: &Path, now: i64) -> Result<RequestRecord, Diagnosis> {
    let bytes = input_file::read_for(path, REQUEST_SIZE_MAX as u64, input_file::NOTHING_LEFT)?;
    let request = CertificationRequest::read(&bytes).map_err(|error| {
        usage(
            format!("--request {}: {error}.", path.display()),
            "Give the request (PKCS#10, DER or PEM) as its sender made it.",
        )
    })?;
    let spki = hex::encode(request.spki());
    Ok(RequestRecord { subject: request.subject().to_string(), spki, registered: now })
}

fn read_export_key(given: &str) -> Result<ExportKey, Diagnosis> {
    let key = match given.parse() {
        Ok(key) => Ok(key),
        Err(_) => ExportKey::read(&input_file::read_for(
            Path::new(given),
            export_key::FILE_SIZE_MAX,
            input_file::NOTHING_LEFT,
        )?),
    };
    key.map_err(|why| {
        usage(
            format!("--export-key {}: {why}.", printable(given)),
            "Give the public half: openssl pkey -in KEY.pem -pubout",
        )
    })
}

/// What was chosen for a root: the member `policy` of documents.
#[derive(Debug, Serialize)]
pub(super) struct PolicyDocument<'r> {
    numbers: StoredNumbering,
    min_life_seconds: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_mass_revocation: Option<u64>,
    switched_off: &'r [String],
    off_until: &'r [OffDate],
    affiliated: &'r [String],
    serves: &'r [String],
    requests: Vec<&'r str>,
    offline_issuers: &'r [String],
    export_key: Option<&'r str>,
    export_keys: &'r [String],
}

impl<'r> From<&'r PolicyRecord> for PolicyDocument<'r> {
    fn from(record: &'r PolicyRecord) -> Self {
        Self {
            numbers: record.numbers.or_default(),
            min_life_seconds: record.crl_life_min_s,
            hold_mass_revocation: record.mass_revocation_max,
            switched_off: &record.switched_off,
            off_until: &record.off_until,
            affiliated: &record.affiliated,
            serves: &record.serves,
            requests: record.requests.iter().map(|request| request.subject.as_str()).collect(),
            offline_issuers: &record.offline_issuers,
            export_key: record.export_keys.first().map(String::as_str),
            export_keys: &record.export_keys,
        }
    }
}
