//! `qr:camera=N`: the camera `/dev/videoN`, through `v4l` (Video4Linux).
//!
//! ```text
//! camera ─▶ own thread: waits for pictures, keeps the newest ─▶ picture line (two at a time) ─▶ frames
//! ```
//!
//! A picture that comes while two are being read is let go: the next is newer. Controls that a camera refuses are done
//! without, and what was changed is given back. Must not: wait for a camera that hangs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver as Inbox, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use rootcast_host::clock::{now, rfc3339};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;

use super::controls::Controls;
use super::device::{OPENS_WITHIN, Opened, PICTURE_WITHIN, Stream};
use super::memory::Memory;
use super::own_thread;
use super::refusal::Refusal;
use super::request::CameraRequest;
use crate::link::kind::{LinkKind, LinkPaths, OpenWith, Opening, Source};
use crate::link::optical::luma::Form;
use crate::link::optical::picture_line::{CHECK_CAMERA, Kind, PictureLine};
use crate::link::optical::reader_process::Payload;
use crate::link::receiver::{Flow, LinkEvent, LinkFailure, Receiver, WindUp};
use crate::link::refusal::not_opened;

/// How long the end of a run waits for its settings to be given back.
const GIVES_BACK_WITHIN: Duration = Duration::from_secs(3);
/// Pictures read one after the other until focus and exposure are held.
const STEADY: u32 = 30;

/// Its row in the registry. The library opens the device, so its descriptor has any number.
pub(crate) const KIND: LinkKind = LinkKind {
    name: "qr",
    medium: Some("camera"),
    form: "qr:camera=N|NAME",
    options: &["width", "height", "fps", "format", "exposure"],
    hardware_notes: "#cameras-to-choose",
    opening: Opening::AfterSandbox,
    calls: LinkCalls::CAMERA,
    keeps_settings: true,
    is_recording: false,
    readers: Kind::Film.processes(),
    remedy: CHECK_CAMERA,
    read: |name| Ok(Box::new(CameraRequest::from_link_name(name)?)),
};

struct Camera {
    title: String,
    path: String,
    listed: String,
    inbox: Inbox<Caught>,
    line: PictureLine,
    heard: Instant,
    wishes: Arc<Wishes>,
    /// Closed when the camera's thread has given its settings back.
    ended: Inbox<()>,
    steady: u32,
    /// What it gives, until that was told.
    told: Vec<String>,
}

/// What the camera's thread is asked for.
#[derive(Default)]
struct Wishes {
    /// That focus and exposure are held.
    hold: AtomicBool,
    /// That it ends.
    end: AtomicBool,
}

/// What the camera's thread tells.
enum Caught {
    /// It is open, and gives this.
    Open(Vec<String>),
    /// A picture's bytes.
    Picture(Form, u32, u32, Vec<u8>),
    /// It failed.
    Failed(Refusal),
    /// Its driver failed in a way that the library does not expect.
    Panicked,
}

impl Source for CameraRequest {
    fn paths(&self) -> LinkPaths {
        LinkPaths { devices: vec![self.device()], ..LinkPaths::default() }
    }

    fn open(&self, name: &LinkName, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        Ok(Box::new(Camera::open(name, self.clone(), with)?))
    }
}

impl Camera {
    fn open(name: &LinkName, request: CameraRequest, with: &OpenWith) -> Result<Self, Diagnosis> {
        let title = format!("camera {}", request.index);
        let (outbox, inbox) = sync_channel(1);
        let (open, ended) = sync_channel::<()>(1);
        let wishes = Arc::new(Wishes::default());
        let asked = Arc::clone(&wishes);
        let memory = with.state.as_deref().map(Memory::in_state);
        let path = request.device().display().to_string();
        let listed = request.listed.clone();
        // The thread is left to itself if it sits in the driver.
        own_thread::start(move || {
            let caught = catch_unwind(AssertUnwindSafe(|| run(&request, memory, &outbox, &asked)));
            drop(open);
            let last = match caught {
                Ok(Ok(())) => return,
                Ok(Err(refusal)) => Caught::Failed(refusal),
                Err(_) => Caught::Panicked,
            };
            let _ = outbox.send(last);
        })
        .map_err(|e| not_opened(name, e, "Raise the limit of threads (ulimit -u), and run the command again."))?;
        let refused = |refusal: &Refusal| not_opened(name, refusal.why(&path, &listed), &refusal.next(&path));
        let told = match inbox.recv_timeout(OPENS_WITHIN) {
            Ok(Caught::Open(told)) => told,
            Ok(Caught::Failed(refusal)) => return Err(refused(&refusal)),
            Ok(Caught::Panicked) => return Err(not_opened(name, "its driver failed", &panicked(&path))),
            Ok(Caught::Picture(..)) | Err(_) => return Err(refused(&Refusal::Silent(OPENS_WITHIN.as_secs()))),
        };
        let line = PictureLine::new(Kind::Film, &with.readers);
        Ok(Self { title, path, listed, inbox, line, heard: Instant::now(), wishes, ended, steady: 0, told })
    }
}

/// What to do about a driver that the library cannot use.
fn panicked(path: &str) -> String {
    Refusal::Formats(Vec::new()).next(path)
}

impl Receiver for Camera {
    fn receive(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        for told in std::mem::take(&mut self.told) {
            each(LinkEvent::Opened(format!("{}: {told}", self.title)));
        }
        let (form, width, height, bytes) = match self.inbox.recv_timeout(wait) {
            Ok(Caught::Picture(form, width, height, bytes)) => (form, width, height, bytes),
            Ok(Caught::Open(_)) => return Ok(Flow::More),
            Ok(Caught::Failed(refusal)) => {
                self.line.finish(each)?;
                return Err(
                    LinkFailure::new(refusal.why(&self.title, &self.listed)).with_next(refusal.next(&self.path))
                );
            }
            Ok(Caught::Panicked) => {
                self.line.finish(each)?;
                let why = format!("{}: its driver failed", self.title);
                return Err(LinkFailure::new(why).with_next(panicked(&self.path)));
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.line.finish(each)?;
                return Err(LinkFailure::new(format!("{}: its thread ended", self.title)));
            }
            Err(RecvTimeoutError::Timeout) if self.heard.elapsed() < PICTURE_WITHIN => {
                self.line.hand_on_ready(each)?;
                return Ok(Flow::More);
            }
            Err(RecvTimeoutError::Timeout) => {
                self.line.finish(each)?;
                let silent = Refusal::Silent(PICTURE_WITHIN.as_secs());
                let why = format!("{} has sent no picture for {} s", self.title, PICTURE_WITHIN.as_secs());
                return Err(LinkFailure::new(why).with_next(silent.next(&self.path)));
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
            self.wishes.hold.store(true, Ordering::Relaxed);
        } else if self.steady == 0 {
            self.wishes.hold.store(false, Ordering::Relaxed);
        }
        Ok(Flow::More)
    }

    fn winds_up(&self) -> WindUp {
        WindUp::Always
    }

    fn wind_up(&mut self, _came: bool) {
        self.wishes.end.store(true, Ordering::Relaxed);
        // A thread that is about to hand a picture on is not kept waiting.
        while self.inbox.try_recv().is_ok() {}
        let _ = self.ended.recv_timeout(GIVES_BACK_WITHIN);
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.wishes.end.store(true, Ordering::Relaxed);
    }
}

/// What the camera's thread does, until it fails, is asked to end, or nobody listens.
fn run(
    request: &CameraRequest,
    memory: Option<Memory>,
    outbox: &SyncSender<Caught>,
    wishes: &Wishes,
) -> Result<(), Refusal> {
    let opened = Opened::open(&request.device(), request)?;
    // Where another program has the camera its buffers are refused, before any control is changed.
    let mut stream = opened.stream()?;
    let (mut controls, mut told) = Controls::take_over(opened.device(), opened.which(), memory);
    let is_exposed = controls.begin(request.exposure);
    told.insert(0, opened.told(request, is_exposed));
    let result = pictures(&mut stream, &opened, told, outbox, wishes, &mut controls);
    // One that was unplugged takes nothing back: the state still has it.
    controls.give_back();
    result
}

/// Hands on pictures.
fn pictures(
    stream: &mut Stream<'_>,
    opened: &Opened,
    told: Vec<String>,
    outbox: &SyncSender<Caught>,
    wishes: &Wishes,
    controls: &mut Controls<'_>,
) -> Result<(), Refusal> {
    let is_asked_to_end = || wishes.end.load(Ordering::Relaxed);
    let mut told = Some(told);
    while let Some(bytes) = stream.next(&is_asked_to_end)? {
        // That it is open is told with its first picture: until then, a bus without room for it is not known.
        if let Some(told) = told.take()
            && outbox.send(Caught::Open(told)).is_err()
        {
            return Ok(());
        }
        match outbox.try_send(Caught::Picture(opened.form(), opened.width(), opened.height(), bytes)) {
            Ok(()) | Err(TrySendError::Full(_)) => {}
            Err(TrySendError::Disconnected(_)) => return Ok(()),
        }
        if is_asked_to_end() {
            return Ok(());
        }
        controls.hold(wishes.hold.load(Ordering::Relaxed));
    }
    Ok(())
}
