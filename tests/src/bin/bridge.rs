//! A bad wire between two interfaces of one network namespace: loses, doubles, moves, flips, cuts and makes up frames.
//!
//! ```text
//! rootcast-bridge relay IN OUT seed=N loss=0.1 burst=0.001 recover=0.1 double=0.01 …   frames one way, until standard input ends
//!                                                    ledger=1: also what was sent until a receiver could have enough
//! rootcast-bridge flood OUT foreign|other|unknown|pairs|storm SECONDS [FRAMES]         as many frames as it can, for so long,
//!                                                                                      and until so many were sent
//! rootcast-bridge sink IN                            counts what comes, and does nothing with it, until standard input ends
//! rootcast-bridge datagrams OUT GROUP PORT           UDP datagrams in every form that IP allows, and in some that it does not
//! ```
//!
//! At its end it writes what it did to standard output, as JSON. Must not: carry anything from OUT to IN.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a harness fails loudly"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{IoSlice, IoSliceMut, Read};
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg};
use rootcast_host::interface::Interface;
use rootcast_protocol::datagram;
use rootcast_protocol::esi::Esi;
use rootcast_protocol::frame::Frame;
use rootcast_protocol::object::{Object, ObjectId, ObjectLength};
use rootcast_tests::seeds::Chance;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{
    AddressFamily, MMsgHdr, Protocol, RawProtocol, RecvFlags, SendAncillaryBuffer, SendFlags, SocketFlags, SocketType,
    recv, send, sendmmsg, socket_with,
};

/// Bytes of an Ethernet II header.
const HEADER: usize = 14;
/// Every protocol (`ETH_P_ALL`, linux/if_ether.h).
const ALL: u16 = 3;

const USAGE: &str = "Usage: rootcast-bridge relay IN OUT [name=number …]
       rootcast-bridge flood OUT KIND SECONDS [FRAMES]
       rootcast-bridge sink IN
       rootcast-bridge datagrams OUT GROUP PORT

A simulated wire between two network interfaces, for tests. It needs root.";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["relay", from, to, options @ ..] => relay(from, to, &options_of(options)),
        ["flood", to, kind, seconds] => flood(to, kind, Duration::from_secs_f64(seconds.parse().unwrap()), 0),
        ["flood", to, kind, seconds, frames] => {
            flood(to, kind, Duration::from_secs_f64(seconds.parse().unwrap()), frames.parse().unwrap());
        }
        ["--help" | "-h"] => println!("{USAGE}"),
        ["sink", from] => sink(from),
        ["datagrams", to, group, port] => datagrams(to, group.parse().unwrap(), port.parse().unwrap()),
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    }
}

fn options_of(words: &[&str]) -> BTreeMap<String, f64> {
    let option = |word: &&str| word.split_once('=').map(|(name, value)| (name.to_owned(), value.parse().unwrap()));
    words.iter().map(|word| option(word).expect("name=number")).collect()
}

/// A packet socket on `interface` that receives `protocol`, or nothing.
fn socket(interface: &str, protocol: u16) -> OwnedFd {
    let protocol = RawProtocol::new(u32::from(protocol.to_be())).map(Protocol::from_raw);
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::PACKET, SocketType::RAW, flags, protocol).expect("a packet socket");
    Interface::find(interface).expect(interface).bind(&socket).expect("bound");
    socket
}

/// Sends a frame; a full queue is waited for, and a frame that is too long for the interface is dropped by it.
fn put(socket: &OwnedFd, frame: &[u8]) {
    for _ in 0..10_000 {
        match send(socket, frame, SendFlags::DONTWAIT) {
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::NOBUFS) => std::thread::sleep(Duration::from_micros(100)),
            _ => return,
        }
    }
}

fn tell(counts: &BTreeMap<&str, u64>) {
    println!("{}", serde_json::to_string(counts).unwrap());
}

/// Becomes true when standard input ends.
fn ended_by_input() -> Arc<AtomicBool> {
    let ended = Arc::new(AtomicBool::new(false));
    let ends = Arc::clone(&ended);
    std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        ends.store(true, Ordering::Relaxed);
    });
    ended
}

/// Counts frames of our EtherType, taken by the batch with a buffer as large as the kernel grants.
fn sink(from: &str) {
    let socket = socket(from, 0x88b5);
    let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, 64 << 20);
    let ended = ended_by_input();
    eprintln!("ready");
    let mut room = vec![0_u8; 64 * 3_000];
    let (mut frames, mut first, mut last) = (0_u64, None, Instant::now());
    let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    while !ended.load(Ordering::Relaxed) {
        let _ = poll(&mut [PollFd::new(&socket, PollFlags::IN)], Some(&moment));
        let mut slices: Vec<[IoSliceMut<'_>; 1]> = room.chunks_exact_mut(3_000).map(|r| [IoSliceMut::new(r)]).collect();
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(64, None);
        let flags = MsgFlags::MSG_DONTWAIT;
        if let Ok(messages) = recvmmsg(socket.as_raw_fd(), &mut headers, slices.iter_mut(), flags, None) {
            last = Instant::now();
            first.get_or_insert(last);
            frames += messages.count() as u64;
        }
    }
    let microseconds = first.map_or(0, |first| (last - first).as_micros() as u64);
    tell(&BTreeMap::from([("frames", frames), ("microseconds", microseconds)]));
}

/// The sum of IP and UDP over 16-bit words (RFC 1071).
fn checksum(parts: &[&[u8]]) -> u16 {
    let bytes = parts.concat();
    let words = bytes.chunks(2).map(|word| u32::from(word[0]) << 8 | word.get(1).copied().map_or(0, u32::from));
    let sum = words.sum::<u32>();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}

/// A UDP datagram: header and payload. With a checksum, with a wrong one, or with none (0, RFC 768).
fn udp(from: Ipv4Addr, to: Ipv4Addr, port: u16, payload: &[u8], sum: Sum) -> Vec<u8> {
    let length = (8 + payload.len()) as u16;
    let header = [&port.to_be_bytes()[..], &port.to_be_bytes(), &length.to_be_bytes(), &[0, 0]].concat();
    let pseudo = [&from.octets()[..], &to.octets(), &[0, 17], &length.to_be_bytes()].concat();
    let right = checksum(&[&pseudo, &header, payload]);
    let sum = match sum {
        Sum::Right => right,
        Sum::Wrong => right ^ 0x0101,
        Sum::Missing => 0,
    };
    [&header[..6], &sum.to_be_bytes(), payload].concat()
}

#[derive(Clone, Copy)]
enum Sum {
    Right,
    Wrong,
    Missing,
}

/// The Ethernet frames of an IPv4 datagram that says of itself that it has `udp` in pieces of so many bytes.
fn fragments(from: Ipv4Addr, to: Ipv4Addr, id: u16, udp: &[u8], piece: usize) -> Vec<Vec<u8>> {
    let [_, b, c, d] = to.octets();
    let ethernet = [&[0x01, 0x00, 0x5e, b & 0x7f, c, d][..], &[2, 0, 0, 0, 0, 1], &[0x08, 0x00]].concat();
    assert!(piece.is_multiple_of(8), "offsets count eight bytes");
    let count = udp.len().div_ceil(piece);
    let frame = |(n, part): (usize, &[u8])| {
        let place = (n * piece / 8) as u16 | if n + 1 < count { 0x2000 } else { 0 };
        let length = (20 + part.len()) as u16;
        let mut ip =
            [&[0x45, 0][..], &length.to_be_bytes(), &id.to_be_bytes(), &place.to_be_bytes(), &[1, 17, 0, 0]].concat();
        ip.extend_from_slice(&from.octets());
        ip.extend_from_slice(&to.octets());
        let sum = checksum(&[&ip]).to_be_bytes();
        ip[10..12].copy_from_slice(&sum);
        [&ethernet, &ip, part].concat()
    };
    udp.chunks(piece).enumerate().map(frame).collect()
}

/// Sends one of each kind; how many frames of ours whoever takes what IP allows has to hear is told.
fn datagrams(to: &str, group: Ipv4Addr, port: u16) {
    let socket = socket(to, 0);
    let mut chance = Chance::new(3);
    let from = Ipv4Addr::new(0, 0, 0, 0);
    let mut id = 0_u16;
    let mut send = |udp: &[u8], piece: usize, left_out: Option<usize>| {
        id += 1;
        let pieces = fragments(from, group, id, udp, piece);
        for (n, frame) in pieces.iter().enumerate().filter(|(n, _)| Some(*n) != left_out) {
            put(&socket, frame);
            assert!(frame.len() <= 9_014, "piece {n}");
        }
    };
    let one_frame = |chance: &mut Chance| unknown(chance);
    let whole = 1_480;
    // Heard: with a checksum, without one, and in fragments.
    send(&udp(from, group, port, &one_frame(&mut chance), Sum::Right), whole, None);
    send(&udp(from, group, port, &one_frame(&mut chance), Sum::Missing), whole, None);
    send(&udp(from, group, port, &one_frame(&mut chance), Sum::Right), 256, None);
    // Heard as a frame with much padding, and as something foreign: the largest datagrams that IP carries.
    let mut largest = one_frame(&mut chance);
    largest.resize(65_507, 0x77);
    send(&udp(from, group, port, &largest, Sum::Right), whole, None);
    send(&udp(from, group, port, &vec![0xff; 65_507], Sum::Right), whole, None);
    // Not heard: a wrong checksum, fragments of which one is missing, another port, a datagram of nothing but a header.
    send(&udp(from, group, port, &one_frame(&mut chance), Sum::Wrong), whole, None);
    send(&udp(from, group, port, &one_frame(&mut chance), Sum::Right), 256, Some(2));
    send(&udp(from, group, port, &one_frame(&mut chance), Sum::Right), 256, Some(0));
    send(&udp(from, group, port ^ 1, &one_frame(&mut chance), Sum::Right), whole, None);
    // A length in the header that says more than there is.
    let mut lying = udp(from, group, port, &one_frame(&mut chance), Sum::Missing);
    lying[4..6].copy_from_slice(&60_000_u16.to_be_bytes());
    send(&lying, whole, None);
    // Foreign: nothing in it.
    send(&udp(from, group, port, &[], Sum::Right), whole, None);
    tell(&BTreeMap::from([("frames", 4), ("foreign", 2)]));
}

fn relay(from: &str, to: &str, options: &BTreeMap<String, f64>) {
    let (from, to) = (socket(from, ALL), socket(to, 0));
    let option = |name: &str| options.get(name).copied().unwrap_or(0.0);
    #[expect(clippy::cast_sign_loss, reason = "a seed")]
    let mut chance = Chance::new(option("seed") as u64);
    let mut faults = Faults::default();
    let ended = ended_by_input();
    eprintln!("ready");
    let mut counts = BTreeMap::new();
    let mut count = |what: &'static str| *counts.entry(what).or_insert(0_u64) += 1;
    let (mut is_bad, mut held, mut room): (bool, Option<Vec<u8>>, _) = (false, None, vec![0; 10_000]);
    let (mut heard, mut kinds) = (0_u64, KINDS.iter().copied().cycle());
    let mut ledger = (option("ledger") > 0.0).then(Ledger::default);
    let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    while !ended.load(Ordering::Relaxed) {
        let length = match recv(&from, &mut room[..], RecvFlags::empty()) {
            Ok((length, _)) => length,
            Err(_) => {
                let _ = poll(&mut [PollFd::new(&from, PollFlags::IN)], Some(&moment));
                continue;
            }
        };
        count("heard");
        heard += 1;
        let mut frame = room[..length].to_vec();
        if let Some(ledger) = &mut ledger {
            ledger.hear(&frame);
        }
        // Gilbert and Elliott: a good state that loses a few, and a bad one that loses all.
        let mut happens = |fault: &'static str| faults.happens(fault, option(fault), &mut chance);
        is_bad = if is_bad { !happens("recover") } else { happens("burst") };
        #[expect(clippy::cast_sign_loss, reason = "counts of frames")]
        let (every, cut, before) = (option("every") as u64, option("cut") as u64, option("before") as u64);
        // Whoever joins late hears nothing of what was sent before.
        if heard <= before {
            count("sent before");
            continue;
        }
        if every > 0 && heard % every < cut {
            count("cut out");
            continue;
        }
        if is_bad {
            count("lost in bursts");
            continue;
        }
        if faults.happens("loss", option("loss"), &mut chance) {
            count("lost");
            continue;
        }
        if frame.len() > HEADER && faults.happens("flip", option("flip"), &mut chance) {
            let at = HEADER + chance.below(frame.len() - HEADER);
            frame[at] ^= 1 << chance.below(8);
            count("flipped");
        }
        if frame.len() > HEADER + 1 && faults.happens("truncate", option("truncate"), &mut chance) {
            frame.truncate(HEADER + chance.below(frame.len() - HEADER));
            count("truncated");
        }
        if faults.happens("inject", option("inject"), &mut chance) {
            let kind = kinds.next().expect("kinds without end");
            let made = made_up(kind, &frame, &mut chance);
            count(kind);
            put(&to, &made);
        }
        if held.is_none() && faults.happens("reorder", option("reorder"), &mut chance) {
            count("moved");
            held = Some(frame);
            continue;
        }
        put(&to, &frame);
        count("forwarded");
        if let Some(ledger) = &mut ledger {
            ledger.forward(&frame);
        }
        if faults.happens("double", option("double"), &mut chance) {
            count("doubled");
            put(&to, &frame);
        }
        if chance.happens(0.2)
            && let Some(late) = held.take()
        {
            put(&to, &late);
        }
    }
    match ledger {
        Some(ledger) => println!("{}", serde_json::json!({"counts": counts, "needed": ledger.needed})),
        None => tell(&counts),
    }
}

/// What went over the wire until a receiver could have enough symbols of the first object: repeated frames, and those that
/// bring nothing new, count as what they are.
#[derive(Default)]
struct Ledger {
    object: Option<Object>,
    known: BTreeSet<u32>,
    frames: u64,
    bytes: u64,
    forwarded: u64,
    /// For K different symbols, K + 1 and so on: frames heard by then, bytes of these frames, and frames forwarded.
    needed: Vec<[u64; 3]>,
}

/// So many symbols more than K are written down.
const MORE_SYMBOLS: usize = 256;

impl Ledger {
    /// The Rootcast frame in an Ethernet frame of ours.
    fn frame(frame: &[u8]) -> Option<&[u8]> {
        let payload = frame.get(HEADER..).filter(|_| frame[12..HEADER] == [0x88, 0xb5])?;
        datagram::frame_of(payload).ok()
    }

    fn hear(&mut self, frame: &[u8]) {
        if let Some(frame) = Self::frame(frame) {
            self.frames += 1;
            self.bytes += frame.len() as u64;
        }
    }

    fn forward(&mut self, frame: &[u8]) {
        let Some(Ok(frame)) = Self::frame(frame).map(Frame::parse) else { return };
        if *self.object.get_or_insert(frame.object) != frame.object {
            return;
        }
        self.forwarded += 1;
        let source = frame.object.source_symbols() as usize;
        for (esi, _) in frame.symbols() {
            let is_new = self.known.insert(esi.get());
            if is_new && self.known.len() >= source && self.needed.len() < MORE_SYMBOLS {
                self.needed.push([self.frames, self.bytes, self.forwarded]);
            }
        }
    }
}

/// Faults by their rates. A fault that is asked for happens at the latest after three times as many frames as lie
/// between two of it on average, so that a short crossing sees it whatever the seed.
#[derive(Default)]
struct Faults {
    without: BTreeMap<&'static str, u32>,
}

impl Faults {
    fn happens(&mut self, fault: &'static str, rate: f64, chance: &mut Chance) -> bool {
        let without = self.without.entry(fault).or_default();
        let happens = chance.happens(rate) || rate * f64::from(*without) >= 3.0;
        *without = if happens { 0 } else { *without + 1 };
        happens
    }
}

/// Kinds of frames that nobody sent. They are made in this order.
const KINDS: [&str; 14] = [
    "empty",
    "1 byte",
    "13 bytes",
    "35 bytes",
    "zeros",
    "wrong magic",
    "length too large",
    "length too small",
    "padding",
    "jumbo",
    "tagged",
    "mac",
    "unknown object",
    "another type",
];

/// One of this kind, made of a true frame.
fn made_up(kind: &str, frame: &[u8], chance: &mut Chance) -> Vec<u8> {
    let (header, payload) = frame.split_at(HEADER.min(frame.len()));
    let with = |payload: &[u8]| [header, payload].concat();
    match kind {
        "empty" => with(&[]),
        "1 byte" => with(&[0]),
        "13 bytes" => with(&[0xd7; 13]),
        "35 bytes" => with(&[&[0, 33, 0xd7, 0x52, 1, 0][..], &[7; 29]].concat()),
        "zeros" => with(&[0; 1500]),
        "wrong magic" => with(&[&payload[..2], &[0x52, 0xd7], &payload[4.min(payload.len())..]].concat()),
        "length too large" => with(&[&[0x0b, 0x89], &payload[2.min(payload.len())..]].concat()),
        "length too small" => with(&[&[0, 9], &payload[2.min(payload.len())..]].concat()),
        "padding" => with(&[payload, &[0xaa; 20]].concat()),
        "jumbo" => with(&[payload, &[0x55; 7_000]].concat()),
        "tagged" => [&header[..12], &[0x81, 0, 0, 5], &header[12..], payload].concat(),
        "mac" => {
            // A frame whose flag says that it has a MAC, which nobody's key made.
            let mut other = payload.to_vec();
            if let Some(flags) = other.get_mut(5) {
                *flags |= 1;
            }
            with(&other)
        }
        "unknown object" => with(&unknown(chance)),
        _ => {
            let mut other = with(payload);
            other[12..14].copy_from_slice(&[0x88, 0xb7]);
            other
        }
    }
}

/// The datagram of a frame of an object that nobody sends.
fn unknown(chance: &mut Chance) -> Vec<u8> {
    let id = chance.bits();
    unknown_of(id, chance)
}

/// That of an object of this id.
fn unknown_of(number: u64, chance: &mut Chance) -> Vec<u8> {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let object = Object { id: ObjectId(id), length: ObjectLength::new(100_000).unwrap() };
    let symbols = vec![chance.bits() as u8; 176 * 8];
    let frame = Frame::new(object, Esi::new(chance.below(500) as u32).unwrap(), &symbols).unwrap().encode();
    let mut payload = Vec::new();
    datagram::encode(&frame, 0, &mut payload);
    payload
}

/// Sends as many frames as the interface takes, for so long, and until there were so many.
fn flood(to: &str, kind: &str, time: Duration, frames_min: u64) {
    let socket = socket(to, 0);
    let mut chance = Chance::new(1);
    let header = |ethertype: [u8; 2]| [&[0xff; 6][..], &[2, 0, 0, 0, 0, 1], &ethertype].concat();
    let ours = [0x88, 0xb5];
    // A thousand unknown objects, where it is those.
    let frames: Vec<Vec<u8>> = (0..1_024)
        .map(|number| match kind {
            // Two frames of each object, one behind the other.
            "pairs" => [header(ours), unknown_of(number / 2, &mut chance)].concat(),
            "foreign" => [header(ours), vec![chance.bits() as u8; 1_486]].concat(),
            "other" => [header([0x08, 0x00]), vec![chance.bits() as u8; 1_486]].concat(),
            "unknown" => [header(ours), unknown(&mut chance)].concat(),
            // One frame again and again.
            "storm" => [header(ours), unknown(&mut Chance::new(7))].concat(),
            _ => panic!("{kind}"),
        })
        .collect();
    let (begun, mut sent) = (Instant::now(), 0_u64);
    while begun.elapsed() < time || sent < frames_min {
        for part in frames.chunks(64) {
            let slices: Vec<[IoSlice<'_>; 1]> = part.iter().map(|frame| [IoSlice::new(frame)]).collect();
            let mut controls: Vec<_> = slices.iter().map(|_| SendAncillaryBuffer::default()).collect();
            let mut messages: Vec<_> = slices.iter().zip(&mut controls).map(|(s, c)| MMsgHdr::new(s, c)).collect();
            match sendmmsg(&socket, &mut messages, SendFlags::DONTWAIT) {
                Ok(count) => sent += count as u64,
                Err(_) => std::thread::sleep(Duration::from_micros(50)),
            }
        }
    }
    tell(&BTreeMap::from([("sent", sent), ("milliseconds", begun.elapsed().as_millis() as u64)]));
}
