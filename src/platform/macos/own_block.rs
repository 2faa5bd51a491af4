//! Where the calling thread's block is: in pages of its own, to which a value of the thread's
//! leads.
//!
//! It is not in the compiler's thread-local storage. The loader gives that back in the first round
//! of the thread's destructors, and whoever asks for it later gets zeros. The block is needed until
//! the last round is over.

use core::ffi::c_void;
use core::num::NonZeroUsize;
// Not the facade's: only the calling thread touches its block.
use core::sync::atomic::{AtomicU32, Ordering};
use core::{mem, ptr};

use once_cell::race::OnceNonZeroUsize;

use super::guards::Guards;
use crate::platform::errno::KeepErrno;
use crate::platform::pages;
use crate::platform::signals::{self, SignalMask, Signals};
use crate::platform::thread_block::{Block, ROUNDS};

/// What a thread keeps.
struct Kept {
    block: Block<()>,
    guards: Guards,
    /// How many rounds of destructors have come by.
    rounds: AtomicU32,
    /// 1 while the library's own destructor waits for its round.
    is_armed: AtomicU32,
}

impl Kept {
    const NEW: Kept = Kept {
        block: Block::UNREGISTERED,
        guards: Guards::NONE,
        rounds: AtomicU32::new(0),
        is_armed: AtomicU32::new(0),
    };

    /// Of all threads whose last round is over.
    const ENDED: Kept = Kept {
        block: Block { rounds: AtomicU32::new(ROUNDS), ..Block::UNREGISTERED },
        ..Kept::NEW
    };
}

/// What is shared by all threads whose last round is over: destructors of the program that come
/// later still call the library, which refuses what needs a thread.
static AFTER_THE_END: Shared = Shared(Kept::ENDED);
struct Shared(Kept);
// SAFETY: its guards, which are not for several threads, are left alone (`with_own_guards`).
unsafe impl Sync for Shared {}

/// The key of the value, plus 1. The process ends if the system has no key left, as it does where
/// the compiler's own storage has none.
fn key() -> libc::pthread_key_t {
    static KEY: OnceNonZeroUsize = OnceNonZeroUsize::new();
    let made = KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: `key` is a valid place for the answer, and the destructor stays for ever. Losing
        // a race with another thread leaves one key unused.
        match unsafe { libc::pthread_key_create(&mut key, Some(end_round)) } {
            0 => NonZeroUsize::MIN.saturating_add(key as usize),
            // SAFETY: the call has no precondition.
            _ => unsafe { libc::abort() },
        }
    });
    (made.get() - 1) as libc::pthread_key_t
}

fn kept() -> *const Kept {
    // SAFETY: the key is alive for ever.
    let found = unsafe { libc::pthread_getspecific(key()) };
    if found.is_null() { begin() } else { found.cast() }
}

/// The first call of a thread. The process ends if there is no memory.
#[cold]
fn begin() -> *const Kept {
    let _errno = KeepErrno::new();
    // A handler that came between would begin as well.
    let before = SignalMask::of_calling_thread();
    signals::block(Signals::All);
    let Some(place) = pages::map_zeroed(size_of::<Kept>()) else {
        // SAFETY: the call has no precondition.
        unsafe { libc::abort() }
    };
    let place = place.cast::<Kept>();
    // SAFETY: pages of the caller's, which are large enough; the key is alive for ever. A value of
    // a key takes no memory here, so it is set.
    unsafe {
        place.write(Kept::NEW);
        libc::pthread_setspecific(key(), place.cast());
    }
    before.apply();
    place
}

/// The calling thread's block. The caller says what type the waiter has.
///
/// The pointer is valid for the life of the calling thread, also in its destructors.
pub fn block<W>() -> *const Block<W> {
    // SAFETY: what the thread keeps is there.
    unsafe { (&raw const (*kept()).block).cast() }
}

/// Calls the function with the guards of the calling thread.
pub fn with_own_guards<R>(function: impl FnOnce(&Guards) -> R) -> R {
    let kept = kept();
    if ptr::eq(kept, &AFTER_THE_END.0) {
        let none = Guards::NONE;
        return function(&none);
    }
    // SAFETY: as above; no other thread touches it.
    function(unsafe { &(*kept).guards })
}

/// Notes whether the library's own destructor waits for its round.
pub fn note_hook(is_armed: bool) {
    // SAFETY: as in `block`.
    let kept = unsafe { &*kept() };
    // ORDERING: Relaxed, throughout: no other thread touches it.
    kept.is_armed.store(u32::from(is_armed), Ordering::Relaxed);
}

/// A round of destructors comes by: the value was taken away, and is set again, or given back.
unsafe extern "C" fn end_round(value: *mut c_void) {
    let place = value.cast::<Kept>();
    if ptr::eq(place, &AFTER_THE_END.0) {
        return;
    }
    // ORDERING: Relaxed: as in `note_hook`.
    // SAFETY: what `begin` has set, and nobody has given it back yet.
    unsafe {
        libc::pthread_setspecific(key(), value);
        (*place).rounds.fetch_add(1, Ordering::Relaxed);
    }
    give_back_if_over();
}

/// Gives the calling thread's pages back if no destructor of the library's comes any more.
pub fn give_back_if_over() {
    let place = kept().cast_mut();
    if ptr::eq(place, &AFTER_THE_END.0) {
        return;
    }
    // ORDERING: Relaxed, both: no other thread touches them.
    // SAFETY: as in `block`.
    let is_over = unsafe {
        (*place).rounds.load(Ordering::Relaxed) >= ROUNDS
            && (*place).is_armed.load(Ordering::Relaxed) == 0
    };
    if is_over {
        let _errno = KeepErrno::new();
        const { assert!(!mem::needs_drop::<Kept>()) };
        // SAFETY: the pages are those of `begin`, with that size, and the value leads to them no
        // longer.
        unsafe {
            libc::pthread_setspecific(key(), (&raw const AFTER_THE_END.0).cast());
            pages::unmap(place.cast(), size_of::<Kept>());
        }
    }
}
