//! Whose items are judged: the trusted roots, and the CAs below them that policy names as offline issuers.
//!
//! A name alone makes no issuer. The certificate itself has to be accepted first; then it is a [`Candidate`]. Which
//! certificates were accepted, and which of them are revoked, is an argument: nothing here keeps state or reads a CRL.
//!
//! An issuer is one name and one key, and every certificate of it counts that is valid now and not revoked: an item is
//! judged by the one that allows it. Where none is, the one counts that comes first: not revoked, then the one that ends
//! last. Nothing here depends on the order in which certificates were trusted or accepted.
//!
//! A revocation ends a certificate, and the issuer with the last one that it has. Two things end the issuer, whatever other
//! certificate it has: a revocation as compromised, which ends its key, and a revocation of every certificate that an
//! issuer further up gave it. A CRL drops the entry of a certificate that has ended; that takes nothing back.

use core::cmp::Reverse;
use core::fmt;

use crate::issuer::Issuer;
use crate::time::Timestamp;

/// A trusted certificate of a root, with the issuers below it that its policy names.
#[derive(Clone, Copy, Debug)]
pub struct TrustedRoot<'r, R> {
    /// What the caller knows the root by.
    pub root: R,
    /// The root itself.
    pub issuer: &'r Issuer,
    /// Since when the root's own CRL revokes this certificate, where it does. Beside another certificate it does not count.
    pub revoked: Option<Timestamp>,
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
    /// Since when: the revocationDate of its entry.
    pub since: Timestamp,
    /// Whether the reason is keyCompromise or cACompromise (RFC 5280 §5.3.1), which ends the key.
    pub ends_key: bool,
}

/// One certificate of an issuer whose items are judged.
#[derive(Clone, Debug)]
pub struct Authority<R, N> {
    /// The root that it is, or stands below.
    pub root: R,
    /// The issuer, as this certificate has it.
    pub issuer: Issuer,
    /// The names of the issuers above it, the nearest first; empty for a root.
    pub above: Vec<N>,
    /// Why nothing of it is accepted, where it is cut off.
    pub cut_off: Option<CutOff>,
    /// Since when its own certificate is revoked, where it is.
    pub revoked: Option<Timestamp>,
}

/// An issuer that is revoked: nothing of it and below it is accepted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutOff {
    /// Its subject; safe to print.
    pub subject: String,
    /// Since when: the revocationDate of the entry that does it.
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

/// The roots, then the offline issuers, those with fewer issuers above them first.
///
/// `name` gives the name that a certificate's record has for its issuer, for example its key's SHA-256. Of several
/// certificates for one issuer, as `is_same` tells, those count that are in force at `now`: valid, not revoked, not cut off.
/// If none is, one counts: not revoked, then the one that ends last. Even then the issuer may be cut off: see [`Cause`].
/// The certificates of one issuer stand together, the one that ends last first.
///
/// ```
/// use rootcast_pki::authority::{Candidate, TrustedRoot, authorities};
/// use rootcast_pki::issuer::Issuer;
/// use rootcast_pki::item;
/// use rootcast_pki::profile::Policy;
///
/// # let pem = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crt"));
/// let issuer = Issuer::from_certificate(&item::read(pem)?.der, &Policy::default())?;
/// let root = TrustedRoot { root: "the first", issuer: &issuer, revoked: None, named: &[] };
/// let accepted: Vec<Candidate<'_, String>> = Vec::new();
/// let found = authorities(&[root], &accepted, Issuer::file_name, Issuer::is_published_as, issuer.not_before());
/// assert_eq!(found.len(), 1);
/// assert!(found[0].root == "the first" && found[0].above.is_empty());
/// # Ok::<(), rootcast_pki::finding::Findings>(())
/// ```
#[must_use]
pub fn authorities<R: Copy, N: Clone + PartialEq>(
    roots: &[TrustedRoot<'_, R>],
    candidates: &[Candidate<'_, N>],
    name: impl Fn(&Issuer) -> N,
    is_same: impl Fn(&Issuer, &Issuer) -> bool,
    now: Timestamp,
) -> Vec<Authority<R, N>> {
    let anchors: Vec<Place<N>> =
        roots.iter().enumerate().map(|(index, root)| Place::of_root(index, root, name(root.issuer))).collect();
    let mut places = anchors.clone();
    // Each round sees one tier more. A certificate from an issuer below its own subject counts for nothing.
    for _ in 0..=candidates.len() {
        let mut next = anchors.clone();
        next.extend(candidates.iter().filter_map(|candidate| {
            let own = name(candidate.issuer);
            let is_named = |place: &&Place<N>| {
                let mut named = roots.get(place.root).into_iter().flat_map(|root| root.named);
                named.any(|named| named.is_published_as(candidate.issuer))
            };
            let is_parent = |place: &&Place<N>| place.name == candidate.parent && !place.stands_below(&own);
            let parent = places.iter().filter(is_parent).filter(is_named).min_by_key(|place| place.as_parent(now))?;
            Some(Place::below(parent, candidate, own, ended(candidate, parent, &places, candidates)))
        }));
        let is_settled = next == places;
        places = next;
        if is_settled {
            break;
        }
    }
    let mut groups = counting(places, roots, is_same, now);
    groups.sort_by_key(|group| group.first().map(|authority| authority.above.len()));
    groups.into_iter().flatten().collect()
}

/// The certificates that count, one group for each issuer.
fn counting<R: Copy, N: Clone>(
    mut places: Vec<Place<N>>,
    roots: &[TrustedRoot<'_, R>],
    is_same: impl Fn(&Issuer, &Issuer) -> bool,
    now: Timestamp,
) -> Vec<Vec<Authority<R, N>>> {
    places.sort_by_cached_key(|place| place.rank(now));
    let mut groups = Vec::new();
    while !places.is_empty() {
        let first = places.remove(0);
        let (further, others): (Vec<_>, Vec<_>) =
            places.into_iter().partition(|place| is_same(&place.issuer, &first.issuer));
        places = others;
        // One policy judges an issuer: that of the root which its first certificate is, or stands below.
        let is_of_its_root = |place: &Place<N>| match (roots.get(first.root), roots.get(place.root)) {
            (Some(its), Some(other)) => is_same(its.issuer, other.issuer),
            _ => false,
        };
        let is_counted = |place: &Place<N>| place.is_in_force(now) && is_of_its_root(place);
        let is_alone = !first.is_in_force(now);
        let further: Vec<Place<N>> = further.into_iter().filter(|place| !is_alone && is_counted(place)).collect();
        let group = core::iter::once(first).chain(further);
        let with_its_root = |place: Place<N>| roots.get(place.root).map(|root| place.authority(root.root));
        groups.push(group.filter_map(with_its_root).collect());
    }
    groups
}

/// What ends the issuer that `candidate` certifies, below `parent`.
fn ended<N: PartialEq>(
    candidate: &Candidate<'_, N>,
    parent: &Place<N>,
    places: &[Place<N>],
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
    core::iter::once(&candidate.parent).chain(&parent.above).find_map(|above| {
        let by_it = candidates.iter().filter(|other| other.parent == *above && other.issuer.is_same(issuer));
        let by_it: Vec<_> = by_it.collect();
        let last = by_it.iter().filter_map(|other| other.revoked).map(|revocation| revocation.since).max()?;
        // One that had ended by then did not keep the issuer in force.
        let is_in_force = by_it.iter().any(|other| other.revoked.is_none() && other.issuer.not_after() >= last);
        let name_of = |above: &N| {
            let known = places.iter().find(|known| known.name == *above);
            known.map(|known| known.issuer.subject().to_string()).unwrap_or_default()
        };
        let cause = || if *above == candidate.parent { Cause::Own } else { Cause::FurtherUp { by: name_of(above) } };
        (!is_in_force).then(|| cut_off(last, cause()))
    })
}

/// A certificate in the tree of issuers, counted or not.
#[derive(Clone)]
struct Place<N> {
    /// The root that it is, or stands below, as an index.
    root: usize,
    name: N,
    issuer: Issuer,
    above: Vec<N>,
    cut_off: Option<CutOff>,
    revoked: Option<Timestamp>,
}

impl<N: PartialEq> PartialEq for Place<N> {
    fn eq(&self, other: &Self) -> bool {
        (self.root, &self.name, &self.above) == (other.root, &other.name, &other.above)
            && (&self.cut_off, self.revoked) == (&other.cut_off, other.revoked)
            && self.issuer.path_length() == other.issuer.path_length()
            && self.issuer.is_constrained_as(&other.issuer)
            && self.issuer.certificate_der() == other.issuer.certificate_der()
    }
}

impl<N: PartialEq> Place<N> {
    /// Whether it is of the issuer with this name, or stands below it.
    fn stands_below(&self, name: &N) -> bool {
        self.name == *name || self.above.contains(name)
    }
}

impl<N> Place<N> {
    fn is_in_force(&self, now: Timestamp) -> bool {
        let is_valid = self.issuer.not_before() <= now && now <= self.issuer.not_after();
        is_valid && self.revoked.is_none() && self.cut_off.is_none()
    }

    /// Of each issuer the certificate that counts most comes first.
    fn rank(&self, now: Timestamp) -> impl Ord + use<N> {
        let ended = (!self.is_in_force(now), self.revoked.is_some(), self.cut_off.is_some());
        let ends = (Reverse(self.issuer.not_after()), Reverse(self.issuer.not_before()));
        (ended, self.above.len(), ends, self.issuer.certificate_sha256(), self.root)
    }

    /// Which of several certificates of an issuer counts for what it issued: of those in force the one that allows most.
    fn as_parent(&self, now: Timestamp) -> impl Ord + use<N> {
        let allowed = self.issuer.path_length().map_or(u64::MAX, u64::from);
        (!self.is_in_force(now), Reverse(allowed), self.issuer.name_constraints().len(), self.rank(now))
    }
}

impl<N: Clone> Place<N> {
    fn of_root<R>(index: usize, root: &TrustedRoot<'_, R>, name: N) -> Self {
        let TrustedRoot { issuer, revoked, .. } = root;
        Self { root: index, name, issuer: (*issuer).clone(), above: Vec::new(), cut_off: None, revoked: *revoked }
    }

    fn below(parent: &Self, candidate: &Candidate<'_, N>, name: N, ended: Option<CutOff>) -> Self {
        let mut above = vec![candidate.parent.clone()];
        above.extend(parent.above.iter().cloned());
        let revoked_above = || {
            let subject = parent.issuer.subject().to_string();
            // What a root says of itself ends nothing below it.
            let since = parent.revoked.filter(|_| !parent.above.is_empty())?;
            Some(CutOff { subject, since, cause: Cause::Above })
        };
        Self {
            root: parent.root,
            name,
            issuer: candidate.issuer.clone().below(&parent.issuer),
            above,
            cut_off: ended.or_else(revoked_above).or_else(|| parent.cut_off.clone()),
            revoked: candidate.revoked.map(|revocation| revocation.since),
        }
    }

    fn authority<R>(self, root: R) -> Authority<R, N> {
        let Self { issuer, above, cut_off, revoked, .. } = self;
        Authority { root, issuer, above, cut_off, revoked }
    }
}
