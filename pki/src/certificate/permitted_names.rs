//! CERT-NAME-PERMITTED: every name in a certificate is one that the nameConstraints of its issuer, and of every issuer
//! above that, permit (RFC 5280 §6.1.3(b) and (c)). A root's count as well.

use super::inspected::InspectedCertificate;
use crate::finding::{Findings, Severity};
use crate::issuer::{Issuer, IssuerConstraints};
use crate::name::Name;
use crate::name_constraints::{Breach, ConstrainedName};
use crate::oid;
use crate::rule::{Cause, Rule};

const RULE: Rule = Rule::CertNamePermitted;

/// The field in which a name stands, and where.
type Placed = (&'static str, Option<usize>);

pub(super) fn check(certificate: &InspectedCertificate<'_>, issuer: &Issuer, findings: &mut Findings) {
    let all = issuer.name_constraints();
    if all.is_empty() {
        return;
    }
    let (names, places) = names_of(certificate);
    // §6.1.3(b): these apply to a self-issued certificate only where it ends a path, and a CA's is there to continue one.
    let self_issued = certificate.issuer().matches(certificate.subject());
    for IssuerConstraints { by, read } in all.iter().map(AsRef::as_ref) {
        let constraints = match read {
            Ok(constraints) if constraints.is_too_much_for(&names) => {
                let text = format!("more names than anybody compares with the nameConstraints of {by}");
                let finding = findings.add(RULE, Severity::Reject, text);
                finding.because(Cause::NameNotComparable).at("subject", certificate.subject_offset());
                continue;
            }
            Ok(constraints) => constraints,
            Err(error) => {
                let text = format!("the nameConstraints of {by} cannot be read: {error}");
                let finding = findings.add(RULE, Severity::Reject, text);
                finding.because(Cause::NameNotComparable).at("subject", certificate.subject_offset());
                continue;
            }
        };
        for (name, (field, at)) in names.iter().zip(&places) {
            if let Some(breach) = constraints.breach(name) {
                let (severity, cause, text) = ruling(breach, self_issued, by);
                let shown = || format!("{name} in {field}");
                findings.add_at(RULE, severity, &text, shown).because(cause).at_if(field, *at);
            }
        }
    }
    let mut addresses = certificate.subject().email_addresses();
    if !self_issued && addresses.any(|address| address.is_err()) {
        let text = "emailAddress in the subject is no IA5String: OpenSSL refuses that below any nameConstraints";
        let finding = findings.add(RULE, Severity::Warn, text);
        finding.because(Cause::EmailAddressString).at("subject", certificate.subject_offset());
    }
}

/// The subject, its attributes emailAddress, and the names of subjectAltName.
fn names_of(certificate: &InspectedCertificate<'_>) -> (Vec<ConstrainedName>, Vec<Placed>) {
    let subject = certificate.subject();
    let in_subject = ("subject", Some(certificate.subject_offset()));
    let in_list = ("subjectAltName", certificate.body.offset_of(oid::SUBJECT_ALT_NAME));
    let own = (!subject.is_empty()).then(|| ConstrainedName::directory(subject));
    let addresses = subject.email_addresses().map(|address| match address {
        Ok(address) => ConstrainedName::email(address),
        Err(shown) => ConstrainedName::no_email(&shown),
    });
    let others = certificate.known.alternative_names.iter().map(ConstrainedName::from);
    let placed = own.into_iter().chain(addresses).map(|name| (name, in_subject));
    placed.chain(others.map(|name| (name, in_list))).unzip()
}

fn ruling(breach: Breach, self_issued: bool, by: &Name) -> (Severity, Cause, String) {
    let (cause, text) = match breach {
        Breach::Excluded => (Cause::NameExcluded, format!("the nameConstraints of {by} exclude a name in it")),
        Breach::NotPermitted => {
            (Cause::NameNotPermitted, format!("the nameConstraints of {by} do not permit a name in it"))
        }
        Breach::NotComparable(why) => {
            let text = format!("the nameConstraints of {by} limit the form of a name in it, and {why}");
            (Cause::NameNotComparable, text)
        }
        Breach::OtherLetters => {
            let text = format!(
                "the nameConstraints of {by} permit a name in it with other upper and lower case beyond ASCII: OpenSSL \
                 refuses that"
            );
            return (Severity::Warn, Cause::NameOtherLetters, text);
        }
    };
    if self_issued {
        let text = format!("{text}; it is self-issued, so that counts only where it ends a path");
        return (Severity::Warn, Cause::NameOfSelfIssued, text);
    }
    (Severity::Reject, cause, text)
}
