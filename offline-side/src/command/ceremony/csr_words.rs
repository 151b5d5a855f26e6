//! The words of each certification request: typed from the paper that came with it, before anything is rehearsed with its
//! key. `rootcast-online request show` prints the same words on the other side.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rootcast_host::confirmation::{Unanswered, ask_until};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::text::printable;
use rootcast_pki::request::CertificationRequest;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;
use rootcast_protocol::words::compared;
use serde::Serialize;

use super::asking::{is_asked, no_signal_handler};
use crate::ceremony::rehearsal::Note;
use crate::ceremony::request::{Request, RequestFiles};

/// What is typed where a request came without its words.
const NONE: &str = "none";

/// A certification request, and whether its words were compared with paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ComparedCsr {
    /// Its path, as the request names it.
    file: String,
    /// SHA-256 of its DER bytes.
    sha256: String,
    /// The words of that.
    words: String,
    /// Whether somebody typed these words from paper.
    compared: bool,
}

impl ComparedCsr {
    /// What people should know of one whose words were not compared.
    pub(super) fn warning(&self) -> Option<Note> {
        let text = || {
            format!(
                "REQ-CSR: the words of {} were NOT COMPARED with paper. dump.txt, the signing and the record say so",
                self.file
            )
        };
        (!self.compared).then(|| Note::warning(text()))
    }
}

/// What the rehearsal keeps of the comparisons; nothing where there was none to make.
#[must_use]
pub(super) fn kept(compared: &[ComparedCsr]) -> Option<BTreeMap<String, bool>> {
    (!compared.is_empty()).then(|| compared.iter().map(|csr| (csr.file.clone(), csr.compared)).collect())
}

/// Asks for the words of every certification request of `request`. A script is not asked. `what` says what was not done.
///
/// # Errors
/// Where the words that were typed are those of another request.
pub(super) fn compare(
    request: &Request,
    files: &RequestFiles,
    is_script: bool,
    what: &str,
) -> Result<Vec<ComparedCsr>, Diagnosis> {
    let mut compared = Vec::new();
    for path in request.certificates.iter().filter_map(|asked| asked.csr.as_ref()) {
        // It was read and verified for the rehearsal.
        let Ok(csr) = CertificationRequest::read(files.get(&path.value).unwrap_or_default()) else { continue };
        let (file, digest) = (path.value.clone(), Digest(csr.sha256()));
        let is_compared = is_asked(is_script) && ask(&file, &digest, what)?;
        let words = words::spell(digest.as_bytes(), words::SHORT);
        compared.push(ComparedCsr { file, sha256: digest.to_string(), words, compared: is_compared });
    }
    Ok(compared)
}

/// Whether the words were typed; not where the request came without them.
fn ask(file: &str, digest: &Digest, what: &str) -> Result<bool, Diagnosis> {
    let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(what, &error))?;
    let (file, count) = (printable(file), words::SHORT);
    let question =
        format!("Type the {count} words of {file} from the paper that came with it, or {NONE} if there is no paper:");
    let read = ask_until(&question, &interrupt, |line| {
        if line.eq_ignore_ascii_case(NONE) {
            return Ok(false);
        }
        compared::compare(line, digest.as_bytes(), words::SHORT).map(|()| true).map_err(|error| format!("{error}."))
    });
    read.map_err(|unanswered| match unanswered {
        Unanswered::Refused { why } => Diagnosis::new(
            Label::NotConfirmed,
            what,
            format!("REQ-CSR: the typed words are not those of {file}: {why}"),
            "Read the paper again. If it is right, this is another certification request: do not certify its key, and find out \
             where the file came from.",
        ),
        Unanswered::Interrupted => rootcast_host::confirmation::interrupted(what),
        Unanswered::NobodyThere => Diagnosis::new(
            Label::NotConfirmed,
            what,
            "Standard input ended (Ctrl-D), so nobody could be asked.",
            "Run the command again, and type the words.",
        ),
    })
}

/// The certification requests, for the end of `dump.txt`: approvers sign whether they were compared.
#[must_use]
pub(super) fn dump_text(compared: &[ComparedCsr]) -> String {
    let mut text = String::new();
    for csr in compared {
        let how = if csr.compared {
            "with paper: these words were typed from it"
        } else {
            "NOT COMPARED: nobody typed the words of this request from paper"
        };
        let file = printable(&csr.file);
        let (sha256, words) = (&csr.sha256, &csr.words);
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\nCertification request {file}\n    SHA-256        {sha256}\n    words          {words}\n    compared       {how}\n"
        );
    }
    text
}
