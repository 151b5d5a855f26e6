//! What alsa-lib may read, wherever the link was named; and that a node which records is refused.

use std::path::{Path, PathBuf};
use std::process::Command;

use rootcast_tests::program::{Program, offline, offline_with_audio};
use rootcast_tests::sides::Sides;
use rootcast_tests::skipped::skipped;
use rootcast_tests::sound_shim::with_fault;

/// A user whose `.asoundrc` puts a file in the place of every device: the home folder, and that file.
fn user_with_another_hw(sides: &Sides) -> (PathBuf, PathBuf) {
    let (home, stolen) = (sides.scratch.folder().to_owned(), sides.scratch.path("stolen.raw"));
    let text = format!(
        "pcm.!hw {{ @args [ CARD ] @args.CARD {{ type string default \"0\" }} type file slave.pcm {{ type null }} \
         file \"{0}\" format raw }}\n\
         pcm.other {{ type file slave.pcm {{ type null }} file \"{0}\" format raw }}\n",
        stolen.display()
    );
    sides.scratch.file(".asoundrc", text);
    (home, stolen)
}

fn as_user(home: &Path, program: Program) -> Program {
    program.env("HOME", home)
}

fn send(sides: &Sides, file: &Path) -> Program {
    offline_with_audio(["send", "--yes", "--passes", "1"]).state(&sides.offline).arg(file)
}

fn configuration(sides: &Sides, links: &str) -> PathBuf {
    sides.scratch.file("offline.toml", format!("[links]\nlink = [{links}]\n"))
}

/// Whether alsa-lib reads the user's file at all: where the system's own is missing it does not.
fn is_read(home: &Path, stolen: &Path) -> bool {
    let pattern = offline_with_audio(["link", "test", "--passes", "1"]).link("audio:device=hw:31,mixing=allowed");
    let ended = as_user(home, pattern).run();
    let is_read = ended.code == Some(0) && std::fs::metadata(stolen).is_ok_and(|file| file.len() > 48_000);
    if !is_read {
        skipped("ALSA's files of the user: alsa-lib does not read them here (libasound2-data); run `make deps`");
    }
    let _ = std::fs::remove_file(stolen);
    is_read
}

/// The sound once went into the file of a user, with exit code 0, where a configuration file named the device.
#[test]
fn a_device_has_our_configuration_wherever_it_was_named() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let (home, stolen) = user_with_another_hw(&sides);
    if !is_read(&home, &stolen) {
        return;
    }
    let of_file = configuration(&sides, "\"audio:device=hw:31\"");
    let given = |program: Program| program.arg("--config").arg(&of_file);
    let named = |program: Program| program.link("audio:device=hw:31");
    let test = || offline_with_audio(["link", "test", "--passes", "1"]);
    for program in [given(send(&sides, &file)), named(send(&sides, &file)), given(test()), named(test())] {
        let refused = as_user(&home, program).exits(7);
        refused.says("cannot open the sound device hw:31").says("Nothing was sent");
        assert!(!stolen.exists(), "the user's file was read: {refused}");
    }
    // alsa-lib takes an empty path for none.
    let refused = as_user(&home, named(test())).env("ALSA_CONFIG_PATH", "").exits(7);
    assert!(refused.stderr.contains("cannot open the sound device hw:31") && !stolen.exists(), "{refused}");
    // With a card in that place, the report says what alsa-lib read.
    for program in [given(test()), named(test())] {
        let played = with_fault(&sides.scratch, as_user(&home, program).arg("--json"), "any").exits(0);
        let report = played.json()["link_report"].to_string();
        assert!(report.contains("ALSA configuration: our own, which has the device alone"), "{report}");
    }
    // A path that is set already is honoured, and on record.
    let path = sides.scratch.file("given.conf", "pcm.hw { @args [ CARD ] @args.CARD { type string } type null }\n");
    let played = named(test()).arg("--json").env("ALSA_CONFIG_PATH", &path).exits(0).json()["link_report"].to_string();
    assert!(played.contains(&format!("ALSA configuration: {}, as ALSA_CONFIG_PATH says", path.display())), "{played}");
}

/// Beside a link that may read the system's files, a plain device once read them too, and nobody was told.
#[test]
fn a_device_beside_one_that_may_mix_never_reads_the_files_of_the_user() {
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let (home, stolen) = user_with_another_hw(&sides);
    if !is_read(&home, &stolen) {
        return;
    }
    let (plain, mixed) = ("audio:device=hw:31", "audio:device=other,mixing=allowed");
    let both = send(&sides, &file).link(plain).link(mixed);
    let of_file = send(&sides, &file).arg("--config").arg(configuration(&sides, &format!("\"{plain}\", \"{mixed}\"")));
    for program in [both, of_file] {
        let refused = as_user(&home, program).exits(7);
        refused.says("another link has mixing=allowed").says("hw:31").says("a run of its own").says("Nothing was sent");
        assert!(!stolen.exists(), "{refused}");
    }
    // Where both may, both do.
    let both = send(&sides, &file).link("audio:device=hw:31,mixing=allowed").link(mixed);
    as_user(&home, both).exits(0);
    assert!(stolen.exists());
    let report = offline(["link", "report"]).state(&sides.offline).exits(0);
    report.says("ALSA configuration: the system's and the user's files");
}

/// A plugin that opens the node of a device that records, in the place of its file.
#[test]
fn a_device_that_opens_a_node_which_records_is_refused() {
    const NODE: &str = "/dev/snd/pcmC0D0c";
    /// A folder /dev of this process alone, which has that node.
    const DEVICES: &str = "d=$1; shift; mkdir \"$d\" && mount --rbind /dev \"$d\" && mount -t tmpfs none /dev || exit 99\n\
        for n in \"$d\"/*; do ln -s \"$n\" /dev/; done; rm -f /dev/snd; mkdir /dev/snd && : >/dev/snd/pcmC0D0c && exec \"$@\"";
    let sides = Sides::enrolled();
    let (file, _) = sides.crl_file(1);
    let devices = sides.scratch.path("devices");
    let within = |name: &str| {
        let folder = devices.with_extension(name).to_str().expect("a path in UTF-8").to_owned();
        ["unshare", "-rm", "sh", "-c", DEVICES, "sh", &folder].map(str::to_owned)
    };
    let words = within("trial");
    let tried = Command::new(&words[0]).args(&words[1..]).args(["test", "-e", NODE]).output();
    if !tried.is_ok_and(|tried| tried.status.success()) {
        return skipped("a node that records: mount namespaces are not permitted here");
    }
    for (node, code) in [(NODE, 7), ("/dev/snd/pcmC0D0p", 0)] {
        let card = format!("pcm.plays {{ type file slave.pcm {{ type null }} file \"{node}\" format raw }}\n");
        let card = sides.scratch.file("card.conf", card);
        let program = send(&sides, &file).link("audio:device=plays,mixing=allowed").env("ALSA_CONFIG_PATH", card);
        let ended = program.started_by(within(&code.to_string())).exits(code);
        if code == 7 {
            ended.says(&format!("was opened with {NODE}, which records; this program only plays"));
            ended.says("Nothing was sent");
        }
    }
}
