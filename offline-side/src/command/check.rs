//! `check`: every rule that can be applied to a file, and what the file is. Sends and changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use rootcast_host::diagnosis::Diagnosis;
use rootcast_host::exit::Exit;
use rootcast_host::given_file;
use rootcast_protocol::limits::ITEM_SIZE_MAX;
use serde_json::{Value, json};

use super::source::state_failed;
use super::{Setting, announce, parse_time};
use crate::departure::{item_json, item_text};
use crate::gate::Gate;
use crate::state::State;

/// `check`
#[derive(Debug, Args)]
pub(super) struct Check {
    /// CRLs and certificates, DER or PEM.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Judge as of this time instead of now (RFC 3339, UTC).
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    at: Option<i64>,
    /// Let SHA-1 signatures pass, with a finding each: for history only.
    #[arg(long)]
    allow_sha1: bool,
}

impl Check {
    pub(super) fn run(&self, setting: &Setting) -> Result<Exit, Diagnosis> {
        let gate = match setting.state.as_deref() {
            Some(folder) => {
                let state = State::look(setting.disk, folder).map_err(|error| state_failed(&error))?;
                Gate::of(&state, self.allow_sha1).map_err(|error| state_failed(&error))?
            }
            None => Gate::without_state(self.allow_sha1),
        };
        announce(&gate);
        let now = self.at.unwrap_or(setting.now);
        let mut files: Vec<Value> = Vec::new();
        let mut texts: Vec<String> = Vec::new();
        let mut exit = Exit::Done;
        for path in &self.files {
            let bytes = given_file::read(path, ITEM_SIZE_MAX as u64)?;
            let item = gate.judge(&path.display().to_string(), Arc::new(bytes), now);
            if !item.may_leave() {
                exit = Exit::SourceRefused;
            }
            let document = item_json(&item);
            setting.event("check", &document);
            files.push(document);
            texts.push(format!("{}\n    verdict     {}", item_text(&item), item.verdict));
        }
        setting.tell(&json!({"files": files}), &texts.join("\n"));
        Ok(exit)
    }
}
