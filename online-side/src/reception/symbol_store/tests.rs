//! What is kept, what is not, and what is there after a restart.

use super::{Attempts, Kept, SymbolFile};
use rootcast_protocol::esi::Esi;
use rootcast_protocol::object::Object;

fn object() -> Object {
    Object::new(&[7; 1000]).unwrap()
}

fn esi(value: u32) -> Esi {
    Esi::new(value).unwrap()
}

#[test]
fn symbols_their_links_and_frames_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = SymbolFile::open(folder.path(), object()).unwrap();
    file.next_frame();
    assert_eq!(file.keep(Esi::ZERO, &[1; 176], "serial:a", 5).unwrap(), Kept::New);
    assert_eq!(file.keep(esi(1), &[2; 176], "serial:a", 5).unwrap(), Kept::New);
    file.next_frame();
    assert_eq!(file.keep(esi(9), &[2; 176], "qr:b", 6).unwrap(), Kept::New);
    let attempts = Attempts { next: 12, wrong_digests: 3, fruitless: 4, laborious: 5 };
    file.note_attempts(attempts, 6).unwrap();
    drop(file);
    let mut file = SymbolFile::open(folder.path(), object()).unwrap();
    assert_eq!((file.count(), file.links()), (3, ["serial:a".to_owned(), "qr:b".to_owned()].as_slice()));
    assert_eq!(file.attempts(), attempts);
    file.next_frame();
    assert_eq!(file.keep(Esi::ZERO, &[1; 176], "qr:b", 7).unwrap(), Kept::Known);
    assert_eq!(file.keep(Esi::ZERO, &[3; 176], "qr:b", 7).unwrap(), Kept::Contradicting);
    let back = file.read(file.kept()).unwrap();
    let found: Vec<_> = back.iter().map(|(s, bytes)| (s.esi.get(), s.link, s.time, bytes[0])).collect();
    assert_eq!(found, [(0, 0, 5, 1), (1, 0, 5, 2), (9, 1, 6, 2), (0, 1, 7, 3)]);
    let frames: Vec<u32> = back.iter().map(|(s, _)| s.frame).collect();
    assert!(frames[0] == frames[1] && frames[1] != frames[2] && frames[2] != frames[3], "{frames:?}");
    assert_eq!(SymbolFile::list(folder.path()).unwrap(), [object()]);
}

#[test]
fn a_torn_last_record_loses_only_itself() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = SymbolFile::open(folder.path(), object()).unwrap();
    for number in 0..3 {
        file.keep(esi(number), &[4; 176], "x", 0).unwrap();
    }
    let path = file.path.clone();
    drop(file);
    let whole = std::fs::read(&path).unwrap();
    for cut in 1..190 {
        std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let mut file = SymbolFile::open(folder.path(), object()).unwrap();
        assert_eq!(file.count(), 2, "cut {cut}");
        assert_eq!(file.keep(esi(2), &[4; 176], "x", 0).unwrap(), Kept::New);
        drop(file);
        assert_eq!(SymbolFile::open(folder.path(), object()).unwrap().count(), 3, "cut {cut}");
    }
}

#[test]
fn a_file_of_garbage_starts_anew() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}-1000.sym", object().id);
    std::fs::write(folder.path().join(name), [0x55; 4096]).unwrap();
    assert_eq!(SymbolFile::open(folder.path(), object()).unwrap().count(), 0);
}

#[test]
fn a_file_of_many_records_is_read_in_pieces_and_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let object = Object::new(&vec![7; 176 * 300]).unwrap();
    let mut file = SymbolFile::open(folder.path(), object).unwrap();
    for number in 0..256 {
        file.keep(esi(number), &[number.to_le_bytes()[0]; 176], "x", 0).unwrap();
    }
    drop(file);
    let file = SymbolFile::open(folder.path(), object).unwrap();
    let mut wanted = file.kept().to_vec();
    wanted.swap(3, 200);
    let read = file.read(&wanted).unwrap();
    assert_eq!(read.len(), 256);
    assert!(read.iter().all(|(symbol, bytes)| bytes[7] == symbol.esi.get().to_le_bytes()[0]));
}

// "Known" used to rest on the CRC-32C alone, which anybody can make come out for other bytes: a forged symbol with the
// true one's checksum kept the true one out on every link.
#[test]
fn a_symbol_with_the_checksum_of_another_is_not_taken_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = SymbolFile::open(folder.path(), object()).unwrap();
    let honest = [0x11; 176];
    // The polynomial of CRC-32C, highest power first, laid over a symbol changes nothing in its checksum.
    let mut forged = honest;
    for bit in (0..33).filter(|bit| 0x1_1edc_6f41_u64 >> (32 - bit) & 1 == 1) {
        forged[40 + bit / 8] ^= 1 << (bit % 8);
    }
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);
    assert_eq!(crc.checksum(&forged), crc.checksum(&honest), "the fault was meant to be injected");
    assert_eq!(file.keep(Esi::ZERO, &forged, "hostile", 0).unwrap(), Kept::New);
    assert_eq!(file.keep(Esi::ZERO, &honest, "honest", 0).unwrap(), Kept::Contradicting);
}

// Four forged variants of an id used to keep the true one out on every link.
#[test]
fn forged_variants_on_one_link_leave_room_for_another_link() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = SymbolFile::open(folder.path(), object()).unwrap();
    for forged in 0..10 {
        file.keep(Esi::ZERO, &[forged; 176], "hostile", 0).unwrap();
    }
    assert_eq!(file.kept_count(), 4);
    assert_eq!(file.keep(Esi::ZERO, &[0xaa; 176], "honest", 0).unwrap(), Kept::Contradicting);
    // Nor does the share of one link fill that of another.
    for number in 1..500 {
        file.keep(esi(number), &[1; 176], "hostile", 0).unwrap();
    }
    let object = object();
    assert!(file.kept_count() <= 3 * object.source_symbols() + 64 + 1);
    for number in 1..=object.source_symbols() + 2 {
        assert_eq!(file.keep(esi(number), &[2; 176], "honest", 0).unwrap(), Kept::Contradicting);
    }
}

#[test]
fn symbols_that_cannot_be_written_are_not_kept_and_come_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = SymbolFile::open(folder.path(), object()).unwrap();
    assert_eq!(file.keep(Esi::ZERO, &[1; 176], "first", 0).unwrap(), Kept::New);
    let writable = file.file.clone();
    file.file = std::sync::Arc::new(std::fs::File::open(&file.path).unwrap());
    let frame = [(Esi::ZERO, [7; 176]), (esi(1), [2; 176])];
    let mut frame = frame.iter().map(|(esi, symbol)| (*esi, symbol.as_slice()));
    let mut results = Vec::new();
    let refused = file.keep_all(&mut frame, "second", 0, |kept| results.push(kept));
    assert!(refused.is_err() && results == [Kept::Contradicting, Kept::New], "{refused:?} {results:?}");
    assert_eq!((file.count(), file.kept_count(), file.links()), (1, 1, ["first".to_owned()].as_slice()));
    file.file = writable;
    assert_eq!(file.keep(Esi::ZERO, &[1; 176], "second", 0).unwrap(), Kept::Known);
    assert_eq!(file.keep(esi(1), &[2; 176], "second", 0).unwrap(), Kept::New);
    drop(file);
    let file = SymbolFile::open(folder.path(), object()).unwrap();
    let back = file.read(file.kept()).unwrap();
    let found: Vec<_> = back.iter().map(|(s, bytes)| (s.esi.get(), s.link, bytes[0])).collect();
    assert_eq!(found, [(0, 0, 1), (1, 1, 2)]);
}

#[test]
fn all_source_symbols_are_the_object_in_whatever_order_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let bytes: Vec<u8> = (0..1000_u32).map(|place| (place % 251).to_le_bytes()[0]).collect();
    let object = Object::new(&bytes).unwrap();
    let mut file = SymbolFile::open(folder.path(), object).unwrap();
    for number in [3, 0, 5, 1, 4, 2] {
        assert_eq!(file.read_source(file.kept()).unwrap(), None);
        let symbol = rootcast_protocol::fec::source_symbol(&object, &bytes, esi(number)).unwrap();
        file.keep(esi(number), &symbol, "x", 0).unwrap();
    }
    assert_eq!(file.read_source(file.kept()).unwrap(), Some(bytes));
    // A record that the disk changed is no symbol.
    let path = file.path.clone();
    let mut changed = std::fs::read(&path).unwrap();
    *changed.last_mut().unwrap() ^= 1;
    std::fs::write(&path, changed).unwrap();
    assert_eq!(file.read_source(file.kept()).unwrap(), None);
}
