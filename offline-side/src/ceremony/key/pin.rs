//! The PIN of a token (KEY-PIN): asked on the terminal without echo, or typed on the token's own pinpad. It is never
//! read from a file, a pipe, an argument or the environment, never logged, and overwritten in memory after its one use.

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use cryptoki::types::RawAuthPin;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, printable};
use zeroize::Zeroizing;

use super::keystroke::{self, Keystroke, NoKey, Silence};
use super::token_name::TokenName;

/// Bytes of a PIN at most; tokens take 4 to 255.
pub(crate) const PIN_BYTES_MAX: usize = 255;

/// How many prompts there are for one PIN. Return alone answers a prompt and sends nothing; a PIN is never asked for again.
const PROMPTS_MAX: u64 = 3;

/// A PIN. It is not shown, and overwritten when dropped.
pub struct Pin {
    secret: RawAuthPin,
    byte_count: usize,
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(not shown)")
    }
}

impl Pin {
    /// A PIN as it was typed.
    #[must_use]
    pub fn typed(mut bytes: Zeroizing<Vec<u8>>) -> Self {
        // Moved, not copied: the bytes stay in the one place that is overwritten later.
        let byte_count = bytes.len();
        Self { secret: RawAuthPin::new(Box::new(std::mem::take(&mut *bytes))), byte_count }
    }

    pub(crate) fn byte_count(&self) -> usize {
        self.byte_count
    }

    pub(crate) fn as_raw(&self) -> &RawAuthPin {
        &self.secret
    }
}

/// What the token says of the tries that are left (CK_TOKEN_INFO flags, PKCS#11 §3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PinState {
    /// CKF_USER_PIN_COUNT_LOW: a wrong PIN was entered since the last right one.
    pub count_low: bool,
    /// CKF_USER_PIN_FINAL_TRY: another wrong PIN locks it.
    pub final_try: bool,
    /// CKF_USER_PIN_LOCKED: no PIN is accepted any more.
    pub locked: bool,
}

impl fmt::Display for PinState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self { locked: true, .. } => "the PIN is locked (CKF_USER_PIN_LOCKED)",
            Self { final_try: true, .. } => "this is the final try before the PIN is locked (CKF_USER_PIN_FINAL_TRY)",
            Self { count_low: true, .. } => "a wrong PIN was entered since the last right one (CKF_USER_PIN_COUNT_LOW)",
            Self { .. } => "the token reports no wrong PIN since the last right one",
        })
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinQuestion {
    /// The token's label.
    pub token_label: String,
    /// The token's serial number; may be empty.
    pub token_serial: String,
    /// The token's model.
    pub token_model: String,
    /// What the token says of the tries left.
    pub state: PinState,
}

impl PinQuestion {
    /// The prompt, exactly: `PIN for token LABEL: `, or `PIN for the token without a label: `.
    #[must_use]
    pub(crate) fn prompt(&self) -> String {
        format!("PIN for {}: ", printable(&TokenName(&self.token_label).to_string()))
    }

    /// What to do where the PIN is typed on the token's own pinpad.
    #[must_use]
    fn pinpad(&self) -> String {
        format!("Enter the PIN on the pinpad of {}.", printable(&TokenName(&self.token_label).to_string()))
    }

    /// The line before the prompt: which token that is, and its tries left.
    #[must_use]
    pub(crate) fn which(&self) -> String {
        let label = if self.token_label.is_empty() { "without a label" } else { &self.token_label };
        let serial = match self.token_serial.as_str() {
            "" => "no serial number".to_owned(),
            serial => format!("serial {serial}"),
        };
        printable(&format!("Token {label}, {serial}, {}: {}.", self.token_model, self.state))
    }
}

/// Why there is no PIN.
#[derive(Debug)]
pub enum PinError {
    /// Standard input is no terminal.
    NoTerminal,
    /// Nothing was typed: Return alone at every prompt, or the end of the input.
    Nothing,
    /// More than [`PIN_BYTES_MAX`] bytes were typed.
    TooLong,
    /// Ctrl-C, or a signal.
    Interrupted,
    /// The terminal failed.
    Terminal(io::Error),
}

impl fmt::Display for PinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTerminal => f.write_str(
                "KEY-PIN: standard input is not a terminal. Type the PIN on a terminal or a pinpad; it is never read from a pipe",
            ),
            Self::Nothing => f.write_str("no PIN was typed, so the token counts no try"),
            Self::TooLong => write!(f, "more than {PIN_BYTES_MAX} bytes were typed as a PIN"),
            Self::Interrupted => f.write_str("interrupted at the PIN prompt"),
            Self::Terminal(error) => write!(f, "the terminal failed: {error}"),
        }
    }
}

impl std::error::Error for PinError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Terminal(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

/// Whoever asks the person at the token. Outside tests there is one: [`Terminal`].
pub trait PinEntry {
    /// Asks for a PIN. Whoever answers nothing may be asked again; what was answered is never asked for twice.
    ///
    /// # Errors
    /// When nobody can be asked, or nothing is answered.
    fn ask(&mut self, question: &PinQuestion) -> Result<Pin, PinError>;

    /// Says that the PIN is now to be typed on the token's own pinpad.
    fn announce_pinpad(&mut self, question: &PinQuestion);
}

/// The operator's terminal: standard input, with the prompt on standard error. The default notices no signal; a command
/// gives it what [`Interrupt::listen`] made, so that SIGTERM at a prompt does not leave the terminal without echo.
#[derive(Debug, Default)]
pub(crate) struct Terminal {
    interrupt: Interrupt,
}

impl Terminal {
    /// The terminal; a signal that sets `interrupt` ends a prompt and gives the echo back.
    #[must_use]
    pub(crate) fn new(interrupt: Interrupt) -> Self {
        Self { interrupt }
    }
}

impl PinEntry for Terminal {
    fn ask(&mut self, question: &PinQuestion) -> Result<Pin, PinError> {
        if !io::stdin().is_terminal() {
            return Err(PinError::NoTerminal);
        }
        say(&question.which());
        // Over all prompts: what is typed between two of them is not shown, and is the beginning of the next answer.
        let _silence = Silence::begin().map_err(|error| PinError::Terminal(error.into()))?;
        for left in (0..PROMPTS_MAX).rev() {
            let typed = self.ask_once(question)?;
            if !typed.is_empty() {
                return Ok(Pin::typed(typed));
            }
            if left > 0 {
                let left = count(left, "prompt");
                say(&format!("Nothing was typed. The token counts no try. {left} left."));
            }
        }
        Err(PinError::Nothing)
    }

    fn announce_pinpad(&mut self, question: &PinQuestion) {
        say(&question.which());
        say(&question.pinpad());
    }
}

impl Terminal {
    /// Shows the prompt and reads one line. The terminal has to be silent ([`Silence`]).
    fn ask_once(&self, question: &PinQuestion) -> Result<Zeroizing<Vec<u8>>, PinError> {
        let mut screen = io::stderr().lock();
        let _ = write!(screen, "{}", question.prompt());
        let _ = screen.flush();
        let typed = self.read_line();
        let _ = writeln!(screen);
        typed
    }

    /// One line, key by key.
    fn read_line(&self) -> Result<Zeroizing<Vec<u8>>, PinError> {
        let mut typed = Zeroizing::new(Vec::with_capacity(PIN_BYTES_MAX + 1));
        let mut too_long = false;
        loop {
            let key = keystroke::next(&self.interrupt).map_err(|no_key| match no_key {
                NoKey::Interrupted => PinError::Interrupted,
                NoKey::Ended => PinError::Nothing,
                NoKey::Terminal(error) => PinError::Terminal(error),
            })?;
            match key {
                Keystroke::Return if too_long => return Err(PinError::TooLong),
                Keystroke::Return => return Ok(typed),
                Keystroke::Stop => return Err(PinError::Interrupted),
                Keystroke::End if typed.is_empty() => return Err(PinError::Nothing),
                Keystroke::End => {}
                Keystroke::Back => drop(typed.pop()),
                Keystroke::Again => (typed.clear(), too_long = false).1,
                Keystroke::Byte(_) if typed.len() >= PIN_BYTES_MAX => too_long = true,
                Keystroke::Byte(byte) => typed.push(byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Pin, PinQuestion, PinState};
    use zeroize::Zeroizing;

    #[test]
    fn a_pin_is_never_shown() {
        assert_eq!(format!("{:?}", Pin::typed(Zeroizing::new(b"123456".to_vec()))), "Pin(not shown)");
    }

    #[test]
    fn the_prompt_is_exact_and_a_label_cannot_move_the_cursor() {
        let question = |label: &str| PinQuestion {
            token_label: label.to_owned(),
            token_serial: String::new(),
            token_model: "A model".to_owned(),
            state: PinState::default(),
        };
        assert_eq!(question("root-2026").prompt(), "PIN for token root-2026: ");
        assert_eq!(question("a\u{1b}[2J").prompt(), "PIN for token a\\u{1b}[2J: ");
        assert_eq!(question("root-2026").pinpad(), "Enter the PIN on the pinpad of token root-2026.");
        assert_eq!(question("").prompt(), "PIN for the token without a label: ");
        assert_eq!(question("").pinpad(), "Enter the PIN on the pinpad of the token without a label.");
        let told = "the token reports no wrong PIN since the last right one.";
        assert_eq!(question("").which(), format!("Token without a label, no serial number, A model: {told}"));
        let question = PinQuestion { token_serial: "5c9f\n6f".to_owned(), ..question("root-2026") };
        assert_eq!(question.which(), format!("Token root-2026, serial 5c9f\\u{{a}}6f, A model: {told}"));
    }

    #[test]
    fn the_worst_of_what_the_token_says_is_told() {
        let told = |count_low, final_try, locked| PinState { count_low, final_try, locked }.to_string();
        assert!(told(true, false, false).contains("CKF_USER_PIN_COUNT_LOW"));
        assert!(told(true, true, false).contains("CKF_USER_PIN_FINAL_TRY"));
        assert!(told(true, true, true).contains("CKF_USER_PIN_LOCKED"));
    }
}
