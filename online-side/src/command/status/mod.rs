//! `status`: what is published, until when, what is held; exit 10 if something expires within the warning time, contact
//! is overdue, something has waited for a person for longer than is usual, or an alarm is not acknowledged.
//!
//! | where | what |
//! |---|---|
//! | [`attention`] | what a person should look at now |
//! | [`overview`] | what `status` knows: the state, the issuers in force, the contact |
//! | [`text`] | the overview for people |
//! | [`document`] | the overview for scripts |

mod attention;
mod document;
mod overview;
mod text;

use std::time::Duration;

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;

use self::attention::Attention;
use self::document::Document;
use self::overview::Overview;
use super::report;
use super::run::{Run, duration};
use crate::gate;
use crate::publication::Snapshot;

/// Arguments of `status`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Exit with 10 if a published CRL or a certificate in use expires within this time (30s, 5m; 30d if it is not given,
    /// here or in a configuration file). Also if contact is
    /// overdue, if an item is held or a root has no CRL for more than 24 hours, if the clock is behind an earlier verdict,
    /// or if an alarm is not acknowledged
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    warn: Option<Duration>,
    /// Also verify the whole chain of receipts, back to the first
    #[arg(long)]
    receipts: bool,
}

/// The warning time where none is given.
const WARN: Duration = Duration::from_secs(30 * 86_400);

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    let dir = run.state_dir()?;
    let now = run.now();
    let (snapshot, (roots, issuers)) = Snapshot::look(dir, |snapshot| {
        let roots = gate::roots(snapshot)?;
        let issuers = overview::issuers(snapshot, &roots, now)?;
        Ok((roots, issuers))
    })?;
    let receipts = arguments.receipts.then(|| snapshot.verify_receipts()).transpose()?;
    report::announce(&roots, now);
    let overview = Overview::new(dir, &snapshot, &roots, issuers, receipts, now);
    let warn = run.configuration.warn(arguments.warn).unwrap_or(WARN);
    run.tell_configuration();
    let attention = Attention::new(&overview, warn);
    text::say_overview(&overview);
    let diagnosis = attention.diagnosis();
    if let Some(diagnosis) = &diagnosis {
        say(&diagnosis.to_string());
    }
    run.tell(&Document::new(&overview, attention.lines()), "");
    Ok(diagnosis.map_or(Exit::Done, |diagnosis| diagnosis.exit()))
}
