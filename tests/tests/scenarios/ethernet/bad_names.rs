//! Interfaces that cannot be used, or not any longer; names that say too little; and what is said of a loud interface.

use std::process::Command;
use std::time::Duration;

use rootcast_tests::air_gap::Host;
use rootcast_tests::corpora::skipped;
use rootcast_tests::program::{offline, online};
use serde_json::{Value, json};

use super::{Gap, link};

#[test]
fn what_cannot_be_used_is_refused_with_what_to_do_before_anything_is_sent() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, _) = gap.sides.crl_file(1);
    for (name, code, why, next) in [
        ("eth:none", 7, "cannot use none: there is no such interface", "`ip link` shows the interfaces"),
        ("eth:lo", 7, "cannot use lo: it is not an Ethernet interface", "Name a wired Ethernet interface"),
        ("eth:a/b", 2, "a/b is not the name of an interface", "Use one of these links"),
        ("eth:o0,rate=2G", 2, "rate=2G is not a rate from 10M to 1G", "Use one of these links"),
        ("eth:o0,ethertype=0800", 2, "EtherType that nothing else uses", "88b5 or 88b6"),
        ("udp:192.0.2.9:4200,interface=o0,source=192.0.2.1", 2, "give mac=, as", "or use a group"),
        ("udp:239.1.1.1:4200,interface=o0", 2, "source= is missing", "224.0.0.0/24"),
        ("udp:239.1.1.1:4200,interface=o0,source=239.1.1.2", 2, "is not the address of one host", "Use one of these"),
        ("udp:0.0.0.0:4200,interface=o0,mac=02:00:00:00:00:01", 2, "is not GROUP:PORT", "Use one of these links"),
        ("eth:o0,mac=00:00:00:00:00:00", 2, "is not an Ethernet address such as", "Use one of these links"),
    ] {
        let refused = gap.send(&[name], &file).args(["--passes", "1"]).exits(code);
        refused.says(why).says(next).says("Nothing was sent");
    }
    let both = gap.send(&["eth:o0", "udp:224.0.0.77:4200,interface=o0"], &file).args(["--passes", "1"]).exits(2);
    both.says("Two links go over the interface o0").says("Name one link for each interface").says("Nothing was sent");
    gap.wires.run(Host::Offline, &["ip", "link", "set", "o0", "down"]);
    let down = gap.send(&["eth:o0"], &file).args(["--passes", "1"]).exits(7);
    down.says("Network is down").says("ip link set o0 up").says("Nothing was sent");
    for (name, code, why) in [
        ("eth:none", 7, "the interface none cannot be used: there is no such interface"),
        ("eth:lo", 7, "it is not an Ethernet interface"),
        ("eth:i0,ethertype=5", 2, "is not four hexadecimal digits"),
        ("udp:224.0.0.77:4200", 2, "interface=IFACE is missing"),
        ("udp:224.0.0.77:4200,interface=a/b", 2, "a/b is not the name of an interface"),
        ("udp:224.0.0.77:0,interface=i0", 2, "is not GROUP:PORT"),
        ("udp:0.0.0.0:4200,interface=i0", 2, "is not GROUP:PORT"),
    ] {
        gap.receive(&[name]).args(["--timeout", "1s"]).exits(code).says(why);
    }
}

#[test]
fn without_the_privilege_the_command_that_gives_it_is_told() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, _) = gap.sides.crl_file(1);
    let without = |host| {
        [gap.wires.on(host), ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"].map(str::to_owned).to_vec()]
            .concat()
    };
    let send = gap.sides.send("eth:o0", &[file]).args(["--passes", "1"]).started_by(without(Host::Offline)).exits(7);
    send.says("CAP_NET_RAW").says("sudo setcap cap_net_raw+ep").says("rootcast-offline").says("Nothing was sent");
    let receive = gap.sides.receive(&["eth:i0"]).started_by(without(Host::Online)).exits(7);
    receive.says("CAP_NET_RAW").says("sudo setcap cap_net_raw+ep").says("rootcast-online").says("nothing published");
}

/// The kernel takes frames for an interface without a carrier, and throws them away.
#[test]
fn frames_that_did_not_leave_are_not_sent_whatever_the_kernel_says() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, _) = gap.sides.crl_file(1);
    gap.wires.run(Host::Online, &["ip", "link", "set", "i0", "down"]);
    let swallowed = gap.send(&["eth:o0"], &file).args(["--passes", "5"]).exits(7);
    swallowed.says("carrier is down: nothing left this host").says("Nothing was sent").says("carrier DOWN");
    let told = swallowed.json();
    assert_eq!(
        (&link(&told)["interface"]["transmitted"], &link(&told)["interface"]["carrier"]),
        (&json!(0), &json!("down"))
    );
    let journal = offline(["journal", "show", "--json"]).state(&gap.sides.offline).exits(0).json();
    let last = journal["entries"].as_array().unwrap().iter().rfind(|entry| entry["kind"] == "transmission").unwrap();
    assert!(last["ended"].as_str().unwrap().contains("nothing left this host"), "{last:#}");
    assert_eq!(last["interface"]["handed_over"], 5);
    let test = || offline(["link", "test", "--passes", "1", "--link", "eth:o0"]);
    gap.wires.start_on(Host::Offline, test()).exits(7).says("nothing left this host");
    // Where the link cannot even be opened, not the pattern either was sent.
    gap.wires.run(Host::Offline, &["ip", "link", "set", "o0", "down"]);
    let closed = gap.wires.start_on(Host::Offline, test()).exits(7);
    closed.says("The link could not be tested. Nothing was sent.").says("ip link set o0 up");
    assert!(!closed.stderr.contains("Only the test pattern"), "{closed}");
}

/// A cable that is pulled and put back again and again: what it takes away is not made up for by luck, and it is told.
#[test]
fn a_carrier_that_flaps_loses_frames_and_no_object() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, der) = gap.sides.long_crl_file(1, 60_000, &mut rootcast_tests::seeds::chance("a_carrier_that_flaps"));
    let mut receiver = gap.receive_expecting(&["eth:i0"], &file).args(["--timeout", "110s"]).start();
    receiver.wait_for_text(" holds a stall of ");
    // The source symbols alone take 2 seconds at this rate.
    let mut sender = gap.send(&["eth:o0,rate=10M"], &file).args(["--for", "60s"]).start();
    sender.wait_for_text("holds a send-only link socket");
    for _ in 0..3 {
        gap.wires.run(Host::Online, &["ip", "link", "set", "i0", "down"]);
        std::thread::sleep(Duration::from_millis(150));
        gap.wires.run(Host::Online, &["ip", "link", "set", "i0", "up"]);
        std::thread::sleep(Duration::from_millis(150));
    }
    let received = receiver.wait();
    assert_eq!(received.code, Some(0), "{received}");
    gap.sides.assert_published(&der);
    sender.terminate();
    let sent = sender.wait();
    assert_eq!(sent.code, Some(130), "{sent}");
    let told = sent.json();
    let counted = &link(&told)["interface"];
    let (out, left) = (super::number(counted, "handed_over"), super::number(counted, "transmitted"));
    assert!(left < out && counted["carrier"] == "interrupted", "{counted:#}");
}

/// Whoever has the privilege and is nobody else sends and receives: root is not needed.
#[test]
fn a_user_with_one_privilege_sends_and_receives() {
    let Some(gap) = Gap::good(1) else { return };
    let user = "65534";
    let as_user = |host| {
        let words = ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--bounding-set=-all,+net_raw"];
        let more = ["--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw"];
        [gap.wires.on(host), words.iter().chain(&more).map(|word| (*word).to_owned()).collect()].concat()
    };
    let (file, der) = gap.sides.crl_file(1);
    // A user namespace has no such user; and a checkout in somebody's home folder is nobody's to enter.
    let given = Command::new("chown").args(["-R", "65534:65534"]).arg(gap.sides.scratch.folder()).output();
    let program = rootcast_tests::program::folder().join("rootcast-offline");
    let starter = as_user(Host::Offline);
    let may_run = given.is_ok_and(|given| given.status.success()) && {
        let tried = Command::new(&starter[0]).args(&starter[1..]).arg(program).arg("--version").output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    if !may_run {
        return skipped("Ethernet links of a user who is not root: needs root, setpriv, and programs anybody may run");
    }
    let receive = gap.sides.receive(&["eth:i0"]).args(["--once", "--timeout", "60s"]);
    let mut receiver = receive.started_by(as_user(Host::Online)).start();
    receiver.wait_for_text(" holds a stall of ");
    let send = gap.sides.send("eth:o0", &[file]).args(["--until-odds", "1e-9"]);
    let sent = send.started_by(as_user(Host::Offline)).exits(0);
    let received = receiver.wait();
    assert_eq!(received.code, Some(0), "{received}\n{sent}");
    gap.sides.assert_published(&der);
}

#[test]
fn an_interface_that_changes_under_way_ends_the_link_or_goes_on() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, _) = gap.sides.long_crl_file(1, 4_000, &mut rootcast_tests::seeds::chance("changes_under_way"));
    for (words, code, said) in [
        (&["ip", "link", "set", "o0", "mtu", "576"][..], 7, "The MTU of o0 was lowered"),
        (&["ip", "link", "set", "o0", "mtu", "1500"][..], 130, "stopped the transmission"),
        (&["ip", "link", "set", "o0", "down"][..], 7, "ip link set o0 up"),
    ] {
        let mut sender = gap.send(&["eth:o0,rate=20M"], &file).args(["--for", "60s"]).start();
        sender.wait_for_text("holds a send-only link socket");
        std::thread::sleep(Duration::from_millis(500));
        gap.wires.run(Host::Offline, words);
        std::thread::sleep(Duration::from_millis(500));
        sender.terminate();
        let ended = sender.wait();
        assert_eq!(ended.code, Some(code), "{words:?}: {ended}");
        ended.says(said);
        if words.last() == Some(&"down") {
            gap.wires.run(Host::Offline, &["ip", "link", "set", "o0", "up"]);
        }
    }
    let mut sender = gap.send(&["eth:o0,rate=20M"], &file).args(["--for", "60s"]).start();
    sender.wait_for_text("holds a send-only link socket");
    std::thread::sleep(Duration::from_millis(500));
    gap.wires.run(Host::Offline, &["ip", "link", "del", "o0"]);
    let ended = sender.wait();
    assert_eq!(ended.code, Some(7), "{ended}");
    ended.says("failed after").says("is gone");
}

#[test]
fn a_loud_interface_is_told_and_can_be_made_an_error() {
    let Some(gap) = Gap::good(1) else { return };
    let check = |more: &[&str]| {
        let check = offline(["link", "check", "eth:o0", "--watch", "1s", "--json"]).args(more);
        gap.wires.start_on(Host::Offline, check)
    };
    let quiet = check(&["--require-quiet"]).exits(0).json();
    assert_eq!(quiet["quiet"], true, "{quiet:#}");
    let points = |document: &Value, found: &str| -> Vec<String> {
        let all = document["findings"].as_array().unwrap().iter().filter(|one| one["found"] == found);
        all.map(|one| one["point"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(points(&quiet, "not-checked"), ["energy-efficient", "pause", "autonegotiation", "mdi-x"]);
    gap.wires.run(Host::Offline, &["ip", "address", "add", "192.0.2.1/24", "dev", "o0"]);
    gap.wires.run(Host::Offline, &["ip", "link", "set", "o0", "arp", "on"]);
    gap.wires.run(Host::Offline, &["sysctl", "-qw", "net.ipv6.conf.o0.disable_ipv6=0"]);
    let flood = gap.wires.flood(Host::Offline, "o0", "other", 3.0);
    let loud = check(&[]).exits(0).json();
    assert!(number_of(&flood.counts()) > 0);
    let mut found = points(&loud, "not-quiet");
    found.sort();
    assert_eq!(
        (found, &loud["quiet"]),
        (["arp", "ipv4", "ipv6", "silence"].map(str::to_owned).to_vec(), &json!(false))
    );
    check(&["--require-quiet"]).exits(7).says("o0 is not quiet").says("it has the IPv4 address or route 192.0.2.0/24");
    // And whoever sends over it is told, and the journal has it.
    let (file, _) = gap.sides.crl_file(1);
    let sent = gap.send(&["eth:o0"], &file).args(["--passes", "1"]).exits(0);
    sent.says("advice: o0: ARP is on: the kernel would answer");
    let report = offline(["link", "report"]).state(&gap.sides.offline).exits(0);
    report.says("NOT QUIET: ARP is on").says("send only: protocol 0").says("not checked: pause frames");
    for other in ["file:x", "serial:/dev/x,baud=9600"] {
        offline(["link", "check", other]).exits(2).says("does not go over an interface");
    }
    offline(["link", "check", "eth:none"]).exits(7).says("there is no such interface");
    // The loopback interface is in every namespace, and no frame leaves it.
    let loopback = gap.wires.start_on(Host::Offline, offline(["link", "check", "eth:lo"])).exits(7);
    loopback.says("it is not an Ethernet interface").says("Name a wired Ethernet interface").says("Nothing was sent");
    online(["receive", "--help"]).exits(0).says("eth:IFACE[,ethertype=HEX]");
}

fn number_of(counts: &Value) -> u64 {
    super::number(counts, "sent")
}
