//! `escrow kit`: what a recovery needs besides the key, in a folder to copy onto a medium.

use rootcast_protocol::digest::Digest;
use std::path::PathBuf;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::clock::rfc3339;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::{DiskError, parent};
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::text::printable;
use rootcast_pki::profile::Policy;
use rootcast_pki::{certificate, crl};
use serde::Serialize;

use super::digests::{Digested, digest_of};
use super::trusted::trusted_keys;
use crate::ceremony::site::kept::{APPROVERS_FILE, NAMES, REVOKED_FILE};
use crate::ceremony::site::{KeyPlace, Site};
use crate::command::ceremony::program_file;
use crate::command::opened::{journal_with_all, state_failed};
use crate::escrow::kit::{CheckedKit, Kit as Contents, LAST_CRL, ROOT};
use crate::store::journal::Chain;
use crate::store::layout::ITEMS;
use crate::store::state::State;

const NOTHING: &str = "No kit was written.";

/// A list of places is at most this long.
const PLACES_SIZE_MAX: u64 = 65_536;

/// `escrow kit`
#[derive(Debug, Args)]
pub(super) struct Kit {
    /// The site file of the root.
    #[arg(long, value_name = "FILE")]
    pub(super) site: PathBuf,
    /// A text file that says where the envelopes are, and whom to call: places and roles, no names.
    #[arg(long, value_name = "FILE")]
    pub(super) places: Option<PathBuf>,
    /// A file or disc whose SHA-256 the kit names: `rootcast-online`, the live medium. May be given several times. The digest of
    /// this program, rootcast-offline, is there in any case.
    #[arg(long = "digest", value_name = "FILE")]
    pub(super) digests: Vec<PathBuf>,
    /// The folder to write. It must not exist.
    #[arg(short, long, value_name = "FOLDER")]
    pub(super) output: PathBuf,
}

impl Kit {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let site = Site::read(&self.site).map_err(|error| error.diagnosis())?;
        let places =
            self.places.as_ref().map(|path| input_file::read_for(path, PLACES_SIZE_MAX, NOTHING)).transpose()?;
        let digests = self.digests.iter().map(|path| digest_of(path, NOTHING)).collect::<Result<Vec<_>, _>>()?;
        let folder = run.state_dir()?;
        let state = State::open(run.disk, folder, "rootcast-offline escrow kit")
            .map_err(|error| state_failed(&error, NOTHING))?;
        let journal = journal_with_all(run, &state, NOTHING)?;
        check_site(&site, journal.chain(), &state)?;
        let failed = |error: DiskError| {
            Diagnosis::new(Label::StorageFailed, NOTHING, error.to_string(), "Name a new folder, and check the disk.")
        };
        let program = program_file::running().map_err(failed)?.sha256.to_string();
        // The kit is of the root that the site pins; with a rehearsal key, of the only one.
        let pinned = match &site.key {
            KeyPlace::Token { pinned, .. } => *pinned,
            KeyPlace::Rehearsal { .. } => None,
        };
        let (mut roots, mut crls, mut at_hand) = (Vec::new(), Vec::new(), Vec::new());
        let mut own_key = None;
        for root in &state.record.roots {
            let der = state.item(&root.sha256).map_err(|error| state_failed(&error, NOTHING))?;
            let found = certificate::inspect(&der, &Policy::default()).value;
            let key = found.as_ref().map(|root| Digest::of(root.spki()));
            let subject = found.map(|root| root.subject().to_string());
            let is_own = match pinned {
                Some(pinned) => key == Some(pinned),
                None => state.record.roots.len() == 1,
            };
            // Of a root that was renewed under its key, the last one.
            if is_own {
                own_key = key;
                at_hand.retain(|(name, _)| *name != ROOT);
                at_hand.push((ROOT, der));
            }
            roots.push((printable(&subject.unwrap_or_default()), root.sha256));
        }
        for last in &state.record.signed_crls {
            let der = state.item(&last.sha256).map_err(|error| state_failed(&error, NOTHING))?;
            let number = crl::inspect(&der, &Policy::default()).value.and_then(|crl| crl.number());
            let number = number.map_or_else(|| "none".to_owned(), |number| number.to_string());
            crls.push((number, last.sha256));
            if Some(last.issuer) == own_key {
                at_hand.push((LAST_CRL, der));
            }
        }
        let (files, renamed) = site_files(&site)?;
        let (head, words) = (journal.chain().head().to_string(), journal.chain().head_words());
        let made = rfc3339(run.began);
        let names: Vec<&str> = at_hand.iter().map(|(name, _)| *name).collect();
        let text = text(&made, (&roots, &crls, &names), (&head, &words, journal.chain().count()), (&program, &digests))
            + &renamed;
        let contents = Contents { state: folder, site: files, text, at_hand, places };
        let is_there = self.output.symlink_metadata().is_ok();
        let files = contents.write(run.disk, &self.output).map_err(|error| {
            let left = !is_there && self.output.symlink_metadata().is_ok();
            let next = if left {
                "Check the disk, remove what is left of the kit, and run the command again."
            } else {
                "Name a new folder, and check the disk."
            };
            Diagnosis::new(Label::StorageFailed, NOTHING, error.to_string(), next)
        })?;
        CheckedKit::read(&self.output).map_err(|fault| {
            let next =
                "Remove the folder, and check the medium. A kit that is too large needs a state with fewer items.";
            let why = format!("The kit was written, and cannot be read as one: {fault}.");
            Diagnosis::new(Label::StorageFailed, "No kit was written that can be used.", why, next)
        })?;
        let document = Document {
            folder: self.output.display().to_string(),
            files,
            journal_head: head,
            journal_words: words,
            program_sha256: program,
            digests,
            has_places: self.places.is_some(),
        };
        run.event("escrow kit", &document);
        let text = format!(
            "Wrote the recovery kit {} with {} files. Copy it onto two media, and write the journal's head down beside them:\n{}\nMake a new kit after each ceremony.",
            printable(&document.folder),
            document.files,
            document.journal_words
        );
        run.tell(&document, &text);
        Ok(Exit::Done)
    }
}

/// That the site is the root's: it pins the key of a set that is whole, or of a root that this state trusts.
fn check_site(site: &Site, chain: &Chain, state: &State<'_>) -> Result<(), Diagnosis> {
    let refused = |why: String| {
        let next = "Give the site file of the root, with its public_key_sha256: the recovery begins with it.";
        Err(Diagnosis::new(Label::Usage, NOTHING, format!("KEY-ESCROW: {why}"), next))
    };
    let pinned = match &site.key {
        KeyPlace::Token { pinned: Some(pinned), .. } => *pinned,
        KeyPlace::Rehearsal { .. } => return Ok(()),
        KeyPlace::Token { pinned: None, .. } => return refused("the site file pins no public key.".to_owned()),
    };
    let of_root = trusted_keys(state).iter().any(|key| key.sha256() == pinned);
    if of_root || chain.escrow_state(&pinned, None).is_some() {
        return Ok(());
    }
    refused(format!("the site file pins {pinned}. That is neither the key of a set of pages here, nor of a root."))
}

/// A file of the kit: its name, and its bytes.
type KeptFile = (String, Vec<u8>);

/// A root by its subject, or a CRL by its number, with its SHA-256.
type Item = (String, Digest);

/// The site's files as the kit has them, and what kit.txt says of those that have another name there than in the site file.
/// A list beside the site file keeps its name, so that the copy names it too.
fn site_files(site: &Site) -> Result<(Vec<KeptFile>, String), Diagnosis> {
    let (mut files, mut renamed) = (Vec::new(), String::new());
    for (kept, bytes) in site.files()? {
        let (member, path) = match kept {
            APPROVERS_FILE => ("allowed_signers", &site.approvals.allowed_signers),
            REVOKED_FILE => ("revoked", &site.approvals.revoked),
            _ => {
                files.push((kept.to_owned(), bytes));
                continue;
            }
        };
        let beside = path.as_ref().filter(|path| parent(path) == parent(&site.path));
        // No other name of the kit's: neither site.toml nor that of the other list.
        let own = beside.and_then(|path| path.file_name()?.to_str());
        let own = own.filter(|own| *own == kept || !NAMES.contains(own));
        let is_free = |own: &&str| files.iter().all(|(name, _)| name != own);
        let name = own.filter(is_free).unwrap_or_else(|| {
            renamed +=
                &format!("In the copy of site.toml, write {member} = \"{kept}\": the file has this name in the kit.\n");
            kept
        });
        files.push((name.to_owned(), bytes));
    }
    Ok((files, renamed))
}

/// `kit.txt`.
fn text(
    made: &str,
    (roots, crls, at_hand): (&[Item], &[Item], &[&str]),
    (head, words, entries): (&str, &str, u64),
    (program, digests): (&str, &[Digested]),
) -> String {
    let kept = |sha256: &Digest| format!("       in this kit: state/{ITEMS}/{sha256}.der");
    let mut lines = vec!["Recovery kit of a root CA (Rootcast).".to_owned(), format!("Made {made}"), String::new()];
    for (subject, sha256) in roots {
        lines.push(format!("Root   {subject}"));
        lines.push(format!("       SHA-256 of its certificate {sha256}"));
        lines.push(kept(sha256));
    }
    for (number, sha256) in crls {
        lines.push(format!("Last CRL signed   number {number}, SHA-256 {sha256}"));
        lines.push(kept(sha256));
    }
    if !at_hand.is_empty() {
        lines.push(format!("Copies of the root that site/site.toml pins, and of its last CRL: {}", at_hand.join(", ")));
    }
    lines.push(format!("Journal   {entries} entries, head {head}"));
    lines.push(format!("          {words}"));
    lines.push(format!("Program   rootcast-offline, the one that wrote this kit, SHA-256 {program}"));
    lines.extend(digests.iter().map(|file| format!("          {}, SHA-256 {}", file.name, file.sha256)));
    if digests.is_empty() {
        lines.extend(
            ["rootcast-online, SHA-256", "the live medium, SHA-256"]
                .map(|text| format!("          {text} {}", "_".repeat(32))),
        );
    }
    lines.extend(
        [
            "",
            "To recover: check this kit with `sha256sum -c SHA256SUMS`. Take two envelopes of each group (places.txt says where",
            "they are). Prepare a new token. Copy the folder site, and change module, token_label and token_serial in its site.toml.",
            "    rootcast-offline escrow restore --state STATE --site NEW.toml KIT",
            "makes STATE from this kit and puts the key into the token. Then rehearse and sign a CRL as usual. Copy root.crt and",
            "last.crl of this kit beside its request, which says",
            "    issuer = \"root.crt\"",
            "    previous_crl = \"last.crl\"",
            "Without this program: page 2 of every envelope has the recipe with openssl.",
        ]
        .map(str::to_owned),
    );
    lines.join("\n") + "\n"
}

/// The document of `escrow kit`.
#[derive(Serialize)]
struct Document {
    folder: String,
    files: usize,
    journal_head: String,
    journal_words: String,
    program_sha256: String,
    digests: Vec<Digested>,
    has_places: bool,
}
