//! A clock that is behind the journal. Pages, bags and entries would get a day that is wrong for thirty years.

use rootcast_host::clock::rfc3339;
use rootcast_host::terminal::say;
use rootcast_pki::time::{Timestamp, parse_rfc3339};

use crate::store::journal::Chain;

/// Says so where the clock is behind an entry of the journal.
pub(super) fn say_if_set_back(chain: &Chain, now: i64) {
    if let Some(latest) = ahead(chain.entries.iter().map(|entry| entry.time.as_str()), Timestamp(now)) {
        let clock = rfc3339(now);
        say(&format!(
            "WARNING: this host's clock says {clock}, but the journal has an entry of {latest}. The clock was set back, or it was ahead \
             then. Pages and entries get its day: stop here (Ctrl-C) and set it right, if it is wrong."
        ));
    }
}

/// The latest of these times, RFC 3339, if it is after `now`. What cannot be read as a time is left out.
fn ahead<'t>(times: impl Iterator<Item = &'t str>, now: Timestamp) -> Option<Timestamp> {
    times.filter_map(|time| parse_rfc3339(time).ok()).max().filter(|latest| *latest > now)
}

#[cfg(test)]
mod tests {
    use rootcast_pki::time::parse_rfc3339;

    use super::ahead;

    #[test]
    fn the_latest_time_counts_and_what_is_no_time_does_not() {
        let now = parse_rfc3339("2026-11-21T09:00:00Z").unwrap();
        let latest = |times: &[&str]| ahead(times.iter().copied(), now).map(|time| time.to_string());
        assert_eq!(latest(&[]), None);
        assert_eq!(latest(&["2026-11-21T08:59:59Z", "2026-11-21T09:00:00Z"]), None);
        let both = ["2026-11-21T09:00:01Z", "2026-11-22T00:00:00Z", "2026-11-20T23:59:59Z"];
        assert_eq!(latest(&both).unwrap(), "2026-11-22T00:00:00Z");
        // As a text, each of these is after now.
        assert_eq!(latest(&["yesterday", "9", "2026-11-31T00:00:00Z"]), None);
    }
}
