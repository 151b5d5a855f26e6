//! The odds of a transmission: what they are after so many frames, and how people read and write them.

use rootcast_host::configuration::odds_of_failure;
use rootcast_protocol::object::Object;
use rootcast_protocol::odds::{failure_odds, failure_odds_from_source};

/// The probability that `frames` frames on way `way` through the symbols are not enough.
#[must_use]
pub(crate) fn failure_of(object: &Object, per_frame: u16, loss: f64, way: u32, frames: u64) -> f64 {
    let frames = u32::try_from(frames).unwrap_or(u32::MAX);
    if way == 0 {
        failure_odds_from_source(frames, object, per_frame, loss)
    } else {
        failure_odds(frames, object, per_frame, loss)
    }
}

/// The probability of success where `failure` is that of failure, told so that many nines stay readable.
#[must_use]
pub(crate) fn success_text(failure: f64) -> String {
    match failure {
        f if f <= 1e-15 => "odds ≥ 1 - 1e-15".to_owned(),
        // Rounded up to two digits, so that "at least" stays true.
        f if f < 1e-3 => {
            let step = 10f64.powf(f.log10().floor() - 1.0);
            format!("odds ≥ 1 - {:.1e}", (f / step).ceil() * step)
        }
        f => format!("odds {:.1} %", ((1.0 - f) * 1000.0).floor() / 10.0),
    }
}

/// What `--until-odds` takes: `0.999999`, or the failure `1e-6`, which says the same.
///
/// # Errors
/// In words, for a usage error.
pub(crate) fn parse_odds(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("'{text}' is not a number"))?;
    odds_of_failure(number).ok_or_else(|| {
        "give the odds like 0.999999, or the accepted odds of failure like 1e-6; between 0.5 and 1 - 1e-15".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::{parse_odds, success_text};

    #[test]
    fn odds_are_told_so_that_at_least_stays_true() {
        assert_eq!(success_text(1.01e-9), "odds ≥ 1 - 1.1e-9");
        assert_eq!(success_text(0.0), "odds ≥ 1 - 1e-15");
        assert_eq!(success_text(0.2501), "odds 74.9 %");
        assert_eq!(parse_odds("1e-6"), Ok(1e-6));
        assert!((parse_odds("0.999999").unwrap() - 1e-6).abs() < 1e-12);
        for wrong in ["1", "0", "2", "-1", "many", "NaN"] {
            assert!(parse_odds(wrong).is_err(), "{wrong}");
        }
    }
}
