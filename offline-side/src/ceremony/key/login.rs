//! Where a key is kept, and the login to its token: one session, one try of the PIN (KEY-PIN).

use std::path::PathBuf;

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use rootcast_protocol::digest::Digest;

use super::choice::choose;
use super::error::KeyError;
use super::module::{FoundToken, Module, failed, told};
use super::pin::{PinEntry, PinQuestion};

/// Where a key is kept: what a site file says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlace {
    /// The PKCS#11 module.
    pub module: PathBuf,
    /// The token's label; empty for a token without one.
    pub token_label: String,
    /// The token's serial number; empty for a token without one.
    pub token_serial: String,
    /// The label of the key on it.
    pub key_label: String,
}

impl TokenPlace {
    /// What its token is known by: label and serial number.
    pub(super) fn names(&self) -> (&str, &str) {
        (&self.token_label, &self.token_serial)
    }
}

/// A token somebody logged in to. Dropped, it is logged out and its session closed, in that order.
pub(super) struct Login {
    pub(super) session: Session,
    pub(super) token: FoundToken,
    // Dropped last: the module outlives its sessions.
    pub(super) module: Module,
}

impl Drop for Login {
    fn drop(&mut self) {
        // A token that was removed is logged out already.
        let _ = self.session.logout();
    }
}

impl Login {
    /// Loads the module, finds the token (`pinned` helps where several fit) and logs in.
    pub(super) fn begin(
        place: &TokenPlace,
        pinned: Option<&Digest>,
        writes: bool,
        pins: &mut dyn PinEntry,
    ) -> Result<Self, KeyError> {
        let module = Module::load(&place.module)?;
        let token = choose(&module, place.names(), (&place.key_label, pinned))?;
        let session = module.session(token.slot, writes)?;
        log_in(&module, &session, &token, pins)?;
        Ok(Self { session, token, module })
    }
}

/// Why nobody can log in to a token, as far as it says so itself: no PIN, or a locked one.
pub(super) fn login_fault(token: &FoundToken) -> Option<KeyError> {
    let label = token.facts.label.clone();
    if !token.has_user_pin && token.needs_login {
        let why = "has no user PIN yet (CKF_USER_PIN_INITIALIZED is off)";
        return Some(KeyError::TokenNotReady { label, why });
    }
    token.facts.pin.locked.then_some(KeyError::PinLocked { label })
}

/// Logs in as the user, with one try (KEY-PIN). A token that needs no login and has no PIN asks for none.
pub(super) fn log_in(
    module: &Module,
    session: &Session,
    token: &FoundToken,
    pins: &mut dyn PinEntry,
) -> Result<(), KeyError> {
    if let Some(fault) = login_fault(token) {
        return Err(fault);
    }
    if !token.has_user_pin {
        return Ok(());
    }
    authenticate(module, session, token, UserType::User, pins)
}

/// Asks for the PIN and gives it to the token, once: to log in, or for one use of a key (`UserType::ContextSpecific`).
pub(super) fn authenticate(
    module: &Module,
    session: &Session,
    token: &FoundToken,
    user: UserType,
    pins: &mut dyn PinEntry,
) -> Result<(), KeyError> {
    let label = token.facts.label.clone();
    // Asked again: the PIN may have been tried since the token was found.
    let before = module.pin_state(token.slot).unwrap_or(token.facts.pin);
    let question = PinQuestion {
        token_label: label.clone(),
        token_serial: token.facts.serial.clone(),
        token_model: token.facts.model.clone(),
        state: before,
    };
    let answered = if token.facts.pinpad {
        pins.announce_pinpad(&question);
        session.login(user, None)
    } else {
        let pin = pins.ask(&question)?;
        let bytes = pin.byte_count();
        // A PIN of a length no PIN of this token has would be one try less.
        if bytes < token.pin_bytes_min || (token.pin_bytes_max > 0 && bytes > token.pin_bytes_max) {
            let min = token.pin_bytes_min;
            let takes = match token.pin_bytes_max {
                0 => format!("at least {min}"),
                max => format!("{min} to {max}"),
            };
            let why = format!("it takes {takes} bytes; the PIN was not sent to the token");
            return Err(KeyError::PinRefused { label, why, before, after: module.pin_state(token.slot) });
        }
        session.login_with_raw(user, pin.as_raw())
    };
    match answered {
        Ok(()) => Ok(()),
        Err(
            error @ Error::Pkcs11(
                RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinLocked
                | RvError::PinExpired
                | RvError::FunctionCanceled,
                _,
            ),
        ) => Err(KeyError::PinRefused { label, why: told(&error), before, after: module.pin_state(token.slot) }),
        Err(error) => Err(failed("log in")(error)),
    }
}
