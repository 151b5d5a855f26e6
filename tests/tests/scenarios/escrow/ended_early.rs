//! A key generation that ends early leaves no key, and says so.

use super::*;

/// The labels of all keys on the tokens.
fn keys(site: &Site) -> String {
    let mut person = Person::at(&site.program(&["token", "list", "--login", "--module"]).arg(site.tokens.module()));
    for label in ["root-2026", "second"] {
        person.pin(label);
    }
    person.ends(0)
}

#[test]
fn whoever_stops_at_a_question_leaves_no_key_and_no_page() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    // At the first bag number, at the first page, at the second envelope; by a signal and by another word.
    for (at, keys_typed, code) in [
        ("The number of the bag for BOARD envelope 1:", "\u{3}", 130),
        ("Then type printed", "\u{3}", 130),
        ("Then type printed", "stop\n", 2),
        ("The number of the bag for BOARD envelope 2:", "\u{3}", 130),
    ] {
        let mut person = Person::at(&site.keygen());
        person.pin("root-2026");
        if at != "The number of the bag for BOARD envelope 1:" {
            person.waits("The number of the bag for BOARD envelope 1:");
            person.types("1");
        }
        if at.contains("envelope 2") {
            person.waits("Then type printed");
            person.types("printed");
        }
        person.waits(at);
        person.seat.type_keys(keys_typed);
        let screen = person.ends(code);
        assert!(screen.contains("No key was kept") && screen.contains("Destroy every page"), "{screen}");
        assert!(!site.page_file().exists());
        assert!(!keys(&site).contains("root key"));
    }
    site.program(&["journal", "show"]).exits(0).says("ended early, its key must never sign");
    // Afterwards a new set is made.
    let papers = site.papers();
    assert!(!papers.pinned.is_empty());
}

#[test]
fn a_killed_run_is_cleared_up_by_the_next() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let mut person = Person::at(&site.keygen());
    person.pin("root-2026");
    person.waits("The number of the bag for BOARD envelope 1:");
    person.types("1");
    person.waits("Then type printed");
    assert!(site.page_file().exists());
    person.seat.running.kill_9();
    let mut person = Person::at(&site.keygen());
    person.pin("root-2026");
    person.waits("was killed. Destroy its pages");
    person.waits("The number of the bag for BOARD envelope 1:");
    assert!(!site.page_file().exists(), "the page that the killed run left is gone");
    person.seat.type_keys("\u{3}");
    person.ends(130);
    assert!(!keys(&site).contains("root key"));
}

#[test]
fn pages_go_to_memory_or_a_printer_and_a_key_that_cannot_be_wrapped_is_refused() {
    let Some(site) = Site::new("ed25519") else { return };
    let keygen = |pages: &[&str]| {
        site.program(&[&["ceremony", "keygen", "--site", "SITE.toml", "first.toml"], pages].concat())
    };
    keygen(&[]).exits(2).says("--pages does not say where");
    keygen(&["--pages", "/dev/null"]).exits(2).says("no USB printer");
    keygen(&["--pages", "first.toml"]).exits(2).says("neither a folder nor a printer");
    keygen(&["--pages", "/proc"]).exits(2).says("not in memory");
    let mut person = Person::at(&site.keygen());
    person.pin("root-2026");
    let screen = person.ends(2);
    assert!(screen.contains("KEY-ESCROW: the token does not wrap a key of kind Ed25519"), "{screen}");
    site.program(&["journal", "show"]).exits(0).says("ended early, its key must never sign: key-unusable");
}
