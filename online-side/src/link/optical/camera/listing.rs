//! The cameras that the system lists, for people who named another one, and the names under /dev/v4l/by-id.
//!
//! ```text
//! /sys/class/video4linux/video1   name: HD Pro Webcam · index: 1 (a node for data about pictures)
//! /dev/v4l/by-id/usb-046d_HD_Pro_Webcam-video-index0 ─▶ ../../video0
//! ```
//!
//! A number changes when cameras are plugged in another order; a name does not. Must not: open a device.

use std::fs;
use std::path::Path;

use rootcast_host::text::printable;

/// Where the kernel says what cameras there are.
pub(super) const CLASS: &str = "/sys/class/video4linux";
/// Where udev gives them names.
pub(super) const BY_ID: &str = "/dev/v4l/by-id";

/// Cameras that are named, at most.
const NAMED_MAX: usize = 8;
/// Characters of a name that are said.
const NAME_MAX: usize = 80;

/// A node that brings pictures.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    number: u8,
    name: String,
    by_id: Option<String>,
}

/// The number of the device that a name under /dev/v4l/by-id stands for, or a path to a device.
pub(super) fn number_of(name: &str, by_id: &Path) -> Option<u8> {
    let name = name.strip_prefix(BY_ID).map_or(name, |rest| rest.trim_start_matches('/'));
    if let Some(number) = name.strip_prefix("/dev/video") {
        return number_from(number);
    }
    if name.is_empty() || name.contains('/') {
        return None;
    }
    let target = fs::read_link(by_id.join(name)).ok()?;
    number_from(target.file_name()?.to_str()?.strip_prefix("video")?)
}

/// 00 and +0 are numbers too, and other devices than /dev/video0.
pub(super) fn number_from(text: &str) -> Option<u8> {
    text.parse::<u8>().ok().filter(|number| number.to_string() == text)
}

/// What the system lists, as the end of a sentence. Nodes that bring no pictures are left out.
pub(super) fn text() -> String {
    text_in(Path::new(CLASS), Path::new(BY_ID))
}

fn text_in(class: &Path, by_id: &Path) -> String {
    let nodes = nodes(class, by_id);
    let named = nodes.iter().take(NAMED_MAX).map(|node| {
        let by_id = node.by_id.as_ref().map(|name| format!(", qr:camera={name}")).unwrap_or_default();
        format!("{} ({}{by_id})", node.number, node.name)
    });
    let named: Vec<String> = named.collect();
    let more = match nodes.len().saturating_sub(NAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match named.len() {
        0 => "the system lists no camera".to_owned(),
        _ => format!("the system lists {}{more}", named.join(", ")),
    }
}

fn nodes(class: &Path, by_id: &Path) -> Vec<Node> {
    let names: Vec<(String, u8)> = fs::read_dir(by_id)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter_map(|name| Some((name.clone(), number_of(&name, by_id)?)))
        .collect();
    let entries = fs::read_dir(class).into_iter().flatten().flatten();
    let mut nodes: Vec<Node> = entries
        .filter_map(|entry| {
            let number = number_from(entry.file_name().to_str()?.strip_prefix("video")?)?;
            let read = |file: &str| fs::read_to_string(entry.path().join(file)).ok();
            // The first node of a camera brings its pictures; others bring data about them.
            if read("index").is_some_and(|index| index.trim() != "0") {
                return None;
            }
            let name: String = printable(read("name").unwrap_or_default().trim()).chars().take(NAME_MAX).collect();
            let by_id = names.iter().find(|(_, of)| *of == number);
            let by_id = by_id.map(|(name, _)| printable(name).chars().take(NAME_MAX).collect());
            Some(Node { number, name, by_id })
        })
        .collect();
    nodes.sort();
    nodes
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{number_of, text_in};

    #[test]
    fn a_camera_is_listed_with_its_name_under_by_id_and_its_node_for_metadata_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (class, by_id) = (folder.path().join("class"), folder.path().join("by-id"));
        assert_eq!(text_in(&class, &by_id), "the system lists no camera");
        fs::create_dir(&by_id).unwrap();
        for (number, index, name) in [(0, 0, "HD Pro"), (1, 1, "HD Pro"), (12, 0, "Mean\u{1b}[2J")] {
            let node = class.join(format!("video{number}"));
            fs::create_dir_all(&node).unwrap();
            fs::write(node.join("index"), format!("{index}\n")).unwrap();
            fs::write(node.join("name"), format!("{name}\n")).unwrap();
        }
        symlink("../../video0", by_id.join("usb-046d_HD_Pro-video-index0")).unwrap();
        symlink("../../video1", by_id.join("usb-046d_HD_Pro-video-index1")).unwrap();
        let text = text_in(&class, &by_id);
        assert!(
            text.starts_with("the system lists 0 (HD Pro, qr:camera=usb-046d_HD_Pro-video-index0), 12 (Mean"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}') && !text.contains("index1"), "{text}");
        for (name, number) in [
            ("usb-046d_HD_Pro-video-index0", Some(0)),
            ("/dev/v4l/by-id/usb-046d_HD_Pro-video-index0", Some(0)),
            ("/dev/video7", Some(7)),
            ("/dev/video007", None),
            ("/dev/ttyS0", None),
            ("../by-id/usb-046d_HD_Pro-video-index0", None),
            ("gone", None),
            ("", None),
        ] {
            assert_eq!(number_of(name, &by_id), number, "{name}");
        }
    }
}
