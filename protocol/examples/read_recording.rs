//! Reads a recording frame by frame, and puts the object together that its frames carry.
//!
//! ```console
//! $ cargo run -p rootcast-protocol --example read_recording -- protocol/examples/recording.bin
//! ```
//!
//! That recording was made with `rootcast-offline send --link file:recording.bin root.crl`, of the
//! CRL in `pki/examples`. The example prints one line for each frame and, once there are enough
//! symbols, the items of the bundle.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Read as _;

use rootcast_protocol::bundle::Bundle;
use rootcast_protocol::cobs::Piece;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::fec;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::object::Object;
use rootcast_protocol::recording::Splitter;
use rootcast_protocol::words;

/// The symbols that were read of each object.
type Symbols = BTreeMap<Object, BTreeMap<Esi, Vec<u8>>>;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: read_recording FILE")?;
    let mut file = std::fs::File::open(path)?;
    let mut objects = Symbols::new();
    let mut splitter = Splitter::new();
    let mut part = [0; 4096];
    loop {
        // A recording is read in parts of any size: it may be larger than the memory.
        let length = file.read(&mut part)?;
        if length == 0 {
            break;
        }
        splitter.push(part.get(..length).unwrap_or_default(), &mut |piece| read_piece(&piece, &mut objects));
    }
    splitter.finish(&mut |piece| read_piece(&piece, &mut objects));
    for (object, symbols) in objects {
        let (received, needed) = (symbols.len(), object.source_symbols());
        println!("object {}: {received} different symbols, {needed} in the object", object.id);
        // What the code gives is a candidate: only its digest shows that it is the object.
        match fec::decode(&object, symbols)?.filter(|bytes| object.matches(bytes)) {
            Some(bytes) => print_items(&Bundle::parse(&bytes)?),
            None => println!("  more frames are needed"),
        }
    }
    Ok(())
}

fn read_piece(piece: &Piece<'_>, objects: &mut Symbols) {
    match piece {
        Piece::Damaged { bytes } => println!("{bytes} damaged bytes"),
        Piece::Frame(bytes) => match Frame::parse(bytes) {
            Ok(frame) => {
                println!("frame of object {}: {} symbols from {} on", frame.object.id, frame.count, frame.first);
                let symbols = objects.entry(frame.object).or_default();
                symbols.extend(frame.symbols().map(|(esi, symbol)| (esi, symbol.to_vec())));
            }
            // A beacon, a frame with a MAC, a frame of a later version, or a damaged one.
            Err(error) => println!("another frame: {error}"),
        },
    }
}

fn print_items(bundle: &Bundle) {
    println!("  manifest {} of {}", bundle.manifest.number, bundle.manifest.source);
    for item in &bundle.manifest.items {
        println!("  {}: {} bytes, {}", item.name, item.length, words::spell(item.sha256.as_bytes(), words::SHORT));
    }
}
