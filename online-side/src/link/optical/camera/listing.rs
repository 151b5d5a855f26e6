//! The cameras that the system lists, for people who named another one, and the names under /dev/v4l/by-id.
//!
//! ```text
//! /sys/class/video4linux/video1   name: HD Pro Webcam · index: 1 (a node for data about pictures)
//! /run/udev/data/c81:1             E:ID_V4L_CAPABILITIES=:  (it brings no pictures; `:capture:` does)
//! /dev/v4l/by-id/usb-046d_HD_Pro_Webcam-video-index0 ─▶ ../../video0
//! ```
//!
//! What udev found out when a node came (its `v4l_id` asks the driver) decides whether it brings pictures: so a second node
//! of one camera is listed too, such as one for infrared. Where there is no udev, only the first node of each camera is
//! listed. A number changes when cameras are plugged in another order; a name does not. Must not: open a device.

use std::fs;
use std::path::Path;

use rootcast_host::text::{count, printable};

/// Where the kernel says what cameras there are.
pub(super) const CLASS: &str = "/sys/class/video4linux";
/// Where udev gives them names.
pub(super) const BY_ID: &str = "/dev/v4l/by-id";

/// Where udev keeps what it knows of devices.
const UDEV: &str = "/run/udev/data";

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

/// The target that asks for the cameras: `qr:camera=list`.
pub(super) const LIST: &str = "list";

/// What to do with a list of cameras.
pub(super) const NEXT_OF_LIST: &str = "Name one of these cameras, best by its name below /dev/v4l/by-id: --link \
     qr:camera=NAME. If it is missing, plug it in again and look at what `dmesg` says; a virtual machine or container has to \
     be given the device.";

/// The cameras of this host, a line each, after a line that counts them.
pub(super) fn lines() -> Vec<String> {
    lines_of(&nodes(Path::new(CLASS), Path::new(BY_ID), Path::new(UDEV)))
}

fn lines_of(nodes: &[Node]) -> Vec<String> {
    let first = match nodes.len() {
        0 => "this host has no camera".to_owned(),
        cameras => format!("this host has {}:", count(cameras as u64, "camera")),
    };
    let of_node = |node: &Node| {
        let by_id = node.by_id.as_ref().map(|name| format!(", qr:camera={name}")).unwrap_or_default();
        format!("  qr:camera={}  {}{by_id}", node.number, node.name)
    };
    std::iter::once(first).chain(nodes.iter().map(of_node)).collect()
}

/// What the system lists, as the end of a sentence. Nodes that bring no pictures are left out.
pub(super) fn text() -> String {
    text_of(&nodes(Path::new(CLASS), Path::new(BY_ID), Path::new(UDEV)))
}

fn text_of(nodes: &[Node]) -> String {
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

fn nodes(class: &Path, by_id: &Path, udev: &Path) -> Vec<Node> {
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
            // Without udev: the first node of a camera brings its pictures, and most others bring data about them.
            let is_first = || read("index").is_none_or(|index| index.trim() == "0");
            if !read("dev").and_then(|dev| brings_pictures(udev, dev.trim())).unwrap_or_else(is_first) {
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

/// Whether a device of this number (`81:0`) brings pictures, by what udev knows of it.
fn brings_pictures(udev: &Path, device: &str) -> Option<bool> {
    let known = fs::read_to_string(udev.join(format!("c{device}"))).ok()?;
    let able = known.lines().find_map(|line| line.strip_prefix("E:ID_V4L_CAPABILITIES="))?;
    Some(able.split(':').any(|word| word == "capture"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::{lines_of, nodes, number_of, text_of};

    fn text_in(class: &Path, by_id: &Path) -> String {
        text_of(&nodes(class, by_id, Path::new("/nonexistent")))
    }

    /// A camera for light and infrared has a picture node for each, and a node for data about each.
    #[test]
    fn a_second_node_that_brings_pictures_is_listed_where_udev_knows_it() {
        let folder = tempfile::tempdir().unwrap();
        let (class, udev) = (folder.path().join("class"), folder.path().join("udev"));
        fs::create_dir(&udev).unwrap();
        for (number, able) in [(0, Some(":capture:")), (1, Some(":")), (2, Some(":capture:")), (3, None)] {
            let node = class.join(format!("video{number}"));
            fs::create_dir_all(&node).unwrap();
            for (file, text) in [
                ("index", format!("{number}\n")),
                ("name", format!("Cam {number}\n")),
                ("dev", format!("81:{number}\n")),
            ] {
                fs::write(node.join(file), text).unwrap();
            }
            if let Some(able) = able {
                let known = format!("S:v4l/by-path/x\nE:ID_V4L_VERSION=2\nE:ID_V4L_CAPABILITIES={able}\n");
                fs::write(udev.join(format!("c81:{number}")), known).unwrap();
            }
        }
        let nodes = nodes(&class, Path::new("/nonexistent"), &udev);
        assert_eq!(nodes.iter().map(|node| node.number).collect::<Vec<_>>(), [0, 2]);
        let lines = lines_of(&nodes);
        assert_eq!(lines, ["this host has 2 cameras:", "  qr:camera=0  Cam 0", "  qr:camera=2  Cam 2"]);
        assert_eq!(lines_of(&[]), ["this host has no camera"]);
    }

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
