//! The calling thread: its ident, and the waiter that it waits with.
//!
//! A thread is registered at its first call that needs an ident. A thread that the library did not
//! start is a foreign thread: it gets a waiter, and the waiter's handle is its ident. The thread
//! that the process began with has the ident [`MAIN_IDENT`]. A thread of the library's registers
//! itself with the ident and the waiter that its creator made, before it runs anything else.
//!
//! Registering arms the exit hook ([`thread_exit`]). That may allocate, which a signal handler must
//! not do. So a thread whose first call comes from a signal handler may stay unregistered:
//!
//! | `ident` in the block | `waiter` | means                                                      |
//! |----------------------|----------|------------------------------------------------------------|
//! | 0                    | null     | not registered; or the thread that the process began with, |
//! |                      |          | and only signal handlers have asked for its ident          |
//! | 0                    | not null | only signal handlers have asked for the ident, which is    |
//! |                      |          | that waiter's handle; the exit hook is not armed           |
//! | otherwise            | any      | registered; the exit hook is armed, if there was memory    |

use core::ops::Deref;
use core::ptr;

use crate::atomic::{AtomicU64, Ordering};
use crate::object::handle::{Handle, Kind, Tag};
use crate::platform::fork_epoch;
use crate::platform::system::{self, DeferredCancellation, KeepErrno};
use crate::platform::tls::{self, Block};
use crate::probe;
use crate::wait::contention;
use crate::wait::thread_exit::{self, arm_exit_hook};
use crate::wait::waiter::Waiter;

/// The ident of the thread that the process began with: the first slot of the table of threads,
/// reserved for it.
pub const MAIN_IDENT: Handle = Handle::new(Tag::new(Kind::Thread, 0), 0);

fn block() -> &'static Block<Waiter> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave the thread: the functions of this file that use it return values only.
    unsafe { &*tls::block::<Waiter>() }
}

/// The calling thread's ident; 0 if the thread is not registered yet.
#[inline(always)]
pub fn known_ident() -> u64 {
    tls::ident()
}

/// What the calling thread notes in a lock that it acquires on a fast path ([`holder_note`]); 0 if
/// the thread is not registered yet, or has no such note.
///
/// [`holder_note`]: crate::wait::holder_note
#[inline(always)]
pub fn holder_note() -> u64 {
    tls::holder_note()
}

/// As [`holder_note`]; 0 as well if the thread looks at a lock before it acquires it
/// ([`contention`]).
#[inline(always)]
pub fn uncontended_note() -> u64 {
    tls::uncontended_note()
}

/// The calling thread's ident. Registers the thread if it is not registered. Not for signal
/// handlers: see [`ident_in_handler`].
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
    // The lifeline finds out the kernel's id.
    let ident = identify(|| 0);
    let own = own_waiter();
    // The ident is published before the exit hook is armed: arming may allocate, and an allocator
    // that uses the library then finds the ident.
    let ident = publish_ident(ident);
    if let Some(own) = own {
        own.lifeline.hold(own.handle());
    }
    arm_exit_hook();
    ident
}

/// As [`ident`], but allocates no memory that is not the library's own. Async-signal-safe.
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
    let ident = identify(system::native_id);
    if thread_exit::arms_without_allocation() {
        publish_ident(ident);
        arm_exit_hook();
    }
    ident
}

/// The ident of the calling thread, which is not registered yet. If that is a waiter's handle,
/// `native_id` says which kernel's id the waiter is made for.
fn identify(native_id: fn() -> u32) -> u64 {
    if let Some(own) = own_waiter() {
        return own.handle().0;
    }
    // In a forked child the thread with the process's id is the one that forked, and may be any.
    if !fork_epoch::is_forked() && system::is_unknown_first_thread() {
        return MAIN_IDENT.0;
    }
    let Some(waiter) = Waiter::new(native_id()) else {
        static ANONYMOUS: AtomicU64 = AtomicU64::new(1);
        // ORDERING: Relaxed: only the number's uniqueness counts.
        let number = ANONYMOUS.fetch_add(1, Ordering::Relaxed);
        return publish_ident(Handle::numbered(Kind::Anonymous, number).0);
    };
    let new = ptr::from_ref(waiter).cast_mut();
    // ORDERING: Relaxed, both: no other thread touches the block. A signal handler may have stored
    // a waiter in between.
    match block().waiter.compare_exchange(
        ptr::null_mut(),
        new,
        Ordering::Relaxed,
        Ordering::Relaxed,
    ) {
        Ok(_) => waiter.handle().0,
        Err(_) => {
            waiter.free();
            own_waiter().map_or(MAIN_IDENT.0, |own| own.handle().0)
        }
    }
}

/// Makes this the thread's ident, and returns the thread's ident. A signal handler that came in
/// between may have published another, which then stays.
fn publish_ident(ident: u64) -> u64 {
    // ORDERING: Relaxed, both: no other thread touches the block.
    let ident = match block().ident.compare_exchange(0, ident, Ordering::Relaxed, Ordering::Relaxed)
    {
        Ok(_) => ident,
        Err(published) => published,
    };
    if ident == MAIN_IDENT.0 {
        system::first_thread_is_known();
    }
    contention::reset(ident);
    ident
}

/// Registers the calling thread, which the library started, before it runs anything else. False:
/// the exit hook is not armed.
pub fn register_self(ident: Handle, waiter: &'static Waiter) -> bool {
    let block = block();
    probe::memory_taken(block);
    // ORDERING: Relaxed, both: no other thread touches the block.
    block.ident.store(ident.0, Ordering::Relaxed);
    contention::reset(ident.0);
    // ORDERING: as above.
    block.waiter.store(ptr::from_ref(waiter).cast_mut(), Ordering::Relaxed);
    arm_exit_hook()
}

/// Tells tools that the calling thread, which the library has started, has begun, before it touches
/// its memory. [`register_self`] tells it too.
pub fn tell_memory_taken() {
    probe::memory_taken(block());
}

/// Tells tools that the calling thread, which is about to end, touches its memory no more. The exit
/// hook tells it too.
pub fn tell_memory_left() {
    probe::memory_left(block());
}

/// Gives the calling thread another ident: a worker takes the ident of the timer whose function it
/// runs, and takes its own ident again afterwards.
pub fn adopt_identity(ident: u64) {
    // ORDERING: Relaxed: no other thread touches the block.
    block().ident.store(ident, Ordering::Relaxed);
    contention::reset(ident);
}

/// The calling thread's own waiter, if it has one.
pub fn own_waiter() -> Option<&'static Waiter> {
    block().waiter()
}

/// Whether the last round of the calling thread's destructors has begun. The library counts such a
/// thread as ended.
pub fn has_ended() -> bool {
    tls::has_ended()
}

/// A waiter for the calling thread. `None`: memory ran out.
///
/// It is the thread's own waiter. A thread past its last round borrows one, so that waits work in
/// destructors and at exit.
pub fn waiter() -> Option<Lease> {
    let cancellation = DeferredCancellation::new();
    ident();
    let own = own_waiter();
    if let Some(own) = own.filter(|own| !own.is_in_use()) {
        return Some(Lease { waiter: own, borrowed: false, _cancellation: cancellation });
    }
    let waiter = Waiter::new(system::native_id())?;
    // The thread's own waiter is in use if a signal handler interrupted a wait and waits itself.
    if own.is_some() || has_ended() {
        return Some(Lease { waiter, borrowed: true, _cancellation: cancellation });
    }
    // ORDERING: Relaxed: no other thread touches the block.
    block().waiter.store(ptr::from_ref(waiter).cast_mut(), Ordering::Relaxed);
    arm_exit_hook();
    Some(Lease { waiter, borrowed: false, _cancellation: cancellation })
}

/// The calling thread's own waiter, which is made if there is none. `None`: memory ran out, or the
/// thread is past its last round.
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
    /// The last field, because its drop may unwind.
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

/// Registers the calling thread and arms its exit hook. False: there is no memory for the hook.
pub fn register_and_arm() -> bool {
    ident();
    arm_exit_hook()
}

/// The ident of the thread that has forked this process; 0 if the process is no forked child.
static AT_FORK: AtomicU64 = AtomicU64::new(0);

/// The ident of the one thread that was in this process after the fork that made it; 0: no fork has
/// made it.
pub fn ident_at_fork() -> u64 {
    // ORDERING: Relaxed: it changes only while the process has a single thread.
    AT_FORK.load(Ordering::Relaxed)
}

/// Resets the waiters in a forked child: a wait that the calling thread is in begins again, and the
/// waiters of the threads that are gone are free.
pub fn reset_after_fork() {
    let ident = known_ident();
    // ORDERING: Relaxed: as in `ident_at_fork`.
    AT_FORK.store(ident, Ordering::Relaxed);
    let own = own_waiter();
    if let Some(own) = own {
        own.restart_after_fork();
    }
    Waiter::free_others(own, ident);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::handle::Handle;
    use crate::object::table::Slot;
    use crate::platform::clock::Deadline;
    use crate::wait::parker::Outcome;
    use crate::wait::spin_then_park::WaitKind;
    use crate::wait::wait_record::Wait;

    /// A signal handler that interrupts a wait, and waits itself, borrows another waiter.
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

    /// A thread that has given up, or was stopped, is linked until it has the lock of its queue. A
    /// signal handler that comes before then must not link the same node a second time.
    #[test]
    fn a_waiter_that_gave_up_is_not_lent_before_it_is_unlinked() {
        for stopped in [false, true] {
            std::thread::spawn(move || {
                let own = waiter().expect("a waiter");
                let kind = WaitKind::Lock;
                let wait = Wait { object: Handle::NULL, kind, ident: ident(), broadcast: None };
                let _ = own.parker.prepare_park(&wait, Deadline::Never);
                if stopped {
                    assert!(own.parker.claim(ptr::null()));
                    assert!(!own.parker.unpark(Outcome::Interrupted));
                } else {
                    assert!(own.parker.give_up());
                }
                let other = waiter().expect("another waiter");
                assert_ne!(other.handle(), own.handle());
                drop(other);
                own.parker.leave();
                drop(own);
                assert!(waiter().is_some_and(|again| again.handle().0 == ident()));
            })
            .join()
            .expect("the thread ends");
        }
    }
}
