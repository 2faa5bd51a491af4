//! The exit hook: how the library learns that a thread ends.
//!
//! The hook is the destructor of a pthread key. The C library runs it in up to [`ROUNDS`] rounds,
//! after the thread-locals of C++ and Rust. The thread counts as ended in the last round.

use core::ffi::c_void;
use core::num::NonZeroUsize;
use core::ptr;

use once_cell::race::{OnceNonZeroUsize, OnceRef};

use crate::atomic::Ordering;
use crate::platform::abandoned;
use crate::platform::pthread::{self, KEYS_WITHOUT_ALLOCATION};
use crate::platform::system::KeepErrno;
use crate::platform::tls::{self, Block, ROUNDS};
use crate::probe;
use crate::wait::contention;
use crate::wait::waiter::Waiter;

/// What the layers above do in a round of a thread's destructors. The first argument says whether
/// the round is the last, the second is the thread's waiter. The function returns true if those
/// layers keep the waiter, and then they free it.
pub struct ExitHandler(pub fn(bool, Option<&'static Waiter>) -> bool);

static HANDLER: OnceRef<'static, ExitHandler> = OnceRef::new();

/// Registers what runs when a thread ends. The first registration stays.
pub fn set_exit_handler(handler: &'static ExitHandler) {
    let _ = HANDLER.set(handler);
}

/// Arms the calling thread's exit hook: the C library runs it when the thread ends. False: the C
/// library has no memory for that.
pub fn arm_exit_hook() -> bool {
    // SAFETY: the key is alive for ever; the value is only a mark and is never followed.
    key().is_some_and(
        |key| unsafe { pthread::pthread_setspecific(key, ptr::without_provenance(1)) } == 0,
    )
}

/// Whether arming the exit hook allocates nothing, so that a signal handler may do it.
pub fn arms_without_allocation() -> bool {
    key().is_some_and(|key| key < KEYS_WITHOUT_ALLOCATION)
}

/// Makes the key ahead of time, so that registering a thread in a signal handler need not. False:
/// the C library has no key left.
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
        match unsafe { pthread::pthread_key_create(&mut key, exit_hook) } {
            0 => NonZeroUsize::new(key as usize + 1).ok_or(()),
            _ => Err(()),
        }
    });
    made.ok().map(|key| (key.get() - 1) as pthread::Key)
}

/// Runs one round of destructors. Until the last round, the hook arms itself for another. The
/// destructors of locals are the user's, and may unwind.
extern "C-unwind" fn exit_hook(_mark: *mut c_void) {
    run_next_round();
    if tls::has_ended() {
        probe::memory_left(block());
    }
}

fn run_next_round() {
    let _errno = KeepErrno::new();
    abandoned::drop_all();
    // The last round may have run early, because the hook could not be armed then.
    if tls::has_ended() {
        return;
    }
    // ORDERING: Relaxed: no other thread touches the block.
    let rounds = block().rounds.load(Ordering::Relaxed) + 1;
    run_round(rounds);
    if rounds < ROUNDS {
        arm_or_run_last_round();
    }
}

/// For a thread that is about to end, and whose exit hook may not be armed: tries to arm it, or
/// else runs the last round now.
pub fn arm_or_run_last_round() {
    if !arm_exit_hook() {
        run_last_round();
    }
}

fn run_last_round() {
    run_round(ROUNDS);
}

fn run_round(rounds: u32) {
    let block = block();
    // ORDERING: Relaxed, throughout: no other thread touches the block.
    block.rounds.store(rounds, Ordering::Relaxed);
    let (is_last, waiter) = (rounds >= ROUNDS, block.waiter());
    if is_last {
        // From now on the ident's index may be another thread's, and so would be the mark.
        contention::reset(0);
    }
    let keeps_waiter = HANDLER.get().is_some_and(|ExitHandler(run)| run(is_last, waiter));
    if !is_last {
        return;
    }
    if let (Some(waiter), false) = (waiter, keeps_waiter) {
        // ORDERING: Relaxed: as above.
        block.waiter.store(ptr::null_mut(), Ordering::Relaxed);
        waiter.lifeline.release(waiter.handle());
        waiter.free();
    }
}

fn block() -> &'static Block<Waiter> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave it: it stays in the functions of this file.
    unsafe { &*tls::block::<Waiter>() }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::probe::{Address, Listener};
    use crate::wait::this_thread;

    static TOLD: Mutex<Vec<(&str, usize)>> = Mutex::new(Vec::new());

    fn note(told: &'static str, block: Address) {
        TOLD.lock().expect("no test has panicked").push((told, block.addr()));
    }

    /// What Helgrind relies on, if another thread gets the memory of this one.
    #[test]
    fn tools_hear_when_a_thread_has_its_memory_and_when_no_more() {
        static LISTENER: Listener = Listener {
            memory_taken: Some(|block| note("taken", block)),
            memory_left: Some(|block| note("left", block)),
            ..Listener::DEAF
        };
        let own = std::thread::spawn(|| {
            probe::hear_from_now_on(&[&LISTENER]);
            this_thread::tell_memory_taken();
            this_thread::ident();
            ptr::from_ref(block()).addr()
        })
        .join()
        .expect("the thread ends");
        let told = TOLD.lock().expect("no test has panicked");
        assert_eq!(*told, [("taken", own), ("left", own)]);
    }
}
