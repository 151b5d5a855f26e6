//! A camera that is opened: its formats, the one that suits best, and its pictures.
//!
//! ```text
//! open ─▶ what can it do? ─▶ list of formats, sizes, rates ─▶ the best ─▶ set ─▶ four buffers ─▶ picture, picture …
//! ```
//!
//! `v4l` asks the kernel; each failure is a [`Refusal`]. Must not: change a control.

use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rootcast_host::text::printable;
use v4l::buffer::Type;
use v4l::capability::Flags;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::io::mmap::Stream as MappedStream;
use v4l::io::traits::CaptureStream;
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Capabilities, Device, Format, FourCC, Fraction};

use super::memory::Which;
use super::refusal::Refusal;
use super::request::{CameraRequest, Pixels};
use crate::link::optical::luma::Form;

/// How long a camera may take to open and send its first picture, and between two pictures.
pub(super) const OPENS_WITHIN: Duration = Duration::from_secs(15);
pub(super) const PICTURE_WITHIN: Duration = Duration::from_secs(5);
/// Buffers that the driver fills in turn.
const BUFFERS: u32 = 4;
/// How often it is asked whether to go on, while no picture comes.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How long is waited where the driver says that there is a picture, and has none.
const AGAIN_AFTER: Duration = Duration::from_millis(20);
/// Formats that are named where none can be read.
const FORMATS_NAMED_MAX: usize = 8;

/// How the pixels of this format lie; nothing for one that is not read.
fn pixels_of(code: FourCC) -> Option<Pixels> {
    Some(match &code.repr {
        b"GREY" => Pixels::Grey,
        b"NV12" | b"NV21" | b"YU12" | b"YV12" => Pixels::Planes,
        b"YUYV" => Pixels::Yuyv,
        b"MJPG" | b"JPEG" => Pixels::Jpeg,
        _ => return None,
    })
}

/// What a camera can give.
#[derive(Debug, Clone, Copy)]
struct Mode {
    code: FourCC,
    pixels: Pixels,
    width: u32,
    height: u32,
    /// Seconds between two pictures.
    interval: Fraction,
}

impl Mode {
    /// Pictures a second, to the nearest whole number: 30,000 in 1,001 seconds are 30.
    fn rate(&self) -> u32 {
        rate_of(self.interval)
    }
}

fn rate_of(interval: Fraction) -> u32 {
    let (seconds, pictures) = (u64::from(interval.numerator), u64::from(interval.denominator));
    u32::try_from((pictures + seconds / 2).checked_div(seconds).unwrap_or(0)).unwrap_or(u32::MAX)
}

/// An open camera in its format.
pub(super) struct Opened {
    device: Device,
    about: Capabilities,
    /// As the driver gave it.
    mode: Mode,
}

impl Opened {
    /// Opens a camera, and brings it into the format that suits best.
    pub(super) fn open(path: &Path, request: &CameraRequest) -> Result<Self, Refusal> {
        let device = Device::with_path(path).map_err(Refusal::from_error)?;
        let about = device.query_caps().map_err(Refusal::from_error)?;
        check(about.capabilities)?;
        let formats = device.enum_formats().map_err(Refusal::from_error)?;
        if formats.is_empty() {
            return Err(Refusal::NoPictures("it brings no pictures: it is a node for something else"));
        }
        let modes: Vec<Mode> = formats.iter().flat_map(|format| modes(&device, format.fourcc, request)).collect();
        let Some(best) = modes.into_iter().min_by_key(|mode| misfit(request, mode)) else {
            let names = formats.iter().take(FORMATS_NAMED_MAX).map(|format| printable(&format.fourcc.to_string()));
            return Err(Refusal::Formats(names.collect()));
        };
        let given = match device.set_format(&Format::new(best.width, best.height, best.code)) {
            Ok(given) => given,
            Err(error) => match Refusal::from_error(error) {
                // It keeps the format it is in, if that can be read.
                Refusal::Failed(error) => device.format().map_err(|_| Refusal::FormatRefused(error))?,
                refusal => return Err(refusal),
            },
        };
        let Some(pixels) = pixels_of(given.fourcc) else {
            return Err(Refusal::Formats(vec![printable(&given.fourcc.to_string())]));
        };
        // A camera that knows no rates sends as fast as it does.
        let interval = device
            .set_params(&Parameters::new(best.interval))
            .or_else(|_| device.params())
            .map_or(best.interval, |params| params.interval);
        let mode = Mode { code: given.fourcc, pixels, width: given.width, height: given.height, interval };
        Ok(Self { device, about, mode })
    }

    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// By what it is known again.
    pub(super) fn which(&self) -> Which {
        Which { card: self.about.card.clone(), bus: self.about.bus.clone() }
    }

    pub(super) fn form(&self) -> Form {
        self.mode.pixels.form()
    }

    pub(super) fn width(&self) -> u32 {
        self.mode.width
    }

    pub(super) fn height(&self) -> u32 {
        self.mode.height
    }

    /// What the camera gives, and what of the request it does not.
    pub(super) fn told(&self, request: &CameraRequest, is_exposed: bool) -> String {
        told(request, &printable(&self.about.card), &self.mode, is_exposed)
    }

    /// Its pictures. It begins to send with the first that is asked for.
    pub(super) fn stream(&self) -> Result<Stream<'_>, Refusal> {
        let mut stream =
            MappedStream::with_buffers(&self.device, Type::VideoCapture, BUFFERS).map_err(Refusal::from_error)?;
        stream.set_timeout(LOOK_EVERY);
        Ok(Stream { stream: Some(stream), is_first: true })
    }
}

/// Whether a device with these capabilities brings pictures in a way that can be read. Old drivers say nothing.
fn check(able: Flags) -> Result<(), Refusal> {
    if able.is_empty() || able.contains(Flags::VIDEO_CAPTURE | Flags::STREAMING) {
        return Ok(());
    }
    Err(Refusal::NoPictures(if able.contains(Flags::META_CAPTURE) {
        "it brings data about pictures and no pictures (a node for metadata); the camera is another number"
    } else if able.intersects(Flags::VIDEO_CAPTURE_MPLANE | Flags::VIDEO_M2M_MPLANE) {
        "it brings pictures in several planes at a time, which this program does not read"
    } else if able.intersects(Flags::VIDEO_OUTPUT | Flags::VIDEO_M2M) {
        "it takes pictures and brings none"
    } else {
        "it brings no pictures"
    }))
}

/// The modes of one format that can be read.
fn modes(device: &Device, code: FourCC, request: &CameraRequest) -> Vec<Mode> {
    let Some(pixels) = pixels_of(code) else { return Vec::new() };
    let mut modes = Vec::new();
    for size in device.enum_framesizes(code).unwrap_or_default() {
        let (width, height) = match size.size {
            FrameSizeEnum::Discrete(size) => (size.width, size.height),
            FrameSizeEnum::Stepwise(range) => (
                within(request.width, range.min_width, range.max_width, range.step_width),
                within(request.height, range.min_height, range.max_height, range.step_height),
            ),
        };
        let wished = Fraction::new(1, request.rate);
        let intervals = device.enum_frameintervals(code, width, height).unwrap_or_default();
        if intervals.is_empty() {
            modes.push(Mode { code, pixels, width, height, interval: wished });
        }
        for interval in intervals {
            let interval = match interval.interval {
                FrameIntervalEnum::Discrete(interval) => interval,
                FrameIntervalEnum::Stepwise(range) if rate_of(range.min) >= request.rate => wished,
                FrameIntervalEnum::Stepwise(range) => range.min,
            };
            modes.push(Mode { code, pixels, width, height, interval });
        }
    }
    modes
}

/// The number nearest below `wished` that a range of steps has.
fn within(wished: u32, least: u32, most: u32, step: u32) -> u32 {
    let over = wished.min(most).saturating_sub(least);
    least + over - over.checked_rem(step).unwrap_or(0)
}

/// How badly a mode suits: first its kind where one was asked for, then its rate up to the one wished, its pixels, and
/// that light comes uncompressed.
fn misfit(request: &CameraRequest, mode: &Mode) -> (bool, u32, u64, Pixels) {
    let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
    (
        request.pixels.is_some_and(|wanted| wanted != mode.pixels),
        request.rate.saturating_sub(mode.rate()),
        pixels(mode.width, mode.height).abs_diff(pixels(request.width, request.height)),
        mode.pixels,
    )
}

fn told(request: &CameraRequest, name: &str, mode: &Mode, is_exposed: bool) -> String {
    let (width, height) = (mode.width, mode.height);
    let mut told = format!("{name} gives {} {width} × {height}, {} a second", mode.code, mode.rate());
    let wanted = |is_given: bool, what: String| if is_given { String::new() } else { format!("; not {what}") };
    if let Some(pixels) = request.pixels {
        told += &wanted(pixels == mode.pixels, format!("{}, which was asked for", pixels.name()));
    }
    told +=
        &wanted((width, height) == (request.width, request.height), format!("{} × {}", request.width, request.height));
    told += &wanted(mode.rate() >= request.rate, format!("{} a second", request.rate));
    told += &wanted(is_exposed, "the exposure that was asked for: it refuses that control".to_owned());
    told
}

/// The pictures of a camera.
pub(super) struct Stream<'d> {
    /// Nothing after it failed: closing it could fail again, and the library does not expect that.
    stream: Option<MappedStream<'d>>,
    is_first: bool,
}

impl Stream<'_> {
    /// The bytes of the next picture; nothing if it is to end.
    pub(super) fn next(&mut self, is_to_end: &dyn Fn() -> bool) -> Result<Option<Vec<u8>>, Refusal> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        let patience = if self.is_first { OPENS_WITHIN } else { PICTURE_WITHIN };
        self.is_first = false;
        let since = Instant::now();
        let mut next = stream.next().map(|(bytes, about)| picture(bytes, about.bytesused));
        loop {
            match next {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) => {
                    if error.kind() == io::ErrorKind::WouldBlock {
                        // A driver that wakes its reader for nothing.
                        thread::sleep(AGAIN_AFTER);
                    }
                    if is_to_end() {
                        return Ok(None);
                    }
                    if since.elapsed() > patience {
                        return Err(self.failed(Refusal::Silent(patience.as_secs())));
                    }
                }
                Err(error) => return Err(self.failed(Refusal::from_error(error))),
            }
            // All buffers are queued. The picture of this one is not seen: the next is newer.
            next = match stream.dequeue() {
                Ok(_) if is_to_end() => return Ok(None),
                Ok(_) => stream.next().map(|(bytes, about)| picture(bytes, about.bytesused)),
                Err(error) => Err(error),
            };
        }
    }

    fn failed(&mut self, refusal: Refusal) -> Refusal {
        std::mem::forget(self.stream.take());
        refusal
    }
}

/// What of a buffer is the picture.
fn picture(buffer: &[u8], used: u32) -> Vec<u8> {
    let used = usize::try_from(used).ok().filter(|used| *used > 0);
    used.and_then(|used| buffer.get(..used)).unwrap_or(buffer).to_vec()
}

#[cfg(test)]
mod tests {
    use v4l::capability::Flags;
    use v4l::{FourCC, Fraction};

    use super::{CameraRequest, Mode, Pixels, check, misfit, picture, pixels_of, told, within};
    use crate::link::optical::camera::refusal::Refusal;

    const REQUEST: CameraRequest = CameraRequest {
        index: 0,
        width: 1920,
        height: 1080,
        rate: 30,
        pixels: None,
        exposure: None,
        listed: String::new(),
    };

    fn mode(width: u32, height: u32, code: [u8; 4], interval: (u32, u32)) -> Mode {
        let code = FourCC::new(&code);
        let interval = Fraction::new(interval.0, interval.1);
        Mode { code, pixels: pixels_of(code).unwrap(), width, height, interval }
    }

    #[test]
    fn what_was_asked_for_and_is_not_given_is_said() {
        let given = mode(1280, 720, *b"YUYV", (1, 25));
        let all = told(&CameraRequest { pixels: Some(Pixels::Planes), ..REQUEST }, "A camera", &given, false);
        for part in [
            "A camera gives YUYV 1280 × 720, 25 a second",
            "not NV12",
            "not 1920 × 1080",
            "not 30 a second",
            "exposure",
        ] {
            assert!(all.contains(part), "{part}: {all}");
        }
        // A rate that is no whole number is one that is given.
        let given = mode(1920, 1080, *b"YUYV", (1001, 30_000));
        assert!(!told(&REQUEST, "A camera", &given, true).contains("not "));
    }

    #[test]
    fn rate_comes_before_size_and_size_before_kind() {
        let best = |modes: &[Mode], request: CameraRequest| {
            let best = modes.iter().min_by_key(|mode| misfit(&request, mode)).unwrap();
            (best.width, best.pixels, best.rate())
        };
        let usual = [
            mode(640, 480, *b"YUYV", (1, 30)),
            mode(1920, 1080, *b"YUYV", (1, 5)),
            mode(1920, 1080, *b"MJPG", (1, 30)),
            mode(1280, 720, *b"MJPG", (1, 60)),
        ];
        assert_eq!(best(&usual, REQUEST), (1920, Pixels::Jpeg, 30));
        assert_eq!(best(&usual, CameraRequest { pixels: Some(Pixels::Yuyv), ..REQUEST }), (640, Pixels::Yuyv, 30));
        assert_eq!(best(&usual, CameraRequest { rate: 60, ..REQUEST }), (1280, Pixels::Jpeg, 60));
        let both = [mode(1920, 1080, *b"MJPG", (1, 30)), mode(1920, 1080, *b"NV12", (1, 30))];
        assert_eq!(best(&both, REQUEST), (1920, Pixels::Planes, 30));
        assert_eq!(mode(1, 1, *b"GREY", (0, 5)).rate(), 0);
    }

    #[test]
    fn a_node_that_brings_no_pictures_is_said_as_what_it_is() {
        assert!(check(Flags::VIDEO_CAPTURE | Flags::STREAMING).is_ok() && check(Flags::empty()).is_ok());
        for (able, said) in [
            (Flags::META_CAPTURE | Flags::STREAMING, "metadata"),
            (Flags::VIDEO_CAPTURE_MPLANE | Flags::STREAMING, "several planes"),
            (Flags::VIDEO_OUTPUT | Flags::STREAMING, "takes pictures"),
            (Flags::RADIO, "brings no pictures"),
        ] {
            let refused = check(able).unwrap_err();
            assert!(matches!(refused, Refusal::NoPictures(what) if what.contains(said)), "{refused:?}");
        }
    }

    #[test]
    fn a_size_is_taken_from_a_range_and_a_picture_from_its_buffer() {
        assert_eq!(
            [within(1920, 32, 4096, 16), within(5000, 32, 4096, 16), within(10, 32, 4096, 16)],
            [1920, 4096, 32]
        );
        assert_eq!([within(1925, 32, 4096, 16), within(7, 7, 7, 0)], [1920, 7]);
        assert_eq!((picture(&[1, 2, 3], 2), picture(&[1, 2], 9), picture(&[1], 0)), (vec![1, 2], vec![1, 2], vec![1]));
    }
}
