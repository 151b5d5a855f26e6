//! Focus and exposure: what they were, what a run makes of them, and that they are given back.
//!
//! ```text
//! start   what a killed run left is given back · what there is now is read and kept in the state
//! run     held while codes are read, let go as it was when they are not
//! end     given back, and forgotten
//! ```
//!
//! What a person has set by hand stays set: focus is held only where the camera chose it, exposure likewise. A control whose
//! value cannot be read could not be given back, so it is not touched.

use v4l::Device;
use v4l::control::{Control, Value};

use super::memory::{Memory, Values, Which};

// linux/v4l2-controls.h
const EXPOSURE_AUTO: u32 = 0x009a_0901;
const EXPOSURE_ABSOLUTE: u32 = 0x009a_0902;
const EXPOSURE_AUTO_PRIORITY: u32 = 0x009a_0903;
const FOCUS_AUTO: u32 = 0x009a_090c;
/// `V4L2_EXPOSURE_MANUAL`.
const EXPOSURE_MANUAL: i64 = 1;

/// The controls that a run changes, in the order in which they are given back: a value by hand is taken by a camera only
/// while the camera does not choose it itself.
const CHANGED: [u32; 4] = [EXPOSURE_ABSOLUTE, EXPOSURE_AUTO, EXPOSURE_AUTO_PRIORITY, FOCUS_AUTO];

/// The controls of an open camera.
pub(super) struct Controls<'d> {
    device: &'d Device,
    which: Which,
    memory: Option<Memory>,
    /// What they were.
    before: Values,
    is_held: bool,
    /// Whether an exposure was asked for: it is not held then, for it does not move.
    is_asked: bool,
}

impl<'d> Controls<'d> {
    /// Brings the controls into a known state and keeps what they are. Gives what a person should know about it.
    pub(super) fn take_over(device: &'d Device, which: Which, memory: Option<Memory>) -> (Self, Vec<String>) {
        let mut controls = Self { device, which, memory, before: Vec::new(), is_held: false, is_asked: false };
        let mut told = Vec::new();
        let left = controls.memory.as_ref().and_then(|memory| memory.values_of(&controls.which));
        let mut left: Values = left.unwrap_or_default();
        left.retain(|(id, _)| CHANGED.contains(id));
        if !left.is_empty() {
            controls.before.clone_from(&left);
            if controls.give_back() {
                told.push("focus and exposure are what they were before a run that ended too early".to_owned());
                left.clear();
            } else {
                told.push(
                    "a run that ended too early changed focus or exposure, and the camera does not take them back now: it is \
                     tried again at the end of this run and at the start of the next one"
                        .to_owned(),
                );
            }
        }
        if controls.memory.is_none() {
            // What cannot be noted is not changed: a run that is killed would leave it so.
            told.push(
                "focus and exposure stay as the camera has them, for there is no state (--state) to note them in"
                    .to_owned(),
            );
            return (controls, told);
        }
        controls.before = controls.before_this_run(&left);
        if let Some(memory) = controls.memory.as_ref().filter(|_| !controls.before.is_empty())
            && let Err(error) = memory.keep(&controls.which, controls.before.clone())
        {
            told.push(format!(
                "focus and exposure stay as they are, for they could not be noted in the state: {error}"
            ));
            controls.before.clear();
        }
        if controls.was(FOCUS_AUTO) == Some(0) {
            told.push(
                "focus was fixed by hand and stays so (v4l2-ctl: focus_automatic_continuous or focus_auto)".to_owned(),
            );
        }
        if controls.was(EXPOSURE_AUTO) == Some(EXPOSURE_MANUAL) {
            told.push("exposure was set by hand and stays so (v4l2-ctl: auto_exposure or exposure_auto)".to_owned());
        }
        (controls, told)
    }

    /// Keeps the rate in the dark, and sets the exposure that was asked for. Whether the camera took that.
    pub(super) fn begin(&mut self, exposure: Option<u32>) -> bool {
        if self.memory.is_none() {
            // That it stays as it is was told.
            return true;
        }
        // A longer exposure in the dark would lower the rate.
        self.set(EXPOSURE_AUTO_PRIORITY, 0);
        let Some(exposure) = exposure else { return true };
        self.is_asked = true;
        let is_manual = self.set(EXPOSURE_AUTO, EXPOSURE_MANUAL);
        self.set(EXPOSURE_ABSOLUTE, exposure.into()) && is_manual
    }

    /// Holds focus and exposure, or lets them go.
    pub(super) fn hold(&mut self, hold: bool) {
        if hold == self.is_held {
            return;
        }
        self.is_held = hold;
        if let Some(focus) = self.was(FOCUS_AUTO).filter(|focus| *focus != 0) {
            self.set(FOCUS_AUTO, if hold { 0 } else { focus });
        }
        if let Some(exposure) = self.was(EXPOSURE_AUTO).filter(|mode| *mode != EXPOSURE_MANUAL && !self.is_asked) {
            self.set(EXPOSURE_AUTO, if hold { EXPOSURE_MANUAL } else { exposure });
        }
    }

    /// Gives back what was changed; whether all of it was taken. What was not is given back at the next start.
    pub(super) fn give_back(&mut self) -> bool {
        let before = std::mem::take(&mut self.before);
        let is_manual = before.contains(&(EXPOSURE_AUTO, EXPOSURE_MANUAL));
        let mut is_whole = true;
        for (id, value) in &before {
            if self.value(*id) != Some(*value) {
                let taken = self.write(*id, *value) && self.value(*id) == Some(*value);
                // How long a camera exposes that chooses it itself is no setting.
                is_whole &= taken || *id == EXPOSURE_ABSOLUTE && !is_manual;
            }
        }
        if is_whole && let Some(memory) = &self.memory {
            is_whole = memory.forget(&self.which).is_ok();
        }
        is_whole
    }

    /// What the controls were before anything changed them. What an earlier run left and the camera does not take back is
    /// what it was before that run, and not what it is now.
    fn before_this_run(&self, left: &Values) -> Values {
        let of_left = |id: u32| left.iter().find(|(known, _)| *known == id).map(|(_, value)| *value);
        CHANGED.iter().filter_map(|id| Some((*id, of_left(*id).or_else(|| self.value(*id))?))).collect()
    }

    fn was(&self, id: u32) -> Option<i64> {
        self.before.iter().find(|(known, _)| *known == id).map(|(_, value)| *value)
    }

    /// Sets a control that can be given back, if it has another value; whether it has this one then.
    fn set(&self, id: u32, value: i64) -> bool {
        self.was(id).is_some()
            && (self.value(id) == Some(value) || self.write(id, value) && self.value(id) == Some(value))
    }

    fn write(&self, id: u32, value: i64) -> bool {
        self.device.set_control(Control { id, value: Value::Integer(value) }).is_ok()
    }

    fn value(&self, id: u32) -> Option<i64> {
        match self.device.control(id).ok()?.value {
            Value::Integer(value) => Some(value),
            Value::Boolean(value) => Some(value.into()),
            _ => None,
        }
    }
}
