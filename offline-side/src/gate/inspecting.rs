//! Reads a file as far as is needed before it is judged: its kind, its names, its issuer.

use std::borrow::Cow;
use std::sync::Arc;

use rootcast_pki::certificate;
use rootcast_pki::crl;
use rootcast_pki::issuer::Issuer;
use rootcast_pki::item::{self, Item, ItemKind};
use rootcast_pki::judgement::{choose_for_certificate, choose_for_crl};
use rootcast_protocol::digest::Digest;

use super::Gate;
use super::inspected_item::InspectedItem;
use super::item_summary::ItemSummary;

impl Gate {
    /// Reads the file `bytes` named `name`, DER or PEM.
    #[must_use]
    pub(crate) fn inspect(&self, name: &str, bytes: Arc<Vec<u8>>) -> InspectedItem {
        let name = name.to_owned();
        let item = match item::read(&bytes) {
            Ok(item) => item,
            Err(findings) => {
                let sha256 = Digest::of(&bytes);
                let issuer = (None, self.authorities_version);
                let names = (Vec::new(), None);
                return InspectedItem { name, content: Err(findings), sha256, facts: None, names, tier: 0, issuer };
            }
        };
        let Look { issuer, names, facts } = self.look(&item);
        let tier = issuer.and_then(|index| self.authorities.get(index)).map_or(0, |authority| authority.above.len());
        let (kind, sha256) = (item.kind, Digest::of(&item.der));
        let der = match item.der {
            Cow::Owned(der) => Arc::new(der),
            // The file is the item: its bytes are not copied.
            Cow::Borrowed(_) => Arc::clone(&bytes),
        };
        let issuer = (issuer, self.authorities_version);
        InspectedItem { name, content: Ok((kind, der)), sha256, facts, names, tier, issuer }
    }

    /// The issuer of an item that was inspected, by its place among the authorities there are now.
    pub(super) fn issuer_of(&self, inspected: &InspectedItem, item: &Item<'_>) -> Option<usize> {
        match inspected.issuer {
            (issuer, version) if version == self.authorities_version => issuer,
            _ => self.look(item).issuer,
        }
    }

    fn look(&self, item: &Item<'_>) -> Look {
        let issuers: Vec<Issuer> = self.authorities.iter().map(|authority| authority.issuer.clone()).collect();
        match item.kind {
            ItemKind::Crl => crl::inspect(&item.der, &self.policy).value.map(|crl| Look {
                issuer: choose_for_crl(&crl, &issuers),
                names: (crl.issuer().der().to_vec(), None),
                facts: Some(ItemSummary::from_crl(&crl)),
            }),
            ItemKind::Certificate => certificate::inspect(&item.der, &self.policy).value.map(|certificate| Look {
                issuer: choose_for_certificate(&certificate, &issuers),
                names: (certificate.issuer().der().to_vec(), Some(certificate.subject().der().to_vec())),
                facts: Some(ItemSummary::from_certificate(&certificate)),
            }),
        }
        .unwrap_or_default()
    }
}

/// What was read of an item.
#[derive(Default)]
struct Look {
    issuer: Option<usize>,
    names: (Vec<u8>, Option<Vec<u8>>),
    facts: Option<ItemSummary>,
}
