//! Which format a command line names, also where the rest of it is wrong.

use std::ffi::OsString;

/// Whether a command line names this format, as far as it can be read.
pub(super) fn is_format(arguments: &[OsString], name: &str) -> bool {
    let value = |argument: &OsString| argument.to_str()?.strip_prefix("--format=").map(str::to_owned);
    arguments.iter().any(|argument| value(argument).is_some_and(|value| value == name))
        || arguments.windows(2).any(|two| two == ["--format", name])
}
