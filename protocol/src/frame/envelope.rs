//! The envelope around every frame, of whatever kind: magic, version and flags before its body, CRC and MAC behind it.
//!
//! It must not look at the body: what a frame says is for [`super::Frame`] and [`super::beacon::Beacon`].

use crc::{CRC_32_ISCSI, Crc, Table};

use super::error::FrameError;
use crate::limits::FRAME_SIZE_MAX;
use crate::transport_key::{MAC_SIZE, TransportKey};

/// The first two bytes of every frame. They are no UTF-8, so no text begins like this.
pub const MAGIC: [u8; 2] = [0xd7, 0x52];

/// The version of the frame format.
pub const VERSION: u8 = 1;

/// Flag: a 16-byte MAC of a transport key follows the CRC.
pub const FLAG_MAC: u8 = 0x01;

/// The flag bits a receiver must understand or refuse the frame; the others it ignores.
pub const FLAGS_MUST_UNDERSTAND: u8 = 0x0f;

/// Bytes before the header: magic, version, flags.
pub(super) const FIXED_SIZE: usize = 4;
pub(super) const CRC_SIZE: usize = 4;

/// The shortest frame in bytes, of whatever kind: one byte between flags and CRC.
pub const FRAME_SIZE_MIN: usize = FIXED_SIZE + 1 + CRC_SIZE;

pub(super) static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// A frame of this body: what stands between flags and CRC.
pub(super) fn sealed(body: &[u8], key: Option<&TransportKey>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(FIXED_SIZE + body.len() + CRC_SIZE + MAC_SIZE);
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[VERSION, if key.is_some() { FLAG_MAC } else { 0 }]);
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(&CRC_32C.checksum(&bytes).to_be_bytes());
    if let Some(key) = key {
        bytes.extend_from_slice(&key.mac(&bytes));
    }
    bytes
}

/// Whether this is a frame that arrived as it was sent, whoever sent it: for readers that have to choose between bytes.
#[must_use]
pub fn is_sound(bytes: &[u8]) -> bool {
    !matches!(check_envelope(bytes, &[]), Err(error) if error != FrameError::MacWithoutKey) && has_right_crc(bytes)
}

/// Checks length, magic, version, flags, CRC and MAC; gives what stands between flags and CRC.
pub(super) fn check_envelope<'a>(bytes: &'a [u8], keys: &[TransportKey]) -> Result<&'a [u8], FrameError> {
    let length = bytes.len();
    let mac_size = if keys.is_empty() { 0 } else { MAC_SIZE };
    let too_short = FrameError::TooShort { length, length_min: FRAME_SIZE_MIN };
    if length > FRAME_SIZE_MAX {
        return Err(FrameError::TooLong { length, length_max: FRAME_SIZE_MAX });
    }
    if length < FRAME_SIZE_MIN {
        return Err(too_short);
    }
    let Some((&[magic_0, magic_1, version, flags], _)) = bytes.split_first_chunk::<FIXED_SIZE>() else {
        return Err(too_short);
    };
    if [magic_0, magic_1] != MAGIC {
        return Err(FrameError::Magic { found: [magic_0, magic_1] });
    }
    if version != VERSION {
        return Err(FrameError::Version { found: version, known: VERSION });
    }
    if flags & FLAG_MAC != 0 && keys.is_empty() {
        return Err(FrameError::MacWithoutKey);
    }
    if flags & FLAGS_MUST_UNDERSTAND & !FLAG_MAC != 0 {
        return Err(FrameError::Flags { found: flags });
    }
    if flags & FLAG_MAC == 0 && !keys.is_empty() {
        return Err(FrameError::MacMissing);
    }
    let Some((sealed, mac)) = length.checked_sub(mac_size).and_then(|end| bytes.split_at_checked(end)) else {
        return Err(too_short);
    };
    let Some((checked, &sum)) = sealed.split_last_chunk::<CRC_SIZE>() else {
        return Err(too_short);
    };
    let (found, computed) = (u32::from_be_bytes(sum), CRC_32C.checksum(checked));
    if found != computed {
        return Err(FrameError::Crc { found, computed });
    }
    if let Ok(mac) = <&[u8; MAC_SIZE]>::try_from(mac)
        && !keys.iter().fold(false, |any, key| key.verifies(sealed, mac) | any)
    {
        return Err(FrameError::MacWrong);
    }
    checked.get(FIXED_SIZE..).ok_or(too_short)
}

/// Whether the CRC is right, in front of the MAC where the flags announce one.
fn has_right_crc(bytes: &[u8]) -> bool {
    let mac_size = if bytes.get(3).is_some_and(|flags| flags & FLAG_MAC != 0) { MAC_SIZE } else { 0 };
    let sealed = bytes.len().checked_sub(mac_size).and_then(|end| bytes.get(..end));
    let split = sealed.and_then(|sealed| sealed.split_last_chunk::<CRC_SIZE>());
    split.is_some_and(|(checked, sum)| {
        checked.len() > FIXED_SIZE && CRC_32C.checksum(checked) == u32::from_be_bytes(*sum)
    })
}
