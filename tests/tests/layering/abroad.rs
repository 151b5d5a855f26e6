//! What crates use of each other: names out of public modules, items, functions of types.

use std::collections::BTreeSet;

use super::names::{ItemId, Names, ScopeId, Space, Written};
use super::resolve::{Found, Hit, Outcome, Resolver};

/// All uses of one crate by another.
#[derive(Default)]
pub(crate) struct Abroad {
    /// The root of the crate that uses, and the root of the one it uses.
    pub(crate) users: BTreeSet<(ScopeId, ScopeId)>,
    /// Modules, and the names that are written behind them.
    pub(crate) names: BTreeSet<(ScopeId, String)>,
    /// Modules whose names another crate imports by a glob.
    pub(crate) globs: BTreeSet<ScopeId>,
    pub(crate) items: BTreeSet<ItemId>,
    /// Types and traits, and the names that are written behind them.
    pub(crate) members: BTreeSet<(ItemId, String)>,
}

impl Abroad {
    /// Takes note of a path that leads to `hits`.
    pub(crate) fn note(&mut self, resolver: &Resolver, written: &Written, hits: &[Hit]) {
        let names = &resolver.names;
        let here = names.scopes[written.scope].root;
        let elsewhere = |found| root_of(names, found).filter(|root| *root != here);
        let mut abroad = false;
        for hit in hits {
            // The type may be another crate's where the alias in front is not.
            if let (Some(item), Some(member)) = (resolver.real(hit), hit.rest.first())
                && elsewhere(Found::Item(item)).is_some()
            {
                self.members.insert((item, member.clone()));
            }
            let Some(root) = elsewhere(hit.found) else { continue };
            abroad = true;
            self.users.insert((here, root));
            if let Found::Item(item) = hit.found {
                self.items.insert(item);
            }
        }
        if abroad {
            self.note_names(resolver, written, here);
        }
    }

    /// Takes note of a glob behind a path.
    pub(crate) fn note_glob(&mut self, resolver: &Resolver, written: &Written) {
        let names = &resolver.names;
        let here = names.scopes[written.scope].root;
        if let Outcome::To(hits) = resolver.resolve(written, Space::Type) {
            let module = |hit: &Hit| if let Found::Module(module) = hit.found { Some(module) } else { None };
            self.globs.extend(hits.iter().filter_map(module).filter(|module| names.scopes[*module].root != here));
        }
    }

    /// Takes note of each name of a path that is behind a module of another crate.
    fn note_names(&mut self, resolver: &Resolver, written: &Written, here: ScopeId) {
        for (end, name) in written.path.iter().enumerate().skip(1) {
            let front = Written { path: written.path[..end].to_vec(), ..written.clone() };
            let Outcome::To(hits) = resolver.resolve(&front, Space::Type) else { continue };
            for hit in hits {
                if let Found::Module(module) = hit.found
                    && resolver.names.scopes[module].root != here
                {
                    self.names.insert((module, name.clone()));
                }
            }
        }
    }
}

fn root_of(names: &Names, found: Found) -> Option<ScopeId> {
    match found {
        Found::Module(scope) => Some(names.scopes[scope].root),
        Found::Item(item) => Some(names.scopes[names.items[item].scope].root),
        Found::Outside => None,
    }
}
