//! What a change of the rule for approvals means, a line each, for people.

use std::collections::BTreeSet;

use crate::store::approval_rule::{ApprovalRuleRecord, whole_lines};

/// What becomes another, in lines for people; empty where both say the same.
#[must_use]
pub(crate) fn differences(before: &ApprovalRuleRecord, after: &ApprovalRuleRecord) -> Vec<String> {
    let mut told = Vec::new();
    if before.required != after.required {
        told.push(format!("required {} -> {}", before.required, after.required));
    }
    let [old, new] = [before, after].map(|rule| rule.approvers.iter().collect::<BTreeSet<_>>());
    told.extend(old.difference(&new).map(|approver| format!("no longer an approver: {approver}")));
    told.extend(new.difference(&old).map(|approver| format!("a new approver: {approver}")));
    let [old, new] = [before, after].map(|rule| rule.revoked.iter().collect::<BTreeSet<_>>());
    told.extend(old.difference(&new).map(|key| format!("NO LONGER REVOKED: {key}")));
    told.extend(new.difference(&old).map(|key| format!("revoked: {key}")));
    told.iter().flat_map(|text| whole_lines(text)).collect()
}

/// Whether `after` lets fewer or other people approve than `before`: what could be a way around it.
#[must_use]
pub(crate) fn is_weaker(before: &ApprovalRuleRecord, after: &ApprovalRuleRecord) -> bool {
    let adds = after.approvers.iter().any(|approver| !before.approvers.contains(approver));
    let forgives = before.revoked.iter().any(|key| !after.revoked.contains(key));
    after.required < before.required || adds || forgives
}

#[cfg(test)]
mod tests {
    use super::{ApprovalRuleRecord, differences, is_weaker};
    use crate::store::approval_rule::ApproverRecord;

    fn rule(required: u32, names: &[&str], revoked: &[&str]) -> ApprovalRuleRecord {
        let approver = |name: &&str| ApproverRecord {
            names: vec![(*name).to_owned()],
            key: format!("key of {name}"),
            namespaces: None,
            valid_after: None,
            valid_before: None,
        };
        ApprovalRuleRecord {
            required,
            approvers: names.iter().map(approver).collect(),
            revoked: revoked.iter().map(|key| (*key).to_owned()).collect(),
        }
    }

    #[test]
    fn every_way_in_which_a_rule_changes_is_told_and_every_weakening_is_known() {
        let before = rule(2, &["alice", "bob"], &["aa"]);
        for (after, says, weaker) in [
            (rule(2, &["alice", "bob"], &["aa"]), "", false),
            (rule(1, &["alice", "bob"], &["aa"]), "required 2 -> 1", true),
            (rule(3, &["alice", "bob"], &["aa"]), "required 2 -> 3", false),
            (rule(2, &["alice"], &["aa"]), "no longer an approver: bob", false),
            (rule(2, &["alice", "bob", "eve"], &["aa"]), "a new approver: eve", true),
            (rule(2, &["alice", "bob"], &[]), "NO LONGER REVOKED: aa", true),
            (rule(2, &["alice", "bob"], &["aa", "bb"]), "revoked: bb", false),
        ] {
            let told = differences(&before, &after).join("\n");
            assert!(told.contains(says) && told.is_empty() == says.is_empty(), "{told}");
            assert_eq!(is_weaker(&before, &after), weaker, "{told}");
        }
    }
}
