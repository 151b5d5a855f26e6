//! The record of a drill, to print and sign by hand (Markdown).

use rootcast_host::text::printable;
use rootcast_protocol::words;

use super::bags::CheckedSeal;
use super::twin::Walked;
use crate::escrow::set_id::SetId;

/// What a record says.
pub(super) struct DrillRecord<'r> {
    /// When the drill began, RFC 3339.
    pub(super) began: &'r str,
    /// The set of the root.
    pub(super) set: &'r SetId,
    /// Its bags.
    pub(super) seals: &'r [CheckedSeal],
    /// The twin.
    pub(super) walked: &'r Walked,
}

impl DrillRecord<'_> {
    /// Its text.
    pub(super) fn text(&self) -> String {
        let walked = self.walked;
        let mut lines = vec![
            "# Record of an escrow drill".to_owned(),
            String::new(),
            format!("Began: {}. The root's key was not used.", self.began),
            String::new(),
            format!("Set of the root: {}, {}", self.set, self.set.words()),
            String::new(),
            "## Seals".to_owned(),
            String::new(),
            "| set | envelope | bag in the journal | typed | |".to_owned(),
            "|---|---|---|---|---|".to_owned(),
        ];
        lines.extend(self.seals.iter().map(|seal| {
            format!(
                "| {} | {} | {} | {} | {} |",
                printable(&seal.set),
                printable(&seal.envelope),
                cell(&seal.bag),
                cell(&seal.typed),
                seal.before.map_or_else(
                    || seal.seal.text().to_owned(),
                    |before| format!("{}; {} at an earlier check", seal.seal.text(), before.text())
                )
            )
        }));
        lines.extend([
            String::new(),
            "## The twin".to_owned(),
            String::new(),
            format!("- set {}, {}", walked.set, walked.set.words()),
            format!("- public key {}", walked.public.sha256()),
            format!("- token {}", printable(&walked.token_serial)),
            format!("- CRL {}", walked.crl),
            format!("- words of the CRL: {}", words::spell(walked.crl.as_bytes(), words::SHORT)),
            String::new(),
            "## Clock".to_owned(),
            String::new(),
            "| step | seconds |".to_owned(),
            "|---|---|".to_owned(),
        ]);
        lines.extend(walked.laps.iter().map(|lap| format!("| {} | {} |", lap.step.text(), lap.seconds)));
        lines.extend([
            format!("| **from `escrow restore` to the signed CRL** | **{}** |", walked.seconds()),
            String::new(),
            "- [ ] Hours to bring two envelopes of each group here: ____________".to_owned(),
            "- [ ] Hours to bring a new token and a host here: ____________".to_owned(),
            "- [ ] All of it is within 24 hours: yes / no".to_owned(),
            String::new(),
            "## Crossing".to_owned(),
            String::new(),
            "`DRILL` is a new state on the online side, never the one that is published. `LINK` is the link of every ceremony."
                .to_owned(),
            String::new(),
        ]);
        lines.extend(walked.crossing.iter().map(|line| format!("- [ ] ______ `{}`", printable(line))));
        lines.extend(
            [
                "",
                "- [ ] ______ The words that the online side shows are the words of the CRL above.",
                "- [ ] ______ The twin's pages are destroyed.",
                "",
                "| role | name | signature |",
                "|---|---|---|",
                "| operator | | |",
                "| witness | | |",
            ]
            .map(str::to_owned),
        );
        lines.join("\n") + "\n"
    }
}

/// A text within a table.
fn cell(text: &str) -> String {
    printable(text).replace('|', "\\|")
}
