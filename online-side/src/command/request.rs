//! `request show`: what a certification request asks for, and the words by which the offline side knows it again. Needs and
//! changes no state.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::input_file;
use rootcast_host::screen::word_lines;
use rootcast_host::text::printable;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::request::{CertificationRequest, REQUEST_SIZE_MAX};
use rootcast_protocol::digest::Digest;
use serde::Serialize;

use super::lines::Lines;
use super::run::{Run, usage};
use crate::publication::words_of;

/// Arguments of `request`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Show the name, the key, the SHA-256 and the words of certification requests (PKCS#10, DER or PEM)
    Show {
        /// The requests
        #[arg(value_name = "CSR", required = true)]
        files: Vec<PathBuf>,
    },
}

/// The document of `request show`.
#[derive(Debug, Serialize)]
struct Document {
    requests: Vec<RequestDocument>,
}

/// One request.
#[derive(Debug, Serialize)]
struct RequestDocument {
    file: String,
    subject: String,
    key: String,
    /// Of the request as DER.
    sha256: String,
    words: String,
    /// Of the SubjectPublicKeyInfo.
    spki_sha256: String,
}

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    let What::Show { files } = &arguments.what;
    let requests = files.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
    let mut out = Lines::default();
    for request in &requests {
        out.say(&format!("request  {}", printable(&request.file)));
        out.say(&format!("  asks   {}", printable(&request.subject)));
        out.say(&format!("  key    {}, signed by this key", request.key));
        out.say(&format!("  SHA256 {}", request.sha256));
        out.say(&word_lines("  words  ", &request.words));
    }
    out.say(
        "Read the words to the offline side: `rootcast-offline ceremony rehearse` shows and asks for the same ones.",
    );
    run.tell_result(&Document { requests }, &out.to_string());
    Ok(Exit::Done)
}

fn read(path: &Path) -> Result<RequestDocument, Diagnosis> {
    let bytes = input_file::read_for(path, REQUEST_SIZE_MAX as u64, input_file::NOTHING_LEFT)?;
    let request = CertificationRequest::read(&bytes).map_err(|error| {
        let why = match item::read(&bytes).map(|item| item.kind) {
            Ok(ItemKind::Certificate) => "it is a certificate, not a request".to_owned(),
            Ok(ItemKind::Crl) => "it is a CRL, not a request".to_owned(),
            Err(_) => error.to_string(),
        };
        let next = "Give the PKCS#10 request as the subordinate CA made it, DER or PEM.";
        usage(format!("{}: {why}.", path.display()), next)
    })?;
    let sha256 = Digest(request.sha256()).to_string();
    Ok(RequestDocument {
        file: path.display().to_string(),
        subject: request.subject().to_string(),
        key: request.key_description(),
        words: words_of(&sha256),
        sha256,
        spki_sha256: Digest::of(request.spki()).to_string(),
    })
}
