//! Key objects on a token: what they say of themselves, and the public key rebuilt from it.

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::error::KeyError;
use super::kind::KeyKind;
use super::module::failed;
use super::public_key::{PublicKey, take};

/// Objects of one kind that are looked at on one token. A root's token holds a handful.
const OBJECTS_MAX: usize = 1_000;

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
        let said = |flag| match flag {
            Some(true) => "yes",
            Some(false) => "no",
            None => "not told",
        };
        [
            ("sensitive", said(self.sensitive)),
            ("extractable", said(self.extractable)),
            ("always sensitive", said(self.always_sensitive)),
            ("never extractable", said(self.never_extractable)),
            ("made on this token", said(self.local)),
        ]
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

/// One key object.
#[derive(Debug, Clone)]
pub(crate) struct KeyObject {
    pub(crate) handle: ObjectHandle,
    pub(crate) label: String,
    pub(crate) id: Vec<u8>,
    /// `None`: of a kind not supported, or not told by this object.
    pub(crate) public: Option<PublicKey>,
    pub(crate) flags: KeyFlags,
}

/// Every public (or private) key object that this session sees, with this label if one is given.
pub(crate) fn objects(session: &Session, class: ObjectClass, label: Option<&str>) -> Result<Vec<KeyObject>, KeyError> {
    let mut template = vec![Attribute::Class(class), Attribute::Token(true)];
    template.extend(label.map(|label| Attribute::Label(label.as_bytes().to_vec())));
    let mut handles = Vec::new();
    for handle in session.iter_objects(&template).map_err(failed("look for keys"))?.take(OBJECTS_MAX) {
        handles.push(handle.map_err(failed("look for keys"))?);
    }
    Ok(handles.into_iter().map(|handle| read(session, handle)).collect())
}

fn read(session: &Session, handle: ObjectHandle) -> KeyObject {
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
    KeyObject { handle, label, id, public: public_key(&get), flags }
}

/// The public key of what an object tells: CKA_PUBLIC_KEY_INFO, or the parts of an RSA or elliptic-curve key. A private
/// RSA key tells modulus and exponent; a private curve key mostly tells nothing.
fn public_key(get: &impl Fn(AttributeType) -> Option<Attribute>) -> Option<PublicKey> {
    if let Some(Attribute::PublicKeyInfo(spki)) = get(AttributeType::PublicKeyInfo)
        && let Some(key) = PublicKey::from_spki(&spki)
    {
        return Some(key);
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
    let mut rest = told;
    let point = match told.first() {
        Some(4) => take(&mut rest, 0x04)?,
        Some(3) => take(&mut rest, 0x03)?.strip_prefix(&[0])?,
        _ => return None,
    };
    (rest.is_empty() && point.len() == bytes).then_some(point)
}

/// The public key of a private key: what it tells itself, or else the one public object of its CKA_ID. Which public key
/// really belongs to it is proved by the first signature, which is verified under it.
pub(crate) fn public_of(private: &KeyObject, publics: &[KeyObject]) -> Option<PublicKey> {
    if private.public.is_some() {
        return private.public.clone();
    }
    let mut same_id = publics.iter().filter(|public| !private.id.is_empty() && public.id == private.id);
    match (same_id.next(), same_id.next()) {
        (Some(one), None) => return one.public.clone(),
        (Some(_), Some(_)) => return None,
        (None, _) => {}
    }
    let mut same_label = publics.iter().filter(|public| public.label == private.label);
    match (same_label.next(), same_label.next()) {
        (Some(one), None) => one.public.clone(),
        _ => None,
    }
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
    }
}
