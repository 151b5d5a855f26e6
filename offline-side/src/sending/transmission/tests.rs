//! When transmissions end, over a link that only counts.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use rootcast_host::interrupt::Interrupt;
use rootcast_protocol::object::Object;

use super::{Ending, OpenTransmission, Outcome, SymbolSource, send_all};
use crate::link::cover_sheet::CoverSheet;
use crate::link::{Link, LinkError, Moved, Outlet, Stop, Transmitter};
use crate::sending::plan::{LinkPlan, StopRule};

/// A link that keeps the length of every frame, takes its time, and fails where it is told to.
#[derive(Debug, Clone, Copy)]
struct Desk {
    frame_time: Duration,
    fails_at: Option<usize>,
    has_end: bool,
    /// The room after the third frame, where it changes.
    later_room: Option<usize>,
}

static FRAMES: Mutex<Vec<usize>> = Mutex::new(Vec::new());

impl Link for Desk {
    fn name(&self) -> String {
        "desk:".to_owned()
    }
    fn design_loss(&self) -> f64 {
        0.05
    }
    fn has_end(&self) -> bool {
        self.has_end
    }
    fn room(&self, _object: &Object) -> Result<usize, LinkError> {
        Ok(1_200)
    }
    fn frame_time(&self, _size: usize, _frames_suffice: u32) -> Duration {
        self.frame_time
    }
    fn open(&self, _cover: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        Ok(Box::new(*self))
    }
}

impl Transmitter for Desk {
    fn new_room(&mut self, _stop: &Stop) -> Result<Option<usize>, LinkError> {
        Ok(self.later_room.filter(|_| FRAMES.lock().unwrap().len() == 3))
    }
    fn transmit(&mut self, frame: &[u8], _caption: &[String], stop: &Stop) -> Result<Moved, LinkError> {
        let mut frames = FRAMES.lock().unwrap();
        if self.fails_at.is_some_and(|at| frames.len() >= at) {
            return Err(LinkError::NoTerminal);
        }
        frames.push(frame.len());
        drop(frames);
        let _ = stop.sleep_until(Instant::now() + self.frame_time);
        Ok(Moved::Whole)
    }
    fn finish(&mut self, _stop: &Stop) -> Result<(), LinkError> {
        Ok(())
    }
    fn outlet(&self) -> Outlet<'_> {
        Outlet::Folder(std::path::Path::new("desk"))
    }
}

fn run(link: Desk, index: u32, rule: StopRule, interrupt: &Interrupt) -> (LinkPlan, Outcome) {
    FRAMES.lock().unwrap().clear();
    let bytes: Vec<u8> = (0u32..176 * 61 - 5).map(|n| n.to_le_bytes()[0] ^ 0x5a).collect();
    let object = Object::new(&bytes).unwrap();
    let source = SymbolSource::new(object, bytes);
    let plan = LinkPlan::new(&link, &object, index, rule).unwrap();
    let transmitter = link.open(&CoverSheet::without_items(&object, &plan)).unwrap();
    let transmission = OpenTransmission { plan, link: Box::new(link), transmitter };
    send_all(&source, vec![transmission], interrupt, &mut |text| assert!(text().contains("desk:"))).remove(0)
}

// One test: they share the desk.
#[test]
fn every_stop_rule_ends_where_it_says() {
    let desk = Desk { frame_time: Duration::ZERO, fails_at: None, has_end: true, later_room: None };
    let none = Interrupt::default();

    let (plan, outcome) = run(desk, 0, StopRule::Passes(1), &none);
    assert!(matches!(outcome.ending, Ending::Complete));
    assert_eq!((plan.frames_in_pass, outcome.frames), (11, 11), "61 symbols, 6 a frame");
    let lengths = FRAMES.lock().unwrap().clone();
    assert!(lengths[..10].iter().all(|length| *length > 6 * 176) && lengths[10] < 2 * 176, "{lengths:?}");

    let (_, outcome) = run(desk, 3, StopRule::Passes(4), &none);
    assert_eq!((outcome.frames, FRAMES.lock().unwrap().len()), (44, 44), "a later one needs repair symbols at once");

    let (plan, outcome) = run(desk, 0, StopRule::ByLink, &none);
    assert_eq!(Some(outcome.frames), plan.frames.map(u64::from));
    assert!(plan.failure_odds <= 1e-9);

    let (full_plan, full) = run(desk, 1, StopRule::Failure(1e-6), &none);
    let shrinking = Desk { later_room: Some(300), ..desk };
    let (plan, outcome) = run(shrinking, 1, StopRule::Failure(1e-6), &none);
    assert_eq!((full.changed, outcome.changed, outcome.symbols_per_frame), (false, true, 1));
    assert!(outcome.frames > full.frames && outcome.symbols >= full.symbols, "{outcome:?} after {full:?}");
    let object = Object::new(&[1; 176 * 61 - 5]).unwrap();
    assert!(super::failure_after(&object, &plan, &outcome) <= full_plan.failure_odds, "the odds asked for are kept");

    let slow = Desk { frame_time: Duration::from_millis(20), fails_at: None, has_end: false, later_room: None };
    let begun = Instant::now();
    let (_, outcome) = run(slow, 0, StopRule::Time(Duration::from_millis(300)), &none);
    // A busy machine shows fewer frames in that time; what it says of them must be true nevertheless.
    assert!(begun.elapsed() >= Duration::from_millis(300));
    assert!((1..=16).contains(&outcome.frames), "{} frames", outcome.frames);
    assert_eq!(matches!(outcome.ending, Ending::Complete), outcome.frames >= 11, "{:?}", outcome.ending);

    let failing = Desk { fails_at: Some(5), ..desk };
    let (_, outcome) = run(failing, 0, StopRule::Passes(1), &none);
    assert!(matches!(outcome.ending, Ending::Link(LinkError::NoTerminal)));
    assert_eq!(outcome.frames, 5, "what failed does not count");

    let stopped = Interrupt::default();
    stopped.set();
    let (_, outcome) = run(slow, 0, StopRule::ByLink, &stopped);
    assert!(matches!(outcome.ending, Ending::Stopped) && outcome.frames == 0);
}
