//! Looks for a finder or an alignment pattern around a place, by the light at the middles of its modules.
//!
//! The best place is where the light modules are lightest beside the dark ones. Single pixels decide nothing, so blur and
//! noise move it little.

use super::geometry::Point;
use super::grey_picture::GreyPicture;

/// The best place found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// The pattern's middle.
    pub(super) at: Point,
    /// Light minus dark there, in grey levels: near zero or negative where there is no such pattern.
    pub(super) contrast: f32,
}

/// Looks for an alignment pattern within `reach` modules of `around`; `du` and `dv` are one module right and down.
pub(super) fn look_for_alignment(picture: &GreyPicture, around: Point, du: Point, dv: Point, reach: f32) -> Seen {
    look(around, du, dv, reach, 0.5, |at| {
        let ring = |radius: i8| ring_light(picture, at, du, dv, radius);
        // The weaker of the two steps from dark to light: noise seldom has both.
        let (middle, light, dark) = (picture.light_at(at), ring(1), ring(2));
        (light - dark).min(light - middle) * 0.5 + (light - (dark + middle) * 0.5) * 0.5
    })
}

/// Looks for a finder pattern in the same way.
pub(super) fn look_for_finder(picture: &GreyPicture, around: Point, du: Point, dv: Point, reach: f32) -> Seen {
    look(around, du, dv, reach, if reach > 3.0 { 1.0 } else { 0.5 }, |at| {
        let ring = |radius: i8| ring_light(picture, at, du, dv, radius);
        let core = (picture.light_at(at) + 8.0 * ring(1)) / 9.0;
        let (light, dark, around) = (ring(2), ring(3), ring(4));
        let weakest = (light - core).min(light - dark).min(around - dark);
        weakest * 0.5 + ((light + around) - (core + dark)) * 0.25
    })
}

/// The mean light on the ring of modules at `radius` around the middle one.
fn ring_light(picture: &GreyPicture, at: Point, du: Point, dv: Point, radius: i8) -> f32 {
    let side = f32::from(radius) * 2.0;
    let (out_u, out_v) = (du * f32::from(radius), dv * f32::from(radius));
    let mut corners = [at - out_u - out_v, at + out_u - out_v, at + out_u + out_v, at - out_u + out_v];
    let directions = [du, dv, du * -1.0, dv * -1.0];
    let mut sum = 0.0;
    for (place, direction) in corners.iter_mut().zip(directions) {
        for _ in 0..radius * 2 {
            sum += picture.light_at(*place);
            *place = *place + direction;
        }
    }
    sum / (side * 4.0)
}

/// Steps towards the peak after the grid: enough from half a module to a sixteenth.
const FINE_STEPS: u8 = 8;

/// Tries places on a grid of `step` modules, then ever closer around the best.
fn look(around: Point, du: Point, dv: Point, reach: f32, step: f32, score: impl Fn(Point) -> f32) -> Seen {
    let mut best = Seen { at: around, contrast: score(around) };
    let mut consider = |at: Point| {
        let contrast = score(at);
        if contrast > best.contrast {
            best = Seen { at, contrast };
        }
        best
    };
    let mut v = -reach;
    while v <= reach {
        let mut u = -reach;
        while u <= reach {
            consider(around + du * u + dv * v);
            u += step;
        }
        v += step;
    }
    let mut fine = step * 0.5;
    for _ in 0..FINE_STEPS {
        let middle = consider(around).at;
        for (u, v) in [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0)] {
            consider(middle + du * (u * fine) + dv * (v * fine));
        }
        let settled = consider(around).at;
        if settled == middle {
            fine *= 0.5;
        }
    }
    balanced(best, du, dv, &score)
}

/// Refines a peak: a parabola through three places on each axis.
fn balanced(best: Seen, du: Point, dv: Point, score: &impl Fn(Point) -> f32) -> Seen {
    const APART: f32 = 0.3;
    let offset = |direction: Point| {
        let (before, after) = (score(best.at - direction * APART), score(best.at + direction * APART));
        let bow = before - 2.0 * best.contrast + after;
        if bow < -1e-3 { (0.5 * (before - after) / bow).clamp(-0.5, 0.5) * APART } else { 0.0 }
    };
    Seen { at: best.at + du * offset(du) + dv * offset(dv), contrast: best.contrast }
}
