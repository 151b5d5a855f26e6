//! Films as YUV4MPEG2 files of grey pictures (`Cmono`), which is what `qr:video=` and every film tool read.

use std::io::{self, Write};

use image::GrayImage;

/// Writes frames of one size.
#[derive(Debug)]
pub struct Y4mWriter<W> {
    to: W,
    size: (u32, u32),
}

impl<W: Write> Y4mWriter<W> {
    /// Begins a film of 30 frames a second of this size.
    ///
    /// # Errors
    /// What `to` says.
    pub fn new(mut to: W, size: (u32, u32)) -> io::Result<Self> {
        writeln!(to, "YUV4MPEG2 W{} H{} F30:1 Ip A1:1 Cmono", size.0, size.1)?;
        Ok(Self { to, size })
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// What the writer says: a pipe nobody reads from any more is an error.
    pub fn add(&mut self, frame: &GrayImage) -> io::Result<()> {
        assert_eq!(frame.dimensions(), self.size, "all frames of a film have one size");
        self.to.write_all(b"FRAME\n")?;
        self.to.write_all(frame.as_raw())
    }

    /// Ends the film.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<W> {
        self.to.flush()?;
        Ok(self.to)
    }
}

#[cfg(test)]
mod tests {
    use super::Y4mWriter;
    use image::{GrayImage, Luma};

    #[test]
    fn a_film_is_its_header_and_its_frames() {
        let mut film = Y4mWriter::new(Vec::new(), (3, 2)).unwrap();
        film.add(&GrayImage::from_pixel(3, 2, Luma([b'a']))).unwrap();
        film.add(&GrayImage::from_pixel(3, 2, Luma([b'b']))).unwrap();
        let bytes = film.finish().unwrap();
        assert_eq!(bytes, b"YUV4MPEG2 W3 H2 F30:1 Ip A1:1 Cmono\nFRAME\naaaaaaFRAME\nbbbbbb");
    }
}
