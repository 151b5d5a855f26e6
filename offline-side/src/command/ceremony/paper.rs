//! SIGN-HEAD: the journal's head on paper is compared before a signing. A state restored from a copy does not have the
//! newest head, and would sign a number a second time.

use clap::Args;
use rootcast_host::confirmation::ask_until;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::interrupt::Interrupt;
use rootcast_host::terminal::say;
use rootcast_host::text::printable;

use super::asking::{UNTOUCHED, answered, is_asked};
use crate::command::decision::check_text;
use crate::store::journal::paper_head::PaperHead;
use crate::store::journal::standing::HeadStanding;
use crate::store::journal::{Chain, Entry, Head};

/// How an operator gives the head, or says why there is none.
#[derive(Debug, Default, Args)]
pub(in crate::command) struct PaperHeadOptions {
    /// The journal's head from the record of the last ceremony: its words or hexadecimal digits. If it is not given, the
    /// program asks for it, unless the journal holds no signature yet.
    #[arg(long, value_name = "WORDS")]
    head: Option<String>,
    /// Sign without the head, because it is lost. The journal and the record say so.
    #[arg(long, conflicts_with = "head", requires = "because")]
    no_head: bool,
    /// With --no-head: the reason.
    #[arg(long, value_name = "TEXT", requires = "no_head")]
    because: Option<String>,
}

const QUESTION: &str = "Type the words of the journal's head from the paper record of the last ceremony:";

const IN_A_SCRIPT: &str = "Give --head WORDS in a script. If the paper record is lost, give --no-head --because TEXT.";

impl PaperHeadOptions {
    /// Compares the head with the journal, after asking for it if it was not given.
    ///
    /// # Errors
    /// When there is none, the journal has signed since, or does not have it.
    pub(super) fn compare(
        &self,
        chain: &Chain,
        interrupt: &Interrupt,
        is_script: bool,
    ) -> Result<PaperHead, Diagnosis> {
        if let Some(because) = self.because.as_ref().filter(|_| self.no_head) {
            check_text("--because", because)?;
            say(
                "WARNING: the journal's head is not compared with paper (SIGN-HEAD). The journal and the record say so.",
            );
            return Ok(PaperHead::NotCompared { because: printable(because) });
        }
        if let Some(text) = &self.head {
            match chain.read_head(text) {
                Ok(head) => return found(chain, &head).map(|entries| PaperHead::Compared { entries }),
                // A typing error is no reason to type the whole command again.
                Err(why) if is_asked(is_script) => {
                    say(&format!("--head: {}. You will be asked for it.", printable(&why)))
                }
                Err(why) => return Err(no_head(&why)),
            }
        }
        if !chain.holds_a_signing() && self.head.is_none() {
            return Ok(PaperHead::NotAsked);
        }
        if is_script {
            let why = "SIGN-HEAD: the journal holds signatures, and its head on paper was not given.";
            return Err(Diagnosis::new(Label::NotConfirmed, UNTOUCHED, why, IN_A_SCRIPT));
        }
        let read = ask_until(QUESTION, interrupt, |line| chain.read_head(line).map_err(|why| format!("{why}.")));
        let head = answered(read, "SIGN-HEAD", IN_A_SCRIPT)?;
        found(chain, &head).map(|entries| PaperHead::Compared { entries })
    }

    /// Compares the head with the journal if it was given. Gives how many entries the journal has up to it.
    ///
    /// # Errors
    /// When it cannot be read, the journal has signed since, or does not have it.
    pub(super) fn check_given(&self, chain: &Chain) -> Result<Option<u64>, Diagnosis> {
        let Some(text) = &self.head else { return Ok(None) };
        let head = chain.read_head(text).map_err(|why| no_head(&why))?;
        found(chain, &head).map(Some)
    }
}

fn no_head(why: &str) -> Diagnosis {
    let why = format!("SIGN-HEAD: --head is no head of this journal: {why}.");
    Diagnosis::new(
        Label::NotConfirmed,
        UNTOUCHED,
        why,
        "Give the words from the paper record, all of them in quotes: --head \"WORDS\"",
    )
}

/// How many entries the journal has up to `head`, if nothing was signed after it.
fn found(chain: &Chain, head: &Head) -> Result<u64, Diagnosis> {
    let refused =
        |why: String, next: &str| Err(Diagnosis::new(Label::PaperHead, UNTOUCHED, format!("SIGN-HEAD: {why}."), next));
    match chain.standing_among_signings(head) {
        HeadStanding::AfterAll { entries } => Ok(entries),
        HeadStanding::Before(entry) => refused(
            format!("the given head is in the journal, but something was signed after it: {}", entry_text(entry)),
            "If you know that signing, give the head that it printed (`journal show` lists every entry). If nobody \
             knows it, stop: the key was used without you.",
        ),
        HeadStanding::Missing => refused(
            format!(
                "the given head is not among the {} entries of this journal, which ends at {}",
                chain.count(),
                chain.entries.last().map_or_else(|| "nothing".to_owned(), entry_text)
            ),
            "Read the paper again. If it is right, this state is an older copy or another one: restore the newest \
             backup. Signing here could use a number a second time.",
        ),
    }
}

fn entry_text(entry: &Entry) -> String {
    format!("entry {}, {} at {}", entry.index, entry.event.kind(), printable(&entry.time))
}
