//! The assurance case names tests; each is there, and is run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every source file of the workspace below `folder`, by its path in it.
fn sources(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), text);
            }
        }
    }
    found
}

/// Whether `text` has a function of this name with `#[test]` above it, which nothing keeps from being run.
fn has_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let Some(at) = lines.iter().position(|line| line.starts_with(&format!("fn {name}("))) else { return false };
    let attributes: Vec<&&str> = lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).collect();
    attributes.iter().any(|line| **line == "#[test]") && !attributes.iter().any(|line| line.contains("ignore"))
}

/// Whether a file of this path is the module that `modules` end with: `a::b` is `…/a/b.rs` or `…/a/b/mod.rs`, and where `b` is
/// `tests` also `…/a.rs`. A crate's name stands for its `src`.
fn is_module(path: &Path, modules: &[&str]) -> bool {
    let path = path.with_extension("").to_string_lossy().replace('-', "_").replace("/src/", "/");
    let path = path.trim_end_matches("/mod");
    let ends =
        |modules: &[&str]| !modules.is_empty() && format!("/{path}").ends_with(&format!("/{}", modules.join("/")));
    ends(modules) || modules.split_last().is_some_and(|(last, above)| *last == "tests" && ends(above))
}

fn exists(sources: &BTreeMap<PathBuf, String>, named: &str) -> bool {
    let parts: Vec<&str> = named.split("::").collect();
    let (name, modules) = parts.split_last().unwrap();
    sources.iter().any(|(path, text)| is_module(path, modules) && has_test(text, name))
}

/// What is named on a page: everything between backquotes that has `::` in it.
fn named(page: &str) -> Vec<String> {
    let quoted = page.split('`').skip(1).step_by(2);
    let is_path = |text: &&str| {
        text.contains("::") && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:".contains(c))
    };
    quoted.filter(is_path).map(str::to_owned).collect()
}

#[test]
fn every_test_that_the_assurance_case_names_exists() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = sources(project);
    let page = fs::read_to_string(project.join("docs/assurance.md")).unwrap();
    let named = named(&page);
    assert!(named.len() > 80, "only {} tests are named", named.len());
    let missing: Vec<&String> = named.iter().filter(|name| !exists(&sources, name)).collect();
    assert!(missing.is_empty(), "docs/assurance.md names tests that there are not: {missing:#?}");
    // And each claim names some.
    for section in page.split("\n## ").skip(1).filter(|section| !section.starts_with("What this case does not cover")) {
        assert!(section.contains("\n- `"), "no test is named under ## {}", section.lines().next().unwrap());
    }
}

#[test]
fn every_test_that_the_table_of_attacks_names_exists() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = sources(project);
    let page = fs::read_to_string(project.join("docs/attacks.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| attack ")).count();
    let named = named(&page);
    let missing: Vec<&String> = named.iter().filter(|name| !exists(&sources, name)).collect();
    assert!(missing.is_empty(), "docs/attacks.md names tests that there are not: {missing:#?}");
    assert_eq!(named.len(), rows, "each row names one test");
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let sources = sources(project);
    let this = "assurance::a_test_that_is_not_there_is_missed";
    assert!(exists(&sources, this));
    assert!(exists(&sources, &format!("scenarios::{this}")));
    for wrong in [
        "assurance::a_test_that_was_never_written",
        "kills::a_test_that_is_not_there_is_missed",
        // No test, although it is a function.
        "assurance::is_module",
        "insurance::a_test_that_is_not_there_is_missed",
    ] {
        assert!(!exists(&sources, wrong), "{wrong}");
    }
    assert!(!has_test("#[test]\n#[ignore]\nfn a() {}", "a") && has_test("    #[test]\n    fn a() {}", "a"));
}
