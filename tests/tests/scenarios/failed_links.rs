//! A link that fails beside one that lives.

use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;

use rootcast_protocol::cobs;
use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program::{Running, online};
use rootcast_tests::pty::Pty;
use rootcast_tests::sides::Sides;

/// Two links: a folder, which lives, and a port that a symbolic link names, as `/dev/serial/by-id` does.
fn listening(sides: &Sides, port: &Path) -> Running {
    let folder = sides.scratch.subfolder("pictures");
    let links = [format!("serial:{},baud=115200", port.display()), format!("qr:images={}", folder.display())];
    let mut running = sides.receive(&links).arg("--follow").start();
    running.wait_for_text("sandboxed by seccomp");
    running
}

/// Plugs an adapter in: a new port, under the name that does not change.
fn plug_in(name: &Path) -> Pty {
    let port = Pty::open();
    let _ = std::fs::remove_file(name);
    symlink(port.path(), name).unwrap();
    port
}

fn send(port: &Pty, crl: &[u8]) {
    let object = forged::object_of(&[(ItemKind::Crl, "root.crl", crl)]);
    let mut line = vec![0];
    forged::frames_of(&object, 0, 8).iter().for_each(|frame| cobs::encode(frame, &mut line));
    port.controller().write_all(&line).unwrap();
}

#[test]
fn a_port_that_was_unplugged_beside_another_link_is_opened_again_and_said() {
    let sides = Sides::enrolled();
    let name = sides.scratch.path("by-id");
    let port = plug_in(&name);
    let mut running = listening(&sides, &name);
    running.wait_for_text("port opener: ");
    let [first, second] = [1, 2].map(|number| sides.crl(number).sign());
    // Until the port is set, what is sent to it may be changed.
    while !sides.is_published(&first) {
        assert!(running.runs());
        send(&port, &first);
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    drop(port);
    running.wait_for_text("failed: the serial port");
    running.wait_for_text("It is tried again every 2 seconds");
    // Without a port the other link goes on.
    std::fs::remove_file(&name).unwrap();
    assert!(running.runs());
    let port = plug_in(&name);
    running.wait_for_text("is open again");
    send(&port, &second);
    running.wait_for_text(&rootcast_protocol::digest::Digest::of(&second).to_string());
    sides.assert_published(&second);
    running.terminate();
    let ended = running.wait();
    // It lives at the end: that it failed waits as an alarm.
    assert_eq!(ended.code, Some(130), "{ended}");
    online(["alarm", "list"]).state(&sides.online).exits(0).says("link-failed");
}

#[test]
fn a_run_whose_other_links_have_ended_too_ends_with_7() {
    let sides = Sides::enrolled();
    let name = sides.scratch.path("by-id");
    let port = plug_in(&name);
    let folder = sides.scratch.subfolder("pictures");
    let links = [format!("serial:{},baud=115200", name.display()), format!("qr:images={}", folder.display())];
    let mut running = sides.receive(&links).start();
    running.wait_for_text("sandboxed by seccomp");
    std::thread::sleep(std::time::Duration::from_secs(1));
    drop(port);
    let ended = running.wait();
    assert_eq!(ended.code, Some(7), "{ended}");
    assert!(!ended.stderr.contains("tried again"), "{ended}");
}

/// The notice of a failed link ends with why, and with what to do: a long path must not cut that off.
#[test]
fn a_film_that_fails_beside_pictures_is_told_whole() {
    let sides = Sides::enrolled();
    let folder = sides.scratch.subfolder(&format!("films-{}", "long-".repeat(30)));
    let film = folder.join("cut.y4m");
    // A right beginning, and then no frame.
    std::fs::write(&film, b"YUV4MPEG2 W640 H480 F30:1 Ip A1:1 Cmono\nNOT A FRAME, AND NOTHING ELSE\n".repeat(400))
        .unwrap();
    let pictures = sides.scratch.subfolder("pictures");
    let link = format!("qr:video={}", film.display());
    let mut running =
        sides.receive(&[link.clone(), format!("qr:images={}", pictures.display())]).arg("--follow").start();
    running.wait_for_text("failed: ");
    running.wait_for_text("The run goes on without it. ");
    running.wait_for_text("Copy the film again, or make it again, then run the same command");
    running.terminate();
    let ended = running.wait();
    let told = ended.stderr.lines().find(|line| line.contains("failed: the film from")).expect("it was told");
    assert!(told.chars().count() > 400, "the text is long enough to have been cut\n{ended}");
    assert!(told.ends_with("the next picture does not begin with FRAME"), "{ended}");
}
