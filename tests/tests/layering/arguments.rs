//! The arguments of a macro, where they are written in one of the usual ways: `format!`, `vec!`,
//! `json!`, `matches!`.

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser, Result};
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Expr, Pat, Token, braced, bracketed, token};

/// Expressions, and behind `matches!` a pattern with its guard.
#[derive(Default)]
pub(crate) struct Arguments {
    values: Vec<Expr>,
    pattern: Option<(Pat, Option<Expr>)>,
}

impl Arguments {
    /// None where the tokens are something else.
    pub(crate) fn of(tokens: &TokenStream) -> Option<Self> {
        let ways = [list, repeated, document, matched];
        ways.into_iter().find_map(|way| way.parse2(tokens.clone()).ok())
    }

    pub(crate) fn visit<'code, V: Visit<'code>>(&'code self, visitor: &mut V) {
        for value in &self.values {
            match value {
                // `format!("{name}", name = value)`
                Expr::Assign(named) if matches!(*named.left, Expr::Path(_)) => visitor.visit_expr(&named.right),
                value => visitor.visit_expr(value),
            }
        }
        if let Some((pattern, guard)) = &self.pattern {
            visitor.visit_pat(pattern);
            if let Some(guard) = guard {
                visitor.visit_expr(guard);
            }
        }
    }
}

/// `a, b, c`
fn list(input: ParseStream) -> Result<Arguments> {
    let list = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
    Ok(Arguments { values: list.into_iter().collect(), pattern: None })
}

/// `value; count`
fn repeated(input: ParseStream) -> Result<Arguments> {
    let value = input.parse()?;
    input.parse::<Token![;]>()?;
    Ok(Arguments { values: vec![value, input.parse()?], pattern: None })
}

/// `value, pattern if guard`
fn matched(input: ParseStream) -> Result<Arguments> {
    let value = input.parse()?;
    input.parse::<Token![,]>()?;
    let pattern = Pat::parse_multi_with_leading_vert(input)?;
    let guard = if input.parse::<Option<Token![if]>>()?.is_some() { Some(input.parse()?) } else { None };
    input.parse::<Option<Token![,]>>()?;
    Ok(Arguments { values: vec![value], pattern: Some((pattern, guard)) })
}

/// `{"key": value, "list": [value, {}]}`
fn document(input: ParseStream) -> Result<Arguments> {
    let mut arguments = Arguments::default();
    json(input, &mut arguments.values)?;
    Ok(arguments)
}

fn json(input: ParseStream, values: &mut Vec<Expr>) -> Result<()> {
    let whole = input.cursor().token_tree().is_some_and(|(_, rest)| rest.eof() || comma(rest));
    if whole && input.peek(token::Brace) {
        let content;
        braced!(content in input);
        while !content.is_empty() {
            values.push(content.parse()?);
            content.parse::<Token![:]>()?;
            json(&content, values)?;
            content.parse::<Option<Token![,]>>()?;
        }
    } else if whole && input.peek(token::Bracket) {
        let content;
        bracketed!(content in input);
        while !content.is_empty() {
            json(&content, values)?;
            content.parse::<Option<Token![,]>>()?;
        }
    } else {
        values.push(Expr::parse(input)?);
    }
    Ok(())
}

fn comma(at: syn::buffer::Cursor) -> bool {
    at.punct().is_some_and(|(punct, _)| punct.as_char() == ',')
}
