//! What stands behind the `=` of a target: `frames` of `qr:images=frames`.

use rootcast_host::link_name::{LinkName, LinkNameError};

/// The path behind the `=`.
///
/// # Errors
/// If there is none.
pub(super) fn value_of(name: &LinkName) -> Result<&str, LinkNameError> {
    match name.target.split_once('=') {
        Some((_, value)) if !value.is_empty() => Ok(value),
        _ => Err(name.wrong("there is no path after the =")),
    }
}
