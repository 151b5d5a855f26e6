//! A PKCS#11 module and the tokens behind it, as they describe themselves. Slot numbers change from one machine, and one
//! day, to the next and are used for nothing but the calls themselves.
//!
//! A module is code that runs in this process. It comes from the site file or the command line, never from elsewhere.

use std::path::Path;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::MechanismType;
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

/// A token as it describes itself. Its texts come from the token: show them with care. Each ends at its first NUL, and
/// without the blanks that pad it: the standard pads with blanks (PKCS#11 §3.2), some tokens with NULs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFacts {
    /// CK_TOKEN_INFO label, without its padding; may be empty.
    pub label: String,
    /// CK_TOKEN_INFO serialNumber, without its padding; may be empty.
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
    /// The names of the flags that are set and say something of a key's use, `CKF_LOGIN_REQUIRED` and others.
    pub flags: Vec<&'static str>,
}

impl TokenFacts {
    fn from_info(facts: &TokenInfo) -> Self {
        let version = |version: cryptoki::types::Version| format!("{}.{}", version.major(), version.minor());
        Self {
            label: unpadded(facts.label()),
            serial: unpadded(facts.serial_number()),
            model: unpadded(facts.model()),
            manufacturer: unpadded(facts.manufacturer_id()),
            hardware: version(facts.hardware_version()),
            firmware: version(facts.firmware_version()),
            initialized: facts.token_initialized(),
            pinpad: facts.protected_authentication_path(),
            pin: pin_state(facts),
            flags: flags(facts),
        }
    }

    /// For people: `"root-2026", serial "3f9a…", SoftHSM v2`.
    #[must_use]
    pub fn describe(&self) -> String {
        let label = if self.label.is_empty() { "without a label" } else { &format!("{:?}", self.label) };
        if self.serial.is_empty() {
            return format!("{label}, no serial number, {}", self.model);
        }
        format!("{label}, serial {:?}, {}", self.serial, self.model)
    }
}

/// A text of CK_TOKEN_INFO without its padding.
fn unpadded(text: &str) -> String {
    text.split('\0').next().unwrap_or_default().trim_end().to_owned()
}

fn flags(facts: &TokenInfo) -> Vec<&'static str> {
    let all = [
        (facts.login_required(), "CKF_LOGIN_REQUIRED"),
        (facts.user_pin_initialized(), "CKF_USER_PIN_INITIALIZED"),
        (facts.protected_authentication_path(), "CKF_PROTECTED_AUTHENTICATION_PATH"),
        (facts.user_pin_count_low(), "CKF_USER_PIN_COUNT_LOW"),
        (facts.user_pin_final_try(), "CKF_USER_PIN_FINAL_TRY"),
        (facts.user_pin_locked(), "CKF_USER_PIN_LOCKED"),
        (facts.user_pin_to_be_changed(), "CKF_USER_PIN_TO_BE_CHANGED"),
        (facts.write_protected(), "CKF_WRITE_PROTECTED"),
        (facts.error_state(), "CKF_ERROR_STATE"),
    ];
    all.into_iter().filter(|(is_set, _)| *is_set).map(|(_, name)| name).collect()
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
    /// CKF_LOGIN_REQUIRED.
    pub(crate) needs_login: bool,
    pub(crate) pin_bytes_min: usize,
    pub(crate) pin_bytes_max: usize,
}

/// A call that failed.
pub(crate) fn failed(doing: &'static str) -> impl Fn(Error) -> KeyError {
    move |error| KeyError::Token { doing, why: told(&error) }
}

/// What a module said, in the words of PKCS#11: `C_Login returned CKR_PIN_INCORRECT` is in every book.
pub(crate) fn told(error: &Error) -> String {
    match error {
        Error::Pkcs11(code, function) => format!("C_{function:?} returned {}", return_value(code)),
        error => error.to_string(),
    }
}

/// The name of a return value in PKCS#11: `CKR_OPERATION_NOT_INITIALIZED`. The crate has the same names in other letters.
fn return_value(code: &RvError) -> String {
    if let RvError::VendorDefined(number) | RvError::UnknownErrorCode(number) = code {
        return format!("{number:#x}, which PKCS#11 does not name");
    }
    let mut name = "CKR".to_owned();
    for letter in format!("{code:?}").chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
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
                    needs_login: facts.login_required(),
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

    /// Whether the token in `slot` offers `mechanism` for signing.
    pub(crate) fn signs_with(&self, slot: Slot, mechanism: MechanismType) -> bool {
        self.context.get_mechanism_info(slot, mechanism).is_ok_and(|told| told.sign())
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

#[cfg(test)]
mod tests {
    use cryptoki::error::RvError;

    use super::{return_value, unpadded};

    #[test]
    fn a_return_value_has_its_name_in_pkcs11() {
        for (code, name) in [
            (RvError::OperationNotInitialized, "CKR_OPERATION_NOT_INITIALIZED"),
            (RvError::PinIncorrect, "CKR_PIN_INCORRECT"),
            (RvError::SlotIdInvalid, "CKR_SLOT_ID_INVALID"),
            (RvError::Cancel, "CKR_CANCEL"),
            (RvError::RandomNoRng, "CKR_RANDOM_NO_RNG"),
            (RvError::VendorDefined(0x8000_0001), "0x80000001, which PKCS#11 does not name"),
        ] {
            assert_eq!(return_value(&code), name);
        }
    }

    #[test]
    fn a_text_of_a_token_ends_before_its_padding_whatever_that_is() {
        for told in ["HSM PKI", "HSM PKI   ", "HSM PKI\0\0\0", "HSM PKI  \0", "HSM PKI\0rest", "HSM PKI \0  "] {
            assert_eq!(unpadded(told), "HSM PKI", "{told:?}");
        }
        for told in ["", "   ", "\0\0"] {
            assert_eq!(unpadded(told), "", "{told:?}");
        }
    }
}
