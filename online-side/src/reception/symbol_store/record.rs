//! One record of a symbol file, as bytes. All records of a file have one size, so that a record's number gives its place.

use crc::{CRC_32_ISCSI, Crc, Table};

/// What a symbol file begins with.
pub(super) const MAGIC: &[u8; 8] = b"RCSYM\x00\x00\x01";
/// In place of an ESI: the record names a link.
pub(super) const LINK_NAME_ESI: u32 = u32::MAX;
/// In place of an ESI: the record says how attempts went.
pub(super) const ATTEMPTS_ESI: u32 = u32::MAX - 1;
/// This bit of the link changes from frame to frame, so that it is known which symbols came together.
const FRAME_BIT: u16 = 1 << 15;
const HEAD_SIZE: usize = 4 + 8 + 2;
const CRC_SIZE: usize = 4;
/// Bytes of a record beside its symbol.
pub(super) const RECORD_OVERHEAD: usize = HEAD_SIZE + CRC_SIZE;

static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// A record taken apart.
pub(super) struct Record<'a> {
    pub(super) esi: u32,
    pub(super) time: i64,
    pub(super) link: u16,
    /// Whether its frame has an odd number.
    pub(super) odd_frame: bool,
    pub(super) symbol: &'a [u8],
}

impl Record<'_> {
    /// Appends the record to `bytes`.
    pub(super) fn encode(&self, bytes: &mut Vec<u8>) {
        let begin = bytes.len();
        let link = self.link & !FRAME_BIT | if self.odd_frame { FRAME_BIT } else { 0 };
        bytes.extend_from_slice(&self.esi.to_be_bytes());
        bytes.extend_from_slice(&self.time.to_be_bytes());
        bytes.extend_from_slice(&link.to_be_bytes());
        bytes.extend_from_slice(self.symbol);
        let sum = CRC_32C.checksum(bytes.get(begin..).unwrap_or_default());
        bytes.extend_from_slice(&sum.to_be_bytes());
    }
}

/// The first record of `bytes` and what follows, if it is whole.
pub(super) fn split_record(bytes: &[u8], symbol_size: usize) -> Option<(Record<'_>, &[u8])> {
    let (body, rest) = bytes.split_at_checked(HEAD_SIZE + symbol_size)?;
    let (crc, rest) = rest.split_first_chunk::<CRC_SIZE>()?;
    if CRC_32C.checksum(body) != u32::from_be_bytes(*crc) {
        return None;
    }
    let (esi, body) = body.split_first_chunk::<4>()?;
    let (time, body) = body.split_first_chunk::<8>()?;
    let (link, symbol) = body.split_first_chunk::<2>()?;
    let link = u16::from_be_bytes(*link);
    let record = Record {
        esi: u32::from_be_bytes(*esi),
        time: i64::from_be_bytes(*time),
        link: link & !FRAME_BIT,
        odd_frame: link & FRAME_BIT != 0,
        symbol,
    };
    Some((record, rest))
}
