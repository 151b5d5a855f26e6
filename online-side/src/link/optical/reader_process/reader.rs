//! The process that looks at pictures: what it gives up first, and what it does then until its input ends.

use std::io::{self, Read, Stdout, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver as Inbox, SyncSender, sync_channel};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rootcast_host::exit::Exit;
use rootcast_host::processor_time::Budget;
use rootcast_host::sandbox::{Purpose, Sandbox};
use rustix::process::{Resource, Rlimit, Signal, getrlimit, set_parent_process_death_signal, setrlimit};

use super::control::say_closed;
use super::decoded::Encoded;
use super::grey::CUT;
use super::supervisor::give_up_privileges;
use super::wire::{Answer, Head, Kind, Seen, WHY_MAX};
use crate::link::optical::luma;
use crate::link::optical::qr_reader::{FILM_BUDGET, GreyPicture, PHOTOGRAPH_BUDGET, Reader, Reading};
use crate::link::optical::viewfinder::View;
use crate::link::sound::listener::Listener;
use crate::link::sound::piece::Piece;

/// Threads that look at pictures. There are no others beside the one that reads the input.
const THREADS: usize = 2;
/// Bytes of memory that it writes to: with the program itself, 256 MiB are resident at most.
const MEMORY_MAX: u64 = 236 << 20;
/// Bytes of address space: libraries and what the allocator sets aside without using it count here, too.
const ADDRESS_SPACE_MAX: u64 = 512 << 20;

/// Processor time for all pictures of an animation: 20,000 clean ones take less.
const ANIMATION_BUDGET: Duration = Duration::from_secs(600);

/// Processor time in which finders are looked for that are light on dark, where nothing was read; a quarter of it in a film.
const TURNED_BUDGET: Duration = Duration::from_millis(200);

/// A picture to look at.
type Job = (Head, Vec<u8>);

/// Runs the process.
pub(super) fn main() -> Exit {
    match run() {
        Ok(()) => Exit::Done,
        Err(_) => Exit::Usage,
    }
}

fn run() -> io::Result<()> {
    give_up_resources()?;
    give_up_privileges("picture-reader")?;
    // Panics of other people's picture code are caught, and nobody reads what they print.
    std::panic::set_hook(Box::new(|_| {}));
    let (jobs, inbox) = sync_channel::<Job>(THREADS);
    let (go, gone) = sync_channel::<()>(THREADS);
    let desk = Arc::new(Desk {
        inbox: Mutex::new(inbox),
        gone: Mutex::new(gone),
        out: Mutex::new(io::stdout()),
        film: Reader::new(FILM_BUDGET),
        listener: Mutex::new(None),
    });
    let (closed, started) = Sandbox::new(Purpose::ReadPictures, None).close_around(|| {
        let is_there = Arc::new(Barrier::new(THREADS + 1));
        for _ in 0..THREADS {
            let (desk, is_there) = (Arc::clone(&desk), Arc::clone(&is_there));
            thread::Builder::new().name("looks".to_owned()).spawn(move || {
                is_there.wait();
                desk.work();
            })?;
        }
        // What a thread does when it begins is not on the list.
        is_there.wait();
        Ok::<(), io::Error>(())
    });
    started?;
    say_closed(&mut desk.out(), &closed)?;
    read_requests(&jobs, &go)
}

/// Hands every request on, until there are no more.
fn read_requests(jobs: &SyncSender<Job>, go: &SyncSender<()>) -> io::Result<()> {
    let mut input = io::stdin().lock();
    while let Some(head) = Head::read(&mut input)? {
        let mut bytes = Vec::new();
        if head.length > 0 {
            bytes.reserve_exact(usize::try_from(head.length).map_err(io::Error::other)?);
            input.by_ref().take(head.length).read_to_end(&mut bytes)?;
        }
        let is_handed_on = match head.kind {
            Kind::Go => go.send(()).is_ok(),
            _ => jobs.send((head, bytes)).is_ok(),
        };
        if !is_handed_on {
            break;
        }
    }
    Ok(())
}

/// Nothing is written to a file, nothing is left behind, and memory has an end.
fn give_up_resources() -> io::Result<()> {
    // Without the process that started it there is nothing to do.
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let limits =
        [(Resource::Data, MEMORY_MAX), (Resource::As, ADDRESS_SPACE_MAX), (Resource::Core, 0), (Resource::Fsize, 0)];
    for (resource, most) in limits {
        // Whoever started the program may have set a lower one, which cannot be raised.
        let most = getrlimit(resource).maximum.map_or(most, |limit| limit.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

/// What the threads share.
struct Desk {
    inbox: Mutex<Inbox<Job>>,
    gone: Mutex<Inbox<()>>,
    out: Mutex<Stdout>,
    film: Reader,
    /// What listens to the recording of its link, once there is one.
    listener: Mutex<Option<Listener>>,
}

impl Desk {
    /// Looks at pictures until there are no more.
    fn work(&self) {
        loop {
            let job = self.inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((head, bytes)) = job else { return };
            let mut later = None;
            let looked = catch_unwind(AssertUnwindSafe(|| self.look(head, bytes, &mut later)));
            let looked = looked.unwrap_or_else(|_| Err("its decoder failed".to_owned()));
            let looked = looked.map(Box::new).map_err(|why| why.chars().take(WHY_MAX).collect());
            if Answer::Looked(head.number, looked).write(&mut self.out()).is_err() {
                return;
            }
            // Nobody waits for what is new in a picture of which all that is known was read.
            if let Some(picture) = later {
                self.film.look_around(head.number, &picture);
            }
        }
    }

    /// Looks at a picture, and gives it back where the whole of it is to be looked at after that.
    fn look(&self, head: Head, bytes: Vec<u8>, later: &mut Option<GreyPicture>) -> Result<Seen, String> {
        let Head { number, width, height, wants_view, .. } = head;
        let picture = match head.kind {
            Kind::Photograph => return self.photograph(number, bytes),
            Kind::Grey => GreyPicture { width, height, luma: bytes },
            Kind::Camera(form) => luma::picture(form, width, height, &bytes)?,
            Kind::Sound => return self.sound(&bytes),
            Kind::Go => return Err("it is no picture".to_owned()),
        };
        let (reading, is_due) = self.film.read_first(number, &picture);
        let reading = if wants_view { reading.with_turned(&picture, &Budget::new(TURNED_BUDGET / 4)) } else { reading };
        let reading = reading.bounded();
        let view = wants_view.then(|| View::new(&picture, &reading));
        *later = is_due.then_some(picture);
        Ok(Seen::Picture { reading, view })
    }

    /// Listens on. What it was in the middle of is gone where an earlier piece ended in a panic.
    fn sound(&self, bytes: &[u8]) -> Result<Seen, String> {
        let piece: Piece = postcard::from_bytes(bytes).map_err(|_| "it is no piece of sound")?;
        let before = self.listener.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut listener = before.unwrap_or_else(|| Listener::new(piece.format, piece.offset));
        let heard = listener.hear(&piece);
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
        Ok(Seen::Sound(heard))
    }

    fn photograph(&self, number: u64, bytes: Vec<u8>) -> Result<Seen, String> {
        let budget = Budget::new(PHOTOGRAPH_BUDGET);
        let encoded = Encoded::new(&bytes)?;
        if encoded.is_large() {
            let asked = Answer::Large(number).write(&mut self.out());
            let answered = self.gone.lock().unwrap_or_else(PoisonError::into_inner).recv();
            asked.map_err(|_| "nobody listens")?;
            answered.map_err(|_| "nobody listens")?;
        }
        let is_cut = encoded.is_cut();
        if encoded.is_animation() {
            return self.animation(number, encoded);
        }
        let picture = encoded.decode()?;
        drop(bytes);
        let reading: Reading = Reader::new(budget.left().max(PHOTOGRAPH_BUDGET / 3)).read(0, &picture);
        let reading = reading.with_turned(&picture, &Budget::new(TURNED_BUDGET));
        match is_cut && reading.contents().is_empty() {
            true => Err(CUT.to_owned()),
            false => Ok(Seen::Picture { reading: reading.bounded(), view: None }),
        }
    }

    /// Looks at each picture of an animation, and says of each what it saw; of the last one it is the answer.
    fn animation(&self, number: u64, encoded: Encoded<'_>) -> Result<Seen, String> {
        let (mut before, budget) = (None, Budget::new(ANIMATION_BUDGET));
        let ended = encoded.each_picture(&mut |picture| {
            if let Some(seen) = before.take() {
                Answer::Part(number, Box::new(seen)).write(&mut self.out()).map_err(|_| "nobody listens")?;
            }
            if budget.left().is_zero() {
                let minutes = ANIMATION_BUDGET.as_secs() / 60;
                return Err(format!(
                    "its pictures take more than {minutes} minutes of processor time: give a part of it"
                ));
            }
            let reading = Reader::new(PHOTOGRAPH_BUDGET).read(0, picture);
            before = Some(Seen::Picture { reading: reading.bounded(), view: None });
            Ok(())
        });
        match (ended, before) {
            (Ok(()), Some(seen)) => Ok(seen),
            (Ok(()), None) => Err("it is an animation without a picture".to_owned()),
            (Err(why), None) => Err(why),
            // What its whole pictures hold counts, and that it is damaged is said.
            (Err(why), Some(seen)) => {
                Answer::Part(number, Box::new(seen)).write(&mut self.out()).map_err(|_| "nobody listens")?;
                Err(why)
            }
        }
    }

    fn out(&self) -> impl Write + '_ {
        Locked(self.out.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Standard output, for one whole answer.
struct Locked<'o>(std::sync::MutexGuard<'o, Stdout>);

impl Write for Locked<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
