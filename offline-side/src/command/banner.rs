//! What is said aloud of a key in a file.

use rootcast_host::terminal::say;

/// Said before and after everything that concerns a key in a file.
const BANNER: &str =
    "REHEARSAL KEY: the site's key is a file and no HSM. What it signs is for demonstrations, labs and tests.";

/// Says it, where the site's key is one.
pub(super) fn say_banner(is_rehearsal: bool) {
    if is_rehearsal {
        say(BANNER);
    }
}
