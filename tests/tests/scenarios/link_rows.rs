//! Registries of links: a link is one file and one row, on either side.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Write, pipe};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, exit};
use std::time::Duration;

use rootcast_host::interrupt::Interrupt;
use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::{DeviceRequest, LinkCalls, set_apart};
use rootcast_offline::link::cover_sheet::CoverSheet;
use rootcast_offline::link::registry::{LINKS, LinkKind, LinkOption, Registry, Target};
use rootcast_offline::link::{Link, LinkError, Moved, Outlet, Stop, Transmitter, sandbox};
use rootcast_offline::sending::plan::{LinkPlan, StopRule};
use rootcast_offline::sending::transmission::{OpenTransmission, SymbolSource, send_all};
use rootcast_protocol::object::Object;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::skipped::skipped;

/// A link to nowhere, in one file: each frame flies away with a pigeon, which leaves it in a loft. Before each, the link
/// asks how full its bag of grain is: a request of its own on a descriptor of its own.
#[derive(Debug, Clone)]
struct Pigeons {
    name: LinkName,
    loft: PathBuf,
}

/// And its row.
const PIGEONS: LinkKind = LinkKind {
    kind: "pigeon",
    target: Target::Any,
    example: "pigeon:LOFT",
    options: &[LinkOption { name: "wind", values: "N" }],
    hardware_notes: "#pigeons",
    calls: LinkCalls { requests: &[FIONREAD], ..LinkCalls::FILE },
    link: pigeons,
};

/// And its section of `hardware-notes.md`.
const SECTION: &str = "\n## Pigeons\n\nThey need grain.\n";

/// How many bytes can be read (ioctl_pipe(2)): no process that sends may ask that, unless a row says so.
const FIONREAD: DeviceRequest = DeviceRequest::Exactly(0x541b);

fn pigeons(name: &LinkName, loft: &str) -> Result<Box<dyn Link>, LinkNameError> {
    name.number("wind", 0, 12)?;
    Ok(Box::new(Pigeons { name: name.clone(), loft: loft.into() }))
}

impl Link for Pigeons {
    fn name(&self) -> String {
        self.name.to_string()
    }
    fn design_loss(&self) -> f64 {
        0.5
    }
    fn has_end(&self) -> bool {
        true
    }
    fn room(&self, _: &Object) -> Result<usize, LinkError> {
        Ok(1_200)
    }
    fn frame_time(&self, _: usize, _frames_suffice: u32) -> Duration {
        Duration::ZERO
    }
    fn open(&self, _: &CoverSheet) -> Result<Box<dyn Transmitter>, LinkError> {
        let failed = |source| LinkError::Storage { doing: "open", path: self.loft.clone(), source };
        fs::create_dir(&self.loft).map_err(failed)?;
        let (grain, mut filled) = pipe().map_err(failed)?;
        filled.write_all(b"grain").map_err(failed)?;
        let bag = set_apart(grain).map_err(failed)?;
        Ok(Box::new(Flight { loft: self.loft.clone(), bag, _filled: filled.into(), flown: 0 }))
    }
}

/// The same, open.
struct Flight {
    loft: PathBuf,
    bag: OwnedFd,
    _filled: OwnedFd,
    flown: u32,
}

impl Transmitter for Flight {
    fn transmit(&mut self, frame: &[u8], _: &[String], _: &Stop) -> Result<Moved, LinkError> {
        let failed = |source| LinkError::Storage { doing: "fly to", path: self.loft.clone(), source };
        rustix::io::ioctl_fionread(&self.bag).map_err(|errno| failed(errno.into()))?;
        fs::write(self.loft.join(format!("pigeon-{:03}", self.flown)), frame).map_err(failed)?;
        self.flown += 1;
        Ok(Moved::Whole)
    }
    fn finish(&mut self, _: &Stop) -> Result<(), LinkError> {
        Ok(())
    }
    fn outlet(&self) -> Outlet<'_> {
        Outlet::Folder(&self.loft)
    }
}

/// The rows of the program and one more.
fn with(row: LinkKind) -> Vec<LinkKind> {
    LINKS.iter().copied().chain([row]).collect()
}

#[test]
fn a_link_to_send_over_is_named_in_help_and_refusals_by_its_row() {
    let rows = with(PIGEONS);
    let registry = Registry(&rows);
    assert!(registry.help().contains("pigeon:LOFT") && registry.help().contains("[,wind=N]"), "{}", registry.help());
    let refused = registry.link(&"owl:x".parse().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("pigeon:LOFT"), "{refused}");
    let refused = registry.link(&"pigeon:x,rain=3".parse().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("rain"), "{refused}");
    // Without its row there is no such link.
    assert!(Registry(LINKS).link(&"pigeon:x".parse().unwrap()).is_err());
}

/// A link more is planned, opened, locked in and sent over, and its row alone decides what its descriptor may be asked. The
/// sandbox is the real one, as the commands close it, so this is done in a process of its own.
///
/// This does not show a command line: the program's registry is a constant, to which nobody can add a row from outside.
#[test]
fn a_link_to_send_over_is_one_file_and_one_row() {
    if let Some(loft) = std::env::var_os(LOFT) {
        fly(Path::new(&loft));
        exit(0);
    }
    let folder = Scratch::new();
    for (row, ending) in [("own", "complete"), ("file", "failed")] {
        let loft = folder.path(row);
        let ended = Command::new(std::env::current_exe().unwrap())
            .args(["link_rows::a_link_to_send_over_is_one_file_and_one_row", "--exact", "--nocapture"])
            .env(LOFT, &loft)
            .output()
            .unwrap();
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
    let (_, outcome) = &outcomes[0];
    println!("LANDED: {} frames, {}", outcome.frames, outcome.ending.text());
}

/// The rows that name a section which the text of `hardware-notes.md` does not have.
fn without_section(anchors: impl Iterator<Item = &'static str>, page: &str) -> Vec<&'static str> {
    let sections: BTreeSet<String> = super::documents::anchors(page);
    anchors.filter(|anchor| !anchor.strip_prefix('#').is_some_and(|heading| sections.contains(heading))).collect()
}

#[test]
fn every_row_names_a_section_of_the_hardware_notes() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hardware-notes.md");
    let page = fs::read_to_string(page).unwrap();
    let online = rootcast_online::link::Registry::default();
    let online: Vec<&str> = online.rows().iter().map(|row| row.hardware_notes).collect();
    assert!(LINKS.len() >= 7 && online.len() >= 5);
    let offline = |rows: &[LinkKind]| rows.iter().map(|row| row.hardware_notes).collect::<Vec<_>>().into_iter();
    let none: Vec<&str> = Vec::new();
    assert_eq!(without_section(offline(LINKS).chain(online), &page), none, "hardware-notes.md has no such sections");
    // A link more is missed there until its section is written.
    let rows = with(PIGEONS);
    assert_eq!(without_section(offline(&rows), &page), [PIGEONS.hardware_notes]);
    assert_eq!(without_section(offline(&rows), &(page + SECTION)), none);
}
