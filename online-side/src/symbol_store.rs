//! Symbols on disk: what was received stays, whatever ends the run.
//!
//! One file an object, `STATE/symbols/<object id>-<length>.sym`, appended to and never rewritten:
//!
//! | bytes | meaning |
//! |---|---|
//! | 8 | `RCSYM\x00\x00\x01` |
//! | 4 + 8 + 2 + T + 4, repeated | ESI, time received (Unix seconds), link, the symbol, CRC-32C over these; big-endian |
//!
//! A record with ESI 2^32-1 names a link: its symbol is the name, padded with zeros. A torn last record (power cut,
//! full disk) is cut off when the file is opened. Must not: decide what is kept, or trust a symbol.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use crc::{CRC_32_ISCSI, Crc, Table};
use rootcast_host::disk::DiskError;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};

use crate::limits::VARIANTS_MAX;

const MAGIC: &[u8; 8] = b"RCSYM\x00\x00\x01";
const LINK_NAME_ESI: u32 = u32::MAX;
const HEAD_SIZE: usize = 4 + 8 + 2;
const CRC_SIZE: usize = 4;

static CRC_32C: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// One symbol as it was received.
#[derive(Debug, Clone, Copy)]
pub struct StoredSymbol<'a> {
    /// Which encoding symbol it claims to be.
    pub esi: Esi,
    /// When it came, Unix seconds.
    pub time: i64,
    /// Index of the link it came by, see [`SymbolFile::links`].
    pub link: u16,
    /// Its bytes.
    pub symbol: &'a [u8],
}

/// The symbols of one object.
#[derive(Debug)]
pub struct SymbolFile {
    path: PathBuf,
    file: File,
    object: Object,
    length: u64,
    /// CRCs of the symbols kept for each ESI: more than one where they contradict each other.
    kept: HashMap<Esi, Vec<u32>>,
    /// Symbols kept in all.
    records: u32,
    links: Vec<String>,
}

/// What became of a symbol offered to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is new and on disk.
    New,
    /// The same symbol was there.
    Known,
    /// It is on disk, beside another symbol with this ESI: one of the two is false.
    Contradicting,
    /// As many contradicting symbols with this ESI are there as are kept.
    TooMany,
}

impl SymbolFile {
    /// Opens the file of `object` below `folder`, or creates it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn open(folder: &Path, object: Object) -> Result<Self, DiskError> {
        let path = folder.join(format!("{}-{}.sym", object.id, object.length.get()));
        let error = |doing| {
            let path = path.clone();
            move |e| DiskError { doing, path, source: e }
        };
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(error("open"))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(error("read"))?;
        let mut store =
            Self { path: path.clone(), file, object, length: 0, kept: HashMap::new(), records: 0, links: Vec::new() };
        store.length = store.index(&bytes);
        if store.length != u64::try_from(bytes.len()).unwrap_or(0) || store.length == 0 {
            store.file.set_len(store.length).map_err(error("cut"))?;
        }
        if store.length == 0 {
            store.file.write_all(MAGIC).map_err(error("write"))?;
            store.length = MAGIC.len() as u64;
        }
        Ok(store)
    }

    /// The objects with a symbol file below `folder`, and the paths of files there that are none.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn list(folder: &Path) -> Result<Vec<Object>, DiskError> {
        let error = |e| DiskError::new("list", folder, e);
        let mut objects = Vec::new();
        for entry in fs::read_dir(folder).map_err(error)? {
            let name = entry.map_err(error)?.file_name();
            if let Some(object) = name.to_str().and_then(object_of_file_name) {
                objects.push(object);
            }
        }
        objects.sort_unstable();
        Ok(objects)
    }

    /// Reads the records in `bytes`; returns how many bytes of them are whole.
    fn index(&mut self, bytes: &[u8]) -> u64 {
        let Some(mut rest) = bytes.strip_prefix(MAGIC.as_slice()) else { return 0 };
        while let Some((record, after)) = split_record(rest, self.symbol_size()) {
            if let Some(esi) = Esi::new(record.esi) {
                self.kept.entry(esi).or_default().push(CRC_32C.checksum(record.symbol));
                self.records = self.records.saturating_add(1);
            } else if record.esi == LINK_NAME_ESI {
                let name: Vec<u8> = record.symbol.iter().copied().take_while(|b| *b != 0).collect();
                self.links.push(String::from_utf8_lossy(&name).into_owned());
            }
            rest = after;
        }
        (bytes.len() - rest.len()) as u64
    }

    fn symbol_size(&self) -> usize {
        usize::from(self.object.symbol_size().get())
    }

    /// Keeps a symbol, also where another with its ESI is there: the first to come need not be the true one.
    ///
    /// # Errors
    /// When it cannot be written; what was there stays readable.
    pub fn keep(&mut self, esi: Esi, symbol: &[u8], link: &str, time: i64) -> Result<Kept, DiskError> {
        let crc = CRC_32C.checksum(symbol);
        let others = match self.kept.get(&esi) {
            Some(known) if known.contains(&crc) => return Ok(Kept::Known),
            Some(known) if known.len() >= VARIANTS_MAX => return Ok(Kept::TooMany),
            Some(_) => true,
            None => false,
        };
        let link = self.link_index(link, time)?;
        self.append(esi.get(), time, link, symbol)?;
        self.kept.entry(esi).or_default().push(crc);
        self.records = self.records.saturating_add(1);
        Ok(if others { Kept::Contradicting } else { Kept::New })
    }

    fn link_index(&mut self, link: &str, time: i64) -> Result<u16, DiskError> {
        let size = self.symbol_size();
        let name: String = link.chars().filter(|c| *c != '\0').collect();
        let name = name.as_bytes().get(..size).unwrap_or(name.as_bytes()).to_vec();
        let text = String::from_utf8_lossy(&name).into_owned();
        let index = match self.links.iter().position(|known| *known == text) {
            Some(index) => index,
            None => {
                let mut symbol = name;
                symbol.resize(size, 0);
                self.append(LINK_NAME_ESI, time, u16::MAX, &symbol)?;
                self.links.push(text);
                self.links.len() - 1
            }
        };
        Ok(u16::try_from(index).unwrap_or(u16::MAX))
    }

    fn append(&mut self, esi: u32, time: i64, link: u16, symbol: &[u8]) -> Result<(), DiskError> {
        let mut record = Vec::with_capacity(HEAD_SIZE + symbol.len() + CRC_SIZE);
        record.extend_from_slice(&esi.to_be_bytes());
        record.extend_from_slice(&time.to_be_bytes());
        record.extend_from_slice(&link.to_be_bytes());
        record.extend_from_slice(symbol);
        record.extend_from_slice(&CRC_32C.checksum(&record).to_be_bytes());
        if let Err(error) = self.file.write_all(&record) {
            // Half a record would hide every later one; what was whole before stays.
            let _ = self.file.set_len(self.length);
            return Err(DiskError::new("append to", &self.path, error));
        }
        self.length += record.len() as u64;
        Ok(())
    }

    /// How many different symbols are kept.
    #[must_use]
    pub fn count(&self) -> u32 {
        u32::try_from(self.kept.len()).unwrap_or(u32::MAX)
    }

    /// How many symbols are kept, contradicting ones included.
    #[must_use]
    pub fn records(&self) -> u32 {
        self.records
    }

    /// Bytes on disk.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.length
    }

    /// Names of the links the symbols came by, in the order in which each was first heard.
    #[must_use]
    pub fn links(&self) -> &[String] {
        &self.links
    }

    /// Everything kept, read back from the disk: hand it to [`symbols`].
    ///
    /// # Errors
    /// What the disk says.
    pub fn read(&self) -> Result<Vec<u8>, DiskError> {
        fs::read(&self.path).map_err(|e| DiskError::new("read", &self.path, e))
    }

    /// Waits until everything kept is on the disk.
    ///
    /// # Errors
    /// What the disk says.
    pub fn sync(&self) -> Result<(), DiskError> {
        self.file.sync_data().map_err(|e| DiskError::new("sync", &self.path, e))
    }

    /// Removes the file: the object was judged, or had to make room.
    ///
    /// # Errors
    /// What the disk says.
    pub fn remove(self) -> Result<(), DiskError> {
        fs::remove_file(&self.path).map_err(|e| DiskError::new("remove", &self.path, e))
    }
}

/// The symbols in the bytes of a symbol file, in the order in which they came.
pub fn symbols<'a>(bytes: &'a [u8], object: &Object) -> impl Iterator<Item = StoredSymbol<'a>> + use<'a> {
    let size = usize::from(object.symbol_size().get());
    let mut rest = bytes.strip_prefix(MAGIC.as_slice()).unwrap_or_default();
    std::iter::from_fn(move || {
        let (record, after) = split_record(rest, size)?;
        rest = after;
        Some(record)
    })
    .filter_map(|record| {
        let esi = Esi::new(record.esi)?;
        Some(StoredSymbol { esi, time: record.time, link: record.link, symbol: record.symbol })
    })
}

struct Record<'a> {
    esi: u32,
    time: i64,
    link: u16,
    symbol: &'a [u8],
}

/// The first record of `bytes` and what follows, if it is whole.
fn split_record(bytes: &[u8], symbol_size: usize) -> Option<(Record<'_>, &[u8])> {
    let (body, rest) = bytes.split_at_checked(HEAD_SIZE + symbol_size)?;
    let (crc, rest) = rest.split_first_chunk::<CRC_SIZE>()?;
    if CRC_32C.checksum(body) != u32::from_be_bytes(*crc) {
        return None;
    }
    let (esi, body) = body.split_first_chunk::<4>()?;
    let (time, body) = body.split_first_chunk::<8>()?;
    let (link, symbol) = body.split_first_chunk::<2>()?;
    let record = Record {
        esi: u32::from_be_bytes(*esi),
        time: i64::from_be_bytes(*time),
        link: u16::from_be_bytes(*link),
        symbol,
    };
    Some((record, rest))
}

fn object_of_file_name(name: &str) -> Option<Object> {
    let (id, length) = name.strip_suffix(".sym")?.split_once('-')?;
    let id: ObjectId = id.parse().ok()?;
    let length = ObjectLength::new(length.parse().ok()?).ok()?;
    Some(Object { id, length })
}

#[cfg(test)]
mod tests {
    use super::{Kept, SymbolFile, symbols};
    use rootcast_protocol::esi::Esi;
    use rootcast_protocol::object::Object;

    fn object() -> Object {
        Object::of(&[7; 1000]).unwrap()
    }

    #[test]
    fn symbols_and_their_links_are_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = SymbolFile::open(folder.path(), object()).unwrap();
        assert_eq!(file.keep(Esi::ZERO, &[1; 176], "serial:a", 5).unwrap(), Kept::New);
        assert_eq!(file.keep(Esi::ZERO.wrapping_add(9), &[2; 176], "qr:b", 6).unwrap(), Kept::New);
        drop(file);
        let mut file = SymbolFile::open(folder.path(), object()).unwrap();
        assert_eq!((file.count(), file.links()), (2, ["serial:a".to_owned(), "qr:b".to_owned()].as_slice()));
        assert_eq!(file.keep(Esi::ZERO, &[1; 176], "qr:b", 7).unwrap(), Kept::Known);
        assert_eq!(file.keep(Esi::ZERO, &[3; 176], "qr:b", 7).unwrap(), Kept::Contradicting);
        let bytes = file.read().unwrap();
        let back: Vec<_> = symbols(&bytes, &object()).map(|s| (s.esi.get(), s.link, s.symbol[0])).collect();
        assert_eq!(back, [(0, 0, 1), (9, 1, 2), (0, 1, 3)]);
        assert_eq!(SymbolFile::list(folder.path()).unwrap(), [object()]);
    }

    #[test]
    fn a_torn_last_record_loses_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = SymbolFile::open(folder.path(), object()).unwrap();
        for esi in 0..3 {
            file.keep(Esi::ZERO.wrapping_add(esi), &[4; 176], "x", 0).unwrap();
        }
        let path = file.path.clone();
        drop(file);
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..190 {
            std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
            let mut file = SymbolFile::open(folder.path(), object()).unwrap();
            assert_eq!(file.count(), 2, "cut {cut}");
            assert_eq!(file.keep(Esi::ZERO.wrapping_add(2), &[4; 176], "x", 0).unwrap(), Kept::New);
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
}
