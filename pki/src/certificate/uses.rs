//! The rules of webpki on what a certificate may be used for. They depend on whether it is a cross certificate, for a CA
//! that there is already (BR 7.1.2.2), and on when it was issued. So they need what is known here.

use super::inspected::InspectedCertificate;
use super::issuing_rules;
use super::role::{Kind, Role};
use super::verified::IssuerMark;
use crate::digest::sha256;
use crate::finding::Findings;
use crate::history::{CertificateHistory, KnownKey};
use crate::name::Name;
use crate::profile::{Policy, Profile};
use crate::serial::Hex;

/// What this certificate of `issuer` is.
fn role_of(certificate: &InspectedCertificate<'_>, issuer: &IssuerMark, history: &CertificateHistory<'_>) -> Role {
    let is_of_ca = |known: &&KnownKey| {
        known.spki == certificate.spki()
            && Name::from_der(&known.subject).is_some_and(|subject| subject.matches(certificate.subject()))
    };
    let of_ca: Vec<&KnownKey> = history.known_keys.iter().filter(is_of_ca).collect();
    let is_cross = certificate.spki() != issuer.key.spki && of_ca.iter().any(|known| !is_by(known, issuer));
    if !is_cross {
        let issued = if history.issued_now { issuer.now } else { certificate.not_before() };
        return Role { kind: Kind::Subordinate, issued };
    }
    // It may begin when the CA's oldest certificate does (BR 7.1.2.2.1): then it says nothing about its own age.
    let says_nothing = of_ca.iter().all(|known| certificate.not_before() <= known.not_before);
    let issued = if history.issued_now || says_nothing { issuer.now } else { certificate.not_before() };
    let spki_sha256 = Hex(&sha256(certificate.spki())).to_string();
    let key_ids: Vec<String> = of_ca.iter().map(|known| Hex(&known.key_id).to_string()).collect();
    let is_named = |key: &String| *key == spki_sha256 || key_ids.contains(key);
    Role { kind: Kind::Cross { is_affiliated: history.affiliated.iter().any(is_named) }, issued }
}

/// Whether this issuer gave the certificate that a key is known from: another one by it is a renewal.
fn is_by(known: &KnownKey, issuer: &IssuerMark) -> bool {
    let names = |subject: &Name| Name::from_der(&issuer.key.subject).is_some_and(|own| own.matches(subject));
    Name::from_der(&known.issuer).is_some_and(|name| names(&name))
        && known.issuer_key_id.as_ref().is_none_or(|key_id| *key_id == issuer.key.key_id)
}

impl InspectedCertificate<'_> {
    /// CERT-EKU and CERT-POLICIES. What a certificate may be used for is nobody's business but its owner's, unless its root
    /// is publicly trusted.
    pub(crate) fn check_uses(
        &self,
        issuer: &IssuerMark,
        history: &CertificateHistory<'_>,
        policy: &Policy,
        findings: &mut Findings,
    ) {
        if policy.profile == Profile::Webpki && self.is_for_ca() {
            issuing_rules::check_uses(&self.body, &self.known, role_of(self, issuer, history), findings);
        }
    }
}
