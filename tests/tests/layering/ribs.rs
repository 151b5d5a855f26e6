//! The local names of a function: its parameters, its variables, the types it is generic over.

use std::collections::BTreeSet;

use super::names::{Names, ScopeId};

/// The local names of one block, function or arm.
#[derive(Default)]
struct Rib {
    values: BTreeSet<String>,
    types: BTreeSet<String>,
    /// The items of a block.
    block: Option<ScopeId>,
    /// An item begins here, which knows no local name of the code around it.
    item: bool,
}

/// All that is in sight, the innermost last.
#[derive(Default)]
pub(crate) struct Ribs(Vec<Rib>);

impl Ribs {
    pub(crate) fn open(&mut self) {
        self.0.push(Rib::default());
    }

    pub(crate) fn open_item(&mut self) {
        self.0.push(Rib { item: true, ..Rib::default() });
    }

    pub(crate) fn open_block(&mut self, block: Option<ScopeId>) {
        self.0.push(Rib { block, ..Rib::default() });
    }

    pub(crate) fn close(&mut self) {
        self.0.pop();
    }

    pub(crate) fn add_value(&mut self, name: String) {
        if let Some(rib) = self.0.last_mut() {
            rib.values.insert(name);
        }
    }

    pub(crate) fn add_type(&mut self, name: String) {
        if let Some(rib) = self.0.last_mut() {
            rib.types.insert(name);
        }
    }

    pub(crate) fn has_type(&self, name: &str) -> bool {
        self.0.iter().rev().scan(false, beyond_item).any(|rib| rib.types.contains(name))
    }

    /// Whether `name` is a variable; an item of an inner block hides one of an outer block.
    pub(crate) fn has_value(&self, name: &str, names: &Names) -> bool {
        for rib in self.0.iter().rev().scan(false, beyond_item) {
            if rib.values.contains(name) {
                return true;
            }
            if rib.block.is_some_and(|block| names.scopes[block].names.contains_key(name)) {
                return false;
            }
        }
        false
    }
}

/// Ends behind the rib where an item begins.
fn beyond_item<'ribs>(ended: &mut bool, rib: &'ribs Rib) -> Option<&'ribs Rib> {
    if *ended {
        return None;
    }
    *ended = rib.item;
    Some(rib)
}
