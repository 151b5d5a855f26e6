//! What the bytes of a file are that is neither a CRL nor a certificate: named, so that a person knows what was given and
//! which command gives what was wanted. It looks at the first fields only and decides nothing.
//!
//! ```
//! use rootcast_pki::contents::Contents;
//! use rootcast_pki::pem;
//!
//! # let request = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/issuing.csr"));
//! # let crl = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/root.crl"));
//! let file = pem::decode(request)?;
//! let contents = Contents::recognise(file.bytes()).expect("it is known");
//! assert_eq!(contents.to_string(), "a certification request (PKCS#10)");
//! assert!(!contents.is_private_key() && contents.command().is_none());
//! // A CRL is an item, and is read as one.
//! assert_eq!(Contents::recognise(crl), None);
//! # Ok::<(), rootcast_pki::pem::PemError>(())
//! ```

use core::fmt;

use crate::strict_der::{BIT_STRING, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, Reader, SEQUENCE};

/// 1.2.840.113549.1.7: the content types of PKCS#7 and CMS stand below it.
const PKCS7: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7];

/// What bytes are, as far as their first fields say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contents {
    /// A certification request (RFC 2986).
    Request,
    /// A public key, SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
    PublicKey,
    /// A private key, PKCS#8 (RFC 5958).
    PrivateKey,
    /// An encrypted private key, PKCS#8 (RFC 5958 §3).
    EncryptedPrivateKey,
    /// A private key of one algorithm: RSAPrivateKey (RFC 8017) or ECPrivateKey (RFC 5915).
    OldPrivateKey,
    /// PKCS#7 (RFC 2315) or CMS: a file `.p7b` or `.p7c` with certificates and CRLs.
    Pkcs7,
    /// PKCS#12 (RFC 7292): a file `.pfx` or `.p12` with a key and its certificate.
    Pkcs12,
    /// A public key as SSH writes it, in one line of text (RFC 4253 §6.6).
    SshPublicKey,
    /// A private key in OpenSSH's own form.
    SshPrivateKey,
}

/// How the line of an SSH public key begins.
const SSH_NAMES: [&[u8]; 4] = [b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-"];

/// How a private key begins in OpenSSH's own form, without its PEM.
const SSH_PRIVATE: &[u8] = b"openssh-key-v1\0";

impl Contents {
    /// What `bytes` are; absent if they are none of these.
    #[must_use]
    pub fn recognise(bytes: &[u8]) -> Option<Contents> {
        if bytes.starts_with(SSH_PRIVATE) {
            return Some(Contents::SshPrivateKey);
        }
        if SSH_NAMES.iter().any(|name| bytes.starts_with(name)) {
            return Some(Contents::SshPublicKey);
        }
        let mut fields = Reader::new(bytes).expect(SEQUENCE).ok()?.reader();
        let (first, second) = (fields.any().ok()?, fields.any().ok()?);
        let begins_with_oid = || first.reader().oid().is_ok();
        let is_pkcs7 = |oid: &[u8]| oid.starts_with(PKCS7);
        Some(match (first.tag, second.tag) {
            (OBJECT_IDENTIFIER, 0xa0) if is_pkcs7(first.value) => Contents::Pkcs7,
            (INTEGER, SEQUENCE) => match second.reader().oid() {
                Ok(oid) if is_pkcs7(oid.value) => Contents::Pkcs12,
                Ok(_) if fields.peek_tag() == Some(OCTET_STRING) => Contents::PrivateKey,
                _ => return None,
            },
            (INTEGER, INTEGER | OCTET_STRING) => Contents::OldPrivateKey,
            (SEQUENCE, BIT_STRING) if begins_with_oid() => Contents::PublicKey,
            (SEQUENCE, OCTET_STRING) if begins_with_oid() => Contents::EncryptedPrivateKey,
            (SEQUENCE, SEQUENCE) if is_request_info(first.reader()) => Contents::Request,
            _ => return None,
        })
    }

    /// The command that gives what can be read from a file of this kind; absent where there is none. FILE is the file.
    #[must_use]
    pub const fn command(self) -> Option<&'static str> {
        match self {
            Contents::Pkcs7 => Some("openssl pkcs7 -inform DER -in FILE -print_certs (-inform PEM if it is text)"),
            Contents::Pkcs12 => Some("openssl pkcs12 -in FILE -clcerts -nokeys"),
            Contents::OldPrivateKey | Contents::EncryptedPrivateKey => {
                Some("openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW")
            }
            Contents::Request
            | Contents::PublicKey
            | Contents::PrivateKey
            | Contents::SshPublicKey
            | Contents::SshPrivateKey => None,
        }
    }

    /// Whether it is or holds a private key.
    #[must_use]
    pub const fn is_private_key(self) -> bool {
        matches!(
            self,
            Contents::PrivateKey
                | Contents::EncryptedPrivateKey
                | Contents::OldPrivateKey
                | Contents::Pkcs12
                | Contents::SshPrivateKey
        )
    }
}

/// Whether these are the first fields of a CertificationRequestInfo: version 0, a name, a key.
fn is_request_info(mut fields: Reader<'_>) -> bool {
    let version = fields.expect(INTEGER).is_ok_and(|version| version.value == [0]);
    let name = fields.expect(SEQUENCE).is_ok();
    let key = fields.expect(SEQUENCE).ok().and_then(|key| key.reader().expect(SEQUENCE).ok());
    version && name && key.is_some_and(|algorithm| algorithm.reader().oid().is_ok())
}

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Contents::Request => "a certification request (PKCS#10)",
            Contents::PublicKey => "a public key",
            Contents::PrivateKey => "a private key (PKCS#8)",
            Contents::EncryptedPrivateKey => "an encrypted private key (PKCS#8)",
            Contents::OldPrivateKey => "a private key in the old form of its algorithm, not PKCS#8",
            Contents::Pkcs7 => "a PKCS#7 file, which holds certificates or CRLs",
            Contents::Pkcs12 => "a PKCS#12 file, which holds a private key",
            Contents::SshPublicKey => "an SSH public key",
            Contents::SshPrivateKey => "an SSH private key",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Contents;

    #[test]
    fn first_fields_say_what_bytes_are() {
        let rsa = [0x06, 3, 0x2a, 3, 4];
        let algorithm = [&[0x30, 5][..], &rsa].concat();
        let sequence = |parts: &[&[u8]]| {
            let inside = parts.concat();
            [&[0x30, u8::try_from(inside.len()).unwrap()][..], &inside].concat()
        };
        let signed = [0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
        let (zero, bits, octets) = ([2, 1, 0], [3, 2, 0, 1], [4, 1, 1]);
        let info = sequence(&[&zero, &[0x30, 0], &sequence(&[&algorithm, &bits])]);
        for (bytes, contents) in [
            (sequence(&[&signed, &[0xa0, 0]]), Some(Contents::Pkcs7)),
            (sequence(&[&[2, 1, 3], &sequence(&[&signed])]), Some(Contents::Pkcs12)),
            (sequence(&[&zero, &algorithm, &octets]), Some(Contents::PrivateKey)),
            (sequence(&[&algorithm, &octets]), Some(Contents::EncryptedPrivateKey)),
            (sequence(&[&[2, 1, 1], &octets]), Some(Contents::OldPrivateKey)),
            (sequence(&[&zero, &[2, 1, 5]]), Some(Contents::OldPrivateKey)),
            (sequence(&[&algorithm, &bits]), Some(Contents::PublicKey)),
            (sequence(&[&info, &algorithm, &bits]), Some(Contents::Request)),
            (b"ssh-ed25519 AAAAC3Nz alice".to_vec(), Some(Contents::SshPublicKey)),
            (b"ecdsa-sha2-nistp256 AAAA".to_vec(), Some(Contents::SshPublicKey)),
            (b"openssh-key-v1\0\0\0\0\x04none".to_vec(), Some(Contents::SshPrivateKey)),
            (sequence(&[&zero, &algorithm]), None),
            (sequence(&[]), None),
            (vec![], None),
            (vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff], None),
        ] {
            assert_eq!(Contents::recognise(&bytes), contents, "{bytes:02x?}");
        }
    }
}
