//! A mass revocation: a CRL that newly revokes many of the CA certificates that are in use here. It may be meant, but a
//! mistyped list of certificates looks the same, so somebody confirms it by hand. No rule refuses it.

use std::collections::BTreeSet;
use std::fmt;

use rootcast_host::text::printable;
use rootcast_pki::crl;
use rootcast_pki::history::IssuedCertificate;
use rootcast_pki::profile::Policy;

use super::given::Given;
use crate::ceremony::draft::inputs::Inputs;

/// More than one in so many of the certificates in use is a mass revocation, whatever number is set.
const ONE_IN: usize = 4;

/// A mass revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MassRevocation {
    /// The CA certificates in use here that the CRL newly revokes.
    pub revoked: Vec<IssuedCertificate>,
    /// How many certificates of this issuer are in use here, those among them.
    pub in_use: usize,
    /// The number that `trust --hold-mass-revocation` set, if it did.
    pub most: Option<u64>,
}

impl MassRevocation {
    /// The mass revocation that the CRL of a request is, if it is one. A certificate is in use here if it was signed here
    /// or sent from here, has not ended, and is not revoked by the CRL before.
    #[must_use]
    pub(crate) fn find(given: &Given<'_>, inputs: &Inputs) -> Option<MassRevocation> {
        given.request.crl.as_ref()?;
        let previous = inputs.previous.as_ref().and_then(|crl| crl::inspect(&crl.der, &Policy::default()).value);
        let gone: BTreeSet<Vec<u8>> =
            previous.iter().flat_map(|crl| crl.entries()).map(|entry| entry.serial.to_vec()).collect();
        let is_in_use =
            |known: &&IssuedCertificate| known.not_after >= given.now && !gone.contains(known.serial.as_bytes());
        let in_use: Vec<&IssuedCertificate> = given.known.issued.iter().filter(is_in_use).collect();
        let is_revoked =
            |known: &&&IssuedCertificate| inputs.revocations.iter().any(|new| new.serial == known.serial.as_bytes());
        let revoked: Vec<IssuedCertificate> = in_use.iter().filter(is_revoked).map(|known| (*known).clone()).collect();
        let most = given.known.policy.mass_revocation_max;
        let is_over = most.is_some_and(|most| u64::try_from(revoked.len()).is_ok_and(|found| found > most));
        let is_mass = is_over || revoked.len().saturating_mul(ONE_IN) > in_use.len();
        is_mass.then_some(MassRevocation { revoked, in_use: in_use.len(), most })
    }

    /// What somebody types to confirm it: the number has to be read.
    #[must_use]
    pub fn words(&self) -> String {
        format!("revoke {}", self.revoked.len())
    }
}

/// What it is, and every certificate, a line each; safe to print.
impl fmt::Display for MassRevocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, in_use) = (self.revoked.len(), self.in_use);
        write!(f, "this CRL revokes {found} of {in_use} CA certificates that this root has in use here")?;
        if let Some(most) = self.most {
            write!(f, " (more than {most} are held online, where `trust --hold-mass-revocation` asks for it)")?;
        }
        f.write_str(". Everything issued under them stops working:")?;
        self.revoked.iter().try_for_each(|one| {
            let (subject, serial, until) = (printable(&one.subject), &one.serial, one.not_after);
            write!(f, "\n  {subject}, serial {serial}, until {until}")
        })
    }
}
