//! The steps of a signing, in their order.

use rootcast_host::disk::Disk;
use rootcast_host::text::printable;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::ItemKind;
use rootcast_pki::policy_change::PolicyChange;
use rootcast_pki::profile::{Policy, Profile};
use rootcast_protocol::digest::Digest;
use rootcast_protocol::words;

use super::error::SigningError;
use super::release;
use super::remembered::{is_abandoned, is_followed};
use super::signed_object::SignedObject;
use crate::ceremony::der_builder::assembled;
use crate::ceremony::draft::DraftedObject;
use crate::ceremony::facts::ObjectFacts;
use crate::ceremony::folder::RehearsalFolder;
use crate::ceremony::key::SigningKey;
use crate::ceremony::key::error::KeyError;
use crate::ceremony::read_back::read_back;
use crate::store::journal::ceremony::{
    CeremonyEnd, CeremonyRecord, KeyUse, KeyUseOutcome, SignedKind, SignedName, ToBeSigned,
};
use crate::store::journal::{Event, ItemRecord, Journal};
use crate::store::state::{AbandonedRecord, BurnedRecord, CertificateRecord, CrlRecord, RootRecord, State, StateError};

/// The profile of a root that was signed here.
const PROFILE: Profile = Profile::Private;

/// What a signing works with.
pub struct Signing<'a, 'd> {
    /// The disk of state and rehearsal.
    pub disk: &'d dyn Disk,
    /// The state, locked.
    pub state: &'a mut State<'d>,
    /// Its journal.
    pub journal: &'a mut Journal<'d>,
    /// What is signed.
    pub opened: &'a RehearsalFolder,
    /// What the journal's entries say of this ceremony.
    pub record: CeremonyRecord,
    /// Whether the key is no HSM.
    pub is_rehearsal: bool,
    /// The time, in seconds since 1970.
    pub clock: &'a dyn Fn() -> i64,
}

impl Signing<'_, '_> {
    /// Signs with `key` and releases.
    ///
    /// # Errors
    /// [`SigningError`]; unless it says that the number could not be burned, the number is used.
    pub fn run(mut self, key: &mut dyn SigningKey<Error = KeyError>) -> Result<Vec<SignedObject>, SigningError> {
        self.burn()?;
        let outcome = self.sign_all(key).and_then(|signed| {
            release::release(self.disk, &self.opened.folder, &signed, self.is_rehearsal)?;
            Ok(signed)
        });
        match outcome {
            Ok(signed) => {
                let items = signed.iter().map(SignedObject::record).collect();
                // The journal says released only once the state has it: until then this rehearsal is unfinished, and the
                // next run of the same command writes down the rest.
                let written = self.remember(&signed).and_then(|()| self.end(CeremonyEnd::Released, items));
                let afterwards = |error: SigningError| SigningError::Afterwards { why: error.to_string() };
                written.map(|()| signed).map_err(afterwards)
            }
            Err(error) => {
                // The error itself matters more than that it could not be written down; the next start writes it down.
                let _ = self.end(CeremonyEnd::NotReleased(error.to_string()), Vec::new());
                Err(error)
            }
        }
    }

    /// SHA-256 of the listing that is signed.
    pub(super) fn rehearsal(&self) -> Digest {
        Digest::of(&self.opened.listing)
    }

    fn number(&self) -> Option<String> {
        self.opened.choices.number.map(|number| number.to_string())
    }

    fn append(&mut self, event: Event) -> Result<(), SigningError> {
        self.journal.append((self.clock)(), event).map_err(SigningError::Journal)?;
        Ok(())
    }

    /// REQ-NUMBER: durable in state and journal before the key is used.
    fn burn(&mut self) -> Result<(), SigningError> {
        let number = self.number();
        self.abandon().map_err(SigningError::NotBurned)?;
        self.state.record.burned.push(BurnedRecord {
            issuer: Digest::of(&self.opened.inputs.signer.spki),
            number: self.opened.choices.number,
            rehearsal: self.rehearsal(),
        });
        self.state.commit().map_err(SigningError::NotBurned)?;
        let objects = self
            .opened
            .objects
            .iter()
            .map(|object| ToBeSigned { file: object.file.clone(), to_be_signed: Digest::of(&object.to_be_signed) });
        let (ceremony, objects) = (self.record.clone(), objects.collect());
        let abandoned = self.opened.choices.abandoned.clone();
        self.append(Event::NumberBurned { ceremony, number, objects, abandoned })
    }

    /// What the new CRL takes the place of is never sent from here on, whether or not this signing succeeds. Durable with
    /// the burned number.
    fn abandon(&mut self) -> Result<(), StateError> {
        let opened = self.opened;
        if opened.choices.abandoned.is_empty() {
            return Ok(());
        }
        let issuer = Digest::of(&opened.inputs.signer.spki);
        let is_abandoned = |known: &CrlRecord| opened.choices.abandoned.iter().any(|crl| crl.sha256 == known.sha256);
        self.state.record.signed_crls.retain(|known| known.issuer != issuer || !is_abandoned(known));
        // The one before it is again the one that was signed last.
        if let Some(previous) = &opened.inputs.previous {
            let sha256 = self.state.keep_item(&previous.der)?;
            let was_signed_here =
                self.journal.chain().released_crls(&issuer).iter().any(|released| released.sha256 == sha256);
            if was_signed_here && !self.state.record.signed_crls.iter().any(|known| known.issuer == issuer) {
                self.state.record.signed_crls.push(CrlRecord { issuer, sha256 });
            }
        }
        for crl in &opened.choices.abandoned {
            let record = AbandonedRecord { issuer, crl: crl.clone() };
            if !self.state.record.abandoned.contains(&record) {
                self.state.record.abandoned.push(record);
            }
        }
        Ok(())
    }

    fn sign_all(&mut self, key: &mut dyn SigningKey<Error = KeyError>) -> Result<Vec<SignedObject>, SigningError> {
        let opened = self.opened;
        let mut issuer = opened.inputs.issuer.clone();
        let mut signed = Vec::with_capacity(opened.objects.len());
        for object in &opened.objects {
            let made = self.sign_one(key, object, issuer.as_ref())?;
            if made.is_root {
                let policy = Policy::default();
                let root = Issuer::from_certificate(&made.der, &policy);
                issuer = Some(root.map_err(|findings| SigningError::NotAssembled { why: findings.to_string() })?);
            }
            signed.push(made);
        }
        Ok(signed)
    }

    /// Which object it is, from the bytes that the key is given.
    fn named(&self, object: &DraftedObject) -> Option<SignedName> {
        let algorithm = self.opened.choices.scheme.algorithm_identifier();
        let kind = object.expected.kind();
        let facts = ObjectFacts::read_unsigned(kind, &object.to_be_signed, algorithm, self.opened.made())?;
        let SignedName { name, number, .. } = facts.name;
        let kind = match kind {
            ItemKind::Crl => SignedKind::Crl,
            ItemKind::Certificate if object.expected.is_root() => SignedKind::Root,
            ItemKind::Certificate => SignedKind::Certificate,
        };
        Some(SignedName { kind, name: printable(&name), number })
    }

    fn sign_one(
        &mut self,
        key: &mut dyn SigningKey<Error = KeyError>,
        object: &DraftedObject,
        issuer: Option<&Issuer>,
    ) -> Result<SignedObject, SigningError> {
        let scheme = self.opened.choices.scheme;
        let mut key_use = KeyUse {
            file: object.file.clone(),
            to_be_signed: Digest::of(&object.to_be_signed),
            scheme: scheme.name().to_owned(),
            signature: None,
            signed: None,
            outcome: KeyUseOutcome::ReadBack,
            named: self.named(object),
        };
        let came_back = key.sign(&object.to_be_signed, scheme);
        if let Err(KeyError::WrongSignature { came_back, .. }) = &came_back {
            // Released to nobody; the digest is the evidence of what the token gave.
            key_use.signature = Some(Digest::of(came_back).to_string());
        }
        let made = came_back.map_err(SigningError::Key).and_then(|signature| {
            key_use.signature = Some(Digest::of(&signature).to_string());
            let der = assembled(&object.to_be_signed, scheme.algorithm_identifier(), &signature);
            let der = der.map_err(|error| SigningError::NotAssembled { why: error.to_string() })?;
            key_use.signed = Some(Digest::of(&der).to_string());
            read_back(&der, &object.to_be_signed, &object.expected, issuer.filter(|_| !object.expected.is_root()))
                .map_err(|error| SigningError::ReadBack { file: object.file.clone(), error })?;
            Ok(SignedObject::new(object, der))
        });
        if let Err(error) = &made {
            key_use.outcome = KeyUseOutcome::Failed(error.to_string());
        }
        // An entry for every use of the key, also of one that failed.
        let written = self.append(Event::KeyUsed { ceremony: self.record.clone(), key_use });
        let made = made?;
        written.map(|()| made)
    }

    /// What was released is known from here on: the next CRL follows it, and a new root is trusted.
    pub(super) fn remember(&mut self, signed: &[SignedObject]) -> Result<(), SigningError> {
        let issuer = Digest::of(&self.opened.inputs.signer.spki);
        let mut root = None;
        let before = self.record_of_key().map_err(SigningError::State)?;
        for object in signed {
            let is_followed = object.kind == ItemKind::Crl
                && (is_abandoned(self.state, self.journal.chain(), &object.sha256())
                    || is_followed(self.state, &issuer, &object.der).map_err(SigningError::State)?);
            let sha256 = self.state.keep_item(&object.der).map_err(SigningError::State)?;
            let record = &mut self.state.record;
            match object.kind {
                _ if object.is_root => {
                    if !record.roots.iter().chain(&record.retired).any(|root| root.sha256 == sha256) {
                        match &before {
                            // Only `trust` takes a retired root up again.
                            Some((before, true)) => record.retired.push(before.for_certificate(sha256)),
                            Some((before, false)) => record.roots.push(before.for_certificate(sha256)),
                            None => record.roots.push(RootRecord::new(sha256, PROFILE.to_string())),
                        }
                    }
                    // Its entry may be missing where the state has it: the run before could write one of the two.
                    let is_retired = record.retired.iter().any(|root| root.sha256 == sha256);
                    root = Some(object).filter(|_| !is_retired && !self.journal.chain().has_enrolled(&sha256));
                }
                ItemKind::Crl if is_followed => {}
                ItemKind::Crl => {
                    record.signed_crls.retain(|known| known.issuer != issuer);
                    record.signed_crls.push(CrlRecord { issuer, sha256 });
                }
                ItemKind::Certificate => {
                    record.signed_certificates.retain(|known| known.sha256 != sha256);
                    record.signed_certificates.push(CertificateRecord { issuer, sha256 });
                }
            }
        }
        self.state.commit().map_err(SigningError::State)?;
        let Some(root) = root else { return Ok(()) };
        // A root that is renewed under its key keeps the policy of its issuer; a new key had none (REQ-PURPOSE).
        let before = before.map(|(record, _)| record);
        let own = match &before {
            Some(before) => before.for_certificate(root.sha256()),
            None => RootRecord::new(root.sha256(), PROFILE.to_string()),
        };
        let policy = PolicyChange {
            root: root.sha256().to_string(),
            before: before.as_ref().filter(|before| before.sha256 != root.sha256()).map(RootRecord::whole_policy),
            after: own.whole_policy(),
            weakened: Vec::new(),
        };
        let mut choices = vec!["by signing it".to_owned()];
        choices.extend(own.choices());
        self.append(Event::Enrol {
            subject: printable(&self.opened.inputs.signer.subject),
            sha256: root.sha256(),
            words: words::spell(root.sha256().as_bytes(), words::LONG),
            profile: own.profile.clone(),
            choices,
            policies: vec![policy],
        })
    }

    /// The state's record of the key that signs, where it is a root's, and whether that root was retired. Any of its
    /// certificates tells: all have one policy. Of the retired ones, the last one has it.
    fn record_of_key(&self) -> Result<Option<(RootRecord, bool)>, StateError> {
        let State { record, .. } = &*self.state;
        let trusted = record.roots.iter().map(|root| (root, false));
        for (root, is_retired) in trusted.chain(record.retired.iter().rev().map(|root| (root, true))) {
            let der = self.state.item(&root.sha256)?;
            let issuer = Issuer::from_certificate(&der, &Policy::default());
            if issuer.is_ok_and(|issuer| issuer.spki() == self.opened.inputs.signer.spki) {
                return Ok(Some((root.clone(), is_retired)));
            }
        }
        Ok(None)
    }

    pub(super) fn end(&mut self, ended: CeremonyEnd, items: Vec<ItemRecord>) -> Result<(), SigningError> {
        let (ceremony, number, released) = (self.record.clone(), self.number(), ended.is_released());
        self.append(Event::CeremonyEnded { ceremony, number, released, ended, items })?;
        self.copy_entries()
    }

    /// Puts the journal's entries of this ceremony beside what it signed.
    pub(super) fn copy_entries(&self) -> Result<(), SigningError> {
        let own = self.journal.chain().entries_of(&self.rehearsal(), self.opened.new_root_key().as_ref());
        release::write_entries(self.disk, &self.opened.folder, &own)
    }
}
