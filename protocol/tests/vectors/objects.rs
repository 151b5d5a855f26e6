//! Object ids, symbol sizes and encoding symbols.

use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec::{self, Encoder};
use rootcast_protocol::object::{Object, ObjectError, ObjectId, ObjectLength};

use crate::file::{Vector, pattern, read};

fn content(vector: &Vector) -> Option<Vec<u8>> {
    match vector.find("pattern") {
        Some(_) => Some(pattern(vector.number("pattern"))),
        None => vector.find("bytes").map(|_| vector.bytes("bytes")),
    }
}

fn object(vector: &Vector) -> Result<Object, ObjectError> {
    match content(vector) {
        Some(bytes) => Object::new(&bytes),
        None => ObjectLength::new(vector.number("length")).map(|length| Object { id: ObjectId([0; 16]), length }),
    }
}

#[test]
fn every_object_vector_holds() {
    for vector in read("objects.txt") {
        let name = vector.name();
        match object(&vector) {
            Ok(object) => {
                assert!(vector.accepted(), "{name} was accepted");
                if let Some(id) = vector.find("object-id") {
                    assert_eq!(object.id.to_string(), id, "{name}");
                }
                assert_eq!(object.length.get(), vector.number::<u32>("length"), "{name}");
                assert_eq!(object.symbol_size().get(), vector.number::<u16>("symbol-size"), "{name}");
                assert_eq!(object.source_symbols(), vector.number::<u32>("source-symbols"), "{name}");
            }
            Err(error) => assert_eq!(error.label(), vector.text("expect"), "{name}: {error}"),
        }
    }
}

#[test]
fn every_symbol_vector_holds() {
    for vector in read("symbols.txt") {
        let bytes = content(&vector).unwrap();
        let object = Object::new(&bytes).unwrap();
        let esi = Esi::new(vector.number("esi")).unwrap();
        let encoder = Encoder::new(&object, &bytes).unwrap();
        assert_eq!(encoder.symbols(&bytes, esi, 1).unwrap(), vector.bytes("bytes"), "{}", vector.name());
    }
}

#[test]
fn the_repair_symbols_of_the_vectors_decode() {
    let bytes = pattern(177);
    let object = Object::new(&bytes).unwrap();
    let repair: Vec<(Esi, Vec<u8>)> = read("symbols.txt")
        .iter()
        .filter(|vector| vector.text("pattern") == "177" && vector.number::<u32>("esi") >= 2)
        .map(|vector| (Esi::new(vector.number("esi")).unwrap(), vector.bytes("bytes")))
        .collect();
    assert_eq!(repair.len(), 5);
    let found = fec::decode(&object, repair.iter().map(|(esi, symbol)| (*esi, symbol.as_slice()))).unwrap();
    assert_eq!(found, Some(bytes));
}
