//! Recordings: frames in a file, each preceded by its length.
//!
//! A recording has no beginning of its own, so that recordings can be joined end to end. A record that was damaged or
//! cut loses itself and no other: where the lengths stop making sense, the reader looks for the next place where a
//! length is followed by the first bytes of a frame. Bytes put in front of a sound record never swallow it.

use crate::cobs::Piece;
use crate::frame::{FRAME_SIZE_MIN, MAGIC, announces_own_size, is_sound};
use crate::limits::FRAME_SIZE_MAX;

/// Bytes of the length before each frame (big-endian).
const LENGTH_SIZE: usize = 2;

/// A record's length and the first bytes of its frame: what the look ahead needs.
const START_SIZE: usize = LENGTH_SIZE + MAGIC.len();

/// Appends one record. A frame has at most [`FRAME_SIZE_MAX`] bytes; of anything longer nothing is written.
pub fn encode_record(frame: &[u8], out: &mut Vec<u8>) {
    if let (Ok(length), true) = (u16::try_from(frame.len()), frame.len() <= FRAME_SIZE_MAX) {
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(frame);
    }
}

/// Cuts a recording into frames, in pieces of any size. Holds at most two records and one step.
///
/// ```
/// use rootcast_protocol::cobs::Piece;
/// use rootcast_protocol::recording::{Splitter, encode_record};
/// use rootcast_protocol::test_pattern::TestPattern;
///
/// let frame = TestPattern::new().frame(0, 1).expect("the first frame");
/// let mut recording = b"noise".to_vec();
/// encode_record(&frame, &mut recording);
/// let (mut frames, mut damaged) = (Vec::new(), 0);
/// let mut splitter = Splitter::new();
/// let mut each = |piece: Piece<'_>| match piece {
///     Piece::Frame(bytes) => frames.push(bytes.to_vec()),
///     Piece::Damaged { bytes } => damaged += bytes,
/// };
/// splitter.push(&recording, &mut each);
/// splitter.finish(&mut each);
/// assert_eq!((frames, damaged), (vec![frame], 5));
/// ```
#[derive(Debug, Default)]
pub struct Splitter {
    held: Vec<u8>,
    /// Bytes given up since the last frame.
    lost: usize,
}

/// What the held bytes begin with.
enum Start<'a> {
    /// A record of this frame.
    Record(&'a [u8]),
    /// No record.
    Nothing,
    /// Not enough bytes to tell.
    More,
}

impl Splitter {
    /// A splitter at the beginning of a recording.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes more bytes of the recording and hands each frame, and each run of bytes that belongs to none, to `each`.
    pub fn push(&mut self, bytes: &[u8], each: &mut impl FnMut(Piece<'_>)) {
        // In steps, so that no more is held than one record and one step, however much is pushed at once.
        for part in bytes.chunks(FRAME_SIZE_MAX) {
            self.held.extend_from_slice(part);
            self.cut(false, each);
        }
    }

    /// Ends the recording: what is still held is handed out.
    pub fn finish(&mut self, each: &mut impl FnMut(Piece<'_>)) {
        self.cut(true, each);
        self.report_lost(each);
    }

    fn cut(&mut self, ended: bool, each: &mut impl FnMut(Piece<'_>)) {
        let mut held = core::mem::take(&mut self.held);
        let mut place = 0;
        while let Some(rest) = held.get(place..).filter(|rest| !rest.is_empty()) {
            match start(rest, ended) {
                Start::Record(frame) => {
                    self.report_lost(each);
                    place += LENGTH_SIZE + frame.len();
                    each(Piece::Frame(frame));
                }
                Start::Nothing => {
                    self.lost = self.lost.saturating_add(1);
                    place += 1;
                }
                Start::More => break,
            }
        }
        held.drain(..place);
        self.held = held;
    }

    fn report_lost(&mut self, each: &mut impl FnMut(Piece<'_>)) {
        if self.lost > 0 {
            each(Piece::Damaged { bytes: self.lost });
        }
        self.lost = 0;
    }
}

/// Says what `rest` begins with. `ended` means that nothing comes after it.
fn start(rest: &[u8], ended: bool) -> Start<'_> {
    let missing = if ended { Start::Nothing } else { Start::More };
    let Some(length) = stated_length(rest) else {
        return if rest.len() < START_SIZE { missing } else { Start::Nothing };
    };
    let Some((frame, after)) = rest.get(LENGTH_SIZE..).and_then(|rest| rest.split_at_checked(length)) else {
        return missing;
    };
    // An undamaged frame proves its own length. Any other record must at least end where the next begins, and hold no
    // sound record of its own: it is then handed out all the same, to be counted as what it is.
    if is_sound_record(frame) {
        return Start::Record(frame);
    }
    match stated_length(after) {
        Some(_) => {}
        None if after.is_empty() && ended => {}
        None if after.len() < START_SIZE && !ended => return Start::More,
        None => return Start::Nothing,
    }
    match holds_record(rest, LENGTH_SIZE + length, ended) {
        Start::Record(_) => Start::Nothing,
        Start::More => Start::More,
        Start::Nothing => Start::Record(frame),
    }
}

/// The first sound record that begins within the first `size` bytes of `rest`, but not at its start.
fn holds_record(rest: &[u8], size: usize, ended: bool) -> Start<'_> {
    for place in 1..size {
        let Some(inner) = rest.get(place..) else { break };
        let Some(length) = stated_length(inner) else {
            if inner.len() < START_SIZE && !ended {
                return Start::More;
            }
            continue;
        };
        match inner.get(LENGTH_SIZE..).and_then(|inner| inner.get(..length)) {
            Some(frame) if is_sound_record(frame) => return Start::Record(frame),
            None if !ended => return Start::More,
            _ => {}
        }
    }
    Start::Nothing
}

fn is_sound_record(frame: &[u8]) -> bool {
    announces_own_size(frame) && is_sound(frame)
}

/// The length at the start of `rest`, where it could be a frame's and the first bytes of a frame follow it.
fn stated_length(rest: &[u8]) -> Option<usize> {
    let (&[high, low, first, second], _) = rest.split_first_chunk::<START_SIZE>()?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    ([first, second] == MAGIC && (FRAME_SIZE_MIN..=FRAME_SIZE_MAX).contains(&length)).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::esi::Esi;
    use crate::frame::Frame;
    use crate::object::Object;

    fn frames(count: u32) -> Vec<Vec<u8>> {
        let object = Object::new(&[3; 5000]).unwrap();
        (0..count)
            .map(|first| {
                let symbols = [u8::try_from(first % 256).unwrap(); 2 * 176];
                Frame::new(object, Esi::ZERO.wrapping_add(first), &symbols).unwrap().encode()
            })
            .collect()
    }

    fn recording_of(frames: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = Vec::new();
        frames.iter().for_each(|frame| encode_record(frame, &mut bytes));
        bytes
    }

    fn split(recording: &[u8], step: usize) -> (Vec<Vec<u8>>, usize) {
        let (mut frames, mut lost) = (Vec::new(), 0);
        let mut splitter = Splitter::new();
        let mut each = |piece: Piece<'_>| match piece {
            Piece::Frame(frame) => frames.push(frame.to_vec()),
            Piece::Damaged { bytes } => lost += bytes,
        };
        for part in recording.chunks(step) {
            splitter.push(part, &mut each);
        }
        splitter.finish(&mut each);
        assert!(splitter.held.is_empty());
        (frames, lost)
    }

    #[test]
    fn joined_recordings_are_one_recording() {
        let frames = frames(20);
        let joined = [recording_of(&frames[..7]), recording_of(&frames[7..])].concat();
        for step in [1, 3, 1000, usize::MAX] {
            assert_eq!(split(&joined, step), (frames.clone(), 0));
        }
    }

    #[test]
    fn a_record_cut_short_loses_itself_and_no_other() {
        let frames = frames(6);
        let whole = recording_of(&frames);
        let record = whole.len() / 6;
        for cut in 1..record {
            let mut recording = whole.clone();
            recording.drain(2 * record + (record - cut)..3 * record);
            let mut left = frames.clone();
            left.remove(2);
            assert_eq!(split(&recording, 700), (left, record - cut), "{cut} bytes missing at the end of a record");
        }
    }

    #[test]
    fn a_recording_cut_anywhere_keeps_its_whole_records() {
        let frames = frames(3);
        let whole = recording_of(&frames);
        for end in 0..whole.len() {
            let kept = end / (whole.len() / 3);
            assert_eq!(split(&whole[..end], 500), (frames[..kept].to_vec(), end % (whole.len() / 3)), "cut at {end}");
        }
    }

    #[test]
    fn any_changed_byte_loses_one_record_at_most() {
        let frames = frames(4);
        let whole = recording_of(&frames);
        for place in 0..whole.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut recording = whole.clone();
                recording[place] ^= change;
                let (found, _) = split(&recording, 600);
                let right = found.iter().filter(|frame| Frame::parse(frame).is_ok()).count();
                assert_eq!(right, 3, "byte {place} ^ {change:#x}");
            }
        }
    }

    #[test]
    fn noise_before_between_and_after_is_counted() {
        let frames = frames(2);
        let mut recording = vec![0xd7; 100];
        encode_record(&frames[0], &mut recording);
        recording.extend_from_slice(&[0; 5000]);
        encode_record(&frames[1], &mut recording);
        recording.extend_from_slice(b"end");
        for step in [1, 64, 100_000] {
            assert_eq!(split(&recording, step), (frames.clone(), 5103));
        }
    }

    #[test]
    fn a_file_that_is_no_recording_is_all_damage_and_not_held() {
        let noise: Vec<u8> = (0..1_000_000u32).map(|i| i.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let mut splitter = Splitter::new();
        splitter.push(&noise, &mut |_| {});
        assert!(splitter.held.capacity() < 4 * FRAME_SIZE_MAX, "{}", splitter.held.capacity());
        assert_eq!(split(&noise, 4096), (vec![], noise.len()));
    }

    #[test]
    fn bytes_before_a_record_never_swallow_it() {
        // Four bytes that say "a frame of so many bytes begins here", with the length of the record behind them.
        let frames = frames(10);
        let mut recording = Vec::new();
        for frame in &frames {
            let swallowing = u16::try_from(LENGTH_SIZE + frame.len() + MAGIC.len()).unwrap();
            recording.extend_from_slice(&swallowing.to_be_bytes());
            recording.extend_from_slice(&MAGIC);
            encode_record(frame, &mut recording);
        }
        for step in [1, 7, 500, usize::MAX] {
            assert_eq!(split(&recording, step), (frames.clone(), 10 * START_SIZE), "in steps of {step}");
        }
    }

    #[test]
    fn one_that_reaches_beyond_the_next_place_is_not_swallowed_either() {
        // The false record ends inside the true one, at four bytes there that look like the start of a record.
        let object = Object::new(&[3; 5000]).unwrap();
        let mut symbols = vec![7; 2 * 176];
        symbols[100..104].copy_from_slice(&[0, 100, MAGIC[0], MAGIC[1]]);
        let frame = Frame::new(object, Esi::ZERO, &symbols).unwrap().encode();
        let inside = frame.windows(4).position(|four| four == &symbols[100..104]).unwrap();
        let mut recording = Vec::new();
        let swallowing = u16::try_from(MAGIC.len() + LENGTH_SIZE + inside).unwrap();
        recording.extend_from_slice(&swallowing.to_be_bytes());
        recording.extend_from_slice(&MAGIC);
        encode_record(&frame, &mut recording);
        for step in [1, 90, usize::MAX] {
            assert_eq!(split(&recording, step), (vec![frame.clone()], START_SIZE), "in steps of {step}");
        }
    }

    #[test]
    fn a_frame_of_a_later_version_is_handed_out() {
        let mut frames = frames(3);
        frames[1][2] = 9;
        frames[2][2] = 9;
        assert_eq!(split(&recording_of(&frames), 100), (frames, 0));
    }
}
