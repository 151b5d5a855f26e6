//! `status`: what is published, until when, what is held; exit 10 if something expires within the warning time, contact
//! is overdue, something has waited for a person for longer than is usual, or an alarm is not acknowledged.
//!
//! | where | what |
//! |---|---|
//! | [`asked_format`] | which format a command line names, also where the rest of it is wrong |
//! | [`attention`] | what a person should look at now |
//! | [`level`] | OK, WARN and CRITICAL, and the limits between them |
//! | [`overview`] | what `status` knows: the state, the issuers in force, the contact |
//! | [`text`] | the overview for people |
//! | [`document`] | the overview for scripts |
//! | [`nagios`] | the overview as a plugin of Nagios and its kin |
//! | [`metrics`] | the overview for Prometheus |

mod asked_format;
mod attention;
mod document;
mod level;
pub(super) mod metrics;
pub(super) mod nagios;
mod overview;
mod text;

use std::time::Duration;

use clap::{Args, ValueEnum};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;

use self::attention::Attention;
use self::document::Document;
use self::overview::Overview;
use super::lines::Lines;
use super::report;
use super::run::{Run, duration, usage};
use crate::gate;
use crate::limits::HELD_LOOK_MAX;
use crate::publication::Snapshot;

/// Arguments of `status`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// WARN if a published CRL or a certificate in use has less than this time left (30s, 5m, 30d). If neither this option
    /// nor a configuration file gives a time, it is 30 days, or a third of the lifetime if that is less. CRITICAL is always
    /// below 7 days, or a tenth of the lifetime. Both exit with 10. So do: an alarm that is not acknowledged; a clock behind
    /// an earlier verdict; overdue contact; something that is missing here (MAN-GAP, MAN-WITHHELD); an item held, or a root
    /// without a CRL, for more than 24 hours; and a switched-off rule that is on again, or will be within 30 days
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    warn: Option<Duration>,
    /// Also verify the whole chain of receipts, back to the first
    #[arg(long)]
    receipts: bool,
    /// How the result is printed
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

/// How the result of `status` is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One JSON document, as with --json
    Json,
    /// A plugin of Nagios, Icinga and their kin: exit 0, 1, 2, and 3 for every failure
    Nagios,
    /// Metrics for Prometheus. The exit code is 0, or that of the failure: then rootcast_status is 3
    Prometheus,
}

impl Arguments {
    /// Whether the result is to be metrics.
    pub(super) fn asks_for_metrics(&self) -> bool {
        self.format == Some(Format::Prometheus)
    }

    /// Whether the result is to be one JSON document.
    pub(super) fn asks_for_json(&self) -> bool {
        self.format == Some(Format::Json)
    }
}

pub(crate) fn run(run: &Run, arguments: &Arguments) -> Result<Exit, Diagnosis> {
    let format = arguments.format.unwrap_or(if run.json { Format::Json } else { Format::Text });
    if run.json && format != Format::Json {
        return Err(two_forms());
    }
    let (exit, shown) = look(run, arguments, |overview, attention| {
        if format == Format::Prometheus {
            run.print_as_it_is(&metrics::text(overview, attention));
            return (Exit::Done, None);
        }
        let mut out = Lines::default();
        text::say_overview(&mut out, overview);
        out.say_first(&format!("{}: {}", attention.level(), printable(&summary(overview, attention))));
        let diagnosis = attention.diagnosis();
        let text = out.dated(overview.now);
        run.tell_result(&Document::new(overview, attention, diagnosis.as_ref()), &text);
        // The alarms stand above, each with its command.
        (diagnosis.as_ref().map_or(Exit::Done, Diagnosis::exit), attention.diagnosis_beside_alarms())
    })
    .inspect_err(|_| {
        if format == Format::Prometheus {
            metrics::end_unknown();
        }
    })?;
    if let Some(diagnosis) = shown {
        say(&diagnosis.to_string());
    }
    Ok(exit)
}

/// The refusal of two formats at a time.
pub(super) fn two_forms() -> Diagnosis {
    usage("--json and --format name two forms of one result.", "Leave out --json, or give --format json.")
}

/// Looks at the state, and gives what `see` makes of it.
fn look<T>(run: &Run, arguments: &Arguments, see: impl FnOnce(&Overview<'_>, &Attention) -> T) -> Result<T, Diagnosis> {
    let dir = run.state_dir()?;
    let now = run.now();
    // Metrics only count them.
    let most = if arguments.asks_for_metrics() { Duration::ZERO } else { HELD_LOOK_MAX };
    let (snapshot, (roots, issuers, held_now)) = Snapshot::look(dir, |snapshot| {
        let roots = gate::roots(snapshot)?;
        let issuers = overview::issuers(snapshot, &roots, now)?;
        let held_now = gate::held_now(snapshot, &roots, most, now)?;
        Ok((roots, issuers, held_now))
    })?;
    let receipts = arguments.receipts.then(|| snapshot.verify_receipts()).transpose()?;
    report::announce(&roots, now);
    let overview = Overview::new(dir, &snapshot, &roots, (issuers, held_now), receipts, now);
    let warn = run.configuration.warn(arguments.warn);
    run.tell_configuration();
    let attention = Attention::new(&overview, warn);
    Ok(see(&overview, &attention))
}

/// Why it stands as it does, in a few words.
fn summary(overview: &Overview<'_>, attention: &Attention) -> String {
    attention.why().unwrap_or_else(|| {
        let next = attention::expiries(overview).into_iter().min_by_key(|expiry| expiry.life.ends);
        let next = next.map_or_else(
            || "nothing is published yet".to_owned(),
            |next| format!("the next to end is the {}: {}", next.short, overview.until(next.life.ends)),
        );
        let without_crl = match overview.without_crl().count() as u64 {
            0 => None,
            1 => Some("1 root has no CRL yet".to_owned()),
            roots => Some(format!("{roots} roots have no CRL yet")),
        };
        let held = match overview.record.held.len() as u64 {
            0 => None,
            1 => Some("1 item is held and waits for a decision".to_owned()),
            held => Some(format!("{held} items are held and wait for a decision")),
        };
        let waits: Vec<String> = without_crl.into_iter().chain(held).collect();
        match waits.is_empty() {
            true => format!("nothing needs a person; {next}"),
            false => format!("{}; {next}", waits.join("; ")),
        }
    })
}
