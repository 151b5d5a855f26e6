//! The keys of a request, for a sentence about each mistake in its form ([`crate::ceremony::toml_shape`]).

use crate::ceremony::toml_shape::{Key, Shape, needed, optional};

const URL: Shape = Shape::Text("http://pki.example/root.crl");
const BECAUSE: Shape = Shape::Text("carol replaces bob");
const SUBJECT: Shape = Shape::Text("CN=Example Issuing CA G2,O=Example,C=CH");

/// A request.
pub(super) const REQUEST: &[Key] = &[
    optional("issuer", Shape::Text("root.crt")),
    optional("previous_crl", Shape::Text("root-last.crl")),
    optional("first", Shape::Flag),
    optional("crl", Shape::Table(CRL)),
    optional("certificate", Shape::Tables(CERTIFICATE)),
    optional("root", Shape::Table(ROOT)),
    optional("approvals", Shape::Table(APPROVALS)),
    optional("escrow", Shape::Table(&[needed("groups", Shape::Texts("[\"BOARD\", \"OPERATIONS\"]"))])),
];

const CRL: &[Key] = &[
    needed("this_update", Shape::Time),
    needed("next_update", Shape::Time),
    optional("abandon", Shape::NumberOrText("5")),
    optional("because", BECAUSE),
    optional("revoke", Shape::Tables(REVOKE)),
    optional("decide", Shape::Tables(DECIDE)),
];

const REVOKE: &[Key] = &[
    needed("certificate", Shape::Text("issuing-g1.crt")),
    needed("reason", Shape::Text("superseded")),
    needed("date", Shape::Time),
];

const DECIDE: &[Key] = &[
    needed("serial", Shape::TextOrTexts("1f")),
    needed("action", Shape::Text("revoke")),
    optional("date", Shape::Time),
    optional("reason", Shape::Text("cessationOfOperation")),
    needed("because", Shape::Text("the hold of 2024 was final")),
];

const CERTIFICATE: &[Key] = &[
    optional("csr", Shape::Text("issuing-g2.csr")),
    optional("replaces", Shape::Text("issuing-g1.crt")),
    needed("profile", Shape::Text("issuing-ca")),
    optional("subject", SUBJECT),
    optional("new_identifier", Shape::Flag),
    optional("wider", Shape::Flag),
    optional("because", BECAUSE),
    needed("not_before", Shape::Time),
    needed("not_after", Shape::Time),
    optional("path_length", Shape::Number("0")),
    optional("crl_url", URL),
    optional("issuer_url", Shape::Text("http://pki.example/root.crt")),
];

const ROOT: &[Key] = &[
    optional("key", Shape::Text("ecdsa-p384")),
    optional("replaces", Shape::Text("root.crt")),
    optional("subject", SUBJECT),
    optional("new_identifier", Shape::Flag),
    optional("wider", Shape::Flag),
    optional("because", BECAUSE),
    needed("not_before", Shape::Time),
    needed("not_after", Shape::Time),
];

const APPROVALS: &[Key] = &[needed("required", Shape::Number("2")), needed("because", BECAUSE)];

/// Keys of the site file. Whoever writes them into a request is told where they belong.
pub(super) const OF_THE_SITE: [&str; 6] = ["module", "slot", "token", "token_label", "token_serial", "key_label"];
