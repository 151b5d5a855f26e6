//! `escrow restore`: after a disaster, the key from its pages into a new token, and the state from the kit.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::{printable, shell_word};
use rootcast_pki::certificate;
use rootcast_pki::profile::Policy;
use serde::Serialize;

use super::bags::{ask_new_bags, say_too_few};
use super::documents::{BagDocument, KeyDocument, SetDocument, printable_lines};
use super::generating::{self, AtPrinter, EscrowDocument, key_made};
use super::restoring::{Restoring, no_such_set, unproved};
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::wrapping::Stay;
use crate::ceremony::request::EscrowGroups;
use crate::ceremony::site::{KeyPlace, Site};
use crate::command::clock_of;
use crate::command::opened::{journal_with_all, remember_journal, state_failed};
use crate::escrow::generation::{Generation, KeySource, OnSixPapers};
use crate::escrow::kit::{CheckedKit, KitFault, LAST_CRL, ROOT};
use crate::escrow::paper::Paper;
use crate::store::journal::escrow::{EscrowRecord, ProofSource};
use crate::store::journal::{Chain, Event, Journal};
use crate::store::layout::{ITEMS, JOURNAL};
use crate::store::state::State;

const NOTHING: &str = "No key was restored. Nothing was signed but a proof at most.";

/// What to do where the pages do not give the key.
const WRONG_PAGES: &str = "Take other envelopes of the same set, and run the command again. Page 2 of each has the recipe with `openssl` alone.";

/// `escrow restore`
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The site file of the new token. It pins the public key of the root.
    #[arg(long, value_name = "FILE")]
    pub(super) site: PathBuf,
    /// The set, by its 14 hexadecimal digits. If it is not given, the last one in the kit's journal.
    #[arg(long, value_name = "SET")]
    pub(super) set: Option<String>,
    /// Replace the pages, which are open now: new keys of the groups, a new set, new pages. It says where they go: a USB printer
    /// that prints PDF (/dev/usb/lp0), or a folder in memory (/dev/shm).
    #[arg(long, value_name = "DEVICE|FOLDER")]
    pub(super) rewrap: Option<PathBuf>,
    /// The recovery kit. If the state directory does not exist, it is made from the kit.
    #[arg(value_name = "KIT")]
    pub(super) kit: PathBuf,
}

impl Restore {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let clock = clock_of(run);
        let paper = self.rewrap.as_ref().map(|path| generating::find_paper(path)).transpose()?;
        let site = Site::read(&self.site).map_err(|error| error.diagnosis())?;
        let folder = run.state_dir()?;
        let kit = CheckedKit::read(&self.kit).map_err(|fault| kit_failed(&self.kit, &fault))?;
        let chain = Chain::from_bytes(kit.journal())
            .map_err(|error| kit_failed(&self.kit, &KitFault::State(error.to_string())))?;
        let is_new = is_missing_or_empty(folder);
        // The state may know a newer set than a kit that was made before it.
        let of_state = if is_new { None } else { Chain::read(&folder.join(JOURNAL)).ok() };
        of_state.as_ref().map_or(Ok(()), |of_state| check_kit_is_of(of_state, &chain))?;
        let of_state = of_state.and_then(|chain| chain.last_wrapped(self.set.as_deref()));
        let Some(wrapped) = of_state.or_else(|| chain.last_wrapped(self.set.as_deref())) else {
            return Err(no_such_set(&chain, self.set.as_deref(), NOTHING));
        };
        let wanted = rootcast_protocol::digest::Digest::of(&wrapped.spki);
        match &site.key {
            KeyPlace::Token { pinned: Some(pinned), .. } if *pinned == wanted => {}
            _ => {
                let why = format!("KEY-PINNED: the site file does not pin the public key of this set, {wanted}.");
                let next = "Compare this digest with the record of the key ceremony. If it is the root's, write it into the site file as public_key_sha256.";
                return Err(Diagnosis::new(Label::KeyNotPinned, NOTHING, why, next));
            }
        }
        if is_new {
            say(&format!(
                "The journal of the kit has {} entries. Compare its head with the newest paper record: {}",
                chain.count(),
                chain.head_words()
            ));
            kit.install_state(run.disk, folder).map_err(|fault| kit_failed(&self.kit, &fault))?;
        }
        let mut state = State::open(run.disk, folder, "rootcast-offline escrow restore")
            .map_err(|error| state_failed(&error, NOTHING))?;
        let mut journal = journal_with_all(run, &state, NOTHING)?;
        let restoring = Restoring {
            site: &site,
            wrapped: &wrapped,
            stay: Stay::Token,
            source: ProofSource::Restoration,
            what: NOTHING,
            wrong_pages: WRONG_PAGES,
            is_of_kit: is_new,
        };
        if let Some(paper) = &paper {
            let rewrapped = rewrap((&site, &restoring, paper), (&state, &mut journal), &clock);
            remember_journal(&mut state, &journal);
            return self.told(run, (&rewrapped?, &wrapped.set), is_new);
        }
        let restored = restoring.run(&mut journal, &clock);
        remember_journal(&mut state, &journal);
        let restored = restored?;
        let event = Event::Escrow(EscrowRecord { set: restored.set.to_string(), step: restored.proof });
        let appended = journal.append(clock(), event).map(|_| ());
        remember_journal(&mut state, &journal);
        appended.map_err(|error| unproved(&error, "The key was restored, but the journal could not be written."))?;
        let bagged = ask_new_bags(&mut journal, &restored.set.to_string(), &restored.interrupt, &clock);
        if let Ok(bagged) = &bagged {
            say_too_few(&restored.set.to_string(), bagged, &wrapped.groups);
        }
        remember_journal(&mut state, &journal);
        let document = Document {
            set: SetDocument::from(&restored.set),
            key: KeyDocument::from(&restored.key),
            state_from_kit: is_new,
            new_bags: bagged?.iter().map(BagDocument::from).collect(),
            escrow: None,
        };
        run.event("escrow restore", &document);
        let state_text = if is_new {
            let root = state.record.roots.first().map_or_else(
                || "ROOT".to_owned(),
                |root| folder.join(ITEMS).join(format!("{}.der", root.sha256)).display().to_string(),
            );
            format!(
                "The state was made from the kit. What was signed after the kit was written is not in it. If there was something, \
                 raise the number: rootcast-offline --state {} trust --root {} --used-number NUMBER",
                shell_word(&folder.display().to_string()),
                shell_word(&root)
            )
        } else {
            "The state was there already, and was kept.".to_owned()
        };
        let in_request = |(name, member): (&str, &str)| kit.has(name).then(|| format!("{member} = \"{name}\""));
        let lines: Vec<String> =
            [(ROOT, "issuer"), (LAST_CRL, "previous_crl")].into_iter().filter_map(in_request).collect();
        let request = match lines.is_empty() {
            true => String::new(),
            false => format!(
                "\nThe kit {} has the root's certificate and its last CRL. Copy them beside the request of the next CRL, which \
                 says:\n{}",
                printable(&self.kit.display().to_string()),
                lines.join("\n")
            ),
        };
        let text = format!(
            "The key of the set {} is restored into the token {}: {}.\n{}\n{state_text}{request}\nA restored key says that it was outside its token (always sensitive no, never extractable no). It cannot be excluded that a copy exists.\nThe pages were opened: make a new key and a new set when the emergency is over.",
            restored.set,
            restored.key.token.describe(),
            document.key.flags.join(", "),
            document.key.public_key_sha256
        );
        run.tell(&document, &printable_lines(&text));
        Ok(Exit::Done)
    }
}

impl Restore {
    /// The end of a restore with new pages.
    fn told(
        &self,
        run: &Run,
        (new, old): (&(OnSixPapers, EscrowGroups), &str),
        is_new: bool,
    ) -> Result<Exit, Diagnosis> {
        let (on_paper, groups) = new;
        let document = Document {
            set: SetDocument::from(&on_paper.set),
            key: KeyDocument::from(&on_paper.made),
            state_from_kit: is_new,
            new_bags: Vec::new(),
            escrow: Some(EscrowDocument::new(on_paper, groups)),
        };
        run.event("escrow restore", &document);
        let text = format!(
            "The key is restored into the token {}: {}.\n{}\nIts new pages are the set {}. Nobody has restored the key from them yet: run `escrow verify` with the site file of another token.\nPut the opened envelopes of the old set into new bags: `escrow bags --set {}`. Destroy the old pages under witness after that, not before. Whoever copied them keeps the key: new pages do not change it.",
            on_paper.made.token.describe(),
            document.key.flags.join(", "),
            document.key.public_key_sha256,
            on_paper.set,
            old
        );
        run.tell(&document, &printable_lines(&text));
        Ok(Exit::Done)
    }
}

/// Takes the key from its pages, and puts it on new ones and into the token.
fn rewrap(
    (site, restoring, paper): (&Site, &Restoring<'_>, &Paper),
    (state, journal): (&State<'_>, &mut Journal<'_>),
    clock: &dyn Fn() -> i64,
) -> Result<(OnSixPapers, EscrowGroups), Diagnosis> {
    let old = restoring.gather(journal, clock())?;
    let groups = EscrowGroups::new(old.groups.names().to_vec());
    let groups = groups.map_err(|fault| {
        Diagnosis::new(Label::KeyNotPinned, NOTHING, format!("KEY-ESCROW: {fault}."), "Use another copy of the kit.")
    })?;
    let source = KeySource::Paper { key: &old.first, wrapped: &old.inner, public: &old.public, set: &old.set };
    let kind = source.kind_text();
    let mut generation = Generation {
        token: &old.token,
        source,
        key: site.key_text(),
        groups: &old.groups,
        owner: owner(state, &old.public),
        is_drill: false,
        dice: None,
        key_made: &|made| key_made(site, kind.clone(), made),
        paper,
        journal,
        clock,
        interrupt: old.interrupt.clone(),
    };
    let mut printer = AtPrinter { interrupt: old.interrupt.clone(), is_file: !paper.is_printer() };
    let on_paper = generation.run(&mut printer)?;
    Ok((on_paper, groups))
}

/// Whether there is no state in this folder: it does not exist, or has nothing in it.
fn is_missing_or_empty(folder: &Path) -> bool {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// That the kit was made from this state, or this state from the kit: no entry of the kit's journal is missing here.
fn check_kit_is_of(state: &Chain, kit: &Chain) -> Result<(), Diagnosis> {
    if kit.is_beginning_of(state) {
        return Ok(());
    }
    let (entries, of_kit) = (state.count(), kit.count());
    let (why, next) = if state.is_beginning_of(kit) {
        (
            format!("the state is older than the kit: its journal ends after {entries} of the kit's {of_kit} entries."),
            "Move the state away, or name a folder with --state that does not exist: the state is made from the kit then.",
        )
    } else {
        (
            format!(
                "the journals of state ({entries} entries) and kit ({of_kit} entries) differ, and neither continues the other."
            ),
            "Compare both heads with the newest paper record. Give the kit that belongs to this state. Or name a folder with \
             --state that does not exist: the state is made from the kit then.",
        )
    };
    Err(Diagnosis::new(Label::Usage, NOTHING, format!("KEY-ESCROW: {why}"), next))
}

/// The subject of the root with this key, as far as the state knows it.
fn owner(state: &State<'_>, public: &PublicKey) -> String {
    let subject = |sha256| {
        let der = state.item(sha256).ok()?;
        let root = certificate::inspect(&der, &Policy::default()).value?;
        (root.spki() == public.spki()).then(|| printable(&root.subject().to_string()))
    };
    let found = state.record.roots.iter().find_map(|root| subject(&root.sha256));
    found.unwrap_or_else(|| "see the SHA-256 of the public key".to_owned())
}

fn kit_failed(kit: &Path, fault: &KitFault) -> Diagnosis {
    let why = format!("The kit {}: {fault}.", printable(&kit.display().to_string()));
    let next = match fault {
        KitFault::Disk(_) => {
            "Nothing of it was installed. Check that the kit is there and can be read, and the disk of the state."
        }
        KitFault::NotListed(_) => {
            "Nothing of it was installed. If that file came onto the medium later, copy the kit without it into a folder, and give \
             that folder."
        }
        _ => "Nothing of it was installed. Use another copy of the kit.",
    };
    Diagnosis::new(Label::StorageFailed, NOTHING, why, next)
}

/// The document of `escrow restore`.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    set: SetDocument,
    #[serde(flatten)]
    key: KeyDocument,
    state_from_kit: bool,
    new_bags: Vec<BagDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    escrow: Option<EscrowDocument>,
}
