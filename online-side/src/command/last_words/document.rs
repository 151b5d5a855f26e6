//! The document of `receive`.

use std::collections::BTreeMap;

use rootcast_host::diagnosis::ErrorMember;
use rootcast_protocol::object::Object;
use serde::Serialize;

use crate::command::aimed::Aimed;
use crate::command::line_document::LineDocument;
use crate::command::report::ObjectDocument;
use crate::link::PassedOver;
use crate::link::optical::aiming::AimingDocument;
use crate::reception::assembly::{Assemblies, Assembly};
use crate::reception::{Ended, LinkState};
use crate::session::{Arrival, Expected};

/// The document of `receive`.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    pub(super) ended: Ended,
    pub(super) exit: u8,
    pub(super) confinement: &'a [String],
    pub(super) alarms: Vec<String>,
    pub(super) expected: Vec<ExpectedDocument>,
    pub(super) objects: Vec<ObjectDocument<'a>>,
    pub(super) objects_forgotten: u64,
    pub(super) incomplete: Vec<IncompleteDocument<'a>>,
    pub(super) links: Vec<LinkDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<ErrorMember>,
}

/// An item that was expected.
#[derive(Debug, Serialize)]
pub(super) struct ExpectedDocument {
    words: String,
    sha256: Option<String>,
    arrival: Arrival,
}

impl From<&Expected> for ExpectedDocument {
    fn from(Expected { item, arrival }: &Expected) -> Self {
        Self { words: item.words(), sha256: item.sha256().map(|sha256| sha256.to_string()), arrival: *arrival }
    }
}

/// An object that is not complete.
#[derive(Debug, Serialize)]
pub(super) struct IncompleteDocument<'a> {
    object: String,
    length: u32,
    symbols: u32,
    symbols_needed: u32,
    by_link: &'a BTreeMap<String, u32>,
    conflicting: u32,
    wrong_digests: u32,
    laborious: u32,
    given_up: u32,
}

impl<'a> IncompleteDocument<'a> {
    pub(super) fn new(object: &Object, assembly: &'a Assembly) -> Self {
        Self {
            object: object.id.to_string(),
            length: object.length.get(),
            symbols: assembly.symbols(),
            symbols_needed: object.source_symbols(),
            by_link: assembly.by_link(),
            conflicting: assembly.conflicting(),
            wrong_digests: assembly.wrong_digests(),
            laborious: assembly.laborious(),
            given_up: assembly.given_up(),
        }
    }
}

/// What one link brought.
#[derive(Debug, Serialize)]
pub(super) struct LinkDocument<'a> {
    link: &'a str,
    state: &'static str,
    why: Option<&'a str>,
    frames: u64,
    damaged: u64,
    foreign: u64,
    not_understood: u64,
    unauthentic: u64,
    beacons: u64,
    queue_drops: u64,
    pictures: u64,
    pictures_without_code: u64,
    doubled: u64,
    mixed: u64,
    symbols: u64,
    passed_over: Option<&'a PassedOver>,
    line: Option<LineDocument>,
    aiming: Option<&'a AimingDocument>,
}

impl<'a> LinkDocument<'a> {
    pub(super) fn new(
        name: &'a str,
        state: &'a LinkState,
        assemblies: &'a Assemblies,
        aiming: &'a BTreeMap<String, Aimed>,
    ) -> Self {
        let (state, why) = match state {
            LinkState::Open => ("open", None),
            LinkState::Ended => ("ended", None),
            LinkState::Failed(failure) => ("failed", Some(failure.why.as_str())),
        };
        let count = assemblies.links().get(name);
        let seen = count.cloned().unwrap_or_default();
        Self {
            link: name,
            state,
            why,
            frames: seen.frames,
            damaged: seen.damaged,
            foreign: seen.foreign,
            not_understood: seen.refused,
            unauthentic: seen.unauthentic,
            beacons: seen.beacons,
            queue_drops: seen.queue_drops,
            pictures: seen.pictures,
            pictures_without_code: seen.pictures_without_code,
            doubled: seen.doubled,
            mixed: seen.mixed,
            symbols: seen.symbols,
            passed_over: count.map(|count| &count.passed_over).filter(|over| over.number() > 0),
            line: seen.line.as_ref().map(LineDocument::from),
            aiming: aiming.get(name).and_then(|aimed| aimed.document.as_ref()),
        }
    }
}
