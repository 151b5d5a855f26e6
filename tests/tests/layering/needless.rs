//! What is public in a crate, and no other crate uses it.
//!
//! An item is used where a path of another crate leads to it, or where it stands in the signature of
//! something used. The type of a value is not known here: a method or a field is used where its name
//! is written behind a dot. A structure is open or closed as a whole: one field in use is enough.

use std::collections::BTreeSet;

use super::arrows::Walker;
use super::macros::candidates;
use super::names::{ItemId, ScopeId, Space, Written};
use super::resolve::{Found, Outcome};
use super::source_tree::Sources;
use super::spoken::Spoken;
use super::surface::{Entry, Subject, Surface};

/// The entries of a surface that nobody needs. Of what is within such an entry, nothing is said.
pub(crate) fn needless<'all>(
    walker: &Walker,
    sources: &Sources,
    root: ScopeId,
    surface: &'all Surface,
) -> Vec<&'all Entry> {
    let mut search = Search {
        walker,
        spoken: spoken_by_users(walker, sources, root),
        reached: walker.abroad.items.clone(),
        read: BTreeSet::new(),
        open: BTreeSet::new(),
    };
    while search.reach_more(surface) {}
    let taken: Vec<&str> = paths(surface, |entry| search.is_taken(entry));
    let needed = |entry: &Entry| match &entry.subject {
        Subject::Named { found: Found::Module(_), .. } if entry.kind == "mod" => {
            let below = format!("{}::", entry.path);
            search.is_taken(entry) || taken.iter().any(|path| path.starts_with(&below))
        }
        // Under another name it is in use.
        Subject::Named { found: Found::Item(item), .. } if entry.kind != "use" => search.reached.contains(item),
        _ => search.is_taken(entry),
    };
    let gone: BTreeSet<&str> = paths(surface, |entry| !needed(entry)).into_iter().collect();
    let within = |entry: &Entry| entry.path.match_indices("::").any(|(at, _)| gone.contains(&entry.path[..at]));
    let told = |entry: &&Entry| !needed(entry) && !within(entry) && !matches!(entry.subject, Subject::Part { .. });
    surface.entries.iter().filter(told).collect()
}

fn paths(surface: &Surface, which: impl Fn(&Entry) -> bool) -> Vec<&str> {
    surface.entries.iter().filter(|entry| which(entry)).map(|entry| entry.path.as_str()).collect()
}

/// What the crates that use a crate write behind dots and in braces.
fn spoken_by_users(walker: &Walker, sources: &Sources, root: ScopeId) -> Spoken {
    let names = &walker.resolver.names;
    let mut spoken = Spoken::default();
    let mut read = BTreeSet::new();
    for parsed in &names.parsed {
        let user = names.scopes[parsed.scope].root;
        if walker.abroad.users.contains(&(user, root)) && read.insert(&parsed.file) {
            spoken.read(&sources.files[&*parsed.file]);
        }
    }
    spoken
}

struct Search<'all> {
    walker: &'all Walker,
    spoken: Spoken,
    /// Items that another crate can have in its hands.
    reached: BTreeSet<ItemId>,
    /// Structures of which a field is in use.
    open: BTreeSet<ItemId>,
    /// Code that was looked through.
    read: BTreeSet<(ScopeId, String)>,
}

impl Search<'_> {
    /// Whether another crate takes it from here.
    fn is_taken(&self, entry: &Entry) -> bool {
        let abroad = &self.walker.abroad;
        match &entry.subject {
            Subject::Named { module, name, found } => {
                // What no path leads to is reached through something else.
                let without_path = |item: &ItemId| {
                    self.reached.contains(item) && (!abroad.items.contains(item) || abroad.globs.contains(module))
                };
                abroad.names.contains(&(*module, name.clone()))
                    || matches!(found, Found::Item(item) if without_path(item))
            }
            Subject::Member { owner, name, on_value } => {
                let by_path = abroad.members.contains(&(*owner, name.clone()));
                by_path || self.reached.contains(owner) && *on_value && self.spoken.dotted.contains(name)
            }
            Subject::Field { owner, .. } => self.open.contains(owner),
            Subject::Part { owner } => self.reached.contains(owner),
        }
    }

    /// Whether another crate may write the name of this field.
    fn is_written(&self, owner: ItemId, name: &str) -> bool {
        let nameless = name.starts_with(|first: char| first.is_ascii_digit());
        let built = nameless && self.spoken.called.contains(&self.walker.resolver.names.items[owner].name);
        let written = self.spoken.dotted.contains(name) || self.spoken.in_braces.contains(name);
        self.reached.contains(&owner) && (built || written)
    }

    /// Reaches the items in the signatures of what is used. Whether there were more.
    fn reach_more(&mut self, surface: &Surface) -> bool {
        let before = (self.reached.len(), self.open.len());
        for entry in &surface.entries {
            if let Subject::Field { owner, name } = &entry.subject
                && self.is_written(*owner, name)
            {
                self.open.insert(*owner);
            }
        }
        for entry in &surface.entries {
            if self.is_taken(entry) {
                self.reach(entry.scope, &entry.code);
            }
        }
        for named in &surface.associated {
            if self.reached.contains(&named.owner) {
                self.reach(named.scope, &named.code);
            }
        }
        (self.reached.len(), self.open.len()) > before
    }

    fn reach(&mut self, scope: ScopeId, code: &str) {
        if !self.read.insert((scope, code.to_owned())) {
            return;
        }
        let resolver = &self.walker.resolver;
        for candidate in candidates(code.parse().unwrap_or_default()) {
            let written = Written { path: candidate.path, absolute: false, scope };
            let Outcome::To(hits) = resolver.resolve(&written, Space::Type) else { continue };
            for hit in hits {
                if let Found::Item(item) = hit.found {
                    self.reached.insert(item);
                }
                self.reached.extend(resolver.real(&hit));
            }
        }
    }
}
