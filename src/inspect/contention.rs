//! Which locks, rlocks, rwlocks and semaphores are waited for most: the counts of
//! `wait::mutex::waits`.

use crate::inspect::scratch::Scratch;
use crate::object::handle::Handle;
use crate::object::table::Slot;
use crate::sync::lock::Lock;
use crate::sync::rlock::Rlock;
use crate::sync::rwlock::slot::Rwlock;
use crate::sync::semaphore::Semaphore;
use crate::wait::mutex::waits::{self, Counts};

/// One of them.
#[derive(Clone, Copy)]
pub struct Contended {
    /// Its handle.
    pub object: Handle,
    /// How it was waited for.
    pub counts: Counts,
}

/// Calls `visit` with all for which threads have waited. Async-signal-safe if `visit` is.
pub fn for_each(mut visit: impl FnMut(&Contended)) {
    let mut look = |object: Handle| {
        if let Some(counts) = waits::of(object) {
            visit(&Contended { object, counts });
        }
        true
    };
    Lock::table().for_each(|object, _, _| look(object));
    Rlock::table().for_each(|object, _, _| look(object));
    Rwlock::table().for_each(|object, _, _| look(object));
    Semaphore::table().for_each(|object, _, _| look(object));
}

/// All for which threads have waited, those first whose waits took longest together. `None`: there
/// is no memory.
pub fn sorted() -> Option<Scratch<Contended>> {
    let mut count = 0;
    for_each(|_| count += 1);
    // Others may be waited for meanwhile.
    let mut found = Scratch::with_room(count + 16)?;
    for_each(|contended| {
        found.push(*contended);
    });
    found.sorted_by_key(|contended| u64::MAX - contended.counts.total)
}

/// Begins to count anew.
pub fn reset() {
    for_each(|contended| waits::reset(contended.object));
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::inspect::waits as looks;
    use crate::sync::lock;
    use crate::wait::this_thread;
    use crate::wait::timeout::Timeout;

    fn is_awaited(object: Handle) -> bool {
        let mut found = false;
        looks::for_each(|wait| {
            found |= wait.object == object;
            !found
        });
        found
    }

    /// Holds the lock until another thread waits for it.
    fn have_it_awaited(object: Handle) {
        lock::acquire(object, Timeout::Poll).expect("free");
        thread::scope(|scope| {
            scope.spawn(|| {
                lock::acquire(object, Timeout::Forever).expect("released");
                lock::release(object).expect("held");
            });
            while !is_awaited(object) {
                thread::yield_now();
            }
            lock::release(object).expect("held");
        });
    }

    #[test]
    fn a_wait_is_counted_for_the_lock_that_was_waited_for_and_for_no_other() {
        let object = lock::new().expect("memory");
        lock::acquire(object, Timeout::Poll).expect("free");
        lock::release(object).expect("held");
        assert_eq!(waits::of(object), None);

        have_it_awaited(object);
        let counts = waits::of(object).expect("counted");
        assert_eq!((counts.waits, counts.timeouts), (1, 0));
        assert_eq!(counts.longest_holder, this_thread::ident());
        assert!(counts.total > 0 && counts.total == counts.longest);
        have_it_awaited(object);
        let counts = waits::of(object).expect("counted");
        assert!(counts.waits == 2 && counts.total > counts.longest);

        lock::acquire(object, Timeout::Poll).expect("free");
        assert!(lock::acquire(object, Timeout::For(1)).is_err());
        assert_eq!(waits::of(object).map(|counts| (counts.waits, counts.timeouts)), Some((2, 1)));
        lock::release(object).expect("held");

        waits::reset(object);
        assert_eq!(waits::of(object), None);
        have_it_awaited(object);
        assert_eq!(waits::of(object).map(|counts| counts.waits), Some(1));

        lock::destroy(object, |_| true).expect("free");
        let next = lock::new().expect("memory");
        assert_eq!(next.index(), object.index(), "the thread keeps the slot");
        assert_eq!(waits::of(next), None);
        let listed = sorted().expect("memory");
        assert!(listed.all().iter().all(|contended| contended.object != next));
    }
}
