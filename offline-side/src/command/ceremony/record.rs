//! `ceremony record`: writes the pages to print and sign by hand.

use std::path::PathBuf;

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use serde::Serialize;

use super::named_paths::check_folder;
use crate::ceremony::record;
use rootcast_console::run::Run;

/// `ceremony record`
#[derive(Debug, Args)]
pub(super) struct Record {
    /// The ceremony's folder. The same folder always gives the same record.
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
}

impl Record {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        check_folder(run, &self.folder, "No record was written.")?;
        let written = record::write(run.disk, &self.folder).map_err(|error| error.diagnosis())?;
        let [markdown, pdf] = written.paths.map(|path| path.display().to_string());
        let document = Document { markdown: &markdown, pdf: &pdf };
        run.event("ceremony record", &document);
        if let Some(banner) = written.banner {
            say(&banner);
        }
        let next = match written.is_of_signing {
            true => "Print, tick and sign it.",
            false => {
                "This is the record of a rehearsal; do not sign it. `ceremony sign` writes the record of the ceremony."
            }
        };
        run.tell(&document, &format!("Wrote {markdown} and {pdf}. {next}"));
        Ok(Exit::Done)
    }
}

/// The document of `ceremony record`: the files written.
#[derive(Serialize)]
struct Document<'d> {
    markdown: &'d str,
    pdf: &'d str,
}
