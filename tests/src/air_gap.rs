//! Network namespaces of a test: an offline host, an online host, and wires between them, good or bad.
//!
//! ```text
//! offline: o0, o1 …  ══ veth ══  a0, a1 …  middle  b0, b1 …  ══ veth ══  i0, i1 …  :online
//!                                └── rootcast-bridge, a wire each ──┘
//! ```
//!
//! Only namespaces that the test made are touched, and they end with it. It needs root, or user namespaces.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::program::{self, Program};
use crate::skipped::skipped;

/// The namespaces of one test.
#[derive(Debug)]
pub struct AirGap {
    name: String,
    /// Where there is no root: the process whose namespaces all others enter.
    holder: Option<Child>,
}

/// Which host of an air gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// It has the interfaces `o0`, `o1` …
    Offline,
    /// Where bad wires are: `a0`, `a1` … towards the offline host, `b0`, `b1` … towards the online host.
    Middle,
    /// It has the interfaces `i0`, `i1` …
    Online,
}

impl Host {
    const fn letter(self) -> char {
        match self {
            Self::Offline => 'o',
            Self::Middle => 'm',
            Self::Online => 'i',
        }
    }
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl AirGap {
    /// Two hosts with so many wires that lose nothing; `None`, said aloud, where that is not permitted.
    #[must_use]
    pub fn with_good_wires(wires: u32) -> Option<Self> {
        Self::new(wires, false)
    }

    /// Two hosts with so many wires through the middle, each of which needs a [`Bridge`].
    #[must_use]
    pub fn with_bad_wires(wires: u32) -> Option<Self> {
        Self::new(wires, true)
    }

    fn new(wires: u32, through_the_middle: bool) -> Option<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let mut gap = Self { name: format!("rc{}x{number}", std::process::id()), holder: None };
        if !rustix::process::geteuid().is_root() {
            gap.holder = holder();
            if gap.holder.is_none() {
                skipped("Ethernet links: neither root nor user namespaces; run the tests as root");
                return None;
            }
        }
        let mut script = String::from("set -e\n");
        let hosts = [Host::Offline, Host::Middle, Host::Online].map(|host| (host, gap.namespace(host)));
        for (_, namespace) in &hosts {
            let _ = writeln!(script, "ip netns add {namespace}");
        }
        let [(_, offline), (_, middle), (_, online)] = &hosts;
        let mut interface = |first: String, of_first: &str, second: String, of_second: &str| {
            let _ =
                writeln!(script, "ip link add {first} netns {of_first} type veth peer name {second} netns {of_second}");
            for (name, namespace) in [(first, of_first), (second, of_second)] {
                let _ = writeln!(
                    script,
                    "ip netns exec {namespace} sh -ec 'ip link set {name} mtu 9000; ip link set {name} arp off; \
                     echo 1 > /proc/sys/net/ipv6/conf/{name}/disable_ipv6; ip link set {name} up'"
                );
            }
        };
        for wire in 0..wires {
            if through_the_middle {
                interface(format!("o{wire}"), offline, format!("a{wire}"), middle);
                interface(format!("b{wire}"), middle, format!("i{wire}"), online);
            } else {
                interface(format!("o{wire}"), offline, format!("i{wire}"), online);
            }
        }
        for wire in 0..wires {
            let _ = writeln!(script, "ip netns exec {offline} ip link set o{wire} mtu 1500");
        }
        let made = gap.command(None, &["sh", "-c", &script]).output();
        match made {
            Ok(made) if made.status.success() => Some(gap),
            Ok(made) => {
                let why = String::from_utf8_lossy(&made.stderr).lines().next().unwrap_or_default().to_owned();
                skipped(&format!("Ethernet links: network namespaces cannot be made here: {why}"));
                None
            }
            Err(_) => {
                skipped("Ethernet links: `ip` (iproute2) is not installed; run `make deps`");
                None
            }
        }
    }

    fn namespace(&self, host: Host) -> String {
        format!("{}{}", self.name, host.letter())
    }

    /// What a command line on a host begins with.
    #[must_use]
    pub fn on(&self, host: Host) -> Vec<String> {
        let entered = self.holder.as_ref().map(|holder| holder.id().to_string());
        let entered = entered.iter().flat_map(|id| ["nsenter", "-t", id, "-U", "-m", "-n", "--preserve-credentials"]);
        let namespace = self.namespace(host);
        entered.chain(["ip", "netns", "exec", &namespace]).map(str::to_owned).collect()
    }

    fn command(&self, host: Option<Host>, words: &[&str]) -> Command {
        let mut all = match (host, &self.holder) {
            (Some(host), _) => self.on(host),
            (None, Some(holder)) => {
                let id = holder.id().to_string();
                ["nsenter", "-t", &id, "-U", "-m", "-n", "--preserve-credentials"].map(str::to_owned).to_vec()
            }
            (None, None) => Vec::new(),
        };
        all.extend(words.iter().map(|word| (*word).to_owned()));
        let mut command = Command::new(&all[0]);
        command.args(&all[1..]);
        command
    }

    /// Runs a command on a host; gives what it wrote.
    pub fn run(&self, host: Host, words: &[&str]) -> String {
        let ended = self.command(Some(host), words).output().expect("a command");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(ended.status.success(), "{words:?}: {}", text(&ended.stderr));
        text(&ended.stdout)
    }

    /// `program`, started on a host.
    #[must_use]
    pub fn start_on(&self, host: Host, program: Program) -> Program {
        program.started_by(self.on(host))
    }

    /// A bridge over bad wire `wire`, with these faults.
    #[must_use]
    pub fn bridge(&self, wire: u32, faults: &str) -> Bridge {
        let (from, to) = (format!("a{wire}"), format!("b{wire}"));
        let words: Vec<&str> = ["relay", &from, &to].into_iter().chain(faults.split_whitespace()).collect();
        Bridge::start(self, Host::Middle, &words)
    }

    /// Frames of a kind without end from `interface` of `host`, for so many seconds.
    #[must_use]
    pub fn flood(&self, host: Host, interface: &str, kind: &str, seconds: f64) -> Bridge {
        Bridge::start(self, host, &["flood", interface, kind, &seconds.to_string()])
    }

    /// Frames of a kind from `interface` of `host`, as fast as it takes them, until so many were sent.
    #[must_use]
    pub fn flood_of(&self, host: Host, interface: &str, kind: &str, frames: u64) -> Bridge {
        Bridge::start(self, host, &["flood", interface, kind, "0", &frames.to_string()])
    }

    /// Counts the frames that reach `interface` of the online host, and does nothing with them.
    #[must_use]
    pub fn sink(&self, interface: &str) -> Bridge {
        Bridge::start(self, Host::Online, &["sink", interface])
    }

    /// UDP datagrams of every kind out of `interface` of the offline host; gives how many a receiver has to hear.
    #[must_use]
    pub fn datagrams(&self, interface: &str, group: &str, port: u16) -> Bridge {
        Bridge::start(self, Host::Offline, &["datagrams", interface, group, &port.to_string()])
    }
}

/// A process that may keep namespaces of a user without privileges.
fn holder() -> Option<Child> {
    let script = "mount -t tmpfs none /run && mkdir /run/netns && echo ready && exec sleep 1000";
    let mut holder = Command::new("unshare")
        .args(["-rnm", "sh", "-c", script])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut line = String::new();
    BufReader::new(holder.stdout.take()?).read_line(&mut line).ok()?;
    if line == "ready\n" {
        return Some(holder);
    }
    let _ = holder.wait();
    None
}

impl Drop for AirGap {
    fn drop(&mut self) {
        for host in [Host::Offline, Host::Middle, Host::Online] {
            let _ = self.command(None, &["ip", "netns", "del", &self.namespace(host)]).output();
        }
        if let Some(mut holder) = self.holder.take() {
            let _ = holder.kill();
            let _ = holder.wait();
        }
    }
}

/// A running `rootcast-bridge`. It ends when it is dropped.
#[derive(Debug)]
pub struct Bridge {
    child: Child,
    ends: Option<ChildStdin>,
}

impl Bridge {
    fn start(gap: &AirGap, host: Host, words: &[&str]) -> Self {
        let path = program::folder().join("rootcast-bridge");
        let path = path.to_str().expect("a path in UTF-8").to_owned();
        let is_relay = ["relay", "sink"].contains(&words[0]);
        let mut command = gap.command(Some(host), &[&[path.as_str()], words].concat());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(if is_relay { Stdio::piped() } else { Stdio::inherit() });
        let mut child = command.spawn().expect("the bridge");
        let ends = child.stdin.take();
        if is_relay {
            let mut line = String::new();
            let _ = BufReader::new(child.stderr.take().expect("its error output")).read_line(&mut line);
            assert_eq!(line, "ready\n", "the bridge did not start");
        }
        Self { child, ends }
    }

    /// Ends it, or waits for its end; gives what it did.
    #[must_use]
    pub fn counts(mut self) -> serde_json::Value {
        drop(self.ends.take());
        let mut text = String::new();
        let mut out = self.child.stdout.take().expect("its output");
        std::io::Read::read_to_string(&mut out, &mut text).expect("its counts");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        drop(self.ends.take());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
