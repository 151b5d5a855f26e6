//! The record of a ceremony, to be printed, ticked and signed by hand: made from its folder alone, so the same folder
//! always gives the same pages. Must not: look at the state, the clock or the token.

mod error;
mod pdf;

use std::path::{Path, PathBuf};

use rootcast_host::disk::{Disk, DiskError};
use rootcast_host::text::printable;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

use super::folder::RehearsalFolder;
use super::folder::layout::{APPROVALS, ENTRIES, MARKDOWN, PDF, SIGNED, SITE, VERDICTS};
use super::key::rehearsal_key::BANNER;
use super::site::{KeyPlace, Site};
use crate::store::journal::{Chain, Event};

pub use error::RecordError;

/// Writes `record.md` and `record.pdf` into the folder; gives their paths.
///
/// # Errors
/// [`RecordError`].
pub fn write(disk: &dyn Disk, folder: &Path) -> Result<[PathBuf; 2], RecordError> {
    let text = text(folder)?;
    let paths = [folder.join(MARKDOWN), folder.join(PDF)];
    let [markdown, pages] = &paths;
    disk.replace(markdown, text.as_bytes())?;
    disk.replace(pages, &pdf::pages(&text))?;
    Ok(paths)
}

fn spelled(digest: &Digest) -> String {
    words::spell(digest.as_bytes(), words::SHORT)
}

const BLANK: &str = "______________________________________________";

/// The record in Markdown.
///
/// # Errors
/// [`RecordError`].
pub fn text(folder: &Path) -> Result<String, RecordError> {
    let opened = RehearsalFolder::open(folder).map_err(RecordError::Folder)?;
    let chain = Chain::of_part(&read(&folder.join(ENTRIES))?.unwrap_or_default()).map_err(RecordError::Entries)?;
    let mut out = vec!["# Ceremony record".to_owned(), String::new()];
    let site = Site::read(&folder.join(SITE)).ok();
    if site.as_ref().is_some_and(Site::is_rehearsal) {
        out.push(format!("**{}**", BANNER.trim_end()));
        out.push(String::new());
    }
    rehearsed(&mut out, &opened);
    key(&mut out, site.as_ref(), &opened, &chain);
    approvals(&mut out, folder)?;
    happened(&mut out, folder, &chain);
    signed(&mut out, folder, &opened)?;
    by_hand(&mut out, &chain);
    let lines = out.iter().flat_map(|text| text.split('\n')).map(printable);
    Ok(lines.collect::<Vec<_>>().join("\n") + "\n")
}

fn rehearsed(out: &mut Vec<String>, opened: &RehearsalFolder) {
    let listing = Digest::of(&opened.listing);
    out.push("## What was approved".to_owned());
    out.push(String::new());
    out.push(format!("- rehearsed: {}", opened.made()));
    out.push(format!("- issuer: {}", opened.inputs.signer.subject));
    out.push(format!("- scheme: {}", opened.plan.scheme));
    if let Some(number) = opened.plan.number {
        out.push(format!("- CRL number: {number}"));
    }
    out.push(format!("- request: {}", opened.request_sha256));
    out.push(format!("  - [ ] words: {}", spelled(&opened.request_sha256)));
    out.push(format!("- to-be-signed.txt: {listing}"));
    out.push(format!("  - [ ] expected words: {}", spelled(&listing)));
    out.push(format!("  - actual words: {BLANK}"));
    for object in &opened.objects {
        let sha256 = Digest::of(&object.to_be_signed);
        out.push(format!("- to be signed, {}: {sha256}", object.file));
        out.push(format!("  - [ ] expected words: {}", spelled(&sha256)));
        out.push(format!("  - actual words: {BLANK}"));
    }
    out.push(String::new());
}

fn key(out: &mut Vec<String>, site: Option<&Site>, opened: &RehearsalFolder, chain: &Chain) {
    out.push("## The key".to_owned());
    out.push(String::new());
    if let Some(KeyPlace::Token { place, .. }) = site.map(|site| &site.key) {
        out.push(format!("- expected token: {}, serial number {}", place.token_label, place.token_serial));
    }
    out.push(format!("- public key SHA-256: {}", Digest::of(&opened.inputs.signer.spki)));
    let used = chain.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::KeyUsed { ceremony, .. } => Some(ceremony),
        _ => None,
    });
    out.push(format!("- key used: {}", used.map_or("none", |ceremony| ceremony.key.as_str())));
    if let Some(flags) = used.map(|ceremony| &ceremony.key_flags).filter(|flags| !flags.is_empty()) {
        out.push(format!("- the token says of the key: {}", flags.join(", ")));
    }
    out.push(format!("- [ ] serial number on the case: {BLANK}"));
    out.push(format!("- HSM counter or log, before and after: {BLANK}"));
    out.push(String::new());
}

fn approvals(out: &mut Vec<String>, folder: &Path) -> Result<(), RecordError> {
    out.push("## Approvals".to_owned());
    out.push(String::new());
    let kept = read(&folder.join(APPROVALS).join(VERDICTS))?.unwrap_or_default();
    let kept = String::from_utf8_lossy(&kept);
    if kept.is_empty() {
        out.push("- none kept yet".to_owned());
    }
    out.extend(kept.lines().map(|line| format!("- [ ] {line}")));
    out.push(String::new());
    Ok(())
}

fn happened(out: &mut Vec<String>, folder: &Path, chain: &Chain) {
    let nobody = Vec::new();
    out.push("## What happened, as the journal has it".to_owned());
    out.push(String::new());
    if chain.entries.is_empty() {
        // A run that was cut off after its release had no time to copy them.
        let is_signed = folder.join(SIGNED).is_dir();
        let none = "- no entry was copied here, although signed/ is there: run `ceremony sign` on this folder once more, which uses no key";
        let nothing =
            "- no entry was copied here: nothing was signed, or a run was cut off (`journal show` says which)";
        out.push(if is_signed { none } else { nothing }.to_owned());
    }
    for entry in &chain.entries {
        let (people, told) = match &entry.event {
            Event::CeremonyRefused { ceremony, label, why } => (&ceremony.people, format!("{label}: {why}")),
            Event::NumberBurned { ceremony, number, .. } => (&ceremony.people, Event::number_text(number.as_deref())),
            Event::KeyUsed { ceremony, key_use } => {
                let signature = key_use.signature.as_deref().unwrap_or("none");
                (&ceremony.people, format!("{}: {}, signature SHA-256 {signature}", key_use.file, key_use.outcome))
            }
            Event::CeremonyEnded { ceremony, ended, .. } => (&ceremony.people, ended.clone()),
            Event::KeyMade { key, key_kind, token_serial, flags, .. } => {
                let made = Event::key_text(key_kind, key, token_serial.as_deref());
                let flags = if flags.is_empty() { String::new() } else { format!(": {}", flags.join(", ")) };
                (&nobody, format!("{made}{flags}"))
            }
            Event::Enrol { .. }
            | Event::Bundle { .. }
            | Event::Transmission(_)
            | Event::Decision { .. }
            | Event::JournalBegun { .. }
            | Event::LinkOpened(_)
            | Event::Beacons { .. } => continue,
        };
        out.push(format!("- {} entry {}, {}: {told}", entry.time, entry.index, entry.event.kind()));
        if let Event::NumberBurned { ceremony, .. } = &entry.event {
            let utc = ceremony.utc.as_deref().unwrap_or("NONE, nobody compared this machine's clock (REQ-CLOCK)");
            out.push(format!("  - [ ] time read from another clock: {utc}"));
        }
        if !people.is_empty() {
            out.push(format!("  - approved by {}", people.join(" and ")));
        }
    }
    out.push(String::new());
}

fn signed(out: &mut Vec<String>, folder: &Path, opened: &RehearsalFolder) -> Result<(), RecordError> {
    out.push("## What was released".to_owned());
    out.push(String::new());
    for object in &opened.objects {
        let path = folder.join(SIGNED).join(&object.file);
        let Some(der) = read(&path)? else {
            out.push(format!("- {}: not released", object.file));
            continue;
        };
        let sha256 = Digest::of(&der);
        out.push(format!("- {}, {} bytes: {sha256}", object.file, der.len()));
        out.push(format!("  - [ ] expected words: {}", spelled(&sha256)));
        out.push(format!("  - words read back by the online side: {BLANK}"));
    }
    out.push(String::new());
    Ok(())
}

fn by_hand(out: &mut Vec<String>, chain: &Chain) {
    out.push("## Signatures".to_owned());
    out.push(String::new());
    if let Some(last) = chain.entries.last() {
        out.push(format!("- the journal's entry {}: {}", last.index, last.digest));
        out.push(format!("  - [ ] words: {}", spelled(&last.digest)));
    }
    out.push(format!("- place and date: {BLANK}"));
    for role in ["operator 1", "operator 2", "key holder", "witness"] {
        out.push(format!("- {role}, name and signature: {BLANK}"));
        out.push(String::new());
    }
    out.push(format!("- anything that went otherwise: {BLANK}"));
}

/// The file's bytes, if it is there.
fn read(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DiskError::new("read", path, error)),
    }
}
