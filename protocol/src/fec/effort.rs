//! How much work a set of symbols would make for the solver, found out before it starts.
//!
//! RaptorQ is quick because its equations are sparse: the solver takes one unknown after the other out of an equation
//! that holds few of them, and sets aside ("inactivates") the rest for a dense elimination at the end. Ids as senders use
//! them leave a few hundred aside. But ids are chosen by whoever sends, and every thirtieth id names an equation of 30
//! unknowns: a set of only those leaves nearly all aside, and the solver then needs minutes and gigabytes (measured on a
//! 10 MB object: 304 s and 7.2 GB). So the first phase is walked through here without any symbol's bytes.
//!
//! The crate shows its constraint matrix only under its feature `benchmarking`, which adds no code besides.

use raptorq::{BinaryMatrix, SparseBinaryMatrix, extended_source_block_symbols, generate_constraint_matrix};

use crate::object::Object;

/// How many unknowns the solver will about set aside for symbols with these ids.
///
/// `ids` are different and at least K. The solver picks a little better than this walk does, so this is an upper estimate.
pub(super) fn set_aside(object: &Object, ids: impl Iterator<Item = u32>) -> usize {
    let source_symbols = object.source_symbols();
    let padding = extended_source_block_symbols(source_symbols) - source_symbols;
    let mut internal: Vec<u32> = (source_symbols..source_symbols + padding).collect();
    internal.extend(ids.map(|id| if id < source_symbols { id } else { id + padding }));
    let (matrix, _) = generate_constraint_matrix::<SparseBinaryMatrix>(source_symbols, &internal);
    let unknowns = sparse_columns(&matrix);
    let equations: Vec<Vec<usize>> = (0..matrix.height())
        .map(|row| matrix.get_row_iter(row, 0, unknowns).map(|(column, _)| column).collect())
        .collect();
    drop(matrix);
    walk(unknowns, &equations)
}

/// How many unknowns are set aside at most before a set of ids is refused.
///
/// Ids as senders use them, at any loss, were seen to leave up to 1.7 √K aside (390 at K = 56,403); 4 √K + 200 cost a 10 MB
/// object less than 0.3 s and 100 MB.
pub(super) fn set_aside_max(object: &Object) -> usize {
    let source_symbols = object.source_symbols() as usize;
    200 + source_symbols.isqrt() * 4
}

/// The number of columns the solver treats as sparse (W of RFC 6330 §5.3.3.3). The first LDPC equation holds the first two
/// of the dense columns behind them, and none further right.
fn sparse_columns(matrix: &SparseBinaryMatrix) -> usize {
    (0..matrix.width()).rev().filter(|column| matrix.get(0, *column).byte() != 0).nth(1).unwrap_or(0)
}

/// The first phase of RFC 6330 §5.4.2.2: always an equation with the fewest unknowns left; one of them is solved, the others
/// are set aside.
fn walk(unknowns: usize, equations: &[Vec<usize>]) -> usize {
    let mut holders: Vec<Vec<usize>> = vec![Vec::new(); unknowns];
    let mut left: Vec<usize> = Vec::with_capacity(equations.len());
    let mut by_left: Vec<Vec<usize>> = Vec::new();
    let file = |by_left: &mut Vec<Vec<usize>>, equation: usize, count: usize| {
        if by_left.len() <= count {
            by_left.resize(count + 1, Vec::new());
        }
        if let Some(list) = by_left.get_mut(count) {
            list.push(equation);
        }
    };
    for (equation, columns) in equations.iter().enumerate() {
        for column in columns {
            if let Some(holder) = holders.get_mut(*column) {
                holder.push(equation);
            }
        }
        left.push(columns.len());
        file(&mut by_left, equation, columns.len());
    }
    let mut gone = vec![false; unknowns];
    let mut aside = 0;
    let mut count = 1;
    while count < by_left.len() {
        let Some(equation) = by_left.get_mut(count).and_then(Vec::pop) else {
            count += 1;
            continue;
        };
        // An equation is filed again whenever it loses an unknown; older entries no longer say what is left of it.
        if left.get(equation) != Some(&count) {
            continue;
        }
        aside += count - 1;
        for column in equations.get(equation).into_iter().flatten() {
            if let Some(gone @ false) = gone.get_mut(*column) {
                *gone = true;
                for holder in holders.get(*column).into_iter().flatten() {
                    if let Some(left) = left.get_mut(*holder) {
                        *left = left.saturating_sub(1);
                        file(&mut by_left, *holder, *left);
                        count = count.min((*left).max(1));
                    }
                }
            }
        }
    }
    aside + gone.iter().filter(|gone| !**gone).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::esi::Esi;
    use crate::fec::{FecError, decode};
    use crate::object::{ObjectId, ObjectLength};

    fn object_of(source_symbols: u32) -> Object {
        let length = ObjectLength::new(source_symbols * 176 - 100).unwrap();
        let object = Object { id: ObjectId([1; 16]), length };
        assert_eq!(object.source_symbols(), source_symbols);
        object
    }

    #[test]
    fn ids_as_senders_use_them_are_far_below_the_bound() {
        let mut seed: u64 = 0x5eed_0201;
        println!("seed {seed:#x}");
        let mut percent = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed % 100
        };
        for source_symbols in [1001, 1700, 5958] {
            let object = object_of(source_symbols);
            let most = set_aside_max(&object);
            for loss in [0, 1, 10, 30, 50, 90, 100] {
                for later in [0, 9_000_000] {
                    let mut ids: Vec<u32> = (0..source_symbols).filter(|_| percent() >= loss).collect();
                    let repair = (source_symbols + later..).filter(|_| percent() >= loss.min(90));
                    ids.extend(repair.take(source_symbols as usize + 2 - ids.len()));
                    let found = set_aside(&object, ids.into_iter());
                    assert!(2 * found < most, "K {source_symbols}, {loss} % lost: {found} aside, {most} allowed");
                }
            }
        }
    }

    #[test]
    fn ids_chosen_for_many_unknowns_are_refused_before_the_work() {
        let object = object_of(2000);
        let candidates: Vec<u32> = (2000..72_000).collect();
        let padding = extended_source_block_symbols(2000) - 2000;
        let internal: Vec<u32> = candidates.iter().map(|id| id + padding).collect();
        let (matrix, _) = generate_constraint_matrix::<SparseBinaryMatrix>(2000, &internal);
        let unknowns = sparse_columns(&matrix);
        let first = matrix.height() - candidates.len();
        let chosen: Vec<u32> = (first..)
            .zip(candidates)
            .filter(|(row, _)| matrix.count_ones(*row, 0, unknowns) >= 30)
            .map(|(_, id)| id)
            .take(2002)
            .collect();
        assert_eq!(chosen.len(), 2002, "the fault was meant to be injected");
        let symbol = [7; 176];
        let symbols = chosen.iter().map(|id| (Esi::new(*id).unwrap(), symbol.as_slice()));
        let answer = decode(&object, symbols);
        assert!(
            matches!(answer, Err(FecError::Effort { set_aside, set_aside_max: 376 }) if set_aside > 1000),
            "{answer:?}"
        );
    }

    #[test]
    fn the_sparse_columns_are_those_of_the_standard() {
        // K' and W of RFC 6330 table 2.
        for (source_symbols, expected) in [(10, 17), (101, 113), (1002, 1021), (6039, 6101)] {
            let ids: Vec<u32> = (0..source_symbols).collect();
            let (matrix, _) = generate_constraint_matrix::<SparseBinaryMatrix>(source_symbols, &ids);
            assert_eq!(sparse_columns(&matrix), expected);
        }
    }
}
