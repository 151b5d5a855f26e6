//! What the journal says of ceremonies, and how it has it in its file.

use super::super::entry::NO_ENTRY;
use super::*;

fn item(sha256: u8, tbs_sha256: Option<u8>) -> ItemRecord {
    ItemRecord {
        kind: FileKind::Crl,
        name: "root.crl".to_owned(),
        sha256: Digest([sha256; 32]),
        tbs_sha256: tbs_sha256.map(|byte| Digest([byte; 32])),
        words: String::new(),
        length: 1,
    }
}

fn bundle(items: Vec<ItemRecord>) -> Event {
    Event::Bundle {
        object: rootcast_protocol::object::ObjectId::of(b"object"),
        length: 1,
        source: NO_ENTRY,
        manifest_number: 1,
        manifest: NO_ENTRY,
        items,
        export_key: None,
        switched_off: Vec::new(),
    }
}

fn used(to_be_signed: u8, signed: u8) -> Event {
    let key_use = KeyUse {
        file: "root.crl".to_owned(),
        to_be_signed: Digest([to_be_signed; 32]),
        scheme: "ecdsa-p384-sha384".to_owned(),
        signature: None,
        signed: Some(Digest([signed; 32]).to_string()),
        outcome: KeyUseOutcome::ReadBack,
        named: None,
    };
    Event::KeyUsed { ceremony: CeremonyRecord::default(), key_use }
}

fn ended(items: Vec<ItemRecord>) -> Event {
    let (ceremony, number) = (CeremonyRecord::default(), None);
    Event::CeremonyEnded { ceremony, number, released: true, ended: CeremonyEnd::Released, items }
}

/// As earlier versions wrote an item, member by member.
#[test]
fn the_kind_of_a_stored_item_is_read_and_written_as_it_was() {
    let line = |kind: &str| {
        let (sha256, tbs) = (Digest([1; 32]), Digest([2; 32]));
        format!(
            "{{\"kind\":\"{kind}\",\"name\":\"root.crl\",\"sha256\":\"{sha256}\",\"tbs_sha256\":\"{tbs}\",\"words\":\"\",\"length\":1}}"
        )
    };
    for (text, kind) in [("crl", FileKind::Crl), ("certificate", FileKind::Certificate), ("unknown", FileKind::Unknown)]
    {
        let read: ItemRecord = serde_json::from_str(&line(text)).unwrap();
        assert_eq!(read, ItemRecord { kind, ..item(1, Some(2)) });
        assert_eq!(serde_json::to_string(&read).unwrap(), line(text));
        assert_eq!(kind.to_string(), text, "as the text of the journal shows it");
    }
    assert!(serde_json::from_str::<ItemRecord>(&line("CRL")).is_err());
}

/// The CRL among what was released is found by its kind, whatever its file is called, and only for its key.
#[test]
fn a_released_crl_is_found_by_its_kind_and_its_key() {
    let key = Digest([7; 32]);
    let ceremony = CeremonyRecord { public_key: Some(key), ..CeremonyRecord::default() };
    let certificate = ItemRecord { kind: FileKind::Certificate, name: "root.crl".to_owned(), ..item(1, None) };
    let crl = ItemRecord { name: "crl.crt".to_owned(), ..item(2, None) };
    let (number, ended, released) = (Some("42".to_owned()), CeremonyEnd::Released, true);
    let end = |items| Event::CeremonyEnded {
        ceremony: ceremony.clone(),
        number: number.clone(),
        released,
        ended: ended.clone(),
        items,
    };
    let chain = Chain::of_events(vec![end(vec![certificate.clone(), crl]), end(vec![certificate])]);
    let found: Vec<_> = chain.released_crls(&key).into_iter().map(|crl| (crl.number, crl.file)).collect();
    assert_eq!(found, [(42_u64.into(), "crl.crt".to_owned())]);
    assert_eq!((chain.released_crls(&NO_ENTRY), chain.burned_number(&key)), (Vec::new(), Some(42_u64.into())));
}

/// A digest that was not known is an empty text in the journal. It is none of any ceremony or key, also not of the one
/// with zeros.
#[test]
fn what_was_not_known_of_a_ceremony_is_an_empty_text_and_fits_no_other() {
    let known = CeremonyRecord { rehearsal: Some(Digest([9; 32])), ..CeremonyRecord::default() };
    let text = serde_json::to_string(&known).unwrap();
    let nine = Digest([9; 32]);
    assert_eq!(
        text,
        format!(
            "{{\"request\":\"\",\"rehearsal\":\"{nine}\",\"people\":[],\"key\":\"\",\"public_key\":\"\",\"token_serial\":null}}"
        )
    );
    assert_eq!(serde_json::from_str::<CeremonyRecord>(&text).unwrap(), known);
    assert!(serde_json::from_str::<CeremonyRecord>(&text.replacen("09", "", 1)).is_err());
    let burned = |ceremony| Event::NumberBurned {
        ceremony,
        number: Some("1".to_owned()),
        objects: Vec::new(),
        abandoned: Vec::new(),
    };
    let chain = Chain::of_events(vec![burned(known), burned(CeremonyRecord::default())]);
    assert!(chain.burning(&nine).is_some() && chain.burning(&NO_ENTRY).is_none() && !chain.knows_key(&NO_ENTRY));
    assert_eq!((chain.burned_number(&NO_ENTRY), chain.ended_ceremonies().count()), (None, 0));
}

/// Another file of the same content is the same CRL: once that left, the content may have arrived.
#[test]
fn content_has_left_with_whichever_file() {
    let chain = Chain::of_events(vec![bundle(vec![item(1, Some(10)), item(2, None)])]);
    let [same, other] = [Digest([10; 32]), Digest([11; 32])];
    assert!(chain.has_left(&Digest([1; 32]), None));
    assert!(chain.has_left(&Digest([9; 32]), Some(&same)), "another file of the content that left");
    assert!(!chain.has_left(&Digest([9; 32]), Some(&other)));
    // An entry of an earlier version has no digest of the content: nothing else is taken for it.
    assert!(chain.has_left(&Digest([2; 32]), Some(&other)) && !chain.has_left(&Digest([9; 32]), None));
}

#[test]
fn what_was_released_of_a_content_counts_and_else_what_the_key_signed() {
    let files = |events| Chain::of_events(events).signed_files();
    let only = |file: u8| BTreeSet::from([Digest([file; 32])]);
    // Entries of an earlier version do not say the content of what was released.
    for released in [item(1, None), item(1, Some(10))] {
        let found = files(vec![used(10, 2), used(10, 1), ended(vec![released]), used(11, 3)]);
        assert_eq!((&found[&Digest([10; 32])], &found[&Digest([11; 32])]), (&only(1), &only(3)));
    }
    assert_eq!(files(vec![used(10, 1), used(10, 2)])[&Digest([10; 32])].len(), 2);
}
