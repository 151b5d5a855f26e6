//! `link test`: what becomes of the pattern that the other side's `link test` sends. No state is needed or changed.

use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Watch;
use rootcast_host::status_line::StatusLine;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;
use rootcast_protocol::test_pattern::TestPattern;
use serde_json::json;

use super::run::{Outcome, Run, duration};
use super::sandbox::close_sandbox;
use crate::link;
use crate::link::{Flow, LinkEvent, Receiver, Registry, bad_name};
use crate::reception::link_test::{LinkTest, TOLD_SYMBOLS};

/// Arguments of `link`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Listen to the pattern of the other side's `link test`, and say what was lost and why
    Test {
        /// The link: as for `receive`
        #[arg(long, value_name = "LINK")]
        link: String,
        /// End after this time (30s, 5m, 2h); without it, at the end of the link or at Ctrl-C
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        timeout: Option<Duration>,
    },
}

/// How long a link may wait before the clock is looked at.
const WAIT: Duration = Duration::from_millis(200);

pub(crate) fn run(run: &Run, arguments: &Arguments, watch: Option<Watch>) -> Result<Outcome, Diagnosis> {
    let What::Test { link, timeout } = &arguments.what;
    let link = Registry::default().read(link).map_err(|e| bad_name(&e))?;
    let links = std::slice::from_ref(&link);
    let (closed, receivers) = link::open_around(links, false, || {
        let closed = close_sandbox(run, None, links, false)?;
        watch.into_iter().for_each(Watch::begin);
        Ok(closed)
    })?;
    let mut test = LinkTest::new(TestPattern::new());
    for (_, mut receiver) in receivers {
        listen(run, &mut *receiver, *timeout, &mut test)?;
    }
    Ok(conclude(&link.to_string(), &test, &closed))
}

fn listen(
    run: &Run,
    receiver: &mut dyn Receiver,
    timeout: Option<Duration>,
    test: &mut LinkTest,
) -> Result<(), Diagnosis> {
    let failed = |why: String| {
        Diagnosis::new(
            Label::LinkFailed,
            "The link failed while it was tested.",
            why,
            "Check the cable and the adapter, then test again.",
        )
    };
    let (started, mut line) = (Instant::now(), StatusLine::new());
    while !run.interrupt.is_set() && timeout.is_none_or(|timeout| started.elapsed() < timeout) {
        let flow = receiver.receive(WAIT, &mut |heard| match heard {
            LinkEvent::Frame(bytes) => test.hear(&bytes),
            LinkEvent::Damaged { bytes } => test.hear_broken(bytes),
            _ => {}
        });
        let counts = *test.counts();
        line.update(|| format!("{} good frames, {} missing", counts.good, counts.missing));
        if flow.map_err(|failure| failed(failure.0))? == Flow::Ended {
            break;
        }
    }
    line.clear();
    Ok(())
}

fn conclude(name: &str, test: &LinkTest, closed: &[String]) -> Outcome {
    let counts = *test.counts();
    let link = printable(name);
    say(&format!("link {link}: {} good frames, {} missing between them", counts.good, counts.missing));
    for (frames, what) in [
        (counts.dropped, "dropped without a trace".to_owned()),
        (counts.flipped, format!("with flipped bits, {} bits in all", counts.flipped_bits)),
        (counts.overrun, format!("too short, {} bytes lost in all (overrun)", counts.overrun_bytes)),
        (counts.inserted, format!("too long, {} bytes inserted in all", counts.inserted_bytes)),
        (counts.broken, "damaged before the first good frame".to_owned()),
        (counts.surplus, "pieces beyond what is missing: noise, or frames cut in pieces".to_owned()),
        (counts.foreign, "good frames of something else".to_owned()),
        (counts.repeated, "seen twice, which is no loss".to_owned()),
    ] {
        if frames > 0 {
            say(&format!("  {frames:>6}  {what}"));
        }
    }
    let loss = test.loss();
    if let Some((measured, most)) = loss {
        say(&format!("lost: {measured:.4} of all frames, at most {most:.4} with 95 % confidence"));
    }
    let follows = test.frames_that_follow();
    if let Some((needed, frames)) = follows {
        say(&format!(
            "so an object of {TOLD_SYMBOLS} symbols ({needed} frames of this size) has odds of 1 - 1e-9 or better after {frames} frames, \
             if losses are independent"
        ));
    }
    let mut document = json!({
        "link": name,
        "confinement": closed,
        "good": counts.good, "missing": counts.missing, "repeated": counts.repeated, "foreign": counts.foreign,
        "dropped": counts.dropped, "flipped": counts.flipped, "flipped_bits": counts.flipped_bits,
        "overrun": counts.overrun, "overrun_bytes": counts.overrun_bytes,
        "inserted": counts.inserted, "inserted_bytes": counts.inserted_bytes,
        "broken": counts.broken, "surplus": counts.surplus,
        "loss": loss.map(|(measured, _)| measured), "loss_at_most": loss.map(|(_, most)| most),
        "frames_needed": follows.map(|(needed, _)| needed), "frames_for_odds": follows.map(|(_, frames)| frames),
    });
    if loss.is_some() {
        return Outcome { exit: Exit::Done, document };
    }
    let diagnosis = Diagnosis::new(
        Label::Incomplete,
        "The link could not be tested. No state was read or changed.",
        format!("{} good frames of the pattern came, and two are the least.", counts.good),
        "Check that the other side runs `rootcast-offline link test`, the wiring and the speed, then test again.",
    );
    say(&diagnosis.to_string());
    diagnosis.add_to(&mut document);
    Outcome { exit: diagnosis.exit(), document }
}
