//! Whose items are judged here: the pinned roots, and the CA certificates published under them that policy names as
//! offline issuers.
//!
//! A name alone makes no issuer: the certificate itself has to be accepted and published first, by this same gate.

use rootcast_pki::disabled_rules::SwitchedOff;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::policy_options::{Numbering, announcements};
use rootcast_pki::profile::Policy;
use rootcast_pki::rule::Rule;

use crate::gate::export_key::ExportKey;
use crate::publication::{Draft, RootRecord, Snapshot, StateError, issuer_file, root_file};

/// A pinned root, ready to judge with.
#[derive(Debug)]
pub struct Root {
    /// How it was enrolled.
    pub record: RootRecord,
    /// The root itself.
    pub issuer: Issuer,
    /// How strictly its items are judged.
    pub policy: Policy,
    /// The issuers below it that policy names, as their certificates were given.
    pub named: Vec<Issuer>,
    /// The key that signs its manifests, where one is pinned.
    pub export_key: Option<ExportKey>,
}

/// The roots pinned in a generation.
///
/// # Errors
/// When a root's file is missing, changed or unreadable.
pub fn roots(snapshot: &Snapshot) -> Result<Vec<Root>, StateError> {
    snapshot.record().roots.iter().map(|record| root_of(record, snapshot)).collect()
}

fn root_of(record: &RootRecord, snapshot: &Snapshot) -> Result<Root, StateError> {
    let path = root_file(&record.sha256);
    let broken = |why: String| StateError::Broken { path: path.clone().into(), why };
    let policy = policy_of(record).map_err(broken)?;
    let issuer_in = |path: &str| {
        let unusable = |_| StateError::Broken { path: path.into(), why: "it cannot be used as an issuer".to_owned() };
        Issuer::from_certificate(&snapshot.file(path)?, &policy).map_err(unusable)
    };
    let issuer = issuer_in(&path)?;
    let named =
        record.policy.offline_issuers.iter().map(|sha256| issuer_in(&issuer_file(sha256))).collect::<Result<_, _>>()?;
    let export_key = record.policy.export_key.as_deref().map(str::parse).transpose().map_err(broken)?;
    Ok(Root { record: record.clone(), issuer, policy, named, export_key })
}

/// The policy that a root's record amounts to.
///
/// # Errors
/// In words, when it holds something this program does not know.
pub(crate) fn policy_of(record: &RootRecord) -> Result<Policy, String> {
    let choices = &record.policy;
    let numbering = match choices.numbers.as_str() {
        "" => Numbering::default(),
        word => word.parse().map_err(|_| format!("{word} is no numbering this program knows"))?,
    };
    let mut off = Vec::new();
    for id in &choices.switched_off {
        off.push(id.parse::<Rule>().map_err(|_| format!("{id} is no rule this program knows"))?);
    }
    Ok(Policy {
        profile: record.profile.parse().map_err(|_| "its profile is none this program knows".to_owned())?,
        allow_sha1: record.allow_sha1,
        number_jump_max: numbering.jump_max(),
        crl_life_min_s: choices.crl_life_min_s,
        switched_off: SwitchedOff::new(off.into_iter().collect())
            .map_err(|rule| format!("{rule} may not be switched off"))?,
    })
}

/// What to say aloud on every run: each rule that configuration switches off or weakens, and for which root.
#[must_use]
pub(crate) fn switched_off_texts(roots: &[Root]) -> Vec<String> {
    let of = |root: &Root| {
        let subject = root.issuer.subject().to_string();
        announcements(&root.policy).into_iter().map(move |text| format!("{text} ({subject})"))
    };
    roots.iter().flat_map(of).collect()
}

/// An issuer whose items are judged now.
#[derive(Debug)]
pub(crate) struct Authority<'r> {
    /// The root it is, or stands below.
    pub root: &'r Root,
    /// The issuer itself.
    pub issuer: Issuer,
    /// The file names of the issuers above it, the nearest first; empty for a root.
    pub above: Vec<String>,
    /// An issuer above the one that issued its certificate is revoked: which, and since when (Unix seconds).
    pub cut_off: Option<(String, i64)>,
    /// Where its own certificate is revoked: since when, Unix seconds.
    pub revoked: Option<i64>,
}

/// Every issuer whose items are judged now: the roots, then the offline issuers that are published, each after its own
/// issuer.
///
/// Of several published certificates for one key the one counts that is not revoked, then the one that ends last.
///
/// # Errors
/// When a published certificate cannot be read.
pub(crate) fn authorities<'r>(roots: &'r [Root], draft: &Draft, now: i64) -> Result<Vec<Authority<'r>>, StateError> {
    let root = |root: &'r Root| Authority {
        root,
        issuer: root.issuer.clone(),
        above: Vec::new(),
        cut_off: None,
        revoked: None,
    };
    let mut found: Vec<Authority<'r>> = roots.iter().map(root).collect();
    // A root that was renewed under its key is enrolled twice: the one that is still valid counts.
    found.sort_by_key(|authority| authority.issuer.not_after().0 < now);
    if roots.iter().all(|root| root.named.is_empty()) {
        return Ok(found);
    }
    let mut published = Vec::new();
    for record in &draft.record().certificates {
        let der = draft.file(&format!("published/ca/{}.crt", record.sha256))?;
        if let Ok(issuer) = Issuer::from_certificate(&der, &Policy::default()) {
            published.push((record, issuer));
        }
    }
    published.sort_by_key(|(record, issuer)| (record.revoked.is_some(), std::cmp::Reverse(issuer.not_after())));
    loop {
        let next = published.iter().find_map(|(record, issuer)| {
            let parent = found.iter().find(|authority| authority.issuer.file_name() == record.issuer)?;
            let is_named = parent.root.named.iter().any(|named| is_the_same(named, issuer));
            let is_new = !found.iter().any(|known| is_the_same(&known.issuer, issuer));
            (is_named && is_new).then(|| {
                let mut above = vec![parent.issuer.file_name()];
                above.extend(parent.above.iter().cloned());
                let cut_off = match parent.revoked {
                    Some(since) => Some((parent.issuer.subject().to_string(), since)),
                    None => parent.cut_off.clone(),
                };
                Authority {
                    root: parent.root,
                    issuer: issuer.clone().below(&parent.issuer),
                    above,
                    cut_off,
                    revoked: record.revoked,
                }
            })
        });
        match next {
            Some(authority) => found.push(authority),
            None => return Ok(found),
        }
    }
}

/// Same subject, same key, and published under the same name: otherwise one issuer's CRLs would stand under two.
fn is_the_same(one: &Issuer, other: &Issuer) -> bool {
    one.is_same(other) && one.file_name() == other.file_name()
}
