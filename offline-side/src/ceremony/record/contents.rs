//! The content of the record, from the ceremony's folder.

use std::path::Path;

use rootcast_host::disk::DiskError;
use rootcast_pki::item::ItemKind;
use rootcast_pki::time::parse_rfc3339;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

use super::document::{Content, Document, Section};
use super::error::RecordError;
use crate::ceremony::facts::ObjectFacts;
use crate::ceremony::folder::layout::{APPROVALS, ENTRIES, SIGNED, SITE, VERDICTS};
use crate::ceremony::folder::{CertifiedCsr, ChangeFolder, CsrWords, RehearsalFolder, read_added};
use crate::ceremony::key::NO_LATER_BACKUP;
use crate::ceremony::key::rehearsal_key::BANNER;
use crate::ceremony::site::{KeyPlace, Site};
use crate::store::approval_rule::PinCause;
use crate::store::journal::escrow::EscrowStanding;
use crate::store::journal::{Chain, Entry, Event};

/// The record of the ceremony in `folder`, or of the change of the rule for approvals there. With it comes whether the folder
/// shows more than a rehearsal: that a signing began, or that the change was approved and made.
pub(super) fn document(folder: &Path) -> Result<(Document, bool), RecordError> {
    if ChangeFolder::is_one(folder) {
        return change(folder);
    }
    let opened = RehearsalFolder::open(folder).map_err(RecordError::Folder)?;
    let chain = Chain::of_part(&read(&folder.join(ENTRIES))?.unwrap_or_default()).map_err(RecordError::Entries)?;
    let site = Site::read(&folder.join(SITE)).ok();
    let is_rehearsal = site.as_ref().is_some_and(Site::is_rehearsal);
    let is_signed = shows_signing(folder, &chain);
    let not_signed = (!is_signed).then_some(NOT_SIGNED);
    let banners: Vec<&str> = is_rehearsal.then_some(BANNER.trim_end()).into_iter().chain(not_signed).collect();
    let document = Document {
        title: "Ceremony record",
        id: id_of(&opened.listing),
        banner: (!banners.is_empty()).then(|| banners.join(" ")),
        sections: vec![
            facts(folder, &opened, site.as_ref(), &chain)?,
            approved(&opened, is_signed),
            key(site.as_ref(), &opened, &chain),
            approvals(folder)?,
            happened(folder, &chain),
            released(folder, &opened)?,
            refused(&chain),
            signatures(&chain),
        ],
    };
    Ok((document, is_signed))
}

/// What a record says of a folder in which nothing shows a signing. A run that was killed may have left nothing there.
pub(crate) const NOT_SIGNED: &str = "NOT SIGNED, as far as this folder shows: this record is of a rehearsal. \
                                     Run `ceremony record` again after `ceremony sign`.";

/// What a record says of the program where the journal's entry does not name it.
const NO_PROGRAM: &str = "NOT RECORDED: an earlier version signed, or the program's file could not be read";

/// Whether the folder shows that a signing of its rehearsal began.
fn shows_signing(folder: &Path, chain: &Chain) -> bool {
    let is_step = |entry: &Entry| matches!(entry.event, Event::NumberBurned { .. } | Event::CeremonyEnded { .. });
    folder.join(SIGNED).is_dir() || chain.entries.iter().any(is_step)
}

/// The ceremony's id, on every page: the beginning of the SHA-256 of what people approved.
fn id_of(listing: &[u8]) -> String {
    let id: String = Digest::of(listing).to_string().chars().take(16).collect();
    format!("ceremony {id}")
}

/// The facts, for the first page: what was signed, by whom and with what. Everything else is how it came to that.
fn facts(folder: &Path, opened: &RehearsalFolder, site: Option<&Site>, chain: &Chain) -> Result<Section, RecordError> {
    let mut section = Section::new("Facts");
    let burned = chain.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::NumberBurned { ceremony, .. } => Some((entry, ceremony)),
        _ => None,
    });
    // Distances are from the signing; before it, from the rehearsal.
    let signed_at = burned.and_then(|(entry, _)| parse_rfc3339(&entry.time).ok());
    let now = signed_at.unwrap_or(opened.made());
    section.say(Content::text(match signed_at {
        Some(signed) => format!("Distances of time count from the signing, {signed}."),
        None => format!("Distances of time count from the rehearsal, {now}."),
    }));
    let mut root_words = None;
    for object in &opened.objects {
        let der = read(&folder.join(SIGNED).join(&object.file))?;
        let kind = object.expected.kind();
        let algorithm = opened.choices.scheme.algorithm_identifier();
        let found = match &der {
            Some(der) => ObjectFacts::read(kind, der, now),
            None => ObjectFacts::read_unsigned(kind, &object.to_be_signed, algorithm, now),
        };
        let Some(found) = found else {
            section.say(Content::Group(format!("{}: it cannot be read", object.file)));
            continue;
        };
        let state = if der.is_some() { "" } else { ", NOT RELEASED" };
        section.say(Content::Group(format!("{}: {}{state}", object.file, found.name.text())));
        for (name, value) in &found.facts {
            section.fact(name, value);
        }
        if kind == ItemKind::Crl {
            revoked(&mut section, opened);
        }
        match &der {
            None => section.compared_fact("to be signed, SHA-256", Digest::of(&object.to_be_signed)),
            Some(der) => {
                let sha256 = Digest::of(der);
                section.compared_fact("SHA-256", sha256);
                if object.expected.is_root() {
                    root_words = Some((found.name.name.clone(), sha256));
                } else {
                    section.compared_fact("words", spelled(&sha256));
                }
            }
        }
    }
    let issuer = opened.inputs.issuer.as_ref();
    let root =
        root_words.or_else(|| issuer.map(|root| (root.subject().to_string(), Digest(root.certificate_sha256()))));
    if let Some((name, sha256)) = root {
        section.say(Content::Group(format!("Root: {name}")));
        section.compared_fact("SHA-256", sha256);
        section.compared_fact("its 16 words", words::spell(sha256.as_bytes(), words::LONG));
    }
    section.say(Content::Group("This ceremony".to_owned()));
    section.fact("rehearsed", opened.made());
    let end = chain.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::CeremonyEnded { ended, .. } => Some(ended),
        _ => None,
    });
    // A run that was killed may have used the key, and left no entry of it: nothing is denied that is not known.
    match (burned, end) {
        (None, None) => section.fact("signed", "no signing is recorded here"),
        (Some((entry, _)), Some(end)) if end.is_released() => section.fact("signed", &entry.time),
        (begun, end) => {
            if let Some((entry, _)) = begun {
                section.fact("signing begun", &entry.time);
            }
            let end = end.map_or_else(|| "NOT KNOWN: its end is not recorded here".to_owned(), ToString::to_string);
            section.fact("ended", end);
        }
    }
    match burned {
        None => {}
        Some((_, ceremony)) => {
            section.fact("time on another clock", ceremony.utc.as_deref().unwrap_or("NONE: it was not compared"));
            let people = if ceremony.people.is_empty() { "nobody".to_owned() } else { ceremony.people.join(" and ") };
            section.fact("approved by", people);
            section.fact("key", &ceremony.key);
            match ceremony.token_serial.as_deref() {
                None => section.fact("token", "none: the key is a file, NO HSM"),
                Some("") => section.fact("token", "a token without a serial number"),
                Some(serial) => section.fact("token", format!("serial number {serial}")),
            }
            match &ceremony.program {
                Some(program) => section.compared_fact(&program.version, format!("SHA-256 {}", program.sha256)),
                None => section.fact("program", NO_PROGRAM),
            }
        }
    }
    if burned.is_none()
        && let Some(site) = site
    {
        section.fact("key", site.key_text());
    }
    section.fact("scheme", opened.choices.scheme);
    for csr in opened.csrs() {
        section.fact("certification request", format!("{}: {}", csr.path, csr.words));
    }
    section.compared_fact("request, SHA-256", opened.request_sha256);
    section.compared_fact("approved text, SHA-256", Digest::of(&opened.listing));
    Ok(section)
}

/// Most new revocations in the table of facts. The approved `dump.txt` has all of them.
const REVOKED_SHOWN_MAX: usize = 12;

/// What the CRL revokes that the one before it did not, or not for this reason.
fn revoked(section: &mut Section, opened: &RehearsalFolder) {
    let new = &opened.inputs.revocations;
    for (name, value) in new.iter().take(REVOKED_SHOWN_MAX).map(|one| one.named()) {
        section.fact(name, value);
    }
    match new.len().saturating_sub(REVOKED_SHOWN_MAX) {
        0 => {}
        more => section.fact("and more", format!("{more} more; dump.txt has all of them")),
    }
}

/// A change of the rule for approvals: no key, nothing released.
fn change(folder: &Path) -> Result<(Document, bool), RecordError> {
    let opened = ChangeFolder::open(folder).map_err(RecordError::Folder)?;
    let chain = Chain::of_part(&read(&folder.join(ENTRIES))?.unwrap_or_default()).map_err(RecordError::Entries)?;
    let mut approved = Section::new("The change of the rule for approvals");
    approved.say(Content::text(format!("rehearsed: {}", opened.change.made)));
    approved.say(Content::text(format!("because: {}", opened.asked.because)));
    for line in opened.change.lines() {
        approved.tick(Content::text(line));
    }
    let listing = Digest::of(&opened.listing);
    approved.say(Content::compared("to-be-signed.txt:", listing));
    approved.tick_detail(Content::compared("expected words:", spelled(&listing)));
    approved.say_detail(Content::blank("actual words:"));
    let sections = vec![approved, approvals(folder)?, happened(folder, &chain), refused(&chain), signatures(&chain)];
    let id = id_of(&opened.listing);
    let is_made = chain.has_changed_approvals(&listing);
    Ok((Document { title: "Record of a change of the approvals", id, banner: None, sections }, is_made))
}

fn spelled(digest: &Digest) -> String {
    words::spell(digest.as_bytes(), words::SHORT)
}

fn approved(opened: &RehearsalFolder, is_signed: bool) -> Section {
    let mut section = Section::new(if is_signed { "What was approved" } else { "What is to be approved" });
    section.say(Content::text(format!("rehearsed: {}", opened.made())));
    section.say(Content::text(format!("issuer: {}", opened.inputs.signer.subject)));
    section.say(Content::text(format!("scheme: {}", opened.choices.scheme)));
    if let Some(number) = opened.choices.number {
        section.say(Content::text(format!("CRL number: {}", number.in_both())));
    }
    for abandoned in &opened.choices.abandoned {
        let head = format!("abandons CRL number {}, {}, which was never sent:", abandoned.number, abandoned.file);
        section.say(Content::compared(head, abandoned.sha256));
        section.tick_detail(Content::compared("words:", spelled(&abandoned.sha256)));
        section.say_detail(Content::text(format!("because: {}", abandoned.because)));
    }
    for decided in &opened.inputs.decided {
        let [now, before, because] = decided.lines();
        section.tick(Content::text(format!("decided: {now}")));
        section.say_detail(Content::text(before));
        section.say_detail(Content::text(because));
    }
    section.say(Content::compared("request:", opened.request_sha256));
    section.tick_detail(Content::compared("words:", spelled(&opened.request_sha256)));
    for CertifiedCsr { path, sha256, words } in opened.csrs() {
        section.say(Content::compared(format!("certification request {path}:"), sha256));
        let spelled = spelled(&sha256);
        match words {
            CsrWords::Compared => section.tick_detail(Content::compared("words, typed from paper:", spelled)),
            // A box to tick would say that somebody compared them.
            CsrWords::NotCompared => section.say_detail(Content::compared("words, NOT COMPARED with paper:", spelled)),
            CsrWords::NotRecorded => section.tick_detail(Content::compared("words:", spelled)),
        }
    }
    let listing = Digest::of(&opened.listing);
    let mut both = |label: String, sha256: Digest| {
        section.say(Content::compared(label, sha256));
        section.tick_detail(Content::compared("expected words:", spelled(&sha256)));
        section.say_detail(Content::blank("actual words:"));
    };
    both("to-be-signed.txt:".to_owned(), listing);
    for object in &opened.objects {
        both(format!("to be signed, {}:", object.file), Digest::of(&object.to_be_signed));
    }
    section
}

fn key(site: Option<&Site>, opened: &RehearsalFolder, chain: &Chain) -> Section {
    let mut section = Section::new("The key");
    if let Some(KeyPlace::Token { place, .. }) = site.map(|site| &site.key) {
        let or_none = |text: &str| if text.is_empty() { "none".to_owned() } else { text.to_owned() };
        let (label, serial) = (or_none(&place.token_label), or_none(&place.token_serial));
        section.say(Content::text(format!("expected token: {label}, serial number {serial}")));
    }
    section.say(Content::compared("public key SHA-256:", Digest::of(&opened.inputs.signer.spki)));
    let used = chain.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::KeyUsed { ceremony, .. } => Some(ceremony),
        _ => None,
    });
    section.say(Content::text(format!("key used: {}", used.map_or("none", |ceremony| ceremony.key.as_str()))));
    if let Some(flags) = used.map(|ceremony| &ceremony.key_flags).filter(|flags| !flags.is_empty()) {
        section.say(Content::text(format!("key flags, from the token: {}", flags.join(", "))));
    }
    if matches!(site.map(|site| &site.key), Some(KeyPlace::Token { .. })) {
        let asked = opened.request.escrow.as_ref().map(|escrow| escrow.value.names().join(" and "));
        let public_key = Digest::of(&opened.inputs.signer.spki);
        let serial = site.and_then(Site::token_serial);
        // What the journal has, and not what was meant.
        let known = chain.escrow_state(&public_key, serial.as_deref());
        let set = known.as_ref().map(|known| known.set.as_str());
        let groups = set.and_then(|set| chain.last_wrapped(Some(set))).map(|wrapped| wrapped.groups.join(" and "));
        let text = match (known.as_ref().map(|known| known.standing), groups.or(asked)) {
            (_, None) => NO_LATER_BACKUP.to_owned(),
            (Some(EscrowStanding::Verified), Some(groups)) => {
                format!("this key is on paper, in envelopes of {groups}; a test restore was signed before it was used")
            }
            (_, Some(groups)) => {
                format!("this key was to be on paper, in envelopes of {groups}: nobody restored it from whole pages")
            }
        };
        section.say(Content::text(text));
        if let Some(set) = set {
            section.say(Content::text(format!("set of the envelopes: {set}")));
            for (envelope, bag) in chain.bags_of(set) {
                section.tick(Content::text(format!("{envelope}: bag {bag}")));
            }
        }
    }
    section.tick(Content::blank("serial number on the case:"));
    section.say(Content::blank("HSM counter or log, before and after:"));
    section
}

fn approvals(folder: &Path) -> Result<Section, RecordError> {
    let mut section = Section::new("Approvals");
    let kept = read(&folder.join(APPROVALS).join(VERDICTS))?.unwrap_or_default();
    let kept = String::from_utf8_lossy(&kept);
    if kept.is_empty() {
        section.say(Content::text("none yet"));
    }
    for line in kept.lines() {
        section.tick(Content::text(line));
    }
    Ok(section)
}

fn happened(folder: &Path, chain: &Chain) -> Section {
    let mut section = Section::new("What happened, from the journal");
    if chain.entries.is_empty() {
        // A run that was cut off after its release had no time to copy them.
        let is_signed = folder.join(SIGNED).is_dir();
        let none = "no entry was copied here, although signed/ exists: run `ceremony sign` on this folder once more; it uses no key";
        let nothing =
            "no entry was copied here: nothing was signed, or a run was interrupted (`journal show` shows which)";
        section.say(Content::text(if is_signed { none } else { nothing }));
    }
    for entry in chain.entries.iter().filter(|entry| !is_refusal(entry)) {
        let people = say_entry(&mut section, entry);
        approved_by(&mut section, people);
    }
    section
}

/// Attempts that were refused: after the facts, because nothing came of them.
fn refused(chain: &Chain) -> Section {
    let mut section = Section::new("Refused attempts, from the journal");
    for entry in chain.entries.iter().filter(|entry| is_refusal(entry)) {
        let people = say_entry(&mut section, entry);
        approved_by(&mut section, people);
    }
    // The entries are copied when a ceremony ends. What was refused before is in the journal alone.
    let is_end = |entry: &Entry| match &entry.event {
        Event::CeremonyEnded { .. } => true,
        Event::ApprovalsPinned { cause, .. } => *cause == PinCause::Approved,
        _ => false,
    };
    if !chain.entries.iter().any(is_end) {
        let missing = if section.lines.is_empty() { "none is copied here yet" } else { "later ones may not be here" };
        section.say(Content::text(format!("{missing}: see `journal show`")));
    } else if section.lines.is_empty() {
        section.say(Content::text("none"));
    }
    section
}

fn is_refusal(entry: &Entry) -> bool {
    matches!(entry.event, Event::CeremonyRefused { .. })
}

/// Says what an entry says but who approved: gives those.
fn say_entry<'e>(section: &mut Section, entry: &'e Entry) -> &'e [String] {
    let nobody: &[String] = &[];
    let head = format!("{} entry {}, {}:", entry.time, entry.index, entry.event.kind());
    let (people, content) = match &entry.event {
        Event::CeremonyRefused { ceremony, label, why } => {
            (&*ceremony.people, Content::text(format!("{head} {label}: {why}")))
        }
        Event::NumberBurned { ceremony, number, .. } => {
            (&*ceremony.people, Content::text(format!("{head} {}", Event::number_text(number.as_deref()))))
        }
        Event::KeyUsed { ceremony, key_use } => {
            let used = format!("{head} {}: {}, signature SHA-256", key_use.file, key_use.outcome);
            let content = match &key_use.signature {
                Some(signature) => Content::compared(used, signature),
                None => Content::text(format!("{used} none")),
            };
            (&*ceremony.people, content)
        }
        Event::CeremonyEnded { ceremony, ended, .. } => (&*ceremony.people, Content::text(format!("{head} {ended}"))),
        Event::KeyMade { key, key_kind, token_serial, flags, .. } => {
            let made = Event::key_text(key_kind, key, token_serial.as_deref());
            let flags = if flags.is_empty() { String::new() } else { format!(": {}", flags.join(", ")) };
            (nobody, Content::text(format!("{head} {made}{flags}")))
        }
        Event::ApprovalsPinned { cause, pinned, people, confirmed, .. } => {
            let confirmed = confirmed.map_or(String::new(), |confirmed| format!(", {confirmed}"));
            let rule = format!("{head} rule {}, {}{confirmed}:", pinned.serial, cause.name());
            section.say(Content::text(rule));
            for line in pinned.lines() {
                section.say_detail(Content::text(line));
            }
            return people;
        }
        Event::Escrow(record) => (nobody, Content::text(format!("{head} set {}: {}", record.set, record.step.text()))),
        Event::Enrol { subject, choices, .. } => {
            (nobody, Content::text(format!("{head} {subject} is trusted here, {}", choices.join(", "))))
        }
        Event::WeakeningAcknowledged { .. }
        | Event::Bundle { .. }
        | Event::Transmission(_)
        | Event::Decision { .. }
        | Event::Retired { .. }
        | Event::JournalBegun { .. }
        | Event::LinkOpened(_)
        | Event::Beacons { .. } => return nobody,
    };
    section.say(content);
    if let Event::NumberBurned { ceremony, .. } = &entry.event {
        let utc = ceremony.utc.as_deref().unwrap_or("NONE; this machine's clock was not compared (REQ-CLOCK)");
        section.tick_detail(Content::text(format!("time read from another clock: {utc}")));
        if let Some(paper) = &ceremony.paper_head {
            section.tick_detail(Content::text(format!("the journal's head on paper: {}", paper.text())));
        }
    }
    people
}

/// Says who approved a step, of each step that the journal has approvals of: no step takes them from another.
fn approved_by(section: &mut Section, people: &[String]) {
    if !people.is_empty() {
        section.say_detail(Content::text(format!("approved by {}", people.join(" and "))));
    }
}

fn released(folder: &Path, opened: &RehearsalFolder) -> Result<Section, RecordError> {
    let mut section = Section::new("What was released");
    for object in &opened.objects {
        let path = folder.join(SIGNED).join(&object.file);
        let Some(der) = read(&path)? else {
            section.say(Content::text(format!("{}: not released", object.file)));
            continue;
        };
        let sha256 = Digest::of(&der);
        section.say(Content::compared(format!("{}, {} bytes:", object.file, der.len()), sha256));
        section.tick_detail(Content::compared("expected words:", spelled(&sha256)));
        section.say_detail(Content::blank("words read back by the online side:"));
    }
    Ok(section)
}

fn signatures(chain: &Chain) -> Section {
    let mut section = Section::new("Signatures");
    if let Some(last) = chain.entries.last() {
        section.say(Content::compared(format!("journal entry {}:", last.index), last.digest));
        section.tick_detail(Content::compared("words:", spelled(&last.digest)));
    }
    section.say(Content::blank("place and date:"));
    for role in ["operator 1", "operator 2", "key holder", "witness"] {
        section.say(Content::signature(format!("{role}, name and signature:")));
    }
    section.say(Content::blank("anything that went differently:"));
    section
}

/// The file's bytes, if it is there.
fn read(path: &Path) -> Result<Option<Vec<u8>>, DiskError> {
    match read_added(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
