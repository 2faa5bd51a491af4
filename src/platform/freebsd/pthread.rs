//! Functions of the C library that the `libc` crate lacks, or declares without the unwinding that
//! they do here.

use core::ffi::{c_int, c_void};
use core::ptr;

pub use libc::{pthread_atfork, pthread_detach, pthread_self, pthread_setspecific};
use libc::{pthread_attr_t, pthread_t};

/// How the C library knows a thread.
pub type Thread = pthread_t;
/// A key: a value of each thread's own, with a destructor.
pub type Key = libc::pthread_key_t;

/// To set one of the keys below this number takes no memory: the first value of a thread takes
/// some.
pub const KEYS_WITHOUT_ALLOCATION: Key = 0;

/// The states and types of cancellation, as `pthread.h` numbers them.
pub const CANCEL_ENABLE: c_int = 0;
/// As above.
pub const CANCEL_DISABLE: c_int = 1;
/// As above.
pub const CANCEL_DEFERRED: c_int = 0;
/// As above.
pub const CANCEL_ASYNCHRONOUS: c_int = 2;

/// The first function of a thread.
pub type Routine = extern "C-unwind" fn(*mut c_void) -> *mut c_void;

unsafe extern "C" {
    /// Starts a thread; its routine may unwind by `pthread_exit` or cancellation.
    pub fn pthread_create(
        thread: *mut pthread_t,
        attributes: *const pthread_attr_t,
        routine: Routine,
        argument: *mut c_void,
    ) -> c_int;
    fn pthread_peekjoin_np(thread: pthread_t, value: *mut *mut c_void) -> c_int;
    /// Switches cancellation on or off.
    pub fn pthread_setcancelstate(state: c_int, old: *mut c_int) -> c_int;
    /// Makes a key; its destructor calls functions of the user.
    pub fn pthread_key_create(
        key: *mut Key,
        destructor: extern "C-unwind" fn(*mut c_void),
    ) -> c_int;
    /// Registers a handler of the process's end; it calls functions of the user, which may do what
    /// they should not.
    pub fn atexit(handler: extern "C-unwind" fn()) -> c_int;
    /// Registers a destructor of the calling thread's thread-locals.
    fn __cxa_thread_atexit_impl(
        destructor: extern "C-unwind" fn(*mut c_void),
        object: *mut c_void,
        library: *mut c_void,
    ) -> c_int;
    /// An address by which the C library knows the library or program that this is linked into.
    static __dso_handle: u8;
}

unsafe extern "C-unwind" {
    /// Says when a cancellation acts: one that is pending acts at once if the new type is
    /// asynchronous.
    pub fn pthread_setcanceltype(kind: c_int, old: *mut c_int) -> c_int;
    /// Ends the calling thread by unwinding it, if it was cancelled.
    pub fn pthread_testcancel();
    /// Ends the calling thread by unwinding it.
    pub fn pthread_exit(value: *mut c_void) -> !;
    /// Ends the process: runs what was registered for that, which are functions of the user's.
    pub fn exit(code: c_int) -> !;
}

/// Joins a thread if it has run all of its own code; else it says EBUSY. What is left then is the
/// kernel's, which is waited for.
///
/// # Safety
/// The thread was created and neither joined nor detached, and the place may be written.
pub unsafe fn pthread_tryjoin_np(thread: pthread_t, value: *mut *mut c_void) -> c_int {
    // SAFETY: the caller's promise, here and below; the state is one that POSIX defines.
    unsafe {
        let answer = pthread_peekjoin_np(thread, value);
        if answer != 0 {
            return answer;
        }
        let mut before = CANCEL_ENABLE;
        pthread_setcancelstate(CANCEL_DISABLE, &mut before);
        let answer = libc::pthread_join(thread, value);
        pthread_setcancelstate(before, ptr::null_mut());
        answer
    }
}

/// Has `exit` call the function in the calling thread before everything else: as a destructor of
/// the thread's thread-locals, which runs at the thread's own end as well.
pub fn at_exit_in_caller(function: extern "C-unwind" fn(*mut c_void)) {
    // SAFETY: the function stays for ever, since the library is never unloaded; the last argument
    // is the address by which the C library knows whose function it is.
    unsafe {
        __cxa_thread_atexit_impl(
            function,
            ptr::null_mut(),
            (&raw const __dso_handle).cast_mut().cast(),
        )
    };
}

/// Runs a thread to its end: for tests.
#[cfg(test)]
pub fn run(routine: Routine) {
    // SAFETY: the thread is created and joined here; null is a valid value of its handle.
    unsafe {
        let mut thread = ptr::null_mut();
        assert_eq!(pthread_create(&mut thread, ptr::null(), routine, ptr::null_mut()), 0);
        assert_eq!(libc::pthread_join(thread, ptr::null_mut()), 0);
    }
}

/// Ends the calling thread as nothing that runs destructors does: for tests.
#[cfg(test)]
pub fn vanish() -> ! {
    unsafe extern "C" {
        fn thr_exit(state: *mut core::ffi::c_long) -> !;
    }
    // SAFETY: nothing of this thread is used afterwards; its stack stays.
    unsafe { thr_exit(ptr::null_mut()) }
}
