//! Finds what may be finder patterns: dark, light, dark, light and dark as 1:1:3:1:1, with the ring around it.
//!
//! The steps are those of `rxing`'s `FindFinderPatterns`, with two differences. Whether a place lies within a pattern that
//! was found already is looked up, not compared with each of them: a picture of nothing but finder patterns costs no more
//! than its pixels. And it stops where the budget ends.

use std::collections::HashMap;

use rootcast_host::processor_time::Budget;
use rxing::Point;
use rxing::common::BitMatrix;
use rxing::common::cpp_essentials::{
    ConcentricPattern, FindLeftGuardBy, FixedPattern, GetPatternRowTP, IsPattern, LocateConcentricPattern, PatternRow,
    PatternView,
};

/// The widths of a finder pattern's parts, in modules.
const PARTS: FixedPattern<5, 7, false> = FixedPattern::new([1, 1, 3, 1, 1]);
/// Every so many rows are looked at: a module in the middle of a pattern is three high.
const ROWS: usize = 3;
/// Patterns found in one picture. More are clutter, and take memory.
const FOUND_MAX: usize = 20_000;
/// Pixels a side of the cells in which patterns are looked up.
const CELL: f32 = 16.0;
/// Cells a side that one pattern is entered in: a larger one is compared by itself.
const CELLS_MAX: i32 = 16;

/// What may be finder patterns, from top to bottom.
pub(super) fn find_finders(image: &BitMatrix, budget: &Budget) -> Vec<ConcentricPattern> {
    let mut found = Found::default();
    let mut row = PatternRow::default();
    for y in (2..image.height()).step_by(ROWS) {
        if budget.is_spent() {
            break;
        }
        GetPatternRowTP(image, y, &mut row, false);
        let mut next = PatternView::new(&row);
        while let Ok(pattern) = find_in_row(next)
            && pattern.isValid()
            && found.patterns.len() < FOUND_MAX
        {
            next = pattern;
            let middle = u32::from(next.pixelsInFront()) + u32::from(next[0]) + u32::from(next[1]);
            #[expect(clippy::cast_precision_loss, reason = "sides of some thousand pixels")]
            let at = Point { x: middle as f32 + f32::from(next[2]) / 2.0, y: y as f32 + 0.5 };
            if !found.is_known(at) {
                // Three times the width is for what is seen very much from the side.
                let range = i32::from(next.iter().sum::<u16>()).saturating_mul(3);
                if let Some(pattern) = LocateConcentricPattern::<true, 5, 7>(image, &PARTS.into(), at, range) {
                    found.add(pattern);
                }
            }
            next.skipPair();
            next.skipPair();
            next.extend();
        }
    }
    found.patterns
}

/// The next five parts in a row that have the widths of a finder pattern.
fn find_in_row(view: PatternView<'_>) -> rxing::common::Result<PatternView<'_>> {
    FindLeftGuardBy::<5, _>(view, 5, |view: &PatternView<'_>, space| {
        // Quick to see, and false nearly everywhere.
        let [first, second, middle, fourth, last]: [u16; 5] = [view[0], view[1], view[2], view[3], view[4]];
        let is_plausible = middle >= 3 && middle / 2 >= first.max(last) && middle >= second.max(fourth);
        is_plausible && IsPattern::<true, 5, 7, false>(view, &PARTS, space, 0.1, 0.0, 0.0) != 0.0
    })
}

/// Patterns that were found, and where.
#[derive(Default)]
struct Found {
    patterns: Vec<ConcentricPattern>,
    cells: HashMap<(i32, i32), Vec<usize>>,
    /// Those too large for the cells.
    large: Vec<usize>,
}

impl Found {
    /// Whether `at` lies within a pattern that was found.
    fn is_known(&self, at: Point) -> bool {
        let here = self.cells.get(&(cell(at.x), cell(at.y)));
        let near = here.into_iter().flatten().chain(&self.large);
        near.filter_map(|index| self.patterns.get(*index)).any(|known| Point::distance(at, known.p) < radius(known))
    }

    fn add(&mut self, pattern: ConcentricPattern) {
        let (index, radius) = (self.patterns.len(), radius(&pattern));
        let (left, right) = (cell(pattern.p.x - radius), cell(pattern.p.x + radius));
        let (top, bottom) = (cell(pattern.p.y - radius), cell(pattern.p.y + radius));
        if right - left > CELLS_MAX || bottom - top > CELLS_MAX {
            self.large.push(index);
        } else {
            for (x, y) in (left..=right).flat_map(|x| (top..=bottom).map(move |y| (x, y))) {
                self.cells.entry((x, y)).or_default().push(index);
            }
        }
        self.patterns.push(pattern);
    }
}

#[expect(clippy::cast_precision_loss, reason = "sides of some thousand pixels")]
fn radius(pattern: &ConcentricPattern) -> f32 {
    pattern.size as f32 / 2.0
}

#[expect(clippy::cast_possible_truncation, reason = "a cast to whole numbers saturates")]
fn cell(at: f32) -> i32 {
    (at / CELL).floor() as i32
}
