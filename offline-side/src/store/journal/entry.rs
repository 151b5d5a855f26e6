//! One line of the journal: what happened, and how the lines are chained.
//!
//! ```text
//! {"index":4,"time":"2026-11-21T09:00:00Z","kind":"enrol",…,"previous":"<64 hex>","digest":"<64 hex>"}
//! ```
//!
//! Each line is sealed ([`crate::store::digest_line`]); `previous` is the digest of the line before, 64 zeros in the first.

use rootcast_host::configuration::TakenRecord;
use rootcast_pki::item::FileKind;
use rootcast_pki::policy_change::PolicyChange;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::object::ObjectId;
use serde::{Deserialize, Serialize};

use super::ceremony_record::{AbandonedCrl, CeremonyRecord, KeyUse, ToBeSigned};
use super::error::JournalError;
use super::escrow_record::EscrowRecord;
use super::outcome::CeremonyEnd;
use crate::link::{InterfaceCount, SoundCount};
use crate::store::approval_rule::{ConfirmedPin, PinCause, PinnedApprovals};
use crate::store::digest_line::{seal, unseal};
use crate::store::hex_text;
use crate::store::journal::link_record::LinkRecord;
use crate::store::weakened_policy::WeakenedRecord;

/// What the first entry names as its previous one.
pub(crate) const NO_ENTRY: Digest = Digest([0; 32]);

/// What [`TransmissionRecord::ended`] says of a run that was killed.
pub(crate) const INTERRUPTED: &str = "interrupted, frames unknown";

/// An item as the journal names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRecord {
    /// What it is.
    pub kind: FileKind,
    /// Its file name in the bundle.
    pub name: String,
    /// SHA-256 of its bytes.
    #[serde(with = "hex_text")]
    pub sha256: Digest,
    /// SHA-256 of what is signed. Entries of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "hex_text::option")]
    pub tbs_sha256: Option<Digest>,
    /// The first 8 words of `sha256`.
    pub words: String,
    /// Its length in bytes.
    pub length: u64,
}

/// One transmission of one object over one link.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransmissionRecord {
    /// The object sent.
    #[serde(with = "hex_text")]
    pub object: ObjectId,
    /// Its length in bytes.
    pub length: u32,
    /// Its symbol size in bytes.
    pub symbol_size: u16,
    /// Its source symbols (K).
    pub source_symbols: u32,
    /// The number of the manifest in it.
    pub manifest_number: u64,
    /// The link, as it was named.
    pub link: String,
    /// Which transmission of this object it is, counted from 0 over all links.
    pub transmission: u32,
    /// The first symbol's id.
    pub first_esi: u32,
    /// Symbols in a frame.
    pub symbols_per_frame: u16,
    /// Frames that went out; `None` if the program was killed before it could say.
    pub frames: Option<u64>,
    /// How many passes of ⌈K ÷ symbols per frame⌉ frames that is.
    pub passes: Option<f64>,
    /// The share of frames assumed lost for the odds.
    pub design_loss: f64,
    /// The probability that these frames are not enough at that loss.
    pub failure_odds: Option<f64>,
    /// When the transmission started, RFC 3339.
    pub started: String,
    /// What the interface counted, where the link goes over one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interface: Option<InterfaceCount>,
    /// What the sound device went through, where the link goes out of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<SoundCount>,
    /// How it ended: `complete`, `ended by its time …: fewer than the … needed`, `ended by a signal`,
    /// `ended by the operator`, `failed: …` or `interrupted, frames unknown`.
    pub ended: String,
    /// What the object holds.
    pub items: Vec<ItemRecord>,
    /// Rules that configuration switches off or weakens, in words, each with its root.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switched_off: Vec<String>,
    /// What was taken from the configuration file, if anything was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<TakenRecord>,
}

/// What an entry records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A root was trusted.
    Enrol {
        /// Its subject, made printable.
        subject: String,
        /// SHA-256 of the certificate.
        #[serde(with = "hex_text")]
        sha256: Digest,
        /// Its first 16 words.
        words: String,
        /// `private` or `webpki`.
        profile: String,
        /// What else was chosen about its rules, a phrase each.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        choices: Vec<String>,
        /// The whole policy before and after, for each certificate of this issuer that it changed; the one given comes
        /// first. Entries of earlier versions have none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        policies: Vec<PolicyChange>,
    },
    /// A root or an offline issuer was retired: nothing more of it is sent or signed.
    Retired {
        /// Its subject, made printable.
        subject: String,
        /// Its key's identifier, as its files are named.
        key_id: String,
        /// Whether it was a root.
        is_root: bool,
        /// SHA-256 of each of its certificates, hexadecimal.
        certificates: Vec<String>,
        /// How many certificates below it still needed its CRLs.
        needing: u64,
        /// Who decided; typed, not authenticated.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// Why, where something still needed its CRLs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        because: Option<String>,
    },
    /// A person acknowledged that a policy was weakened: runs do not say it any more.
    WeakeningAcknowledged {
        /// What named it.
        id: String,
        /// Who; typed, not authenticated.
        by: String,
        /// Why.
        because: String,
        /// What was acknowledged.
        #[serde(flatten)]
        policy: WeakenedRecord,
    },
    /// A bundle with a new manifest was made.
    Bundle {
        /// The object it is.
        #[serde(with = "hex_text")]
        object: ObjectId,
        /// Its length in bytes.
        length: u32,
        /// SHA-256 of the root's public key: whose manifest it is.
        #[serde(with = "hex_text")]
        source: Digest,
        /// The manifest's number.
        manifest_number: u64,
        /// The manifest's digest.
        #[serde(with = "hex_text")]
        manifest: Digest,
        /// What it holds.
        items: Vec<ItemRecord>,
        /// The public half of the export key that signed the manifest, hexadecimal.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        export_key: Option<String>,
        /// Rules that configuration switches off or weakens, in words, each with its root.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        switched_off: Vec<String>,
    },
    /// A person decided to send items that rules hold.
    Decision {
        /// Who decided; typed, not authenticated.
        by: String,
        /// Why.
        because: String,
        /// Ids of the rules decided about.
        rules: Vec<String>,
        /// The items they held.
        items: Vec<ItemRecord>,
    },
    /// A link was opened to send over it: what it is.
    LinkOpened(LinkRecord),
    /// An object was transmitted over one link.
    Transmission(TransmissionRecord),
    /// The journal before this one is lost; this is the first entry of a new one.
    JournalBegun {
        /// Who decided to continue without it; typed, not authenticated.
        by: String,
        /// Why.
        because: String,
        /// How many entries the state remembered of the lost one.
        lost_entries: u64,
        /// Its head, as the state remembered it.
        #[serde(with = "hex_text")]
        lost_head: Digest,
    },
    /// Beacons were sent from here on, until the program was ended.
    Beacons {
        /// The links, as they were named.
        links: Vec<String>,
        /// How many roots they speak for.
        sources: u64,
        /// When they promise to speak again, RFC 3339.
        next_contact_by: Option<String>,
        /// What was taken from the configuration file, if anything was.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        configuration: Option<TakenRecord>,
    },
    /// The key pair of a first ceremony was made.
    KeyMade {
        /// Where it is kept, for people.
        key: String,
        /// What kind of key it is.
        key_kind: String,
        /// SHA-256 of its public key.
        #[serde(with = "hex_text")]
        public_key: Digest,
        /// The serial number of its token; nothing for a rehearsal key.
        token_serial: Option<String>,
        /// What the token says of it: `sensitive yes`, …
        flags: Vec<String>,
    },
    /// A key was put on paper, or restored from it: one step.
    Escrow(EscrowRecord),
    /// A rule for approvals holds from here on, or none until the next signing.
    ApprovalsPinned {
        /// Why.
        cause: PinCause,
        /// The rule.
        #[serde(flatten)]
        pinned: PinnedApprovals,
        /// Who approved the change, one name a person; nobody for a first signing or a reset.
        people: Vec<String>,
        /// SHA-256 of the listing that was signed or approved; `None` for a reset, where a file has an empty text.
        #[serde(with = "hex_text::or_empty")]
        rehearsal: Option<Digest>,
        /// What somebody confirmed about it before the signing; nothing where nobody had to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        confirmed: Option<ConfirmedPin>,
    },
    /// A key was to be made or used, and it did not come to that: what was refused or failed before.
    CeremonyRefused {
        /// Which one.
        #[serde(flatten)]
        ceremony: CeremonyRecord,
        /// The label of the failure.
        label: String,
        /// Why.
        why: String,
    },
    /// A signing begins: its number is used from here on, whatever comes of it.
    NumberBurned {
        /// Which one.
        #[serde(flatten)]
        ceremony: CeremonyRecord,
        /// The CRL number, where there is a CRL.
        number: Option<String>,
        /// What will be signed.
        objects: Vec<ToBeSigned>,
        /// The CRLs that are abandoned from here on: `send` refuses them.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        abandoned: Vec<AbandonedCrl>,
    },
    /// The key was used, once.
    KeyUsed {
        /// In which ceremony.
        #[serde(flatten)]
        ceremony: CeremonyRecord,
        /// For what, and what came of it.
        #[serde(flatten)]
        key_use: KeyUse,
    },
    /// A ceremony ended that had begun to sign.
    CeremonyEnded {
        /// Which one.
        #[serde(flatten)]
        ceremony: CeremonyRecord,
        /// The CRL number, where there is a CRL.
        number: Option<String>,
        /// Whether what was signed was released.
        released: bool,
        /// How it ended.
        ended: CeremonyEnd,
        /// What was released.
        items: Vec<ItemRecord>,
    },
}

impl Event {
    /// The kind as the line has it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Enrol { .. } => "enrol",
            Self::Retired { .. } => "retired",
            Self::WeakeningAcknowledged { .. } => "weakening-acknowledged",
            Self::Bundle { .. } => "bundle",
            Self::Decision { .. } => "decision",
            Self::LinkOpened(_) => "link-opened",
            Self::Transmission(_) => "transmission",
            Self::JournalBegun { .. } => "journal-begun",
            Self::Beacons { .. } => "beacons",
            Self::KeyMade { .. } => "key-made",
            Self::Escrow(_) => "escrow",
            Self::ApprovalsPinned { .. } => "approvals-pinned",
            Self::CeremonyRefused { .. } => "ceremony-refused",
            Self::NumberBurned { .. } => "number-burned",
            Self::KeyUsed { .. } => "key-used",
            Self::CeremonyEnded { .. } => "ceremony-ended",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Body {
    index: u64,
    time: String,
    #[serde(flatten)]
    event: Event,
    #[serde(with = "hex_text")]
    previous: Digest,
}

/// One entry of the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its place, counted from 0.
    pub index: u64,
    /// When it was written, RFC 3339.
    pub time: String,
    /// What happened.
    pub event: Event,
    /// The digest of the entry before.
    pub previous: Digest,
    /// This entry's digest.
    pub digest: Digest,
}

impl Entry {
    /// The entry for `event` at place `index`, and its line with the newline.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub(super) fn write(
        index: u64,
        time: String,
        event: Event,
        previous: Digest,
    ) -> Result<(Self, String), JournalError> {
        let body = Body { index, time, event, previous };
        let covered = serde_json::to_string(&body).map_err(|e| JournalError::broken(index, e.to_string()))?;
        let (digest, line) = seal(&covered);
        let Body { index, time, event, previous } = body;
        Ok((Self { index, time, event, previous, digest }, line + "\n"))
    }

    /// Its line, with the newline, as it stands in the journal.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn line(&self) -> Result<String, JournalError> {
        Ok(Self::write(self.index, self.time.clone(), self.event.clone(), self.previous)?.1)
    }

    /// Reads a line that was copied out of a journal, whatever stood before it there.
    ///
    /// # Errors
    /// [`JournalError::Broken`] for line `line_index`, when it is not as it was sealed.
    pub(super) fn read_alone(line: &[u8], line_index: u64) -> Result<Self, JournalError> {
        let broken = |why: String| JournalError::broken(line_index, why);
        let (digest, body) = unseal(line).map_err(|error| broken(error.to_string()))?;
        let body: Body = serde_json::from_str(&body).map_err(|error| broken(error.to_string()))?;
        Ok(Self { index: body.index, time: body.time, event: body.event, previous: body.previous, digest })
    }

    /// Reads the line (without its newline) at place `index` that follows the entry with digest `previous`.
    ///
    /// # Errors
    /// [`JournalError::Broken`] for this entry: edited, moved, or the one before it is missing.
    pub(super) fn read(line: &[u8], index: u64, previous: Digest) -> Result<Self, JournalError> {
        let broken = |why: String| Err(JournalError::broken(index, why));
        let entry = Self::read_alone(line, index)?;
        if entry.index != index {
            return broken(format!(
                "entry {} is in the place of entry {index}: entries were removed, added or moved",
                entry.index
            ));
        }
        if entry.previous != previous {
            return broken(format!(
                "it names {} as the digest of the entry before it, but that entry has {previous}",
                entry.previous
            ));
        }
        Ok(entry)
    }
}
