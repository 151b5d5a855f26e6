//! The registry, and that a link is one file and one row of it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::link_name::LinkName;
use rootcast_host::sandbox::{Descriptors, DeviceRequest, LinkCalls, Purpose, SystemCall};

use super::optical::reader_process::Readers;
use super::{
    Children, Flow, Link, LinkEvent, LinkFailure, LinkKind, LinkPaths, OpenWith, Opening, Receiver, Registry, Remedy,
    Source, open_around, sandbox,
};

fn link(name: &str) -> Link {
    Registry::default().read(name).unwrap()
}

fn paths(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

#[test]
fn each_link_has_one_row_and_its_own_paths() {
    for (name, form, read, devices) in [
        ("file:a=b.frames", "file:FILE", vec!["a=b.frames"], vec![]),
        ("serial:/dev/ttyS0,baud=9600", "serial:PORT[,baud=N]", vec![], vec![]),
        ("eth:eth0,ethertype=88b6", "eth:IFACE[,ethertype=HEX]", vec![], vec![]),
        ("udp:[ff02::4d]:4200,interface=eth0", "udp:GROUP:PORT,interface=IFACE", vec![], vec![]),
        ("audio:wav=a,b.wav", "audio:wav=FILE|-", vec!["a,b.wav"], vec![]),
        ("audio:wav=-", "audio:wav=FILE|-", vec![], vec![]),
        ("qr:images=in", "qr:images=DIR|FILE", vec!["in"], vec![]),
        ("qr:video=-,width=2,height=2", "qr:video=FILE|-", vec![], vec![]),
        ("qr:video=a,b.y4m", "qr:video=FILE|-", vec!["a,b.y4m"], vec![]),
        ("qr:camera=0,fps=60", "qr:camera=N|NAME", vec![], vec!["/dev/video0"]),
        ("qr:camera=255", "qr:camera=N|NAME", vec![], vec!["/dev/video255"]),
    ] {
        let link = link(name);
        assert_eq!((link.kind.form, link.to_string()), (form, name.to_owned()));
        assert_eq!(link.paths(), LinkPaths { read: paths(&read), devices: paths(&devices) }, "{name}");
    }
}

/// `qr:camera=00` was let in as `/dev/video00`, and opened `/dev/video0`.
#[test]
fn a_camera_that_is_not_named_as_the_system_does_is_refused() {
    let registry = Registry::default();
    for number in ["00", "01", "+0", "-0", " 0", "256", "0x0", "none", ""] {
        let error = registry.read(&format!("qr:camera={number}")).unwrap_err().to_string();
        assert!(error.contains("qr:camera=0 is /dev/video0"), "{error}");
    }
    let list = registry.read("qr:camera=list").unwrap_err();
    assert!(list.to_string().contains("it asks for the cameras") && list.next(&[]).is_some(), "{list}");
    for name in [
        "pigeon:coop",
        "audio:wav",
        "audio:wav=",
        "audio:wav=a,mode=auto",
        "qr:film=a",
        "qr:camera",
        "qr:0",
        "qr:images=",
        "qr:video=",
        "File:a",
        "eth:a/b",
        "eth:eth0,ethertype=88",
        "eth:eth0,rate=1G",
        "udp:224.0.0.77:4200",
        "udp:224.0.0.77,interface=eth0",
        "udp:host:1,interface=eth0",
        "udp:[ff02::4d]:0,interface=eth0",
        "udp:ff02::4d:4200,interface=eth0",
        "udp:224.0.0.77:4200,interface=",
    ] {
        assert!(registry.read(name).is_err(), "{name}");
    }
}

#[test]
fn help_and_refusals_name_every_link_there_is() {
    let registry = Registry::default();
    assert_eq!(
        registry.help(),
        "Where to receive from: file:FILE, serial:PORT[,baud=N], eth:IFACE[,ethertype=HEX], udp:GROUP:PORT,interface=IFACE, \
         audio:wav=FILE|-, audio:device=hw:CARD,DEVICE, qr:camera=N|NAME, qr:video=FILE|-, qr:images=DIR|FILE; may be \
         repeated"
    );
    let refused = registry.read("pigeon:coop").unwrap_err().to_string();
    assert!(
        refused.ends_with(
            "there is no such link; this program receives from file:FILE, serial:PORT[,baud=N], eth:IFACE[,ethertype=HEX], \
             udp:GROUP:PORT,interface=IFACE, audio:wav=FILE|-, audio:device=hw:CARD,DEVICE, qr:camera=N|NAME, \
             qr:video=FILE|- and qr:images=DIR|FILE"
        ),
        "{refused}"
    );
    let twice = registry.read_all(&["file:a".to_owned(), "file:a".to_owned()]).unwrap_err().to_string();
    assert!(twice.contains("this link is named twice"), "{twice}");
}

#[test]
fn a_sound_device_is_named_itself_or_mixing_is_allowed() {
    let read =
        |name: &str| Registry::default().read(name).map(|link| link.kind.form).map_err(|error| error.to_string());
    for name in ["audio:device=hw:0", "audio:device=hw:1,0", "audio:device=default,mixing=allowed"] {
        assert_eq!(read(name).unwrap(), "audio:device=hw:CARD,DEVICE", "{name}");
    }
    for (name, why) in [
        ("audio:device=default", "add mixing=allowed"),
        ("audio:device=list", "/proc/asound/pcm"),
        ("audio:device", "a device is named as audio:device=hw:CARD,DEVICE"),
        ("audio:devices=1", "there is no such link"),
        ("audio:device=hw:0,channel=left", "there is no option channel"),
    ] {
        let told = read(name).unwrap_err();
        assert!(told.contains(why), "{name}: {told}");
    }
}

#[test]
fn receiving_keeps_its_state_and_the_links_it_was_given() {
    let links = ["file:a.frames", "serial:/dev/ttyS0,baud=9600", "qr:images=in", "qr:video=-"].map(link);
    let left = sandbox(Some(PathBuf::from("state").as_path()), &links, &Readers::default(), &Children::default());
    assert_eq!((left.purpose, left.own), (Purpose::Receive, paths(&["state"])));
    assert_eq!((left.read, left.devices), (paths(&["a.frames", "in"]), paths(&[])));
    assert_eq!(left.links, [LinkCalls::FILE, LinkCalls::SERIAL_RECEIVER]);
    assert_eq!(
        LinkCalls::SERIAL_RECEIVER.requests,
        [DeviceRequest::Exactly(0x802c_542a)],
        "how the line is set, no more"
    );
    let left = sandbox(None, &[link("qr:camera=2")], &Readers::default(), &Children::default());
    assert_eq!((left.links, left.devices), (vec![LinkCalls::CAMERA], paths(&["/dev/video2"])));
}

/// A link for this test: everything that the program has to know of it is here.
const PIGEON: LinkKind = LinkKind {
    name: "pigeon",
    medium: None,
    form: "pigeon:COOP[,birds=N]",
    options: &["birds"],
    hardware_notes: "#pigeons",
    opening: Opening::BeforeSandbox,
    calls: LinkCalls {
        calls: &[],
        on_links: &[SystemCall::new(45)],
        is_written: false,
        requests: &[DeviceRequest::Exactly(0x5052)],
        descriptors: Descriptors::SetApart,
    },
    keeps_settings: false,
    is_recording: false,
    readers: 0,
    remedy: Remedy { text: "Feed the birds.", is_of_a_device: false },
    read: |name| Ok(Box::new(Coop { birds: name.number("birds", 1, 9)?.unwrap_or(1) })),
};

#[derive(Debug)]
struct Coop {
    birds: u32,
}

impl Source for Coop {
    fn paths(&self) -> LinkPaths {
        LinkPaths { read: paths(&["coop"]), devices: Vec::new() }
    }

    fn open(&self, _name: &LinkName, _with: &OpenWith) -> Result<Box<dyn Receiver>, Diagnosis> {
        OPENED.store(true, Ordering::Relaxed);
        Ok(Box::new(Pigeons(self.birds)))
    }
}

static OPENED: AtomicBool = AtomicBool::new(false);

struct Pigeons(u32);

impl Receiver for Pigeons {
    fn receive(&mut self, _wait: Duration, each: &mut dyn FnMut(LinkEvent)) -> Result<Flow, LinkFailure> {
        (0..self.0).for_each(|_| each(LinkEvent::Frame(b"coo".to_vec())));
        Ok(Flow::Ended)
    }
}

#[test]
fn a_link_more_is_one_file_and_one_row() {
    let registry = Registry::default().with(PIGEON);
    assert!(
        registry.help().contains("qr:images=DIR|FILE, pigeon:COOP[,birds=N]; may be repeated"),
        "{}",
        registry.help()
    );
    let refused = registry.read("owl:tower").unwrap_err().to_string();
    assert!(refused.contains("qr:images=DIR|FILE and pigeon:COOP[,birds=N]"), "{refused}");
    let refused = registry.read("pigeon:home,owls=1").unwrap_err().to_string();
    assert!(refused.contains("there is no option owls; this link's options: birds"), "{refused}");
    assert!(registry.read("pigeon:home,birds=10").is_err());
    let links = registry.read_all(&["pigeon:home,birds=3".to_owned(), "qr:video=-".to_owned()]).unwrap();
    // It is open before the sandbox closes, so no path to it is left, and its descriptors may see what its row says.
    let left = sandbox(None, &links, &Readers::default(), &Children::default());
    assert_eq!((left.read, left.links), (Vec::new(), vec![PIGEON.calls, LinkCalls::FILE]));
    let (was_open, mut opened) =
        open_around(&links, &OpenWith::default(), || Ok(OPENED.load(Ordering::Relaxed))).unwrap();
    assert!(was_open, "it was not open when the sandbox closed");
    assert_eq!(opened.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["pigeon:home,birds=3", "qr:video=-"]);
    let (mut frames, pigeons) = (0, opened.first_mut());
    let (_, pigeons) = pigeons.unwrap();
    assert_eq!(pigeons.receive(Duration::ZERO, &mut |_| frames += 1), Ok(Flow::Ended));
    assert_eq!(frames, 3);
}
