//! The object identifiers this crate knows, as contents octets, and how any of them is shown.

use core::fmt;

pub(crate) const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 14];
pub(crate) const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
pub(crate) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
pub(crate) const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 18];
pub(crate) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
pub(crate) const CRL_NUMBER: &[u8] = &[0x55, 0x1d, 20];
pub(crate) const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
pub(crate) const HOLD_INSTRUCTION_CODE: &[u8] = &[0x55, 0x1d, 23];
pub(crate) const INVALIDITY_DATE: &[u8] = &[0x55, 0x1d, 24];
pub(crate) const DELTA_CRL_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
pub(crate) const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
pub(crate) const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
pub(crate) const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
pub(crate) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
pub(crate) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
pub(crate) const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
pub(crate) const AUTHORITY_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 35];
pub(crate) const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
pub(crate) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
pub(crate) const FRESHEST_CRL: &[u8] = &[0x55, 0x1d, 46];
pub(crate) const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
pub(crate) const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
pub(crate) const SUBJECT_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 11];

/// Extensions of a certificate that are understood when critical (RFC 5280 §4.2).
pub(crate) const CERTIFICATE_EXTENSIONS: &[&[u8]] = &[
    SUBJECT_KEY_IDENTIFIER,
    KEY_USAGE,
    SUBJECT_ALT_NAME,
    ISSUER_ALT_NAME,
    BASIC_CONSTRAINTS,
    NAME_CONSTRAINTS,
    CRL_DISTRIBUTION_POINTS,
    CERTIFICATE_POLICIES,
    POLICY_MAPPINGS,
    AUTHORITY_KEY_IDENTIFIER,
    POLICY_CONSTRAINTS,
    EXTENDED_KEY_USAGE,
    FRESHEST_CRL,
    INHIBIT_ANY_POLICY,
    AUTHORITY_INFO_ACCESS,
    SUBJECT_INFO_ACCESS,
];

/// Extensions of a CRL that are understood when critical (RFC 5280 §5.2).
pub(crate) const CRL_EXTENSIONS: &[&[u8]] = &[
    ISSUER_ALT_NAME,
    CRL_NUMBER,
    DELTA_CRL_INDICATOR,
    ISSUING_DISTRIBUTION_POINT,
    AUTHORITY_KEY_IDENTIFIER,
    FRESHEST_CRL,
    AUTHORITY_INFO_ACCESS,
];

/// Extensions of a CRL entry that are understood when critical (RFC 5280 §5.3).
pub(crate) const ENTRY_EXTENSIONS: &[&[u8]] =
    &[REASON_CODE, HOLD_INSTRUCTION_CODE, INVALIDITY_DATE, CERTIFICATE_ISSUER];

/// Contents octets of an OBJECT IDENTIFIER, shown with dots.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dotted<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Dotted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0_u128;
        let mut first = true;
        for octet in self.0.iter().take(64) {
            if arc > u128::MAX >> 7 {
                return f.write_str(".…");
            }
            arc = (arc << 7) | u128::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if first {
                let top = (arc / 40).min(2);
                write!(f, "{top}.{}", arc - top * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            first = false;
            arc = 0;
        }
        if self.0.len() > 64 { f.write_str(".…") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_shown_with_dots() {
        assert_eq!(Dotted(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5]).to_string(), "1.2.840.113549.1.1.5");
        assert_eq!(Dotted(&[0x60, 0x86, 0x48, 1]).to_string(), "2.16.840.1");
        assert_eq!(Dotted(&[0xff; 80]).to_string(), ".…");
    }
}
