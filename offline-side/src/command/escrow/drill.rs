//! `escrow drill`: once a year, the seals of the real envelopes, and a recovery with a twin. The root's key is not used: the
//! drill opens neither its token nor its envelopes.

use std::path::PathBuf;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_protocol::words;
use serde::Serialize;

use super::bags::{CheckedSeal, NOT_RIGHT, check_seals};
use super::documents::{SetDocument, printable_lines};
use super::drill_record::DrillRecord;
use super::generating::find_paper;
use super::set_back::say_if_set_back;
use super::trusted::trusted_keys;
use super::twin::{Lap, Twin, Walked};
use crate::ceremony::key::kind::NewKey;
use crate::ceremony::key::login::TokenPlace;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::request::EscrowGroups;
use crate::ceremony::site::{KeyPlace, Site};
use crate::command::ceremony::asking::no_signal_handler;
use crate::command::clock_of;
use crate::command::opened::{journal_with_all, remember_journal, state_failed};
use crate::escrow::set_id::SetId;
use crate::store::journal::escrow::{EscrowRecord, EscrowStep, Seal, WrappedRecord};
use crate::store::journal::{Chain, Event};
use crate::store::state::State;

const NOTHING: &str = "No drill was begun. No key was used.";

/// `escrow drill`
#[derive(Debug, Args)]
pub(super) struct Drill {
    /// The site file of the twin's token: one for drills, without a key of a root. It pins no key, and asks for no approvals.
    #[arg(long, value_name = "FILE", required_unless_present = "seals_only")]
    twin: Option<PathBuf>,
    /// Where the twin's pages go: a USB printer that prints PDF (/dev/usb/lp0), or a folder in memory (/dev/shm).
    #[arg(long, value_name = "DEVICE|FOLDER", required_unless_present = "seals_only")]
    pages: Option<PathBuf>,
    /// The folder of the drill. It must not exist.
    #[arg(short, long, value_name = "FOLDER", required_unless_present = "seals_only")]
    output: Option<PathBuf>,
    /// Check the seals of the real envelopes, and end there.
    #[arg(long, conflicts_with_all = ["twin", "pages", "output"])]
    seals_only: bool,
    /// The set, by its 14 hexadecimal digits. If it is not given, the seals of every set of the root's key whose pages still
    /// exist are checked.
    #[arg(long, value_name = "SET")]
    set: Option<String>,
}

fn refused(why: &str, next: &str) -> Diagnosis {
    Diagnosis::new(Label::Usage, NOTHING, format!("KEY-ESCROW: {why}"), next)
}

/// What the journal says of the root's key.
struct Root {
    set: SetId,
    groups: EscrowGroups,
    public: PublicKey,
}

impl Root {
    fn new(wrapped: &WrappedRecord) -> Option<Self> {
        let (set, groups) = (SetId::from_hex(&wrapped.set)?, EscrowGroups::new(wrapped.groups.clone()).ok()?);
        Some(Self { set, groups, public: PublicKey::from_spki(&wrapped.spki)? })
    }
}

impl Drill {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let clock = clock_of(run);
        let site = self.twin.as_ref().map(|path| Site::read(path)).transpose().map_err(|error| error.diagnosis())?;
        let who = "rootcast-offline escrow drill";
        let mut state = State::open(run.disk, run.state_dir()?, who).map_err(|error| state_failed(&error, NOTHING))?;
        let mut journal = journal_with_all(run, &state, NOTHING)?;
        say_if_set_back(journal.chain(), clock());
        let wrapped = journal.chain().last_wrapped(self.set.as_deref());
        let Some(root) = wrapped.as_ref().and_then(Root::new) else {
            let why = "the journal has no such set whose pages are all printed and whose key is in its token.";
            return Err(refused(why, "Give the state of the root. `journal show` lists its sets."));
        };
        let mut roots = vec![root.public.clone()];
        roots.extend(trusted_keys(&state));
        let walk = match (&site, &self.pages, &self.output) {
            (Some(site), Some(pages), Some(folder)) => {
                let place = twin_place(site, journal.chain(), &roots)?;
                if folder.symlink_metadata().is_ok() {
                    let why = format!("{} exists already.", folder.display());
                    return Err(refused(&why, "Name a folder that does not exist yet."));
                }
                find_paper(pages)?;
                Some((site, place, pages, folder))
            }
            _ => None,
        };
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(NOTHING, &error))?;
        // Pages that a later set replaces give the key, too, until somebody destroyed them.
        let mut sets = journal.chain().live_sets(&root.public.sha256());
        if self.set.is_some() {
            sets = vec![root.set.to_string()];
        }
        let mut seals = Vec::new();
        let checked = sets.iter().try_for_each(|set| {
            seals.extend(check_seals(&mut journal, set, &interrupt, &clock)?);
            Ok(())
        });
        remember_journal(&mut state, &journal);
        checked?;
        let mut twin = None;
        if let Some((site, place, pages, folder)) = walk {
            let of_kind = |new: &NewKey| new.is_of(root.public.kind(), root.public.modulus_bits());
            let key = NewKey::ALL.into_iter().find(of_kind).unwrap_or_else(|| {
                say("note: this program makes no key of the root's kind; the twin has ecdsa-p384");
                NewKey::EcdsaP384
            });
            let walked = Twin {
                run,
                site: &site.path,
                place,
                scheme: site.scheme,
                pages,
                folder,
                groups: &root.groups,
                key,
                roots,
                interrupt,
            }
            .walk()?;
            let began = rfc3339(run.began);
            let text = DrillRecord { began: &began, set: &root.set, seals: &seals, walked: &walked }.text();
            let record = folder.join("drill.md");
            run.disk.write_new_synced(&record, text.as_bytes()).map_err(|error| {
                let (what, next) = ("The drill is done, but its record was not written.", "Check the disk.");
                Diagnosis::new(Label::StorageFailed, what, error.to_string(), next)
            })?;
            let step = EscrowStep::Drilled {
                twin: walked.set.to_string(),
                public_key: walked.public.sha256(),
                token_serial: printable(&walked.token_serial),
                crl: walked.crl,
                seconds: walked.seconds(),
            };
            let event = Event::Escrow(EscrowRecord { set: root.set.to_string(), step });
            let appended = journal.append(clock(), event).map(|_| ());
            remember_journal(&mut state, &journal);
            appended.map_err(|error| error.diagnosis("The drill is done, but the journal could not be written."))?;
            twin = Some(TwinDocument::new(&walked, record.display().to_string()));
        }
        let is_right = seals.iter().all(CheckedSeal::is_right);
        let document = Document {
            set: SetDocument::from(&root.set),
            seals: seals.iter().map(SealDocument::from).collect(),
            seals_right: is_right,
            twin,
            journal_head: journal.chain().head().to_string(),
            journal_words: journal.chain().head_words(),
        };
        run.event("escrow drill", &document);
        run.tell(&document, &printable_lines(&document.text()));
        if !is_right {
            say(&format!("WARNING: {NOT_RIGHT}"));
        }
        Ok(if is_right { Exit::Done } else { Exit::SourceRefused })
    }
}

/// The token of the twin. It is not one that the root's key is or was in, as far as the journal knows.
fn twin_place<'s>(site: &'s Site, chain: &Chain, roots: &[PublicKey]) -> Result<&'s TokenPlace, Diagnosis> {
    let place = match &site.key {
        KeyPlace::Token { place, pinned: None } => place,
        KeyPlace::Token { pinned: Some(_), .. } => {
            let why = "the site file pins a public key. The twin of a drill gets a new key.";
            return Err(refused(
                why,
                "Give a site file without public_key_sha256, for a token that is only for drills.",
            ));
        }
        KeyPlace::Rehearsal { .. } => {
            let why = "the site has a rehearsal key, which is a file. A drill puts a key into a token.";
            return Err(refused(why, "Name a token in the site file; a soft token will do."));
        }
    };
    if site.approvals.required > 0 {
        let why = "the site file asks for approvals. A drill is walked in one run, and nobody approves its twin.";
        return Err(refused(why, "Write `required = 0` into the site file of the twin."));
    }
    let held = roots.iter().flat_map(|root| chain.tokens_of(&root.sha256()));
    if held.into_iter().any(|serial| !place.token_serial.is_empty() && serial == printable(&place.token_serial)) {
        let why = format!("the token {} has or had the key of a root.", printable(&place.token_serial));
        return Err(refused(&why, "Give the site file of another token: one for drills."));
    }
    Ok(place)
}

/// The document of `escrow drill`.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    set: SetDocument,
    seals: Vec<SealDocument>,
    seals_right: bool,
    twin: Option<TwinDocument>,
    journal_head: String,
    journal_words: String,
}

#[derive(Serialize)]
struct SealDocument {
    set: String,
    envelope: String,
    bag: String,
    typed: String,
    seal: Seal,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Seal>,
}

impl From<&CheckedSeal> for SealDocument {
    fn from(checked: &CheckedSeal) -> Self {
        let CheckedSeal { set, envelope, bag, typed, seal, before } = checked.clone();
        Self { set, envelope, bag, typed, seal, before }
    }
}

#[derive(Serialize)]
struct TwinDocument {
    #[serde(flatten)]
    set: SetDocument,
    public_key_sha256: String,
    token_serial: String,
    crl_sha256: String,
    crl_words: String,
    steps: Vec<Lap>,
    seconds: u64,
    record: String,
    crossing: Vec<String>,
}

impl TwinDocument {
    fn new(walked: &Walked, record: String) -> Self {
        Self {
            set: SetDocument::from(&walked.set),
            public_key_sha256: walked.public.sha256().to_string(),
            token_serial: printable(&walked.token_serial),
            crl_sha256: walked.crl.to_string(),
            crl_words: words::spell(walked.crl.as_bytes(), words::SHORT),
            steps: walked.laps.clone(),
            seconds: walked.seconds(),
            record,
            crossing: walked.crossing.clone(),
        }
    }
}

impl Document {
    /// For people.
    fn text(&self) -> String {
        let right = self.seals.iter().filter(|seal| seal.seal == Seal::Right && seal.before.is_none()).count();
        let mut lines = vec![format!("Seals: {right} of {} are right.", self.seals.len())];
        if let Some(twin) = &self.twin {
            lines.extend(twin.steps.iter().map(|lap| format!("{:>6} s  {}", lap.seconds, lap.step.text())));
            lines.push(format!("{:>6} s  from `escrow restore` to the signed CRL", twin.seconds));
            lines.push(format!("The twin's CRL {}  {}", twin.crl_sha256, twin.crl_words));
            lines.push(format!("The record is {}. Destroy the twin's pages.", twin.record));
            lines.push(
                "Now let the CRL cross, as after every ceremony. DRILL is a new state on the online side:".to_owned(),
            );
            lines.extend(twin.crossing.iter().map(|line| format!("  {line}")));
        }
        lines.push(format!("Write down the journal's new head:\n{}  {}", self.journal_head, self.journal_words));
        lines.join("\n")
    }
}
