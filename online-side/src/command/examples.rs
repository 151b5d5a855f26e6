//! An example for each command, below its help. A test parses every one.

use rootcast_console::help::Example;

/// The command, and a command line. Words in capitals and names of files stand for what the operator has.
#[rustfmt::skip]
pub(super) const EXAMPLES: &[Example] = &[
    ("trust", "rootcast-online trust --state online-state --root root.crt --crl root.crl"),
    ("retire", "rootcast-online retire --state online-state old-root.crt"),
    ("receive", "rootcast-online receive --state online-state --link serial:/dev/ttyUSB0,baud=115200 --once"),
    ("check", "rootcast-online check --state online-state root.crl"),
    ("status", "rootcast-online status --state online-state --warn 14d"),
    ("held list", "rootcast-online held list --state online-state"),
    ("held accept", "rootcast-online held accept --state online-state 0123456789ab-3f2a9c --by 'O. Operator' --because 'agreed by telephone'"),
    ("held discard", "rootcast-online held discard --state online-state 0123456789ab-3f2a9c --by 'O. Operator' --because 'not ours'"),
    ("receipts list", "rootcast-online receipts list --state online-state --since 2026-11-01T00:00:00Z"),
    ("receipts show", "rootcast-online receipts show --state online-state 17"),
    ("alarm list", "rootcast-online alarm list --state online-state"),
    ("alarm ack", "rootcast-online alarm ack --state online-state 3f2a9c --by 'O. Operator' --because 'known, see change 17'"),
    ("link test", "rootcast-online link test --link serial:/dev/ttyUSB0,baud=115200 --timeout 2m"),
    ("request show", "rootcast-online request show issuing.csr"),
    ("key new", "rootcast-online key new -o gap.key"),
    ("key words", "rootcast-online key words gap.key"),
    ("key from-words", "rootcast-online key from-words -o gap.key"),
    ("explain", "rootcast-online explain CRL-NUMBER-MISSING"),
];

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use rootcast_console::help::{leaves, words_of_example};

    use super::EXAMPLES;
    use crate::command::program::Arguments;

    #[test]
    fn every_command_has_an_example_that_it_takes() {
        let names: Vec<&str> = EXAMPLES.iter().map(|(name, _)| *name).collect();
        assert_eq!(leaves(&Arguments::command()), names, "one example for each command, in the order of the help");
        for (name, example) in EXAMPLES {
            let words = words_of_example(example);
            assert!(example.starts_with(&format!("rootcast-online {name}")), "{example}");
            let refused = Arguments::command().try_get_matches_from(words).err();
            assert!(refused.is_none(), "{example}\n{}", refused.map(|error| error.to_string()).unwrap_or_default());
        }
    }
}
