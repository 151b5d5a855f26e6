//! Where the gate and PKITS differ, case by case, each with its reason. A line that no longer holds fails the test.

use super::NO_CRL;

/// Why a path that must validate for a relying party is refused.
#[derive(Clone, Copy)]
pub(super) enum Because {
    /// The gate could take it and does not want to.
    Stricter,
    /// The gate does not do this at all.
    OutOfScope,
}

use Because::{OutOfScope, Stricter};

/// One case, the rules that refuse it, and the reason in words.
pub(super) struct Refused {
    pub(super) case: &'static str,
    pub(super) rules: &'static [&'static str],
    pub(super) because: Because,
    pub(super) why: &'static str,
}

const fn refused(case: &'static str, rules: &'static [&'static str], because: Because, why: &'static str) -> Refused {
    Refused { case, rules, because, why }
}

const DSA: &str = "DSA is no algorithm of a root today";
const PARTIAL: &str = "a CRL by reasons: only a complete one is carried";
const INDIRECT: &str = "an indirect CRL: a CRL speaks for its own issuer only";
const DELTA: &str =
    "a delta CRL, and entries on hold in its base: only a complete one is carried, and a CA is not put on hold";
const CRL_SIGNER: &str =
    "a certificate that signs CRLs but no certificates is an end-entity certificate here; it is no issuer";
const REKEY: &str = "another key under the name of a known CA waits for a person's decision";
const LAST_CA: &str =
    "the last certificate is a CA below path length 0: of no use as a CA, so it is not published as one";

/// Refused although it must validate.
pub(super) const REFUSED_THOUGH_VALID: &[Refused] = &[
    refused("4.1.4", &["CERT-KEY"], OutOfScope, DSA),
    refused("4.1.5", &["CERT-KEY"], OutOfScope, DSA),
    refused(
        "4.2.4",
        &["CERT-TIME-ENCODING"],
        Stricter,
        "begins in 2002 in a GeneralizedTime, which RFC 5280 4.1.2.5 forbids",
    ),
    refused("4.3.6", &["CERT-VERSION"], Stricter, "unique identifiers, which RFC 5280 4.1.2.8 forbids"),
    refused("4.4.19", &["CERT-NOT-CA"], OutOfScope, CRL_SIGNER),
    refused("4.5.1", &["CERT-SKI"], Stricter, REKEY),
    refused("4.5.3", &["CERT-SKI"], Stricter, REKEY),
    refused("4.5.4", &["CERT-SKI"], Stricter, REKEY),
    refused("4.5.6", &["CERT-NOT-CA", "CERT-SKI"], OutOfScope, CRL_SIGNER),
    refused("4.6.8", &["CERT-ISSUER-USAGE"], Stricter, LAST_CA),
    refused("4.6.14", &["CERT-ISSUER-USAGE"], Stricter, LAST_CA),
    refused("4.6.15", &["CERT-SKI"], Stricter, REKEY),
    refused("4.6.17", &["CERT-SKI"], Stricter, REKEY),
    refused("4.14.18", &["CRL-PARTIAL", NO_CRL], OutOfScope, PARTIAL),
    refused("4.14.19", &["CRL-PARTIAL", NO_CRL], OutOfScope, PARTIAL),
    refused("4.14.22", &["CRL-PARTIAL", NO_CRL], OutOfScope, INDIRECT),
    refused("4.14.24", &["CRL-PARTIAL", NO_CRL], OutOfScope, INDIRECT),
    refused("4.14.25", &["CRL-PARTIAL", NO_CRL], OutOfScope, INDIRECT),
    refused("4.14.28", &["CERT-NOT-CA"], OutOfScope, CRL_SIGNER),
    refused("4.14.29", &["CERT-NOT-CA"], OutOfScope, CRL_SIGNER),
    refused("4.14.30", &["CERT-NOT-CA", NO_CRL], OutOfScope, CRL_SIGNER),
    refused("4.14.33", &["CRL-PARTIAL", NO_CRL], OutOfScope, INDIRECT),
    refused("4.15.2", &["CRL-PARTIAL", "CRL-REASON", NO_CRL], OutOfScope, DELTA),
    refused("4.15.5", &["CRL-PARTIAL", "CRL-REASON", NO_CRL], OutOfScope, DELTA),
    refused("4.15.7", &["CRL-PARTIAL", "CRL-REASON", NO_CRL], OutOfScope, DELTA),
];

/// Refused as it must be, but before the walk came to the fault the case is about.
pub(super) const REFUSED_BEFORE_THE_FAULT: &[Refused] = &[
    refused("4.1.6", &["CERT-KEY"], OutOfScope, DSA),
    refused("4.4.20", &["CERT-NOT-CA"], OutOfScope, CRL_SIGNER),
    refused("4.5.2", &["CERT-SKI"], Stricter, REKEY),
    refused("4.5.7", &["CERT-NOT-CA", "CERT-SKI"], OutOfScope, CRL_SIGNER),
    refused("4.5.8", &["CERT-NOT-CA", "CERT-SKI"], OutOfScope, CRL_SIGNER),
    refused("4.6.16", &["CERT-SKI"], Stricter, REKEY),
];

const DISTRIBUTION_POINT: &str = "the end-entity certificate points to another distribution point than the CRL names; \
                                  each is right by itself, and only who validates the certificate compares them";

/// Every item of it is accepted although the path must fail: the fault is between a CRL and the certificate at the end.
pub(super) const ACCEPTED_THOUGH_INVALID: &[(&str, &str)] = &[
    ("4.14.3", DISTRIBUTION_POINT),
    ("4.14.8", DISTRIBUTION_POINT),
    ("4.14.9", DISTRIBUTION_POINT),
    (
        "4.14.12",
        "the CRL speaks for CA certificates only, which is all the gate carries; the certificate at the end is none",
    ),
];
