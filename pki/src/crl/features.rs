//! The features of a CRL that some relying parties cannot process. It only detects them. The rules decide whether a CRL
//! may be published, and [`crate::compatibility`] says which relying party is affected.

use super::inspected::InspectedCrl;
use crate::extension::{self, Extension};
use crate::limits::INTEGER_OCTETS_MAX;
use crate::oid;
use crate::rule::{Rule, RuleSet};
use crate::serial::is_not_positive;
use crate::strict_der::{ENUMERATED, INTEGER, Reader, SEQUENCE};

macro_rules! features {
    ($($variant:ident $name:literal $summary:literal;)*) => {
        /// A feature of a CRL that some relying party does not process.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Feature {
            $(#[doc = concat!("`", $name, "`: ", $summary, ".")] $variant,)*
        }

        impl Feature {
            /// Every feature, in the order of the table.
            pub const ALL: &[Feature] = &[$(Feature::$variant,)*];

            /// The stable name, for example `no-number`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Feature::$variant => $name,)* }
            }

            /// What it is, in a few words.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self { $(Feature::$variant => $summary,)* }
            }
        }
    };
}

features! {
    Version1 "version-1" "no version field, or not v2";
    AlgorithmsDiffer "algorithms-differ" "the outer and the inner signature algorithm are not byte-identical";
    NoNextUpdate "no-next-update" "no nextUpdate";
    NoNumber "no-number" "no cRLNumber";
    NumberOutOfBounds "number-out-of-bounds" "a cRLNumber below 0 or of more than 20 octets";
    NumberCritical "number-critical" "a critical cRLNumber";
    AkiCritical "aki-critical" "a critical authorityKeyIdentifier";
    OtherCritical "other-critical" "an uncommon critical extension (not AKI, number, delta or IDP)";
    Delta "delta" "deltaCRLIndicator";
    IdpCritical "idp-critical" "a critical issuingDistributionPoint";
    IdpUnnamed "idp-unnamed" "an issuingDistributionPoint without distributionPoint";
    IdpRelative "idp-relative" "a distributionPoint with a name relative to the issuer";
    UserOnly "user-only" "onlyContainsUserCerts";
    AttributeOnly "attribute-only" "onlyContainsAttributeCerts";
    SomeReasons "some-reasons" "onlySomeReasons";
    Indirect "indirect" "indirectCRL";
    EntryIssuer "entry-issuer" "an entry with certificateIssuer";
    EntryReasonCritical "entry-reason-critical" "an entry with a critical reasonCode";
    EntryReasonUnassigned "entry-reason-unassigned" "an entry with a reasonCode of 7 or above 10";
    EntryOtherCritical "entry-other-critical" "an entry with an uncommon critical extension (not reasonCode or certificateIssuer)";
    Ed25519 "ed25519" "a signature with Ed25519";
    MlDsa "ml-dsa" "a signature with ML-DSA";
}

/// 1.3.101.112 (RFC 8410 §3), and 2.16.840.1.101.3.4.3.17 to .19 (RFC 9881 §2) without their last octet.
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const ML_DSA: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03];

/// The rules that find something wherever an entry has a feature: without them, entries need no second walk.
const ENTRY_RULES: [Rule; 4] = [Rule::CrlExtCritical, Rule::CrlReason, Rule::CrlPartial, Rule::CrlDer];

impl InspectedCrl<'_> {
    /// The features this CRL has, in the order of the table. `found` are the rules that found something in it.
    pub(crate) fn features(&self, found: RuleSet) -> Vec<Feature> {
        let mut has = Vec::new();
        self.fields(&mut has);
        for extension in self.extensions() {
            self.extension(extension, &mut has);
        }
        if ENTRY_RULES.iter().any(|rule| found.contains(*rule)) {
            self.places().for_each(|place| {
                entry(place.raw, place.offset, &mut has);
            });
        }
        has.sort_unstable();
        has.dedup();
        has
    }

    fn fields(&self, has: &mut Vec<Feature>) {
        if self.body.version != Some(1) {
            has.push(Feature::Version1);
        }
        if self.body.inner_algorithm != self.body.outer_algorithm {
            has.push(Feature::AlgorithmsDiffer);
        }
        if self.body.next_update.is_none() {
            has.push(Feature::NoNextUpdate);
        }
        if extension::find(self.extensions(), oid::CRL_NUMBER).is_none() {
            has.push(Feature::NoNumber);
        }
        let algorithm = Reader::new(self.body.inner_algorithm).expect(SEQUENCE).and_then(|list| list.reader().oid());
        match algorithm.map(|oid| oid.value) {
            Ok(ED25519) => has.push(Feature::Ed25519),
            Ok(oid) if matches!(oid.strip_prefix(ML_DSA), Some([17..=19])) => has.push(Feature::MlDsa),
            _ => {}
        }
        if let Some(point) = self.distribution_point {
            let fields = [
                (!point.has_name, Feature::IdpUnnamed),
                (point.name_is_relative, Feature::IdpRelative),
                (point.only_user, Feature::UserOnly),
                (point.only_attribute, Feature::AttributeOnly),
                (point.only_some_reasons, Feature::SomeReasons),
                (point.indirect, Feature::Indirect),
            ];
            has.extend(fields.iter().filter(|(set, _)| *set).map(|(_, feature)| *feature));
        }
    }

    fn extension(&self, extension: &Extension<'_>, has: &mut Vec<Feature>) {
        match extension.oid {
            oid::DELTA_CRL_INDICATOR => has.push(Feature::Delta),
            oid::CRL_NUMBER => {
                let number = extension.reader().expect(INTEGER).map(|integer| integer.value);
                if number.is_ok_and(is_out_of_bounds) {
                    has.push(Feature::NumberOutOfBounds);
                }
                if extension.critical {
                    has.push(Feature::NumberCritical);
                }
            }
            _ if !extension.critical => {}
            oid::AUTHORITY_KEY_IDENTIFIER => has.push(Feature::AkiCritical),
            oid::ISSUING_DISTRIBUTION_POINT => has.push(Feature::IdpCritical),
            _ => has.push(Feature::OtherCritical),
        }
    }
}

/// A leading zero octet counts for nothing.
fn is_out_of_bounds(octets: &[u8]) -> bool {
    let magnitude = octets.strip_prefix(&[0]).unwrap_or(octets);
    magnitude.len() > INTEGER_OCTETS_MAX || (octets != [0] && is_not_positive(octets))
}

/// Looks at the extensions of one entry. One that cannot be read has no features: CRL-DER rejects it.
fn entry(raw: &[u8], offset: usize, has: &mut Vec<Feature>) -> Option<()> {
    let mut fields = Reader::at(raw, offset).expect(SEQUENCE).ok()?.reader();
    fields.integer().ok()?;
    fields.any().ok()?;
    let mut list = fields.optional(SEQUENCE).ok()??.reader();
    while !list.is_empty() {
        let extension = Extension::read(&mut list, &mut None).ok()?;
        let feature = match extension.oid {
            oid::CERTIFICATE_ISSUER => Feature::EntryIssuer,
            oid::REASON_CODE => {
                let reason = extension.reader().expect(ENUMERATED).map(|reason| reason.value);
                if reason.is_ok_and(|octets| !matches!(octets, [0..=6 | 8..=10]))
                    && !has.contains(&Feature::EntryReasonUnassigned)
                {
                    has.push(Feature::EntryReasonUnassigned);
                }
                if !extension.critical {
                    continue;
                }
                Feature::EntryReasonCritical
            }
            _ if extension.critical => Feature::EntryOtherCritical,
            _ => continue,
        };
        // A CRL has millions of entries and a dozen features.
        if !has.contains(&feature) {
            has.push(feature);
        }
    }
    Some(())
}
