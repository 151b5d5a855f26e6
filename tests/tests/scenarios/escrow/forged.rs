//! Pages that fit themselves and were never printed: their checks have no key, so anybody can write one.

use rootcast_offline::store::journal::Event;
use rootcast_offline::store::journal::escrow::{EscrowStep, KeyOrigin};
use rootcast_protocol::digest::Digest;

use super::attempts::{copy, signs};
use super::*;

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<char> = text.chars().collect();
    let byte = |two: &[char]| u8::from_str_radix(&two.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

/// The code of a whole wrapped key, with a check that fits.
fn blob_code(set: &str, bytes: &[u8]) -> String {
    let digest = Digest::of(&[&b"rootcast escrow part v1"[..], &from_hex(set), &[1, 1], bytes].concat());
    format!("RCE1 BLOB {} 1 1 {} {}", set.to_uppercase(), hex(bytes), hex(&digest.as_bytes()[..4]))
}

/// The code of a piece, with a check that fits: the group by 0 or 1.
fn piece_code(set: &str, (group, number): (u8, u8), bytes: &[u8; 32]) -> String {
    let digest = Digest::of(&[&b"rootcast escrow piece v1"[..], &from_hex(set), &[group, number], bytes].concat());
    format!("RCE1 PIECE {} {}{number} {} {}", set.to_uppercase(), group + 1, hex(bytes), hex(&digest.as_bytes()[..4]))
}

/// The digits that a code carries.
fn carried(code: &str) -> Vec<u8> {
    from_hex(code.split(' ').max_by_key(|word| word.len()).unwrap())
}

impl Person {
    /// Types or scans this, and waits until it was said once more.
    pub(super) fn scans_and_hears(&mut self, code: &str, says: &str) {
        let before = self.seat.sentences().matches(says).count();
        self.types(code);
        let begun = Instant::now();
        while self.seat.sentences().matches(says).count() == before {
            let is_over = begun.elapsed() > Duration::from_secs(300) || !self.seat.running.runs();
            assert!(!is_over, "never again {says:?}:\n{}", self.seat.screen());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Whoever slips one page into an envelope does not make people destroy a root in service.
#[test]
fn a_forged_code_of_the_wrapped_key_is_refused_at_once_and_no_key_is_to_be_destroyed() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers().verified();
    signs(&papers.site, "SITE.toml", "first", "root-2026");
    let (set, codes) = (papers.set(), papers.all_codes([(1, 2), (1, 3)]));
    let (right, pieces) = codes.split_last().unwrap();
    let blob = carried(right);
    assert_eq!(blob_code(&set, &blob), *right, "the test makes codes as the pages have them");
    let (cut, mut extended, mut bit) = (&blob[..blob.len() - 8], blob.clone(), blob.clone());
    extended.extend([0; 8]);
    bit[17] ^= 4;
    let forged = [cut, &extended[..], &bit[..]].map(|bytes| blob_code(&set, bytes));
    let says =
        "wrapped key, code 1 of 1 fits itself, but it is not the one that was printed: somebody made another paper";
    let mut person = papers.verify(&[]);
    // Before it is asked for, and after all words were typed.
    person.waits("BOARD piece 1, line 1:");
    forged.iter().for_each(|code| person.scans_and_hears(code, says));
    Papers::scanned(&mut person, pieces);
    person.waits("The wrapped key: scan its codes, or type line 1:");
    forged.iter().for_each(|code| person.scans_and_hears(code, says));
    assert!(!person.seat.sentences().contains("wrapped key, code 1 of 1: right"));
    person.scans_and_hears(right, "wrapped key, code 1 of 1: right");
    person.opened_none();
    let screen = person.ends(0);
    assert!(screen.contains("\"verified\":true"), "{screen}");
    for never in ["Do not sign", "Destroy", "destroy"] {
        assert!(!screen.contains(never), "{never}: {screen}");
    }
}

/// A journal of an earlier program does not know the pieces. A forged one is found when it opens nothing, and what people
/// are told to do depends on whether the key may be in service.
#[test]
fn forged_pieces_that_no_journal_knows_do_not_open_the_wrapped_key_and_a_key_in_use_is_left_alone() {
    let Some(site) = Site::new("ecdsa-p384") else { return };
    let papers = site.papers();
    let (site, set, codes) = (&papers.site, papers.set(), papers.all_codes([(1, 2), (2, 3)]));
    let state = |name: &str| site.scratch.path(name);
    let unknown_pieces = |from: KeyOrigin| {
        let mut changed = 0;
        site.rewrite_journal(|event| {
            let Event::Escrow(record) = event else { return };
            match &mut record.step {
                EscrowStep::Wrapped { pieces, .. } if !pieces.is_empty() => {
                    pieces.clear();
                    changed += 1;
                }
                EscrowStep::Begun { origin, .. } => *origin = from,
                _ => {}
            }
        });
        assert_eq!(changed, 1);
    };
    copy(&state("state"), &state("kept"));
    let (in_use, of_no_use) =
        ("The key in its token is as it was. Destroy neither that key nor any page", "Do not sign with this key");
    let new_pages = "Destroy the pages of this set. The key itself is as it was";
    let mut refused = 0;
    for (is_verified, origin, says) in [
        (false, KeyOrigin::Made, of_no_use),
        (false, KeyOrigin::File, new_pages),
        (true, KeyOrigin::Made, in_use),
        (true, KeyOrigin::File, in_use),
    ] {
        fs::remove_dir_all(state("state")).unwrap();
        copy(&state("kept"), &state("state"));
        if is_verified {
            papers.verified_by_typing([(1, 2), (1, 2)]);
        }
        unknown_pieces(origin);
        for (group, name) in (0..).zip(GROUPS) {
            let of_piece = |code: &&String| code.contains(&format!(" PIECE {} {}2 ", set.to_uppercase(), group + 1));
            let right = codes.iter().find(of_piece).unwrap();
            let bytes: [u8; 32] = carried(right).try_into().unwrap();
            assert_eq!(piece_code(&set, (group, 2), &bytes), *right, "the test makes codes as the pages have them");
            let forged = piece_code(&set, (group, 2), &bytes.map(|byte| byte ^ 0x21));
            let codes: Vec<String> =
                codes.iter().map(|code| if code == right { forged.clone() } else { code.clone() }).collect();
            let mut person = papers.verify(&[]);
            person.waits("BOARD piece 1, line 1:");
            Papers::scanned(&mut person, &codes);
            let screen = person.ends(3);
            let why = format!("KEY-ESCROW: the pieces of {name} do not open the wrapped key");
            assert!(screen.contains(&why) && screen.contains(says), "{name}, {is_verified}, {origin:?}: {screen}");
            for other in [in_use, of_no_use, new_pages].iter().filter(|other| **other != says) {
                assert!(!screen.contains(other), "{other}: {screen}");
            }
            refused += 1;
        }
    }
    assert_eq!(refused, 8);
    assert_eq!(site.objects(), 2, "the key is in its token, and nothing else");
}
