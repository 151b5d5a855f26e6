//! The commands of both runbooks, in the order in which they stand there.
//!
//! `--yes` stands in for the person who types the word. Commands for other programs (tar, a web server) and for a serial
//! port that is not there are left to the reader.

use std::fs;
use std::path::Path;
use std::process::Command;

use rootcast_protocol::manifest::ItemKind;
use rootcast_tests::forged;
use rootcast_tests::program;
use rootcast_tests::request::request;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::{crl_of, fresh_root};
use rootcast_tests::throwaway_ca::{DAY, ExtensionDraft, KeyKind, SigningKey, ThrowAwayCa};

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs").join(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Lines of a page's shell blocks and table cells that call this program.
fn commands(page: &str, program: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut within = false;
    for line in page.lines() {
        if let Some(language) = line.strip_prefix("```") {
            within = !within && (language == "sh" || language == "console");
        } else if within {
            let command = line.strip_prefix("$ ").unwrap_or(line);
            if command.starts_with(program) {
                found.push(command.to_owned());
            }
        } else if line.starts_with('|') {
            let cells = line.split('`').skip(1).step_by(2).filter(|code| code.starts_with(program));
            found.extend(cells.map(str::to_owned));
        }
    }
    found
}

/// Runs a line in `folder` as a shell would, and gives its exit code and what it said.
fn shell(folder: &Path, line: &str) -> (Option<i32>, String) {
    let line = line.replacen(" enrol ", " enrol --yes ", 1).replacen(" send ", " send --yes ", 1);
    let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
    let ended = Command::new("bash")
        .args(["-c", &line])
        .current_dir(folder)
        .env("PATH", path)
        .env("ROOTCAST_STATE", folder.join("online"))
        .output()
        .expect("bash");
    let text =
        format!("$ {line}\n{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
    (ended.status.code(), text)
}

#[test]
fn the_commands_of_both_runbooks_work_in_order() {
    let scratch = Scratch::new();
    let folder = scratch.folder();
    let root = fresh_root("Runbook Root");
    scratch.file("root.crt", &root.certificate);
    scratch.file("in-use.crl", crl_of(&root, 1).sign());
    let key = SigningKey::generate(KeyKind::EcdsaP256);
    let issuing = root.intermediate_with_key("Runbook Issuing CA", &key);
    let (crl, intermediate) = (crl_of(&root, 2).sign(), issuing.sign());
    scratch.file("issuing.csr", request("Runbook Issuing CA", &key));
    let mut policy_ca = root.intermediate("Runbook Policy CA");
    policy_ca.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
    scratch.file("policy-ca.crt", policy_ca.sign());
    for line in page("runbook-offline.md").lines().filter(|line| line.starts_with("openssl ")) {
        let (code, text) = shell(folder, line);
        assert_eq!(code, Some(0), "runbook-offline.md:\n{text}");
    }
    assert!(folder.join("export.pub").is_file(), "the runbook makes an export key");
    scratch.file("root.crl", &crl);
    scratch.file("intermediate.crt", &intermediate);
    scratch.file("new.crl", crl_of(&root, 3).sign());
    // A root of long ago, for the check that needs no state: its CRL was in force in June 2016.
    let june_2016 = 1_464_739_200;
    let old = ThrowAwayCa::at("Old Root", june_2016);
    scratch.file("old-root.crt", &old.certificate);
    scratch.file("old-root.crl", old.crl(1).sign());

    let offline = commands(&page("runbook-offline.md"), "rootcast-offline");
    assert!(offline.len() >= 8, "{offline:#?}");
    for line in &offline {
        let (code, text) = shell(folder, line);
        assert_eq!(code, Some(0), "runbook-offline.md:\n{text}");
    }

    let online = commands(&page("runbook-online.md"), "rootcast-online");
    assert!(online.len() >= 8, "{online:#?}");
    let mut jumps = [5000, 9000].into_iter();
    for line in &online {
        if line.contains('…') || line.contains("serial:") || line.contains("--follow") {
            continue;
        }
        let mut line = line.clone();
        if line.contains(" held accept ") || line.contains(" held discard ") {
            let number = jumps.next().expect("two decisions");
            let id = hold(&scratch, &root, number);
            line = line.replace("3f9a0c1122bb", &id);
        }
        let (code, text) = shell(folder, &line);
        assert_eq!(code, Some(0), "runbook-online.md:\n{text}");
    }
    let published = rootcast_tests::scratch::tree(&folder.join("online/published"));
    assert!(published.iter().any(|(_, bytes)| *bytes == intermediate));
}

/// Receives a CRL that is held for its number; gives the id of the held item.
fn hold(scratch: &Scratch, root: &ThrowAwayCa, number: u64) -> String {
    let mut draft = root.crl(number);
    let issued = root.now - DAY + i64::try_from(number).unwrap();
    draft.issued_at(issued, root.now + 180 * DAY);
    let object = forged::object_of(&[(ItemKind::Crl, "jump.crl", &draft.sign())]);
    let recording = scratch.path("jump.frames");
    forged::record(&object, &recording);
    let state = scratch.path("online");
    program::online(["receive"]).state(&state).link(format!("file:{}", recording.display())).exits(9);
    let list = program::online(["held", "list", "--json"]).state(&state).exits(0);
    let text = list.json().to_string();
    let id = text.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next());
    id.unwrap_or_else(|| panic!("{list}")).to_owned()
}

#[test]
fn the_walk_of_the_readme_works_in_an_empty_folder() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("README.md")).unwrap();
    let scratch = Scratch::new();
    let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
    let blocks: Vec<&str> = readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 8, "{} blocks", blocks.len());
    for block in blocks {
        let ended = Command::new("sh")
            .args(["-e", "-c", block])
            .current_dir(scratch.folder())
            .env("PATH", &path)
            .env_remove("ROOTCAST_STATE")
            .output()
            .expect("sh");
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success(), "README.md:\n{block}\n{said}");
    }
}
