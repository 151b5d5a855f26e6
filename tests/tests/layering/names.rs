//! The names of the sources: which module is in which file, and which items and imports it has.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use syn::Attribute;

use super::cfg::for_tests;
use super::source_tree::{Package, Sources};

pub(crate) type ScopeId = usize;
pub(crate) type ItemId = usize;
/// The path of a file from the root of the repository.
pub(crate) type File = Rc<str>;

/// Where a name is looked for. `Any` is what `use` imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Type,
    Value,
    Macro,
    Any,
}

/// A module, or a block that has items of its own.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) file: File,
    pub(crate) name: String,
    /// The module it is or stands in.
    pub(crate) module: ScopeId,
    /// The module above its module.
    pub(crate) above: Option<ScopeId>,
    /// For a block: where a name is looked for next.
    pub(crate) around: Option<ScopeId>,
    /// The root of its crate.
    pub(crate) root: ScopeId,
    pub(crate) names: BTreeMap<String, Vec<Def>>,
    pub(crate) globs: Vec<Written>,
}

/// What a name in a scope stands for.
#[derive(Clone, Debug)]
pub(crate) enum Def {
    Module(ScopeId),
    Item(ItemId),
    Import(Written),
}

/// A path as it is written in a scope.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) path: Vec<String>,
    /// Whether it begins with `::`.
    pub(crate) absolute: bool,
    pub(crate) scope: ScopeId,
}

/// Anything with a name that is no module.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) file: File,
    /// Where it is declared.
    pub(crate) scope: ScopeId,
    pub(crate) name: String,
    pub(crate) spaces: &'static [Space],
    /// Whether a pattern may name it: a constant or a unit structure.
    pub(crate) constant: bool,
    pub(crate) variants: Vec<String>,
    /// What a type alias stands for.
    pub(crate) alias: Option<Written>,
}

/// The inherent `impl` of a type, and the names in it.
#[derive(Debug)]
pub(crate) struct Inherent {
    pub(crate) of: Written,
    pub(crate) file: File,
    pub(crate) names: Vec<String>,
}

/// A file with the scope of its module.
#[derive(Clone)]
pub(crate) struct Parsed {
    pub(crate) file: File,
    pub(crate) scope: ScopeId,
    pub(crate) syntax: Rc<syn::File>,
}

/// Every name of the sources.
#[derive(Default)]
pub(crate) struct Names {
    pub(crate) scopes: Vec<Scope>,
    pub(crate) items: Vec<Item>,
    pub(crate) inherents: Vec<Inherent>,
    /// The root module of each library, by the name of its crate.
    pub(crate) libraries: BTreeMap<String, ScopeId>,
    pub(crate) parsed: Vec<Parsed>,
    /// Whether code for tests has names too.
    pub(crate) with_tests: bool,
    pub(crate) test_files: BTreeSet<String>,
    pub(crate) problems: Vec<String>,
}

impl Names {
    /// Reads every file that a library or a program reaches.
    pub(crate) fn of(sources: &Sources) -> Self {
        let mut names = Self { with_tests: sources.with_tests, ..Self::default() };
        for path in sources.files.keys().filter(|path| Sources::is_beside(path)) {
            names.read_crate(sources, path);
        }
        for package in &sources.packages {
            let folder = package.sources();
            for path in sources.files.keys().filter(|path| path.starts_with(&folder)) {
                names.read_root(sources, package, path);
            }
            for path in sources.files.keys().filter(|path| path.starts_with(&folder)) {
                let reached = names.parsed.iter().any(|parsed| &*parsed.file == path);
                if !reached && !names.test_files.contains(path) {
                    names.problems.push(format!("{path}: no module declares this file"));
                }
            }
        }
        names
    }

    /// Reads `path` and the files below, where it is the first file of a library or of a program.
    fn read_root(&mut self, sources: &Sources, package: &Package, path: &str) {
        let folder = package.sources();
        let name = path.strip_prefix(&folder).unwrap_or(path);
        let program = name.strip_prefix("bin/").is_some_and(|rest| !rest.contains('/') || rest.ends_with("/main.rs"));
        if name == "lib.rs" || name == "main.rs" || program {
            let scope = self.read_crate(sources, path);
            if name == "lib.rs" {
                self.libraries.insert(package.name.clone(), scope);
            }
        }
    }

    /// Reads the crate whose first file is at `path`.
    fn read_crate(&mut self, sources: &Sources, path: &str) -> ScopeId {
        let scope = self.add_module("crate", path, None);
        let inside = path.rsplit_once('/').map_or(String::new(), |(parent, _)| format!("{parent}/"));
        self.read_file(sources, path, scope, &inside);
        scope
    }

    /// Whether what has these attributes has no names: it is for tests, and they are not read.
    pub(crate) fn left_out(&self, attributes: &[Attribute]) -> bool {
        !self.with_tests && for_tests(attributes)
    }

    pub(crate) fn add_module(&mut self, name: &str, file: &str, above: Option<ScopeId>) -> ScopeId {
        let id = self.scopes.len();
        let root = above.map_or(id, |above| self.scopes[above].root);
        let (names, globs) = (BTreeMap::new(), Vec::new());
        let (file, name) = (file.into(), name.to_owned());
        self.scopes.push(Scope { file, name, module: id, above, around: None, root, names, globs });
        id
    }

    /// A scope for the items of a block that stands in `around`.
    pub(crate) fn add_block(&mut self, around: ScopeId) -> ScopeId {
        let Scope { file, module, above, root, .. } = &self.scopes[around];
        let (file, name) = (file.clone(), "a block".to_owned());
        let (names, globs) = (BTreeMap::new(), Vec::new());
        let block =
            Scope { file, name, module: *module, above: *above, around: Some(around), root: *root, names, globs };
        self.scopes.push(block);
        self.scopes.len() - 1
    }

    /// The scope of the module `name` that stands in the text of `scope`.
    pub(crate) fn inner_module(&self, scope: ScopeId, name: &str) -> Vec<ScopeId> {
        let module = |def: &Def| if let Def::Module(id) = def { Some(*id) } else { None };
        self.scopes[scope].names.get(name).into_iter().flatten().filter_map(module).collect()
    }
}
