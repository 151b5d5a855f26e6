//! What is on a token that should not be: objects of a run that was not to keep them, keys that a run which ended early put
//! there to stay, and the keys of a root where a drill is to begin.
//!
//! | what | who says that it may go |
//! |---|---|
//! | an object with the label of those that do not stay | nobody is asked: nothing else has that label |
//! | a key with the CKA_ID that a journal names | a person: the journal may be older than the key |

use cryptoki::object::{Attribute, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::error::KeyError;
use super::key_object::{objects, public_of, read, shown_keys};
use super::module::failed;
use super::public_key::PublicKey;
use super::session_object::temporary;
use super::wrapping::{ID_BYTES, WrappingToken};

/// A key that an earlier run put into the token to stay, and that its journal calls unfinished.
pub(crate) struct LeftKey {
    handle: ObjectHandle,
    /// Its label.
    pub(crate) label: String,
    /// What it is: `private key`.
    pub(crate) what: &'static str,
    /// Its public key, as far as the token shows it.
    pub(crate) public: Option<PublicKey>,
}

impl WrappingToken {
    /// That no object on the token has the label.
    ///
    /// # Errors
    /// When one has.
    pub(crate) fn check_label_is_free(&self) -> Result<(), KeyError> {
        let label = &self.place.key_label;
        for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
            if !objects(&self.login.session, class, Some(label))?.is_empty() {
                return Err(KeyError::KeyExists { label: label.clone() });
            }
        }
        Ok(())
    }

    /// Destroys every object that was not to stay, of whatever run. Gives how many.
    ///
    /// # Errors
    /// When the token fails, or has one still.
    pub(crate) fn destroy_temporary(&self) -> Result<usize, KeyError> {
        destroy_all(&self.login.session, &[vec![temporary()]])
    }

    /// Destroys everything that was made through this value. It looks in a session of its own: in the first one a signature
    /// may still be under way.
    ///
    /// # Errors
    /// When the token fails, or has something of it still.
    pub(crate) fn clear_up(&self) -> Result<(), KeyError> {
        let own = self.login.module.session(self.login.token.slot, true);
        let session = own.as_ref().unwrap_or(&self.login.session);
        destroy_all(session, &[vec![temporary()], vec![Attribute::Id(self.id.clone())]]).map(|_| ())
    }

    /// That no object is in the token which was not to stay.
    ///
    /// # Errors
    /// When one is, or the token fails.
    pub(crate) fn check_nothing_temporary(&self) -> Result<(), KeyError> {
        match found(&self.login.session, &[temporary()])?.len() {
            0 => Ok(()),
            count => Err(KeyError::NotDestroyed { count }),
        }
    }

    /// The objects with this CKA_ID, which a journal names. Nobody but a person can say that they are of no use: a journal may
    /// be older than the key, or written by somebody else.
    ///
    /// # Errors
    /// When the token fails.
    pub(crate) fn left_keys(&self, id: &[u8]) -> Result<Vec<LeftKey>, KeyError> {
        // A short or empty CKA_ID is not of an escrow run: it could be anybody's.
        if id.len() != ID_BYTES {
            return Ok(Vec::new());
        }
        let session = &self.login.session;
        let of_class = |class, what: &'static str| {
            let handles = found(session, &[Attribute::Class(class), Attribute::Id(id.to_vec())])?;
            let keys = handles.into_iter().map(move |handle| {
                let object = read(session, handle);
                LeftKey { handle, label: object.label, what, public: object.public }
            });
            Ok::<_, KeyError>(keys.collect::<Vec<_>>())
        };
        let mut keys = of_class(ObjectClass::PRIVATE_KEY, "private key")?;
        keys.extend(of_class(ObjectClass::PUBLIC_KEY, "public key")?);
        let public = keys.iter().find_map(|key| key.public.clone());
        for key in &mut keys {
            key.public = key.public.take().or_else(|| public.clone());
        }
        Ok(keys)
    }

    /// Destroys these.
    ///
    /// # Errors
    /// When the token fails.
    pub(crate) fn destroy_left(&self, keys: &[LeftKey]) -> Result<(), KeyError> {
        for key in keys {
            self.login.session.destroy_object(key.handle).map_err(failed("destroy a left-over key"))?;
        }
        Ok(())
    }

    /// That the token holds none of these keys, as far as it shows a public part of them: a public key, a certificate, or what a
    /// private key tells.
    ///
    /// # Errors
    /// When it holds one, or cannot be searched.
    pub(crate) fn check_holds_none(&self, keys: &[PublicKey]) -> Result<(), KeyError> {
        let session = &self.login.session;
        let shown = shown_keys(session)?;
        let privates = objects(session, ObjectClass::PRIVATE_KEY, None)?;
        let of_privates = privates.iter().filter_map(|private| public_of(private, &shown));
        let mut found = shown.iter().filter_map(|object| object.public.clone()).chain(of_privates);
        match found.find(|found| keys.contains(found)) {
            Some(found) => Err(KeyError::HoldsRoot { public_key: found.sha256() }),
            None => Ok(()),
        }
    }

    /// Destroys the key pair with this public key and the label of the place. Gives how many objects that were.
    ///
    /// # Errors
    /// When the token fails.
    pub(crate) fn destroy_key(&self, public: &PublicKey) -> Result<usize, KeyError> {
        let (session, label) = (&self.login.session, Some(self.place.key_label.as_str()));
        let shown = objects(session, ObjectClass::PUBLIC_KEY, label)?;
        let privates = objects(session, ObjectClass::PRIVATE_KEY, label)?;
        let is_it = |found: Option<PublicKey>| found.is_some_and(|found| found == *public);
        let privates = privates.iter().filter(|private| is_it(public_of(private, &shown)));
        let found: Vec<ObjectHandle> = privates
            .chain(shown.iter().filter(|object| is_it(object.public.clone())))
            .map(|object| object.handle)
            .collect();
        for handle in &found {
            session.destroy_object(*handle).map_err(failed("destroy the key"))?;
        }
        Ok(found.len())
    }
}

/// The objects that have these attributes, whatever they are.
fn found(session: &Session, template: &[Attribute]) -> Result<Vec<ObjectHandle>, KeyError> {
    session.find_objects(template).map_err(failed("look for left-over keys"))
}

/// Destroys whatever has one of these sets of attributes. One that the token does not destroy keeps none of the others.
fn destroy_all(session: &Session, templates: &[Vec<Attribute>]) -> Result<usize, KeyError> {
    let mut destroyed = 0;
    for template in templates {
        for handle in found(session, template)? {
            destroyed += usize::from(session.destroy_object(handle).is_ok());
        }
    }
    let mut count = 0;
    for template in templates {
        count += found(session, template)?.len();
    }
    if count == 0 { Ok(destroyed) } else { Err(KeyError::NotDestroyed { count }) }
}
