//! The commands of `rootcast-online`, one file each: arguments in, people's text and one JSON document out.

mod aimed;
pub(crate) mod check;
pub(crate) mod enrol;
pub(crate) mod held;
pub(crate) mod key;
pub(crate) mod link;
mod policy_choice;
pub(crate) mod receive;
pub(crate) mod report;
pub(crate) mod status;

/// Says aloud what configuration switches off or weakens, on every run.
pub(crate) fn announce(roots: &[crate::gate::Root]) {
    for text in crate::gate::switched_off_texts(roots) {
        rootcast_host::terminal::say(&format!("WARNING: {}", rootcast_host::text::printable(&text)));
    }
}
