//! `rehearsal.json`: the choices and the expected content, for programs.

use std::collections::{BTreeMap, BTreeSet};

use rootcast_pki::rule::Rule;
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_protocol::hex;
use serde::{Deserialize, Serialize};

use super::error::FolderError;
use crate::ceremony::draft::DraftedObject;
use crate::ceremony::draft::choices::Choices;
use crate::ceremony::draft::expected_record::ObjectRecord;
use crate::ceremony::draft::identity::Identity;
use crate::ceremony::request::RequestFiles;
use crate::store::journal::ceremony::AbandonedCrl;

const FORMAT: u32 = 1;

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChoicesFile {
    format: u32,
    made: String,
    judged_at: String,
    scheme: String,
    number: Option<String>,
    serials: BTreeMap<String, String>,
    root_spki: Option<String>,
    /// Nothing in a rehearsal of an older version.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    known: BTreeMap<String, KnownIdentity>,
    pub(super) inputs: Vec<InputName>,
    objects: Vec<ObjectRecord>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    abandoned: Vec<AbandonedCrl>,
    /// Rule ids; nothing in a rehearsal of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holds: Option<BTreeMap<String, Vec<String>>>,
    /// Nothing in a rehearsal of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compared: Option<BTreeMap<String, bool>>,
}

/// The name and identifier that the state knows of a key, in hexadecimal digits.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownIdentity {
    subject: String,
    key_id: String,
}

/// What a file is called in the request, and here.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InputName {
    pub(super) written: String,
    pub(super) kept: String,
}

impl From<&Identity> for KnownIdentity {
    fn from(identity: &Identity) -> Self {
        Self { subject: hex::encode(&identity.subject), key_id: hex::encode(&identity.key_id) }
    }
}

impl ChoicesFile {
    pub(super) fn new(choices: &Choices, files: &RequestFiles, objects: &[&DraftedObject]) -> Self {
        let named = |input: &crate::ceremony::request::KeptInput| InputName {
            written: input.written.clone(),
            kept: input.kept.clone(),
        };
        Self {
            format: FORMAT,
            made: choices.made.to_string(),
            judged_at: choices.judged_at.to_string(),
            scheme: choices.scheme.name().to_owned(),
            number: choices.number.map(|number| number.to_string()),
            serials: choices.serials.iter().map(|(name, serial)| (name.clone(), hex::encode(serial))).collect(),
            root_spki: choices.root_spki.as_deref().map(hex::encode),
            known: choices.known.iter().map(|(name, identity)| (name.clone(), KnownIdentity::from(identity))).collect(),
            inputs: files.inputs.iter().map(named).collect(),
            objects: objects.iter().map(|object| ObjectRecord::from(*object)).collect(),
            abandoned: choices.abandoned.clone(),
            holds: choices.holds.as_ref().map(|holds| {
                let ids = |rules: &BTreeSet<Rule>| rules.iter().map(|rule| rule.id().to_owned()).collect();
                holds.iter().map(|(file, rules)| (file.clone(), ids(rules))).collect()
            }),
            compared: choices.compared.clone(),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        // Maps of texts always become JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text.into_bytes()
    }

    pub(super) fn read(bytes: &[u8]) -> Result<Self, FolderError> {
        let file: Self =
            serde_json::from_slice(bytes).map_err(|error| FolderError::Choices { why: error.to_string() })?;
        if file.format != FORMAT {
            let why = format!("its format is {}; this program knows {FORMAT}", file.format);
            return Err(FolderError::Choices { why });
        }
        Ok(file)
    }

    pub(super) fn choices(&self) -> Result<Choices, FolderError> {
        let wrong = |what: &str| FolderError::Choices { why: format!("{what} cannot be read") };
        let time =
            |text: &str, what| -> Result<Timestamp, FolderError> { parse_rfc3339(text).map_err(|_| wrong(what)) };
        let mut serials = BTreeMap::new();
        for (name, text) in &self.serials {
            serials.insert(name.clone(), hex::decode(text).ok_or_else(|| wrong("a serial number"))?);
        }
        let number =
            self.number.as_deref().map(|text| text.parse().map_err(|_| wrong("the CRL number"))).transpose()?;
        let root_spki = match &self.root_spki {
            Some(text) => Some(hex::decode(text).ok_or_else(|| wrong("the root's public key"))?),
            None => None,
        };
        let mut known = BTreeMap::new();
        for (name, identity) in &self.known {
            let [subject, key_id] = [&identity.subject, &identity.key_id].map(|text| hex::decode(text));
            let (Some(subject), Some(key_id)) = (subject, key_id) else { return Err(wrong("a known name")) };
            known.insert(name.clone(), Identity { subject, key_id });
        }
        let rules = |ids: &[String]| -> Result<BTreeSet<Rule>, FolderError> {
            ids.iter().map(|id| id.parse().map_err(|_| wrong("a rule that holds"))).collect()
        };
        let holds = self.holds.as_ref().map(|holds| {
            holds.iter().map(|(file, ids)| Ok((file.clone(), rules(ids)?))).collect::<Result<_, FolderError>>()
        });
        Ok(Choices {
            scheme: self.scheme.parse().map_err(|_| wrong("the scheme"))?,
            number,
            serials,
            known,
            root_spki,
            made: time(&self.made, "when it was made")?,
            judged_at: time(&self.judged_at, "as of when it was judged")?,
            abandoned: self.abandoned.clone(),
            holds: holds.transpose()?,
            compared: self.compared.clone(),
        })
    }

    /// What is meant now is what was meant then.
    pub(super) fn check_objects(&self, objects: &[DraftedObject]) -> Result<(), FolderError> {
        if self.objects == objects.iter().map(ObjectRecord::from).collect::<Vec<_>>() {
            return Ok(());
        }
        Err(FolderError::Choices { why: "the expected fields do not match the request".to_owned() })
    }
}
