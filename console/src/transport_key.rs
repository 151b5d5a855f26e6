//! `key`: transport keys, made here or typed in from the other side's words.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rootcast_host::confirmation::{Answer, ask_line};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::key_file;
use rootcast_host::terminal::say;
use rootcast_host::text::count;
use rootcast_protocol::transport_key::TransportKey;
use rootcast_protocol::words;
use serde::Serialize;

use crate::run::Run;

/// `key`
#[derive(Debug, Args)]
pub struct Key {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a new key.
    New {
        /// The file to write; it must not exist.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Show a key in 18 words, to read it to the other side.
    Words {
        /// The key file.
        file: PathBuf,
    },
    /// Write down a key from its 18 words, typed or piped in.
    FromWords {
        /// The file to write; it must not exist.
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

/// The document of `key new` and `key from-words`.
#[derive(Debug, Serialize)]
struct Written {
    file: String,
}

/// The document of `key words`.
#[derive(Debug, Serialize)]
struct Words {
    words: String,
}

/// Bytes of typed words that are read: 18 words have at most 230.
const TYPED_SIZE_MAX: u64 = 1_000;

/// Words of a key.
const KEY_WORDS: usize = 18;

/// What a run says that ends before the words are all there.
const NOT_WRITTEN: &str = "No key was written.";

/// Words in a line, where they are shown to be read aloud.
const WORDS_IN_LINE: usize = 6;

impl Key {
    /// Runs the command.
    ///
    /// # Errors
    /// When a file cannot be read or written, or words are no key.
    pub fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        match &self.action {
            Action::New { output } => {
                key_file::write_new(output, &key_file::random()?)?;
                wrote(run, output);
                say(
                    "Anybody who has this key can send frames: keep it like a password. `key words` shows it as words.",
                );
            }
            Action::Words { file } => {
                let words = read(file)?.words();
                let spoken: Vec<&str> = words.split(' ').collect();
                let lines: Vec<String> = spoken.chunks(WORDS_IN_LINE).map(|line| line.join(" ")).collect();
                let text = lines.join("\n");
                run.tell(&Words { words }, &text);
            }
            Action::FromWords { output } => {
                key_file::check_new(output)?;
                let usage = |why: String, next: &str| run.program.usage(why, next);
                let typed = if std::io::stdin().is_terminal() { typed_words()? } else { piped_words(run)? };
                let key = TransportKey::from_words(&typed).map_err(|error| {
                    usage(error.to_string(), "Ask for that word again, then type all of the words.")
                })?;
                key_file::write_new(output, key.as_bytes())?;
                wrote(run, output);
            }
        }
        Ok(Exit::Done)
    }
}

/// The words that a person types, over as many lines as wanted: Return ends them once they are all there, or an empty
/// line. The first Ctrl-C ends the command.
fn typed_words() -> Result<String, Diagnosis> {
    let interrupt = Interrupt::of_a_question();
    let mut typed = String::new();
    loop {
        let question = match words::count(&typed) {
            0 => format!("Type the {KEY_WORDS} words, then Return:"),
            words => format!("{}, {} to go:", count(words as u64, "word"), KEY_WORDS.saturating_sub(words)),
        };
        match ask_line(&question, &interrupt) {
            Answer::Line(line) => {
                typed.push_str(&line);
                typed.push(' ');
                let is_end = line.is_empty() && !typed.trim().is_empty();
                if is_end || words::count(&typed) >= KEY_WORDS {
                    return Ok(typed);
                }
            }
            Answer::Interrupted => {
                let why = format!("A signal (Ctrl-C, for example) came before all {KEY_WORDS} words were typed.");
                let next = "To do it after all, run the same command again.";
                return Err(Diagnosis::new(Label::Interrupted, NOT_WRITTEN, why, next));
            }
            Answer::NobodyThere => return Ok(typed),
        }
    }
}

fn piped_words(run: &Run) -> Result<String, Diagnosis> {
    let mut typed = String::new();
    let read = std::io::stdin().lock().take(TYPED_SIZE_MAX).read_to_string(&mut typed);
    read.map_err(|error| run.program.usage(error.to_string(), "Type the words, or pipe them in."))?;
    Ok(typed)
}

fn wrote(run: &Run, output: &Path) {
    let file = output.display().to_string();
    let text = format!("wrote {file}");
    run.tell(&Written { file }, &text);
}

/// Reads a key file, and warns if others can read it too.
///
/// # Errors
/// When it cannot be read, or holds no key.
pub fn read(file: &Path) -> Result<TransportKey, Diagnosis> {
    let (secret, open) = key_file::read(file)?;
    if open {
        say(&format!("warning: other users can read {}; run chmod 600 on it", file.display()));
    }
    Ok(TransportKey::new(secret))
}
