//! Tests of the test: which code is an arrow, and which is none.

use super::small_house::{LIB, LOW, arrows, forbidden, nothing_wrong, wrong_with_low};

#[test]
fn a_forbidden_import_is_found() {
    forbidden("use crate::high::Roof;", "Roof");
    forbidden("use crate::{high::{rain as wet, Tile as _}};", "rain");
    forbidden("fn f() { if true { use crate::high::Roof; } }", "Roof");
    forbidden("fn f() { fn g() { use super::high::rain; rain(); } }", "rain");
    forbidden("use crate::high;", "the module high");
}

#[test]
fn a_forbidden_path_is_found_in_every_position() {
    forbidden("fn f() { crate::high::rain(); }", "rain");
    forbidden("fn f() { super::high::rain(); }", "rain");
    forbidden("fn f() -> u8 { 1 + crate::high::TALL }", "TALL");
    forbidden("fn f(_: Vec<&crate::high::Roof>) {}", "Roof");
    forbidden("fn f() -> Option<impl Fn(crate::high::Roof)> { None }", "Roof");
    forbidden("struct S { roof: crate::high::Roof }", "Roof");
    forbidden("impl Drop for crate::high::Roof { fn drop(&mut self) {} }", "Roof");
    forbidden("fn f<T>() where crate::high::Roof: Into<T> {}", "Roof");
    forbidden("const C: [u8; crate::high::TALL as usize] = [0; 9];", "TALL");
    forbidden("fn f(n: u8) { match n { crate::high::TALL => {} _ => {} } }", "TALL");
    forbidden("fn f() { let _ = <crate::high::Roof as Default>::default(); }", "Roof");
    forbidden("fn f() { g::<crate::high::Roof>(); }", "Roof");
    forbidden("fn f() { let _ = crate::high::Tile::Red; }", "Tile::Red");
}

#[test]
fn a_forbidden_path_is_found_in_macros_and_attributes() {
    forbidden(r#"fn f() { println!("{}", crate::high::TALL); }"#, "TALL");
    forbidden(r#"fn f() { json!({"a": {"b": [crate::high::rain(), 1]}}); }"#, "rain");
    forbidden("fn f() { matches!(0, crate::high::TALL | 1); }", "TALL");
    forbidden("fn f() { vec![crate::high::TALL; 2]; }", "TALL");
    forbidden("rules! { a => crate::high::rain; }", "rain");
    forbidden("macro_rules! m { () => { $crate::high::rain() } }", "rain");
    forbidden(r#"struct S { #[serde(default, with = "crate::high")] s: u8 }"#, "the module high");
    forbidden("struct S { #[arg(value_parser = crate::high::rain)] s: u8 }", "rain");
}

#[test]
fn what_an_import_is_called_here_does_not_hide_it() {
    let used = arrows(&[
        LIB,
        (
            "house/src/high.rs",
            "use crate::low as deep; use deep::Floor as Ground;\nfn f() { Ground::new(); deep::g(); }",
        ),
        ("house/src/low.rs", "pub struct Floor; impl Floor { pub fn new() {} } pub fn g() {}"),
    ]);
    assert_eq!(
        used,
        [
            "high.rs:1 Floor low.rs",
            "high.rs:1 the module low low.rs",
            "high.rs:2 Floor::new low.rs",
            "high.rs:2 g low.rs",
        ]
    );
}

#[test]
fn a_re_export_counts_for_the_defining_file() {
    let used = arrows(&[
        ("house/src/lib.rs", "mod high;\nmod low;\npub use low::*;\npub use high::Roof as Top;"),
        ("house/src/high.rs", "pub use inner::Roof;\nmod inner;"),
        ("house/src/high/inner.rs", "pub struct Roof;"),
        ("house/src/low.rs", "use crate::Top;\npub fn g() {}\nuse house::g as _;"),
    ]);
    assert_eq!(
        used,
        [
            "high.rs:1 Roof high/inner.rs",
            "lib.rs:3 the module low low.rs",
            "lib.rs:4 Roof high/inner.rs",
            "low.rs:1 Roof high/inner.rs",
        ]
    );
}

#[test]
fn a_name_from_a_glob_is_found() {
    forbidden("mod inner { use crate::high::*; fn f() { rain(); } }", "rain");
    forbidden("fn f() { use crate::high::Tile::*; let _ = Red; }", "Tile");
}

#[test]
fn a_function_in_another_file_than_its_type_counts_for_that_file() {
    let used = arrows(&[
        LIB,
        ("house/src/low.rs", "pub struct Floor;\nimpl Floor { fn f() { Self::wax(); Self::own(); } fn own() {} }"),
        ("house/src/high.rs", "use crate::low::Floor;\nimpl Floor { pub fn wax() {} }"),
    ]);
    assert_eq!(used, ["high.rs:1 Floor low.rs", "high.rs:2 Floor low.rs", "low.rs:2 Floor::wax high.rs"]);
}

#[test]
fn code_for_tests_makes_no_arrow() {
    nothing_wrong("#[cfg(test)] use crate::high::Roof;");
    nothing_wrong("#[cfg(all(test, unix))] mod tests { use crate::high::Roof; }");
    nothing_wrong("#[test] fn f() { crate::high::rain(); }");
    nothing_wrong("impl Floor { #[cfg(test)] fn f() { crate::high::rain(); } }");
    nothing_wrong("struct S { #[cfg(test)] roof: crate::high::Roof }");
    forbidden("#[cfg(not(test))] use crate::high::Roof;", "Roof");
    forbidden("#[cfg(any(test, unix))] use crate::high::Roof;", "Roof");
}

#[test]
fn declarations_and_documentation_make_no_arrow() {
    assert_eq!(arrows(&[LIB, LOW, ("house/src/high.rs", "")]), [""; 0]);
    nothing_wrong("/// Below [`crate::high::Roof`].\npub(in crate::low) fn f() {}");
}

#[test]
fn a_variable_is_no_item_of_its_name() {
    let calm = |code: &str| {
        let lib = ("house/src/lib.rs", "mod low; mod high;");
        let high = ("house/src/high.rs", "pub mod rain; pub fn wind() {} mod inner { use super::*; include!(); }");
        let low = format!("mod inner {{ use crate::high::*; {code} }}");
        let used = arrows(&[lib, high, ("house/src/high/rain.rs", ""), ("house/src/low.rs", &low)]);
        let used: Vec<String> = used.into_iter().filter(|used| used.starts_with("low.rs")).collect();
        assert_eq!(used, ["low.rs:1 the module high high.rs"], "{code}");
    };
    calm("fn f(wind: u8) -> u8 { wind }");
    calm("fn f() { let wind = 1; g(wind); }");
    calm("fn f() { g(|wind| wind + 1); }");
    calm("fn f() { if let Some(wind) = g() { h(wind) } }");
    calm("fn f() { for wind in 0..2 { h(wind) } }");
    calm("fn f() { match g() { Some(wind) if wind > 1 => wind, _ => 0 } }");
    calm(r#"fn f(s: S) { json!({"rain": s.rain.iter().map(|rain| rain.fall)}); }"#);
    calm("fn f<Q>(q: Q) { S { wind: q } }");
    let low = ("house/src/low.rs", "use crate::high::rain;\nfn f() {\nlet rain = rain();\nrain }");
    let used = arrows(&[LIB, ("house/src/high.rs", "pub fn rain() {}"), low]);
    assert_eq!(used, ["low.rs:1 rain high.rs", "low.rs:3 rain high.rs"]);
}

#[test]
fn a_path_that_leads_nowhere_is_found() {
    let lost = |low: &str, expected: &str| {
        let wrong = wrong_with_low(low);
        assert!(wrong.iter().any(|wrong| wrong.starts_with(expected)), "{low}: {wrong:#?}");
    };
    lost("use crate::attic::Roof;", "house/src/low.rs:2: crate::attic::Roof leads nowhere: there is no attic in");
    lost("fn f() { super::high::snow(); }", "house/src/low.rs:2: super::high::snow leads nowhere");
    lost("type T = self::T2;", "house/src/low.rs:2: self::T2 leads nowhere");
    lost("use house::Attic;", "house/src/low.rs:2: house::Attic leads nowhere");
    lost("fn f() { println!(\"{}\", crate::high::snow()); }", "house/src/low.rs:2: crate::high::snow leads nowhere");
    lost("mod cellar;", "house/src/low.rs: the file of the module cellar is not there");
    lost("fn f( {", "house/src/low.rs:2: not understood");
}
