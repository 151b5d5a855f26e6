//! Commands for a shell within text for people, so that text can be laid out around them.

/// Programs whose name begins a command that people copy into a shell.
const COMMANDS: [&str; 7] =
    ["rootcast-offline ", "rootcast-online ", "ssh-keygen ", "openssl ", "sudo ", "ip ", "nmcli "];
/// How many of them are ours.
const OURS: usize = 2;

/// A command in a line. The three parts are the line.
pub(crate) struct Found<'l> {
    pub(crate) before: &'l str,
    /// With the spaces before it and, where it stands between backquotes, with what touches them.
    pub(crate) command: &'l str,
    pub(crate) behind: &'l str,
}

/// The first command of a line: the whole line; between backquotes; or one of ours behind a label, to the end.
pub(crate) fn first_in(line: &str) -> Option<Found<'_>> {
    let text = line.trim_start_matches(' ');
    if COMMANDS.iter().any(|command| text.starts_with(command)) && !is_usage(line) {
        return Some(Found { before: "", command: line, behind: "" });
    }
    match (between_backquotes(line), behind_label(line)) {
        (Some(quoted), Some(labelled)) if quoted.before.len() < labelled.before.len() => Some(quoted),
        (_, Some(labelled)) => Some(labelled),
        (quoted, None) => quoted,
    }
}

/// Whether it shows how a command is written, and is none: `Usage: rootcast-online check [OPTIONS] <FILE>`.
fn is_usage(text: &str) -> bool {
    text.contains("[OPTIONS]") || text.contains(" <")
}

fn between_backquotes(line: &str) -> Option<Found<'_>> {
    let mut from = 0;
    loop {
        let open = from + line.get(from..)?.find('`')?;
        let content = line.get(open + 1..)?;
        let close = open + 1 + content.find('`')?;
        from = close + 1;
        if !COMMANDS.iter().any(|command| content.starts_with(command)) {
            continue;
        }
        let touching = line.get(..open)?.rfind(' ').map_or(0, |at| at + 1);
        let start = line.get(..touching)?.trim_end_matches(' ').len();
        let end = line.get(from..)?.find(' ').map_or(line.len(), |at| from + at);
        return Some(Found { before: line.get(..start)?, command: line.get(start..end)?, behind: line.get(end..)? });
    }
}

fn behind_label(line: &str) -> Option<Found<'_>> {
    const LABEL: &str = ": ";
    let found = COMMANDS.iter().take(OURS).filter_map(|command| line.find(&format!("{LABEL}{command}")));
    let (before, command) = line.split_at_checked(found.min()? + LABEL.trim_end().len())?;
    // A sentence can go on behind the name of a command.
    let names_only = command.split_whitespace().nth(1).is_none_or(|word| word.ends_with([',', '.', ';']));
    (!is_usage(command) && !names_only).then_some(Found { before, command, behind: "" })
}

/// A text word by word, each with the spaces before it.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let word = rest.len() - rest.trim_start_matches(' ').len();
        let end = rest.get(word..)?.find(' ').map_or(rest.len(), |at| word + at);
        let (piece, further) = rest.split_at_checked(end)?;
        rest = further;
        (!piece.is_empty()).then_some(piece)
    })
}

/// A command argument by argument, each with the spaces before it. What stands in quotes is not broken, and an option has
/// its value with it.
pub(crate) fn arguments(command: &str) -> Vec<&str> {
    let mut arguments = Vec::new();
    let mut rest = command;
    while !rest.is_empty() {
        let mut end = argument_end(rest);
        let (argument, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
        let is_option = argument.trim_start_matches(' ').starts_with('-') && !argument.contains('=');
        let value = behind.trim_start_matches(' ');
        if is_option && !value.is_empty() && !value.starts_with(['-', '|', '>', '<', '&']) {
            end += argument_end(behind);
        }
        let (piece, further) = rest.split_at_checked(end).unwrap_or((rest, ""));
        arguments.push(piece);
        rest = further;
    }
    arguments
}

/// Where the first argument of a text ends: at a space that no quotes hold and no backslash stands before.
fn argument_end(text: &str) -> usize {
    let start = text.len() - text.trim_start_matches(' ').len();
    let (mut quote, mut is_escaped) = (None, false);
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < start) {
        match (quote, c) {
            _ if is_escaped => is_escaped = false,
            (None | Some('"'), '\\') => is_escaped = true,
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => return at,
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{arguments, first_in};

    #[test]
    fn a_command_is_broken_between_arguments_alone() {
        let command =
            "rootcast-online held accept 01 --state 'it'\\''s a folder' --json --because \"by 'O. O'\" > a\\ file";
        let pieces = [
            "rootcast-online",
            " held",
            " accept",
            " 01",
            " --state 'it'\\''s a folder'",
            " --json",
            " --because \"by 'O. O'\"",
            " >",
            " a\\ file",
        ];
        assert_eq!(arguments(command), pieces);
        assert_eq!(arguments("").len(), 0);
        assert_eq!(arguments("an 'open quote"), ["an", " 'open quote"]);
    }

    #[test]
    fn commands_are_found_where_people_copy_them() {
        let found = |line| first_in(line).map(|found| (found.before, found.command, found.behind));
        for (line, parts) in [
            ("  ip link show", Some(("", "  ip link show", ""))),
            ("next: rootcast-online held list", Some(("next:", " rootcast-online held list", ""))),
            ("run (`openssl x509 -x`), then", Some(("run", " (`openssl x509 -x`),", " then"))),
            ("`a` and `ip a`", Some(("`a` and", " `ip a`", ""))),
            ("Usage: rootcast-online check [OPTIONS] <FILE>", None),
            ("floor: rootcast-online trust, with --crl", None),
            ("the ip address", None),
            ("`ip a", None),
            ("", None),
        ] {
            assert_eq!(found(line), parts, "{line}");
        }
    }
}
