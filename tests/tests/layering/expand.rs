//! What a table macro makes of its rows: a `macro_rules!` with one arm that is called in its own
//! file.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// What the variables of a pattern stand for.
type Bindings = BTreeMap<String, Binding>;

#[derive(Clone)]
enum Binding {
    One(Vec<TokenTree>),
    /// Of a repetition, once for each time.
    Many(Vec<Binding>),
}

/// A part of a pattern or of a body.
enum Part {
    Token(TokenTree),
    /// `$name` or `$name:kind`.
    Variable(String),
    /// `$(…)*` with what stands between its times.
    Repeated(Vec<Part>, Option<char>),
    Group(Delimiter, Vec<Part>),
}

/// The items that a call with these tokens makes under these rules; none where the rules are of
/// another shape.
pub(crate) fn expanded(rules: TokenStream, call: TokenStream) -> Option<String> {
    let rules: Vec<TokenTree> = rules.into_iter().collect();
    let groups: Vec<&Group> =
        rules.iter().filter_map(|token| if let TokenTree::Group(group) = token { Some(group) } else { None }).collect();
    let [pattern, body] = groups.as_slice() else { return None };
    let call: Vec<TokenTree> = call.into_iter().collect();
    let mut bindings = Bindings::new();
    let end = matched(&parts(pattern.stream(), true)?, &call, 0, &mut bindings)?;
    let mut made = Vec::new();
    written(&parts(body.stream(), false)?, &bindings, &mut made)?;
    (end == call.len()).then(|| made.into_iter().collect::<TokenStream>().to_string())
}

/// The parts of a pattern, where a variable has a kind, or of a body.
fn parts(tokens: TokenStream, pattern: bool) -> Option<Vec<Part>> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match (token, tokens.get(at)) {
            (TokenTree::Punct(dollar), Some(TokenTree::Ident(name))) if dollar.as_char() == '$' => {
                parts.push(Part::Variable(name.to_string()));
                at += if pattern { 3 } else { 1 };
            }
            (TokenTree::Punct(dollar), Some(TokenTree::Group(inner))) if dollar.as_char() == '$' => {
                let first = punct(tokens.get(at + 1))?;
                let times = |char| matches!(char, '*' | '+' | '?');
                let between = (!times(first)).then_some(first);
                at += if between.is_some() { 3 } else { 2 };
                parts.push(Part::Repeated(self::parts(inner.stream(), pattern)?, between));
            }
            (TokenTree::Group(group), _) => {
                parts.push(Part::Group(group.delimiter(), self::parts(group.stream(), pattern)?));
            }
            (token, _) => parts.push(Part::Token(token.clone())),
        }
    }
    Some(parts)
}

/// Where the tokens behind `at` go on when the pattern ends.
fn matched(pattern: &[Part], tokens: &[TokenTree], mut at: usize, bindings: &mut Bindings) -> Option<usize> {
    for (place, part) in pattern.iter().enumerate() {
        match part {
            Part::Token(expected) => {
                (tokens.get(at)?.to_string() == expected.to_string()).then_some(())?;
                at += 1;
            }
            // Inside brackets of its own a variable may be many tokens.
            Part::Variable(name) => {
                let end = if place + 1 == pattern.len() && pattern.len() == 1 { tokens.len() } else { at + 1 };
                bindings.insert(name.clone(), Binding::One(tokens.get(at..end)?.to_vec()));
                at = end;
            }
            Part::Group(delimiter, inner) => {
                let TokenTree::Group(group) = tokens.get(at)? else { return None };
                let within: Vec<TokenTree> = group.stream().into_iter().collect();
                let end = matched(inner, &within, 0, bindings)?;
                (group.delimiter() == *delimiter && end == within.len()).then_some(())?;
                at += 1;
            }
            Part::Repeated(inner, between) => {
                let mut times = Vec::new();
                loop {
                    let mut once = Bindings::new();
                    let from = if between.is_some() && !times.is_empty() { at + 1 } else { at };
                    let apart = from == at || punct(tokens.get(at)) == *between;
                    match matched(inner, tokens, from, &mut once).filter(|end| apart && *end > from) {
                        Some(end) => at = end,
                        None => break,
                    }
                    times.push(once);
                }
                for name in variables(inner) {
                    let each = times.iter().filter_map(|once| once.get(&name).cloned()).collect();
                    bindings.insert(name, Binding::Many(each));
                }
            }
        }
    }
    Some(at)
}

/// Writes a body with what its variables stand for.
fn written(body: &[Part], bindings: &Bindings, made: &mut Vec<TokenTree>) -> Option<()> {
    for part in body {
        match part {
            Part::Token(token) => made.push(token.clone()),
            Part::Variable(name) => match bindings.get(name)? {
                Binding::One(tokens) => made.extend(tokens.iter().cloned()),
                Binding::Many(_) => return None,
            },
            Part::Group(delimiter, inner) => {
                let mut within = Vec::new();
                written(inner, bindings, &mut within)?;
                made.push(TokenTree::Group(Group::new(*delimiter, within.into_iter().collect())));
            }
            Part::Repeated(inner, between) => {
                for (time, once) in each_time(inner, bindings).iter().enumerate() {
                    if let Some(between) = between.filter(|_| time > 0) {
                        made.extend(between.to_string().parse::<TokenStream>().ok()?);
                    }
                    written(inner, once, made)?;
                }
            }
        }
    }
    Some(())
}

/// The bindings of each time that `inner` is repeated.
fn each_time(inner: &[Part], bindings: &Bindings) -> Vec<Bindings> {
    let variables = variables(inner);
    let repeated = |name: &String| match bindings.get(name) {
        Some(Binding::Many(each)) => Some((name.clone(), each.clone())),
        Some(Binding::One(_)) | None => None,
    };
    let repeated: Vec<(String, Vec<Binding>)> = variables.iter().filter_map(repeated).collect();
    let times = repeated.iter().map(|(_, each)| each.len()).min().unwrap_or(0);
    let once = |time: usize| {
        let mut once = bindings.clone();
        once.extend(repeated.iter().filter_map(|(name, each)| Some((name.clone(), each.get(time)?.clone()))));
        once
    };
    (0..times).map(once).collect()
}

fn variables(parts: &[Part]) -> Vec<String> {
    let of = |part: &Part| match part {
        Part::Token(_) => Vec::new(),
        Part::Variable(name) => vec![name.clone()],
        Part::Repeated(inner, _) | Part::Group(_, inner) => variables(inner),
    };
    parts.iter().flat_map(of).collect()
}

fn punct(token: Option<&TokenTree>) -> Option<char> {
    if let Some(TokenTree::Punct(punct)) = token { Some(punct.as_char()) } else { None }
}
