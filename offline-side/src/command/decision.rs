//! A recorded human decision about rules that hold an item. It lifts holds, never a rejection.

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_pki::rule::Rule;
use rootcast_pki::stage::Ruling;

use super::usage;
use crate::gate::JudgedItem;
use crate::gate::item_text::item_record;
use crate::store::journal::Event;

/// Most characters in the name of a person who decides, and in the reason.
const TEXT_MAX: usize = 500;

/// The heading of these options in the help.
const HEADING: &str = "A recorded decision";

/// Who lifts which holds, and why.
#[derive(Debug, Args)]
pub(super) struct Decision {
    /// Go on although this rule holds an item; may be repeated. `send` and `bundle` write into the journal who decided and
    /// why. `plan` records nothing.
    #[arg(long, value_name = "RULE", value_parser = rule, requires = "by", requires = "because", help_heading = HEADING)]
    decide: Vec<Rule>,
    /// With --decide: who decides.
    #[arg(long, value_name = "NAME", requires = "decide", help_heading = HEADING)]
    by: Option<String>,
    /// With --decide: the reason.
    #[arg(long, value_name = "TEXT", requires = "decide", help_heading = HEADING)]
    because: Option<String>,
}

fn rule(text: &str) -> Result<Rule, String> {
    text.parse().map_err(|_| format!("there is no rule {text:?}; `check` names the rule that holds an item"))
}

impl Decision {
    /// The rules whose holds are lifted.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.decide
    }

    /// Checks that every part of the decision is needed. `items` were judged with it.
    pub(super) fn check(&self, items: &[JudgedItem]) -> Result<(), Diagnosis> {
        for (option, text) in [("--by", &self.by), ("--because", &self.because)] {
            text.as_ref().map_or(Ok(()), |text| check_text(option, text))?;
        }
        match self.decide.iter().find(|rule| !items.iter().any(|item| is_lifted(item, **rule))) {
            Some(idle) if are_all_sent(items) => Err(usage(
                &format!("{} does not hold any of these items: they were sent from here before.", idle.id()),
                "Leave out --decide, --by and --because: what was sent with a decision is sent again without one.",
            )),
            Some(idle) => Err(usage(
                &format!("{} does not hold any of these items.", idle.id()),
                "Decide only on rules that `check` shows as a hold.",
            )),
            None => Ok(()),
        }
    }

    /// The journal's entry for the decision; `None` if nothing was decided.
    pub(super) fn event(&self, items: &[JudgedItem]) -> Option<Event> {
        let (Some(by), Some(because), false) = (&self.by, &self.because, self.decide.is_empty()) else { return None };
        let lifted = items.iter().filter(|item| self.decide.iter().any(|rule| is_lifted(item, *rule)));
        Some(Event::Decision {
            by: by.clone(),
            because: because.clone(),
            rules: self.decide.iter().map(|rule| rule.id().to_owned()).collect(),
            items: lifted.map(|item| item_record(item, &item.name)).collect(),
        })
    }
}

/// Checks what `option` gives: the name of a person who decides, or the reason.
pub(super) fn check_text(option: &str, text: &str) -> Result<(), Diagnosis> {
    if !text.trim().is_empty() && text.chars().count() <= TEXT_MAX {
        return Ok(());
    }
    let why = format!("{option} is empty or longer than {TEXT_MAX} characters.");
    Err(usage(&why, "State who decides and why, in one sentence. The journal keeps it."))
}

/// Whether every item was sent from here before. What is sent again is judged by what it was sent with.
fn are_all_sent(items: &[JudgedItem]) -> bool {
    !items.is_empty() && items.iter().all(|item| item.verdict == Ruling::NoOp)
}

fn is_lifted(item: &JudgedItem, rule: Rule) -> bool {
    item.findings.iter().any(|finding| finding.rule == rule && finding.decided)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rootcast_pki::finding::Findings;
    use rootcast_pki::rule::Rule;
    use rootcast_pki::stage::Ruling;
    use rootcast_protocol::digest::Digest;

    use super::Decision;
    use crate::gate::JudgedItem;

    fn item(verdict: Ruling) -> JudgedItem {
        JudgedItem {
            name: "root.crl".to_owned(),
            kind: None,
            facts: None,
            der: Arc::default(),
            length: 0,
            sha256: Digest::of(b""),
            tbs_sha256: None,
            issuer: None,
            root: None,
            verdict,
            findings: Findings::default(),
        }
    }

    /// One old item beside a new one made the refusal say of both that they were sent before.
    #[test]
    fn only_items_that_were_all_sent_before_are_said_to_be() {
        let decision = Decision { decide: vec![Rule::ALL[0]], by: None, because: None };
        let sent_before = |verdicts: &[Ruling]| {
            let items: Vec<JudgedItem> = verdicts.iter().map(|verdict| item(*verdict)).collect();
            decision.check(&items).unwrap_err().why.contains("they were sent from here before")
        };
        assert!(sent_before(&[Ruling::NoOp, Ruling::NoOp]));
        assert!(!sent_before(&[Ruling::NoOp, Ruling::Accepted]));
        assert!(!sent_before(&[Ruling::Accepted]));
    }
}
