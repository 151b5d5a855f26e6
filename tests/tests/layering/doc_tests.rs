//! Every public module of the library crates has a doc test: code that its user can copy.
//!
//! A doc test counts for a module where it stands in a file of the module, names the module or
//! something in it, and asserts something.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Block, ItemUse, Macro};

use super::arrows::Walker;
use super::imports::{leaves, segments};
use super::names::File;
use super::public_surface::LIBRARIES;
use super::resolve::{Found, Resolver};
use super::source_tree::Sources;
use super::surface::{Subject, Surface};

/// The public modules that have none: library, module, and why. Without a reason none is left out.
const WITHOUT: &[(&str, &str, &str)] = &[];

/// Of a library with fewer public modules not everything was read.
const MODULES_MIN: usize = 20;

#[test]
fn every_public_module_of_the_libraries_has_a_doc_test() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let sources = Sources::of_repository(root);
    let walker = Walker::over(&sources);
    let mut found = BTreeSet::new();
    for (_, library) in LIBRARIES {
        let modules = Modules::of(&walker.resolver, &sources, library);
        assert!(modules.files.len() >= MODULES_MIN, "{library}: only {} public modules", modules.files.len());
        found.extend(modules.without(&sources).into_iter().map(|module| (library, module)));
    }
    let known = WITHOUT.iter().map(|(library, module, _)| (*library, (*module).to_owned())).collect();
    assert_eq!(
        found, known,
        "Left: the public modules without a doc test that names them and asserts something. Right: those that may be so. \
         Write a doc test, as the other modules have one; or name the module in WITHOUT, with the reason."
    );
}

/// The public modules of a library.
struct Modules<'l> {
    library: &'l str,
    /// The files in which the public items of each stand.
    files: BTreeMap<String, BTreeSet<File>>,
    /// What is re-exported, by its second path.
    second_paths: BTreeMap<String, String>,
}

impl<'l> Modules<'l> {
    fn of(resolver: &Resolver, sources: &Sources, library: &'l str) -> Self {
        let surface = Surface::of(resolver, sources, resolver.names.libraries[library]);
        assert_eq!(surface.problems, [""; 0]);
        let (mut files, mut second_paths) = (BTreeMap::<String, BTreeSet<File>>::new(), BTreeMap::new());
        for entry in &surface.entries {
            if let (Subject::Named { found: Found::Module(module), .. }, "mod") = (&entry.subject, &*entry.kind) {
                let file = resolver.names.scopes[*module].file.clone();
                files.insert(entry.path.clone(), BTreeSet::from([file]));
            }
        }
        for entry in &surface.entries {
            if let ("use", Some(first_path)) = (&*entry.kind, entry.code.strip_prefix(" = ")) {
                second_paths.insert(entry.path.clone(), first_path.to_owned());
            } else if entry.kind != "mod"
                && let Some((_, files)) = files.iter_mut().rev().find(|(module, _)| is_in(&entry.path, module))
            {
                files.insert(entry.file.clone());
            }
        }
        Self { library, files, second_paths }
    }

    /// Those without a doc test.
    fn without(&self, sources: &Sources) -> Vec<String> {
        let has_none = |(module, files): &(&String, &BTreeSet<File>)| {
            let mut tests = files.iter().flat_map(|file| doc_tests(&sources.files[&**file]));
            !tests.any(|test| self.is_shown(module, &test))
        };
        self.files.iter().filter(has_none).map(|(module, _)| module.clone()).collect()
    }

    fn is_shown(&self, module: &str, code: &str) -> bool {
        let Ok(block) = syn::parse_str::<Block>(&format!("{{{code}\n}}")) else {
            panic!("a doc test for {module} is no Rust:\n{code}")
        };
        let mut uses = Uses::default();
        uses.visit_block(&block);
        let mut paths = uses.paths.iter().filter(|path| path.first().is_some_and(|first| first == self.library));
        uses.asserts
            && paths.any(|path| {
                let path = path[1..].join("::");
                is_in(self.second_paths.get(&path).unwrap_or(&path), module)
            })
    }
}

/// Whether `path` is `module` or in it.
fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// What code uses.
#[derive(Default)]
struct Uses {
    paths: Vec<Vec<String>>,
    asserts: bool,
}

impl<'ast> Visit<'ast> for Uses {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.paths.extend(leaves(item).into_iter().map(|leaf| leaf.path));
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(segments(path));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let name = call.path.get_ident().map(ToString::to_string);
        self.asserts |= name.is_some_and(|name| matches!(&*name, "assert" | "assert_eq" | "assert_ne"));
    }
}

/// The code of each doc test in a file, with the lines that its reader does not see. What has another
/// language, or is not run, is none.
fn doc_tests(text: &str) -> Vec<String> {
    let (mut tests, mut open): (Vec<String>, Option<(bool, String)>) = (Vec::new(), None);
    for line in text.lines().map(str::trim_start) {
        let Some(line) = line.strip_prefix("//!").or_else(|| line.strip_prefix("///")) else {
            open = None;
            continue;
        };
        match (line.trim_start().strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some((matches!(language.trim(), "" | "rust"), String::new())),
            (Some(_), Some(_)) => tests.extend(open.take().filter(|(runs, _)| *runs).map(|(_, code)| code)),
            (None, Some((_, code))) => {
                let line = line.strip_prefix(' ').unwrap_or(line);
                code.push_str(line.strip_prefix("# ").unwrap_or(line));
                code.push('\n');
            }
            (None, None) => {}
        }
    }
    tests
}

/// The modules without a doc test of a library whose one module, `number`, begins with this comment.
/// What is in it is public in its root as well.
fn shown_by(comment: &str) -> Vec<String> {
    let number = format!("//! Numbers.\n//!\n{comment}\npub struct Number;\npub fn one() -> Number {{ Number }}\n");
    let root = "pub mod number;\npub use number::one;\n";
    let sources =
        Sources::written(&[("small", "small")], &[("small/src/lib.rs", root), ("small/src/number.rs", &number)]);
    let walker = Walker::over(&sources);
    Modules::of(&walker.resolver, &sources, "small").without(&sources)
}

#[test]
fn only_a_test_that_names_the_module_and_asserts_counts() {
    let test = |language: &str, code: &str| {
        let lines: String = code.lines().map(|line| format!("//! {line}\n")).collect();
        shown_by(&format!("//! ```{language}\n{lines}//! ```"))
    };
    let whole = "use small::number::{self, Number};\nassert!(matches!(number::one(), Number));";
    assert_eq!(test("", whole), [""; 0]);
    assert_eq!(test("", "# use small::one;\nassert!(matches!(one(), _));"), [""; 0]);
    assert_eq!(test("", "let number = small::one();\nassert_eq!(size_of_val(&number), 0);"), [""; 0]);
    for language in ["text", "ignore", "no_run"] {
        assert_eq!(test(language, whole), ["number"], "{language}");
    }
    assert_eq!(test("", "use small::number::one;\nlet _ = one();"), ["number"]);
    assert_eq!(test("", "use other::number::one;\nassert!(matches!(one(), _));"), ["number"]);
    assert_eq!(shown_by("//! No code."), ["number"]);
}
