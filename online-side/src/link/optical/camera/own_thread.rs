//! The thread in which the camera's library runs, and its mark: what panics in it is caught, and is not for the screen.

use std::cell::Cell;
use std::io;
use std::thread;

thread_local! {
    /// The mark of a camera's thread.
    static IS_CAMERA: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread is a camera's.
#[must_use]
pub(crate) fn is_camera_thread() -> bool {
    // A thread that is ending has no mark any more.
    IS_CAMERA.try_with(Cell::get).unwrap_or(false)
}

/// Starts a camera's thread, which is left to itself. Its name is for people who list threads.
///
/// # Errors
/// When the host allows no thread more.
pub(super) fn start(body: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let marked = move || {
        IS_CAMERA.set(true);
        body();
    };
    thread::Builder::new().name("camera".to_owned()).spawn(marked).map(drop)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::{is_camera_thread, start};

    #[test]
    fn a_camera_s_thread_is_known_by_its_mark_and_not_by_its_name() {
        let (told, asked) = channel();
        start(move || told.send(is_camera_thread()).unwrap()).unwrap();
        assert_eq!(asked.recv(), Ok(true));
        let namesake = thread::Builder::new().name("camera".to_owned()).spawn(is_camera_thread).unwrap();
        assert!(!namesake.join().unwrap() && !is_camera_thread());
    }
}
