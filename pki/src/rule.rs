//! The rules that are checked now, by the ids both logs use. Ids are stable: never reused, never renamed.
//! This is the list; each check stands beside its subject and is found by searching for its variant or id.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! rules {
    ($($variant:ident $id:literal $reference:literal $summary:literal;)*) => {
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
        }
    };
}

rules! {
    ObjSize "OBJ-SIZE" "docs/wire-format.md" "the announced size of an object is known and within the cap before anything is allocated";
    ObjDigest "OBJ-DIGEST" "docs/wire-format.md" "the SHA-256 of the reassembled bytes gives the object id, and nothing trails";
    ManSignature "MAN-SIGNATURE" "docs/wire-format.md" "where an export key is pinned, the manifest is signed by it";
    ManLate "MAN-LATE" "docs/wire-format.md" "the manifest number is not below the newest signed one seen";
    ManEquivocation "MAN-EQUIVOCATION" "docs/wire-format.md" "one manifest number means one manifest";
    ManGap "MAN-GAP" "docs/wire-format.md" "no manifest number is skipped";
    ManChain "MAN-CHAIN" "docs/wire-format.md" "a manifest names the digest of the one before it";
    ManWithheld "MAN-WITHHELD" "docs/wire-format.md" "every item that the offline side counts as valid was received here";
    ItemKind "ITEM-KIND" "RFC 5280 4.1, 5.1" "an item is a CRL or a certificate of at most 64 MiB";
    ItemPem "ITEM-PEM" "RFC 7468" "a PEM file holds exactly one object, labelled as what it is";
    ItemIssuerUnknown "ITEM-ISSUER-UNKNOWN" "docs/architecture.md" "the issuer of an item is enrolled or given";
    StateLost "STATE-LOST" "docs/architecture.md" "the state written at enrolment is there and readable";
    ClockBack "CLOCK-BACK" "docs/architecture.md" "the clock is not earlier than the latest time seen";
    RootName "ROOT-NAME" "RFC 5280 4.1.2.6" "a root is a parsable certificate with a subject";
    RootKey "ROOT-KEY" "BR 6.1.5, 6.1.6" "a root's key is supported and strong enough";
    RootShape "ROOT-SHAPE" "RFC 5280 4.2.1" "a root is v3 with the extensions of a CA, a positive serial number and a good self-signature";
    RootClash "ROOT-CLASH" "docs/architecture.md" "no other enrolled issuer publishes under the same file name";
    CrlDer "CRL-DER" "RFC 5280 5.1, X.690" "a CRL is strict DER, one CertificateList and nothing after it";
    CrlVersion "CRL-VERSION" "RFC 5280 5.1.2.1, BR 7.2.1" "a CRL is v2";
    CrlAlgorithmMatch "CRL-ALGORITHM-MATCH" "RFC 5280 5.1.1.2" "the outer and the inner signature algorithm of a CRL are byte-identical";
    CrlAlgorithm "CRL-ALGORITHM" "BR 7.1.3.2, RFC 4055, RFC 5758, RFC 8410, RFC 9881" "a CRL's signature algorithm is supported, exactly encoded and fits the issuer's key";
    CrlIssuer "CRL-ISSUER" "RFC 5280 5.1.2.3, 7.1" "a CRL's issuer is the issuer certificate's subject";
    CrlIssuerStatus "CRL-ISSUER-STATUS" "RFC 5280 6.3.3" "the issuer is not revoked on its parent's accepted CRL";
    CrlAki "CRL-AKI" "RFC 5280 5.2.1, BR 7.2.2" "authorityKeyIdentifier names the issuer's key";
    CrlIssuerUsage "CRL-ISSUER-USAGE" "RFC 5280 6.3.3(f)" "the issuer is a CA that may sign CRLs, and its certificate is valid now";
    CrlSignature "CRL-SIGNATURE" "RFC 5280 6.3.3(g)" "the signature verifies under the issuer's key over the received bytes";
    CrlTimeEncoding "CRL-TIME-ENCODING" "RFC 5280 5.1.2.4" "times are UTCTime to 2049 and GeneralizedTime from 2050, in UTC, with seconds, without fractions";
    CrlNextUpdateMissing "CRL-NEXTUPDATE-MISSING" "RFC 5280 5.1.2.5" "nextUpdate is present and later than thisUpdate";
    CrlFuture "CRL-FUTURE" "RFC 5280 5.1.2.4" "thisUpdate is at most 10 minutes ahead of the clock";
    CrlExpired "CRL-EXPIRED" "RFC 5280 6.3.3" "nextUpdate is later than the clock";
    CrlFirst "CRL-FIRST" "docs/architecture.md" "the first CRL of an issuer follows a floor given at enrolment";
    CrlShortLife "CRL-SHORT-LIFE" "docs/rules.md" "a CRL ends later than the accepted one and lives as long as the policy asks";
    CrlValidity "CRL-VALIDITY" "BR 4.9.7, 7.2" "a CRL is valid for at most 12 months";
    CrlOutlivesIssuer "CRL-OUTLIVES-ISSUER" "RFC 5280 6.3.3(f)" "nextUpdate is not later than the end of the issuer's certificate";
    CrlNumberMissing "CRL-NUMBER-MISSING" "RFC 5280 5.2.3" "CRLNumber is present, not critical, and 0 <= n < 2^159";
    CrlNumberLower "CRL-NUMBER-LOWER" "RFC 5280 5.2.3" "the CRL number is higher than the accepted one and the floor";
    CrlEquivocation "CRL-EQUIVOCATION" "RFC 5280 5.2.3" "one CRL number means one CRL";
    CrlNumberJump "CRL-NUMBER-JUMP" "RFC 5280 5.2.3" "the CRL number grows by no more than the policy's step";
    CrlThisUpdateBack "CRL-THISUPDATE-BACK" "RFC 5280 5.1.2.4" "thisUpdate is later than the accepted CRL's";
    CrlNextUpdateBack "CRL-NEXTUPDATE-BACK" "RFC 5280 5.1.2.5" "nextUpdate is not earlier than the accepted CRL's";
    CrlExtCritical "CRL-EXT-CRITICAL" "RFC 5280 5.2, 5.3" "no unknown critical extension and no extension twice, in the CRL or an entry";
    CrlExtUnknown "CRL-EXT-UNKNOWN" "BR 7.2.2" "no unknown extension that is not critical, in the CRL or an entry";
    CrlPartial "CRL-PARTIAL" "RFC 5280 5.2.4, 5.2.5, 5.2.6" "a CRL is complete: not delta, not indirect, not by reason, not for attribute certificates only";
    CrlIdp "CRL-IDP" "RFC 5280 5.2.5, BR 7.2.2.1" "issuingDistributionPoint is absent, or critical and the same as before";
    CrlEmptyList "CRL-EMPTY-LIST" "RFC 5280 5.1.2.6" "revokedCertificates is absent rather than empty";
    CrlSerial "CRL-SERIAL" "RFC 5280 5.1.2.6, 4.1.2.2" "entry serial numbers are positive, of at most 20 octets, and none stands there twice";
    CrlSelf "CRL-SELF" "docs/architecture.md" "a CRL does not revoke its own issuer";
    CrlRevocationDate "CRL-REVOCATION-DATE" "RFC 5280 5.1.2.6" "no revocationDate is later than thisUpdate";
    CrlReason "CRL-REASON" "RFC 5280 5.3.1, BR 7.2.2" "reasons are present, known, not critical and right for CA certificates";
    CrlEntryVanished "CRL-ENTRY-VANISHED" "RFC 5280 3.3, BR 4.10.1" "every entry of the accepted CRL is still there, unless its certificate had expired";
    CrlEntryChanged "CRL-ENTRY-CHANGED" "BR 7.2.2" "no entry's date or reason changed, except to keyCompromise";
    CrlEntryUnknown "CRL-ENTRY-UNKNOWN" "docs/rules.md" "the serial number of a new entry is in the inventory";
    CrlInUse "CRL-IN-USE" "docs/rules.md" "a new entry revokes no CA certificate that is published here";
    CertDer "CERT-DER" "RFC 5280 4.1, X.690" "a certificate is strict DER and nothing after it";
    CertVersion "CERT-VERSION" "RFC 5280 4.1.2.1, 4.1.2.8" "a certificate is v3 and has no unique identifiers";
    CertAlgorithmMatch "CERT-ALGORITHM-MATCH" "RFC 5280 4.1.1.2" "the outer and the inner signature algorithm of a certificate are byte-identical";
    CertAlgorithm "CERT-ALGORITHM" "BR 7.1.3.2, RFC 4055, RFC 5758, RFC 8410, RFC 9881" "a certificate's signature algorithm is supported, exactly encoded and fits the issuer's key";
    CertIssuer "CERT-ISSUER" "RFC 5280 4.1.2.4, 7.1" "a certificate's issuer is the issuer certificate's subject";
    CertSignature "CERT-SIGNATURE" "RFC 5280 6.1.3(a)" "the signature verifies under the issuer's key over the received bytes";
    CertTimeEncoding "CERT-TIME-ENCODING" "RFC 5280 4.1.2.5" "times are UTCTime to 2049 and GeneralizedTime from 2050, in UTC, with seconds, without fractions";
    CertExtCritical "CERT-EXT-CRITICAL" "RFC 5280 4.2" "no unknown critical extension";
    CertExtTwice "CERT-EXT-TWICE" "RFC 5280 4.2" "no extension twice";
    CertAki "CERT-AKI" "RFC 5280 4.2.1.1" "authorityKeyIdentifier names the issuer's key";
    CertIssuerUsage "CERT-ISSUER-USAGE" "RFC 5280 6.1.4" "the issuer is a CA that may sign certificates, was valid at notBefore, and its path length allows another CA";
    CertSerial "CERT-SERIAL" "RFC 5280 4.1.2.2" "the serial number is positive, of 8 to 20 octets, and was not used before by this issuer";
    CertBasicConstraints "CERT-BASIC-CONSTRAINTS" "RFC 5280 4.2.1.9" "basicConstraints is present and critical, cA TRUE, with a path length below the issuer's";
    CertKeyUsage "CERT-KEY-USAGE" "RFC 5280 4.2.1.3" "keyUsage is present and critical, with keyCertSign and cRLSign and at most digitalSignature besides";
    CertSki "CERT-SKI" "RFC 5280 4.2.1.2" "subjectKeyIdentifier is present, and neither it nor the subject is that of another known key";
    CertEku "CERT-EKU" "BR 7.1.2.10.6" "extKeyUsage is present, with serverAuth and nothing forbidden";
    CertPolicies "CERT-POLICIES" "BR 7.1.2.10.5" "certificatePolicies is present, with anyPolicy alone or one reserved identifier";
    CertCdp "CERT-CDP" "RFC 5280 4.2.1.13, BR 7.1.2.11.2" "cRLDistributionPoints is present, not critical, and names http URLs that are served here";
    CertAia "CERT-AIA" "RFC 5280 4.2.2.1" "authorityInfoAccess is present, not critical, and gives the issuer's certificate under http URLs";
    CertNameConstraints "CERT-NAME-CONSTRAINTS" "RFC 5280 4.2.1.10" "nameConstraints, if present, is critical and has no minimum or maximum";
    CertValidity "CERT-VALIDITY" "RFC 5280 4.1.2.5" "the validity has begun, has not ended, ends no later than the issuer's and is at most 8 years";
    CertKey "CERT-KEY" "BR 6.1.5, 6.1.6" "the public key is of a supported kind, strong enough and of no known weak shape";
    CertRequest "CERT-REQUEST" "docs/rules.md" "the public key is that of a registered request";
    CertRevoked "CERT-REVOKED" "RFC 5280 6.3.3" "the certificate is not on the CRL accepted now";
    CertAnchor "CERT-ANCHOR" "docs/architecture.md" "the certificate does not verify under its own key";
    CertNotCa "CERT-NOT-CA" "RFC 5280 4.2.1.9, 4.1.2.6" "a certificate is a CA's, with a name; an end-entity certificate is not an item";
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A set of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct RuleSet(u128);

const _: () = assert!(Rule::ALL.len() <= 128);

impl RuleSet {
    /// No rule.
    pub const NONE: RuleSet = RuleSet(0);

    /// This set and `rule`.
    #[must_use]
    pub const fn with(self, rule: Rule) -> RuleSet {
        RuleSet(self.0 | 1 << rule as u32)
    }

    /// Whether `rule` is in it.
    #[must_use]
    pub const fn contains(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u32) != 0
    }

    /// Its rules, in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(move |rule| self.contains(*rule))
    }
}

impl FromIterator<Rule> for RuleSet {
    fn from_iter<T: IntoIterator<Item = Rule>>(rules: T) -> Self {
        rules.into_iter().fold(RuleSet::NONE, RuleSet::with)
    }
}

/// A text that is the id of no rule checked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownRule;

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the id of a rule, such as CRL-NUMBER-LOWER")
    }
}

impl core::error::Error for UnknownRule {}

/// Its id.
impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        Rule::ALL.iter().copied().find(|rule| rule.id() == text).ok_or(UnknownRule)
    }
}
