//! `key`: transport keys, made here or read across by voice.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::key_file;
use rootcast_host::terminal::{print, say};
use rootcast_protocol::transport_key::TransportKey;
use serde_json::json;

use super::run::{Outcome, usage};

/// Arguments of `key`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make a new key
    New {
        /// The file to write; it must not exist
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Show a key in 18 words, to read it to the other side
    Words {
        /// The key file
        file: PathBuf,
    },
    /// Write down a key from its 18 words, typed or piped in
    FromWords {
        /// The file to write; it must not exist
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
}

/// Bytes of typed words that are read: 18 words have at most 230.
const TYPED_SIZE_MAX: u64 = 1_000;

pub(crate) fn run(json: bool, arguments: &Arguments) -> Result<Outcome, Diagnosis> {
    let document = match &arguments.what {
        What::New { output } => {
            key_file::write_new(output, &key_file::random()?)?;
            say(&format!(
                "wrote {}. Whoever has it can send frames: keep it as you keep a password.",
                output.display()
            ));
            say("`key words` shows it in words for the other side.");
            json!({"file": output.display().to_string()})
        }
        What::Words { file } => {
            let words = read(file)?.words();
            if !json {
                let lines = words.split(' ').collect::<Vec<_>>();
                let lines: Vec<String> = lines.chunks(6).map(|line| line.join(" ")).collect();
                // A reader that went away is no failure of the run.
                let _ = print(&lines.join("\n"));
            }
            json!({"words": words})
        }
        What::FromWords { output } => {
            if std::io::stdin().is_terminal() {
                say("Type the 18 words, then Return and Ctrl-D:");
            }
            let mut typed = String::new();
            let read = std::io::stdin().lock().take(TYPED_SIZE_MAX).read_to_string(&mut typed);
            read.map_err(|error| usage(error.to_string(), "Type the words, or pipe them in."))?;
            let key = TransportKey::from_words(&typed).map_err(|error| {
                usage(error.to_string(), "Have that word read to you again, then type all of them.")
            })?;
            key_file::write_new(output, key.as_bytes())?;
            say(&format!("wrote {}", output.display()));
            json!({"file": output.display().to_string()})
        }
    };
    Ok(Outcome { exit: Exit::Done, document })
}

/// Reads a key file, and says so where others can read it too.
pub(crate) fn read(file: &Path) -> Result<TransportKey, Diagnosis> {
    let (secret, open) = key_file::read(file)?;
    if open {
        say(&format!("warning: others than its owner may read {}: chmod 600", file.display()));
    }
    Ok(TransportKey::new(secret))
}
