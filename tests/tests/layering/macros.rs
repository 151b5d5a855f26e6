//! Paths in the tokens of macros and attributes, which nothing parses. What looks like a path is
//! taken for one.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::imports::{line, plain};
use super::names::Space;

/// What may be a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
    pub(crate) space: Space,
    /// Whether it is a value of a key: `key = path`.
    pub(crate) given: bool,
}

/// Every path in `tokens`, also within brackets.
pub(crate) fn candidates(tokens: TokenStream) -> Vec<Candidate> {
    let mut found = Vec::new();
    search(tokens, &mut found);
    found
}

fn search(tokens: TokenStream, found: &mut Vec<Candidate>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let punct = |at: usize| match tokens.get(at) {
        Some(TokenTree::Punct(punct)) => Some(punct.as_char()),
        _ => None,
    };
    let colons = |at: usize| punct(at) == Some(':') && punct(at + 1) == Some(':');
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Group(group) => search(group.stream(), found),
            TokenTree::Ident(first) => {
                let before = at.checked_sub(1).and_then(punct);
                let mut path = vec![plain(first)];
                let mut end = at + 1;
                while colons(end) {
                    let Some(TokenTree::Ident(next)) = tokens.get(end + 2) else { break };
                    path.push(plain(next));
                    end += 3;
                }
                let whole_crate = before == Some('$') && path.first().is_some_and(|first| first == "crate");
                let range = at.checked_sub(2).and_then(punct) == Some('.');
                // A field, a lifetime, a variable of a macro or the rest of a path is no path.
                let other = before == Some('.') && !range
                    || before == Some('\'')
                    || before == Some('$') && !whole_crate
                    || before == Some(':') && at >= 2 && colons(at - 2);
                let key = path.len() == 1 && punct(end) == Some(':') && !colons(end);
                let called = punct(end) == Some('!') && matches!(tokens.get(end + 1), Some(TokenTree::Group(_)));
                if !other && !key {
                    let given = before == Some('=');
                    let space = if called { Space::Macro } else { Space::Any };
                    found.push(Candidate { path, line: line(first), space, given });
                }
                at = end;
                continue;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
}

/// The items that the bodies of a `macro_rules!` name.
pub(crate) fn items_named(rules: TokenStream) -> Vec<(String, &'static [Space])> {
    let rules: Vec<TokenTree> = rules.into_iter().collect();
    let mut named = Vec::new();
    // The tokens are: matcher, `=`, `>`, body, `;`.
    for window in rules.windows(2) {
        if let [TokenTree::Punct(arrow), TokenTree::Group(body)] = window
            && arrow.as_char() == '>'
        {
            let tokens: Vec<TokenTree> = body.stream().into_iter().collect();
            for pair in tokens.windows(2) {
                if let [TokenTree::Ident(kind), TokenTree::Ident(name)] = pair
                    && let Some(spaces) = spaces_of(&kind.to_string())
                {
                    named.push((plain(name), spaces));
                }
            }
            if let [TokenTree::Group(inner)] = tokens.as_slice()
                && inner.delimiter() == Delimiter::Brace
            {
                named.extend(items_named(inner.stream()));
            }
        }
    }
    named
}

fn spaces_of(kind: &str) -> Option<&'static [Space]> {
    match kind {
        "enum" | "trait" | "type" | "union" => Some(&[Space::Type]),
        "struct" => Some(&[Space::Type, Space::Value]),
        "fn" | "const" | "static" => Some(&[Space::Value]),
        _ => None,
    }
}
