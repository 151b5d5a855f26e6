//! Digests as words.

use rootcast_protocol::words;

use crate::file::read;

#[test]
fn every_word_vector_holds() {
    for vector in read("words.txt") {
        let name = vector.name();
        if vector.accepted() {
            let bytes = vector.bytes("bytes");
            let text = vector.find("read").unwrap_or_else(|| vector.text("words"));
            assert_eq!(words::read(text), Ok(bytes.clone()), "{name}");
            if let Some(spelled) = vector.find("words") {
                assert_eq!(words::spell(&bytes, bytes.len()), spelled, "{name}");
            }
        } else {
            let error = words::read(vector.text("words")).unwrap_err();
            assert_eq!(error.label(), vector.text("expect"), "{name}");
            assert_eq!(error.position(), vector.number::<usize>("position"), "{name}");
        }
    }
}

#[test]
fn fewer_words_spell_the_beginning() {
    let bytes = crate::file::pattern(32);
    let long = words::spell(&bytes, words::LONG);
    assert_eq!(long.split(' ').count(), 16);
    assert!(long.starts_with(&words::spell(&bytes, words::SHORT)));
    assert_eq!(words::spell(&bytes[..3], words::SHORT).split(' ').count(), 3);
}
