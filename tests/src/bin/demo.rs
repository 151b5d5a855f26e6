//! `make demo`: a ceremony with a rehearsal key; then a signed CRL and an intermediate certificate cross the gap, with
//! losses, before your eyes.
//!
//! Both programs run as they would on two machines; every command line shown is the one that was run. What stands in
//! for hardware says so: the photographs, the serial line, the Ethernet cable and the
//! audio cable are simulated. Ends with an exit code of 1
//! when anything is not as it should be.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a demonstration fails loudly")]

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use rootcast_tests::air_gap::{AirGap, Host};
use rootcast_tests::camera::{Shot, photograph};
use rootcast_tests::faults::{ByteFaults, Rates};
use rootcast_tests::frames_folder::{pictures, with_missing};
use rootcast_tests::openssl::{OpensslRoot, der};
use rootcast_tests::program::{Ended, Program, offline, online};
use rootcast_tests::scratch::tree;
use rootcast_tests::seeds::Chance;
use rootcast_tests::sound_channel::{DropoutKind, Dropouts, SoundChannel, read_wave, wave};
use rootcast_tests::spectrogram::spectrogram;
use rootcast_tests::wire::Wire;

/// Always the same losses, so that the demo always tells the same story.
const SEED: u64 = 2026;
const BAUD: u32 = 115_200;

const USAGE: &str = "Usage: rootcast-demo\n\n\
Runs both programs as on two machines, in the folder demo/ of this checkout, which it makes anew. It takes about 15\n\
seconds and no options. Photographs, serial line, Ethernet cable and audio cable are simulated.";

fn main() -> ExitCode {
    if let Some(argument) = std::env::args_os().nth(1) {
        // Whoever reads it may close the pipe.
        if argument == "--help" || argument == "-h" {
            let _ = writeln!(std::io::stdout(), "{USAGE}");
            return ExitCode::SUCCESS;
        }
        let _ = writeln!(std::io::stderr(), "error: rootcast-demo takes no argument. Nothing was done.\n\n{USAGE}");
        return ExitCode::from(2);
    }
    let begun = Instant::now();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("demo");
    // What an earlier run left.
    let _ = fs::remove_dir_all(&folder);
    if let Err(error) = fs::create_dir_all(&folder) {
        eprintln!("error: {} cannot be made: {error}. Run the demo as a user who may write there.", folder.display());
        return ExitCode::from(8);
    }
    let mut demo = Demo { folder, colour: std::io::stdout().is_terminal(), wrong: 0, chance: Chance::new(SEED) };
    demo.run();
    println!();
    if demo.wrong == 0 {
        demo.bold(&format!(
            "Everything was as it should be, after {} s. Look around in demo/.",
            begun.elapsed().as_secs()
        ));
        ExitCode::SUCCESS
    } else {
        demo.bold(&format!("{} things were not as they should be.", demo.wrong));
        ExitCode::FAILURE
    }
}

struct Demo {
    folder: PathBuf,
    colour: bool,
    wrong: u32,
    chance: Chance,
}

impl Demo {
    fn run(&mut self) {
        self.own_ceremony();
        let (root, intermediate, first) = self.ceremony();
        self.enrolment();
        self.over_pictures(&first, &intermediate);
        let second = self.over_a_serial_line(&root, &intermediate);
        let newest = self.over_ethernet(&root).unwrap_or(second);
        let newest = self.by_sound(&root).unwrap_or(newest);
        self.status();
        self.older_crl(&first, &newest);
    }

    /// A first ceremony by Rootcast itself, with a rehearsal key: a root is made, its first CRL signed, carried, published.
    fn own_ceremony(&mut self) {
        self.title(
            "A first ceremony",
            "one reviewed file, rehearsed, signed with a rehearsal key (no HSM), read back, sent",
        );
        let hall = self.folder.join("hall");
        fs::create_dir_all(&hall).expect("a folder");
        let now = rootcast_host::clock::now();
        let at = rootcast_host::clock::rfc3339;
        let day = 86_400;
        let request = format!(
            "first = true\n\n[crl]\nthis_update = \"{}\"\nnext_update = \"{}\"\n\n[root]\nkey = \"ecdsa-p384\"\n\
             subject = \"CN=Demo Ceremony Root,O=Example,C=CH\"\nnot_before = \"{}\"\nnot_after = \"{}\"\n",
            at(now - 60),
            at(now + 180 * day),
            at(now - 60),
            at(now + 7000 * day)
        );
        fs::write(hall.join("REQUEST.toml"), &request).expect("a request");
        let site = "[key]\nrehearsal_key = \"demo.p8\"\n\n[approvals]\nrequired = 0\n";
        fs::write(hall.join("SITE.toml"), site).expect("a site file");
        request.lines().chain(["", "-- SITE.toml:"]).chain(site.lines()).for_each(|line| self.say(line));
        let state = ["--state", "hall/state"];
        let ceremony = |step: &str| offline(["ceremony", step]).args(state);
        self.expect(0, ceremony("keygen").args(["--site", "hall/SITE.toml", "hall/REQUEST.toml"]));
        self.expect(
            0,
            ceremony("rehearse").args(["--site", "hall/SITE.toml", "hall/REQUEST.toml", "-o", "hall/first"]),
        );
        let utc = at(rootcast_host::clock::now());
        self.expect(0, ceremony("sign").args(["--site", "hall/SITE.toml", "hall/first", "--yes", "--utc", &utc]));
        let banner = fs::read_to_string(self.folder.join("hall/first/signed/root.crl.pem"));
        self.check(banner.is_ok_and(|text| text.contains("NO HSM")), "what a rehearsal key signed should say so");
        self.check(hall.join("first/record.pdf").is_file(), "the record should be there");
        self.expect(0, online(["enrol", "--yes", "--state", "hall/online", "--root", "hall/first/signed/root.crt"]));
        let link = "file:hall/first.frames";
        self.expect(0, offline(["send", "--yes", "--link", link, "hall/first"]).args(state));
        self.expect(0, online(["receive", "--once", "--state", "hall/online", "--link", link]));
        let crl = fs::read(hall.join("first/signed/root.crl")).unwrap_or_default();
        let published = tree(&hall.join("online/published")).iter().any(|(_, bytes)| *bytes == crl);
        self.check(published, "the CRL that was signed should be published, byte for byte");
        self.expect(0, offline(["journal", "show"]).args(state));
    }

    fn ceremony(&mut self) -> (OpensslRoot, PathBuf, PathBuf) {
        self.title(
            "Another PKI's ceremony",
            "a throw-away root signs an intermediate and its first CRL, with openssl alone",
        );
        let ca = self.folder.join("ceremony");
        fs::create_dir_all(&ca).expect("a folder");
        let root = OpensslRoot::new(&ca, "Demo Root CA");
        let retired = root.intermediate("retired-ca");
        root.revoke(&retired);
        let intermediate = root.intermediate("issuing-ca-1");
        let crl = root.crl(1, 180);
        self.say("ceremony/root.crt  ceremony/issuing-ca-1.crt  ceremony/root-1.crl");
        (root, intermediate, crl)
    }

    fn enrolment(&mut self) {
        self.title(
            "Enrolment",
            "both sides pin the root; people compare the sixteen words, here --yes stands in for them",
        );
        self.expect(0, offline(["enrol", "--yes", "--state", "offline", "--root", "ceremony/root.crt"]));
        self.expect(0, online(["enrol", "--yes", "--state", "online", "--root", "ceremony/root.crt"]));
    }

    fn over_pictures(&mut self, crl: &Path, intermediate: &Path) {
        self.title("Across the gap as QR pictures", "the screen of the offline host, photographed");
        let items = ["ceremony/root-1.crl", "ceremony/issuing-ca-1.crt"];
        let link = "qr:png=frames,version=10";
        self.expect(0, offline(["plan", "--state", "offline", "--link", link]).args(items));
        self.expect(0, offline(["send", "--yes", "--state", "offline", "--link", link]).args(items));
        let shown = pictures(&self.folder.join("frames"));
        let mut kept = with_missing(shown.len(), 0.3, &mut self.chance);
        self.chance.shuffle(&mut kept);
        for (number, picture) in kept.iter().enumerate() {
            let to = self.folder.join(format!("photographs/photo-{number:05}.jpg"));
            let Some(picture) = shown.get(*picture) else { continue };
            photograph(picture, &to, &Shot::HAND_HELD, &mut self.chance);
        }
        self.say(&format!(
            "Simulated camera: of {} pictures shown, {} were missed; {} photographs, out of order, tilted, blurred, noisy.",
            shown.len(),
            shown.len() - kept.len(),
            kept.len()
        ));
        self.expect(0, online(["receive", "--once", "--state", "online", "--link", "qr:images=photographs"]));
        self.published(&[crl, intermediate]);
    }

    fn over_a_serial_line(&mut self, root: &OpensslRoot, intermediate: &Path) -> PathBuf {
        self.title("Across the gap on a serial line", "a new CRL revokes the intermediate");
        // thisUpdate has whole seconds, and an equal one would be held.
        std::thread::sleep(Duration::from_millis(1100));
        root.revoke(intermediate);
        let crl = root.crl(2, 180);
        let rates = Rates { lost: 3e-4, flipped: 3e-4, inserted: 0.0, burst: 4.0 };
        let wire = Wire::new(BAUD, ByteFaults::new(rates, Chance::new(SEED)));
        self.say("Simulated wire: two pseudo-terminals, one direction; it loses and flips bytes in small bursts.");
        let far = format!("serial:{},baud={BAUD}", wire.far().display());
        let near = format!("serial:{},baud={BAUD}", wire.near().display());
        let receive = online(["receive", "--once", "--timeout", "60s", "--state", "online", "--link", &far]);
        let receive = receive.within(&self.folder);
        self.command(&receive);
        self.say("(listening while the other side sends)");
        let receiver = receive.start();
        let send = offline(["send", "--yes", "--passes", "40", "--state", "offline", "--link", &near]);
        self.expect(0, send.arg("ceremony/root-2.crl"));
        let heard = receiver.wait();
        self.transcript("rootcast-online receive …", 0, &heard);
        let counts = wire.counts();
        self.say(&format!("Of {} bytes sent, {} were lost and {} flipped.", counts.bytes, counts.lost, counts.flipped));
        self.check(counts.lost + counts.flipped > 0, "the line should have hurt some bytes");
        self.published(&[&crl]);
        crl
    }

    /// Over a pair of virtual Ethernet interfaces, where that is permitted.
    fn over_ethernet(&mut self, root: &OpensslRoot) -> Option<PathBuf> {
        self.title("Across the gap on an Ethernet cable", "a newer CRL");
        let Some(gap) = AirGap::with_good_wires(1) else {
            self.say("Left out: the line above says why.");
            return None;
        };
        std::thread::sleep(Duration::from_millis(1100));
        let crl = root.crl(3, 180);
        self.say("Simulated cable: two network namespaces, o0 in one of them and i0 in the other.");
        let receive = online(["receive", "--once", "--timeout", "60s", "--state", "online", "--link", "eth:i0"]);
        let receive = gap.start_on(Host::Online, receive).within(&self.folder);
        self.command(&receive);
        self.say("(listening while the other side sends)");
        let mut receiver = receive.start();
        receiver.wait_for_text("Ethernet frames of type");
        self.expect(0, gap.start_on(Host::Offline, offline(["link", "check", "eth:o0", "--require-quiet"])));
        let send = offline(["send", "--yes", "--until-odds", "1e-9", "--state", "offline", "--link", "eth:o0"]);
        self.expect(0, gap.start_on(Host::Offline, send.arg("ceremony/root-3.crl")));
        let heard = receiver.wait();
        self.transcript("rootcast-online receive …", 0, &heard);
        self.published(&[&crl]);
        Some(crl)
    }

    /// By an audio cable between two simulated sound cards.
    fn by_sound(&mut self, root: &OpensslRoot) -> Option<PathBuf> {
        self.title("Across the gap as sound", "the newest CRL, out of a headphone socket into a line input");
        std::thread::sleep(Duration::from_millis(1100));
        let crl = root.crl(4, 180);
        let send = offline(["send", "--yes", "--state", "offline", "--link", "audio:wav=sent.wav"]);
        self.expect(0, send.arg("ceremony/root-4.crl"));
        let recording = self.folder.join("sent.wav");
        if !recording.is_file() {
            return None;
        }
        let sent = read_wave(&recording);
        let (arrived, dropouts) = SoundChannel {
            dropouts: Some(Dropouts { kind: DropoutKind::Lost, per_second: 1.0 }),
            ..SoundChannel::mild(SEED, 20.0)
        }
        .carry(&sent);
        fs::write(self.folder.join("heard.wav"), wave(1, &arrived)).expect("the recording");
        self.say(&format!(
            "Simulated cable: {:.1} s of sound; noise 20 dB below it, hum, an uneven response, clocks 50 ppm apart, {} \
             (5 to 15 ms of sound each).",
            sent.len() as f64 / 48_000.0,
            rootcast_host::text::count(dropouts as u64, "dropout"),
        ));
        self.check(dropouts > 0, "the cable should have lost some sound");
        spectrogram(&arrived, &self.folder.join("heard.png"));
        self.say("demo/heard.png is a picture of it: time from left to right, pitch from 0 at the bottom to 24 kHz.");
        self.expect(0, online(["receive", "--once", "--state", "online", "--link", "audio:wav=heard.wav"]));
        self.published(&[&crl]);
        Some(crl)
    }

    fn status(&mut self) {
        self.title("Status", "exit 0: nothing ends within 30 days");
        self.expect(0, online(["status", "--warn", "30d", "--state", "online"]));
        self.expect(0, offline(["journal", "show", "--state", "offline"]));
        self.expect(0, offline(["journal", "verify", "--state", "offline"]));
    }

    fn older_crl(&mut self, first: &Path, second: &Path) {
        self.title("The older CRL once more", "sent from an offline host that knows of no newer one");
        self.expect(0, offline(["enrol", "--yes", "--state", "offline-2", "--root", "ceremony/root.crt"]));
        let link = "file:older.frames";
        self.expect(0, offline(["send", "--yes", "--state", "offline-2", "--link", link, "ceremony/root-1.crl"]));
        let before = tree(&self.folder.join("online/published"));
        self.expect(6, online(["receive", "--once", "--state", "online", "--link", link]));
        self.check(
            tree(&self.folder.join("online/published")) == before,
            "the published files should not have changed",
        );
        self.published(&[second]);
        let old = der(first);
        let back = tree(&self.folder.join("online/published")).iter().any(|(_, bytes)| *bytes == old);
        self.check(!back, "the older CRL should not be published");
    }

    /// Runs a program in the demo's folder and shows what people see.
    fn expect(&mut self, code: i32, program: Program) {
        let program = program.within(&self.folder);
        self.command(&program);
        let ended = program.run();
        self.transcript("", code, &ended);
    }

    fn command(&self, program: &Program) {
        println!();
        self.bold(&format!("$ {}", program.line()));
    }

    fn transcript(&mut self, of: &str, code: i32, ended: &Ended) {
        if !of.is_empty() {
            self.say(of);
        }
        for line in ended.stderr.lines().chain(ended.stdout.lines()) {
            println!("    {line}");
        }
        if ended.code == Some(code) {
            self.say(&format!("exit {code}"));
        } else {
            self.check(false, &format!("exit {code} was expected, it was {:?}", ended.code));
        }
    }

    /// Lists what is published and compares these files with it, byte for byte.
    fn published(&mut self, files: &[&Path]) {
        let published = tree(&self.folder.join("online/published"));
        println!();
        for (path, bytes) in &published {
            self.say(&format!("online/published/{}  {} bytes", path.display(), bytes.len()));
        }
        for file in files {
            let wanted = der(file);
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let found = published.iter().find(|(_, bytes)| *bytes == wanted);
            self.check(found.is_some(), &format!("{name} should be published, byte for byte"));
            if let Some((path, _)) = found {
                self.say(&format!("{} is {name}, byte for byte", path.display()));
            }
        }
    }

    fn check(&mut self, right: bool, what: &str) {
        if !right {
            self.wrong += 1;
            if self.colour {
                println!("\x1b[1;31mWRONG: {what}\x1b[0m");
            } else {
                println!("WRONG: {what}");
            }
        }
    }

    fn title(&self, title: &str, more: &str) {
        println!();
        self.bold(&format!("== {title}: {more}"));
    }

    fn bold(&self, text: &str) {
        if self.colour {
            println!("\x1b[1m{text}\x1b[0m");
        } else {
            println!("{text}");
        }
    }

    fn say(&self, text: &str) {
        println!("  {text}");
    }
}
