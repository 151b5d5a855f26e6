//! The arrows: every path that resolves to an item which another file defines.

use syn::visit::Visit;
use syn::{Expr, ItemUse, Path, QSelf, Type};

use super::abroad::Abroad;
use super::imports::{self, leaves, line, segments};
use super::macros::Candidate;
use super::names::{File, ItemId, Names, Parsed, ScopeId, Space, Written};
use super::resolve::{Found, Hit, Outcome, Resolver};
use super::ribs::Ribs;
use super::source_tree::Sources;

/// A use of something that another file defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: File,
    pub(crate) line: usize,
    pub(crate) to: File,
    /// What is used, for example `Journal` or `Journal::open`.
    pub(crate) name: String,
    /// Whether it is an import.
    pub(crate) import: bool,
}

/// All that was found.
pub(crate) struct Findings {
    pub(crate) arrows: Vec<Arrow>,
    /// What was not understood.
    pub(crate) problems: Vec<String>,
    pub(crate) files: Vec<File>,
}

/// Every arrow of the sources.
pub(crate) fn find(sources: &Sources) -> Findings {
    let Walker { resolver, mut arrows, mut problems, .. } = Walker::over(sources);
    let files = resolver.names.parsed.into_iter().map(|parsed| parsed.file).collect();
    problems.extend(resolver.names.problems);
    arrows.sort();
    arrows.dedup();
    Findings { arrows, problems, files }
}

/// Walks through the code of a file. What it does at each kind of code is in `walk.rs`.
pub(crate) struct Walker {
    pub(crate) resolver: Resolver,
    pub(crate) file: File,
    pub(crate) scope: ScopeId,
    pub(crate) ribs: Ribs,
    /// The type that `Self` is, for each item around.
    pub(crate) selves: Vec<Option<ItemId>>,
    pub(crate) arrows: Vec<Arrow>,
    /// What crates use of each other.
    pub(crate) abroad: Abroad,
    pub(crate) problems: Vec<String>,
}

impl Walker {
    fn new(resolver: Resolver) -> Self {
        let (arrows, problems, selves) = (Vec::new(), Vec::new(), Vec::new());
        let (ribs, abroad) = (Ribs::default(), Abroad::default());
        Self { resolver, file: "".into(), scope: 0, ribs, selves, arrows, abroad, problems }
    }

    /// Walks through all code of the sources.
    pub(crate) fn over(sources: &Sources) -> Self {
        let names = Names::of(sources);
        let parsed = names.parsed.clone();
        let mut walker = Self::new(Resolver::new(names));
        for Parsed { file, scope, syntax } in &parsed {
            (walker.file, walker.scope) = (file.clone(), *scope);
            walker.visit_file(syntax);
        }
        walker
    }

    /// A path in code. `space` is where its last name is looked for.
    pub(crate) fn path(&mut self, path: &Path, qualified: Option<&QSelf>, space: Space) {
        let mut names = segments(path);
        if let Some(qualified) = qualified {
            // In `<Type as a::Trait>::name` the path of the trait stands alone; in `<Type>::name`
            // there is none.
            names.truncate(qualified.position);
        }
        if let Some(first) = path.segments.first() {
            self.named(names, path.leading_colon.is_some(), space, line(&first.ident));
        }
    }

    /// The names of a path at `line`.
    pub(crate) fn named(&mut self, path: Vec<String>, absolute: bool, space: Space, line: usize) {
        let Some(first) = path.first() else { return };
        let alone = path.len() == 1 && !absolute;
        if alone && matches!(space, Space::Value | Space::Any) && self.ribs.has_value(first, &self.resolver.names) {
            return;
        }
        if !absolute && space != Space::Macro && self.ribs.has_type(first) {
            return;
        }
        if first == "Self" {
            return self.of_self(&path, line);
        }
        if alone && matches!(first.as_str(), "self" | "crate" | "super") {
            return;
        }
        self.resolved(path, absolute, space, line, false);
    }

    fn resolved(&mut self, path: Vec<String>, absolute: bool, space: Space, line: usize, import: bool) {
        let written = Written { path, absolute, scope: self.scope };
        match self.resolver.resolve(&written, space) {
            Outcome::To(hits) => {
                self.abroad.note(&self.resolver, &written, &hits);
                for hit in hits {
                    self.arrow(&hit, line, import);
                }
            }
            Outcome::Unknown
                if matches!(written.path.first().map(String::as_str), Some("crate" | "self" | "super")) =>
            {
                self.problems.push(format!("{}:{line}: {} leads nowhere", self.file, written.path.join("::")));
            }
            Outcome::Unknown => {}
            Outcome::Lost(why) => {
                self.problems.push(format!("{}:{line}: {} leads nowhere: {why}", self.file, written.path.join("::")));
            }
        }
    }

    fn arrow(&mut self, hit: &Hit, line: usize, import: bool) {
        let names = &self.resolver.names;
        let mut name = match hit.found {
            Found::Module(scope) => format!("the module {}", names.scopes[scope].name),
            Found::Item(item) => names.items[item].name.clone(),
            Found::Outside => return,
        };
        if let Some(rest) = hit.rest.first() {
            name = format!("{name}::{rest}");
        }
        for to in self.resolver.files_of(hit) {
            self.push(to, name.clone(), line, import);
        }
    }

    fn push(&mut self, to: File, name: String, line: usize, import: bool) {
        if to != self.file {
            self.arrows.push(Arrow { from: self.file.clone(), line, to, name, import });
        }
    }

    /// `Self::name`: a function of the type may stand in another file than this `impl`.
    fn of_self(&mut self, path: &[String], line: usize) {
        let (Some(Some(item)), Some(member)) = (self.selves.last().copied(), path.get(1)) else { return };
        let name = format!("{}::{member}", self.resolver.names.items[item].name);
        for to in self.resolver.files_of_member(item, member) {
            self.push(to, name.clone(), line, false);
        }
    }

    /// Every name that `item` imports, and the module of each glob.
    pub(crate) fn imports(&mut self, item: &ItemUse) {
        for leaf in leaves(item) {
            let space = if leaf.name.is_some() { Space::Any } else { Space::Type };
            if leaf.name.is_none() {
                let written = Written { path: leaf.path.clone(), absolute: leaf.absolute, scope: self.scope };
                self.abroad.note_glob(&self.resolver, &written);
            }
            self.resolved(leaf.path, leaf.absolute, space, leaf.line, true);
        }
    }

    /// The type that an `impl` is of, where it is ours.
    pub(crate) fn item_of(&self, of: &Type) -> Option<ItemId> {
        let Type::Path(of) = of else { return None };
        let written =
            Written { path: segments(&of.path), absolute: of.path.leading_colon.is_some(), scope: self.scope };
        match self.resolver.resolve(&written, Space::Type) {
            Outcome::To(hits) => hits.first().and_then(|hit| self.resolver.real(hit)),
            Outcome::Unknown | Outcome::Lost(_) => None,
        }
    }

    /// Paths that tokens seem to have.
    pub(crate) fn candidates(&mut self, candidates: Vec<Candidate>) {
        for Candidate { path, line, mut space, .. } in candidates {
            // A module is no value, so a word by itself never means one.
            if path.len() == 1 && space == Space::Any {
                space = if starts_upper(&path[0]) && !self.is_constant(&path[0]) { Space::Type } else { Space::Value };
            }
            self.named(path, false, space, line);
        }
    }

    /// Whether `name` in a pattern is a constant and no new variable.
    pub(crate) fn is_constant(&self, name: &str) -> bool {
        let written = Written { path: vec![name.to_owned()], absolute: false, scope: self.scope };
        let constant = |hit: &Hit| match hit.found {
            Found::Item(item) => {
                let item = &self.resolver.names.items[item];
                item.constant || item.variants.iter().any(|variant| variant == name)
            }
            Found::Module(_) | Found::Outside => false,
        };
        matches!(self.resolver.resolve(&written, Space::Value), Outcome::To(hits) if hits.iter().any(constant))
    }

    /// The path that a string of an attribute names, as in `#[serde(with = "hex_text")]`.
    pub(crate) fn path_in_text(&mut self, value: &Expr, line: usize) {
        let path = imports::text(value).and_then(|text| syn::parse_str::<Path>(&text).ok());
        if let Some(path) = path {
            self.named(segments(&path), path.leading_colon.is_some(), Space::Any, line);
        }
    }
}

fn starts_upper(name: &str) -> bool {
    name.starts_with(char::is_uppercase)
}
