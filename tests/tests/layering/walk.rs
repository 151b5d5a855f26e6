//! What is done at each kind of code: where names begin and end, and where paths are.

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{
    Arm, Attribute, Block, ExprClosure, ExprForLoop, ExprIf, ExprLet, ExprPath, ExprWhile, Field, GenericArgument,
    Generics, ImplItem, Item, ItemImpl, ItemMod, ItemUse, Local, Macro, Meta, PatIdent, PatTupleStruct, Path, Stmt,
    Token, TraitItem, Type, TypePath, Variant, Visibility,
};

use super::arguments::Arguments;
use super::arrows::Walker;
use super::cfg::attributes;
use super::imports::{line, plain};
use super::macros::candidates;
use super::names::Space;

/// Attributes that name no item of ours, or one that says nothing of this file.
const NO_PATHS: [&str; 9] = ["allow", "expect", "warn", "deny", "forbid", "cfg", "cfg_attr", "derive", "doc"];

/// Keys of `#[serde(…)]` whose text is a path.
const SERDE_PATHS: [&str; 11] = [
    "with",
    "serialize_with",
    "deserialize_with",
    "default",
    "skip_serializing_if",
    "getter",
    "into",
    "from",
    "try_from",
    "remote",
    "crate",
];

impl<'code> Visit<'code> for Walker {
    fn visit_item(&mut self, item: &'code Item) {
        if self.resolver.names.left_out(attributes(item)) {
            return;
        }
        self.ribs.open_item();
        self.selves.push(None);
        visit::visit_item(self, item);
        self.selves.pop();
        self.ribs.close();
    }

    fn visit_item_mod(&mut self, module: &'code ItemMod) {
        // A declaration is no arrow; the file of the module is walked by itself.
        let Some((_, items)) = &module.content else { return };
        let outer = self.scope;
        for inner in self.resolver.names.inner_module(outer, &plain(&module.ident)) {
            self.scope = inner;
        }
        items.iter().for_each(|item| self.visit_item(item));
        self.scope = outer;
    }

    fn visit_item_use(&mut self, item: &'code ItemUse) {
        self.imports(item);
    }

    fn visit_item_impl(&mut self, item: &'code ItemImpl) {
        let of = self.item_of(&item.self_ty);
        self.selves.push(of);
        visit::visit_item_impl(self, item);
        self.selves.pop();
    }

    fn visit_impl_item(&mut self, item: &'code ImplItem) {
        let given = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !self.resolver.names.left_out(given) {
            self.ribs.open();
            visit::visit_impl_item(self, item);
            self.ribs.close();
        }
    }

    fn visit_trait_item(&mut self, item: &'code TraitItem) {
        let given = match item {
            TraitItem::Const(item) => &item.attrs,
            TraitItem::Fn(item) => &item.attrs,
            TraitItem::Type(item) => &item.attrs,
            TraitItem::Macro(item) => &item.attrs,
            _ => return,
        };
        if !self.resolver.names.left_out(given) {
            self.ribs.open();
            visit::visit_trait_item(self, item);
            self.ribs.close();
        }
    }

    fn visit_generics(&mut self, generics: &'code Generics) {
        for parameter in generics.type_params() {
            self.ribs.add_type(plain(&parameter.ident));
        }
        for parameter in generics.const_params() {
            self.ribs.add_value(plain(&parameter.ident));
        }
        visit::visit_generics(self, generics);
    }

    fn visit_field(&mut self, field: &'code Field) {
        if !self.resolver.names.left_out(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_variant(&mut self, variant: &'code Variant) {
        if !self.resolver.names.left_out(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    /// `pub(in path)` uses nothing of the module it names.
    fn visit_visibility(&mut self, _: &'code Visibility) {}

    fn visit_block(&mut self, block: &'code Block) {
        let outer = self.scope;
        let mut own = None;
        for statement in &block.stmts {
            if let Stmt::Item(item) = statement {
                let scope = *own.get_or_insert_with(|| self.resolver.names.add_block(outer));
                self.resolver.names.add(item, scope, None);
            }
        }
        self.scope = own.unwrap_or(outer);
        self.ribs.open_block(own);
        visit::visit_block(self, block);
        self.ribs.close();
        self.scope = outer;
    }

    fn visit_local(&mut self, local: &'code Local) {
        if self.resolver.names.left_out(&local.attrs) {
            return;
        }
        // What a variable is made of does not know it yet.
        if let Some(init) = &local.init {
            self.visit_expr(&init.expr);
            if let Some((_, diverge)) = &init.diverge {
                self.visit_expr(diverge);
            }
        }
        self.visit_pat(&local.pat);
    }

    fn visit_arm(&mut self, arm: &'code Arm) {
        if !self.resolver.names.left_out(&arm.attrs) {
            self.ribs.open();
            visit::visit_arm(self, arm);
            self.ribs.close();
        }
    }

    fn visit_expr_closure(&mut self, closure: &'code ExprClosure) {
        self.ribs.open();
        visit::visit_expr_closure(self, closure);
        self.ribs.close();
    }

    fn visit_expr_let(&mut self, condition: &'code ExprLet) {
        self.visit_expr(&condition.expr);
        self.visit_pat(&condition.pat);
    }

    fn visit_expr_if(&mut self, condition: &'code ExprIf) {
        self.ribs.open();
        self.visit_expr(&condition.cond);
        self.visit_block(&condition.then_branch);
        self.ribs.close();
        if let Some((_, otherwise)) = &condition.else_branch {
            self.visit_expr(otherwise);
        }
    }

    fn visit_expr_while(&mut self, repeated: &'code ExprWhile) {
        self.ribs.open();
        visit::visit_expr_while(self, repeated);
        self.ribs.close();
    }

    fn visit_expr_for_loop(&mut self, repeated: &'code ExprForLoop) {
        self.visit_expr(&repeated.expr);
        self.ribs.open();
        self.visit_pat(&repeated.pat);
        self.visit_block(&repeated.body);
        self.ribs.close();
    }

    fn visit_pat_ident(&mut self, pattern: &'code PatIdent) {
        let name = plain(&pattern.ident);
        if pattern.by_ref.is_none() && pattern.subpat.is_none() && self.is_constant(&name) {
            self.named(vec![name], false, Space::Value, line(&pattern.ident));
        } else {
            self.ribs.add_value(name);
        }
        if let Some((_, inner)) = &pattern.subpat {
            self.visit_pat(inner);
        }
    }

    fn visit_pat_tuple_struct(&mut self, pattern: &'code PatTupleStruct) {
        self.path(&pattern.path, pattern.qself.as_ref(), Space::Value);
        pattern.elems.iter().for_each(|inner| self.visit_pat(inner));
    }

    fn visit_expr_path(&mut self, path: &'code ExprPath) {
        if let Some(qualified) = &path.qself {
            self.visit_type(&qualified.ty);
        }
        self.path(&path.path, path.qself.as_ref(), Space::Value);
        visit::visit_path(self, &path.path);
    }

    fn visit_type_path(&mut self, path: &'code TypePath) {
        if let Some(qualified) = &path.qself {
            self.visit_type(&qualified.ty);
        }
        self.path(&path.path, path.qself.as_ref(), Space::Type);
        visit::visit_path(self, &path.path);
    }

    /// `::<NAME>` looks like a type and may be a constant.
    fn visit_generic_argument(&mut self, argument: &'code GenericArgument) {
        if let GenericArgument::Type(Type::Path(path)) = argument
            && path.qself.is_none()
            && path.path.get_ident().is_some_and(|name| self.is_constant(&plain(name)))
        {
            self.path(&path.path, None, Space::Value);
        }
        visit::visit_generic_argument(self, argument);
    }

    fn visit_path(&mut self, path: &'code Path) {
        self.path(path, None, Space::Type);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'code Macro) {
        self.path(&call.path, None, Space::Macro);
        self.ribs.open();
        match Arguments::of(&call.tokens) {
            Some(arguments) => arguments.visit(self),
            None => self.candidates(candidates(call.tokens.clone())),
        }
        self.ribs.close();
    }

    fn visit_attribute(&mut self, attribute: &'code Attribute) {
        let Meta::List(list) = &attribute.meta else { return };
        if NO_PATHS.iter().any(|name| list.path.is_ident(name)) {
            return;
        }
        if list.path.is_ident("serde") {
            let keys = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone());
            for meta in keys.iter().flatten() {
                if let Meta::NameValue(pair) = meta
                    && let Some(key) = pair.path.get_ident()
                    && SERDE_PATHS.iter().any(|known| key == known)
                {
                    self.path_in_text(&pair.value, line(key));
                }
            }
            return;
        }
        // Most words of an attribute are its own: one alone is a path only as the value of a key.
        let found = candidates(list.tokens.clone());
        self.candidates(found.into_iter().filter(|found| found.given || found.path.len() > 1).collect());
    }
}
