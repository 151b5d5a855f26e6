//! `retire`: which root or issuer is meant, and when it has to stay.

use std::path::Path;

use clap::Args;
use rootcast_host::confirmation::{Confirmation, ask, interrupted};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item;
use rootcast_pki::profile::Policy;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use serde::Serialize;

use crate::run::Program;

/// The fewest hexadecimal digits that name an issuer.
const DIGITS_MIN: usize = 8;

/// The longest name and reason, in characters.
const TEXT_MAX: usize = 1_000;

/// The options of `retire`.
#[derive(Debug, Args)]
pub struct Options {
    /// The root, or the offline issuer: its certificate (a file), or the first digits of its key identifier or of its
    /// certificate's SHA-256. All its certificates are retired together.
    #[arg(value_name = "ISSUER")]
    issuer: String,
    /// Who decides.
    #[arg(long, value_name = "NAME", requires = "because")]
    pub by: Option<String>,
    /// Retire it although a certificate below it still needs its CRLs. State the reason; the record keeps it.
    #[arg(long, value_name = "TEXT")]
    pub because: Option<String>,
    /// Retire it without asking. A reason given with --because does that too.
    #[arg(long)]
    yes: bool,
}

/// A certificate that still needs the CRLs of its issuer: it has not ended, and no CRL revokes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dependant {
    /// Its subject.
    pub subject: String,
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// When it ends, RFC 3339.
    pub not_after: String,
}

impl Options {
    /// The issuer that is meant, among those known here.
    ///
    /// # Errors
    /// A usage error: a text that is too long, a file that cannot be read, no such issuer, more than one, or a certificate
    /// that has a successor.
    pub fn find<'k>(&self, program: Program, known: &'k [Issuer]) -> Result<&'k Issuer, Diagnosis> {
        for (option, text) in [("--by", &self.by), ("--because", &self.because)] {
            if text.as_ref().is_some_and(|text| text.trim().is_empty() || text.chars().count() > TEXT_MAX) {
                let why = format!("{option} is empty or longer than {TEXT_MAX} characters.");
                return Err(program.usage(why, "State who decides and why, in one sentence. The record keeps it."));
            }
        }
        let next = "`trust` shows the key identifier and the SHA-256 of a root; online, `status` does. Or give its certificate.";
        let digits = self.issuer.to_lowercase().replace(':', "");
        let is_file = Path::new(&self.issuer).exists();
        let mut is_by_certificate = is_file;
        let mut certificate = None;
        let is_named: Box<dyn Fn(&Issuer) -> bool> = if is_file {
            let bytes = input_file::read_for(Path::new(&self.issuer), ITEM_SIZE_MAX as u64, input_file::NOTHING_LEFT)?;
            let given = item::read(&bytes).and_then(|item| Issuer::from_certificate(&item.der, &Policy::default()));
            let given = given.map_err(|findings| program.usage(findings.to_string(), next))?;
            certificate = Some(given.certificate_sha256());
            Box::new(move |issuer| issuer.is_same(&given))
        } else {
            if digits.len() < DIGITS_MIN || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                let why = format!(
                    "{} is no file, and no identifier of at least {DIGITS_MIN} hexadecimal digits.",
                    printable(&self.issuer)
                );
                return Err(program.usage(why, next));
            }
            let digits = digits.clone();
            Box::new(move |issuer| {
                issuer.file_name().starts_with(&digits)
                    || Digest(issuer.certificate_sha256()).to_string().starts_with(&digits)
            })
        };
        let mut found = known.iter().filter(|issuer| is_named(issuer));
        let Some(first) = found.next() else {
            let why = format!("No root or issuer that is trusted here is {}.", printable(&self.issuer));
            return Err(program.usage(why, next));
        };
        if !is_file && !first.file_name().starts_with(&digits) {
            is_by_certificate = true;
            certificate = Some(first.certificate_sha256());
        }
        match found.find(|other| !other.is_same(first)) {
            None if is_by_certificate => self.newest(program, known, first, certificate),
            None => Ok(first),
            Some(other) => {
                let shown =
                    |issuer: &Issuer| format!("{} ({})", printable(&issuer.subject().to_string()), issuer.mark());
                let why = format!("{} names both {} and {}.", printable(&self.issuer), shown(first), shown(other));
                Err(program.usage(why, "Give more digits, or the certificate."))
            }
        }
    }

    /// The issuer, if the certificate that was named is its newest one: an older one is history already.
    fn newest<'k>(
        &self,
        program: Program,
        known: &'k [Issuer],
        issuer: &'k Issuer,
        named: Option<[u8; 32]>,
    ) -> Result<&'k Issuer, Diagnosis> {
        let newest = known.iter().filter(|other| other.is_same(issuer)).max_by_key(|other| other.not_after());
        let newest = newest.unwrap_or(issuer);
        if named == Some(newest.certificate_sha256()) {
            return Ok(issuer);
        }
        let why = format!(
            "{} is an older certificate of {}. Its successor ({}) counts, so the older one is history already.",
            printable(&self.issuer),
            printable(&issuer.subject().to_string()),
            newest.mark()
        );
        let next =
            format!("To retire the issuer with all its certificates, give its key identifier: {}", issuer.file_name());
        Err(program.usage(why, next))
    }

    /// Shows what is retired and asks for it, unless the command line has answered. `certificates` are those of the issuer;
    /// `unchanged` says what did not happen.
    ///
    /// # Errors
    /// When nobody confirms it.
    pub fn confirm(&self, certificates: &[&Issuer], unchanged: &str) -> Result<(), Diagnosis> {
        for certificate in certificates {
            say(&format!("retires  {}", printable(&certificate.subject().to_string())));
            say(&format!("  cert   {}", certificate.mark()));
        }
        if self.yes || self.because.is_some() {
            return Ok(());
        }
        let not_confirmed = |why: &str, next: &str| Diagnosis::new(Label::NotConfirmed, unchanged, why, next);
        match ask("Nothing more of it is accepted. Type retire to retire all these certificates:", &["retire"]) {
            Confirmation::Given => Ok(()),
            Confirmation::Refused => {
                Err(not_confirmed("The typed word was not: retire.", "To do it after all, run the command again."))
            }
            Confirmation::Interrupted => Err(interrupted(unchanged)),
            Confirmation::NobodyThere => Err(not_confirmed(
                "Standard input is not a terminal, so nobody could be asked.",
                "Give --yes, or the reason: --by NAME --because TEXT.",
            )),
        }
    }

    /// Refuses to retire an issuer whose CRLs are still needed, unless a reason is given. `unchanged` says what did not
    /// happen.
    ///
    /// # Errors
    /// When certificates need its CRLs and there is no reason.
    pub fn refuse_needed(&self, issuer: &Issuer, needing: &[Dependant], unchanged: &str) -> Result<(), Diagnosis> {
        if needing.is_empty() || self.because.is_some() {
            return Ok(());
        }
        let shown = needing
            .iter()
            .take(SHOWN_MAX)
            .map(|one| format!("{}, serial {}, until {}", printable(&one.subject), one.serial, one.not_after));
        let mut why = vec![format!(
            "{} below {} (key {}) {}, so relying parties need its CRLs:",
            count(needing.len() as u64, "certificate"),
            printable(&issuer.subject().to_string()),
            issuer.file_name(),
            if needing.len() == 1 { "has not ended and is not revoked" } else { "have not ended and are not revoked" },
        )];
        why.extend(shown);
        if let Some(more) = needing.len().checked_sub(SHOWN_MAX).filter(|more| *more > 0) {
            why.push(format!("and {}", count(more as u64, "other")));
        }
        Err(Diagnosis::new(
            Label::NotConfirmed,
            format!("The issuer is still needed. {unchanged}"),
            why.join("\n"),
            "Wait until they have ended or are revoked. To retire it now, give the reason: --by NAME --because TEXT",
        ))
    }
}

/// How many certificates a refusal names.
const SHOWN_MAX: usize = 5;
