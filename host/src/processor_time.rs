//! The time that the processor worked for a thread. A busy machine makes work last longer, but hardly more work: so a budget
//! in processor time gives the same result there as on an idle machine, only later.

use std::marker::PhantomData;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The processor time that this thread has used since it began.
#[must_use]
pub fn of_this_thread() -> Duration {
    read(ClockId::ThreadCPUTime)
}

/// The processor time that all threads of this process have used since it began.
#[must_use]
pub fn of_this_process() -> Duration {
    read(ClockId::ProcessCPUTime)
}

fn read(clock: ClockId) -> Duration {
    // These clocks begin at zero and cannot be set.
    Duration::try_from(clock_gettime(clock)).unwrap_or_default()
}

/// How much processor time a piece of work may take in the thread that does it. It stays in that thread: the processor time
/// of another one says nothing about it, so it cannot be sent there.
#[derive(Debug, Clone)]
pub struct Budget {
    began: Duration,
    most: Duration,
    of_one_thread: PhantomData<*const ()>,
}

impl Budget {
    /// A budget of `most` that begins now, in this thread.
    #[must_use]
    pub fn new(most: Duration) -> Self {
        Self { began: of_this_thread(), most, of_one_thread: PhantomData }
    }

    /// What was spent of it, or beyond it.
    #[must_use]
    pub fn spent(&self) -> Duration {
        of_this_thread().saturating_sub(self.began)
    }

    /// What is left of it.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.most.saturating_sub(self.spent())
    }

    /// Whether nothing is left of it. To ask costs a system call, less than a microsecond.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.left().is_zero()
    }

    /// Whether at most half of it is left.
    #[must_use]
    pub fn is_half_spent(&self) -> bool {
        self.spent() >= self.most / 2
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::thread;
    use std::time::Duration;

    use super::{Budget, of_this_process, of_this_thread};

    #[test]
    fn a_thread_that_sleeps_spends_nothing_and_one_that_works_does() {
        let budget = Budget::new(Duration::from_millis(40));
        thread::sleep(Duration::from_millis(80));
        assert!(!budget.is_spent(), "{:?} were spent asleep", budget.spent());
        let mut rounds = 0_u64;
        while !budget.is_spent() {
            rounds = black_box(rounds + 1);
        }
        assert!(budget.is_half_spent() && budget.left().is_zero() && budget.spent() >= Duration::from_millis(40));
        assert!(Budget::new(Duration::ZERO).is_spent(), "a budget of nothing is spent at once");
    }

    #[test]
    fn the_work_of_another_thread_is_the_process_s_and_not_this_one_s() {
        let (thread, process) = (of_this_thread(), of_this_process());
        let other = thread::spawn(|| {
            let budget = Budget::new(Duration::from_millis(100));
            while !budget.is_spent() {}
        });
        other.join().unwrap();
        assert!(of_this_thread() - thread < Duration::from_millis(50), "this thread only waited");
        assert!(of_this_process() - process >= Duration::from_millis(100));
    }
}
