//! `trust`: the root as people compare it, the choices about it that both programs know, and what is refused.

use std::path::{Path, PathBuf};

use clap::Args;
use rootcast_host::clock::{self, dated_text, with_distances};
use rootcast_host::confirmation::RootQuestion;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::input_file;
use rootcast_host::screen::word_lines;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_pki::disabled_rules::OffUntil;
use rootcast_pki::finding::{Findings, Severity};
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, ItemKind};
use rootcast_pki::policy_change::WholePolicy;
use rootcast_pki::policy_options::Numbering;
use rootcast_pki::policy_record::{OffDate, off_by_default};
use rootcast_pki::profile::{Policy, Profile};
use rootcast_pki::report::ReportedFinding;
use rootcast_pki::rule::Rule;
use rootcast_pki::time::Timestamp;
use rootcast_pki::typed_time;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use rootcast_protocol::words;

use crate::run::Program;

/// Headings in the help of `trust`.
const RULES: &str = "Rules for its items";
const CONFIRMATION: &str = "Without being asked";

/// The options of `trust` that both programs have. Given again, each adds to what was chosen, or changes it where there
/// is one value; none resets anything.
#[derive(Debug, Args)]
pub struct Options {
    /// The root's certificate, DER or PEM.
    #[arg(long, value_name = "FILE")]
    pub root: PathBuf,
    /// How strict the rules are for its items: private or webpki.
    /// Without it, a root trusted before keeps its profile, also when it was renewed under its key, and a new one is
    /// private.
    #[arg(long, value_name = "PROFILE", help_heading = RULES)]
    pub profile: Option<Profile>,
    /// How it numbers its CRLs: counter (a large step is held online) or timestamp (steps mean nothing).
    #[arg(long, value_name = "KIND", help_heading = RULES)]
    pub numbers: Option<Numbering>,
    /// Online, hold a CRL that revokes more than N of the CA certificates that are published there: a person decides.
    /// Offline, a ceremony asks for a typed confirmation of such a CRL, as it does for more than a quarter of them.
    #[arg(long, value_name = "N", help_heading = RULES)]
    pub hold_mass_revocation: Option<u64>,
    /// Switch a rule off until a date (--until): its findings become warnings. Every run says so; may be repeated.
    #[arg(long, value_name = "RULE", help_heading = RULES)]
    pub off: Vec<Rule>,
    /// When the rules of --off are on again: a day, such as 2027-06-30 (00:00 UTC), a time in UTC, or never.
    /// The profile webpki needs a date. In the profile private, it is twelve months from now without this option, and
    /// `never` needs --because.
    #[arg(long, value_name = "DATE", requires = "off", value_parser = parse_until, help_heading = RULES)]
    pub until: Option<OffUntil>,
    /// Why the rules of --off are off.
    #[arg(long, value_name = "TEXT", requires = "off", help_heading = RULES)]
    pub because: Option<String>,
    /// Switch a rule on again; may be repeated.
    #[arg(long, value_name = "RULE", help_heading = RULES)]
    pub on: Vec<Rule>,
    /// The key of a CA that belongs to the same organisation: a cross certificate for it may have anyExtendedKeyUsage.
    /// Give the SHA-256 of its SubjectPublicKeyInfo or its key identifier, in hexadecimal; may be repeated.
    #[arg(long, value_name = "KEY", value_parser = parse_key, help_heading = RULES)]
    pub affiliated: Vec<String>,
    /// The certificate of a CA below this root that is offline too. Online, its CRLs and certificates are judged like the
    /// root's once its own certificate is published. Offline, they may be sent after that certificate, or together with it.
    /// May be repeated.
    #[arg(long, value_name = "FILE", help_heading = RULES)]
    pub offline_issuer: Vec<PathBuf>,
    /// Trust the root without asking. A certificate that is not self-issued needs --sha256, or a person who is asked.
    #[arg(long, help_heading = CONFIRMATION)]
    pub yes: bool,
    /// Trust the root without asking, if this is the SHA-256 of its certificate.
    #[arg(long, value_name = "HEX", help_heading = CONFIRMATION)]
    pub sha256: Option<Digest>,
}

/// How one program words `trust`.
#[derive(Debug, Clone, Copy)]
pub struct Wording {
    /// The label of a certificate that cannot be trusted as a root.
    pub refused: Label,
    /// What did not happen.
    pub unchanged: &'static str,
    /// Whom people compare the words with: `Compare the words with …`.
    pub compare: &'static str,
}

/// A root that can be trusted, as it was given, with the issuers named below it.
#[derive(Debug)]
pub struct GivenRoot {
    /// Its certificate, DER.
    pub der: Vec<u8>,
    /// The same, ready to judge with.
    pub issuer: Issuer,
    /// SHA-256 of the certificate.
    pub sha256: Digest,
    /// The offline issuers below it.
    pub named: Vec<Issuer>,
}

impl Options {
    /// The files named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        [&self.root].into_iter().chain(&self.offline_issuer).map(AsRef::as_ref)
    }

    /// The policy a new root is read under.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy { profile: self.profile.unwrap_or_default(), ..Policy::default() }
    }

    /// Reads the files named, and checks all of it as of `now`, Unix seconds. Nothing is asked or written.
    ///
    /// # Errors
    /// A file that cannot be read, a certificate that cannot be a root or an issuer, or a rule that stays on.
    pub fn read(&self, program: Program, wording: &Wording, now: i64) -> Result<GivenRoot, Diagnosis> {
        let bytes = input_file::read_for(&self.root, ITEM_SIZE_MAX as u64, wording.unchanged)?;
        if let Some(rule) = self.off.iter().find(|rule| !rule.may_be_switched_off()) {
            return Err(program.usage(
                format!("--off {rule}: what this rule refuses must never be published, so it stays on."),
                format!("These may be switched off: {}.", rules_of_taste()),
            ));
        }
        if let Some(rule) = self.off.iter().find(|rule| self.on.contains(rule)) {
            return Err(program
                .usage(format!("--off {rule} and --on {rule}: one of them is a mistake."), "Give the rule once."));
        }
        self.check_until(program, Timestamp(now))?;
        if let Some(profile) = self.profile {
            self.check_webpki(program, profile)?;
        }
        let policy = self.policy();
        let item = item::read(&bytes).map_err(|findings| wording.refuse(&findings))?;
        if item.kind != ItemKind::Certificate {
            return Err(wording.refuse_because("ROOT-NAME: the file holds a CRL, not a certificate.".to_owned()));
        }
        let issuer = Issuer::from_certificate(&item.der, &policy).map_err(|findings| wording.refuse(&findings))?;
        let issuer = issuer.as_root_at(Timestamp(now));
        let named = self
            .offline_issuer
            .iter()
            .map(|path| read_issuer(program, path, (&policy, wording)))
            .collect::<Result<_, _>>()?;
        let sha256 = Digest(issuer.certificate_sha256());
        Ok(GivenRoot { der: item.der.into_owned(), issuer, sha256, named })
    }

    /// Shows the root, and what is chosen about it, to whoever has to compare and confirm it.
    pub fn show(&self, root: &GivenRoot) {
        let issuer = &root.issuer;
        say(&format!("root     {}", printable(&issuer.subject().to_string())));
        let (from, to) = (issuer.not_before(), dated_text(issuer.not_after().0, clock::now()));
        say(&format!("key      {}, valid {from} to {to}", issuer.key_description()));
        say(&format!("cert     {}", with_distances(&issuer.mark(), clock::now())));
        say(&format!("SHA-256  {}", root.sha256));
        say(&word_lines("words    ", &root.words()));
        let findings: Vec<_> = issuer.findings().iter().map(ReportedFinding::from).collect();
        for (index, finding) in findings.iter().enumerate() {
            // What several findings ask for is said once, with the last of them.
            let is_last = findings.iter().skip(index + 1).all(|later| later.help != finding.help);
            say_finding(finding, is_last);
        }
        if let Some(numbers) = self.numbers {
            say(&format!("numbers  CRL numbers are a {numbers}"));
        }
        if let Some(most) = self.hold_mass_revocation {
            say(&format!("hold     a CRL that revokes more than {most} CA certificates in use"));
        }
        for rule in &self.off {
            let until = self.until.map(|until| match until {
                OffUntil::Date(date) => format!(" until {date}"),
                OffUntil::Never => ", without an end".to_owned(),
            });
            say(&format!("off      {rule}{}: {}", until.unwrap_or_default(), rule.summary()));
        }
        for key in &self.affiliated {
            say(&format!("affiliated  {key}"));
        }
        for issuer in &root.named {
            let sha256 = Digest(issuer.certificate_sha256());
            say(&format!("issuer   {}", printable(&issuer.subject().to_string())));
            say(&format!("  cert   {}", with_distances(&issuer.mark(), clock::now())));
            say(&word_lines("  words  ", &words::spell(sha256.as_bytes(), words::SHORT)));
        }
    }

    /// Asks whether the words were compared, unless the command line has answered.
    ///
    /// # Errors
    /// When nobody confirms it.
    pub fn confirm(&self, root: &GivenRoot, wording: &Wording) -> Result<(), Diagnosis> {
        let (sha256, given) = (root.sha256.to_string(), self.sha256.map(|given| given.to_string()));
        let (compare, not_done) = (wording.compare, wording.unchanged);
        let (given, is_self_issued) = (given.as_deref(), root.issuer.is_self_issued());
        RootQuestion { sha256: &sha256, given, yes: self.yes, is_self_issued, compare, not_done }.ask()
    }

    /// Adds the rules that are switched off to the lists of a record of this profile, and takes those away that are on
    /// again. A rule that is off keeps its date unless another one is given; one whose date has passed gets a new one.
    ///
    /// # Errors
    /// A rule that would be off in `webpki` without a date.
    pub fn switch_rules(
        &self,
        program: Program,
        profile: &str,
        (switched_off, off_until): (&mut Vec<String>, &mut Vec<OffDate>),
        now: Timestamp,
    ) -> Result<(), Diagnosis> {
        let profile: Profile = profile.parse().unwrap_or_default();
        self.check_webpki(program, profile)?;
        for rule in &self.off {
            let id = rule.to_string();
            let is_off = switched_off.contains(&id);
            let known = off_until.iter().find(|dated| dated.rule == id);
            let is_over = known.is_some_and(|dated| dated.off_until().is_ok_and(|until| !until.is_off_at(now)));
            if !is_off {
                switched_off.push(id.clone());
            }
            if self.until.is_some() || self.because.is_some() || !is_off || is_over {
                let of_before = known.filter(|_| is_off && !is_over).and_then(|dated| dated.off_until().ok());
                let until = self.until.or(of_before).unwrap_or_else(|| off_by_default(now));
                let dated = OffDate::new(*rule, until, self.because.as_deref().map(printable));
                match off_until.iter_mut().find(|known| known.rule == id) {
                    Some(known) => *known = dated,
                    None => off_until.push(dated),
                }
            }
        }
        switched_off.retain(|id| !self.on.iter().any(|rule| rule.id() == id));
        off_until.retain(|dated| switched_off.contains(&dated.rule));
        let endless = off_until.iter().find(|dated| dated.off_until() == Ok(OffUntil::Never));
        match endless.filter(|_| profile == Profile::Webpki) {
            Some(OffDate { rule, .. }) => Err(program.usage(
                format!("{rule} is switched off without an end, which only the profile private allows."),
                format!("Give a date with it: --off {rule} --until DATE; or switch it on: --on {rule}."),
            )),
            None => Ok(()),
        }
    }

    /// Adds the keys of affiliated CAs to a list.
    pub fn add_affiliated(&self, affiliated: &mut Vec<String>) {
        for key in &self.affiliated {
            if !affiliated.contains(key) {
                affiliated.push(key.clone());
            }
        }
    }

    /// A date lies ahead; without one there is a reason.
    fn check_until(&self, program: Program, now: Timestamp) -> Result<(), Diagnosis> {
        let reason = self.because.as_deref().map(str::trim);
        if let Some(reason) = reason
            && !(1..=REASON_CHARACTERS_MAX).contains(&reason.chars().count())
        {
            return Err(program.usage(
                format!("--because has {} characters.", reason.chars().count()),
                format!("Give a reason of 1 to {REASON_CHARACTERS_MAX} characters."),
            ));
        }
        match self.until {
            Some(OffUntil::Date(date)) if date <= now => Err(program.usage(
                format!("--until {date}: this date has passed."),
                "Give a date that lies ahead, or leave --off out: the rule is on.",
            )),
            Some(OffUntil::Never) if reason.is_none() => Err(program.usage(
                "--until never: nothing would switch the rule on again, and no reason is given.",
                "Give the reason with --because TEXT, or a date with --until DATE.",
            )),
            _ => Ok(()),
        }
    }

    /// In `webpki` a rule is off until a date that somebody chose.
    fn check_webpki(&self, program: Program, profile: Profile) -> Result<(), Diagnosis> {
        let (Profile::Webpki, Some(rule)) = (profile, self.off.first()) else { return Ok(()) };
        let next = "Give the date from which the rule is on again: --until 2027-06-30.";
        match self.until {
            Some(OffUntil::Date(_)) => Ok(()),
            Some(OffUntil::Never) => {
                Err(program.usage("--until never: in the profile webpki a rule is off until a date.", next))
            }
            None => Err(program.usage(format!("--off {rule}: in the profile webpki this needs --until DATE."), next)),
        }
    }
}

/// How long a reason may be.
const REASON_CHARACTERS_MAX: usize = 500;

/// The rules that the policy may switch off, by their ids.
fn rules_of_taste() -> String {
    let ids = Rule::ALL.iter().filter(|rule| rule.may_be_switched_off()).map(|rule| rule.id());
    ids.collect::<Vec<_>>().join(", ")
}

/// The option `--until DATE`.
fn parse_until(text: &str) -> Result<OffUntil, String> {
    if text == "never" {
        return Ok(OffUntil::Never);
    }
    typed_time::moment(text).map(OffUntil::Date).map_err(|error| format!("{error}, or never"))
}

/// The option `--affiliated KEY`.
fn parse_key(text: &str) -> Result<String, String> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_key = is_hex && text.len().is_multiple_of(2) && (8..=128).contains(&text.len());
    let wrong =
        || "give the SHA-256 of the SubjectPublicKeyInfo (64 hexadecimal digits) or the key identifier".to_owned();
    is_key.then(|| text.to_ascii_lowercase()).ok_or_else(wrong)
}

impl GivenRoot {
    /// The words of its certificate's digest, as many as people compare for a root.
    #[must_use]
    pub fn words(&self) -> String {
        words::spell(self.sha256.as_bytes(), words::LONG)
    }

    /// The root that is trusted already, if this is another file with the same signed content: it stays in use.
    #[must_use]
    pub fn or_known<'k>(mut self, mut known: impl Iterator<Item = &'k Issuer>) -> Self {
        let signed = item::tbs(&self.der);
        let same =
            known.find(|known| known.certificate_der() != self.der && item::tbs(known.certificate_der()) == signed);
        if let Some(same) = same {
            let sha256 = Digest(same.certificate_sha256());
            say(&format!(
                "note: this root is trusted already by another file with the same signed content: SHA-256 {sha256}"
            ));
            self.der = same.certificate_der().to_vec();
            self.issuer = same.clone();
            self.sha256 = sha256;
        }
        self
    }

    /// Refuses a root, or an issuer named below it, that clashes with an issuer known before (ROOT-CLASH).
    ///
    /// # Errors
    /// When one does.
    pub fn refuse_clashes(&self, mut known: Vec<Issuer>, wording: &Wording) -> Result<(), Diagnosis> {
        for fresh in [&self.issuer].into_iter().chain(&self.named) {
            let clash = fresh.clash(&known);
            if clash.rejects() {
                return Err(wording.refuse(&clash));
            }
            known.push(fresh.clone());
        }
        Ok(())
    }
}

/// Says that a certificate of an issuer that is trusted already keeps its policy. `from` is the SHA-256 of the certificate
/// that it was chosen for.
pub fn say_kept(from: &str, policy: &WholePolicy) {
    say(&format!("note: policy kept from the certificate {from} of this issuer: {}", printable(&policy.to_string())));
    say("      Each option given now changes it.");
}

impl Wording {
    /// The diagnosis of a certificate that cannot be trusted as a root.
    #[must_use]
    pub fn refuse(&self, findings: &Findings) -> Diagnosis {
        let why = findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let refused = self.refuse_because(why);
        // The help of the cause says more than that of the command.
        let worst = findings.iter().find(|finding| finding.severity == Severity::Reject);
        match worst {
            Some(finding) => Diagnosis { next: finding.remedy().to_owned(), ..refused },
            None => refused,
        }
    }

    /// The same, for this reason.
    #[must_use]
    pub fn refuse_because(&self, why: String) -> Diagnosis {
        Diagnosis::new(
            self.refused,
            format!("This certificate cannot be trusted as a root. {}", self.unchanged),
            why,
            "Give the root's own CA certificate, DER or PEM.",
        )
    }
}

fn say_finding(finding: &ReportedFinding, with_help: bool) {
    let times = if finding.count > 1 { format!(" ({} times)", finding.count) } else { String::new() };
    say(&format!("  {}[{}]: {}{times}", finding.severity, finding.rule, printable(&finding.text)));
    say(&format!("    see {}", finding.reference));
    if with_help {
        say(&format!("    help: {}", finding.help));
    }
}

fn read_issuer(program: Program, path: &Path, (policy, wording): (&Policy, &Wording)) -> Result<Issuer, Diagnosis> {
    let bytes = input_file::read_for(path, ITEM_SIZE_MAX as u64, wording.unchanged)?;
    Issuer::named_below_a_root(&bytes, policy).map_err(|why| {
        program.usage(
            format!("--offline-issuer {}: {why}.", path.display()),
            "Give the certificate of a CA below this root, DER or PEM; a root is trusted with --root.",
        )
    })
}
