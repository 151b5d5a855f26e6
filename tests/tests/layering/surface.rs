//! The public surface of a library: everything that a user can reach through `pub mod` and
//! `pub use`, under the path that a user writes.
//!
//! Not in it: the generics of an `impl`, the value of a constant, what an implementation of a trait
//! names, where a type of another crate has it.

use std::collections::BTreeMap;

use syn::{Item, ItemMod, Type, Visibility};

use super::imports::{leaves, plain, segments};
use super::library_items::{Code, library_items};
use super::names::{Def, File, ItemId, ScopeId, Space, Written};
use super::resolve::{Found, Outcome, Resolver};
use super::source_tree::Sources;
use super::surface_items::{named, spelled};

/// Something that users can reach.
pub(crate) struct Entry {
    /// What it is, for example `fn`.
    pub(crate) kind: String,
    /// Without the name of the library.
    pub(crate) path: String,
    /// All of it in one line.
    pub(crate) line: String,
    pub(crate) file: File,
    pub(crate) subject: Subject,
    /// Code in which other items may stand, and where their names are looked for.
    pub(crate) code: String,
    pub(crate) scope: ScopeId,
}

pub(crate) enum Subject {
    /// A name in a module: of an item, of a module, of something re-exported.
    Named {
        module: ScopeId,
        name: String,
        found: Found,
    },
    /// A function or a constant of a type.
    Member {
        owner: ItemId,
        name: String,
        on_value: bool,
    },
    Field {
        owner: ItemId,
        name: String,
    },
    /// A variant, or an item of a trait: as public as the whole.
    Part {
        owner: ItemId,
    },
}

/// A type that an implementation of a trait names: whoever has the owner may have it.
pub(crate) struct Associated {
    pub(crate) owner: ItemId,
    pub(crate) code: String,
    pub(crate) scope: ScopeId,
}

#[derive(Default)]
pub(crate) struct Surface {
    /// In the order of their paths.
    pub(crate) entries: Vec<Entry>,
    pub(crate) associated: Vec<Associated>,
    /// What was not understood.
    pub(crate) problems: Vec<String>,
}

impl Surface {
    /// The surface of the library whose root is `root`.
    pub(crate) fn of(resolver: &Resolver, sources: &Sources, root: ScopeId) -> Self {
        let mut surface = Self::default();
        let items = library_items(&resolver.names, sources, root, &mut surface.problems);
        let mut walk = Walk {
            resolver,
            items,
            impls: BTreeMap::new(),
            modules: BTreeMap::new(),
            homes: BTreeMap::new(),
            opened: Vec::new(),
            surface,
        };
        walk.read_impls();
        walk.open(root, "");
        walk.list();
        let mut surface = walk.surface;
        surface.entries.sort_by_cached_key(|entry| {
            let names: Vec<String> = entry.path.split("::").map(str::to_owned).collect();
            (names, entry.line.clone())
        });
        surface
    }
}

pub(crate) struct Walk<'all> {
    pub(crate) resolver: &'all Resolver,
    items: BTreeMap<ScopeId, Vec<Code>>,
    /// Every `impl` of a type of the library.
    pub(crate) impls: BTreeMap<ItemId, Vec<Code>>,
    /// The public modules, each with its path.
    modules: BTreeMap<ScopeId, String>,
    /// Where an item of a private module is listed.
    homes: BTreeMap<ItemId, String>,
    /// Public modules whose re-exports are not listed yet.
    opened: Vec<ScopeId>,
    pub(crate) surface: Surface,
}

impl Walk<'_> {
    fn read_impls(&mut self) {
        for code in self.items.values().flatten() {
            let Item::Impl(item) = &*code.item else { continue };
            let Type::Path(of) = &*item.self_ty else { continue };
            let absolute = of.path.leading_colon.is_some();
            let written = Written { path: segments(&of.path), absolute, scope: code.scope };
            let Outcome::To(hits) = self.resolver.resolve(&written, Space::Type) else { continue };
            if let Some(owner) = hits.first().and_then(|hit| self.resolver.real(hit)) {
                self.impls.entry(owner).or_default().push(code.clone());
            }
        }
    }

    /// Makes a module public under `path`, with the public modules below it.
    fn open(&mut self, module: ScopeId, path: &str) {
        self.modules.insert(module, path.to_owned());
        self.opened.push(module);
        for code in self.items.get(&module).cloned().unwrap_or_default() {
            if let Item::Mod(ItemMod { vis: Visibility::Public(_), ident, .. }) = &*code.item {
                let name = plain(ident);
                for inner in self.resolver.names.inner_module(module, &name) {
                    let path = joined(path, &name);
                    self.name(&code, "mod", (module, &name), &path, "", Found::Module(inner));
                    self.open(inner, &path);
                }
            }
        }
    }

    /// Lists the items of the public modules, then what they re-export.
    fn list(&mut self) {
        for (module, path) in self.modules.clone() {
            self.list_module(module, &path);
        }
        while let Some(module) = self.first_opened() {
            let path = self.modules[&module].clone();
            for code in self.items.get(&module).cloned().unwrap_or_default() {
                let Item::Use(item) = &*code.item else { continue };
                if !matches!(item.vis, Visibility::Public(_)) {
                    continue;
                }
                for leaf in leaves(item) {
                    let Some(name) = leaf.name else {
                        self.surface.problems.push(format!("{}: a glob of names is re-exported", code.file));
                        continue;
                    };
                    let target = Written { path: leaf.path, absolute: leaf.absolute, scope: module };
                    self.reexport(&code, &target, (module, &name), &joined(&path, &name));
                }
            }
        }
    }

    /// The next module, by its path.
    fn first_opened(&mut self) -> Option<ScopeId> {
        let first = (0..self.opened.len()).min_by_key(|at| self.modules[&self.opened[*at]].clone())?;
        Some(self.opened.remove(first))
    }

    fn list_module(&mut self, module: ScopeId, path: &str) {
        for code in self.items.get(&module).cloned().unwrap_or_default() {
            let Some(named) = named(&code) else { continue };
            if let (true, Some(item)) = (named.public, self.item(module, &named.name, named.space)) {
                let place = (module, named.name.as_str());
                self.list_item(&code, item, place, &joined(path, &named.name));
            }
        }
    }

    /// Lists what `target` leads to under `path`, or says where it is listed.
    fn reexport(&mut self, code: &Code, target: &Written, place: (ScopeId, &str), path: &str) {
        let hits = match self.resolver.resolve(target, Space::Any) {
            Outcome::To(hits) => hits,
            Outcome::Unknown | Outcome::Lost(_) => Vec::new(),
        };
        let elsewhere = hits.is_empty() || hits.iter().any(|hit| hit.found == Found::Outside);
        if elsewhere {
            let target = format!(" = {}", target.path.join("::"));
            return self.name(code, "use", place, path, &target, Found::Outside);
        }
        for hit in hits {
            let home = match hit.found {
                Found::Module(module) => self.modules.get(&module).cloned(),
                Found::Item(item) => self.home(item),
                Found::Outside => None,
            };
            match (home, hit.found) {
                (Some(home), found) => {
                    let target = hit.rest.iter().fold(home, |path, name| joined(&path, name));
                    self.name(code, "use", place, path, &format!(" = {target}"), found);
                }
                (None, Found::Module(module)) => {
                    self.name(code, "mod", place, path, "", hit.found);
                    self.open(module, path);
                    self.list_module(module, path);
                }
                (None, Found::Item(item)) => {
                    self.homes.insert(item, path.to_owned());
                    for code in self.codes_of(item) {
                        self.list_item(&code, item, place, path);
                    }
                }
                (None, Found::Outside) => {}
            }
        }
    }

    /// The path under which an item is listed already.
    fn home(&self, item: ItemId) -> Option<String> {
        let found = &self.resolver.names.items[item];
        let public = |code: &Code| named(code).is_some_and(|named| named.public);
        match self.modules.get(&found.scope) {
            Some(module) if self.codes_of(item).iter().any(public) => Some(joined(module, &found.name)),
            _ => self.homes.get(&item).cloned(),
        }
    }

    /// The code of an item.
    fn codes_of(&self, item: ItemId) -> Vec<Code> {
        let found = &self.resolver.names.items[item];
        let is_it = |code: &&Code| {
            named(code).is_some_and(|named| {
                named.name == found.name && self.item(found.scope, &named.name, named.space) == Some(item)
            })
        };
        self.items.get(&found.scope).into_iter().flatten().filter(is_it).cloned().collect()
    }

    /// The item that is called `name` in a module.
    fn item(&self, module: ScopeId, name: &str, space: Space) -> Option<ItemId> {
        let names = &self.resolver.names;
        let item = |def: &Def| match def {
            Def::Item(item) if names.items[*item].spaces.first() == Some(&space) => Some(*item),
            _ => None,
        };
        names.scopes[module].names.get(name)?.iter().find_map(item)
    }

    /// Adds a name in a module.
    pub(crate) fn name(
        &mut self,
        code: &Code,
        kind: &str,
        (module, name): (ScopeId, &str),
        path: &str,
        signature: &str,
        found: Found,
    ) {
        let subject = Subject::Named { module, name: name.to_owned(), found };
        self.add(code, kind, path, signature, subject);
    }

    pub(crate) fn add(&mut self, code: &Code, kind: &str, path: &str, signature: &str, subject: Subject) {
        let line = spelled(kind, path, signature);
        let (kind, path, signature) = (kind.to_owned(), path.to_owned(), signature.to_owned());
        let (file, scope) = (code.file.clone(), code.scope);
        self.surface.entries.push(Entry { kind, path, line, file, subject, code: signature, scope });
    }
}

pub(crate) fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}::{name}") }
}
