//! Bundles, accepted and refused.

use rootcast_protocol::bundle::{Bundle, BundleError, ENCODING_PLAIN};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::source_symbols;
use rootcast_protocol::frame::{Frame, frame_size, symbols_per_frame};
use rootcast_protocol::manifest::{FORMAT_VERSION, ItemKind, Manifest, ManifestItem, valid_digest_of};
use rootcast_protocol::object::{Object, ObjectId};

use crate::file::{Vector, read};

fn expected(vector: &Vector) -> Manifest {
    let none = |key: &str| vector.text(key) == "none";
    let digest = |key: &str| vector.text(key).parse::<Digest>().unwrap();
    let item = |line: &str| {
        let mut parts = line.splitn(4, ' ');
        ManifestItem {
            kind: match parts.next().unwrap() {
                "certificate" => ItemKind::Certificate,
                "crl" => ItemKind::Crl,
                other => match other.strip_prefix("kind-") {
                    Some(number) => ItemKind::Other(number.parse().unwrap()),
                    None => panic!("{other}"),
                },
            },
            length: parts.next().unwrap().parse().unwrap(),
            sha256: parts.next().unwrap().parse().unwrap(),
            name: parts.next().unwrap().to_owned(),
        }
    };
    Manifest {
        format_version: FORMAT_VERSION,
        source: digest("source"),
        number: vector.number("number"),
        previous: (!none("previous")).then(|| digest("previous")),
        created: vector.number("created"),
        next_contact_by: (!none("next-contact-by")).then(|| vector.number("next-contact-by")),
        items: vector.list("item").into_iter().map(item).collect(),
        valid_digest: digest("valid-digest"),
        valid_count: vector.number("valid-count"),
        journal_count: vector.number("journal-count"),
        journal_head: digest("journal-head"),
    }
}

#[test]
fn every_bundle_vector_holds() {
    for vector in read("bundles.txt") {
        let name = vector.name();
        let object = vector.bytes("bytes");
        let bundle = match Bundle::parse(&object) {
            Ok(bundle) => bundle,
            Err(error) => {
                assert_eq!(error.label(), vector.text("expect"), "{name}: {error}");
                continue;
            }
        };
        assert!(vector.accepted(), "{name} was accepted");
        assert_eq!(ObjectId::of(&object).to_string(), vector.text("object-id"), "{name}");
        assert_eq!(bundle.manifest, expected(&vector), "{name}");
        assert_eq!(bundle.manifest_digest().to_string(), vector.text("manifest-sha256"), "{name}");
        let signature = (vector.text("signature") != "none").then(|| vector.bytes("signature"));
        assert_eq!(bundle.signature.map(|bytes| bytes.to_vec()), signature, "{name}");
        let encoded = bundle.encode().unwrap();
        assert_eq!(Bundle::parse(&encoded), Ok(bundle), "{name}");
        match vector.find("plain") {
            // Compressors differ in their bytes; what is compressed may not.
            Some(_) => {
                let plain = [vec![ENCODING_PLAIN], vector.bytes("plain")].concat();
                assert_eq!(Bundle::parse(&plain), Bundle::parse(&object), "{name}");
                assert!(encoded.len() < plain.len(), "{name}");
            }
            None if encoded.first() == Some(&ENCODING_PLAIN) => assert_eq!(encoded, object, "{name}"),
            None => assert!(encoded.len() < object.len(), "{name}"),
        }
    }
}

#[test]
fn every_bundle_label_has_a_vector() {
    let labels: std::collections::BTreeSet<&str> = read("bundles.txt")
        .iter()
        .filter_map(|vector| Bundle::parse(&vector.bytes("bytes")).err().map(|error| error.label()))
        .collect();
    // All but bundle-too-long, which would take a vector of 128 KiB; a unit test covers it.
    assert_eq!(labels.len(), 9 - 1 + 6, "{labels:?}");
}

#[test]
fn a_bundle_cut_anywhere_is_refused() {
    let object = read("bundles.txt")[1].bytes("bytes");
    assert!(Bundle::parse(&object).is_ok());
    for end in 0..object.len() {
        assert!(Bundle::parse(&object[..end]).is_err(), "cut after {end} bytes");
    }
}

/// A bundle of one item of bytes that no compression shortens.
fn one_item(name: &str, item: Vec<u8>, signature: Option<[u8; 64]>) -> Bundle {
    let sha256 = Digest::of(&item);
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        source: Digest::of(b"source"),
        number: 12,
        previous: Some(Digest::of(b"previous")),
        created: 1_795_305_600,
        next_contact_by: Some(1_826_841_600),
        items: vec![ManifestItem {
            kind: ItemKind::Crl,
            name: name.to_owned(),
            length: u32::try_from(item.len()).unwrap(),
            sha256,
        }],
        valid_digest: valid_digest_of(&[sha256]),
        valid_count: 1,
        journal_count: 57,
        journal_head: Digest::of(b"journal"),
    };
    Bundle { manifest, signature, items: vec![item] }
}

fn incompressible(length: usize) -> Vec<u8> {
    (0u32..).flat_map(|i| Digest::of(&i.to_be_bytes()).0).take(length).collect()
}

#[test]
fn a_crl_of_700_bytes_is_one_frame_of_at_most_1200() {
    let bundle = one_item("Example Root CA R1 - 2026-11.crl", incompressible(700), Some([0xa5; 64]));
    let encoded = bundle.encode().unwrap();
    let object = Object::new(&encoded).unwrap();
    let count = symbols_per_frame(&object, 1200).unwrap();
    assert_eq!(u32::from(count), object.source_symbols(), "all source symbols in one frame");
    let symbols = source_symbols(&object, &encoded, Esi::ZERO, u32::from(count)).unwrap();
    let frame = Frame::new(object, Esi::ZERO, &symbols).unwrap().encode();
    println!("object {} bytes, frame {} bytes, with a MAC {}", encoded.len(), frame.len(), frame.len() + 16);
    assert!(frame.len() <= frame_size(&object, count));
    // Version 24 at level L holds 1,171 bytes.
    assert!(frame_size(&object, count) + 16 <= 1171, "{}", frame_size(&object, count));
}

#[test]
fn the_largest_item_fits_an_object_and_one_more_byte_is_refused() {
    let mut bundle = one_item("large.crl", vec![0x30; 64 << 20], None);
    let encoded = bundle.encode().unwrap();
    assert_eq!(Bundle::parse(&encoded).unwrap(), bundle);
    bundle.items[0].push(0);
    bundle.manifest.items[0].length += 1;
    bundle.manifest.items[0].sha256 = Digest::of(&bundle.items[0]);
    assert_eq!(bundle.encode().map_err(|error| error.label()), Err("manifest-item-length"));
}

#[test]
fn what_parse_would_refuse_is_not_encoded() {
    let sound = one_item("root.crl", b"crl".to_vec(), None);
    assert!(sound.encode().is_ok());
    let label = |change: &dyn Fn(&mut Bundle)| {
        let mut bundle = sound.clone();
        change(&mut bundle);
        bundle.encode().map_err(|error: BundleError| error.label())
    };
    assert_eq!(label(&|bundle| bundle.manifest.items[0].name = "a/b".to_owned()), Err("manifest-item-name"));
    assert_eq!(label(&|bundle| bundle.manifest.format_version = 2), Err("manifest-version"));
    assert_eq!(label(&|bundle| bundle.items[0][0] ^= 1), Err("bundle-item-digest"));
    assert_eq!(label(&|bundle| bundle.items[0].push(0)), Err("bundle-item-length"));
    assert_eq!(label(&|bundle| bundle.items.clear()), Err("bundle-item-count"));
    let many = |bundle: &mut Bundle| {
        bundle.manifest.items = vec![bundle.manifest.items[0].clone(); 65];
        bundle.items = vec![bundle.items[0].clone(); 65];
    };
    assert_eq!(label(&many), Err("manifest-item-count"));
}

#[test]
fn the_valid_digest_does_not_depend_on_order_or_doubles() {
    let [a, b] = [Digest::of(b"a"), Digest::of(b"b")];
    assert_eq!(valid_digest_of(&[a, b, a]), valid_digest_of(&[b, a]));
    assert_eq!(valid_digest_of(&[]), Digest::of(b""));
    let (low, high) = (a.min(b), a.max(b));
    assert_eq!(valid_digest_of(&[a, b]), Digest::of_parts(&[low.as_bytes(), high.as_bytes()]));
}
