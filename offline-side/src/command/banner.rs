//! The warning about a rehearsal key: a key in a file.

use rootcast_host::terminal::say;

/// Printed before and after every command that uses a key in a file.
const BANNER: &str =
    "REHEARSAL KEY: the site's key is a file, not an HSM. Use its signatures for demonstrations, labs and tests only.";

/// Prints the banner if the site's key is a file.
pub(super) fn say_banner(is_rehearsal: bool) {
    if is_rehearsal {
        say(BANNER);
    }
}
