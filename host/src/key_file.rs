//! Files with a shared secret of 16 bytes: made once, read strictly, never overwritten.
//!
//! Two lines of text: `rootcast transport key 1`, and 32 hexadecimal digits. Readable for its owner alone.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::diagnosis::{Diagnosis, Label};
use crate::text_file::{self, TextFault};
use crate::{input_file, new_file};

/// Bytes of a secret.
pub(crate) const SECRET_SIZE: usize = 16;

const FIRST_LINE: &str = "rootcast transport key 1";
/// A file may hold no more than a few spaces and line ends beyond its two lines.
const FILE_SIZE_MAX: u64 = 128;
/// What a run says that wrote none.
const NOT_WRITTEN: &str = "No key was written.";
/// Permission bits of others than the owner.
const OTHERS: u32 = 0o077;

/// 16 bytes from the system's generator of random numbers.
///
/// # Errors
/// When it cannot be read.
pub fn random() -> Result<[u8; SECRET_SIZE], Diagnosis> {
    let mut bytes = [0; SECRET_SIZE];
    let read = File::open("/dev/urandom").and_then(|mut source| source.read_exact(&mut bytes));
    read.map(|()| bytes).map_err(|error| {
        let what = "No key was made: the system's random number generator failed.";
        Diagnosis::new(Label::StorageFailed, what, format!("/dev/urandom: {error}"), "Check that it exists.")
    })
}

/// Writes a new file that only its owner may read.
///
/// # Errors
/// When it exists already, or cannot be written.
pub fn write_new(path: &Path, secret: &[u8; SECRET_SIZE]) -> Result<(), Diagnosis> {
    let digits: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let text = format!("{FIRST_LINE}\n{digits}\n");
    new_file::write(path, new_file::FOR_ITS_OWNER, text.as_bytes()).map_err(|error| match error.source.kind() {
        ErrorKind::AlreadyExists => exists(path),
        _ => {
            let next = "Check the path and the free space on the disk.";
            Diagnosis::new(Label::StorageFailed, NOT_WRITTEN, error.to_string(), next)
        }
    })
}

/// Looks whether a key can be written to `path`, before anybody types its words.
///
/// # Errors
/// When there is something of this name.
pub fn check_new(path: &Path) -> Result<(), Diagnosis> {
    if path.symlink_metadata().is_ok() { Err(exists(path)) } else { Ok(()) }
}

fn exists(path: &Path) -> Diagnosis {
    let next = "Name a file that does not exist yet: a key is never overwritten.";
    Diagnosis::new(Label::OutputExists, NOT_WRITTEN, format!("{} exists already.", path.display()), next)
}

/// The secret in a file, and whether others than its owner may read it.
///
/// # Errors
/// When it cannot be read, or is no such file.
pub fn read(path: &Path) -> Result<([u8; SECRET_SIZE], bool), Diagnosis> {
    let bytes = input_file::read_for(path, FILE_SIZE_MAX, input_file::NOTHING_LEFT)?;
    let open = path.metadata().is_ok_and(|metadata| metadata.mode() & OTHERS != 0);
    let refused = |why: String, next: &str| {
        let what = format!("{} is not a transport key. Nothing was published or sent.", path.display());
        Diagnosis::new(Label::FileUnreadable, what, why, next)
    };
    let text = match text_file::text(&bytes) {
        Ok(text) => text,
        // The key may be right: its letters are written in another way.
        Err(fault @ TextFault::Utf16) => {
            return Err(refused(
                format!("{}: {fault}.", path.display()),
                "Convert the file, and run the command again.",
            ));
        }
        Err(TextFault::Nul { .. } | TextFault::NotUtf8 { .. }) => "",
    };
    let secret = parse(text).ok_or_else(|| {
        refused(
            format!("A key file has two lines: \"{FIRST_LINE}\", and 32 hexadecimal digits."),
            "Make a key with `key new`, or type in the words of the other side's key with `key from-words`.",
        )
    })?;
    Ok((secret, open))
}

fn parse(text: &str) -> Option<[u8; SECRET_SIZE]> {
    let (first, digits) = text.trim_end().split_once('\n')?;
    let digits = digits.as_bytes();
    if first.trim_end() != FIRST_LINE || digits.len() != 2 * SECRET_SIZE {
        return None;
    }
    let mut secret = [0; SECRET_SIZE];
    for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
        let mut pair = pair.iter().map(|digit| char::from(*digit).to_digit(16));
        *byte = pair.try_fold(0, |byte, digit| u8::try_from(digit?).ok().map(|digit| byte << 4 | digit))?;
    }
    Some(secret)
}

#[cfg(test)]
mod tests {
    use super::{parse, random, read, write_new};
    use crate::diagnosis::Label;

    #[test]
    fn a_secret_comes_back_from_its_file_which_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let secret = random().unwrap();
        assert_ne!(secret, random().unwrap());
        write_new(&path, &secret).unwrap();
        assert_eq!(read(&path).unwrap(), (secret, false));
        assert_eq!(write_new(&path, &[0; 16]).unwrap_err().label, Label::OutputExists);
        assert_eq!(read(&path).unwrap().0, secret);
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert!(read(&path).unwrap().1, "others may read it");
    }

    #[test]
    fn a_key_in_utf16_is_told_as_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let text = "rootcast transport key 1\r\n00";
        let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        std::fs::write(&path, utf16).unwrap();
        let refused = read(&path).unwrap_err();
        assert_eq!(refused.label, Label::FileUnreadable);
        assert!(refused.why.contains("UTF-16") && refused.next.contains("Convert"), "{refused}");
        std::fs::write(&path, b"\xffkey").unwrap();
        assert!(read(&path).unwrap_err().why.contains("two lines"));
    }

    #[test]
    fn anything_else_is_no_key() {
        let digits = "000102030405060708090a0b0c0d0eff";
        assert!(parse(&format!("rootcast transport key 1\r\n{digits}\r\n")).is_some());
        for text in [
            String::new(),
            digits.to_owned(),
            format!("rootcast transport key 2\n{digits}\n"),
            format!("rootcast transport key 1\n{digits}0\n"),
            format!("rootcast transport key 1\n+{}\n", &digits[1..]),
            format!("rootcast transport key 1\n{digits}\n{digits}\n"),
        ] {
            assert_eq!(parse(&text), None, "{text:?}");
        }
    }
}
