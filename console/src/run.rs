//! The run of a command: its options, its log, its result, and how it ends.

use std::cell::{Cell, RefCell};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Command, Parser};
use rootcast_host::clock;
use rootcast_host::configuration::{Configuration, Side, TakenRecord};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::disk::{Disk, RealDisk, parent};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::{Interrupt, outlive_file_size_limit};
use rootcast_host::layout::wrapped;
use rootcast_host::log::Log;
use rootcast_host::process::settle_modes;
use rootcast_host::sandbox::raise_limit_of_open_files;
use rootcast_host::standard_error;
use rootcast_host::state_lock::OtherUser;
use rootcast_host::terminal::{columns_of_output, print, say, unprinted};
use rootcast_host::text::printable_json;
use serde::Serialize;

use crate::help::{Example, refusal_text, with_examples};

/// Which program runs.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    /// Its name, as it is typed.
    pub name: &'static str,
    /// The end of a refusal: nothing was sent, or nothing was done.
    pub nothing_done: &'static str,
    /// What happened, if a command cannot be carried out as it was given.
    pub refused: &'static str,
    /// Which configuration file is its own.
    pub side: Side,
    /// An example for each command.
    pub examples: &'static [Example],
}

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Options {
    /// The state directory. ROOTCAST_STATE names it if this option does not.
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Print one JSON document on standard output, also for errors. Text for people stays on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// Append events to FILE, one JSON object a line.
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Take links, warning times and limits from FILE, and not from /etc/rootcast. Options of the command line win.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder of a ceremony that the command reads, if it reads one: no log is written into it.
    #[arg(skip)]
    pub ceremony: Option<PathBuf>,
    /// Whether the command reads a configuration. A bad file does not stand in the way of one that reads none.
    #[arg(skip = true)]
    pub reads_configuration: bool,
}

/// What every command is given.
pub struct Run {
    /// Which program it is.
    pub program: Program,
    /// `--state` or ROOTCAST_STATE, if given.
    pub state: Option<PathBuf>,
    /// Whether the result is one JSON document.
    pub json: bool,
    /// Whether this is a step of a command that tells the result itself.
    is_step: bool,
    /// The machine-readable log.
    pub log: Arc<Log>,
    /// `--log`, if given.
    pub log_file: Option<PathBuf>,
    /// The command, as other processes see it in the lock of a state.
    pub who: String,
    /// When the run began: seconds since 1970-01-01T00:00:00Z.
    pub began: i64,
    /// What the configuration file says.
    pub configuration: Configuration,
    /// Whether it was told what is taken from it.
    told_configuration: Cell<bool>,
    /// The disk that states are kept on.
    pub disk: &'static dyn Disk,
    /// Set by Ctrl-C, if the command listens.
    pub interrupt: Interrupt,
    /// Why the result could not be printed, if it could not.
    unprinted: RefCell<Option<Diagnosis>>,
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run").field("program", &self.program).field("state", &self.state).finish_non_exhaustive()
    }
}

/// Whether a file is or would be in `folder` or below it, over whatever links its path leads.
fn is_inside(file: &Path, folder: &Path) -> bool {
    match (parent(file).canonicalize(), folder.canonicalize()) {
        (Ok(parent), Ok(folder)) => parent.starts_with(folder),
        _ => false,
    }
}

impl Run {
    /// The run of a command with these options; `state` is what the environment names.
    ///
    /// # Errors
    /// When the configuration file is refused, or the log cannot be opened. When the log would be among the files of the
    /// state or of a ceremony. When root would make a log beside the state of another user, who could never write into it.
    pub fn new(program: Program, options: Options, state: Option<PathBuf>, began: i64) -> Result<Self, Diagnosis> {
        let (state, is_new) = (options.state.or(state), |log: &Path| log.symlink_metadata().is_err());
        if options.log.as_deref().is_some_and(is_new)
            && let Some(other) = state.as_deref().and_then(OtherUser::owning).filter(|other| other.user == 0)
        {
            let what = format!("The log was not made: it would be root's. {}", program.nothing_done);
            return Err(Diagnosis::new(Label::OtherUser, what, other.to_string(), other.next()));
        }
        for (folder, whose, next) in [
            (state.as_deref(), "the state", "Name a file outside the state directory with --log."),
            (options.ceremony.as_deref(), "the ceremony", "Name a file outside the folder of the ceremony with --log."),
        ] {
            if let (Some(log), Some(folder)) = (options.log.as_deref(), folder)
                && is_inside(log, folder)
            {
                let why = format!("--log {} is among the files of {whose}.", log.display());
                return Err(program.usage(why, next));
            }
        }
        let configuration = if options.reads_configuration {
            Configuration::open(program.side, options.config.as_deref(), state.as_deref())
                .map_err(|error| error.diagnosis(program.nothing_done))?
        } else {
            Configuration::default()
        };
        let log = Log::open(options.log.as_deref()).map_err(|error| {
            let what = format!("The log could not be opened. {}", program.nothing_done);
            let next = "Name a writable file with --log, or leave the option out.";
            Diagnosis::new(Label::StorageFailed, what, error.to_string(), next)
        })?;
        Ok(Self {
            program,
            state,
            json: options.json,
            is_step: false,
            log: Arc::new(log),
            log_file: options.log,
            who: program.name.to_owned(),
            began,
            configuration,
            told_configuration: Cell::new(false),
            disk: &RealDisk,
            interrupt: Interrupt::default(),
            unprinted: RefCell::default(),
        })
    }

    /// The run of one step of a command that walks several, with a state of its own. What the step has to tell goes to
    /// people, on standard error: the command tells the result.
    #[must_use]
    pub fn step(&self, state: PathBuf) -> Self {
        Self {
            program: self.program,
            state: Some(state),
            json: false,
            is_step: true,
            log: Arc::clone(&self.log),
            log_file: self.log_file.clone(),
            who: self.who.clone(),
            began: self.now(),
            configuration: self.configuration.clone(),
            told_configuration: Cell::new(false),
            disk: self.disk,
            interrupt: self.interrupt.clone(),
            unprinted: RefCell::default(),
        }
    }

    /// Names the command that runs, for other processes.
    pub fn name(&mut self, command: &str) {
        self.who = format!("{} {command}, since {}", self.program.name, clock::rfc3339(self.began));
    }

    /// The state directory.
    ///
    /// # Errors
    /// When none is named.
    pub fn state_dir(&self) -> Result<&Path, Diagnosis> {
        self.state.as_deref().ok_or_else(|| {
            self.program.usage("No state directory was given.", "Give --state DIR, or set ROOTCAST_STATE.")
        })
    }

    /// The one clock, read now: seconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn now(&self) -> i64 {
        clock::now()
    }

    /// The result of the run: `document` for scripts, on one line; `text` for people, on standard output too.
    pub fn tell(&self, document: &impl Serialize, text: &str) {
        let printed = match (self.json, self.configuration.taken()) {
            (true, Some(configuration)) => print_json(&Configured { document, configuration }),
            (true, None) => print_json(document),
            (false, _) if text.is_empty() => Ok(()),
            (false, _) if self.is_step => {
                say(text);
                Ok(())
            }
            (false, _) => print(&wrapped(text, columns_of_output())),
        };
        if let Err(error) = printed {
            self.unprinted.replace(unprinted(&error));
        }
    }

    /// Says in one line what was taken from the configuration file, if anything was, and logs it. For a command, as soon as
    /// it has everything that it takes.
    pub fn tell_configuration(&self) {
        if let Some(taken) = self.configuration.taken()
            && !self.told_configuration.replace(true)
        {
            say(&taken.text());
            self.event("configuration", &taken);
        }
    }

    /// Shows people a part of the result as soon as it is there: on standard output, which `--json` keeps for the document;
    /// then on standard error.
    pub fn show(&self, text: &str) {
        if self.json || self.is_step {
            say(text);
        } else {
            self.print_as_it_is(&wrapped(text, columns_of_output()));
        }
    }

    /// Prints a result that a program reads: no line of it is broken.
    pub fn print_as_it_is(&self, text: &str) {
        if let Err(error) = print(text) {
            self.unprinted.replace(unprinted(&error));
        }
    }

    /// Tells the result as [`Run::tell`] does, and shows `text` also where a document is printed: on standard error.
    pub fn tell_result(&self, document: &impl Serialize, text: &str) {
        if !text.is_empty() {
            self.show(text);
        }
        self.tell(document, "");
    }

    /// Writes an event to the log, at the time the run began.
    pub fn event(&self, event: &str, fields: &impl Serialize) {
        self.log.event(self.began, event, fields);
    }

    /// Ends the run: says what failed, and gives the exit code.
    #[must_use]
    pub fn end(self, result: Result<Exit, Diagnosis>) -> Exit {
        self.tell_configuration();
        let exit = match result {
            Ok(exit) => exit,
            Err(diagnosis) => fail(&diagnosis, self.json),
        };
        let unsaid = [self.unprinted.take(), self.log.unwritten()];
        let exit = unsaid.iter().flatten().fold(exit, |exit, unsaid| {
            say(&unsaid.to_string());
            exit.worst(unsaid.exit())
        });
        standard_error::end();
        exit
    }
}

impl Program {
    /// A usage error: nothing was done.
    #[must_use]
    pub fn usage(&self, why: impl Into<String>, next: impl Into<String>) -> Diagnosis {
        Diagnosis::new(Label::Usage, self.refused, why, next)
    }

    /// Reads the command line. Help and version are printed, and end the program; so does a command line that is wrong.
    ///
    /// # Errors
    /// The exit code the program ends with.
    pub fn parse<L: Parser>(&self, arguments: impl Iterator<Item = OsString>) -> Result<L, Exit> {
        let arguments: Vec<OsString> = arguments.collect();
        let json = is_json_asked(&arguments);
        self.read(arguments.clone()).map_err(|error| self.refuse::<L>(&error, &arguments, json))
    }

    /// The same without a document: standard output is another program's, and what is wrong stands on standard error.
    ///
    /// # Errors
    /// The exit code the program ends with.
    pub fn parse_for_people<L: Parser>(&self, arguments: Vec<OsString>) -> Result<L, Exit> {
        self.read(arguments.clone()).map_err(|error| self.refuse::<L>(&error, &arguments, false))
    }

    /// Reads the command line, and prints nothing.
    ///
    /// # Errors
    /// What is wrong with it; also help and version, which somebody asked for.
    pub fn read<L: Parser>(&self, arguments: Vec<OsString>) -> Result<L, clap::Error> {
        outlive_file_size_limit();
        settle_modes();
        raise_limit_of_open_files();
        let (mut command, _) = self.command::<L>();
        let parsed = command.try_get_matches_from_mut(arguments).and_then(|matches| L::from_arg_matches(&matches));
        parsed.map_err(|error| error.format(&mut command))
    }

    fn command<L: Parser>(&self) -> (Command, TextsBelow) {
        let mut texts = TextsBelow::default();
        let command = texts.taken_from(with_examples(L::command(), self.examples), help_columns());
        (command, texts)
    }

    fn refuse<L: Parser>(&self, error: &clap::Error, arguments: &[OsString], json: bool) -> Exit {
        let (command, texts) = self.command::<L>();
        if !error.use_stderr() {
            let help = texts.put_back(&error.to_string(), help_columns());
            // Help may be cut short by a pager.
            let _ = print(help.trim_end_matches('\n'));
            return Exit::Done;
        }
        // A command line with nothing in it is refused with the whole help.
        let rendered = texts.put_back(&refusal_text(error, command, arguments), help_columns());
        say(&format!("{}\n{}", rendered.trim_end(), self.nothing_done));
        if json {
            let first = rendered.lines().next().unwrap_or_default();
            let what = format!("The command line was refused. {} {first}", self.nothing_done);
            let next = format!("{} --help lists the commands and their options.", self.name);
            // The run has failed already, and the text above says why.
            let _ = print_json(&Diagnosis::new(Label::Usage, what, &*rendered, next).document());
        }
        Exit::Usage
    }
}

/// The width of help in a window that is wider.
const HELP_COLUMNS_MAX: usize = 110;

fn help_columns() -> usize {
    columns_of_output().min(HELP_COLUMNS_MAX)
}

/// The texts below the help of the commands. They have commands to copy, and clap would break those anywhere: it gets a word
/// in the place of each text, which is laid out when help is printed.
#[derive(Debug, Default)]
struct TextsBelow(Vec<String>);

impl TextsBelow {
    /// `command` with words in their places, and help of at most `columns`. A group of commands has the text of its first
    /// one.
    fn taken_from(&mut self, command: Command, columns: usize) -> Command {
        let command = command.term_width(columns).mut_subcommands(|below| self.taken_from(below, columns));
        let first = || command.get_subcommands().next().and_then(Command::get_after_help);
        match command.get_after_help().or_else(first).map(ToString::to_string) {
            // The word of the first command stands for its text.
            Some(text) if text.starts_with(PLACE) => command.after_help(text),
            Some(text) => {
                self.0.push(text);
                command.after_help(place_of(self.0.len() - 1))
            }
            None => command,
        }
    }

    /// Help with the texts in their places.
    fn put_back(&self, help: &str, columns: usize) -> String {
        let texts = self.0.iter().enumerate();
        texts.fold(help.to_owned(), |help, (at, text)| help.replace(&place_of(at), &wrapped(text, columns)))
    }
}

/// How a word begins that stands for a text.
const PLACE: &str = "@@text-below-";

fn place_of(number: usize) -> String {
    format!("{PLACE}{number}@@")
}

/// A document with what was taken from the configuration file.
#[derive(Serialize)]
struct Configured<'d, D> {
    #[serde(flatten)]
    document: &'d D,
    configuration: TakenRecord,
}

/// Whether a command line asks for a JSON document, as far as it can be read: with `--json` or `--format json`.
fn is_json_asked(arguments: &[OsString]) -> bool {
    let is = |argument: &OsString| argument == "--json" || argument == "--format=json";
    arguments.iter().any(is) || arguments.windows(2).any(|two| two == ["--format", "json"])
}

/// Says what failed, to people and, with `json`, to scripts; gives the exit code.
#[must_use]
pub fn fail(diagnosis: &Diagnosis, json: bool) -> Exit {
    say(&diagnosis.to_string());
    if json {
        // The run has failed already, and the text above says why.
        let _ = print_json(&diagnosis.document());
    }
    diagnosis.exit()
}

/// Prints a document for scripts, on one line.
fn print_json(document: &impl Serialize) -> std::io::Result<()> {
    print(&printable_json(&serde_json::to_string(document)?))
}

/// The state directory that the environment names; an empty variable names none.
#[must_use]
pub fn state_of_environment() -> Option<PathBuf> {
    std::env::var_os("ROOTCAST_STATE").filter(|text| !text.is_empty()).map(PathBuf::from)
}
