//! Why a rule was broken, where a rule can be broken in several ways that ask for different actions. A cause has a help
//! text of its own, which a finding gives in place of its rule's. Where a profile refuses what another only warns of, a
//! cause has two: the second, after `rejected`, is for an item that is refused. `for publisher` before a text marks one that
//! only whoever publishes can follow: it asks the signing side, or tells the reader to accept a held item. A program of
//! the signing side gives the help of the rule in its place.

/// Whether there is a mark.
macro_rules! is_marked {
    () => {
        false
    };
    (publisher) => {
        true
    };
}

macro_rules! causes {
    ($($variant:ident $(for $whom:ident)? $remedy:literal $(rejected $rejected:literal)?;)*) => {
        /// One way to break a rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Cause {
            $(#[doc = $remedy] $variant,)*
        }

        impl Cause {
            /// Every cause.
            #[cfg(test)]
            const ALL: &[Cause] = &[$(Cause::$variant,)*];

            /// What the operator does about it: the `help` of a report.
            pub(crate) const fn remedy(self) -> &'static str {
                match self { $(Cause::$variant => $remedy,)* }
            }

            /// The same for an item that is rejected for it: something has to be done then.
            pub(crate) const fn remedy_of_rejected(self) -> &'static str {
                match self {
                    $($(Cause::$variant => $rejected,)?)*
                    _ => self.remedy(),
                }
            }

            /// Whether its help is for whoever publishes: it asks the signing side, or tells the reader to accept a held
            /// item.
            pub(crate) const fn is_of_the_publisher(self) -> bool {
                match self { $(Cause::$variant => is_marked!($($whom)?),)* }
            }
        }
    };
}

causes! {
    // ITEM-KIND and ITEM-PEM
    FileEmpty "The file is empty. Copy it again from where it was made.";
    FileTooLong "Check that this is the right file: no item has more than 64 MiB.";
    KindUnknown "Update this program: a newer version knows this kind of item.";
    HoldsRequest "Give the certificate that was issued for this request. To register the request itself, use the option --request.";
    HoldsPublicKey "Give the certificate that holds this key.";
    HoldsSshPublicKey "Give a CRL or a CA certificate: an SSH key signs approvals, and is named in the site file.";
    HoldsPrivateKey "Give the CA's certificate or its CRL. Find out why a private key is here, and take the file away from this host.";
    HoldsPkcs7 "Take the items out: openssl pkcs7 -inform DER -in FILE -print_certs (-inform PEM if it is text). Then give each one as a file of its own.";
    HoldsPkcs12 "Take the certificate out on the host of the key: openssl pkcs12 -in FILE -clcerts -nokeys. Keep the file itself away from this host.";
    Utf16 "Convert the file: iconv -f UTF-16 -t UTF-8 FILE > NEW. Or let the CA's software save it as DER.";
    PemCutShort "Copy the whole file again: the end of its PEM object is missing.";
    PemDamaged "Copy the file again: its base64 was changed on the way.";
    PemBesideOthers "Save the PEM object in a file of its own: what is beside it is not text.";

    // Keys: ROOT-KEY and CERT-KEY
    RootKeyKind "This root cannot be used here. Supported are RSA, ECDSA on P-256, P-384 and P-521, Ed25519 and ML-DSA; not brainpool curves, Ed448 or DSA.";
    CertKeyKind "The subordinate CA makes a new key of a supported kind: RSA, P-256, P-384, P-521, Ed25519 or ML-DSA; not a brainpool curve, Ed448 or DSA.";

    RootModulusBits "Relying parties accept the key. The root's next key should have a multiple of 8 bits, such as 4096 (BR 6.1.5).";
    ModulusBits "Relying parties accept the key. The subordinate CA's next key should have a multiple of 8 bits, such as 4096."
        rejected "The subordinate CA makes a new key of a multiple of 8 bits, such as 4096, and a new request (BR 6.1.5).";

    // ROOT-SHAPE
    RootNotSelfIssued "Trust the root that issued it instead, and name this certificate with --offline-issuer.";
    RootEnded "Trust the root's renewed certificate, if there is one. If this one is the newest, check the clock of this host.";
    RootNotBegun "Check the clock of this host. If it is right, trust the root again when its certificate has begun.";
    RootNotCa "Give the CA's own certificate: this one says that it is not a CA's, so nothing below it can be published.";
    RootCriticalExtension "Ask the root's owner what the extension is for. The root's next certificate should have it as not critical.";
    RootNameConstraints "Ask the root's owner for a certificate whose nameConstraints can be read: relying parties refuse what this one issues.";
    RootLooseName "Trust the root in the profile private. For webpki the CA needs a root whose name is a UTF8String.";
    RootAlgorithm "The certificate itself can stay. The CA has to sign its CRLs with an algorithm that the profile accepts (CRL-ALGORITHM).";
    RootSignature "If it is a cross certificate, trust the root's own certificate instead. Otherwise copy the file again from its owner, and compare the words.";
    RootKeyUsageAbsent "Nothing has to be done now. The root's next certificate should have keyUsage with keyCertSign and cRLSign.";

    // CRL-DER and CERT-DER
    DerCutShort "Copy the whole file again: its end is missing.";
    DerTrailing "Copy the file again in binary form: there is something after its end, as a transfer of text adds it.";
    DerInside "If there is no finding about the signature, copying the file does not help: its software wrote it so. Issue a new one with software that writes DER.";
    LooseText "Relying parties read the name, so nothing has to be done now. The CA's next certificate may write it as UTF8String."
        rejected "Only the profile private accepts such a name. For webpki the CA needs a certificate in which its name is a UTF8String.";
    EntryNoExtensions "Relying parties read the entry, so nothing has to be done now. Newer software of the CA leaves the empty list out."
        rejected "The CA issues a new CRL that leaves the empty list out (newer software does), or give each of the entries a reason.";

    // CRL-ALGORITHM and CERT-ALGORITHM
    HashTooWeak "Sign it again with SHA-256, SHA-384 or SHA-512 (openssl: default_md). In webpki an ECDSA key has the hash of its curve's length.";
    CurveWantsSha256 "Sign it again with SHA-256 (openssl: default_md = sha256): it is the hash that webpki wants with a key on P-256.";
    CurveWantsSha384 "Sign it again with SHA-384 (openssl: default_md = sha384): it is the hash that webpki wants with a key on P-384.";
    CurveWantsSha512 "Sign it again with SHA-512 (openssl: default_md = sha512): it is the hash that webpki wants with a key on P-521.";
    NullAbsent "Relying parties read it, so nothing has to be done now. The software that signs should write NULL as the algorithm's parameters (RFC 4055 5)."
        rejected "Let the software that signs write NULL as the parameters of the algorithm (RFC 4055 5), and sign again.";
    PssNullAbsent "Let the software that signs write NULL as the parameters of both hashes, of the message and of the mask (MGF1), and sign again.";
    PssParameters "Sign it again with one hash for message and mask (MGF1), and a salt as long as that hash (openssl: -sigopt rsa_pss_saltlen:digest).";
    AlgorithmParameters "Let the software that signs write the algorithm's parameters as its RFC says: NULL for RSA (RFC 4055), none for ECDSA, Ed25519 and ML-DSA.";
    AlgorithmOfOtherKey "Use the certificate of the key that signed it. If that is this one, the algorithm was written wrong: sign it again with one of this key.";

    // CRL-SIGNATURE and CERT-SIGNATURE
    SignatureNotDer "The file may be whole: its ECDSA signature is not written as DER. Update the software or the token's driver that signed it, then sign again.";

    // CRL-ISSUER and CERT-ISSUER
    NameNotIdentical "The item is this issuer's. Some relying parties compare names byte for byte, so the CA should copy the subject of its certificate as it is.";

    // CRL-AKI and CERT-AKI
    AkiAbsent "Let the CA add it (openssl: authorityKeyIdentifier = keyid:always), so that relying parties find the right certificate of the issuer.";
    AkiOtherKey "Use the issuer's certificate with that identifier if there is one. Otherwise another key signed the item, or the CA wrote a wrong identifier.";
    AkiOtherCertificate "Use the certificate that the item names. After a renewal under the same key, only the key identifier should be there.";
    AkiOtherForms "Let the CA leave issuer and serial number out (openssl: keyid:always without issuer): they name one certificate, and a renewal has another.";
    AkiNoKeyId "Let the CA add the key identifier (openssl: authorityKeyIdentifier = keyid:always).";
    AkiCritical "Let the CA mark authorityKeyIdentifier as not critical: RFC 5280 says so, and some relying parties refuse it.";

    // CRL-ISSUER-USAGE and CERT-ISSUER-USAGE
    IssuerNotCa "Use the certificate of the CA that signed it: the one given says that it is not a CA's.";
    IssuerNoCrlSign "The CA needs a renewed certificate with cRLSign in its keyUsage: relying parties refuse its CRLs.";
    IssuerNoCertSign "The CA needs a renewed certificate with keyCertSign in its keyUsage: relying parties refuse what it issues.";
    IssuerNotValidNow "Check the clock of this host. If it is right, use the CA's renewed certificate.";
    BeginsAfterIssuer "Issue a new certificate that begins while the issuer's is valid, or use the issuer's renewed certificate.";
    IssuerNotValidThen for publisher "If the issuer was renewed since, that is in order; where it is held, accept it. Otherwise ask the offline side why it begins at that time.";
    IssuerPathLength "This CA may have no CA below it. Let a CA above it issue the certificate.";
    IssuerRevoked "Do not publish it: the issuer is revoked. Its successor issues a new certificate.";

    // CRL-NEXTUPDATE-MISSING and CRL-NUMBER-MISSING
    NextUpdateAbsent "Set how long a CRL is valid (openssl: default_crl_days), then issue a new CRL. Without nextUpdate nobody knows when it ends.";
    NumberAbsent "Let the CA number its CRLs (openssl: crlnumber = FILE in the section of the CA), then issue a new CRL.";
    NumberCritical "Let the CA mark cRLNumber as not critical (RFC 5280 5.2.3), then issue a new CRL.";
    NumberNegative "The CA's software left out a leading zero octet, so a positive number became negative. Update it, or continue with a number that needs none.";
    NumberTooLong "Continue with a CRL number of at most 20 octets: relying parties need not read a longer one.";

    // What came before
    FloorNotPassed for publisher "Ask the offline side for a CRL above the floor. It was set by rootcast-online trust, with --crl or --first-number.";
    ThisUpdateEqual for publisher "Ask the offline side which of the two CRLs of this second is the newest. If it is this one, accept it and state your reason.";
    VanishedUnknown for publisher "Find out whether the named certificates had expired. If all had, accept the CRL and state why. Otherwise the offline side restores the entries.";
    VanishedRejected for publisher "Compare them with the decisions in the record of the offline side's ceremony. If each was decided so, accept the CRL and state your reason.";

    // CRL-EXT-CRITICAL
    CrlExtensionCritical "The CA issues a new CRL in which that extension is not critical: OpenSSL and others refuse this one.";
    CrlExtensionTwice "The CA issues a new CRL that has each extension only once.";

    // CRL-EXT-UNKNOWN
    CrlExtensionIdle "Nothing has to be done now: no common relying party of TLS reads it in a CRL. The CA may leave it out.";

    // CRL-IN-USE
    MassRevocation for publisher "Ask the offline side, by telephone, whether it meant to revoke all of them. If so, accept the CRL and state your reason.";

    // CRL-PARTIAL
    DeltaCrl "Give the complete CRL. Delta CRLs are not carried; AD CS ends their file names with a plus sign.";
    FreshestCrl "The CRL is complete, and is used. It points to delta CRLs, which are not carried: let the CA stop them (AD CS: CRLDeltaPeriodUnits 0)."
        rejected "The CA issues a CRL without freshestCRL: delta CRLs are not carried (AD CS: CRLDeltaPeriodUnits 0). The CRL is complete in all else.";
    IndirectCrl "The CA issues a CRL of its own: this one covers other issuers too.";
    EntryOfOtherIssuer "The CA issues a CRL without entries for certificates of other issuers. Each issuer lists its own.";
    EntryOfOwnIssuer "The CA issues a new CRL without certificateIssuer in its entries: the name is the CA's own, so it says nothing and belongs into indirect CRLs.";
    SomeReasonsOnly "The CA issues a CRL for all reasons: this one leaves revoked certificates out.";
    AttributeCertificatesOnly "Give the CRL for public-key certificates: this one covers attribute certificates only.";
    UserAndCaOnly "Correct the CA's configuration: a CRL cannot be for end-entity certificates only and for CA certificates only.";

    // CRL-IDP
    IdpNotCritical "Let the CA leave issuingDistributionPoint out, or mark it critical. A relying party that does not know it would take the CRL for more than it is.";
    IdpUserOnly "Let the CA issue one CRL for all its certificates (without onlyContainsUserCerts): this one leaves its CA certificates out.";
    IdpNoName "Let the CA leave issuingDistributionPoint out, or give it a URL.";
    IdpRelativeName "Let the CA leave issuingDistributionPoint out, or give it a whole URL: few relying parties read a relative name.";
    IdpOtherName "Let the CA leave issuingDistributionPoint out, or give it URLs alone (BR 7.2.2.1): relying parties compare it with those of certificates.";
    IdpChanged for publisher "Ask the offline side whether the change is intended: relying parties may look for the CRL elsewhere. If so, accept it and state your reason.";

    // CRL-SERIAL
    EntrySerialNotPositive "Compare the named serial numbers with the certificates as they are. If those have such numbers, nothing has to be done; they stay revoked."
        rejected "The CA issues a new CRL without the named entries, if they are mistyped. If certificates have such numbers, only the profile private accepts the CRL.";
    EntrySerialTooLong "Compare the named serial numbers with the issued certificates: no certificate should have more than 20 octets."
        rejected "The CA issues a new CRL without the named entries, if they are mistyped. If certificates have numbers that long, only the profile private accepts it.";

    // CRL-REVOCATION-DATE
    DateAhead "Relying parties revoke it all the same. If the CA back-dates thisUpdate, let it do so by less; otherwise the next CRL has the right date."
        rejected "The CA issues a new CRL in which no revocation date is later than thisUpdate. If it back-dates thisUpdate, let it do so by less.";

    // CRL-REASON
    ReasonAbsent "Nothing has to be done for a private root. The profile webpki wants a reason in each entry, such as superseded."
        rejected "The CA issues a new CRL with a reason in each of these entries, such as superseded.";
    ReasonUnspecified "Let the CA leave the reason out rather than write unspecified (RFC 5280 5.3.1), or give the true one."
        rejected "The CA issues a new CRL with the true reason of each of these entries: the Baseline Requirements have no unspecified (BR 7.2.2).";
    ReasonCaCompromise "Make sure that the reason is meant: cACompromise says that the key of a CA is in other hands. For TLS the reason is keyCompromise.";
    ReasonHold "Decide about the certificate: the next CRL revokes it with a final reason. A hold is no state for a CA certificate.";
    ReasonRemove "The CA issues a complete CRL: removeFromCRL belongs into delta CRLs only.";
    ReasonAaCompromise "Correct the reason: aACompromise is for attribute authorities.";
    ReasonUnknown "Correct the reason code: RFC 5280 has 0 to 6 and 8 to 10.";
    ReasonCritical "Let the CA mark reasonCode as not critical (RFC 5280 5.3.1).";

    // CERT-VERSION
    UniqueIds "Issue a new certificate without issuerUniqueID and subjectUniqueID.";

    // CERT-SERIAL
    SerialShort "Nothing has to be done now. The next certificate should have a random serial number of 8 octets or more.";
    SerialReused "Issue a new certificate with another serial number: revoking one of two with the same number revokes both.";

    // CERT-BASIC-CONSTRAINTS
    BasicConstraintsNotCritical "The certificate works. The next one should have basicConstraints as critical (RFC 5280 4.2.1.9)."
        rejected "Issue a new certificate with basicConstraints as critical (RFC 5280 4.2.1.9).";
    PathLengthAbsent "Make sure that this CA may have CAs below it. If it may not, issue a new certificate with path length 0.";
    PathLengthTooLong "Issue a new certificate with a path length below the issuer's.";

    // CERT-KEY-USAGE
    KeyUsageNotCritical "The certificate works. The next one should have keyUsage as critical (RFC 5280 4.2.1.3)."
        rejected "Issue a new certificate with keyUsage as critical (RFC 5280 4.2.1.3).";
    KeyUsageNoCrlSign "Make sure that this CA signs no CRLs. If it does, issue a new certificate with cRLSign."
        rejected "Issue a new certificate with cRLSign too: a publicly trusted CA signs the CRLs of what it issues (BR 7.1.2.10.7).";
    KeyUsageMore "Make sure that the CA's key is also for the other uses. If not, issue a new certificate with keyCertSign and cRLSign alone."
        rejected "Issue a new certificate with keyCertSign and cRLSign alone; digitalSignature may stand there too.";

    // CERT-SKI
    SkiAbsent "Issue a new certificate with subjectKeyIdentifier: relying parties find the issuer by it.";
    SkiOfOtherKey "Compare the two CAs. Two keys with one identifier are mixed up by relying parties: a new key needs an identifier of its own.";
    SubjectOfOtherKey for publisher "Ask the CA whether it made a new key under its name. If so, accept the certificate and state your reason.";

    // CERT-EKU and CERT-POLICIES
    IssuedBefore "The certificate was right when it was issued. The CA's next certificate has to fulfil what holds now.";
    EkuOfAffiliated "The certificate works. The next one should have extKeyUsage: anyExtendedKeyUsage alone, or serverAuth.";
    CrossNotAffiliated "Issue a cross certificate with serverAuth in extKeyUsage. If the certified CA belongs to the same organisation, say so: trust --affiliated KEY.";
    AnyPurposeBesides "Issue a cross certificate with anyExtendedKeyUsage alone, or without it.";
    CrossNotForTls "Make sure that the certified CA issues no certificates for TLS. If it does, issue a cross certificate with serverAuth.";
    ReservedNotForTls "Issue a cross certificate with policies of the certified CA's own. The reserved ones are for CAs that issue for TLS (BR 7.1.2.3.2).";
    AnyPolicyOfCross "If the certified CA belongs to the same organisation, say so: trust --affiliated KEY. Otherwise the next one should name its policies.";
    // CERT-SUBJECT
    SubjectSize "The certificate works with most relying parties. The CA's next name should be within the bounds of RFC 5280 (A.1)."
        rejected "Issue a new certificate with a subject within the bounds of RFC 5280 (A.1), such as 64 characters for CN and O.";
    SubjectAbsent "The key is known here, so its name stays (BR 7.1.2.2.2). The CA's next key should have a name with C, O and CN."
        rejected "Issue a new certificate whose subject has C, O and CN (BR 7.1.2.10.2).";
    SubjectUnit "The key is known here, so its name stays (BR 7.1.2.2.2). The CA's next key should have a name without OU."
        rejected "Issue a new certificate whose subject has no OU (BR 7.1.2.10.2).";

    // CERT-POLICIES, and CERT-EXT-CRITICAL of a qualifier
    PolicyLimitNotCritical "A relying party that does not know it would ignore the limit. The next certificate should have it as critical."
        rejected "Issue a new certificate with policyConstraints and inhibitAnyPolicy as critical (RFC 5280 4.2.1.11, 4.2.1.14).";
    AnyPolicyMapped "Issue a new certificate without anyPolicy in policyMappings: relying parties that look at policies refuse this one.";
    PolicyTwice "Issue a new certificate that has each policy once: Go does not read this one, and others refuse it.";
    QualifierUnknown "Issue a new certificate without that qualifier, or with certificatePolicies as not critical: RFC 5280 has relying parties refuse this one.";
    PoliciesCritical "Issue a new certificate with certificatePolicies as not critical (BR 7.1.2.6.1).";
    QualifierNoCps "Issue a new certificate without qualifiers, or with an http or https URL of the CPS alone (BR 7.1.2.10.5).";
    PolicyBeyondIssuer "Where relying parties ask for this policy, the issuer needs a certificate that has it. Otherwise leave it out of the next certificate.";

    // CERT-CDP
    CdpAbsent "Issue a new certificate with an http URL in cRLDistributionPoints, or relying parties cannot find the CRL that revokes it.";
    CdpNotHttp "Make sure that relying parties can reach the other names, such as ldap. The next certificate should have http URLs alone."
        rejected "Issue a new certificate with http URLs alone in cRLDistributionPoints: some relying parties cannot reach the other names, such as ldap.";
    CdpPartial "Issue a new certificate whose distribution point is for all reasons and of its own issuer.";
    CdpNotServed for publisher "Compare the URL with where this host publishes. If another host serves it, copy the CRL there.";
    CdpCritical "The next certificate should have cRLDistributionPoints as not critical."
        rejected "Issue a new certificate with cRLDistributionPoints as not critical.";

    // CERT-EXT-CRITICAL
    CertExtensionCritical "Issue a new certificate in which that extension is not critical: OpenSSL and others refuse this one.";

    // CERT-AIA
    AiaAbsent "Nothing has to be done where relying parties have the issuer's certificate. The next certificate may give its URL.";

    // CERT-NAME-CONSTRAINTS and CERT-NAME-PERMITTED
    NameConstraintsNotCritical "Make sure that relying parties which do not know nameConstraints may ignore it. Otherwise issue a new certificate with it as critical.";
    NameExcluded "Issue a new certificate with another name, or let a CA issue it whose nameConstraints do not exclude this one.";
    NameNotPermitted "Issue a new certificate with a name below a permitted one, or let a CA issue it whose nameConstraints permit this one.";
    NameNotComparable "Issue a new certificate without names of that form: relying parties refuse what they cannot compare with the issuer's nameConstraints.";
    NameOtherLetters "Write the name as the issuer's nameConstraints have it: some relying parties know upper and lower case of A to Z only.";
    NameOfSelfIssued "Make sure that relying parties use the certificate only between others: one that ends a path has to keep to the issuer's nameConstraints.";
    EmailAddressString "The next certificate should have emailAddress as an IA5String (RFC 5280 4.1.2.6), or none.";

    // CERT-VALIDITY
    NotYetValid for publisher "Wait until it begins, or check the clock of this host. To publish it earlier, accept it and state your reason.";
    CertEnded "Check the clock of this host. If it is right, issue a new certificate.";
    OutlivesIssuer "The certificate ends with its issuer's. Plan the renewal of the issuer before that day."
        rejected "Issue a new certificate that ends no later than its issuer's, or renew the issuer first.";
    LongValidity "Make sure that so long a validity is intended.";

    // CERT-REQUEST
    NoRequestRegistered "Register the subordinate CA's request on the online side (rootcast-online trust --request): its key is then compared.";

    // CERT-REVOKED
    KeyCompromised "Do not publish it: its key is in other hands. The subordinate CA makes a new key and a new request.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Cause;
    use crate::rule::Rule;

    #[test]
    fn every_cause_says_what_to_do_in_a_sentence_of_its_own() {
        let mut seen: BTreeSet<&str> = Rule::ALL.iter().map(|rule| rule.remedy()).collect();
        let second = |cause: &Cause| Some(cause.remedy_of_rejected()).filter(|remedy| *remedy != cause.remedy());
        for (cause, remedy) in Cause::ALL.iter().flat_map(|cause| {
            [Some(cause.remedy()), second(cause)].into_iter().flatten().map(move |remedy| (cause, remedy))
        }) {
            assert!(remedy.ends_with('.') && remedy.len() > 20, "{cause:?}: {remedy}");
            assert!(remedy.starts_with(|first: char| first.is_ascii_uppercase()), "{cause:?}: {remedy}");
            assert!(remedy.len() <= 170, "{cause:?}: {} characters", remedy.len());
            assert!(seen.insert(remedy), "{cause:?} says what another does: {remedy}");
        }
    }
    /// `check` offline said "accept it", which only the online side can do.
    #[test]
    fn what_only_the_publishing_side_can_do_is_marked_as_its_own() {
        let of_the_publisher =
            ["accept it", "accept the CRL", "accept the certificate", "offline side", "this host publishes"];
        for cause in Cause::ALL {
            let texts = [cause.remedy(), cause.remedy_of_rejected()];
            let says = texts.iter().any(|text| of_the_publisher.iter().any(|words| text.contains(words)));
            assert_eq!(cause.is_of_the_publisher(), says, "{cause:?}: {}", cause.remedy());
        }
    }
}
