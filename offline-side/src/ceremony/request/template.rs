//! The two files that a ceremony begins with: a request to fill in, and the script to print.

use rootcast_pki::time::Timestamp;

const REQUEST: &str = include_str!("template/request.toml");
const RENEW: &str = include_str!("template/renew.toml");
const ROLL_NEW_ROOT: &str = include_str!("template/roll-new-root.toml");
const ROLL_OLD_ROOT: &str = include_str!("template/roll-old-root.toml");
const SCRIPT: &str = include_str!("template/script.md");

const DAY: i64 = 86_400;

/// A commented request, its dates counted from `now`: thisUpdate at the last midnight, nextUpdate 180 days on, five years
/// for a CA, twenty for a root.
#[must_use]
pub(crate) fn request(now: Timestamp) -> String {
    dated(REQUEST, now)
}

/// The request of a renewal with the same key, with the same dates.
#[must_use]
pub(crate) fn renew(now: Timestamp) -> String {
    dated(RENEW, now)
}

/// The requests of a root roll, with the same dates: of the new root, and of the old one. Each names the other.
#[must_use]
pub(crate) fn roll(now: Timestamp, [new_root, old_root]: [&str; 2]) -> [String; 2] {
    [(ROLL_NEW_ROOT, old_root), (ROLL_OLD_ROOT, new_root)]
        .map(|(template, other)| dated(template, now).replace("{{other}}", &rootcast_host::text::printable(other)))
}

fn dated(template: &str, now: Timestamp) -> String {
    let midnight = Timestamp(now.0.div_euclid(DAY) * DAY);
    let last_second = |days: i64| midnight.plus_seconds(days * DAY - 1).to_string();
    template
        .replace("{{today}}", &midnight.to_string())
        .replace("{{next}}", &last_second(180))
        .replace("{{five-years}}", &last_second(1826))
        .replace("{{twenty-years}}", &last_second(7305))
}

/// The step-by-step script of a ceremony, Markdown; `request` is the name of the request file.
#[must_use]
pub(crate) fn script(request: &str) -> String {
    SCRIPT.replace("{{request}}", &rootcast_host::text::printable(request))
}

#[cfg(test)]
mod tests {
    use super::{renew, request, roll, script};
    use crate::ceremony::request::read;
    use rootcast_pki::time::Timestamp;

    const NOW: Timestamp = Timestamp(1_795_219_200 + 12_345);

    /// The template with every commented key of these tables brought to life.
    fn filled(tables: &[&str]) -> String {
        let mut live = false;
        let mut text = String::new();
        for line in request(NOW).lines() {
            let bare = line.strip_prefix('#').unwrap_or_default();
            let opens = |table: &&&str| bare.starts_with(**table);
            live = (live && !bare.is_empty()) || tables.iter().any(|table| opens(&table));
            text.push_str(if live { bare } else { line });
            text.push('\n');
        }
        text
    }

    #[test]
    fn the_template_is_a_request_as_it_stands() {
        let read = read(request(NOW).as_bytes(), "REQUEST.toml").unwrap();
        let crl = read.crl.unwrap();
        assert_eq!(crl.this_update.value.to_string(), "2026-11-21T00:00:00Z");
        assert_eq!(crl.next_update.to_string(), "2027-05-19T23:59:59Z");
        assert!(crl.revocations.is_empty() && read.certificates.is_empty() && read.root.is_none());
    }

    #[test]
    fn every_part_of_the_template_can_be_brought_to_life() {
        let text = filled(&["[[crl.revoke]]", "[[crl.decide]]", "[[certificate]]"]);
        let request = read(text.as_bytes(), "REQUEST.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
        let crl = request.crl.unwrap();
        assert_eq!((crl.revocations.len(), crl.decisions.len(), request.certificates.len()), (1, 1, 1));
        let text =
            filled(&["[root]"]).replace("\nissuer =", "\n#issuer =").replace("\nprevious_crl =", "\nfirst = true #");
        let request = read(text.as_bytes(), "REQUEST.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(request.root.is_some() && request.first);
    }

    #[test]
    fn the_requests_of_a_renewal_and_of_a_roll_are_requests_as_they_stand() {
        let renewal = read(renew(NOW).as_bytes(), "REQUEST.toml").unwrap();
        assert_eq!(renewal.signing_root().map(|path| path.value.as_str()), Some("root.crt"));
        assert!(renewal.crl.is_some() && renewal.certificates.is_empty());
        let text = renew(NOW);
        let (top, _) = text.split_once("\n[root]").unwrap();
        let (_, below) = text.split_once("\n#[[certificate]]").unwrap();
        let below = below.replace("\n#", "\n");
        let below = format!("{}\n[[certificate]]{below}", top.replace("#issuer", "issuer"));
        let below = read(below.as_bytes(), "REQUEST.toml").unwrap_or_else(|error| panic!("{error}\n{below}"));
        assert!(below.root.is_none() && below.certificates.len() == 1);

        let texts = roll(NOW, ["roll-new-root.toml", "roll-old-root.toml"]);
        assert!(texts[0].contains("roll-old-root.toml") && texts[1].contains("roll-new-root.toml"));
        let [new_root, old_root] = texts.map(|text| read(text.as_bytes(), "REQUEST.toml").unwrap());
        assert!(new_root.is_new_root() && new_root.first && new_root.certificates.len() == 1);
        assert!(old_root.root.is_none() && old_root.crl.is_some() && old_root.certificates.len() == 1);
    }

    #[test]
    fn the_script_names_the_request() {
        let text = script("2026-11.toml");
        assert!(text.contains("rehearse") && text.contains("2026-11.toml") && !text.contains("{{"));
        for step in [
            "ceremony keygen",
            "public_key_sha256",
            "never extractable yes",
            "time in UTC",
            "escrow verify",
            "escrow kit",
            "root.crt",
        ] {
            assert!(text.contains(step), "{step}");
        }
    }
}
