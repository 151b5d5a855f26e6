//! The records of one issuer after a `trust`. A root that was renewed under its key has several certificates, and all of
//! them have one policy: which of them counts changes with the time, and the policy must not.

use rootcast_console::trust::{GivenRoot, Options};
use rootcast_host::diagnosis::Diagnosis;
use rootcast_pki::crl_number::CrlNumber;
use rootcast_pki::policy_record::PolicyRecordError;

use super::policy_choice::GivenChoice;
use crate::gate::{PolicyChanges, Root};
use crate::publication::RootRecord;

/// What `trust` makes of the records of the issuer that was given.
pub(super) struct IssuerRecords {
    /// The policy that was there: of this certificate, or else of another one of this issuer, a retired one too.
    before: Option<RootRecord>,
    /// Whether this certificate was trusted already.
    is_known: bool,
    /// The record of the certificate that was given.
    pub(super) own: RootRecord,
    /// The records of its other certificates that change with it: before, and after.
    others: Vec<(RootRecord, RootRecord)>,
}

impl IssuerRecords {
    /// Trusting it again adds or raises, and changes what is chosen explicitly; it never resets.
    ///
    /// # Errors
    /// When a list becomes longer than any real one, or a rule would be off in `webpki` without a date.
    pub(super) fn new(
        given: &GivenRoot,
        (roots, retired): (&[Root], &[Root]),
        (options, choice, first_number): (&Options, &GivenChoice, Option<CrlNumber>),
        now: i64,
    ) -> Result<Self, Diagnosis> {
        let sha256 = given.sha256.to_string();
        let of_issuer: Vec<&Root> = roots.iter().filter(|root| root.issuer.is_same(&given.issuer)).collect();
        let known = of_issuer.iter().find(|root| root.record.sha256 == sha256);
        let retired: Vec<&Root> = retired.iter().filter(|root| root.issuer.is_same(&given.issuer)).collect();
        // One that was retired has the policy again that its issuer had last.
        let before = known.or_else(|| of_issuer.first()).or_else(|| retired.last()).map(|root| root.record.clone());
        let known_numbers =
            of_issuer.iter().chain(&retired).filter_map(|root| root.record.first_number.as_ref()?.parse().ok());
        let profile = match (options.profile, &before) {
            (None, Some(before)) => before.profile.clone(),
            (profile, _) => profile.unwrap_or_default().to_string(),
        };
        let own = RootRecord {
            sha256,
            allow_sha1: before.as_ref().is_some_and(|before| before.allow_sha1),
            first_number: known_numbers.chain(first_number).max().map(|number: CrlNumber| number.to_string()),
            enrolled: known.map_or(now, |root| root.record.enrolled),
            policy: choice.applied_to(
                before.as_ref().map(|before| before.policy.clone()).unwrap_or_default(),
                options,
                (given, &profile, now),
            )?,
            profile,
        };
        let with_its_policy = |root: &&Root| {
            let RootRecord { sha256, enrolled, .. } = root.record.clone();
            (root.record.clone(), RootRecord { sha256, enrolled, ..own.clone() })
        };
        let others = of_issuer.iter().filter(|root| root.record.sha256 != own.sha256).map(with_its_policy);
        let others = others.filter(|(before, after)| before != after).collect();
        Ok(Self { before, is_known: known.is_some(), own, others })
    }

    /// The record whose policy a certificate keeps that was not trusted before.
    pub(super) fn kept_from(&self) -> Option<&RootRecord> {
        self.before.as_ref().filter(|_| !self.is_known)
    }

    /// Whether anything is another than before.
    pub(super) fn is_changed(&self) -> bool {
        !self.is_known || self.before.as_ref() != Some(&self.own) || !self.others.is_empty()
    }

    /// The new record of another certificate of this issuer, if it changes.
    pub(super) fn of_other(&self, sha256: &str) -> Option<&RootRecord> {
        self.others.iter().map(|(_, after)| after).find(|after| after.sha256 == sha256)
    }

    /// What becomes of the policy of each certificate.
    ///
    /// # Errors
    /// When a policy holds something that this program does not know.
    pub(super) fn policy_changes(&self) -> Result<PolicyChanges, PolicyRecordError> {
        let mut changes = PolicyChanges::default();
        changes.add(self.before.as_ref(), &self.own)?;
        self.others.iter().try_for_each(|(before, after)| changes.add(Some(before), after))?;
        Ok(changes)
    }
}
