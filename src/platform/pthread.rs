//! Functions of the C library that the `libc` crate lacks, or declares without the unwinding that
//! they do here.

use core::ffi::{c_int, c_void};

pub use libc::{pthread_atfork, pthread_detach, pthread_self, pthread_setspecific};
use libc::{pthread_attr_t, pthread_t};

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
        key: *mut libc::pthread_key_t,
        destructor: extern "C-unwind" fn(*mut c_void),
    ) -> c_int;
    /// Registers a handler of the process's end; it calls functions of the user, which may do what
    /// they should not.
    pub fn atexit(handler: extern "C-unwind" fn()) -> c_int;
    /// Registers a destructor of the calling thread's thread-locals. In the thread that calls
    /// `exit`, those run first of all.
    #[cfg(target_env = "gnu")]
    pub fn __cxa_thread_atexit_impl(
        destructor: extern "C-unwind" fn(*mut c_void),
        object: *mut c_void,
        library: *mut c_void,
    ) -> c_int;
    /// An address by which the C library knows the library or program that this is linked into.
    #[cfg(target_env = "gnu")]
    pub static __dso_handle: u8;
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
