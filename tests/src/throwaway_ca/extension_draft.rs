//! Extensions as a test wants them, right or wrong.

use super::der_writer::{boolean, integer, octets, oid, sequence, tlv};

/// One extension before it is encoded.
#[derive(Clone, Debug)]
pub struct ExtensionDraft {
    /// The arcs of its object identifier.
    pub oid: Vec<u64>,
    /// Whether it is critical.
    pub critical: bool,
    /// The DER inside extnValue.
    pub value: Vec<u8>,
    /// Writes `critical FALSE` out, which DER forbids.
    pub writes_default: bool,
}

impl ExtensionDraft {
    /// Any extension.
    #[must_use]
    pub fn new(oid: &[u64], critical: bool, value: Vec<u8>) -> Self {
        ExtensionDraft { oid: oid.to_vec(), critical, value, writes_default: false }
    }

    /// authorityKeyIdentifier with a key identifier alone.
    #[must_use]
    pub fn authority_key_identifier(key_id: &[u8]) -> Self {
        Self::new(&[2, 5, 29, 35], false, sequence(&[tlv(0x80, key_id)]))
    }

    /// subjectKeyIdentifier.
    #[must_use]
    pub fn subject_key_identifier(key_id: &[u8]) -> Self {
        Self::new(&[2, 5, 29, 14], false, octets(key_id))
    }

    /// CRLNumber from its contents octets.
    #[must_use]
    pub fn crl_number(contents: &[u8]) -> Self {
        Self::new(&[2, 5, 29, 20], false, tlv(2, contents))
    }

    /// basicConstraints, critical.
    #[must_use]
    pub fn basic_constraints(is_ca: bool, path_length: Option<u64>) -> Self {
        let mut parts = Vec::new();
        if is_ca {
            parts.push(boolean(true));
        }
        parts.extend(path_length.map(integer));
        Self::new(&[2, 5, 29, 19], true, sequence(&parts))
    }

    /// keyUsage, critical, from the numbers of its bits: 0 digitalSignature, 5 keyCertSign, 6 cRLSign.
    #[must_use]
    pub fn key_usage(bits: &[u8]) -> Self {
        let byte = bits.iter().fold(0_u8, |byte, bit| byte | (0x80 >> bit));
        let unused = u8::try_from(byte.trailing_zeros().min(7)).unwrap_or(0);
        let contents = if byte == 0 { vec![0] } else { vec![unused, byte] };
        Self::new(&[2, 5, 29, 15], true, tlv(3, &contents))
    }

    /// extKeyUsage of these purposes.
    #[must_use]
    pub fn key_purposes(purposes: &[&[u64]]) -> Self {
        let purposes: Vec<_> = purposes.iter().map(|purpose| oid(purpose)).collect();
        Self::new(&[2, 5, 29, 37], false, sequence(&purposes))
    }

    /// certificatePolicies of these identifiers, without qualifiers.
    #[must_use]
    pub fn policies(policies: &[&[u64]]) -> Self {
        let policies: Vec<_> = policies.iter().map(|policy| sequence(&[oid(policy)])).collect();
        Self::new(&[2, 5, 29, 32], false, sequence(&policies))
    }

    /// cRLDistributionPoints: one point with these URLs.
    #[must_use]
    pub fn crl_distribution_points(urls: &[&str]) -> Self {
        let names: Vec<u8> = urls.iter().flat_map(|url| tlv(0x86, url.as_bytes())).collect();
        let point = sequence(&[tlv(0xa0, &tlv(0xa0, &names))]);
        Self::new(&[2, 5, 29, 31], false, sequence(&[point]))
    }

    /// authorityInfoAccess with the place of the issuer's certificate.
    #[must_use]
    pub fn ca_issuers(url: &str) -> Self {
        let method = oid(&[1, 3, 6, 1, 5, 5, 7, 48, 2]);
        let description = sequence(&[method, tlv(0x86, url.as_bytes())]);
        Self::new(&[1, 3, 6, 1, 5, 5, 7, 1, 1], false, sequence(&[description]))
    }

    /// issuingDistributionPoint, critical, from the fields inside its SEQUENCE.
    #[must_use]
    pub fn issuing_distribution_point(fields: &[Vec<u8>]) -> Self {
        Self::new(&[2, 5, 29, 28], true, sequence(fields))
    }

    /// The reason of a CRL entry.
    #[must_use]
    pub fn reason(code: u8) -> Self {
        Self::new(&[2, 5, 29, 21], false, tlv(0x0a, &[code]))
    }

    /// Its DER.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut parts = vec![oid(&self.oid)];
        if self.critical || self.writes_default {
            parts.push(boolean(self.critical));
        }
        parts.push(octets(&self.value));
        sequence(&parts)
    }

    /// Extensions in a list; the list itself.
    #[must_use]
    pub fn encode_all(extensions: &[ExtensionDraft]) -> Vec<u8> {
        sequence(&extensions.iter().map(ExtensionDraft::encode).collect::<Vec<_>>())
    }
}
