//! Which symbols are sent when: the carousel of one transmission.
//!
//! ```text
//! transmission 0:  0 … K-1 (the source symbols)  K  K+1  K+2 …
//! transmission n:  n × 0x9E3779 mod 2^24, and on from there; after 2^24 - 1 comes 0
//! ```
//!
//! Two transmissions of one object send different symbols for a long time, so a receiver gains from both. Nothing here
//! makes a symbol or knows a link.

use rootcast_protocol::esi::Esi;
use rootcast_protocol::limits::ESI_COUNT;
use rootcast_protocol::object::Object;

/// How far the starts of consecutive transmissions lie apart: 2^24 divided by the golden ratio, odd, so that the first
/// 2^24 starts are all different and any few of them far from each other.
pub(crate) const TRANSMISSION_STEP: u32 = 0x9E_3779;

/// Where transmission `index` of an object starts.
#[must_use]
pub(crate) fn first_esi(index: u32) -> Esi {
    // Both factors are taken modulo 2^24, the product of which fits 48 bits.
    let start = u64::from(index % ESI_COUNT) * u64::from(TRANSMISSION_STEP) % u64::from(ESI_COUNT);
    u32::try_from(start).ok().and_then(Esi::new).unwrap_or(Esi::ZERO)
}

/// The symbols of one frame: `count` of them, consecutive, wrapping after 2^24 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameSymbols {
    /// The first symbol.
    pub first: Esi,
    /// How many.
    pub count: u16,
}

/// The endless sequence of frames of one transmission.
#[derive(Debug, Clone)]
pub struct Carousel {
    source_symbols: u32,
    per_frame: u16,
    next: Esi,
    /// Source symbols of the first pass still to come; only transmission 0 has one.
    source_left: u32,
    /// The frames of the first pass in columns, where it is spread out.
    columns: Option<Columns>,
}

/// The frames of a first pass, written in rows and sent in columns, so that those which are lost together lie far apart.
#[derive(Debug, Clone, Copy)]
struct Columns {
    /// Frames in a row: about the square root of all.
    row_length: u32,
    row: u32,
    column: u32,
}

impl Columns {
    /// The next frame of `frames`, counted from 0.
    fn advance(&mut self, frames: u32) -> u32 {
        let mut at = self.row.saturating_mul(self.row_length).saturating_add(self.column);
        if at >= frames {
            (self.row, self.column) = (0, self.column + 1);
            at = self.column;
        }
        self.row += 1;
        at
    }
}

impl Carousel {
    /// The carousel of transmission `index` of `object` over a link whose frames carry `per_frame` symbols, which is
    /// what `symbols_per_frame` gives.
    #[must_use]
    pub fn new(object: &Object, per_frame: u16, index: u32) -> Self {
        let source_symbols = object.source_symbols();
        let source_left = if index == 0 { source_symbols } else { 0 };
        Self { source_symbols, per_frame: per_frame.max(1), next: first_esi(index), source_left, columns: None }
    }

    /// The same with the frames of a first pass in an order in which those that follow each other lie far apart.
    #[must_use]
    pub(crate) fn spread_out(self) -> Self {
        let row_length = self.frames_in_pass().isqrt().max(1);
        let is_apart = self.source_left > 0 && !self.is_single_frame();
        Self { columns: is_apart.then_some(Columns { row_length, row: 0, column: 0 }), ..self }
    }

    /// Continues with frames of this many symbols after the link's room changed. It skips and repeats no symbol, except
    /// in frames that hold all of them.
    pub fn change(&mut self, per_frame: u16) {
        self.per_frame = per_frame.max(1);
        if self.columns.take().is_some() && self.source_left > 0 {
            // What is left of the first pass has no order in frames of this size: repair symbols take its place.
            self.source_left = 0;
            self.next = Esi::new(self.source_symbols).unwrap_or(Esi::ZERO);
        }
    }

    /// Whether all symbols of the object fit one frame, so that every frame is the same.
    #[must_use]
    pub(crate) fn is_single_frame(&self) -> bool {
        u32::from(self.per_frame) >= self.source_symbols
    }

    /// Where the transmission starts.
    #[must_use]
    pub fn start(&self) -> Esi {
        if self.is_single_frame() { Esi::ZERO } else { self.next }
    }

    /// How many frames one pass has: ⌈K ÷ symbols per frame⌉.
    #[must_use]
    pub fn frames_in_pass(&self) -> u32 {
        self.source_symbols.div_ceil(u32::from(self.per_frame))
    }

    /// The symbols of the next frame.
    pub fn advance(&mut self) -> FrameSymbols {
        if self.is_single_frame() {
            return FrameSymbols { first: Esi::ZERO, count: u16::try_from(self.source_symbols).unwrap_or(u16::MAX) };
        }
        let mut count = self.per_frame;
        let frames = self.frames_in_pass();
        if let Some(columns) = self.columns.as_mut().filter(|_| self.source_left > 0) {
            let first = columns.advance(frames).saturating_mul(u32::from(count));
            let rest = self.source_symbols.saturating_sub(first);
            count = u16::try_from(rest).unwrap_or(u16::MAX).min(count);
            self.source_left -= u32::from(count).min(self.source_left);
            self.next = Esi::new(self.source_symbols).unwrap_or(Esi::ZERO);
            return FrameSymbols { first: Esi::new(first).unwrap_or(Esi::ZERO), count };
        }
        if self.source_left > 0 {
            // The first pass is exactly the source symbols: its last frame may hold fewer.
            count = u16::try_from(self.source_left).unwrap_or(u16::MAX).min(count);
            self.source_left -= u32::from(count);
        }
        let first = self.next;
        self.next = first.wrapping_add(u32::from(count));
        FrameSymbols { first, count }
    }
}

#[cfg(test)]
mod tests {
    use super::{Carousel, FrameSymbols, first_esi};
    use rootcast_protocol::esi::Esi;
    use rootcast_protocol::object::Object;

    fn object(length: usize) -> Object {
        Object::new(&vec![1; length]).unwrap()
    }

    #[test]
    fn a_changed_room_skips_and_repeats_no_symbol() {
        let object = object(176 * 60);
        let mut carousel = Carousel::new(&object, 8, 0);
        let mut seen = Vec::new();
        for per_frame in [8, 1, 16, 3, 16, 16, 2, 16, 16] {
            carousel.change(per_frame);
            let FrameSymbols { first, count } = carousel.advance();
            assert!(count <= per_frame);
            seen.extend((0..u32::from(count)).map(|step| first.get() + step));
        }
        assert_eq!(seen, (0..u32::try_from(seen.len()).unwrap()).collect::<Vec<_>>());
        assert!(seen.len() > 60);
    }

    #[test]
    fn between_frames_that_hold_all_the_others_go_on_where_they_were() {
        let object = object(900);
        let mut carousel = Carousel::new(&object, 8, 5);
        assert_eq!(carousel.advance(), FrameSymbols { first: Esi::ZERO, count: 6 });
        carousel.change(2);
        let first = carousel.advance();
        assert_eq!(first, FrameSymbols { first: first_esi(5), count: 2 });
        carousel.change(6);
        assert_eq!(carousel.advance(), FrameSymbols { first: Esi::ZERO, count: 6 });
        carousel.change(2);
        assert_eq!(carousel.advance().first, first_esi(5).wrapping_add(2));
    }

    #[test]
    fn the_first_pass_of_the_first_transmission_is_exactly_the_source_symbols() {
        for (length, per_frame) in [(176 * 60, 6), (176 * 61 - 5, 6), (176 * 13, 5), (3_000_000, 4), (177, 1)] {
            let object = object(length);
            let mut carousel = Carousel::new(&object, per_frame, 0);
            let mut seen = Vec::new();
            for _ in 0..carousel.frames_in_pass() {
                let FrameSymbols { first, count } = carousel.advance();
                assert!(count > 0 && count <= per_frame);
                seen.extend((0..u32::from(count)).map(|step| first.get() + step));
            }
            assert_eq!(seen, (0..object.source_symbols()).collect::<Vec<_>>());
            let after = carousel.advance();
            assert_eq!((after.first.get(), after.count), (object.source_symbols(), per_frame), "repair follows");
        }
    }

    #[test]
    fn a_pass_that_is_spread_out_has_every_source_symbol_once_and_neighbours_lie_far_apart() {
        for (length, per_frame) in
            [(176 * 60, 6), (176 * 61 - 5, 6), (176 * 13, 5), (3_000_000, 4), (177, 1), (176 * 9, 8)]
        {
            let object = object(length);
            let mut carousel = Carousel::new(&object, per_frame, 0).spread_out();
            let (mut seen, mut firsts) = (Vec::new(), Vec::new());
            for _ in 0..carousel.frames_in_pass() {
                let FrameSymbols { first, count } = carousel.advance();
                assert!(count > 0 && count <= per_frame);
                seen.extend((0..u32::from(count)).map(|step| first.get() + step));
                firsts.push(first.get());
            }
            seen.sort_unstable();
            assert_eq!(seen, (0..object.source_symbols()).collect::<Vec<_>>(), "{length} {per_frame}");
            let after = carousel.advance();
            assert_eq!((after.first.get(), after.count), (object.source_symbols(), per_frame), "repair follows");
            if length == 3_000_000 {
                let near =
                    firsts.windows(2).filter(|pair| pair[0].abs_diff(pair[1]) < 40 * u32::from(per_frame)).count();
                assert_eq!(near, 0);
            }
        }
        let object = object(176 * 60);
        let mut changed = Carousel::new(&object, 6, 0).spread_out();
        _ = changed.advance();
        changed.change(3);
        assert_eq!(changed.advance(), FrameSymbols { first: Esi::new(60).unwrap(), count: 3 });
        assert_eq!(
            Carousel::new(&object, 6, 2).spread_out().advance().first,
            first_esi(2),
            "later ones are as they were"
        );
    }

    #[test]
    fn later_transmissions_start_far_from_all_earlier_ones() {
        assert_eq!(first_esi(0), Esi::ZERO);
        assert_eq!(first_esi(1).get(), 0x9E_3779);
        assert_eq!(first_esi(2).get(), 0x3C_6EF2);
        let mut starts: Vec<u32> = (0..100).map(|index| first_esi(index).get()).collect();
        starts.sort_unstable();
        let nearest = starts.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
        assert!(nearest > 60_000, "the nearest two of 100 starts are {nearest} symbols apart");
    }

    #[test]
    fn the_sequence_is_consecutive_and_wraps_to_zero() {
        let object = object(176 * 60);
        let mut carousel = Carousel::new(&object, 7, 3);
        let mut expected = first_esi(3);
        let mut wrapped = false;
        for _ in 0..(1 << 24) / 7 + 10 {
            let frame = carousel.advance();
            assert_eq!((frame.first, frame.count), (expected, 7));
            expected = expected.wrapping_add(7);
            wrapped |= expected < frame.first;
        }
        assert!(wrapped, "the fault this test looks for needs a wrap");
    }

    #[test]
    fn an_object_of_one_frame_is_the_same_frame_for_ever() {
        let object = object(600);
        for index in [0, 1, 77] {
            let mut carousel = Carousel::new(&object, 4, index);
            assert!(carousel.is_single_frame());
            for _ in 0..5 {
                assert_eq!(carousel.advance(), FrameSymbols { first: Esi::ZERO, count: 4 });
            }
            assert_eq!(carousel.frames_in_pass(), 1);
        }
    }
}
