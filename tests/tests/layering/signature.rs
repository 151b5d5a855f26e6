//! Code in one line, however it is laid out: its tokens, without attributes, comments and what only
//! the body of a function sees, with one way to put spaces.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// What is made of two signs, wherever they stand.
const PAIRS: [&str; 4] = ["->", "::", "=>", ".."];

/// Words that a bracket does not belong to.
const WORDS: [&str; 10] = ["as", "const", "dyn", "for", "fn", "impl", "in", "mut", "where", "unsafe"];

/// `code` behind `name`, as one line.
pub(crate) fn one_line(name: &str, code: &str) -> String {
    let mut line = name.to_owned();
    match code.parse::<TokenStream>() {
        Ok(tokens) => put_all(tokens, &mut line),
        Err(error) => panic!("{name}: {code}: {error}"),
    }
    line.trim_end_matches(',').to_owned()
}

fn put_all(tokens: TokenStream, line: &mut String) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let sign = |at: usize| match tokens.get(at) {
        Some(TokenTree::Punct(punct)) => Some(punct.as_char()),
        _ => None,
    };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = tokens.get(at + 1);
        let pair: String = [sign(at), sign(at + 1)].into_iter().flatten().collect();
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' && matches!(next, Some(TokenTree::Group(_))) => at += 1,
            // `mut` before a parameter is of no concern to those who call.
            TokenTree::Ident(word) if word == "mut" && at.checked_sub(1).is_none_or(|at| sign(at) == Some(',')) => {}
            // A list that was broken into lines ends in a comma.
            TokenTree::Punct(punct) if punct.as_char() == ',' && (next.is_none() || sign(at + 1) == Some('>')) => {}
            TokenTree::Punct(_) if PAIRS.contains(&pair.as_str()) => {
                put(&pair, line);
                at += 1;
            }
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                put(open, line);
                put_all(group.stream(), line);
                line.push_str(close);
            }
            token => put(&token.to_string(), line),
        }
        at += 1;
    }
}

/// Adds `next` with or without a space before it.
fn put(next: &str, line: &mut String) {
    let arrow = line.ends_with("->") || line.ends_with("=>");
    let open = line.is_empty()
        || line.ends_with("::")
        || line.ends_with(['(', '[', '<', '&', '*', '\'', '!', '?', ' '])
        || line.ends_with("..");
    let word = line.rsplit(|sign: char| !sign.is_alphanumeric() && sign != '_').next().unwrap_or_default();
    let behind_name = !word.is_empty() && !WORDS.contains(&word);
    let behind_type = behind_name || line.ends_with('>') && !arrow;
    let close = match next {
        ">" | "," | ";" | ":" | "." => true,
        "<" => behind_name || word == "for",
        "(" | "::" => behind_type,
        _ => false,
    };
    if !open && !close {
        line.push(' ');
    }
    line.push_str(next);
}
