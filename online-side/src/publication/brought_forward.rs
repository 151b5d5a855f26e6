//! Brings the record of an earlier version forward: what is signed of each item, from the item's file; and until when the
//! rules are off that it switched off.

use rootcast_pki::item;
use rootcast_pki::policy_record::bring_off_dates_forward;
use rootcast_pki::time::Timestamp;
use rootcast_protocol::digest::Digest;

use super::layout::held_file;
use super::record::Record;

/// Adds to `record` what an earlier version did not note. `file` reads a file of the generation.
///
/// # Errors
/// That of `file`.
pub(super) fn identify<E>(record: &mut Record, file: impl Fn(&str) -> Result<Vec<u8>, E>) -> Result<(), E> {
    let signed = |name: &str| Ok(item::tbs(&file(name)?).map(|tbs| Digest::of(tbs).to_string()));
    for crl in record.crls.iter_mut().filter(|crl| crl.tbs_sha256.is_none()) {
        crl.tbs_sha256 = signed(&format!("published/crl/{}.crl", crl.issuer))?;
    }
    for certificate in record.certificates.iter_mut().filter(|certificate| certificate.tbs_sha256.is_none()) {
        certificate.tbs_sha256 = signed(&format!("published/ca/{}.crt", certificate.sha256))?;
    }
    for held in record.held.iter_mut().filter(|held| held.tbs_sha256.is_none()) {
        held.tbs_sha256 = signed(&held_file(&held.sha256))?;
    }
    Ok(())
}

/// Gives each rule that is off its date. Earlier versions had none: twelve months from now, Unix seconds.
pub(super) fn date(record: &mut Record, now: i64) {
    let retired = record.retired.iter_mut().map(|retired| &mut retired.root);
    for root in record.roots.iter_mut().chain(retired) {
        bring_off_dates_forward(&root.policy.switched_off, &mut root.policy.off_until, Timestamp(now));
    }
}
