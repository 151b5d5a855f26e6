//! `ceremony sign`: checks everything, asks the people, opens the token, and then runs [`Signing`].

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::screen::digest_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::{in_one_line, printable, shell_quoted};
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::time::Timestamp;
use rootcast_pki::typed_time::TypedTime;
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::asking::{
    Occasion, UNTOUCHED, compare_time, confirm, confirm_mass_revocation, given_time, interrupted, no_signal_handler,
    show_what,
};
use super::first_use;
use super::named_paths::check_site_and_folder;
use super::paper::PaperHeadOptions;
use super::pinning::{NewPin, announce};
use super::program_file;
use crate::ceremony::approval::GivenApproval;
use crate::ceremony::folder::layout::{LISTING, SIGNED};
use crate::ceremony::folder::{ChangeFolder, FolderError, RehearsalFolder, approvals, listing_sha256};
use crate::ceremony::key::SigningKey as _;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::pin::Terminal;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::site_key::SiteKey;
use crate::ceremony::rehearsal::{Given, Known, MassRevocation};
use crate::ceremony::request::RequestFiles;
use crate::ceremony::signing::preflight;
use crate::ceremony::signing::preflight::PreflightError;
use crate::ceremony::signing::{SignedObject, Signing, clear_unreleased, copy_missing_entries, unfinished};
use crate::ceremony::site::Site;
use crate::command::banner::say_banner;
use crate::command::clock_of;
use crate::command::memory::keep_out_of_swap;
use crate::command::opened::{journal_with_all, remember_journal};
use crate::gate::Gate;
use crate::store::approval_rule::{Announcement, PinnedApprovals};
use crate::store::hex_text;
use crate::store::journal::ceremony::CeremonyRecord;
use crate::store::journal::escrow::{EscrowStanding, EscrowState};
use crate::store::journal::paper_head::PaperHead;
use crate::store::journal::{Chain, Event, Journal};
use crate::store::state::State;
use rootcast_console::run::Run;

/// Bytes reserved for one object: its signature, the encoding around it, its journal entries and its record.
const SIGNATURE_ROOM: usize = 8 * 1024;

/// What pins the rule for approvals: the journal's entry, and what it pins.
type Pin = (Event, PinnedApprovals);

/// `ceremony sign`
#[derive(Debug, Args)]
pub(in crate::command) struct Sign {
    /// The site file. It names this machine's key and the approvers, and must be the approved file.
    #[arg(long, value_name = "FILE")]
    pub(in crate::command) site: PathBuf,
    /// The folder of the rehearsal.
    #[arg(value_name = "DIR")]
    pub(in crate::command) folder: PathBuf,
    /// An approver's signature file, made by `ssh-keygen -Y sign -n rootcast-ceremony`; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(in crate::command) approval: Vec<PathBuf>,
    /// The time in UTC from another clock. If it is not given, the program asks for it. With --yes it does not ask: it
    /// goes by this machine's clock alone, and prints a WARNING.
    #[arg(long, value_name = "TIME")]
    pub(in crate::command) utc: Option<String>,
    /// For scripts: ask for no words, no time and no confirmation of a mass revocation. The program still asks for the
    /// PIN. If the journal holds a signature, it needs --head or --no-head.
    #[arg(long)]
    pub(in crate::command) yes: bool,
    #[command(flatten)]
    pub(in crate::command) paper: PaperHeadOptions,
}

impl Sign {
    pub(in crate::command) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let clock = clock_of(run);
        let utc = given_time(self.utc.as_deref(), self.yes)?;
        check_site_and_folder(run, &self.site, &self.folder, UNTOUCHED)?;
        let site = Site::read(&self.site).map_err(|error| error.diagnosis())?;
        if ChangeFolder::is_one(&self.folder) {
            return self.change(run, &site, utc, &clock);
        }
        let folder = run.state_dir()?;
        let opened = RehearsalFolder::open(&self.folder);
        let who = "rootcast-offline ceremony sign";
        let mut is_confirmed = false;
        let mut state = match &opened {
            Ok(opened) if opened.request.is_new_root() => {
                let files = [Some(&self.site), Some(&self.folder), run.log_file.as_ref()].into_iter().flatten();
                let named: Vec<&Path> = files.chain(&self.approval).map(AsRef::as_ref).collect();
                // Before a mistyped --state becomes a state.
                if !State::is_begun(folder) {
                    if folder.is_dir() {
                        State::check_place(folder, &named).map_err(|error| error.diagnosis(UNTOUCHED))?;
                    }
                    let doubt = first_use::doubt(None, &Digest::of(&opened.inputs.signer.spki), folder);
                    doubt.map_or(Ok(()), |why| first_use::confirm(&why, self.yes, site.is_rehearsal()))?;
                    is_confirmed = true;
                }
                State::create_or_open(run.disk, folder, who, &named)
            }
            _ => State::open(run.disk, folder, who),
        }
        .map_err(|error| error.diagnosis(UNTOUCHED))?;
        // A first ceremony's state is empty. A journal without a state would look like a lost state.
        state.commit().map_err(|error| error.diagnosis(UNTOUCHED))?;
        let mut journal = journal_with_all(run, &state, UNTOUCHED)?;
        say_banner(site.is_rehearsal());
        keep_out_of_swap();
        let mut record = CeremonyRecord {
            key: printable(&site.key_text()),
            token_serial: site.token_serial(),
            program: program_file::running().ok(),
            ..CeremonyRecord::default()
        };
        if let Ok(opened) = &opened {
            if let Some(interrupted) = unfinished(&state, journal.chain(), opened) {
                return self.finish(run, &mut state, &mut journal, opened, interrupted, &clock);
            }
            if clear_unreleased(run.disk, opened).map_err(|error| not_written(&error.to_string()))? {
                say(
                    "note: an earlier run was interrupted while it wrote the signed objects. They were never released and are now removed.",
                );
            }
            if let Err(error) = copy_missing_entries(run.disk, &state, journal.chain(), opened) {
                say(&format!("warning: the record has no journal entries yet: {error}"));
            }
        }
        // The record of a ceremony has the refusals of its folder, also where the folder could not be used.
        if opened.is_err() {
            record.rehearsal = listing_sha256(&self.folder);
        }
        let ready = opened.map_err(|error: FolderError| error.diagnosis()).and_then(|opened| {
            record.request = Some(opened.request_sha256);
            record.rehearsal = Some(Digest::of(&opened.listing));
            record.public_key = Some(Digest::of(&opened.inputs.signer.spki));
            let (key, interrupt, pin) = self.prepare(
                run,
                &site,
                (&state, journal.chain()),
                &opened,
                (&mut record, is_confirmed),
                (utc, &clock),
            )?;
            Ok((opened, key, interrupt, pin))
        });
        let (opened, mut key, interrupt, pin) = match ready {
            Ok(ready) => ready,
            Err(diagnosis) => {
                let told = refused(&mut journal, clock(), record, diagnosis);
                remember_journal(&mut state, &journal);
                return Err(told);
            }
        };
        let is_pinned_now = pin.is_some();
        if let Some((event, pinned)) = pin {
            journal.append(clock(), event).map_err(|error| error.diagnosis(UNTOUCHED))?;
            // Durable with the burned number.
            state.record.approvals = Some(pinned);
            say("note: this site's rule for approvals is pinned from here on.");
        }
        let number = opened.choices.number.map(|number| number.to_string());
        let signing = Signing {
            disk: run.disk,
            state: &mut state,
            journal: &mut journal,
            opened: &opened,
            record: record.clone(),
            is_rehearsal: key.is_rehearsal(),
            clock: &clock,
        };
        let signed = signing.run(&mut key);
        remember_journal(&mut state, &journal);
        if interrupt.is_set() {
            say("note: the interruption came after the number was burned, so the signing was completed");
        }
        let signed = signed.map_err(|error| {
            say("Write down the journal's new head. The next signing asks for it:");
            say(&journal.chain().head_text());
            error.diagnosis(number.as_deref())
        })?;
        // The token is logged out before anything is shown.
        drop(key);
        self.show(run, &signed, &record, &journal, (number.as_deref(), false, is_pinned_now));
        Ok(Exit::Done)
    }

    /// Records what an earlier run released but did not record. Uses no key.
    fn finish<'d>(
        &self,
        run: &Run,
        state: &mut State<'d>,
        journal: &mut Journal<'d>,
        opened: &RehearsalFolder,
        record: CeremonyRecord,
        clock: &dyn Fn() -> i64,
    ) -> Result<Exit, Diagnosis> {
        let number = opened.choices.number.map(|number| number.to_string());
        let is_rehearsal = record.token_serial.is_none();
        let disk = run.disk;
        let signing = Signing { disk, state, journal, opened, record: record.clone(), is_rehearsal, clock };
        let finished = signing.finish();
        remember_journal(state, journal);
        let finished = finished.map_err(|error| error.diagnosis_of_finishing())?;
        self.show(run, &finished, &record, journal, (number.as_deref(), true, false));
        Ok(Exit::Done)
    }

    fn show(
        &self,
        run: &Run,
        signed: &[SignedObject],
        record: &CeremonyRecord,
        journal: &Journal<'_>,
        (number, is_finished, pinned_now): (Option<&str>, bool, bool),
    ) {
        // The signed objects are released; a record can be made again at any time.
        if let Err(error) = crate::ceremony::record::write(run.disk, &self.folder) {
            say(&error.diagnosis().to_string());
        }
        let out = self.folder.join(SIGNED);
        let is_rehearsal = record.token_serial.is_none();
        let head = journal.chain().head();
        let burning = record.rehearsal.as_ref().and_then(|rehearsal| journal.chain().burning(rehearsal));
        let document = Document {
            folder: out.display().to_string(),
            number,
            signed: signed.iter().map(SignedDocument::from).collect(),
            finished: is_finished,
            key: &record.key,
            rehearsal_key: is_rehearsal,
            public_key_sha256: record.public_key,
            token_serial: record.token_serial.as_deref(),
            key_flags: &record.key_flags,
            people: &record.people,
            approvals: record.people.len(),
            approvals_pinned_now: pinned_now,
            paper_head: burning.and_then(|burning| burning.paper_head.as_ref()),
            journal_head: head.to_string(),
            journal_words: journal.chain().head_words(),
        };
        run.event("ceremony sign", &document);
        let done = if is_finished {
            "An earlier run signed, read back and released these objects, but was interrupted before it recorded everything. No key was used now. The records are complete:"
        } else {
            "Signed, read back and released:"
        };
        let mut text = vec![done.to_owned()];
        let lines =
            signed.iter().map(|object| digest_lines(&object.file, &object.sha256().to_string(), &object.words()));
        text.extend(lines);
        let wrote = if is_finished { "The objects are in" } else { "Wrote" };
        text.push(format!("{wrote} {}. Nothing was sent.", out.display()));
        let state = run.state.as_deref().map(|state| format!(" --state {}", shell_quoted(state))).unwrap_or_default();
        let folder = shell_quoted(&self.folder);
        text.push("Next: print the record, then send:".to_owned());
        text.push(format!("  rootcast-offline ceremony record{state} {folder}"));
        text.push(format!("  rootcast-offline send{state} --link LINK {folder}"));
        text.push("Write down the journal's new head. The next signing asks for it:".to_owned());
        text.push(journal.chain().head_text());
        say_banner(is_rehearsal);
        run.tell(&document, &text.join("\n"));
    }

    /// Everything before the number is burned.
    fn prepare(
        &self,
        run: &Run,
        site: &Site,
        (state, chain): (&State<'_>, &Chain),
        opened: &RehearsalFolder,
        (record, is_confirmed): (&mut CeremonyRecord, bool),
        (utc, clock): (Option<TypedTime>, &dyn Fn() -> i64),
    ) -> Result<(SiteKey, Interrupt, Option<Pin>), Diagnosis> {
        let gate = Gate::from_state(state, false).map_err(|error| error.diagnosis(UNTOUCHED))?;
        let public_key = Digest::of(&opened.inputs.signer.spki);
        if let Some(issuer) = &opened.inputs.issuer
            && !gate.roots().iter().any(|root| root.issuer.is_same(issuer))
        {
            return Err(not_enrolled(&issuer.subject().to_string()));
        }
        if opened.request.is_new_root()
            && !is_confirmed
            && let Some(why) = first_use::doubt(Some(chain), &public_key, state.folder())
        {
            first_use::confirm(&why, self.yes, site.is_rehearsal())?;
        }
        check_escrow(chain, &public_key, site.token_serial().as_deref(), opened.request.escrow.is_some())?;
        let known = Known::from_records(&gate, state, chain, &public_key);
        let rehearsal = Digest::of(&opened.listing);
        let ended = chain.how_it_ended(&rehearsal);
        let files = RequestFiles::default();
        let given = Given {
            request: &opened.request,
            files: &files,
            pinned: None,
            scheme: Some(opened.choices.scheme),
            root_spki: None,
            known: &known,
            dice: None,
            now: Timestamp(run.began),
        };
        preflight::check(opened, site, &site.files()?, &state.record, &given, ended)
            .map_err(|error| error.diagnosis())?;
        // From the bytes that were kept and read once, not from the files on this machine.
        let approvers = site.approvers(&opened.site_files).map_err(|error| error.diagnosis())?;
        let rule = approvers.record().map_err(|why| {
            Diagnosis::new(Label::SiteRefused, UNTOUCHED, why, "Correct the list of approvers, and rehearse again.")
        })?;
        let pinned = PinnedApprovals::in_force(&state.record, chain);
        let pin = NewPin::find(pinned.as_ref(), &rule, (state, chain), &self.folder)?;
        // What the pinned rule says was said already.
        let said = pinned.as_ref().map(PinnedApprovals::announcements).unwrap_or_default();
        let mut new = Announcement::for_rule(pinned.as_ref(), rule.required);
        new.retain(|announcement| !said.contains(announcement));
        announce(&new);
        let approvals: Vec<GivenApproval> =
            self.approval.iter().map(|path| GivenApproval::read(path)).collect::<Result<_, _>>()?;
        let judged = approvers.judge_at(&opened.listing, &approvals, run.began);
        let quorum = judged.quorum();
        // Where too few count, the refusal says what is wrong with each other one.
        for approval in judged.judged.iter().filter(|approval| quorum.is_ok() || approval.counts()) {
            say(&format!("approval {approval}"));
        }
        // Also of too few: the journal says who did approve.
        record.people = judged.people();
        quorum.map_err(|error| error.diagnosis(UNTOUCHED, &self.folder.join(LISTING)))?;
        show_what(opened, Timestamp(run.began));
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(UNTOUCHED, &error))?;
        let confirmed_pin = pin.map(|pin| pin.confirmed(record.people.clone(), rehearsal, &interrupt, self.yes));
        let pin = confirmed_pin.transpose()?;
        if let Some(mass) = MassRevocation::find(&given, &opened.inputs) {
            confirm_mass_revocation(&mass, self.yes, UNTOUCHED, &interrupt)?;
        }
        record.paper_head = Some(self.paper.compare(chain, &interrupt, self.yes)?);
        let confirmed = compare_time(utc, self.yes, Occasion::Signing, &interrupt, clock)?;
        record.utc = confirmed.typed;
        preflight::check_dates(opened, confirmed.now).map_err(|error| error.diagnosis())?;
        if !self.yes {
            confirm(&opened.listing, &interrupt)?;
        }
        let untouched = |error: KeyError| error.diagnosis(UNTOUCHED);
        let signer = PublicKey::from_spki(&opened.inputs.signer.spki);
        let mut key = site.open_known_key(signer.as_ref(), &mut Terminal::new(interrupt.clone())).map_err(untouched)?;
        record.key = key.description();
        if key.public_key_sha256() != public_key {
            let other = PreflightError::OtherKey { pinned: key.public_key_sha256(), wanted: public_key };
            return Err(other.diagnosis());
        }
        say(&format!("key      {}", key.description()));
        if let Some((token, flags)) = key.token() {
            record.token_serial = Some(printable(&token.serial));
            let told: Vec<String> = flags.lines().iter().map(|(name, said)| format!("{name} {said}")).collect();
            say(&format!("         {}", told.join(", ")));
            record.key_flags = told;
            let is_on_paper = chain.escrow_state(&public_key, site.token_serial().as_deref()).is_some();
            if is_on_paper {
                say("         it is on paper (escrow), so it was outside its token once");
            }
            let warnings = if is_on_paper { flags.warnings_on_paper() } else { flags.warnings() };
            for warning in warnings {
                say(&format!("WARNING: {warning}"));
            }
        }
        // What the token can be asked is asked before the number is burned.
        if let Some(first) = opened.objects.first() {
            let terminal = Box::new(Terminal::new(interrupt.clone()));
            key.make_ready(opened.choices.scheme, &first.to_be_signed, terminal).map_err(untouched)?;
        }
        for note in key.notes(opened.objects.len()) {
            say(&format!("         {note}"));
        }
        // A full disk is found before the number is burned. DER and PEM of an object need about three times its bytes.
        let room = opened.objects.iter().map(|object| 3 * (object.to_be_signed.len() + SIGNATURE_ROOM)).sum();
        approvals::write(run.disk, &opened.folder, &judged, &approvals, room)
            .map_err(|error| not_written(&error.to_string()))?;
        if interrupt.is_set() {
            return Err(interrupted());
        }
        Ok((key, interrupt, pin))
    }
}

/// KEY-ESCROW: a key that was made for escrow signs only after it was restored from its pages, and not with a token that a
/// restore did not end with.
fn check_escrow(
    chain: &Chain,
    public_key: &Digest,
    token_serial: Option<&str>,
    is_asked: bool,
) -> Result<(), Diagnosis> {
    let refused = |why: String, next: String| {
        let why = format!("KEY-ESCROW: {why}");
        Err(Diagnosis::new(Label::EscrowUnfinished, UNTOUCHED, why, next))
    };
    let Some(EscrowState { set, standing, unverified }) = chain.escrow_state(public_key, token_serial) else {
        if !is_asked {
            return Ok(());
        }
        return refused(
            "the request has [escrow], but this journal does not say that its key was put on paper.".to_owned(),
            "Make the key with `ceremony keygen --pages` and this request. Or have a request without [escrow] reviewed: the key \
             then has no backup."
                .to_owned(),
        );
    };
    match standing {
        EscrowStanding::Verified => {
            if let Some(newer) = unverified {
                let (newer, set) = (printable(&newer), printable(&set));
                say(&format!(
                    "WARNING: nobody has restored the key from its newer pages (the set {newer}) yet. Keep the pages of the set {set}, \
                     and run `escrow verify --set {newer}`."
                ));
            }
            Ok(())
        }
        EscrowStanding::Unverified => refused(
            format!("nobody has restored this key from the pages of the set {set} yet."),
            format!(
                "Run `escrow verify --set {set}` with the site file of a second token. Then run this command again: the \
                 approvals still count."
            ),
        ),
        EscrowStanding::HalfRestored => refused(
            format!("a run that put this key into this token for the set {set} was killed, or could not clear up."),
            "Run the same command (`escrow restore`, `escrow import` or `escrow verify`) with this token again: it looks for what \
             was left, and asks before it destroys a key. Then run this command again: the approvals still count."
                .to_owned(),
        ),
        EscrowStanding::Ended => refused(
            format!("the run that made this key and its pages (the set {set}) ended early. The key must never sign."),
            "Destroy its pages and the key, and make a new key with `ceremony keygen --pages`.".to_owned(),
        ),
    }
}

fn not_enrolled(subject: &str) -> Diagnosis {
    let why = format!("The rehearsal is for {}, which this state does not trust.", printable(subject));
    Diagnosis::new(Label::NotEnrolled, UNTOUCHED, why, "Give the --state of the rehearsal.")
}

pub(super) fn not_written(why: &str) -> Diagnosis {
    let next = "Check the disk and its free space, then run this command again: the approvals still count.";
    Diagnosis::new(Label::StorageFailed, UNTOUCHED, why, next)
}

/// Records a refusal in the journal. Returns the diagnosis to show.
pub(super) fn refused(
    journal: &mut Journal<'_>,
    now: i64,
    ceremony: CeremonyRecord,
    diagnosis: Diagnosis,
) -> Diagnosis {
    // The sentence before names the file.
    let why = match diagnosis.label {
        Label::FileUnreadable => format!("{} {}", diagnosis.what, diagnosis.why),
        _ => diagnosis.why.clone(),
    };
    let (label, why) = (diagnosis.label.to_string(), in_one_line(&why));
    match journal.append(now, Event::CeremonyRefused { ceremony, label, why }) {
        Ok(_) => diagnosis,
        // Both matter; the refusal caused the other.
        Err(error) => {
            say(&diagnosis.to_string());
            error.diagnosis("It was refused, and the refusal could not be recorded. Nothing was signed or sent.")
        }
    }
}

/// The document of `ceremony sign`.
#[derive(Serialize)]
struct Document<'d> {
    folder: String,
    number: Option<&'d str>,
    signed: Vec<SignedDocument<'d>>,
    finished: bool,
    key: &'d str,
    rehearsal_key: bool,
    #[serde(with = "hex_text::or_empty")]
    public_key_sha256: Option<Digest>,
    token_serial: Option<&'d str>,
    key_flags: &'d [String],
    people: &'d [String],
    approvals: usize,
    approvals_pinned_now: bool,
    paper_head: Option<&'d PaperHead>,
    journal_head: String,
    journal_words: String,
}

#[derive(Serialize)]
struct SignedDocument<'d> {
    file: &'d str,
    pem: String,
    kind: ItemKind,
    sha256: String,
    words: String,
    tbs_sha256: Option<String>,
    length: usize,
}

impl<'d> From<&'d SignedObject> for SignedDocument<'d> {
    fn from(object: &'d SignedObject) -> Self {
        Self {
            file: &object.file,
            pem: format!("{}.pem", object.file),
            kind: object.kind,
            sha256: object.sha256().to_string(),
            words: object.words(),
            tbs_sha256: item::tbs(&object.der).map(|tbs| Digest::of(tbs).to_string()),
            length: object.der.len(),
        }
    }
}
