//! Finds candidates for finder patterns: dark, light, dark, light, dark as 1:1:3:1:1, with the ring around them.
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
/// A pattern that covers more cells a side than this is kept apart, and compared by itself.
const CELLS_MAX: i32 = 16;

/// The candidates for finder patterns, from top to bottom.
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

/// Rows through what the older reader of `rxing` takes for a finder pattern, beyond which a picture is clutter to it. Each
/// pattern is met by a few rows, and what it does grows with the cube of their number.
const CLUTTER_ROWS: usize = 1_500;

/// Whether there is so much that the older reader of `rxing` takes for finder patterns that it would take very long. It is
/// content with parts that differ by half of a module.
pub(super) fn is_clutter_to_rxing(image: &BitMatrix) -> bool {
    let (mut row, mut met) = (PatternRow::default(), 0);
    for y in (2..image.height()).step_by(ROWS) {
        GetPatternRowTP(image, y, &mut row, false);
        let view = PatternView::new(&row);
        let parts = view.data();
        // Dark parts are every second one, from the second on.
        for five in parts.windows(5).skip(1).step_by(2) {
            let sum: u32 = five.iter().map(|part| u32::from(*part)).sum();
            let is_near = |part: u16, modules: u32| (u32::from(part) * 7).abs_diff(sum * modules) * 2 < sum * modules;
            met += usize::from(five.iter().zip([1, 1, 3, 1, 1]).all(|(part, modules)| is_near(*part, modules)));
        }
        if met > CLUTTER_ROWS {
            return true;
        }
    }
    false
}

/// The next five parts in a row that have the widths of a finder pattern.
fn find_in_row(view: PatternView<'_>) -> rxing::common::Result<PatternView<'_>> {
    FindLeftGuardBy::<5, _>(view, 5, |view: &PatternView<'_>, space| {
        // A cheap test that nearly every place fails.
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rootcast_host::processor_time::Budget;
    use rxing::common::BitMatrix;
    use rxing::qrcode::cpp_port::detector::FindFinderPatterns;

    use super::{find_finders, is_clutter_to_rxing};

    /// A field of finder patterns of `module` pixels a module, each on its own.
    fn field(side: u32, module: u32) -> BitMatrix {
        let mut image = BitMatrix::with_single_dimension(side).unwrap();
        for y in 0..side {
            for x in 0..side {
                let ring = |at: u32| (at / module % 9).min(6_u32.saturating_sub(at / module % 9));
                let is_within = |at: u32| at / module % 9 < 7;
                if is_within(x) && is_within(y) && ring(x).min(ring(y)) != 1 {
                    image.set(x, y);
                }
            }
        }
        image
    }

    #[test]
    fn the_same_patterns_are_found_as_by_rxing() {
        let enough = Budget::new(Duration::from_secs(60));
        for (side, module) in [(300, 1), (700, 3), (900, 7), (1200, 40)] {
            let image = field(side, module);
            let (ours, theirs) = (find_finders(&image, &enough), FindFinderPatterns(&image, true, 0));
            let places = |found: &[super::ConcentricPattern]| -> Vec<(String, i32)> {
                found.iter().map(|one| (format!("{:?}", one.p), one.size)).collect()
            };
            assert!(theirs.len() > 3, "{side}, {module}: {}", theirs.len());
            assert_eq!(places(&ours), places(&theirs), "{side}, {module}");
        }
    }

    /// `rxing` compares each place with every pattern: 15 seconds for this picture.
    #[test]
    fn a_picture_of_nothing_but_patterns_stays_within_its_budget() {
        let image = field(2_700, 1);
        let budget = Budget::new(Duration::from_millis(700));
        let found = find_finders(&image, &budget);
        assert!(found.len() > 10_000, "{}", found.len());
        assert!(budget.spent() < Duration::from_secs(2), "{:?}", budget.spent());
    }

    /// 5:5:9:5:5 is no finder pattern here, and one to the older reader: two seconds for so many of them.
    #[test]
    fn what_would_keep_the_older_reader_busy_is_not_shown_to_it() {
        let side = 900;
        let mut image = BitMatrix::with_single_dimension(side).unwrap();
        let is_dark = |at: u32| matches!(at % 34, 0..5 | 10..19 | 24..29);
        for (x, y) in (0..side).flat_map(|x| (0..side).map(move |y| (x, y))) {
            if is_dark(x) && is_dark(y) {
                image.set(x, y);
            }
        }
        assert!(is_clutter_to_rxing(&image));
        assert!(!is_clutter_to_rxing(&field(300, 5)), "a page of codes");
        assert!(!is_clutter_to_rxing(&BitMatrix::with_single_dimension(side).unwrap()), "an empty page");
    }
}
