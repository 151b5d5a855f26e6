//! Both programs as the processes people run: started, watched, stopped, killed.
//!
//! They are looked for in `ROOTCAST_BIN`, else in the build folder this test itself runs from.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long a program may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(120);

/// The folder with the built programs.
#[must_use]
pub fn folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("ROOTCAST_BIN") {
        return folder.into();
    }
    let own = std::env::current_exe().expect("the path of this test");
    let folder = own.parent().expect("a folder");
    if folder.ends_with("deps") { folder.parent().expect("a folder above deps").to_owned() } else { folder.to_owned() }
}

/// A command line of one of the programs, not yet run.
#[derive(Debug, Clone)]
pub struct Program {
    name: &'static str,
    path: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
    folder: Option<PathBuf>,
    patience: Duration,
    starter: Vec<OsString>,
}

/// `rootcast-offline` with these arguments.
#[must_use]
pub fn offline<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Program {
    Program::new("rootcast-offline", arguments)
}

/// `rootcast-offline-audio`, the package variant with sound devices, with these arguments.
#[must_use]
pub fn offline_with_audio<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Program {
    Program::new("rootcast-offline-audio", arguments)
}

/// `rootcast-online` with these arguments.
#[must_use]
pub fn online<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Program {
    Program::new("rootcast-online", arguments)
}

/// The head of the journal in this state of the offline side, as people have it on paper after the last run, if there is
/// any entry.
#[must_use]
pub fn head_on_paper(state: &Path) -> Option<String> {
    let verify = offline(["journal", "verify", "--json"]).state(state).run();
    let document = (verify.code == Some(0)).then(|| verify.json())?;
    (document["entries"] != 0).then(|| document["head"].as_str().unwrap_or_default().to_owned())
}

impl Program {
    fn new<I: AsRef<OsStr>>(name: &'static str, arguments: impl IntoIterator<Item = I>) -> Self {
        let path = folder().join(name);
        assert!(path.is_file(), "{} is not built: run `make test`", path.display());
        Self {
            name,
            path,
            arguments: arguments.into_iter().map(|a| a.as_ref().to_owned()).collect(),
            environment: Vec::new(),
            folder: None,
            patience: PATIENCE,
            starter: Vec::new(),
        }
    }

    /// Started with this umask, in octal digits.
    #[must_use]
    pub fn umask(self, umask: &str) -> Self {
        self.started_by(["sh", "-c", &format!("umask {umask}; exec \"$0\" \"$@\"")])
    }

    /// Started by another program, which is given the program and its arguments after these of its own.
    #[must_use]
    pub fn started_by<I: AsRef<OsStr>>(mut self, starter: impl IntoIterator<Item = I>) -> Self {
        self.starter = starter.into_iter().map(|a| a.as_ref().to_owned()).collect();
        self
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<I: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = I>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    /// `--state DIR`.
    #[must_use]
    pub fn state(self, folder: &Path) -> Self {
        self.arg("--state").arg(folder)
    }

    /// `--link KIND:TARGET…`.
    #[must_use]
    pub fn link(self, link: impl AsRef<OsStr>) -> Self {
        self.arg("--link").arg(link)
    }

    /// The working directory.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// An environment variable.
    #[must_use]
    pub fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((key.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// How long it may take.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The command line as one would type it.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = self.name.to_owned();
        for argument in &self.arguments {
            let argument = argument.to_string_lossy();
            let plain = argument.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=:,./".contains(&b));
            line.push(' ');
            if plain && !argument.is_empty() {
                line.push_str(&argument);
            } else {
                line.push_str(&format!("'{}'", argument.replace('\'', "'\\''")));
            }
        }
        line
    }

    /// Runs it to its end, with nobody at the keyboard.
    #[must_use]
    pub fn run(&self) -> Ended {
        self.start().wait()
    }

    /// Runs it to its end, which has to be exit code `code`.
    pub fn exits(&self, code: i32) -> Ended {
        let ended = self.run();
        assert_eq!(ended.code, Some(code), "expected exit {code}\n{ended}");
        ended
    }

    /// Starts it, with nobody at the keyboard.
    #[must_use]
    pub fn start(&self) -> Running {
        self.start_with(Stdio::null(), Stdio::piped(), Stdio::piped())
    }

    /// Starts it with other standard files, for a terminal.
    #[must_use]
    pub fn start_with(&self, input: Stdio, output: Stdio, error: Stdio) -> Running {
        let heeding = heeding_all_signals();
        let starters = heeding.iter().chain(&self.starter).map(OsString::as_os_str);
        let mut whole = starters.chain([self.path.as_os_str()]);
        let mut command = Command::new(whole.next().expect("at least the program"));
        command.args(whole).args(&self.arguments).stdin(input).stdout(output).stderr(error);
        command.env_remove("ROOTCAST_STATE").env_remove("NO_COLOR");
        command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm-256color");
        // What goes to a pipe is not broken into lines: tests look for whole sentences.
        command.env("COLUMNS", "1000");
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let mut child = command.spawn().unwrap_or_else(|e| panic!("{}: {e}", self.path.display()));
        Running {
            line: self.line(),
            out: Captured::of(child.stdout.take()),
            err: Captured::of(child.stderr.take()),
            started: Instant::now(),
            peak_kib: 0,
            patience: self.patience,
            child,
        }
    }
}

/// The programs leave signals alone that were ignored when they started. Whoever started the tests may ignore some (`nohup`,
/// a script that puts them in the background): then each program is started with none ignored.
fn heeding_all_signals() -> Vec<OsString> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    // HUP, INT, QUIT, TERM and TSTP by their numbers (signal(7)).
    let asked = [1, 2, 3, 15, 20].iter().fold(0_u64, |mask, number| mask | 1 << (number - 1));
    if ignored.unwrap_or(0) & asked == 0 {
        return Vec::new();
    }
    ["env", "--default-signal=HUP,INT,QUIT,TERM,TSTP"].map(OsString::from).to_vec()
}

/// What a process wrote so far.
#[derive(Debug, Default)]
struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Captured {
    fn of(source: Option<impl Read + Send + 'static>) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let reader = source.map(|mut source| {
            let bytes = Arc::clone(&bytes);
            std::thread::spawn(move || {
                let mut piece = [0; 8192];
                while let Ok(count @ 1..) = source.read(&mut piece) {
                    bytes.lock().expect("a reader does not panic").extend_from_slice(&piece[..count]);
                }
            })
        });
        Self { bytes, reader }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("a reader does not panic")).into_owned()
    }

    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.text()
    }
}

/// A process that was started. Killed when dropped.
#[derive(Debug)]
pub struct Running {
    line: String,
    child: Child,
    out: Captured,
    err: Captured,
    started: Instant,
    peak_kib: u64,
    patience: Duration,
}

impl Running {
    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard input, where that is a pipe; once.
    #[must_use]
    pub fn take_stdin(&mut self) -> std::process::ChildStdin {
        self.child.stdin.take().expect("standard input is a pipe, and is taken once")
    }

    /// Its resident memory now, in KiB.
    #[must_use]
    pub fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        resident.and_then(|kib| kib.trim().parse().ok()).unwrap_or(0)
    }

    /// What it wrote to standard error so far.
    #[must_use]
    pub fn stderr(&self) -> String {
        self.err.text()
    }

    /// Whether it still runs.
    #[must_use]
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("the state of a child").is_none()
    }

    /// The end of a named pipe that the program reads, once it has opened it. A program that ends before is a failure, and
    /// nothing waits for ever.
    #[must_use]
    pub fn writes_into(&mut self, pipe: &Path) -> File {
        let flags = rustix::fs::OFlags::WRONLY | rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
        loop {
            match rustix::fs::open(pipe, flags, rustix::fs::Mode::empty()) {
                Ok(end) => {
                    rustix::fs::fcntl_setfl(&end, rustix::fs::OFlags::empty())
                        .expect("a pipe that waits for its reader");
                    return File::from(end);
                }
                Err(rustix::io::Errno::NXIO) => {}
                Err(e) => panic!("{}: {e}", pipe.display()),
            }
            let waits = self.runs() && self.started.elapsed() < self.patience;
            assert!(waits, "`{}` never read {}:\n{}", self.line, pipe.display(), self.stderr());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until it wrote `text` to standard error or output.
    pub fn wait_for_text(&mut self, text: &str) {
        let _ = self.wait_for_one_of([text]);
    }

    /// Waits until it wrote one of these texts to standard error or output. Gives the place of the first one in the list
    /// that is there.
    pub fn wait_for_one_of<const N: usize>(&mut self, texts: [&str; N]) -> usize {
        let shown = |running: &Self| {
            let (err, out) = (running.err.text(), running.out.text());
            texts.iter().position(|text| err.contains(text) || out.contains(text))
        };
        loop {
            if let Some(place) = shown(self) {
                return place;
            }
            assert!(self.started.elapsed() < self.patience, "`{}` never said {texts:?}:\n{}", self.line, self.stderr());
            if !self.runs() {
                let _ = (self.err.whole(), self.out.whole());
                let ended = || panic!("`{}` ended without saying {texts:?}:\n{}", self.line, self.stderr());
                return shown(self).unwrap_or_else(ended);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// SIGKILL: no clean end.
    #[must_use]
    pub fn kill_9(mut self) -> Ended {
        self.child.kill().expect("a process to kill");
        self.wait()
    }

    /// SIGTERM.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// SIGINT, as Ctrl-C sends it.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// SIGHUP, as a terminal that is closed sends it.
    pub fn hang_up(&self) {
        self.signal(Signal::HUP);
    }

    /// SIGQUIT, as Ctrl-\ sends it.
    pub fn quit(&self) {
        self.signal(Signal::QUIT);
    }

    /// SIGTSTP, as Ctrl-Z sends it.
    pub fn suspend(&self) {
        self.signal(Signal::TSTP);
    }

    /// SIGSTOP, which nobody can catch.
    pub fn stop(&self) {
        self.signal(Signal::STOP);
    }

    /// SIGCONT, as `fg` sends it.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Whether it is stopped (proc_pid_stat(5), state T).
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(id, signal).expect("a process to signal");
    }

    /// Waits for its end.
    #[must_use]
    pub fn wait(mut self) -> Ended {
        loop {
            self.look_at_memory();
            // A process that ended is kept by the system until it is waited for; its clock can still be read.
            let seconds = processor_seconds(self.child.id());
            if let Some(status) = self.child.try_wait().expect("the state of a child") {
                let ended = Ended {
                    line: self.line.clone(),
                    code: status.code(),
                    signal: status.signal(),
                    stdout: self.out.whole(),
                    stderr: self.err.whole(),
                    took: self.started.elapsed(),
                    processor_seconds: seconds,
                    peak_kib: self.peak_kib,
                };
                assert!(!ended.stderr.contains("panicked at") && ended.code != Some(101), "a panic\n{ended}");
                return ended;
            }
            if self.started.elapsed() > self.patience {
                let _ = self.child.kill();
                let _ = self.child.wait();
                panic!(
                    "`{}` did not end within {:?}\nstdout: {}\nstderr: {}",
                    self.line,
                    self.patience,
                    self.out.whole(),
                    self.err.whole()
                );
            }
            std::thread::sleep(Duration::from_millis(4));
        }
    }

    fn look_at_memory(&mut self) {
        // Until its exec is through, a child shows the memory of this process.
        let program = |process: &str| std::fs::read_link(format!("/proc/{process}/exe")).ok();
        if program(&self.child.id().to_string()) == program("self") {
            return;
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let peak =
            status.lines().find_map(|l| l.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse().ok());
        self.peak_kib = self.peak_kib.max(peak.unwrap_or(0));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time a process has used so far, user and system, in seconds (proc_pid_stat(5), 100 ticks a second).
fn processor_seconds(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// A run that is over. Printed, it is the whole transcript.
#[derive(Debug, Clone)]
pub struct Ended {
    line: String,
    /// The exit code, if it exited.
    pub code: Option<i32>,
    /// The signal that ended it, if one did.
    pub signal: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Wall-clock time.
    pub took: Duration,
    /// Processor time, user and system.
    pub processor_seconds: f64,
    /// Largest resident memory seen, in KiB; looked at every few milliseconds.
    pub peak_kib: u64,
}

impl Ended {
    /// The one JSON document on standard output.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("standard output is not one JSON document: {e}\n{self}"))
    }

    /// Fails unless it ended with this exit code.
    #[must_use]
    pub fn exits_with(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "expected exit {code}\n{self}");
        self
    }

    /// Fails unless one of the outputs holds `text`.
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text) || self.stderr.contains(text), "it should say {text:?}\n{self}");
        self
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ {}", self.line)?;
        match (self.code, self.signal) {
            (Some(code), _) => writeln!(f, "exit {code} after {:?}", self.took)?,
            (_, signal) => writeln!(f, "ended by signal {signal:?} after {:?}", self.took)?,
        }
        write!(f, "--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr)
    }
}
