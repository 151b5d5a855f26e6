//! First frames of objects that there is no place for: in memory, until a second frame of the same object comes.
//!
//! Anybody on a link can make up objects, each with one frame. Each of them once cost a file made and a file removed, so a few
//! hundred a second kept a fast link busy. Now one has to send two frames of each. Every link has room of its own here, so
//! nobody on another link can push a first frame out. Must not: make a file, or count.

use std::collections::{BTreeMap, VecDeque};

use rootcast_protocol::esi::Esi;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::object::Object;

use crate::limits::PARKED_BYTES_MAX;

/// A frame that waits for a second one of its object.
#[derive(Debug)]
pub(super) struct ParkedFrame {
    object: Object,
    first: Esi,
    symbols: Vec<u8>,
}

impl ParkedFrame {
    /// The frame.
    pub(super) fn frame(&self) -> Option<Frame<'_>> {
        Frame::new(self.object, self.first, &self.symbols).ok()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.symbols.len()
    }
}

/// The frames that wait, of each link the oldest first.
#[derive(Debug, Default)]
pub(super) struct Parked(BTreeMap<String, VecDeque<ParkedFrame>>);

impl Parked {
    /// Takes out the frame of `object` that waits, with its link, where `frame` says something else.
    pub(super) fn take(&mut self, frame: &Frame<'_>) -> Option<(String, ParkedFrame)> {
        self.0.iter_mut().find_map(|(link, parked)| {
            let place = parked.iter().position(|one| one.object == frame.object && one.first != frame.first)?;
            Some((link.clone(), parked.remove(place)?))
        })
    }

    /// Parks a frame that came by `link`. The oldest of that link make room.
    pub(super) fn park(&mut self, link: &str, frame: &Frame<'_>) {
        let new = ParkedFrame { object: frame.object, first: frame.first, symbols: frame.symbols.to_vec() };
        if !self.0.contains_key(link) {
            self.0.insert(link.to_owned(), VecDeque::new());
        }
        let Some(parked) = self.0.get_mut(link) else { return };
        if parked.iter().any(|one| one.object == new.object && one.first == new.first) {
            return;
        }
        parked.push_back(new);
        while parked.iter().map(ParkedFrame::size).sum::<usize>() > PARKED_BYTES_MAX {
            parked.pop_front();
        }
    }
}
