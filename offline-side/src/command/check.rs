//! `check`: applies every rule to files, and shows what each file is. Sends and changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rootcast_console::check::{self, Checker, Judged, Moment, Options, Wording, report_text};
use rootcast_console::run::Run;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::text::printable;
use rootcast_pki::difference::Difference;
use rootcast_pki::report::Report;
use rootcast_pki::request::{CertificationRequest, REQUEST_SIZE_MAX};

use super::gather::abandoned_as;
use super::opened::{look_at, state_failed};
use super::{announce, usage};
use crate::gate::Gate;
use crate::gate::item_summary::ItemSummary;
use crate::gate::item_text::{held_there_note, report_of};
use crate::store::journal::{Chain, JournalError};
use crate::store::state::State;

/// `check`
#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    options: Options,
    /// A PKCS#10 request. A certificate for any key other than those requested is held (CERT-REQUEST). May be repeated.
    #[arg(long, value_name = "CSR")]
    request: Vec<PathBuf>,
}

const NOTHING_JUDGED: &str = "Nothing was judged. Nothing was sent.";

const WORDING: Wording = Wording { purpose: "to send", not_compared: "was sent", issuer_refused: Label::Usage };

/// The state, if there is one, and what has been reported so far.
struct OfflineChecker<'s> {
    run: &'s Run,
    state: Option<(State<'s>, Chain, Gate)>,
    /// Whether the file judged last is a CRL that was abandoned.
    is_abandoned: bool,
    /// For people, on standard output at the end.
    texts: Vec<String>,
}

impl Check {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let requests = self.requests()?;
        let state = match run.state.as_deref().filter(|_| self.options.issuer.is_none()) {
            Some(folder) => {
                let state = look_at(run, folder).map_err(|error| state_failed(&error, NOTHING_JUDGED))?;
                let failed = |error: JournalError| error.diagnosis(NOTHING_JUDGED);
                let chain = Chain::of_state(&state).map_err(failed)?;
                let gate = Gate::from_records(&state, &chain, self.options.allow_sha1);
                let mut gate = gate.map_err(|error| state_failed(&error, NOTHING_JUDGED))?;
                if let Some(profile) = self.options.profile {
                    gate.set_profile(profile);
                }
                announce(&gate, run.began);
                gate.compare_with_requests(requests.clone());
                Some((state, chain, gate))
            }
            None => None,
        };
        let mut checker = OfflineChecker { run, state, is_abandoned: false, texts: Vec::new() };
        let (exit, document) = check::check(run, &self.options, requests, &WORDING, &mut checker)?;
        run.tell(&document, &checker.texts.join("\n\n"));
        Ok(exit)
    }

    /// The public keys of the requests given; each is signed by its own key.
    fn requests(&self) -> Result<Vec<Vec<u8>>, Diagnosis> {
        let mut keys = Vec::with_capacity(self.request.len());
        for path in &self.request {
            let bytes = input_file::read_for(path, REQUEST_SIZE_MAX as u64, NOTHING_JUDGED)?;
            let request = CertificationRequest::read(&bytes).map_err(|error| {
                let what = format!("The file {} given with --request cannot be used: {error}.", path.display());
                usage(&what, "Give the PKCS#10 request as the subordinate CA made it.")
            })?;
            keys.push(request.spki().to_vec());
        }
        Ok(keys)
    }
}

impl Checker for OfflineChecker<'_> {
    fn judge(&mut self, name: &str, bytes: &Arc<Vec<u8>>, at: Moment) -> Result<Option<Judged>, Diagnosis> {
        let Some((state, chain, gate)) = &self.state else { return Ok(None) };
        let item = gate.judge(name, Arc::clone(bytes), at.seconds());
        let abandoned = abandoned_as(state, chain, &item);
        self.is_abandoned = abandoned.is_some();
        let number = item.facts.as_ref().and_then(ItemSummary::crl_number).and_then(|number| {
            number.hexadecimal_if_other().map(|other| format!("number   {number}, in openssl {other}"))
        });
        let note = abandoned.map(|crl| {
            let because = printable(&crl.because);
            format!("CRL number {} was abandoned here, so `send` refuses it (REQ-PREVIOUS): {because}", crl.number)
        });
        // An item that goes back is refused here like any other.
        Ok(Some(Judged {
            report: report_of(&item).noted(number).noted(note).noted(held_there_note(&item)),
            is_rollback: false,
        }))
    }

    fn difference(&self, der: &[u8]) -> Option<Difference> {
        let (state, ..) = self.state.as_ref()?;
        state.record.crls.iter().find_map(|crl| Difference::between(&state.item(&crl.sha256).ok()?, der))
    }

    fn exit(&self, judged: &Judged) -> Exit {
        if judged.report.passes() && !self.is_abandoned { Exit::Done } else { Exit::SourceRefused }
    }

    fn heading(&mut self, text: String) {
        self.texts.push(text);
    }

    fn report(&mut self, report: &Report) {
        self.run.event("check", report);
        self.texts.push(report_text(report, self.run.began));
    }
}
