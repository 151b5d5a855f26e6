//! FLUTE (RFC 6726) by the crate `flute`, beside which our links are measured: an object from one thread to another, its
//! packets over no socket. That leaves out what the kernel costs ours.

use std::rc::Rc;
use std::sync::mpsc::sync_channel;
use std::time::{Instant, SystemTime};

use flute::core::{Oti, UDPEndpoint};
use flute::receiver::MultiReceiver;
use flute::receiver::writer::ObjectWriterBufferBuilder;
use flute::sender::{Config, ObjectDesc, Sender, TransferConfig};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::seeds::Chance;

/// Bytes of a symbol: one a packet, as many as in a frame of ours.
const SYMBOL: u16 = 1_408;
/// Packets that are handed over together.
const TOGETHER: usize = 64;

/// Mbit/s of an object of `size` bytes, from its first packet to its right MD5. With RaptorQ in blocks of 1,000 symbols and
/// 5 % of repair symbols, or without a code.
pub(crate) fn goodput(size: usize, fec: bool) -> f64 {
    let scratch = Scratch::new();
    let bytes = Chance::new(30).bytes(size);
    let file = scratch.file("object", &bytes);
    let endpoint = UDPEndpoint::new(None, "224.0.0.77".to_owned(), 4_200);
    let (full, taken) = sync_channel::<Vec<Vec<u8>>>(16);
    std::thread::scope(|scope| {
        let to = endpoint.clone();
        scope.spawn(move || {
            let oti = if fec { Oti::new_raptorq(SYMBOL, 1_000, 50, 1, 8) } else { Ok(Oti::new_no_code(SYMBOL, 1_000)) };
            let mut sender = Sender::new(to, 1, &oti.expect("parameters"), &Config::default());
            let transfer = TransferConfig::default();
            let object = ObjectDesc::create_from_file(&file, None, "application/pkix-crl", true, true, transfer);
            sender.add_object(0, object.expect("an object")).expect("added");
            sender.publish(SystemTime::now()).expect("published");
            loop {
                let packets: Vec<_> = std::iter::from_fn(|| sender.read(SystemTime::now())).take(TOGETHER).collect();
                if packets.is_empty() || full.send(packets).is_err() {
                    return;
                }
            }
        });
        let objects = Rc::new(ObjectWriterBufferBuilder::new(true));
        let mut receiver = MultiReceiver::new(objects.clone(), None, false);
        let mut begun = None;
        for packet in taken.iter().flatten() {
            begun.get_or_insert_with(Instant::now);
            receiver.push(&endpoint, &packet, SystemTime::now()).expect("a packet");
            if objects.objects.borrow().first().is_some_and(|object| object.borrow().complete) {
                break;
            }
        }
        let took = begun.expect("a packet").elapsed().as_secs_f64();
        let objects = objects.objects.borrow();
        assert!(objects[0].borrow().complete && objects[0].borrow().data == bytes, "FLUTE did not bring the object");
        size as f64 * 8e-6 / took
    })
}
