//! What a thread waits for, written by that thread and read by any other without a lock, as in a
//! seqlock.
//!
//! | epoch | the fields beside it                                                   |
//! |-------|------------------------------------------------------------------------|
//! | odd   | are being written, by the waiter or by a notify that moves it          |
//! | even  | belong together, and to the wait that goes on while the parker is      |
//! |       | WAITING                                                                |
//!
//! The queue that the thread is in, and since when, stand in its node. They change between
//! `withdraw` and `publish` as well.

use core::mem::offset_of;

use crate::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
use crate::object::handle::Handle;
use crate::platform::clock::Deadline;
use crate::platform::tls::CallSite;
use crate::wait::broadcast::Broadcast;
use crate::wait::spin_then_park::WaitKind;

/// What a wait is: recorded before the thread sleeps.
#[derive(Clone, Copy)]
pub struct Wait {
    /// The object; null for one of the library's own.
    pub object: Handle,
    /// For what.
    pub kind: WaitKind,
    /// The ident of the thread: the owner after a hand-off.
    pub ident: u64,
    /// Where the thread sleeps, if the object wakes many at once.
    pub broadcast: Option<&'static Broadcast>,
}

/// See the top of this file.
#[repr(C)]
pub struct WaitRecord {
    epoch: AtomicU32,
    kind: AtomicU32,
    object: AtomicU64,
    ident: AtomicU64,
    /// In nanoseconds; 0: never.
    deadline: AtomicU64,
    /// Where the call returns to that waits; 0: unknown.
    site: AtomicUsize,
}

/// An odd epoch, between `withdraw` and `publish`.
#[must_use]
pub struct Epoch(u32);

/// A wait as another thread sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Which wait of its thread it is.
    pub epoch: u32,
    /// A [`WaitKind`], as a number.
    pub kind: u32,
    /// The object; null for one of the library's own.
    pub object: Handle,
    /// Whose wait it is.
    pub ident: u64,
    /// Until when, in nanoseconds of the monotonic clock; 0: for ever.
    pub deadline: u64,
    /// Where the call returns to that waits; 0: unknown.
    pub site: usize,
}

impl WaitRecord {
    /// Where a reader outside the process finds `epoch`, `kind`, `object`, `ident`, `deadline`
    /// and `site`.
    pub const FIELDS_AT: [usize; 6] = [
        offset_of!(WaitRecord, epoch),
        offset_of!(WaitRecord, kind),
        offset_of!(WaitRecord, object),
        offset_of!(WaitRecord, ident),
        offset_of!(WaitRecord, deadline),
        offset_of!(WaitRecord, site),
    ];

    /// The fields are about to change. For the waiter itself, or for whoever holds the locks of the
    /// queues between which it moves a node. `publish` wants the answer.
    #[inline]
    pub fn withdraw(&self) -> Epoch {
        // ORDERING: Relaxed: only one thread at a time writes the epoch.
        let epoch = self.epoch.load(Ordering::Relaxed);
        let odd = epoch | 1;
        // ORDERING: Relaxed: the fence orders it before the fields.
        self.epoch.store(odd, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire fence in `observe`: whoever reads a field that
        // is written from here on reads this epoch, or a later one, after it.
        fence(Ordering::Release);
        Epoch(odd)
    }

    /// Writes the fields, between `withdraw` and `publish`.
    #[inline]
    pub fn write(&self, wait: &Wait, deadline: Deadline) {
        // ORDERING: Relaxed, all: `withdraw` and `publish` order them.
        self.kind.store(wait.kind as u32, Ordering::Relaxed);
        self.object.store(wait.object.0, Ordering::Relaxed);
        self.ident.store(wait.ident, Ordering::Relaxed);
        self.deadline.store(deadline.nanoseconds(), Ordering::Relaxed);
        self.site.store(CallSite::current(), Ordering::Relaxed);
    }

    /// A notify moves the wait to the lock of that handle, for which it waits without a time limit.
    /// Between `withdraw` and `publish`.
    pub fn move_to_lock(&self, object: Handle) {
        // ORDERING: Relaxed, all: as in `write`.
        self.kind.store(WaitKind::Lock as u32, Ordering::Relaxed);
        self.object.store(object.0, Ordering::Relaxed);
        self.deadline.store(0, Ordering::Relaxed);
    }

    /// The fields belong together from here on.
    #[inline]
    pub fn publish(&self, Epoch(odd): Epoch) {
        // ORDERING: Release, pairs with the Acquire in `observe`: the fields are seen.
        self.epoch.store(odd.wrapping_add(1), Ordering::Release);
    }

    /// The fields, and what `read` reads beside them, if they belong together and to a wait that
    /// still `goes_on`.
    pub fn observe<T>(
        &self,
        read: impl FnOnce() -> T,
        goes_on: impl Fn() -> bool,
    ) -> Option<(Observed, T)> {
        // ORDERING: Acquire, pairs with the Release in `publish`.
        let epoch = self.epoch.load(Ordering::Acquire);
        if epoch % 2 == 1 {
            return None;
        }
        let observed = Observed {
            epoch,
            // ORDERING: Relaxed, all: the two looks at the epoch say whether they belong together.
            kind: self.kind.load(Ordering::Relaxed),
            object: Handle(self.object.load(Ordering::Relaxed)),
            ident: self.ident.load(Ordering::Relaxed),
            deadline: self.deadline.load(Ordering::Relaxed),
            site: self.site.load(Ordering::Relaxed),
        };
        let more = read();
        // ORDERING: Acquire, pairs with the Release fence in `withdraw`.
        fence(Ordering::Acquire);
        // If this is a later wait, the look at the epoch that follows finds it.
        let goes_on = goes_on();
        // ORDERING: Relaxed: after the fence, and after the look at the wait.
        let same = self.epoch.load(Ordering::Relaxed) == epoch;
        (same && goes_on).then_some((observed, more))
    }

    /// Whose wait it is. For the claimer, and for the waiter itself.
    pub fn ident(&self) -> u64 {
        // ORDERING: Relaxed: written before the node was linked, under whose queue's lock the
        // claimer has found it.
        self.ident.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(record: &WaitRecord) -> Option<Observed> {
        record.observe(|| (), || true).map(|(wait, ())| wait)
    }

    #[test]
    fn a_wait_is_seen_as_it_was_published_and_not_while_it_changes() {
        let record = WaitRecord {
            epoch: AtomicU32::new(0),
            kind: AtomicU32::new(0),
            object: AtomicU64::new(0),
            ident: AtomicU64::new(0),
            deadline: AtomicU64::new(0),
            site: AtomicUsize::new(0),
        };
        let kind = WaitKind::Event;
        let wait = Wait { object: Handle(5), kind, ident: 7, broadcast: None };
        let _site = CallSite::enter(3);
        let epoch = record.withdraw();
        record.write(&wait, Deadline::At(9));
        assert_eq!(seen(&record), None);
        record.publish(epoch);
        let whole = Observed {
            epoch: 2,
            kind: kind as u32,
            object: Handle(5),
            ident: 7,
            deadline: 9,
            site: 3,
        };
        assert_eq!(seen(&record), Some(whole));
        assert_eq!(record.observe(|| (), || false), None);
        // A notify moves it.
        let epoch = record.withdraw();
        record.move_to_lock(Handle(6));
        assert_eq!(seen(&record), None);
        record.publish(epoch);
        let kind = WaitKind::Lock as u32;
        assert_eq!(
            seen(&record),
            Some(Observed { epoch: 4, kind, object: Handle(6), deadline: 0, ..whole })
        );
    }
}
