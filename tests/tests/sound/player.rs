//! A player that stops reading: neither the time nor a signal waits for it.

use std::process::Stdio;
use std::time::Duration;

use rootcast_tests::sides::Sides;

/// A pipe whose reading end this test has, and never reads.
fn a_pipe_nobody_reads() -> (std::io::PipeReader, Stdio) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    (reader, writer.into())
}

#[test]
fn a_sender_into_a_player_that_has_stopped_ends_with_its_time_and_at_a_signal() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    // Standard output was once written so that only a second signal ended the sender.
    let (held, output) = a_pipe_nobody_reads();
    let sender = sides.send("audio:wav=-", &[&file]).args(["--for", "3s"]);
    let ended = sender.start_with(Stdio::null(), output, Stdio::piped()).wait();
    assert!([Some(0), Some(4)].contains(&ended.code), "{ended}");
    drop(held);
    let (held, output) = a_pipe_nobody_reads();
    let mut sender =
        sides.send("audio:wav=-", &[&file]).args(["--for", "1h"]).start_with(Stdio::null(), output, Stdio::piped());
    sender.wait_for_text("sandbox");
    // It has to wait for room from here on.
    while rustix::io::ioctl_fionread(&held).expect("a pipe") < 60_000 {
        assert!(sender.runs());
        std::thread::sleep(Duration::from_millis(20));
    }
    sender.interrupt();
    let ended = sender.wait();
    assert_eq!(ended.code, Some(130), "{ended}");
    drop(held);
}
