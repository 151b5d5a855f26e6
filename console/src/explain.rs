//! `explain`: what a rule or the label of an error means, why it is there, and what to do on this side.
//!
//! | where | what |
//! |---|---|
//! | [`rules`] | the rules of items, which both sides check |
//! | [`ceremony`] | the rules of a ceremony, which the offline side checks |
//! | [`labels`] | the labels of errors |
//! | [`severity`] | the severities of a rule, and what their letters mean |
//! | [`side`] | whose program ends with a label |
//! | [`layout`] | the layout on the screen |
//!
//! The texts are constants. Nothing is read, neither a state nor a file.

mod ceremony;
mod labels;
mod layout;
mod rules;
mod severity;
mod side;
#[cfg(test)]
mod tests;

use clap::Args;
use rootcast_host::configuration::Side;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::suggestion::nearest;
use rootcast_host::text::{capital, printable};
use rootcast_pki::rule::{Demand, Reference, Rule};
use serde::Serialize;

use self::ceremony::CeremonyRule;
use self::layout::field;
use crate::run::Run;

/// `explain`
#[derive(Debug, Args)]
pub struct Explain {
    /// A rule such as CRL-FIRST, or the label of an error such as link-failed. Without it, all of them are listed.
    #[arg(value_name = "RULE|LABEL")]
    name: Option<String>,
}

/// What can be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Rule(Rule),
    CeremonyRule(CeremonyRule),
    Label(Label),
}

impl Subject {
    /// All of them: the rules of items, those of a ceremony, the labels.
    fn all() -> impl Iterator<Item = Self> {
        let rules = Rule::ALL.iter().copied().map(Self::Rule);
        let of_ceremonies = CeremonyRule::ALL.iter().copied().map(Self::CeremonyRule);
        rules.chain(of_ceremonies).chain(Label::ALL.iter().copied().map(Self::Label))
    }

    /// The one with this name; or else the one with this name in other cases.
    fn named(name: &str) -> Option<Self> {
        let exactly = Self::all().find(|subject| subject.name() == name);
        exactly.or_else(|| Self::all().find(|subject| subject.name().eq_ignore_ascii_case(name)))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rule(rule) => rule.id(),
            Self::CeremonyRule(rule) => rule.id(),
            Self::Label(label) => label.as_str(),
        }
    }
}

/// What is explained, as scripts read it.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Rule,
    CeremonyRule,
    Label,
}

/// Since when a part of a rule holds.
#[derive(Debug, Serialize)]
struct Since {
    part: &'static str,
    date: &'static str,
    reference: &'static str,
}

/// The document of `explain NAME`.
#[derive(Debug, Serialize)]
struct Explanation {
    name: &'static str,
    kind: Kind,
    /// The side whose program says it, if it is one alone.
    only_on: Option<&'static str>,
    exit: Option<u8>,
    severity: Option<String>,
    #[serde(skip)]
    severity_in_words: Option<String>,
    may_be_switched_off: Option<bool>,
    /// What a rule asks for, in one line.
    summary: Option<&'static str>,
    what: String,
    why: Option<&'static str>,
    reference: Option<Reference>,
    since: Vec<Since>,
    /// What to do, on this side.
    next: String,
}

/// The document of `explain`: every name.
#[derive(Debug, Serialize)]
struct Names {
    rules: Vec<&'static str>,
    ceremony_rules: Vec<&'static str>,
    labels: Vec<&'static str>,
}

/// The kinds of alarm that are no label of an error, and what each says; a test of both programs compares the kinds.
pub const ALARM_KINDS: &[(&str, &str)] = &[
    ("second-signature", "the key of an issuer signed one content twice (SIG-SECOND)"),
    ("manifest", "a signed manifest contradicts another one (MAN-EQUIVOCATION, MAN-CHAIN, MAN-JOURNAL)"),
    ("false-symbols", "somebody forged symbols of a genuine object, on the link that it names (OBJ-DIGEST)"),
    ("clock", "a verdict was made at a later time than the clock showed afterwards (CLOCK-BACK)"),
    ("weakened-policy", "a `trust` made the policy of an issuer weaker"),
    ("more", "more alarms were raised than are kept; receipts name the others"),
];

/// What to do about a finding of this rule on `side`, in sentences: what `explain` says there.
#[must_use]
pub const fn what_to_do(rule: Rule, side: Side) -> &'static str {
    let text = rules::text(rule);
    match side {
        Side::Offline => text.offline,
        Side::Online => text.online,
    }
}

impl Explain {
    /// Runs the command, for the side of the program that runs.
    ///
    /// # Errors
    /// When nothing has the name given.
    pub fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let side = run.program.side;
        let Some(name) = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
            let names = Names::new();
            let text = names.text();
            run.tell(&names, &text);
            return Ok(Exit::Done);
        };
        let Some(subject) = Subject::named(name) else {
            if let Some((kind, meaning)) = ALARM_KINDS.iter().find(|(kind, _)| kind.eq_ignore_ascii_case(name)) {
                let why = format!("{kind} is a kind of alarm, and neither a rule nor a label. It says: {meaning}.");
                let next = "On the online side, `rootcast-online alarm list` shows what was raised, with the rules that `explain` \
                            knows.";
                return Err(run.program.usage(why, next));
            }
            let near = nearest(name, Subject::all().map(Subject::name));
            let near = near.map_or(String::new(), |near| format!("Did you mean {near}? "));
            let why = format!("No rule and no label has the name {}.", printable(name));
            return Err(run.program.usage(why, format!("{near}`{} explain` lists all of them.", side.program())));
        };
        let explanation = Explanation::new(subject, side);
        let text = explanation.text(side);
        run.tell(&explanation, &text);
        Ok(Exit::Done)
    }
}

impl Names {
    fn new() -> Self {
        Self {
            rules: Rule::ALL.iter().map(|rule| rule.id()).collect(),
            ceremony_rules: CeremonyRule::ALL.iter().map(|rule| rule.id()).collect(),
            labels: Label::ALL.iter().map(|label| label.as_str()).collect(),
        }
    }

    fn text(&self) -> String {
        let groups = [
            ("rules", "of CRLs, certificates and what carries them; both sides check them", &self.rules),
            ("ceremonies", "rules that only the offline side checks", &self.ceremony_rules),
            ("labels", "of errors", &self.labels),
        ];
        let text: String = groups
            .iter()
            .map(|(name, of_what, names)| field(name, &format!("{of_what}\n{}", names.join("  "))))
            .collect();
        text.trim_start().to_owned()
    }
}

impl Explanation {
    fn new(subject: Subject, side: Side) -> Self {
        match subject {
            Subject::Rule(rule) => Self::of_rule(rule, side),
            Subject::CeremonyRule(rule) => Self::of_ceremony_rule(rule, side),
            Subject::Label(label) => Self::of_label(label, side),
        }
    }

    fn of_rule(rule: Rule, side: Side) -> Self {
        let text = rules::text(rule);
        let since = rule.demands().map(|demand: Demand| Since {
            part: demand.summary(),
            date: demand.date(),
            reference: demand.reference(),
        });
        Self {
            name: rule.id(),
            kind: Kind::Rule,
            only_on: None,
            exit: None,
            severity: Some(text.severity_in_letters()),
            severity_in_words: Some(text.severity_in_words()),
            may_be_switched_off: Some(rule.may_be_switched_off()),
            summary: Some(rule.summary()),
            what: text.what.whole(|other| other.what),
            why: Some(text.why),
            reference: Some(rule.reference()),
            since: since.collect(),
            next: what_to_do(rule, side).to_owned(),
        }
    }

    fn of_ceremony_rule(rule: CeremonyRule, side: Side) -> Self {
        Self {
            name: rule.id(),
            kind: Kind::CeremonyRule,
            only_on: Some(Side::Offline.name()),
            exit: None,
            severity: None,
            severity_in_words: None,
            may_be_switched_off: None,
            summary: None,
            what: rule.what().to_owned(),
            why: Some(rule.why()),
            reference: None,
            since: Vec::new(),
            next: from_elsewhere(Some(Side::Offline), side, rule.next().to_owned()),
        }
    }

    fn of_label(label: Label, side: Side) -> Self {
        let text = labels::text(label);
        let there = text.ends_on.one().unwrap_or(side);
        let (what_besides, next_besides) = match there {
            Side::Offline => (text.offline_what, text.offline),
            Side::Online => (text.online_what, text.online),
        };
        let mut what = text.what.to_owned();
        if let Some(besides) = what_besides {
            what.push_str("\n\n");
            what.push_str(&capital(besides));
        }
        let mut next = capital(text.next);
        if let Some(besides) = next_besides {
            next.push('\n');
            next.push_str(&capital(besides));
        }
        let rule = text.rule.map_or(String::new(), |rule| format!(" The rule is {rule}: `explain {rule}` says more."));
        Self {
            name: label.as_str(),
            kind: Kind::Label,
            only_on: text.ends_on.one().map(Side::name),
            exit: Some(label.exit().code()),
            severity: None,
            severity_in_words: None,
            may_be_switched_off: None,
            summary: None,
            what: format!("{what}{rule}"),
            why: None,
            reference: None,
            since: Vec::new(),
            next: from_elsewhere(text.ends_on.one(), side, next),
        }
    }

    fn text(&self, side: Side) -> String {
        let whose = self.only_on.map_or(String::new(), |only| format!(", {only} side"));
        let heading = match (self.kind, self.exit) {
            (Kind::Rule, _) => self.summary.unwrap_or_default().to_owned(),
            (Kind::CeremonyRule, _) => format!("a rule of ceremonies{whose}"),
            (Kind::Label, Some(exit)) => format!("the label of an error, exit {exit}{whose}"),
            (Kind::Label, None) => format!("the label of an error{whose}"),
        };
        let mut out = field(&format!("{}:", self.name), &heading).trim_start().to_owned();
        let what = match self.kind {
            Kind::Rule | Kind::CeremonyRule => "asks for",
            Kind::Label => "what",
        };
        // Some rules ask for no more than their line says.
        if self.what != heading {
            out.push_str(&field(what, &self.what));
        }
        if let Some(severity) = &self.severity_in_words {
            out.push_str(&field("if not", severity));
        }
        if let Some(why) = self.why {
            out.push_str(&field("why", why));
        }
        out.push_str(&field("do here", &capital(&self.next)));
        if self.may_be_switched_off == Some(true) {
            let program = side.program();
            let how = format!("`{program} trust --root ROOT.crt --off {} --until DATE`; it warns then", self.name);
            out.push_str(&field("switch off", &how));
        }
        for Since { part, date, reference } in &self.since {
            out.push_str(&field("since", &format!("{date}: {part} ({reference})")));
        }
        match self.reference {
            Some(Reference::Page(page)) => {
                out.push_str(&field("reference", &format!("Rootcast's own rule ({page})")));
            }
            Some(Reference::Standard(sections)) => out.push_str(&field("reference", sections)),
            None => {}
        }
        out
    }
}

/// What to do about what happens on one side alone, said on `here`.
fn from_elsewhere(only: Option<Side>, here: Side, next: String) -> String {
    match only {
        Some(there) if there != here => {
            format!("Nothing on this host: only {} says this. On the {} side: {next}", there.program(), there.name())
        }
        _ => next,
    }
}
