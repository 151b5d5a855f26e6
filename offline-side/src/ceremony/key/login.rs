//! Where a key is kept, and the login to its token: one session, one try of the PIN (KEY-PIN).

use std::path::PathBuf;

use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};

use super::error::KeyError;
use super::module::{FoundToken, Module, failed, told};
use super::pin::{PinEntry, PinQuestion};

/// Where a key is kept: what a site file says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenPlace {
    /// The PKCS#11 module.
    pub module: PathBuf,
    /// The token's label.
    pub token_label: String,
    /// The token's serial number.
    pub token_serial: String,
    /// The label of the key on it.
    pub key_label: String,
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
    pub(super) fn begin(place: &TokenPlace, writes: bool, pins: &mut dyn PinEntry) -> Result<Self, KeyError> {
        let module = Module::load(&place.module)?;
        let token = module.find(&place.token_label, &place.token_serial)?;
        let session = module.session(token.slot, writes)?;
        log_in(&module, &session, &token, pins)?;
        Ok(Self { session, token, module })
    }
}

/// Logs in as the user, with one try (KEY-PIN).
pub(super) fn log_in(
    module: &Module,
    session: &Session,
    token: &FoundToken,
    pins: &mut dyn PinEntry,
) -> Result<(), KeyError> {
    let label = token.facts.label.clone();
    if !token.has_user_pin {
        return Err(KeyError::TokenNotReady { label, why: "has no user PIN yet (CKF_USER_PIN_INITIALIZED is off)" });
    }
    let before = token.facts.pin;
    if before.locked {
        return Err(KeyError::PinLocked { label });
    }
    let question = PinQuestion { token_label: label.clone(), token_serial: token.facts.serial.clone(), state: before };
    let answered = if token.facts.pinpad {
        pins.announce_pinpad(&question);
        session.login(UserType::User, None)
    } else {
        let pin = pins.ask(&question)?;
        let bytes = pin.byte_count();
        // A PIN of a length no PIN of this token has would be one try less.
        if bytes < token.pin_bytes_min || (token.pin_bytes_max > 0 && bytes > token.pin_bytes_max) {
            let why = format!(
                "it takes {} to {} bytes; the PIN was not sent to the token",
                token.pin_bytes_min, token.pin_bytes_max
            );
            return Err(KeyError::PinRefused { label, why, before, after: module.pin_state(token.slot) });
        }
        session.login_with_raw(UserType::User, pin.as_raw())
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
