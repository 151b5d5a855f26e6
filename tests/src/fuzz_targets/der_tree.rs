//! DER as a tree that a script changes: lengths are written again, so that one changed value does not end the reading of
//! everything around it.

use super::input::Input;
use crate::throwaway_ca::der_writer::tlv;

/// Nesting that is looked into.
const DEPTH_MAX: usize = 24;
/// What a script makes of an item is at most so large: nine repetitions of repetitions would be 255^9 elements.
const OCTETS_MAX: usize = 1 << 18;

/// One element.
#[derive(Clone)]
struct Node {
    tag: u8,
    content: Content,
}

#[derive(Clone)]
enum Content {
    Bytes(Vec<u8>),
    /// Elements, behind so many bytes that are none (the first of a BIT STRING).
    Elements(Vec<Node>),
}

/// The element at the front of `bytes`, and what follows it; short form of the tag only.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        if octets.is_empty() || octets.len() > 4 {
            return None;
        }
        (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn read(bytes: &[u8], depth: usize) -> Option<Vec<Node>> {
    let mut nodes = Vec::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (tag, content, after) = split(rest)?;
        // An OCTET STRING of an extension holds DER as well.
        let holds_more = tag & 0x20 != 0 || tag == 4 && content.len() > 1;
        let elements = (holds_more && depth < DEPTH_MAX).then(|| read(content, depth + 1)).flatten();
        let content = elements.map_or_else(|| Content::Bytes(content.to_vec()), Content::Elements);
        nodes.push(Node { tag, content });
        rest = after;
    }
    Some(nodes)
}

impl Node {
    fn encode(&self) -> Vec<u8> {
        match &self.content {
            Content::Bytes(bytes) => tlv(self.tag, bytes),
            Content::Elements(nodes) => tlv(self.tag, &encode(nodes)),
        }
    }

    fn count(&self) -> usize {
        match &self.content {
            Content::Bytes(_) => 1,
            Content::Elements(nodes) => 1 + nodes.iter().map(Node::count).sum::<usize>(),
        }
    }
}

fn encode(nodes: &[Node]) -> Vec<u8> {
    nodes.iter().map(Node::encode).collect::<Vec<_>>().concat()
}

/// The list that holds element `number` (counted from the root, depth first), and its place there.
fn find(nodes: &mut Vec<Node>, mut number: usize) -> Option<(&mut Vec<Node>, usize)> {
    let at = nodes.iter().position(|node| {
        let count = node.count();
        let here = number < count;
        if !here {
            number -= count;
        }
        here
    })?;
    if number == 0 {
        return Some((nodes, at));
    }
    match &mut nodes[at].content {
        Content::Elements(inner) => find(inner, number - 1),
        Content::Bytes(_) => None,
    }
}

/// `der` after the changes that the script names: each an element's number, what is done, and with which bytes.
pub(super) fn changed(der: &[u8], script: &mut Input<'_>) -> Vec<u8> {
    let Some(mut nodes) = read(der, 0) else { return der.to_vec() };
    for _ in 0..12 {
        if script.is_empty() {
            break;
        }
        let total: usize = nodes.iter().map(Node::count).sum();
        let number = usize::from(script.byte()) % total.max(1);
        let operation = script.byte() % 10;
        let room = OCTETS_MAX.saturating_sub(encode(&nodes).len());
        let Some((list, at)) = find(&mut nodes, number) else { break };
        match operation {
            0 => drop(list.remove(at)),
            1 if list[at].encode().len() <= room => list.insert(at, list[at].clone()),
            1 => {}
            2 => list[at].tag = script.byte(),
            3 => list[at].content = Content::Bytes(script.short_text().to_vec()),
            4 => {
                let bytes = script.short_text();
                list.insert(at, Node { tag: script.byte(), content: Content::Bytes(bytes.to_vec()) });
            }
            5 => {
                let to = usize::from(script.byte()) % list.len();
                list.swap(at, to);
            }
            6 | 7 => {
                let (place, value) = (usize::from(script.byte()), script.byte());
                if let Content::Bytes(bytes) = &mut list[at].content {
                    let length = bytes.len().max(1);
                    match bytes.get_mut(place % length) {
                        Some(byte) if operation == 6 => *byte ^= value,
                        Some(byte) => *byte = value,
                        None => bytes.push(value),
                    }
                }
            }
            8 => {
                // Many times over.
                let node = list[at].clone();
                let times = usize::from(script.byte()).min(room / node.encode().len());
                list.splice(at..at, vec![node; times]);
            }
            _ => {
                let (length, value) = (usize::from(script.short()) % 5_000, script.byte());
                list[at].content = Content::Bytes(vec![value; length]);
            }
        }
        if nodes.is_empty() {
            return Vec::new();
        }
    }
    encode(&nodes)
}

/// Whether the bytes are one element whose lengths, and those of all elements in it, are spelt as DER spells them.
pub(super) fn is_canonical(der: &[u8]) -> bool {
    let Some((_, _, [])) = split(der) else { return false };
    read_all(der, 0)
}

fn read_all(bytes: &[u8], depth: usize) -> bool {
    let mut rest = bytes;
    while !rest.is_empty() {
        let Some((tag, content, after)) = split(rest) else { return false };
        let spelled = tlv(tag, content);
        if rest.get(..spelled.len()) != Some(&spelled[..]) {
            return false;
        }
        if tag & 0x20 != 0 && (depth == DEPTH_MAX || !read_all(content, depth + 1)) {
            return false;
        }
        rest = after;
    }
    true
}

/// The first element in the first element: what a CRL or certificate signs.
pub(super) fn to_be_signed(der: &[u8]) -> Option<&[u8]> {
    let (_, content, _) = split(der)?;
    let (_, _, after) = split(content)?;
    content.get(..content.len() - after.len())
}
