//! Tests of the test: what breaks a table, and what forms a circle.

use super::arrows::find;
use super::count::lost_imports;
use super::small_house::{HIGH, LIB, LOW, TABLES, house, nothing_wrong, wrong};
use super::source_tree::Sources;

/// The tables of a house whose room `low` has a folder.
fn with_folder() -> String {
    TABLES.replace("`low.rs`", "`low.rs` · `low/`")
}

#[test]
fn a_house_in_order_is_left_alone() {
    nothing_wrong("");
}

#[test]
fn the_crates_are_rooms_too() {
    let sources = Sources::written(
        &[("house", "house"), ("well", "deep_well")],
        &[("house/src/lib.rs", "pub fn f() {}"), ("well/src/lib.rs", "use house::f;")],
    );
    let table =
        |name: &str| format!("<!-- rooms: {name} -->\n| room | files | may use |\n|-|-|-|\n| r | lib.rs | — |\n\n");
    let crates =
        "<!-- rooms: crates -->\n| room | files | may use |\n|-|-|-|\n| a | house/ | — |\n| b | well/ | — |\n\n";
    let expected = "well/src/lib.rs:1 uses f of house/src/lib.rs: \
                    the table of crates in docs/architecture.md does not allow b -> a";
    assert_eq!(wrong(&sources, &format!("{crates}{}{}", table("house"), table("well"))), [expected]);
}

#[test]
fn a_file_for_tests_makes_no_arrow() {
    let low = ("house/src/low.rs", "pub struct Floor; #[cfg(test)] mod tests;");
    let tests = ("house/src/low/tests.rs", "mod deeper; use crate::high::Roof;");
    let deeper = ("house/src/low/tests/deeper.rs", "use crate::high::Roof;");
    assert_eq!(wrong(&house(&[LIB, HIGH, low, tests, deeper]), &with_folder()), [""; 0]);
}

#[test]
fn a_circle_of_files_is_found_and_named() {
    let low = ("house/src/low.rs", "pub struct Floor;\nmod a;");
    let a = ("house/src/low/a.rs", "use super::Floor; mod b; fn f() { b::g(); }");
    let b = ("house/src/low/a/b.rs", "\npub fn g() { super::f(); }");
    let expected = "a circle of files, among 2 that reach each other:\
                    \n    house/src/low/a.rs:1 uses g of house/src/low/a/b.rs\
                    \n    house/src/low/a/b.rs:2 uses f of house/src/low/a.rs";
    assert_eq!(wrong(&house(&[LIB, HIGH, low, a, b]), &with_folder()), [expected]);
}

#[test]
fn an_arrow_that_is_allowed_for_nothing_is_found() {
    let high = ("house/src/high.rs", "pub struct Roof;");
    let expected = "docs/architecture.md: the table of house allows high -> low but nothing uses it";
    assert_eq!(wrong(&house(&[LIB, LOW, high]), TABLES), [expected]);
}

#[test]
fn an_import_that_is_not_understood_is_missed_by_the_second_count() {
    let sources = house(&[LIB, LOW, HIGH]);
    let mut findings = find(&sources);
    assert_eq!(lost_imports(&sources, &findings), [""; 0]);
    findings.arrows.clear();
    assert_eq!(
        lost_imports(&sources, &findings),
        ["house/src/high.rs: 1 lines import something of ours, but 0 imports were found"]
    );
}

#[test]
fn a_table_that_does_not_fit_the_files_is_told() {
    let with = |from: &str, to: &str, expected: &str| {
        let tables = TABLES.replace(from, to);
        let wrong = wrong(&house(&[LIB, LOW, HIGH]), &tables);
        assert!(wrong.iter().any(|wrong| wrong.contains(expected)), "{to}: {wrong:#?}");
    };
    with("| `root` | `lib.rs` | — |\n", "", "house/src/lib.rs is in no room of the table of house");
    with("`lib.rs`", "`lib.rs` `attic/`", "attic/ of the room root has no file");
    with("`lib.rs`", "`lib.rs` `low.rs`", "low.rs is in the rooms root and low");
    with("`lib.rs`", "`lib.rs` `attic`", "attic is neither a folder/ nor a file.rs");
    with("`root`", "`low`", "two rooms are called low");
    with("| `low` |\n", "| `attic` |\n", "high may use attic, which is no room");
    with("| `low` |\n", "| `low` `high` |\n", "high may use itself");
    with("`low.rs` | — |", "`low.rs` | `high` |", "rooms form a circle: high -> low -> high");
    with("rooms: house", "rooms: hut", "there is no table of rooms for house");
    with("may use", "uses", "the table of house begins with | room | files | may use |");
    with("| — |\n| `high`", "|\n| `high`", "a row has three cells");
}

#[test]
fn a_folder_may_have_a_table_of_its_own() {
    let tables = format!(
        "{}\n<!-- rooms: house/src/low -->\n\n| room | files | may use |\n|---|---|---|\n\
         | one | a.rs | — |\n| two | b.rs | — |\n",
        with_folder()
    );
    let low = ("house/src/low.rs", "pub struct Floor; mod a; mod b;");
    let (a, b) = (("house/src/low/a.rs", "pub fn f() {}"), ("house/src/low/b.rs", "use super::a::f;"));
    let expected = "house/src/low/b.rs:1 uses f of house/src/low/a.rs: \
                    the table of house/src/low in docs/architecture.md does not allow two -> one";
    assert_eq!(wrong(&house(&[LIB, HIGH, low, a, b]), &tables), [expected]);
}
