//! An ephemeral key of the signing key's kind, and the issuer's certificate re-issued under it. With the two, every rule
//! can judge what will be signed before the real key is touched. Neither ever leaves the process.

use crate::ceremony::der_builder;
use crate::ceremony::der_builder::DraftError;
use crate::ceremony::der_reader::{self, children};
use crate::ceremony::draft::extension;
use crate::ceremony::key::rehearsal_key::RehearsalKey;
use crate::ceremony::key::{SignatureScheme as Scheme, SigningKey as _};

/// A private key that lives no longer than its rehearsal.
#[derive(Debug)]
pub(crate) struct EphemeralKey {
    key: RehearsalKey,
    scheme: Scheme,
}

/// What failed, in the one sentence the library gives.
fn failed<E>(_: E) -> DraftError {
    DraftError::OutOfRange { what: "a signature by an ephemeral key (the machine's cryptographic library failed)" }
}

impl EphemeralKey {
    /// A new key that signs with `scheme`.
    ///
    /// # Errors
    /// When the library makes none.
    pub(crate) fn generate(scheme: Scheme) -> Result<Self, DraftError> {
        let key = RehearsalKey::ephemeral(scheme.key_kind()).map_err(failed)?;
        Ok(Self { key, scheme })
    }

    /// Its SubjectPublicKeyInfo, DER.
    #[cfg(test)]
    pub(crate) fn spki(&self) -> &[u8] {
        self.key.spki()
    }

    /// `to_be_signed` as a whole object with this key's signature.
    ///
    /// # Errors
    /// When the library does not sign.
    pub(crate) fn signed(&self, to_be_signed: &[u8]) -> Result<Vec<u8>, DraftError> {
        let signature = self.key.signature(to_be_signed, self.scheme).map_err(failed)?;
        der_builder::assembled(to_be_signed, self.scheme.algorithm_identifier(), &signature)
    }

    /// The issuer's certificate made again with this key: everything else stays, byte for byte, its key identifier too.
    /// Where it states none, `key_id` is put in, because what it signs names it.
    ///
    /// # Errors
    /// When `certificate` is not one.
    pub(crate) fn remade(&self, certificate: &[u8], key_id: &[u8], has_key_id: bool) -> Result<Vec<u8>, DraftError> {
        let none = DraftError::OutOfRange { what: "the issuer's certificate" };
        let parts = children(certificate).ok_or_else(|| none.clone())?;
        let to_be_signed = parts.first().and_then(|first| children(first)).ok_or_else(|| none.clone())?;
        let mut fields: Vec<Vec<u8>> = to_be_signed.into_iter().map(<[u8]>::to_vec).collect();
        // A version stands there explicitly unless it is v1.
        let has_version = fields.first().and_then(|field| field.first()) == Some(&0xa0);
        let first = usize::from(has_version);
        for (place, field) in [(first + 1, self.scheme.algorithm_identifier()), (first + 5, self.key.spki())] {
            *fields.get_mut(place).ok_or_else(|| none.clone())? = field.to_vec();
        }
        if !has_key_id {
            add_key_id(&mut fields, has_version, key_id)?;
        }
        self.signed(&der_builder::sequence(&fields)?)
    }
}

fn add_key_id(fields: &mut Vec<Vec<u8>>, has_version: bool, key_id: &[u8]) -> Result<(), DraftError> {
    let own = der_builder::encoded(&extension::subject_key_identifier(key_id)?)?;
    let known = fields.pop_if(|field| field.first() == Some(&0xa3));
    let listed =
        known.as_deref().and_then(der_reader::contents).and_then(der_reader::contents).unwrap_or_default().to_vec();
    fields.push(der_builder::explicit(3, &der_builder::sequence(&[listed, own])?)?);
    if !has_version {
        fields.insert(0, der_builder::explicit(0, &der_builder::tlv(der::Tag::Integer, &[2])?)?);
    }
    Ok(())
}
