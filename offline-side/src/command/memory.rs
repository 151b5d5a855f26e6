//! The memory that a PIN or a key is in.

use rootcast_host::process::lock_memory;
use rootcast_host::swap;
use rootcast_host::terminal::say;

/// Keeps it out of the swap area, or says that it cannot. A host without swap needs no word.
pub(super) fn keep_out_of_swap() {
    // Also where nothing can be read: then nobody knows.
    let has_no_swap = || swap::areas().is_ok_and(|areas| areas.is_empty());
    if !lock_memory() && !has_no_swap() {
        say("note: this process may not lock its memory, so a PIN or a key could reach the swap area. Allow it \
             (`ulimit -l unlimited`), or switch swapping off (`swapoff -a`).");
    }
}
