//! Paths as they are written, and what a `use` imports.

use syn::{Expr, Ident, ItemUse, Lit, Path, UseTree};

/// One name that a `use` imports.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) path: Vec<String>,
    pub(crate) absolute: bool,
    /// What it is called here; none for a glob.
    pub(crate) name: Option<String>,
    pub(crate) line: usize,
}

/// Everything that `item` imports.
pub(crate) fn leaves(item: &ItemUse) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    gather(&item.tree, &mut Vec::new(), item.leading_colon.is_some(), &mut leaves);
    leaves
}

fn gather(tree: &UseTree, before: &mut Vec<String>, absolute: bool, leaves: &mut Vec<Leaf>) {
    let mut leaf = |last: Option<&Ident>, name: Option<&Ident>, line: usize| {
        let mut path = before.clone();
        let mut name = name.map(plain);
        // `a::{self}` is `a`.
        let itself = last.is_some_and(|last| last == "self") && !path.is_empty();
        if itself && name.as_deref() == Some("self") {
            name = path.last().cloned();
        }
        path.extend(last.filter(|_| !itself).map(plain));
        leaves.push(Leaf { path, absolute, name, line });
    };
    match tree {
        UseTree::Path(inner) => {
            before.push(plain(&inner.ident));
            gather(&inner.tree, before, absolute, leaves);
            before.pop();
        }
        UseTree::Name(name) => leaf(Some(&name.ident), Some(&name.ident), line(&name.ident)),
        UseTree::Rename(rename) => leaf(Some(&rename.ident), Some(&rename.rename), line(&rename.ident)),
        UseTree::Glob(glob) => leaf(None, None, glob.star_token.span.start().line),
        UseTree::Group(group) => {
            for tree in &group.items {
                gather(tree, before, absolute, leaves);
            }
        }
    }
}

/// The names of a path, without what stands between angle brackets.
pub(crate) fn segments(path: &Path) -> Vec<String> {
    path.segments.iter().map(|segment| plain(&segment.ident)).collect()
}

/// A name without the mark of a raw identifier.
pub(crate) fn plain(name: &Ident) -> String {
    let name = name.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}

/// The line of a name.
pub(crate) fn line(name: &Ident) -> usize {
    name.span().start().line
}

/// The text of a string.
pub(crate) fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
