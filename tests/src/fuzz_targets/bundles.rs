//! The bundle: what is read has one spelling, and its digests are those of its items.

use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib;
use rootcast_protocol::bundle::{Bundle, ENCODING_PLAIN, ENCODING_ZLIB};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::{BUNDLE_SIZE_MAX, ITEMS_MAX, MANIFEST_SIZE_MAX};
use rootcast_protocol::manifest::{ItemKind, check_name};

use super::input::Input;
use super::{Reached, assert_printable, materials};

/// First byte: 0 the object as it is; 1 a bundle to be compressed; 2 one that stays plain.
pub(super) fn run(input: &[u8]) -> Reached {
    let mut input = Input::new(input);
    let object = match input.byte() % 3 {
        0 => input.rest().to_vec(),
        1 => [vec![ENCODING_ZLIB], compress_to_vec_zlib(input.rest(), 6)].concat(),
        _ => [&[ENCODING_PLAIN], input.rest()].concat(),
    };
    let bundle = match Bundle::parse(&object) {
        Ok(bundle) => bundle,
        Err(error) => {
            assert_printable(&error.to_string());
            return Reached::Refused;
        }
    };
    let manifest = &bundle.manifest;
    assert_eq!(manifest.items.len(), bundle.items.len());
    assert!(manifest.items.len() <= ITEMS_MAX && manifest.encode().len() <= MANIFEST_SIZE_MAX);
    for (named, item) in manifest.items.iter().zip(&bundle.items) {
        assert_eq!((named.length as usize, named.sha256), (item.len(), Digest::of(item)));
        assert_eq!(check_name(&named.name), Ok(()));
        assert_printable(&named.name);
    }
    let again = bundle.encode().expect("what was read can be written");
    assert_eq!(Bundle::parse(&again).as_ref(), Ok(&bundle));
    assert_eq!(plain(&again), plain(&object), "two spellings of one bundle");
    // Nothing less and nothing more is the same bundle.
    let longer = [&object[..], &[0]].concat();
    for other in [&object[..object.len() - 1], &longer] {
        assert!(Bundle::parse(other).is_err());
    }
    Reached::Taken
}

fn plain(object: &[u8]) -> Vec<u8> {
    let bytes = match object[0] {
        ENCODING_PLAIN => object[1..].to_vec(),
        _ => decompress_to_vec_zlib(&object[1..]).expect("zlib"),
    };
    assert!(bytes.len() <= BUNDLE_SIZE_MAX);
    bytes
}

/// Bundles of real items: one, several, none; with and without a signature, plain and compressed.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let root = materials::root();
    let (crl, certificate) = (root.crl(6).sign(), materials::intermediate().sign());
    let noise = materials::bytes(200);
    let crl_item = (ItemKind::Crl, "root.crl", &crl[..]);
    let certificate_item = (ItemKind::Certificate, "Zürich.crt", &certificate[..]);
    let objects = [
        materials::object_of(&[crl_item], None),
        materials::object_of(&[certificate_item, crl_item], Some([5; 64])),
        materials::object_of(&[], None),
        materials::object_of(&[(ItemKind::Crl, "noise", &noise)], None),
        materials::object_of(&vec![(ItemKind::Crl, "same", &noise[..1]); ITEMS_MAX], None),
    ];
    objects
        .iter()
        .flat_map(|object| {
            let plain = plain(object);
            [[&[0], &object[..]].concat(), [&[1], &plain[..]].concat(), [&[2], &plain[..]].concat()]
        })
        .collect()
}
