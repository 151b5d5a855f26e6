//! Paths: Landlock (landlock(7)), which the kernel has since 5.13 where it was built in and is switched on.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, PathBeneath, PathFd,
    RestrictSelfAttr, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::bounds::Sandbox;
use super::purpose::Purpose;

/// What is denied unless a path grants it. Since 5.19 (2): before, files could not be linked or moved between folders
/// at all, and a state could not be committed.
const LEAST: ABI = ABI::V2;
/// What is denied too where the kernel knows it: truncation (3), TCP (4), ioctls of devices opened later (5), signals and
/// abstract sockets to processes outside (6).
const WANTED: ABI = ABI::V6;

/// Locks the paths; what is in force.
pub(super) fn restrict(sandbox: &Sandbox) -> Result<String, String> {
    let threads = threads();
    let status = ruleset(sandbox).and_then(RulesetCreated::restrict_self).map_err(|error| error.to_string())?;
    let abi = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi,
        LandlockStatus::NotEnabled => return Err("this kernel has Landlock, but it is disabled".to_owned()),
        _ => return Err("this kernel has no Landlock".to_owned()),
    };
    if status.ruleset == RulesetStatus::NotEnforced {
        return Err(format!("this kernel's Landlock (version {abi}) is too old: it needs version {LEAST}"));
    }
    // Threads that ran before are held by versions from 8 on only. A reader of pictures cannot look, and has none yet.
    let is_alone = threads == Some(1) || sandbox.purpose == Purpose::ReadPictures;
    if !is_alone && !status.all_threads {
        return Err("other threads ran before the sandbox closed".to_owned());
    }
    let listed = |name: &str, paths: &[PathBuf]| match paths {
        [] => String::new(),
        paths => format!(", {name} {}", paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" ")),
    };
    Ok(format!(
        "version {abi}{}{}{}{}{}{}, no other path",
        listed("all of", &sandbox.own),
        listed("files made in", &sandbox.filled),
        listed("reads", &sandbox.read),
        listed("devices", &sandbox.devices),
        listed("opens to read in", &sandbox.opened_again),
        if sandbox.started.is_empty() { "" } else { ", starts itself" },
    ))
}

fn ruleset(sandbox: &Sandbox) -> Result<RulesetCreated, RulesetError> {
    let own = AccessFs::ReadFile
        | AccessFs::ReadDir
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::MakeSym
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
        | AccessFs::Refer;
    let filled = AccessFs::ReadDir | AccessFs::WriteFile | AccessFs::MakeReg | AccessFs::RemoveFile;
    let device = AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::IoctlDev;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::SoftRequirement)
        .handle_access(AccessFs::from_all(LEAST))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()?;
    for folder in &sandbox.own {
        ruleset = leave(ruleset, folder, own)?;
        // Whoever got hold of a process that receives could leave a link for the next one, and with it any folder.
        let links = if sandbox.purpose == Purpose::Send { links_of(folder) } else { Vec::new() };
        for elsewhere in links {
            ruleset = leave(ruleset, &elsewhere, own)?;
        }
    }
    for folder in &sandbox.filled {
        ruleset = leave(ruleset, folder, filled)?;
    }
    for path in &sandbox.read {
        ruleset = leave(ruleset, path, AccessFs::ReadFile | AccessFs::ReadDir)?;
    }
    for path in &sandbox.started {
        ruleset = leave(ruleset, path, AccessFs::ReadFile | AccessFs::Execute)?;
    }
    for folder in &sandbox.opened_again {
        ruleset = leave(ruleset, folder, AccessFs::ReadFile | AccessFs::IoctlDev)?;
    }
    for path in &sandbox.devices {
        ruleset = leave(ruleset, path, device)?;
    }
    ruleset.all_threads(true)
}

/// Grants `access` to what is at `path` and below. A path that is not there grants nothing.
fn leave(ruleset: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Result<RulesetCreated, RulesetError> {
    let Ok(opened) = PathFd::new(path) else { return Ok(ruleset) };
    let access = if path.is_dir() { access } else { access & AccessFs::from_file(WANTED) };
    ruleset.add_rule(PathBeneath::new(opened, access))
}

/// Folders elsewhere that symbolic links directly in `folder` lead to: somebody put them on another disk.
fn links_of(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let links = entries.map(|entry| entry.path()).filter(|path| path.is_symlink() && path.is_dir());
    let home = folder.canonicalize().unwrap_or_default();
    links.filter_map(|path| path.canonicalize().ok()).filter(|path| !path.starts_with(&home)).collect()
}

/// How many threads this process has (proc_pid_task(5)); `None` if that cannot be seen.
fn threads() -> Option<usize> {
    std::fs::read_dir("/proc/self/task").ok().map(Iterator::count)
}
