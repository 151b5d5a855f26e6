//! Whose items are judged: the trusted roots, and the CAs below them that policy names as offline issuers.
//!
//! A name alone makes no issuer. The certificate itself has to be accepted first; then it is a [`Candidate`]. Which
//! certificates were accepted, and which of them are revoked, is an argument: nothing here keeps state or reads a CRL.
//!
//! A revocation ends a certificate, and the issuer with the last one that it has. Two things end the issuer, whatever other
//! certificate it has: a revocation as compromised, which ends its key, and a revocation of every certificate that an
//! issuer further up gave it. A CRL drops the entry of a certificate that has ended; that takes nothing back.

use core::cmp::Reverse;
use core::fmt;

use crate::issuer::Issuer;
use crate::time::Timestamp;

/// A trusted root, with the issuers below it that its policy names.
#[derive(Clone, Copy, Debug)]
pub struct TrustedRoot<'r, R> {
    /// What the caller knows the root by.
    pub root: R,
    /// The root itself.
    pub issuer: &'r Issuer,
    /// The certificates of the issuers below it that are named, as they were given.
    pub named: &'r [Issuer],
}

/// A CA certificate that was accepted.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'c, N> {
    /// The name of its issuer.
    pub parent: N,
    /// The CA that it certifies.
    pub issuer: &'c Issuer,
    /// What its issuer's CRL says of it, where that revokes it or did so until it ended.
    pub revoked: Option<Revocation>,
}

/// A certificate is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// Since when.
    pub since: Timestamp,
    /// Whether the reason is keyCompromise or cACompromise, which ends the key.
    pub ends_key: bool,
}

/// An issuer whose items are judged.
#[derive(Clone, Debug)]
pub struct Authority<R, N> {
    /// The root that it is, or stands below.
    pub root: R,
    /// The issuer itself.
    pub issuer: Issuer,
    /// The names of the issuers above it, the nearest first; empty for a root.
    pub above: Vec<N>,
    /// Why nothing of it is accepted.
    pub cut_off: Option<CutOff>,
    /// Since when its own certificate is revoked, where it is.
    pub revoked: Option<Timestamp>,
}

/// An issuer that is revoked: nothing of it and below it is accepted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// Its subject; safe to print.
    pub subject: String,
    /// Since when.
    pub since: Timestamp,
    /// Which revocation it is.
    pub cause: Cause,
}

/// Which revocation cuts an issuer off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Of its own certificate, the last one that was in force.
    Own,
    /// Of the certificate of an issuer above the one that issued its certificate.
    Above,
    /// Of a certificate for its key, as compromised.
    Key,
    /// Of every certificate that this issuer, above the one that issued its certificate, gave it.
    FurtherUp {
        /// The subject of that issuer; safe to print.
        by: String,
    },
}

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, since, cause } = self;
        match cause {
            Cause::Own => write!(
                f,
                "the last certificate of {subject} was revoked {since}, and that stays so when its entry leaves the CRL"
            ),
            Cause::Above => write!(f, "the certificate of {subject}, above the issuer, was revoked {since}"),
            Cause::Key => write!(
                f,
                "a certificate of {subject} was revoked {since} as compromised: its key is not accepted with any other \
                 certificate either"
            ),
            Cause::FurtherUp { by } => write!(
                f,
                "every certificate that {by} gave {subject} was revoked, the last {since}: a certificate from an issuer \
                 below {by} does not bring it back"
            ),
        }
    }
}

/// The roots in their order, then the offline issuers, each after its own issuer.
///
/// `name` gives the name that a certificate's record has for its issuer, for example its key's SHA-256. Of several
/// certificates for one issuer, as `is_same` tells, one counts: one that is not revoked, then the one that ends last.
/// Even then the issuer may be cut off: see [`Cause`].
///
/// ```
/// use rootcast_pki::authority::{Candidate, TrustedRoot, authorities};
/// use rootcast_pki::issuer::Issuer;
/// use rootcast_pki::item;
/// use rootcast_pki::profile::Policy;
///
/// # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
/// let issuer = Issuer::from_certificate(&item::read(pem)?.der, &Policy::default())?;
/// let root = TrustedRoot { root: "the first", issuer: &issuer, named: &[] };
/// let accepted: Vec<Candidate<'_, String>> = Vec::new();
/// let found = authorities(&[root], accepted, Issuer::file_name, Issuer::is_published_as);
/// assert_eq!(found.len(), 1);
/// assert!(found[0].root == "the first" && found[0].above.is_empty());
/// # Ok::<(), rootcast_pki::finding::Findings>(())
/// ```
#[must_use]
pub fn authorities<R: Copy, N: Clone + PartialEq>(
    roots: &[TrustedRoot<'_, R>],
    mut candidates: Vec<Candidate<'_, N>>,
    name: impl Fn(&Issuer) -> N,
    is_same: impl Fn(&Issuer, &Issuer) -> bool,
) -> Vec<Authority<R, N>> {
    candidates.sort_by_key(|candidate| (candidate.revoked.is_some(), Reverse(candidate.issuer.not_after())));
    let mut found: Vec<Found<'_, R, N>> = roots.iter().map(|root| Found::root(root, &name)).collect();
    loop {
        let next = candidates.iter().find_map(|candidate| {
            let parent = found.iter().find(|known| known.name == candidate.parent)?;
            let is_named = parent.named.iter().any(|named| named.is_published_as(candidate.issuer));
            let is_new = !found.iter().any(|known| is_same(&known.authority.issuer, candidate.issuer));
            (is_named && is_new).then(|| parent.child(candidate, &name, ended(candidate, parent, &found, &candidates)))
        });
        match next {
            Some(authority) => found.push(authority),
            None => return found.into_iter().map(|found| found.authority).collect(),
        }
    }
}

/// What ends the issuer that `candidate` certifies, below `parent`.
fn ended<R, N: Clone + PartialEq>(
    candidate: &Candidate<'_, N>,
    parent: &Found<'_, R, N>,
    found: &[Found<'_, R, N>],
    candidates: &[Candidate<'_, N>],
) -> Option<CutOff> {
    let issuer = candidate.issuer;
    let cut_off = |since, cause| CutOff { subject: issuer.subject().to_string(), since, cause };
    let of_key = candidates.iter().filter(|other| other.issuer.spki() == issuer.spki());
    let compromised =
        of_key.filter_map(|other| other.revoked.filter(|revocation| revocation.ends_key)).map(|r| r.since);
    if let Some(since) = compromised.min() {
        return Some(cut_off(since, Cause::Key));
    }
    if let Some(revocation) = candidate.revoked {
        return Some(cut_off(revocation.since, Cause::Own));
    }
    core::iter::once(&candidate.parent).chain(&parent.authority.above).find_map(|above| {
        let by_it = candidates.iter().filter(|other| other.parent == *above && other.issuer.is_same(issuer));
        let by_it: Vec<_> = by_it.collect();
        let last = by_it.iter().filter_map(|other| other.revoked).map(|revocation| revocation.since).max()?;
        // One that had ended by then did not keep the issuer in force.
        let is_in_force = by_it.iter().any(|other| other.revoked.is_none() && other.issuer.not_after() >= last);
        let name_of = |above: &N| {
            let known = found.iter().find(|known| known.name == *above);
            known.map(|known| known.authority.issuer.subject().to_string()).unwrap_or_default()
        };
        let cause = || if *above == candidate.parent { Cause::Own } else { Cause::FurtherUp { by: name_of(above) } };
        (!is_in_force).then(|| cut_off(last, cause()))
    })
}

/// An authority on the way to the others.
struct Found<'r, R, N> {
    name: N,
    named: &'r [Issuer],
    authority: Authority<R, N>,
}

impl<'r, R: Copy, N: Clone> Found<'r, R, N> {
    fn root(root: &TrustedRoot<'r, R>, name: impl Fn(&Issuer) -> N) -> Self {
        let authority =
            Authority { root: root.root, issuer: root.issuer.clone(), above: Vec::new(), cut_off: None, revoked: None };
        Self { name: name(root.issuer), named: root.named, authority }
    }

    fn child(&self, candidate: &Candidate<'_, N>, name: impl Fn(&Issuer) -> N, ended: Option<CutOff>) -> Self {
        let parent = &self.authority;
        let mut above = vec![candidate.parent.clone()];
        above.extend(parent.above.iter().cloned());
        let revoked_above = || {
            let subject = parent.issuer.subject().to_string();
            parent.revoked.map(|since| CutOff { subject, since, cause: Cause::Above })
        };
        let cut_off = ended.or_else(revoked_above).or_else(|| parent.cut_off.clone());
        let issuer = candidate.issuer.clone().below(&parent.issuer);
        let revoked = candidate.revoked.map(|revocation| revocation.since);
        let authority = Authority { root: parent.root, issuer, above, cut_off, revoked };
        Self { name: name(candidate.issuer), named: self.named, authority }
    }
}
