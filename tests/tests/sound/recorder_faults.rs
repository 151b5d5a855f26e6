//! A device that records and has faults: read too late, a host that is suspended, unplugged, busy, other formats of samples
//! and more channels. A library before alsa-lib stands in for it.
//!
//! The process that records clears its environment where a configuration is given or is ours. Here the device is one of the
//! user's own file, so that the library reaches it.

use std::io::Write;

use rootcast_tests::program::{Ended, Program, online};
use rootcast_tests::sides::Sides;
use rootcast_tests::skipped::skipped;
use rootcast_tests::sound_channel::{read_wave, wave};
use rootcast_tests::sound_shim::with_fault;

const RECORDS: &str = "audio:device=records,mixing=allowed";

/// Two sides, a CRL, and what the offline side plays of it.
struct Stage {
    sides: Sides,
    crl: Vec<u8>,
    samples: Vec<i16>,
}

impl Stage {
    /// `None`, said aloud, where alsa-lib does not read the user's file.
    fn new() -> Option<Self> {
        let sides = Sides::enrolled();
        let (file, crl) = sides.crl_file(1);
        let recording = sides.scratch.path("sent.wav");
        sides.send(&format!("audio:wav={}", recording.display()), &[&file]).args(["--passes", "20"]).exits(0);
        let samples = read_wave(&recording);
        let stage = Self { sides, crl, samples };
        stage.cable(&[]);
        let opened = stage.receive("busy").run();
        if !opened.stderr.contains("busy") {
            skipped("a device that records and has faults: alsa-lib reads no file of the user; run `make deps`");
            return None;
        }
        assert_eq!(opened.code, Some(7), "{opened}");
        opened.says("cannot open the sound device records").says("Another program has this device");
        Some(stage)
    }

    /// What comes out of the device: these bytes, then silence.
    fn cable(&self, bytes: &[u8]) {
        let file = self.sides.scratch.file("cable.raw", bytes);
        let card = format!(
            "pcm.records {{ type file slave.pcm {{ type null }} file \"/dev/null\" infile \"{}\" format raw }}\n",
            file.display()
        );
        self.sides.scratch.file(".asoundrc", card);
    }

    fn receive(&self, fault: &str) -> Program {
        let receive = self.sides.receive(&[RECORDS]).args(["--once", "--json", "--timeout", "100s"]);
        with_fault(&self.sides.scratch, receive.env("HOME", self.sides.scratch.folder()), fault)
    }

    fn receives(&self, fault: &str) -> Ended {
        let received = self.receive(fault).exits(0);
        self.sides.assert_published(&self.crl);
        received
    }
}

fn bytes_of(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

#[test]
fn overruns_of_a_recording_are_survived_and_told() {
    let Some(stage) = Stage::new() else { return };
    stage.cable(&bytes_of(&stage.samples));
    // Two before each period of 21 ms.
    let received = stage.receives("underruns:2");
    received.says(" overruns and 0 suspends so far: sound was lost");
}

#[test]
fn suspends_of_a_recording_are_survived_and_told() {
    let Some(stage) = Stage::new() else { return };
    stage.cable(&bytes_of(&stage.samples));
    let received = stage.receives("suspends:2");
    received.says("0 overruns and ").says(" suspends so far: sound was lost");
}

#[test]
fn a_recorder_that_is_unplugged_ends_its_link_and_no_other() {
    let Some(stage) = Stage::new() else { return };
    stage.cable(&bytes_of(&stage.samples));
    let gone = stage.receive("gone:3").exits(7);
    gone.says("cannot record from the sound device records: No such device").says("Nothing was published");
    // Beside it another link goes on: the recording comes through a pipe after the device is gone.
    let pipe = stage.sides.scratch.pipe("cable");
    let links = [RECORDS.to_owned(), format!("audio:wav={}", pipe.display())];
    let receive = stage.sides.receive(&links).args(["--once", "--timeout", "250s"]);
    let receive = receive.env("HOME", stage.sides.scratch.folder());
    let mut receiver = with_fault(&stage.sides.scratch, receive, "gone:3").start();
    let mut cable = receiver.writes_into(&pipe);
    receiver.wait_for_text("cannot record from the sound device records");
    assert!(receiver.runs(), "{}", receiver.stderr());
    // It ends as soon as it has enough, perhaps before the end of the recording.
    let _ = cable.write_all(&wave(1, &stage.samples));
    drop(cable);
    let ended = receiver.wait();
    // What failed waits as an alarm.
    assert_eq!(ended.code, Some(0), "{ended}");
    stage.sides.assert_published(&stage.crl);
    online(["alarm", "list"]).state(&stage.sides.online).exits(0).says("link-failed");
}

#[test]
fn a_recorder_of_24_bits_in_three_bytes_and_six_channels_is_heard() {
    let Some(stage) = Stage::new() else { return };
    // Sound in the fourth channel, faint hiss of one step in the others.
    let wide = stage.samples.iter().enumerate().flat_map(|(n, sample)| {
        (0..6).flat_map(move |channel| {
            let value = if channel == 3 { i32::from(*sample) << 8 } else { i32::from(n % 2 == 0) };
            value.to_le_bytes()[..3].to_vec()
        })
    });
    stage.cable(&wide.collect::<Vec<u8>>());
    // SND_PCM_FORMAT_S24_3LE, and no other.
    let received = stage.receives("channels:6,only:32");
    received.says("48000 samples a second, S24_3LE, 6 channels");
    for (fault, says) in [
        ("channels:9", "has 9 channels at least; 8 are supported"),
        // SND_PCM_FORMAT_U8
        ("only:1", "has none of the formats S16_LE, S24_3LE, S32_LE, S24_LE"),
    ] {
        stage.receive(fault).exits(7).says(says).says("Name another device");
    }
}
