//! An example for each command, below its help. A test parses every one.

use rootcast_console::help::Example;

/// The command, and a command line. Words in capitals and names of files stand for what the operator has.
#[rustfmt::skip]
pub(super) const EXAMPLES: &[Example] = &[
    ("trust", "rootcast-offline trust --state root-state --root root.crt"),
    ("retire", "rootcast-offline retire --state root-state old-root.crt"),
    ("check", "rootcast-offline check --state root-state root.crl"),
    ("bundle", "rootcast-offline bundle --state root-state -o root.bundle root.crl intermediate.crt"),
    ("send", "rootcast-offline send --state root-state --link serial:/dev/ttyUSB0,baud=115200 root.crl"),
    ("plan", "rootcast-offline plan --state root-state --link qr:terminal --until-odds 1e-9 root.crl"),
    ("link report", "rootcast-offline link report --state root-state"),
    ("link check", "rootcast-offline link check eth:eth1 --watch 10s"),
    ("link test", "rootcast-offline link test --link serial:/dev/ttyUSB0,baud=115200 --for 1m"),
    ("journal verify", "rootcast-offline journal verify --state root-state --head 'obtuse revival kiwi unravel flatfoot graduate skullcap publisher'"),
    ("journal show", "rootcast-offline journal show --state root-state"),
    ("journal audit", "rootcast-offline journal audit --state root-state --since 2026-01-01T00:00:00Z --pdf audit.pdf"),
    ("journal begin", "rootcast-offline journal begin --state root-state --by 'O. Operator' --because 'the disk failed'"),
    ("journal ack", "rootcast-offline journal ack --state root-state 3f2a9c --by 'O. Operator' --because 'agreed in change 17'"),
    ("ceremony new", "rootcast-offline ceremony new -o REQUEST.toml --script script.md"),
    ("ceremony keygen", "rootcast-offline ceremony keygen --state root-state --site SITE.toml REQUEST.toml"),
    ("ceremony rehearse", "rootcast-offline ceremony rehearse --state root-state --site SITE.toml -o rehearsal REQUEST.toml"),
    ("ceremony sign", "rootcast-offline ceremony sign --state root-state --site SITE.toml --approval alice.sig --approval bob.sig rehearsal"),
    ("ceremony record", "rootcast-offline ceremony record --state root-state rehearsal"),
    ("ceremony approvals reset", "rootcast-offline ceremony approvals reset --state root-state --by 'O. Operator' --because 'both keys expired' \
        --head 'orca pioneer highchair everyday beehive sensation blowtorch therapist'"),
    ("escrow verify", "rootcast-offline escrow verify --state root-state --site SECOND.toml"),
    ("escrow restore", "rootcast-offline escrow restore --state new-state --site NEW.toml kit"),
    ("escrow import", "rootcast-offline escrow import --state root-state --site SITE.toml --pages /dev/usb/lp0 \
        --groups directors engineers --owner 'Example Corp' root.key"),
    ("escrow kit", "rootcast-offline escrow kit --state root-state --site SITE.toml --places places.txt -o kit"),
    ("escrow check-piece", "rootcast-offline escrow check-piece --groups directors engineers directors 2"),
    ("escrow drill", "rootcast-offline escrow drill --state root-state --twin TWIN.toml --pages /dev/usb/lp0 -o drill"),
    ("escrow bags", "rootcast-offline escrow bags --state root-state"),
    ("escrow destroyed", "rootcast-offline escrow destroyed --state root-state --set 3f2a9c0457b1d8"),
    ("escrow token-gone", "rootcast-offline escrow token-gone --state root-state --serial 0123456789 --because 'broken before a witness'"),
    ("token list", "rootcast-offline token list --module /usr/lib/softhsm/libsofthsm2.so"),
    ("beacon", "rootcast-offline beacon --state root-state --link serial:/dev/ttyUSB0,baud=115200 --transport-key gap.key --next-contact 90d"),
    ("key new", "rootcast-offline key new -o gap.key"),
    ("key words", "rootcast-offline key words gap.key"),
    ("key from-words", "rootcast-offline key from-words -o gap.key"),
    ("explain", "rootcast-offline explain REQ-NUMBER"),
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rootcast_console::help::{leaves, words_of_example};

    use super::EXAMPLES;
    use crate::command::CommandLine;

    #[test]
    fn every_command_has_an_example_that_it_takes() {
        let names: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
        assert_eq!(leaves(&CommandLine::command()), names, "one example for each command, in the order of the help");
        for (name, example) in EXAMPLES {
            let words = words_of_example(example);
            assert!(example.starts_with(&format!("rootcast-offline {name}")), "{example}");
            let refused = CommandLine::command().try_get_matches_from(words).err();
            assert!(refused.is_none(), "{example}\n{}", refused.map(|error| error.to_string()).unwrap_or_default());
        }
    }
}
