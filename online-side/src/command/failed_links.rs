//! What is said of a link that fails while others live: how the run goes on, and what to do about the link.
//!
//! Must not: decide whether it is tried again.

use std::path::PathBuf;

use rootcast_host::text::shell_word;

use crate::limits::RECEIVERS_MAX;
use crate::link::port_process::TRIED_EVERY;
use crate::link::{Link, LinkFailure};
use crate::reception::GoesOnWithout;

/// What there is to know about a run before one of its links fails.
#[derive(Debug)]
pub(super) struct FailedLinks {
    /// The links of the run.
    pub(super) links: Vec<Link>,
    /// The state it receives into.
    pub(super) state: PathBuf,
    /// How many receivers ran into this state before it.
    pub(super) before: usize,
}

impl FailedLinks {
    /// How the run goes on without the link of this name, and what to do: a sentence or some.
    pub(super) fn text(&self, name: &str, failure: &LinkFailure, goes_on: GoesOnWithout) -> String {
        let every = TRIED_EVERY.as_secs();
        let mut text = match goes_on {
            GoesOnWithout::TriedAgain => {
                format!("It is tried again every {every} seconds, for as long as another link lives")
            }
            GoesOnWithout::NotTriedAgain => "The run goes on without it".to_owned(),
        };
        if let Some(next) = &failure.next {
            text.push_str(&format!(". {}", next.trim_end_matches('.')));
        }
        let is_of_a_device = self.links.iter().any(|link| link.to_string() == name && link.kind.remedy.is_of_a_device);
        if goes_on == GoesOnWithout::NotTriedAgain && is_of_a_device {
            text.push_str(&self.second_receiver(name));
        }
        text
    }

    /// How a second receiver listens to the link beside this run, if there may be one.
    fn second_receiver(&self, name: &str) -> String {
        if self.before + 1 >= usize::try_from(RECEIVERS_MAX).unwrap_or(usize::MAX) {
            return format!(
                ". To listen to it again, end this run and start it again: {RECEIVERS_MAX} receivers of one state is the most"
            );
        }
        format!(
            ". To listen to it again beside this run, unless a second receiver runs already: rootcast-online receive --state {} \
             --link {}",
            shell_word(&self.state.display().to_string()),
            shell_word(name)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{FailedLinks, GoesOnWithout, LinkFailure};
    use crate::link::Registry;

    fn text(name: &str, failure: &LinkFailure, goes_on: GoesOnWithout, before: usize) -> String {
        let links = Registry::default().read_all(&[name.to_owned()]).unwrap();
        FailedLinks { links, state: "/var/lib/root cast".into(), before }.text(name, failure, goes_on)
    }

    #[test]
    fn a_second_receiver_is_offered_only_where_it_can_help_and_as_a_shell_reads_it() {
        let failure = LinkFailure::new("it is gone");
        let port = text("serial:/dev/tty it's,baud=9600", &failure, GoesOnWithout::NotTriedAgain, 0);
        assert!(port.contains("--state '/var/lib/root cast' --link 'serial:/dev/tty it'\\''s,baud=9600'"), "{port}");
        let second = text("serial:/dev/ttyS0", &failure, GoesOnWithout::NotTriedAgain, 1);
        assert!(second.contains("end this run") && !second.contains("--link"), "{second}");
        for read_once in ["file:root.frames", "qr:video=-", "audio:wav=-"] {
            assert_eq!(text(read_once, &failure, GoesOnWithout::NotTriedAgain, 0), "The run goes on without it");
        }
        let tried = text("serial:/dev/ttyS0", &failure, GoesOnWithout::TriedAgain, 0);
        assert_eq!(tried, "It is tried again every 2 seconds, for as long as another link lives");
    }

    #[test]
    fn what_to_do_about_the_cause_is_said() {
        let failure = LinkFailure::new("it is gone").with_next("Plug it in again.");
        let text = text("file:root.frames", &failure, GoesOnWithout::NotTriedAgain, 0);
        assert_eq!(text, "The run goes on without it. Plug it in again");
    }
}
