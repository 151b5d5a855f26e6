//! Registries of links: a link is one file and one row, on either side.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::mpsc::{Receiver as Inbox, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rootcast_host::interrupt::Interrupt;
use rootcast_host::link_name::{LinkName, LinkNameError};
use rootcast_host::sandbox::LinkCalls;
use rootcast_offline::link::cover_sheet::CoverSheet;
use rootcast_offline::link::registry::{LINKS, LinkKind, LinkOption, Opening, Registry, Target};
use rootcast_offline::link::{Link, LinkError, Moved, Outlet, Stop, Transmitter};
use rootcast_offline::sending::plan::{LinkPlan, StopRule};
use rootcast_offline::sending::transmission::{OpenTransmission, SymbolSource, send_all};
use rootcast_protocol::object::Object;

/// A link to nowhere, in one file: frames fly away with a pigeon each.
#[derive(Debug, Clone)]
struct Pigeons {
    name: LinkName,
    loft: Arc<Mutex<Option<Sender<Vec<u8>>>>>,
}

static LOFT: Mutex<Option<Sender<Vec<u8>>>> = Mutex::new(None);

/// And its row.
const PIGEONS: LinkKind = LinkKind {
    kind: "pigeon",
    target: Target::Any,
    example: "pigeon:LOFT",
    options: &[LinkOption { name: "wind", values: "N" }],
    hardware_notes: "#serial",
    opening: Opening::BeforeSandbox,
    calls: LinkCalls::FILE,
    link: pigeons,
};

fn pigeons(name: &LinkName, _loft: &str) -> Result<Box<dyn Link>, LinkNameError> {
    name.number("wind", 0, 12)?;
    Ok(Box::new(Pigeons { name: name.clone(), loft: Arc::new(Mutex::new(LOFT.lock().unwrap().clone())) }))
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
        Ok(Box::new(self.clone()))
    }
}

impl Transmitter for Pigeons {
    fn transmit(&mut self, frame: &[u8], _: &[String], _: &Stop) -> Result<Moved, LinkError> {
        self.loft.lock().unwrap().as_ref().unwrap().send(frame.to_vec()).unwrap();
        Ok(Moved::Whole)
    }
    fn finish(&mut self, _: &Stop) -> Result<(), LinkError> {
        Ok(())
    }
    fn outlet(&self) -> Outlet<'_> {
        Outlet::Folder(Path::new("loft"))
    }
}

#[test]
fn a_link_to_send_over_is_one_file_and_one_row() {
    let (loft, arrived): (Sender<Vec<u8>>, Inbox<Vec<u8>>) = channel();
    *LOFT.lock().unwrap() = Some(loft);
    let rows: Vec<LinkKind> = LINKS.iter().chain([&PIGEONS]).copied().collect();
    let registry = Registry(&rows);

    // Help and refusals have it from its row.
    assert!(registry.help().contains("pigeon:LOFT") && registry.help().contains("[,wind=N]"), "{}", registry.help());
    let refused = registry.link(&"owl:x".parse().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("pigeon:LOFT"), "{refused}");
    let refused = registry.link(&"pigeon:x,rain=3".parse().unwrap()).unwrap_err().to_string();
    assert!(refused.contains("rain"), "{refused}");
    assert_eq!(registry.calls(&["pigeon:x".to_owned()]), [LinkCalls::FILE]);

    // It is planned, opened and sent over like any other.
    let bytes = vec![7; 5_000];
    let object = Object::new(&bytes).unwrap();
    let link = registry.link(&"pigeon:x,wind=3".parse().unwrap()).unwrap();
    let plan = LinkPlan::new(&*link, &object, 0, StopRule::Passes(2)).unwrap();
    let transmitter = link.open(&CoverSheet::without_items(&object, &plan)).unwrap();
    let open = OpenTransmission { plan, link, transmitter };
    let outcomes = send_all(&SymbolSource::new(object, bytes), vec![open], &Interrupt::default(), &mut |_| {});
    let frames: Vec<Vec<u8>> = arrived.try_iter().collect();
    assert_eq!(frames.len() as u64, outcomes[0].1.frames);
    assert!(!frames.is_empty() && frames.iter().all(|frame| frame.len() <= 1_200));
}

#[test]
fn every_row_names_a_section_of_the_hardware_notes() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hardware-notes.md");
    let sections: BTreeSet<String> = super::documents::anchors(&fs::read_to_string(page).unwrap());
    let offline = LINKS.iter().map(|row| row.hardware_notes);
    let online = rootcast_online::link::Registry::default();
    let online: Vec<&str> = online.rows().iter().map(|row| row.hardware_notes).collect();
    assert!(LINKS.len() >= 7 && online.len() >= 5);
    for anchor in offline.chain(online) {
        let heading = anchor.strip_prefix('#').unwrap();
        assert!(sections.contains(heading), "hardware-notes.md has no section {anchor}");
    }
}
