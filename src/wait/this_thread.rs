//! The calling thread: who it is, what it waits with, and what happens when it ends.
//!
//! A thread is registered at its first call that needs an ident. A thread that the library did not
//! start is a foreign thread: it gets a waiter, and the waiter's handle is its ident. The thread
//! that the process began with has the ident [`MAIN`]. A thread of the library's registers itself
//! with the ident and the waiter that its creator made, before it runs anything else.
//!
//! The end of a thread is known from the exit hook, which is the destructor of a pthread key. The C
//! library runs it in up to four rounds, after the thread-locals of C++ and Rust. The thread counts
//! as ended in the last round.
//!
//! Arming the exit hook may allocate, which a signal handler must not do. So a thread whose first
//! call comes from a signal handler may stay unregistered:
//!
//! | `ident` in the block | `waiter` | means                                                      |
//! |----------------------|----------|------------------------------------------------------------|
//! | 0                    | null     | not registered; or the thread that the process began with, |
//! |                      |          | which only signal handlers have asked for its ident        |
//! | 0                    | not null | only signal handlers have asked: its ident is that         |
//! |                      |          | waiter's handle, and the exit hook is not armed            |
//! | otherwise            | any      | registered; the exit hook is armed, if there was memory    |

use core::ffi::c_void;
use core::num::NonZeroUsize;
use core::ops::Deref;
use core::ptr;

use once_cell::race::{OnceNonZeroUsize, OnceRef};

use crate::atomic::{AtomicU64, Ordering};
use crate::object::handle::{Handle, Kind, Tag};
use crate::platform::fork_epoch;
use crate::platform::pthread::{self, KEYS_WITHOUT_ALLOCATION};
use crate::platform::system::{self, DeferredCancellation, KeepErrno};
use crate::platform::tls::{self, Block, ROUNDS};
use crate::wait::contention;
use crate::wait::waiter::Waiter;

/// The ident of the thread that the process began with: the first slot of the table of threads,
/// reserved for it.
pub const MAIN: Handle = Handle::new(Tag::new(Kind::Thread, 0), 0);

/// What the layer above does in a round of a thread's destructors; true for the last one, and the
/// thread's waiter if it has one. It answers whether it keeps the waiter, and frees it when the
/// thread is gone.
pub struct ThreadExit(pub fn(bool, Option<&'static Waiter>) -> bool);

static THREAD_EXIT: OnceRef<'static, ThreadExit> = OnceRef::new();

/// Registers what runs when a thread ends. The first registration stays.
pub fn set_thread_exit(thread_exit: &'static ThreadExit) {
    let _ = THREAD_EXIT.set(thread_exit);
}

fn block() -> &'static Block<Waiter> {
    // SAFETY: the block is valid for the life of the calling thread, and a reference to it does not
    // leave the thread: all users are functions of this file that return values only.
    unsafe { &*tls::block::<Waiter>() }
}

/// The calling thread's ident; 0 if it is not registered yet.
#[inline(always)]
pub fn known_ident() -> u64 {
    tls::ident()
}

/// The calling thread's ident; 0 if it is not registered yet, or looks at a lock before it takes it
/// (`optimism`).
#[inline(always)]
pub fn optimistic_ident() -> u64 {
    tls::optimistic_ident()
}

/// The calling thread's ident. Registers the thread if need be. Not for signal handlers: see
/// [`ident_in_handler`].
#[inline]
pub fn ident() -> u64 {
    match known_ident() {
        0 => register_foreign(),
        ident => ident,
    }
}

#[cold]
#[inline(never)]
fn register_foreign() -> u64 {
    let _errno = KeepErrno::new();
    // The repair of a fork has registered the thread.
    if fork_epoch::repair() && known_ident() != 0 {
        return known_ident();
    }
    let ident = identify();
    let own = own_waiter();
    // Before the key is set: an allocator that uses the library comes here again, and finds the
    // ident.
    let ident = settle_ident(ident);
    if let Some(own) = own {
        own.lifeline.hold(own.handle());
    }
    arm_exit_hook();
    ident
}

/// As [`ident`], without asking for memory that is not the library's own. Async-signal-safe.
#[inline]
pub fn ident_in_handler() -> u64 {
    match known_ident() {
        0 => register_foreign_in_handler(),
        ident => ident,
    }
}

#[cold]
#[inline(never)]
fn register_foreign_in_handler() -> u64 {
    let _errno = KeepErrno::new();
    // The repair of a fork has registered the thread.
    if fork_epoch::repair() && known_ident() != 0 {
        return known_ident();
    }
    let ident = identify();
    if key().is_some_and(|key| key < KEYS_WITHOUT_ALLOCATION) {
        settle_ident(ident);
        arm_exit_hook();
    }
    ident
}

/// The ident of the calling thread, which is not registered yet.
fn identify() -> u64 {
    if let Some(own) = own_waiter() {
        return own.handle().0;
    }
    // The thread with the process's id in a forked child is the one that forked, which may be any.
    if system::is_first_thread() && !fork_epoch::is_forked() {
        return MAIN.0;
    }
    let Some(waiter) = Waiter::new(system::native_id()) else {
        static ANONYMOUS: AtomicU64 = AtomicU64::new(1);
        // ORDERING: Relaxed: only the number's uniqueness counts.
        let number = ANONYMOUS.fetch_add(1, Ordering::Relaxed);
        return settle_ident(Handle::numbered(Kind::Anonymous, number).0);
    };
    let new = ptr::from_ref(waiter).cast_mut();
    // ORDERING: Relaxed, both: no other thread touches the block; a signal handler may have come in
    // between.
    match block().waiter.compare_exchange(
        ptr::null_mut(),
        new,
        Ordering::Relaxed,
        Ordering::Relaxed,
    ) {
        Ok(_) => waiter.handle().0,
        Err(_) => {
            waiter.free();
            own_waiter().map_or(MAIN.0, |own| own.handle().0)
        }
    }
}

/// Makes this the thread's ident, unless a signal handler that came in between has made another:
/// then that one stays.
fn settle_ident(ident: u64) -> u64 {
    // ORDERING: Relaxed, both: no other thread touches the block.
    let settled =
        match block().ident.compare_exchange(0, ident, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => ident,
            Err(settled) => settled,
        };
    contention::reset(settled);
    settled
}

/// Registers the calling thread, which the library started, before it runs anything else. False:
/// the exit hook is not armed.
pub fn register_self(ident: Handle, waiter: &'static Waiter) -> bool {
    let block = block();
    // ORDERING: Relaxed, both: no other thread touches the block.
    block.ident.store(ident.0, Ordering::Relaxed);
    contention::reset(ident.0);
    // ORDERING: as above.
    block.waiter.store(ptr::from_ref(waiter).cast_mut(), Ordering::Relaxed);
    arm_exit_hook()
}

/// Gives the calling thread another ident: that of the timer whose function a worker runs, or its
/// own again.
pub fn adopt_identity(ident: u64) {
    // ORDERING: Relaxed: no other thread touches the block.
    block().ident.store(ident, Ordering::Relaxed);
    contention::reset(ident);
}

/// The waiter of the calling thread, if it has one of its own.
pub fn own_waiter() -> Option<&'static Waiter> {
    // ORDERING: Relaxed: no other thread touches the block.
    let waiter = block().waiter.load(Ordering::Relaxed);
    // SAFETY: null, or a slot of the table of waiters, which is never freed.
    unsafe { waiter.as_ref() }
}

/// Whether the thread has ended as far as the library is concerned: only destructors of others run
/// now.
pub fn has_ended() -> bool {
    tls::has_ended()
}

/// A waiter for the calling thread. `None`: memory ran out.
///
/// It is the thread's own; a thread past its last round borrows one, so that waiting works in
/// destructors and at exit.
pub fn waiter() -> Option<Lease> {
    let cancellation = DeferredCancellation::new();
    ident();
    let own = own_waiter();
    if let Some(own) = own.filter(|own| !own.parker.is_waiting()) {
        return Some(Lease { waiter: own, borrowed: false, _cancellation: cancellation });
    }
    let waiter = Waiter::new(system::native_id())?;
    // Its own is in use: a signal handler has interrupted a wait, and waits itself.
    if own.is_some() || has_ended() {
        return Some(Lease { waiter, borrowed: true, _cancellation: cancellation });
    }
    // ORDERING: Relaxed: no other thread touches the block.
    block().waiter.store(ptr::from_ref(waiter).cast_mut(), Ordering::Relaxed);
    arm_exit_hook();
    Some(Lease { waiter, borrowed: false, _cancellation: cancellation })
}

/// The calling thread's own waiter; made if need be. `None`: memory ran out, or the thread is past
/// its last round.
pub fn keep_waiter() -> Option<&'static Waiter> {
    let lease = waiter()?;
    if !lease.borrowed {
        arm_exit_hook();
    }
    (!lease.borrowed).then_some(lease.waiter)
}

/// The use of a waiter for one wait.
pub struct Lease {
    waiter: &'static Waiter,
    borrowed: bool,
    /// Goes last: its drop may unwind.
    _cancellation: DeferredCancellation,
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

/// Registers the calling thread, and arms its exit hook. False: there is no memory for the hook.
pub fn register_and_arm() -> bool {
    ident();
    arm_exit_hook()
}

/// Has the C library call `round` when the calling thread ends. False: it has no memory for that.
fn arm_exit_hook() -> bool {
    // SAFETY: the key is alive for ever; the value is only a mark and is never followed.
    key().is_some_and(
        |key| unsafe { pthread::pthread_setspecific(key, ptr::without_provenance(1)) } == 0,
    )
}

/// Makes the key ahead of time, so that registering a thread in a signal handler need not. False:
/// the C library has none left.
pub fn prepare_key() -> bool {
    key().is_some()
}

fn key() -> Option<pthread::Key> {
    static KEY: OnceNonZeroUsize = OnceNonZeroUsize::new();
    let made = KEY.get_or_try_init(|| {
        let mut key: pthread::Key = 0;
        // SAFETY: `key` is a valid place for the answer, and the destructor is a function that
        // stays for ever (nothing of the library is ever unloaded). Losing a race with another
        // thread leaves one key unused.
        match unsafe { pthread::pthread_key_create(&mut key, round) } {
            0 => NonZeroUsize::new(key as usize + 1).ok_or(()),
            _ => Err(()),
        }
    });
    made.ok().map(|key| (key.get() - 1) as pthread::Key)
}

/// One round of destructors. Until the last, it asks for another.
/// The destructors of locals are the user's, and may unwind.
extern "C-unwind" fn round(_mark: *mut c_void) {
    let _errno = KeepErrno::new();
    // ORDERING: Relaxed: no other thread touches the block.
    let rounds = block().rounds.load(Ordering::Relaxed) + 1;
    run_round(rounds);
    if rounds < ROUNDS && !arm_exit_hook() {
        run_last_round();
    }
}

/// Runs the last round now, for a thread whose exit hook is not armed.
pub fn run_last_round() {
    run_round(ROUNDS);
}

fn run_round(rounds: u32) {
    let block = block();
    // ORDERING: Relaxed, throughout: no other thread touches the block.
    block.rounds.store(rounds, Ordering::Relaxed);
    let (is_last, waiter) = (rounds >= ROUNDS, own_waiter());
    let kept = THREAD_EXIT.get().is_some_and(|ThreadExit(run)| run(is_last, waiter));
    if !is_last {
        return;
    }
    if let (Some(waiter), false) = (waiter, kept) {
        // ORDERING: Relaxed: as above.
        block.waiter.store(ptr::null_mut(), Ordering::Relaxed);
        waiter.lifeline.let_go(waiter.handle());
        waiter.free();
    }
}

/// Changes how many callbacks of a shutdown the thread is in, and returns the number.
pub fn count_callback(change: i32) -> u32 {
    // ORDERING: Relaxed, both: no other thread touches the block.
    let count = block().callbacks.load(Ordering::Relaxed).saturating_add_signed(change);
    block().callbacks.store(count, Ordering::Relaxed);
    count
}

/// The nesting mark of the error hook: true if it was not running in this thread, and now counts as
/// running.
pub fn enter_hook() -> bool {
    // ORDERING: Relaxed, both: no other thread touches the block.
    block().in_hook.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

/// The hook has returned, or was left.
pub fn leave_hook() {
    // ORDERING: Relaxed: no other thread touches the block.
    block().in_hook.store(0, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::Handle;
    use crate::object::table::Slot;
    use crate::platform::clock::Deadline;
    use crate::wait::backoff::WaitKind;
    use crate::wait::parker::Outcome;
    use crate::wait::wait_record::Wait;

    /// A handler that interrupts a wait, and waits itself, needs another waiter for that while.
    #[test]
    fn a_waiter_that_was_borrowed_is_given_back() {
        const TIMES: u64 = 1000;
        std::thread::spawn(|| {
            let own = waiter().expect("a waiter");
            let kind = WaitKind::Lock;
            let wait = Wait { object: Handle::NULL, kind, ident: ident(), broadcast: None };
            let _ = own.parker.prepare_park(&wait, Deadline::Never);
            let before = Waiter::table().issued();
            for _ in 0..TIMES {
                let other = waiter().expect("another waiter");
                assert_ne!(other.handle(), own.handle());
            }
            // Other tests make threads beside this one, but not so many.
            assert!(Waiter::table().issued() < before + TIMES / 2);
            assert!(!own.parker.unpark(Outcome::Woken));
            drop(own);
            assert!(waiter().is_some_and(|again| again.handle().0 == ident()));
        })
        .join()
        .expect("the thread ends");
    }
}
