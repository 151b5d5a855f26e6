//! The tiles of a screen with several codes: which one is hidden while others are read.

use std::collections::{BTreeMap, VecDeque};

use super::look::Look;
use crate::link::optical::qr_reader::Point;

/// Missing tiles are looked for in one of so many pictures.
const MISSING_EVERY: usize = 4;
/// How far the middles of two tiles that are next to each other, or next but at a corner, are apart, in their sides.
const NEXT: f32 = 2.1;

/// A tile: in how many pictures it was, in how many of them it was read, and its last place.
type Place = (usize, usize, [Point; 4]);

/// Tiles that were never seen, but should be there by those beside them: so many pictures, none read, the last place.
fn missing_tiles(looks: &VecDeque<Look>) -> Vec<Place> {
    let mut missing: Vec<Place> = Vec::new();
    for outline in looks.iter().flat_map(|look| &look.missing) {
        let is_near = |known: &[Point; 4]| {
            let [corner, across, ..] = outline;
            let apart = Point::middle_of(outline) - Point::middle_of(known);
            apart.length() < (*across - *corner).length() * 0.5
        };
        match missing.iter_mut().find(|(.., known)| is_near(known)) {
            Some(known) => *known = (known.0 + 1, 0, *outline),
            None => missing.push((1, 0, *outline)),
        }
    }
    // One that is known is looked for in vain for some seconds, and is then no longer one of those that are followed.
    let least = (looks.len() / MISSING_EVERY / 2).max(2);
    missing.retain(|(pictures, ..)| *pictures >= least);
    missing
}

/// A tile that is hardly read while another is, by its place row by row.
pub(super) fn hidden_tile(looks: &VecDeque<Look>) -> Option<(usize, usize)> {
    // Number → pictures, read, last place.
    let mut tiles: BTreeMap<u64, (usize, usize, [Point; 4])> = BTreeMap::new();
    for tile in looks.iter().flat_map(|look| &look.tiles) {
        let entry = tiles.entry(tile.number).or_insert((0, 0, tile.outline));
        entry.0 += 1;
        // A mixture shows that nothing covers it.
        entry.1 += usize::from(tile.read || tile.mixed);
        entry.2 = tile.outline;
    }
    let half = looks.len() / 2;
    let mut tiles: Vec<_> = tiles.into_values().filter(|(pictures, ..)| *pictures >= half).collect();
    tiles.extend(missing_tiles(looks));
    drop_strays(&mut tiles);
    if !tiles.iter().any(|(pictures, read, _)| read * 3 > *pictures) {
        return None;
    }
    let places = rows_and_columns(tiles.iter().map(|(.., outline)| outline));
    let mut in_order: Vec<_> = tiles.iter().zip(places).collect();
    in_order.sort_by(|(_, one), (_, other)| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let hidden = in_order.iter().position(|((pictures, read, _), _)| read * 10 < *pictures)?;
    Some((hidden + 1, tiles.len()))
}

/// Leaves out what is not read and is no tile: a place at which the camera saw a tile before it moved. A hidden tile is next
/// to one that is read, as large as that, and over none.
fn drop_strays(tiles: &mut Vec<Place>) {
    let is_read = |(pictures, read, _): &Place| read * 10 >= *pictures;
    let side = |[corner, right, ..]: &[Point; 4]| (*right - *corner).length().max(1.0);
    let read: Vec<[Point; 4]> = tiles.iter().filter(|tile| is_read(tile)).map(|(.., outline)| *outline).collect();
    tiles.retain(|tile| {
        let (_, _, outline) = tile;
        let apart = |other: &[Point; 4]| {
            (Point::middle_of(outline) - Point::middle_of(other)).length() / side(other).max(side(outline))
        };
        is_read(tile)
            || read.iter().all(|other| apart(other) > 0.6)
                && read.iter().any(|other| apart(other) < NEXT && (0.6..1.7).contains(&(side(outline) / side(other))))
    });
}

/// The row of each symbol, counted from the first, and its place in it: along the first symbol's own sides, so that a
/// camera which is held askew counts as the screen does.
fn rows_and_columns<'a>(outlines: impl Iterator<Item = &'a [Point; 4]> + Clone) -> Vec<(f32, f32)> {
    let Some([corner, right, ..]) = outlines.clone().next() else { return Vec::new() };
    let side = (*right - *corner).length().max(1.0);
    let along = (*right - *corner) * (1.0 / side);
    let places = outlines.map(|outline| {
        let middle = Point::middle_of(outline);
        (middle.y * along.x - middle.x * along.y, middle.x * along.x + middle.y * along.y)
    });
    let places: Vec<(f32, f32)> = places.collect();
    let top = places.iter().map(|(down, _)| *down).fold(f32::MAX, f32::min);
    places.into_iter().map(|(down, across)| (((down - top) / side).round(), across)).collect()
}
