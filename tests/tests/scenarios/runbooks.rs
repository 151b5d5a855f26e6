//! The commands of both runbooks and of the walk through both sides, in their order.
//!
//! `--yes` stands in for the person who types the word. Commands for other programs (tar, a web server) and for a serial
//! port, an interface or a player that is not there are left to the reader.

use std::fs;
use std::path::Path;
use std::process::Command;

use rootcast_protocol::digest::Digest;
use rootcast_protocol::manifest::ItemKind;
use rootcast_protocol::words;
use rootcast_tests::corpora::skipped;
use rootcast_tests::forged;
use rootcast_tests::program;
use rootcast_tests::request::request;
use rootcast_tests::scratch::Scratch;
use rootcast_tests::sides::{crl_of, fresh_root};
use rootcast_tests::soft_token::SoftTokens;
use rootcast_tests::throwaway_ca::{DAY, ExtensionDraft, KeyKind, SigningKey, ThrowAwayCa};

use crate::escrow::memory;
use crate::escrow::operator::{Operator, at_a_terminal, has_poppler};
use crate::urgent::{announced, found};

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
    let line = line.replacen(" trust ", " trust --yes ", 1).replacen(" send ", " send --yes ", 1);
    let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
    let ended = Command::new("bash")
        .args(["-c", &line])
        .current_dir(folder)
        .env("PATH", path)
        .env("COLUMNS", "1000")
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
    // Each ends later than the one before it.
    let next_crl = |number: u32| {
        let (mut draft, later) = (crl_of(&root, number), i64::from(number));
        draft.issued_at(root.now - 2 * DAY + later * 3600, root.now + (200 + later) * DAY);
        draft.sign()
    };
    let (crl, intermediate) = (next_crl(2), issuing.sign());
    scratch.file("issuing.csr", request("Runbook Issuing CA", &key));
    let mut policy_ca = root.intermediate("Runbook Policy CA");
    policy_ca.set_extension(ExtensionDraft::basic_constraints(true, Some(1)));
    scratch.file("policy-ca.crt", policy_ca.sign());
    for line in page("runbook-offline.md").lines().filter(|line| line.starts_with("openssl ")) {
        let (code, text) = shell(folder, line);
        assert_eq!(code, Some(0), "runbook-offline.md:\n{text}");
    }
    assert!(folder.join("export.pub").is_file(), "the runbook makes an export key");
    scratch.file("next.crl", &crl);
    scratch.file("intermediate.crt", &intermediate);
    scratch.file("new.crl", next_crl(3));
    // A root of long ago, for the check that needs no state: its CRL was in force in June 2016.
    let june_2016 = 1_464_739_200;
    let old = ThrowAwayCa::at("Old Root", june_2016);
    scratch.file("old-root.crt", &old.certificate);
    scratch.file("old-root.crl", old.crl(1).sign());

    let (before, ceremonies, after) = parts(&page("runbook-offline.md"));
    assert!(ceremonies.len() > 1000);
    let offline = commands(&format!("{before}{after}"), "rootcast-offline");
    assert!(offline.len() >= 8, "{offline:#?}");
    let (mut said_offline, mut said_online) = (String::new(), String::new());
    for line in &offline {
        let mut line = line.clone();
        if line.contains(" journal ack ") {
            let said = program::offline(["journal", "verify"]).state(&folder.join("state")).exits(0).stderr;
            let id = said.split("journal ack ").nth(1).and_then(|rest| rest.split(' ').next());
            line = line.replace("5d0c81e2f7a3", id.expect("the runbook names an offline issuer"));
        }
        let (code, text) = shell(folder, &line);
        assert_eq!(code, Some(0), "runbook-offline.md:\n{text}");
        said_offline.push_str(&text);
    }
    assert_eq!(found(&said_offline), announced(&format!("{before}{after}")), "{said_offline}");

    let online = commands(&page("runbook-online.md"), "rootcast-online");
    assert!(online.len() >= 8, "{online:#?}");
    let mut jumps = [5000, 9000].into_iter();
    let words = words::spell(Digest::of(&crl).as_bytes(), words::SHORT);
    for line in &online {
        // No camera is here; modules `films` and `pictures` have what it would see.
        let absent =
            ["…", "serial:", "--follow", "qr:camera", "qr:video", "eth:", "udp:", "audio:wav=-", "audio:device"];
        if absent.iter().any(|text| line.contains(text)) {
            continue;
        }
        let mut line = line.replace("\"WORDS\"", &format!("\"{words}\""));
        // The URL that the certificates of this root have.
        line = line.replace("--serves http://crl.example/", "--serves http://crl.example.com/");
        if line.contains(" held accept ") || line.contains(" held discard ") {
            let number = jumps.next().expect("two decisions");
            let id = hold(&scratch, &root, number);
            line = line.replace("3f9a0c1122bb-77c1e0", &id);
        }
        if line.contains(" alarm list") {
            receive_again(&scratch, &crl_of(&root, 1).sign());
        }
        if line.contains(" alarm ack ") {
            let list = program::online(["alarm", "list", "--json"]).state(&folder.join("online")).exits(0).json();
            let id = list["alarms"][0]["id"].as_str().expect("an alarm");
            line = ["9c01b2d3e4f5", "4b7e90a1d2c3"].iter().fold(line, |line, shown| line.replace(shown, id));
        }
        let (code, text) = shell(folder, &line);
        assert_eq!(code, Some(0), "runbook-online.md:\n{text}");
        said_online.push_str(&text);
    }
    assert_eq!(found(&said_online), announced(&page("runbook-online.md")), "{said_online}");
    let published = rootcast_tests::scratch::tree(&folder.join("online/published"));
    assert!(published.iter().any(|(_, bytes)| *bytes == intermediate));
}

/// The runbook before the ceremonies, their sections, and what comes after.
fn parts(page: &str) -> (String, String, String) {
    let (before, rest) = page.split_once("## A first ceremony, with the HSM\n").expect("a first ceremony");
    let (ceremonies, after) = rest.split_once("## The journal\n").expect("the journal");
    (before.to_owned(), ceremonies.to_owned(), after.to_owned())
}

#[test]
fn the_ceremonies_of_the_runbook_work_with_a_soft_token() {
    let (Some(tokens), Some(memory)) = (SoftTokens::new(), memory()) else { return };
    if !has_poppler() {
        skipped("the ceremonies of the runbook: `pdftotext` (poppler-utils) is not installed; run `make deps`");
        return;
    }
    // The key holder at a pinpad: no PIN is typed here. The prompt is tested elsewhere.
    let module = tokens.shim("pinpad");
    // What the page calls the serial numbers of its tokens.
    let tokens_of_the_page = [
        ("5c9f6f6ad3c1b2a4", tokens.make("root-2026")),
        ("81d0a2b47c55e9f3", tokens.make("second-2026")),
        ("0b7e6d21a9f3c458", tokens.make("drill-2026")),
    ];
    let folder = tokens.folder();
    // Who numbers bags, keeps the pages and types the pieces from them.
    let mut operator = Operator::new(&memory.path().join("escrow-page.pdf"), &folder.join("papers"));
    fs::create_dir(folder.join("papers")).unwrap();
    let run = |script: &str| {
        let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
        let mut shell = Command::new("bash");
        shell.args(["-e", "-c", script]).current_dir(folder).env("PATH", path).env_remove("ROOTCAST_STATE");
        let ended = tokens.seen_by_command(&mut shell).stdin(std::process::Stdio::null()).output().expect("bash");
        let said = format!("{}{}", String::from_utf8_lossy(&ended.stdout), String::from_utf8_lossy(&ended.stderr));
        assert!(ended.status.success(), "runbook-offline.md:\n{script}\n{said}");
        said
    };
    for name in ["alice", "bob"] {
        run(&format!("ssh-keygen -q -t ed25519 -N '' -f {name}; echo {name} $(cat {name}.pub) >> approvers"));
    }
    run("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out issuing-g2.key");
    run("openssl req -new -key issuing-g2.key -subj /CN=anything -out issuing-g2.csr");
    let (_, ceremonies, _) = parts(&page("runbook-offline.md"));
    let now = rootcast_host::clock::now();
    let at = rootcast_host::clock::rfc3339;
    // The page's dates are those of its day.
    let dates = [
        ("2026-11-21T07:00:00Z", at(now - 7200)),
        ("2026-11-21T08:00:00Z", at(now - 3600)),
        ("2026-11-21T08:59:00Z", at(now - 60)),
        ("2027-05-20T23:59:59Z", at(now + 180 * DAY)),
        ("2027-11-15T23:59:59Z", at(now + 359 * DAY)),
        ("2031-11-20T23:59:59Z", at(now + 1800 * DAY)),
        ("2046-11-20T23:59:59Z", at(now + 7000 * DAY)),
    ];
    let mut pinned = String::new();
    let blocks: Vec<&str> = ceremonies.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 10, "{} blocks", blocks.len());
    let (mut asked, mut said_in_all) = (0, String::new());
    for block in blocks {
        let mut script = block.replace("/usr/lib/softhsm/libsofthsm2.so", &module.to_string_lossy());
        script = script.replace("PRINTED BY KEYGEN", &pinned).replace("/dev/usb/lp0", memory.path().to_str().unwrap());
        for (from, to) in &tokens_of_the_page {
            assert!(ceremonies.contains(from));
            script = script.replace(from, to);
        }
        for (from, to) in &dates {
            assert!(page("runbook-offline.md").contains(from));
            script = script.replace(from, to);
        }
        let utc = at(rootcast_host::clock::now());
        // A script gives what a person types from the paper.
        let head = program::head_on_paper(&folder.join("root-state"));
        let head = head.map_or_else(String::new, |head| format!("--head {head} "));
        script = script
            .replace("ceremony sign ", &format!("ceremony sign --yes {head}--utc {utc} "))
            .replace(" send ", " send --yes ");
        let has_questions = ["--pages ", "escrow verify "].iter().any(|text| script.contains(text));
        let said = if has_questions {
            asked += 1;
            if script.contains("escrow drill ") {
                operator.another_set("T");
                operator.rehearsal = folder.join("drill/ceremony");
            }
            let seat = at_a_terminal(&script, folder, |program| tokens.seen_by(program));
            let ended = operator.answers(seat);
            assert_eq!(ended.code, Some(0), "runbook-offline.md:\n{script}\n{ended}");
            ended.stdout
        } else {
            run(&script)
        };
        said_in_all.push_str(&said);
        if let Some((_, rest)) = said.split_once("public_key_sha256 = \"") {
            pinned = rest.get(..64).unwrap_or_default().to_owned();
        }
    }
    assert_eq!(found(&said_in_all), announced(&ceremonies), "{said_in_all}");
    assert_eq!(asked, 3, "the key is made, verified and drilled");
    assert_eq!(operator.typed, 279, "what the page says a person types in a drill");
    assert!(page("runbook-offline.md").contains("types 279 words"));
    for file in [
        "kit/kit.txt",
        "drill/drill.md",
        "drill/ceremony/signed/root.crl",
        "first/signed/root.crl",
        "first/record.pdf",
        "yearly/signed/issuing-g2.crt",
        "yearly.frames",
    ] {
        assert!(folder.join(file).is_file(), "{file}");
    }
}

/// Receives a CRL that is held for its number; gives the id of the held item.
fn hold(scratch: &Scratch, root: &ThrowAwayCa, number: u64) -> String {
    let mut draft = root.crl(number);
    let issued = root.now - DAY + i64::try_from(number).unwrap();
    draft.issued_at(issued, root.now + 300 * DAY + i64::try_from(number).unwrap());
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

/// Receives an older CRL, which rings.
fn receive_again(scratch: &Scratch, crl: &[u8]) {
    let recording = scratch.path("older.frames");
    forged::record(&forged::object_of(&[(ItemKind::Crl, "older.crl", crl)]), &recording);
    let receive = program::online(["receive"]).state(&scratch.path("online"));
    receive.link(format!("file:{}", recording.display())).exits(6);
}

/// A line without what differs from run to run: digests, numbers, times, places on the disk, and words at its end.
fn lasting(line: &str) -> String {
    let mut tokens: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    // 8 words spell a digest, 16 a root's.
    while let Some(first) = tokens.len().checked_sub(8)
        && tokens[first..].iter().all(|token| token.chars().all(char::is_alphabetic))
    {
        tokens.truncate(first);
    }
    let lasting = |token: &String| {
        if token.starts_with('/') {
            return "/".to_owned();
        }
        let mut text = String::new();
        for run in token.as_bytes().chunk_by(|a, b| a.is_ascii_hexdigit() == b.is_ascii_hexdigit()) {
            let is_digest = run.len() >= 8 && run.iter().all(u8::is_ascii_hexdigit);
            text.push_str(if is_digest { "#" } else { std::str::from_utf8(run).expect("cut beside ASCII") });
        }
        text
    };
    let text = tokens.iter().map(lasting).collect::<Vec<_>>().join(" ");
    let mut without_numbers = String::new();
    for c in text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }) {
        if c != '#' || !without_numbers.ends_with('#') {
            without_numbers.push(c);
        }
    }
    without_numbers
}

/// Fails unless `printed` is what the page shows, where … stands for lines left out, and at a line's end for its rest.
fn assert_shown(shown: &str, printed: &str, block: &str) {
    // What a kernel can lock in is its own affair.
    let lines =
        |text: &str| text.lines().filter(|line| !line.starts_with("sandboxed by ")).map(lasting).collect::<Vec<_>>();
    let (shown, printed) = (lines(shown), lines(printed));
    let mut rest = printed.as_slice();
    let mut gap = false;
    for line in &shown {
        if line == "…" {
            gap = true;
            continue;
        }
        let fits = |there: &String| match line.strip_suffix(" …") {
            Some(beginning) => there.starts_with(beginning),
            None => there == line,
        };
        let at = rest.iter().position(fits).filter(|at| gap || *at == 0);
        let at = at.unwrap_or_else(|| panic!("walkthrough.md, after\n{block}\nshows {line:?}; printed was {rest:#?}"));
        rest = &rest[at + 1..];
        gap = false;
    }
    assert!(gap || rest.is_empty(), "walkthrough.md, after\n{block}\ndoes not show {rest:#?}");
}

#[test]
fn the_walkthrough_works_in_an_empty_folder_and_prints_what_it_shows() {
    let walk = page("walkthrough.md");
    let scratch = Scratch::new();
    let path = format!("{}:{}", program::folder().display(), std::env::var("PATH").unwrap_or_default());
    let blocks: Vec<&str> = walk.split("```sh\n").skip(1).collect();
    assert!(blocks.len() >= 8, "{} blocks", blocks.len());
    let mut compared = 0;
    for block in blocks {
        let (block, after) = block.split_once("```\n").unwrap();
        let ended = Command::new("sh")
            .args(["-e", "-c", &format!("exec 2>&1\n{block}")])
            .current_dir(scratch.folder())
            .env("PATH", &path)
            // The page shows each line whole.
            .env("COLUMNS", "1000")
            .env_remove("ROOTCAST_STATE")
            .output()
            .expect("sh");
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(ended.status.success(), "walkthrough.md:\n{block}\n{said}");
        if let Some(shown) = after.strip_prefix("\n```text\n") {
            assert_shown(shown.split("```").next().unwrap(), &said, block);
            compared += 1;
        }
    }
    assert_eq!(compared, 7, "every block but the first has its output below it");
}
