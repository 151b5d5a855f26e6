//! Pattern lists of OpenSSH (ssh_config(5), PATTERNS): which namespaces a key may sign in.

/// A pattern list of OpenSSH: one match lets in, one match of a pattern after `!` keeps out.
pub(super) fn matches_list(list: &str, text: &str) -> bool {
    let mut matched = false;
    for pattern in list.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(pattern.as_bytes(), text.as_bytes()) => return false,
            Some(_) => {}
            None => matched |= matches(pattern.as_bytes(), text.as_bytes()),
        }
    }
    matched
}

/// `*` stands for any bytes, `?` for one. It looks back to the last `*` only, so the cost is their lengths multiplied.
fn matches(mut pattern: &[u8], mut text: &[u8]) -> bool {
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        match (pattern, text) {
            ([b'*', rest @ ..], _) => {
                star = Some((rest, text));
                pattern = rest;
            }
            ([], []) => return true,
            ([wanted, rest @ ..], [found, behind @ ..]) if *wanted == b'?' || wanted == found => {
                (pattern, text) = (rest, behind);
            }
            _ => match star {
                Some((rest, [_, behind @ ..])) => {
                    star = Some((rest, behind));
                    (pattern, text) = (rest, behind);
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches_list;

    #[test]
    fn a_pattern_list_matches_as_in_openssh() {
        for (list, matched) in [
            ("rootcast-ceremony", true),
            ("git,rootcast-*", true),
            ("*", true),
            ("rootcast?ceremony", true),
            ("*,!rootcast-*", false),
            ("root*cast*mony", true),
            ("rootcast", false),
            ("", false),
        ] {
            assert_eq!(matches_list(list, "rootcast-ceremony"), matched, "{list}");
        }
        let hostile = format!("{}b", "*a".repeat(2_000));
        assert!(!matches_list(&hostile, &"a".repeat(4_000)));
    }
}
