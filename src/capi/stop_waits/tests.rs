//! What only the inside can bring about of stops and of waits for any of several objects: memory
//! that runs out, and levels at their limit.

use core::ffi::c_void;
use core::ptr;

use crate::capi::any::*;
use crate::capi::condition::*;
use crate::capi::event::*;
use crate::capi::latch::*;
use crate::capi::lock::*;
use crate::capi::rlock::*;
use crate::capi::semaphore::*;
use crate::capi::stop::*;
use crate::capi::stop_waits::*;
use crate::capi::thread::*;
use crate::object::handle::*;
use crate::platform::memory::while_exhausted;
use crate::status::{threading_status, threading_status::*};
use crate::sync::rlock::force_depth;

const NONE: threading_stop = threading_stop { bits: 0 };

fn made<T: From<Handle>>(make: impl FnOnce(*mut T) -> threading_status) -> T {
    let mut out = T::from(Handle::NULL);
    assert_eq!(make(&mut out), THREADING_OK);
    out
}

unsafe extern "C-unwind" fn never(_: *mut c_void) -> bool {
    false
}

unsafe extern "C-unwind" fn until_told(flag: *mut c_void) -> *mut c_void {
    assert_eq!(threading_event_wait(threading_event { bits: flag.addr() as u64 }), THREADING_OK);
    ptr::null_mut()
}

#[test]
fn a_thread_without_memory_waits_for_nothing_with_a_stop_and_takes_nothing() {
    // SAFETY: the places may be written, in all of them.
    let (stop, lock, rlock, semaphore, event, latch, condition) = unsafe {
        (
            made(|out| threading_stop_new(NONE, out)),
            made(|out| threading_lock_new(out)),
            made(|out| threading_rlock_new(out)),
            made(|out| threading_semaphore_new(0, out)),
            made(|out| threading_event_new(out)),
            made(|out| threading_latch_new(1, out)),
            made(|out| threading_condition_new(out)),
        )
    };
    // SAFETY: the place may be written.
    let on_lock = made(|out| unsafe { threading_condition_new_with_lock(lock, out) });
    // SAFETY: as above; the argument is only a number.
    let thread = made(|out| unsafe {
        let flag = ptr::without_provenance_mut(event.bits as usize);
        threading_thread_spawn(ptr::null(), Some(until_told), flag, out)
    });
    assert_eq!(threading_lock_acquire(lock), THREADING_OK);
    assert_eq!(threading_rlock_acquire(rlock), THREADING_OK);
    assert_eq!(threading_condition_acquire(condition), THREADING_OK);
    std::thread::spawn(move || {
        let mut out = threading_stop { bits: 7 };
        let any = [threading_object { bits: semaphore.bits }, threading_object { bits: stop.bits }];
        let mut index = 7;
        // It is known, and has a waiter; it has no entries yet.
        assert_eq!(threading_semaphore_acquire_timeout(semaphore, 1e-9), THREADING_TIMEOUT);
        // SAFETY: all places may be written, and the predicate needs no context.
        while_exhausted(|| unsafe {
            assert_eq!(threading_stop_new(stop, &mut out), THREADING_NO_RESOURCES);
            assert_eq!(threading_stop_new_timeout(stop, 1.0, &mut out), THREADING_NO_RESOURCES);
            assert_eq!(threading_stop_wait(stop), THREADING_NO_RESOURCES);
            assert_eq!(threading_stop_wait_timeout(stop, 1.0), THREADING_NO_RESOURCES);
            assert_eq!(threading_lock_acquire_stop(lock, 1.0, stop), THREADING_NO_RESOURCES);
            assert_eq!(threading_rlock_acquire_stop(rlock, 1.0, stop), THREADING_NO_RESOURCES);
            assert_eq!(
                threading_condition_acquire_stop(condition, 1.0, stop),
                THREADING_NO_RESOURCES
            );
            assert_eq!(threading_condition_wait_stop(on_lock, 1.0, stop), THREADING_NO_RESOURCES);
            assert_eq!(
                threading_condition_wait_for_stop(on_lock, Some(never), ptr::null_mut(), 1.0, stop),
                THREADING_NO_RESOURCES
            );
            assert_eq!(
                threading_semaphore_acquire_stop(semaphore, 1.0, stop),
                THREADING_NO_RESOURCES
            );
            assert_eq!(threading_event_wait_stop(event, 1.0, stop), THREADING_NO_RESOURCES);
            assert_eq!(threading_latch_wait_stop(latch, 1.0, stop), THREADING_NO_RESOURCES);
            assert_eq!(threading_thread_join_stop(thread, 1.0, stop), THREADING_NO_RESOURCES);
            assert_eq!(threading_wait_any(any.as_ptr(), 2, &mut index), THREADING_NO_RESOURCES);
            assert_eq!(
                threading_wait_any_timeout(any.as_ptr(), 2, 1.0, &mut index),
                THREADING_NO_RESOURCES
            );
        });
        assert_eq!((out.bits, index), (7, 7));
    })
    .join()
    .expect("the thread ends");
    assert!(threading_lock_locked(lock));
    assert_eq!(threading_event_set(event), THREADING_OK);
    // SAFETY: nobody asks for the result.
    assert_eq!(unsafe { threading_thread_finish(thread, ptr::null_mut()) }, THREADING_OK);
    // Nobody is linked, and nobody is counted as a child.
    for status in [
        threading_stop_destroy(stop),
        threading_semaphore_destroy(semaphore),
        threading_event_destroy(event),
        threading_latch_destroy(latch),
        threading_lock_release(lock),
        threading_rlock_release(rlock),
        threading_condition_release(condition),
    ] {
        assert_eq!(status, THREADING_OK);
    }
}

#[test]
fn the_deepest_level_of_an_rlock_is_a_limit_with_a_stop_too() {
    // SAFETY: the places may be written, in all of them.
    let (stop, rlock) = unsafe {
        (made(|out| threading_stop_new(NONE, out)), made(|out| threading_rlock_new(out)))
    };
    // SAFETY: the place may be written.
    let condition = made(|out| unsafe { threading_condition_new_with_rlock(rlock, out) });
    assert_eq!(threading_rlock_acquire_stop(rlock, 1.0, stop), THREADING_OK);
    force_depth(rlock.into(), u32::MAX);
    assert_eq!(threading_rlock_acquire_stop(rlock, 1.0, stop), THREADING_OVERFLOW);
    assert_eq!(threading_condition_acquire_stop(condition, 1.0, stop), THREADING_OVERFLOW);
    force_depth(rlock.into(), 1);
    assert_eq!(threading_rlock_release(rlock), THREADING_OK);
}
