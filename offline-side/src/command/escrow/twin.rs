//! The twin of a drill: a key of the same kind as the root's, with pages of its own, walked from its making to its CRL. Each
//! step is the command of a real recovery, with the twin's own state.
//!
//! ```text
//! FOLDER/request.toml    what the twin's root is
//!       /site.toml       the twin's token, with the twin's key pinned
//!       /kit/            its recovery kit
//!       /lost-state/     its state before the disaster
//!       /state/          its state after it, made from the kit
//!       /ceremony/       its rehearsal; signed/ has its root and its CRL
//!       /drill.md        the record
//! ```

use std::path::{Path, PathBuf};
use std::time::Instant;

use rootcast_console::run::Run;
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;
use rootcast_host::input_file;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, shell_word};
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::generating::TwinOf;
use super::kit::Kit;
use super::restore::Restore;
use crate::ceremony::key::SignatureScheme;
use crate::ceremony::key::kind::NewKey;
use crate::ceremony::key::login::TokenPlace;
use crate::ceremony::key::pin::Terminal;
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::wrapping::WrappingToken;
use crate::ceremony::request::EscrowGroups;
use crate::command::ceremony::keygen::Keygen;
use crate::command::ceremony::paper::PaperHeadOptions;
use crate::command::ceremony::rehearse::Rehearse;
use crate::command::ceremony::sign::Sign;
use crate::escrow::set_id::SetId;
use crate::store::journal::Chain;
use crate::store::layout::JOURNAL;

/// Names below the folder of a drill.
const REQUEST: &str = "request.toml";
const SITE: &str = "site.toml";
const KIT: &str = "kit";
const STATE: &str = "state";
const LOST_STATE: &str = "lost-state";
const CEREMONY: &str = "ceremony";
/// The twin's CRL and its root.
const CRL: &str = "ceremony/signed/root.crl";
const ROOT: &str = "ceremony/signed/root.crt";

/// Largest CRL that is looked at: the twin's has no entry.
const CRL_SIZE_MAX: u64 = 65_536;

const DAY: i64 = 86_400;

/// What a drill that ended says of the root.
const UNTOUCHED: &str = "The root's key was not used.";

/// A step of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DrillStep {
    /// Key and pages are made.
    Make,
    /// The disaster.
    Lose,
    /// From the pages into the token.
    Restore,
    /// The bytes to be signed.
    Rehearse,
    /// Root and CRL.
    Sign,
    /// The token is left without the twin's key.
    Clear,
}

impl DrillStep {
    const COUNT: usize = 6;

    /// For people.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Make => "make the twin's key, its pages and its recovery kit",
            Self::Lose => "the disaster: the twin's key and state are lost",
            Self::Restore => "restore the key from the pages, and the state from the kit",
            Self::Rehearse => "rehearse a CRL",
            Self::Sign => "sign it",
            Self::Clear => "destroy the twin's key in its token",
        }
    }

    /// Whether it counts as part of a recovery.
    pub(super) fn is_recovery(self) -> bool {
        matches!(self, Self::Restore | Self::Rehearse | Self::Sign)
    }
}

/// How long a step took.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Lap {
    pub(super) step: DrillStep,
    pub(super) seconds: u64,
}

/// A twin before its walk.
pub(super) struct Twin<'t> {
    /// The drill.
    pub(super) run: &'t Run,
    /// Its site: a token, no key pinned, nobody to approve.
    pub(super) site: &'t Path,
    /// Its token.
    pub(super) place: &'t TokenPlace,
    /// How it signs, where the site says so.
    pub(super) scheme: Option<SignatureScheme>,
    /// Where its pages go.
    pub(super) pages: &'t Path,
    /// The folder, which is made.
    pub(super) folder: &'t Path,
    /// The groups of the root.
    pub(super) groups: &'t EscrowGroups,
    /// The kind of key that the root has.
    pub(super) key: NewKey,
    /// The keys that its token must not hold.
    pub(super) roots: Vec<PublicKey>,
    /// Whether a signal came.
    pub(super) interrupt: Interrupt,
}

/// A twin after its walk.
pub(super) struct Walked {
    pub(super) set: SetId,
    pub(super) public: PublicKey,
    pub(super) token_serial: String,
    /// SHA-256 of its CRL.
    pub(super) crl: Digest,
    pub(super) laps: Vec<Lap>,
    /// How its CRL crosses: command lines.
    pub(super) crossing: Vec<String>,
}

impl Walked {
    /// Seconds from the beginning of `escrow restore` to the signed CRL.
    pub(super) fn seconds(&self) -> u64 {
        self.laps.iter().filter(|lap| lap.step.is_recovery()).map(|lap| lap.seconds).sum()
    }
}

fn failed(error: &DiskError) -> Diagnosis {
    Diagnosis::new(Label::StorageFailed, UNTOUCHED, error.to_string(), "Name a new folder, and check the disk.")
}

fn unreadable(what: &str) -> Diagnosis {
    let why = format!("KEY-ESCROW: the twin's journal does not say {what}.");
    Diagnosis::new(Label::KeyNotPinned, UNTOUCHED, why, "Begin a new drill with a new folder.")
}

impl Twin<'_> {
    /// Walks all steps. The root's key is in none of them: neither its token, its pages nor its state are opened.
    pub(super) fn walk(&self) -> Result<Walked, Diagnosis> {
        let mut laps = Vec::new();
        let (set, public) = self.timed(&mut laps, DrillStep::Make, || self.make())?;
        self.timed(&mut laps, DrillStep::Lose, || self.lose(&public))?;
        self.timed(&mut laps, DrillStep::Restore, || {
            let (site, kit) = (self.path(SITE), self.path(KIT));
            Restore { site, set: None, rewrap: None, kit }.run(&self.step(STATE))
        })?;
        self.timed(&mut laps, DrillStep::Rehearse, || {
            let (site, request, output) = (self.path(SITE), self.path(REQUEST), self.path(CEREMONY));
            Rehearse { site, request, output, dice: None, public_key: None, yes: false }.run(&self.step(STATE))
        })?;
        let crl = self.timed(&mut laps, DrillStep::Sign, || {
            let (site, folder) = (self.path(SITE), self.path(CEREMONY));
            let paper = PaperHeadOptions::default();
            Sign { site, folder, approval: Vec::new(), utc: None, yes: false, paper }.run(&self.step(STATE))?;
            input_file::read_for(&self.path(CRL), CRL_SIZE_MAX, UNTOUCHED).map(|der| Digest::of(&der))
        })?;
        self.timed(&mut laps, DrillStep::Clear, || self.destroy(&public))?;
        let [state, ceremony, root] =
            [STATE, CEREMONY, ROOT].map(|name| shell_word(&self.path(name).display().to_string()));
        let crossing = vec![
            format!("rootcast-online --state DRILL trust --root {root}"),
            format!("rootcast-offline --state {state} send --link LINK {ceremony}"),
            "rootcast-online --state DRILL receive --link LINK".to_owned(),
        ];
        Ok(Walked { set, public, token_serial: self.place.token_serial.clone(), crl, laps, crossing })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn step(&self, state: &str) -> Run {
        self.run.step(self.path(state))
    }

    /// Walks one step, and notes how long it took.
    fn timed<T>(
        &self,
        laps: &mut Vec<Lap>,
        step: DrillStep,
        walk: impl FnOnce() -> Result<T, Diagnosis>,
    ) -> Result<T, Diagnosis> {
        say(&format!("Drill, step {} of {}: {}", laps.len() + 1, DrillStep::COUNT, step.text()));
        let started = Instant::now();
        let walked = walk().map_err(|diagnosis| {
            // What the step itself advises continues a ceremony. A drill begins anew.
            let next = "The twin's key may still be in its token: initialise that token, destroy the twin's pages, and begin a new \
                        drill with a new folder.".to_owned();
            let what = format!("The drill ended early: {}. {UNTOUCHED} Of the twin: {}", step.text(), diagnosis.what);
            Diagnosis { what, next, ..diagnosis }
        })?;
        laps.push(Lap { step, seconds: started.elapsed().as_secs() });
        Ok(walked)
    }

    fn make(&self) -> Result<(SetId, PublicKey), Diagnosis> {
        let disk = self.run.disk;
        disk.create_dir(self.folder).map_err(|error| failed(&error))?;
        let write = |name: &str, text: String| {
            disk.write_new_synced(&self.path(name), text.as_bytes()).map_err(|error| failed(&error))
        };
        write(REQUEST, self.request())?;
        let keygen = Keygen {
            site: self.site.to_owned(),
            pages: Some(self.pages.to_owned()),
            dice: false,
            request: self.path(REQUEST),
            twin_of: Some(TwinOf(self.roots.clone())),
        };
        keygen.run(&self.step(STATE))?;
        let chain = Chain::read(&self.path(STATE).join(JOURNAL)).map_err(|error| error.diagnosis(UNTOUCHED))?;
        let wrapped = chain.last_wrapped(None).ok_or_else(|| unreadable("that its pages are printed"))?;
        let (set, public) = (SetId::from_hex(&wrapped.set), PublicKey::from_spki(&wrapped.spki));
        let (set, public) = set.zip(public).ok_or_else(|| unreadable("which key it has"))?;
        write(SITE, self.site_text(&public)?)?;
        Kit { site: self.path(SITE), places: None, digests: Vec::new(), output: self.path(KIT) }
            .run(&self.step(STATE))?;
        Ok((set, public))
    }

    /// Token and state are lost; envelopes and kit are left.
    fn lose(&self, public: &PublicKey) -> Result<(), Diagnosis> {
        self.destroy(public)?;
        let (from, to) = (self.path(STATE), self.path(LOST_STATE));
        self.run.disk.rename(&from, &to).map_err(|error| failed(&error))
    }

    /// Destroys the twin's key in its token.
    fn destroy(&self, public: &PublicKey) -> Result<(), Diagnosis> {
        let scheme = self.scheme.unwrap_or(SignatureScheme::usual_for(public.kind()));
        let told = |error: crate::ceremony::key::error::KeyError| error.diagnosis(UNTOUCHED);
        let mut terminal = Terminal::new(self.interrupt.clone());
        let token = WrappingToken::open(self.place, scheme, None, &mut terminal).map_err(told)?;
        let destroyed = token.destroy_key(public).map_err(told)?;
        say(&format!("The twin's key is destroyed in its token: {}.", count(destroyed as u64, "object")));
        Ok(())
    }

    /// The request of the twin: a first ceremony of the same shape as the root's.
    fn request(&self) -> String {
        let at = |days: i64| rfc3339(self.run.began.saturating_add(days * DAY));
        let [first, second] = self.groups.names();
        format!(
            "# The twin of an escrow drill. Nobody trusts its root, except a state that is made for this drill.\n\
             first = true\n\n[crl]\nthis_update = \"{now}\"\nnext_update = \"{next}\"\n\n[root]\nkey = \"{key}\"\n\
             subject = \"CN=Escrow drill twin,OU=NOT A ROOT\"\nnot_before = \"{now}\"\nnot_after = \"{end}\"\n\n\
             [escrow]\ngroups = [\"{first}\", \"{second}\"]\n",
            now = at(0),
            next = at(30),
            end = at(366),
            key = self.key,
        )
    }

    /// The twin's site with its key pinned.
    fn site_text(&self, public: &PublicKey) -> Result<String, Diagnosis> {
        // A string of JSON is one of TOML, too.
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let module = std::path::absolute(&self.place.module)
            .map_err(|error| failed(&DiskError::new("find", &self.place.module, error)))?;
        let signature = self.scheme.map_or(String::new(), |scheme| format!("signature = \"{scheme}\"\n"));
        Ok(format!(
            "[key]\nmodule = {}\ntoken_label = {}\ntoken_serial = {}\nkey_label = {}\npublic_key_sha256 = \"{}\"\n{signature}\n\
             [approvals]\nrequired = 0\n",
            quoted(&module.to_string_lossy()),
            quoted(&self.place.token_label),
            quoted(&self.place.token_serial),
            quoted(&self.place.key_label),
            public.sha256()
        ))
    }
}
