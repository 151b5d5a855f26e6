//! Which object is evicted if there are too many objects, or if they hold too many bytes.
//!
//! Anybody can make up objects, so nothing an object says of itself counts. What counts is who pays: each link has a
//! share, and the link that takes the most gives way. Within its share the half with the most symbols stays, and of the
//! other half the object goes that has had no new symbol for longest. So to push an object out, somebody on another link
//! cannot; on the same link it takes eight objects between two of its frames, or eight objects with more symbols than it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rootcast_protocol::object::Object;

use super::incomplete::Assembly;
use crate::limits::GRACE_S;

/// Objects with the link that has to answer for each: of several that brought it new symbols in this run the one with the
/// fewest objects of its own, and none where all came in earlier runs.
fn shares(live: &BTreeMap<Object, Assembly>) -> BTreeMap<&str, Vec<(&Object, &Assembly)>> {
    let links = |assembly: &'_ Assembly| assembly.by_link.iter().filter(|(_, new)| **new > 0).count();
    let mut own: BTreeMap<&str, usize> = BTreeMap::new();
    for assembly in live.values().filter(|assembly| links(assembly) == 1) {
        for (link, _) in assembly.by_link.iter().filter(|(_, new)| **new > 0) {
            *own.entry(link).or_default() += 1;
        }
    }
    let mut shares: BTreeMap<&str, Vec<(&Object, &Assembly)>> = BTreeMap::new();
    for (object, assembly) in live {
        let brought = assembly.by_link.iter().filter(|(_, new)| **new > 0).map(|(link, _)| link.as_str());
        let link = brought.min_by_key(|link| own.get(link).copied().unwrap_or(0)).unwrap_or("");
        shares.entry(link).or_default().push((object, assembly));
    }
    shares
}

/// Which of `candidates` goes.
fn first_to_go(mut candidates: Vec<(&Object, &Assembly)>, now: i64) -> Option<Object> {
    // The stable half: those with the most symbols, unless they have been found false.
    candidates.sort_by_key(|(_, assembly)| (!assembly.has_failed(), assembly.symbols()));
    let half = candidates.len().div_ceil(2);
    let standing = candidates.iter().take(half);
    let silent = |assembly: &Assembly| now.saturating_sub(assembly.last_new_at) >= GRACE_S;
    standing
        .min_by_key(|(_, assembly)| {
            (!(assembly.has_failed() && silent(assembly)), assembly.last_new_order, assembly.last_new_at)
        })
        .map(|(object, _)| **object)
}

/// Which object goes so that one more that came by `link` has a place.
pub(super) fn for_an_object(live: &BTreeMap<Object, Assembly>, link: &str, now: i64) -> Option<Object> {
    let shares = shares(live);
    let most = |name: &str, count: usize| (count + usize::from(name == link), name == link);
    let (_, candidates) = shares.into_iter().max_by_key(|(name, share)| most(name, share.len()))?;
    first_to_go(candidates, now)
}

/// Which object goes so that one more symbol of `growing` has room.
pub(super) fn for_bytes(live: &BTreeMap<Object, Assembly>, growing: &Object, now: i64) -> Option<Object> {
    let bytes = |share: &[(&Object, &Assembly)]| share.iter().map(|(_, assembly)| assembly.file.size()).sum::<u64>();
    let mut shares: Vec<_> = shares(live).into_values().collect();
    shares.sort_by_key(|share| Reverse(bytes(share)));
    shares.into_iter().find_map(|share| {
        // Small ones make no room worth having.
        let average = bytes(&share) / (share.len() as u64).max(1);
        let large = |assembly: &Assembly| assembly.file.size() >= average / 2;
        let candidates = share.into_iter().filter(|(object, assembly)| *object != growing && large(assembly));
        first_to_go(candidates.collect(), now)
    })
}
