//! `explain`, on both sides.

use super::snapshot::Snapshot;
use super::stage::Stage;

#[test]
fn what_explain_prints_is_what_it_was() {
    let stage = Stage::new();
    let mut snapshot = Snapshot::of("explain", &stage);
    for side in ["offline", "online"] {
        let program = |line: &str| if side == "offline" { stage.offline(line) } else { stage.online(line) };
        snapshot.run(&format!("{side}, every name"), &program("explain"), 0);
        for (case, name) in [
            ("a rule", "CRL-FIRST"),
            ("a rule of taste, of which parts hold from a date on", "CERT-EKU"),
            ("a rule of ceremonies", "SIGN-HEAD"),
            ("a label", "not-enrolled"),
        ] {
            snapshot.run(&format!("{side}, {case}"), &program(&format!("explain {name}")), 0);
        }
        snapshot.run(&format!("{side}, an unknown name"), &program("explain CRL-FRIST"), 2);
    }
    snapshot.compare();
}
