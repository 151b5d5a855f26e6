//! Over real pseudo-terminals, with the bytes of a bad line.

use std::time::Duration;

use rootcast_tests::faults::{ByteFaults, Rates};
use rootcast_tests::program::Ended;
use rootcast_tests::seeds::{Chance, chance};
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

const BAUD: u32 = 460_800;

/// Sends a CRL of about 20 kB over `wire`, joining after `late`; gives how the receiver ended.
fn cross(sides: &Sides, wire: &Wire, late: Duration, chance: &mut Chance) -> Ended {
    let (file, crl) = sides.long_crl_file(1, 700, chance);
    let sender = sides.send(&format!("serial:{},baud={BAUD}", wire.near().display()), &[file]).args(["--for", "60s"]);
    let sender = sender.start();
    std::thread::sleep(late);
    wire.forget_unheard();
    let receiver = sides.receive(&[format!("serial:{},baud={BAUD}", wire.far().display())]);
    let ended = receiver.args(["--once", "--timeout", "50s"]).exits(0);
    sender.terminate();
    let sender = sender.wait();
    assert_eq!(sender.code, Some(130), "{sender}");
    sides.assert_published(&crl);
    ended
}

#[test]
fn a_clean_line_carries_everything() {
    let sides = Sides::enrolled();
    let wire = Wire::new(BAUD, ByteFaults::none());
    let _ = cross(&sides, &wire, Duration::ZERO, &mut chance("a_clean_line"));
    assert_eq!(wire.counts().lost, 0);
}

#[test]
fn a_line_that_loses_flips_and_invents_single_bytes_is_survived() {
    let mut chance = chance("single_bytes");
    let rates = Rates { lost: 5e-4, flipped: 5e-4, inserted: 5e-4, burst: 0.0 };
    let sides = Sides::enrolled();
    let wire = Wire::new(BAUD, ByteFaults::new(rates, Chance::new(chance.bits())));
    let _ = cross(&sides, &wire, Duration::ZERO, &mut chance);
    wire.counts().assert_happened(&rates);
}

#[test]
fn a_line_that_cuts_out_bursts_is_survived() {
    let mut chance = chance("bursts");
    let rates = Rates { lost: 8e-4, flipped: 0.0, inserted: 0.0, burst: 60.0 };
    let sides = Sides::enrolled();
    let wire = Wire::new(BAUD, ByteFaults::new(rates, Chance::new(chance.bits())));
    let _ = cross(&sides, &wire, Duration::ZERO, &mut chance);
    wire.counts().assert_happened(&rates);
}

#[test]
fn a_receiver_that_joins_late_misses_nothing_that_matters() {
    let sides = Sides::enrolled();
    let wire = Wire::new(BAUD, ByteFaults::none());
    let _ = cross(&sides, &wire, Duration::from_millis(1500), &mut chance("joins_late"));
    assert!(wire.unheard() > 0, "the receiver was not late");
}

#[test]
fn a_sender_with_passes_ends_by_itself() {
    let sides = Sides::enrolled();
    let wire = Wire::new(BAUD, ByteFaults::none());
    let (file, crl) = sides.crl_file(1);
    let receiver = sides.receive(&[format!("serial:{},baud={BAUD}", wire.far().display())]);
    let receiver = receiver.args(["--once", "--timeout", "30s"]).start();
    let sender = sides.send(&format!("serial:{},baud={BAUD}", wire.near().display()), &[file]);
    sender.args(["--passes", "20"]).exits(0);
    let receiver = receiver.wait();
    assert_eq!(receiver.code, Some(0), "{receiver}");
    sides.assert_published(&crl);
}

#[test]
fn a_sender_is_paced_by_the_line_and_not_faster() {
    let sides = Sides::enrolled();
    let wire = Wire::new(4_000_000, ByteFaults::none());
    let (file, _) = sides.long_crl_file(1, 700, &mut chance("paced"));
    let begun = std::time::Instant::now();
    let sender = sides.send(&format!("serial:{},baud=57600", wire.near().display()), &[file]);
    sender.args(["--passes", "1"]).exits(0);
    let bytes = wire.counts().bytes;
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a few thousand bytes")]
    let rate = bytes as f64 / seconds;
    assert!(bytes > 5_000, "{bytes} bytes crossed");
    assert!(rate < 5_760.0 * 1.3, "{bytes} bytes in {seconds:.2} s is faster than 57,600 baud");
}

#[test]
fn for_ends_a_sender_whose_line_does_not_drain() {
    let sides = Sides::enrolled();
    // Nobody reads the other end of this pair.
    let (_unread, stuck) = serialport::TTYPort::pair().unwrap();
    let stuck = serialport::SerialPort::name(&stuck).unwrap();
    let (file, _) = sides.long_crl_file(1, 700, &mut chance("drain"));
    let sender = sides.send(&format!("serial:{stuck},baud={BAUD}"), &[file]);
    let ended = sender.args(["--for", "3s"]).patience(Duration::from_secs(15)).run();
    assert!(ended.took < Duration::from_secs(8), "{ended}");
    assert!(matches!(ended.code, Some(0 | 7)), "{ended}");
}
