//! What to do about items that did not pass: what `explain` says, on this side, of the rules that decided about them.

use rootcast_console::explain::what_to_do;
use rootcast_host::configuration::Side;
use rootcast_host::exit::Exit;
use rootcast_host::text::count;
use rootcast_pki::finding::HelpOf;
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;

use crate::gate::JudgedItem;

/// Rules that are told one by one; the others are counted.
const RULES_TOLD_MAX: usize = 3;

/// What to do about a whole object whose digest is right and that is no bundle. The rule is that of symbols, too, and what
/// to do about those is another matter.
const NO_BUNDLE: &str = "Ask the offline side whether it sent this object. If it did, its program is newer: update this one, \
                         and have the items sent again. If it did not, somebody else can reach the link: find out who. What \
                         is published stays, and genuine items still arrive.";

/// What to do where the report keeps none of the items that decided.
const NO_ITEM_KEPT: &str =
    "`rootcast-online alarm list` and `rootcast-online receipts list` show what was refused, and why.";

/// What to do about the items with this outcome.
pub(super) fn about(items: &[&JudgedItem], worst: Exit) -> String {
    let items = || items.iter().filter(|item| item.exit == worst);
    let mut rules: Vec<(Rule, &'static str)> = Vec::new();
    for cause in items().filter_map(|item| item.cause()) {
        let told = (cause.rule, of_finding(cause));
        if !rules.contains(&told) {
            rules.push(told);
        }
    }
    let mut texts: Vec<String> = match rules.as_slice() {
        [] if worst == Exit::Held => Vec::new(),
        [] => vec![NO_ITEM_KEPT.to_owned()],
        [(_, text)] => vec![(*text).to_owned()],
        several => several.iter().take(RULES_TOLD_MAX).map(|(rule, text)| format!("{rule}: {text}")).collect(),
    };
    let untold = rules.get(RULES_TOLD_MAX..).unwrap_or_default();
    if let Some((first, _)) = untold.first() {
        let more = count(untold.len() as u64, "other rule");
        texts.push(format!("And {more}: rootcast-online explain {first}"));
    }
    if worst == Exit::Held || items().any(|item| item.verdict == Ruling::Held) {
        texts.push(
            "`rootcast-online held list` shows what is held and the command that decides: state who decides and why."
                .to_owned(),
        );
    }
    texts.join("\n")
}

/// What to do about a finding. The help of one way to break the rule counts where it is for whoever publishes; the others
/// are for whoever has the file at hand.
fn of_finding(finding: &ReportedFinding) -> &'static str {
    match finding.help_of {
        HelpOf::Publisher => finding.help,
        HelpOf::Rule | HelpOf::Cause => of_rule(finding.rule),
    }
}

/// What to do about a finding of this rule in something that was received.
pub(super) fn of_rule(rule: Rule) -> &'static str {
    match rule {
        Rule::ObjDigest => NO_BUNDLE,
        rule => what_to_do(rule, Side::Online),
    }
}
