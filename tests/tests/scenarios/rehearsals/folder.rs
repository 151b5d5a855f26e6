//! The folder of a rehearsal: whole or not there, and never used once it was changed.

use super::*;

#[test]
fn an_output_that_exists_is_left_as_it_is() {
    let site = Site::new();
    for kind in ["file", "folder", "empty folder", "link"] {
        let dir = site.dir();
        match kind {
            "file" => fs::write(&dir, "precious").unwrap(),
            "folder" => drop(site.scratch.file("rehearsal/precious", "x")),
            "link" => std::os::unix::fs::symlink("approvers", &dir).unwrap(),
            _ => fs::create_dir(&dir).unwrap(),
        }
        let before = tree(site.scratch.folder());
        site.rehearse(&site.crl_request()).exits(2).says("output-exists");
        let after: Vec<_> =
            tree(site.scratch.folder()).into_iter().filter(|(path, _)| path != Path::new("request.toml")).collect();
        assert!(before.iter().filter(|(path, _)| path != Path::new("request.toml")).eq(after.iter()), "{kind}");
        if dir.is_dir() { fs::remove_dir_all(&dir) } else { fs::remove_file(&dir) }.unwrap();
    }
}

#[test]
fn a_changed_rehearsal_is_never_opened() {
    let site = Site::new();
    site.rehearse(&(site.crl_request() + &site.revoke("g1.crt", "superseded") + &site.certificate("issuing-g2.csr")))
        .exits(0);
    let dir = site.dir();
    RehearsalFolder::open(&dir).unwrap();
    // What ssh-keygen leaves beside it does no harm.
    fs::write(dir.join("to-be-signed.txt.sig"), "-----BEGIN SSH SIGNATURE-----").unwrap();
    RehearsalFolder::open(&dir).unwrap();
    for (path, bytes) in tree(&dir) {
        if path.extension().is_some_and(|extension| extension == "sig") {
            continue;
        }
        let path = dir.join(path);
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&path, &changed).unwrap();
        assert!(RehearsalFolder::open(&dir).is_err(), "{} changed", path.display());
        fs::remove_file(&path).unwrap();
        assert!(RehearsalFolder::open(&dir).is_err(), "{} removed", path.display());
        fs::write(&path, &bytes).unwrap();
    }
    for added in ["to-be-signed/other.crt.tbs", "inputs/other", "other"] {
        fs::write(dir.join(added), "x").unwrap();
        assert!(matches!(RehearsalFolder::open(&dir), Err(FolderError::Unexpected { .. })), "{added}");
        fs::remove_file(dir.join(added)).unwrap();
    }
    RehearsalFolder::open(&dir).unwrap();
}

/// The listing of a folder, made again over its files as they are now: what somebody would do who wants to be approved.
fn list_again(dir: &Path) {
    let listing = fs::read_to_string(dir.join("to-be-signed.txt")).unwrap();
    let again: String = listing
        .lines()
        .map(|line| {
            let path = line.split("  ").nth(2).unwrap();
            let digest = rootcast_protocol::digest::Digest::of(&fs::read(dir.join(path)).unwrap());
            format!("{digest}  {}  {path}\n", rootcast_protocol::words::spell(digest.as_bytes(), 8))
        })
        .collect();
    fs::write(dir.join("to-be-signed.txt"), again).unwrap();
}

#[test]
fn bytes_to_be_signed_that_do_not_follow_from_the_request_are_refused_however_they_are_listed() {
    let site = Site::new();
    site.rehearse(&(site.crl_request() + &site.revoke("g1.crt", "superseded"))).exits(0);
    let dir = site.dir();
    let tbs = dir.join("to-be-signed/root.crl.tbs");
    let good = fs::read(&tbs).unwrap();
    let mut number_43 = good.clone();
    *number_43.last_mut().unwrap() += 1;
    fs::write(&tbs, &number_43).unwrap();
    list_again(&dir);
    assert!(matches!(RehearsalFolder::open(&dir), Err(FolderError::Rebuilt { .. })));
    fs::write(&tbs, &good).unwrap();
    // The plan changed as well: then what it meant is not what the request means.
    let plan = fs::read_to_string(dir.join("rehearsal.json")).unwrap();
    fs::write(dir.join("rehearsal.json"), plan.replace("\"number\": \"42\"", "\"number\": \"43\"")).unwrap();
    list_again(&dir);
    assert!(matches!(RehearsalFolder::open(&dir), Err(FolderError::Rebuilt { .. })));
    fs::write(dir.join("rehearsal.json"), plan.replace("superseded", "keyCompromise")).unwrap();
    list_again(&dir);
    assert!(matches!(RehearsalFolder::open(&dir), Err(FolderError::Choices { .. })));
    fs::write(dir.join("rehearsal.json"), plan).unwrap();
    list_again(&dir);
    RehearsalFolder::open(&dir).unwrap();
}

#[test]
fn a_power_cut_leaves_a_whole_rehearsal_or_none() {
    let site = Site::new();
    let file = site.scratch.file("request.toml", site.crl_request() + &site.certificate("issuing-g2.csr"));
    let (request, files) = RequestFiles::gather(&file).unwrap();
    let digests = SiteText::read(&site.scratch.path("site.toml")).unwrap().files().unwrap();
    let given = Given {
        request: &request,
        files: &files,
        pinned: None,
        scheme: None,
        root_spki: None,
        known: &Known::default(),
        dice: Some("6 1 4 4"),
        now: Timestamp(site.now),
    };
    let rehearsal = rehearse(&given).unwrap();
    let folder = site.scratch.subfolder("disk");
    let disk = CrashDisk::over(&folder);
    RehearsalFolder::write(&disk, &folder.join("out"), &rehearsal, &files, &digests).unwrap();
    let operations = disk.operations();
    assert!(operations.len() > 20, "{} operations", operations.len());
    let mut chance = chance("a_power_cut_leaves_a_whole_rehearsal_or_none");
    let (mut none, mut whole) = (0, 0);
    for count in 0..=operations.len() {
        for cut in [Cut::KeepsAll, Cut::KeepsSynced, Cut::KeepsSome(chance.bits()), Cut::KeepsSome(chance.bits())] {
            let left = Scratch::new();
            disk.left_after(count, cut, left.folder());
            let out = left.path("out");
            if !out.exists() {
                none += 1;
                assert!(count < operations.len(), "the rehearsal is gone although it was reported: {cut:?}");
                // What is left does not stop the next one.
                let again = RehearsalFolder::write(&rootcast_host::disk::RealDisk, &out, &rehearsal, &files, &digests);
                again.unwrap_or_else(|error| panic!("after {count} operations: {error}"));
            } else {
                whole += 1;
            }
            RehearsalFolder::open(&out).unwrap_or_else(|error| panic!("after {count} operations, {cut:?}: {error}"));
        }
    }
    assert!(none > 0 && whole > 0, "{none} without, {whole} whole");
}

#[test]
fn a_full_disk_leaves_nothing_of_a_rehearsal() {
    let site = Site::new();
    let mount = site.scratch.subfolder("small-disk");
    let Some(_disk) = SmallDisk::mount(&mount) else {
        return skipped("a rehearsal on a full disk: a small tmpfs cannot be mounted here (needs root)");
    };
    // Room for some of the files.
    fs::write(mount.join("ballast"), vec![1; 270 * 1024]).unwrap();
    let (file, site_file) = (site.scratch.file("request.toml", site.crl_request()), site.scratch.path("site.toml"));
    let rehearse = |dir: &Path| {
        offline(["ceremony", "rehearse"])
            .state(&site.scratch.path("state"))
            .arg("--site")
            .arg(&site_file)
            .arg(&file)
            .arg("-o")
            .arg(dir)
    };
    rehearse(&mount.join("out")).exits(8).says("storage-failed").says("No key was used");
    assert_eq!(tree(&mount).len(), 1, "only the ballast is there");
    assert!(!mount.join("out").exists());
    fs::remove_file(mount.join("ballast")).unwrap();
    rehearse(&mount.join("out")).exits(0);
}
