//! Tests, or parts of them, that did not run: said aloud.

/// Says that a test, or a part of it, did not run. Standard output and error of a passing test are not shown, so it is
/// written to a file of its own beside the programs, that `make test` prints at the end.
///
/// # Panics
/// If the test does not know where it is.
pub fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
    let own = std::env::current_exe().expect("the path of this test");
    let folder = own.parent().expect("a folder");
    let folder = if folder.ends_with("deps") { folder.parent().expect("a folder above deps") } else { folder };
    let note = folder.join("skipped.txt");
    let already = std::fs::read_to_string(&note).unwrap_or_default();
    if !already.lines().any(|line| line == why) {
        let _ = std::fs::write(&note, format!("{already}{why}\n"));
    }
}
