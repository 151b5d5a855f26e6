//! How the names are gathered: what each item declares, and which file has each module.

use std::rc::Rc;

use syn::{Fields, Ident, ImplItem, Item as Syntax, ItemImpl, ItemMod, Meta, Type};

use super::cfg::attributes;
use super::imports;
use super::macros;
use super::names::{Def, File, Inherent, Item, Names, Parsed, ScopeId, Space, Written};
use super::source_tree::Sources;

impl Names {
    /// `inside` is the folder where the files of modules declared here are.
    pub(crate) fn read_file(&mut self, sources: &Sources, path: &str, scope: ScopeId, inside: &str) {
        let text = &sources.files[path];
        let syntax = match syn::parse_file(text) {
            Ok(syntax) => Rc::new(syntax),
            Err(error) => {
                let line = error.span().start().line;
                self.problems.push(format!("{path}:{line}: not understood: {error}"));
                return;
            }
        };
        self.parsed.push(Parsed { file: path.into(), scope, syntax: syntax.clone() });
        for item in &syntax.items {
            self.add(item, scope, Some((sources, inside)));
        }
    }

    /// Adds what `item` names to `scope`. A block declares no module in another file, so it gives
    /// no sources.
    pub(crate) fn add(&mut self, item: &Syntax, scope: ScopeId, sources: Option<(&Sources, &str)>) {
        if self.left_out(attributes(item)) {
            if let (Syntax::Mod(module), Some((sources, inside))) = (item, sources) {
                self.leave_to_tests(module, sources, inside);
            }
            return;
        }
        let written = |path: Vec<String>, absolute| Written { path, absolute, scope };
        match item {
            Syntax::Const(item) => self.define(scope, &item.ident, &[Space::Value], |made| made.constant = true),
            Syntax::Static(item) => self.define(scope, &item.ident, &[Space::Value], |made| made.constant = true),
            Syntax::Fn(item) => self.define(scope, &item.sig.ident, &[Space::Value], |_| {}),
            Syntax::Struct(item) => match item.fields {
                Fields::Named(_) => self.define(scope, &item.ident, &[Space::Type], |_| {}),
                Fields::Unnamed(_) => self.define(scope, &item.ident, &[Space::Type, Space::Value], |_| {}),
                Fields::Unit => {
                    self.define(scope, &item.ident, &[Space::Type, Space::Value], |made| made.constant = true);
                }
            },
            Syntax::Enum(item) => self.define(scope, &item.ident, &[Space::Type], |made| {
                made.variants = item.variants.iter().map(|variant| variant.ident.to_string()).collect();
            }),
            Syntax::Union(item) => self.define(scope, &item.ident, &[Space::Type], |_| {}),
            Syntax::Trait(item) => self.define(scope, &item.ident, &[Space::Type], |_| {}),
            Syntax::TraitAlias(item) => self.define(scope, &item.ident, &[Space::Type], |_| {}),
            Syntax::Type(item) => self.define(scope, &item.ident, &[Space::Type], |made| {
                if let Type::Path(path) = &*item.ty {
                    made.alias = Some(written(imports::segments(&path.path), path.path.leading_colon.is_some()));
                }
            }),
            Syntax::Mod(module) => self.add_declared(module, scope, sources),
            Syntax::Use(item) => {
                for leaf in imports::leaves(item) {
                    let target = written(leaf.path, leaf.absolute);
                    match leaf.name {
                        None => self.scopes[scope].globs.push(target),
                        Some(name) => self.bind(scope, name, Def::Import(target)),
                    }
                }
            }
            Syntax::ExternCrate(item) => {
                let name = item.rename.as_ref().map_or(&item.ident, |(_, name)| name).to_string();
                self.bind(scope, name, Def::Import(written(vec![item.ident.to_string()], true)));
            }
            Syntax::Impl(item) => self.add_inherent(item, scope),
            Syntax::Macro(item) => {
                if let Some(name) = &item.ident {
                    let exported = item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export"));
                    let home = if exported { self.scopes[scope].root } else { scope };
                    let file = self.scopes[scope].file.clone();
                    self.define_in(home, file, name.to_string(), &[Space::Macro], |_| {});
                    self.macro_items(item, scope);
                }
            }
            _ => {}
        }
    }

    /// A macro of the file names items in its body; they are taken as items of the module where it
    /// stands.
    fn macro_items(&mut self, item: &syn::ItemMacro, scope: ScopeId) {
        for (name, spaces) in macros::items_named(item.mac.tokens.clone()) {
            let file = self.scopes[scope].file.clone();
            self.define_in(scope, file, name, spaces, |_| {});
        }
    }

    fn bind(&mut self, scope: ScopeId, name: String, def: Def) {
        self.scopes[scope].names.entry(name).or_default().push(def);
    }

    fn define(&mut self, scope: ScopeId, name: &Ident, spaces: &'static [Space], more: impl FnOnce(&mut Item)) {
        let file = self.scopes[scope].file.clone();
        self.define_in(scope, file, imports::plain(name), spaces, more);
    }

    fn define_in(
        &mut self,
        scope: ScopeId,
        file: File,
        name: String,
        spaces: &'static [Space],
        more: impl FnOnce(&mut Item),
    ) {
        let variants = Vec::new();
        let mut item = Item { file, scope, name: name.clone(), spaces, constant: false, variants, alias: None };
        more(&mut item);
        self.items.push(item);
        self.bind(scope, name, Def::Item(self.items.len() - 1));
    }

    fn add_inherent(&mut self, item: &ItemImpl, scope: ScopeId) {
        let (None, Type::Path(of)) = (&item.trait_, &*item.self_ty) else {
            return;
        };
        let name = |item: &ImplItem| match item {
            ImplItem::Fn(item) if !self.left_out(&item.attrs) => Some(item.sig.ident.to_string()),
            ImplItem::Const(item) => Some(item.ident.to_string()),
            ImplItem::Type(item) => Some(item.ident.to_string()),
            _ => None,
        };
        let names = item.items.iter().filter_map(name).collect();
        let of = Written { path: imports::segments(&of.path), absolute: of.path.leading_colon.is_some(), scope };
        self.inherents.push(Inherent { of, file: self.scopes[scope].file.clone(), names });
    }

    fn add_declared(&mut self, module: &ItemMod, scope: ScopeId, sources: Option<(&Sources, &str)>) {
        let name = imports::plain(&module.ident);
        let above = self.scopes[scope].module;
        let here = self.scopes[scope].file.clone();
        if let Some((_, items)) = &module.content {
            let inner = self.add_module(&name, &here, Some(above));
            let inside = sources.map(|(sources, inside)| (sources, format!("{inside}{name}/")));
            for item in items {
                self.add(item, inner, inside.as_ref().map(|(sources, inside)| (*sources, inside.as_str())));
            }
            self.bind(scope, name, Def::Module(inner));
            return;
        }
        let Some((sources, inside)) = sources else {
            return;
        };
        let Some((path, inside)) = file_of(module, sources, &here, inside) else {
            self.problems.push(format!("{here}: the file of the module {name} is not there"));
            return;
        };
        let inner = self.add_module(&name, &path, Some(above));
        self.bind(scope, name, Def::Module(inner));
        self.read_file(sources, &path, inner, &inside);
    }

    /// Remembers the files of a module that only tests have.
    fn leave_to_tests(&mut self, module: &ItemMod, sources: &Sources, inside: &str) {
        let name = imports::plain(&module.ident);
        let below = format!("{inside}{name}/");
        let own = format!("{inside}{name}.rs");
        let files = sources.files.keys().filter(|path| **path == own || path.starts_with(&below));
        self.test_files.extend(files.cloned());
    }
}

/// The file of a declared module, and the folder of the modules below it.
fn file_of(module: &ItemMod, sources: &Sources, here: &str, inside: &str) -> Option<(String, String)> {
    let name = imports::plain(&module.ident);
    let given = module.attrs.iter().find_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("path") => imports::text(&pair.value),
        _ => None,
    });
    if let Some(given) = given {
        let folder = here.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = straight(&format!("{folder}/{given}"));
        let below = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        return sources.files.contains_key(&path).then_some((path, below));
    }
    let below = format!("{inside}{name}/");
    let candidates = [format!("{inside}{name}.rs"), format!("{below}mod.rs")];
    candidates.into_iter().find(|path| sources.files.contains_key(path)).map(|path| (path, below))
}

/// A path without `..`.
fn straight(path: &str) -> String {
    let mut folders = Vec::new();
    for name in path.split('/') {
        if name == ".." && !folders.is_empty() {
            folders.pop();
        } else {
            folders.push(name);
        }
    }
    folders.join("/")
}
