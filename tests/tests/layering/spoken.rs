//! Names that code writes behind a dot or in braces, whatever type they are of.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::imports::plain;

#[derive(Default)]
pub(crate) struct Spoken {
    /// `.name`
    pub(crate) dotted: BTreeSet<String>,
    /// `name: …`, and `name` alone between braces and commas.
    pub(crate) in_braces: BTreeSet<String>,
    /// `Name(…)`
    pub(crate) called: BTreeSet<String>,
}

impl Spoken {
    /// Adds what is in a text.
    pub(crate) fn read(&mut self, text: &str) {
        self.add(text.parse().unwrap_or_default(), false);
    }

    fn add(&mut self, tokens: TokenStream, braces: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let sign = |at: Option<usize>| match at.and_then(|at| tokens.get(at)) {
            Some(TokenTree::Punct(punct)) => Some(punct.as_char()),
            _ => None,
        };
        for (at, token) in tokens.iter().enumerate() {
            let (before, behind) = (sign(at.checked_sub(1)), sign(Some(at + 1)));
            let next = tokens.get(at + 1);
            match token {
                TokenTree::Group(group) => self.add(group.stream(), group.delimiter() == Delimiter::Brace),
                TokenTree::Ident(name) => {
                    if before == Some('.') {
                        self.dotted.insert(plain(name));
                    }
                    let valued = behind == Some(':') && sign(Some(at + 2)) != Some(':');
                    let alone = next.is_none() || behind == Some(',');
                    if valued || braces && alone {
                        self.in_braces.insert(plain(name));
                    }
                    if matches!(next, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis) {
                        self.called.insert(plain(name));
                    }
                }
                // Behind `a.0.1` stands one literal.
                TokenTree::Literal(number) if before == Some('.') => {
                    self.dotted.extend(number.to_string().split('.').map(str::to_owned));
                }
                TokenTree::Literal(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}
