//! Interfaces that speak although nothing on them says so, and a group that the kernel leaves.

use rootcast_tests::air_gap::Host;
use rootcast_tests::program::offline;
use rootcast_tests::skipped::skipped;
use serde_json::Value;

use super::Gap;

/// The points of `link check` that are not quiet.
fn loud_points(gap: &Gap, interface: &str, code: i32) -> Vec<String> {
    let check = offline(["link", "check", &format!("eth:{interface}"), "--watch", "1s", "--json", "--require-quiet"]);
    let document: Value = gap.wires.start_on(Host::Offline, check).exits(code).json();
    let all = document["findings"].as_array().unwrap().iter().filter(|one| one["found"] == "not-quiet");
    all.map(|one| one["point"].as_str().unwrap().to_owned()).collect()
}

/// An address was once taken for that of another interface, where that one had a route to it.
#[test]
fn an_address_is_that_of_its_interface_whatever_route_another_one_has() {
    let Some(gap) = Gap::good(2) else { return };
    gap.wires.run(Host::Offline, &["ip", "address", "add", "10.0.0.1/24", "dev", "o1"]);
    assert!(loud_points(&gap, "o0", 0).is_empty());
    gap.wires.run(Host::Offline, &["ip", "address", "add", "10.0.0.200/32", "dev", "o0"]);
    assert_eq!(loud_points(&gap, "o0", 7), ["ipv4"]);
    gap.wires.run(Host::Offline, &["ip", "address", "flush", "dev", "o0"]);
    // A label, and no route of its own.
    gap.wires
        .run(Host::Offline, &["ip", "address", "add", "10.0.0.201/24", "dev", "o0", "label", "o0:x", "noprefixroute"]);
    assert_eq!(loud_points(&gap, "o0", 7), ["ipv4"]);
}

/// What stands on a loud interface goes out of that.
#[test]
fn what_stands_on_a_loud_interface_is_as_loud_as_that() {
    let Some(gap) = Gap::good(1) else { return };
    let on = |words: &str| {
        gap.wires.run(Host::Offline, &words.split(' ').collect::<Vec<_>>());
    };
    // Not every kernel has every kind of interface.
    let makes = |words: &str| {
        let tried = format!("ip link add {words} 2>/dev/null || echo refused");
        let is_made = !gap.wires.run(Host::Offline, &["sh", "-c", &tried]).contains("refused");
        if !is_made {
            skipped(&format!("link check of stacked interfaces: this kernel does not make: {words}"));
        }
        is_made
    };
    if !makes("link o0 name v0 type macvlan") || !makes("br0 type bridge") {
        return;
    }
    on("ip link set v0 arp off");
    on("sysctl -qw net.ipv6.conf.v0.disable_ipv6=1");
    on("ip link set v0 up");
    assert!(loud_points(&gap, "v0", 0).is_empty());
    on("ip address add 10.1.0.1/24 dev o0");
    on("ip link set o0 arp on");
    assert_eq!(loud_points(&gap, "v0", 7), ["stands-on"]);
    let check = offline(["link", "check", "eth:v0", "--watch", "1s"]);
    gap.wires
        .start_on(Host::Offline, check)
        .exits(0)
        .says("it goes out of o0, which has the IPv4 address or route 10.1.0.0/24, and has ARP on");
    on("ip address flush dev o0");
    on("ip link set o0 arp off");
    on("ip link del v0");
    // A bridge sends by itself.
    on("ip link set br0 arp off");
    on("sysctl -qw net.ipv6.conf.br0.disable_ipv6=1");
    on("ip link set o0 master br0");
    on("ip link set br0 up");
    assert!(loud_points(&gap, "br0", 7).contains(&"stands-on".to_owned()));
}

/// The kernel leaves an IPv6 group when the MTU falls below 1,280, even for a moment. The receiver was deaf from then on.
#[test]
fn a_receiver_that_the_kernel_took_out_of_its_group_says_so_and_ends() {
    let Some(gap) = Gap::good(1) else { return };
    gap.wires.run(Host::Online, &["sysctl", "-qw", "net.ipv6.conf.i0.disable_ipv6=0"]);
    let mut receiver = gap.receive(&["udp:[ff02::4d]:4200,interface=i0"]).args(["--timeout", "110s"]).start();
    receiver.wait_for_text(" holds a stall of ");
    gap.wires.run(Host::Online, &["ip", "link", "set", "i0", "mtu", "576"]);
    gap.wires.run(Host::Online, &["ip", "link", "set", "i0", "mtu", "1500"]);
    let ended = receiver.wait();
    assert_eq!(ended.code, Some(7), "{ended}");
    ended
        .says("this host has left the group ff02::4d")
        .says("next: Set the MTU to 1,280 or more: ip link set i0 mtu 1500");
    // And it says where nothing can come.
    let mut receiver = gap.receive(&["eth:i0"]).args(["--timeout", "110s"]).start();
    receiver.wait_for_text(" holds a stall of ");
    gap.wires.run(Host::Offline, &["ip", "link", "set", "o0", "down"]);
    receiver.wait_for_text("i0 has NO CARRIER");
    gap.wires.run(Host::Offline, &["ip", "link", "set", "o0", "up"]);
    receiver.wait_for_text("i0 has a carrier again");
    receiver.terminate();
    let _ = receiver.wait();
}

#[test]
fn what_no_receiver_takes_is_not_sent() {
    let Some(gap) = Gap::good(1) else { return };
    let (file, _) = gap.sides.crl_file(1);
    for (name, why) in [
        ("udp:239.1.1.1:4200,interface=o0,source=0.0.0.0", "source=0.0.0.0 is not the address of another host"),
        ("udp:224.0.0.77:4200,interface=o0,source=127.0.0.1", "source=127.0.0.1 is not"),
        ("udp:[ff02::4d]:4200,interface=o0,source=::1", "source=::1 is not"),
        ("udp:[::1]:4200,interface=o0,mac=02:00:00:00:00:01", "is an address of this host itself"),
        ("udp:127.0.0.1:4200,interface=o0,source=10.0.0.1,mac=02:00:00:00:00:01", "is an address of this host itself"),
        ("eth:o0,mac=01:80:c2:00:00:01", "mac=01:80:c2:00:00:01 is not an Ethernet address"),
        ("eth:o0,ethertype=9100", "ethertype=9100 is not"),
        ("eth:o0,ethertype=8906", "ethertype=8906 is not"),
        ("eth:o0,rate=+10M", "rate=+10M is not a rate"),
        ("udp:224.0.0.77:4200,interface=o0,ttl=+4", "ttl=+4 is not a whole number"),
    ] {
        gap.send(&[name], &file).args(["--passes", "1"]).exits(2).says(why);
    }
}
