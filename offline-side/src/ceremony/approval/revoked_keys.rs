//! Keys that no longer approve, in either form that `ssh-keygen -Y verify -r` takes: a key revocation list made with
//! `ssh-keygen -k` (OpenSSH, PROTOCOL.krl), or a text with one public key a line.
//!
//! Of a list, keys and fingerprints count. Its sections about certificates are passed over, because no certificate
//! approves here; a section that is not known refuses the list: a revocation is never overlooked.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rootcast_host::text_file::{self, TextFault};
use rootcast_protocol::hex;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

const MAGIC: &[u8] = b"SSHKRL\n\0";

/// The revoked keys.
#[derive(Debug, Clone, Default)]
pub struct RevokedKeys {
    /// SHA-256 or SHA-1 of each key.
    fingerprints: BTreeSet<Vec<u8>>,
}

/// Why a revocation file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedFault {
    /// The line, counted from 1, of a text.
    pub line: Option<usize>,
    /// What is wrong.
    pub why: String,
}

impl RevokedKeys {
    /// Reads a whole file.
    ///
    /// # Errors
    /// When any of it is not understood.
    pub fn parse(bytes: &[u8]) -> Result<Self, RevokedFault> {
        match bytes.strip_prefix(MAGIC) {
            Some(rest) => Self::parse_list(rest).map_err(|why| RevokedFault { line: None, why }),
            None => Self::parse_text(bytes),
        }
    }

    fn parse_text(bytes: &[u8]) -> Result<Self, RevokedFault> {
        let mut revoked = Self::default();
        let no_text = |fault: TextFault| RevokedFault { line: Some(fault.line(bytes)), why: fault.to_string() };
        for (at, line) in text_file::text(bytes).map_err(no_text)?.lines().enumerate() {
            let fault = |why: String| RevokedFault { line: Some(at + 1), why };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let key = PublicKey::from_openssh(line)
                .map_err(|error| fault(format!("neither a key revocation list nor a public key: {error}")))?;
            let encoded = key.to_bytes().map_err(|error| fault(error.to_string()))?;
            revoked.fingerprints.insert(digest(&SHA256, &encoded).as_ref().to_vec());
        }
        Ok(revoked)
    }

    fn parse_list(mut rest: &[u8]) -> Result<Self, String> {
        let cut = "the key revocation list is cut short";
        // Format version, list version, date, flags; then reserved and comment.
        let (header, after) = rest.split_at_checked(28).ok_or(cut)?;
        if !header.starts_with(&[0, 0, 0, 1]) {
            return Err("the format of the key revocation list is not 1".to_owned());
        }
        rest = after;
        take(&mut rest).ok_or(cut)?;
        take(&mut rest).ok_or(cut)?;
        let mut revoked = Self::default();
        while let [section, after @ ..] = rest {
            rest = after;
            let mut contents = take(&mut rest).ok_or(cut)?;
            let are_keys = match section {
                // Certificates; the list's own signature, which OpenSSH no longer makes.
                1 | 4 => continue,
                2 => true,
                3 | 5 => false,
                other => return Err(format!("the key revocation list has a section of unknown kind {other}")),
            };
            while !contents.is_empty() {
                let listed = take(&mut contents).ok_or(cut)?;
                let fingerprint = if are_keys { digest(&SHA256, listed).as_ref().to_vec() } else { listed.to_vec() };
                revoked.fingerprints.insert(fingerprint);
            }
        }
        Ok(revoked)
    }

    /// Whether this key is revoked. A key that cannot be encoded again is.
    #[must_use]
    pub fn contains(&self, key: &KeyData) -> bool {
        let Ok(encoded) = PublicKey::from(key.clone()).to_bytes() else { return true };
        let fingerprints = [digest(&SHA1_FOR_LEGACY_USE_ONLY, &encoded), digest(&SHA256, &encoded)];
        fingerprints.iter().any(|found| self.fingerprints.contains(found.as_ref()))
    }

    /// The keys as they are pinned.
    pub(super) fn records(&self) -> Vec<String> {
        self.fingerprints.iter().map(|fingerprint| hex::encode(fingerprint)).collect()
    }

    /// The same keys as they were pinned.
    pub(super) fn from_records(records: &[String]) -> Result<Self, String> {
        let read = |text: &String| hex::decode(text).ok_or_else(|| format!("{text} is no fingerprint"));
        Ok(Self { fingerprints: records.iter().map(read).collect::<Result<_, _>>()? })
    }

    /// Adds the keys that `other` revokes.
    pub(super) fn add(&mut self, other: &Self) {
        self.fingerprints.extend(other.fingerprints.iter().cloned());
    }
}

/// Takes one `string` of the SSH wire format (RFC 4251 §5): a length of four bytes, then as many.
pub(super) fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let (contents, behind) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = behind;
    Some(contents)
}

#[cfg(test)]
mod tests {
    use super::{MAGIC, RevokedKeys, take};
    use ssh_key::PublicKey;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn list(sections: &[(u8, &[u8])]) -> Vec<u8> {
        let mut list = MAGIC.to_vec();
        list.extend([0, 0, 0, 1]);
        list.extend([0; 24 + 8]);
        for (kind, contents) in sections {
            list.push(*kind);
            list.extend(u32::try_from(contents.len()).unwrap().to_be_bytes());
            list.extend(*contents);
        }
        list
    }

    fn string(contents: &[u8]) -> Vec<u8> {
        [&u32::try_from(contents.len()).unwrap().to_be_bytes(), contents].concat()
    }

    #[test]
    fn a_key_is_found_in_every_form() {
        let key = PublicKey::from_openssh(KEY).unwrap();
        let encoded = key.to_bytes().unwrap();
        let sha1 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &encoded);
        let sha256 = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &encoded);
        for file in [
            format!("# gone\n{KEY} alice\n").into_bytes(),
            list(&[(1, b"certificates"), (2, &string(&encoded))]),
            list(&[(3, &string(sha1.as_ref()))]),
            list(&[(5, &string(sha256.as_ref()))]),
        ] {
            assert!(RevokedKeys::parse(&file).unwrap().contains(key.key_data()));
        }
        assert!(!RevokedKeys::parse(&list(&[])).unwrap().contains(key.key_data()));
        assert!(!RevokedKeys::parse(b"").unwrap().contains(key.key_data()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let whole = list(&[(2, &string(b"key"))]);
        let empty = list(&[]).len();
        for end in MAGIC.len()..whole.len() {
            assert_eq!(RevokedKeys::parse(&whole[..end]).is_ok(), end == empty, "cut at {end}");
        }
        assert!(RevokedKeys::parse(&list(&[(255, b"x")])).unwrap_err().why.contains("255"));
        let mut other = whole;
        other[11] = 2;
        assert!(RevokedKeys::parse(&other).unwrap_err().why.contains("is not 1"));
        assert_eq!(RevokedKeys::parse(b"\nSHA256:abc\n").unwrap_err().line, Some(2));
    }

    #[test]
    fn a_length_beyond_the_end_takes_nothing() {
        assert_eq!(take(&mut &[0xff, 0xff, 0xff, 0xff, 1][..]), None);
        assert_eq!(take(&mut &[0, 0, 0][..]), None);
    }
}
