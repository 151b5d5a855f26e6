//! Standard error, so that no work waits for whoever reads it.
//!
//! A terminal that nobody reads (a hung ssh, a sleeping laptop, Ctrl-S) takes nothing any more, and a write to it waits for
//! ever. A command that works calls [`hold`] first and [`begin`] once its process is locked in. From then on a thread of its
//! own writes: text waits in a queue of bounded size, and lines that have no room there are counted instead. All other
//! commands write as usual. The descriptor itself stays as it is: the shell has it, too.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::{interrupt, locale};

/// Bytes of text that may wait: some thousand lines, more than any command says at once.
const WAITING_MAX: usize = 256 << 10;
/// Bytes written at once: what is shown on a screen can be cut off between two of these.
const WRITTEN_AT_ONCE: usize = 4 << 10;
/// How long the end of a program waits for a reader that takes nothing.
const LAST_WAIT: Duration = Duration::from_secs(3);
/// The same after a signal.
const LAST_WAIT_AFTER_SIGNAL: Duration = Duration::from_secs(1);
/// How often a wait looks at signals.
const LOOK_EVERY: Duration = Duration::from_millis(20);

static QUEUE: Mutex<Queue> = Mutex::new(Queue::new());
/// Something was added.
static ADDED: Condvar = Condvar::new();
/// Something was written.
static WRITTEN: Condvar = Condvar::new();

/// Who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// Whoever has something to say, at once.
    Caller,
    /// The same where nobody has to wait for it; the rest is kept for the thread.
    NobodyYet,
    /// A thread of its own.
    Thread,
}

/// A piece that is written in one go.
#[derive(Debug)]
struct Piece {
    bytes: Vec<u8>,
    /// Names a picture on the screen, which can be taken back.
    picture: Option<u64>,
}

/// What waits to be written.
#[derive(Debug)]
struct Queue {
    writer: Writer,
    pieces: VecDeque<Piece>,
    /// Bytes in them.
    bytes: usize,
    /// Whether the thread is writing.
    is_writing: bool,
    /// Bytes written by the thread.
    written: u64,
    /// Lines that had no room since the last that had.
    left_out: u64,
    /// The pictures that were asked for, and the last that is through or was taken back.
    pictures: u64,
    done: u64,
    taken_back: u64,
    /// Why nothing can be written any more.
    failed: Option<Errno>,
}

impl Queue {
    const fn new() -> Self {
        Self {
            writer: Writer::Caller,
            pieces: VecDeque::new(),
            bytes: 0,
            is_writing: false,
            written: 0,
            left_out: 0,
            pictures: 0,
            done: 0,
            taken_back: 0,
            failed: None,
        }
    }

    fn is_idle(&self) -> bool {
        self.pieces.is_empty() && !self.is_writing && self.left_out == 0
    }

    /// Adds text, if there is room. Once there was none, half of the room has to be free again: so what is said about the
    /// lines left out does not stand between every two lines.
    fn add_text(&mut self, text: &str) {
        let most = if self.left_out > 0 { WAITING_MAX / 2 } else { WAITING_MAX };
        if self.bytes + text.len() > most {
            self.left_out += text.lines().count().max(1) as u64;
            return;
        }
        self.tell_left_out();
        self.add(Piece { bytes: text.as_bytes().to_vec(), picture: None });
    }

    /// Adds what was left out, as a count.
    fn tell_left_out(&mut self) {
        if self.left_out > 0 {
            let lines =
                if self.left_out == 1 { "1 line was".to_owned() } else { format!("{} lines were", self.left_out) };
            self.left_out = 0;
            let text = format!("note: {lines} left out here, because nobody read this output\n");
            self.add(Piece { bytes: text.into_bytes(), picture: None });
        }
    }

    fn add(&mut self, piece: Piece) {
        if self.failed.is_none() {
            self.bytes += piece.bytes.len();
            self.pieces.push_back(piece);
        } else if let Some(picture) = piece.picture {
            self.done = self.done.max(picture);
        }
    }

    fn take(&mut self) -> Option<Piece> {
        if self.pieces.is_empty() {
            self.tell_left_out();
        }
        let piece = self.pieces.pop_front()?;
        self.bytes -= piece.bytes.len();
        Some(piece)
    }
}

fn queue() -> MutexGuard<'static, Queue> {
    QUEUE.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// From here on, text that would have to wait is kept until [`begin`]. For a command that works, at its start.
pub fn hold() {
    let mut queue = queue();
    if queue.writer == Writer::Caller {
        queue.writer = Writer::NobodyYet;
    }
}

/// Starts the thread that writes, if [`hold`] was called before. A process that locks itself in calls this afterwards:
/// threads that ran before are not held.
pub fn begin() {
    let mut queue = queue();
    if queue.writer != Writer::NobodyYet {
        return;
    }
    let name = "standard error".to_owned();
    match thread::Builder::new().name(name).spawn(write_all) {
        Ok(_) => queue.writer = Writer::Thread,
        Err(_) => {
            // Without it, whoever speaks waits, as in other commands.
            queue.writer = Writer::Caller;
            write_kept(&mut queue);
        }
    }
}

/// Writes what was kept, and waits for that: a person is going to be asked something.
pub fn flush() {
    match queue() {
        queue if queue.writer == Writer::Thread => {
            drop(queue);
            wait_while_read(LAST_WAIT);
        }
        mut queue => write_kept(&mut queue),
    }
}

fn write_kept(queue: &mut Queue) {
    while let Some(piece) = queue.take() {
        let _ = io::stderr().lock().write_all(&piece.bytes);
    }
}

/// Writes text for people, which ends with a line end.
pub(crate) fn write_text(text: &str) {
    let text = &*locale::shown(text);
    let mut queue = queue();
    match queue.writer {
        Writer::Caller => {
            drop(queue);
            let _ = io::stderr().lock().write_all(text.as_bytes());
        }
        Writer::NobodyYet => {
            let said = if queue.is_idle() { write_what_fits(text.as_bytes()) } else { 0 };
            match text.get(said..) {
                Some("") => {}
                Some(rest) => queue.add_text(rest),
                None => queue.add_text(text),
            }
        }
        Writer::Thread => {
            queue.add_text(text);
            ADDED.notify_one();
        }
    }
}

/// Writes as much as is taken without a wait, in whole lines; says how many bytes.
fn write_what_fits(text: &[u8]) -> usize {
    let mut said = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        let error = rustix::stdio::stderr();
        // Where the kernel is not asked about this, as in a sandbox, the thread will write it.
        let mut ready = [PollFd::new(&error, PollFlags::OUT)];
        if !matches!(poll(&mut ready, Some(&at_once)), Ok(1..)) {
            break;
        }
        let _ = io::stderr().lock().write_all(line);
        said += line.len();
    }
    said
}

/// Writes what moves the cursor: it is never left out. Whoever calls this does so only as often as he drew something.
pub(crate) fn write_sign(sign: &str) {
    let sign = &*locale::shown(sign);
    let mut queue = queue();
    if queue.writer == Writer::Thread {
        queue.add(Piece { bytes: sign.as_bytes().to_vec(), picture: None });
        ADDED.notify_one();
    } else {
        drop(queue);
        let _ = io::stderr().lock().write_all(sign.as_bytes());
    }
}

/// Whether everything said is written: a good moment for progress, which may as well not be said.
pub(crate) fn is_idle() -> bool {
    queue().is_idle()
}

/// Puts a picture on the screen and waits until it stands there whole, or until `stop` says so. What was not written by
/// then is taken back. Says whether it stands there.
///
/// # Errors
/// When standard error cannot be written to any more.
pub fn show(picture: &[u8], stop: &dyn Fn() -> bool) -> io::Result<bool> {
    let mut queue = queue();
    if queue.writer != Writer::Thread {
        drop(queue);
        return io::stderr().lock().write_all(picture).map(|()| true);
    }
    queue.pictures += 1;
    let number = queue.pictures;
    queue.add(Piece { bytes: picture.to_vec(), picture: Some(number) });
    ADDED.notify_one();
    loop {
        if let Some(error) = queue.failed {
            return Err(error.into());
        }
        if queue.done >= number {
            return Ok(true);
        }
        if stop() {
            queue.taken_back = number;
            let bytes = |piece: &Piece| if piece.picture == Some(number) { piece.bytes.len() } else { 0 };
            queue.bytes -= queue.pieces.iter().map(bytes).sum::<usize>();
            queue.pieces.retain(|piece| piece.picture != Some(number));
            return Ok(false);
        }
        queue = wait(queue);
    }
}

/// Gives the screen back with this text, and waits a moment for it.
pub fn leave_screen(text: &str) {
    write_sign(text);
    wait_while_read(LAST_WAIT_AFTER_SIGNAL);
}

/// The end of the program: waits until everything is written, but only as long as somebody reads. A signal ends the wait.
pub fn end() {
    begin();
    if queue().writer == Writer::Thread {
        wait_while_read(if interrupt::is_any_set() { LAST_WAIT_AFTER_SIGNAL } else { LAST_WAIT });
    }
}

/// Waits until everything is written, until nothing was taken for so long, or until a signal comes.
fn wait_while_read(longest: Duration) {
    let asked = interrupt::is_any_set();
    let mut queue = queue();
    let (mut written, mut since) = (queue.written, Instant::now());
    while queue.writer == Writer::Thread && !queue.is_idle() && queue.failed.is_none() {
        if queue.written != written {
            (written, since) = (queue.written, Instant::now());
        }
        if since.elapsed() >= longest || !asked && interrupt::is_any_set() {
            return;
        }
        queue = wait(queue);
    }
}

fn wait(queue: MutexGuard<'static, Queue>) -> MutexGuard<'static, Queue> {
    WRITTEN.wait_timeout(queue, LOOK_EVERY).unwrap_or_else(std::sync::PoisonError::into_inner).0
}

/// The thread: it alone waits for the reader.
fn write_all() {
    let mut queue = queue();
    loop {
        let Some(piece) = queue.take() else {
            queue = ADDED.wait(queue).unwrap_or_else(std::sync::PoisonError::into_inner);
            continue;
        };
        queue.is_writing = true;
        let mut rest = piece.bytes.as_slice();
        while !rest.is_empty() && queue.failed.is_none() && piece.picture.is_none_or(|number| number > queue.taken_back)
        {
            drop(queue);
            let result = write_some(rest);
            queue = self::queue();
            match result {
                Ok(count) => {
                    queue.written += count as u64;
                    rest = rest.get(count..).unwrap_or_default();
                }
                Err(error) => {
                    // A closed standard error is no reason to stop.
                    queue.failed = Some(error);
                    queue.pieces.clear();
                    (queue.bytes, queue.left_out) = (0, 0);
                }
            }
            WRITTEN.notify_all();
        }
        queue.done = queue.done.max(piece.picture.unwrap_or(0));
        queue.is_writing = false;
        WRITTEN.notify_all();
    }
}

/// Writes a first part; not through the standard library, whose lock a panic's message would wait for.
fn write_some(bytes: &[u8]) -> Result<usize, Errno> {
    let part = bytes.get(..WRITTEN_AT_ONCE).unwrap_or(bytes);
    loop {
        match rustix::io::write(rustix::stdio::stderr(), part) {
            Ok(count) => return Ok(count),
            Err(Errno::INTR) => {}
            // Another program has set the terminal so that a write does not wait.
            Err(Errno::AGAIN) => thread::sleep(LOOK_EVERY),
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Queue, WAITING_MAX};

    fn text_of(queue: &mut Queue) -> String {
        let mut text = String::new();
        while let Some(piece) = queue.take() {
            text.push_str(std::str::from_utf8(&piece.bytes).unwrap());
        }
        text
    }

    #[test]
    fn lines_that_have_no_room_are_counted_where_they_would_have_stood() {
        let mut queue = Queue::new();
        let line = format!("{}\n", "x".repeat(1023));
        let fit = WAITING_MAX / line.len();
        for _ in 0..fit + 3 {
            queue.add_text(&line);
            assert!(queue.bytes <= WAITING_MAX);
        }
        queue.add_text("two\nlines\n");
        assert_eq!(queue.left_out, 5, "half of the room must be free first");
        for _ in 0..fit / 2 + 1 {
            queue.take().unwrap();
        }
        queue.add_text("read again\n");
        let text = text_of(&mut queue);
        assert!(
            text.ends_with("x\nnote: 5 lines were left out here, because nobody read this output\nread again\n"),
            "{}",
            text.get(text.len() - 200..).unwrap()
        );
        assert!(queue.is_idle() && queue.bytes == 0);
    }

    #[test]
    fn what_was_left_out_last_is_told_once_everything_is_read() {
        let mut queue = Queue::new();
        queue.add_text(&"x".repeat(WAITING_MAX));
        queue.add_text("lost\n");
        assert!(!queue.is_idle());
        assert!(text_of(&mut queue).ends_with("xnote: 1 line was left out here, because nobody read this output\n"));
        assert!(queue.is_idle());
    }
}
