//! `escrow check-piece`: one person types one piece; right, or wrong at its line. It needs no token. With a state, the piece
//! is compared with what the journal says of it; without one, it is compared with nothing but itself.

use clap::Args;
use rootcast_console::run::Run;
use rootcast_host::diagnosis::{Diagnosis, Label};
use rootcast_host::exit::Exit;
use rootcast_host::interrupt::Interrupt;
use rootcast_host::text::printable;
use serde::Serialize;

use super::documents::SetDocument;
use super::nobody::nobody;
use crate::ceremony::request::EscrowGroups;
use crate::command::ceremony::asking::no_signal_handler;
use crate::command::memory::keep_out_of_swap;
use crate::escrow::gathering::{ask_set, check_piece};
use crate::escrow::groups::Groups;
use crate::escrow::piece::{Group, PieceId, Third};
use crate::escrow::printed::Printed;
use crate::escrow::typed_line::Keyboard;
use crate::store::journal::Chain;
use crate::store::layout::JOURNAL;

const NOTHING: &str = "No piece was checked. Nothing was combined or kept.";

/// `escrow check-piece`
#[derive(Debug, Args)]
pub(super) struct CheckPiece {
    /// The names of both groups, in the order in which page 2 names them.
    #[arg(long, value_names = ["FIRST", "SECOND"], num_args = 2, required = true)]
    groups: Vec<String>,
    /// The group that the piece is of.
    #[arg(value_name = "GROUP")]
    group: String,
    /// The piece: 1, 2 or 3.
    #[arg(value_name = "PIECE", value_parser = clap::value_parser!(u8).range(1..=3))]
    piece: u8,
}

impl CheckPiece {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let refused = |why: String| {
            let next = "Give the names as they stand on the pages: --groups BOARD OPERATIONS OPERATIONS 2.";
            Diagnosis::new(Label::Usage, NOTHING, why, next)
        };
        let groups = EscrowGroups::new(self.groups.clone()).map_err(|fault| refused(format!("{fault}.")))?;
        let groups = Groups::from(groups);
        let group = Group::ALL.into_iter().find(|group| groups.name(*group) == self.group);
        let number = Third::ALL.into_iter().find(|number| number.number() == self.piece);
        let (Some(group), Some(number)) = (group, number) else {
            return Err(refused(format!("{} is not one of both groups.", printable(&self.group))));
        };
        let id = PieceId { group, number };
        let chain = match &run.state {
            Some(folder) => Some(Chain::read(&folder.join(JOURNAL)).map_err(|error| error.diagnosis(NOTHING))?),
            None => None,
        };
        keep_out_of_swap();
        let interrupt = Interrupt::listen().map_err(|error| no_signal_handler(NOTHING, &error))?;
        let told = |no_line| nobody(NOTHING, no_line);
        let mut keyboard = Keyboard::begin(interrupt).map_err(told)?;
        let set = ask_set(&mut keyboard).map_err(told)?;
        let wrapped = chain.and_then(|chain| chain.last_wrapped(Some(&set.to_string())));
        let printed = wrapped
            .as_ref()
            .map_or_else(Printed::default, |wrapped| Printed { pieces: &wrapped.pieces, blob: Some(&wrapped.blob) });
        check_piece(&mut keyboard, (&set, printed), &groups, id).map_err(told)?;
        drop(keyboard);
        let name = groups.piece(id);
        let compared = !printed.pieces.is_empty();
        let document = Document { set: SetDocument::from(&set), piece: &name, right: true, compared };
        run.event("escrow check-piece", &document);
        run.tell(
            &document,
            &format!(
                "{name} of the set {set} is right: {}. It was not combined with another, and is forgotten.\nThe envelope was opened: \
                 put it into a new bag, and run `escrow bags --set {set}`.",
                if compared {
                    "it is the piece that was printed, as the journal says"
                } else {
                    "its lines fit one another. It was compared with no journal (--state), so a forged paper is not noticed"
                }
            ),
        );
        Ok(Exit::Done)
    }
}

/// The document of `escrow check-piece`.
#[derive(Serialize)]
struct Document<'d> {
    #[serde(flatten)]
    set: SetDocument,
    piece: &'d str,
    right: bool,
    /// Whether a journal said which piece was printed.
    compared: bool,
}
