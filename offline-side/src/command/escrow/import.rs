//! `escrow import`: the key of an existing root, which is in a file, goes into a token and gets the same pages.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::certificate;
use rootcast_pki::name::Name;
use rootcast_pki::profile::Policy;
use rootcast_pki::text::is_plain;
use serde::Serialize;

use super::documents::{KeyDocument, printable_lines};
use super::generating::{self, EscrowDocument};
use crate::ceremony::key::public_key::PublicKey;
use crate::ceremony::key::rehearsal_key::RehearsalKey;
use crate::ceremony::request::EscrowGroups;
use crate::ceremony::request::distinguished_name::DistinguishedName;
use crate::ceremony::site::Site;
use crate::command::ceremony::asking::no_signal_handler;
use crate::command::clock_of;
use crate::command::memory::keep_out_of_swap;
use crate::command::opened::{journal_with_all, remember_journal, state_failed};
use crate::escrow::generation::{KeySource, NO_KEY};
use crate::escrow::paper::is_in_memory;
use crate::store::state::State;

/// Longest name of the owner: it has to fit its page.
const OWNER_LENGTH_MAX: usize = 200;

/// `escrow import`
#[derive(Debug, Args)]
pub(super) struct Import {
    /// The site file. It says into which token the key goes, and pins no public key yet.
    #[arg(long, value_name = "FILE")]
    site: PathBuf,
    /// Where the pages go: a USB printer that prints PDF (/dev/usb/lp0), or a folder in memory (/dev/shm).
    #[arg(long, value_name = "DEVICE|FOLDER")]
    pages: PathBuf,
    /// The names of both groups, like BOARD OPERATIONS.
    #[arg(long, value_names = ["FIRST", "SECOND"], num_args = 2, required = true)]
    groups: Vec<String>,
    /// Whose key it is, as the pages say: the subject of the root.
    #[arg(long, value_name = "TEXT")]
    owner: String,
    /// Mix throws of a die into the keys of the groups. It asks for them.
    #[arg(long)]
    dice: bool,
    /// The key: an unencrypted PKCS#8 file, DER or PEM. Have it in memory (/dev/shm): a disk keeps what was on it.
    #[arg(value_name = "KEY")]
    key: PathBuf,
}

impl Import {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let clock = clock_of(run);
        let refused = |why: String| {
            let next = "Correct it, and run the command again.";
            Diagnosis::new(Label::Usage, NO_KEY, format!("KEY-ESCROW: {why}."), next)
        };
        let groups = EscrowGroups::new(self.groups.clone()).map_err(|fault| refused(fault.to_string()))?;
        if !(1..=OWNER_LENGTH_MAX).contains(&self.owner.chars().count()) || !self.owner.chars().all(is_plain) {
            return Err(refused(format!("--owner has 1 to {OWNER_LENGTH_MAX} plain characters")));
        }
        let site = Site::read(&self.site).map_err(|error| error.diagnosis())?;
        let paper = generating::find_paper(&self.pages)?;
        keep_out_of_swap();
        let key = RehearsalKey::read(&self.key).map_err(|error| error.diagnosis(NO_KEY))?;
        let named = [Some(&self.site), Some(&self.key), run.log_file.as_ref()];
        let named: Vec<&Path> = named.into_iter().flatten().map(AsRef::as_ref).collect();
        let mut state = State::create_or_open(run.disk, run.state_dir()?, "rootcast-offline escrow import", &named)
            .map_err(|error| error.diagnosis(NO_KEY))?;
        check_owner(&state, &self.owner, key.public_key()).map_err(refused)?;
        if !is_in_memory(&self.key) {
            say(&format!(
                "WARNING: the file {} is on a disk, not in memory. A disk keeps what was on it after the file is gone: destroy that \
                 disk too, or whoever has it has the key.",
                printable(&self.key.display().to_string())
            ));
        }
        state.commit().map_err(|error| state_failed(&error, NO_KEY))?;
        let mut journal = journal_with_all(run, &state, NO_KEY)?;
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(NO_KEY, &error))?;
        let source = KeySource::File(&key);
        let wanted = (&site, source, groups.clone(), printable(&self.owner));
        let made = generating::make(wanted, None, self.dice, &paper, &mut journal, &clock, &interrupt);
        remember_journal(&mut state, &journal);
        let on_paper = made?;
        let public = on_paper.made.public.sha256();
        let key = KeyDocument::from(&on_paper.made);
        let document = Document { key, escrow: EscrowDocument::new(&on_paper, &groups) };
        run.event("escrow import", &document);
        let text = format!(
            "The key is in the token {}, and in six envelopes. {}.\nIt cannot sign before somebody restored it from them: run `escrow verify` with the site file of a second token.\nDestroy the file {} and every copy of it: nobody can prove that there is none.\nWrite this into the [key] table of {}:\npublic_key_sha256 = \"{public}\"",
            on_paper.made.token.describe(),
            document.key.flags.join(", "),
            self.key.display(),
            self.site.display()
        );
        run.tell(&document, &printable_lines(&text));
        Ok(Exit::Done)
    }
}

/// That no root which this state trusts has the owner's name and another key. Where a root has the key, its name is said.
fn check_owner(state: &State<'_>, owner: &str, key: &PublicKey) -> Result<(), String> {
    let written = Owner::parse(owner);
    for root in &state.record.roots {
        let Ok(der) = state.item(&root.sha256) else { continue };
        let Some(root) = certificate::inspect(&der, &Policy::default()).value else { continue };
        let subject = printable(&root.subject().to_string());
        match (written.names(root.subject()), root.spki() == key.spki()) {
            (Some(true), false) => {
                return Err(format!("the root {subject} that this state trusts has another key than this file"));
            }
            (None, false) => say(&format!(
                "note: --owner was not compared with the root {subject} that this state trusts: it is not written as the subject \
                 in a request is."
            )),
            (Some(false) | None, true) => say(&format!("note: this state trusts a root with this key: {subject}")),
            (Some(true), true) | (Some(false), false) => {}
        }
    }
    Ok(())
}

/// The owner's name, where it is written as a request has a subject: with a common name, so it is never empty.
struct Owner(Option<Name>);

impl Owner {
    fn parse(text: &str) -> Self {
        let written = DistinguishedName::parse(text).ok();
        Self(written.and_then(|name| Name::from_der(name.der())))
    }

    /// Whether it is this subject, or the most specific part of it (RFC 5280 §7.1); `None` where that cannot be told.
    fn names(&self, subject: &Name) -> Option<bool> {
        self.0.as_ref().map(|owner| subject.ends_with(owner))
    }
}

/// The document of `escrow import`.
#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    key: KeyDocument,
    escrow: EscrowDocument,
}

#[cfg(test)]
mod tests {
    use rootcast_pki::name::Name;

    use super::Owner;
    use crate::ceremony::request::distinguished_name::DistinguishedName;

    #[test]
    fn an_owner_is_a_root_by_the_parts_of_its_name_and_not_by_its_letters() {
        let subject = DistinguishedName::parse("CN=Example Root,O=Example\\, Inc.,C=CH").unwrap();
        let subject = Name::from_der(subject.der()).unwrap();
        for (owner, is_named) in [
            ("CN=Example Root,O=Example\\, Inc.,C=CH", Some(true)),
            ("CN=Example Root, O=Example\\, Inc., C=CH", Some(true)),
            ("cn=EXAMPLE  root,O=example\\, inc.", Some(true)),
            ("CN=Example Root", Some(true)),
            // By its letters this one began like the subject.
            ("CN=Example Root,O=Example\\", None),
            ("CN=Example", Some(false)),
            ("CN=Example Root,C=CH", Some(false)),
            ("CN=Example Root,O=Example\\, Inc.,C=DE", Some(false)),
            ("CN=Archaic", Some(false)),
            ("the board", None),
        ] {
            assert_eq!(Owner::parse(owner).names(&subject), is_named, "{owner}");
        }
    }
}
