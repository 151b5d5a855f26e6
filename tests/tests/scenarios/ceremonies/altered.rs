//! What the journal signed leaves as it was released: a file that was changed in the cage is refused.

use rootcast_tests::throwaway_ca::mirrored;

use super::*;

#[test]
fn a_file_that_is_not_the_released_one_is_refused_although_its_signature_is_valid() {
    let room = Room::after_the_first();
    let released = fs::read(room.path("first/signed/root.crl")).unwrap();
    let altered = room.scratch.file("altered.crl", mirrored(&released));
    let state = room.path("state");
    offline(["check"]).arg(room.path("first/signed/root.crl")).state(&state).exits(0);
    offline(["check"]).arg(&altered).state(&state).exits(3).says("reject[SIG-COPY]");
    let frames = room.path("altered.frames");
    let send = offline(["send", "--yes"]).arg(&altered).state(&state).link(format!("file:{}", frames.display()));
    send.exits(3).says("SIG-COPY").says("Nothing was sent");
    assert!(!frames.exists());
}
