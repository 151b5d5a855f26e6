//! Documents of runs that were interrupted, or that find a state or a log which cannot be used.

use std::time::Duration;

use rootcast_tests::faults::ByteFaults;
use rootcast_tests::wire::Wire;

use super::snapshot::Snapshot;
use super::stage::Stage;

#[test]
fn what_an_interrupted_command_prints_is_what_it_was() {
    let stage = Stage::enrolled();
    stage.crl(1);
    stage.offline("key new -o shared.key").exits(0);
    let wire = Wire::new(9_600, ByteFaults::none());
    let counted = ["journal_head", "journal_words", "frames", "passes", "failure_odds", "beacons"];
    let mut snapshot = Snapshot::of("interrupted", &stage).without(&counted);
    // A line of its own: what was sent before is not heard.
    let silent = Wire::new(9_600, ByteFaults::none());
    let (near, far) = (wire.near().display(), silent.far().display());
    for (case, program, says) in [
        (
            "send",
            stage.offline(&format!("send --yes --state off --link serial:{near},baud=9600 --for 60s root-1.crl")),
            "sandboxed by",
        ),
        (
            "beacon",
            stage.offline(&format!("beacon --state off --link serial:{near},baud=9600 --transport-key shared.key")),
            "beacon of source",
        ),
        ("receive", stage.online(&format!("receive --state on --link serial:{far}")), "sandboxed by"),
    ] {
        let mut running = program.start();
        running.wait_for_text(says);
        std::thread::sleep(Duration::from_millis(1500));
        running.interrupt();
        let ended = running.wait();
        assert_eq!(ended.code, Some(130), "{case}\n{ended}");
        let frames = ended.json()["links"][0]["frames"].as_u64().unwrap_or_default();
        let sent = if frames == 1 { "after 1 frame.".to_owned() } else { format!("after {frames} frames.") };
        snapshot.hide(&sent, "after <number> frames.");
        snapshot.ended(case, &program, &ended);
    }
    snapshot.compare();
}

#[test]
fn what_is_printed_of_a_state_or_log_that_cannot_be_used_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("failures", &stage);
    stage.crl(1);
    stage.scratch.file("occupied/of-somebody-else.txt", "no state");
    stage.recording("one", "root-1.crl");
    let offline = |line: &str| stage.offline(line);
    let online = |line: &str| stage.online(line);
    // As many receivers as a state has places for.
    let wires = [(); 2].map(|()| Wire::new(9_600, ByteFaults::none()));
    let receivers = wires.each_ref().map(|wire| {
        let mut running = online(&format!("receive --state on --link serial:{}", wire.far().display())).start();
        running.wait_for_text("sandboxed by");
        running
    });
    receivers.iter().for_each(|one| snapshot.hide(&format!("process {}, ", one.id()), "process <number>, "));
    for (case, program, code) in [
        ("online, the state is in use", online("receive --state on --link file:one.frames"), 8),
        ("online, the state is in use, only looked at", online("status --state on"), 0),
        ("online, no log", online("status --state on --log missing/log"), 8),
        ("online, no such command", online("transmit"), 2),
        ("offline, no log", offline("journal show --state off --log missing/log"), 8),
        ("offline, no such command", offline("receive"), 2),
        ("offline, no command", offline(""), 2),
        ("offline, the folder is of somebody else", offline("enrol --yes --state occupied --root root.crt"), 2),
    ] {
        snapshot.run(case, &program, code);
    }
    for one in receivers {
        one.terminate();
        assert_eq!(one.wait().code, Some(130));
    }
    std::fs::remove_file(stage.scratch.path("on/published")).expect("the published tree");
    snapshot.run("online, the published tree is gone", &online("receive --state on --link file:one.frames"), 8);
    snapshot.run("online, status of the same", &online("status --state on"), 8);
    snapshot.run("online, enrolled again", &online("enrol --yes --state on --root root.crt"), 8);
    std::fs::write(stage.scratch.path("off/state.json"), "{}").expect("a broken state");
    snapshot.run("offline, the state is broken", &offline("check --state off root-1.crl"), 8);
    std::fs::remove_file(stage.scratch.path("off/state.json")).expect("the state");
    snapshot.run("offline, the state is gone", &offline("bundle --state off -o two.bundle root-1.crl"), 8);
    snapshot.run("offline, enrolled again", &offline("enrol --yes --state off --root root.crt"), 8);
    snapshot.compare();
}
