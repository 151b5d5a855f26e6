"""Runs pkilint over many items in one process.

Standard input has one item a line: KIND, PROFILE and a path, with tabs between. KIND is crl or certificate. PROFILE is pkix
(RFC 5280) or br (the Baseline Requirements for TLS). Standard output has one finding a line: the number of the item, from
0, SEVERITY and CODE, with tabs between. An item that pkilint cannot read has the code `unreadable`.
"""

import sys

from pkilint import finding_filter, loader, pkix
from pkilint.cabf import cabf_crl, serverauth
from pkilint.pkix import certificate, crl, extension, name


def crl_linter(profile):
    kind = crl.CertificateRevocationListType.ARL
    periods = [cabf_crl.create_validity_period_validator(kind)] if profile == "br" else []
    reasons = [cabf_crl.CabfCrlReasonCodeAllowlistValidator(kind)] if profile == "br" else []
    return crl.create_pkix_crl_validator_container(
        [
            pkix.create_attribute_decoder(name.ATTRIBUTE_TYPE_MAPPINGS),
            pkix.create_extension_decoder(extension.EXTENSION_MAPPINGS),
        ],
        [
            crl.create_issuer_validator_container([]),
            crl.create_validity_validator_container(periods),
            crl.create_extensions_validator_container([]),
        ]
        + reasons,
    )


def certificate_linter(kind):
    if kind is None:
        return certificate.create_pkix_certificate_validator_container(
            certificate.create_decoding_validators(
                name.ATTRIBUTE_TYPE_MAPPINGS, extension.EXTENSION_MAPPINGS
            ),
            [
                certificate.create_issuer_validator_container([]),
                certificate.create_validity_validator_container(),
                certificate.create_subject_validator_container([]),
                certificate.create_extensions_validator_container([]),
                certificate.create_spki_validator_container([]),
            ],
        )
    return certificate.create_pkix_certificate_validator_container(
        serverauth.create_decoding_validators(), serverauth.create_validators(kind)
    )


linters = {}


def lint(kind, profile, der):
    if kind == "crl":
        document = loader.RFC5280CertificateListDocumentLoader().load_der_document(der, "item")
        key, filters = (kind, profile), None
        linter = linters.get(key) or linters.setdefault(key, crl_linter(profile))
    else:
        document = loader.RFC5280CertificateDocumentLoader().load_der_document(der, "item")
        detected = serverauth.determine_certificate_type(document) if profile == "br" else None
        key = (kind, detected)
        linter = linters.get(key) or linters.setdefault(key, certificate_linter(detected))
        filters = serverauth.create_serverauth_finding_filters(detected) if detected is not None else None
    results = linter.validate(document.root)
    if filters is not None:
        results, _ = finding_filter.filter_results(filters, results)
    return [
        (described.finding.severity.name, described.finding.code)
        for result in results
        for described in result.finding_descriptions
    ]


for number, line in enumerate(sys.stdin):
    kind, profile, path = line.rstrip("\n").split("\t")
    with open(path, "rb") as file:
        der = file.read()
    try:
        findings = lint(kind, profile, der)
    except Exception as error:  # what cannot be parsed is a finding, not the end
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        findings = [("FATAL", "unreadable")]
    for severity, code in sorted(set(findings)):
        print(number, severity, code, sep="\t")
