//! `ceremony rehearse`: builds, judges, shows and keeps what will be signed. Uses no signing key.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_host::clock::dated_text;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::screen::{digest_lines, with_word_rows};
use rootcast_host::terminal::say;
use rootcast_host::text::{printable, printable_paragraph};
use rootcast_pki::contents::Contents;
use rootcast_pki::item::ItemKind;
use rootcast_pki::policy_options::{announcements, reminders};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::rule::BASELINE_REQUIREMENTS;
use rootcast_pki::stage::Ruling;
use rootcast_pki::time::Timestamp;
use rootcast_pki::{item, pem};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use serde::Serialize;

use super::asking::{confirm_mass_revocation, no_signal_handler};
use super::change;
use super::csr_words::{self, ComparedCsr};
use super::first_use;
use super::listed_file::FileDocument;
use super::named_paths::check_file;
use super::new::exists;
use super::pinning::{announce, check_can_approve, check_pinned};
use crate::ceremony::approval::approval_command;
use crate::ceremony::draft::decisions::{DecidedDocument, DecidedEntry};
use crate::ceremony::folder::layout::{LISTING, REQUEST};
use crate::ceremony::folder::{Line, RehearsalFolder};
use crate::ceremony::key::rehearsal_key::BANNER;
use crate::ceremony::key::{NO_LATER_BACKUP, SignatureScheme};
use crate::ceremony::rehearsal::{Given, Known, Note, Rehearsal, RehearsedObject, rehearse};
use crate::ceremony::request::{Request, RequestFiles};
use crate::ceremony::site::Site;
use crate::command::NOTHING_SENT;
use crate::command::banner::say_banner;
use crate::command::opened::look_at;
use crate::gate::item_text::{FindingDocument, finding_text};
use crate::gate::{EnrolledRoot, Gate};
use crate::store::approval_rule::{Announcement, PinnedApprovals};
use crate::store::journal::Chain;
use crate::store::journal::ceremony::AbandonedCrl;
use crate::store::journal::escrow::{EscrowStanding, EscrowState};
use crate::store::state::{State, StateError};
use rootcast_console::run::Run;

const STOPPED: &str = "The rehearsal was stopped. No key was used, no number burned, and nothing was written or sent.";

/// Largest public key file, in bytes: an RSA key of 16384 bits has 2,100.
const PUBLIC_KEY_SIZE_MAX: u64 = 64 * 1024;

#[derive(Debug, Args)]
pub(in crate::command) struct Rehearse {
    /// The site file. It names this machine's key and the approvers.
    #[arg(long, value_name = "FILE")]
    pub(in crate::command) site: PathBuf,
    /// The request.
    #[arg(value_name = "REQUEST")]
    pub(in crate::command) request: PathBuf,
    /// The folder to write; it must not exist.
    #[arg(short, long, value_name = "DIR")]
    pub(in crate::command) output: PathBuf,
    /// The result of dice throws, mixed into the serial numbers.
    #[arg(long, value_name = "TEXT")]
    pub(in crate::command) dice: Option<String>,
    /// The public key of a new root (SubjectPublicKeyInfo; DER, PEM or base64), if the token is not available.
    #[arg(long, value_name = "FILE")]
    pub(in crate::command) public_key: Option<PathBuf>,
    /// Ask nothing: the words of certification requests are not compared with paper, and dump.txt says so. A mass revocation
    /// is rehearsed: more than a quarter of the CA certificates in use here, or more than
    /// `trust --hold-mass-revocation` allows.
    #[arg(long)]
    pub(in crate::command) yes: bool,
}

impl Rehearse {
    pub(in crate::command) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        if self.output.symlink_metadata().is_ok() {
            return Err(Diagnosis {
                next: "Name a folder that does not exist yet.".to_owned(),
                ..exists(&self.output)
            });
        }
        check_file(run, "--site", &self.site, STOPPED)?;
        check_file(run, "REQUEST", &self.request, STOPPED)?;
        let site = Site::read(&self.site).map_err(|error| error.diagnosis())?;
        let site_files = site.files()?;
        // Checked now, not when everybody stands around the token.
        let approvers = site.approvers(&site_files).map_err(|error| error.diagnosis())?;
        let (request, files) = RequestFiles::gather(&self.request)?;
        if let Some(asked) = &request.approvals {
            return change::rehearse(run, &self.output, (asked, &files.request), (&site, &site_files));
        }
        let given_key = self.public_key.as_deref().map(read_public_key).transpose()?;
        let state = Self::look(run, request.is_new_root())?;
        let gate = match &state {
            Some(state) => Gate::from_state(state, false).map_err(|error| error.diagnosis(STOPPED))?,
            None => Gate::without_state(false),
        };
        let chain = state.as_ref().map(journal_of).transpose()?;
        let pinned = state
            .as_ref()
            .zip(chain.as_ref())
            .and_then(|(state, chain)| PinnedApprovals::in_force(&state.record, chain));
        announce(&Announcement::for_rule(pinned.as_ref(), approvers.required()));
        // Before people approve what cannot be signed.
        let rule = approvers.record().map_err(|why| {
            Diagnosis::new(Label::SiteRefused, STOPPED, why, "Correct the list of approvers, and rehearse again.")
        })?;
        let rule = check_pinned(pinned.as_ref(), &rule, STOPPED);
        let mut refusals: Vec<Refusal> = Vec::new();
        for refused in [rule, check_can_approve(&approvers, run.began, STOPPED)].into_iter().filter_map(Result::err) {
            say(&format!("WARNING: {WOULD_REFUSE}: {}", refused.why));
            refusals.push(refused.why.into());
        }
        let root = if request.is_new_root() { None } else { Some(enrolled(&gate, &request, &files, run)?) };
        let key_failed = |error: crate::ceremony::key::error::KeyError| error.diagnosis(STOPPED);
        let visible = match (request.is_new_root(), &given_key) {
            (true, None) => site.visible_key().map_err(key_failed)?,
            _ => None,
        };
        let root_spki = given_key.as_deref().or(visible.as_ref().map(|key| key.spki()));
        let signer = root.map(|root| Digest(root.issuer.spki_sha256())).or(root_spki.map(Digest::of));
        let mut doubts = Vec::new();
        if let (true, Some(signer), Some(folder)) = (request.is_new_root(), &signer, &run.state)
            && let Some(why) = first_use::doubt(chain.as_ref(), signer, folder)
        {
            let doubt = Note::warning(format!("check --state: {why}"));
            // What comes next may end the run. At the end it is said again, because of all that is shown between.
            say(&printable_paragraph(&doubt.to_string()));
            doubts.push(doubt);
        }
        let known = match (&signer, &state, &chain) {
            (Some(signer), Some(state), Some(chain)) => Known::from_records(&gate, state, chain, signer),
            _ => Known::default(),
        };
        let given = Given {
            request: &request,
            files: &files,
            pinned: site.pinned().map_err(key_failed)?,
            scheme: site.scheme,
            root_spki,
            known: &known,
            dice: self.dice.as_deref(),
            now: Timestamp(run.began),
        };
        let mut rehearsal = rehearse(&given).map_err(|error| error.diagnosis())?;
        if let Some(mass) = &rehearsal.mass {
            let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(STOPPED, &error))?;
            confirm_mass_revocation(mass, self.yes, STOPPED, &interrupt)?;
        }
        let compared = csr_words::compare(&request, &files, self.yes, STOPPED)?;
        rehearsal.dump.push_str(&csr_words::dump_text(&compared));
        rehearsal.choices.compared = csr_words::kept(&compared);
        rehearsal.notes.extend(doubts);
        rehearsal.notes.extend(compared.iter().filter_map(ComparedCsr::warning));
        // Where the public key is given, the token is not available.
        if given_key.is_none() {
            match ask_token(&site, rehearsal.choices.scheme)? {
                TokenAnswer::Ready(notes) => rehearsal.notes.extend(notes),
                TokenAnswer::NotToday(refusal) => refusals.push(refusal),
            }
        }
        if request.is_new_root() && !site.is_rehearsal() {
            let serial = site.token_serial();
            let known = signer.as_ref().zip(chain.as_ref());
            let known = known.and_then(|(key, chain)| chain.escrow_state(key, serial.as_deref()));
            match escrow_note(request.escrow.is_some(), known.as_ref()) {
                Ok(note) => rehearsal.notes.push(note.into()),
                Err(refusal) => refusals.push(refusal.into()),
            }
        }
        if site.is_rehearsal() {
            for text in [&mut rehearsal.dump, &mut rehearsal.difference] {
                text.insert_str(0, BANNER);
            }
        }
        let lines = RehearsalFolder::write(run.disk, &self.output, &rehearsal, &files, &site_files)
            .map_err(|error| error.diagnosis())?;
        if given.pinned.is_none() {
            refusals.push(site.without_key().to_string().into());
        }
        // It shows what can be opened again, not what should have been written.
        let opened = RehearsalFolder::open(&self.output).map_err(|error| error.diagnosis())?;
        self.show(run, &rehearsal, (&lines, &compared, &refusals), (&site, &opened, &known.policy));
        Ok(Exit::Done)
    }

    /// The state, if there is one. A first ceremony may have none, or one in which an earlier attempt burned a number.
    fn look(run: &Run, is_first: bool) -> Result<Option<State<'_>>, Diagnosis> {
        let folder = match &run.state {
            None if is_first => return Ok(None),
            _ => run.state_dir()?,
        };
        match look_at(run, folder) {
            Err(StateError::NotEnrolled { .. }) if is_first => Ok(None),
            looked => looked.map(Some).map_err(|error| error.diagnosis(STOPPED)),
        }
    }

    fn show(
        &self,
        run: &Run,
        rehearsal: &Rehearsal,
        (lines, requests, refusals): (&[Line], &[ComparedCsr], &[Refusal]),
        (site, opened, policy): (&Site, &RehearsalFolder, &Policy),
    ) {
        say_banner(site.is_rehearsal());
        say(&rehearsal.difference);
        say(&with_word_rows(&rehearsal.dump));
        for note in rehearsal.notes.iter().filter(|note| !note.is_warning()) {
            say(&format!("note: {}", printable_paragraph(&note.to_string())));
        }
        let choices = &rehearsal.choices;
        say_policy(policy, choices.judged_at);
        let sha256 = Digest::of(&opened.listing);
        let spelled = words::spell(sha256.as_bytes(), words::SHORT);
        let document = Document {
            folder: self.output.display().to_string(),
            scheme: choices.scheme.name(),
            number: choices.number.map(|number| number.to_string()),
            judged_at: choices.judged_at.to_string(),
            policy_as_of: day(choices.judged_at),
            cannot_be_signed_before: rehearsal.cannot_before.map(|earliest| earliest.to_string()),
            abandoned: &choices.abandoned,
            decisions: opened.inputs.decided.iter().map(DecidedEntry::document).collect(),
            listing_sha256: sha256.to_string(),
            listing_words: spelled.clone(),
            rehearsal_key: site.is_rehearsal(),
            objects: rehearsal.objects.iter().map(ObjectDocument::from).collect(),
            files: lines.iter().map(FileDocument::from).collect(),
            requests,
            notes: &rehearsal.notes,
            would_refuse: refusals.iter().map(|refusal| refusal.why.as_str()).collect(),
        };
        run.event("ceremony rehearse", &document);
        let mut text = vec!["To be signed:".to_owned()];
        for object in &rehearsal.objects {
            text.push(digest_lines(&object.drafted.file, &object.sha256().to_string(), &object.words()));
        }
        let request = lines.iter().find(|line| line.path == REQUEST);
        text.extend(
            request.map(|line| format!("Request:\n{}", digest_lines(REQUEST, &line.sha256.to_string(), &line.words()))),
        );
        let mut wrote = format!("Wrote {}. No key was used, no number burned.", self.output.display());
        // What is only not there today can be approved today.
        let can_be_approved = refusals.iter().all(|refusal| refusal.before_signing.is_some());
        if can_be_approved {
            let command = approval_command(&self.output.join(LISTING));
            wrote.push_str(&format!(" Next: each approver signs {LISTING}:\n  {command}"));
        }
        text.push(wrote);
        // At the end, so that it is still on the screen when everybody writes it down. Only warnings follow.
        let listing = digest_lines(LISTING, &sha256.to_string(), &spelled);
        let heading = match can_be_approved {
            true => "The listing that approvers sign; everybody writes down its words:",
            false => "The listing. Nobody signs it yet: the warnings say why.",
        };
        text.push(format!("{heading}\n{listing}"));
        run.tell(&document, &text.join("\n"));
        say_warnings(rehearsal, refusals, run.began);
    }
}

/// How a warning begins that says what `ceremony sign` would do.
const WOULD_REFUSE: &str = "`ceremony sign` would refuse this rehearsal now";

/// Why `ceremony sign` would refuse a rehearsal now.
struct Refusal {
    why: String,
    /// What is done about it before the signing, where the rehearsal can be approved as it is.
    before_signing: Option<&'static str>,
}

/// One for which the rehearsal should not be approved.
impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self { why, before_signing: None }
    }
}

/// Says what is probably a mistake, after everything else: what scrolled away is not read.
fn say_warnings(rehearsal: &Rehearsal, refusals: &[Refusal], now: i64) {
    for note in rehearsal.notes.iter().filter(|note| note.is_warning()) {
        say(&printable_paragraph(&note.to_string()));
    }
    if let Some(earliest) = rehearsal.cannot_before {
        say(&format!("WARNING: this cannot be signed before {}.", dated_text(earliest.0, now)));
    }
    for refusal in refusals {
        let why = refusal.why.lines().map(printable_paragraph).collect::<Vec<_>>().join("\n");
        say(&format!("WARNING: {WOULD_REFUSE}: {why}"));
        if let Some(next) = refusal.before_signing {
            say(&format!("Before the signing: {next}"));
        }
    }
    if refusals.iter().any(|refusal| refusal.before_signing.is_none()) {
        say(
            "Next: put this right before anybody approves. After a change to the site file or the request, rehearse again into \
             another folder: approvals of this one do not count for it.",
        );
    }
}

/// The state of a new root's escrow, for a note.
///
/// # Errors
/// Why `ceremony sign` would refuse the key.
fn escrow_note(is_asked: bool, known: Option<&EscrowState>) -> Result<String, String> {
    let Some(EscrowState { set, standing, unverified }) = known else {
        return match is_asked {
            true => Err("the request has [escrow], but the key is not on paper".to_owned()),
            false => Ok(NO_LATER_BACKUP.to_owned()),
        };
    };
    match standing {
        EscrowStanding::Verified => {
            let newer = unverified.as_ref().map_or(String::new(), |newer| {
                format!("; nobody restored it from its newer pages yet (the set {})", printable(newer))
            });
            Ok(format!("the key is on paper, and was restored from its pages (the set {set}){newer}"))
        }
        EscrowStanding::Unverified => Err(format!(
            "the key is on paper (the set {set}), but nobody restored it from its pages: run `escrow verify` first"
        )),
        EscrowStanding::HalfRestored => Err(format!(
            "a run that put the key into this token for the set {set} was killed, or could not clear up: run it again first"
        )),
        EscrowStanding::Ended => Err(format!(
            "the run that made this key and its pages (the set {set}) ended early: the key must never sign"
        )),
    }
}

/// Says by which rules the objects were judged: those of this day. A later edition may ask for more.
fn say_policy(policy: &Policy, at: Timestamp) {
    let edition = match policy.profile {
        Profile::Private => String::new(),
        Profile::Webpki => {
            format!(", Baseline Requirements {} of {}", BASELINE_REQUIREMENTS.0, BASELINE_REQUIREMENTS.1)
        }
    };
    say(&format!("policy as of {}: profile {}{edition}", day(at), policy.profile));
    for text in announcements(policy, at).into_iter().chain(reminders(policy, at)) {
        say(&format!("WARNING: {text}"));
    }
}

/// The day of a time, such as `2026-11-29`.
fn day(at: Timestamp) -> String {
    at.to_string().chars().take_while(|letter| *letter != 'T').collect()
}

/// What a token says without a login.
enum TokenAnswer {
    /// It can sign what is rehearsed, as far as it says. With what people should know.
    Ready(Vec<Note>),
    /// `ceremony sign` would refuse it as it is today.
    NotToday(Refusal),
}

/// Asks the token, without a login, whether it can sign what is rehearsed; a key in a file is not asked.
///
/// # Errors
/// What the token can never sign is not rehearsed.
fn ask_token(site: &Site, scheme: SignatureScheme) -> Result<TokenAnswer, Diagnosis> {
    match site.ask_token(scheme) {
        None => Ok(TokenAnswer::Ready(Vec::new())),
        Some(Ok(said)) => {
            let notes = said.notes().into_iter().map(Note::from);
            Ok(TokenAnswer::Ready(notes.chain(said.warning().map(Note::warning)).collect()))
        }
        Some(Err(error)) if error.is_lasting() => Err(error.diagnosis(STOPPED)),
        Some(Err(error)) => {
            Ok(TokenAnswer::NotToday(Refusal { why: error.to_string(), before_signing: error.before_signing() }))
        }
    }
}

/// The journal of `state`, read only.
fn journal_of(state: &State<'_>) -> Result<Chain, Diagnosis> {
    let what = format!("The journal cannot be used. No key was used, no number burned. {NOTHING_SENT}");
    Chain::of_state(state).map_err(|error| error.diagnosis(&what))
}

/// The trusted root that the request names as its issuer.
fn enrolled<'g>(
    gate: &'g Gate,
    request: &Request,
    files: &RequestFiles,
    run: &Run,
) -> Result<&'g EnrolledRoot, Diagnosis> {
    let named = request.signing_root().map(|path| path.value.as_str()).unwrap_or_default();
    let refused = |why: String| {
        let what = format!("The request was refused. No key was used, no number burned. {NOTHING_SENT}");
        let next =
            "Check --state. Name the trusted root's certificate as issuer, or trust it first: rootcast-offline trust";
        Diagnosis::new(Label::NotEnrolled, what, why, next)
    };
    let bytes = files.get(named).unwrap_or_default();
    // The file is to blame, and not the state.
    let no_certificate = |why: String| {
        let line = request.signing_root().map_or(0, |path| path.line);
        let why = format!("{}, line {line}: {named} is not the certificate of the issuer: {why}", request.file);
        let what = format!("The request was refused. No key was used, no number burned. {NOTHING_SENT}");
        Diagnosis::new(Label::Usage, what, why, "Name the file with the root's own certificate in the request.")
    };
    let told = |findings: &rootcast_pki::finding::Findings| {
        no_certificate(findings.iter().map(finding_text).collect::<Vec<_>>().join("\n"))
    };
    let item = item::read(bytes).map_err(|findings| told(&findings))?;
    if item.kind != ItemKind::Certificate {
        return Err(no_certificate("it is a CRL".to_owned()));
    }
    let policy = Policy::default();
    let issuer = rootcast_pki::issuer::Issuer::from_certificate(&item.der, &policy).map_err(|f| told(&f))?;
    gate.roots().iter().find(|root| root.issuer.is_same(&issuer)).ok_or_else(|| {
        let folder = run.state.as_deref().map(|folder| folder.display().to_string()).unwrap_or_default();
        refused(format!(
            "{named} is {}, with the SHA-256 {}. {folder} does not trust that root.",
            issuer.subject(),
            Digest(issuer.certificate_sha256())
        ))
    })
}

/// The SubjectPublicKeyInfo in a file: DER, PEM or base64.
fn read_public_key(path: &Path) -> Result<Vec<u8>, Diagnosis> {
    let bytes = input_file::read_for(path, PUBLIC_KEY_SIZE_MAX, "No key was used. Nothing was sent.")?;
    let file = pem::decode(&bytes).map_err(|error| error.to_string()).and_then(|file| {
        let contents = Contents::recognise(file.bytes());
        let what = || contents.map_or_else(|| format!("{} bytes of something else", bytes.len()), |it| it.to_string());
        if contents == Some(Contents::PublicKey) {
            Ok(file.bytes().to_vec())
        } else {
            Err(format!("It is {}.", what()))
        }
    });
    file.map_err(|why| {
        let what = format!("The public key {} cannot be used. No key was used. {NOTHING_SENT}", path.display());
        let next = "Give the public half of the new root's key: openssl pkey -in KEY -pubout";
        Diagnosis::new(Label::Usage, what, why, next)
    })
}

/// The document of `ceremony rehearse`.
#[derive(Serialize)]
struct Document<'d> {
    folder: String,
    scheme: &'static str,
    number: Option<String>,
    judged_at: String,
    policy_as_of: String,
    cannot_be_signed_before: Option<String>,
    abandoned: &'d [AbandonedCrl],
    decisions: Vec<DecidedDocument<'d>>,
    listing_sha256: String,
    listing_words: String,
    rehearsal_key: bool,
    objects: Vec<ObjectDocument<'d>>,
    files: Vec<FileDocument<'d>>,
    /// The certification requests, and whether their words were compared.
    requests: &'d [ComparedCsr],
    notes: &'d [Note],
    /// Why `ceremony sign` would refuse this now, if it would.
    would_refuse: Vec<&'d str>,
}

#[derive(Serialize)]
struct ObjectDocument<'d> {
    file: &'d str,
    sha256: String,
    words: String,
    length: usize,
    verdict: Ruling,
    findings: Vec<FindingDocument<'d>>,
}

impl<'d> From<&'d RehearsedObject> for ObjectDocument<'d> {
    fn from(object: &'d RehearsedObject) -> Self {
        Self {
            file: &object.drafted.file,
            sha256: object.sha256().to_string(),
            words: object.words(),
            length: object.drafted.to_be_signed.len(),
            verdict: object.verdict,
            findings: object.findings.iter().map(FindingDocument::from).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{EscrowStanding, EscrowState, escrow_note};

    /// What refuses it is said before each of them: a second time in the sentence itself, it was said twice on the screen.
    #[test]
    fn why_a_key_on_paper_would_be_refused_does_not_say_once_more_what_refuses_it() {
        let state = |standing| EscrowState { set: "8eb200ff071099".to_owned(), standing, unverified: None };
        let all = [EscrowStanding::Unverified, EscrowStanding::HalfRestored, EscrowStanding::Ended];
        let found = all.map(state);
        for known in [None].into_iter().chain(found.iter().map(Some)) {
            let refusal = escrow_note(true, known).unwrap_err();
            assert!(!refusal.contains("ceremony sign"), "{refusal}");
        }
        assert!(escrow_note(true, Some(&state(EscrowStanding::Verified))).is_ok());
        assert!(escrow_note(false, None).is_ok());
    }
}
