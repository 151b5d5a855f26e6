//! Causes that the form of the bytes shows: a file that is cut short, and a signature that no key can have made.

use crate::name::Name;
use crate::rule::Cause;
use crate::signature_algorithm::SignatureAlgorithm;
use crate::strict_der::{DerError, Fault, Reader, SEQUENCE};

/// The header of a whole file stands before this byte.
const OUTERMOST: usize = 6;

/// What an error means for a file of `length` bytes that is read as one element; absent where it says nothing of its own.
pub(crate) fn cause_of(error: &DerError, length: usize) -> Option<Cause> {
    match error.fault {
        Fault::Truncated { .. } if error.offset < OUTERMOST => Some(Cause::DerCutShort),
        Fault::Trailing { bytes } if error.offset + bytes == length => Some(Cause::DerTrailing),
        _ => None,
    }
}

/// The text of a finding about a signature that does not verify under the key of `signer`, and its cause if its form
/// shows one. `signature` is the contents of the BIT STRING.
pub(crate) fn why_unverified(
    algorithm: SignatureAlgorithm,
    signature: &[u8],
    signer: &Name,
) -> (String, Option<Cause>) {
    let name = algorithm.name();
    let is_ecdsa = matches!(
        algorithm,
        SignatureAlgorithm::EcdsaSha256 | SignatureAlgorithm::EcdsaSha384 | SignatureAlgorithm::EcdsaSha512
    );
    match ecdsa_form(signature) {
        Some(fault) if is_ecdsa => {
            let text =
                format!("the signature ({name}) cannot verify under any key, so not under that of {signer}: {fault}");
            (text, Some(Cause::SignatureNotDer))
        }
        _ => (format!("the signature ({name}) does not verify under the key of {signer}"), None),
    }
}

/// What is wrong with the form of an Ecdsa-Sig-Value (RFC 3279 §2.2.3): a SEQUENCE of two positive INTEGERs.
fn ecdsa_form(signature: &[u8]) -> Option<String> {
    let numbers = || -> Result<[&[u8]; 2], DerError> {
        let mut outer = Reader::new(signature);
        let mut numbers = outer.expect(SEQUENCE)?.reader();
        outer.finish()?;
        let (r, s) = (numbers.integer()?.value, numbers.integer()?.value);
        numbers.finish()?;
        Ok([r, s])
    };
    match numbers() {
        Err(error) => Some(format!("it is not two integers in DER, within the signature {error}")),
        Ok(numbers) => {
            let negative = numbers.iter().any(|number| number.first().is_some_and(|first| first & 0x80 != 0));
            negative.then(|| "one of its two integers is negative, because a leading zero octet is missing".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ecdsa_form;

    #[test]
    fn an_ecdsa_signature_is_two_positive_integers() {
        assert_eq!(ecdsa_form(&[0x30, 6, 2, 1, 1, 2, 1, 0x7f]), None);
        let negative = ecdsa_form(&[0x30, 6, 2, 1, 1, 2, 1, 0x80]).unwrap();
        assert!(negative.contains("negative"), "{negative}");
        for broken in
            [&[][..], &[4, 0], &[0x30, 3, 2, 1, 1], &[0x30, 7, 2, 1, 1, 2, 2, 0, 1], &[0x30, 6, 2, 1, 1, 2, 1, 1, 0]]
        {
            assert!(ecdsa_form(broken).is_some_and(|text| text.contains("not two integers")), "{broken:?}");
        }
    }
}
