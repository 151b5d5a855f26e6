//! `check`: the full verdict on files, publishing nothing.

use std::sync::Arc;

use clap::Args;
use rootcast_console::check::{self, Checker, Judged, Moment, Options, Wording, report_text};
use rootcast_host::clock;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_pki::difference::Difference;
use rootcast_pki::report::Report;

use super::report::{self, report_of};
use super::run::Run;
use crate::gate;
use crate::publication::{Draft, Snapshot};

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
}

const WORDING: Wording =
    Wording { purpose: "to publish", not_compared: "is published", issuer_refused: Label::RootRefused };

/// The state, if there is one: what passes takes its place in the draft, and nothing is committed.
struct OnlineChecker<'r> {
    run: &'r Run,
    state: Option<(Draft, Vec<gate::Root>)>,
    /// Whether a report was shown yet.
    has_report: bool,
}

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    let options = &arguments.options;
    let state = match run.state.as_deref().filter(|_| options.issuer.is_none()) {
        Some(dir) => {
            let (snapshot, mut roots) = Snapshot::look(dir, gate::roots)?;
            report::announce(&roots, run.now());
            report::say_weakened(run, snapshot.record());
            for root in &mut roots {
                root.policy.profile = options.profile.unwrap_or(root.policy.profile);
                root.policy.allow_sha1 |= options.allow_sha1;
            }
            Some((Draft::from_snapshot(snapshot), roots))
        }
        None => None,
    };
    let mut checker = OnlineChecker { run, state, has_report: false };
    let (exit, document) = check::check(run, options, Vec::new(), &WORDING, &mut checker)?;
    run.tell(&document, "");
    Ok(exit)
}

impl Checker for OnlineChecker<'_> {
    fn judge(&mut self, name: &str, bytes: &Arc<Vec<u8>>, at: Moment) -> Result<Option<Judged>, Diagnosis> {
        let Some((draft, roots)) = &mut self.state else { return Ok(None) };
        let mut item = match at {
            Moment::Given(at) => gate::judge_item_as_of(draft, roots, name, bytes, at),
            Moment::Now(now) => gate::judge_item(draft, roots, name, bytes, None, now),
        }?;
        item.published = None;
        Ok(Some(Judged { report: report_of(self.run, &item), is_rollback: item.exit == Exit::RolledBack }))
    }

    fn difference(&self, der: &[u8]) -> Option<Difference> {
        let (draft, _) = self.state.as_ref()?;
        draft.record().crls.iter().find_map(|crl| {
            let before = draft.file(&format!("published/crl/{}.crl", crl.issuer)).ok()?;
            Difference::between(&before, der)
        })
    }

    fn exit(&self, judged: &Judged) -> Exit {
        gate::exit_of(judged.report.verdict(), judged.is_rollback)
    }

    fn heading(&mut self, text: String) {
        self.run.show(&text);
    }

    fn report(&mut self, report: &Report) {
        let gap = if self.has_report { "\n" } else { "" };
        self.run.show(&format!("{gap}{}", report_text(report, clock::now())));
        self.has_report = true;
    }
}
