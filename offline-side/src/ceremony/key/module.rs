//! A PKCS#11 module and the tokens behind it. Tokens are known by label and serial number; slot numbers change from one
//! machine, and one day, to the next and are used for nothing but the calls themselves.
//!
//! A module is code that runs in this process. It comes from the site file or the command line, never from elsewhere.

use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::Session;
use cryptoki::slot::{Slot, TokenInfo};

use super::error::KeyError;
use super::pin::PinState;

/// A loaded and started module. Dropped, it is finalised.
#[derive(Debug)]
pub(crate) struct Module {
    context: Pkcs11,
    started_here: bool,
}

/// A token as it describes itself. Its texts come from the token: show them with care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// CK_TOKEN_INFO label, without its padding.
    pub label: String,
    /// CK_TOKEN_INFO serialNumber, without its padding.
    pub serial: String,
    /// CK_TOKEN_INFO model, without its padding.
    pub model: String,
    /// CK_TOKEN_INFO manufacturerID, without its padding.
    pub manufacturer: String,
    /// Hardware version, `major.minor`.
    pub hardware: String,
    /// Firmware version, `major.minor`.
    pub firmware: String,
    /// CKF_TOKEN_INITIALIZED.
    pub initialized: bool,
    /// CKF_PROTECTED_AUTHENTICATION_PATH: the PIN is typed on the token's own pinpad.
    pub pinpad: bool,
    /// Tries left.
    pub pin: PinState,
}

impl TokenFacts {
    fn from_info(facts: &TokenInfo) -> Self {
        let version = |version: cryptoki::types::Version| format!("{}.{}", version.major(), version.minor());
        Self {
            label: facts.label().to_owned(),
            serial: facts.serial_number().to_owned(),
            model: facts.model().to_owned(),
            manufacturer: facts.manufacturer_id().to_owned(),
            hardware: version(facts.hardware_version()),
            firmware: version(facts.firmware_version()),
            initialized: facts.token_initialized(),
            pinpad: facts.protected_authentication_path(),
            pin: pin_state(facts),
        }
    }

    /// For people: `"root-2026", serial 3f9a…, SoftHSM v2`.
    #[must_use]
    pub fn describe(&self) -> String {
        format!("{:?}, serial {:?}, {}", self.label, self.serial, self.model)
    }
}

fn pin_state(facts: &TokenInfo) -> PinState {
    PinState {
        count_low: facts.user_pin_count_low(),
        final_try: facts.user_pin_final_try(),
        locked: facts.user_pin_locked(),
    }
}

/// A token that was found, until it is plugged out.
#[derive(Debug, Clone)]
pub(crate) struct FoundToken {
    pub(crate) slot: Slot,
    pub(crate) facts: TokenFacts,
    pub(crate) has_user_pin: bool,
    pub(crate) pin_bytes_min: usize,
    pub(crate) pin_bytes_max: usize,
}

/// A call that failed.
pub(crate) fn failed(doing: &'static str) -> impl Fn(Error) -> KeyError {
    move |error| KeyError::Token { doing, why: told(&error) }
}

/// What a module said, in its own words first: `CKR_TOKEN_NOT_PRESENT` says more to an operator than its explanation.
pub(crate) fn told(error: &Error) -> String {
    match error {
        Error::Pkcs11(code, function) => format!("{function} returned {code:?}"),
        error => error.to_string(),
    }
}

impl Module {
    /// Loads the module at `path` and starts it.
    ///
    /// # Errors
    /// When there is no such file, or it is no module, or it does not start.
    pub(crate) fn load(path: &Path) -> Result<Self, KeyError> {
        let refused = |why: String| KeyError::Module { path: path.to_owned(), why };
        // An absolute path: the loader looks for a bare name in folders nobody reviewed.
        let path_absolute = std::path::absolute(path).map_err(|error| refused(error.to_string()))?;
        match std::fs::metadata(&path_absolute) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Err(refused("not a file".to_owned())),
            Err(error) => return Err(refused(error.to_string())),
        }
        let context = Pkcs11::new(&path_absolute).map_err(|error| refused(told(&error)))?;
        let started_here = match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) => true,
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => false,
            Err(error) => return Err(refused(told(&error))),
        };
        Ok(Self { context, started_here })
    }

    /// Every token that is there, initialised or not.
    pub(crate) fn all(&self) -> Result<Vec<FoundToken>, KeyError> {
        let slots = self.context.get_slots_with_token().map_err(failed("list its slots"))?;
        let mut tokens = Vec::new();
        for slot in slots {
            match self.context.get_token_info(slot) {
                Ok(facts) => tokens.push(FoundToken {
                    slot,
                    facts: TokenFacts::from_info(&facts),
                    has_user_pin: facts.user_pin_initialized(),
                    pin_bytes_min: facts.min_pin_length(),
                    pin_bytes_max: facts.max_pin_length(),
                }),
                // Plugged out between the two calls.
                Err(Error::Pkcs11(RvError::TokenNotPresent | RvError::DeviceRemoved, _)) => {}
                Err(error) => return Err(failed("describe a token")(error)),
            }
        }
        Ok(tokens)
    }

    /// The one token with this label *and* this serial number (KEY-PINNED).
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub(crate) fn find(&self, label: &str, serial: &str) -> Result<FoundToken, KeyError> {
        let all = self.all()?;
        let fits =
            |token: &&FoundToken| token.facts.initialized && token.facts.label == label && token.facts.serial == serial;
        let mut hits = all.iter().filter(fits);
        match (hits.next(), hits.count()) {
            (Some(token), 0) => Ok(token.clone()),
            (Some(_), more) => {
                Err(KeyError::TokenTwice { label: label.to_owned(), serial: serial.to_owned(), count: more + 1 })
            }
            (None, _) => {
                let seen = all.iter().filter(|token| token.facts.initialized).map(|token| token.facts.describe());
                let seen = seen.collect();
                Err(KeyError::TokenMissing { label: label.to_owned(), serial: serial.to_owned(), seen })
            }
        }
    }

    /// What the token says now of the tries left; `None` when it says nothing any more.
    pub(crate) fn pin_state(&self, slot: Slot) -> Option<PinState> {
        self.context.get_token_info(slot).ok().as_ref().map(pin_state)
    }

    /// A session on a token; `writes` only to make a key.
    pub(crate) fn session(&self, slot: Slot, writes: bool) -> Result<Session, KeyError> {
        let opened = if writes { self.context.open_rw_session(slot) } else { self.context.open_ro_session(slot) };
        opened.map_err(failed("open a session"))
    }

    pub(crate) fn context(&self) -> &Pkcs11 {
        &self.context
    }
}

impl Drop for Module {
    fn drop(&mut self) {
        if self.started_here {
            // Nothing is left to do about a module that does not end.
            let _ = self.context.clone().finalize();
        }
    }
}
