//! `bundle`: writes a bundle to a file, for a later `send`.

use std::fs;
use std::io;
use std::path::PathBuf;

use clap::Args;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::new_file;
use rootcast_host::terminal::say;
use serde::Serialize;

use super::NOTHING_SENT;
use super::gather::{SourceOptions, gather};
use super::opened::{journal_with_all, remember_journal, state_failed};
use crate::gate::item_text::{ItemDocument, item_text};
use crate::sending::commitment::{bundle_event, remember_bundle};
use crate::sending::summary::{BundleDocument, bundle_text};
use crate::store::state::State;
use rootcast_console::run::Run;

/// `bundle`
#[derive(Debug, Args)]
pub(super) struct MakeBundle {
    /// The file to write; it must not exist.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// CRLs and certificates, DER or PEM.
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<PathBuf>,
    #[command(flatten)]
    source: SourceOptions,
}

impl MakeBundle {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let folder = run.state_dir()?;
        let mut state = State::open(run.disk, folder, "rootcast-offline bundle")
            .map_err(|error| state_failed(&error, NOTHING_SENT))?;
        let broken = format!("The bundle was not made. {NOTHING_SENT}");
        let mut journal = journal_with_all(run, &state, NOTHING_SENT)?;
        if self.output.symlink_metadata().is_ok() {
            return Err(exists(&self.output));
        }
        let source = gather(run, &state, journal.chain(), &self.items, &self.source)?;
        // The file first: only a written bundle uses up a number.
        self.write(&source.bundle.bytes)?;
        if source.bundle.is_new {
            remember_bundle(&mut state, &source.bundle).and_then(|()| state.commit()).map_err(|error| {
                // Its number was not recorded, so it must not be sent either.
                let _ = fs::remove_file(&self.output);
                state_failed(&error, NOTHING_SENT)
            })?;
            journal.append(run.began, bundle_event(&source)).map_err(|error| error.diagnosis(&broken))?;
        }
        if let Some(decision) = self.source.decision.event(&source.items) {
            journal.append(run.began, decision).map_err(|error| error.diagnosis(&broken))?;
        }
        remember_journal(&mut state, &journal);
        let text: Vec<String> =
            source.items.iter().map(|item| item_text(item, run.began)).chain([bundle_text(&source.bundle)]).collect();
        say(&text.join("\n"));
        let document = Document {
            bundle: BundleDocument::from(&source.bundle),
            file: self.output.display().to_string(),
            items: source.items.iter().map(ItemDocument::from).collect(),
        };
        run.event("bundle", &document);
        run.tell(&document, &format!("Wrote {}", self.output.display()));
        Ok(Exit::Done)
    }

    fn write(&self, bytes: &[u8]) -> Result<(), Diagnosis> {
        new_file::write(&self.output, new_file::FOR_ALL, bytes).map_err(|error| match error.source.kind() {
            io::ErrorKind::AlreadyExists => exists(&self.output),
            _ => Diagnosis::new(
                Label::StorageFailed,
                format!("The bundle could not be written. No manifest number was used. {NOTHING_SENT}"),
                error.to_string(),
                "Check the path and the free space on the disk, then run this command again.",
            ),
        })
    }
}

/// The document of `bundle`.
#[derive(Serialize)]
struct Document<'d> {
    #[serde(flatten)]
    bundle: BundleDocument,
    file: String,
    items: Vec<ItemDocument<'d>>,
}

fn exists(path: &std::path::Path) -> Diagnosis {
    Diagnosis::new(
        Label::OutputExists,
        format!("The bundle was not written. {NOTHING_SENT}"),
        format!("{} exists already.", path.display()),
        "Name a file that does not exist yet.",
    )
}
