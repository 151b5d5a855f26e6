//! The list of rules. A row is a variant, its id, where the rule comes from, what it asks for, and what to do about a
//! finding; the last two stand on lines of their own. A rule without one of them does not compile.
//!
//! Each check stands beside its subject, and is found by searching for its variant or id.

macro_rules! rules {
    ($($variant:ident $id:literal $reference:literal $summary:literal $remedy:literal;)*) => {
        /// One rule of `docs/rules.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = concat!("`", $id, "`: ", $summary, " (", $reference, ").")] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the catalogue.
            pub const ALL: &[Rule] = &[$(Rule::$variant,)*];

            /// The stable id, for example `CRL-NUMBER-LOWER`.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Rule::$variant => $id,)* }
            }

            /// Where the rule comes from.
            #[must_use]
            pub fn reference(self) -> &'static str {
                match self { $(Rule::$variant => $reference,)* }
            }

            /// What the rule asks for, in one line.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self { $(Rule::$variant => $summary,)* }
            }

            /// What the operator does about a finding, on whichever side it is found: the `help` of a report.
            #[must_use]
            pub fn remedy(self) -> &'static str {
                match self { $(Rule::$variant => $remedy,)* }
            }
        }
    };
}

rules! {
    ObjSize "OBJ-SIZE" "docs/wire-format.md"
        "the announced size of an object is known and within the cap before anything is allocated"
        "Send the items in several bundles, each within the cap.";
    ObjDigest "OBJ-DIGEST" "docs/wire-format.md"
        "the SHA-256 of the reassembled bytes gives the object id, and nothing trails"
        "Receive on, over another link if there is one, and find out who else can reach the links.";
    ManSignature "MAN-SIGNATURE" "docs/wire-format.md"
        "where an export key is pinned, the manifest is signed by it"
        "Look which export key signed: the manifest is ignored until it is the pinned one; the items are judged all the same.";
    ManLate "MAN-LATE" "docs/wire-format.md"
        "the manifest number is not below the newest signed one seen"
        "Nothing, if an older transmission was received late; otherwise ask the offline side for its newest bundle.";
    ManEquivocation "MAN-EQUIVOCATION" "docs/wire-format.md"
        "one manifest number means one manifest"
        "Ask the offline side, by telephone, which of the two manifests is theirs: one number was used twice.";
    ManGap "MAN-GAP" "docs/wire-format.md"
        "no manifest number is skipped"
        "Ask the offline side for the bundles whose numbers are missing, and send them again.";
    ManChain "MAN-CHAIN" "docs/wire-format.md"
        "a manifest names the digest of the one before it"
        "Ask the offline side for the bundle before this one; its manifest was never received here.";
    ManWithheld "MAN-WITHHELD" "docs/wire-format.md"
        "every item that the offline side counts as valid was received here"
        "Ask the offline side to send again the items it counts as valid and that never arrived here.";
    ItemKind "ITEM-KIND" "RFC 5280 4.1, 5.1"
        "an item is a CRL or a certificate of at most 64 MiB"
        "Give the CRL or the certificate itself, as DER or PEM; a key, a request or a chain is no item.";
    ItemPem "ITEM-PEM" "RFC 7468"
        "a PEM file holds exactly one object, labelled as what it is"
        "Split the PEM file so that each file holds one object, with the label of what it is.";
    ItemIssuerUnknown "ITEM-ISSUER-UNKNOWN" "docs/architecture.md"
        "the issuer of an item is enrolled or given"
        "Enrol the root that issued it, name the issuer with --issuer, or use the state directory of that root.";
    StateLost "STATE-LOST" "docs/architecture.md"
        "the state written at enrolment is there and readable"
        "Restore the state directory from its backup, then receive the newest CRL again.";
    ClockBack "CLOCK-BACK" "docs/architecture.md"
        "the clock is not earlier than the latest time seen"
        "Set the clock of this host from a source you trust, then run the same command again.";
    RootName "ROOT-NAME" "RFC 5280 4.1.2.6"
        "a root is a parsable certificate with a subject"
        "Enrol the root's own certificate, one with a subject.";
    RootKey "ROOT-KEY" "BR 6.1.5, 6.1.6"
        "a root's key is supported and strong enough"
        "Enrol a root whose key is supported and strong enough; a weak root has to be replaced.";
    RootShape "ROOT-SHAPE" "RFC 5280 4.2.1"
        "a root is v3 with the extensions of a CA, a positive serial number and a good self-signature"
        "Compare the root's words with its owner's; its next certificate should have the fields named.";
    RootClash "ROOT-CLASH" "docs/architecture.md"
        "no other enrolled issuer publishes under the same file name"
        "Keep each of the two roots in a state directory of its own.";
    CrlDer "CRL-DER" "RFC 5280 5.1, X.690"
        "a CRL is strict DER, one CertificateList and nothing after it"
        "Copy the file again; if it stays so, the offline side makes it anew with software that writes DER.";
    CrlVersion "CRL-VERSION" "RFC 5280 5.1.2.1, BR 7.2.1"
        "a CRL is v2"
        "The offline side makes a v2 CRL: one with extensions, cRLNumber among them.";
    CrlAlgorithmMatch "CRL-ALGORITHM-MATCH" "RFC 5280 5.1.1.2"
        "the outer and the inner signature algorithm of a CRL are byte-identical"
        "The offline side signs it anew; the two algorithm fields must come from the same signing.";
    CrlAlgorithm "CRL-ALGORITHM" "BR 7.1.3.2, RFC 4055, RFC 5758, RFC 8410, RFC 9881"
        "a CRL's signature algorithm is supported, exactly encoded and fits the issuer's key"
        "The offline side signs it anew with SHA-256 or better, in an algorithm that fits the root's key.";
    CrlIssuer "CRL-ISSUER" "RFC 5280 5.1.2.3, 7.1"
        "a CRL's issuer is the issuer certificate's subject"
        "Check that this CRL and this issuer belong together; the issuer's name must be the certificate's subject, byte for byte.";
    CrlIssuerStatus "CRL-ISSUER-STATUS" "RFC 5280 6.3.3"
        "the issuer is not revoked on its parent's accepted CRL"
        "Do not publish it: the issuer is revoked. Its successor signs the CRL.";
    CrlAki "CRL-AKI" "RFC 5280 5.2.1, BR 7.2.2"
        "authorityKeyIdentifier names the issuer's key"
        "The offline side makes a new CRL whose authorityKeyIdentifier is the issuer's subjectKeyIdentifier, and nothing beside it.";
    CrlIssuerUsage "CRL-ISSUER-USAGE" "RFC 5280 6.3.3(f)"
        "the issuer is a CA that may sign CRLs, and its certificate is valid now"
        "Use the issuer's certificate that is valid now and whose keyUsage has cRLSign; it may have been renewed.";
    CrlSignature "CRL-SIGNATURE" "RFC 5280 6.3.3(g)"
        "the signature verifies under the issuer's key over the received bytes"
        "Do not publish it. Compare the words with the offline side: the file was changed, or another key signed it.";
    CrlTimeEncoding "CRL-TIME-ENCODING" "RFC 5280 5.1.2.4"
        "times are UTCTime to 2049 and GeneralizedTime from 2050, in UTC, with seconds, without fractions"
        "The offline side makes it anew, with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z.";
    CrlNextUpdateMissing "CRL-NEXTUPDATE-MISSING" "RFC 5280 5.1.2.5"
        "nextUpdate is present and later than thisUpdate"
        "The offline side makes a new CRL with a nextUpdate later than thisUpdate.";
    CrlFuture "CRL-FUTURE" "RFC 5280 5.1.2.4"
        "thisUpdate is at most 10 minutes ahead of the clock"
        "Check the clock of this host and of the one that signed; otherwise wait until thisUpdate.";
    CrlExpired "CRL-EXPIRED" "RFC 5280 6.3.3"
        "nextUpdate is later than the clock"
        "Check the clock of this host; if it is right, the offline side makes a new CRL.";
    CrlFirst "CRL-FIRST" "docs/architecture.md"
        "the first CRL of an issuer follows a floor given at enrolment"
        "Compare the words with the offline side by telephone, or enrol with --crl or --first-number.";
    CrlShortLife "CRL-SHORT-LIFE" "docs/rules.md"
        "a CRL ends later than the accepted one and lives as long as the policy asks"
        "Plan the next CRL now: this one ends soon, or no later than the one before.";
    CrlValidity "CRL-VALIDITY" "BR 4.9.7, 7.2"
        "a CRL is valid for at most 12 months"
        "The offline side makes a new CRL whose nextUpdate is at most 12 months after thisUpdate.";
    CrlOutlivesIssuer "CRL-OUTLIVES-ISSUER" "RFC 5280 6.3.3(f)"
        "nextUpdate is not later than the end of the issuer's certificate"
        "The offline side makes a new CRL that ends no later than the issuer's certificate.";
    CrlNumberMissing "CRL-NUMBER-MISSING" "RFC 5280 5.2.3"
        "CRLNumber is present, not critical, and 0 <= n < 2^159"
        "The offline side makes a new CRL with a cRLNumber that is not critical, from 0 and below 2^159.";
    CrlNumberLower "CRL-NUMBER-LOWER" "RFC 5280 5.2.3"
        "the CRL number is higher than the accepted one and the floor"
        "Do not publish it: an older CRL makes revoked certificates valid again. Ask the offline side for the newest.";
    CrlEquivocation "CRL-EQUIVOCATION" "RFC 5280 5.2.3"
        "one CRL number means one CRL"
        "Do not publish either before the offline side has said how two CRLs came to have one number.";
    CrlNumberJump "CRL-NUMBER-JUMP" "RFC 5280 5.2.3"
        "the CRL number grows by no more than the policy's step"
        "Ask the offline side whether it issued the numbers between; if this is meant, accept it with your reason.";
    CrlThisUpdateBack "CRL-THISUPDATE-BACK" "RFC 5280 5.1.2.4"
        "thisUpdate is later than the accepted CRL's"
        "Ask the offline side which CRL is the newest, and whether its clock was right when it signed.";
    CrlNextUpdateBack "CRL-NEXTUPDATE-BACK" "RFC 5280 5.1.2.5"
        "nextUpdate is not earlier than the accepted CRL's"
        "Make sure the earlier end is meant, and plan the next CRL before it.";
    CrlExtCritical "CRL-EXT-CRITICAL" "RFC 5280 5.2, 5.3"
        "no unknown critical extension and no extension twice, in the CRL or an entry"
        "The offline side makes it anew without that extension, or with it not critical and only once.";
    CrlExtUnknown "CRL-EXT-UNKNOWN" "BR 7.2.2"
        "no unknown extension that is not critical, in the CRL or an entry"
        "Leave the extension out, unless the relying parties of this CRL are known to need it.";
    CrlPartial "CRL-PARTIAL" "RFC 5280 5.2.4, 5.2.5, 5.2.6"
        "a CRL is complete: not delta, not indirect, not by reason, not for attribute certificates only"
        "The offline side makes a complete CRL: of all its certificates and reasons, and of its own alone.";
    CrlIdp "CRL-IDP" "RFC 5280 5.2.5, BR 7.2.2.1"
        "issuingDistributionPoint is absent, or critical and the same as before"
        "Leave issuingDistributionPoint out, or make it critical, with a URL, and the same in every CRL.";
    CrlEmptyList "CRL-EMPTY-LIST" "RFC 5280 5.1.2.6"
        "revokedCertificates is absent rather than empty"
        "The offline side leaves revokedCertificates out while nothing is revoked.";
    CrlSerial "CRL-SERIAL" "RFC 5280 5.1.2.6, 4.1.2.2"
        "entry serial numbers are positive, of at most 20 octets, and none stands there twice"
        "Compare the serial numbers named with the certificates issued; each is positive and stands there once.";
    CrlSelf "CRL-SELF" "docs/architecture.md"
        "a CRL does not revoke its own issuer"
        "Ask the offline side whether its own certificate was to be revoked; no relying party acts on it.";
    CrlRevocationDate "CRL-REVOCATION-DATE" "RFC 5280 5.1.2.6"
        "no revocationDate is later than thisUpdate"
        "The offline side makes a new CRL; no revocationDate is later than thisUpdate.";
    CrlReason "CRL-REASON" "RFC 5280 5.3.1, BR 7.2.2"
        "reasons are present, known, not critical and right for CA certificates"
        "The offline side gives each entry a reason that fits a CA: keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn.";
    CrlEntryVanished "CRL-ENTRY-VANISHED" "RFC 5280 3.3, BR 4.10.1"
        "every entry of the accepted CRL is still there, unless its certificate had expired"
        "Do not publish it unless every certificate named has expired: a revoked one would be valid again. The offline side puts the entries back.";
    CrlEntryChanged "CRL-ENTRY-CHANGED" "BR 7.2.2"
        "no entry's date or reason changed, except to keyCompromise"
        "Ask the offline side why the entries named have another date or reason; if this is meant, accept it with your reason.";
    CrlEntryUnknown "CRL-ENTRY-UNKNOWN" "docs/rules.md"
        "the serial number of a new entry is in the inventory"
        "Compare the new serial numbers with the record of certificates issued: a mistyped one revokes nothing.";
    CrlInUse "CRL-IN-USE" "docs/rules.md"
        "a new entry revokes no CA certificate that is published here"
        "Make sure that this revocation is meant and the CA's users are told: its certificates stop working.";
    CertDer "CERT-DER" "RFC 5280 4.1, X.690"
        "a certificate is strict DER and nothing after it"
        "Copy the file again; if it stays so, the certificate is issued anew with software that writes DER.";
    CertVersion "CERT-VERSION" "RFC 5280 4.1.2.1, 4.1.2.8"
        "a certificate is v3 and has no unique identifiers"
        "Issue it anew as v3, without issuerUniqueID and subjectUniqueID.";
    CertAlgorithmMatch "CERT-ALGORITHM-MATCH" "RFC 5280 4.1.1.2"
        "the outer and the inner signature algorithm of a certificate are byte-identical"
        "Issue it anew; both algorithm fields of a certificate come from the same signing.";
    CertAlgorithm "CERT-ALGORITHM" "BR 7.1.3.2, RFC 4055, RFC 5758, RFC 8410, RFC 9881"
        "a certificate's signature algorithm is supported, exactly encoded and fits the issuer's key"
        "Issue it anew with SHA-256 or better, in an algorithm that fits the issuer's key.";
    CertIssuer "CERT-ISSUER" "RFC 5280 4.1.2.4, 7.1"
        "a certificate's issuer is the issuer certificate's subject"
        "Check that this certificate and this issuer belong together; the issuer's name must be its subject, byte for byte.";
    CertSignature "CERT-SIGNATURE" "RFC 5280 6.1.3(a)"
        "the signature verifies under the issuer's key over the received bytes"
        "Do not publish it. Compare the words with the offline side: the certificate was changed, or another key signed it.";
    CertTimeEncoding "CERT-TIME-ENCODING" "RFC 5280 4.1.2.5"
        "times are UTCTime to 2049 and GeneralizedTime from 2050, in UTC, with seconds, without fractions"
        "Issue it anew, with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z.";
    CertExtCritical "CERT-EXT-CRITICAL" "RFC 5280 4.2"
        "no unknown critical extension"
        "Issue it anew without that extension, or with it not critical.";
    CertExtTwice "CERT-EXT-TWICE" "RFC 5280 4.2"
        "no extension twice"
        "Issue it anew with each extension once.";
    CertAki "CERT-AKI" "RFC 5280 4.2.1.1"
        "authorityKeyIdentifier names the issuer's key"
        "Issue it anew with an authorityKeyIdentifier that is the issuer's subjectKeyIdentifier, and nothing beside it.";
    CertIssuerUsage "CERT-ISSUER-USAGE" "RFC 5280 6.1.4"
        "the issuer is a CA that may sign certificates, was valid at notBefore, and its path length allows another CA"
        "Use an issuer that may sign certificates, is valid, and whose path length leaves room for a CA below.";
    CertSerial "CERT-SERIAL" "RFC 5280 4.1.2.2"
        "the serial number is positive, of 8 to 20 octets, and was not used before by this issuer"
        "Issue it anew with a random positive serial number of 8 to 20 octets that was never used.";
    CertBasicConstraints "CERT-BASIC-CONSTRAINTS" "RFC 5280 4.2.1.9"
        "basicConstraints is present and critical, cA TRUE, with a path length below the issuer's"
        "Issue it anew with basicConstraints critical, cA TRUE, and a path length below the issuer's.";
    CertKeyUsage "CERT-KEY-USAGE" "RFC 5280 4.2.1.3"
        "keyUsage is present and critical, with keyCertSign and cRLSign and at most digitalSignature besides"
        "Issue it anew with keyUsage critical: keyCertSign and cRLSign.";
    CertSki "CERT-SKI" "RFC 5280 4.2.1.2"
        "subjectKeyIdentifier is present, and neither it nor the subject is that of another known key"
        "Compare with the CA of the same name or key identifier: a new key gets a subjectKeyIdentifier of its own; if a rekey is meant, accept it with your reason.";
    CertEku "CERT-EKU" "BR 7.1.2.10.6"
        "extKeyUsage is present, with serverAuth and nothing forbidden"
        "Issue it anew with extKeyUsage: serverAuth, and nothing that a TLS CA must not have.";
    CertPolicies "CERT-POLICIES" "BR 7.1.2.10.5"
        "certificatePolicies is present, with anyPolicy alone or one reserved identifier"
        "Issue it anew with certificatePolicies: anyPolicy alone, or one reserved identifier.";
    CertCdp "CERT-CDP" "RFC 5280 4.2.1.13, BR 7.1.2.11.2"
        "cRLDistributionPoints is present, not critical, and names http URLs that are served here"
        "Issue it anew with cRLDistributionPoints not critical, with one http URL that this host serves.";
    CertAia "CERT-AIA" "RFC 5280 4.2.2.1"
        "authorityInfoAccess is present, not critical, and gives the issuer's certificate under http URLs"
        "Issue it anew with authorityInfoAccess not critical, with an http URL of the issuer's certificate.";
    CertNameConstraints "CERT-NAME-CONSTRAINTS" "RFC 5280 4.2.1.10"
        "nameConstraints, if present, is critical and has no minimum or maximum"
        "Issue it anew with nameConstraints critical, without minimum and maximum.";
    CertValidity "CERT-VALIDITY" "RFC 5280 4.1.2.5"
        "the validity has begun, has not ended, ends no later than the issuer's and is at most 8 years"
        "Issue it anew, with dates within the issuer's and at most 8 years apart; if it begins later, wait.";
    CertKey "CERT-KEY" "BR 6.1.5, 6.1.6"
        "the public key is of a supported kind, strong enough and of no known weak shape"
        "The CA below makes a new key, RSA of 2048 bits or more, a named curve, Ed25519 or ML-DSA, and a new request.";
    CertRequest "CERT-REQUEST" "docs/rules.md"
        "the public key is that of a registered request"
        "Compare the public key with the request of the CA below, and register that request with `enrol --request`.";
    CertRevoked "CERT-REVOKED" "RFC 5280 6.3.3"
        "the certificate is not on the CRL accepted now"
        "Do not publish it: it is revoked. The CA below needs a new certificate.";
    CertAnchor "CERT-ANCHOR" "docs/architecture.md"
        "the certificate does not verify under its own key"
        "Enrol a root with `enrol --root`, after its words were compared; a new trust anchor never arrives as an item.";
    CertNotCa "CERT-NOT-CA" "RFC 5280 4.2.1.9, 4.1.2.6"
        "a certificate is a CA's, with a name; an end-entity certificate is not an item"
        "Leave it out: only certificates of CAs are carried.";
}
