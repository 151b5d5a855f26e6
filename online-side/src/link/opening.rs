//! The order in which links are opened and the sandbox closes.

use rootcast_host::diagnosis::Diagnosis;

use super::kind::{OpenWith, Opening};
use super::name::Link;
use super::receiver::OpenLinks;

/// Opens `links` around the moment at which `close` closes the sandbox: each before it or after it, as its row says.
/// Gives them in their order, each with its name, and what `close` gave.
///
/// # Errors
/// Where one cannot be opened, or `close` fails.
pub(crate) fn open_around<T>(
    links: &[Link],
    with: &OpenWith,
    close: impl FnOnce() -> Result<T, Diagnosis>,
) -> Result<(T, OpenLinks), Diagnosis> {
    let mut early = Vec::new();
    for link in links {
        early.push((link.kind.opening == Opening::BeforeSandbox).then(|| link.open(with)).transpose()?);
    }
    let closed = close()?;
    let mut opened = Vec::new();
    for (link, early) in links.iter().zip(early) {
        opened.push((link.to_string(), early.map_or_else(|| link.open(with), Ok)?));
    }
    Ok((closed, opened))
}
