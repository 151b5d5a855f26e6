//! `qr:camera=N`: the camera `/dev/videoN`, through `nokhwa` (Video4Linux).
//!
//! ```text
//! camera ─▶ own thread: waits for pictures, keeps the newest ─▶ picture line (two at a time) ─▶ frames
//! ```
//!
//! A picture that comes while two are being read is let go: the next is newer. Controls that a camera refuses are done
//! without. Must not: wait for a camera that hangs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver as Inbox, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use nokhwa::utils::{
    ApiBackend, CameraFormat, CameraIndex, ControlValueSetter, FrameFormat, KnownCameraControl, RequestedFormat,
    RequestedFormatType,
};
use nokhwa::{Camera as Device, NokhwaError};
use rootcast_host::clock::{now, rfc3339};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::LinkCalls;
use rootcast_host::text::printable;

use super::luma::Form;
use super::picture_line::{Kind, PictureLine};
use super::reader_process::{Payload, Readers};
use crate::link::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use crate::link::receiver::{Flow, LinkEvent, LinkFailure, Receiver};
use crate::link::refusal::not_opened;

/// What is asked for where nothing is said: what most webcams can do.
const WIDTH_DEFAULT: u32 = 1920;
const HEIGHT_DEFAULT: u32 = 1080;
const RATE_DEFAULT: u32 = 30;
/// Pixels a side that may be asked for.
const SIDE_MAX: u32 = 8192;
/// How long a camera may take to open, and between two pictures.
const OPENS_WITHIN: Duration = Duration::from_secs(15);
const PICTURE_WITHIN: Duration = Duration::from_secs(5);
/// Pictures read one after the other until focus and exposure are held.
const STEADY: u32 = 30;

/// The name of the thread in which the camera's library runs; `main` keeps its panics off the screen.
pub(crate) const CAMERA_THREAD: &str = "camera";

/// Controls of Video4Linux that `nokhwa` has no name for (linux/v4l2-controls.h).
const EXPOSURE_AUTO: u128 = 0x009a_0901;
const EXPOSURE_ABSOLUTE: u128 = 0x009a_0902;
const EXPOSURE_AUTO_PRIORITY: u128 = 0x009a_0903;
const FOCUS_AUTO: u128 = 0x009a_090c;
/// `V4L2_EXPOSURE_MANUAL`.
const EXPOSURE_MANUAL: i64 = 1;
/// `V4L2_EXPOSURE_APERTURE_PRIORITY`: what webcams call automatic.
const EXPOSURE_APERTURE_PRIORITY: i64 = 3;

/// Its row in the registry. The library opens the device, so its descriptor has any number.
pub(crate) const KIND: LinkKind = LinkKind {
    name: "qr",
    medium: Some("camera"),
    form: "qr:camera=N",
    options: &["width", "height", "fps", "format", "exposure"],
    hardware_notes: "#cameras-to-choose",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::CAMERA,
    readers: Kind::Film.processes(),
    remedy: Remedy::CheckCamera,
    read: |name| Ok(Box::new(request(name)?)),
};

struct Camera {
    title: String,
    inbox: Inbox<Caught>,
    line: PictureLine,
    heard: Instant,
    hold_focus: Arc<AtomicBool>,
    steady: u32,
    /// What it gives, until that was told.
    told: Option<String>,
}

/// What the camera's thread tells.
enum Caught {
    /// It is open, and gives this.
    Open(String),
    /// A picture's bytes.
    Picture(Form, u32, u32, Vec<u8>),
    /// It failed, in words.
    Failed(String),
}

/// The camera that was named, and what was asked for.
#[derive(Debug, Clone, Copy)]
struct CameraRequest {
    index: u32,
    width: u32,
    height: u32,
    rate: u32,
    format: Option<FrameFormat>,
    /// In units of 100 µs.
    exposure: Option<u32>,
}

impl Source for CameraRequest {
    fn paths(&self) -> LinkPaths {
        LinkPaths {
            devices: vec![PathBuf::from(format!("/dev/video{}", self.index))],
            // Where the kernel says what cameras there are.
            read: vec![PathBuf::from("/sys/class/video4linux")],
        }
    }

    fn open(&self, name: &LinkName, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        Ok(Box::new(Camera::open(name, *self, &with.readers)?))
    }
}

impl Camera {
    fn open(name: &LinkName, request: CameraRequest, readers: &Readers) -> Result<Self, Diagnosis> {
        let title = format!("camera {}", request.index);
        let (outbox, inbox) = sync_channel(1);
        let hold_focus = Arc::new(AtomicBool::new(false));
        let hold = Arc::clone(&hold_focus);
        // The thread is left to itself at the end: it may sit in the driver, and nothing waits for it.
        thread::Builder::new()
            .name(CAMERA_THREAD.to_owned())
            .spawn(move || {
                let caught = catch_unwind(AssertUnwindSafe(|| run(request, &outbox, &hold)));
                let why = match caught {
                    Ok(Ok(())) => return,
                    Ok(Err(why)) => why,
                    Err(_) => "its driver failed".to_owned(),
                };
                let _ = outbox.send(Caught::Failed(why));
            })
            .map_err(|e| not_opened(name, e, NEXT))?;
        let told = match inbox.recv_timeout(OPENS_WITHIN) {
            Ok(Caught::Open(told)) => told,
            Ok(Caught::Failed(why)) => return Err(not_opened(name, format!("{why}{}", others()), NEXT)),
            Ok(Caught::Picture(..)) | Err(_) => {
                return Err(not_opened(name, format!("it did not open within {} s", OPENS_WITHIN.as_secs()), NEXT));
            }
        };
        Ok(Self {
            title,
            inbox,
            line: PictureLine::new(Kind::Film, readers),
            heard: Instant::now(),
            hold_focus,
            steady: 0,
            told: Some(told),
        })
    }
}

/// What to do about a camera that cannot be opened.
const NEXT: &str = "Check that it is plugged in, that no other program uses it, and that you are in the group video. \
    If this program cannot read the camera's formats, use ffmpeg: \
    ffmpeg -f v4l2 -i /dev/videoN -f yuv4mpegpipe -pix_fmt gray -strict -1 - | rootcast-online receive --link qr:video=-";

fn request(name: &LinkName) -> Result<CameraRequest, LinkNameError> {
    let number = name.target.split_once('=').map_or("", |(_, number)| number);
    // 00 and +0 are numbers too, and other devices than /dev/video0.
    let index = number.parse::<u8>().ok().filter(|index| index.to_string() == number).ok_or_else(|| {
        name.wrong(format!(
            "a camera is named by its number, 0 to 255, as the system writes it: qr:camera=0 is /dev/video0{}",
            others()
        ))
    })?;
    let format = match name.option("format") {
        None => None,
        Some("grey") => Some(FrameFormat::GRAY),
        Some("nv12") => Some(FrameFormat::NV12),
        Some("yuyv") => Some(FrameFormat::YUYV),
        Some("mjpg") => Some(FrameFormat::MJPEG),
        Some(_) => return Err(name.wrong("format must be grey, nv12, yuyv or mjpg")),
    };
    Ok(CameraRequest {
        index: index.into(),
        width: name.number("width", 160, SIDE_MAX)?.unwrap_or(WIDTH_DEFAULT),
        height: name.number("height", 120, SIDE_MAX)?.unwrap_or(HEIGHT_DEFAULT),
        rate: name.number("fps", 1, 240)?.unwrap_or(RATE_DEFAULT),
        format,
        exposure: name.number("exposure", 1, 10_000)?,
    })
}

/// The cameras the system lists, in words for whoever named another.
fn others() -> String {
    let listed = catch_unwind(|| nokhwa::query(ApiBackend::Video4Linux)).ok().and_then(Result::ok).unwrap_or_default();
    let names: Vec<String> =
        listed.iter().take(8).map(|one| format!("{} ({})", one.index(), printable(&one.human_name()))).collect();
    match names.len() {
        0 => "; the system lists no camera".to_owned(),
        _ => format!("; the system lists {}", names.join(", ")),
    }
}

impl Receiver for Camera {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        if let Some(told) = self.told.take() {
            each(LinkEvent::Opened(format!("{}: {told}", self.title)));
        }
        let (form, width, height, bytes) = match self.inbox.recv_timeout(wait) {
            Ok(Caught::Picture(form, width, height, bytes)) => (form, width, height, bytes),
            Ok(Caught::Open(_)) => return Ok(Flow::More),
            Ok(Caught::Failed(why)) => {
                self.line.finish(each)?;
                return Err(LinkFailure(format!("{}: {why}", self.title)));
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.line.finish(each)?;
                return Err(LinkFailure(format!("{}: its thread ended", self.title)));
            }
            Err(RecvTimeoutError::Timeout) if self.heard.elapsed() < PICTURE_WITHIN => {
                self.line.hand_on_ready(each)?;
                return Ok(Flow::More);
            }
            Err(RecvTimeoutError::Timeout) => {
                self.line.finish(each)?;
                return Err(LinkFailure(format!(
                    "{} has sent no picture for {} s",
                    self.title,
                    PICTURE_WITHIN.as_secs()
                )));
            }
        };
        self.heard = Instant::now();
        let mut codes_read = None;
        let title = format!("{}: its picture of {}", self.title, rfc3339(now()));
        let payload = Payload::Camera(form, width, height, Arc::new(bytes));
        self.line.take(title, payload, &mut |heard| {
            if let LinkEvent::Picture { codes, .. } = heard {
                codes_read = Some(codes);
            }
            each(heard);
        })?;
        match codes_read {
            Some(0) => self.steady = self.steady.saturating_sub(1),
            Some(_) => self.steady = (self.steady + 1).min(STEADY * 2),
            None => {}
        }
        // Held while it is well, let go when it is no longer.
        if self.steady >= STEADY {
            self.hold_focus.store(true, Ordering::Relaxed);
        } else if self.steady == 0 {
            self.hold_focus.store(false, Ordering::Relaxed);
        }
        Ok(Flow::More)
    }
}

/// What the camera's thread does, until it fails or nobody listens.
fn run(request: CameraRequest, outbox: &SyncSender<Caught>, hold_focus: &AtomicBool) -> Result<(), String> {
    let mut device = open_device(request).map_err(|e| e.to_string())?;
    // A longer exposure in the dark would lower the rate.
    set(&mut device, EXPOSURE_AUTO_PRIORITY, ControlValueSetter::Boolean(false));
    let exposed = request.exposure.is_none_or(|exposure| {
        let manual = set(&mut device, EXPOSURE_AUTO, ControlValueSetter::Integer(EXPOSURE_MANUAL));
        set(&mut device, EXPOSURE_ABSOLUTE, ControlValueSetter::Integer(exposure.into())) && manual
    });
    device.open_stream().map_err(|e| e.to_string())?;
    let _ = device.refresh_camera_format();
    let format = device.camera_format();
    let (width, height) = (format.width(), format.height());
    let form = match format.format() {
        FrameFormat::GRAY | FrameFormat::NV12 => Form::Plane,
        FrameFormat::YUYV => Form::EverySecond,
        FrameFormat::MJPEG => Form::Jpeg,
        other => return Err(format!("it sends {other}, which this program cannot read")),
    };
    let told = told(request, &printable(&device.info().human_name()), &format, exposed);
    if outbox.send(Caught::Open(told)).is_err() {
        return Ok(());
    }
    let mut held = false;
    loop {
        let bytes = match device.frame_raw() {
            Ok(bytes) => bytes.into_owned(),
            Err(error) => {
                // Its driver panics when it is closed after it was unplugged.
                std::mem::forget(device);
                return Err(format!("it was unplugged or failed: {error}"));
            }
        };
        match outbox.try_send(Caught::Picture(form, width, height, bytes)) {
            Ok(()) | Err(TrySendError::Full(_)) => {}
            Err(TrySendError::Disconnected(_)) => return Ok(()),
        }
        let hold = hold_focus.load(Ordering::Relaxed);
        if hold != held {
            held = hold;
            set(&mut device, FOCUS_AUTO, ControlValueSetter::Boolean(!hold));
            if request.exposure.is_none() {
                let mode = if hold { EXPOSURE_MANUAL } else { EXPOSURE_APERTURE_PRIORITY };
                set(&mut device, EXPOSURE_AUTO, ControlValueSetter::Integer(mode));
            }
        }
    }
}

/// Opens the camera in its format that suits best.
fn open_device(request: CameraRequest) -> Result<Device, NokhwaError> {
    let read = [FrameFormat::GRAY, FrameFormat::NV12, FrameFormat::YUYV, FrameFormat::MJPEG];
    let any = RequestedFormat::with_formats(RequestedFormatType::None, &read);
    let mut device = Device::with_backend(CameraIndex::Index(request.index), any, ApiBackend::Video4Linux)?;
    let formats = device.compatible_camera_formats().unwrap_or_default();
    let best = formats.into_iter().filter(|format| read.contains(&format.format())).min_by_key(|f| misfit(request, f));
    if let Some(best) = best
        && best != device.camera_format()
    {
        // A camera that refuses keeps the format it is in.
        let exactly = RequestedFormat::with_formats(RequestedFormatType::Exact(best), &read);
        let _ = device.set_camera_requset(exactly);
    }
    Ok(device)
}

/// How badly a format suits: first its kind where one was asked for, then its rate up to the one wished, its pixels, and
/// that light comes uncompressed.
fn misfit(request: CameraRequest, format: &CameraFormat) -> (bool, u32, u64, u8) {
    let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
    let kind = match format.format() {
        FrameFormat::GRAY => 0,
        FrameFormat::NV12 => 1,
        FrameFormat::YUYV => 2,
        _ => 3,
    };
    (
        request.format.is_some_and(|wanted| wanted != format.format()),
        request.rate.saturating_sub(format.frame_rate()),
        pixels(format.width(), format.height()).abs_diff(pixels(request.width, request.height)),
        kind,
    )
}

/// What the camera gives, and what of the request it does not.
fn told(request: CameraRequest, name: &str, format: &CameraFormat, exposed: bool) -> String {
    let (width, height) = (format.width(), format.height());
    let mut told = format!("{name} gives {} {width} × {height}, {} a second", format.format(), format.frame_rate());
    let wanted = |is_given: bool, what: String| if is_given { String::new() } else { format!("; not {what}") };
    if let Some(wanted_format) = request.format {
        told += &wanted(wanted_format == format.format(), format!("{wanted_format}, which was asked for"));
    }
    told +=
        &wanted((width, height) == (request.width, request.height), format!("{} × {}", request.width, request.height));
    told += &wanted(format.frame_rate() >= request.rate, format!("{} a second", request.rate));
    told += &wanted(exposed, "the exposure that was asked for: it refuses that control".to_owned());
    told
}

/// Sets a control, if the camera has it and lets it be set; whether it did.
fn set(device: &mut Device, control: u128, value: ControlValueSetter) -> bool {
    device.set_camera_control(KnownCameraControl::Other(control), value).is_ok()
}

#[cfg(test)]
mod tests {
    use nokhwa::utils::{CameraFormat, FrameFormat, Resolution};

    use super::{CameraRequest, misfit, told};

    #[test]
    fn what_was_asked_for_and_is_not_given_is_said() {
        let request = CameraRequest { index: 0, width: 1920, height: 1080, rate: 30, format: None, exposure: None };
        let given = CameraFormat::new(Resolution::new(1280, 720), FrameFormat::YUYV, 25);
        let all = told(CameraRequest { format: Some(FrameFormat::NV12), ..request }, "A camera", &given, false);
        for part in [
            "A camera gives YUYV 1280 × 720, 25 a second",
            "not NV12",
            "not 1920 × 1080",
            "not 30 a second",
            "exposure",
        ] {
            assert!(all.contains(part), "{part}: {all}");
        }
        let given = CameraFormat::new(Resolution::new(1920, 1080), FrameFormat::YUYV, 60);
        assert!(!told(request, "A camera", &given, true).contains("not "));
    }

    #[test]
    fn rate_comes_before_size_and_size_before_kind() {
        let request = CameraRequest { index: 0, width: 1920, height: 1080, rate: 30, format: None, exposure: None };
        let format = |width, height, kind, rate| CameraFormat::new(Resolution::new(width, height), kind, rate);
        let best = |formats: &[CameraFormat], request: CameraRequest| {
            *formats.iter().min_by_key(|f| misfit(request, f)).unwrap()
        };
        let usual = [
            format(640, 480, FrameFormat::YUYV, 30),
            format(1920, 1080, FrameFormat::YUYV, 5),
            format(1920, 1080, FrameFormat::MJPEG, 30),
            format(1280, 720, FrameFormat::MJPEG, 60),
        ];
        assert_eq!(best(&usual, request), usual[2]);
        assert_eq!(best(&usual, CameraRequest { format: Some(FrameFormat::YUYV), ..request }), usual[0]);
        assert_eq!(best(&usual, CameraRequest { rate: 60, ..request }), usual[3]);
        let both = [format(1920, 1080, FrameFormat::MJPEG, 30), format(1920, 1080, FrameFormat::NV12, 30)];
        assert_eq!(best(&both, request), both[1]);
    }
}
