//! Sound that went through a lossy codec, as a voice message does. Other people's encoders and decoders: ffmpeg's.

use std::process::Command;

use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;
use rootcast_tests::skipped::skipped;

/// Runs ffmpeg; what it says where it fails.
fn ffmpeg(arguments: &[&str]) -> Result<(), String> {
    let ended = Command::new("ffmpeg").args(["-nostdin", "-loglevel", "error", "-y"]).args(arguments).output().unwrap();
    if ended.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&ended.stderr).into_owned()) }
}

#[test]
fn a_crl_survives_mp3_and_opus() {
    if !Command::new("ffmpeg").arg("-version").output().is_ok_and(|ended| ended.status.success()) {
        return skipped("sound through MP3 and Opus: `ffmpeg` is not installed");
    }
    let mut chance = chance("a_crl_survives_mp3_and_opus");
    let sides = Sides::enrolled();
    let (file, crl) = sides.long_crl_file(1, 120, &mut chance);
    for (name, codec, rate, mode) in [
        ("high.mp3", "libmp3lame", "320k", "256-4/5"),
        ("low.mp3", "libmp3lame", "128k", "16-4/5"),
        ("low.opus", "libopus", "128k", "16-4/5"),
    ] {
        let path = |end: &str| sides.scratch.path(&format!("{name}{end}")).display().to_string();
        let (sent, squeezed, heard) =
            (path(".sent.wav"), sides.scratch.path(name).display().to_string(), path(".heard.wav"));
        let state = sides.fresh_offline(&format!("offline-{name}"));
        sides.send_from(&state, &format!("audio:wav={sent},mode={mode}"), &[&file]).exits(0);
        if let Err(why) = ffmpeg(&["-i", &sent, "-c:a", codec, "-b:a", rate, &squeezed]) {
            assert!(why.contains("Unknown encoder"), "{name}: {why}");
            skipped(&format!("sound through {codec}: this ffmpeg has no such encoder"));
            continue;
        }
        ffmpeg(&["-i", &squeezed, "-ar", "48000", &heard]).unwrap();
        let state = sides.fresh_online(&format!("online-{name}"));
        let link = format!("audio:wav={heard}");
        rootcast_tests::program::online(["receive", "--once"]).state(&state).link(link).exits(0);
        assert!(rootcast_tests::sides::is_published(&state, &crl), "{name}");
    }
}
