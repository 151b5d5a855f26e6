//! A pseudo-terminal: the kernel's own serial port without a plug. One end is a path that a program opens.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{
    OptionalActions, QueueSelector, Termios, Winsize, ioctl_tiocnxcl, tcflush, tcgetattr, tcsetattr, tcsetwinsize,
};

use crate::program::{Program, Running};

/// A pseudo-terminal, raw from the start, whose port stays open so that no program's close hangs it up.
#[derive(Debug)]
pub struct Pty {
    controller: File,
    port: Option<File>,
    path: PathBuf,
}

impl Pty {
    /// A new one.
    #[must_use]
    pub fn open() -> Self {
        let controller =
            openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).expect("a pseudo-terminal");
        grantpt(&controller).expect("a pseudo-terminal");
        unlockpt(&controller).expect("a pseudo-terminal");
        let name = ptsname(&controller, Vec::new()).expect("its name").into_string().expect("its name");
        let port = open_port(Path::new(&name));
        let mut line = tcgetattr(&port).expect("its settings");
        line.make_raw();
        tcsetattr(&port, OptionalActions::Now, &line).expect("raw");
        Self { controller: controller.into(), port: Some(port.into()), path: name.into() }
    }

    /// The path a program opens.
    ///
    /// A program keeps others off its port until it is closed. This harness keeps the port open, so what is left of the
    /// program before is taken back here.
    #[must_use]
    pub fn path(&self) -> &Path {
        if let Some(port) = &self.port {
            let _ = ioctl_tiocnxcl(port);
        }
        &self.path
    }

    /// Sets the port, as another program that has it open may do.
    ///
    /// # Panics
    /// If the port is closed or refuses it.
    pub fn set_line(&self, change: impl FnOnce(&mut Termios)) {
        let port = self.port.as_ref().expect("an open port");
        let mut line = tcgetattr(port).expect("its settings");
        change(&mut line);
        tcsetattr(port, OptionalActions::Now, &line).expect("other settings");
    }

    /// Another handle on the controlling end.
    #[must_use]
    pub fn controller(&self) -> File {
        self.controller.try_clone().expect("a second handle")
    }

    /// Forgets what was written to the port's reader and not read: nobody listened.
    pub fn forget_unheard(&self) {
        if let Some(port) = &self.port {
            tcflush(port, QueueSelector::IFlush).expect("an empty queue");
        }
    }
}

fn open_port(path: &Path) -> OwnedFd {
    rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).expect("the port")
}

/// Waits at most `wait` until `file` can be read (`true`) or not.
pub(crate) fn readable_within(file: &File, wait: Duration) -> bool {
    ready(file, PollFlags::IN, wait)
}

/// Waits at most `wait` until `file` takes bytes (`true`) or not.
pub(crate) fn writable_within(file: &File, wait: Duration) -> bool {
    ready(file, PollFlags::OUT, wait)
}

fn ready(file: &File, what: PollFlags, wait: Duration) -> bool {
    let timeout = Timespec::try_from(wait).expect("a short time");
    let mut watched = [PollFd::new(file, what)];
    matches!(poll(&mut watched, Some(&timeout)), Ok(1..)) && watched[0].revents().contains(what)
}

/// A program with a person's terminal in front of it: everything it prints is kept, and keys can be typed.
#[derive(Debug)]
pub struct Seat {
    /// The program.
    pub running: Running,
    keyboard: File,
    screen: Arc<Mutex<Vec<u8>>>,
    /// Whether nobody reads the terminal any more.
    unread: Arc<AtomicBool>,
    path: PathBuf,
}

/// How long a person waits for what has to come.
const PATIENCE: Duration = Duration::from_secs(300);

impl Seat {
    /// Waits until something is so. Fails with the screen where it does not come.
    pub fn until(&mut self, mut is_so: impl FnMut(&mut Self) -> bool) {
        let begun = std::time::Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < PATIENCE, "it never came to that:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Starts `program` in a terminal of this size.
    #[must_use]
    pub fn start(program: &Program, columns: u16, rows: u16) -> Self {
        let mut pty = Pty::open();
        let port = pty.port.take().expect("an open port");
        let mut line = tcgetattr(&port).expect("its settings");
        // As a shell leaves it: lines are edited and Ctrl-C is a signal.
        use rustix::termios::LocalModes;
        line.local_modes |= LocalModes::ICANON | LocalModes::ISIG | LocalModes::ECHO | LocalModes::ECHOE;
        line.input_modes |= rustix::termios::InputModes::ICRNL;
        tcsetattr(&port, OptionalActions::Now, &line).expect("a terminal");
        tcsetwinsize(&port, Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).expect("its size");
        let standard = || Stdio::from(port.try_clone().expect("a standard file"));
        let running = program.start_with(standard(), standard(), standard());
        drop(port);
        let screen = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pty.controller();
        let (kept, unread) = (Arc::clone(&screen), Arc::new(AtomicBool::new(false)));
        let asleep = Arc::clone(&unread);
        std::thread::spawn(move || {
            let mut piece = [0; 65_536];
            loop {
                if asleep.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                }
                // Looked at before it is read, so that nothing is read long after somebody stopped reading.
                let mut watched = [PollFd::new(&reader, PollFlags::IN)];
                let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
                if matches!(poll(&mut watched, Some(&moment)), Ok(0)) {
                    continue;
                }
                // The end of a terminal is an error (EIO), not an end of file.
                let Ok(count @ 1..) = reader.read(&mut piece) else { break };
                kept.lock().expect("a screen").extend_from_slice(&piece[..count]);
            }
        });
        Self { running, keyboard: pty.controller(), screen, unread, path: pty.path().to_owned() }
    }

    /// From here on nobody reads the terminal, as with a hung ssh, and it takes nothing more.
    pub fn stop_reading(&self) {
        self.unread.store(true, Ordering::Relaxed);
        // Whatever was being read is read.
        std::thread::sleep(Duration::from_millis(100));
        let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let terminal: File = rustix::fs::open(&self.path, flags, Mode::empty()).expect("the terminal").into();
        // What the kernel moves on meanwhile makes room once more.
        for _ in 0..10 {
            while let Ok(1..) = (&terminal).write(&[b'.'; 256]) {}
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(!writable_within(&terminal, Duration::ZERO), "the terminal still takes text");
    }

    /// Somebody reads the terminal again.
    pub fn read_again(&self) {
        self.unread.store(false, Ordering::Relaxed);
    }

    /// Types `keys`.
    pub fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("a keyboard");
    }

    /// Makes the window another size, as a person does; the program is not told but by asking.
    pub fn resize(&self, columns: u16, rows: u16) {
        let size = Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&self.keyboard, size).expect("another size");
    }

    /// Whether lines are edited and echoed, as a shell leaves it.
    #[must_use]
    pub fn is_cooked(&self) -> bool {
        let line = tcgetattr(&self.keyboard).expect("its settings");
        line.local_modes.contains(rustix::termios::LocalModes::ICANON)
    }

    /// Forgets what was printed so far, and gives it.
    pub fn forget_screen(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.screen.lock().expect("a screen"))).into_owned()
    }

    /// Everything printed so far, escape sequences included.
    #[must_use]
    pub fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().expect("a screen")).into_owned()
    }

    /// Everything printed so far; and once more with each broken line whole, as a person reads it.
    #[must_use]
    pub fn sentences(&self) -> String {
        let screen = self.screen();
        // A command goes on behind a backslash.
        let without =
            |line: &str| line.trim().strip_suffix(" \\").map_or_else(|| line.trim().to_owned(), str::to_owned);
        let whole: Vec<String> = screen.split('\n').map(without).collect();
        let whole = whole.join(" ");
        screen + "\n" + &whole
    }

    /// Whether the terminal shows what is typed.
    #[must_use]
    pub fn echoes(&self) -> bool {
        tcgetattr(&self.keyboard).expect("its settings").local_modes.contains(rustix::termios::LocalModes::ECHO)
    }

    /// Waits until `text` was printed.
    pub fn wait_for_text(&mut self, text: &str) {
        let begun = std::time::Instant::now();
        while !self.sentences().contains(text) {
            assert!(begun.elapsed() < Duration::from_secs(30), "never printed {text:?}:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}
