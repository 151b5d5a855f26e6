//! The processor's time, so that a busy machine gives the same figures as an idle one.

use rustix::time::{ClockId, clock_gettime};

/// What this thread has used, in milliseconds.
pub(crate) fn thread_ms() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// What `work` gives, and the milliseconds of this thread that it took.
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let begun = thread_ms();
    let given = work();
    (given, thread_ms() - begun)
}

/// The middle one.
pub(crate) fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().unwrap_or(f64::INFINITY)
}
