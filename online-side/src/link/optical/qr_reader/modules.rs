//! Decides which modules are dark: a local threshold, after the blur is undone where there is any.

use super::geometry::length;
use super::layout::Layout;

/// The sampled modules of one symbol.
#[derive(Debug, Clone)]
pub(super) struct Modules {
    layout: &'static Layout,
    /// Row by row.
    light: Vec<f32>,
    /// How much of the contrast single modules have beside larger areas, from the timing patterns: 1 is sharp.
    pub(super) sharpness: f32,
}

/// Which of the two ways to tell dark modules: with the blur undone, or as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The likelier one, by how sharp the symbol is.
    Likely,
    /// The other one.
    Other,
}

impl Way {
    pub(super) const BOTH: [Self; 2] = [Self::Likely, Self::Other];
}

/// Modules a side of the areas that have a threshold of their own.
const AREA: usize = 16;
/// Below this sharpness the blur is undone first.
const SHARP: f32 = 0.85;
/// Below this one, it is not even tried without.
const PLAIN: f32 = 0.7;

impl Modules {
    /// The modules with this light, row by row.
    pub(super) fn new(layout: &'static Layout, light: Vec<f32>) -> Self {
        let mut modules = Self { layout, light, sharpness: 1.0 };
        modules.sharpness = modules.measure_sharpness();
        modules
    }

    fn at(&self, column: usize, row: usize) -> f32 {
        self.light.get(row * self.layout.side + column).copied().unwrap_or(0.0)
    }

    /// The step between the modules of the timing patterns, beside that between the lightest and darkest areas.
    fn measure_sharpness(&self) -> f32 {
        let side = self.layout.side;
        let mut sums = [(0.0_f32, 0.0_f32); 2];
        for at in 8..side.saturating_sub(8) {
            if let Some((sum, count)) = sums.get_mut(at % 2) {
                *sum += self.at(at, 6) + self.at(6, at);
                *count += 2.0;
            }
        }
        let [(dark, dark_count), (light, light_count)] = sums;
        let step = light / light_count.max(1.0) - dark / dark_count.max(1.0);
        let full = self.range();
        if full < 1.0 { 0.0 } else { (step / full).clamp(0.0, 1.0) }
    }

    /// The step from the darkest modules to the lightest, without the three hundredths at either end.
    fn range(&self) -> f32 {
        let mut counts = [0_usize; 256];
        for light in &self.light {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "light is from 0 to 255")]
            if let Some(count) = counts.get_mut(usize::from(*light as u8)) {
                *count += 1;
            }
        }
        let rank = |hundredths: usize| {
            let mut below = 0;
            let at = counts.iter().position(|count| {
                below += count;
                below * 100 > self.light.len() * hundredths
            });
            at.map_or(0.0, length)
        };
        rank(97) - rank(3)
    }

    /// The layout of the symbol.
    pub(super) const fn layout(&self) -> &'static Layout {
        self.layout
    }

    /// The light of every module, row by row.
    pub(super) fn light(&self) -> &[f32] {
        &self.light
    }

    /// The step in grey levels that a single module makes.
    pub(super) fn step(&self) -> f32 {
        self.range() * self.sharpness
    }

    /// The dark modules without any blur undone: the fastest way, and enough where the picture is sharp.
    pub(super) fn plainly_dark(&self) -> Option<Vec<bool>> {
        (self.sharpness >= PLAIN).then(|| self.split(&self.light))
    }

    /// The dark modules, row by row, in each way worth trying, the likeliest first.
    pub(super) fn dark(&self) -> impl Iterator<Item = Vec<bool>> {
        Way::BOTH.into_iter().map(|way| self.dark_by(way))
    }

    /// The dark modules in the likelier way, or in the other one.
    pub(super) fn dark_by(&self, way: Way) -> Vec<bool> {
        match (way, self.sharpness < SHARP) {
            (Way::Likely, true) => self.split(&self.sharpened(self.sharpness)),
            (Way::Likely, false) | (Way::Other, true) => self.split(&self.light),
            (Way::Other, false) => self.split(&self.sharpened(0.7)),
        }
    }

    /// Undoes a blur in which a module lost `1 - sharpness` of its step to its four neighbours.
    fn sharpened(&self, sharpness: f32) -> Vec<f32> {
        let side = self.layout.side;
        // In the timing pattern two neighbours are opposite and two are anything: the step is 1 - 6·share.
        let share = ((1.0 - sharpness) / 6.0).clamp(0.0, 0.11);
        let mut estimate = self.light.clone();
        let mut next = self.light.clone();
        for _ in 0..2 {
            for row in 0..side {
                for column in 0..side {
                    let at = row * side + column;
                    let own = self.at(column, row);
                    // Beside the symbol it is as light as its edge.
                    let value =
                        |there: bool, at: usize| if there { estimate.get(at).copied().unwrap_or(own) } else { own };
                    let around = value(column > 0, at.saturating_sub(1))
                        + value(column + 1 < side, at + 1)
                        + value(row > 0, at.saturating_sub(side))
                        + value(row + 1 < side, at + side);
                    if let Some(place) = next.get_mut(at) {
                        *place = (own - share * around) / (1.0 - 4.0 * share);
                    }
                }
            }
            std::mem::swap(&mut estimate, &mut next);
        }
        estimate
    }

    /// Which modules are darker than the middle between dark and light around them.
    fn split(&self, light: &[f32]) -> Vec<bool> {
        let side = self.layout.side;
        let areas = side.div_ceil(AREA);
        let mut thresholds = Vec::with_capacity(areas * areas);
        for area_row in 0..areas {
            for area_column in 0..areas {
                thresholds.push(middle(light, side, bounds(area_column, areas, side), bounds(area_row, areas, side)));
            }
        }
        let mut dark = Vec::with_capacity(side * side);
        let mut across = vec![0.0; areas];
        let places: Vec<(usize, f32)> = (0..side).map(|at| area_of(at, areas, side)).collect();
        for ((area_row, down), row) in places.iter().zip(light.chunks(side.max(1))) {
            for (column, threshold) in across.iter_mut().enumerate() {
                let at = |row: usize| thresholds.get(row.min(areas - 1) * areas + column).copied().unwrap_or(0.0);
                *threshold = at(*area_row) + (at(area_row + 1) - at(*area_row)) * down;
            }
            for ((area_column, right), value) in places.iter().zip(row) {
                let at = |column: usize| across.get(column.min(areas - 1)).copied().unwrap_or(0.0);
                let threshold = at(*area_column) + (at(area_column + 1) - at(*area_column)) * right;
                dark.push(*value < threshold);
            }
        }
        dark
    }
}

/// The modules of an area, with as many of its neighbours' as make every area equally large.
fn bounds(area: usize, areas: usize, side: usize) -> (usize, usize) {
    let start = (side.saturating_sub(AREA) * area).checked_div(areas.saturating_sub(1)).unwrap_or(0);
    (start, (start + AREA).min(side))
}

/// The area whose middle is at or before a module, and how far beyond it the module is in parts of the way to the next.
fn area_of(at: usize, areas: usize, side: usize) -> (usize, f32) {
    let mut area = 0;
    let middle = |area: usize| {
        let (start, end) = bounds(area, areas, side);
        length(start + end) / 2.0
    };
    while area + 2 < areas && middle(area + 1) <= length(at) {
        area += 1;
    }
    let (this, next) = (middle(area), middle(area + 1));
    if areas < 2 || next <= this {
        return (0, 0.0);
    }
    (area, ((length(at) + 0.5 - this) / (next - this)).clamp(0.0, 1.0))
}

/// The middle between the mean of what is lighter than the mean of an area, and the mean of what is darker.
fn middle(light: &[f32], side: usize, columns: (usize, usize), rows: (usize, usize)) -> f32 {
    let rows =
        || (rows.0..rows.1).map(|row| light.get(row * side + columns.0..row * side + columns.1).unwrap_or_default());
    let (sum, count) =
        rows().fold((0.0, 0.0), |(sum, count), row| (sum + row.iter().sum::<f32>(), count + length(row.len())));
    if count < 1.0 {
        return 0.0;
    }
    let mean = sum / count;
    let (mut above, mut lighter) = (0.0_f32, 0.0_f32);
    for value in rows().flatten() {
        let is_above = if *value > mean { 1.0 } else { 0.0 };
        above += is_above;
        lighter += is_above * value;
    }
    let part = |sum: f32, count: f32| if count > 0.0 { sum / count } else { mean };
    (part(lighter, above) + part(sum - lighter, count - above)) / 2.0
}
