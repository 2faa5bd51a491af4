//! Names that go in and out: texts that C functions read, and write into the caller's buffer.

use core::ffi::{CStr, c_char};

use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::names;
use crate::object::table::Slot;
use crate::object::text::Room;
use crate::status::Status;

/// A caller's buffer, its capacity, and where the length of the whole text goes.
pub type Place = (*mut c_char, usize, *mut usize);

/// Names an object of a kind: a null or an empty name takes its name away.
///
/// # Safety
/// `name` is null or points to a NUL-terminated string.
pub unsafe fn set<T: Slot>(
    function: &'static CStr,
    object: impl Into<Handle>,
    name: *const c_char,
) -> Status {
    // SAFETY: this function's contract.
    unsafe { set_by(function, object.into(), name, names::set::<T>) }
}

/// # Safety
/// As [`set`].
unsafe fn set_by(
    function: &'static CStr,
    object: Handle,
    name: *const c_char,
    set: fn(Handle, &[u8]) -> Result<(), Status>,
) -> Status {
    // SAFETY: this function's contract.
    let set = unsafe { names::text(name) }.and_then(|text| set(object, text));
    super::outcome(function, object, set)
}

/// Copies the name of an object of a kind.
///
/// # Safety
/// As [`deliver`].
pub unsafe fn get<T: Slot>(
    function: &'static CStr,
    object: impl Into<Handle>,
    place: Place,
) -> Status {
    // SAFETY: this function's contract.
    unsafe { deliver(function, object.into(), place, names::copy_out::<T>) }
}

/// The status of a call that writes a text to a caller's buffer, and its whole length to a place.
///
/// # Safety
/// The buffer is null or has room for the text and a NUL, or for as many bytes as the capacity
/// says; the place for the length is null or may be written.
pub unsafe fn deliver(
    function: &'static CStr,
    object: Handle,
    (buffer, capacity, length): Place,
    copy_out: fn(Handle, Room<'_>) -> Result<usize, Status>,
) -> Status {
    let delivered = if buffer.is_null() && capacity > 0 {
        Err(failure!(THREADING_INVALID_ARGUMENT, c"the buffer is NULL, and its capacity is not 0"))
    } else {
        // SAFETY: not null, or no room; and this function's contract.
        copy_out(object, unsafe { Room::new(buffer, capacity) })
    };
    let delivered = delivered.map(|whole| {
        if !length.is_null() {
            // SAFETY: not null, so it may be written, by this function's contract.
            unsafe { length.write(whole) }
        }
    });
    super::outcome(function, object, delivered)
}

#[cfg(test)]
mod tests {
    use core::ptr;

    use crate::capi::barrier::*;
    use crate::capi::condition::*;
    use crate::capi::condition_wait::*;
    use crate::capi::event::*;
    use crate::capi::latch::*;
    use crate::capi::local::*;
    use crate::capi::lock::*;
    use crate::capi::queue::*;
    use crate::capi::queue_end::*;
    use crate::capi::rlock::*;
    use crate::capi::rwlock::*;
    use crate::capi::semaphore::*;
    use crate::capi::tests::made;
    use crate::platform::memory::while_exhausted;
    use crate::status::threading_status::*;

    /// Names an object, and tries to rename it without memory: it keeps its name.
    macro_rules! keeps_its_name {
        ($object:expr, $set_name:path, $name:path) => {{
            let mut buffer = [0; 8];
            // SAFETY: the names are strings, and the buffer has its capacity.
            unsafe {
                assert_eq!($set_name($object, c"before".as_ptr()), THREADING_OK);
                let refused = while_exhausted(|| $set_name($object, c"after".as_ptr()));
                assert_eq!(refused, THREADING_NO_RESOURCES);
                let named = $name($object, buffer.as_mut_ptr().cast(), 8, ptr::null_mut());
                assert_eq!((named, &buffer), (THREADING_OK, b"before\0\0"));
                assert_eq!(while_exhausted(|| $set_name($object, ptr::null())), THREADING_OK);
            }
        }};
    }

    #[test]
    fn an_object_that_cannot_be_renamed_without_memory_keeps_its_name_and_can_lose_it() {
        let nothing = ptr::null_mut();
        // SAFETY: the place may be written.
        let rwlock = unsafe { made(|out| threading_rwlock_new(out)) };
        let (lock, rlock, condition, semaphore, event, latch, queue, barrier, local) = unsafe {
            // SAFETY: the places may be written, in all of them.
            (
                made(|out| threading_lock_new(out)),
                made(|out| threading_rlock_new(out)),
                made(|out| threading_condition_new(out)),
                made(|out| threading_semaphore_new(0, out)),
                made(|out| threading_event_new(out)),
                made(|out| threading_latch_new(1, out)),
                made(|out| threading_queue_new(1, out)),
                made(|out| threading_barrier_new(2, None, nothing, out)),
                made(|out| threading_local_new(None, None, nothing, out)),
            )
        };
        keeps_its_name!(lock, threading_lock_set_name, threading_lock_name);
        keeps_its_name!(rlock, threading_rlock_set_name, threading_rlock_name);
        keeps_its_name!(rwlock, threading_rwlock_set_name, threading_rwlock_name);
        keeps_its_name!(condition, threading_condition_set_name, threading_condition_name);
        keeps_its_name!(semaphore, threading_semaphore_set_name, threading_semaphore_name);
        keeps_its_name!(event, threading_event_set_name, threading_event_name);
        keeps_its_name!(latch, threading_latch_set_name, threading_latch_name);
        keeps_its_name!(queue, threading_queue_set_name, threading_queue_name);
        keeps_its_name!(barrier, threading_barrier_set_name, threading_barrier_name);
        keeps_its_name!(local, threading_local_set_name, threading_local_name);
        for status in [
            threading_lock_destroy(lock),
            threading_rlock_destroy(rlock),
            threading_rwlock_destroy(rwlock),
            threading_condition_destroy(condition),
            threading_semaphore_destroy(semaphore),
            threading_event_destroy(event),
            threading_latch_destroy(latch),
            threading_queue_destroy(queue),
            threading_barrier_destroy(barrier),
            threading_local_destroy(local),
        ] {
            assert_eq!(status, THREADING_OK);
        }
    }
}
