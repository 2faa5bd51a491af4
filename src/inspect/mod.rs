//! Looking inside: what makes the library transparent to ThreadSanitizer, Helgrind and DRD.
//!
//! Where one of them is in the process when the library is loaded, every object is born with the
//! INSPECT bit, which sends all its calls through the slow path, and the slow paths tell the tool
//! what is taken, left and ordered. Nothing on a fast path tests for it.

use core::ffi::c_void;

use crate::atomic::{AtomicU32, Ordering};
use crate::object::word::{INSPECT, Word};
use crate::platform::tls;
use crate::platform::weak;

mod own;
mod tsan;
mod valgrind;

const TSAN: u32 = 1;
const VALGRIND: u32 = 2;

/// The tools that were found. It changes once, while the library is loaded.
static TOOLS: AtomicU32 = AtomicU32::new(0);

/// Looks for the tools. To be called once, before there is any object.
pub fn find_tools() {
    let tsan = if tsan::is_there() { TSAN } else { 0 };
    let valgrind = if valgrind::is_running() { VALGRIND } else { 0 };
    if valgrind != 0 {
        own::segments(valgrind::untrack);
    }
    // ORDERING: Release, pairs with the Acquire in `tools`: what was found out of them.
    TOOLS.store(tsan | valgrind, Ordering::Release);
}

#[inline]
fn tools() -> u32 {
    // ORDERING: Acquire, pairs with the Release in `find_tools`.
    TOOLS.load(Ordering::Acquire)
}

/// Whether TSan is to be told. In the last round of a thread's destructors it has forgotten the
/// thread already, and may not be called.
fn tells_tsan() -> bool {
    tools() & TSAN != 0 && !tls::has_ended()
}

/// Whether anybody is told.
#[inline]
pub fn on() -> bool {
    tools() != 0
}

/// Whether a tool runs signal handlers only when their thread calls something that it knows, as
/// TSan does: a sleep is nothing to it.
#[inline]
pub fn holds_handlers_back() -> bool {
    tools() & TSAN != 0
}

/// The bit with which objects are born: INSPECT if anybody is told.
#[inline]
pub fn born_with() -> u64 {
    if on() { INSPECT } else { 0 }
}

/// What the caller has done happens before whatever follows a [`receives`] of this address.
#[inline]
pub fn publishes<T>(address: *const T) {
    if on() {
        order(address.cast(), tsan::publishes, valgrind::publishes);
    }
}

/// What came before each [`publishes`] of this address has happened.
#[inline]
pub fn receives<T>(address: *const T) {
    if on() {
        order(address.cast(), tsan::receives, valgrind::receives);
    }
}

#[cold]
#[inline(never)]
fn order(address: *const c_void, to_tsan: fn(*const c_void), to_valgrind: fn(*const c_void)) {
    if tells_tsan() {
        to_tsan(address);
    }
    if tools() & VALGRIND != 0 {
        to_valgrind(address);
    }
}

/// The memory is the library's own, and no tool need look at it.
#[inline]
pub fn untrack<T>(start: *const T, bytes: usize) {
    if tools() & VALGRIND != 0 && !start.is_null() {
        valgrind::untrack(start.cast(), bytes);
    }
}

/// The frames of the calling thread are about to be unwound: AddressSanitizer, if it is there,
/// forgets what it knows of them.
#[cold]
pub fn frames_are_left() {
    if let Some(forget) = weak::functions().__asan_handle_no_return {
        // SAFETY: this is the type of the function of that name in the sanitizer's runtime; it
        // takes nothing.
        unsafe { forget() };
    }
}

/// How the tools see something that one thread holds at a time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mutex {
    /// Released by its owner alone.
    Owned,
    /// A lock that its holder has released so far. Helgrind would report another's release, so it
    /// is told of the order alone.
    Held,
    /// A lock that was released by a thread that did not hold it, once: from then on it is a
    /// signal, and only orders.
    Signal,
}

fn address_of(word: &Word) -> *const c_void {
    core::ptr::from_ref(word).cast()
}

/// An rlock has come to life.
#[inline]
pub fn made_owned(word: &Word) {
    if tools() & VALGRIND != 0 {
        valgrind::made(address_of(word));
    }
}

/// The calling thread has taken it; `tried`: only if it was free, or within a time.
#[inline]
pub fn took(word: &Word, mutex: Mutex, tried: bool) {
    if on() {
        tell_taken(address_of(word), mutex, tried);
    }
}

#[cold]
#[inline(never)]
fn tell_taken(address: *const c_void, mutex: Mutex, tried: bool) {
    if tells_tsan() && mutex != Mutex::Signal {
        tsan::took(address, if tried { tsan::TRIED } else { 0 });
    }
    if tools() & VALGRIND != 0 && mutex == Mutex::Owned {
        valgrind::took(address, tried);
    }
    receives(address);
}

/// The calling thread is about to leave it.
#[inline]
pub fn leaves(word: &Word, mutex: Mutex) {
    if on() {
        tell_leaving(address_of(word), mutex);
    }
}

#[cold]
#[inline(never)]
fn tell_leaving(address: *const c_void, mutex: Mutex) {
    publishes(address);
    if tools() & VALGRIND != 0 && mutex == Mutex::Owned {
        valgrind::leaves(address);
    }
    if tells_tsan() && mutex != Mutex::Signal {
        tsan::leaves(address);
    }
}

/// It is no more; `held`: somebody who is gone holds it still. False: TSan believes that it is
/// held, so nothing else may come to this address.
#[inline]
pub fn destroyed(word: &Word, mutex: Mutex, held: bool) -> bool {
    !on() || tell_destroyed(address_of(word), mutex, held)
}

#[cold]
#[inline(never)]
fn tell_destroyed(address: *const c_void, mutex: Mutex, held: bool) -> bool {
    if tools() & VALGRIND != 0 && mutex == Mutex::Owned && !held {
        valgrind::destroyed(address);
    }
    let forgotten = mutex != Mutex::Signal && !held;
    if tells_tsan() && forgotten {
        tsan::destroyed(address);
    }
    forgotten
}
