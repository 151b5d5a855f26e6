//! `token list`: the tokens of a PKCS#11 module and their keys, as a site file names them. Uses no key.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::text::printable;
use serde::Serialize;

use crate::ceremony::key::error::KeyError;
use crate::ceremony::key::module::Module;
use crate::ceremony::key::pin::Terminal;
use crate::ceremony::key::token_list::{ListedKey, ListedToken, list};
use crate::command::ceremony::asking::no_signal_handler;
use rootcast_console::run::Run;

/// `token`
#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List tokens by label, serial number and model, and their keys by label and SHA-256 of the public key.
    List(List),
}

#[derive(Debug, Args)]
struct List {
    /// The PKCS#11 module of the token (a shared library).
    #[arg(long, value_name = "FILE")]
    module: PathBuf,
    /// Log in to each token, and also list its private keys, their flags, and how it signs. Asks for each PIN.
    #[arg(long)]
    login: bool,
}

const NOTHING: &str = "The tokens could not be listed. No key was used. Nothing was signed or sent.";

impl Token {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let Action::List(list) = &self.action;
        list.run(run)
    }
}

impl List {
    fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let told = |error: KeyError| error.diagnosis(NOTHING);
        let module = Module::load(&self.module).map_err(told)?;
        let tokens = if self.login {
            let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(NOTHING, &error))?;
            list(&module, Some(&mut Terminal::new(interrupt))).map_err(told)?
        } else {
            list(&module, None).map_err(told)?
        };
        let blank = tokens.iter().filter(|token| !token.facts.initialized).count();
        let ready: Vec<&ListedToken> = tokens.iter().filter(|token| token.facts.initialized).collect();
        let document = Document {
            module: self.module.display().to_string(),
            tokens: ready.iter().map(|token| TokenDocument::from(*token)).collect(),
            uninitialized: blank,
        };
        run.event("token list", &document);
        let mut texts: Vec<String> = ready.iter().map(|token| token_text(token, self.login)).collect();
        texts.extend(alike(&ready));
        if ready.is_empty() {
            texts.push("No initialised token.".to_owned());
        }
        if blank > 0 {
            texts.push(format!("{} not initialised.", rootcast_host::text::count(blank as u64, "token")));
        }
        run.tell(&document, &texts.join("\n"));
        Ok(Exit::Done)
    }
}

/// The document of `token list`.
#[derive(Serialize)]
struct Document<'t> {
    module: String,
    tokens: Vec<TokenDocument<'t>>,
    uninitialized: usize,
}

#[derive(Serialize)]
struct TokenDocument<'t> {
    label: &'t str,
    serial: &'t str,
    model: &'t str,
    manufacturer: &'t str,
    firmware: String,
    pinpad: bool,
    pin_count_low: bool,
    pin_final_try: bool,
    pin_locked: bool,
    flags: &'t [&'static str],
    mechanisms: &'t [&'static str],
    keys: Vec<KeyDocument<'t>>,
}

#[derive(Serialize)]
struct KeyDocument<'t> {
    label: &'t str,
    public_key_sha256: Option<String>,
    kind: Option<String>,
    private: Option<PrivateKeyDocument>,
}

/// The flags of a private key, as the token states them (PKCS#11, `CKA_SENSITIVE` and others).
#[derive(Serialize)]
struct PrivateKeyDocument {
    sensitive: Option<bool>,
    extractable: Option<bool>,
    always_sensitive: Option<bool>,
    never_extractable: Option<bool>,
    local: Option<bool>,
    sign: Option<bool>,
    always_authenticate: Option<bool>,
}

impl<'t> From<&'t ListedToken> for TokenDocument<'t> {
    fn from(token: &'t ListedToken) -> Self {
        let facts = &token.facts;
        Self {
            label: &facts.label,
            serial: &facts.serial,
            model: &facts.model,
            manufacturer: &facts.manufacturer,
            firmware: facts.firmware.to_string(),
            pinpad: facts.pinpad,
            pin_count_low: facts.pin.count_low,
            pin_final_try: facts.pin.final_try,
            pin_locked: facts.pin.locked,
            flags: &facts.flags,
            mechanisms: &token.mechanisms,
            keys: token.keys.iter().map(KeyDocument::from).collect(),
        }
    }
}

impl<'t> From<&'t ListedKey> for KeyDocument<'t> {
    fn from(key: &'t ListedKey) -> Self {
        Self {
            label: &key.label,
            public_key_sha256: key.public.as_ref().map(|public| public.sha256().to_string()),
            kind: key.public.as_ref().map(|public| public.describe()),
            private: key.private.map(|flags| PrivateKeyDocument {
                sensitive: flags.sensitive,
                extractable: flags.extractable,
                always_sensitive: flags.always_sensitive,
                never_extractable: flags.never_extractable,
                local: flags.local,
                sign: flags.sign,
                always_authenticate: flags.always_authenticate,
            }),
        }
    }
}

/// Which tokens a site file cannot tell apart by label and serial number.
fn alike(tokens: &[&ListedToken]) -> Option<String> {
    let names = |token: &ListedToken| (token.facts.label.clone(), token.facts.serial.clone());
    let is_alike = |token: &&&ListedToken| tokens.iter().filter(|other| names(other) == names(token)).count() > 1;
    let count = tokens.iter().filter(is_alike).count();
    (count > 0).then(|| {
        format!(
            "note: {count} of these tokens share label and serial number with another. A ceremony takes the one that shows \
             the pinned public key without a login."
        )
    })
}

fn token_text(token: &ListedToken, is_detailed: bool) -> String {
    let facts = &token.facts;
    let or_none = |text: &str| if text.is_empty() { "(none)".to_owned() } else { text.to_owned() };
    let mut lines = vec![
        format!("token {}", or_none(&facts.label)),
        format!("    serial      {}", or_none(&facts.serial)),
        format!("    model       {}, {}, firmware {}", facts.model, facts.manufacturer, facts.firmware),
    ];
    if facts.label.is_empty() || facts.serial.is_empty() {
        lines.push("    note        the site file names what is missing by an empty text, \"\"".to_owned());
    }
    if is_detailed {
        lines.push(format!("    flags       {}", or_none(&facts.flags.join(", "))));
        lines.push(format!("    signs with  {}", or_none(&token.mechanisms.join(", "))));
    }
    if facts.pinpad {
        lines.push("    PIN         entered on the token's own pinpad".to_owned());
    }
    if facts.pin != Default::default() {
        lines.push(format!("    PIN         {}", facts.pin));
    }
    if token.keys.is_empty() {
        lines.push("    no visible key; some keys are visible only with --login".to_owned());
    }
    for key in &token.keys {
        let kind = match (&key.public, &key.private) {
            (Some(public), _) => public.describe(),
            (None, Some(_)) => "of an unsupported kind, or without a public key or certificate beside it".to_owned(),
            (None, None) => "of an unsupported kind".to_owned(),
        };
        lines.push(format!("    key {}, {kind}", key.label));
        if let Some(public) = &key.public {
            lines.push(format!("        public_key_sha256 = \"{}\"", public.sha256()));
        }
        if let Some(flags) = key.private {
            for said in [&flags.lines()[..], &flags.use_lines()] {
                let said: Vec<String> = said.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                lines.push(format!("        {}", said.join(", ")));
            }
        }
    }
    lines.iter().map(|line| printable(line)).collect::<Vec<_>>().join("\n")
}
