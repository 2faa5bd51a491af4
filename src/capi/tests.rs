//! What only the inside can bring about: memory that runs out, levels at their limit, objects that
//! are looked into.

use core::ffi::{c_char, c_void};
use core::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::capi::attributes::*;
use crate::capi::barrier::*;
use crate::capi::condition::*;
use crate::capi::condition_wait::*;
use crate::capi::event::*;
use crate::capi::exit::*;
use crate::capi::latch::*;
use crate::capi::local::*;
use crate::capi::lock::*;
use crate::capi::once::*;
use crate::capi::recording::*;
use crate::capi::rlock::*;
use crate::capi::rwlock::*;
use crate::capi::semaphore::*;
use crate::capi::thread::*;
use crate::capi::timer::*;
use crate::object::handle::*;
use crate::object::table::Slot;
use crate::object::word::INSPECT;
use crate::platform::memory::while_exhausted;
use crate::status::{threading_status, threading_status::*};

fn lock() -> threading_lock {
    let mut lock = threading_lock { bits: 0 };
    // SAFETY: the place may be written.
    assert_eq!(unsafe { threading_lock_new(&mut lock) }, THREADING_OK);
    lock
}

fn rlock() -> threading_rlock {
    let mut rlock = threading_rlock { bits: 0 };
    // SAFETY: the place may be written.
    assert_eq!(unsafe { threading_rlock_new(&mut rlock) }, THREADING_OK);
    rlock
}

unsafe extern "C-unwind" fn until_true(flag: *mut c_void) -> *mut c_void {
    // SAFETY: the tests below pass a flag that outlives the thread.
    let flag = unsafe { &*flag.cast::<AtomicBool>() };
    // ORDERING: SeqCst, here and below: tests only.
    while !flag.load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
    ptr::null_mut()
}

unsafe extern "C-unwind" fn nothing(_: *mut c_void) {}

fn spawn(name: *const c_char, flag: &AtomicBool, out: &mut threading_thread) -> threading_status {
    let arg = ptr::from_ref(flag).cast_mut().cast();
    // SAFETY: the name is null or a string, the place may be written, and the caller joins the
    // thread before the flag ends.
    unsafe { threading_thread_spawn(name, Some(until_true), arg, out) }
}

/// What a call answers in a thread that has no waiter yet and no memory for one. Such a thread
/// cannot wait.
pub(super) fn in_a_thread_without_memory<R: Send>(call: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| scope.spawn(|| while_exhausted(call)).join().unwrap())
}

#[test]
fn without_memory_nothing_is_made_and_nothing_is_written() {
    while_exhausted(|| {
        let mut lock = threading_lock { bits: 7 };
        let mut rlock = threading_rlock { bits: 7 };
        let mut thread = threading_thread { bits: 7 };
        let flag = AtomicBool::new(true);
        // SAFETY: the places may be written.
        unsafe {
            assert_eq!(threading_lock_new(&mut lock), THREADING_NO_RESOURCES);
            assert_eq!(threading_rlock_new(&mut rlock), THREADING_NO_RESOURCES);
            assert_eq!(
                threading_thread_new(ptr::null(), Some(until_true), ptr::null_mut(), &mut thread),
                THREADING_NO_RESOURCES
            );
            assert_eq!(
                threading_register_atexit(Some(nothing), ptr::null_mut()),
                THREADING_NO_RESOURCES
            );
        }
        assert_eq!(spawn(ptr::null(), &flag, &mut thread), THREADING_NO_RESOURCES);
        assert_eq!(spawn(c"name".as_ptr(), &flag, &mut thread), THREADING_NO_RESOURCES);
        assert_eq!((lock.bits, rlock.bits, thread.bits), (7, 7, 7));
        let mut nowhere = threading_lock { bits: 0 };
        // SAFETY: the place is a handle that lives on.
        assert_eq!(unsafe { threading_lock_ensure(&mut nowhere) }.bits, 0);
        assert_eq!(threading_inspect(1), THREADING_NO_RESOURCES);
        assert_eq!(nowhere.bits, 0);
    });
}

#[test]
fn a_thread_without_memory_cannot_wait_and_is_told_so() {
    let (lock, rlock) = (lock(), rlock());
    assert_eq!(threading_lock_acquire(lock), THREADING_OK);
    assert_eq!(threading_rlock_acquire(rlock), THREADING_OK);
    let flag = AtomicBool::new(false);
    let mut thread = threading_thread { bits: 0 };
    let arg = ptr::from_ref(&flag).cast_mut().cast();
    // SAFETY: the place may be written, and the thread is joined before the flag ends.
    let made = unsafe { threading_thread_new(ptr::null(), Some(until_true), arg, &mut thread) };
    assert_eq!(made, THREADING_OK);
    // Threads of this test's harness are foreign to the library, so what they make is a daemon,
    // which no shutdown waits for.
    assert_eq!(threading_thread_set_daemon(thread, false), THREADING_OK);
    assert_eq!(threading_thread_start(thread), THREADING_OK);
    in_a_thread_without_memory(|| {
        assert_eq!(threading_lock_acquire(lock), THREADING_NO_RESOURCES);
        assert_eq!(threading_lock_acquire_timeout(lock, 5.0), THREADING_NO_RESOURCES);
        assert_eq!(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
        assert_eq!(threading_rlock_acquire(rlock), THREADING_NO_RESOURCES);
        assert_eq!(threading_rlock_acquire_timeout(rlock, 5.0), THREADING_NO_RESOURCES);
        assert_eq!(threading_thread_join(thread), THREADING_NO_RESOURCES);
        assert_eq!(threading_thread_join_timeout(thread, 5.0), THREADING_NO_RESOURCES);
        // SAFETY: no result is asked for.
        let finished = unsafe { threading_thread_finish(thread, ptr::null_mut()) };
        assert_eq!(finished, THREADING_NO_RESOURCES);
        // SAFETY: the name is a string.
        let named = unsafe { threading_thread_set_name(thread, c"name".as_ptr()) };
        assert_eq!(named, THREADING_NO_RESOURCES);
        // The thread of this test is alive and counted, so a shutdown would have to wait.
        assert_eq!(threading_shutdown(), THREADING_NO_RESOURCES);
        assert_eq!(threading_shutdown_timeout(5.0), THREADING_NO_RESOURCES);
    });
    // ORDERING: SeqCst: tests only.
    flag.store(true, Ordering::SeqCst);
    // SAFETY: no result is asked for.
    assert_eq!(unsafe { threading_thread_finish(thread, ptr::null_mut()) }, THREADING_OK);
    assert_eq!(threading_lock_release(lock), THREADING_OK);
    assert_eq!(threading_rlock_release(rlock), THREADING_OK);
    assert_eq!(threading_lock_destroy(lock), THREADING_OK);
    assert_eq!(threading_rlock_destroy(rlock), THREADING_OK);
}

#[test]
fn a_start_that_failed_can_be_repeated() {
    let flag = AtomicBool::new(true);
    let mut thread = threading_thread { bits: 0 };
    let arg = ptr::from_ref(&flag).cast_mut().cast();
    // SAFETY: the place may be written; the thread is joined below.
    unsafe {
        assert_eq!(
            threading_thread_new(ptr::null(), Some(until_true), arg, &mut thread),
            THREADING_OK
        );
        assert_eq!(while_exhausted(|| threading_thread_start(thread)), THREADING_NO_RESOURCES);
        assert!(!threading_thread_is_alive(thread));
        assert_eq!(threading_thread_join(thread), THREADING_NOT_STARTED);
        assert_eq!(threading_thread_start(thread), THREADING_OK);
        assert_eq!(threading_thread_finish(thread, ptr::null_mut()), THREADING_OK);
    }
}

/// A once without memory calls nothing, and is as it was.
#[test]
fn a_once_without_memory_calls_nothing() {
    unsafe extern "C-unwind" fn agrees(_: *mut c_void) -> bool {
        true
    }
    let mut once = threading_once { state: 0 };
    in_a_thread_without_memory(|| {
        let nothing = ptr::null_mut();
        // SAFETY: the once lives as long as the calls, and the function needs no context.
        unsafe {
            let ran = threading_once_run(&mut once, Some(never), nothing);
            assert_eq!(ran, THREADING_NO_RESOURCES);
            let ran = threading_once_run_timeout(&mut once, Some(never), nothing, 5.0);
            assert_eq!(ran, THREADING_NO_RESOURCES);
        }
    });
    assert_eq!(once.state, 0);
    // SAFETY: as above.
    let ran = unsafe { threading_once_run(&mut once, Some(agrees), ptr::null_mut()) };
    assert_eq!(ran, THREADING_OK);
}

#[test]
fn the_deepest_level_of_an_rlock_is_a_limit_and_not_a_wrap() {
    let rlock = rlock();
    assert_eq!(threading_rlock_acquire(rlock), THREADING_OK);
    crate::sync::rlock::force_depth(rlock.into(), u32::MAX);
    assert_eq!(threading_rlock_acquire(rlock), THREADING_OVERFLOW);
    assert_eq!(threading_rlock_try_acquire(rlock), THREADING_OVERFLOW);
    assert_eq!(threading_rlock_acquire_timeout(rlock, 1.0), THREADING_OVERFLOW);
    assert_eq!(threading_rlock_depth(rlock), u32::MAX as usize);
    crate::sync::rlock::force_depth(rlock.into(), 1);
    assert_eq!(threading_rlock_release(rlock), THREADING_OK);
    assert!(!threading_rlock_locked(rlock));
    assert_eq!(threading_rlock_destroy(rlock), THREADING_OK);
}

#[test]
fn an_object_that_is_looked_into_behaves_as_ever() {
    let (lock, rlock) = (lock(), rlock());
    let words = [
        crate::sync::lock::Lock::table().find(lock.into()).unwrap().0.word(),
        crate::sync::rlock::Rlock::table().find(rlock.into()).unwrap().0.word(),
    ];
    for word in words {
        word.update(|state| Some(state.with(INSPECT))).unwrap();
    }
    assert!(!crate::sync::lock::acquire_quickly(lock.into()), "INSPECT is not for the fast path");
    assert!(!crate::sync::rlock::acquire_quickly(rlock.into()), "INSPECT is not for the fast path");
    let mut counter = 0_u64;
    let place = ptr::from_mut(&mut counter) as usize;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..20_000 {
                    assert_eq!(threading_rlock_acquire(rlock), THREADING_OK);
                    assert_eq!(threading_lock_acquire(lock), THREADING_OK);
                    assert_eq!(threading_rlock_acquire(rlock), THREADING_OK);
                    // SAFETY: the counter outlives the scope, and both locks are held.
                    unsafe { *(place as *mut u64) += 1 };
                    assert_eq!(threading_lock_release(lock), THREADING_OK);
                    assert_eq!(threading_rlock_release(rlock), THREADING_OK);
                    assert_eq!(threading_rlock_release(rlock), THREADING_OK);
                }
            });
        }
    });
    assert_eq!(counter, 80_000);
    assert_eq!(threading_lock_release(lock), THREADING_NOT_ACQUIRED);
    assert_eq!(threading_rlock_release(rlock), THREADING_NOT_ACQUIRED);
    assert_eq!(threading_lock_try_acquire(lock), THREADING_OK);
    assert_eq!(threading_lock_try_acquire(lock), THREADING_TIMEOUT);
    assert!(words.iter().all(|word| word.load().has(INSPECT)), "no call takes the bit away");
    assert_eq!(threading_lock_destroy(lock), THREADING_BUSY);
    assert_eq!(threading_lock_release(lock), THREADING_OK);
    assert_eq!(threading_lock_destroy(lock), THREADING_OK);
    assert_eq!(threading_rlock_destroy(rlock), THREADING_OK);
    assert_eq!(threading_lock_acquire(lock), THREADING_DESTROYED);
}

/// Makes an object that must come into being.
pub fn made<T: From<Handle>>(make: impl FnOnce(*mut T) -> threading_status) -> T {
    let mut object = T::from(Handle::NULL);
    assert_eq!(make(&mut object), THREADING_OK);
    object
}

/// Tries to make an object without memory: nothing is written.
pub(super) fn refused<T: From<Handle>>(make: impl FnOnce(*mut T) -> threading_status)
where
    Handle: From<T>,
{
    let mut object = T::from(Handle(7));
    assert_eq!(while_exhausted(|| make(&mut object)), THREADING_NO_RESOURCES);
    assert_eq!(Handle::from(object), Handle(7));
}

unsafe extern "C-unwind" fn never(_: *mut c_void) -> bool {
    false
}

#[test]
fn without_memory_no_other_object_is_made_either() {
    let (lock, rlock) = (lock(), rlock());
    let nothing = ptr::null_mut();
    // SAFETY: the places may be written, in all of them.
    unsafe {
        refused(|out| threading_condition_new(out));
        refused(|out| threading_condition_new_with_lock(lock, out));
        refused(|out| threading_condition_new_with_rlock(rlock, out));
        refused(|out| threading_semaphore_new(1, out));
        refused(|out| threading_bounded_semaphore_new(1, out));
        refused(|out| threading_saturating_semaphore_new(0, 1, out));
        refused(|out| threading_event_new(out));
        refused(|out| threading_latch_new(1, out));
        refused(|out| threading_rwlock_new(out));
        refused(|out| threading_barrier_new(2, None, nothing, out));
        refused(|out| threading_timer_new(1.0, Some(until_true), nothing, out));
        refused(|out| threading_timer_new_periodic(1.0, 1.0, Some(until_true), nothing, out));
        refused(|out| threading_local_new(None, None, nothing, out));
    }
    // A condition that was not made has not pinned anything.
    assert_eq!(threading_lock_destroy(lock), THREADING_OK);
    assert_eq!(threading_rlock_destroy(rlock), THREADING_OK);
}

#[test]
fn a_thread_without_memory_cannot_wait_for_anything_and_changes_nothing() {
    let nothing = ptr::null_mut();
    let (condition, semaphore, event, latch, barrier, local, lock) = unsafe {
        // SAFETY: the places may be written, in all of them.
        (
            made(|out| threading_condition_new(out)),
            made(|out| threading_semaphore_new(0, out)),
            made(|out| threading_event_new(out)),
            made(|out| threading_latch_new(1, out)),
            made(|out| threading_barrier_new(2, None, nothing, out)),
            made(|out| threading_local_new(None, None, nothing, out)),
            lock(),
        )
    };
    let on_lock = made(|out| unsafe {
        // SAFETY: the place may be written.
        threading_condition_new_with_lock(lock, out)
    });
    assert_eq!(threading_condition_acquire(condition), THREADING_OK);
    assert_eq!(threading_condition_acquire(on_lock), THREADING_OK);
    in_a_thread_without_memory(|| {
        assert_eq!(threading_condition_acquire(condition), THREADING_NO_RESOURCES);
        assert_eq!(threading_condition_acquire_timeout(condition, 5.0), THREADING_NO_RESOURCES);
        // The lock has no owner, so this thread may wait, and keeps it held since it cannot.
        assert_eq!(threading_condition_wait(on_lock), THREADING_NO_RESOURCES);
        assert_eq!(threading_condition_wait_timeout(on_lock, 5.0), THREADING_NO_RESOURCES);
        // SAFETY: the predicate needs no context; the index is not asked for.
        unsafe {
            assert_eq!(
                threading_condition_wait_for(on_lock, Some(never), ptr::null_mut()),
                THREADING_NO_RESOURCES
            );
            assert_eq!(
                threading_condition_wait_for_timeout(on_lock, Some(never), ptr::null_mut(), 5.0),
                THREADING_NO_RESOURCES
            );
            assert_eq!(threading_barrier_wait(barrier, ptr::null_mut()), THREADING_NO_RESOURCES);
            assert_eq!(
                threading_barrier_wait_timeout(barrier, 5.0, ptr::null_mut()),
                THREADING_NO_RESOURCES
            );
        }
        assert!(threading_lock_locked(lock));
        assert_eq!(threading_semaphore_acquire(semaphore), THREADING_NO_RESOURCES);
        assert_eq!(threading_semaphore_acquire_timeout(semaphore, 5.0), THREADING_NO_RESOURCES);
        assert_eq!(threading_event_wait(event), THREADING_NO_RESOURCES);
        assert_eq!(threading_event_wait_timeout(event, 5.0), THREADING_NO_RESOURCES);
        assert_eq!(threading_latch_wait(latch), THREADING_NO_RESOURCES);
        assert_eq!(threading_latch_wait_timeout(latch, 5.0), THREADING_NO_RESOURCES);
        assert_eq!(
            threading_local_set(local, ptr::without_provenance_mut(1)),
            THREADING_NO_RESOURCES
        );
        let mut old = ptr::without_provenance_mut(7);
        // SAFETY: the place may be written.
        let exchanged =
            unsafe { threading_local_exchange(local, ptr::without_provenance_mut(1), &mut old) };
        assert_eq!((exchanged, old.addr()), (THREADING_NO_RESOURCES, 7));
        assert!(threading_local_get(local).is_null());
    });
    assert!(!threading_barrier_broken(barrier));
    assert_eq!(threading_barrier_n_waiting(barrier), 0);
    assert_eq!(threading_condition_release(condition), THREADING_OK);
    assert_eq!(threading_condition_release(on_lock), THREADING_OK);
    for status in [
        threading_condition_destroy(condition),
        threading_condition_destroy(on_lock),
        threading_lock_destroy(lock),
        threading_semaphore_destroy(semaphore),
        threading_event_destroy(event),
        threading_latch_destroy(latch),
        threading_barrier_destroy(barrier),
        threading_local_destroy(local),
    ] {
        assert_eq!(status, THREADING_OK);
    }
}

#[test]
fn the_deepest_level_of_a_conditions_rlock_is_a_limit_too() {
    let rlock = rlock();
    let condition = made(|out| unsafe {
        // SAFETY: the place may be written.
        threading_condition_new_with_rlock(rlock, out)
    });
    assert_eq!(threading_condition_acquire(condition), THREADING_OK);
    crate::sync::rlock::force_depth(rlock.into(), u32::MAX);
    assert_eq!(threading_condition_acquire(condition), THREADING_OVERFLOW);
    assert_eq!(threading_condition_try_acquire(condition), THREADING_OVERFLOW);
    assert_eq!(threading_condition_acquire_timeout(condition, 1.0), THREADING_OVERFLOW);
    crate::sync::rlock::force_depth(rlock.into(), 1);
    assert_eq!(threading_condition_release(condition), THREADING_OK);
    assert_eq!(threading_condition_destroy(condition), THREADING_OK);
    assert_eq!(threading_rlock_destroy(rlock), THREADING_OK);
}

#[test]
fn a_timer_whose_start_failed_can_be_started_again() {
    let flag = AtomicBool::new(true);
    let arg = ptr::from_ref(&flag).cast_mut().cast();
    let timer = made(|out| unsafe {
        // SAFETY: the place may be written, and the timer's thread is joined before the flag ends.
        threading_timer_new(0.0, Some(until_true), arg, out)
    });
    // No other test starts a timer, so the thread that watches the clock has to be started here.
    assert_eq!(while_exhausted(|| threading_timer_start(timer)), THREADING_NO_RESOURCES);
    assert!(!threading_thread_is_alive(threading_timer_thread(timer)));
    assert_eq!(threading_timer_start(timer), THREADING_OK);
    assert_eq!(threading_thread_join(threading_timer_thread(timer)), THREADING_OK);
    assert_eq!(threading_timer_destroy(timer), THREADING_OK);
}
