//! How runs end: deadlines, unplugged ports, signals, wrong usage.

use std::time::Duration;

use rootcast_tests::faults::ByteFaults;
use rootcast_tests::program::{offline, online};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::wire::Wire;

#[test]
fn a_deadline_without_an_object_is_incomplete() {
    let sides = Sides::enrolled();
    let wire = Wire::new(115_200, ByteFaults::none());
    let receive = sides.receive(&[format!("serial:{}", wire.far().display())]).args(["--timeout", "1s"]);
    let ended = receive.exits(4);
    ended.says("next:");
    assert!(ended.took < Duration::from_secs(4), "{ended}");
}

#[test]
fn links_with_an_end_do_not_wait_for_the_deadline() {
    let sides = Sides::enrolled();
    let empty = sides.scratch.file("empty.frames", "");
    let ended = sides.receive_recording(&empty).args(["--once", "--timeout", "60s"]).exits(4);
    assert!(ended.took < Duration::from_secs(5), "{ended}");
}

#[test]
fn once_ends_with_the_first_object_though_the_link_goes_on() {
    let sides = Sides::enrolled();
    let wire = Wire::new(460_800, ByteFaults::none());
    let (file, crl) = sides.crl_file(1);
    let link = format!("serial:{},baud=460800", wire.near().display());
    let sender = sides.send(&link, &[file]).args(["--for", "60s"]).start();
    sides.receive(&[format!("serial:{}", wire.far().display())]).args(["--once", "--timeout", "30s"]).exits(0);
    sides.assert_published(&crl);
    sender.interrupt();
    assert_eq!(sender.wait().code, Some(130));
}

#[test]
fn a_port_unplugged_under_the_receiver_is_a_link_error() {
    let sides = Sides::enrolled();
    let wire = Wire::new(115_200, ByteFaults::none());
    let mut receiver = sides.receive(&[format!("serial:{}", wire.far().display())]).start();
    std::thread::sleep(Duration::from_millis(700));
    assert!(receiver.runs());
    wire.unplug();
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(7), "{ended}");
    ended.says("next:");
}

#[test]
fn a_port_unplugged_under_the_sender_is_a_link_error() {
    let sides = Sides::enrolled();
    let wire = Wire::new(115_200, ByteFaults::none());
    let (file, _) = sides.long_crl_file(1, 700, &mut chance("unplugged"));
    let sender = sides.send(&format!("serial:{},baud=115200", wire.near().display()), &[file]).args(["--for", "60s"]);
    let mut sender = sender.start();
    std::thread::sleep(Duration::from_millis(1000));
    assert!(sender.runs());
    wire.unplug();
    let ended = sender.wait();
    assert_eq!(ended.code, Some(7), "{ended}");
    ended.says("next:");
}

#[test]
fn signals_end_both_programs_with_130() {
    let sides = Sides::enrolled();
    let wire = Wire::new(115_200, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    for terminate in [true, false] {
        let far = format!("serial:{}", wire.far().display());
        let near = format!("serial:{},baud=115200", wire.near().display());
        for program in [sides.receive(&[far]), sides.send(&near, &[&file]).args(["--for", "60s"])] {
            let mut running = program.start();
            std::thread::sleep(Duration::from_millis(800));
            assert!(running.runs());
            if terminate {
                running.terminate()
            } else {
                running.interrupt()
            }
            let ended = running.wait();
            assert_eq!(ended.code, Some(130), "{ended}");
            assert!(ended.took < Duration::from_secs(5), "{ended}");
        }
    }
    // What was sent until then stands in the journal.
    offline(["journal", "verify"]).state(&sides.offline).exits(0);
    let shown = offline(["journal", "show"]).state(&sides.offline).exits(0);
    shown.says("ended by a signal");
}

/// A receiver that was started with `nohup` ended when the terminal was closed.
#[test]
fn a_signal_that_was_ignored_at_the_start_ends_nothing() {
    let sides = Sides::enrolled();
    let wire = Wire::new(115_200, ByteFaults::none());
    let (file, crl) = sides.crl_file(1);
    let receiver = sides.receive(&[format!("serial:{}", wire.far().display())]).args(["--once", "--timeout", "60s"]);
    let mut receiver = receiver.started_by(["nohup"]).start();
    receiver.wait_for_text("sandboxed by seccomp");
    receiver.hang_up();
    // A signal that ends it is heeded within a tenth of a second; what comes after it shows that this one did not.
    std::thread::sleep(Duration::from_millis(500));
    assert!(receiver.runs(), "the hang-up ended it");
    sides.send(&format!("serial:{},baud=115200", wire.near().display()), &[file]).args(["--passes", "9"]).exits(0);
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(0), "{ended}");
    sides.assert_published(&crl);

    // The others still end it, and without `nohup` a hang-up does.
    for (starter, hangs_up) in [(&["nohup"][..], false), (&[], true)] {
        let receiver = sides.receive(&[format!("serial:{}", wire.far().display())]).args(["--timeout", "60s"]);
        let mut receiver = receiver.started_by(starter).start();
        receiver.wait_for_text("sandboxed by seccomp");
        if hangs_up {
            receiver.hang_up();
        } else {
            receiver.terminate();
        }
        let ended = receiver.wait();
        assert_eq!(ended.code, Some(130), "{ended}");
    }
}

#[test]
fn a_sender_that_was_killed_leaves_an_honest_journal() {
    let sides = Sides::enrolled();
    let wire = Wire::new(115_200, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    let link = format!("serial:{},baud=115200", wire.near().display());
    let mut sender = sides.send(&link, &[&file]).args(["--for", "60s"]).start();
    std::thread::sleep(Duration::from_millis(1000));
    assert!(sender.runs());
    let _ = sender.kill_9();
    let _ = sides.record("after.frames", &[&file]);
    offline(["journal", "verify"]).state(&sides.offline).exits(0);
    offline(["journal", "show"]).state(&sides.offline).exits(0).says("interrupted");
}

#[test]
fn an_unattended_live_link_needs_a_stop_option() {
    let sides = Sides::enrolled();
    let wire = Wire::new(115_200, ByteFaults::none());
    let (file, _) = sides.crl_file(1);
    let ended = sides.send(&format!("serial:{},baud=115200", wire.near().display()), &[&file]).exits(2);
    ended.says("--passes").says("--for").says("--until-odds");
    assert_eq!(wire.counts().bytes, 0);
}

#[test]
fn stop_options_exclude_each_other() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let link = format!("file:{}", sides.scratch.path("x.frames").display());
    sides.send(&link, &[&file]).args(["--passes", "2", "--for", "5s"]).exits(2);
    sides.send(&link, &[&file]).args(["--until-odds", "1.5"]).exits(2);
    sides.send(&link, &[&file]).args(["--passes", "0"]).exits(2);
}

#[test]
fn one_pass_is_exactly_the_source_symbols() {
    let sides = Sides::enrolled();
    let (file, _) = sides.long_crl_file(1, 700, &mut chance("one_pass"));
    let recording = sides.scratch.path("pass.frames");
    sides.send(&format!("file:{}", recording.display()), &[&file]).args(["--passes", "1"]).exits(0);
    let frames = rootcast_tests::recordings::frames(&recording);
    let mut ids = Vec::new();
    for frame in &frames {
        let frame = rootcast_protocol::frame::Frame::parse(frame).unwrap();
        ids.extend(frame.symbols().map(|(esi, _)| esi.get()));
    }
    let object = rootcast_protocol::frame::Frame::parse(&frames[0]).unwrap().object;
    assert_eq!(ids, (0..object.source_symbols()).collect::<Vec<_>>());
}

#[test]
fn plan_tells_the_odds_and_sends_nothing() {
    let sides = Sides::enrolled();
    let (file, _) = sides.long_crl_file(1, 700, &mut chance("plan"));
    let before = rootcast_tests::scratch::tree(&sides.offline);
    let target = sides.scratch.path("planned.frames");
    let ended = offline(["plan"]).state(&sides.offline).link(format!("file:{}", target.display())).arg(&file).exits(0);
    ended.says("frames");
    assert!(!target.exists());
    let after = rootcast_tests::scratch::tree(&sides.offline);
    let names = |tree: &[(std::path::PathBuf, Vec<u8>)]| {
        tree.iter().filter(|(path, _)| !path.ends_with("lock")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(names(&before), names(&after), "plan changed the state");
}

#[test]
fn wrong_usage_exits_2_on_both_sides() {
    for program in [
        offline(["send"]),
        offline(["frobnicate"]),
        offline(["check"]),
        online(["receive"]),
        online(["frobnicate"]),
        online(["check"]),
        online(["receive", "--link", "file:x", "--timeout", "soon", "--state", "x"]),
        offline([] as [&str; 0]),
        online([] as [&str; 0]),
    ] {
        let ended = program.run();
        assert_eq!(ended.code, Some(2), "{ended}");
    }
}

#[test]
fn help_is_there_for_every_command() {
    for command in ["enrol", "check", "send", "bundle", "plan", "journal"] {
        assert!(offline([command, "--help"]).exits(0).stdout.len() > 200, "{command}");
    }
    for command in ["enrol", "check", "receive", "status", "held"] {
        assert!(online([command, "--help"]).exits(0).stdout.len() > 200, "{command}");
    }
}

#[test]
fn the_state_may_come_from_the_environment() {
    let sides = Sides::enrolled();
    online(["status"]).env("ROOTCAST_STATE", &sides.online).exits(0);
    offline(["journal", "verify"]).env("ROOTCAST_STATE", &sides.offline).exits(0);
}
