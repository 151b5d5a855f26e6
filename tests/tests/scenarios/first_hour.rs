//! The first hour: an existing root of `openssl ca`, both programs installed, and the commands of the README as they are
//! printed, each at a terminal where somebody types the word that it asks for. Nothing is added to a line.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use rootcast_tests::openssl;
use rootcast_tests::program;
use rootcast_tests::pty::Seat;
use rootcast_tests::scratch::{Scratch, tree};

use crate::documents::read;
use crate::urgent::{announced, found};

/// Commands from installed programs and an existing root to the first published CRL and intermediate, at most.
const COMMANDS_MAX: usize = 5;

/// The commands of the block whose first line trusts the root in the state `offline`.
fn five_commands(page: &str) -> Vec<String> {
    let text = read(page);
    let blocks = text.split("```console\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = blocks.filter(|block| block.starts_with("offline$ rootcast-offline trust --state offline "));
    let block = found.next().unwrap_or_else(|| panic!("{page} has no block that begins with the root"));
    let command = |line: &str| line.split_once("$ ").expect("a prompt").1.trim().to_owned();
    block.lines().map(command).collect()
}

/// Runs a line in a shell at a terminal, and types the word that it asks for. Gives the exit code, and all it printed.
fn at_a_terminal(folder: &Path, line: &str) -> (Option<i32>, String) {
    let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
    let shell = program::offline([""; 0]).started_by(["bash", "-e", "-c", line]).within(folder).env("PATH", path);
    let mut seat = Seat::start(&shell, 250, 50);
    let mut answered = 0;
    while seat.running.runs() {
        let screen = seat.screen();
        let last = screen.rsplit(['\n', '\r']).next().unwrap_or_default().trim_end().to_owned();
        let asked = screen.matches("Type ").count();
        if asked > answered && last.ends_with(':') {
            let word = last.split("Type ").nth(1).and_then(|rest| rest.split_whitespace().next());
            seat.type_keys(&format!("{}\n", word.expect("a word to type")));
            answered = asked;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    std::thread::sleep(std::time::Duration::from_millis(100));
    let screen = seat.screen();
    (seat.running.wait().code, format!("$ {line}\n{screen}"))
}

/// A root as `openssl ca` has it, with a CRL in use, and what it signed after that.
fn existing_root(scratch: &Scratch) {
    let walk = read("docs/walkthrough.md");
    let made = walk.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a root by openssl");
    // Two CRLs of one second have one thisUpdate, and the second is held.
    let more = "mv root-1.crl root.crl; sleep 1.1; openssl ca -gencrl -config root.cnf -out next.crl";
    let script = format!("{made}\n{more}");
    let ended = Command::new("sh").args(["-e", "-c", &script]).current_dir(scratch.folder()).output().expect("sh");
    assert!(ended.status.success(), "{script}\n{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn the_first_published_crl_and_intermediate_take_five_commands_as_the_readme_prints_them() {
    let commands = five_commands("README.md");
    assert!(commands.len() <= COMMANDS_MAX, "{commands:#?}");
    let scratch = Scratch::new();
    existing_root(&scratch);
    let (mut asked, mut said_in_all) = (0, String::new());
    for line in &commands {
        let (code, said) = at_a_terminal(scratch.folder(), line);
        assert_eq!(code, Some(0), "{said}");
        // What was given is not asked for again.
        assert!(!said.contains("trust --crl") && !said.contains("--first-number"), "{said}");
        asked += said.matches("Type ").count();
        said_in_all.push_str(&said);
        println!("{line}");
    }
    assert_eq!(found(&said_in_all), announced(&read("docs/runbook-usb-stick.md")), "{said_in_all}");
    assert_eq!(asked, 3, "each `trust` and the `send` ask for one typed word");
    let published: Vec<Vec<u8>> = tree(&scratch.path("online/published")).into_iter().map(|(_, bytes)| bytes).collect();
    for file in ["next.crl", "intermediate.crt"] {
        let der = match file.ends_with(".crl") {
            true => crl_der(&scratch.path(file)),
            false => openssl::der(&scratch.path(file)),
        };
        assert!(published.contains(&der), "{file} is not published");
    }
}

fn crl_der(file: &Path) -> Vec<u8> {
    let ended = Command::new("openssl").args(["crl", "-outform", "DER", "-in"]).arg(file).output().expect("openssl");
    assert!(ended.status.success());
    ended.stdout
}

#[test]
fn the_page_about_the_usb_stick_has_the_commands_of_the_readme() {
    assert_eq!(five_commands("docs/runbook-usb-stick.md"), five_commands("README.md"));
    assert!(read("docs/runbook-usb-stick.md").contains("\n## Five commands\n"));
}

#[test]
fn every_page_is_in_the_index() {
    let index = read("docs/README.md");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).unwrap().chain(fs::read_dir(folder.join("cookbook")).unwrap()) {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "md") || path == folder.join("README.md") {
            continue;
        }
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        assert!(index.contains(&format!("({name})")), "docs/README.md does not name {name}");
        seen += 1;
    }
    assert!(seen > 25, "{seen} pages");
    assert!(read("README.md").contains("(docs/README.md)"));
}

/// `rootcast-demo x` said nothing of an error, and a name that is no UTF-8 was a panic.
#[test]
fn the_demo_refuses_whatever_it_is_given_before_it_empties_its_folder() {
    let demo = |argument: &[u8]| {
        let ended =
            Command::new(env!("CARGO_BIN_EXE_rootcast-demo")).arg(OsStr::from_bytes(argument)).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (ended.status.code(), text(&ended.stdout), text(&ended.stderr))
    };
    for argument in [&b"x"[..], b"--folder", b"\xff\xfe"] {
        let (code, out, err) = demo(argument);
        assert!(code == Some(2) && out.is_empty(), "{code:?} {out}");
        assert!(err.starts_with("error: rootcast-demo takes no argument. Nothing was done.\n\nUsage: "), "{err}");
    }
    let (code, out, err) = demo(b"--help");
    assert!(code == Some(0) && out.starts_with("Usage: rootcast-demo\n") && err.is_empty(), "{code:?} {out}{err}");
}
