//! The request of a ceremony for the CRL that follows another one.

use rootcast_host::clock::rfc3339;

/// A request that names these files, for a CRL with these dates, in Unix seconds. It ends within `[crl]`.
#[must_use]
pub fn next_crl(issuer: &str, previous: &str, (this_update, next_update): (i64, i64)) -> String {
    format!(
        "issuer = \"{issuer}\"\nprevious_crl = \"{previous}\"\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n",
        rfc3339(this_update),
        rfc3339(next_update)
    )
}
