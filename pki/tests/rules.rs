//! Every rule that is checked, with at least one item that breaks only it; the corpora; the documents.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails loudly, and nothing here crosses a gap"
)]

#[allow(dead_code, unreachable_pub, unused_imports, reason = "shared with the scenarios, which use other parts of it")]
#[path = "../../tests/src/throwaway_ca/mod.rs"]
mod throwaway_ca;

#[allow(
    dead_code,
    unreachable_pub,
    clippy::cast_possible_truncation,
    reason = "shared with the scenarios, which use other parts of it"
)]
#[path = "../../tests/src/seeds.rs"]
mod seeds;

#[allow(unreachable_pub, reason = "shared with the scenarios")]
#[path = "../../tests/src/linter.rs"]
mod linter;
#[allow(unreachable_pub, reason = "shared with the scenarios")]
#[path = "../../tests/src/skipped.rs"]
mod skipped;

#[path = "rules/algorithms.rs"]
mod algorithms;
#[path = "rules/authority_cases.rs"]
mod authority_cases;
#[path = "rules/causes.rs"]
mod causes;
#[path = "rules/certificate_cases.rs"]
mod certificate_cases;
#[path = "rules/certificate_issuing_cases.rs"]
mod certificate_issuing_cases;
#[path = "rules/certificate_name_cases.rs"]
mod certificate_name_cases;
#[path = "rules/corpora.rs"]
mod corpora;
#[path = "rules/crl_content_cases.rs"]
mod crl_content_cases;
#[path = "rules/crl_continuity_cases.rs"]
mod crl_continuity_cases;
#[path = "rules/crl_entry_cases.rs"]
mod crl_entry_cases;
#[path = "rules/crl_issuance_cases.rs"]
mod crl_issuance_cases;
#[path = "rules/crl_newcomer_cases.rs"]
mod crl_newcomer_cases;
#[path = "rules/crl_refused_entries.rs"]
mod crl_refused_entries;
#[path = "rules/crl_trial.rs"]
mod crl_trial;
#[path = "rules/cross_certificates.rs"]
mod cross_certificates;
#[path = "rules/documents.rs"]
mod documents;
#[path = "rules/every_rule.rs"]
mod every_rule;
#[path = "rules/hostile_bytes.rs"]
mod hostile_bytes;
#[path = "rules/issuer_order.rs"]
mod issuer_order;
#[path = "rules/item_cases.rs"]
mod item_cases;
#[path = "rules/linted.rs"]
mod linted;
#[path = "rules/locations.rs"]
mod locations;
#[path = "rules/second_opinion.rs"]
mod second_opinion;
#[path = "rules/second_signature_cases.rs"]
mod second_signature_cases;
#[path = "rules/switched_off.rs"]
mod switched_off;
#[path = "rules/texts.rs"]
mod texts;
#[path = "rules/trial.rs"]
mod trial;
