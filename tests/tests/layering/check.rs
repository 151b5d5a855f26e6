//! What breaks the tables, and which files form a circle.

use std::collections::{BTreeMap, BTreeSet};

use super::arrows::{Arrow, Findings};
use super::circles::{circles, graph, shortest};
use super::source_tree::Sources;
use super::table::{CRATES, DOCUMENT, Room, Table, tables};

/// Everything that is wrong, in order: the document, the sources, the circles.
pub(crate) fn violations(sources: &Sources, document: &str, findings: &Findings) -> Vec<String> {
    let mut wrong = findings.problems.clone();
    let tables = tables(document, &mut wrong);
    let expected = sources.packages.iter().map(|package| package.folder.as_str()).chain([CRATES]);
    for name in expected {
        match tables.iter().filter(|table| table.name == name).count() {
            1 => {}
            0 => {
                wrong.push(format!("{DOCUMENT}: there is no table of rooms for {name}, behind <!-- rooms: {name} -->"))
            }
            _ => wrong.push(format!("{DOCUMENT}: there is more than one table of rooms for {name}")),
        }
    }
    let files: Vec<&str> = sources.files.keys().map(String::as_str).collect();
    for table in &tables {
        malformed(table, &files, &mut wrong);
        forbidden(table, &findings.arrows, &mut wrong);
    }
    wrong.extend(circles_of_files(&findings.arrows));
    wrong.sort();
    wrong.dedup();
    wrong
}

/// Rooms without files, files without a room, unknown names, rooms in a circle.
fn malformed(table: &Table, files: &[&str], wrong: &mut Vec<String>) {
    let about = format!("{DOCUMENT}: in the table of {}", table.name);
    let mut known = BTreeSet::new();
    let mut places = BTreeMap::<&str, &str>::new();
    for Room { name, files, .. } in &table.rooms {
        if !known.insert(name.as_str()) {
            wrong.push(format!("{about} two rooms are called {name}"));
        }
        if files.is_empty() {
            wrong.push(format!("{about} the room {name} has no files"));
        }
        for place in files {
            if !place.ends_with('/') && !place.ends_with(".rs") {
                wrong.push(format!("{about} {place} is neither a folder/ nor a file.rs"));
            }
            if let Some(other) = places.insert(place, name) {
                wrong.push(format!("{about} {place} is in the rooms {other} and {name}"));
            }
        }
    }
    for Room { name, may_use, .. } in &table.rooms {
        for other in may_use {
            if !known.contains(other.as_str()) {
                wrong.push(format!("{about} {name} may use {other}, which is no room"));
            }
            if other == name {
                wrong.push(format!("{about} {name} may use itself, which needs no saying"));
            }
        }
    }
    let mut unused: BTreeSet<&str> = places.keys().copied().collect();
    let mut seen = false;
    for file in files.iter().filter(|file| file.starts_with(&table.folder)) {
        seen = true;
        match table.room_of(file) {
            Some((_, place)) => _ = unused.remove(place),
            None => wrong.push(format!("{file} is in no room of the table of {} in {DOCUMENT}", table.name)),
        }
    }
    if !seen {
        wrong.push(format!("{about} nothing is checked: there is no file below {}", table.folder));
    }
    for place in unused {
        wrong.push(format!("{about} {place} of the room {} has no file", places[place]));
    }
    let arrows = graph(table.rooms.iter().flat_map(|room| {
        let others = room.may_use.iter().filter(|other| **other != room.name);
        others.map(|other| (room.name.as_str(), other.as_str()))
    }));
    for group in circles(&arrows) {
        let way = shortest(&arrows, &group);
        wrong.push(format!("{about} rooms form a circle: {} -> {}", way.join(" -> "), way[0]));
    }
}

/// The arrows between rooms, each with the names of its rooms.
pub(crate) fn between_rooms<'all>(
    table: &'all Table,
    arrows: &'all [Arrow],
) -> Vec<(&'all str, &'all str, &'all Arrow)> {
    let room = |path: &str| table.room_of(path).map(|(room, _)| room.name.as_str());
    let ends = |arrow: &'all Arrow| Some((room(&arrow.from)?, room(&arrow.to)?, arrow));
    arrows.iter().filter_map(ends).filter(|(from, to, _)| from != to).collect()
}

/// Arrows that the table does not allow, and what it allows for nothing.
fn forbidden(table: &Table, arrows: &[Arrow], wrong: &mut Vec<String>) {
    let rooms = table.rooms.iter();
    let mut unused: BTreeSet<(&str, &str)> =
        rooms.flat_map(|room| room.may_use.iter().map(|other| (room.name.as_str(), other.as_str()))).collect();
    let allowed = unused.clone();
    let mut told = BTreeSet::new();
    for (from, to, Arrow { from: file, line, to: other, name, .. }) in between_rooms(table, arrows) {
        unused.remove(&(from, to));
        let whole = name.split("::").next();
        // A file that uses one thing in many places is told once.
        if !allowed.contains(&(from, to)) && told.insert((file, other, whole)) {
            wrong.push(format!(
                "{file}:{line} uses {name} of {other}: the table of {} in {DOCUMENT} does not allow {from} -> {to}",
                table.name
            ));
        }
    }
    for (from, to) in unused {
        wrong.push(format!("{DOCUMENT}: the table of {} allows {from} -> {to} but nothing uses it", table.name));
    }
}

/// A shortest circle of each group of files that reach each other.
fn circles_of_files(arrows: &[Arrow]) -> Vec<String> {
    let arrows_of = graph(arrows.iter().map(|arrow| (&*arrow.from, &*arrow.to)));
    let told = circles(&arrows_of).into_iter().map(|group| {
        let way = shortest(&arrows_of, &group);
        let next = way.iter().cycle().skip(1);
        let mut text = format!("a circle of files, among {} that reach each other:", group.len());
        for (from, to) in way.iter().zip(next) {
            let arrow = arrows.iter().find(|arrow| &*arrow.from == *from && &*arrow.to == *to);
            if let Some(Arrow { from, line, to, name, .. }) = arrow {
                text.push_str(&format!("\n    {from}:{line} uses {name} of {to}"));
            }
        }
        text
    });
    told.collect()
}
