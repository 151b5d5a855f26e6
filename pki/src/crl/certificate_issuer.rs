//! certificateIssuer of an entry (RFC 5280 §5.3.3), which only an indirect CRL has.

use crate::extension::Extension;
use crate::general_name::{self, GeneralName};
use crate::name::Name;
use crate::strict_der::SEQUENCE;

/// Whose certificate an entry with certificateIssuer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateIssuer {
    /// A certificate of the CRL's own issuer, which may be named among others.
    Own,
    /// A certificate of another issuer, its name safe to print: the one certificateIssuer was read whole, has a
    /// directoryName, and none that is the CRL's own issuer's.
    Other(String),
    /// Nobody can tell: there are several, it cannot be read, or it has no directoryName. The entry may be about a
    /// certificate of the CRL's own issuer.
    Unclear,
}

impl CertificateIssuer {
    /// Reads the extension of an entry in a CRL of this issuer.
    pub(super) fn read(extension: &Extension<'_>, issuer: &Name) -> CertificateIssuer {
        let (mut own, mut other) = (false, None);
        let read = extension.only(SEQUENCE).and_then(|names| {
            general_name::read_all(&names, |name| match &name {
                GeneralName::Directory(name) if name.matches(issuer) => own = true,
                GeneralName::Directory(name) => other = Some(name.to_string()),
                _ => {}
            })
        });
        match (read, other) {
            (Ok(()), _) if own => CertificateIssuer::Own,
            (Ok(()), Some(name)) => CertificateIssuer::Other(name),
            _ => CertificateIssuer::Unclear,
        }
    }
}
