//! Documents that have to stay true.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rootcast_host::diagnosis::Label;
use rootcast_tests::program::{offline, online};
use rootcast_tests::sides::Sides;
use rootcast_tests::throwaway_ca::der_writer::tlv;
use rootcast_tests::throwaway_ca::{CrlDraft, DAY, EntryDraft, ExtensionDraft};

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(project().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

#[test]
fn errors_md_lists_exactly_the_labels_there_are() {
    let page = read("docs/errors.md");
    let listed: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("### ")).map(str::trim).collect();
    let known: BTreeSet<&str> = Label::ALL.iter().map(|label| label.as_str()).collect();
    assert_eq!(listed, known);
    for label in Label::ALL {
        let section = page.split(&format!("### {label}\n")).nth(1).unwrap();
        let exit = format!("Exit {}", label.exit().code());
        let after = section.trim_start().strip_prefix(&exit);
        let said = after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
        assert!(said, "### {label} should begin with {exit:?}");
    }
}

/// Every Markdown file of the project, build folders left out.
fn pages() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![project()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            // What `cargo` and `make demo` made is no page of the project.
            let is_made = name == "target" || path == project().join("demo");
            if path.is_dir() && !is_made && !name.starts_with('.') {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "md") {
                found.push(path);
            }
        }
    }
    found
}

/// The names that the headings of a page have in links.
pub(crate) fn anchors(text: &str) -> BTreeSet<String> {
    let prose = text.split("```").step_by(2);
    let headings = prose.flat_map(str::lines).filter(|line| line.starts_with('#'));
    let name = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(name).collect()
}

#[test]
fn every_link_to_a_heading_finds_it() {
    let mut seen = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let Some((file, heading)) = target.split_once('#').filter(|_| !target.contains("://")) else { continue };
            let there = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            let found = anchors(&fs::read_to_string(&there).unwrap());
            assert!(found.contains(heading), "{} links to {target}", page.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "only {seen} links to headings");
}

#[test]
fn every_relative_link_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = target.split('#').next().unwrap();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") || target.contains(' ') {
                continue;
            }
            assert!(page.parent().unwrap().join(target).exists(), "{} links to {target}", page.display());
        }
    }
}

/// The first cells of a page's tables, each of the names in one by itself; heads and code left out.
pub(crate) fn keys(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for text in page.split("```").step_by(2) {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let is_head = lines.peek().is_some_and(|next| next.starts_with("|---"));
            if line.starts_with('|') && !line.starts_with("|---") && !is_head {
                let cell = line.split('|').nth(1).unwrap();
                found.extend(cell.split(", ").map(|key| key.trim().trim_matches(['`', '*']).to_owned()));
            }
        }
    }
    found
}

/// Two branches that both add a row leave both where they are joined.
#[test]
fn a_table_says_each_thing_once() {
    for (page, rows) in [("docs/errors.md", 11), ("docs/glossary.md", 60), ("docs/dependencies.md", 25)] {
        let keys = keys(&read(page));
        assert!(keys.len() >= rows, "{page}: {} rows", keys.len());
        let mut seen = BTreeSet::new();
        let twice: Vec<_> = keys.iter().filter(|key| !seen.insert(*key)).collect();
        assert!(twice.is_empty(), "{page} has {twice:?} twice");
    }
}

#[test]
fn dependencies_md_has_a_row_for_every_dependency_of_the_workspace() {
    let manifest = read("Cargo.toml");
    let table = manifest.split("[workspace.dependencies]\n").nth(1).and_then(|rest| rest.split("\n[").next()).unwrap();
    let depended: BTreeSet<String> = table
        .lines()
        .filter_map(|line| Some(line.split_once(" = ")?.0.to_owned()))
        .filter(|name| !name.starts_with("rootcast-"))
        .collect();
    assert_eq!(keys(&read("docs/dependencies.md")).into_iter().collect::<BTreeSet<_>>(), depended);
}

#[test]
fn a_page_has_one_title() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let prose = text.split("```").step_by(2);
        let titles = prose.flat_map(str::lines).filter(|line| line.starts_with("# ")).count();
        assert_eq!(titles, 1, "{}", page.display());
    }
}

#[test]
fn the_map_of_the_harness_and_its_table_name_every_module() {
    let library = read("tests/src/lib.rs");
    let modules: BTreeSet<&str> =
        library.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let map = library.split("//! ```").nth(1).unwrap();
    let words = map.split(|c: char| c != '_' && !c.is_ascii_lowercase()).collect::<BTreeSet<_>>();
    let unnamed: Vec<_> = modules.difference(&words).collect();
    assert!(unnamed.is_empty(), "the map of tests/src/lib.rs does not name {unnamed:?}");
    let testing = read("docs/testing.md");
    let table = testing.split("\n## The harness\n").nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap();
    let unnamed: Vec<_> = modules.iter().filter(|name| !table.contains(&format!("`{name}`"))).collect();
    assert!(unnamed.is_empty(), "docs/testing.md does not name {unnamed:?}");
}

#[test]
fn the_commands_of_the_readme_are_in_the_makefile() {
    let (readme, makefile) = (read("README.md"), read("Makefile"));
    for target in ["demo", "test"] {
        assert!(readme.contains(&format!("make {target}")), "README.md does not name make {target}");
        assert!(makefile.lines().any(|line| line.starts_with(&format!("{target}:"))), "no target {target}");
    }
    for named in readme.split("`make ").skip(1) {
        let target: String = named.chars().take_while(char::is_ascii_lowercase).collect();
        assert!(makefile.contains(&format!("\n{target}:")), "README.md says `make {target}`");
    }
}

#[test]
fn the_readme_has_at_most_a_thousand_words() {
    let words = read("README.md").split_whitespace().count();
    assert!(words <= 1000, "README.md has {words} words");
}

/// The lines of the README that call a program, each with the program's name.
fn readme_commands(readme: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for line in readme.lines() {
        for (prompt, program) in [("offline$ ", "rootcast-offline "), ("online$ ", "rootcast-online ")] {
            let command = line.strip_prefix(prompt).and_then(|rest| rest.trim_start().strip_prefix(program));
            if let Some(command) = command {
                found.push((program.trim(), command.split('#').next().unwrap().trim().to_owned()));
            }
        }
    }
    found
}

/// The walkthrough and the runbooks run whole; what the README has of them is looked up in the help texts.
#[test]
fn every_command_and_option_of_the_readme_is_in_the_help() {
    let commands = readme_commands(&read("README.md"));
    assert!(commands.len() >= 8, "{commands:?}");
    for (program, command) in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        let depth = if ["ceremony", "held", "journal"].contains(&words[0]) { 2 } else { 1 };
        let started = if program == "rootcast-offline" { offline(&words[..depth]) } else { online(&words[..depth]) };
        let help = started.arg("--help").exits(0).to_string();
        for option in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(option), "README.md: {program} {command}: {option} is not in\n{help}");
        }
    }
}

/// What a line is wide without the targets of its links.
fn width(line: &str) -> usize {
    let mut parts = line.split("](");
    let first = parts.next().unwrap_or_default().chars().count();
    first + parts.map(|rest| rest.split_once(')').map_or(0, |(_, after)| after.chars().count() + 2)).sum::<usize>()
}

#[test]
fn no_line_of_prose_is_longer_than_a_hundred_columns() {
    let mut long = Vec::new();
    // Below `src` is what a program prints: its form is another matter.
    let is_document = |page: &PathBuf| {
        let inside = page.strip_prefix(project()).unwrap();
        inside.components().all(|part| part.as_os_str() != "src")
    };
    for page in pages().into_iter().filter(is_document) {
        let text = fs::read_to_string(&page).unwrap();
        let mut is_code = false;
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim_start().starts_with("```") {
                is_code = !is_code;
            }
            let is_table = line.trim_start().starts_with('|');
            // What a picture shows is one line, and a name cannot be broken.
            let is_whole = line.starts_with("![") || !line.trim_start_matches(['-', ' ']).contains(' ');
            if !is_code && !is_table && !is_whole && width(line) > 100 {
                long.push(format!("{}:{number}", page.strip_prefix(project()).unwrap().display()));
            }
        }
    }
    assert!(long.is_empty(), "more than 100 columns: {long:#?}");
}

#[test]
fn no_document_names_a_machine() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        // Where the folders of people are, on any system.
        for folder in ["home", "root", "Users"] {
            assert!(!text.contains(&format!("/{folder}/")), "{} names a path in /{folder}", page.display());
        }
    }
}

/// What stands below the heading `### NAME` of docs/json.md, to the next heading.
pub(crate) fn section<'p>(page: &'p str, name: &str) -> &'p str {
    let rest = page.split(&format!("\n### {name}\n")).nth(1);
    let rest = rest.unwrap_or_else(|| panic!("docs/json.md has no ### {name}"));
    // No line of JSON begins with `#`.
    rest.split("\n#").next().unwrap_or_default()
}

/// The first JSON example below the heading `### NAME` of docs/json.md.
pub(crate) fn example(page: &str, name: &str) -> serde_json::Value {
    let fenced = section(page, name).split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    let text = fenced.unwrap_or_else(|| panic!("### {name} has no example"));
    serde_json::from_str(text).unwrap_or_else(|e| panic!("### {name}: {e}"))
}

/// Every member of a document as a path; members of list elements stand together, and so do links by their name.
pub(crate) fn members(document: &serde_json::Value, path: &str, found: &mut BTreeSet<String>) {
    match document {
        serde_json::Value::Object(object) => {
            for (key, value) in object {
                // Only the name of a link has a colon.
                let key = if key.contains(':') { "LINK" } else { key };
                found.insert(format!("{path}.{key}"));
                members(value, &format!("{path}.{key}"), found);
            }
        }
        serde_json::Value::Array(list) => list.iter().for_each(|value| members(value, &format!("{path}[]"), found)),
        _ => {}
    }
}

/// The document of a `check` that has everything to say: a place, a difference of every kind, relying parties.
fn check_of_everything(sides: &Sides) -> serde_json::Value {
    let revoked = |draft: &mut CrlDraft, serial: u8, reason: u8| {
        draft.entries.push(EntryDraft::of(&[0x41, serial], sides.root.now - 90 * DAY, Some(reason)));
    };
    let (mut before, mut now) = (sides.crl(1), sides.crl(2));
    revoked(&mut before, 1, 4);
    revoked(&mut before, 2, 4);
    revoked(&mut now, 2, 3);
    revoked(&mut now, 3, 4);
    now.set_extension(ExtensionDraft::issuing_distribution_point(&[tlv(0x82, &[0xff])]));
    now.extension_mut(&[2, 5, 29, 20]).unwrap().writes_default = true;
    let before = sides.scratch.file("root-1.crl", before.sign());
    let now = sides.scratch.file("root-2.crl", now.sign());
    let check = online(["check", "--json"]).within(sides.scratch.folder()).arg(now.file_name().unwrap());
    check.arg("--issuer").arg("root.crt").arg("--previous").arg(before).exits(5).json()
}

#[test]
fn json_md_shows_every_member_of_every_document() {
    let page = read("docs/json.md");
    let sides = Sides::enrolled();
    let (crl_file, _) = sides.crl_file(1);
    let (intermediate_file, _) = sides.intermediate_file("Example Issuing CA 1");
    let items = [&crl_file, &intermediate_file];
    let recording = sides.scratch.path("json.frames");
    let link = format!("file:{}", recording.display());
    let plan = offline(["plan", "--json"]).state(&sides.offline).link(&link).args(items).exits(0).json();
    sides.send(&link, &items).exits(0);
    let show = offline(["journal", "show", "--json"]).state(&sides.offline).exits(0).json();
    let report = offline(["link", "report", "--json"]).state(&sides.offline).exits(0).json();
    let receive = sides.receive_recording(&recording).arg("--json").exits(0).json();
    let status = online(["status", "--json"]).state(&sides.online).exits(0).json();
    let inventory = fs::read(sides.online.join("published/inventory.json")).unwrap();
    let inventory = serde_json::from_slice(&inventory).unwrap();
    let check = check_of_everything(&sides);
    for (name, document) in [
        ("check", check),
        ("plan", plan),
        ("journal show", show),
        ("link report", report),
        ("receive", receive),
        ("status", status),
        ("inventory.json", inventory),
    ] {
        let (mut real, mut shown) = (BTreeSet::new(), BTreeSet::new());
        members(&document, "", &mut real);
        members(&example(&page, name), "", &mut shown);
        let missing: Vec<_> = real.difference(&shown).collect();
        assert!(missing.is_empty(), "### {name} does not show {missing:?}");
        let top =
            |all: &BTreeSet<String>| all.iter().filter(|p| p.matches('.').count() == 1).cloned().collect::<Vec<_>>();
        assert_eq!(top(&shown), top(&real), "### {name} shows members there are not");
    }
}

#[test]
fn every_link_of_the_online_side_names_its_section_of_the_hardware_notes() {
    let notes = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../hardware-notes.md")).unwrap();
    let headings = notes.lines().filter_map(|line| line.strip_prefix('#').map(|rest| rest.trim_start_matches('#')));
    let anchor = |heading: &str| {
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        format!("#{}", kept.collect::<String>().replace(' ', "-"))
    };
    let anchors: Vec<String> = headings.map(anchor).collect();
    for row in rootcast_online::link::Registry::default().rows() {
        assert!(anchors.iter().any(|anchor| anchor == row.hardware_notes), "{}: {anchors:?}", row.form);
    }
}

/// Whoever reads an error of a link has the program in front of him, and none of our pages: what helps stands in the error.
#[test]
fn no_text_of_a_program_sends_its_reader_to_a_page_that_is_not_on_that_host() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut folders: Vec<_> =
        ["offline-side/src", "online-side/src", "host/src"].map(|name| repository.join(name)).into();
    let (mut read, mut named) = (0, Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                read += 1;
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let pages = ["hardware-notes", "docs/", "runbook-"];
                named
                    .extend(code.filter(|line| pages.iter().any(|page| line.contains(page))).map(|line| {
                        (path.file_name().unwrap().to_string_lossy().into_owned(), line.trim().to_owned())
                    }));
            }
        }
    }
    assert!(read > 200, "{read} files");
    // The pages to print are read years later, by somebody who has to find the format.
    named.retain(|(file, _)| file != "paper.rs");
    assert!(named.is_empty(), "{named:#?}");
}
