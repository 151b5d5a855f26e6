//! Errors: which types are some, and that whoever prints one with all its causes reads every
//! sentence once (`docs/decisions/0062-one-reading-and-one-chain.md`).
//!
//! The text of an error shows what is inside it. So its `source` goes on with the cause of what is
//! inside, and gives that itself only where the text has other words in its place.

use std::collections::BTreeSet;
use std::path::Path;

use syn::visit::{self, Visit};

use super::cfg::{attributes, for_tests};
use super::source_tree::Sources;

/// With less, nothing was read.
const ERRORS_MIN: usize = 50;

/// Each `source` that gives what is inside: its file, and what it names. The text has other words.
const SHOWN_OTHERWISE: [(&str, &str); 2] = [
    ("offline-side/src/ceremony/request/error.rs", "RequestFault"),
    // Of a port, by `PortFault::source`.
    ("offline-side/src/link/error.rs", "LinkError"),
];

/// What a file has of errors.
#[derive(Debug, Default)]
struct Errors {
    /// Types that are named as errors are.
    named: BTreeSet<String>,
    /// Types with a text.
    shown: BTreeSet<String>,
    /// Types that are errors.
    errors: BTreeSet<String>,
    /// Those whose `source` gives what is inside them.
    giving: BTreeSet<String>,
}

impl Errors {
    fn of(text: &str) -> Self {
        let mut errors = Self::default();
        errors.visit_file(&syn::parse_file(text).unwrap());
        errors
    }

    /// The types that should be errors and are none: every `…Error`, and every `…Fault` with a text.
    fn missing(&self) -> impl Iterator<Item = &String> {
        let is_one = |name: &&String| name.ends_with("Error") || self.shown.contains(*name);
        self.named.iter().filter(is_one).filter(|name| !self.errors.contains(*name))
    }

    fn name(&mut self, name: &syn::Ident) {
        let name = name.to_string();
        if name.ends_with("Error") || name.ends_with("Fault") {
            self.named.insert(name);
        }
    }
}

/// Whether a `source` can give what is inside: in every case that is neither `None` nor `Error::source(…)`.
fn gives(item: &syn::ItemImpl) -> bool {
    item.items.iter().any(|member| match member {
        syn::ImplItem::Fn(function) if function.sig.ident == "source" => block_gives(&function.block),
        _ => false,
    })
}

fn block_gives(block: &syn::Block) -> bool {
    match block.stmts.as_slice() {
        [syn::Stmt::Expr(value, None)] => value_gives(value),
        _ => true,
    }
}

/// Whether it is the function `Error::source`.
fn is_error_source(function: &syn::Expr) -> bool {
    let syn::Expr::Path(path) = function else { return false };
    let last: Vec<&syn::Ident> = path.path.segments.iter().rev().take(2).map(|part| &part.ident).collect();
    matches!(last.as_slice(), [function, of] if *function == "source" && *of == "Error")
}

fn value_gives(value: &syn::Expr) -> bool {
    match value {
        syn::Expr::Path(path) => !path.path.is_ident("None"),
        syn::Expr::Call(call) => !is_error_source(&call.func),
        syn::Expr::MethodCall(call) => {
            let is_of_inside = call.args.len() == 1 && call.args.first().is_some_and(is_error_source);
            call.method != "and_then" || !is_of_inside
        }
        syn::Expr::Match(choice) => choice.arms.iter().any(|arm| value_gives(&arm.body)),
        syn::Expr::Block(block) => block_gives(&block.block),
        _ => true,
    }
}

impl<'ast> Visit<'ast> for Errors {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.name(&item.ident);
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.name(&item.ident);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let (Some((_, of, _)), syn::Type::Path(own)) = (&item.trait_, &*item.self_ty) else { return };
        let last = |path: &syn::Path| path.segments.last().map(|segment| segment.ident.to_string());
        let (Some(of), Some(own)) = (last(of), last(&own.path)) else { return };
        match of.as_str() {
            "Display" => {
                self.shown.insert(own);
            }
            "Error" => {
                if gives(item) {
                    self.giving.insert(own.clone());
                }
                self.errors.insert(own);
            }
            _ => {}
        }
    }
}

#[test]
fn every_error_is_one_and_no_chain_of_causes_says_a_thing_twice() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let sources = Sources::of_repository(root);
    let (mut wrong, mut count) = (Vec::new(), 0);
    let mut otherwise = SHOWN_OTHERWISE.to_vec();
    for (path, text) in &sources.files {
        let errors = Errors::of(text);
        count += errors.errors.len();
        wrong.extend(errors.missing().map(|name| format!("{path}: {name} does not implement Error")));
        for name in &errors.giving {
            match otherwise.iter().position(|known| *known == (path.as_str(), name.as_str())) {
                Some(place) => drop(otherwise.swap_remove(place)),
                None => {
                    wrong.push(format!("{path}: {name}: the text of what source() gives is in its own text already"))
                }
            }
        }
    }
    wrong.extend(otherwise.iter().map(|(path, name)| format!("{path}: {name} gives nothing from inside")));
    println!("{count} types are errors");
    assert!(count >= ERRORS_MIN, "only {count} types are errors");
    assert!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_fault_without_error_and_a_source_that_repeats_are_found() {
    let text = "
        pub enum ReadError { Cut }
        enum LineFault { Long }
        enum SilentFault { Long }
        mod inner {
            pub struct DiskError(std::io::Error);
            impl std::fmt::Display for DiskError {}
            impl std::error::Error for DiskError {
                fn source(&self) -> Option<&(dyn Error + 'static)> { match self { Self(error) => Some(error) } }
            }
        }
        impl fmt::Display for LineFault {}
        pub struct WholeError(std::io::Error);
        impl Error for WholeError { fn source(&self) -> Option<&(dyn Error + 'static)> { Error::source(&self.0) } }
        pub struct ChosenError(std::io::Error, bool);
        impl std::error::Error for ChosenError {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                match self { Self(error, true) => std::error::Error::source(error), Self(_, false) => { None } }
            }
        }
        pub struct MappedError(Option<std::io::Error>);
        impl Error for MappedError {
            fn source(&self) -> Option<&(dyn Error + 'static)> { self.0.as_ref().map(|error| error as _) }
        }
        pub struct BoxedError(Option<Box<dyn Error>>);
        impl Error for BoxedError { fn source(&self) -> Option<&(dyn Error + 'static)> { self.0.as_deref() } }
        pub struct PerhapsError(Option<std::io::Error>);
        impl Error for PerhapsError {
            fn source(&self) -> Option<&(dyn Error + 'static)> { self.0.as_ref().and_then(Error::source) }
        }
        pub struct OwnError(std::io::Error);
        impl Error for OwnError { fn source(&self) -> Option<&(dyn Error + 'static)> { self.0.source() } }
        pub struct EarlyError(std::io::Error);
        impl Error for EarlyError {
            fn source(&self) -> Option<&(dyn Error + 'static)> { return Some(&self.0); }
        }
        #[cfg(test)]
        mod tests { struct TestError; }
    ";
    let errors = Errors::of(text);
    assert_eq!(errors.missing().collect::<Vec<_>>(), ["LineFault", "ReadError"]);
    assert_eq!(
        errors.giving.iter().collect::<Vec<_>>(),
        ["BoxedError", "DiskError", "EarlyError", "MappedError", "OwnError"]
    );
    assert_eq!(errors.errors.len(), 8);
}
