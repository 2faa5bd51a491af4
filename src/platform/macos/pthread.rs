//! Functions of the C library that the `libc` crate lacks, or declares without the unwinding that
//! they may do here. `pthread_exit` and a cancellation end a thread without unwinding it.

use core::ffi::{c_int, c_void};
use core::mem::transmute;
use core::ptr;
// Not the facade's: a model has another file.
use core::sync::atomic::{AtomicPtr, Ordering};

pub use libc::{pthread_atfork, pthread_self};
use libc::{pthread_attr_t, pthread_t};

use super::own_block;

/// How the C library knows a thread.
pub type Thread = pthread_t;
/// A key: a value of each thread's own, with a destructor.
pub type Key = libc::pthread_key_t;

/// To set one of the keys below this number takes no memory: all of them are in the thread itself.
pub const KEYS_WITHOUT_ALLOCATION: Key = Key::MAX;

/// The states and types of cancellation, as `pthread.h` numbers them.
pub const CANCEL_ENABLE: c_int = 1;
/// As above.
pub const CANCEL_DISABLE: c_int = 0;
/// As above.
pub const CANCEL_DEFERRED: c_int = 2;
/// As above.
pub const CANCEL_ASYNCHRONOUS: c_int = 0;

/// The first function of a thread.
pub type Routine = extern "C-unwind" fn(*mut c_void) -> *mut c_void;

type Destructor = extern "C-unwind" fn(*mut c_void);

unsafe extern "C" {
    /// Starts a thread.
    pub fn pthread_create(
        thread: *mut pthread_t,
        attributes: *const pthread_attr_t,
        routine: Routine,
        argument: *mut c_void,
    ) -> c_int;
    /// Leaves a thread to itself.
    pub fn pthread_detach(thread: pthread_t) -> c_int;
    /// Switches cancellation on or off.
    pub fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int;
    /// Registers a handler of the process's end; it calls functions of the user, which may do what
    /// they should not.
    pub fn atexit(handler: extern "C-unwind" fn()) -> c_int;
    #[link_name = "pthread_key_create"]
    fn create_key(key: *mut Key, destructor: Destructor) -> c_int;
    #[link_name = "pthread_join$NOCANCEL"]
    fn join(thread: pthread_t, value: *mut *mut c_void) -> c_int;
    fn _tlv_atexit(destructor: Destructor, object: *mut c_void);
}

unsafe extern "C-unwind" {
    /// Says when a cancellation acts: one that is pending acts at once if the new type is
    /// asynchronous.
    pub fn pthread_setcanceltype(kind: c_int, old: *mut c_int) -> c_int;
    /// Ends the calling thread, if it was cancelled.
    pub fn pthread_testcancel();
    /// Ends the calling thread.
    pub fn pthread_exit(value: *mut c_void) -> !;
    /// Ends the process: runs what was registered for that, which are functions of the user's.
    pub fn exit(code: c_int) -> !;
}

/// The destructor of the library's keys, of which it has one.
static DESTRUCTOR: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Makes a key; its destructor, the same for all of the library's, calls functions of the user.
///
/// # Safety
/// The key may be written.
pub unsafe fn pthread_key_create(key: *mut Key, destructor: Destructor) -> c_int {
    // ORDERING: Relaxed, here and below: always the same function.
    DESTRUCTOR.store(destructor as *mut c_void, Ordering::Relaxed);
    // SAFETY: the caller's promise.
    unsafe { create_key(key, run_destructor) }
}

/// Runs that destructor, after which the thread's block may have come to its end.
extern "C-unwind" fn run_destructor(value: *mut c_void) {
    own_block::note_hook(false);
    // ORDERING: Relaxed: as above.
    let destructor = DESTRUCTOR.load(Ordering::Relaxed);
    // SAFETY: the destructor was stored before the key was made.
    unsafe { transmute::<*mut c_void, Destructor>(destructor)(value) };
    own_block::give_back_if_over();
}

/// Sets the calling thread's value of such a key.
///
/// # Safety
/// The key came from [`pthread_key_create`].
pub unsafe fn pthread_setspecific(key: Key, value: *const c_void) -> c_int {
    // SAFETY: the caller's promise.
    let answer = unsafe { libc::pthread_setspecific(key, value) };
    if answer == 0 {
        own_block::note_hook(!value.is_null());
    }
    answer
}

/// Joins a thread with which the kernel is done; else it says EBUSY.
///
/// # Safety
/// The thread was created and neither joined nor detached, and the place may be written.
pub unsafe fn pthread_tryjoin_np(thread: pthread_t, value: *mut *mut c_void) -> c_int {
    // SAFETY: the caller's promise; signal 0 is only a question, to which a thread that has ended
    // and was not joined is none.
    unsafe {
        if libc::pthread_kill(thread, 0) != libc::ESRCH {
            return libc::EBUSY;
        }
        join(thread, value)
    }
}

/// Has `exit` call the function in the calling thread before everything else: as a destructor of
/// the thread's thread-locals, which runs at the thread's own end as well.
pub fn at_exit_in_caller(function: extern "C-unwind" fn(*mut c_void)) {
    // SAFETY: the function stays for ever, since the library is never unloaded.
    unsafe { _tlv_atexit(function, ptr::null_mut()) };
}

/// Runs a thread to its end: for tests.
#[cfg(test)]
pub fn run(routine: Routine) {
    // SAFETY: the thread is created and joined here; 0 is a valid value of its handle.
    unsafe {
        let mut thread = core::mem::zeroed();
        assert_eq!(pthread_create(&mut thread, ptr::null(), routine, ptr::null_mut()), 0);
        assert_eq!(libc::pthread_join(thread, ptr::null_mut()), 0);
    }
}
