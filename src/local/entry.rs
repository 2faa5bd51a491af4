//! A thread's value of one local, which only that thread reads without a lock.

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicPtr, AtomicU64, Ordering};
use crate::object::handle::{Handle, Kind};

/// A thread's value of one local. The fields are atomic because the thread reads them without the
/// lock, and other threads change them under it.
#[repr(C)]
pub struct Entry {
    /// The local that the entry belongs to; see the table in `local`.
    local: AtomicU64,
    /// The value, or null.
    value: AtomicPtr<c_void>,
}

impl Entry {
    /// The local's value in this entry, if there is one. Called by the entry's own thread.
    #[inline(always)]
    pub fn value_of(&self, local: Handle) -> Option<*mut c_void> {
        // ORDERING: Relaxed, both: written by this thread, or removed by a destroy, which the
        // program must not let race with a use of the value.
        (self.local.load(Ordering::Relaxed) == local.0).then(|| self.value.load(Ordering::Relaxed))
    }

    /// Replaces the local's value in this entry by another that is not null, without the lock. Only
    /// for a local without a destructor. Called by the entry's own thread. False: there is none.
    #[inline(always)]
    pub fn replace(&self, local: Handle, value: *mut c_void) -> bool {
        // ORDERING: Relaxed: as in `value_of`.
        let has_value = self.local.load(Ordering::Relaxed) == local.0;
        if has_value {
            // ORDERING: Relaxed: other threads only remove the value, and use none of a local
            // without a destructor.
            self.value.store(value, Ordering::Relaxed);
        }
        has_value
    }

    /// Whether the entry's thread has touched the local.
    pub fn is_touched(&self, local: Handle) -> bool {
        // ORDERING: Relaxed: written by this thread, or under the lock that the caller holds.
        let found = self.local.load(Ordering::Relaxed);
        found == local.0 || found == !local.0
    }

    /// Stores a value of that local, or, for null, that the local is touched and has no value.
    /// Called under the keeper's lock.
    pub fn put(&self, local: Handle, value: *mut c_void) {
        // ORDERING: Relaxed, both: under the lock.
        self.value.store(value, Ordering::Relaxed);
        // ORDERING: as above.
        self.local.store(if value.is_null() { !local.0 } else { local.0 }, Ordering::Relaxed);
    }

    /// Removes the value, whichever local it belongs to; null if there is none. The local stays
    /// touched. Called under the keeper's lock.
    pub fn take(&self) -> *mut c_void {
        // ORDERING: Relaxed: written under the lock.
        let local = Handle(self.local.load(Ordering::Relaxed));
        if local.tag().kind() != Kind::Local as u32 {
            // What `replace` may have left there is nobody's.
            return ptr::null_mut();
        }
        // ORDERING: Relaxed, both: under the lock.
        let value = self.value.swap(ptr::null_mut(), Ordering::Relaxed);
        // ORDERING: as above.
        self.local.store(!local.0, Ordering::Relaxed);
        value
    }

    /// Makes the entry as if never touched, after the value was removed. Called under the keeper's
    /// lock, or by the thread itself while the entry has no value that another thread could find.
    pub fn untouch(&self) {
        // ORDERING: Relaxed: under the lock, or no other thread reads it.
        self.local.store(Entry::UNTOUCHED, Ordering::Relaxed);
    }

    /// The field `local` of an untouched entry. It is not 0, which would be the null handle.
    const UNTOUCHED: u64 = !0;
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCAL: Handle = Handle::numbered(Kind::Local, 3);
    const NEXT: Handle = Handle(LOCAL.0 + (1 << 32));

    /// A thread that replaces a value comes between the steps of a destroy in another thread.
    #[test]
    fn a_value_that_comes_too_late_belongs_to_no_local() {
        let (value, late) = (ptr::without_provenance_mut(1), ptr::without_provenance_mut(2));
        let new = || Entry { local: AtomicU64::new(0), value: AtomicPtr::new(ptr::null_mut()) };
        for untouched in [false, true] {
            let entry = new();
            entry.put(LOCAL, value);
            assert_eq!(entry.take(), value);
            if untouched {
                entry.untouch();
            }
            assert!(!entry.replace(LOCAL, late));
            // As if `replace` had looked at the handle before.
            // ORDERING: Relaxed: there is one thread.
            entry.value.store(late, Ordering::Relaxed);
            assert_eq!(entry.value_of(LOCAL), None);
            assert_eq!(entry.is_touched(LOCAL), !untouched);
            assert!(entry.take().is_null() && entry.value_of(Handle::NULL).is_none());
            entry.put(NEXT, value);
            assert!(entry.replace(NEXT, late) && !entry.replace(LOCAL, value));
            assert_eq!(entry.take(), late);
        }
    }
}
