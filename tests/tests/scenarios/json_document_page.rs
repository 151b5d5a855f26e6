//! `docs/json.md` against the snapshots: each command has a section, and its examples show each member there is.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rootcast_protocol::{hex, words};
use serde_json::Value;

use crate::documents::{anchors, keys, members, read, section};

const PAGE: &str = "docs/json.md";

const PROGRAMS: [&str; 2] = ["rootcast-offline", "rootcast-online"];

/// The groups of sections about commands, each with the programs that have these commands.
const GROUPS: [(&str, &[&str]); 3] = [
    ("Both programs", &["rootcast-offline", "rootcast-online"]),
    ("rootcast-online", &["rootcast-online"]),
    ("rootcast-offline", &["rootcast-offline"]),
];

/// What stands below a heading of the third level.
struct Section {
    /// The heading of the second level above it.
    group: String,
    name: String,
    examples: Vec<Example>,
}

struct Example {
    /// The program that it is of, where the paragraph before it begins with its name.
    program: Option<&'static str>,
    document: Value,
}

impl Section {
    /// The programs that have this command; nothing where it is no command.
    fn programs(&self) -> Option<&'static [&'static str]> {
        GROUPS.iter().find(|(group, _)| *group == self.group).map(|(_, programs)| *programs)
    }

    /// The members that its examples of this program show.
    fn shown(&self, program: &str) -> BTreeSet<String> {
        let its = self.examples.iter().filter(|example| example.program.is_none_or(|of| of == program));
        members_of(its.map(|example| &example.document))
    }
}

fn sections(page: &str) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let (mut group, mut prose) = ("", "");
    for (place, part) in page.split("```").enumerate() {
        // What is fenced has the odd places.
        if place % 2 == 1 {
            let text = part.strip_prefix("json\n").unwrap_or_else(|| panic!("this is not marked as JSON: {part}"));
            let document = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
            let introduction = prose.trim().rsplit("\n\n").next().unwrap_or_default();
            let program = PROGRAMS.into_iter().find(|program| introduction.starts_with(&format!("`{program}`")));
            found.last_mut().expect("a section").examples.push(Example { program, document });
            continue;
        }
        prose = part;
        for line in prose.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                group = heading;
            } else if let Some(name) = line.strip_prefix("### ") {
                found.push(Section { group: group.to_owned(), name: name.to_owned(), examples: Vec::new() });
            }
        }
    }
    found
}

/// One document of a snapshot.
struct Case {
    snapshot: String,
    name: String,
    /// The command line; nothing where the document is of a file.
    command: Option<String>,
    document: Value,
}

fn cases() -> Vec<Case> {
    let mut found = Vec::new();
    for entry in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/json_snapshots")).unwrap() {
        let path = entry.unwrap().path();
        let snapshot = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{snapshot}: {error}"));
        found.extend(cases.into_iter().map(|case| Case {
            snapshot: snapshot.clone(),
            name: case["case"].as_str().unwrap().to_owned(),
            command: case["command"].as_str().map(str::to_owned),
            document: case["document"].clone(),
        }));
    }
    assert!(found.len() > 300, "only {} documents", found.len());
    found
}

/// The members of all these documents; `error` has a section of its own.
fn members_of<'d>(documents: impl IntoIterator<Item = &'d Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    documents.into_iter().for_each(|document| members(document, "", &mut found));
    found.retain(|path| path != ".error" && !path.starts_with(".error."));
    found
}

/// The page shows all that is real, and nothing else.
fn assert_same(section: &str, shown: &BTreeSet<String>, real: &BTreeSet<String>) {
    let missing: Vec<_> = real.difference(shown).collect();
    assert!(missing.is_empty(), "{PAGE}: ### {section} does not show {missing:#?}");
    let invented: Vec<_> = shown.difference(real).collect();
    assert!(invented.is_empty(), "{PAGE}: ### {section} shows what is in no snapshot: {invented:#?}");
}

/// The program of a command line, and the section of its command: one named by two words comes first.
fn command_of<'s>(line: &str, sections: &'s [Section]) -> (&'static str, Option<&'s Section>) {
    // The snapshots use the older spelling.
    let words: Vec<&str> = line.split(' ').map(|word| if word == "enrol" { "trust" } else { word }).collect();
    let program = PROGRAMS.into_iter().find(|program| words.first() == Some(program)).expect("a program");
    let named = |count: usize| {
        let name = words.get(1..=count)?.join(" ");
        sections.iter().find(|section| section.programs().is_some() && section.name == name)
    };
    (program, named(2).or_else(|| named(1)))
}

#[test]
fn json_md_shows_each_member_of_each_command_and_no_other() {
    let sections = sections(&read(PAGE));
    let mut real: BTreeMap<(&str, &str), BTreeSet<String>> = BTreeMap::new();
    for case in cases() {
        let Some(line) = &case.command else { continue };
        let told = members_of([&case.document]);
        // An error alone looks alike whatever the command.
        if !told.is_empty() {
            let (program, section) = command_of(line, &sections);
            let section = section.unwrap_or_else(|| panic!("{PAGE} has no section for {line}"));
            real.entry((&section.name, program)).or_default().extend(told);
        }
    }
    assert!(real.len() > 25, "only {:?}", real.keys());
    for section in &sections {
        let Some(having) = section.programs() else { continue };
        for program in PROGRAMS {
            let real = real.get(&(&*section.name, program));
            assert_eq!(real.is_some(), having.contains(&program), "{program} {} in {:?}", section.name, section.group);
            if let Some(real) = real {
                assert_same(&format!("{} ({program})", section.name), &section.shown(program), real);
            }
        }
    }
}

#[test]
fn json_md_shows_each_member_of_the_files_and_no_other() {
    let (sections, cases) = (sections(&read(PAGE)), cases());
    for (name, case) in [("inventory.json", "the inventory"), ("Receipts", "receipt ")] {
        let section = sections.iter().find(|section| section.name == name).unwrap();
        let its = cases.iter().filter(|known| known.snapshot == "online-state" && known.name.starts_with(case));
        assert_same(name, &section.shown("rootcast-online"), &members_of(its.map(|case| &case.document)));
    }
}

/// The lines of all logs in the snapshots, each with its program.
fn log_lines(cases: &[Case]) -> Vec<(&'static str, &Value)> {
    let mut found = Vec::new();
    for case in cases {
        let program = if case.snapshot.starts_with("offline") { "rootcast-offline" } else { "rootcast-online" };
        let lines = case.document.as_array().into_iter().flatten().filter(|line| line["event"].is_string());
        found.extend(lines.map(|line| (program, line)));
    }
    found
}

#[test]
fn json_md_lists_each_event_of_the_log() {
    let (page, cases) = (read(PAGE), cases());
    let tables = section(&page, "The log");
    let events = |program: &str| {
        let head = format!("| event of `{program}` |");
        keys(tables.split("\n\n").find(|text| text.starts_with(&head)).expect("its table"))
    };
    let listed = PROGRAMS.map(|program| (program, events(program)));
    let lines = log_lines(&cases);
    assert!(lines.len() > 50, "only {} lines", lines.len());
    for (program, line) in &lines {
        let event = line["event"].as_str().unwrap();
        let (_, events) = listed.iter().find(|(known, _)| known == program).unwrap();
        assert!(events.iter().any(|known| known == event), "{PAGE} does not list the event {event:?} of {program}");
    }
    let sections = sections(&page);
    let shown = sections.iter().find(|section| section.name == "The log").unwrap().shown("rootcast-online");
    let aiming = lines.iter().filter(|(_, line)| line["event"] == "aiming").map(|(_, line)| *line);
    assert_same("The log", &shown, &members_of(aiming));
}

#[test]
fn json_md_shows_each_member_of_an_error_and_of_a_finding() {
    let (page, cases) = (read(PAGE), cases());
    let (mut real, mut findings) = (BTreeSet::new(), BTreeSet::new());
    for case in &cases {
        members(&case.document["error"], ".error", &mut real);
        let paths = members_of([&case.document]);
        let of_findings = paths.iter().filter_map(|path| path.rsplit_once(".findings[].")).map(|(_, name)| name);
        findings.extend(of_findings.map(str::to_owned));
    }
    let sections = sections(&page);
    let example = &sections.iter().find(|section| section.name == "error").unwrap().examples[0];
    let mut shown = BTreeSet::new();
    members(&example.document["error"], ".error", &mut shown);
    assert_same("error", &shown, &real);
    for (name, real) in [("error", &real), ("findings", &findings)] {
        let told: BTreeSet<String> = keys(section(&page, name)).into_iter().collect();
        let real: BTreeSet<String> = real.iter().map(|path| path.trim_start_matches(".error.").to_owned()).collect();
        assert_same(name, &told, &real);
    }
}

/// The digests of an object whose first bytes these words can be: the one of the same name, or any where there is none.
fn spelt<'d>(object: &'d serde_json::Map<String, Value>, words: &str) -> Vec<&'d str> {
    let of_that_name = match words {
        "words" => None,
        "set_words" => Some("set".to_owned()),
        "journal_words" => Some("journal_head".to_owned()),
        other => Some(other.replace("words", "sha256")),
    };
    let texts = object.iter().filter(|(name, _)| of_that_name.as_ref().is_none_or(|wanted| *name == wanted));
    texts.filter_map(|(_, value)| value.as_str()).collect()
}

/// Counts the words that are compared with a digest.
fn check_words(document: &Value, checked: &mut usize) {
    match document {
        Value::Object(object) => {
            for (name, told) in object.iter().filter(|(name, _)| name.ends_with("words")) {
                let Some(told) = told.as_str() else { continue };
                let bytes = words::read(told.trim_end_matches([' ', '…'])).unwrap_or_else(|e| panic!("{told}: {e:?}"));
                // `key words` has nothing but the words of a key.
                if object.len() == 1 {
                    continue;
                }
                let (hexadecimal, digests) = (hex::encode(&bytes), spelt(object, name));
                assert!(
                    digests.iter().any(|digest| digest.starts_with(&hexadecimal)),
                    "{name}: {told} are {hexadecimal}, not of {digests:?}"
                );
                *checked += 1;
            }
            object.values().for_each(|value| check_words(value, checked));
        }
        Value::Array(list) => list.iter().for_each(|value| check_words(value, checked)),
        _ => {}
    }
}

/// Somebody checks an example by hand: its words are those of the digest beside them.
#[test]
fn words_in_an_example_are_those_of_the_digest_beside_them() {
    let mut checked = 0;
    for example in sections(&read(PAGE)).iter().flat_map(|section| &section.examples) {
        check_words(&example.document, &mut checked);
    }
    assert!(checked > 60, "{checked}");
}

/// A held item's id begins with the digits of what is signed.
#[test]
fn the_id_of_a_held_item_in_an_example_begins_with_the_digest_of_what_is_signed() {
    let page = read(PAGE);
    let mut seen = 0;
    for example in sections(&page).iter().flat_map(|section| &section.examples) {
        let held = example.document["held"].as_array().into_iter().flatten();
        for item in held.chain(example.document.get("discarded")) {
            let (id, signed) = (item["id"].as_str().unwrap(), item["tbs_sha256"].as_str().unwrap());
            assert_eq!(id.split_once('-').map(|(digits, shown)| (digits, shown.len())), Some((&signed[..12], 6)));
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
}

#[test]
fn the_contents_of_json_md_link_each_section() {
    let page = read(PAGE);
    let contents = page.split("\n## ").next().unwrap();
    for heading in anchors(&page).iter().filter(|heading| *heading != "json-documents") {
        assert!(contents.contains(&format!("](#{heading})")), "the contents of {PAGE} do not link #{heading}");
    }
}

/// Examples too; tables may be wider.
#[test]
fn no_line_of_json_md_is_longer_than_a_hundred_columns() {
    let page = read(PAGE);
    let lines = (1..).zip(page.lines()).filter(|(_, line)| !line.starts_with('|'));
    let long: Vec<usize> = lines.filter(|(_, line)| line.chars().count() > 100).map(|(number, _)| number).collect();
    assert!(long.is_empty(), "{PAGE} has more than 100 columns in the lines {long:?}");
}
