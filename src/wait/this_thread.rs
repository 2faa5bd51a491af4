//! The calling thread: who it is, what it waits with, and what happens when it ends.
//!
//! A thread is met at its first call that needs an ident. One that the library did not start then gets a waiter, whose handle is
//! its ident; the thread that the process began with has [`MAIN`]; threads of ours are told who they are before they run
//! anything. A pthread key tells us of the end: the C library runs its destructors in up to four rounds, after the thread-locals
//! of C++ and Rust. In our last round the thread counts as ended.

use core::ffi::c_void;
use core::num::NonZeroUsize;
use core::ops::Deref;
use core::ptr;
use core::sync::atomic::{AtomicU64, Ordering};

use once_cell::race::{OnceNonZeroUsize, OnceRef};

use super::waiter::Waiter;
use crate::handle::{Handle, Kind, Tag};
use crate::system::{self, KeepErrno};
use crate::tls::{self, Block};

/// The ident of the thread that the process began with: the first slot of the table of threads, reserved for it.
pub const MAIN: Handle = Handle::new(Tag::new(Kind::Thread, 0), 0);

/// Rounds of key destructors: the least that POSIX allows, and what glibc and musl do.
const ROUNDS: u32 = 4;

/// What the layer above does when a thread ends.
pub struct Ending {
    /// Runs in the last round, with the thread's waiter if it has one. True: the layer above keeps the waiter, and frees it
    /// when the thread is gone.
    pub last_round: fn(Option<&'static Waiter>) -> bool,
}

static ENDING: OnceRef<'static, Ending> = OnceRef::new();

/// Tells this module of the layer above; the first to come stays.
pub fn set_ending(ending: &'static Ending) {
    let _ = ENDING.set(ending);
}

fn block() -> &'static Block<Waiter> {
    // SAFETY: the block is valid for the life of the calling thread, and a reference to it does not leave the thread: all
    // users are functions of this file that return values only.
    unsafe { &*tls::block::<Waiter>() }
}

/// The calling thread's ident; 0 if it was not met yet.
#[inline(always)]
pub fn known_ident() -> u64 {
    tls::ident()
}

/// The calling thread's ident; meets the thread if need be. Async-signal-safe.
#[inline]
pub fn ident() -> u64 {
    match known_ident() {
        0 => meet(),
        ident => ident,
    }
}

#[cold]
#[inline(never)]
fn meet() -> u64 {
    let _errno = KeepErrno::new();
    if system::is_first_thread() {
        let ident = settle_ident(MAIN.0);
        arm();
        return ident;
    }
    match Waiter::new(system::native_id()) {
        Some(waiter) => {
            let ident = settle_ident(waiter.handle().0);
            if ident == waiter.handle().0 {
                // ORDERING: Relaxed: no other thread touches the block.
                block().waiter.store(ptr::from_ref(waiter).cast_mut(), Ordering::Relaxed);
                arm();
            } else {
                waiter.free();
            }
            ident
        }
        None => {
            static ANONYMOUS: AtomicU64 = AtomicU64::new(1);
            // ORDERING: Relaxed: only the number's uniqueness counts.
            let number = ANONYMOUS.fetch_add(1, Ordering::Relaxed);
            settle_ident((Kind::Anonymous as u64) << 60 | number)
        }
    }
}

/// Makes this the thread's ident, unless a signal handler that came in between has made another: then that one stays.
fn settle_ident(ident: u64) -> u64 {
    // ORDERING: Relaxed, both: no other thread touches the block.
    match block().ident.compare_exchange(0, ident, Ordering::Relaxed, Ordering::Relaxed) {
        Ok(_) => ident,
        Err(settled) => settled,
    }
}

/// Tells a thread of ours who it is, before it runs anything else.
pub fn begin(ident: Handle, waiter: &'static Waiter) {
    let block = block();
    // ORDERING: Relaxed, both: no other thread touches the block.
    block.ident.store(ident.0, Ordering::Relaxed);
    // ORDERING: as above.
    block.waiter.store(ptr::from_ref(waiter).cast_mut(), Ordering::Relaxed);
    arm();
}

/// The waiter of the calling thread, if it has one of its own.
pub fn own_waiter() -> Option<&'static Waiter> {
    // ORDERING: Relaxed: no other thread touches the block.
    let waiter = block().waiter.load(Ordering::Relaxed);
    // SAFETY: null, or a slot of the table of waiters, which is never freed.
    unsafe { waiter.as_ref() }
}

/// Whether the thread has ended as far as the library is concerned: only destructors of others run now.
pub fn has_ended() -> bool {
    // ORDERING: Relaxed: no other thread touches the block.
    block().rounds.load(Ordering::Relaxed) >= ROUNDS
}

/// A waiter for the calling thread. `None`: memory ran out.
///
/// It is the thread's own; a thread past its last round borrows one, so that waiting works in destructors and at exit.
pub fn waiter() -> Option<Lease> {
    ident();
    if let Some(own) = own_waiter() {
        return Some(Lease { waiter: own, borrowed: false });
    }
    let waiter = Waiter::new(system::native_id())?;
    if has_ended() {
        return Some(Lease { waiter, borrowed: true });
    }
    // ORDERING: Relaxed: no other thread touches the block.
    block().waiter.store(ptr::from_ref(waiter).cast_mut(), Ordering::Relaxed);
    arm();
    Some(Lease { waiter, borrowed: false })
}

/// The calling thread's own waiter; made if need be. `None`: memory ran out, or the thread is past its last round.
pub fn keep_waiter() -> Option<&'static Waiter> {
    let lease = waiter()?;
    (!lease.borrowed).then_some(lease.waiter)
}

/// The use of a waiter for one wait.
pub struct Lease {
    waiter: &'static Waiter,
    borrowed: bool,
}

impl Lease {
    /// The waiter itself, for as long as the lease lasts.
    pub fn waiter(&self) -> &'static Waiter {
        self.waiter
    }
}

impl Deref for Lease {
    type Target = Waiter;

    fn deref(&self) -> &Waiter {
        self.waiter
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.borrowed {
            self.waiter.free();
        }
    }
}

/// Asks the C library to tell us of the thread's end. If it has no memory for that, the thread's waiter is not recycled.
fn arm() {
    if let Some(key) = key() {
        // SAFETY: the key is alive for ever; the value is only a mark and is never followed.
        unsafe { libc::pthread_setspecific(key, ptr::without_provenance(1)) };
    }
}

/// Makes the key ahead of time, so that meeting a thread in a signal handler need not.
pub fn prepare_key() {
    key();
}

fn key() -> Option<libc::pthread_key_t> {
    static KEY: OnceNonZeroUsize = OnceNonZeroUsize::new();
    let made = KEY.get_or_try_init(|| {
        let mut key: libc::pthread_key_t = 0;
        // SAFETY: `key` is a valid place for the answer, and the destructor is a function that stays for ever (nothing of the
        // library is ever unloaded). Losing a race with another thread leaves one key unused.
        match unsafe { libc::pthread_key_create(&mut key, Some(round)) } {
            0 => NonZeroUsize::new(key as usize + 1).ok_or(()),
            _ => Err(()),
        }
    });
    made.ok().map(|key| (key.get() - 1) as libc::pthread_key_t)
}

/// One round of destructors. Until the last, it asks for another.
unsafe extern "C" fn round(_mark: *mut c_void) {
    let _errno = KeepErrno::new();
    let block = block();
    // ORDERING: Relaxed, throughout: no other thread touches the block.
    let rounds = block.rounds.load(Ordering::Relaxed) + 1;
    block.rounds.store(rounds, Ordering::Relaxed);
    if rounds < ROUNDS {
        arm();
        return;
    }
    let waiter = own_waiter();
    let kept = ENDING.get().is_some_and(|ending| (ending.last_round)(waiter));
    if let (Some(waiter), false) = (waiter, kept) {
        // ORDERING: Relaxed: as above.
        block.waiter.store(ptr::null_mut(), Ordering::Relaxed);
        waiter.free();
    }
}

/// The nesting mark of the error hook: true if it was not running in this thread, and now counts as running.
pub fn enter_hook() -> bool {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().in_hook.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

/// The hook has returned, or was left.
pub fn leave_hook() {
    // ORDERING: Relaxed: no other thread touches the block.
    block().in_hook.store(0, Ordering::Relaxed);
}
