//! The items of a library, module by module, also those that its table macros make.

use std::collections::BTreeMap;
use std::rc::Rc;

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Item, ItemMacro};

use super::cfg::{attributes, for_tests};
use super::expand::expanded;
use super::imports::plain;
use super::names::{File, Names, ScopeId};
use super::source_tree::Sources;

/// An item, with the text that its spans are places in.
#[derive(Clone)]
pub(crate) struct Code {
    pub(crate) scope: ScopeId,
    pub(crate) file: File,
    pub(crate) text: Rc<str>,
    pub(crate) item: Rc<Item>,
}

/// Every item of the library whose root is `root`, but those for tests and those hidden from its
/// documentation. What a macro makes that is not understood is one of the `problems`.
pub(crate) fn library_items(
    names: &Names,
    sources: &Sources,
    root: ScopeId,
    problems: &mut Vec<String>,
) -> BTreeMap<ScopeId, Vec<Code>> {
    let mut gathered = Gathered { names, rules: BTreeMap::new(), items: BTreeMap::new(), problems };
    for parsed in names.parsed.iter().filter(|parsed| names.scopes[parsed.scope].root == root) {
        let text: Rc<str> = sources.files[&*parsed.file].as_str().into();
        gathered.rules.clear();
        // What is no Rust is a problem of the names already.
        let items = syn::parse_file(&text).map_or(Vec::new(), |file| file.items);
        gathered.add(parsed.scope, &parsed.file, &text, items);
    }
    gathered.items
}

struct Gathered<'all> {
    names: &'all Names,
    /// The macros of the file.
    rules: BTreeMap<String, TokenStream>,
    items: BTreeMap<ScopeId, Vec<Code>>,
    problems: &'all mut Vec<String>,
}

impl Gathered<'_> {
    fn add(&mut self, scope: ScopeId, file: &File, text: &Rc<str>, items: Vec<Item>) {
        for mut item in items {
            if for_tests(attributes(&item)) || hidden(attributes(&item)) {
                continue;
            }
            match &mut item {
                Item::Macro(call) if call.ident.is_none() => self.add_made(scope, file, call),
                Item::Macro(ItemMacro { ident: Some(name), mac, .. }) => {
                    _ = self.rules.insert(plain(name), mac.tokens.clone());
                }
                Item::Mod(module) => {
                    let inner = self.names.inner_module(scope, &plain(&module.ident));
                    if let (Some(inner), Some((_, items))) = (inner.first(), module.content.take()) {
                        self.add(*inner, file, text, items);
                    }
                }
                _ => {}
            }
            let code = Code { scope, file: file.clone(), text: text.clone(), item: Rc::new(item) };
            self.items.entry(scope).or_default().push(code);
        }
    }

    /// Adds the items that a macro makes.
    fn add_made(&mut self, scope: ScopeId, file: &File, call: &ItemMacro) {
        // Values of a thread that are private are nobody else's.
        let is_pub = |token: TokenTree| matches!(token, TokenTree::Ident(word) if word == "pub");
        if call.mac.path.is_ident("thread_local") && !call.mac.tokens.clone().into_iter().any(is_pub) {
            return;
        }
        let rules = call.mac.path.get_ident().and_then(|name| self.rules.get(&plain(name)));
        let made = rules.and_then(|rules| expanded(rules.clone(), call.mac.tokens.clone()));
        let made = made.and_then(|text| syn::parse_file(&text).ok().map(|parsed| (text, parsed.items)));
        match made {
            Some((text, items)) => self.add(scope, file, &text.into(), items),
            None => {
                let name = call.mac.path.segments.last().map_or(String::new(), |name| plain(&name.ident));
                self.problems.push(format!("{file}: what {name}! makes is not understood"));
            }
        }
    }
}

/// Whether it is `#[doc(hidden)]`.
pub(crate) fn hidden(attributes: &[Attribute]) -> bool {
    let hides = |attribute: &Attribute| attribute.parse_args().is_ok_and(|word: syn::Ident| word == "hidden");
    attributes.iter().any(|attribute| attribute.path().is_ident("doc") && hides(attribute))
}
