//! Documents of what is shown and filmed.
//! `send` to a terminal, `receive` of films, and the log's advice on aiming.

use image::{GrayImage, Luma};
use rootcast_tests::frames_folder::pictures;
use rootcast_tests::pty::Seat;
use rootcast_tests::reel::Reel;

use super::snapshot::Snapshot;
use super::stage::Stage;

#[test]
fn what_send_prints_of_a_terminal_is_what_it_was() {
    let stage = Stage::enrolled();
    stage.crl(1);
    let mut snapshot = Snapshot::of("offline-send-terminal", &stage).without(&["journal_head", "journal_words"]);
    let send = stage.offline("send --yes --state off --link qr:terminal --passes 2 root-1.crl");
    snapshot.run("there is no terminal", &send, 7);
    let mut seat = Seat::start(&send, 180, 100);
    seat.wait_for_text("\"transmission\":");
    let begun = std::time::Instant::now();
    while seat.running.runs() {
        assert!(begun.elapsed().as_secs() < 60, "it never ended:\n{}", seat.screen());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    let screen = seat.screen();
    let document = screen.lines().rev().find_map(|line| line.find("{\"").map(|at| line[at..].trim_end().to_owned()));
    let mut ended = seat.running.wait();
    ended.stdout = document.unwrap_or_else(|| panic!("no document\n{screen}"));
    snapshot.ended("over a terminal of 180 columns and 100 lines", &send, &ended);
    snapshot.compare();
}

/// A film in which each picture is there three times.
fn film<'p>(stage: &Stage, name: &str, shown: impl IntoIterator<Item = &'p GrayImage>) {
    let mut reel: Option<Reel> = None;
    for picture in shown {
        let reel = reel.get_or_insert_with(|| Reel::new(&stage.scratch, name, picture.dimensions()));
        (0..3).for_each(|_| reel.add(picture));
    }
    let link = reel.expect("a picture").video_link();
    assert!(link.ends_with(&format!("{name}.y4m")), "{link}");
}

#[test]
fn what_receive_prints_of_films_is_what_it_was() {
    let stage = Stage::enrolled();
    let mut snapshot = Snapshot::of("online-receive-films", &stage);
    stage.crl(1);
    stage.intermediate("issuing.crt", "Example Issuing CA 1", 2);
    stage.offline("send --yes --state off --link qr:png=shown,version=10 root-1.crl issuing.crt").exits(0);
    let read = |path| image::open(path).expect("a picture").to_luma8();
    let shown: Vec<GrayImage> = pictures(&stage.scratch.path("shown")).into_iter().take(12).map(read).collect();
    film(&stage, "good", &shown);
    film(&stage, "few", &shown[..2]);
    let size = shown[0].dimensions();
    let plain =
        |level: u8| GrayImage::from_fn(size.0, size.1, |x, y| Luma([level + ((x * 7 + y * 13 + x * y) % 9) as u8]));
    let [black, grey] = [plain(1), plain(120)];
    film(&stage, "black", std::iter::repeat_n(&black, 20));
    film(&stage, "still", std::iter::repeat_n(&grey, 20));
    for (case, name, code) in [
        ("a film", "good", 0),
        ("too short a film", "few", 4),
        ("a black film", "black", 4),
        ("a still film", "still", 4),
    ] {
        stage.online(&format!("enrol --yes --state {name}-state --root root.crt")).exits(0);
        let line = format!("receive --state {name}-state --link qr:video={name}.y4m --log {name}.jsonl");
        snapshot.run(case, &stage.online(&line), code);
        snapshot.lines(&format!("{case}: the log"), &stage.scratch.path(&format!("{name}.jsonl")));
    }
    snapshot.run("no camera", &stage.online("receive --state on --link qr:camera=77"), 7);
    snapshot.compare();
}
