//! All arrows, for the eyes: the circles of each crate, and what goes from room to room.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::arrows::{Arrow, Findings};
use super::check::between_rooms;
use super::circles::{circles, cuts, graph, shortest};
use super::source_tree::Sources;
use super::table::tables;

/// A report of everything found.
pub(crate) fn show(sources: &Sources, document: &str, findings: &Findings) -> String {
    let mut text = String::new();
    for package in &sources.packages {
        let folder = package.sources();
        let inside = |arrow: &&Arrow| arrow.from.starts_with(&folder) && arrow.to.starts_with(&folder);
        let short = |path| str::strip_prefix(path, &folder).unwrap_or(path);
        let arrows: Vec<_> = findings.arrows.iter().filter(inside).collect();
        let arrows: Vec<_> = arrows.iter().map(|arrow| (short(&arrow.from), short(&arrow.to), *arrow)).collect();
        let files = findings.files.iter().filter(|file| file.starts_with(&folder)).count();
        text.push_str(&crate_told(&package.folder, files, &arrows));
    }
    for table in tables(document, &mut Vec::new()) {
        _ = writeln!(text, "== from room to room: {}\n", table.name);
        let named = |arrow: &Arrow| format!("{} uses {} of {}", arrow.from, arrow.name, arrow.to);
        text.push_str(&listed(between_rooms(&table, &findings.arrows).into_iter(), named));
        text.push('\n');
    }
    text
}

/// The circles of a crate, with every arrow in them.
fn crate_told(name: &str, files: usize, arrows: &[(&str, &str, &Arrow)]) -> String {
    let all = graph(arrows.iter().map(|(from, to, _)| (*from, *to)));
    let groups = circles(&all);
    let mut text = format!("== {name}: {files} files, {} arrows, {} circles\n", arrows.len(), groups.len());
    for group in groups {
        let mut way = shortest(&all, &group);
        way.extend(way.first().copied());
        _ = writeln!(text, "\na circle of {} files; a shortest one: {}", group.len(), way.join(" -> "));
        let within = arrows.iter().filter(|(from, to, _)| group.contains(from) && group.contains(to)).copied();
        text.push_str(&listed(within, |arrow| arrow.name.clone()));
        let names = |from: &str, to: &str| {
            let between = arrows.iter().filter(|arrow| (arrow.0, arrow.1) == (from, to));
            between.map(|(_, _, arrow)| arrow.name.as_str()).collect::<BTreeSet<_>>()
        };
        text.push_str("there would be no circle without these:\n");
        for (from, to) in cuts(&all, &group, |from, to| names(from, to).len()) {
            let names: Vec<&str> = names(from, to).into_iter().collect();
            _ = writeln!(text, "  {from} -> {to}: {}", names.join(", "));
        }
    }
    text.push('\n');
    text
}

/// For each pair of ends what is used, with the lines.
fn listed<'all>(
    arrows: impl Iterator<Item = (&'all str, &'all str, &'all Arrow)>,
    named: impl Fn(&Arrow) -> String,
) -> String {
    let mut pairs = BTreeMap::<_, BTreeMap<String, Vec<usize>>>::new();
    for (from, to, arrow) in arrows {
        pairs.entry((from, to)).or_default().entry(named(arrow)).or_default().push(arrow.line);
    }
    let mut text = String::new();
    for ((from, to), names) in pairs {
        _ = writeln!(text, "  {from} -> {to}");
        for (name, mut lines) in names {
            lines.dedup();
            let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
            _ = writeln!(text, "      {name}  (line {})", lines.join(", "));
        }
    }
    text
}
