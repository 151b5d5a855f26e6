//! The help of both programs: an example with each command, and what a mistyped word probably meant.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command};
use rootcast_host::suggestion::nearest;

/// An example for a command: its name (`held accept`), and a command line that can be typed as it is. Words in capitals
/// stand for what the operator has.
pub type Example = (&'static str, &'static str);

/// `command` with the examples below the help of its commands.
#[must_use]
pub(crate) fn with_examples(mut command: Command, examples: &[Example]) -> Command {
    for (name, example) in examples {
        let names: Vec<&str> = name.split(' ').collect();
        command = with_example(command, &names, example);
    }
    command
}

fn with_example(command: Command, names: &[&str], example: &str) -> Command {
    match names.split_first() {
        Some((first, rest)) if command.find_subcommand(first).is_some() => {
            command.mut_subcommand(*first, |below| with_example(below, rest, example))
        }
        Some(_) => command,
        None => command.after_help(format!("Example:\n  {example}")),
    }
}

/// The commands at the ends of the tree, each by its whole name: every one that does something.
#[must_use]
pub fn leaves(command: &Command) -> Vec<String> {
    let mut names = Vec::new();
    for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
        let further = leaves(below);
        match further.is_empty() {
            true => names.push(below.get_name().to_owned()),
            false => names.extend(further.iter().map(|name| format!("{} {name}", below.get_name()))),
        }
    }
    names
}

/// The words of an example, as a shell would split it: what stands between single quotes is one word.
#[must_use]
pub fn words_of_example(example: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (at, part) in example.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

/// What is said of a command line that is refused. A mistyped command or option gets a suggestion behind the first line.
#[must_use]
pub(crate) fn refusal_text(error: &clap::Error, mut command: Command, arguments: &[OsString]) -> String {
    // Only a command that was built has the options of every command at each of its commands.
    command.build();
    let rendered = error.to_string();
    let other = other_program(error, &command, arguments);
    let Some(suggestion) = other.or_else(|| suggestion(error, &command, arguments)) else { return rendered };
    match rendered.split_once('\n') {
        Some((first, rest)) => format!("{first}\n  {suggestion}\n{rest}"),
        None => format!("{rendered}\n  {suggestion}\n"),
    }
}

/// The commands that only the offline program has. A test compares both lists with the programs.
pub const OFFLINE_ONLY: &[&str] = &["bundle", "send", "plan", "journal", "ceremony", "escrow", "token", "beacon"];

/// The commands that only the online program has.
pub const ONLINE_ONLY: &[&str] = &["receive", "status", "held", "receipts", "alarm", "request"];

/// Says that a command is the other program's, if it is.
fn other_program(error: &clap::Error, command: &Command, arguments: &[OsString]) -> Option<String> {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    if innermost(command, arguments).get_name() != command.get_name() {
        return None;
    }
    let others = [("rootcast-offline", OFFLINE_ONLY), ("rootcast-online", ONLINE_ONLY)];
    let (program, _) = others
        .into_iter()
        .find(|(program, names)| *program != command.get_name() && names.contains(&typed.as_str()))?;
    Some(format!("The command {typed} belongs to {program}."))
}

fn suggestion(error: &clap::Error, command: &Command, arguments: &[OsString]) -> Option<String> {
    let text = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.as_str()),
        _ => None,
    };
    let within = innermost(command, arguments);
    if let Some(typed) = text(ContextKind::InvalidSubcommand) {
        return command_like(within, typed);
    }
    if let Some(ContextValue::Strings(known)) = error.get(ContextKind::ValidValue) {
        let meant = nearest(text(ContextKind::InvalidValue)?, known.iter().map(String::as_str))?;
        return Some(format!("Did you mean {meant}?"));
    }
    if error.kind() != ErrorKind::UnknownArgument {
        return None;
    }
    let typed = text(ContextKind::InvalidArg)?;
    let Some(typed) = typed.strip_prefix("--") else { return another_value(within, arguments, typed) };
    let typed = typed.split('=').next().unwrap_or(typed);
    let options: Vec<&str> = within.get_arguments().filter_map(Arg::get_long).collect();
    let meant = nearest(typed, options.iter().copied())?;
    // An option that this command has already can only be here by its value, which clap says.
    (meant != typed).then(|| format!("Did you mean --{meant}?"))
}

/// What to write where `typed` is one value too many behind an option that is given once for each of its values.
fn another_value(within: &Command, arguments: &[OsString], typed: &str) -> Option<String> {
    let at = arguments.iter().rposition(|argument| argument == typed)?;
    let named = arguments.iter().take(at).rev().filter_map(|argument| argument.to_str()?.strip_prefix("--")).next()?;
    let named = named.split('=').next().unwrap_or(named);
    let option = within.get_arguments().find(|option| option.get_long() == Some(named))?;
    matches!(option.get_action(), ArgAction::Append).then(|| format!("Give --{named} before each of its values."))
}

/// The command of `within` that `typed` is like. An old name leads to the name of today.
fn command_like(within: &Command, typed: &str) -> Option<String> {
    let commands = || within.get_subcommands().filter(|command| !command.is_hide_set());
    let names: Vec<&str> =
        commands().flat_map(|command| command.get_all_aliases().chain([command.get_name()])).collect();
    let meant = nearest(typed, names.iter().copied())?;
    let command =
        commands().find(|command| command.get_name() == meant || command.get_all_aliases().any(|a| a == meant))?;
    let name = command.get_name();
    Some(if name == meant {
        format!("Did you mean {name}?")
    } else {
        format!("Did you mean {name}? Its old name is {meant}.")
    })
}

/// The command that the words of a command line lead to, as far as they are commands.
fn innermost<'c>(command: &'c Command, arguments: &[OsString]) -> &'c Command {
    let mut within = command;
    for word in arguments.iter().skip(1).filter_map(|argument| argument.to_str()) {
        if let Some(below) = within.find_subcommand(word) {
            within = below;
        }
    }
    within
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{Arg, ArgAction, Command};

    use super::{leaves, refusal_text, with_examples};

    fn command() -> Command {
        let repeated = Arg::new("sig").long("sig").action(ArgAction::Append);
        let held = Command::new("held").subcommand(Command::new("accept").arg(Arg::new("by").long("by")).arg(repeated));
        let state = Arg::new("state").long("state").global(true).action(ArgAction::Set);
        let kind = Arg::new("kind").long("kind").value_parser(["received", "decision"]);
        Command::new("program")
            .subcommand_required(true)
            .subcommand(Command::new("list").arg(kind))
            .arg(state)
            .subcommand(Command::new("trust").alias("enrol"))
            .subcommand(held.subcommand_required(true))
    }

    fn refused(line: &str) -> String {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let error = command().try_get_matches_from(&arguments).unwrap_err();
        // As the program calls it: with a command that nobody built.
        refusal_text(&error, command(), &arguments)
    }

    #[test]
    fn a_mistyped_command_or_option_gets_a_suggestion() {
        for (line, says) in [
            ("program trsut", "Did you mean trust?\n"),
            ("program enroll", "Did you mean trust? Its old name is enrol."),
            ("program held acept", "Did you mean accept?"),
            ("program held accept --bye x", "Did you mean --by?"),
            ("program --stat x held accept", "Did you mean --state?"),
            ("program held accept --sig a b", "Give --sig before each of its values."),
            ("program held accept --sig=a --sig b c", "Give --sig before each of its values."),
            ("program held accept --stat x", "Did you mean --state?"),
            ("program trust --stte x", "Did you mean --state?"),
            ("program list --kind decison", "Did you mean decision?"),
        ] {
            let text = refused(line);
            assert!(text.lines().nth(1).unwrap().contains(says.trim_end()), "{line}\n{text}");
        }
        assert!(!refused("program publish").contains("Did you mean"));
        assert!(refused("program send").contains("\n  The command send belongs to rootcast-offline.\n"));
        assert!(!refused("program held send").contains("belongs to"));
        assert!(!refused("program list --kind publish").contains("Did you mean"));
        assert!(!refused("program held accept --by").contains("Did you mean"), "it has no value");
        assert!(!refused("program held accept --by x --by y").contains("Did you mean"), "it is given twice");
    }

    #[test]
    fn examples_stand_below_the_help_of_their_command() {
        let mut command = with_examples(command(), &[("held accept", "program held accept --by NAME")]);
        assert_eq!(leaves(&command), ["list", "trust", "held accept"]);
        let help = command.try_get_matches_from_mut(["program", "held", "accept", "--help"]).unwrap_err().to_string();
        assert!(help.contains("Example:\n  program held accept --by NAME"), "{help}");
    }
}
