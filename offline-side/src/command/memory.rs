//! The memory that a PIN or a key is in.

use rootcast_host::process::lock_memory;
use rootcast_host::terminal::say;

/// Keeps it out of the swap area, or says that it cannot.
pub(super) fn keep_out_of_swap() {
    if !lock_memory() {
        say("note: this process may not lock its memory, so a PIN or a key could reach the swap area. Allow it \
             (`ulimit -l unlimited`), or switch swapping off (`swapoff -a`).");
    }
}
