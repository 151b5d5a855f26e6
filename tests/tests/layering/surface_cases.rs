//! Tests of the test: what is public, what of it others use, and how a signature is written.

use super::arrows::Walker;
use super::needless::needless;
use super::signature::one_line;
use super::source_tree::Sources;
use super::surface::Surface;

/// Two crates: `yard` may use `house`.
fn sources(house: &[(&str, &str)], yard: &str) -> Sources {
    let house: Vec<(String, &str)> = house.iter().map(|(name, text)| (format!("house/src/{name}"), *text)).collect();
    let mut files: Vec<(&str, &str)> = house.iter().map(|(path, text)| (path.as_str(), *text)).collect();
    files.push(("yard/tests/walls.rs", yard));
    let packages = [("house", "house"), ("yard", "yard")];
    Sources { with_tests: true, ..Sources::written(&packages, &files) }
}

/// The surface of a house with these files.
fn surface(files: &[(&str, &str)]) -> Vec<String> {
    let sources = sources(files, "");
    let resolver = Walker::over(&sources).resolver;
    let surface = Surface::of(&resolver, &sources, resolver.names.libraries["house"]);
    assert_eq!(surface.problems, [""; 0]);
    surface.entries.into_iter().map(|entry| entry.line).collect()
}

/// What of a house nobody needs, where a yard is all that uses it.
fn unused(house: &str, yard: &str) -> Vec<String> {
    let sources = sources(&[("lib.rs", house)], yard);
    let walker = Walker::over(&sources);
    assert_eq!(walker.problems, [""; 0]);
    let library = walker.resolver.names.libraries["house"];
    let surface = Surface::of(&walker.resolver, &sources, library);
    needless(&walker, &sources, library, &surface)
        .iter()
        .map(|entry| format!("{} {}", entry.kind, entry.path))
        .collect()
}

#[test]
fn every_kind_of_item_is_in_the_surface() {
    let lib = "
        pub const TALL: u8 = 9;
        pub static WIDE: &str = \"no\";
        pub type Many<T> = Vec<T>;
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub struct Roof<'a> { pub tiles: &'a [u8], slope: f32 }
        pub struct Pair(pub u8, u8);
        pub struct Empty;
        pub enum Tile { Red, Blue(u8), Green { dark: bool } }
        pub trait Shelter: Send { const DRY: bool = true; type Of; fn keep(&self, from: u8) -> bool { from > 0 } fn new(); }
        impl<'a> Roof<'a> {
            pub const NONE: Self = Self { tiles: &[], slope: 0.0 };
            pub fn new(mut tiles: &'a [u8]) -> Self { tiles = &[]; Self { tiles, slope: 0.0 } }
            pub(crate) fn inner(&self) {}
            pub const fn tiles(&self) -> &'a [u8] { self.tiles }
        }
        impl From<Empty> for Pair { fn from(_: Empty) -> Self { Self(0, 0) } }
        pub const fn rain(on: Roof<'_>) -> u8 { 0 }
        pub(crate) fn wind() {}
        fn hail() {}
    ";
    assert_eq!(
        surface(&[("lib.rs", lib)]),
        [
            "struct Empty",
            "type Many<T> = Vec<T>",
            "impl Pair: From<Empty>",
            "struct Pair (with private fields)",
            "field Pair::0: u8",
            "derive Roof: Clone, Debug",
            "struct Roof<'a> (non-exhaustive) (with private fields)",
            "const Roof::NONE: Self",
            "fn Roof::new(tiles: &'a [u8]) -> Self",
            "const method Roof::tiles(&self) -> &'a [u8]",
            "field Roof::tiles: &'a [u8]",
            "trait Shelter: Send",
            "const Shelter::DRY: bool",
            "type Shelter::Of",
            "method Shelter::keep(&self, from: u8) -> bool",
            "fn Shelter::new()",
            "const TALL: u8",
            "enum Tile",
            "variant Tile::Blue(u8)",
            "variant Tile::Green { dark: bool }",
            "variant Tile::Red",
            "static WIDE: &str",
            "const fn rain(on: Roof<'_>) -> u8",
        ]
    );
}

#[test]
fn an_item_is_listed_under_the_path_that_users_write() {
    let files = [
        (
            "lib.rs",
            "mod attic; pub mod high; pub mod low; pub use attic::Box as Chest; pub use high::rain; mod inner { }",
        ),
        ("attic.rs", "pub struct Box; pub struct Dust; impl Box { pub fn open(&self) {} }"),
        (
            "high.rs",
            "pub fn rain() {} mod deep; pub use deep::Well; pub use std::vec::Vec as Row; pub(crate) use deep::Mud;",
        ),
        ("high/deep.rs", "pub struct Well; pub struct Mud; pub mod deeper { pub struct Water; }"),
        ("low.rs", "pub use crate::high::Well; pub mod floor { pub fn f() {} }"),
    ];
    assert_eq!(
        surface(&files),
        [
            "struct Chest",
            "method Chest::open(&self)",
            "mod high",
            "use high::Row = std::vec::Vec",
            "struct high::Well",
            "fn high::rain()",
            "mod low",
            "use low::Well = high::Well",
            "mod low::floor",
            "fn low::floor::f()",
            "use rain = high::rain",
        ]
    );
}

#[test]
fn code_for_tests_and_hidden_items_are_in_no_surface() {
    let lib = "
        pub fn rain() {}
        #[cfg(test)] pub fn wind() {}
        #[cfg(test)] pub mod tests { pub fn hail() {} }
        #[doc(hidden)] pub fn snow() {}
        #[doc(hidden)] pub mod secret { pub fn sleet() {} }
        pub struct Roof;
        impl Roof { #[doc(hidden)] pub fn lift(&self) {} #[cfg(test)] pub fn drop(&self) {} }
    ";
    assert_eq!(surface(&[("lib.rs", lib)]), ["struct Roof", "fn rain()"]);
}

#[test]
fn what_a_table_macro_makes_is_in_the_surface() {
    let lib = "
        macro_rules! tiles {
            ($($(#[$doc:meta])+ $tile:ident = $name:literal;)*) => {
                pub enum Tile { $($(#[$doc])+ $tile,)* }
                impl Tile {
                    pub const ALL: &[Self] = &[$(Self::$tile),*];
                    pub fn name(self) -> &'static str { match self { $(Self::$tile => $name),* } }
                }
            };
        }
        tiles! { /// A red one.
            Red = \"red\"; #[doc = concat!(\"a\", \"b\")] #[must_use] Blue = \"blue\"; }
    ";
    assert_eq!(
        surface(&[("lib.rs", lib)]),
        [
            "enum Tile",
            "const Tile::ALL: &[Self]",
            "variant Tile::Blue",
            "variant Tile::Red",
            "method Tile::name(self) -> &'static str",
        ]
    );
    let sources = sources(&[("lib.rs", "thread_local! { pub static ROOF: u8 = 1; }")], "");
    let resolver = Walker::over(&sources).resolver;
    let surface = Surface::of(&resolver, &sources, resolver.names.libraries["house"]);
    assert_eq!(surface.problems, ["house/src/lib.rs: what thread_local! makes is not understood"]);
    let sources = self::sources(&[("lib.rs", "thread_local! { static CELLAR: u8 = 1; }")], "");
    let resolver = Walker::over(&sources).resolver;
    let surface = Surface::of(&resolver, &sources, resolver.names.libraries["house"]);
    assert!(surface.problems.is_empty(), "a private one is nobody else's: {:?}", surface.problems);
}

#[test]
fn an_item_that_only_its_own_crate_uses_is_told() {
    let house = "
        pub fn rain() { wind(); } pub fn wind() {} pub const TALL: u8 = 1;
        pub mod high { pub fn hail() {} pub struct Roof; }
        pub use high::hail as ice;
        #[cfg(test)] mod tests { fn f() { crate::rain(); } }
    ";
    let all = ["const TALL", "mod high", "use ice", "fn rain", "fn wind"];
    assert_eq!(unused(house, ""), all);
    assert_eq!(unused(house, "fn rain() {} fn f() { rain(); } struct Roof;"), all);
    assert_eq!(unused(house, "use house::{rain, wind}; const T: u8 = house::TALL;"), ["mod high", "use ice"]);
    assert_eq!(
        unused(house, "use house::high as up; fn f() { up::hail(); }"),
        ["const TALL", "struct high::Roof", "use ice", "fn rain", "fn wind"]
    );
    assert_eq!(
        unused(house, "mod m { use house::*; fn f() { rain(); ice(); } } #[cfg(test)] mod tests { use house::TALL; }"),
        ["mod high", "fn wind"]
    );
}

#[test]
fn what_stands_in_the_signature_of_something_used_is_used() {
    let house = "
        pub struct Roof { pub tile: Tile, pub slope: u8 } pub struct Tile; pub struct Rain; pub struct Drops;
        pub enum Sky { Grey(Rain) }
        impl Roof { pub fn sky(&self) -> Sky { Sky::Grey(Rain) } }
        impl Iterator for Rain { type Item = Drops; fn next(&mut self) -> Option<Drops> { None } }
        pub fn roof() -> Option<Roof> { None }
    ";
    assert_eq!(
        unused(house, "fn f() { house::roof(); }"),
        [
            "struct Drops",
            "struct Rain",
            "method Roof::sky",
            "field Roof::slope",
            "field Roof::tile",
            "enum Sky",
            "struct Tile"
        ]
    );
    assert_eq!(unused(house, "fn f() { house::roof().map(|roof| (roof.sky(), roof.slope)); }"), [""; 0]);
}

#[test]
fn a_method_is_used_where_its_name_is_behind_a_dot_and_a_function_where_its_type_is_written() {
    let house = "pub struct Roof(pub u8); impl Roof { pub fn new() -> Self { Self(0) } pub fn tiles(&self) {} }";
    assert_eq!(unused(house, "use house::Roof;"), ["field Roof::0", "fn Roof::new", "method Roof::tiles"]);
    assert_eq!(
        unused(house, "use house::Roof; fn f() { Other::new(); }"),
        ["field Roof::0", "fn Roof::new", "method Roof::tiles"]
    );
    assert_eq!(unused(house, "use house::Roof; fn f(r: &Roof) { g!(r.tiles()); Roof(1); }"), ["fn Roof::new"]);
    assert_eq!(unused(house, "type R = house::Roof; fn f(r: R) { R::new(); R::tiles; r.0; }"), [""; 0]);
}

#[test]
fn layout_does_not_change_the_line() {
    let same = |name: &str, ways: [&str; 2], expected: &str| {
        for way in ways {
            assert_eq!(one_line(name, way), expected);
        }
    };
    same(
        "fn f",
        [
            "<'a, T: ?Sized+Fn( &u8 )->bool>(&'a self,a:&mut [u8;4],)->Option<Vec<T> >",
            "<\n'a,\n T: ?Sized + Fn(&u8) -> bool,\n>(\n &'a self, // a comment\n a: &mut [u8; 4]) -> Option<Vec<T>>",
        ],
        "fn f<'a, T: ?Sized + Fn(&u8) -> bool>(&'a self, a: &mut [u8; 4]) -> Option<Vec<T>>",
    );
    same(
        "fn f",
        [
            "(a: impl for<'b>Fn(&'b dyn A)->Result<(),B>, b: <A as B>::C)where A:B,",
            "(\na: impl for<'b> Fn(&'b dyn A) -> Result<(), B>,\nb: <A as B>::C,\n)\nwhere\n    A: B",
        ],
        "fn f(a: impl for<'b> Fn(&'b dyn A) -> Result<(), B>, b: <A as B>::C) where A: B",
    );
    same(
        "variant V",
        ["{a:u8,b:std::io::Error}", "{\n/// It is.\na: u8,\n#[serde(x)]\nb: std::io::Error,\n}"],
        "variant V { a: u8, b: std::io::Error }",
    );
    same("variant V", ["(A<'_>,&'static str)", "(A<'_>, &'static str,)"], "variant V(A<'_>, &'static str)");
    same("const C", [":&[Self]", ": &[Self]"], "const C: &[Self]");
    same("type T", ["<A>=B<dyn C>", "<A> = B<dyn C>"], "type T<A> = B<dyn C>");
    same("trait T", [":A+'static", ": A + 'static"], "trait T: A + 'static");
}
