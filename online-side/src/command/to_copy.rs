//! Commands that an operator copies: whole, with the state that they are about.

use std::path::Path;

use rootcast_host::text::shell_quoted;

/// The command that decides (`accept`, `discard`) about the held item `id`, without the name and the reason.
pub(super) fn deciding(what: &str, state: Option<&Path>, id: &str) -> String {
    format!("rootcast-online held {what} {id}{} --by NAME --because TEXT", state_option(state))
}

/// The command that acknowledges the alarm `id`.
pub(super) fn acknowledging(state: Option<&Path>, id: &str) -> String {
    format!("rootcast-online alarm ack {id}{} --by NAME --because TEXT", state_option(state))
}

/// The command that lists the alarms.
pub(super) fn alarms(state: Option<&Path>) -> String {
    format!("rootcast-online alarm list{}", state_option(state))
}

/// The option that names the state, quoted for a shell; nothing where none was named.
fn state_option(state: Option<&Path>) -> String {
    state.map(|dir| format!(" --state {}", shell_quoted(dir))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::deciding;

    #[test]
    fn a_state_is_quoted_for_a_shell() {
        let state = Path::new("it's a state");
        assert_eq!(
            deciding("accept", Some(state), "01-3f"),
            "rootcast-online held accept 01-3f --state 'it'\\''s a state' --by NAME --because TEXT"
        );
        assert_eq!(deciding("discard", None, "01-3f"), "rootcast-online held discard 01-3f --by NAME --because TEXT");
    }
}
