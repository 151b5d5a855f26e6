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

/// Not only the newest CRL: every one that the journal has, and every certificate.
#[test]
fn an_altered_file_of_anything_that_was_ever_signed_here_is_refused() {
    let room = Room::after_the_first();
    room.csr();
    room.scratch.file("second.toml", room.next_request("first", room.now - 1800, &room.certificate()));
    room.rehearse("second.toml", "second").exits(0);
    room.sign("second").exits(0);
    room.scratch.file("third.toml", room.next_request("second", room.now - 60, ""));
    room.rehearse("third.toml", "third").exits(0);
    room.sign("third").exits(0);
    let state = room.path("state");
    for name in
        ["first/signed/root.crl", "second/signed/root.crl", "second/signed/issuing.crt", "third/signed/root.crl"]
    {
        let released = fs::read(room.path(name)).unwrap();
        let altered = room.scratch.file("altered.der", mirrored(&released));
        let frames = room.path("altered.frames");
        let send =
            |item: &Path| offline(["send", "--yes"]).arg(item).state(&state).link(format!("file:{}", frames.display()));
        offline(["check"]).arg(&altered).state(&state).exits(3).says("reject[SIG-COPY]");
        send(&altered).exits(3).says("SIG-COPY").says("Nothing was sent");
        assert!(!frames.exists(), "{name}");
        // Without the released bytes it is still known that these are others.
        let kept = state.join(format!("items/{}.der", Digest::of(&released)));
        if name.starts_with("first") {
            fs::rename(&kept, room.path("kept")).unwrap();
            offline(["check"]).arg(&altered).state(&state).exits(3).says("does not have it any more");
            fs::rename(room.path("kept"), &kept).unwrap();
        }
    }
    // As they were released, they may leave.
    for folder in ["first", "second", "third"] {
        offline(["check"]).arg(room.path(folder).join("signed/root.crl")).state(&state).exits(0);
    }
}
