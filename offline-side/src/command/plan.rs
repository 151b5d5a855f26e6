//! `plan`: shows what a transmission would take. Sends and changes nothing.

use std::path::PathBuf;

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use serde::Serialize;

use super::NOTHING_SENT;
use super::gather::{SourceOptions, gather};
use super::links::{StopOptions, link_names, links_help, named_links, plan_of};
use super::opened::{look_at, state_failed};
use crate::gate::item_text::{ItemDocument, item_text};
use crate::sending::plan::PlanDocument;
use crate::sending::summary::{BundleDocument, bundle_text, plan_text};
use crate::store::journal::{Chain, pending};
use crate::store::state::StateError;
use rootcast_console::run::Run;

/// `plan`
#[derive(Debug, Args)]
pub(super) struct Plan {
    #[arg(long = "link", value_name = "LINK", help = links_help())]
    links: Vec<String>,
    /// CRLs and certificates, DER or PEM, or one bundle.
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<PathBuf>,
    #[command(flatten)]
    stop: StopOptions,
    #[command(flatten)]
    source: SourceOptions,
    /// Plan for frames that carry a MAC of this transport key.
    #[arg(long, value_name = "FILE")]
    transport_key: Option<PathBuf>,
}

impl Plan {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Diagnosis> {
        let links = named_links(&link_names(run, &self.links)?)?;
        let folder = run.state_dir()?;
        let state = look_at(run, folder).map_err(|error| state_failed(&error, NOTHING_SENT))?;
        let broken = format!("The plan could not be made. {NOTHING_SENT}");
        let chain = Chain::of_state(&state).map_err(|error| error.diagnosis(&broken))?;
        let source = gather(run, &state, &chain, &self.items, &self.source)?;
        let object = &source.bundle.object;
        let next = pending::next_transmission(folder, &chain, &object.id)
            .map_err(|error| state_failed(&StateError::from(error), NOTHING_SENT))?;
        let rule = self.stop.rule(run);
        let is_keyed = run.configuration.transport_key(self.transport_key.as_ref()).is_some();
        run.tell_configuration();
        let mut plans = Vec::new();
        for (index, link) in (next..).zip(&links) {
            let plan = plan_of(&**link, object, index, rule, is_keyed);
            plans.push(plan.map_err(|error| error.diagnosis(&broken))?);
        }
        let texts: Vec<String> = source
            .items
            .iter()
            .map(|item| item_text(item, run.began))
            .chain([bundle_text(&source.bundle)])
            .chain(plans.iter().map(plan_text))
            .chain([NOTHING_SENT.to_owned()])
            .collect();
        let document = Document {
            bundle: BundleDocument::from(&source.bundle),
            items: source.items.iter().map(ItemDocument::from).collect(),
            links: plans.iter().map(PlanDocument::from).collect(),
            sent: false,
        };
        run.tell(&document, &texts.join("\n"));
        Ok(Exit::Done)
    }
}

/// The document of `plan`.
#[derive(Serialize)]
struct Document<'d> {
    #[serde(flatten)]
    bundle: BundleDocument,
    items: Vec<ItemDocument<'d>>,
    links: Vec<PlanDocument<'d>>,
    sent: bool,
}
