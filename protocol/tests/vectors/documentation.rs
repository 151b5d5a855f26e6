//! `docs/wire-format.md`: its examples are vectors, and it names every label.

use std::path::Path;

use crate::file::{parse, read};

const FILES: [&str; 10] = [
    "objects.txt",
    "symbols.txt",
    "frames.txt",
    "keyed-frames.txt",
    "keys.txt",
    "bundles.txt",
    "cobs.txt",
    "datagrams.txt",
    "recordings.txt",
    "words.txt",
];

fn document() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/wire-format.md");
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn every_example_of_the_document_is_a_vector() {
    let all: Vec<_> = FILES.iter().flat_map(|file| read(file)).collect();
    let mut examples = 0;
    for block in document().split("```vector\n").skip(1) {
        let block = block.split("\n```").next().unwrap();
        for example in parse(block) {
            assert!(all.contains(&example), "{} is not a vector as it stands in the document", example.name());
            examples += 1;
        }
    }
    assert!(examples >= 12, "only {examples} examples were found");
}

#[test]
fn the_document_names_every_vector_file_and_every_label() {
    let document = document();
    for file in FILES {
        assert!(document.contains(&format!("`{file}`")), "{file} is not in the document");
        for vector in read(file) {
            let label = vector.find("expect").unwrap_or("accepted");
            assert!(document.contains(&format!("`{label}`")), "{label} is not in the document");
        }
    }
}

#[test]
fn no_two_vectors_have_one_name() {
    let mut names = std::collections::BTreeSet::new();
    for file in FILES {
        for vector in read(file) {
            assert!(names.insert(vector.name().to_owned()), "{} stands twice", vector.name());
        }
    }
}
