//! The two calls of the crate `raptorq` that solve a system of equations: each is caught where it panics, and its work is
//! estimated first. It must not decide what is the object.

use std::panic::{AssertUnwindSafe, catch_unwind};

use raptorq::{
    EncodingPacket, ObjectTransmissionInformation, PayloadId, SourceBlockDecoder, SourceBlockEncoder,
    SourceBlockEncodingPlan,
};

use super::effort;
use super::error::FecError;
use crate::object::Object;

/// Up to so many symbols the most laborious set takes 40 ms and 14 MB: not worth a look.
const EFFORT_FREE: usize = 1000;

/// Hands checked symbols of `width` bytes to the crate; gives the source symbols, one after the other. The crate's solver
/// has assertions whose truth depends on which ids arrived, and those an attacker may choose: should one fail, it is an
/// error here and not the end of the program. For the same reason the work is estimated first.
pub(super) fn solve<S: Into<Vec<u8>>>(
    object: &Object,
    width: u16,
    symbols: Vec<(u32, S)>,
) -> Result<Option<Vec<u8>>, FecError> {
    let solved = catch_unwind(AssertUnwindSafe(|| {
        if symbols.len() > EFFORT_FREE {
            let ids = symbols.iter().map(|(esi, _)| *esi);
            let (set_aside, set_aside_max) = (effort::set_aside(object, ids), effort::set_aside_max(object));
            if set_aside > set_aside_max {
                return Err(FecError::Effort { set_aside, set_aside_max });
            }
        }
        let block_length = u64::from(object.source_symbols()) * u64::from(width);
        let oti = ObjectTransmissionInformation::new(block_length, width, 1, 1, 1);
        let mut block = SourceBlockDecoder::new(0, &oti, block_length);
        let symbols = symbols.into_iter();
        Ok(block.decode(symbols.map(|(esi, symbol)| EncodingPacket::new(PayloadId::new(0, esi), symbol.into()))))
    }));
    solved.map_err(|_| FecError::Solver)?
}

/// The encoder of a block of these source symbols, all of the size `oti` says.
pub(super) fn block_encoder(
    source_symbols: u32,
    oti: &ObjectTransmissionInformation,
    padded: &[u8],
) -> Result<SourceBlockEncoder, FecError> {
    let symbols = u16::try_from(source_symbols).map_err(|_| FecError::Solver)?;
    catch_unwind(AssertUnwindSafe(|| {
        // The plan is dropped afterwards: the crate's own cache would keep it for the life of the program.
        let plan = SourceBlockEncodingPlan::generate(symbols);
        SourceBlockEncoder::with_encoding_plan(0, oti, padded, &plan)
    }))
    .map_err(|_| FecError::Solver)
}
