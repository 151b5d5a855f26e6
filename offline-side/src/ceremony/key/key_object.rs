//! Key objects on a token: what they say of themselves, and the public key rebuilt from it. A certificate shows a public
//! key too: many tokens keep a private key and its certificate, and no public key object.

use cryptoki::mechanism::MechanismType;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use rootcast_pki::certificate;
use rootcast_pki::profile::Policy;

use super::error::KeyError;
use super::kind::KeyKind;
use super::module::failed;
use super::public_key::PublicKey;

/// Objects of one kind that are looked at on one token. A root's token holds a handful.
const OBJECTS_MAX: usize = 1_000;

/// Bytes of a certificate on a token that is looked into; a large one has 4 KiB.
const CERTIFICATE_BYTES_MAX: usize = 65_536;

/// What the token says of a private key (PKCS#11 §4.9 and §4.10). `None`: it does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyFlags {
    /// CKA_SENSITIVE: its value cannot be read in plaintext.
    pub sensitive: Option<bool>,
    /// CKA_EXTRACTABLE: it can be wrapped and taken out.
    pub extractable: Option<bool>,
    /// CKA_ALWAYS_SENSITIVE: it was sensitive from the beginning.
    pub always_sensitive: Option<bool>,
    /// CKA_NEVER_EXTRACTABLE: it never could be taken out.
    pub never_extractable: Option<bool>,
    /// CKA_LOCAL: it was made on this token.
    pub local: Option<bool>,
    /// CKA_SIGN: it may sign.
    pub sign: Option<bool>,
    /// CKA_ALWAYS_AUTHENTICATE: each use asks for the PIN again.
    pub always_authenticate: Option<bool>,
}

impl KeyFlags {
    /// The five that a record names, each with what the token says: `sensitive yes`.
    #[must_use]
    pub fn lines(&self) -> [(&'static str, &'static str); 5] {
        [
            ("sensitive", said(self.sensitive)),
            ("extractable", said(self.extractable)),
            ("always sensitive", said(self.always_sensitive)),
            ("never extractable", said(self.never_extractable)),
            ("made on this token", said(self.local)),
        ]
    }

    /// The two that say how the key may be used.
    #[must_use]
    pub(crate) fn use_lines(&self) -> [(&'static str, &'static str); 2] {
        [("may sign", said(self.sign)), ("asks for the PIN before each use", said(self.always_authenticate))]
    }

    /// What a root key's flags should not say, a sentence each. Empty when all is well.
    #[must_use]
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        let mut expect = |flag: Option<bool>, wanted: bool, text| {
            if flag != Some(wanted) {
                warnings.push(text);
            }
        };
        expect(self.sensitive, true, "CKA_SENSITIVE is not set: the key can be read in plaintext");
        expect(self.extractable, false, "CKA_EXTRACTABLE is not off: the key can be taken out of the token");
        expect(self.always_sensitive, true, "CKA_ALWAYS_SENSITIVE is not set: the key may have been read before");
        expect(self.never_extractable, true, "CKA_NEVER_EXTRACTABLE is not set: copies of the key may exist");
        expect(self.local, true, "CKA_LOCAL is not set: the key was not made on this token (restored from a backup?)");
        warnings
    }
}

impl KeyFlags {
    /// The same of a key that is on paper: it was outside its token once, as everybody knows.
    #[must_use]
    pub(crate) fn warnings_on_paper(&self) -> Vec<&'static str> {
        let yes = Some(true);
        Self { always_sensitive: yes, never_extractable: yes, local: yes, ..*self }.warnings()
    }
}

fn said(flag: Option<bool>) -> &'static str {
    match flag {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not told",
    }
}

/// One key object.
#[derive(Debug, Clone)]
pub(crate) struct KeyObject {
    pub(crate) handle: ObjectHandle,
    pub(crate) label: String,
    pub(crate) id: Vec<u8>,
    /// `None`: of a kind not supported, or not told by this object.
    pub(crate) public: Option<PublicKey>,
    /// What CKA_KEY_TYPE and CKA_EC_PARAMS say; also of an object that does not tell its public key.
    pub(crate) kind: Option<KeyKind>,
    /// CKA_ALLOWED_MECHANISMS; `None` where the key may be used with each that the token offers.
    pub(crate) allowed: Option<Vec<MechanismType>>,
    pub(crate) flags: KeyFlags,
}

impl KeyObject {
    /// Whether the key may be used with `mechanism`, as far as it says itself.
    pub(crate) fn allows(&self, mechanism: MechanismType) -> bool {
        self.allowed.as_ref().is_none_or(|allowed| allowed.contains(&mechanism))
    }
}

/// Every object that shows a public key: public key objects and certificates.
pub(crate) fn shown_keys(session: &Session) -> Result<Vec<KeyObject>, KeyError> {
    let mut shown = objects(session, ObjectClass::PUBLIC_KEY, None)?;
    shown.extend(certificates(session)?);
    Ok(shown)
}

/// Every certificate that shows a public key.
pub(crate) fn certificates(session: &Session) -> Result<impl Iterator<Item = KeyObject> + use<>, KeyError> {
    let certificates = objects(session, ObjectClass::CERTIFICATE, None)?;
    Ok(certificates.into_iter().filter(|certificate| certificate.public.is_some()))
}

/// Every object of this class (public keys, private keys, certificates) that this session sees, with this label if one
/// is given.
pub(crate) fn objects(session: &Session, class: ObjectClass, label: Option<&str>) -> Result<Vec<KeyObject>, KeyError> {
    let mut template = vec![Attribute::Class(class), Attribute::Token(true)];
    template.extend(label.map(|label| Attribute::Label(label.as_bytes().to_vec())));
    let mut handles = Vec::new();
    for handle in session.iter_objects(&template).map_err(failed("look for keys"))?.take(OBJECTS_MAX + 1) {
        handles.push(handle.map_err(failed("look for keys"))?);
    }
    if handles.len() > OBJECTS_MAX {
        // What is not looked at may be what is looked for.
        let why = format!("it has more than {OBJECTS_MAX} objects of one kind");
        return Err(KeyError::Token { doing: "show its keys", why });
    }
    Ok(handles.into_iter().map(|handle| read(session, handle)).collect())
}

/// What an object says of itself.
pub(crate) fn read(session: &Session, handle: ObjectHandle) -> KeyObject {
    // Asked one by one: a token that does not know one of them still answers for the others.
    let get = |wanted: AttributeType| session.get_attributes(handle, &[wanted]).ok().and_then(|mut found| found.pop());
    let flag = |wanted| match get(wanted) {
        Some(
            Attribute::Sensitive(value)
            | Attribute::Extractable(value)
            | Attribute::AlwaysSensitive(value)
            | Attribute::NeverExtractable(value)
            | Attribute::Local(value)
            | Attribute::Sign(value)
            | Attribute::AlwaysAuthenticate(value),
        ) => Some(value),
        _ => None,
    };
    let label = match get(AttributeType::Label) {
        Some(Attribute::Label(label)) => String::from_utf8_lossy(&label).into_owned(),
        _ => String::new(),
    };
    let id = match get(AttributeType::Id) {
        Some(Attribute::Id(id)) => id,
        _ => Vec::new(),
    };
    let flags = KeyFlags {
        sensitive: flag(AttributeType::Sensitive),
        extractable: flag(AttributeType::Extractable),
        always_sensitive: flag(AttributeType::AlwaysSensitive),
        never_extractable: flag(AttributeType::NeverExtractable),
        local: flag(AttributeType::Local),
        sign: flag(AttributeType::Sign),
        always_authenticate: flag(AttributeType::AlwaysAuthenticate),
    };
    let kind = match (get(AttributeType::KeyType), get(AttributeType::EcParams)) {
        (Some(Attribute::KeyType(KeyType::RSA)), _) => Some(KeyKind::Rsa),
        (Some(Attribute::KeyType(_)), Some(Attribute::EcParams(curve))) => kind_of_curve(&curve),
        _ => None,
    };
    let allowed = match get(AttributeType::AllowedMechanisms) {
        Some(Attribute::AllowedMechanisms(allowed)) => Some(allowed).filter(|allowed| !allowed.is_empty()),
        _ => None,
    };
    KeyObject { handle, label, id, public: public_key(&get), kind, allowed, flags }
}

/// The public key of what an object tells: CKA_PUBLIC_KEY_INFO, the certificate in CKA_VALUE, or the parts of an RSA or
/// elliptic-curve key. A private RSA key tells modulus and exponent; a private curve key mostly tells nothing.
fn public_key(get: &impl Fn(AttributeType) -> Option<Attribute>) -> Option<PublicKey> {
    if let Some(Attribute::PublicKeyInfo(spki)) = get(AttributeType::PublicKeyInfo)
        && let Some(key) = PublicKey::from_spki(&spki)
    {
        return Some(key);
    }
    if let Some(Attribute::Class(ObjectClass::CERTIFICATE)) = get(AttributeType::Class) {
        let Some(Attribute::Value(der)) = get(AttributeType::Value) else { return None };
        return key_of_certificate(&der);
    }
    let Some(Attribute::KeyType(key_type)) = get(AttributeType::KeyType) else { return None };
    if key_type == KeyType::RSA {
        let (Some(Attribute::Modulus(modulus)), Some(Attribute::PublicExponent(exponent))) =
            (get(AttributeType::Modulus), get(AttributeType::PublicExponent))
        else {
            return None;
        };
        return PublicKey::from_rsa(&modulus, &exponent);
    }
    let (Some(Attribute::EcParams(curve)), Some(Attribute::EcPoint(point))) =
        (get(AttributeType::EcParams), get(AttributeType::EcPoint))
    else {
        return None;
    };
    let kind = kind_of_curve(&curve)?;
    PublicKey::from_point(kind, point_of(kind, &point)?)
}

fn key_of_certificate(der: &[u8]) -> Option<PublicKey> {
    if der.len() > CERTIFICATE_BYTES_MAX {
        return None;
    }
    // Which certificate that is does not matter: its public key counts only if it is the pinned one.
    PublicKey::from_spki(certificate::inspect(der, &Policy::default()).value?.spki())
}

/// CKA_EC_PARAMS of a curve: its object identifier, DER.
pub(crate) fn curve(kind: KeyKind) -> Option<&'static [u8]> {
    match kind {
        KeyKind::EcdsaP256 => Some(&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
        KeyKind::EcdsaP384 => Some(&[6, 5, 0x2b, 0x81, 4, 0, 0x22]),
        KeyKind::EcdsaP521 => Some(&[6, 5, 0x2b, 0x81, 4, 0, 0x23]),
        KeyKind::Ed25519 => Some(&[6, 3, 0x2b, 0x65, 0x70]),
        KeyKind::Rsa => None,
    }
}

fn kind_of_curve(parameters: &[u8]) -> Option<KeyKind> {
    // PKCS#11 3.0 names Edwards curves by a PrintableString; most tokens use the object identifier of RFC 8410.
    if parameters == b"\x13\x0cedwards25519" {
        return Some(KeyKind::Ed25519);
    }
    KeyKind::ALL.into_iter().find(|kind| curve(*kind) == Some(parameters))
}

/// CKA_EC_POINT is an OCTET STRING with the point in it; some tokens leave the OCTET STRING away, and PKCS#11 3.0 asked
/// for a BIT STRING for Edwards curves. The lengths tell these apart.
fn point_of(kind: KeyKind, told: &[u8]) -> Option<&[u8]> {
    let bytes = kind.coordinate_bytes().map_or(32, |coordinate| 2 * coordinate + 1);
    if told.len() == bytes {
        return Some(told);
    }
    // The point is what stands last. A token need not write the length in its shortest form, as DER asks.
    let (head, point) = told.split_at_checked(told.len().checked_sub(bytes)?)?;
    let is_head = match head {
        [0x04, length @ ..] => length_of(length) == Some(bytes),
        [0x03, length @ .., 0] => length_of(length) == Some(bytes + 1),
        _ => false,
    };
    is_head.then_some(point)
}

/// The length that these octets write (X.690 §8.1.3), in any form.
fn length_of(octets: &[u8]) -> Option<usize> {
    match octets {
        [length @ 0..=127] | [0x81, length] => Some(usize::from(*length)),
        [0x82, high, low] => Some(usize::from(u16::from_be_bytes([*high, *low]))),
        _ => None,
    }
}

/// The public key of a private key: what it tells itself, or else the one public key that objects with its CKA_ID show,
/// or else the one that objects with its label show. Which public key really belongs to it is proved by the first
/// signature, which is verified under it.
pub(crate) fn public_of(private: &KeyObject, shown: &[KeyObject]) -> Option<PublicKey> {
    if private.public.is_some() {
        return private.public.clone();
    }
    let same_id: Vec<&KeyObject> =
        shown.iter().filter(|public| !private.id.is_empty() && public.id == private.id).collect();
    if !same_id.is_empty() {
        return only_key(&same_id);
    }
    let same_label: Vec<&KeyObject> = shown.iter().filter(|public| public.label == private.label).collect();
    only_key(&same_label)
}

/// The public key of these objects, if all show the same one.
fn only_key(shown: &[&KeyObject]) -> Option<PublicKey> {
    let (first, others) = shown.split_first()?;
    if others.iter().all(|other| other.public == first.public) { first.public.clone() } else { None }
}

#[cfg(test)]
mod tests {
    use super::{KeyFlags, KeyKind, kind_of_curve, point_of};

    #[test]
    fn a_point_is_found_bare_and_in_either_string() {
        let bare = [9_u8; 32];
        let octets = [&[4, 32][..], &bare].concat();
        let bits = [&[3, 33, 0][..], &bare].concat();
        for told in [&bare[..], &octets, &bits] {
            assert_eq!(point_of(KeyKind::Ed25519, told), Some(&bare[..]));
        }
        assert_eq!(point_of(KeyKind::Ed25519, &bits[..34]), None);
        // Lengths that are not in their shortest form, and wrong ones.
        let told = |head: &[u8]| point_of(KeyKind::Ed25519, &[head, &bare[..]].concat()).is_some();
        assert!(told(&[4, 0x81, 32]) && told(&[4, 0x82, 0, 32]) && told(&[3, 0x81, 33, 0]));
        assert!(!told(&[4, 31]) && !told(&[4, 0x81, 33]) && !told(&[3, 33]) && !told(&[5, 32]) && !told(&[4]));
        let p256 = [&[4, 65, 4][..], &[7; 64]].concat();
        assert_eq!(point_of(KeyKind::EcdsaP256, &p256).map(<[u8]>::len), Some(65));
        assert_eq!(point_of(KeyKind::EcdsaP384, &p256), None);
    }

    #[test]
    fn a_curve_is_known_by_identifier_or_by_name() {
        assert_eq!(kind_of_curve(b"\x13\x0cedwards25519"), Some(KeyKind::Ed25519));
        assert_eq!(kind_of_curve(&[6, 5, 0x2b, 0x81, 4, 0, 0x22]), Some(KeyKind::EcdsaP384));
        // secp256k1
        assert_eq!(kind_of_curve(&[6, 5, 0x2b, 0x81, 4, 0, 10]), None);
    }

    #[test]
    fn only_a_key_that_never_left_its_token_has_no_warnings() {
        let good = KeyFlags {
            sensitive: Some(true),
            extractable: Some(false),
            always_sensitive: Some(true),
            never_extractable: Some(true),
            local: Some(true),
            sign: Some(true),
            always_authenticate: Some(false),
        };
        assert!(good.warnings().is_empty());
        assert_eq!(KeyFlags { extractable: Some(true), ..good }.warnings().len(), 1);
        assert_eq!(KeyFlags::default().warnings().len(), 5);
        let restored =
            KeyFlags { always_sensitive: Some(false), never_extractable: Some(false), local: Some(false), ..good };
        assert_eq!((restored.warnings().len(), restored.warnings_on_paper().len()), (3, 0));
        assert_eq!(KeyFlags { extractable: Some(true), ..restored }.warnings_on_paper().len(), 1);
    }
}
