//! Whose items are judged: the trusted roots, and the CAs below them that policy names as offline issuers.
//!
//! A name alone makes no issuer. The certificate itself has to be accepted first; then it is a [`Candidate`]. Which
//! certificates were accepted, and which of them are revoked, is an argument: nothing here keeps state or reads a CRL.

use core::cmp::Reverse;

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
    /// Since when its issuer's CRL revokes it, where it does.
    pub revoked: Option<Timestamp>,
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
    /// The nearest revoked issuer above the one that issued its certificate.
    pub cut_off: Option<CutOff>,
    /// Since when its own certificate is revoked, where it is.
    pub revoked: Option<Timestamp>,
}

/// An issuer that is revoked: nothing below it is accepted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// Its subject; safe to print.
    pub subject: String,
    /// Since when.
    pub since: Timestamp,
}

/// The roots in their order, then the offline issuers, each after its own issuer.
///
/// `name` gives the name that a certificate's record has for its issuer, for example its key's SHA-256. Of several
/// certificates for one issuer, as `is_same` tells, one counts: one that is not revoked, then the one that ends last.
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
            (is_named && is_new).then(|| parent.child(candidate, &name))
        });
        match next {
            Some(authority) => found.push(authority),
            None => return found.into_iter().map(|found| found.authority).collect(),
        }
    }
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

    fn child(&self, candidate: &Candidate<'_, N>, name: impl Fn(&Issuer) -> N) -> Self {
        let parent = &self.authority;
        let mut above = vec![candidate.parent.clone()];
        above.extend(parent.above.iter().cloned());
        let cut_off = match parent.revoked {
            Some(since) => Some(CutOff { subject: parent.issuer.subject().to_string(), since }),
            None => parent.cut_off.clone(),
        };
        let issuer = candidate.issuer.clone().below(&parent.issuer);
        let authority = Authority { root: parent.root, issuer, above, cut_off, revoked: candidate.revoked };
        Self { name: name(candidate.issuer), named: self.named, authority }
    }
}
