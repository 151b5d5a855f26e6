//! What to do about a finding: one or two sentences for each rule, shown as `help`. Every rule has its own line here,
//! so a new rule does not compile without one.

use crate::rule::Rule;

impl Rule {
    /// What the operator does about it, on whichever side it is found.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Rule::ManSignature => {
                "Look which export key signed: the manifest is ignored until it is the pinned one; the items are judged all the same."
            }
            Rule::ManLate => {
                "Nothing, if an older transmission was received late; otherwise ask the offline side for its newest bundle."
            }
            Rule::ManEquivocation => {
                "Ask the offline side, by telephone, which of the two manifests is theirs: one number was used twice."
            }
            Rule::ManGap => "Ask the offline side for the bundles whose numbers are missing, and send them again.",
            Rule::ManChain => {
                "Ask the offline side for the bundle before this one; its manifest was never received here."
            }
            Rule::ManWithheld => {
                "Ask the offline side to send again the items it counts as valid and that never arrived here."
            }
            Rule::CrlShortLife => "Plan the next CRL now: this one ends soon, or no later than the one before.",
            Rule::CrlValidity => {
                "The offline side makes a new CRL whose nextUpdate is at most 12 months after thisUpdate."
            }
            Rule::CrlOutlivesIssuer => {
                "The offline side makes a new CRL that ends no later than the issuer's certificate."
            }
            Rule::CrlExtUnknown => {
                "Leave the extension out, unless the relying parties of this CRL are known to need it."
            }
            Rule::CrlEntryUnknown => {
                "Compare the new serial numbers with the record of certificates issued: a mistyped one revokes nothing."
            }
            Rule::CrlInUse => {
                "Make sure that this revocation is meant and the CA's users are told: its certificates stop working."
            }
            Rule::CertSki => {
                "Compare with the CA of the same name or key identifier: a new key gets a subjectKeyIdentifier of its own; if a rekey is meant, accept it with your reason."
            }
            Rule::CertEku => "Issue it anew with extKeyUsage: serverAuth, and nothing that a TLS CA must not have.",
            Rule::CertPolicies => {
                "Issue it anew with certificatePolicies: anyPolicy alone, or one reserved identifier."
            }
            Rule::CertCdp => {
                "Issue it anew with cRLDistributionPoints not critical, with one http URL that this host serves."
            }
            Rule::CertAia => {
                "Issue it anew with authorityInfoAccess not critical, with an http URL of the issuer's certificate."
            }
            Rule::CertNameConstraints => "Issue it anew with nameConstraints critical, without minimum and maximum.",
            Rule::CertRequest => {
                "Compare the public key with the request of the CA below, and register that request with `enrol --request`."
            }
            Rule::ObjSize => "Send the items in several bundles, each within the cap.",
            Rule::ObjDigest => {
                "Receive on, over another link if there is one, and find out who else can reach the links."
            }
            Rule::ItemKind => {
                "Give the CRL or the certificate itself, as DER or PEM; a key, a request or a chain is no item."
            }
            Rule::ItemPem => "Split the PEM file so that each file holds one object, with the label of what it is.",
            Rule::ItemIssuerUnknown => {
                "Enrol the root that issued it, name the issuer with --issuer, or use the state directory of that root."
            }
            Rule::StateLost => "Restore the state directory from its backup, then receive the newest CRL again.",
            Rule::ClockBack => "Set the clock of this host from a source you trust, then run the same command again.",
            Rule::RootName => "Enrol the root's own certificate, one with a subject.",
            Rule::RootKey => "Enrol a root whose key is supported and strong enough; a weak root has to be replaced.",
            Rule::RootShape => {
                "Compare the root's words with its owner's; its next certificate should have the fields named."
            }
            Rule::RootClash => "Keep each of the two roots in a state directory of its own.",
            Rule::CrlDer => {
                "Copy the file again; if it stays so, the offline side makes it anew with software that writes DER."
            }
            Rule::CrlVersion => "The offline side makes a v2 CRL: one with extensions, cRLNumber among them.",
            Rule::CrlAlgorithmMatch => {
                "The offline side signs it anew; the two algorithm fields must come from the same signing."
            }
            Rule::CrlAlgorithm => {
                "The offline side signs it anew with SHA-256 or better, in an algorithm that fits the root's key."
            }
            Rule::CrlIssuer => {
                "Check that this CRL and this issuer belong together; the issuer's name must be the certificate's subject, byte for byte."
            }
            Rule::CrlIssuerStatus => "Do not publish it: the issuer is revoked. Its successor signs the CRL.",
            Rule::CrlAki => {
                "The offline side makes a new CRL whose authorityKeyIdentifier is the issuer's subjectKeyIdentifier, and nothing beside it."
            }
            Rule::CrlIssuerUsage => {
                "Use the issuer's certificate that is valid now and whose keyUsage has cRLSign; it may have been renewed."
            }
            Rule::CrlSignature => {
                "Do not publish it. Compare the words with the offline side: the file was changed, or another key signed it."
            }
            Rule::CrlTimeEncoding => {
                "The offline side makes it anew, with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z."
            }
            Rule::CrlNextUpdateMissing => "The offline side makes a new CRL with a nextUpdate later than thisUpdate.",
            Rule::CrlFuture => {
                "Check the clock of this host and of the one that signed; otherwise wait until thisUpdate."
            }
            Rule::CrlExpired => "Check the clock of this host; if it is right, the offline side makes a new CRL.",
            Rule::CrlFirst => {
                "Compare the words with the offline side by telephone, or enrol with --crl or --first-number."
            }
            Rule::CrlNumberMissing => {
                "The offline side makes a new CRL with a cRLNumber that is not critical, from 0 and below 2^159."
            }
            Rule::CrlNumberLower => {
                "Do not publish it: an older CRL makes revoked certificates valid again. Ask the offline side for the newest."
            }
            Rule::CrlEquivocation => {
                "Do not publish either before the offline side has said how two CRLs came to have one number."
            }
            Rule::CrlNumberJump => {
                "Ask the offline side whether it issued the numbers between; if this is meant, accept it with your reason."
            }
            Rule::CrlThisUpdateBack => {
                "Ask the offline side which CRL is the newest, and whether its clock was right when it signed."
            }
            Rule::CrlNextUpdateBack => "Make sure the earlier end is meant, and plan the next CRL before it.",
            Rule::CrlExtCritical => {
                "The offline side makes it anew without that extension, or with it not critical and only once."
            }
            Rule::CrlPartial => {
                "The offline side makes a complete CRL: of all its certificates and reasons, and of its own alone."
            }
            Rule::CrlIdp => {
                "Leave issuingDistributionPoint out, or make it critical, with a URL, and the same in every CRL."
            }
            Rule::CrlEmptyList => "The offline side leaves revokedCertificates out while nothing is revoked.",
            Rule::CrlSerial => {
                "Compare the serial numbers named with the certificates issued; each is positive and stands there once."
            }
            Rule::CrlSelf => {
                "Ask the offline side whether its own certificate was to be revoked; no relying party acts on it."
            }
            Rule::CrlRevocationDate => "The offline side makes a new CRL; no revocationDate is later than thisUpdate.",
            Rule::CrlReason => {
                "The offline side gives each entry a reason that fits a CA: keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn."
            }
            Rule::CrlEntryVanished => {
                "Do not publish it unless every certificate named has expired: a revoked one would be valid again. The offline side puts the entries back."
            }
            Rule::CrlEntryChanged => {
                "Ask the offline side why the entries named have another date or reason; if this is meant, accept it with your reason."
            }
            Rule::CertDer => {
                "Copy the file again; if it stays so, the certificate is issued anew with software that writes DER."
            }
            Rule::CertVersion => "Issue it anew as v3, without issuerUniqueID and subjectUniqueID.",
            Rule::CertAlgorithmMatch => {
                "Issue it anew; both algorithm fields of a certificate come from the same signing."
            }
            Rule::CertAlgorithm => "Issue it anew with SHA-256 or better, in an algorithm that fits the issuer's key.",
            Rule::CertIssuer => {
                "Check that this certificate and this issuer belong together; the issuer's name must be its subject, byte for byte."
            }
            Rule::CertSignature => {
                "Do not publish it. Compare the words with the offline side: the certificate was changed, or another key signed it."
            }
            Rule::CertTimeEncoding => {
                "Issue it anew, with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z."
            }
            Rule::CertExtCritical => "Issue it anew without that extension, or with it not critical.",
            Rule::CertExtTwice => "Issue it anew with each extension once.",
            Rule::CertAki => {
                "Issue it anew with an authorityKeyIdentifier that is the issuer's subjectKeyIdentifier, and nothing beside it."
            }
            Rule::CertIssuerUsage => {
                "Use an issuer that may sign certificates, is valid, and whose path length leaves room for a CA below."
            }
            Rule::CertSerial => {
                "Issue it anew with a random positive serial number of 8 to 20 octets that was never used."
            }
            Rule::CertBasicConstraints => {
                "Issue it anew with basicConstraints critical, cA TRUE, and a path length below the issuer's."
            }
            Rule::CertKeyUsage => "Issue it anew with keyUsage critical: keyCertSign and cRLSign.",
            Rule::CertValidity => {
                "Issue it anew, with dates within the issuer's and at most 8 years apart; if it begins later, wait."
            }
            Rule::CertKey => {
                "The CA below makes a new key, RSA of 2048 bits or more, a named curve, Ed25519 or ML-DSA, and a new request."
            }
            Rule::CertRevoked => "Do not publish it: it is revoked. The CA below needs a new certificate.",
            Rule::CertAnchor => {
                "Enrol a root with `enrol --root`, after its words were compared; a new trust anchor never arrives as an item."
            }
            Rule::CertNotCa => "Leave it out: only certificates of CAs are carried.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_rule_says_what_to_do_in_a_sentence_of_its_own() {
        let mut seen: BTreeMap<&str, Rule> = BTreeMap::new();
        for rule in Rule::ALL {
            let remedy = rule.remedy();
            assert!(remedy.ends_with('.') && remedy.len() > 20, "{rule}: {remedy}");
            assert!(remedy.starts_with(|first: char| first.is_ascii_uppercase()), "{rule}: {remedy}");
            assert!(remedy.len() <= 170, "{rule}: {} characters", remedy.len());
            if let Some(other) = seen.insert(remedy, *rule) {
                panic!("{rule} and {other} say the same: {remedy}");
            }
        }
    }
}
