//! What to do about items that did not pass: what `explain` says, on this side, of the rules that decided about them.

use rootcast_console::explain::what_to_do;
use rootcast_host::configuration::Side;
use rootcast_host::exit::Exit;
use rootcast_host::text::count;
use rootcast_pki::rule::Rule;

use crate::gate::JudgedItem;

/// Rules that are told one by one; the others are counted.
const RULES_TOLD_MAX: usize = 3;

/// What to do about a whole object whose digest is right and that is no bundle. The rule is that of symbols, too, and what
/// to do about those is another matter.
const NO_BUNDLE: &str = "Ask the offline side whether it sent this object. If it did, its program is newer: update this one, \
                         and have the items sent again. If it did not, somebody else can reach the link: find out who. What \
                         is published stays, and genuine items still arrive.";

/// What to do about the items with this outcome.
pub(super) fn about(items: &[&JudgedItem], worst: Exit) -> String {
    let mut rules: Vec<Rule> = Vec::new();
    for cause in items.iter().filter(|item| item.exit == worst).filter_map(|item| item.cause()) {
        if !rules.contains(&cause.rule) {
            rules.push(cause.rule);
        }
    }
    let mut texts: Vec<String> = match rules.as_slice() {
        [rule] => vec![text(*rule).to_owned()],
        several => several.iter().take(RULES_TOLD_MAX).map(|rule| format!("{rule}: {}", text(*rule))).collect(),
    };
    let untold = rules.get(RULES_TOLD_MAX..).unwrap_or_default();
    if let Some(first) = untold.first() {
        let more = count(untold.len() as u64, "other rule");
        texts.push(format!("And {more}: rootcast-online explain {first}"));
    }
    if worst == Exit::Held {
        texts.push(
            "`rootcast-online held list` shows what is held and the command that decides: state who decides and why."
                .to_owned(),
        );
    }
    texts.join("\n")
}

fn text(rule: Rule) -> &'static str {
    match rule {
        Rule::ObjDigest => NO_BUNDLE,
        rule => what_to_do(rule, Side::Online),
    }
}
