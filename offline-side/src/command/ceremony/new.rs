//! `ceremony new`: writes a request to fill in, and the script to print.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::new_file;
use rootcast_pki::time::Timestamp;
use serde::Serialize;

use crate::ceremony::request::template;
use crate::command::NOTHING_SENT;
use rootcast_console::run::Run;

/// `ceremony new`
#[derive(Debug, Args)]
pub(super) struct New {
    /// The request file to write; it must not exist.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// For a renewal with the same key, or for a roll to a new key. A roll has two requests: FILE with `-new-root` and with
    /// `-old-root` added to its name; so has the script.
    #[arg(long, value_enum, value_name = "SCENARIO")]
    scenario: Option<Scenario>,
    /// The file for the step-by-step script (Markdown).
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

/// What a ceremony is for, where it is not a CRL or a first ceremony.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// A new certificate with the same key: of the root, or of a CA below it.
    Renew,
    /// A root with a new key, certified by the old one and the other way round.
    Roll,
}

impl New {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let requests = self.requests(Timestamp(run.began));
        let scripts = self.scripts(&requests);
        for (path, _) in requests.iter().chain(&scripts) {
            if path.symlink_metadata().is_ok() {
                return Err(exists(path));
            }
        }
        for (path, text) in requests.iter().chain(&scripts) {
            write_new(path, text)?;
        }
        let [requests, scripts] =
            [requests, scripts].map(|files| files.iter().map(|(path, _)| path.display().to_string()).collect());
        let document = Document::new(requests, scripts);
        let written: Vec<&str> = document.requests.iter().chain(&document.scripts).map(String::as_str).collect();
        let text = format!("Wrote {}", written.join(" and "));
        run.event("ceremony new", &document);
        run.tell(&document, &text);
        Ok(Exit::Done)
    }
}

impl New {
    /// The requests to write, each with its text, in the order in which they are signed.
    fn requests(&self, now: Timestamp) -> Vec<(PathBuf, String)> {
        match self.scenario {
            None => vec![(self.output.clone(), template::request(now))],
            Some(Scenario::Renew) => vec![(self.output.clone(), template::renew(now))],
            Some(Scenario::Roll) => {
                let paths = SUFFIXES.map(|suffix| with_suffix(&self.output, suffix));
                let [new_root, old_root] = paths.each_ref().map(|path| path.display().to_string());
                let texts = template::roll(now, [&new_root, &old_root]);
                paths.into_iter().zip(texts).collect()
            }
        }
    }

    /// The scripts to write, one for each request.
    fn scripts(&self, requests: &[(PathBuf, String)]) -> Vec<(PathBuf, String)> {
        let Some(script) = &self.script else { return Vec::new() };
        let paths = match self.scenario {
            Some(Scenario::Roll) => SUFFIXES.iter().map(|suffix| with_suffix(script, suffix)).collect(),
            None | Some(Scenario::Renew) => vec![script.clone()],
        };
        let texts = requests.iter().map(|(request, _)| template::script(&request.display().to_string()));
        paths.into_iter().zip(texts).collect()
    }
}

/// What a roll adds to the names of its two requests and scripts, in the order in which they are signed.
const SUFFIXES: [&str; 2] = ["-new-root", "-old-root"];

/// The path with this text added to the file's name, before its extension.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

fn write_new(path: &Path, text: &str) -> Result<(), Diagnosis> {
    new_file::write(path, new_file::FOR_ALL, text.as_bytes()).map_err(|error| match error.source.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Diagnosis::new(
            Label::StorageFailed,
            format!("{} could not be written. {NOTHING_SENT}", path.display()),
            error.to_string(),
            "Check the path and the free space on the disk, then run this command again.",
        ),
    })
}

pub(super) fn exists(path: &Path) -> Diagnosis {
    Diagnosis::new(
        Label::OutputExists,
        format!("Nothing was written, and no key was used. {NOTHING_SENT}"),
        format!("{} exists already.", path.display()),
        "Name a file that does not exist yet.",
    )
}

/// The document of `ceremony new`.
#[derive(Serialize)]
struct Document {
    request: String,
    requests: Vec<String>,
    script: Option<String>,
    scripts: Vec<String>,
}

impl Document {
    fn new(requests: Vec<String>, scripts: Vec<String>) -> Self {
        let (request, script) = (requests.first().cloned().unwrap_or_default(), scripts.first().cloned());
        Self { request, requests, script, scripts }
    }
}
