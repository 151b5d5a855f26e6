//! A token of another maker. It has RFC 5649 under a number that this program cannot name, and wraps in CBC mode instead. The
//! RSA key here has 3,072 bits, and not the 4,096 of the test with SoftHSM.

use super::*;

#[test]
fn a_token_without_key_wrap_that_can_be_named_wraps_in_cbc_mode() {
    for kind in ["ecdsa-p384", "ecdsa-p521", "rsa-3072"] {
        let Some(tokens) = SoftTokens::of_kryoptic() else { return };
        let Some(site) = Site::of(tokens, kind) else { return };
        let papers = site.papers();
        let text = &papers.texts[&("OPERATIONS", 3)];
        assert!(text.contains("openssl enc -d -aes-256-cbc -K $A -iv 00000000000000000000000000000000"), "{text}");
        // openssl alone, and the program into a second token of this maker.
        let pieces = papers.all_pieces([(1, 3), (2, 3)]);
        let (said, wrong) = papers.follow_the_recipe(&pieces);
        assert!(said.contains(&papers.pinned), "{kind}: {said}{wrong}");
        let mut swapped = pieces.clone();
        swapped.swap(0, 3);
        let (said, _) = papers.follow_the_recipe(&swapped);
        assert!(!said.contains(&papers.pinned), "{kind}");
        papers.verified_by_typing([(1, 3), (2, 3)]);
        papers.site.program(&["journal", "show"]).exits(0).says("key wrapped by CKM_AES_CBC_PAD");
        let rehearse = ["ceremony", "rehearse", "--site", "SITE.toml", "first.toml", "-o", "first"];
        papers.site.program(&rehearse).exits(0).says("was restored from its pages");
        let mut person = Person::at(&papers.sign("first"));
        person.pin("root-2026");
        person.ends(0);
    }
}

#[test]
fn a_key_that_was_wrapped_in_another_way_is_refused_before_anybody_types() {
    let (Some(tokens), Some(other)) = (SoftTokens::of_kryoptic(), SoftTokens::new()) else { return };
    let Some(site) = Site::of(tokens, "ecdsa-p384") else { return };
    let papers = site.papers();
    let serial = other.make("other");
    let text = format!(
        "[key]\nmodule = {:?}\ntoken_label = \"other\"\ntoken_serial = \"{serial}\"\nkey_label = \"root key\"\n\
         [approvals]\nrequired = 0\n",
        other.module()
    );
    papers.site.scratch.file("OTHER.toml", text);
    let verify = papers.site.program(&["escrow", "verify", "--site", "OTHER.toml"]);
    let mut person = Person::at(&other.seen_by(verify));
    person.pin("other");
    let screen = person.ends(2);
    assert!(
        screen.contains("the token has no mechanism to wrap a key for escrow; it needs CKM_AES_CBC_PAD"),
        "{screen}"
    );
    assert!(!screen.contains("piece 1, line 1"), "{screen}");
}
