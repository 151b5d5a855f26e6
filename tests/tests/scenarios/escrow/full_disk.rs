//! The disk is full when the last entry of a run is due, and the key is in its token already.

use super::attempts::{sign, signs};
use super::ended_early::walk;
use super::*;

/// C_FindObjectsInit: the last call of a run looks for what was not to stay.
const LOOKS: &str = "26";

/// What holds a run at its last call to the token, counted in a run before it, until the file is gone.
fn held_at_the_last_look(counted: &Site, file: &Path) -> String {
    let suffix = format!(": {LOOKS}");
    let calls = SoftTokens::calls(counted.tokens.folder());
    let count = calls.iter().filter(|line| line.starts_with("call ") && line.ends_with(&suffix)).count();
    assert!(count > 1, "{calls:?}");
    format!("{LOOKS}:{count}:{}", file.display())
}

/// While the run is held, its journal is a disk without room; gives the screen at its end.
fn ends_on_a_full_disk(site: &Site, mut person: Person, file: &Path) -> String {
    person.seat.until(|seat| file.exists() || !seat.running.runs());
    assert!(person.seat.running.runs(), "it was never held:\n{}", person.seat.screen());
    let (journal, aside) = (site.scratch.path("state/journal.jsonl"), site.scratch.path("aside.jsonl"));
    fs::rename(&journal, &aside).unwrap();
    std::os::unix::fs::symlink("/dev/full", &journal).unwrap();
    fs::remove_file(file).unwrap();
    let screen = person.ends(8);
    fs::remove_file(&journal).unwrap();
    fs::rename(&aside, &journal).unwrap();
    assert!(screen.contains("No space left on device") || screen.contains("os error 28"), "{screen}");
    screen
}

#[test]
fn a_key_generation_whose_last_entry_finds_no_room_leaves_no_key() {
    let Some([site, counted]) = Site::beside_a_counted_one() else { return };
    let file = site.scratch.path("held");
    let held = held_at_the_last_look(&counted, &file);
    let mut person = Person::at(&site.keygen().env("ROOTCAST_SHIM_HOLD", held));
    walk(&mut person);
    let screen = ends_on_a_full_disk(&site, person, &file);
    for says in
        ["No key was kept", "Destroy every page of the set", "The journal could not be written", "A new run makes"]
    {
        assert!(screen.contains(says), "{says}: {screen}");
    }
    assert_eq!(site.objects(), 0, "the key that was in the token is gone");
    // By the journal that run was killed. The next one says so, and makes a key.
    let mut person = Person::at(&site.keygen());
    walk(&mut person);
    let screen = person.ends(0);
    assert!(screen.contains("was killed. Destroy its pages") && screen.contains("public_key_sha256"), "{screen}");
}

#[test]
fn a_restore_whose_last_entry_finds_no_room_does_not_sign_before_it_is_done_again() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers().verified();
    let site = &papers.site;
    papers.count_a_restore();
    let file = site.scratch.path("held");
    let held = held_at_the_last_look(site, &file);
    papers.forget_second();
    let mut person = papers.restoring(false, |program| program.env("ROOTCAST_SHIM_HOLD", &held));
    papers.scan_all(&mut person);
    let screen = ends_on_a_full_disk(site, person, &file);
    for says in ["The key was restored, but the journal could not be written", "`ceremony sign` refuses that token"] {
        assert!(screen.contains(says), "{says}: {screen}");
    }
    sign(site, "NEW.toml", "new").exits(3).says("escrow-unfinished").says(&papers.set());
    let mut person = papers.restoring(false, |program| program);
    papers.scan_all(&mut person);
    person.opened_none();
    person.ends(0);
    signs(site, "NEW.toml", "new", "second");
}
