//! `ceremony keygen`: makes the key pair of a first ceremony, in the place that the site file names.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::{in_one_line, printable};
use serde::Serialize;

use crate::ceremony::key::NO_LATER_BACKUP;
use crate::ceremony::key::pin::Terminal;
use crate::ceremony::request::{self, Lined, REQUEST_SIZE_MAX, Request, RootKey};
use crate::ceremony::site::{MadeKey, Site};
use crate::command::banner::say_banner;
use crate::command::ceremony::asking::no_signal_handler;
use crate::command::clock_of;
use crate::command::escrow::documents::{flag_lines, printable_lines};
use crate::command::escrow::generating::{self, EscrowDocument, TwinOf};
use crate::command::memory::keep_out_of_swap;
use crate::command::opened::{journal_with_all, remember_journal};
use crate::escrow::generation::KeySource;
use crate::escrow::paper::Paper;
use crate::store::journal::Event;
use crate::store::journal::ceremony::CeremonyRecord;
use crate::store::state::State;
use rootcast_console::run::Run;

const NO_KEY: &str = "No key was made. Nothing was signed or sent.";

/// `ceremony keygen`
#[derive(Debug, Args)]
pub(in crate::command) struct Keygen {
    /// The site file. It says where to make the key, and pins no public key yet.
    #[arg(long, value_name = "FILE")]
    pub(in crate::command) site: PathBuf,
    /// With [escrow] in the request: where its pages go. A USB printer that prints PDF (/dev/usb/lp0), or a folder in memory
    /// (/dev/shm).
    #[arg(long, value_name = "DEVICE|FOLDER")]
    pub(in crate::command) pages: Option<PathBuf>,
    /// With [escrow]: mix throws of a die into the keys of the groups. It asks for them.
    #[arg(long, requires = "pages")]
    pub(in crate::command) dice: bool,
    /// The request. Its [root] table names the kind of key.
    #[arg(value_name = "REQUEST")]
    pub(in crate::command) request: PathBuf,
    /// In a drill: the keys that the token must not hold.
    #[arg(skip)]
    pub(in crate::command) twin_of: Option<TwinOf>,
}

impl Keygen {
    pub(in crate::command) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let site = Site::read(&self.site).map_err(|error| error.diagnosis())?;
        let bytes = input_file::read_for(&self.request, REQUEST_SIZE_MAX, NO_KEY)?;
        let name = self.request.display().to_string();
        let request = request::read(&bytes, &name).map_err(|error| error.diagnosis())?;
        let Some(root) = &request.root else {
            return Err(Diagnosis::new(
                Label::RequestRefused,
                NO_KEY,
                format!("REQ-STRICT: {name} has no [root]. Only a first ceremony makes a key."),
                "An existing root already has its key: continue with `ceremony rehearse`.",
            ));
        };
        let RootKey::New(Lined { value: new, .. }) = root.key else {
            return Err(Diagnosis::new(
                Label::RequestRefused,
                NO_KEY,
                format!("REQ-STRICT: the [root] of {name} has replaces: a renewal keeps its key."),
                "The root already has its key: continue with `ceremony rehearse`.",
            ));
        };
        let paper = self.paper(&request)?;
        if paper.is_some() {
            // Pages and their places are in the journal, or they are worth nothing.
            run.state_dir()?;
        }
        say_banner(site.is_rehearsal());
        keep_out_of_swap();
        let mut state = None;
        if let Some(folder) = &run.state {
            let named = [Some(&self.site), Some(&self.request), run.log_file.as_ref()];
            let named: Vec<&Path> = named.into_iter().flatten().map(AsRef::as_ref).collect();
            let opened = State::create_or_open(run.disk, folder, "rootcast-offline ceremony keygen", &named);
            state = Some(opened.map_err(|error| error.diagnosis(NO_KEY))?);
        }
        let mut journal = None;
        if let Some(state) = &state {
            // An empty record: a journal without one would be taken for a state that was lost.
            state.commit().map_err(|error| error.diagnosis(NO_KEY))?;
            journal = Some(journal_with_all(run, state, NO_KEY)?);
        }
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(NO_KEY, &error))?;
        let clock = clock_of(run);
        let mut on_paper = None;
        let generated = match (paper, &request.escrow, &mut journal) {
            (Some(paper), Some(Lined { value: groups, .. }), Some(journal)) => {
                let owner = root.subject.as_ref().map(ToString::to_string).unwrap_or_default();
                let wanted = (&site, KeySource::New(new), groups.clone(), printable(&owner));
                generating::make(wanted, self.twin_of.as_ref(), self.dice, &paper, journal, &clock, &interrupt).map(
                    |made| {
                        on_paper = Some(EscrowDocument::new(&made, groups));
                        MadeKey::Token(made.made)
                    },
                )
            }
            _ => site.generate_key(new, &mut Terminal::new(interrupt)).map_err(|error| error.diagnosis(NO_KEY)),
        };
        let made = match generated {
            Ok(made) => made,
            Err(mut diagnosis) => {
                if let Some(journal) = &mut journal {
                    let ceremony = CeremonyRecord {
                        request: Some(rootcast_protocol::digest::Digest::of(&bytes)),
                        key: printable(&site.key_text()),
                        token_serial: site.token_serial(),
                        ..CeremonyRecord::default()
                    };
                    let (label, why) = (diagnosis.label.to_string(), in_one_line(&diagnosis.why));
                    let event = Event::CeremonyRefused { ceremony, label, why };
                    // What ended the run is told in any case, and with it what to do with printed pages.
                    match journal.append(clock(), event).map(|_| ()) {
                        Ok(()) => state.iter_mut().for_each(|state| remember_journal(state, journal)),
                        Err(error) => {
                            diagnosis.why = format!("{}\nThe journal could not be written: {error}.", diagnosis.why);
                        }
                    }
                }
                return Err(diagnosis);
            }
        };
        let (token, flags) = match &made {
            MadeKey::Token(made) => (Some(&made.token), Some(made.flags)),
            MadeKey::Rehearsal(_) => (None, None),
        };
        let sha256 = made.public_key().sha256();
        let described = made.public_key().describe();
        let lines = flags.as_ref().map(flag_lines).unwrap_or_default();
        if on_paper.is_some() {
            // The run that put it on paper wrote its entry.
            if let (Some(state), Some(journal)) = (&mut state, &journal) {
                remember_journal(state, journal);
            }
        } else if let Some(journal) = &mut journal {
            let rehearsal = if token.is_none() { ", rehearsal key, NO HSM" } else { "" };
            let event = Event::KeyMade {
                key: printable(&format!("{}{rehearsal}", site.key_text())),
                key_kind: new.name().to_owned(),
                public_key: sha256,
                token_serial: token.map(|token| printable(&token.serial)),
                flags: lines.clone(),
            };
            let what = "The key was made, but the journal could not be written. Nothing was signed or sent.";
            journal.append(clock(), event).map_err(|error| error.diagnosis(what))?;
            if let Some(state) = &mut state {
                remember_journal(state, journal);
            }
        } else {
            say(
                "note: no state was given (--state), so no journal records this key: `ceremony sign` will ask about it.",
            );
        }
        // A key that was wrapped has left its token once, whatever else is well.
        let warnings = flags.map(|flags| if on_paper.is_some() { flags.warnings_on_paper() } else { flags.warnings() });
        for warning in warnings.unwrap_or_default() {
            say(&format!("WARNING: {warning}"));
        }
        // A key in a file can be put on paper later.
        let no_later_backup = token.is_some() && on_paper.is_none();
        if no_later_backup {
            say(&format!("WARNING: {NO_LATER_BACKUP}."));
        }
        let document = Document {
            public_key_sha256: sha256.to_string(),
            kind: new.name(),
            rehearsal_key: site.is_rehearsal(),
            key_label: site.key_text(),
            token_label: token.map(|token| token.label.clone()),
            token_serial: token.map(|token| token.serial.clone()),
            flags: &lines,
            no_later_backup,
            escrow: on_paper,
        };
        run.event("ceremony keygen", &document);
        let text = match token {
            Some(token) if self.twin_of.is_some() => format!(
                "Made {described} {:?} on the token {}: the key of a twin. Its six envelopes are printed.",
                site.key_text(),
                token.describe()
            ),
            Some(token) if document.escrow.is_some() => format!(
                "Made {described} {:?} on the token {}. {}.\nSix envelopes are printed. The key cannot sign before somebody restored it from them: run `escrow verify` with the site file of a second token.\nA key from escrow was outside its token for a moment, wrapped: its flags say so.\nNothing was signed but proofs. Write this into the [key] table of {}:\npublic_key_sha256 = \"{sha256}\"",
                site.key_text(),
                token.describe(),
                lines.join(", "),
                self.site.display()
            ),
            Some(token) => format!(
                "Made {described} {:?} on the token {}. {}.\nNothing was signed. Write this into the [key] table of {}:\npublic_key_sha256 = \"{sha256}\"",
                site.key_text(),
                token.describe(),
                lines.join(", "),
                self.site.display()
            ),
            None => format!(
                "Made {described} in the file {}, not in an HSM. Nothing was signed. The site file needs no pin for this key. Its public key has\npublic_key_sha256 = \"{sha256}\"",
                site.key_text()
            ),
        };
        run.tell(&document, &printable_lines(&text));
        Ok(Exit::Done)
    }
}

impl Keygen {
    /// Where the pages go; nothing without escrow.
    fn paper(&self, request: &Request) -> Result<Option<Paper>, Diagnosis> {
        let refused = |why: &str, next: &str| Err(Diagnosis::new(Label::Usage, NO_KEY, why, next));
        match (&request.escrow, &self.pages) {
            (None, None) => Ok(None),
            (Some(_), Some(path)) => generating::find_paper(path).map(Some),
            (Some(_), None) => refused(
                "KEY-ESCROW: the request has [escrow], but --pages does not say where its pages go.",
                "Give --pages with a USB printer or a folder in memory.",
            ),
            (None, Some(_)) => refused(
                "KEY-ESCROW: --pages was given, but the request has no [escrow].",
                "Escrow is decided in the request, which people review: add [escrow] with groups to it, or leave --pages out.",
            ),
        }
    }
}

/// The document of `ceremony keygen`.
#[derive(Serialize)]
struct Document<'d> {
    public_key_sha256: String,
    kind: &'static str,
    rehearsal_key: bool,
    key_label: String,
    token_label: Option<String>,
    token_serial: Option<String>,
    flags: &'d [String],
    no_later_backup: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    escrow: Option<EscrowDocument>,
}
