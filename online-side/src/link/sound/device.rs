//! `audio:device=hw:…`: sound from a device of this host, recorded by a process of its own.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::LinkCalls;
use rootcast_host::text::{count, printable};
use rootcast_sound_device::configuration;
use rootcast_sound_device::{DeviceName, Direction};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::capture::{self, Hello, Record, Records};
use super::piece::Format;
use super::recording::{Next, Recording, Sound};
use crate::link::descriptor::set_apart_file;
use crate::link::kind::{LinkKind, LinkPaths, OpenWith, Opening, Remedy, Source};
use crate::link::receiver::{LinkEvent, LinkFailure, Receiver};
use crate::link::refusal::not_opened;
use crate::link::value::value_of;

/// How long a device may take to open. This is no measure of anything: a device that is there opens at once.
const OPENS_WITHIN: Duration = Duration::from_secs(60);
/// Between two lines about what was lost.
const TROUBLES_EVERY: Duration = Duration::from_secs(5);

/// Its row in the registry.
pub(crate) const KIND: LinkKind = LinkKind {
    name: "audio",
    medium: Some("device"),
    form: "audio:device=hw:CARD,DEVICE",
    options: &["mixing"],
    hardware_notes: "#audio",
    opening: Opening::BeforeSandbox,
    calls: LinkCalls::FILE,
    keeps_settings: false,
    is_recording: false,
    readers: 1,
    remedy: Remedy {
        text: "Check the sound device and its cable (audio:device=list shows what there is), then run the same command again.",
        is_of_a_device: true,
    },
    read: |name| Ok(Box::new(Named(DeviceName::read(name, value_of(name)?, Direction::Record)?))),
};

/// A device that was named.
#[derive(Debug)]
struct Named(DeviceName);

impl Source for Named {
    fn paths(&self) -> LinkPaths {
        LinkPaths::default()
    }

    fn open(&self, name: &LinkName, with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        const NEXT: &str =
            "Check the limits of processes and memory (ulimit -u, ulimit -v), and that /proc is mounted.";
        let started = DeviceSound::start(name, &self.0);
        let (mut sound, hello) = started.map_err(|error| not_opened(name, error, NEXT))?;
        match hello {
            Hello::Refused { why, next } => Err(not_opened(name, printable(&why), &printable(&next))),
            Hello::Open { rate, channels, coding, text, closed } => {
                sound.format = Some(Format { rate, channels, coding, begins: 0, length: None });
                sound.opened = Some(text);
                with.children.add("sound capture", closed);
                Ok(Box::new(Recording::new(Box::new(sound), &with.readers)))
            }
        }
    }
}

/// The process that records, as this one knows it.
struct DeviceSound {
    title: String,
    pipe: File,
    records: Records,
    format: Option<Format>,
    /// What is told at the first chance.
    opened: Option<String>,
    /// Overruns and suspends that were not told yet, and when some were told last.
    troubles: Option<(u32, u32)>,
    told: Option<Instant>,
}

impl DeviceSound {
    /// Starts the process, and waits until it has opened the device and locked itself in.
    fn start(link: &LinkName, device: &DeviceName) -> io::Result<(Self, Hello)> {
        let mut capture = Command::new("/proc/self/exe");
        capture.arg0("rootcast-online").arg(capture::ARGUMENT).arg(link.to_string());
        capture.stdin(Stdio::null()).stderr(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        // With a path that the operator has set, alsa-lib reads that. A device itself needs nothing but a configuration of
        // ours; whatever else is named needs the system's.
        match (configuration::given(), device.is_hardware()) {
            (Some(path), _) => _ = capture.env_clear().env(configuration::VARIABLE, path),
            (None, true) => {
                capture.env_clear().env(configuration::VARIABLE, "/proc/self/fd/0").stdin(configuration::own()?);
            }
            (None, false) => {}
        }
        let mut child = capture.spawn()?;
        let pipe = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut sound = Self {
            title: format!("the sound device {}", device.as_str()),
            pipe: set_apart_file(pipe)?,
            records: Records::default(),
            format: None,
            opened: None,
            troubles: None,
            told: None,
        };
        let began = Instant::now();
        loop {
            if let Some(hello) = sound.records.hello()? {
                return Ok((sound, hello));
            }
            if began.elapsed() > OPENS_WITHIN {
                let _ = child.kill();
                let seconds = began.elapsed().as_secs();
                return Err(io::Error::other(format!("{} did not open in {seconds} seconds", sound.title)));
            }
            let more = match sound.read(Duration::from_millis(200)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    let _ = child.kill();
                    return Err(io::Error::other("a signal ended the wait for it to open"));
                }
                more => more?,
            };
            if !more {
                return Err(io::Error::other("the process that opens it ended before it said anything"));
            }
        }
    }

    /// Waits at most so long for bytes; whether there may be more. A signal ends the wait with an error of its own.
    fn read(&mut self, wait: Duration) -> io::Result<bool> {
        match poll(&mut [PollFd::new(&self.pipe, PollFlags::IN)], Timespec::try_from(wait).ok().as_ref()) {
            Ok(0) => return Ok(true),
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        let mut bytes = vec![0; Records::WANTED];
        match self.pipe.read(&mut bytes) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.records.push(bytes.get(..count).unwrap_or_default());
                Ok(true)
            }
            Err(error) => Err(error),
        }
    }

    /// Tells what was lost, now and then.
    fn tell_troubles(&mut self, each: &mut dyn FnMut(LinkEvent)) {
        let is_due = self.told.is_none_or(|told| told.elapsed() >= TROUBLES_EVERY);
        if let Some((overruns, suspends)) = self.troubles.filter(|_| is_due) {
            let text = format!(
                "{} and {} so far: sound was lost, which the symbols of other frames make up for",
                count(overruns.into(), "overrun"),
                count(suspends.into(), "suspend")
            );
            each(LinkEvent::Opened(text));
            (self.troubles, self.told) = (None, Some(Instant::now()));
        }
    }
}

impl Sound for DeviceSound {
    fn title(&self) -> &str {
        &self.title
    }

    fn format(&self) -> Option<Format> {
        self.format
    }

    fn next(&mut self, wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Next, LinkFailure> {
        if let Some(opened) = self.opened.take() {
            each(LinkEvent::Opened(opened));
        }
        self.tell_troubles(each);
        loop {
            let record = self.records.next();
            match record.map_err(|_| LinkFailure::new("the process that records it said what makes no sense"))? {
                Some(Record::Samples(bytes)) => return Ok(Next::Bytes(bytes)),
                Some(Record::Troubles(overruns, suspends)) => self.troubles = Some((overruns, suspends)),
                Some(Record::Failed(why)) => return Err(LinkFailure::new(printable(&why))),
                None => break,
            }
        }
        match self.read(wait) {
            Ok(true) => Ok(Next::Nothing),
            Ok(false) => Err(LinkFailure::new("the process that records it has ended")),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Next::Nothing),
            Err(error) => Err(LinkFailure::new(error.to_string())),
        }
    }
}
