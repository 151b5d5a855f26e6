//! Bundles: items that passed the gate, in order, with the next manifest of their source.
//!
//! If the same items come again and nothing newer was made, the earlier bundle is used again. It has the same object
//! id, so symbols that a receiver already has still count.
//! Must not: change the state (that happens when the bundle is sent).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rootcast_pki::item::ItemKind;
use rootcast_protocol::bundle::{Bundle, BundleError, ENCODING_PLAIN, ENCODING_ZLIB};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEMS_MAX;
use rootcast_protocol::manifest::{
    FORMAT_VERSION, ItemKind as ManifestKind, Manifest, ManifestItem, check_name, valid_digest_of,
};
use rootcast_protocol::object::{Object, ObjectError};

use crate::gate::item_summary::ItemSummary;
use crate::gate::{InspectedItem, JudgedItem};
use crate::sending::export_key::ExportKey;
use crate::store::journal::{Chain, Event};
use crate::store::state::{SourceRecord, State, StateError};

/// How far the manifest number of a given bundle may be ahead of the last number used here. Such bundles come from a
/// state that was restored later.
const NUMBER_AHEAD_MAX: u64 = 1_000;

/// A bundle ready to be sent.
#[derive(Debug)]
pub(crate) struct MadeBundle {
    /// The bytes of the object.
    pub(crate) bytes: Vec<u8>,
    /// The object they are.
    pub(crate) object: Object,
    /// Its manifest.
    pub(crate) manifest: Manifest,
    /// Whether this manifest was made just now.
    pub(crate) is_new: bool,
    /// Whether the manifest carries a signature.
    pub(crate) is_signed: bool,
}

impl MadeBundle {
    /// What the state must remember about it.
    #[must_use]
    pub(crate) fn record(&self) -> SourceRecord {
        SourceRecord {
            source: self.manifest.source,
            manifest_number: self.manifest.number,
            manifest: self.manifest.digest(),
            object: self.object.id,
        }
    }
}

/// The order of items in a bundle: certificates of issuers of other items, then CRLs, then other certificates. In each
/// group, items nearer to the root come first: an issuer comes before the items it signed, and its own revocation
/// before its CRL. An item given twice is taken once.
#[must_use]
pub(crate) fn in_order(items: Vec<InspectedItem>) -> Vec<InspectedItem> {
    let issuers: BTreeSet<Vec<u8>> =
        items.iter().filter(|item| item.names.1.as_ref() != Some(&item.names.0)).map(|i| i.names.0.clone()).collect();
    // Who certified whom within this bundle.
    let above: BTreeMap<Vec<u8>, Vec<u8>> =
        items.iter().filter_map(|item| Some((item.names.1.clone()?, item.names.0.clone()))).collect();
    let depth = |item: &InspectedItem| {
        let steps = std::iter::successors(above.get(&item.names.0), |name| above.get(*name));
        item.tier.max(steps.take(items.len()).count())
    };
    let rank = |item: &InspectedItem| match (item.kind(), &item.names.1) {
        (Some(ItemKind::Certificate), Some(subject)) if issuers.contains(subject) => 0,
        (Some(ItemKind::Crl), _) => 1,
        _ => 2,
    };
    let keys: Vec<(usize, usize)> = items.iter().map(|item| (rank(item), depth(item))).collect();
    let mut seen = BTreeSet::new();
    let mut keyed: Vec<((usize, usize), InspectedItem)> =
        keys.into_iter().zip(items).filter(|(_, item)| seen.insert(item.sha256)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// Whose manifest a bundle of these items has: the root that the first item's issuer is, or stands below.
#[must_use]
pub(crate) fn source_of(items: &[JudgedItem]) -> Option<Digest> {
    items.iter().find_map(|item| item.root)
}

/// Makes the bundle of `items`, which have passed the gate, or finds the one made for them before. `valid` are all items
/// of its source that will be valid once it was sent. With a `key` the manifest is signed; one made before is taken again
/// only if it carries that signature.
///
/// # Errors
/// When they make no bundle, or the state is broken.
pub(crate) fn make(
    state: &State<'_>,
    chain: &Chain,
    valid: &[Digest],
    items: &[JudgedItem],
    key: Option<&ExportKey>,
    now: i64,
) -> Result<MadeBundle, BundlingError> {
    if items.is_empty() || items.len() > ITEMS_MAX {
        return Err(BundlingError::Count { found: items.len() });
    }
    let source = source_of(items).ok_or(BundlingError::Count { found: 0 })?;
    let last = state.record.sources.iter().find(|record| record.source == source);
    if let Some(last) = last {
        let bytes = state.bundle(&last.object)?;
        let bundle = Bundle::parse(&bytes)?;
        let made: BTreeSet<Digest> = bundle.manifest.items.iter().map(|item| item.sha256).collect();
        let is_signed = |key: &ExportKey| {
            bundle.signature.is_some_and(|signature| key.verifies(&bundle.manifest.encode(), &signature))
        };
        if made == items.iter().map(|item| item.sha256).collect() && key.is_none_or(is_signed) {
            let (object, is_signed) = (Object::new(&bytes)?, bundle.signature.is_some());
            return Ok(MadeBundle { bytes, object, manifest: bundle.manifest, is_new: false, is_signed });
        }
    }
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        source,
        number: last.map_or(Some(1), |last| last.manifest_number.checked_add(1)).ok_or(BundlingError::NumbersEnded)?,
        previous: last.map(|last| last.manifest),
        created: now,
        next_contact_by: None,
        items: items.iter().map(manifest_item).collect(),
        valid_digest: valid_digest_of(valid),
        valid_count: u32::try_from(valid.len()).unwrap_or(u32::MAX),
        journal_count: chain.count(),
        journal_head: chain.head(),
    };
    let signature = key.map(|key| key.sign(&manifest.encode()));
    // The bundle borrows the items' bytes: they may be large.
    let bundle = Bundle { manifest, signature, items: items.iter().map(|item| item.der.as_slice()).collect() };
    let bytes = bundle.encode()?;
    let object = Object::new(&bytes)?;
    Ok(MadeBundle { object, bytes, manifest: bundle.manifest, is_new: true, is_signed: signature.is_some() })
}

/// Takes a bundle that was made before, given as a file.
///
/// # Errors
/// When it is none, or stands against what this state made.
pub(crate) fn given(
    state: &State<'_>,
    chain: &Chain,
    bytes: Vec<u8>,
) -> Result<(MadeBundle, Vec<Vec<u8>>), BundlingError> {
    let bundle = Bundle::parse(&bytes)?;
    if bundle.manifest.items.is_empty() {
        return Err(BundlingError::Count { found: 0 });
    }
    let (number, digest) = (bundle.manifest.number, bundle.manifest.digest());
    let last = state.record.sources.iter().find(|record| record.source == bundle.manifest.source);
    let used = last.map_or(0, |last| last.manifest_number);
    let is_new = number > used;
    if number.saturating_sub(used) > NUMBER_AHEAD_MAX {
        return Err(BundlingError::NumberAhead { number, used });
    }
    let made_here =
        chain.entries.iter().any(|entry| matches!(&entry.event, Event::Bundle { manifest, .. } if *manifest == digest));
    if !is_new && !made_here {
        return Err(BundlingError::MadeElsewhere { number, given: digest });
    }
    let object = Object::new(&bytes)?;
    let is_signed = bundle.signature.is_some();
    Ok((MadeBundle { bytes, object, manifest: bundle.manifest, is_new, is_signed }, bundle.items))
}

/// Whether these bytes look like a bundle rather than an item: an item begins as DER or as text.
#[must_use]
pub(crate) fn looks_like_a_bundle(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(&(ENCODING_PLAIN | ENCODING_ZLIB)))
}

fn manifest_item(item: &JudgedItem) -> ManifestItem {
    let (kind, ending) = match item.kind {
        Some(ItemKind::Crl) => (ManifestKind::Crl, "crl"),
        _ => (ManifestKind::Certificate, "crt"),
    };
    let name = item.facts.as_ref().map(ItemSummary::travel_name).filter(|name| check_name(name).is_ok());
    let name = name.unwrap_or_else(|| {
        let digits: String = item.sha256.to_string().chars().take(16).collect();
        format!("{digits}.{ending}")
    });
    // Items are at most 64 MiB.
    let length = u32::try_from(item.der.len()).unwrap_or(u32::MAX);
    ManifestItem { kind, name, length, sha256: item.sha256 }
}

/// Why items make no bundle.
#[derive(Debug)]
pub(crate) enum BundlingError {
    /// No item, or too many.
    Count {
        /// How many.
        found: usize,
    },
    /// The bundle is refused.
    Bundle(BundleError),
    /// It makes no object.
    Object(ObjectError),
    /// Its manifest's number was used by this state already, and not for this manifest.
    MadeElsewhere {
        /// The number.
        number: u64,
        /// The digest of the manifest given.
        given: Digest,
    },
    /// Its manifest's number is far from those that this state uses.
    NumberAhead {
        /// The number.
        number: u64,
        /// The last one used here; 0 where none was.
        used: u64,
    },
    /// There is no manifest number left.
    NumbersEnded,
    /// The state is broken.
    State(StateError),
}

impl From<BundleError> for BundlingError {
    fn from(error: BundleError) -> Self {
        Self::Bundle(error)
    }
}

impl From<ObjectError> for BundlingError {
    fn from(error: ObjectError) -> Self {
        Self::Object(error)
    }
}

impl From<StateError> for BundlingError {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl fmt::Display for BundlingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { found } => write!(f, "{found} items; a bundle holds 1 to {ITEMS_MAX} items"),
            Self::Bundle(error) => error.fmt(f),
            Self::Object(error) => error.fmt(f),
            Self::MadeElsewhere { number, given } => write!(
                f,
                "its manifest has the number {number}, which this state has used, and the digest {given}, which its journal \
                 does not know: it was made with another state directory"
            ),
            Self::NumberAhead { number, used } => write!(
                f,
                "its manifest has the number {number}; the last one used here is {used}, and at most {NUMBER_AHEAD_MAX} may lie \
                 between them: it was not made with this state directory"
            ),
            Self::NumbersEnded => f.write_str("this state has used every manifest number"),
            Self::State(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BundlingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bundle(error) => std::error::Error::source(error),
            Self::Object(error) => std::error::Error::source(error),
            Self::State(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}
