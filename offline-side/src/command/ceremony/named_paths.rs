//! Files and folders on the command line of a ceremony, taken for each other: a typing error, found before anything is
//! opened, asked or written into the journal.

use std::path::Path;

use rootcast_console::run::Run;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::input_file::open_regular;
use rootcast_host::text::shell_quoted;

use crate::ceremony::folder::layout::LISTING;

/// The folder of a ceremony is no file. `what` says what was not done.
///
/// # Errors
/// Where it is one.
pub(super) fn check_folder(run: &Run, folder: &Path, what: &str) -> Result<(), Diagnosis> {
    if !folder.is_file() {
        return Ok(());
    }
    // Some file of it, most likely.
    let parent = folder.parent().filter(|parent| parent.join(LISTING).is_file());
    let next = match parent {
        Some(parent) if parent.as_os_str().is_empty() => "Give the folder that you are in: .".to_owned(),
        Some(parent) => format!("Give the folder: {}", shell_quoted(parent)),
        None => "Give the folder that `ceremony rehearse` wrote.".to_owned(),
    };
    Err(refused(run, what, &format!("{} is a file; a folder is expected.", folder.display()), next))
}

/// A file on the command line is no folder: `option` is what gives it, such as `--site` or, without an option, `REQUEST`.
/// `what` says what was not done.
///
/// # Errors
/// Where it is one.
pub(super) fn check_file(run: &Run, option: &str, path: &Path, what: &str) -> Result<(), Diagnosis> {
    if !path.is_dir() {
        return Ok(());
    }
    // What it is, in the words of every file that is read.
    let is = open_regular(path).err().unwrap_or_default();
    let next = match option.starts_with("--") {
        true => format!("Give the file: {option} FILE"),
        false => format!("Give the path of a file in the place of {option}."),
    };
    Err(refused(run, what, &format!("{option} is {}. {is}", path.display()), next))
}

/// The site file and the folder of a ceremony were not exchanged, and each is what it should be. `what` says what was not
/// done.
///
/// # Errors
/// Where one is not.
pub(super) fn check_site_and_folder(run: &Run, site: &Path, folder: &Path, what: &str) -> Result<(), Diagnosis> {
    if site.is_dir() && folder.is_file() {
        let (named, given) = (site.display(), folder.display());
        let why = format!("--site names the folder {named}, and the file {given} stands in the place of the folder.");
        let next = format!("Exchange the two: --site {} {}", shell_quoted(folder), shell_quoted(site));
        return Err(refused(run, what, &why, next));
    }
    check_file(run, "--site", site, what)?;
    check_folder(run, folder, what)
}

fn refused(run: &Run, what: &str, why: &str, next: String) -> Diagnosis {
    Diagnosis { what: what.to_owned(), ..run.program.usage(why, next) }
}
