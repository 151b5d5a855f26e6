//! The links of `send`, `plan`, `beacon` and `link test`: named, planned, opened and reported on. The stop options of
//! the commands that have them.

use std::time::Duration;

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::clock::parse_duration;
use rootcast_host::configuration::StopLimit;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::link_name::LinkName;
use rootcast_host::text::printable;
use rootcast_protocol::object::{Object, ObjectId};

use super::{NOTHING_SENT, usage};
use crate::gate::JudgedItem;
use crate::link::cover_sheet::CoverSheet;
use crate::link::inspection::Inspection;
use crate::link::odds_text::parse_odds;
use crate::link::{Link, LinkError, REGISTRY};
use crate::sending::plan::{LinkPlan, StopRule};
use crate::sending::transmission::OpenTransmission;
use crate::store::journal::link_record::LinkRecord;

/// Their heading in the help.
const WHEN_TO_STOP: &str = "When to stop";

/// When a transmission ends.
#[derive(Debug, Args)]
pub(super) struct StopOptions {
    /// Stop after N passes. One pass is enough frames for all source symbols once.
    #[arg(long, value_name = "N", value_parser = at_least_one, group = "stop", help_heading = WHEN_TO_STOP)]
    passes: Option<u32>,
    /// Stop after this time (wall clock), for example 30s or 5m.
    #[arg(long = "for", value_name = "DURATION", value_parser = some_time, group = "stop", help_heading = WHEN_TO_STOP)]
    time: Option<Duration>,
    /// Stop when the odds of success reach P, for example 0.999999. A value below 0.5 is the accepted odds of failure: 1e-6
    /// means the same.
    #[arg(long, value_name = "P", value_parser = parse_odds, group = "stop", help_heading = WHEN_TO_STOP)]
    until_odds: Option<f64>,
}

impl StopOptions {
    /// What the command line says, else what the configuration file says.
    pub(super) fn rule(&self, run: &Run) -> StopRule {
        match (self.passes, self.time, self.until_odds) {
            (Some(passes), _, _) => StopRule::Passes(passes),
            (_, Some(time), _) => StopRule::Time(time),
            (_, _, Some(failure)) => StopRule::Failure(failure),
            (None, None, None) => match run.configuration.stop() {
                Some(StopLimit::Passes(passes)) => StopRule::Passes(passes),
                Some(StopLimit::Time(time)) => StopRule::Time(time),
                Some(StopLimit::Failure(failure)) => StopRule::Failure(failure),
                None => StopRule::ByLink,
            },
        }
    }
}

/// A duration that is long enough to send something.
fn some_time(text: &str) -> Result<Duration, String> {
    let time = parse_duration(text)?;
    if time.is_zero() { Err("the time is zero; write it like 30s, 5m or 2h".to_owned()) } else { Ok(time) }
}

/// A number of times that something is done.
pub(super) fn at_least_one(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("it is no whole number from 1 to {}", u32::MAX))
}

/// The help text of `--link`.
pub(super) fn links_help() -> String {
    format!("A link; may be repeated: {}", REGISTRY.names())
}

/// The names of the links of a run: those of the command line, else those of the configuration file. To be asked before
/// anything of the run is open: where a sound device is among them, the program starts itself again with an ALSA
/// configuration of its own.
pub(super) fn link_names(run: &Run, given: &[String]) -> Result<Vec<String>, Diagnosis> {
    let names = run.configuration.links(given);
    match names.is_empty() {
        true => Err(usage(
            "No link was given.",
            &format!("Give --link LINK: {}. Or name it in a configuration file (--config).", REGISTRY.names()),
        )),
        false => settle_sound(&names).map(|()| names),
    }
}

#[cfg(feature = "audio-device")]
fn settle_sound(names: &[String]) -> Result<(), Diagnosis> {
    crate::link::sound::device::settle_configuration(names).map_err(|error| {
        let why = format!("this program could not be started again with its ALSA configuration: {error}");
        let next = "Check that /proc is mounted, or set ALSA_CONFIG_PATH yourself.";
        Diagnosis::new(Label::LinkFailed, NOTHING_SENT, why, next)
    })
}

#[cfg(not(feature = "audio-device"))]
#[expect(clippy::unnecessary_wraps, reason = "the variant that has sound devices can fail here")]
fn settle_sound(_names: &[String]) -> Result<(), Diagnosis> {
    Ok(())
}

/// Reads the named links. Opens none.
pub(super) fn named_links(names: &[String]) -> Result<Vec<Box<dyn Link>>, Diagnosis> {
    let mut links = Vec::new();
    for name in names {
        let link = name.parse::<LinkName>().and_then(|name| REGISTRY.link(&name)).map_err(|error| {
            let listed = || match error.names_all() {
                true => "Correct the name of the link.".to_owned(),
                false => format!("Use one of these links: {}.", REGISTRY.names()),
            };
            let next = error.next(&REGISTRY.forms()).unwrap_or_else(listed);
            Diagnosis::new(Label::LinkName, format!("A link cannot be used. {NOTHING_SENT}"), error.to_string(), next)
        })?;
        links.push(link);
    }
    if links.iter().filter(|link| link.takes_terminal()).count() > 1 {
        return Err(usage("qr:terminal was given twice.", "There is one terminal: name it once."));
    }
    for (at, name) in names.iter().enumerate() {
        if names.iter().take(at).any(|earlier| earlier == name) {
            return Err(usage(&format!("The link {name} was given twice."), "Name each link once."));
        }
    }
    let interfaces: Vec<&str> = links.iter().filter_map(|link| link.interface()).collect();
    for (at, interface) in interfaces.iter().enumerate() {
        if interfaces.iter().take(at).any(|earlier| earlier == interface) {
            // Each would count the other's frames as a stranger's, and the rates would add up.
            let what = format!("Two links go over the interface {interface}.");
            return Err(usage(&what, "Name one link for each interface; `rate=` says how fast it is."));
        }
    }
    Ok(links)
}

/// The plan of one transmission, with room for a MAC where there is a transport key.
pub(super) fn plan_of(
    link: &dyn Link,
    object: &Object,
    index: u32,
    rule: StopRule,
    keyed: bool,
) -> Result<LinkPlan, LinkError> {
    if keyed { LinkPlan::with_mac(link, object, index, rule) } else { LinkPlan::new(link, object, index, rule) }
}

/// Whether every link can write what it writes: found out before an operator is asked.
pub(super) fn check_free(links: &[Box<dyn Link>]) -> Result<(), Diagnosis> {
    links.iter().try_for_each(|link| {
        let what = || format!("The link {} could not be opened. {NOTHING_SENT}", printable(&link.name()));
        link.check_free().map_err(|error| error.diagnosis(what()))
    })
}

/// Opens all links, or none.
pub(super) fn open_all(
    links: Vec<Box<dyn Link>>,
    plans: Vec<LinkPlan>,
    object: &Object,
    items: &[JudgedItem],
) -> Result<Vec<OpenTransmission>, Diagnosis> {
    let mut transmissions: Vec<OpenTransmission> = Vec::new();
    for (link, plan) in links.into_iter().zip(plans) {
        match link.open(&CoverSheet::new(object, &plan, items)) {
            Ok(transmitter) => transmissions.push(OpenTransmission { plan, link, transmitter }),
            Err(error) => {
                transmissions.iter_mut().for_each(|transmission| transmission.transmitter.withdraw());
                let what = format!("The link {} could not be opened. {NOTHING_SENT}", printable(&plan.link));
                return Err(error.diagnosis(what));
            }
        }
    }
    Ok(transmissions)
}

/// The reports on links that will be used.
pub(super) fn reports_of(transmissions: &[OpenTransmission], object: ObjectId, since: &str) -> Vec<LinkRecord> {
    let record = |open: &OpenTransmission| {
        let index = Some((object, open.plan.transmission));
        LinkRecord::new(&open.plan.link, index, Inspection::new(open.transmitter.outlet()), since)
    };
    transmissions.iter().map(record).collect()
}
