//! A small house with two rooms, for the tests of the test.

use super::arrows::{Arrow, Findings, find};
use super::check::violations;
use super::source_tree::Sources;

/// Its rooms: `low` may not use `high`.
pub(crate) const TABLES: &str = "\
<!-- rooms: crates -->

| room | files | may use |
|---|---|---|
| `house` | `house/` | — |

<!-- rooms: house -->

| room | files | may use |
|---|---|---|
| `root` | `lib.rs` | — |
| `high` | `high.rs` | `low` |
| `low` | `low.rs` | — |
";

pub(crate) const LIB: (&str, &str) = ("house/src/lib.rs", "mod high; mod low;");
pub(crate) const LOW: (&str, &str) =
    ("house/src/low.rs", "pub struct Floor; impl Floor { pub fn new() -> Self { Self } }");
pub(crate) const HIGH: (&str, &str) = (
    "house/src/high.rs",
    "use crate::low::Floor; pub struct Roof; pub enum Tile { Red, Blue } pub fn rain() {} pub const TALL: u8 = 9;",
);

/// A house of these files.
pub(crate) fn house(files: &[(&str, &str)]) -> Sources {
    Sources::written(&[("house", "house")], files)
}

/// What is wrong with a house whose `low.rs` is this.
pub(crate) fn wrong_with_low(low: &str) -> Vec<String> {
    wrong(&house(&[LIB, HIGH, ("house/src/low.rs", &format!("pub struct Floor;\n{low}"))]), TABLES)
}

/// What is wrong with these sources under these tables.
pub(crate) fn wrong(sources: &Sources, tables: &str) -> Vec<String> {
    violations(sources, tables, &find(sources))
}

/// Checks that `low.rs` with this text uses `name` of `high.rs`, and that the table forbids it.
#[track_caller]
pub(crate) fn forbidden(low: &str, name: &str) {
    let wrong = wrong_with_low(low);
    let expected = format!(
        "house/src/low.rs:2 uses {name} of house/src/high.rs: \
         the table of house in docs/architecture.md does not allow low -> high"
    );
    assert!(wrong.contains(&expected), "{low}: {wrong:#?}");
}

/// Checks that nothing is wrong with a house whose `low.rs` has this text.
#[track_caller]
pub(crate) fn nothing_wrong(low: &str) {
    assert_eq!(wrong_with_low(low), [""; 0], "{low}");
}

/// Each arrow of these files: from where, what, to which file.
pub(crate) fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    let Findings { arrows, problems, .. } = find(&house(files));
    assert_eq!(problems, [""; 0]);
    let told = |Arrow { from, line, to, name, .. }: &Arrow| {
        let short = |path: &str| path.trim_start_matches("house/src/").to_owned();
        format!("{}:{line} {name} {}", short(from), short(to))
    };
    arrows.iter().map(told).collect()
}
