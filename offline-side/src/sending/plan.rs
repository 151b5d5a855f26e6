//! The plan of a transmission over a link: frames, seconds and odds, all known before the first frame.

use std::time::Duration;

use rootcast_host::text::count;
use rootcast_protocol::frame::{frame_size, symbols_per_frame};
use rootcast_protocol::object::Object;
use rootcast_protocol::odds::frames_for;
use rootcast_protocol::transport_key::MAC_SIZE;
use serde::Serialize;

use crate::link::odds_text::{failure_of, success_text};
use crate::link::{Beat, Link, LinkError};
use crate::sending::carousel::{Carousel, first_esi};

/// The accepted odds of failure by default.
pub(crate) const FAILURE_DEFAULT: f64 = 1e-9;

/// When a transmission ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StopRule {
    /// After this many passes of ⌈K ÷ symbols per frame⌉ frames.
    Passes(u32),
    /// After this wall-clock time, however much the link transmitted.
    Time(Duration),
    /// When the odds of failure are at most this.
    Failure(f64),
    /// A link with an end: at [`FAILURE_DEFAULT`]. Any other link: when the operator stops it.
    ByLink,
}

/// The plan of one transmission.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkPlan {
    /// The link as it was named.
    pub link: String,
    /// Which transmission of this object it is, counted from 0.
    pub transmission: u32,
    /// Which way through the symbols it takes, as [`Carousel::new`] has it: its own number, or 0 where the link begins
    /// with the source symbols every time.
    pub way: u32,
    /// Its first symbol's id.
    pub first_esi: u32,
    /// The most bytes of a frame on this link.
    pub room: usize,
    /// The most bytes of a frame as it will be.
    pub frame_size: usize,
    /// Symbols in a frame.
    pub symbols_per_frame: u16,
    /// Frames in a pass.
    pub frames_in_pass: u32,
    /// How many frames are enough, whichever they are: two symbols more than K make the code's own failure less than
    /// 1e-6.
    pub frames_suffice: u32,
    /// The share of frames assumed lost.
    pub design_loss: f64,
    /// After how many frames it ends; `None` if only time or the operator ends it.
    pub frames: Option<u32>,
    /// The frames for which the odds below hold: those above, those that fit the time, or those of the default odds.
    pub frames_told: u32,
    /// The probability that those are not enough.
    pub failure_odds: f64,
    /// The odds of failure that were asked for, where odds end it.
    pub failure_asked: Option<f64>,
    /// How long those take, in seconds.
    pub seconds: f64,
    /// After how much time it ends, if time ends it.
    pub time: Option<Duration>,
    /// The least time it takes, whatever the frames.
    pub spread: Duration,
    /// The longest time in which everything may be lost at once, and the frames of that time. They are among the frames
    /// above.
    pub outage: (Duration, u32),
    /// When its frames go out, where that is not at the link's own rate.
    pub beat: Option<Beat>,
    /// Advice for the operator, a line each.
    pub advice: Vec<String>,
}

impl LinkPlan {
    /// Plans transmission `index` of `object` over `link`.
    ///
    /// # Errors
    /// When the link has no room for a symbol, or can never reach the odds asked for.
    pub fn new(link: &dyn Link, object: &Object, index: u32, rule: StopRule) -> Result<Self, LinkError> {
        Self::beside(link, object, index, rule, 0)
    }

    /// The same where every frame carries the MAC of a transport key.
    ///
    /// # Errors
    /// As [`LinkPlan::new`].
    pub(crate) fn with_mac(link: &dyn Link, object: &Object, index: u32, rule: StopRule) -> Result<Self, LinkError> {
        Self::beside(link, object, index, rule, MAC_SIZE)
    }

    /// Plans frames that hold so many bytes beside symbols and header.
    fn beside(link: &dyn Link, object: &Object, index: u32, rule: StopRule, mac: usize) -> Result<Self, LinkError> {
        let room = link.room(object)?;
        let no_room = || LinkError::FrameRoom {
            link: link.name(),
            room,
            needed: frame_size(object, 1) + mac,
            instead: "a link with larger frames".to_owned(),
        };
        let per_frame = symbols_per_frame(object, room.saturating_sub(mac)).ok_or_else(no_room)?;
        let way = if link.begins_with_source() { 0 } else { index };
        let carousel = Carousel::new(object, per_frame, way);
        let (pass, single) = (carousel.frames_in_pass(), carousel.is_single_frame());
        let loss = link.design_loss();
        let frame_size = frame_size(object, per_frame) + mac;
        let suffice = if single { 1 } else { object.source_symbols().saturating_add(2).div_ceil(u32::from(per_frame)) };
        let frame_time = link.frame_time(frame_size, suffice);
        let (beat, outage) = (link.beat(pass), link.outage(pass));
        let in_time = |time: Duration| match beat {
            Some(beat) => beat.frames_in(time),
            None => {
                let frames = time.as_nanos().checked_div(frame_time.as_nanos()).unwrap_or(0);
                u32::try_from(frames).unwrap_or(u32::MAX)
            }
        };
        let outage = (outage, if outage.is_zero() { 0 } else { in_time(outage).saturating_add(1) });
        let to_odds = |failure| {
            let frames = frames_for(failure, object, per_frame, loss).unwrap_or(u32::MAX);
            frames.saturating_add(outage.1)
        };
        let (frames, time, spread) = match rule {
            StopRule::Passes(passes) => (Some(pass.saturating_mul(passes)), None, Duration::ZERO),
            StopRule::Time(time) => (None, Some(time), Duration::ZERO),
            StopRule::Failure(failure) => {
                let least = beat.map_or(0, Beat::frames_least);
                (Some(to_odds(failure).max(least)), None, link.spread())
            }
            StopRule::ByLink if link.has_end() => {
                let frames = whole_pictures(to_odds(FAILURE_DEFAULT), suffice, link.frames_together());
                (Some(frames), None, Duration::ZERO)
            }
            StopRule::ByLink => (None, None, Duration::ZERO),
        };
        let frames_told = match (frames, time) {
            (Some(frames), _) => frames.max(in_time(spread)),
            (None, Some(time)) => in_time(time),
            (None, None) => to_odds(FAILURE_DEFAULT),
        };
        Ok(Self {
            link: link.name(),
            transmission: index,
            way,
            first_esi: if single { 0 } else { first_esi(way).get() },
            room,
            frame_size,
            symbols_per_frame: per_frame,
            frames_in_pass: pass,
            frames_suffice: suffice,
            design_loss: loss,
            frames,
            frames_told,
            failure_odds: failure_of(object, per_frame, loss, way, u64::from(frames_told)),
            failure_asked: if let StopRule::Failure(failure) = rule { Some(failure) } else { None },
            seconds: match beat {
                Some(beat) => beat.due(u64::from(frames_told.saturating_sub(1))).as_secs_f64(),
                None => frame_time.as_secs_f64() * f64::from(frames_told),
            },
            time,
            spread,
            outage,
            beat,
            advice: link.advice(room),
        })
    }

    /// The odds for people: both facts, and the assumption.
    #[must_use]
    pub(crate) fn odds_text(&self) -> String {
        let (suffice, told) = (self.frames_suffice, self.frames_told);
        let first = match suffice {
            _ if told < suffice => format!("{} of {suffice} needed", count(u64::from(told), "frame")),
            1 if told == 1 => "this one frame suffices".to_owned(),
            1 => format!("any one of these {told} frames suffices"),
            _ => format!("any {suffice} of these {told} frames suffice"),
        };
        let odds = success_text(self.failure_odds);
        let beside = match self.outage {
            (_, 0) => String::new(),
            (time, frames) if frames < told => {
                format!("; an outage of {} ms may take {frames} of them", time.as_millis())
            }
            (time, frames) => format!("; AN OUTAGE OF {} ms TAKES ALL: it takes {frames} frames", time.as_millis()),
        };
        format!("{first}; {odds} if each frame is lost independently with p = {}{beside}", self.design_loss)
    }
}

/// A plan for scripts: one of `links` in the document of `plan`.
#[derive(Debug, Serialize)]
pub(crate) struct PlanDocument<'p> {
    link: &'p str,
    transmission: u32,
    first_esi: u32,
    frame_bytes_max: usize,
    symbols_per_frame: u16,
    frames_in_pass: u32,
    frames_suffice: u32,
    frames: u32,
    seconds: f64,
    design_loss: f64,
    failure_odds: f64,
    #[serde(skip_serializing_if = "is_zero")]
    outage_frames: u32,
    ends: bool,
    advice: &'p [String],
}

impl<'p> From<&'p LinkPlan> for PlanDocument<'p> {
    fn from(plan: &'p LinkPlan) -> Self {
        Self {
            link: &plan.link,
            transmission: plan.transmission,
            first_esi: plan.first_esi,
            frame_bytes_max: plan.frame_size,
            symbols_per_frame: plan.symbols_per_frame,
            frames_in_pass: plan.frames_in_pass,
            frames_suffice: plan.frames_suffice,
            frames: plan.frames_told,
            seconds: (plan.seconds * 1000.0).round() / 1000.0,
            design_loss: plan.design_loss,
            failure_odds: plan.failure_odds,
            outage_frames: plan.outage.1,
            ends: plan.frames.is_some() || plan.time.is_some(),
            advice: &plan.advice,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(frames: &u32) -> bool {
    *frames == 0
}

/// `frames`, or so many more that pictures of `together` frames are full and one of them may be lost whole.
fn whole_pictures(frames: u32, suffice: u32, together: u32) -> u32 {
    let spare = if together > 1 { suffice.saturating_add(together) } else { 0 };
    frames.max(spare).checked_next_multiple_of(together.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::{LinkPlan, StopRule};
    use crate::link::REGISTRY;
    use rootcast_protocol::object::Object;
    use std::time::Duration;

    #[test]
    fn a_fast_link_counts_an_outage_on_top_and_takes_its_time_for_a_small_object() {
        let rule = StopRule::Failure(1e-9);
        // 200 ms at 100 Mbit/s are 1,687 frames of 1,442 bytes.
        let large = plan("eth:none", 1_000_000, 0, rule);
        let without =
            rootcast_protocol::odds::frames_for(1e-9, &Object::new(&[3; 1_000_000]).unwrap(), 8, 0.05).unwrap();
        assert_eq!((large.symbols_per_frame, large.outage.1, large.frames), (8, 1_687, Some(without + 1_687)));
        assert!(large.odds_text().contains("an outage of 200 ms may take 1687 of them"), "{}", large.odds_text());
        let small = plan("eth:none", 700, 0, rule);
        assert_eq!((small.frames_in_pass, small.frames, small.frames_told, small.outage.1), (1, Some(9), 9, 0));
        assert!((1.0..2.0).contains(&small.seconds), "{} s", small.seconds);
        // The frames that give these odds are less than 8 kB on the wire; the floor's others come later.
        assert!(7 * (small.frame_size + 2 + 38) <= 8_000, "{} bytes", small.frame_size);
        assert_eq!(plan("eth:none", 700, 0, StopRule::Time(Duration::from_secs(4))).frames_told, 10);
    }

    fn plan(name: &str, length: usize, index: u32, rule: StopRule) -> LinkPlan {
        let object = Object::new(&vec![3; length]).unwrap();
        LinkPlan::new(&*REGISTRY.link(&name.parse().unwrap()).unwrap(), &object, index, rule).unwrap()
    }

    #[test]
    fn a_link_with_an_end_gets_the_frames_of_the_default_odds() {
        let plan = plan("qr:png=x", 176 * 60, 0, StopRule::ByLink);
        assert_eq!((plan.symbols_per_frame, plan.frames_in_pass, plan.frames_suffice), (8, 8, 8));
        assert!(plan.failure_odds <= 1e-9, "{plan:?}");
        assert_eq!(plan.frames, Some(plan.frames_told));
        assert!(plan.odds_text().contains("any 8 of these"), "{}", plan.odds_text());
        assert!(plan.odds_text().ends_with("if each frame is lost independently with p = 0.5"));
    }

    #[test]
    fn a_small_object_is_one_frame_of_at_most_1200_bytes_on_every_link() {
        for name in ["file:x", "qr:png=x", "qr:png=x,version=40", "serial:/x,baud=9600"] {
            let plan = plan(name, 900, 5, StopRule::Passes(3));
            assert_eq!((plan.frames_in_pass, plan.frames_suffice, plan.frames, plan.first_esi), (1, 1, Some(3), 0));
            assert!(plan.frame_size <= 1_200, "{name}: {} bytes", plan.frame_size);
        }
    }

    #[test]
    fn a_mac_fits_every_link_at_every_symbol_size() {
        for length in [900, 1 << 20, 1 << 24, 1 << 25, 70_000_000] {
            let object = Object { length: rootcast_protocol::object::ObjectLength::new(length).unwrap(), ..object() };
            for name in ["file:x", "qr:png=x", "qr:png=x,version=40", "serial:/x,baud=9600", "eth:none"] {
                let link = REGISTRY.link(&name.parse().unwrap()).unwrap();
                let plan = LinkPlan::with_mac(&*link, &object, 0, StopRule::Passes(1)).unwrap();
                assert!(plan.frame_size <= plan.room, "{name}, {length} bytes: {plan:?}");
                assert!(plan.symbols_per_frame >= 1);
            }
        }
    }

    fn object() -> Object {
        Object::new(&[1]).unwrap()
    }

    #[test]
    fn pictures_of_several_codes_are_full_and_one_of_them_is_spare() {
        for (name, together) in [("qr:pdf=x", 4), ("qr:pdf=x,tiles=6x6", 36), ("qr:png=x,tiles=2x3", 6)] {
            for length in [100, 176 * 60, 300_000] {
                let plan = plan(name, length, 0, StopRule::ByLink);
                let frames = plan.frames.unwrap();
                assert_eq!(frames % together, 0, "{name}: {frames}");
                assert!(frames - together >= plan.frames_suffice && plan.failure_odds <= 1e-9, "{name}: {plan:?}");
            }
        }
        assert!((plan("qr:pdf=x", 176 * 60, 0, StopRule::ByLink).design_loss - 0.3).abs() < f64::EPSILON);
    }

    #[test]
    fn paper_begins_with_the_object_itself_also_after_earlier_transmissions() {
        let paper = plan("qr:pdf=x", 176 * 60, 3, StopRule::ByLink);
        assert_eq!((paper.transmission, paper.way, paper.first_esi), (3, 0, 0));
        assert!(paper.failure_odds <= 1e-9);
        let other = plan("qr:html=x", 176 * 60, 3, StopRule::ByLink);
        assert_eq!((other.transmission, other.way), (3, 3));
        assert_ne!(other.first_esi, 0);
    }

    #[test]
    fn a_rate_that_may_lock_to_a_camera_gets_advice() {
        let advice = |name| plan(name, 1_000, 0, StopRule::ByLink).advice.join("\n");
        assert!(advice("qr:html=x,fps=15").contains("may lock to a camera of 25 or 30"));
        assert!(!advice("qr:html=x").contains("lock"));
        assert!(advice("qr:png=x,version=40,tiles=2x2").contains("370 × 370 modules"));
        assert_eq!(advice("serial:/x,baud=9600"), "");
    }

    #[test]
    fn serial_takes_the_time_of_the_line() {
        let plan = plan("serial:/x,baud=115200", 1 << 20, 0, StopRule::Passes(1));
        assert!((plan.seconds - (1 << 20) as f64 / 11_520.0).abs() < 8.0, "{} s", plan.seconds);
        let timed = self::plan("serial:/x,baud=115200", 1 << 20, 0, StopRule::Time(Duration::from_secs(10)));
        assert_eq!((timed.frames, timed.failure_odds), (None, 1.0));
    }
}
