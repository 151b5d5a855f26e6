//! What receiving a recording of a minute costs: processor time of the program and of its readers, and the time it takes.

use rootcast_tests::process_tree::wait_with_all;
use rootcast_tests::program::{offline, online};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sound_channel::{SoundChannel, read_wave, wave};

use crate::table::{Table, Target};

/// Seconds of sound.
const SECONDS: usize = 60;

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Audio cable: receiving",
        "`rootcast-online link test` hears a WAV file of 60 s in `4096-4/5`: at 35 dB, where nearly every codeword is read, and at \
         20 dB, where none is. Processor time of all its processes, readers too; and how much faster than real time it is.",
    );
    let scratch = Scratch::new();
    let recording = scratch.path("sent.wav");
    let link = format!("audio:wav={},mode=4096-4/5", recording.display());
    offline(["link", "test", "--passes", "6"]).link(link).exits(0);
    let sent = read_wave(&recording);
    assert!(sent.len() > SECONDS * 48_000, "{} samples", sent.len());
    for snr in [35.0, 20.0] {
        let (heard, _) = SoundChannel::mild(1, snr).carry(&sent);
        let file = scratch.file("heard.wav", wave(1, &heard[..SECONDS * 48_000]));
        let test = online(["link", "test", "--json"]).link(format!("audio:wav={}", file.display()));
        let (ended, tree) = wait_with_all(test.start());
        // All of it was heard, and by processes of its own. (Where no codeword is read, the document has no mode.)
        assert!(ended.stderr.contains("60.0 s of sound: ") && ended.stderr.contains("mode 4096-4/5"), "{ended}");
        assert!(tree.processes() >= 3, "{tree:?}\n{ended}");
        let share = tree.seconds() / SECONDS as f64;
        table.figure(&format!("{snr} dB: processor time of its processes"), share, "of a core", Target::AtMost(0.25));
        let speed = SECONDS as f64 / ended.took.as_secs_f64();
        table.figure(&format!("{snr} dB: speed"), speed, "× real time", Target::AtLeast(8.0));
    }
}
