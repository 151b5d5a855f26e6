//! Which PKCS#11 mechanism makes a signature of a scheme, and what it is given.
//!
//! The hash is taken on the host: every token signs a digest, not every token hashes, and a to-be-signed CRL may be
//! larger than what a token takes in one call. Where a token signs RSA only with its own hash, that is used.

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};

use super::hash::Hash;
use super::scheme::SignatureScheme as Scheme;

/// A mechanism and its input.
pub(crate) struct Call {
    pub(crate) mechanism: Mechanism<'static>,
    pub(crate) input: Vec<u8>,
}

/// The mechanisms that would do, for an error text.
pub(crate) fn wanted(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::RsaPkcs1Sha256 => "CKM_RSA_PKCS or CKM_SHA256_RSA_PKCS",
        Scheme::RsaPkcs1Sha384 => "CKM_RSA_PKCS or CKM_SHA384_RSA_PKCS",
        Scheme::RsaPkcs1Sha512 => "CKM_RSA_PKCS or CKM_SHA512_RSA_PKCS",
        Scheme::RsaPssSha256 => "CKM_RSA_PKCS_PSS or CKM_SHA256_RSA_PKCS_PSS",
        Scheme::RsaPssSha384 => "CKM_RSA_PKCS_PSS or CKM_SHA384_RSA_PKCS_PSS",
        Scheme::RsaPssSha512 => "CKM_RSA_PKCS_PSS or CKM_SHA512_RSA_PKCS_PSS",
        Scheme::EcdsaP256Sha256 | Scheme::EcdsaP384Sha384 | Scheme::EcdsaP521Sha512 => "CKM_ECDSA",
        Scheme::Ed25519 => "CKM_EDDSA",
    }
}

/// How `message` is signed with a token that offers these mechanisms for signing; `None` when it cannot.
pub(crate) fn call(scheme: Scheme, message: &[u8], offers: impl Fn(MechanismType) -> bool) -> Option<Call> {
    let found = |mechanism, input| Some(Call { mechanism, input });
    let Some(hash) = scheme.hash() else {
        let pure = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        return if offers(MechanismType::EDDSA) { found(pure, message.to_vec()) } else { None };
    };
    match scheme {
        Scheme::RsaPkcs1Sha256 | Scheme::RsaPkcs1Sha384 | Scheme::RsaPkcs1Sha512 => {
            if offers(MechanismType::RSA_PKCS) {
                return found(Mechanism::RsaPkcs, hash.digest_info(message));
            }
            let (mechanism, offered) = match hash {
                Hash::Sha256 => (Mechanism::Sha256RsaPkcs, MechanismType::SHA256_RSA_PKCS),
                Hash::Sha384 => (Mechanism::Sha384RsaPkcs, MechanismType::SHA384_RSA_PKCS),
                Hash::Sha512 => (Mechanism::Sha512RsaPkcs, MechanismType::SHA512_RSA_PKCS),
            };
            if offers(offered) { found(mechanism, message.to_vec()) } else { None }
        }
        Scheme::RsaPssSha256 | Scheme::RsaPssSha384 | Scheme::RsaPssSha512 => {
            let parameters = pss(hash);
            if offers(MechanismType::RSA_PKCS_PSS) {
                return found(Mechanism::RsaPkcsPss(parameters), hash.of(message));
            }
            let (mechanism, offered) = match hash {
                Hash::Sha256 => (Mechanism::Sha256RsaPkcsPss(parameters), MechanismType::SHA256_RSA_PKCS_PSS),
                Hash::Sha384 => (Mechanism::Sha384RsaPkcsPss(parameters), MechanismType::SHA384_RSA_PKCS_PSS),
                Hash::Sha512 => (Mechanism::Sha512RsaPkcsPss(parameters), MechanismType::SHA512_RSA_PKCS_PSS),
            };
            if offers(offered) { found(mechanism, message.to_vec()) } else { None }
        }
        _ => {
            if offers(MechanismType::ECDSA) {
                found(Mechanism::Ecdsa, hash.of(message))
            } else {
                None
            }
        }
    }
}

/// One hash throughout, and a salt of its length (BR 7.1.3.2.1).
fn pss(hash: Hash) -> PkcsPssParams {
    let (hash_alg, mgf, salt) = match hash {
        Hash::Sha256 => (MechanismType::SHA256, PkcsMgfType::MGF1_SHA256, 32),
        Hash::Sha384 => (MechanismType::SHA384, PkcsMgfType::MGF1_SHA384, 48),
        Hash::Sha512 => (MechanismType::SHA512, PkcsMgfType::MGF1_SHA512, 64),
    };
    PkcsPssParams { hash_alg, mgf, s_len: salt.into() }
}

#[cfg(test)]
mod tests {
    use super::{MechanismType, Scheme, call};

    #[test]
    fn a_token_that_only_hashes_itself_is_given_the_whole_message() {
        let message = [7; 1000];
        for scheme in Scheme::ALL {
            let host = call(scheme, &message, |_| true).unwrap();
            assert_eq!(host.input.len() == 1000, scheme == Scheme::Ed25519, "{scheme}");
            assert!(call(scheme, &message, |_| false).is_none(), "{scheme}");
        }
        let offered = [MechanismType::SHA384_RSA_PKCS, MechanismType::SHA512_RSA_PKCS_PSS];
        for (scheme, possible) in [
            (Scheme::RsaPkcs1Sha384, true),
            (Scheme::RsaPssSha512, true),
            (Scheme::RsaPkcs1Sha256, false),
            (Scheme::RsaPssSha384, false),
            (Scheme::EcdsaP384Sha384, false),
        ] {
            let call = call(scheme, &message, |mechanism| offered.contains(&mechanism));
            assert_eq!(call.map(|call| call.input.len()), possible.then_some(1000), "{scheme}");
        }
    }
}
