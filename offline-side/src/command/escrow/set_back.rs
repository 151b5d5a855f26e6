//! A clock that is behind the journal. Pages, bags and entries would get a day that is wrong for thirty years.

use rootcast_host::clock::rfc3339;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;

use crate::store::journal::Chain;

/// Says so where the clock is behind the last entry of the journal. Times in a journal are written by one program in one form
/// (`2026-11-21T09:00:00Z`), so their texts compare as they do.
pub(super) fn say_if_set_back(chain: &Chain, now: i64) {
    let clock = rfc3339(now);
    if let Some(last) =
        chain.entries.iter().map(|entry| entry.time.as_str()).max().filter(|last| *last > clock.as_str())
    {
        say(&format!(
            "WARNING: this host's clock says {clock}, but the journal has an entry of {}. The clock was set back, or it was ahead \
             then. Pages and entries get its day: stop here (Ctrl-C) and set it right, if it is wrong.",
            printable(last)
        ));
    }
}
