//! `ceremony`: from a request to what people approve. Nothing here uses the root's key.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::DiskError;
use rootcast_host::exit::Exit;
use rootcast_host::given_file;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::history::History as _;
use rootcast_pki::item;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;
use serde_json::json;

use super::source::state_failed;
use super::{NOTHING_SENT, Setting};
use crate::ceremony::rehearsal::{Given, Known, Rehearsal, rehearse};
use crate::ceremony::rehearsal_folder::{Line, RehearsalFolder};
use crate::ceremony::request::{Request, RequestFiles};
use crate::ceremony::site_digests::{SiteDigests, site_digests};
use crate::ceremony::{scheme, template};
use crate::departure::{finding_json, finding_text};
use crate::gate::{EnrolledRoot, Gate};
use crate::state::State;

/// Largest public key file, in bytes: an RSA key of 16384 bits has 2,100.
const PUBLIC_KEY_SIZE_MAX: u64 = 64 * 1024;

/// `ceremony`
#[derive(Debug, Args)]
pub(super) struct Ceremony {
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Write a commented request to fill in, and the script to print.
    New(New),
    /// Build the exact bytes to be signed, judge and show them. Uses no key.
    Rehearse(Rehearse),
}

#[derive(Debug, Args)]
struct New {
    /// Where to write the request; there must be nothing yet.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Where to write the step-by-step script, Markdown.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct Rehearse {
    /// The site file: this machine's key and approvers.
    #[arg(long, value_name = "FILE")]
    site: PathBuf,
    /// The request.
    #[arg(value_name = "REQUEST")]
    request: PathBuf,
    /// The folder to write; it must not exist.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// What was thrown with dice: mixed into the serial numbers.
    #[arg(long, value_name = "TEXT")]
    dice: Option<String>,
    /// The public key of a new root (SubjectPublicKeyInfo, DER), where no token is at hand to ask.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

impl Ceremony {
    pub(super) fn run(&self, setting: &Setting) -> Result<Exit, Diagnosis> {
        match &self.step {
            Step::New(new) => new.run(setting),
            Step::Rehearse(rehearse) => rehearse.run(setting),
        }
    }
}

impl New {
    fn run(&self, setting: &Setting) -> Result<Exit, Diagnosis> {
        for path in [Some(&self.output), self.script.as_ref()].into_iter().flatten() {
            if path.symlink_metadata().is_ok() {
                return Err(exists(path));
            }
        }
        write_new(&self.output, &template::request(Timestamp(setting.now)))?;
        let mut text = format!("Wrote {}", self.output.display());
        if let Some(path) = &self.script {
            write_new(path, &template::script(&self.output.display().to_string()))?;
            text.push_str(&format!(" and {}", path.display()));
        }
        let script = self.script.as_ref().map(|path| path.display().to_string());
        let document = json!({"request": self.output.display().to_string(), "script": script});
        setting.event("ceremony new", &document);
        setting.tell(&document, &text);
        Ok(Exit::Done)
    }
}

impl Rehearse {
    fn run(&self, setting: &Setting) -> Result<Exit, Diagnosis> {
        if self.output.symlink_metadata().is_ok() {
            return Err(exists(&self.output));
        }
        let site = site_digests(&self.site)?;
        let (request, files) = RequestFiles::gather(&self.request)?;
        let given_key = self.public_key.as_ref().map(|path| given_file::read(path, PUBLIC_KEY_SIZE_MAX)).transpose()?;
        let state = match &request.root {
            Some(_) => None,
            None => Some(State::look(setting.disk, setting.state()?).map_err(|error| state_failed(&error))?),
        };
        let gate = match &state {
            Some(state) => Gate::of(state, false).map_err(|error| state_failed(&error))?,
            None => Gate::without_state(false),
        };
        let root = match &request.root {
            Some(_) => None,
            None => Some(enrolled(&gate, &request, &files, setting)?),
        };
        let known = root.map_or_else(Known::default, |root| {
            let history = gate.crl_history(&root.issuer);
            Known { policy: root.policy, last_crl: history.previous, issued: history.issued, burned: None }
        });
        let given = Given {
            request: &request,
            files: &files,
            pinned: site.public_key_sha256,
            scheme: site.scheme,
            root_spki: given_key.as_deref().or(site.rehearsal_spki.as_deref()),
            known,
            dice: self.dice.as_deref(),
            now: Timestamp(setting.now),
        };
        let rehearsal = rehearse(&given).map_err(|error| error.diagnosis())?;
        let lines = RehearsalFolder::write(setting.disk, &self.output, &rehearsal, &files, &site)
            .map_err(|error| error.diagnosis())?;
        // What is shown is what can be opened again, not what was meant to be written.
        RehearsalFolder::open(&self.output).map_err(|error| error.diagnosis())?;
        self.show(setting, &rehearsal, &lines, &site);
        Ok(Exit::Done)
    }

    fn show(&self, setting: &Setting, rehearsal: &Rehearsal, lines: &[Line], site: &SiteDigests) {
        if site.rehearsal_spki.is_some() {
            say(
                "REHEARSAL KEY: the site's key is a file and no HSM. What it signs is for demonstrations, labs and tests.",
            );
        }
        say(&rehearsal.difference);
        say(&rehearsal.dump);
        for note in &rehearsal.notes {
            say(&format!("note: {}", printable(note)));
        }
        let objects: Vec<_> = rehearsal
            .objects
            .iter()
            .map(|object| {
                json!({
                    "file": object.drafted.file, "sha256": object.sha256().to_string(), "words": object.words(),
                    "length": object.drafted.to_be_signed.len(), "verdict": object.verdict,
                    "findings": object.findings.iter().map(finding_json).collect::<Vec<_>>(),
                })
            })
            .collect();
        let listed: Vec<_> = lines
            .iter()
            .map(|line| json!({"path": line.path, "sha256": line.sha256.to_string(), "words": line.words()}))
            .collect();
        let plan = &rehearsal.plan;
        let document = json!({
            "folder": self.output.display().to_string(), "scheme": scheme::name(plan.scheme),
            "number": plan.number.map(|number| number.to_string()), "judged_at": plan.judged_at.to_string(),
            "objects": objects, "files": listed, "notes": rehearsal.notes,
        });
        setting.event("ceremony rehearse", &document);
        let mut text = vec!["To be signed:".to_owned()];
        for object in &rehearsal.objects {
            text.push(format!("  {}  {}  {}", object.sha256(), object.words(), object.drafted.file));
        }
        let request = lines.iter().find(|line| line.path == crate::ceremony::rehearsal_folder::REQUEST);
        text.extend(request.map(|line| format!("Request:\n  {}  {}", line.sha256, line.words())));
        text.push(format!(
            "Wrote {}. No key was used, and no number is burned. Next: each approver signs {}:\n  \
             ssh-keygen -Y sign -n rootcast-ceremony -f KEY {}",
            self.output.display(),
            crate::ceremony::rehearsal_folder::LISTING,
            self.output.join(crate::ceremony::rehearsal_folder::LISTING).display(),
        ));
        setting.tell(&document, &text.join("\n"));
    }
}

/// The enrolled root that the request names as its issuer.
fn enrolled<'g>(
    gate: &'g Gate,
    request: &Request,
    files: &RequestFiles,
    setting: &Setting,
) -> Result<&'g EnrolledRoot, Diagnosis> {
    let named = request.issuer.as_ref().map(|path| path.value.as_str()).unwrap_or_default();
    let refused = |why: String| {
        let what = format!("The request was refused. No key was used, no number burned. {NOTHING_SENT}");
        let next = "Name the enrolled root's certificate as issuer, or enrol it first: rootcast-offline enrol";
        Diagnosis::new(Label::NotEnrolled, what, why, next)
    };
    let bytes = files.get(named).unwrap_or_default();
    let told = |findings: &rootcast_pki::finding::Findings| {
        refused(format!("{named}: {}", findings.iter().map(finding_text).collect::<Vec<_>>().join("\n")))
    };
    let item = item::read(bytes).map_err(|findings| told(&findings))?;
    let policy = rootcast_pki::profile::Policy::default();
    let issuer = rootcast_pki::issuer::Issuer::from_certificate(&item.der, &policy).map_err(|f| told(&f))?;
    gate.roots().iter().find(|root| root.issuer.is_same(&issuer)).ok_or_else(|| {
        let folder = setting.state.as_deref().map(|folder| folder.display().to_string()).unwrap_or_default();
        refused(format!(
            "{named} is {}, with the SHA-256 {}; that root is not enrolled in {folder}.",
            issuer.subject(),
            Digest(issuer.certificate_sha256())
        ))
    })
}

fn write_new(path: &Path, text: &str) -> Result<(), Diagnosis> {
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => exists(path),
        _ => Diagnosis::new(
            Label::StorageFailed,
            format!("{} could not be written. {NOTHING_SENT}", path.display()),
            DiskError::new("write", path, error).to_string(),
            "Check the path and the room left on the disk, then run this command again.",
        ),
    })
}

fn exists(path: &Path) -> Diagnosis {
    Diagnosis::new(
        Label::OutputExists,
        format!("Nothing was written, and no key was used. {NOTHING_SENT}"),
        format!("{} exists already.", path.display()),
        "Name something that does not exist yet.",
    )
}
