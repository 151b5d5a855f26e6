//! An object of a session: it does not stay in the token, unless somebody says so.

use cryptoki::object::{Attribute, ObjectHandle};
use cryptoki::session::Session;

use super::error::KeyError;
use super::module::failed;

/// The label of every object that does not stay. Nothing else has it, so whatever has it on a token is left over from a run
/// that ended early, and may be destroyed without a question.
pub(super) const TEMPORARY: &str = "rootcast escrow, temporary";

/// That label, as an attribute.
pub(super) fn temporary() -> Attribute {
    Attribute::Label(TEMPORARY.as_bytes().to_vec())
}

/// An object that does not stay. [`SessionObject::destroy`] is its usual end; dropped, it is destroyed as far as the token
/// obeys, for a run that ends with an error anyway and clears up after itself.
pub(super) struct SessionObject<'s> {
    session: &'s Session,
    /// The object.
    pub(super) handle: ObjectHandle,
    is_kept: bool,
}

impl<'s> SessionObject<'s> {
    pub(super) fn new(session: &'s Session, handle: ObjectHandle) -> Self {
        Self { session, handle, is_kept: false }
    }

    /// Destroys it, and says when the token does not.
    pub(super) fn destroy(mut self) -> Result<(), KeyError> {
        self.is_kept = true;
        self.session.destroy_object(self.handle).map_err(failed("destroy an object that is not to stay"))
    }

    /// It stays.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for SessionObject<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            // An error is on its way already, and whoever handles it looks for what is left.
            let _ = self.session.destroy_object(self.handle);
        }
    }
}
