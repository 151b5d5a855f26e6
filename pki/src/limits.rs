//! The bounds on everything read here, each with its arithmetic. Nothing is allocated beyond them.
//!
//! ```
//! use std::io::Read as _;
//!
//! use rootcast_pki::item;
//! use rootcast_pki::limits::ITEM_SIZE_MAX;
//! use rootcast_pki::rule::Rule;
//!
//! // A file without an end: no more is read of it than shows that it is too long.
//! let file = std::io::repeat(0);
//! let mut bytes = Vec::new();
//! file.take(ITEM_SIZE_MAX as u64 + 1).read_to_end(&mut bytes)?;
//! let findings = item::read(&bytes).expect_err("it is too long");
//! assert!(findings.has(Rule::ItemKind));
//! # Ok::<(), std::io::Error>(())
//! ```

/// Largest item in bytes, DER or PEM: 64 MiB, which is 3.3 million entries of the shortest
/// possible form (20 bytes: two headers, a one-byte serial number and a UTCTime).
pub const ITEM_SIZE_MAX: usize = 64 * 1024 * 1024;

/// Extensions in one certificate or CRL. RFC 5280 defines 17 of them; the rest is room for private ones.
pub const EXTENSION_COUNT_MAX: usize = 64;

/// Extensions in one CRL entry. RFC 5280 §5.3 defines 3.
pub const ENTRY_EXTENSION_COUNT_MAX: usize = 16;

/// URLs in one extension. Real ones have fewer than 6.
pub const URL_COUNT_MAX: usize = 64;

/// The validity of a CRL in seconds, its last second included, up to which nobody counts more than twelve months: 365 days.
/// CRL-VALIDITY counts calendar months.
pub const CRL_VALIDITY_SECONDS_MAX: i64 = 365 * 86_400;

/// Attributes in one name. Real ones have fewer than 12.
pub const NAME_ATTRIBUTE_COUNT_MAX: usize = 64;

/// Bytes of one name: 64 attributes of 1 KiB each, of which RFC 5280 appendix A.1 lets a common name fill 64 characters.
pub const NAME_SIZE_MAX: usize = 64 * 1024;

/// Bytes of one SubjectPublicKeyInfo: an ML-DSA-87 key takes 2,614, an RSA key of 8192 bits 1,056; six times the larger
/// one, so that an RSA key of up to some 130,000 bits is still told by its size (CERT-KEY).
pub const SPKI_SIZE_MAX: usize = 16 * 1024;

/// Bytes of one key identifier: real ones are digests of 20 to 64 bytes (RFC 5280 §4.2.1.2, RFC 7093).
pub const KEY_ID_SIZE_MAX: usize = 1024;

/// Characters of one attribute shown to people; RFC 5280 appendix A.1 allows 64 for a common name.
pub const SHOWN_CHARACTERS_MAX: usize = 128;

/// Places named in one finding; the rest is only counted.
pub const NAMED_MAX: usize = 5;

/// How far thisUpdate or notBefore may lie ahead of the clock, in seconds (CRL-FUTURE, CERT-VALIDITY).
pub const CLOCK_SKEW_SECONDS: i64 = 600;

/// Certificates whose entries one ceremony decides about (REQ-CARRY): a list of so many serial numbers of 20 octets, each in
/// 44 characters, takes 176 of the 256 KiB of a request, and a person looks at each.
pub const DECIDED_COUNT_MAX: usize = 4096;

/// Octets of a serial number or CRL number (RFC 5280 §4.1.2.2 and §5.2.3).
pub const INTEGER_OCTETS_MAX: usize = 20;

/// Entries listed of each kind of difference between two CRLs; the rest is only counted.
pub const DIFFERENCE_LISTED_MAX: usize = 20;

/// Characters of one text shown to people in a report, a finding's with five places of 130 characters among them.
pub const SHOWN_LINE_MAX: usize = 1000;

/// Bytes of a CRL from which on its digest is made on a thread of its own: some 2 ms of hashing, of which a thread takes
/// a hundredth.
pub const LARGE_CRL_SIZE: usize = 1 << 20;
