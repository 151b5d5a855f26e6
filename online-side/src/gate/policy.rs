//! The whole policy of a root as receipts have it, and what rings when `trust` weakens it.

use rootcast_pki::policy_change::{PolicyChange, RequestedKey, Weakening, WholePolicy};
use rootcast_pki::policy_record::PolicyRecordError;
use rootcast_protocol::digest::Digest;
use rootcast_protocol::hex;

use crate::publication::{Alarm, AlarmKind, PolicyRecord, RequestRecord, RootRecord};

/// Everything that was chosen for a root.
#[must_use]
pub(crate) fn whole_policy(root: &RootRecord) -> WholePolicy {
    let RootRecord { profile, allow_sha1, first_number, policy, .. } = root;
    WholePolicy {
        profile: profile.clone(),
        allow_sha1: *allow_sha1,
        numbers: policy.numbers.or_default(),
        first_number: first_number.clone(),
        crl_life_min_s: policy.crl_life_min_s,
        mass_revocation_max: policy.mass_revocation_max,
        switched_off: policy.switched_off.clone(),
        off_until: policy.off_until.clone(),
        affiliated: policy.affiliated.clone(),
        serves: policy.serves.clone(),
        requests: policy.requests.iter().map(requested_key).collect(),
        offline_issuers: policy.offline_issuers.clone(),
        export_keys: export_keys(policy),
    }
}

/// The export keys that are pinned.
fn export_keys(policy: &PolicyRecord) -> Vec<String> {
    policy.export_keys.clone()
}

fn requested_key(request: &RequestRecord) -> RequestedKey {
    let spki = hex::decode(&request.spki).unwrap_or_default();
    RequestedKey { subject: request.subject.clone(), spki_sha256: Digest::of(&spki).to_string() }
}

/// The changes of policy of one `trust`: one for each certificate of the issuer.
#[derive(Debug, Default)]
pub(crate) struct PolicyChanges {
    /// As receipts have them.
    pub(crate) changes: Vec<PolicyChange>,
    weakened: Vec<Weakening>,
}

impl PolicyChanges {
    /// Adds what becomes of the policy of one certificate. A renewed one had the policy of its issuer before.
    ///
    /// # Errors
    /// When a policy holds something that this program does not know.
    pub(crate) fn add(&mut self, before: Option<&RootRecord>, after: &RootRecord) -> Result<(), PolicyRecordError> {
        let (change, weakened) =
            PolicyChange::new(after.sha256.clone(), before.map(whole_policy), whole_policy(after))?;
        self.changes.push(change);
        for one in weakened {
            if !self.weakened.contains(&one) {
                self.weakened.push(one);
            }
        }
        Ok(())
    }

    /// What the weakening rings: one alarm for each `trust` that weakens, named by its receipt.
    pub(crate) fn alarm(&self, subject: &str, source: &Digest, receipt: u64) -> Option<Alarm> {
        if self.weakened.is_empty() {
            return None;
        }
        let mut rules: Vec<String> = Vec::new();
        for rule in self.weakened.iter().flat_map(Weakening::rules).map(|rule| rule.to_string()) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        let texts: Vec<String> = self.weakened.iter().map(Weakening::to_string).collect();
        Some(Alarm {
            kind: AlarmKind::WeakenedPolicy,
            about: format!("{source} {receipt}"),
            content: None,
            rules,
            text: format!("the policy of {subject} was weakened: {} (receipt {receipt})", texts.join("; ")),
        })
    }
}

#[cfg(test)]
mod tests {
    use rootcast_protocol::digest::Digest;

    use super::requested_key;
    use crate::publication::RequestRecord;

    /// `u8::from_str_radix` takes a plus sign before a digit: "+f" was read as the key 0x0f, which nobody registered.
    #[test]
    fn a_stored_key_with_a_sign_in_it_is_no_key() {
        let of = |spki: &str| {
            requested_key(&RequestRecord { subject: String::new(), spki: spki.to_owned(), registered: 0 }).spki_sha256
        };
        assert_eq!(of("300f"), Digest::of(&[0x30, 0x0f]).to_string());
        for spki in ["+f", "30+f", "300", "30 f", "300F"] {
            assert_eq!(of(spki), Digest::of(b"").to_string(), "{spki}");
        }
    }
}
