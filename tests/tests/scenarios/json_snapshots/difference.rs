//! The lines in which two texts differ, with a few lines around them.

/// Lines shown before and after each difference.
const AROUND: usize = 4;

/// One line of either text.
#[derive(Clone, Copy)]
enum Line<'t> {
    Both(&'t str),
    Before(&'t str),
    Now(&'t str),
}

/// What has to be done to `before` to make `now` of it, for people.
pub(super) fn between(before: &str, now: &str) -> String {
    let lines = aligned(&before.lines().collect::<Vec<_>>(), &now.lines().collect::<Vec<_>>());
    let differs = |at: usize| lines.get(at).is_some_and(|line| !matches!(line, Line::Both(_)));
    let mut shown = String::new();
    let mut is_cut = true;
    for (at, line) in lines.iter().enumerate() {
        if !(at.saturating_sub(AROUND)..=at + AROUND).any(differs) {
            is_cut = true;
            continue;
        }
        if is_cut {
            shown.push_str("...\n");
            is_cut = false;
        }
        let (mark, text) = match line {
            Line::Both(text) => (' ', text),
            Line::Before(text) => ('-', text),
            Line::Now(text) => ('+', text),
        };
        shown.push_str(&format!("{mark} {text}\n"));
    }
    shown
}

/// Both texts in one list, by their longest common subsequence.
fn aligned<'t>(before: &[&'t str], now: &[&'t str]) -> Vec<Line<'t>> {
    let same = before.iter().zip(now).take_while(|(one, other)| one == other).count();
    let mut lines: Vec<Line<'_>> = before[..same].iter().map(|line| Line::Both(line)).collect();
    let (before, now) = (&before[same..], &now[same..]);
    let width = now.len() + 1;
    let mut common = vec![0_u32; (before.len() + 1) * width];
    for i in (0..before.len()).rev() {
        for j in (0..now.len()).rev() {
            let longest = common[(i + 1) * width + j].max(common[i * width + j + 1]);
            let together = common[(i + 1) * width + j + 1] + 1;
            common[i * width + j] = if before[i] == now[j] { together } else { longest };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < before.len() || j < now.len() {
        if i < before.len() && j < now.len() && before[i] == now[j] {
            lines.push(Line::Both(before[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == now.len() || (i < before.len() && common[(i + 1) * width + j] >= common[i * width + j + 1]) {
            lines.push(Line::Before(before[i]));
            i += 1;
        } else {
            lines.push(Line::Now(now[j]));
            j += 1;
        }
    }
    lines
}

#[test]
fn a_difference_shows_what_went_and_what_came_and_where() {
    let before = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\n";
    let now = "a\nb\nc\nd\ne\nF\ng\nh\ni\nj\nk\nl\n";
    let shown = between(before, now);
    assert_eq!(shown, "...\n  b\n  c\n  d\n  e\n- f\n+ F\n  g\n  h\n  i\n  j\n  k\n+ l\n");
    assert_eq!(between(before, before), "");
}
