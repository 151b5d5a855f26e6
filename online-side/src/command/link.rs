//! `link test`: counts what happened to the pattern of the other side's `link test`. It needs no state, and changes nothing in
//! one but the note of a camera's settings, while they are changed.

use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use rootcast_host::diagnosis::{Diagnosis, ErrorMember, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Watch;
use rootcast_host::standard_error;
use rootcast_host::status_line::StatusLine;
use rootcast_host::terminal::say;
use rootcast_host::text::{count, grouped, printable};
use rootcast_protocol::sound::mode::Mode;
use rootcast_protocol::test_pattern::TestPattern;
use serde::Serialize;

use super::aimed::capitalised;
use super::line_document::LineDocument;
use super::receive::link_names;
use super::run::{Run, duration, usage};
use super::sandbox::{PictureProcesses, close_sandbox};
use crate::link;
use crate::link::line_count::LineCount;
use crate::link::sound::advice::{advice, best_mode};
use crate::link::sound::piece::SoundState;
use crate::link::{Flow, LinkEvent, Receiver, Registry, Remedy, bad_name};
use crate::publication::is_state;
use crate::reception::link_test::{Counts, LinkTest, TOLD_SYMBOLS};

/// Arguments of `link`.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Receive the pattern of the other side's `link test`, and report what was lost and how
    Test {
        /// The link, as for `receive`
        #[arg(long, value_name = "LINK")]
        link: Option<String>,
        /// Stop after this time (30s, 5m, 2h). Without it, stop at the end of the link or at Ctrl-C
        #[arg(long, value_name = "DURATION", value_parser = duration)]
        timeout: Option<Duration>,
    },
}

/// How long a link may wait before the clock is looked at.
const WAIT: Duration = Duration::from_millis(200);

pub(crate) fn run(run: &Run, arguments: &Arguments, watch: Option<Watch>) -> Result<Exit, Diagnosis> {
    standard_error::hold();
    let What::Test { link, timeout } = &arguments.what;
    let names = link_names(run, link.as_ref().map(std::slice::from_ref).unwrap_or_default())?;
    let [name] = names.as_slice() else {
        return Err(usage(
            "A test is of one link, and the configuration file names several.",
            "Name one: --link LINK.",
        ));
    };
    let file = run.configuration.taken().filter(|_| link.is_none()).map(|taken| taken.file);
    let link =
        Registry::default().read(name).map_err(|e| bad_name(&e, &Registry::default().forms(), file.as_deref()))?;
    let timeout = run.configuration.timeout(*timeout);
    run.tell_configuration();
    let links = std::slice::from_ref(&link);
    let processes = PictureProcesses::start(links, false)?;
    // A camera's settings are changed only where they can be noted, so that a run that is killed leaves them to the next.
    let state = run.state.as_deref().filter(|folder| link.kind.keeps_settings && is_state(folder));
    let (closed, receivers) = link::open_around(links, &processes.open_with(false, false, state), || {
        let closed = close_sandbox(run, state, links, &processes, false)?;
        watch.into_iter().for_each(Watch::begin);
        Ok(closed)
    })?;
    let mut test = LinkTest::new(TestPattern::new());
    let mut medium = Medium::default();
    for (_, mut receiver) in receivers {
        let listened = listen(run, (&mut *receiver, link.kind.remedy), timeout, (&mut test, &mut medium));
        receiver.wind_up(listened.is_ok());
        listened?;
    }
    Ok(conclude(run, &link.to_string(), &test, &medium, &closed))
}

/// What the medium of a link is like, beside its frames.
#[derive(Default)]
struct Medium {
    sound: Option<Box<SoundState>>,
    line: Option<LineCount>,
}

fn listen(
    run: &Run,
    (receiver, remedy): (&mut dyn Receiver, Remedy),
    timeout: Option<Duration>,
    (test, medium): (&mut LinkTest, &mut Medium),
) -> Result<(), Diagnosis> {
    let (started, mut line) = (Instant::now(), StatusLine::new());
    while !run.interrupt.is_set() && timeout.is_none_or(|timeout| started.elapsed() < timeout) {
        let flow = receiver.receive(WAIT, &mut |heard| match heard {
            LinkEvent::Frame(bytes) => test.hear(&bytes),
            LinkEvent::Damaged { bytes } => test.hear_broken(bytes),
            LinkEvent::QueueDrops(frames) => test.hear_dropped(frames),
            LinkEvent::Foreign => test.hear_foreign(),
            LinkEvent::Opened(what) | LinkEvent::Interface(what) => line.say(&printable(&what)),
            LinkEvent::NotRead(photograph) => {
                photograph.line.iter().for_each(|told| line.say(&printable(told)));
            }
            LinkEvent::PassedOver(over) => line.say(&over.text()),
            LinkEvent::Sound(state) => medium.sound = Some(state),
            LinkEvent::Line(line) => medium.line = Some(line),
            _ => {}
        });
        let counts = *test.counts();
        line.update(|| {
            let bytes = medium.fruitless_line(&counts).filter(|line| line.bytes > 0);
            let bytes = bytes.map(|line| format!(", {} bytes, none a frame", grouped(line.bytes)));
            format!("{}, {} missing{}", count(counts.good, "good frame"), counts.missing, bytes.unwrap_or_default())
        });
        let flow = flow.map_err(|failure| {
            let next = failure.next.unwrap_or_else(|| remedy.text.to_owned());
            Diagnosis::new(Label::LinkFailed, "The link failed during the test.", failure.why, next)
        })?;
        if flow == Flow::Ended {
            break;
        }
    }
    test.hear_dropped(receiver.dropped_in_all().saturating_sub(test.counts().queue_drops));
    line.clear();
    Ok(())
}

impl Medium {
    /// The serial line, where no frame came over it.
    fn fruitless_line(&self, counts: &Counts) -> Option<&LineCount> {
        self.line.as_ref().filter(|_| counts.good + counts.foreign == 0)
    }
}

fn conclude(run: &Run, name: &str, test: &LinkTest, medium: &Medium, closed: &[String]) -> Exit {
    let counts = *test.counts();
    let link = printable(name);
    say(&format!("link {link}: {}, {} missing between them", count(counts.good, "good frame"), counts.missing));
    for (frames, what) in [
        (counts.dropped, "dropped without a trace".to_owned()),
        (
            counts.queue_drops,
            "dropped by this host's queue: slow down the sender, or raise net.core.rmem_max".to_owned(),
        ),
        (counts.flipped, format!("with flipped bits, {} in all", count(counts.flipped_bits, "bit"))),
        (counts.overrun, format!("too short, {} bytes lost in all (overrun)", counts.overrun_bytes)),
        (counts.inserted, format!("too long, {} bytes inserted in all", counts.inserted_bytes)),
        (counts.broken, "damaged before the first good frame".to_owned()),
        (counts.surplus, "more damaged pieces than missing frames: noise, or frames cut in pieces".to_owned()),
        (counts.foreign, "good frames of another object".to_owned()),
        (counts.repeated, "seen twice (not a loss)".to_owned()),
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
    if let Some(line) = &medium.line {
        say(&format!("{} bytes came at {} baud", grouped(line.bytes), grouped(line.baud.into())));
    }
    let sound = medium.sound.as_deref().map(SoundDocument::new);
    sound.iter().flat_map(SoundDocument::lines).for_each(|line| say(&line));
    let diagnosis = loss.is_none().then(|| {
        let needed = format!("{} of the pattern arrived; the test needs at least two.", count(counts.good, "good frame"));
        let (why, next) = match medium.fruitless_line(&counts).map(LineCount::obstacle) {
            Some((obstacle, next)) => (format!("{needed} {}.", capitalised(&obstacle)), next),
            None => (
                needed,
                "Check that the other side runs `rootcast-offline link test`. Check the wiring and the speed, then test again.",
            ),
        };
        Diagnosis::new(Label::Incomplete, "The link could not be tested. Nothing was received or published, and no state was changed.", why, next)
    });
    if let Some(diagnosis) = &diagnosis {
        say(&diagnosis.to_string());
    }
    let document = Document {
        link: name,
        confinement: closed,
        counts,
        loss: loss.map(|(measured, _)| measured),
        loss_at_most: loss.map(|(_, most)| most),
        frames_needed: follows.map(|(needed, _)| needed),
        frames_for_odds: follows.map(|(_, frames)| frames),
        sound,
        line: medium.line.as_ref().map(LineDocument::from),
        error: diagnosis.as_ref().map(Diagnosis::member),
    };
    run.tell(&document, "");
    diagnosis.map_or(Exit::Done, |diagnosis| diagnosis.exit())
}

/// What the sound of a link was like.
#[derive(Debug, Serialize)]
struct SoundDocument {
    /// That of our signal, in dB of full scale.
    level: f32,
    /// In dB.
    snr: Option<f32>,
    /// How much faster the sender's clock is, in millionths.
    clock_ppm: Option<f32>,
    modes: Vec<ModeDocument>,
    /// The fastest mode that this cable carries.
    best_mode: Option<&'static str>,
    advice: Option<String>,
}

/// One mode that was heard.
#[derive(Debug, Serialize)]
struct ModeDocument {
    mode: &'static str,
    codewords: u32,
    codewords_read: u32,
}

impl SoundDocument {
    fn new(state: &SoundState) -> Self {
        let tenth = |number: f32| (number * 10.0).round() / 10.0;
        let modes = state.modes();
        Self {
            level: tenth(state.judged_level()),
            snr: state.snr.map(tenth),
            clock_ppm: state.clock.map(tenth),
            modes: modes
                .map(|(mode, codewords_read, codewords)| ModeDocument { mode: mode.name(), codewords, codewords_read })
                .collect(),
            best_mode: best_mode(state).map(Mode::name),
            advice: advice(state),
        }
    }

    /// For people.
    fn lines(&self) -> Vec<String> {
        let number = |number: Option<f32>| number.map_or_else(|| "unknown".to_owned(), |number| number.to_string());
        let first = format!(
            "sound: level {} dBFS, signal above noise {} dB, sender's clock {} ppm",
            self.level,
            number(self.snr),
            number(self.clock_ppm)
        );
        let modes = self
            .modes
            .iter()
            .map(|mode| format!("  mode {}: {} of {} codewords read", mode.mode, mode.codewords_read, mode.codewords));
        let best =
            self.best_mode.map(|mode| format!("ask the sender for mode={mode}: the fastest that this cable carries"));
        std::iter::once(first).chain(modes).chain(best).chain(self.advice.clone()).collect()
    }
}

/// The document of `link test`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    link: &'a str,
    confinement: &'a [String],
    #[serde(flatten)]
    counts: Counts,
    loss: Option<f64>,
    loss_at_most: Option<f64>,
    frames_needed: Option<u32>,
    frames_for_odds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sound: Option<SoundDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<LineDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorMember>,
}
