//! From a path to what it names.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Def, File, Item, ItemId, Names, ScopeId, Space, Written};

/// What the front of a path names, and the rest of the path: a variant, a function or a constant of
/// a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) found: Found,
    pub(crate) rest: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Module(ScopeId),
    Item(ItemId),
    /// Something of another crate than ours.
    Outside,
}

/// Where a path leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    To(Vec<Hit>),
    /// Nothing of that name is ours: the prelude, another crate, a variable.
    Unknown,
    /// It should lead to something of ours, and does not.
    Lost(String),
}

type Seen = Vec<(ScopeId, String, Space)>;

/// The names, and which file has which function of a type.
pub(crate) struct Resolver {
    pub(crate) names: Names,
    members: BTreeMap<(ItemId, String), BTreeSet<File>>,
}

impl Resolver {
    pub(crate) fn new(names: Names) -> Self {
        let mut resolver = Self { names, members: BTreeMap::new() };
        let mut members = BTreeMap::<_, BTreeSet<File>>::new();
        for inherent in &resolver.names.inherents {
            let Outcome::To(hits) = resolver.resolve(&inherent.of, Space::Type) else { continue };
            for item in hits.iter().filter_map(|hit| resolver.real(hit)) {
                for name in &inherent.names {
                    members.entry((item, name.clone())).or_default().insert(inherent.file.clone());
                }
            }
        }
        resolver.members = members;
        resolver
    }

    /// The files that a hit is about: that of the type, and that of its function where another file
    /// has it.
    pub(crate) fn files_of(&self, hit: &Hit) -> BTreeSet<File> {
        let mut files = BTreeSet::new();
        match hit.found {
            Found::Module(scope) => _ = files.insert(self.names.scopes[scope].file.clone()),
            Found::Item(item) => {
                files.insert(self.names.items[item].file.clone());
                if let (Some(real), Some(member)) = (self.real(hit), hit.rest.first()) {
                    files.extend(self.files_of_member(real, member));
                }
            }
            Found::Outside => {}
        }
        files
    }

    /// The files with an inherent function or constant `member` of the type `item`.
    pub(crate) fn files_of_member(&self, item: ItemId, member: &str) -> BTreeSet<File> {
        self.members.get(&(item, member.to_owned())).cloned().unwrap_or_default()
    }

    /// The type itself, where a hit is an alias of one.
    pub(crate) fn real(&self, hit: &Hit) -> Option<ItemId> {
        let Found::Item(mut item) = hit.found else { return None };
        // An alias of an alias of an alias is as far as anyone goes.
        for _ in 0..3 {
            let Some(alias) = &self.names.items[item].alias else { break };
            match self.resolve(alias, Space::Type) {
                Outcome::To(hits) => match hits.first() {
                    Some(Hit { found: Found::Item(next), .. }) => item = *next,
                    _ => break,
                },
                _ => break,
            }
        }
        Some(item)
    }

    /// Where `written` leads.
    pub(crate) fn resolve(&self, written: &Written, space: Space) -> Outcome {
        self.walk(written, space, &mut Seen::new())
    }

    fn walk(&self, written: &Written, space: Space, seen: &mut Seen) -> Outcome {
        let Written { path, absolute, scope } = written;
        let Some(first) = path.first() else { return Outcome::Unknown };
        let here = &self.names.scopes[*scope];
        let start = if path.len() == 1 { space } else { Space::Type };
        let mut hits = match first.as_str() {
            _ if *absolute => self.library(first),
            "crate" => vec![Found::Module(here.root)],
            "self" => vec![Found::Module(here.module)],
            "super" => match here.above {
                Some(above) => vec![Found::Module(above)],
                None => return Outcome::Lost("there is no module above".to_owned()),
            },
            _ => {
                let found = self.look_up(*scope, first, start, seen);
                if found.is_empty() { self.library(first) } else { found }
            }
        };
        if hits.is_empty() {
            return Outcome::Unknown;
        }
        for (at, name) in path.iter().enumerate().skip(1) {
            let last = at + 1 == path.len();
            let mut next = Vec::new();
            let mut module = None;
            for hit in hits {
                match hit {
                    Found::Module(inner) => {
                        module = Some(inner);
                        next.extend(self.step(inner, name, if last { space } else { Space::Type }, seen));
                    }
                    Found::Item(item) => {
                        let rest = path[at..].to_vec();
                        return Outcome::To(vec![Hit { found: Found::Item(item), rest }]);
                    }
                    Found::Outside => return Outcome::To(vec![Hit { found: hit, rest: Vec::new() }]),
                }
            }
            if next.is_empty() {
                let module = module.map_or(String::new(), |module| self.place(module));
                return Outcome::Lost(format!("there is no {name} in {module}"));
            }
            hits = next;
        }
        hits.dedup();
        Outcome::To(hits.into_iter().map(|found| Hit { found, rest: Vec::new() }).collect())
    }

    fn step(&self, module: ScopeId, name: &str, space: Space, seen: &mut Seen) -> Vec<Found> {
        if name == "super" {
            return self.names.scopes[module].above.map(Found::Module).into_iter().collect();
        }
        let found = self.named(module, name, space, seen);
        // A macro or a type may stand where a value is expected.
        if found.is_empty() { self.named(module, name, Space::Any, seen) } else { found }
    }

    fn library(&self, name: &str) -> Vec<Found> {
        self.names.libraries.get(name).map(|scope| Found::Module(*scope)).into_iter().collect()
    }

    /// What `name` is in the code of `scope`: in its block, in the blocks around, in its module.
    fn look_up(&self, scope: ScopeId, name: &str, space: Space, seen: &mut Seen) -> Vec<Found> {
        let mut at = Some(scope);
        while let Some(scope) = at {
            let found = self.named(scope, name, space, seen);
            if !found.is_empty() {
                return found;
            }
            let here = &self.names.scopes[scope];
            // A macro is known in the modules below that follow it.
            at = here.around.or(if space == Space::Macro { here.above } else { None });
        }
        Vec::new()
    }

    /// What `name` is in `scope` itself: declared, imported, or by a glob.
    fn named(&self, scope: ScopeId, name: &str, space: Space, seen: &mut Seen) -> Vec<Found> {
        let key = (scope, name.to_owned(), space);
        if seen.contains(&key) {
            return Vec::new();
        }
        seen.push(key);
        let here = &self.names.scopes[scope];
        let mut found = Vec::new();
        for def in here.names.get(name).into_iter().flatten() {
            match def {
                Def::Module(inner) if matches!(space, Space::Type | Space::Any) => found.push(Found::Module(*inner)),
                Def::Item(item) if fits(&self.names.items[*item], space) => found.push(Found::Item(*item)),
                Def::Import(written) => found.extend(self.imported(written, space, seen)),
                Def::Module(_) | Def::Item(_) => {}
            }
        }
        // Whatever else an import from outside is, what is ours has the name in this space.
        if found.iter().any(|found| *found != Found::Outside) {
            found.retain(|found| *found != Found::Outside);
        }
        let globs = if found.is_empty() { here.globs.as_slice() } else { &[] };
        for glob in globs {
            let Outcome::To(hits) = self.walk(glob, Space::Type, seen) else { continue };
            for hit in hits {
                match hit.found {
                    Found::Module(module) => found.extend(self.named(module, name, space, seen)),
                    Found::Item(item) if self.names.items[item].variants.iter().any(|variant| variant == name) => {
                        found.push(Found::Item(item));
                    }
                    Found::Item(_) | Found::Outside => {}
                }
            }
        }
        seen.pop();
        found
    }

    fn imported(&self, written: &Written, space: Space, seen: &mut Seen) -> Vec<Found> {
        match self.walk_exactly(written, space, seen) {
            Outcome::To(hits) => hits.into_iter().map(|hit| hit.found).collect(),
            Outcome::Unknown => vec![Found::Outside],
            Outcome::Lost(_) => Vec::new(),
        }
    }

    /// Like `walk`, but an import of a function is no type of that name.
    fn walk_exactly(&self, written: &Written, space: Space, seen: &mut Seen) -> Outcome {
        let outcome = self.walk(written, space, seen);
        let Outcome::To(hits) = outcome else { return outcome };
        let fitting = |hit: &Hit| match hit.found {
            Found::Item(item) => !hit.rest.is_empty() || fits(&self.names.items[item], space),
            Found::Module(_) => matches!(space, Space::Type | Space::Any),
            Found::Outside => true,
        };
        let hits: Vec<Hit> = hits.into_iter().filter(fitting).collect();
        if hits.is_empty() { Outcome::Lost(String::new()) } else { Outcome::To(hits) }
    }

    /// A scope as a message names it.
    pub(crate) fn place(&self, scope: ScopeId) -> String {
        let scope = &self.names.scopes[scope];
        format!("the module {} ({})", scope.name, scope.file)
    }
}

fn fits(item: &Item, space: Space) -> bool {
    space == Space::Any || item.spaces.contains(&space)
}
