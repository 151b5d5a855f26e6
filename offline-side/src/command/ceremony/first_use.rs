//! The first use of a root's key in a state whose journal does not say that the key was made there. Nothing else can tell a
//! mistyped `--state` from a key that was made elsewhere: with another state, the key would sign a second root certificate
//! and a second CRL of the same number.

use std::path::Path;

use rootcast_host::confirmation::{Confirmation, ask};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::terminal::say;
use rootcast_protocol::digest::Digest;

use super::asking::{UNTOUCHED, interrupted};
use crate::store::journal::Chain;

/// What somebody types where the key was made elsewhere, and has never signed.
const WORD: &str = "elsewhere";

/// Why a first ceremony with this key is doubtful in the state `folder`; nothing where its journal knows the key. No state
/// has no journal.
pub(super) fn doubt(chain: Option<&Chain>, public_key: &Digest, folder: &Path) -> Option<String> {
    let what = match chain {
        None => "there is no state in",
        Some(chain) if !chain.knows_key(public_key) => "no record of making this key is in the state",
        Some(_) => return None,
    };
    Some(format!(
        "{what} {}. This is a first ceremony, with the key {public_key}. With another state than that of `ceremony keygen`, \
         the key would sign a second root certificate and a second CRL of the same number.",
        folder.display()
    ))
}

/// Asks for a word at the terminal, of what [`doubt`] says. A script is refused. With a rehearsal key (`is_rehearsal`), which
/// is for labs, it is only warned.
///
/// # Errors
/// Where nobody types it; in a script, if the key is in a token.
pub(super) fn confirm(why: &str, is_script: bool, is_rehearsal: bool) -> Result<(), Diagnosis> {
    let not_confirmed =
        |next: &str| Err(Diagnosis::new(Label::NotConfirmed, UNTOUCHED, why, format!("Check --state. {next}")));
    if is_script && is_rehearsal {
        say(&format!("WARNING: {why} Check --state."));
        return Ok(());
    }
    if is_script {
        return not_confirmed("If the key was made elsewhere, run the command without --yes, and type the word.");
    }
    say(&format!("WARNING: {why}"));
    let question = format!("Check --state. Type {WORD} if the key was made elsewhere and has signed nothing:");
    match ask(&question, &[WORD]) {
        Confirmation::Given => Ok(()),
        Confirmation::Refused => not_confirmed("Give the state that `ceremony keygen` was given."),
        Confirmation::Interrupted => Err(interrupted()),
        Confirmation::NobodyThere => not_confirmed("If the key was made elsewhere, run the command on a terminal."),
    }
}

#[cfg(test)]
mod tests {
    use rootcast_host::diagnosis::Label;

    use super::confirm;

    #[test]
    fn a_script_is_refused_with_a_key_in_a_token_and_warned_with_a_rehearsal_key() {
        let refused = confirm("it is doubtful.", true, false).unwrap_err();
        assert_eq!(refused.label, Label::NotConfirmed);
        assert!(refused.next.contains("without --yes"), "{refused}");
        assert!(confirm("it is doubtful.", true, true).is_ok());
    }
}
