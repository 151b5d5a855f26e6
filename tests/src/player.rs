//! What the offline side shows: the frames of one transmission drawn as QR symbols, one or several a picture.
//!
//! Carousel, symbols, frames, drawing and the arrangement of the tiles are the program's own library; here a module becomes
//! pixels. Any picture can be asked for, so that several cameras film one transmission and join it when they like.

use image::GrayImage;
use rootcast_offline::link::optical::qr_sheet::{QrSheet, Tiles};
use rootcast_offline::link::optical::qr_symbol::{QrPen, QrSymbol, QrVersion};
use rootcast_offline::sending::carousel::{Carousel, FrameSymbols};
use rootcast_protocol::fec::Encoder;
use rootcast_protocol::frame::{Frame, symbols_per_frame};
use rootcast_protocol::object::Object;

/// How frames are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// The version of each symbol.
    pub version: u8,
    /// Rows and columns of symbols a picture.
    pub tiles: (usize, usize),
    /// Panel pixels a module.
    pub pixels: usize,
}

impl Layout {
    /// One symbol a picture, four pixels a module.
    #[must_use]
    pub fn single(version: u8) -> Self {
        Self { version, tiles: (1, 1), pixels: 4 }
    }

    fn version(&self) -> QrVersion {
        QrVersion::new(self.version).expect("a version from 1 to 40")
    }

    fn sheet(&self, symbols: &[QrSymbol]) -> QrSheet {
        let (rows, columns) = (self.tiles.0 as u32, self.tiles.1 as u32);
        QrSheet::new(symbols, Tiles { rows, columns })
    }

    /// Modules across and down a picture, with the quiet zone of each tile.
    #[must_use]
    pub fn modules(&self) -> (usize, usize) {
        let any = QrPen::new(self.version()).draw(b"").expect("a symbol");
        let sheet = self.sheet(&[any]);
        (sheet.width(), sheet.height())
    }

    /// The symbols as one picture, row by row; where there are fewer symbols than tiles the rest stays white.
    ///
    /// # Panics
    /// Where there is no symbol: its size is not known then.
    #[must_use]
    pub fn picture(&self, symbols: &[QrSymbol]) -> GrayImage {
        assert!(!symbols.is_empty(), "a picture of nothing");
        let sheet = self.sheet(symbols);
        let size = (sheet.width() * self.pixels, sheet.height() * self.pixels);
        let mut greys = Vec::with_capacity(size.0 * size.1);
        for row in sheet.rows() {
            let line: Vec<u8> =
                row.iter().flat_map(|dark| std::iter::repeat_n(if *dark { 0 } else { 255 }, self.pixels)).collect();
            (0..self.pixels).for_each(|_| greys.extend_from_slice(&line));
        }
        GrayImage::from_raw(size.0 as u32, size.1 as u32, greys).expect("as many greys as pixels")
    }
}

/// One transmission of one object on one screen.
pub struct Player {
    object: Object,
    bytes: Vec<u8>,
    encoder: Encoder,
    carousel: Carousel,
    planned: Vec<FrameSymbols>,
    pen: QrPen,
    layout: Layout,
}

impl Player {
    /// Shows the object with these bytes (an encoded bundle, or anything else where only frames matter).
    #[must_use]
    pub fn new(bytes: Vec<u8>, layout: Layout) -> Self {
        let object = Object::new(&bytes).expect("an object");
        let version = layout.version();
        let per_frame = symbols_per_frame(&object, version.capacity()).expect("room for a symbol");
        Self {
            object,
            encoder: Encoder::new(&object, &bytes).expect("an encoder"),
            bytes,
            carousel: Carousel::new(&object, per_frame, 0),
            planned: Vec::new(),
            pen: QrPen::new(version),
            layout,
        }
    }

    /// What it shows.
    #[must_use]
    pub fn object(&self) -> &Object {
        &self.object
    }

    /// How it shows it.
    #[must_use]
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// How many pictures one pass has.
    #[must_use]
    pub fn pictures_in_pass(&self) -> usize {
        (self.carousel.frames_in_pass() as usize).div_ceil(self.layout.tiles.0 * self.layout.tiles.1)
    }

    /// Frame `number` of the transmission.
    pub fn frame(&mut self, number: usize) -> Vec<u8> {
        while self.planned.len() <= number {
            self.planned.push(self.carousel.advance());
        }
        let FrameSymbols { first, count } = self.planned[number];
        let symbols = self.encoder.symbols(&self.bytes, first, u32::from(count)).expect("symbols");
        Frame::new(self.object, first, &symbols).expect("a frame").encode()
    }

    /// The frames of shown picture `number`.
    pub fn frames(&mut self, number: usize) -> Vec<Vec<u8>> {
        let tiles = self.layout.tiles.0 * self.layout.tiles.1;
        (number * tiles..(number + 1) * tiles).map(|frame| self.frame(frame)).collect()
    }

    /// Shown picture `number`.
    pub fn picture(&mut self, number: usize) -> GrayImage {
        let symbols: Vec<QrSymbol> =
            self.frames(number).iter().map(|frame| self.pen.draw(frame).expect("a symbol")).collect();
        self.layout.picture(&symbols)
    }
}
