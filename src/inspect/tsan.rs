//! The listener for ThreadSanitizer, where its runtime is in the process.
//!
//! Every acquire is annotated after it has happened, and every release before it happens, each by
//! two calls without anything in between. So TSan sees the acquires and releases of a lock in an
//! order that is true, and never sees a wait.
//!
//! A report's stack of calls is made of what instrumented functions have told. The library is not
//! instrumented, and a function's place in its caller is told by what it calls: so the function of
//! the program that called the library would be missing. The listener adds its frame to whatever
//! reports show ([`enter_frame`]): where a mutex was acquired, and where a thread was made.
//!
//! In the last round of a thread's destructors TSan has discarded the thread already, and may not
//! be called.

use core::ffi::{c_uint, c_void};
use core::ptr;

use crate::platform::caller;
use crate::platform::tls;
use crate::platform::weak::{self, Functions};
use crate::probe::{Address, Hold, Listener};

static LISTENER: Listener = Listener {
    acquired: Some(acquired),
    releasing: Some(releasing),
    ended: Some(ended),
    happens_before: Some(happens_before),
    happens_after: Some(happens_after),
    creating_thread: Some(enter_frame),
    thread_created: Some(leave_frame),
    delays_handlers: true,
    sees_pthreads: true,
    ..Listener::DEAF
};

/// The flag of an acquire that tries, or has a time limit: it cannot be part of a deadlock.
const TRIED: c_uint = 1 << 4;

/// The listener, if the runtime is in the process with all functions that are needed.
pub fn listener() -> Option<&'static Listener> {
    let Functions {
        __tsan_acquire: Some(_),
        __tsan_release: Some(_),
        __tsan_mutex_destroy: Some(_),
        __tsan_mutex_pre_lock: Some(_),
        __tsan_mutex_post_lock: Some(_),
        __tsan_mutex_pre_unlock: Some(_),
        __tsan_mutex_post_unlock: Some(_),
        __tsan_func_entry: Some(_),
        __tsan_func_exit: Some(_),
        ..
    } = weak::functions()
    else {
        return None;
    };
    caller::set_up();
    Some(&LISTENER)
}

/// The runtime's functions, while the calling thread may call them.
fn functions() -> Option<&'static Functions> {
    (!tls::has_ended()).then(weak::functions)
}

/// The flag of a read of a mutex that others may read as well.
const READS: c_uint = 1 << 3;

/// Whether TSan sees the object as a mutex. Other objects only order.
fn is_mutex(hold: Hold) -> bool {
    matches!(hold, Hold::Owned | Hold::Exclusive | Hold::Read | Hold::Write)
}

fn flags_of(hold: Hold) -> c_uint {
    if hold == Hold::Read { READS } else { 0 }
}

/// Adds the frame of the program's function that has called the library.
fn enter_frame() {
    if let Some(Functions { __tsan_func_entry: Some(enter), .. }) = functions() {
        let place = match caller::return_address() {
            // TSan takes null for the end of a function.
            0 => enter_frame as *mut c_void,
            found => ptr::without_provenance_mut(found),
        };
        // SAFETY: the address of an instruction is only noted.
        unsafe { enter(place) }
    }
}

/// Takes away the frame that [`enter_frame`] added.
fn leave_frame() {
    if let Some(Functions { __tsan_func_exit: Some(leave), .. }) = functions() {
        // SAFETY: each call follows one of `enter_frame` in this thread.
        unsafe { leave() }
    }
}

fn happens_before(address: Address) {
    if let Some(Functions { __tsan_release: Some(release), .. }) = functions() {
        // SAFETY: the address is only a name to the runtime.
        unsafe { release(address.cast_mut()) }
    }
}

fn happens_after(address: Address) {
    if let Some(Functions { __tsan_acquire: Some(acquire), .. }) = functions() {
        // SAFETY: as in `happens_before`.
        unsafe { acquire(address.cast_mut()) }
    }
}

fn acquired(object: Address, hold: Hold, tried: bool, _site: usize) {
    if let Some(Functions {
        __tsan_mutex_pre_lock: Some(before),
        __tsan_mutex_post_lock: Some(after),
        ..
    }) = functions().filter(|_| is_mutex(hold))
    {
        let flags = flags_of(hold) | if tried { TRIED } else { 0 };
        enter_frame();
        // SAFETY: as in `happens_before`.
        unsafe {
            before(object.cast_mut(), flags);
            after(object.cast_mut(), flags, 0);
        }
        leave_frame();
    }
    hold.orders_after(object).into_iter().flatten().for_each(happens_after);
}

fn releasing(object: Address, hold: Hold) {
    happens_before(hold.orders_before(object));
    if let Some(Functions {
        __tsan_mutex_pre_unlock: Some(before),
        __tsan_mutex_post_unlock: Some(after),
        ..
    }) = functions().filter(|_| is_mutex(hold))
    {
        // SAFETY: as in `happens_before`.
        unsafe {
            before(object.cast_mut(), flags_of(hold));
            after(object.cast_mut(), flags_of(hold));
        }
    }
}

/// For TSan a mutex that is held, or whose release was not reported, stays held for ever.
fn ended(object: Address, hold: Hold, held: bool) -> bool {
    if !is_mutex(hold) {
        return hold != Hold::Signal;
    }
    if held {
        return false;
    }
    if let Some(Functions { __tsan_mutex_destroy: Some(destroy), .. }) = functions() {
        // SAFETY: as in `happens_before`.
        unsafe { destroy(object.cast_mut(), 0) }
    }
    true
}
