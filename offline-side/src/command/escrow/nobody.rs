//! What is said where nobody types.

use rootcast_host::diagnosis::{Diagnosis, Label};

use crate::escrow::gathering::Ungathered;
use crate::escrow::typed_line::NoLine;

/// Nobody typed. `what` says what was not done.
pub(super) fn nobody(what: &str, no_line: NoLine) -> Diagnosis {
    match no_line {
        NoLine::NobodyThere => {
            let why =
                "Standard input is not a terminal, or it ended: pieces are typed or scanned, never read from a file.";
            Diagnosis::new(Label::NotConfirmed, what, why, "Run the command at a terminal.")
        }
        NoLine::Interrupted => {
            let why = "It was ended at a question (Ctrl-C or Ctrl-D). What was typed is forgotten.";
            Diagnosis::new(Label::Interrupted, what, why, "Run the same command again.")
        }
        NoLine::Terminal(error) => {
            let why = format!("The terminal failed: {error}.");
            Diagnosis::new(Label::StorageFailed, what, why, "Run the command again at another terminal.")
        }
    }
}

/// Nobody typed any longer, and not everything was there. It says what is missing, and which envelopes have it.
pub(super) fn ungathered(what: &str, Ungathered { no_line, missing }: Ungathered) -> Diagnosis {
    let is_ended = matches!(no_line, NoLine::Interrupted);
    let diagnosis = nobody(what, no_line);
    let why = format!("KEY-ESCROW: {}. {}", missing.join("; "), diagnosis.why);
    let next =
        if is_ended { "Get what is missing. Then run the same command again.".to_owned() } else { diagnosis.next };
    Diagnosis { why, next, ..diagnosis }
}
