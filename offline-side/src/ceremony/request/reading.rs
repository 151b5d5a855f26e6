//! The strict reading of a request: every value checked, every mistake with its line.

use rootcast_host::text_file;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::limits::DECIDED_COUNT_MAX;
use rootcast_pki::text::is_plain;
use rootcast_pki::time::{Timestamp, parse_rfc3339};
use rootcast_protocol::hex;
use toml::Spanned;

use super::contents::{
    AbandonRequest, ApprovalsRequest, AskedSubject, CertificateRequest, CrlRequest, ROOT_NAME, Request,
    RevocationRequest, RootKey, RootRequest,
};
use super::decision::{DecidedAction, DecisionFault, DecisionRequest};
use super::distinguished_name::DistinguishedName;
use super::document::{
    ApprovalsTable, CertificateTable, CrlTable, DecideTable, Document, EscrowTable, RevokeTable, RootTable, Serials,
};
use super::error::{BECAUSE_LENGTH_MAX, RequestError, RequestFault, URL_LENGTH_MAX};
use super::escrow_groups::EscrowGroups;
use super::kept_name::stem;
use super::lined::Lined;
use super::profile::CertificateProfile;
use super::shape::REQUEST;
use crate::ceremony::key::kind::NewKey;
use crate::ceremony::toml_shape;

/// Largest request file, in bytes: some 300 certificates and revocations.
pub(crate) const REQUEST_SIZE_MAX: u64 = 256 * 1024;

/// Most certificates of one ceremony; each is one deliberate use of the key.
const CERTIFICATE_COUNT_MAX: usize = 32;

/// The subject that stands for the one of the certification request.
const AS_IN_CSR: &str = "as in the csr";

/// Longest serial number in a decision, in hexadecimal digits: an old CRL may have one that is too long.
const SERIAL_DIGITS_MAX: usize = 256;

/// Most new revocations of one ceremony.
const REVOKE_COUNT_MAX: usize = 256;

/// Reads the request in `bytes`; `file` is its name.
///
/// # Errors
/// The first thing that is wrong, with its line.
pub fn read(bytes: &[u8], file: &str) -> Result<Request, RequestError> {
    let whole = |fault| RequestError { file: file.to_owned(), line: 0, fault };
    let text = text_file::text(bytes).map_err(|fault| whole(RequestFault::Form { why: fault.to_string() }))?;
    let reading = Reading { file, text };
    reading.check_plain()?;
    toml_shape::check(text, REQUEST).map_err(|mistake| RequestError {
        file: file.to_owned(),
        line: mistake.line,
        fault: RequestFault::Shape(Box::new(mistake.fault)),
    })?;
    let document: Document = toml::from_str(text).map_err(|error| reading.form(&error))?;
    reading.request(document)
}

/// A request while it is read: knows which byte is on which line.
struct Reading<'a> {
    file: &'a str,
    text: &'a str,
}

impl Reading<'_> {
    fn line(&self, at: usize) -> usize {
        text_file::line_of(self.text.as_bytes(), at)
    }

    fn lined<T>(&self, value: Spanned<T>) -> Lined<T> {
        let line = self.line(value.span().start);
        Lined { value: value.into_inner(), line }
    }

    fn refuse<T>(&self, line: usize, fault: RequestFault) -> Result<T, RequestError> {
        Err(RequestError { file: self.file.to_owned(), line, fault })
    }

    /// People review the file itself, comments too: each character stands for itself there.
    fn check_plain(&self) -> Result<(), RequestError> {
        let is_allowed = |c: char| is_plain(c) || matches!(c, '\t' | '\n' | '\r');
        let Some((at, found)) = self.text.char_indices().find(|(_, c)| !is_allowed(*c)) else { return Ok(()) };
        self.refuse(self.line(at), RequestFault::NotPlain { found })
    }

    fn form(&self, error: &toml::de::Error) -> RequestError {
        // The shape has every key and every type, so that nothing should be left to say.
        let why = error.message().lines().collect::<Vec<_>>().join("; ");
        let line = error.span().map_or(0, |span| self.line(span.start));
        RequestError { file: self.file.to_owned(), line, fault: RequestFault::Form { why } }
    }

    fn request(&self, document: Document) -> Result<Request, RequestError> {
        let count = document.certificate.len();
        if count > CERTIFICATE_COUNT_MAX {
            let fault = RequestFault::TooMany { what: "[[certificate]]", found: count, max: CERTIFICATE_COUNT_MAX };
            return self.refuse(0, fault);
        }
        let certificates: Result<Vec<_>, _> =
            document.certificate.into_iter().map(|table| self.certificate(table)).collect();
        let request = Request {
            file: self.file.to_owned(),
            issuer: document.issuer.map(|path| self.path("issuer", path)).transpose()?,
            previous_crl: document.previous_crl.map(|path| self.path("previous_crl", path)).transpose()?,
            first: document.first.is_some_and(|first| *first.get_ref()),
            crl: document.crl.map(|table| self.crl(table)).transpose()?,
            certificates: certificates?,
            root: document.root.map(|table| self.root(table)).transpose()?,
            approvals: document.approvals.map(|table| self.approvals(table)).transpose()?,
            escrow: document.escrow.map(|table| self.escrow(table)).transpose()?,
        };
        if let Some((line, fault)) = contradiction(&request) {
            return self.refuse(line, fault);
        }
        Ok(request)
    }

    fn escrow(&self, table: EscrowTable) -> Result<Lined<EscrowGroups>, RequestError> {
        let Lined { value, line } = self.lined(table.groups);
        match EscrowGroups::new(value) {
            Ok(value) => Ok(Lined { value, line }),
            Err(fault) => self.refuse(line, RequestFault::Groups(fault)),
        }
    }

    fn crl(&self, table: CrlTable) -> Result<CrlRequest, RequestError> {
        let this_update = self.time("this_update", table.this_update)?;
        let next_update = self.time("next_update", table.next_update)?;
        self.in_order(next_update.line, ("next_update", next_update.value), ("this_update", this_update.value))?;
        let abandon = self.abandon(table.abandon, table.because)?;
        let found = table.revoke.len();
        if found > REVOKE_COUNT_MAX {
            return self.refuse(0, RequestFault::TooMany { what: "[[crl.revoke]]", found, max: REVOKE_COUNT_MAX });
        }
        let revocations: Result<Vec<_>, _> =
            table.revoke.into_iter().map(|table| self.revocation(table, this_update.value)).collect();
        let revocations = revocations?;
        let decisions: Result<Vec<_>, _> =
            table.decide.into_iter().map(|table| self.decision(table, this_update.value)).collect();
        let decisions = decisions?;
        let found = decisions.iter().map(|decision| decision.serials.len()).sum();
        if found > DECIDED_COUNT_MAX {
            let what = "serial numbers in [[crl.decide]]";
            return self.refuse(0, RequestFault::TooMany { what, found, max: DECIDED_COUNT_MAX });
        }
        Ok(CrlRequest { this_update, next_update: next_update.value, revocations, decisions, abandon })
    }

    fn decision(&self, table: DecideTable, this_update: Timestamp) -> Result<DecisionRequest, RequestError> {
        let refuse = |line, fault| self.refuse(line, RequestFault::Decision(fault));
        let serials = self.lined(table.serial);
        let line = serials.line;
        let texts = match serials.value {
            Serials::One(text) => vec![text],
            Serials::List(texts) => texts,
        };
        if texts.is_empty() {
            return refuse(line, DecisionFault::Serial { found: String::new() });
        }
        let mut serials = Vec::with_capacity(texts.len());
        for text in texts {
            let digits: String = text.chars().filter(|c| *c != ':').collect();
            let fits = (1..=SERIAL_DIGITS_MAX).contains(&digits.len()) && digits.len().is_multiple_of(2);
            match hex::decode(&digits.to_ascii_lowercase()).filter(|_| fits) {
                Some(value) => serials.push(Lined { value, line }),
                None => return refuse(line, DecisionFault::Serial { found: text }),
            }
        }
        let date = table.date.map(|date| self.time("date", date)).transpose()?;
        if let Some(Lined { value: date, line }) = date
            && date > this_update
        {
            return self.refuse(line, RequestFault::RevokedLater { date, this_update });
        }
        let reason_given = table.reason.map(|reason| self.lined(reason));
        let reason_read = match &reason_given {
            None => None,
            Some(given) => match given.value.parse() {
                Ok(reason) => Some(reason),
                Err(_) => return self.refuse(given.line, RequestFault::Reason { found: given.value.clone() }),
            },
        };
        let action = self.lined(table.action);
        let action = match action.value.as_str() {
            "revoke" => DecidedAction::Revoke { date: date.map(|date| date.value), reason: reason_read },
            "drop" if date.is_none() && reason_read.is_none() => DecidedAction::Drop,
            "drop" => return refuse(action.line, DecisionFault::Surplus),
            _ => return refuse(action.line, DecisionFault::Action { found: action.value }),
        };
        let because = self.lined(table.because);
        let Some(because) = reason(&because.value) else {
            return refuse(because.line, DecisionFault::Because);
        };
        Ok(DecisionRequest { serials, action, because })
    }

    /// `abandon` and `because`: both, or neither.
    fn abandon(
        &self,
        number: Option<Spanned<toml::Value>>,
        because: Option<Spanned<String>>,
    ) -> Result<Option<AbandonRequest>, RequestError> {
        let (number, because) = match (number, because) {
            (None, None) => return Ok(None),
            (Some(number), Some(because)) => (self.lined(number), self.lined(because)),
            (Some(number), None) => return self.refuse(self.lined(number).line, RequestFault::AbandonWhy),
            (None, Some(because)) => {
                let why = "REQ-STRICT: because is given without abandon";
                return self.refuse(self.lined(because).line, RequestFault::Together { why });
            }
        };
        // A number longer than TOML's integers is written as a text.
        let text = match &number.value {
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::String(text) => text.clone(),
            other => other.type_str().to_owned(),
        };
        let Ok(parsed) = text.parse::<CrlNumber>() else {
            return self.refuse(number.line, RequestFault::AbandonNumber { found: text });
        };
        let Some(because) = reason(&because.value) else {
            return self.refuse(because.line, RequestFault::AbandonWhy);
        };
        Ok(Some(AbandonRequest { number: Lined { value: parsed, line: number.line }, because }))
    }

    fn approvals(&self, table: ApprovalsTable) -> Result<ApprovalsRequest, RequestError> {
        let because = self.lined(table.because);
        let Some(text) = reason(&because.value) else {
            return self.refuse(because.line, RequestFault::ChangeWhy);
        };
        Ok(ApprovalsRequest { required: self.lined(table.required), because: text })
    }

    fn revocation(&self, table: RevokeTable, this_update: Timestamp) -> Result<RevocationRequest, RequestError> {
        let certificate = self.path("certificate", table.certificate)?;
        let reason = self.lined(table.reason);
        let Ok(reason) = reason.value.parse() else {
            return self.refuse(reason.line, RequestFault::Reason { found: reason.value });
        };
        let Lined { value: date, line } = self.time("date", table.date)?;
        if date > this_update {
            return self.refuse(line, RequestFault::RevokedLater { date, this_update });
        }
        Ok(RevocationRequest { certificate, reason, date })
    }

    fn certificate(&self, table: CertificateTable) -> Result<CertificateRequest, RequestError> {
        let csr = table.csr.map(|path| self.path("csr", path)).transpose()?;
        let replaces = table.replaces.map(|path| self.path("replaces", path)).transpose()?;
        let profile = self.lined(table.profile);
        let Some(names_key) = csr.as_ref().or(replaces.as_ref()).cloned() else {
            let why = "REQ-CSR: [[certificate]] needs csr, or replaces with the certificate of a root";
            return self.refuse(profile.line, RequestFault::Together { why });
        };
        let Some(named) = CertificateProfile::named(&profile.value) else {
            return self.refuse(profile.line, RequestFault::Profile { found: profile.value });
        };
        let (not_before, not_after) = self.validity(table.not_before, table.not_after)?;
        let path_length = table.path_length.map(|length| self.lined(length));
        let path_length = match path_length {
            None if named.wants_path_length() => {
                return self.refuse(profile.line, RequestFault::PathLength { profile: named });
            }
            None => None,
            Some(Lined { value, line }) => match u8::try_from(value) {
                Ok(length @ 0..=9) => Some(length),
                _ => return self.refuse(line, RequestFault::PathLength { profile: named }),
            },
        };
        let [new_identifier, wider] = self.breaks(table.new_identifier, table.wider, table.because)?;
        if wider.is_some() && replaces.is_none() {
            let why = "REQ-STRICT: wider is for a renewal: it needs replaces, with the certificate that allows less";
            return self.refuse(names_key.line, RequestFault::Together { why });
        }
        Ok(CertificateRequest {
            name: stem(&names_key.value),
            line: names_key.line,
            subject: self.subject(table.subject, csr.is_some())?,
            new_identifier,
            wider,
            crl_url: table.crl_url.map(|url| self.url("crl_url", url)).transpose()?,
            issuer_url: table.issuer_url.map(|url| self.url("issuer_url", url)).transpose()?,
            profile: named,
            csr,
            replaces,
            not_before,
            not_after,
            path_length,
        })
    }

    /// The subject of a certificate, whose key comes from a certification request or not.
    fn subject(&self, text: Option<Spanned<String>>, has_csr: bool) -> Result<AskedSubject, RequestError> {
        match text {
            None => Ok(AskedSubject::Kept),
            Some(text) if text.get_ref() == AS_IN_CSR => {
                let why = "REQ-CSR: subject = \"as in the csr\" needs a csr";
                let line = self.lined(text).line;
                if has_csr { Ok(AskedSubject::AsInCsr) } else { self.refuse(line, RequestFault::Together { why }) }
            }
            Some(text) => self.name(text).map(AskedSubject::Written),
        }
    }

    /// `new_identifier = true`, `wider = true` and their `because`: the reason for each that is written.
    fn breaks(
        &self,
        new_identifier: Option<Spanned<bool>>,
        wider: Option<Spanned<bool>>,
        because: Option<Spanned<String>>,
    ) -> Result<[Option<String>; 2], RequestError> {
        let asked = |asked: Option<Spanned<bool>>| asked.map(|asked| self.lined(asked)).filter(|asked| asked.value);
        let (new_identifier, wider) = (asked(new_identifier), asked(wider));
        let because = because.map(|because| self.lined(because));
        let missing = match (&new_identifier, &wider) {
            (Some(asked), _) => (asked.line, RequestFault::NewIdentifierWhy),
            (None, Some(asked)) => (asked.line, RequestFault::WiderWhy),
            (None, None) => {
                let Some(because) = because else { return Ok([None, None]) };
                let why = "REQ-STRICT: because is given without new_identifier = true or wider = true";
                return self.refuse(because.line, RequestFault::Together { why });
            }
        };
        let (line, fault) = missing;
        let Some(because) = because else { return self.refuse(line, fault) };
        let Some(text) = reason(&because.value) else { return self.refuse(because.line, fault) };
        Ok([new_identifier, wider].map(|asked| asked.map(|_| text.clone())))
    }

    fn root(&self, table: RootTable) -> Result<RootRequest, RequestError> {
        let begins = self.line(table.not_before.span().start);
        let key = match (table.key, table.replaces) {
            (Some(key), None) => {
                let key = self.lined(key);
                let Ok(kind) = key.value.parse::<NewKey>() else {
                    return self.refuse(key.line, RequestFault::Key { found: key.value });
                };
                RootKey::New(Lined { value: kind, line: key.line })
            }
            (None, Some(path)) => RootKey::Kept(self.path("replaces", path)?),
            (Some(key), Some(_)) => {
                let why = "REQ-STRICT: key and replaces exclude each other: a renewal keeps the key of the root that it replaces";
                return self.refuse(self.lined(key).line, RequestFault::Together { why });
            }
            (None, None) => {
                let why = "REQ-STRICT: [root] needs key for a new root, or replaces for a renewal with the same key";
                return self.refuse(begins, RequestFault::Together { why });
            }
        };
        let (not_before, not_after) = self.validity(table.not_before, table.not_after)?;
        let subject = table.subject.map(|text| self.name(text)).transpose()?;
        let [new_identifier, wider] = self.breaks(table.new_identifier, table.wider, table.because)?;
        let root = RootRequest { key, subject, new_identifier, wider, not_before, not_after };
        let together = |why| self.refuse(root.line(), RequestFault::Together { why });
        match root.replaces() {
            None if root.subject.is_none() => together("REQ-STRICT: a new root needs a subject"),
            None if root.new_identifier.is_some() => {
                together("REQ-STRICT: new_identifier is for a renewal; a new key has no identifier yet")
            }
            None if root.wider.is_some() => {
                together("REQ-STRICT: wider is for a renewal; a new root has no certificate that allows less")
            }
            _ => Ok(root),
        }
    }

    /// not_before with its line, and not_after.
    fn validity(
        &self,
        not_before: Spanned<String>,
        not_after: Spanned<String>,
    ) -> Result<(Lined<Timestamp>, Timestamp), RequestError> {
        let not_before = self.time("not_before", not_before)?;
        let not_after = self.time("not_after", not_after)?;
        self.in_order(not_after.line, ("not_after", not_after.value), ("not_before", not_before.value))?;
        Ok((not_before, not_after.value))
    }

    fn time(&self, key: &'static str, text: Spanned<String>) -> Result<Lined<Timestamp>, RequestError> {
        let text = self.lined(text);
        match parse_rfc3339(&text.value) {
            Ok(value) => Ok(Lined { value, line: text.line }),
            Err(error) => self.refuse(text.line, RequestFault::Time { key, found: text.value, error }),
        }
    }

    fn in_order(
        &self,
        line: usize,
        (key, at): (&'static str, Timestamp),
        (after, other): (&'static str, Timestamp),
    ) -> Result<(), RequestError> {
        if at > other { Ok(()) } else { self.refuse(line, RequestFault::Order { key, at, after, other }) }
    }

    fn name(&self, text: Spanned<String>) -> Result<DistinguishedName, RequestError> {
        let text = self.lined(text);
        DistinguishedName::parse(&text.value).or_else(|fault| self.refuse(text.line, RequestFault::Name(fault)))
    }

    fn path(&self, key: &'static str, text: Spanned<String>) -> Result<Lined<String>, RequestError> {
        let path = self.lined(text);
        let plain = path.value.chars().all(is_plain);
        if path.value.is_empty() || !plain || std::path::Path::new(&path.value).is_absolute() {
            return self.refuse(path.line, RequestFault::Path { key });
        }
        Ok(path)
    }

    /// http only (BR 7.1.2.11.2): fetching over https would need the CRL it fetches.
    fn url(&self, key: &'static str, text: Spanned<String>) -> Result<String, RequestError> {
        let url = self.lined(text);
        let host = url.value.strip_prefix("http://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
        let visible = url.value.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte));
        if !host || !visible || url.value.len() > URL_LENGTH_MAX {
            return self.refuse(url.line, RequestFault::Url { key });
        }
        Ok(url.value)
    }
}

/// A reason, without the spaces around it; `None` where it is empty, too long or not in plain characters.
fn reason(text: &str) -> Option<String> {
    let text = text.trim();
    let is_fit = !text.is_empty() && text.chars().count() <= BECAUSE_LENGTH_MAX && text.chars().all(is_plain);
    is_fit.then(|| text.to_owned())
}

/// What the parts of a request have to be together, with the line to blame.
fn contradiction(request: &Request) -> Option<(usize, RequestFault)> {
    let together = |line, why| Some((line, RequestFault::Together { why }));
    if let (Some(escrow), false) = (&request.escrow, request.is_new_root()) {
        return together(
            escrow.line,
            "KEY-ESCROW: [escrow] stands beside a [root] with key: escrow is decided when the key is made, or never",
        );
    }
    let asks_for_objects = request.crl.is_some() || !request.certificates.is_empty() || request.root.is_some();
    if let Some(approvals) = &request.approvals {
        let names_files = request.issuer.is_some() || request.previous_crl.is_some() || request.first;
        let why = "APPROVE-PINNED: [approvals] stands alone in a request: a change of the rule signs nothing";
        return (asks_for_objects || names_files).then_some((approvals.required.line, RequestFault::Together { why }));
    }
    if !asks_for_objects {
        return Some((0, RequestFault::NothingAsked));
    }
    let previous_line = request.previous_crl.as_ref().map(|path| path.line);
    match (&request.root, &request.issuer) {
        (Some(_), Some(issuer)) => {
            return together(issuer.line, "REQ-STRICT: a request with [root] has no issuer: the root signs itself");
        }
        (None, None) => {
            return together(0, "REQ-STRICT: issuer is missing: give the path of the signing root's certificate");
        }
        (Some(root), None) if previous_line.is_some() && root.replaces().is_none() => {
            return together(
                previous_line.unwrap_or_default(),
                "REQ-PREVIOUS: a new root has no previous CRL; write first = true instead",
            );
        }
        _ => {}
    }
    if request.crl.is_some() && request.previous_crl.is_none() && !request.first {
        return together(
            0,
            "REQ-PREVIOUS: a CRL continues the one before it: give previous_crl, or first = true if there never was one",
        );
    }
    if let (Some(line), true) = (previous_line, request.first) {
        return together(line, "REQ-PREVIOUS: previous_crl and first = true exclude each other");
    }
    if request.crl.is_none() && request.first {
        return together(0, "REQ-PREVIOUS: first = true needs a [crl], but there is none");
    }
    let revocations = request.crl.as_ref().map(|crl| crl.revocations.as_slice()).unwrap_or_default();
    let abandon = request.crl.as_ref().and_then(|crl| crl.abandon.as_ref());
    let new_root = request.root.as_ref().filter(|root| root.replaces().is_none());
    if let (Some(_), Some(abandon)) = (new_root, abandon) {
        return together(abandon.number.line, "REQ-PREVIOUS: a new root has signed no CRL that it could abandon");
    }
    let decisions = request.crl.as_ref().map(|crl| crl.decisions.as_slice()).unwrap_or_default();
    if let (None, Some(serial)) = (previous_line, decisions.first().and_then(|decision| decision.serials.first())) {
        let why = "REQ-CARRY: [[crl.decide]] is about the previous CRL, but there is none";
        return together(serial.line, why);
    }
    if let (Some(_), Some(revoked)) = (new_root, revocations.first()) {
        return together(revoked.certificate.line, "REQ-CARRY: a new root has issued nothing that it could revoke");
    }
    for (index, certificate) in request.certificates.iter().enumerate() {
        let earlier = request.certificates.iter().take(index).any(|earlier| earlier.name == certificate.name);
        if certificate.name == ROOT_NAME {
            return Some((certificate.line, RequestFault::RootsName));
        }
        if earlier {
            let name = certificate.name.clone();
            return Some((certificate.line, RequestFault::SameName { name }));
        }
    }
    None
}
