//! SIGKILL at random moments. `rootcast-ordeal kills` does it a thousand times.

use rootcast_tests::kills::kill;
use rootcast_tests::seeds::chance;
use rootcast_tests::shown_table::ShownTable;

#[test]
fn fifty_kills_while_receiving_and_publishing_leave_no_wrong_state_and_lose_none() {
    let mut chance = chance("fifty_kills");
    let hits = kill(50, &mut chance);
    assert_eq!(hits.kills, 50);
    assert!(hits.publishing > 0 && hits.committed > 0, "no kill hit the publication: {hits:?}");
    assert!(hits.before_symbols + hits.receiving > 0, "no kill came before it: {hits:?}");
    let mut table =
        ShownTable::new(&["kills", "too early", "receiving", "publishing", "committed", "too late", "healed"]);
    table.row([
        hits.kills,
        hits.before_symbols,
        hits.receiving,
        hits.publishing,
        hits.committed,
        hits.too_late,
        hits.healed,
    ]);
    table.show("Kills of receive:");
}
