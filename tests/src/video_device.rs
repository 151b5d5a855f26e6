//! A webcam at `/dev/video0` that is not there: a C library, compiled by `cc` when a test needs it and preloaded into the
//! program, answers `open` and `ioctl` for the device and plays frames from a file. **Simulated**; what the program runs
//! is its real camera code.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use image::GrayImage;

use crate::program::Program;
use crate::scratch::Scratch;

/// What is wrong with the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceFault {
    /// Nothing.
    #[default]
    None,
    /// It is unplugged after so many frames.
    GoneAfter(u32),
    /// Another program has it.
    Busy,
    /// It refuses every format.
    Format,
    /// It fails at every control.
    Deaf,
    /// Another program streams from it.
    StreamBusy,
    /// The bus has no room for its pictures.
    NoBandwidth,
    /// It brings data about pictures only.
    Metadata,
    /// It brings pictures in a format only that nobody here reads.
    H264,
    /// It sends no picture any more after so many.
    HangsAfter(u32),
    /// It refuses the first so many changes of a control.
    RefusesControls(u32),
}

/// The values of a camera's controls, in the order of their file: focus chosen by the camera, exposure mode (1: by hand, 3: by
/// the camera), exposure in units of 100 µs, and whether the rate may fall in the dark.
pub type Controls = [i32; 4];

impl DeviceFault {
    fn text(self) -> String {
        match self {
            Self::None => String::new(),
            Self::GoneAfter(frames) => format!("gone-after={frames}"),
            Self::Busy => "busy".to_owned(),
            Self::Format => "format".to_owned(),
            Self::Deaf => "deaf".to_owned(),
            Self::StreamBusy => "stream-busy".to_owned(),
            Self::NoBandwidth => "no-bandwidth".to_owned(),
            Self::Metadata => "metadata".to_owned(),
            Self::H264 => "h264".to_owned(),
            Self::HangsAfter(frames) => format!("hangs-after={frames}"),
            Self::RefusesControls(changes) => format!("refuses={changes}"),
        }
    }
}

/// A device that plays a film, over and over its last frame.
#[derive(Debug)]
pub struct VideoDevice {
    library: PathBuf,
    film: PathBuf,
    size: (u32, u32),
    rate: f64,
    fault: DeviceFault,
    format: &'static str,
    controls: Option<PathBuf>,
}

impl VideoDevice {
    /// Compiles the library and writes the film (YUYV, both colours at rest) into `scratch`; `rate` frames a second, 0 for
    /// as fast as they are asked for. All frames have one size, with an even width.
    #[must_use]
    pub fn playing<'a>(scratch: &Scratch, frames: impl IntoIterator<Item = &'a GrayImage>, rate: f64) -> Self {
        let (library, film) = (scratch.path("video_device.so"), scratch.path("film.yuyv"));
        compile("video_device.c", &library, &["-shared", "-fPIC"]);
        let mut out = BufWriter::new(File::create(&film).expect("a film"));
        let mut size = (0, 0);
        for frame in frames {
            assert!(size == (0, 0) || size == frame.dimensions(), "all frames of a film have one size");
            size = frame.dimensions();
            let pairs: Vec<u8> = frame.as_raw().iter().flat_map(|luma| [*luma, 128]).collect();
            out.write_all(&pairs).expect("a frame of a film");
        }
        out.flush().expect("a whole film");
        Self { library, film, size, rate, fault: DeviceFault::None, format: "yuyv", controls: None }
    }

    /// The same for a film of JPEGs of this size; it begins again after the last.
    #[must_use]
    pub fn playing_jpegs(scratch: &Scratch, size: (u32, u32), jpegs: &[Vec<u8>], rate: f64) -> Self {
        let (library, film) = (scratch.path("video_device.so"), scratch.path("film.mjpg"));
        compile("video_device.c", &library, &["-shared", "-fPIC"]);
        let length = |jpeg: &[u8]| u32::try_from(jpeg.len()).expect("a picture").to_le_bytes();
        let bytes: Vec<u8> = jpegs.iter().flat_map(|jpeg| [&length(jpeg)[..], jpeg].concat()).collect();
        std::fs::write(&film, bytes).expect("a film");
        Self { library, film, size, rate, fault: DeviceFault::None, format: "mjpg", controls: None }
    }

    /// The same device with controls that have these values, in a file of `scratch`.
    #[must_use]
    pub fn with_controls(self, scratch: &Scratch, values: Controls) -> Self {
        let path = scratch.path("controls");
        std::fs::write(&path, values.map(i32::to_ne_bytes).concat()).expect("a file of controls");
        Self { controls: Some(path), ..self }
    }

    /// The values of its controls by now.
    ///
    /// # Panics
    /// If it has none.
    #[must_use]
    pub fn controls(&self) -> Controls {
        let bytes = std::fs::read(self.controls.as_ref().expect("controls")).expect("a file of controls");
        let (values, rest) = bytes.as_chunks::<4>();
        assert!(rest.is_empty());
        values.iter().map(|value| i32::from_ne_bytes(*value)).collect::<Vec<_>>().try_into().expect("four controls")
    }

    /// The same device with a fault.
    #[must_use]
    pub fn with(self, fault: DeviceFault) -> Self {
        Self { fault, ..self }
    }

    /// What a program has to have in its environment to find the device.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let controls = self.controls.as_ref().map(|path| ("ROOTCAST_VIDEO_CONTROLS", path.display().to_string()));
        let always = [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("ROOTCAST_VIDEO_FRAMES", self.film.display().to_string()),
            ("ROOTCAST_VIDEO_SIZE", format!("{}x{}", self.size.0, self.size.1)),
            ("ROOTCAST_VIDEO_RATE", self.rate.to_string()),
            ("ROOTCAST_VIDEO_FAULT", self.fault.text()),
            ("ROOTCAST_VIDEO_FORMAT", self.format.to_owned()),
        ];
        always.into_iter().chain(controls).collect()
    }

    /// `program` with this device before it.
    #[must_use]
    pub fn before(&self, program: Program) -> Program {
        self.environment().into_iter().fold(program, |program, (key, value)| program.env(key, value))
    }
}

/// Compiles a C file of this harness.
fn compile(source: &str, to: &Path, options: &[&str]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/video_device").join(source);
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-Wall", "-Werror"]).args(options).arg("-o").arg(to).arg(&source).arg("-ldl");
    let ended = cc.output().expect("a C compiler (make deps)");
    assert!(ended.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&ended.stderr));
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Output};

    use super::{DeviceFault, VideoDevice, compile};
    use crate::scratch::Scratch;
    use image::{GrayImage, Luma};

    /// What the probe makes of a film of three frames of the grey levels 10, 20 and 30.
    fn probe(frames: u32, fault: DeviceFault) -> Output {
        let scratch = Scratch::new();
        let probe = scratch.path("probe");
        compile("probe.c", &probe, &[]);
        let film = [10, 20, 30].map(|level| GrayImage::from_pixel(64, 48, Luma([level])));
        let device = VideoDevice::playing(&scratch, &film, 0.0).with(fault);
        Command::new(&probe).arg(frames.to_string()).envs(device.environment()).output().expect("the probe")
    }

    #[test]
    fn a_program_takes_the_frames_of_the_film_and_then_the_last_again() {
        let ended = probe(5, DeviceFault::None);
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        let levels: Vec<u8> = ended.stdout.chunks(64 * 48).map(|frame| frame[1000]).collect();
        assert_eq!((ended.stdout.len(), levels), (5 * 64 * 48, vec![10, 20, 30, 30, 30]));
    }

    #[test]
    fn each_fault_is_what_a_program_sees() {
        for (fault, frames, says) in [
            (DeviceFault::GoneAfter(2), 2, "No such device"),
            (DeviceFault::Busy, 0, "busy"),
            (DeviceFault::Format, 0, "S_FMT"),
            (DeviceFault::StreamBusy, 0, "REQBUFS"),
            (DeviceFault::NoBandwidth, 0, "STREAMON"),
        ] {
            let ended = probe(5, fault);
            let stderr = String::from_utf8_lossy(&ended.stderr);
            assert!(!ended.status.success() && stderr.contains(says), "{fault:?}: {stderr}");
            assert_eq!(ended.stdout.len(), frames * 64 * 48, "{fault:?}");
        }
    }
}
