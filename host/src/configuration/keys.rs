//! Every key of the configuration file. A key is named like the option of the command line whose place it takes.

/// Which program reads the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `rootcast-offline`.
    Offline,
    /// `rootcast-online`.
    Online,
}

impl Side {
    /// The name of its file in `/etc/rootcast`.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Offline => "offline.toml",
            Self::Online => "online.toml",
        }
    }

    /// Its program, as it is typed.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Offline => "rootcast-offline",
            Self::Online => "rootcast-online",
        }
    }

    /// Its name within a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Online => "online",
        }
    }
}

/// The key of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Link,
    Transport,
    Follow,
    RequireSandbox,
    Warn,
    NextContact,
    Timeout,
    Passes,
    For,
    UntilOdds,
}

/// What is known of a key.
pub(super) struct KeyRow {
    pub(super) key: Key,
    pub(super) section: &'static str,
    pub(super) name: &'static str,
    pub(super) sides: &'static [Side],
    /// What its value looks like: `a time in quotes, like "30d"`.
    pub(super) expected: &'static str,
    /// The commands that take it.
    pub(super) commands: &'static str,
}

const BOTH: &[Side] = &[Side::Online, Side::Offline];
const ONLINE: &[Side] = &[Side::Online];
const OFFLINE: &[Side] = &[Side::Offline];
const TIME: &str = "a time in quotes, like \"30s\", \"5m\", \"2h\" or \"30d\"";
const TRUTH: &str = "true or false, without quotes";

/// The sections in their order.
pub(super) const SECTIONS: [&str; 3] = ["links", "warnings", "limits"];

/// All keys, in the order of the documents.
#[rustfmt::skip]
pub(super) const KEYS: &[KeyRow] = &[
    KeyRow { key: Key::Link, section: "links", name: "link", sides: BOTH, expected: "link names in quotes, like \
        [\"serial:/dev/ttyUSB0,baud=115200\"]", commands: "send, plan, beacon, receive, link test" },
    KeyRow { key: Key::Transport, section: "links", name: "transport-key", sides: BOTH, expected: "a path in quotes \
        that begins with /, like \"/etc/rootcast/transport.key\"", commands: "send, plan, beacon, receive" },
    KeyRow { key: Key::Follow, section: "links", name: "follow", sides: ONLINE, expected: TRUTH, commands: "receive" },
    KeyRow { key: Key::RequireSandbox, section: "links", name: "require-sandbox", sides: BOTH, expected: TRUTH,
        commands: "send, beacon, receive" },
    KeyRow { key: Key::Warn, section: "warnings", name: "warn", sides: ONLINE, expected: TIME, commands: "status" },
    KeyRow { key: Key::NextContact, section: "warnings", name: "next-contact", sides: OFFLINE, expected: TIME,
        commands: "send and beacon with a transport key" },
    KeyRow { key: Key::Timeout, section: "limits", name: "timeout", sides: ONLINE, expected: TIME,
        commands: "receive, link test" },
    KeyRow { key: Key::Passes, section: "limits", name: "passes", sides: OFFLINE, expected: "a whole number from 1 on, \
        without quotes", commands: "send, plan, link test" },
    KeyRow { key: Key::For, section: "limits", name: "for", sides: OFFLINE, expected: TIME,
        commands: "send, plan, link test" },
    KeyRow { key: Key::UntilOdds, section: "limits", name: "until-odds", sides: OFFLINE, expected: "odds from 0.5 to 1, \
        like 0.999999, or the accepted odds of failure, like 1e-6", commands: "send, plan, link test" },
];

impl Key {
    /// What is known of it.
    pub(super) fn row(self) -> Option<&'static KeyRow> {
        KEYS.iter().find(|row| row.key == self)
    }

    /// The names of the keys of a program.
    pub(super) fn names(side: Side) -> impl Iterator<Item = &'static str> {
        KEYS.iter().filter(move |row| row.sides.contains(&side)).map(|row| row.name)
    }
}

/// Every key of a program with its section, what is expected, and the commands that take it, for documents.
pub fn table_of_keys(side: Side) -> impl Iterator<Item = [&'static str; 4]> {
    let of_side = KEYS.iter().filter(move |row| row.sides.contains(&side));
    of_side.map(|row| [row.section, row.name, row.expected, row.commands])
}
