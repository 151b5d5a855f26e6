//! `receipts`: what was decided here, when, why and by whom. Each receipt names the SHA-256 of the one before it, and the
//! state that of the newest: whatever is shown was verified from there.

use clap::builder::PossibleValue;
use clap::{Args, Subcommand, ValueEnum};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::screen::word_lines;
use rootcast_host::text::{count, printable, printable_words};
use rootcast_pki::policy_change::{PolicyChange, WholePolicy};
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use serde::Serialize;

use super::lines::Lines;
use super::run::{Run, time, usage};
use crate::publication::{
    AlarmReceipt, Decision, ItemReceipt, ItemVerdict, Receipt, ReceiptItemKind, ReceiptKind, RuleReceipt, Snapshot,
    words_to_compare,
};

/// The digits of a digest that `receipts list` shows.
const DIGEST_DIGITS: usize = 16;

/// Arguments of `receipts`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List every receipt, the oldest first, and verify the whole chain
    List {
        /// Leave out what is older than this, such as 2026-11-21T00:00:00Z
        #[arg(long, value_name = "TIME", value_parser = time)]
        since: Option<Timestamp>,
        /// Only receipts of this: received, decision, discard, enrol (of a `trust`), retired, alarm (each receipt that
        /// raised one) or alarm-acknowledged
        #[arg(long, value_enum, value_name = "KIND")]
        kind: Option<ReceiptKind>,
    },
    /// Show one receipt in full, and verify the chain down to it
    Show {
        /// Its number, from `receipts list`
        #[arg(value_parser = number)]
        number: u64,
    },
}

impl ValueEnum for ReceiptKind {
    fn value_variants<'v>() -> &'v [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let value = PossibleValue::new(self.name());
        // The name of the command today.
        Some(if *self == Self::Enrol { value.alias("trust") } else { value })
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "the number of a receipt is a whole number, such as 12".to_owned())
}

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    match &arguments.what {
        What::List { since, kind } => list(run, *since, *kind),
        What::Show { number } => show(run, *number),
    }
}

/// Whether an alarm rang with it.
fn rang(receipt: &Receipt) -> bool {
    receipt.what != ReceiptKind::AlarmAcknowledged && !receipt.alarms.is_empty()
}

/// The document of `receipts list`.
#[derive(Debug, Serialize)]
struct ListDocument {
    /// How many there are in the chain, and were verified.
    verified: u64,
    receipts: Vec<BriefDocument>,
}

/// One receipt of the list.
#[derive(Debug, Serialize)]
struct BriefDocument {
    generation: u64,
    time: String,
    what: ReceiptKind,
    sha256: String,
    items: Vec<BriefItem>,
    alarms: Vec<AlarmReceipt>,
    decision: Option<Decision>,
}

/// One item of it.
#[derive(Debug, Serialize)]
struct BriefItem {
    kind: ReceiptItemKind,
    name: String,
    issuer: Option<String>,
    sha256: String,
    words: String,
    verdict: ItemVerdict,
    published: Option<String>,
}

/// The document of `receipts show`.
#[derive(Debug, Serialize)]
struct ShowDocument<'r> {
    /// SHA-256 of its file.
    sha256: &'r str,
    receipt: &'r Receipt,
}

fn list(run: &Run, since: Option<Timestamp>, kind: Option<ReceiptKind>) -> Result<Exit, Diagnosis> {
    let snapshot = Snapshot::read(run.state_dir()?)?;
    let mut receipts = Vec::new();
    let verified = snapshot.walk_receipts(|sha256, receipt| {
        // A time that cannot be read is never left out.
        let is_old = |since: Timestamp| parse_rfc3339(&receipt.time).is_ok_and(|time| time < since);
        // Most alarms ring while something is received.
        let is_of = |kind| kind == receipt.what || (kind == ReceiptKind::Alarm && rang(&receipt));
        if !since.is_some_and(is_old) && kind.is_none_or(is_of) {
            receipts.push(BriefDocument::new(sha256, receipt));
        }
        true
    })?;
    receipts.reverse();
    let mut out = Lines::default();
    receipts.iter().for_each(|receipt| say_brief(&mut out, receipt));
    let (shown, all) = (receipts.len() as u64, count(verified, "receipt"));
    out.say(&match shown == verified {
        true => format!("{all} verified, back to the first"),
        false => format!("{all} verified, back to the first; {shown} shown"),
    });
    run.tell_result(&ListDocument { verified, receipts }, &out.dated(run.now()));
    Ok(Exit::Done)
}

fn show(run: &Run, number: u64) -> Result<Exit, Diagnosis> {
    let snapshot = Snapshot::read(run.state_dir()?)?;
    let mut found = None;
    snapshot.walk_receipts(|sha256, receipt| {
        let is_it = receipt.generation == number;
        found = is_it.then(|| (sha256.to_owned(), receipt));
        !is_it
    })?;
    let Some((sha256, receipt)) = found else {
        return Err(usage(
            format!("There is no receipt {number}: this state has the receipts 1 to {}.", snapshot.record().generation),
            "`rootcast-online receipts list` shows them.",
        ));
    };
    let mut out = Lines::default();
    say_whole(&mut out, &sha256, &receipt);
    run.tell_result(&ShowDocument { sha256: &sha256, receipt: &receipt }, &out.dated(run.now()));
    Ok(Exit::Done)
}

impl BriefDocument {
    fn new(sha256: &str, receipt: Receipt) -> Self {
        let Receipt { generation, time, what, items, alarms, decision, .. } = receipt;
        Self {
            generation,
            time,
            what,
            sha256: sha256.to_owned(),
            items: items.into_iter().map(BriefItem::from).collect(),
            alarms,
            decision,
        }
    }
}

impl From<ItemReceipt> for BriefItem {
    fn from(item: ItemReceipt) -> Self {
        let ItemReceipt { name, kind, sha256, words, verdict, issuer, published, .. } = item;
        Self { kind, name, issuer, sha256, words, verdict, published }
    }
}

/// What became of an item, what it is, and its name. Any of them may be a word of another version.
fn item_text(verdict: &ItemVerdict, kind: &ReceiptItemKind, name: &str) -> String {
    [verdict.name(), kind.name(), name].map(printable).join(" ")
}

/// A receipt in a few lines. Its texts come from a file that was verified; they are made safe to print all the same.
fn say_brief(out: &mut Lines, receipt: &BriefDocument) {
    out.say(&format!("{:>8}  {}  {}", receipt.generation, printable(&receipt.time), receipt.what.name()));
    let mut before = None;
    for item in &receipt.items {
        let issuer = match item.issuer.as_deref() {
            None => String::new(),
            same if same == before => ", from the same".to_owned(),
            Some(issuer) => format!(", from {}", printable(issuer)),
        };
        before = item.issuer.as_deref();
        out.say(&format!("          {}{issuer}", item_text(&item.verdict, &item.kind, &item.name)));
        out.say(&word_lines("            words ", &words_to_compare(&item.sha256, item.kind == ReceiptItemKind::Root)));
        let digits: String = item.sha256.chars().take(DIGEST_DIGITS).collect();
        out.say(&format!("            SHA-256 {}…", printable(&digits)));
    }
    receipt.alarms.iter().for_each(|alarm| say_alarm(out, "          ", alarm));
    let is_refused =
        receipt.what == ReceiptKind::Decision && receipt.items.iter().any(|item| item.verdict == ItemVerdict::Rejected);
    receipt.decision.iter().for_each(|decision| say_decision(out, "          ", decision, is_refused));
}

fn say_alarm(out: &mut Lines, indent: &str, alarm: &AlarmReceipt) {
    out.say(&format!("{indent}alarm {} {}: {}", printable(&alarm.id), alarm.kind, printable(&alarm.text)));
}

/// Says who decided what. A decision can be refused by other rules than those it was about.
fn say_decision(out: &mut Lines, indent: &str, decision: &Decision, is_refused: bool) {
    let rules = if decision.rules.is_empty() { String::new() } else { format!(" about {}", decision.rules.join(", ")) };
    let until = decision.until.as_deref().map(|until| format!(" until {until}")).unwrap_or_default();
    let (by, because) = (printable(&decision.by), printable(&decision.because));
    let decided = match is_refused {
        true => format!("{by} asked to accept it, knowing of {}, and was refused", decision.rules.join(", ")),
        false => format!("decided by {by}{rules}{until}"),
    };
    out.say(&format!("{indent}{}: {because}", printable(&decided)));
}

fn say_whole(out: &mut Lines, sha256: &str, receipt: &Receipt) {
    out.say(&format!("receipt  {} of {}: {}", receipt.generation, printable(&receipt.time), receipt.what.name()));
    out.say(&format!("  SHA256 {sha256}"));
    let before = if receipt.previous.is_empty() { "none: it is the first" } else { &receipt.previous };
    out.say(&format!("  before {}", printable(before)));
    out.say(&format!("  by     {}", printable(&receipt.by_program)));
    receipt.object.iter().for_each(|object| out.say(&format!("  object {}", printable(object))));
    receipt.links.iter().for_each(|link| out.say(&format!("  link   {}", printable(link))));
    if let Some(manifest) = &receipt.manifest {
        out.say(&format!("  manifest {} of source {}", manifest.number, printable(&manifest.source)));
        manifest.findings.iter().for_each(|finding| say_finding(out, finding));
    }
    receipt.switched_off.iter().for_each(|off| out.say(&format!("  off    {}", printable(off))));
    if !receipt.policies.is_empty() {
        let certificates = count(receipt.policies.len() as u64, "certificate");
        out.say(&format!("  policy of {certificates} changed: --json has the whole policy before and after"));
        receipt.policies.iter().for_each(|change| say_policy(out, change));
    }
    for item in &receipt.items {
        out.say(&format!("  {}", item_text(&item.verdict, &item.kind, &item.name)));
        item.issuer.iter().for_each(|issuer| out.say(&format!("    from   {}", printable(issuer))));
        out.say(&word_lines("    words  ", &words_to_compare(&item.sha256, item.kind == ReceiptItemKind::Root)));
        out.say(&format!("    SHA256 {}", printable(&item.sha256)));
        item.published.iter().for_each(|path| out.say(&format!("    file   published/{}", printable(path))));
        if item.times > 1 {
            out.say(&format!("    {} times in this object", item.times));
        }
        item.findings.iter().for_each(|finding| say_finding(out, finding));
    }
    receipt.alarms.iter().for_each(|alarm| say_alarm(out, "  ", alarm));
    let is_refused =
        receipt.what == ReceiptKind::Decision && receipt.items.iter().any(|item| item.verdict == ItemVerdict::Rejected);
    receipt.decision.iter().for_each(|decision| say_decision(out, "  ", decision, is_refused));
}

/// Says in a line or two what a `trust` changed.
fn say_policy(out: &mut Lines, change: &PolicyChange) {
    let keys = |policy: &WholePolicy| match policy.export_keys.is_empty() {
        true => String::new(),
        false => format!(" (export key {})", policy.export_keys.join(", ")),
    };
    let told = |policy: &WholePolicy| printable_words(&format!("{policy}{}", keys(policy)));
    match &change.before {
        None => out.say(&format!("    now    {}", told(&change.after))),
        Some(before) => {
            out.say(&format!("    before {}", told(before)));
            out.say(&format!("    now    {}", told(&change.after)));
        }
    }
}

fn say_finding(out: &mut Lines, finding: &RuleReceipt) {
    let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
    out.say(&format!("    {}[{}]: {}{times}", finding.severity, printable(&finding.rule), printable(&finding.text)));
}
