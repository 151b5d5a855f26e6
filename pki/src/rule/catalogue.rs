//! The list of rules. A row is a variant, its id, where the rule comes from (a standard, or a page of our own), what it
//! asks for, and what to do about a finding; the last two stand on lines of their own. A rule without one of them does
//! not compile.
//!
//! Each check stands beside its subject, and is found by searching for its variant or id.

use super::reference::Reference;

macro_rules! rules {
    ($($variant:ident $id:literal $kind:ident $reference:literal $summary:literal $remedy:literal;)*) => {
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
            pub fn reference(self) -> Reference {
                match self { $(Rule::$variant => Reference::$kind($reference),)* }
            }

            /// Where a finding says that more can be read: the reference, or the command that explains a rule of our own.
            #[must_use]
            pub fn pointer(self) -> &'static str {
                let explained = match self {
                    $(Rule::$variant => concat!("explain ", $id),)*
                };
                match self.reference() {
                    Reference::Standard(sections) => sections,
                    Reference::Page(_) => explained,
                }
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
    ObjSize "OBJ-SIZE" Page "docs/wire-format.md"
        "the announced size of an object is within the cap; this is checked before any allocation"
        "Send the items in several bundles, each within the cap.";
    ObjDigest "OBJ-DIGEST" Page "docs/wire-format.md"
        "the SHA-256 of the reassembled bytes begins with the object id, and no bytes follow the bundle"
        "Continue to receive, over another link if possible, and find out who else can reach the links.";
    ManSignature "MAN-SIGNATURE" Page "docs/wire-format.md"
        "if an export key is pinned, that key signed the manifest"
        "Find out whether an export key signed it, and which. The manifest is ignored until a pinned key signs it; its items are still judged.";
    ManLate "MAN-LATE" Page "docs/wire-format.md"
        "the manifest number is not below the newest signed one seen"
        "If an older transmission arrived late, do nothing. Otherwise ask the offline side for its newest bundle.";
    ManEquivocation "MAN-EQUIVOCATION" Page "docs/wire-format.md"
        "one manifest number means one manifest"
        "Ask the offline side, by telephone, which of the two manifests it made: one number was used twice.";
    ManGap "MAN-GAP" Page "docs/wire-format.md"
        "no manifest number is skipped"
        "Ask the offline side to send the bundles with the missing numbers again.";
    ManChain "MAN-CHAIN" Page "docs/wire-format.md"
        "a manifest names the digest of the one before it"
        "Ask the offline side, by telephone, which manifest it made before this one: the one received here has another digest. Perhaps its state was restored.";
    ManJournal "MAN-JOURNAL" Page "docs/wire-format.md"
        "the offline journal only grows from one manifest to the next"
        "Ask the offline side, by telephone, whether its journal was lost or its state restored. Compare the head: rootcast-offline journal verify --head WORDS.";
    ManWithheld "MAN-WITHHELD" Page "docs/wire-format.md"
        "every item that the offline side counts as valid was received online"
        "Ask the offline side what it counts as valid, and compare that with what is published here. It sends again what is missing here.";
    ItemKind "ITEM-KIND" Standard "RFC 5280 4.1, 5.1"
        "an item is a CRL or a certificate of at most 64 MiB"
        "Check that this is the right file, and copy it again. An item is one CRL or one certificate, as DER, PEM or base64.";
    ItemPem "ITEM-PEM" Standard "RFC 7468"
        "a text file holds exactly one object, whole, and nothing but text beside it"
        "Save each object of the file in a file of its own, and leave out what is not sent.";
    ItemIssuerUnknown "ITEM-ISSUER-UNKNOWN" Page "docs/architecture.md"
        "the issuer of an item is trusted or given"
        "Trust the root that issued it, after people compared its 16 words; name the issuer with --issuer; or use the state directory of that root.";
    SigSecond "SIG-SECOND" Page "docs/threat-model.md"
        "the key signed this content once"
        "Ask the offline side whether its journal shows two uses of the key for this content. If it shows only one, treat the key as compromised.";
    SigCopy "SIG-COPY" Page "docs/threat-model.md"
        "the signature is the one that the key made, not one that anybody can write from it"
        "The content is genuine. Somebody changed the file on its way: compare the words of what is signed, and find out where.";
    StateLost "STATE-LOST" Page "docs/architecture.md"
        "the state written when the root was trusted is present and readable"
        "Restore the state directory from its backup, then receive the newest CRL again.";
    ClockBack "CLOCK-BACK" Page "docs/architecture.md"
        "the clock is not earlier than the latest verdict here"
        "Set the clock of this host from a trusted source, then run the same command again.";
    RootName "ROOT-NAME" Standard "RFC 5280 4.1.2.6"
        "a root is a parsable certificate with a subject"
        "Give the root's own certificate; it must have a subject.";
    RootKey "ROOT-KEY" Standard "BR 6.1.1.3, 6.1.5, 6.1.6 (RSA and ECDSA), RFC 8410, RFC 9881"
        "a root's key is of a supported kind and size, and of no known weak shape"
        "Use a root with a supported and strong key; a root with a weak key must be replaced.";
    RootShape "ROOT-SHAPE" Standard "RFC 5280 4.2.1"
        "a root is v3 with the extensions of a CA, a positive serial number and a good self-signature"
        "Compare the root's words with its owner's. The root's next certificate should have the named fields.";
    RootClash "ROOT-CLASH" Page "docs/architecture.md"
        "no other trusted issuer publishes under the same file name"
        "Use a separate state directory for each of the two roots.";
    CrlDer "CRL-DER" Standard "RFC 5280 5.1, X.690"
        "a CRL is strict DER: one CertificateList with no trailing bytes"
        "Copy the file again. If the finding stays, the offline side issues a new CRL with software that writes DER.";
    CrlVersion "CRL-VERSION" Standard "RFC 5280 5.1.2.1, BR 7.2.1"
        "a CRL is v2"
        "The offline side issues a v2 CRL with extensions, among them cRLNumber.";
    CrlAlgorithmMatch "CRL-ALGORITHM-MATCH" Standard "RFC 5280 5.1.1.2"
        "the outer and the inner signature algorithm of a CRL are byte-identical"
        "The offline side signs the CRL again; both algorithm fields must come from the same signing.";
    CrlAlgorithm "CRL-ALGORITHM" Standard "BR 7.1.3.2, RFC 4055, RFC 5758, RFC 8410, RFC 9881"
        "a CRL's signature algorithm is supported, encoded as the profile allows and fits the issuer's key"
        "The offline side signs the CRL again, with an algorithm of the list in `explain CRL-ALGORITHM` that fits the issuer's key.";
    CrlIssuer "CRL-ISSUER" Standard "RFC 5280 5.1.2.3, 7.1, BR 7.2"
        "a CRL's issuer is the issuer certificate's subject"
        "Check that this CRL belongs to this issuer. The CRL's issuer name must equal the certificate's subject, byte for byte.";
    CrlIssuerStatus "CRL-ISSUER-STATUS" Standard "RFC 5280 6.3.3"
        "the issuer is not revoked on its parent's accepted CRL"
        "Do not publish it: its issuer is revoked. If only the issuer's certificate was replaced, receive the new one first, and then the CRL again.";
    CrlAki "CRL-AKI" Standard "RFC 5280 5.2.1, BR 7.2.2"
        "authorityKeyIdentifier names the issuer's key"
        "The offline side issues a new CRL. Its authorityKeyIdentifier must hold the issuer's subjectKeyIdentifier and nothing else.";
    CrlIssuerUsage "CRL-ISSUER-USAGE" Standard "RFC 5280 6.3.3(f)"
        "the issuer is a CA that may sign CRLs, and its certificate is valid now"
        "Use an issuer certificate that is valid now and has cRLSign in its keyUsage; perhaps it was renewed.";
    CrlSignature "CRL-SIGNATURE" Standard "RFC 5280 6.3.3(g)"
        "the signature verifies under the issuer's key over the received bytes"
        "Do not publish it. Compare the words with the offline side: the file was changed, or another key signed it.";
    CrlTimeEncoding "CRL-TIME-ENCODING" Standard "RFC 5280 5.1.2.4"
        "times are UTCTime to 2049 and GeneralizedTime from 2050, in UTC, with seconds, without fractions"
        "The offline side issues a new CRL with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z.";
    CrlNextUpdateMissing "CRL-NEXTUPDATE-MISSING" Standard "RFC 5280 5.1.2.5"
        "nextUpdate is present and later than thisUpdate"
        "Correct the dates: the offline side issues a new CRL whose nextUpdate is later than its thisUpdate.";
    CrlFuture "CRL-FUTURE" Standard "RFC 5280 5.1.2.4"
        "thisUpdate is at most 10 minutes ahead of the clock"
        "Check the clock of this host and of the signing host. If both are right, send it again after thisUpdate: it is not kept.";
    CrlExpired "CRL-EXPIRED" Standard "RFC 5280 6.3.3"
        "nextUpdate is later than the clock"
        "Check the clock of this host. If it is right, the offline side issues a new CRL.";
    CrlFirst "CRL-FIRST" Page "docs/architecture.md"
        "the first CRL of an issuer follows a floor given with `trust`"
        "Compare the words at both ends by telephone. A floor also answers this: rootcast-online trust, with --crl or --first-number.";
    CrlShortLife "CRL-SHORT-LIFE" Page "docs/rules.md"
        "a CRL expires later than the accepted one and is valid for as long as the policy asks"
        "Plan the next CRL now: this one expires soon, or no later than the one before.";
    CrlValidity "CRL-VALIDITY" Standard "BR 4.9.7, 7.2"
        "a CRL is valid for at most 12 months"
        "The offline side issues a new CRL whose nextUpdate is at most 12 months after thisUpdate.";
    CrlOutlivesIssuer "CRL-OUTLIVES-ISSUER" Standard "RFC 5280 6.3.3(f)"
        "nextUpdate is not later than the end of the issuer's certificate"
        "The offline side issues a new CRL that expires no later than the issuer's certificate.";
    CrlNumberMissing "CRL-NUMBER-MISSING" Standard "RFC 5280 5.2.3, BR 7.2.2"
        "CRLNumber is present, not critical, and 0 <= n < 2^159"
        "The offline side issues a new CRL with a non-critical cRLNumber from 0 to 2^159 - 1.";
    CrlNumberLower "CRL-NUMBER-LOWER" Standard "RFC 5280 5.2.3"
        "the CRL number is higher than the accepted one and the floor"
        "Do not publish it: an older CRL makes revoked certificates valid again. Ask the offline side for the newest.";
    CrlEquivocation "CRL-EQUIVOCATION" Standard "RFC 5280 5.2.3"
        "one CRL number means one CRL"
        "Treat it as an incident: the key signed two CRLs with one number. Accept no other one before the offline side has explained both.";
    CrlNumberJump "CRL-NUMBER-JUMP" Page "docs/rules.md"
        "the CRL number increases by no more than the policy's step"
        "Ask the offline side whether it issued the numbers between. If the jump is intended, accept the CRL and state your reason.";
    CrlThisUpdateBack "CRL-THISUPDATE-BACK" Standard "RFC 5280 5.1.2.4"
        "thisUpdate is later than the accepted CRL's"
        "Ask the offline side which CRL is the newest, and whether its clock was right when it signed.";
    CrlNextUpdateBack "CRL-NEXTUPDATE-BACK" Standard "RFC 5280 5.1.2.5"
        "nextUpdate is not earlier than the accepted CRL's"
        "Make sure that the earlier nextUpdate is intended, and plan the next CRL before it.";
    CrlExtCritical "CRL-EXT-CRITICAL" Standard "RFC 5280 5.2, 5.3"
        "no critical extension that is unknown or must not be critical, and no extension twice, in the CRL or an entry"
        "The offline side issues a new CRL without that extension, or with it as not critical: relying parties that do not know it refuse the CRL.";
    CrlExtUnknown "CRL-EXT-UNKNOWN" Standard "BR 7.2.2"
        "no unknown non-critical extension, in the CRL or an entry"
        "Leave the extension out, unless the relying parties of this CRL need it.";
    CrlPartial "CRL-PARTIAL" Standard "RFC 5280 5.2.4, 5.2.5, 5.2.6, 5.3.3"
        "a CRL is complete: not delta, not indirect, not by reason, not for attribute certificates only"
        "The offline side issues a complete CRL: for all its certificates and reasons, and only for its own.";
    CrlIdp "CRL-IDP" Standard "RFC 5280 5.2.5, BR 7.2.2.1"
        "issuingDistributionPoint is absent, or critical and the same as before"
        "Nothing has to be done if the extension is intended. A CRL for all certificates of a CA needs none.";
    CrlEmptyList "CRL-EMPTY-LIST" Standard "RFC 5280 5.1.2.6"
        "revokedCertificates is absent rather than empty"
        "The offline side leaves revokedCertificates out as long as no certificate is revoked.";
    CrlSerial "CRL-SERIAL" Standard "RFC 5280 5.1.2.6, 4.1.2.2"
        "entry serial numbers are positive, of at most 20 octets, and unique"
        "The CA issues a new CRL that lists each certificate once, with the earliest date.";
    CrlSelf "CRL-SELF" Page "docs/architecture.md"
        "a CRL does not revoke its own issuer"
        "Ask the offline side whether it meant to revoke its own certificate; no relying party acts on such an entry.";
    CrlRevocationDate "CRL-REVOCATION-DATE" Standard "RFC 5280 5.1.2.6"
        "no revocationDate is later than thisUpdate"
        "The CA issues a new CRL whose revocation dates are not later than its thisUpdate. If it back-dates thisUpdate, let it do so by less.";
    CrlReason "CRL-REASON" Standard "RFC 5280 5.3.1, BR 7.2.2"
        "reasons are present, known, not critical and suitable for CA certificates"
        "Each entry needs a reason that fits a CA: keyCompromise, affiliationChanged, superseded, cessationOfOperation or privilegeWithdrawn.";
    CrlEntryVanished "CRL-ENTRY-VANISHED" Standard "RFC 5280 3.3, BR 4.10.1"
        "every entry of the accepted CRL is still present, unless its certificate had expired"
        "Do not publish it unless every named certificate has expired: revoked ones would become valid again. The offline side restores the entries.";
    CrlEntryChanged "CRL-ENTRY-CHANGED" Standard "BR 7.2.2"
        "no entry's date or reason changed, except to keyCompromise"
        "Ask the offline side why the named entries changed. If the change is intended, accept the CRL and state your reason.";
    CrlEntryUnknown "CRL-ENTRY-UNKNOWN" Page "docs/rules.md"
        "the serial number of a new entry is in the inventory"
        "Compare the new serial numbers with the record of issued certificates: a mistyped number revokes nothing.";
    CrlInUse "CRL-IN-USE" Page "docs/rules.md"
        "a new entry revokes no CA certificate that is published online"
        "Make sure that this revocation is intended, and tell the CA's users: its certificates stop working.";
    CertDer "CERT-DER" Standard "RFC 5280 4.1, X.690"
        "a certificate is strict DER with no trailing bytes"
        "Copy the file again. If the finding stays, issue a new certificate with software that writes DER.";
    CertVersion "CERT-VERSION" Standard "RFC 5280 4.1.2.1, 4.1.2.8"
        "a certificate is v3 and has no unique identifiers"
        "Issue a new certificate as v3, without issuerUniqueID and subjectUniqueID.";
    CertAlgorithmMatch "CERT-ALGORITHM-MATCH" Standard "RFC 5280 4.1.1.2"
        "the outer and the inner signature algorithm of a certificate are byte-identical"
        "Issue a new certificate; both algorithm fields must come from the same signing.";
    CertAlgorithm "CERT-ALGORITHM" Standard "BR 7.1.3.2, RFC 4055, RFC 5758, RFC 8410, RFC 9881"
        "a certificate's signature algorithm is supported, encoded as the profile allows and fits the issuer's key"
        "Issue a new certificate, signed with an algorithm of the list in `explain CRL-ALGORITHM` that fits the issuer's key.";
    CertIssuer "CERT-ISSUER" Standard "RFC 5280 4.1.2.4, 7.1, BR 7.1.4.1"
        "a certificate's issuer is the issuer certificate's subject"
        "Check that this certificate belongs to this issuer. Its issuer name must equal the issuer's subject, byte for byte.";
    CertSignature "CERT-SIGNATURE" Standard "RFC 5280 6.1.3(a)"
        "the signature verifies under the issuer's key over the received bytes"
        "Do not publish it. Compare the words with the offline side: the certificate was changed, or another key signed it.";
    CertTimeEncoding "CERT-TIME-ENCODING" Standard "RFC 5280 4.1.2.5"
        "times are UTCTime to 2049 and GeneralizedTime from 2050, in UTC, with seconds, without fractions"
        "Issue a new certificate with UTCTime to 2049 and GeneralizedTime from 2050, both ending in Z.";
    CertExtCritical "CERT-EXT-CRITICAL" Standard "RFC 5280 4.2"
        "no critical extension that is unknown or must not be critical"
        "Issue a new certificate without that extension, or with it non-critical.";
    CertExtTwice "CERT-EXT-TWICE" Standard "RFC 5280 4.2"
        "no extension twice"
        "Issue a new certificate that has each extension only once.";
    CertAki "CERT-AKI" Standard "RFC 5280 4.2.1.1, BR 7.1.2.11.1"
        "authorityKeyIdentifier names the issuer's key"
        "Issue a new certificate. Its authorityKeyIdentifier must hold the issuer's subjectKeyIdentifier and nothing else.";
    CertIssuerUsage "CERT-ISSUER-USAGE" Standard "RFC 5280 6.1.4"
        "the issuer is a CA that may sign certificates, is valid now, was valid at notBefore, is not revoked, and may have a CA below it"
        "Use a valid issuer that may sign certificates and whose path length allows a CA below it.";
    CertSerial "CERT-SERIAL" Standard "RFC 5280 4.1.2.2, BR 7.1.2.6"
        "the serial number is positive, of 8 to 20 octets, and was not used before by this issuer"
        "Issue a new certificate with a random, positive, unused serial number of 8 to 20 octets.";
    CertBasicConstraints "CERT-BASIC-CONSTRAINTS" Standard "RFC 5280 4.2.1.9"
        "basicConstraints is present and critical, cA TRUE, with a path length below the issuer's"
        "Issue a new certificate with critical basicConstraints, cA TRUE, and a path length below the issuer's.";
    CertKeyUsage "CERT-KEY-USAGE" Standard "RFC 5280 4.2.1.3, BR 7.1.2.10.7"
        "keyUsage is present and critical, with keyCertSign and cRLSign and at most digitalSignature besides"
        "Issue a new certificate with a critical keyUsage of keyCertSign and cRLSign.";
    CertSki "CERT-SKI" Standard "RFC 5280 4.2.1.2, BR 7.1.2.11.4"
        "subjectKeyIdentifier is present, and no other known key has this identifier or this subject"
        "Compare with the CA of the same name or key identifier. A new key needs its own subjectKeyIdentifier. If a rekey is intended, accept it and state why.";
    CertContinuity "CERT-CONTINUITY" Standard "RFC 5280 4.2.1.2, 4.1.2.6"
        "a key that is known here keeps its subjectKeyIdentifier and the encoding of its subject"
        "Issue it again with the name and identifier that this key has already. If the change is intended, accept it and state why.";
    CertSubject "CERT-SUBJECT" Standard "RFC 5280 A.1, BR 7.1.2.10.2, 7.1.4"
        "the subject's attributes are not empty and not too long, and a publicly trusted CA has C, O and CN and no OU"
        "Issue a new certificate with a subject of C, O and CN, each within its bounds, and without OU.";
    CertKeyEkuMixed "CERT-KEY-EKU-MIXED" Standard "BR 7.1.2.3, 7.1.2.10.6"
        "no other certificate of this key that is in force has other purposes in extKeyUsage"
        "Give it the purposes of the other certificate. Or let the CA make a new key, or revoke the other certificate first.";
    CertEku "CERT-EKU" Standard "BR 7.1.2.2.3 to 7.1.2.2.5, 7.1.2.10.6"
        "extKeyUsage is present, not critical, with serverAuth and nothing forbidden"
        "Issue a new certificate with serverAuth in extKeyUsage, and nothing that a TLS CA must not have.";
    CertPolicies "CERT-POLICIES" Standard "RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14, BR 7.1.2.2.6, 7.1.2.10.5"
        "policies are stated as RFC 5280 has them; a publicly trusted CA has anyPolicy alone or one reserved identifier"
        "Issue a new certificate with certificatePolicies of anyPolicy alone, or of one reserved identifier.";
    CertCdp "CERT-CDP" Standard "RFC 5280 4.2.1.13, BR 7.1.2.11.2"
        "cRLDistributionPoints is present, not critical, and names http URLs that are served online"
        "Issue a new certificate with a non-critical cRLDistributionPoints that has one http URL of this host.";
    CertAia "CERT-AIA" Standard "RFC 5280 4.2.2.1, BR 7.1.2.10.3"
        "authorityInfoAccess is present, and gives http URLs of the issuer's certificate and of OCSP alone"
        "Issue a new certificate with a non-critical authorityInfoAccess that has an http URL of the issuer's certificate.";
    CertNamePermitted "CERT-NAME-PERMITTED" Standard "RFC 5280 4.2.1.10, 6.1.3"
        "every name is one that the nameConstraints of the issuer and of every CA above it permit"
        "Issue a new certificate with a name that they permit, or let another CA issue it.";
    CertNameConstraints "CERT-NAME-CONSTRAINTS" Standard "RFC 5280 4.2.1.10, BR 7.1.2.10.8"
        "nameConstraints, if present, is critical and has no minimum or maximum"
        "Issue a new certificate with critical nameConstraints, without minimum and maximum.";
    CertValidity "CERT-VALIDITY" Standard "RFC 5280 4.1.2.5"
        "the validity begins at most 10 minutes ahead of the clock, has not ended, ends no later than the issuer's, and is at most 8 years"
        "If it begins later, wait. Otherwise issue a new certificate with dates within the issuer's and at most 8 years apart.";
    CertKey "CERT-KEY" Standard "BR 6.1.1.3, 6.1.5, 6.1.6 (RSA and ECDSA), RFC 8410, RFC 9881"
        "the public key is of a supported kind and size, and of no known weak shape"
        "The subordinate CA makes a new key (RSA of 2048 bits or more, a named curve, Ed25519 or ML-DSA) and a new request.";
    CertRequest "CERT-REQUEST" Page "docs/rules.md"
        "the public key is that of a registered request"
        "Compare the public key with the subordinate CA's request, and register that request: rootcast-online trust --request.";
    CertRevoked "CERT-REVOKED" Standard "RFC 5280 6.3.3"
        "the certificate is not on the CRL accepted now, and its key was not revoked as compromised"
        "Do not publish it: it is revoked. The subordinate CA needs a new certificate, and a new key if its key is compromised.";
    CertAnchor "CERT-ANCHOR" Page "docs/architecture.md"
        "no item is a root's own certificate, which verifies under its own key"
        "Compare the root's words, then trust it with `trust --root`. A new trust anchor never arrives as an item.";
    CertNotCa "CERT-NOT-CA" Standard "RFC 5280 4.2.1.9, 4.1.2.6"
        "a certificate is a CA's, with a name; an end-entity certificate is not an item"
        "Leave it out: only CA certificates are carried.";
}
