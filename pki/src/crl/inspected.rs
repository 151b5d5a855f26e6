//! The first step of a CRL: is it well-formed, and does its content satisfy the rules? It needs neither issuer nor
//! time.

use core::fmt;
use std::thread;

use aws_lc_rs::digest::Digest;

use super::body::Body;
use super::distribution_point::IssuingDistributionPoint;
use super::entry::{Entries, Place};
use super::entry_rules::Walked;
use super::serial_index::SerialIndex;
use super::{content, entry_rules};
use crate::crl_number::CrlNumber;
use crate::digest::sha256;
use crate::extension::{AuthorityKeyIdentifier, Extension};
use crate::finding::{Findings, Location, Severity};
use crate::form;
use crate::issuer::Issuer;
use crate::limits::LARGE_CRL_SIZE;
use crate::name::Name;
use crate::oid;
use crate::profile::Policy;
use crate::rule::Rule;
use crate::signature_algorithm::SignatureAlgorithm;
use crate::stage::{Inspection, Stage};
use crate::stop::Stop;
use crate::time::Timestamp;

/// A readable CRL. It may break any rule; its findings show which.
#[derive(Debug)]
pub struct InspectedCrl<'a> {
    pub(super) body: Body<'a>,
    this_update: Timestamp,
    number: Option<CrlNumber>,
    pub(super) distribution_point: Option<IssuingDistributionPoint>,
    entry_count: u64,
    /// Whether an entry cannot be read, nor what follows it.
    is_cut: bool,
    index: Option<SerialIndex<'a>>,
    /// The digest that the signature is over, where it was made beside the walk over the entries.
    signed_digest: Option<Digest>,
    findings: Findings,
    /// Those about the CRL as a whole, without its single entries.
    of_whole: Findings,
}

/// Reads a CRL and applies the rules that need nothing but its content.
///
/// The value is absent if its structure or its thisUpdate cannot be read.
///
/// ```
/// use rootcast_pki::crl;
/// use rootcast_pki::profile::Policy;
///
/// # let der = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
/// let inspection = crl::inspect(der, &Policy::default());
/// let crl = inspection.value.expect("it can be read");
/// assert_eq!(crl.number().expect("a number").to_string(), "7");
/// assert_eq!(crl.entries().map(|entry| entry.reason).collect::<Vec<_>>(), [Some(5)]); // cessationOfOperation
/// assert!(crl::inspect(&der[..200], &Policy::default()).value.is_none());
/// ```
pub fn inspect<'a>(der: &'a [u8], policy: &Policy) -> Inspection<InspectedCrl<'a>> {
    inspect_until(der, policy, &Stop::never())
}

/// The same, but walks over the entries end when `stop` says so. Then nothing of it may be used.
pub(crate) fn inspect_until<'a>(der: &'a [u8], policy: &Policy, stop: &Stop) -> Inspection<InspectedCrl<'a>> {
    let mut findings = Findings::new();
    let body = match Body::read(der) {
        Ok(body) => Body { entries: body.entries.until(stop.clone()), ..body },
        Err(error) => {
            let finding = findings.add(Rule::CrlDer, Severity::Reject, error.to_string());
            finding.because_if(form::cause_of(&error.error, der.len())).at_told(error.field, error.offset);
            return Stage { value: None, findings };
        }
    };
    let content = content::check(&body, policy, &mut findings);
    let mut of_whole = findings.clone();
    let (Walked { count: entry_count, index, is_cut }, signed_digest) =
        beside_digest(&body, || entry_rules::check(&body, policy, &mut findings));
    if is_cut {
        let text = format!("entry {} cannot be read, nor what follows it", entry_count + 1);
        of_whole.add(Rule::CrlDer, Severity::Reject, text);
    }
    let Some(this_update) = body.this_update.moment() else {
        return Stage { value: None, findings };
    };
    let value = InspectedCrl {
        body,
        this_update,
        number: content.number,
        distribution_point: content.distribution_point,
        entry_count,
        is_cut,
        index,
        signed_digest,
        findings: findings.clone(),
        of_whole,
    };
    Stage { value: Some(value), findings }
}

/// Does `walk` while another thread makes the digest under the signature. For a large CRL both take long, and neither
/// needs the other. If no thread can start, there is no digest, and the signature is verified without it.
fn beside_digest<T>(body: &Body<'_>, walk: impl FnOnce() -> T) -> (T, Option<Digest>) {
    let (algorithm, tbs) = (SignatureAlgorithm::from_der(body.inner_algorithm), body.tbs);
    let Some(algorithm) = algorithm.filter(|_| tbs.len() >= LARGE_CRL_SIZE) else {
        return (walk(), None);
    };
    thread::scope(|scope| {
        let digest = thread::Builder::new().spawn_scoped(scope, || algorithm.digest(tbs));
        (walk(), digest.ok().and_then(|digest| digest.join().ok()).flatten())
    })
}

impl<'a> InspectedCrl<'a> {
    /// Reads a CRL that was accepted before, without judging it again.
    pub(crate) fn reread(der: &'a [u8]) -> Option<Self> {
        let body = Body::read(der).ok()?;
        let content = content::check(&body, &Policy::default(), &mut Findings::new());
        Some(InspectedCrl {
            this_update: body.this_update.moment()?,
            number: content.number,
            distribution_point: content.distribution_point,
            entry_count: 0,
            is_cut: false,
            index: None,
            signed_digest: None,
            findings: Findings::new(),
            of_whole: Findings::new(),
            body,
        })
    }

    /// The same, with walks that end early when those of `judged` do: the two are compared.
    pub(crate) fn beside(self, judged: &InspectedCrl<'_>) -> Self {
        let entries = self.body.entries.until(judged.body.entries.stop().clone());
        InspectedCrl { body: Body { entries, ..self.body }, ..self }
    }

    /// The same, with walks that are always whole: its judgement is made.
    pub(crate) fn unstoppable(self) -> Self {
        let entries = self.body.entries.until(Stop::never());
        InspectedCrl { body: Body { entries, ..self.body }, ..self }
    }

    /// The CRL as received, DER.
    #[must_use]
    pub fn der(&self) -> &'a [u8] {
        self.body.der
    }

    /// SHA-256 of the CRL, with its signature.
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        sha256(self.body.der)
    }

    /// The TBSCertList as received, DER: what is signed (RFC 5280 §5.1.1.1).
    #[must_use]
    pub fn tbs(&self) -> &'a [u8] {
        self.body.tbs
    }

    /// SHA-256 of the TBSCertList. With the issuer it is the identity of a CRL, under whatever signature.
    #[must_use]
    pub fn tbs_sha256(&self) -> [u8; 32] {
        sha256(self.body.tbs)
    }

    /// The signature: the contents of the BIT STRING (RFC 5280 §5.1.1.3).
    #[must_use]
    pub fn signature(&self) -> &'a [u8] {
        self.body.signature
    }

    /// Its issuer field (RFC 5280 §5.1.2.3).
    #[must_use]
    pub fn issuer(&self) -> &Name {
        &self.body.issuer
    }

    /// authorityKeyIdentifier (RFC 5280 §5.2.1), if present.
    #[must_use]
    pub fn aki(&self) -> Option<&AuthorityKeyIdentifier> {
        self.body.aki.as_ref()
    }

    /// CRLNumber (RFC 5280 §5.2.3), if present and within its bounds.
    #[must_use]
    pub fn number(&self) -> Option<CrlNumber> {
        self.number
    }

    /// thisUpdate: when it was issued (RFC 5280 §5.1.2.4).
    #[must_use]
    pub fn this_update(&self) -> Timestamp {
        self.this_update
    }

    /// nextUpdate (RFC 5280 §5.1.2.5), if present: when the next CRL is issued at the latest.
    #[must_use]
    pub fn next_update(&self) -> Option<Timestamp> {
        self.body.next_update.and_then(|time| time.moment())
    }

    /// Walks the entries (RFC 5280 §5.1.2.6); nothing is collected.
    #[must_use]
    pub fn entries(&self) -> Entries<'a> {
        self.body.entries.clone()
    }

    /// How many entries can be read.
    #[must_use]
    pub fn entry_count(&self) -> u64 {
        self.entry_count
    }

    /// Whether an entry cannot be read, nor what follows it: [`Self::entry_count`] is what stands before that one.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// What it is, with its number, for people: `CRL number 7`. Of a number that is there and breaks a rule it says that.
    #[must_use]
    pub fn title(&self) -> String {
        match self.number {
            Some(number) => format!("CRL number {number}"),
            None if self.number_offset().is_some() => "CRL with a number that cannot be used".to_owned(),
            None => "CRL without a number".to_owned(),
        }
    }

    /// All extensions of the CRL, in order.
    #[must_use]
    pub fn extensions(&self) -> &[Extension<'a>] {
        &self.body.extensions
    }

    /// What inspecting found.
    #[must_use]
    pub fn findings(&self) -> &Findings {
        &self.findings
    }

    /// What inspecting found about the CRL as a whole: everything but the faults of single entries. An entry that cannot be
    /// read is among them, because nothing after it can be read either.
    #[must_use]
    pub fn findings_of_whole(&self) -> &Findings {
        &self.of_whole
    }

    /// Where nextUpdate stands, if it does.
    pub(crate) fn next_update_offset(&self) -> Option<usize> {
        self.body.next_update.map(|time| time.offset)
    }

    /// Where thisUpdate stands.
    pub(crate) fn this_update_offset(&self) -> usize {
        self.body.this_update.offset
    }

    /// Where the issuer's name stands.
    pub(crate) fn issuer_offset(&self) -> usize {
        self.body.offsets.issuer
    }

    /// Where CRLNumber stands, if it does.
    pub(crate) fn number_offset(&self) -> Option<usize> {
        self.body.offset_of(oid::CRL_NUMBER)
    }

    /// Where revokedCertificates stands, if it does.
    pub(crate) fn entries_offset(&self) -> Option<usize> {
        self.body.list_offset
    }

    /// The place of issuingDistributionPoint; of an absent one, of what would hold it.
    pub(crate) fn distribution_point_place(&self) -> Location {
        self.body.place_of(oid::ISSUING_DISTRIBUTION_POINT, "issuingDistributionPoint")
    }

    /// Where the entries stand.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place<'a>> + use<'a> {
        self.body.entries.places()
    }

    /// Whether a rule rejects this entry, by itself and in the profile `private`.
    pub(crate) fn refuses(&self, place: &Place<'_>) -> bool {
        let mut entry = place.entries();
        let judged =
            entry_rules::next_judged(&mut entry, 0, self.issuer(), Some(self.this_update), &Policy::default(), |_| {});
        judged.is_none_or(|(_, findings)| findings.rejects())
    }

    /// The index of serial numbers, if inspecting had to make one.
    pub(crate) fn index(&self) -> Option<&SerialIndex<'a>> {
        self.index.as_ref()
    }

    /// Makes the index, for an inspected CRL that has none.
    pub(crate) fn make_index(&self) -> SerialIndex<'a> {
        SerialIndex::new(self.body.der, &self.body.entries)
    }

    /// The entry with this serial number.
    pub(crate) fn find(&self, serial: &[u8]) -> Option<Place<'a>> {
        match &self.index {
            Some(index) => index.find(serial),
            None => self.places().find(|place| place.serial == serial),
        }
    }

    /// issuingDistributionPoint as received, to compare one CRL with the next.
    pub(crate) fn distribution_point_bytes(&self) -> Option<&'a [u8]> {
        let extensions = &self.body.extensions;
        crate::extension::find(extensions, oid::ISSUING_DISTRIBUTION_POINT).map(|extension| extension.value)
    }

    /// Whether the signature verifies under this issuer's key.
    pub(crate) fn is_signed_by(&self, issuer: &Issuer) -> bool {
        let algorithm = SignatureAlgorithm::from_der(self.body.inner_algorithm);
        algorithm.is_some_and(|algorithm| match &self.signed_digest {
            Some(digest) => algorithm.verifies_digest(issuer.key(), digest, self.body.signature),
            None => algorithm.verifies(issuer.key(), self.body.tbs, self.body.signature),
        })
    }
}

/// One line for people: what this CRL is.
impl fmt::Display for InspectedCrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}, thisUpdate {}, ", self.title(), self.body.issuer, self.this_update)?;
        match self.next_update() {
            Some(next) => write!(f, "nextUpdate {next}")?,
            None => f.write_str("no nextUpdate")?,
        }
        // The entry that cannot be read is one, too.
        let least = if self.is_cut { "at least " } else { "" };
        match self.entry_count.saturating_add(u64::from(self.is_cut)) {
            1 => write!(f, ", {least}1 entry"),
            count => write!(f, ", {least}{count} entries"),
        }
    }
}
