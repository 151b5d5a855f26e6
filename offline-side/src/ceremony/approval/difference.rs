//! What a change of the rule for approvals means, a line each, for people.

use std::collections::BTreeSet;

use crate::store::approval_rule::{ApprovalRuleRecord, ApproverRecord};

/// One approver in one line.
#[must_use]
pub(crate) fn approver_text(approver: &ApproverRecord) -> String {
    let mut text = format!("{} {}", approver.names.join(","), approver.key);
    if let Some(namespaces) = &approver.namespaces {
        text.push_str(&format!(", only for {}", namespaces.join(",")));
    }
    if let Some(from) = &approver.valid_after {
        text.push_str(&format!(", from {from}"));
    }
    if let Some(until) = &approver.valid_before {
        text.push_str(&format!(", until {until}"));
    }
    text
}

/// What becomes another; empty where both say the same.
#[must_use]
pub(crate) fn differences(before: &ApprovalRuleRecord, after: &ApprovalRuleRecord) -> Vec<String> {
    let mut told = Vec::new();
    if before.required != after.required {
        told.push(format!("required {} -> {}", before.required, after.required));
    }
    let [old, new] = [before, after].map(|rule| rule.approvers.iter().collect::<BTreeSet<_>>());
    told.extend(old.difference(&new).map(|approver| format!("no longer an approver: {}", approver_text(approver))));
    told.extend(new.difference(&old).map(|approver| format!("a new approver: {}", approver_text(approver))));
    let [old, new] = [before, after].map(|rule| rule.revoked.iter().collect::<BTreeSet<_>>());
    told.extend(old.difference(&new).map(|key| format!("NO LONGER REVOKED: {key}")));
    told.extend(new.difference(&old).map(|key| format!("revoked: {key}")));
    told
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
    use super::{ApprovalRuleRecord, ApproverRecord, differences, is_weaker};

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
