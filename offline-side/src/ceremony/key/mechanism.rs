//! The ways in which a token can make a signature of a scheme: which PKCS#11 mechanism, and what it is given.
//!
//! Every scheme that hashes has two: the hash is made here, or on the token. Both give the same signature. The one with
//! the hash made here comes first: a to-be-signed CRL may be larger than what a token takes in one call. Only the other
//! one takes its input in several parts (PKCS#11 §6, the tables of each mechanism), which a key with
//! CKA_ALWAYS_AUTHENTICATE needs: the PIN is asked for between two calls.

use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::rsa::{PkcsMgfType, PkcsPssParams};
use cryptoki::mechanism::{Mechanism, MechanismType};

use super::hash::Hash;
use super::scheme::SignatureScheme as Scheme;

/// Where the hash of a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hashed {
    /// In this program: the token is given a digest.
    Here,
    /// By the token, which is given the message; also where the scheme signs the message itself (Ed25519).
    OnToken,
}

/// One way to sign with a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Way {
    scheme: Scheme,
    hashed: Hashed,
}

/// The ways to sign with `scheme` on a token that offers these mechanisms for signing, the best first. With `in_parts`
/// only those whose input can be given in several parts.
pub(crate) fn ways(scheme: Scheme, in_parts: bool, offers: impl Fn(MechanismType) -> bool) -> Vec<Way> {
    all(scheme, in_parts).into_iter().filter(|way| offers(way.mechanism_type())).collect()
}

/// The mechanisms that would do, for an error text: `CKM_ECDSA or CKM_ECDSA_SHA384`.
pub(crate) fn wanted(scheme: Scheme, in_parts: bool) -> String {
    let names: Vec<&str> = all(scheme, in_parts).into_iter().map(Way::name).collect();
    names.join(" or ")
}

fn all(scheme: Scheme, in_parts: bool) -> Vec<Way> {
    let ways = [Hashed::Here, Hashed::OnToken].map(|hashed| Way { scheme, hashed });
    let fits = |way: &Way| match way.hashed {
        Hashed::Here => scheme.hash().is_some() && !in_parts,
        Hashed::OnToken => scheme.hash().is_some() || !in_parts,
    };
    ways.into_iter().filter(fits).collect()
}

impl Way {
    /// The scheme that it signs with.
    #[must_use]
    pub(crate) fn scheme(self) -> Scheme {
        self.scheme
    }

    /// Its mechanism, as the standard names it: `CKM_ECDSA`.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        self.parts().2
    }

    /// Its mechanism, as a token lists it.
    #[must_use]
    pub(crate) fn mechanism_type(self) -> MechanismType {
        self.parts().1
    }

    /// Its mechanism, with its parameters.
    #[must_use]
    pub(crate) fn mechanism(self) -> Mechanism<'static> {
        self.parts().0
    }

    /// What the token is given for `message`.
    #[must_use]
    pub(crate) fn input(self, message: &[u8]) -> Vec<u8> {
        match (self.hashed, self.scheme.hash()) {
            (Hashed::OnToken, _) | (_, None) => message.to_vec(),
            (Hashed::Here, Some(hash)) => match self.scheme {
                Scheme::RsaPkcs1Sha256 | Scheme::RsaPkcs1Sha384 | Scheme::RsaPkcs1Sha512 => hash.digest_info(message),
                _ => hash.digest(message),
            },
        }
    }

    fn parts(self) -> (Mechanism<'static>, MechanismType, &'static str) {
        use MechanismType as Type;
        match (self.hashed, self.scheme) {
            (_, Scheme::Ed25519) => {
                let pure = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
                (pure, Type::EDDSA, "CKM_EDDSA")
            }
            (Hashed::Here, Scheme::RsaPkcs1Sha256 | Scheme::RsaPkcs1Sha384 | Scheme::RsaPkcs1Sha512) => {
                (Mechanism::RsaPkcs, Type::RSA_PKCS, "CKM_RSA_PKCS")
            }
            (Hashed::Here, Scheme::EcdsaP256Sha256 | Scheme::EcdsaP384Sha384 | Scheme::EcdsaP521Sha512) => {
                (Mechanism::Ecdsa, Type::ECDSA, "CKM_ECDSA")
            }
            (Hashed::Here, Scheme::RsaPssSha256) => pss_of_digest(Hash::Sha256),
            (Hashed::Here, Scheme::RsaPssSha384) => pss_of_digest(Hash::Sha384),
            (Hashed::Here, Scheme::RsaPssSha512) => pss_of_digest(Hash::Sha512),
            (Hashed::OnToken, Scheme::RsaPkcs1Sha256) => {
                (Mechanism::Sha256RsaPkcs, Type::SHA256_RSA_PKCS, "CKM_SHA256_RSA_PKCS")
            }
            (Hashed::OnToken, Scheme::RsaPkcs1Sha384) => {
                (Mechanism::Sha384RsaPkcs, Type::SHA384_RSA_PKCS, "CKM_SHA384_RSA_PKCS")
            }
            (Hashed::OnToken, Scheme::RsaPkcs1Sha512) => {
                (Mechanism::Sha512RsaPkcs, Type::SHA512_RSA_PKCS, "CKM_SHA512_RSA_PKCS")
            }
            (Hashed::OnToken, Scheme::RsaPssSha256) => {
                let mechanism = Mechanism::Sha256RsaPkcsPss(pss(Hash::Sha256));
                (mechanism, Type::SHA256_RSA_PKCS_PSS, "CKM_SHA256_RSA_PKCS_PSS")
            }
            (Hashed::OnToken, Scheme::RsaPssSha384) => {
                let mechanism = Mechanism::Sha384RsaPkcsPss(pss(Hash::Sha384));
                (mechanism, Type::SHA384_RSA_PKCS_PSS, "CKM_SHA384_RSA_PKCS_PSS")
            }
            (Hashed::OnToken, Scheme::RsaPssSha512) => {
                let mechanism = Mechanism::Sha512RsaPkcsPss(pss(Hash::Sha512));
                (mechanism, Type::SHA512_RSA_PKCS_PSS, "CKM_SHA512_RSA_PKCS_PSS")
            }
            (Hashed::OnToken, Scheme::EcdsaP256Sha256) => {
                (Mechanism::EcdsaSha256, Type::ECDSA_SHA256, "CKM_ECDSA_SHA256")
            }
            (Hashed::OnToken, Scheme::EcdsaP384Sha384) => {
                (Mechanism::EcdsaSha384, Type::ECDSA_SHA384, "CKM_ECDSA_SHA384")
            }
            (Hashed::OnToken, Scheme::EcdsaP521Sha512) => {
                (Mechanism::EcdsaSha512, Type::ECDSA_SHA512, "CKM_ECDSA_SHA512")
            }
        }
    }
}

fn pss_of_digest(hash: Hash) -> (Mechanism<'static>, MechanismType, &'static str) {
    (Mechanism::RsaPkcsPss(pss(hash)), MechanismType::RSA_PKCS_PSS, "CKM_RSA_PKCS_PSS")
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
    use super::{MechanismType, Scheme, wanted, ways};

    #[test]
    fn the_hash_is_made_here_or_on_the_token_whichever_it_offers() {
        let message = [7; 1000];
        for scheme in Scheme::ALL {
            let all = ways(scheme, false, |_| true);
            let lengths: Vec<usize> = all.iter().map(|way| way.input(&message).len()).collect();
            assert_eq!(lengths.len(), if scheme == Scheme::Ed25519 { 1 } else { 2 }, "{scheme}");
            assert!(lengths.iter().rev().skip(1).all(|length| *length < 100), "{scheme}: {lengths:?}");
            assert_eq!(lengths.last(), Some(&1000), "{scheme}");
            assert!(ways(scheme, false, |_| false).is_empty(), "{scheme}");
            for way in all {
                // The one that the token is asked for is the one that is used and named.
                assert_eq!(way.mechanism().mechanism_type(), way.mechanism_type(), "{scheme}");
                assert_eq!(way.mechanism_type().to_string(), way.name(), "{scheme}");
                assert_eq!(ways(scheme, false, |mechanism| mechanism == way.mechanism_type()), [way]);
                assert!(wanted(scheme, false).contains(way.name()));
            }
        }
        let offered = [MechanismType::SHA384_RSA_PKCS, MechanismType::SHA512_RSA_PKCS_PSS, MechanismType::ECDSA_SHA384];
        for (scheme, possible) in [
            (Scheme::RsaPkcs1Sha384, true),
            (Scheme::RsaPssSha512, true),
            (Scheme::EcdsaP384Sha384, true),
            (Scheme::RsaPkcs1Sha256, false),
            (Scheme::RsaPssSha384, false),
            (Scheme::EcdsaP256Sha256, false),
        ] {
            let found = ways(scheme, false, |mechanism| offered.contains(&mechanism));
            assert_eq!(found.len(), usize::from(possible), "{scheme}");
        }
    }

    #[test]
    fn only_a_hash_on_the_token_takes_its_input_in_parts() {
        for scheme in Scheme::ALL {
            let found = ways(scheme, true, |_| true);
            assert_eq!(found.len(), usize::from(scheme != Scheme::Ed25519), "{scheme}");
            assert!(found.iter().all(|way| way.input(&[7; 1000]).len() == 1000), "{scheme}");
        }
        assert_eq!(wanted(Scheme::EcdsaP384Sha384, true), "CKM_ECDSA_SHA384");
        assert_eq!(wanted(Scheme::EcdsaP384Sha384, false), "CKM_ECDSA or CKM_ECDSA_SHA384");
    }
}
