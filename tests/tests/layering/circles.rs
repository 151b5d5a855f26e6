//! Circles of files, or of rooms.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// From each node to those it points at.
pub(crate) type Graph<'name> = BTreeMap<&'name str, BTreeSet<&'name str>>;

/// A graph of these arrows.
pub(crate) fn graph<'name>(arrows: impl IntoIterator<Item = (&'name str, &'name str)>) -> Graph<'name> {
    let mut graph = Graph::new();
    for (from, to) in arrows {
        graph.entry(from).or_default().insert(to);
        graph.entry(to).or_default();
    }
    graph
}

/// The groups of two or more nodes that all reach each other.
pub(crate) fn circles<'name>(graph: &Graph<'name>) -> Vec<BTreeSet<&'name str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = graph.keys().map(|from| (*from, reachable(graph, from))).collect();
    let mut groups = BTreeSet::new();
    for (from, to) in &reached {
        let group: BTreeSet<&str> = to.iter().copied().filter(|to| reached[to].contains(from)).collect();
        if !group.is_empty() {
            groups.insert(group);
        }
    }
    groups.into_iter().collect()
}

/// Every node that a way of at least one arrow leads to.
fn reachable<'name>(graph: &Graph<'name>, from: &str) -> BTreeSet<&'name str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for to in &graph[at] {
            if reached.insert(*to) {
                open.push(to);
            }
        }
    }
    reached
}

/// A shortest circle among the nodes of `group`; its last node points at its first.
pub(crate) fn shortest<'name>(graph: &Graph<'name>, group: &BTreeSet<&'name str>) -> Vec<&'name str> {
    let ways = group.iter().filter_map(|from| way_back(graph, group, from));
    ways.min_by_key(Vec::len).unwrap_or_default()
}

fn way_back<'name>(graph: &Graph<'name>, group: &BTreeSet<&'name str>, from: &'name str) -> Option<Vec<&'name str>> {
    let mut ways = VecDeque::from([vec![from]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for to in graph[way.last()?].iter().filter(|to| group.contains(*to)) {
            if *to == from {
                return Some(way);
            }
            if seen.insert(*to) {
                ways.push_back(way.iter().copied().chain([*to]).collect());
            }
        }
    }
    None
}

/// Arrows without which `group` has no circle: of each shortest circle the lightest, so a guess and
/// not the fewest.
pub(crate) fn cuts<'name>(
    graph: &Graph<'name>,
    group: &BTreeSet<&'name str>,
    weight: impl Fn(&str, &str) -> usize,
) -> Vec<(&'name str, &'name str)> {
    let mut left: Graph = graph.clone();
    left.retain(|from, _| group.contains(from));
    left.values_mut().for_each(|to| to.retain(|to| group.contains(to)));
    let mut cut = Vec::new();
    while let Some(group) = circles(&left).first() {
        let way = shortest(&left, group);
        let arrows = way.iter().copied().zip(way.iter().copied().cycle().skip(1));
        let Some((from, to)) = arrows.min_by_key(|(from, to)| weight(from, to)) else { break };
        if let Some(others) = left.get_mut(from) {
            others.remove(to);
        }
        cut.push((from, to));
    }
    cut
}
