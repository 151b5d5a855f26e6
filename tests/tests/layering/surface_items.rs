//! What of an item is public: the item with its signature, its fields and variants, its functions.

use proc_macro2::{Ident, Span};
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, ItemTrait, Signature, Token, TraitItem, Variant, Visibility};

use super::cfg::{attributes, for_tests};
use super::imports::{plain, segments};
use super::library_items::{Code, hidden};
use super::names::{ItemId, ScopeId, Space};
use super::resolve::Found;
use super::signature::one_line;
use super::surface::{Associated, Subject, Walk, joined};

/// What an item is called.
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) space: Space,
    pub(crate) public: bool,
    kind: String,
    /// Where its name ends and where its signature ends.
    signature: (Span, Span),
}

/// What an item is called, where it is no module and no import.
pub(crate) fn named(code: &Code) -> Option<Named> {
    let public = |vis: &Visibility| matches!(vis, Visibility::Public(_));
    let (kind, ident, space, public, end) = match &*code.item {
        Item::Const(item) => ("const", &item.ident, Space::Value, public(&item.vis), item.eq_token.span),
        Item::Static(item) => ("static", &item.ident, Space::Value, public(&item.vis), item.eq_token.span),
        Item::Fn(item) => {
            let end = item.block.brace_token.span.open();
            ("fn", &item.sig.ident, Space::Value, public(&item.vis), end)
        }
        Item::Struct(item) => {
            let end = match &item.fields {
                Fields::Named(fields) => fields.brace_token.span.open(),
                Fields::Unnamed(fields) => fields.paren_token.span.open(),
                Fields::Unit => item.semi_token.as_ref()?.span,
            };
            ("struct", &item.ident, Space::Type, public(&item.vis), end)
        }
        Item::Enum(item) => ("enum", &item.ident, Space::Type, public(&item.vis), item.brace_token.span.open()),
        Item::Union(item) => {
            ("union", &item.ident, Space::Type, public(&item.vis), item.fields.brace_token.span.open())
        }
        Item::Trait(item) => ("trait", &item.ident, Space::Type, public(&item.vis), item.brace_token.span.open()),
        Item::Type(item) => ("type", &item.ident, Space::Type, public(&item.vis), item.semi_token.span),
        Item::Macro(item) => {
            let name = item.ident.as_ref()?;
            let exported = item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
            ("macro", name, Space::Macro, exported, name.span())
        }
        _ => return None,
    };
    let constant = matches!(&*code.item, Item::Fn(item) if item.sig.constness.is_some());
    let kind = if constant { format!("const {kind}") } else { kind.to_owned() };
    Some(Named { name: plain(ident), space, public, kind, signature: (ident.span(), end) })
}

/// An entry in one line.
pub(crate) fn spelled(kind: &str, path: &str, signature: &str) -> String {
    one_line(&format!("{kind} {path}"), signature)
}

impl Walk<'_> {
    /// Adds an item, with all of it that is public.
    pub(crate) fn list_item(&mut self, code: &Code, item: ItemId, place: (ScopeId, &str), path: &str) {
        let Some(named) = named(code) else { return };
        let (from, to) = named.signature;
        let signature = between(code, from.byte_range().end, to.byte_range().start);
        self.name(code, &named.kind, place, path, &signature, Found::Item(item));
        if let Some(entry) = self.surface.entries.last_mut() {
            entry.line.push_str(&marks(&code.item));
        }
        match &*code.item {
            Item::Struct(of) => self.fields(code, item, path, &of.fields),
            Item::Enum(of) => {
                let close = of.brace_token.span.close();
                self.variants(code, item, path, &of.variants, close);
            }
            Item::Trait(of) => self.trait_items(code, item, path, of),
            _ => {}
        }
        let derived = derived(attributes(&code.item));
        if !derived.is_empty() {
            self.add(code, "derive", path, &format!(": {}", derived.join(", ")), Subject::Part { owner: item });
        }
        for code in self.impls.get(&item).cloned().unwrap_or_default() {
            if let Item::Impl(of) = &*code.item {
                self.members(&code, item, path, of);
            }
        }
    }

    fn fields(&mut self, code: &Code, owner: ItemId, path: &str, fields: &Fields) {
        let (list, close) = match fields {
            Fields::Named(fields) => (&fields.named, fields.brace_token.span.close()),
            Fields::Unnamed(fields) => (&fields.unnamed, fields.paren_token.span.close()),
            Fields::Unit => return,
        };
        for (at, (field, end)) in with_ends(list, close).into_iter().enumerate() {
            let (Visibility::Public(vis), false) = (&field.vis, left_out(&field.attrs)) else { continue };
            let (name, start) = match (&field.ident, &field.colon_token) {
                (Some(name), Some(colon)) => (plain(name), colon.spans[0].byte_range().start),
                _ => (at.to_string(), vis.span.byte_range().end),
            };
            let of = between(code, start, end);
            let signature = if field.ident.is_some() { of } else { format!(": {of}") };
            let subject = Subject::Field { owner, name: name.clone() };
            self.add(code, "field", &joined(path, &name), &signature, subject);
        }
    }

    fn variants(&mut self, code: &Code, owner: ItemId, path: &str, list: &Punctuated<Variant, Token![,]>, close: Span) {
        for (variant, end) in with_ends(list, close) {
            if !left_out(&variant.attrs) {
                let signature = between(code, variant.ident.span().byte_range().end, end);
                self.add(code, "variant", &joined(path, &plain(&variant.ident)), &signature, Subject::Part { owner });
            }
        }
    }

    fn trait_items(&mut self, code: &Code, owner: ItemId, path: &str, of: &ItemTrait) {
        for item in &of.items {
            let (kind, name, attributes, end) = match item {
                TraitItem::Fn(item) => {
                    let end = item.default.as_ref().map(|body| body.brace_token.span.open());
                    let end = end.or(item.semi_token.as_ref().map(|semi| semi.span));
                    (function_kind(&item.sig), &item.sig.ident, &item.attrs, end)
                }
                TraitItem::Const(item) => {
                    let end = item.default.as_ref().map_or(item.semi_token.span, |(equals, _)| equals.span);
                    ("const", &item.ident, &item.attrs, Some(end))
                }
                TraitItem::Type(item) => ("type", &item.ident, &item.attrs, Some(item.semi_token.span)),
                _ => {
                    self.surface.problems.push(format!("{}: an item of {path} is not understood", code.file));
                    continue;
                }
            };
            if let (false, Some(end)) = (left_out(attributes), end) {
                self.part(code, kind, (path, name), end, Subject::Part { owner });
            }
        }
    }

    /// Functions and constants of a type; of an implementation of a trait, its name and the types
    /// that it names.
    fn members(&mut self, code: &Code, owner: ItemId, path: &str, of: &ItemImpl) {
        if let Some((_, name, before)) = &of.trait_
            && let Some(first) = name.segments.first()
        {
            let start =
                name.leading_colon.as_ref().map_or(first.ident.span(), |colon| colon.spans[0]).byte_range().start;
            let name = between(code, start, before.span.byte_range().start);
            self.add(code, "impl", path, &format!(": {name}"), Subject::Part { owner });
        }
        for item in &of.items {
            let (kind, name, vis, attributes, end) = match item {
                ImplItem::Type(item) if of.trait_.is_some() => {
                    let (from, to) = (item.eq_token.span.byte_range().end, item.semi_token.span.byte_range().start);
                    let code_of_type = between(code, from, to);
                    self.surface.associated.push(Associated { owner, code: code_of_type, scope: code.scope });
                    continue;
                }
                _ if of.trait_.is_some() => continue,
                ImplItem::Fn(item) => {
                    let end = item.block.brace_token.span.open();
                    (function_kind(&item.sig), &item.sig.ident, &item.vis, &item.attrs, end)
                }
                ImplItem::Const(item) => ("const", &item.ident, &item.vis, &item.attrs, item.eq_token.span),
                _ => {
                    self.surface.problems.push(format!("{}: an item of {path} is not understood", code.file));
                    continue;
                }
            };
            if matches!(vis, Visibility::Public(_)) && !left_out(attributes) {
                let on_value = matches!(item, ImplItem::Fn(item) if item.sig.receiver().is_some());
                let subject = Subject::Member { owner, name: plain(name), on_value };
                self.part(code, kind, (path, name), end, subject);
            }
        }
    }

    fn part(&mut self, code: &Code, kind: &str, (path, name): (&str, &Ident), end: Span, subject: Subject) {
        let signature = between(code, name.span().byte_range().end, end.byte_range().start);
        self.add(code, kind, &joined(path, &plain(name)), &signature, subject);
    }
}

fn function_kind(signature: &Signature) -> &'static str {
    match (signature.receiver().is_some(), signature.constness.is_some()) {
        (true, true) => "const method",
        (true, false) => "method",
        (false, true) => "const fn",
        (false, false) => "fn",
    }
}

/// The traits that attributes implement.
fn derived(attributes: &[Attribute]) -> Vec<String> {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    let paths = |attribute: &Attribute| {
        attribute.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).unwrap_or_default()
    };
    let mut names: Vec<String> = derives.flat_map(paths).map(|path| segments(&path).join("::")).collect();
    names.sort();
    names
}

/// What keeps users from writing out all of a type.
fn marks(item: &Item) -> String {
    let mut marks = String::new();
    if attributes(item).iter().any(|attribute| attribute.path().is_ident("non_exhaustive")) {
        marks.push_str(" (non-exhaustive)");
    }
    if let Item::Struct(of) = item
        && of.fields.iter().any(|field| !matches!(field.vis, Visibility::Public(_)))
    {
        marks.push_str(" (with private fields)");
    }
    marks
}

fn left_out(attributes: &[Attribute]) -> bool {
    for_tests(attributes) || hidden(attributes)
}

/// Each element of a list with the place where it ends.
fn with_ends<T>(list: &Punctuated<T, Token![,]>, close: Span) -> Vec<(&T, usize)> {
    let end = |comma: Option<&Token![,]>| comma.map_or(close, |comma| comma.span).byte_range().start;
    list.pairs().map(|pair| (*pair.value(), end(pair.punct().copied()))).collect()
}

/// The text from one place to another.
fn between(code: &Code, from: usize, to: usize) -> String {
    code.text.get(from..to).expect("a signature begins before it ends").to_owned()
}
