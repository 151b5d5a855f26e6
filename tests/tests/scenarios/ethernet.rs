//! Ethernet links: two hosts in network namespaces, and what good and bad wires between them do.

mod bad_names;
mod bad_wires;
mod flaps;
mod keys;
mod loud;
mod one_way;

use std::path::PathBuf;
use std::time::Duration;

use rootcast_protocol::digest::Digest;
use rootcast_tests::air_gap::{AirGap, Host};
use rootcast_tests::program::{self, Ended, Program};
use rootcast_tests::seeds::chance;
use rootcast_tests::sides::Sides;
use serde_json::{Value, json};

/// Two enrolled sides, and the air gap between them.
struct Gap {
    sides: Sides,
    wires: AirGap,
}

impl Gap {
    fn good(wires: u32) -> Option<Self> {
        AirGap::with_good_wires(wires).map(|wires| Self { sides: Sides::enrolled(), wires })
    }

    fn bad(wires: u32) -> Option<Self> {
        AirGap::with_bad_wires(wires).map(|wires| Self { sides: Sides::enrolled(), wires })
    }

    /// `rootcast-offline send --json` on the offline host.
    fn send(&self, links: &[&str], file: &PathBuf) -> Program {
        let sender = program::offline(["send", "--yes", "--json"]).state(&self.sides.offline).arg(file);
        self.wires.start_on(Host::Offline, links.iter().fold(sender, |sender, link| sender.link(link)))
    }

    /// `rootcast-online receive --json` on the online host.
    fn receive(&self, links: &[&str]) -> Program {
        self.wires.start_on(Host::Online, self.sides.receive(links).args(["--once", "--json"]))
    }

    /// The same, until it has the item in `file`: it does not wait for what else is being heard.
    fn receive_expecting(&self, links: &[&str], file: &PathBuf) -> Program {
        let sha256 = Digest::of(&std::fs::read(file).expect("the file of an item")).to_string();
        let receiver = self.sides.receive(links).args(["--json", "--expect", &sha256]);
        self.wires.start_on(Host::Online, receiver)
    }

    /// Sends `file` until the receiver has it and has ended with exit 0; gives how both ended.
    fn cross(&self, from: &str, to: &str, file: &PathBuf) -> (Ended, Ended) {
        let mut receiver = self.receive_expecting(&[to], file).args(["--timeout", "110s"]).start();
        receiver.wait_for_text(" holds a stall of ");
        let sender = self.send(&[from], file).args(["--for", "110s"]).start();
        let received = receiver.wait();
        assert_eq!(received.code, Some(0), "{received}");
        sender.terminate();
        let sent = sender.wait();
        assert_eq!(sent.code, Some(130), "{sent}");
        (sent, received)
    }
}

/// The only link of a document.
fn link(document: &Value) -> &Value {
    let links = document["links"].as_array().expect("links");
    assert_eq!(links.len(), 1, "{document:#}");
    &links[0]
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap_or_else(|| panic!("{name} is no number in {value:#}"))
}

#[test]
fn a_small_crl_crosses_over_each_kind_of_link_in_one_frame() {
    let Some(gap) = Gap::good(1) else { return };
    gap.wires.run(Host::Online, &["sysctl", "-qw", "net.ipv6.conf.i0.disable_ipv6=0"]);
    for (number_of_crl, (from, to)) in (1..).zip([
        ("eth:o0", "eth:i0"),
        ("eth:o0,rate=1G,ethertype=88b6", "eth:i0,ethertype=88b6"),
        ("udp:224.0.0.77:4200,interface=o0", "udp:224.0.0.77:4200,interface=i0"),
        ("udp:[ff02::4d]:4200,interface=o0", "udp:[ff02::4d]:4200,interface=i0"),
    ]) {
        let (file, der) = gap.sides.crl_file(number_of_crl);
        let mut receiver = gap.receive(&[to]).args(["--timeout", "30s"]).start();
        receiver.wait_for_text(" holds a stall of ");
        let sent = gap.send(&[from], &file).args(["--until-odds", "1e-9"]).exits(0);
        let received = receiver.wait();
        assert_eq!(received.code, Some(0), "{from}: {received}");
        gap.sides.assert_published(&der);
        // One frame is the object; those of the beat that follow are copies of it.
        let told = sent.json();
        assert_eq!((number(link(&told), "frames"), &link(&told)["ended"]), (9, &json!("complete")), "{told:#}");
        assert!(sent.took >= Duration::from_secs(1), "eight at once and one after a second: {:?}", sent.took);
        let counted = &link(&told)["interface"];
        let wanted = json!({"interface": "o0", "handed_over": 9, "transmitted": 9, "dropped": 0, "carrier": "up"});
        assert_eq!(counted, &wanted);
        let heard = received.json();
        assert_eq!(number(link(&heard), "damaged") + number(link(&heard), "queue_drops"), 0, "{heard:#}");
    }
}

/// At the first frame, around the end of each of the first passes, and anywhere: counted in frames.
#[test]
fn a_receiver_may_join_at_any_frame_and_needs_no_more_of_them() {
    let mut chance = chance("join_at_any_frame");
    let Some(gap) = Gap::bad(1) else { return };
    let (file, der) = gap.sides.long_crl_file(1, 15_000, &mut chance);
    let plan = program::offline(["plan", "--json"]).state(&gap.sides.offline).arg(&file).link("eth:o0").exits(0).json();
    let pass = number(link(&plan), "frames_in_pass");
    assert!(pass > 50, "{plan:#}");
    let anywhere = chance.below(usize::try_from(4 * pass).unwrap()) as u64;
    for before in [0, 1, pass - 1, pass, pass + 1, 2 * pass, anywhere] {
        let bridge = gap.wires.bridge(0, &format!("seed=1 before={before}"));
        let state = gap.sides.fresh_online(&format!("joins at {before}"));
        let sha256 = Digest::of(&der).to_string();
        let receiver = program::online(["receive", "--json", "--expect", &sha256, "--timeout", "280s"]);
        let receiver = gap.wires.start_on(Host::Online, receiver.state(&state).link("eth:i0"));
        let mut receiver = receiver.start();
        receiver.wait_for_text(" holds a stall of ");
        let sender = gap.send(&["eth:o0,rate=20M"], &file).args(["--for", "280s"]).start();
        let received = receiver.wait();
        sender.terminate();
        let (sent, counts) = (sender.wait().json(), bridge.counts());
        assert_eq!(received.code, Some(0), "{before}: {received}");
        assert_eq!(counts["sent before"].as_u64().unwrap_or(0), before, "it joined at another frame: {counts}");
        let heard = received.json();
        assert_eq!(number(link(&heard), "queue_drops"), 0, "this host's queue lost frames: {heard:#}");
        // K symbols and two more, in frames of so many.
        let (symbols, per_frame) = (number(link(&sent), "source_symbols"), number(link(&sent), "symbols_per_frame"));
        let came = number(link(&heard), "symbols");
        assert!(symbols > 500 && came <= symbols + 3 * per_frame, "{before}: {came} symbols of an object of {symbols}");
    }
}

#[test]
fn two_ethernet_links_and_pictures_fill_one_object() {
    let Some(gap) = Gap::bad(2) else { return };
    let mut chance = chance("fill_one_object");
    let (file, der) = gap.sides.long_crl_file(1, 5_000, &mut chance);
    let pictures = gap.sides.scratch.path("pictures");
    // Each wire carries every tenth frame. Both together are far from enough, so the pictures are needed, on every machine.
    let bridges = [0, 1].map(|wire| gap.wires.bridge(wire, "seed=1 every=10 cut=9"));
    let into_pictures = format!("qr:png={},version=27,scale=4", pictures.display());
    let mut receiver = gap
        .wires
        .start_on(Host::Online, gap.sides.receive(&["eth:i0", "eth:i1", &format!("qr:images={}", pictures.display())]))
        .args(["--json", "--timeout", "110s", "--follow", "--once"]);
    std::fs::create_dir_all(&pictures).unwrap();
    receiver = receiver.patience(Duration::from_secs(100));
    let mut receiver = receiver.start();
    receiver.wait_for_text(" holds a stall of ");
    let sender = gap.send(&["eth:o0,rate=10M", "eth:o1,rate=10M", &into_pictures], &file).args(["--passes", "1"]);
    let sent = sender.exits(0).json();
    let received = receiver.wait();
    assert_eq!(received.code, Some(0), "{received}");
    gap.sides.assert_published(&der);
    let heard = received.json();
    let wires: u64 = heard["links"].as_array().unwrap().iter().take(2).map(|link| number(link, "symbols")).sum();
    assert!(wires < number(&sent["links"][0], "source_symbols"), "the wires alone were enough: {heard:#}");
    for link in heard["links"].as_array().unwrap() {
        assert!(number(link, "symbols") > 0, "{link:#} brought nothing");
    }
    assert_eq!(sent["links"].as_array().unwrap().len(), 3);
    for bridge in bridges {
        let counts = bridge.counts();
        assert!(number(&counts, "cut out") > 5 && number(&counts, "forwarded") > 2, "{counts}");
    }
}

#[test]
fn the_test_pattern_measures_an_ethernet_link() {
    let Some(gap) = Gap::bad(1) else { return };
    let seed = chance("test_pattern_measures").bits() >> 12;
    let bridge = gap.wires.bridge(0, &format!("seed={seed} loss=0.1 truncate=0.02"));
    let test = program::online(["link", "test", "--timeout", "12s", "--json", "--link", "eth:i0"]);
    let mut receiver = gap.wires.start_on(Host::Online, test).start();
    receiver.wait_for_text(" holds a stall of ");
    let test = program::offline(["link", "test", "--for", "3s", "--json", "--link", "eth:o0,rate=20M"]);
    let sent = gap.wires.start_on(Host::Offline, test).exits(0).json();
    let (received, counts) = (receiver.wait(), bridge.counts());
    assert_eq!(received.code, Some(0), "{received}");
    let heard = received.json();
    assert_eq!(number(&sent, "frames"), number(&sent["interface"], "transmitted"), "{sent:#}");
    let lost = number(&counts, "lost") + number(&counts, "truncated") + number(&heard, "queue_drops");
    assert!(number(&counts, "lost") > 100 && number(&counts, "truncated") > 20, "{counts}");
    let missing = number(&heard, "missing");
    assert!(missing <= lost && missing + 20 >= lost, "{missing} missing of {lost} lost:\n{heard:#}");
}
