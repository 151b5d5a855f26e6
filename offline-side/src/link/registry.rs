//! The links this program has: a row each. Adding a link is one file and one row here.
//!
//! A row has everything about a kind of link: its form, its options, its texts in help and refusals, its section in
//! `hardware-notes.md`, and its needs inside the sandbox. When it is opened is no part of it: this program opens every link
//! before its sandbox closes.

use rootcast_host::link_name::{AbsentLink, LinkName, LinkNameError};
use rootcast_host::sandbox::LinkCalls;

use super::transmitter::Link;
use super::{ethernet, file, optical, serial, sound};

/// Makes a link from its name and its target.
pub type MakeLink = fn(&LinkName, &str) -> Result<Box<dyn Link>, LinkNameError>;

/// One kind of link.
#[derive(Debug, Clone, Copy)]
pub struct LinkKind {
    /// The word before the colon: `serial`.
    pub kind: &'static str,
    /// How its target is written.
    pub target: Target,
    /// A whole name, for help and refusals: `serial:PORT,baud=N`.
    pub example: &'static str,
    /// The options it takes beside.
    pub options: &'static [LinkOption],
    /// The heading of its section in `hardware-notes.md`, as an anchor: `#serial`.
    pub hardware_notes: &'static str,
    /// What its descriptors may see once the sandbox is closed.
    pub calls: LinkCalls,
    /// Makes the link from its name, of which kind and options are checked, and from its target.
    pub link: MakeLink,
}

/// How the target of a link is written, after the colon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// Anything: a file, a port.
    Any,
    /// This word, `=`, and anything: `png=DIR`.
    In(&'static str),
    /// This word alone: `terminal`.
    Word(&'static str),
}

/// An option of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkOption {
    /// Its name.
    pub name: &'static str,
    /// The values it takes, for help.
    pub values: &'static str,
}

const VERSION: LinkOption = LinkOption { name: "version", values: "1..40" };
const CORRECTION: LinkOption = LinkOption { name: "ec", values: "L|M|Q|H" };
const FPS: LinkOption = LinkOption { name: "fps", values: "N" };
const TILES: LinkOption = LinkOption { name: "tiles", values: "RxC" };
const SCALE: LinkOption = LinkOption { name: "scale", values: "N" };

const RATE: LinkOption = LinkOption { name: "rate", values: "10M..1G" };
const MAC: LinkOption = LinkOption { name: "mac", values: "ADDRESS" };
/// The options of sound.
const MODE: LinkOption = LinkOption { name: "mode", values: "auto|qpsk-1/2|…|4096-4/5" };
/// Every link this program has.
pub const LINKS: &[LinkKind] = &[
    LinkKind {
        kind: "file",
        target: Target::Any,
        example: "file:FILE",
        options: &[],
        hardware_notes: "#recording-file",
        calls: LinkCalls::FILE,
        link: file::link,
    },
    LinkKind {
        kind: "qr",
        target: Target::In("png"),
        example: "qr:png=DIR",
        options: &[VERSION, CORRECTION, FPS, TILES, SCALE],
        hardware_notes: "#qr",
        calls: LinkCalls::FILE,
        link: optical::pictures::link,
    },
    LinkKind {
        kind: "qr",
        target: Target::In("gif"),
        example: "qr:gif=FILE",
        options: &[VERSION, CORRECTION, FPS, TILES, SCALE],
        hardware_notes: "#qr",
        calls: LinkCalls::FILE,
        link: optical::animation::link,
    },
    LinkKind {
        kind: "qr",
        target: Target::In("html"),
        example: "qr:html=FILE",
        options: &[VERSION, CORRECTION, FPS, TILES, SCALE],
        hardware_notes: "#qr",
        calls: LinkCalls::FILE,
        link: optical::web_page::link,
    },
    LinkKind {
        kind: "qr",
        target: Target::In("pdf"),
        example: "qr:pdf=FILE",
        options: &[VERSION, CORRECTION, TILES],
        hardware_notes: "#qr",
        calls: LinkCalls::FILE,
        link: optical::paper::link,
    },
    LinkKind {
        kind: "qr",
        target: Target::Word("terminal"),
        example: "qr:terminal",
        options: &[VERSION, CORRECTION, FPS],
        hardware_notes: "#qr",
        calls: LinkCalls::TERMINAL,
        link: optical::terminal::link,
    },
    LinkKind {
        kind: "serial",
        target: Target::Any,
        example: "serial:PORT,baud=N",
        options: &[LinkOption { name: "baud", values: "N" }, LinkOption { name: "frame", values: "N" }],
        hardware_notes: "#serial",
        calls: LinkCalls::SERIAL_TRANSMITTER,
        link: serial::link,
    },
    LinkKind {
        kind: "eth",
        target: Target::Any,
        example: "eth:IFACE",
        options: &[RATE, MAC, LinkOption { name: "ethertype", values: "HEX" }],
        hardware_notes: "#ethernet",
        calls: LinkCalls::SENDING_SOCKET,
        link: ethernet::ethernet,
    },
    LinkKind {
        kind: "udp",
        target: Target::Any,
        example: "udp:GROUP:PORT,interface=IFACE",
        options: &[
            LinkOption { name: "interface", values: "IFACE" },
            RATE,
            MAC,
            LinkOption { name: "source", values: "ADDRESS" },
            LinkOption { name: "ttl", values: "1..255" },
        ],
        hardware_notes: "#ethernet",
        calls: LinkCalls::SENDING_SOCKET,
        link: ethernet::udp,
    },
    LinkKind {
        kind: "audio",
        target: Target::In("wav"),
        example: "audio:wav=FILE",
        options: &[MODE],
        hardware_notes: "#audio",
        calls: LinkCalls::FILE,
        link: sound::wave::link,
    },
    #[cfg(feature = "audio-device")]
    LinkKind {
        kind: "audio",
        target: Target::In("device"),
        example: "audio:device=hw:CARD,DEVICE",
        options: &[
            MODE,
            LinkOption { name: "channel", values: "left|right|both" },
            LinkOption { name: "mixing", values: "allowed" },
        ],
        hardware_notes: "#audio",
        calls: LinkCalls::SOUND_PLAYER,
        link: sound::device::link,
    },
];

/// What is no link of this program, and why.
const ABSENT: &[AbsentLink] = &[sound::NO_DEVICE];

impl LinkKind {
    /// What of `name` is the target, if the name is of this kind.
    fn target_of<'n>(&self, name: &'n LinkName) -> Option<&'n str> {
        let target = (name.kind == self.kind).then_some(name.target.as_str())?;
        match self.target {
            Target::Any => Some(target),
            Target::In(word) => target.strip_prefix(word)?.strip_prefix('='),
            Target::Word(word) => (target == word).then_some(""),
        }
    }

    fn is_mandatory(&self, option: &LinkOption) -> bool {
        self.example.split(',').skip(1).any(|part| part.split('=').next() == Some(option.name))
    }

    /// One line of help: how it is written, with all its options.
    fn help(&self) -> String {
        let further = self.options.iter().filter(|option| !self.is_mandatory(option));
        let further: String = further.map(|option| format!("[,{}={}]", option.name, option.values)).collect();
        format!("  {:<20}{further}", self.example).trim_end().to_owned()
    }
}

/// A set of links: what names them, and what is said of them.
#[derive(Debug, Clone, Copy)]
pub struct Registry<'r>(pub &'r [LinkKind]);

/// The links of this program.
pub(crate) const REGISTRY: Registry<'static> = Registry(LINKS);

impl Registry<'_> {
    /// The link that `name` names.
    ///
    /// # Errors
    /// When there is no such link, or it has no such option.
    pub fn link(&self, name: &LinkName) -> Result<Box<dyn Link>, LinkNameError> {
        let Some((kind, target)) = self.kind(name) else {
            return Err(name.unknown(&format!("the links are {}", self.names()), &self.forms(), ABSENT));
        };
        name.only(&kind.options.iter().map(|option| option.name).collect::<Vec<_>>())?;
        (kind.link)(name, target)
    }

    /// What the descriptors of the links with these names may see once the sandbox is closed.
    #[must_use]
    pub(super) fn calls(&self, names: &[String]) -> Vec<LinkCalls> {
        let names = names.iter().filter_map(|name| name.parse::<LinkName>().ok());
        names.filter_map(|name| self.kind(&name).map(|(kind, _)| kind.calls)).collect()
    }

    fn kind<'n>(&self, name: &'n LinkName) -> Option<(&LinkKind, &'n str)> {
        self.0.iter().find_map(|kind| Some((kind, kind.target_of(name)?)))
    }

    /// How each link is written.
    #[must_use]
    pub(crate) fn forms(&self) -> Vec<&str> {
        self.0.iter().map(|kind| kind.example).collect()
    }

    /// Every link as it is written, in one line.
    #[must_use]
    pub fn names(&self) -> String {
        self.forms().join(", ")
    }

    /// Every link with its options, a line each.
    #[must_use]
    pub fn help(&self) -> String {
        self.0.iter().map(LinkKind::help).collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::REGISTRY;
    use crate::link::LinkError;
    use crate::link::cover_sheet::CoverSheet;
    use crate::sending::plan::{LinkPlan, StopRule};
    use rootcast_protocol::object::Object;

    #[test]
    fn the_links_there_are_can_be_named_and_no_others() {
        for name in [
            "file:a",
            "qr:png=dir,version=20,scale=8,tiles=2x2,ec=M,fps=5",
            "qr:terminal,fps=5,version=12,ec=Q",
            "qr:gif=a.gif,fps=5,tiles=1x2",
            "qr:html=a.html,tiles=2x2,scale=3",
            "qr:pdf=a.pdf,tiles=3x2,ec=H",
            "serial:/dev/x,baud=9600",
            "eth:eth0",
            "eth:eth0,rate=1G,mac=02:00:00:00:00:01,ethertype=88b6",
            "udp:224.0.0.77:4200,interface=eth0",
            "udp:239.1.2.3:4200,interface=eth0,source=192.0.2.1,ttl=4,rate=10M",
            "udp:192.0.2.2:4200,interface=eth0,source=192.0.2.1,mac=02:00:00:00:00:01",
            "udp:[ff02::4d]:4200,interface=eth0",
            "udp:[fe80::1]:4200,interface=eth0,mac=02:00:00:00:00:01",
            "audio:wav=a.wav,mode=auto",
            "audio:wav=a.wav,mode=4096-4/5",
            "audio:wav=-",
        ] {
            REGISTRY.link(&name.parse().unwrap()).unwrap();
        }
        let wrong = [
            "gif:x",
            "qr:gif",
            "qr:gif=",
            "qr:html=",
            "qr:pdf=",
            "qr:png",
            "qr:png=d,tiles=2",
            "qr:png=d,tiles=9x1",
            "qr:png=d,ec=X",
            "qr:pdf=f,fps=3",
            "qr:terminal,tiles=2x2",
            "qr:terminal=x",
            "serial:/dev/x",
            "serial:/dev/x,baud=0",
            "file:a,version=3",
            "qr:png=d,version=41",
            "qr:png=d,scale=3",
            "eth:a/b",
            "eth:sixteen-letters!",
            "eth:eth0,rate=5M",
            "eth:eth0,rate=100",
            "eth:eth0,mac=ff:ff:ff:ff:ff",
            "eth:eth0,ethertype=0800",
            "eth:eth0,ethertype=05ff",
            "eth:eth0,ethertype=88b55",
            "eth:eth0,ttl=1",
            "udp:224.0.0.77:4200",
            "udp:224.0.0.77:4200,interface=",
            "udp:224.0.0.77,interface=eth0",
            "udp:224.0.0.77:0,interface=eth0",
            "udp:host:4200,interface=eth0",
            "udp:ff02::1:4200,interface=eth0",
            "udp:239.1.2.3:4200,interface=eth0",
            "udp:192.0.2.2:4200,interface=eth0,source=192.0.2.1",
            "udp:[fe80::1]:4200,interface=eth0",
            "udp:[ff02::4d]:4200,interface=eth0,source=192.0.2.1",
            "udp:224.0.0.77:4200,interface=eth0,ttl=0",
            "audio:wav",
            "audio:wav=",
            "audio:wav=x,mode=8-1/2",
            "audio:wav=x,fps=3",
            "audio:devices=1",
        ];
        // The package variant has these.
        let of_variant = ["audio:device=hw:0"].into_iter().filter(|_| cfg!(not(feature = "audio-device")));
        for name in wrong.into_iter().chain(of_variant) {
            let error = REGISTRY.link(&name.parse().unwrap()).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        let refused = |name: &str| REGISTRY.link(&name.parse().unwrap()).unwrap_err().to_string();
        assert!(refused("audio:devices=1").contains("there is no such link"));
        assert!(!refused("audio:device").contains("there is no such link"));
        assert!(REGISTRY.link(&"qr:jpg=x".parse().unwrap()).unwrap_err().to_string().contains(&REGISTRY.names()));
    }

    #[test]
    fn a_file_that_nobody_could_handle_is_refused_before_it_is_made() {
        let object = Object::new(&vec![7; 60 << 20]).unwrap();
        for kind in ["gif", "html", "pdf"] {
            let path = std::env::temp_dir().join(format!("rootcast-too-many.{kind}"));
            let name = format!("qr:{kind}={}", path.display());
            let link = REGISTRY.link(&name.parse().unwrap()).unwrap();
            let plan = LinkPlan::new(&*link, &object, 0, StopRule::ByLink).unwrap();
            let refused = link.open(&CoverSheet::without_items(&object, &plan)).map(|_| ()).unwrap_err();
            assert!(matches!(refused, LinkError::TooManyFrames { .. }), "{refused}");
            assert!(!path.exists());
        }
    }
}
