//! A film of four tiles beside twelve busy loops on the same processor.

use std::fs::File;
use std::io::BufWriter;
use std::process::{Child, Command};

use rootcast_tests::camera::{Camera, Film, Panel, Pose, Y4mWriter};
use rootcast_tests::player::{Layout, Player};
use rootcast_tests::seeds::Chance;
use rootcast_tests::sides::Sides;

use crate::optical_goodput::bundle;
use crate::table::{Table, Target};

/// Busy loops.
const LOOPS: usize = 12;
/// Camera frames of the film.
const FRAMES: usize = 60;

/// Busy loops that end with this value.
struct Loops(Vec<Child>);

impl Loops {
    fn begin() -> Self {
        let one = |_| Command::new("taskset").args(["-c", "0", "sh", "-c", "while :; do :; done"]).spawn();
        Self((0..LOOPS).map(one).collect::<Result<_, _>>().expect("taskset (util-linux) and sh"))
    }
}

impl Drop for Loops {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

pub(crate) fn measure(table: &mut Table) {
    table.section(
        "Beside busy loops, simulated",
        "A film of 2×2 v40 at 12 a second before the simulated webcam of the section on optical links, given as a file. `receive` \
         and twelve busy loops run on one processor. The pictures that were looked at until the CRL was published, and the \
         advice at the end.",
    );
    let layout = Layout { tiles: (2, 2), ..Layout::single(40) };
    let high = (layout.modules().1 * layout.pixels) as f64;
    let pose = Pose { yaw: 6.0, pitch: -4.0, roll: 1.5, ..Pose::straight(1080.0 * 0.86 / high) };
    let sides = Sides::enrolled();
    // Two shown pictures hold it, for it does not compress.
    let mut player = Player::new(bundle(&sides, 1, 20_000, "busy"), layout);
    let pictures = move |number: usize| Some(player.picture(number));
    let mut chance = Chance::new(14);
    let camera = Camera::webcam(pose);
    let film = Film::starting(camera, Panel::OFFICE, 12.0, pictures, 0.0, &mut chance);
    let path = sides.scratch.path("busy.y4m");
    let to = BufWriter::new(File::create(&path).expect("a film"));
    let mut written = Y4mWriter::new(to, camera.size()).expect("a film");
    film.take(FRAMES).for_each(|frame| written.add(&frame.grey).expect("a frame of a film"));
    written.finish().expect("a whole film");
    let receive = |name: &str| {
        let state = sides.fresh_online(name);
        let receive = rootcast_tests::program::online(["receive", "--once", "--json"]).state(&state);
        let receive = receive.link(format!("qr:video={}", path.display())).started_by(["taskset", "-c", "0"]);
        receive.exits(0)
    };
    let alone = receive("alone");
    let beside = {
        let _loops = Loops::begin();
        receive("beside")
    };
    let pictures = |ended: &rootcast_tests::program::Ended| {
        ended.json()["links"][0]["pictures"].as_f64().expect("how many pictures were looked at")
    };
    table.figure("pictures, alone", pictures(&alone), "", Target::Beside);
    table.figure("pictures, beside twelve busy loops", pictures(&beside), "", Target::AtMost(10.0));
    let is_false = |ended: &rootcast_tests::program::Ended| {
        let said = format!("{}\n{}", ended.stdout, ended.stderr);
        ["hidden", "too small", "too faint"].iter().any(|word| said.contains(word))
    };
    table.figure("false advice, beside them (1: yes)", f64::from(is_false(&beside)), "", Target::AtMost(0.0));
    table.figure("false advice, alone (1: yes)", f64::from(is_false(&alone)), "", Target::AtMost(0.0));
}
