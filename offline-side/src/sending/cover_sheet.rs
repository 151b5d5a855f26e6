//! The cover sheet of a transmission, made from its plan and its items.

use rootcast_protocol::object::Object;

use super::plan::LinkPlan;
use crate::gate::JudgedItem;
use crate::gate::item_summary::ItemSummary;
use crate::gate::item_text::{item_words, kind_of};
use crate::link::cover_sheet::{CoverSheet, SheetItem};

impl CoverSheet {
    /// The cover sheet of a transmission of `items` as planned.
    #[must_use]
    pub(crate) fn new(object: &Object, plan: &LinkPlan, items: &[JudgedItem]) -> Self {
        let items = items.iter().map(|item| SheetItem {
            name: item.facts.as_ref().map_or_else(|| item.name.clone(), ItemSummary::travel_name),
            sentence: item.facts.as_ref().map_or_else(|| kind_of(item).to_string(), |facts| facts.sentence()),
            words: item_words(item),
            sha256: item.sha256.to_string(),
        });
        Self { items: items.collect(), ..Self::without_items(object, plan) }
    }

    /// The same without any data about the items.
    #[must_use]
    pub fn without_items(object: &Object, plan: &LinkPlan) -> Self {
        Self {
            object: *object,
            room: plan.room,
            frame_size: plan.frame_size,
            symbols_per_frame: plan.symbols_per_frame,
            frames: plan.frames,
            frames_suffice: plan.frames_suffice,
            way: plan.way,
            design_loss: plan.design_loss,
            items: Vec::new(),
        }
    }
}
