//! What `enrol` is told about the rules of a root, besides its profile: read and checked before anything is asked or
//! written, then applied to what was chosen before.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::input_file;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::policy_options::Numbering;
use rootcast_pki::profile::Policy;
use rootcast_pki::request::{CertificationRequest, REQUEST_SIZE_MAX};
use rootcast_pki::rule::Rule;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use rootcast_protocol::words;
use serde_json::{Value, json};

use super::run::{duration, usage};
use crate::gate::export_key;
use crate::gate::export_key::ExportKey;
use crate::limits::POLICY_LIST_MAX;
use crate::publication::{PolicyRecord, RequestRecord};

/// Options of `enrol` about the rules. Given again, each adds to what was chosen, or changes it where there is one value.
#[derive(Debug, Args)]
pub(super) struct PolicyChoice {
    /// How it numbers its CRLs: counter (a great step is held) or timestamp (steps say nothing)
    #[arg(long, value_name = "KIND")]
    numbers: Option<Numbering>,
    /// Warn where a CRL lives for less than this from now on
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    min_life: Option<Duration>,
    /// Switch a rule off: what it finds is only told. Said aloud on every run; may be repeated
    #[arg(long, value_name = "RULE")]
    off: Vec<Rule>,
    /// Switch a rule on again; may be repeated
    #[arg(long, value_name = "RULE")]
    on: Vec<Rule>,
    /// A URL this host serves, the beginning of those below it: CRL distribution points should name one; may be repeated
    #[arg(long, value_name = "URL")]
    serves: Vec<String>,
    /// A PKCS#10 request, DER or PEM: a certificate for another key than those requested is held; may be repeated
    #[arg(long, value_name = "FILE")]
    request: Vec<PathBuf>,
    /// The certificate of a CA below this root that is offline too: once published, its items are judged; may be repeated
    #[arg(long, value_name = "FILE")]
    offline_issuer: Vec<PathBuf>,
    /// The Ed25519 key that signs manifests: a file (PEM, DER or hexadecimal), or 64 hexadecimal digits
    #[arg(long, value_name = "KEY")]
    export_key: Option<String>,
}

/// The same, read and checked.
#[derive(Debug)]
pub(super) struct GivenChoice {
    numbers: Option<Numbering>,
    crl_life_min_s: Option<i64>,
    off: Vec<Rule>,
    on: Vec<Rule>,
    serves: Vec<String>,
    requests: Vec<RequestRecord>,
    /// The issuers named, ready to judge with.
    pub(super) offline_issuers: Vec<Issuer>,
    export_key: Option<ExportKey>,
}

impl PolicyChoice {
    /// The files named; a key given as digits names none.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let files = self.request.iter().chain(&self.offline_issuer).map(AsRef::as_ref);
        files.chain(self.export_key.as_ref().map(Path::new))
    }

    /// Reads the files named and checks all of it.
    ///
    /// # Errors
    /// A usage error that names the option.
    pub(super) fn read(&self, policy: &Policy, now: i64) -> Result<GivenChoice, Diagnosis> {
        if let Some(rule) = self.off.iter().find(|rule| !rule.may_be_switched_off()) {
            return Err(usage(
                format!("--off {rule}: this rule tells genuine from forged or new from old, so it stays on."),
                "Switch off rules of taste only; docs/rules.md lists which.",
            ));
        }
        for url in &self.serves {
            if !url.starts_with("http://") || url.len() > 1000 || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err(usage(
                    format!("--serves {}: not a URL that begins with http:// and has no blanks.", printable(url)),
                    "Give the URL as it stands in certificates, such as http://crl.example/root.crl.",
                ));
            }
        }
        Ok(GivenChoice {
            numbers: self.numbers,
            crl_life_min_s: self.min_life.map(|life| i64::try_from(life.as_secs()).unwrap_or(i64::MAX)),
            off: self.off.clone(),
            on: self.on.clone(),
            serves: self.serves.clone(),
            requests: self.request.iter().map(|path| read_request(path, now)).collect::<Result<_, _>>()?,
            offline_issuers: self
                .offline_issuer
                .iter()
                .map(|path| read_issuer(path, policy))
                .collect::<Result<_, _>>()?,
            export_key: self.export_key.as_deref().map(read_export_key).transpose()?,
        })
    }
}

impl GivenChoice {
    /// Tells people what they are about to choose.
    pub(super) fn say(&self) {
        if let Some(numbers) = self.numbers {
            say(&format!("numbers  CRL numbers are a {numbers}"));
        }
        for rule in &self.off {
            say(&format!("off      {rule}: {}", rule.summary()));
        }
        for request in &self.requests {
            say(&format!("request  {} (signed by the key in it)", printable(&request.subject)));
        }
        for issuer in &self.offline_issuers {
            let sha256 = Digest(issuer.certificate_sha256());
            say(&format!("issuer   {}", printable(&issuer.subject().to_string())));
            say(&format!("  words  {}", words::spell(sha256.as_bytes(), words::SHORT)));
        }
        if let Some(key) = self.export_key {
            let sha256 = Digest::of(key.to_string().as_bytes());
            say(&format!("export key {key}"));
            say(&format!("  words  {}", words::spell(sha256.as_bytes(), words::SHORT)));
        }
    }

    /// What was chosen before with this added or changed.
    ///
    /// # Errors
    /// When a list becomes longer than any real one.
    pub(super) fn applied_to(&self, mut record: PolicyRecord) -> Result<PolicyRecord, Diagnosis> {
        if let Some(numbers) = self.numbers {
            record.numbers = numbers.to_string();
        }
        record.crl_life_min_s = self.crl_life_min_s.unwrap_or(record.crl_life_min_s);
        add(&mut record.switched_off, self.off.iter().map(ToString::to_string));
        record.switched_off.retain(|id| !self.on.iter().any(|rule| rule.id() == id));
        add(&mut record.serves, self.serves.iter().cloned());
        for request in &self.requests {
            if !record.requests.iter().any(|known| known.spki == request.spki) {
                record.requests.push(request.clone());
            }
        }
        let named = self.offline_issuers.iter().map(|issuer| Digest(issuer.certificate_sha256()).to_string());
        add(&mut record.offline_issuers, named);
        if let Some(key) = self.export_key {
            record.export_key = Some(key.to_string());
        }
        let longest = record.serves.len().max(record.requests.len()).max(record.offline_issuers.len());
        if longest > POLICY_LIST_MAX {
            return Err(usage(
                format!("{longest} URLs, requests or offline issuers of one root; {POLICY_LIST_MAX} are the most."),
                "Check that this is the state directory you mean.",
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
    let bytes = input_file::read(path, REQUEST_SIZE_MAX as u64)?;
    let request = CertificationRequest::read(&bytes).map_err(|error| {
        usage(
            format!("--request {}: {error}.", path.display()),
            "Give the request (PKCS#10, DER or PEM) as its sender made it.",
        )
    })?;
    let spki = request.spki().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(RequestRecord { subject: request.subject().to_string(), spki, registered: now })
}

fn read_issuer(path: &Path, policy: &Policy) -> Result<Issuer, Diagnosis> {
    let bytes = input_file::read(path, ITEM_SIZE_MAX as u64)?;
    Issuer::named_below_a_root(&bytes, policy).map_err(|why| {
        usage(
            format!("--offline-issuer {}: {why}.", path.display()),
            "Give the certificate of a CA below this root, DER or PEM; a root is pinned with --root.",
        )
    })
}

fn read_export_key(given: &str) -> Result<ExportKey, Diagnosis> {
    let key = match given.parse() {
        Ok(key) => Ok(key),
        Err(_) => ExportKey::read(&input_file::read(Path::new(given), export_key::FILE_SIZE_MAX)?),
    };
    key.map_err(|why| {
        usage(
            format!("--export-key {}: {why}.", printable(given)),
            "Give the public half: openssl pkey -in KEY.pem -pubout",
        )
    })
}

/// A policy for scripts.
pub(super) fn document(record: &PolicyRecord) -> Value {
    let numbers = if record.numbers.is_empty() { Numbering::default().to_string() } else { record.numbers.clone() };
    json!({
        "numbers": numbers,
        "min_life_seconds": record.crl_life_min_s,
        "switched_off": record.switched_off,
        "serves": record.serves,
        "requests": record.requests.iter().map(|request| &request.subject).collect::<Vec<_>>(),
        "offline_issuers": record.offline_issuers,
        "export_key": record.export_key,
    })
}
