//! A link more is planned, opened, locked in and sent over, and its row alone decides what its descriptor may be asked. The
//! sandbox is the real one, as the commands close it, so this is done in a process of its own. Landlock needs one without
//! other threads, and the usual harness of tests has one more: so this target is its own harness.
//!
//! This does not show a command line: the program's registry is a constant, to which nobody can add a row from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails loudly")]

use std::fs;
use std::io::pipe;
use std::path::Path;
use std::process::{Command, exit};

use rootcast_host::interrupt::Interrupt;
use rootcast_host::sandbox::LinkCalls;
use rootcast_offline::link::cover_sheet::CoverSheet;
use rootcast_offline::link::registry::{LinkKind, Registry};
use rootcast_offline::link::sandbox;
use rootcast_offline::sending::plan::{LinkPlan, StopRule};
use rootcast_offline::sending::transmission::{OpenTransmission, SymbolSource, send_all};
use rootcast_protocol::object::Object;
use rootcast_tests::pigeons::{PIGEONS, with};
use rootcast_tests::scratch::Scratch;
use rootcast_tests::skipped::skipped;

fn main() {
    if let Some(loft) = std::env::var_os(LOFT) {
        fly(Path::new(&loft));
        exit(0);
    }
    let folder = Scratch::new();
    for (row, ending) in [("own", "complete"), ("file", "failed")] {
        let loft = folder.path(row);
        let ended = Command::new(std::env::current_exe().unwrap()).env(LOFT, &loft).output().unwrap();
        let told = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success() && told.contains("LANDED"), "{told}");
        if told.contains("NOT SANDBOXED") {
            skipped("a link more, locked in: this kernel has no Landlock or no seccomp, or a container forbids them");
            continue;
        }
        let frames = fs::read_dir(&loft).unwrap().map(|frame| fs::read(frame.unwrap().path()).unwrap().len());
        let frames: Vec<usize> = frames.collect();
        assert!(told.contains(&format!("LANDED: {} frames, {ending}", frames.len())), "{told}");
        assert_eq!(frames.is_empty(), row == "file", "{told}");
        assert!(frames.iter().all(|size| (1..=1_200).contains(size)), "{frames:?}");
        println!("test a_link_more_with_the_row_{row} ... ok");
    }
}

/// Names the loft of the process that is locked in.
const LOFT: &str = "ROOTCAST_TEST_LOFT";

/// Sends over pigeons to `loft`, in the sandbox; where the loft is called `file`, with the row of a file.
fn fly(loft: &Path) {
    let row = LinkKind { calls: if loft.ends_with("file") { LinkCalls::FILE } else { PIGEONS.calls }, ..PIGEONS };
    let rows = with(row);
    let registry = Registry(&rows);
    let bytes = vec![7; 5_000];
    let object = Object::new(&bytes).unwrap();
    let name = format!("pigeon:{},wind=3", loft.display());
    let link = registry.link(&name.parse().unwrap()).unwrap();
    let plan = LinkPlan::new(&*link, &object, 0, StopRule::Passes(2)).unwrap();
    let transmitter = link.open(&CoverSheet::without_items(&object, &plan)).unwrap();

    let outside = pipe().unwrap();
    let names = [plan.link.clone()];
    let closed = sandbox(registry, None, (&names, [transmitter.outlet()].into_iter())).close();
    println!("{}", closed.lines().join("\n"));
    if closed.is_whole() {
        // What the row allows, it allows on descriptors of links alone; and frames land in the loft alone.
        assert!(rustix::io::ioctl_fionread(&outside.0).is_err());
        assert!(fs::write(loft.with_extension("beside"), b"x").is_err() && fs::read_dir("/etc").is_err());
    }

    let open = OpenTransmission { plan, link, transmitter };
    let outcomes = send_all(&SymbolSource::new(object, bytes), vec![open], &Interrupt::default(), &mut |_| {});
    let (_, outcome) = outcomes.first().unwrap();
    println!("LANDED: {} frames, {}", outcome.frames, outcome.ending.text());
}
