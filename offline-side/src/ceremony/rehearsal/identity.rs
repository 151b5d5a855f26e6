//! What the state knows of the keys that get certificates: a known key keeps its name and identifier.

use std::collections::{BTreeMap, BTreeSet};

use super::given::Given;
use crate::ceremony::draft::identity::Identity;
use crate::ceremony::draft::inputs::Inputs;
use crate::ceremony::draft::named_file::ReplacedCertificate;
use crate::ceremony::request::{AskedSubject, RequestError, RequestFault};

/// The names and identifiers that certificates keep because the state knows their keys, by the name of the certificate.
/// Where the request names the certificate that is replaced, that one counts, and must be one that the state knows.
///
/// # Errors
/// The first key that the state knows otherwise, or in several forms.
pub(super) fn known(given: &Given<'_>, inputs: &Inputs) -> Result<BTreeMap<String, Identity>, RequestError> {
    let (request, mut kept) = (given.request, BTreeMap::new());
    let refuse = |line, fault| Err(RequestError { file: request.file.clone(), line, fault });
    if let (Some(root), Some(renewed)) = (&request.root, &inputs.renewed)
        && root.new_identifier.is_none()
        && let Some(fault) = contradiction(given, renewed)
    {
        return refuse(root.line(), fault);
    }
    for (asked, key) in request.certificates.iter().zip(&inputs.certified) {
        if let Some(replaced) = &key.replaced {
            if asked.new_identifier.is_none()
                && let Some(fault) = contradiction(given, replaced)
            {
                return refuse(asked.line, fault);
            }
            continue;
        }
        let mut known = identities(given, &key.spki);
        if known.len() > 1
            && let AskedSubject::Written(text) = &asked.subject
        {
            known.retain(|identity| identity.is_named(text));
        }
        if known.len() > 1 && asked.new_identifier.is_none() {
            return refuse(
                asked.line,
                RequestFault::SeveralKnown { known: known.iter().map(Identity::text).collect() },
            );
        }
        kept.extend(known.into_iter().next().map(|identity| (asked.name.clone(), identity)));
    }
    Ok(kept)
}

/// Every name and identifier under which the state knows this key.
fn identities(given: &Given<'_>, spki: &[u8]) -> BTreeSet<Identity> {
    given.known.known_keys.iter().filter(|known| known.spki == spki).map(Identity::from).collect()
}

/// The state knows the key of this certificate, and not under its name and identifier.
fn contradiction(given: &Given<'_>, replaced: &ReplacedCertificate) -> Option<RequestFault> {
    let (own, known) = (replaced.identity(), identities(given, replaced.issuer.spki()));
    if known.is_empty() || known.contains(&own) {
        return None;
    }
    let known: Vec<String> = known.iter().map(Identity::text).collect();
    let why = format!("{} has {}\nThis state knows its key as {}", replaced.file, own.text(), known.join("\nand as "));
    Some(RequestFault::Continuity { why })
}
