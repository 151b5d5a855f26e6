//! What is said of one photograph: nobody aims, but it may be taken again.

use rootcast_protocol::frame::Frame;

use super::{Advice, Aiming};
use crate::link::optical::qr_reader::{Outcome, Reading};

/// What is said of a photograph.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AboutPhotograph {
    /// What was read, what was not, why, and what to do.
    pub(crate) text: String,
    /// Why something was not read.
    pub(crate) advice: Advice,
}

/// What was not read in a photograph, why, and what to do; nothing if all that was seen was read.
#[must_use]
pub(crate) fn about_photograph(reading: &Reading) -> Option<AboutPhotograph> {
    let is_frame = |content: &[u8]| Frame::parse(content).is_ok();
    let contents = reading.contents();
    let frames = contents.iter().filter(|content| is_frame(content)).count();
    let of = |outcome: &Outcome| reading.sightings.iter().filter(|seen| seen.outcome == *outcome).count();
    let (unread, hidden) = (of(&Outcome::Unread), of(&Outcome::Hidden));
    let unfinished = reading.unfinished.as_ref().map(|sizes| {
        format!("not finished: its processor time ended before it was looked at in {sizes}. Make it smaller, or cut it to the code")
    });
    if contents.is_empty() || unread + hidden > 0 && frames > 0 {
        let mut aiming = Aiming::default();
        aiming.note(&without_chance(reading));
        let advice = if hidden > 0 && unread == 0 { Advice::Covered } else { aiming.why_unread() };
        let counted = match (frames, unread + hidden) {
            (0, _) => "no code read".to_owned(),
            (frames, others) => format!("{} read, {others} more seen and not read", codes(frames)),
        };
        let text = format!("{counted}; {}", advice.text());
        let text = unfinished.map_or(text.clone(), |unfinished| format!("{text}; {unfinished}"));
        return Some(AboutPhotograph { text, advice });
    }
    if frames == 0 {
        let text = format!("{} read; {}", codes(contents.len()), Advice::Foreign.text());
        return Some(AboutPhotograph { text, advice: Advice::Foreign });
    }
    // All that was seen was read, so what was left is of no interest.
    None
}

/// The share of a code's contrast that its smallest modules have: with less, what looks like its corners is there by chance.
const SHARPNESS_MIN: f32 = 0.12;

/// The same without what only looks like a code.
fn without_chance(reading: &Reading) -> Reading {
    let mut reading = reading.clone();
    reading.sightings.retain(|seen| {
        let is_sharp = seen.sharpness.is_some_and(|sharpness| sharpness >= SHARPNESS_MIN);
        let is_turned = seen.inverted || seen.mirrored;
        seen.outcome != Outcome::Unread || seen.covered || is_sharp || is_turned
    });
    reading
}

fn codes(count: usize) -> String {
    if count == 1 { "1 code".to_owned() } else { format!("{count} codes") }
}

#[cfg(test)]
mod tests {
    use rootcast_protocol::esi::Esi;
    use rootcast_protocol::object::Object;

    use super::{Frame, Outcome, Reading, about_photograph};
    use crate::link::optical::qr_reader::{Light, Point, Sighting};

    fn seen(outcome: Outcome, pixels: f32) -> Sighting {
        Sighting {
            module_pixels: Some(pixels),
            contrast: Some(20.0),
            sharpness: Some(0.9),
            ..Sighting::at(Point::square(100.0), outcome)
        }
    }

    fn photograph(sightings: Vec<Sighting>) -> Reading {
        let light = Light { mean: 120.0, steepest: 1.0, ..Light::default() };
        Reading { sightings, light, unfinished: None }
    }

    #[test]
    fn a_photograph_is_told_of_only_where_something_is_missing_and_with_the_first_cause() {
        let object = Object::new(&[7; 100]).unwrap();
        let frame = Outcome::Read { content: Frame::new(object, Esi::ZERO, &[0; 176]).unwrap().encode() };
        let other = Outcome::Read { content: b"https://example.com".to_vec() };
        assert_eq!(about_photograph(&photograph(vec![seen(frame.clone(), 3.0)])), None);
        let said = |sightings: Vec<Sighting>| about_photograph(&photograph(sightings)).unwrap().text;
        assert!(said(Vec::new()).starts_with("no code read; no code seen"), "{}", said(Vec::new()));
        // It is faint too: coming closer helps against both.
        let small = said(vec![seen(frame.clone(), 3.0), seen(Outcome::Unread, 1.5)]);
        assert!(small.starts_with("1 code read, 1 more seen and not read; too small: 1.5"), "{small}");
        assert!(said(vec![seen(Outcome::Unread, 3.0)]).contains("too faint"));
        assert!(said(vec![seen(other, 3.0)]).contains("another program"));
        let chance = said(vec![Sighting { sharpness: Some(0.02), ..seen(Outcome::Unread, 3.0) }]);
        assert!(chance.contains("no code seen"), "{chance}");
        let covered = said(vec![Sighting { covered: true, contrast: Some(100.0), ..seen(Outcome::Unread, 3.0) }]);
        assert!(covered.contains("a corner of the code is hidden"), "{covered}");
        let mut cut = photograph(vec![seen(Outcome::Unread, 1.5)]);
        cut.unfinished = Some("1/3 of the size".to_owned());
        let cut = about_photograph(&cut).unwrap().text;
        assert!(cut.contains("too small") && cut.contains("not finished") && cut.contains("1/3 of the size"), "{cut}");
    }
}
