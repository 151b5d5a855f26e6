//! Every bound of the wire format, each with the arithmetic behind it.
//!
//! Bounds that belong to one side alone (live objects, bytes kept per link) stand with that side, not here.
//!
//! ```
//! use rootcast_protocol::cobs::{Piece, Splitter};
//! use rootcast_protocol::limits::FRAME_SIZE_MAX;
//!
//! // A line on which no frame ever ends: no more than the largest frame is held of it.
//! let (mut splitter, mut damaged) = (Splitter::new(FRAME_SIZE_MAX), 0);
//! let mut each = |piece: Piece<'_>| match piece {
//!     Piece::Frame(_) => panic!("no frame is that long"),
//!     Piece::Damaged { bytes } => damaged += bytes,
//! };
//! splitter.push(&[255; 1_000_000], &mut each);
//! splitter.finish(&mut each);
//! assert_eq!(damaged, 1_000_000);
//! ```

/// Largest item (one CRL or certificate), in bytes: 64 MiB. A CRL of a million entries is about 50 MB.
pub const ITEM_SIZE_MAX: usize = 64 << 20;

/// Most source symbols in one source block: K'max of RFC 6330 §5.1.2.
pub const SOURCE_SYMBOLS_MAX: u32 = 56_403;

/// Largest symbol size, in bytes: what a version 27 QR symbol at level L holds (1465) less [`FRAME_OVERHEAD_MAX`],
/// rounded down to a multiple of 176.
pub const SYMBOL_SIZE_MAX: u16 = 1408;

/// Largest object (one encoded bundle), in bytes: one source block of the largest symbols,
/// 56,403 × 1,408 = 79,415,424. It holds one incompressible item of [`ITEM_SIZE_MAX`] beside its manifest.
pub const OBJECT_SIZE_MAX: u32 = SOURCE_SYMBOLS_MAX * SYMBOL_SIZE_MAX as u32;

/// Largest bundle after inflation, in bytes: 128 MiB, twice the largest item. DEFLATE inflates at most about
/// 1,032 : 1, so without this bound an object of 79 MB could ask for 82 GB.
pub const BUNDLE_SIZE_MAX: usize = 128 << 20;

/// Most items in one bundle. A ceremony makes a handful; 64 names and digests are under 19 KiB.
pub const ITEMS_MAX: usize = 64;

/// Longest item name, in bytes of UTF-8: what file systems hold in one name.
pub const NAME_SIZE_MAX: usize = 255;

/// Longest encoded manifest, in bytes. Fixed fields at most 165
/// (1 + 32 + 10 + 33 + 10 + 11 + 1 + 32 + 5 + 10 + 32, less what a varint saves), each item at most
/// 1 + 2 + 255 + 5 + 32 = 295: 177 + 64 × 295 = 19,057.
pub const MANIFEST_SIZE_MAX: usize = 177 + ITEMS_MAX * (1 + 2 + NAME_SIZE_MAX + 5 + 32);

/// Largest frame, in bytes: what a version 40 QR symbol at level L holds in byte mode (ISO/IEC 18004 table 7).
pub const FRAME_SIZE_MAX: usize = 2953;

/// Most objects a beacon names: a root's newest bundles. Four take at most 80 of its bytes.
pub const BEACON_OBJECTS_MAX: usize = 4;

/// Encoding symbol ids are 24 bits wide (RFC 6330 §3.2): 0 … 16,777,215.
pub const ESI_COUNT: u32 = 1 << 24;

/// The most bytes of a frame that are not symbols, the MAC included: 2 magic, 1 version, 1 flags,
/// a header of 26 (1 kind, 16 object id, 4 length, 4 ESI, 1 count), 4 CRC-32C, 16 MAC: 50. The contract is 57,
/// what version 27 leaves beside 1,408.
pub const FRAME_OVERHEAD_MAX: usize = 57;

const _: () = assert!(OBJECT_SIZE_MAX == 79_415_424);
const _: () = assert!(OBJECT_SIZE_MAX as usize > ITEM_SIZE_MAX + MANIFEST_SIZE_MAX + 80);
const _: () = assert!(SYMBOL_SIZE_MAX as usize + FRAME_OVERHEAD_MAX == 1465);
