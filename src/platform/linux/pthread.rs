//! Functions of the C library that the `libc` crate lacks, or declares without the unwinding that
//! they do here.

use core::ffi::{c_int, c_void};

pub use libc::{pthread_atfork, pthread_detach, pthread_self, pthread_setspecific};
use libc::{pthread_attr_t, pthread_t};

/// How the C library knows a thread.
pub type Thread = pthread_t;
/// A key: a value of each thread's own, with a destructor.
pub type Key = libc::pthread_key_t;

/// To set one of the keys below this number takes no memory: glibc keeps the first 32 in the thread
/// itself, and musl all of them.
pub const KEYS_WITHOUT_ALLOCATION: Key = 32;

/// The states and types of cancellation, as glibc and musl number them.
pub const CANCEL_ENABLE: c_int = 0;
/// As above.
pub const CANCEL_DISABLE: c_int = 1;
/// As above.
pub const CANCEL_DEFERRED: c_int = 0;
/// As above.
pub const CANCEL_ASYNCHRONOUS: c_int = 1;

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
    /// Joins a thread if the system is done with it.
    pub fn pthread_tryjoin_np(thread: pthread_t, value: *mut *mut c_void) -> c_int;
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
    #[cfg(target_env = "gnu")]
    fn __cxa_thread_atexit_impl(
        destructor: extern "C-unwind" fn(*mut c_void),
        object: *mut c_void,
        library: *mut c_void,
    ) -> c_int;
    /// An address by which the C library knows the library or program that this is linked into.
    #[cfg(target_env = "gnu")]
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

/// Has `exit` call the function in the calling thread before everything else, where the C library
/// can do that: as a destructor of the thread's thread-locals, which runs at the thread's own end
/// as well.
pub fn at_exit_in_caller(function: extern "C-unwind" fn(*mut c_void)) {
    #[cfg(target_env = "gnu")]
    // SAFETY: the function stays for ever, since the library is never unloaded; the last argument
    // is the address by which the C library knows whose function it is.
    unsafe {
        __cxa_thread_atexit_impl(
            function,
            core::ptr::null_mut(),
            (&raw const __dso_handle).cast_mut().cast(),
        )
    };
    #[cfg(not(target_env = "gnu"))]
    let _ = function;
}

/// Runs a thread to its end: for tests.
#[cfg(test)]
pub fn run(routine: Routine) {
    // SAFETY: the thread is created and joined here; all-zero is a valid value of its handle.
    unsafe {
        let mut thread = core::mem::zeroed();
        let none = core::ptr::null_mut();
        assert_eq!(pthread_create(&mut thread, core::ptr::null(), routine, none), 0);
        assert_eq!(libc::pthread_join(thread, core::ptr::null_mut()), 0);
    }
}

/// Ends the calling thread as nothing that runs destructors does: for tests.
#[cfg(test)]
pub fn vanish() -> ! {
    // SAFETY: nothing of this thread is used afterwards; its stack stays.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
    unreachable!("the thread has ended")
}
