//! Guards in frames that glibc abandons: a `pthread_exit` or a cancellation unwinds the stack only
//! up to the first frame without a table of frames, and jumps to the begin of the thread from
//! there. C has no such tables on 32-bit ARM unless it is asked for, and nowhere with
//! `-fno-asynchronous-unwind-tables`.
//!
//! So a guard that must run all the same is registered as a cleanup of the thread, by the functions
//! of glibc that macros of old called. glibc calls those that are left before it jumps, the last
//! first: the frames are whole then, and the guards are dropped below them on the same stack. If it
//! does unwind the frame of a guard, the frame takes its guard out by itself, and glibc calls none
//! before.

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_void};
use core::marker::PhantomPinned;
use core::ptr;

/// `struct _pthread_cleanup_buffer`, which is part of glibc's ABI.
#[repr(C)]
struct Buffer {
    routine: Option<unsafe extern "C-unwind" fn(*mut c_void)>,
    argument: *mut c_void,
    cancel_type: c_int,
    previous: *mut Buffer,
}

unsafe extern "C" {
    fn _pthread_cleanup_push(
        buffer: *mut Buffer,
        routine: unsafe extern "C-unwind" fn(*mut c_void),
        argument: *mut c_void,
    );
    fn _pthread_cleanup_pop(buffer: *mut Buffer, execute: c_int);
}

/// Where a guard is registered: in the same frame as the guard, since glibc compares its address
/// with that of the frames that it leaves.
pub struct Room(UnsafeCell<Buffer>, PhantomPinned);

impl Room {
    /// An empty one.
    #[inline(always)]
    pub const fn new() -> Room {
        let none = ptr::null_mut();
        let buffer =
            Buffer { routine: None, argument: none, cancel_type: 0, previous: none.cast() };
        Room(UnsafeCell::new(buffer), PhantomPinned)
    }
}

/// Exists while a guard of the calling thread is registered. It must end before the guard.
pub struct Registered<'a>(&'a Room);

impl Registered<'_> {
    /// Registers a guard, which stays where it is.
    #[inline(always)]
    pub fn new<G>(room: &Room, guard: *const G) -> Registered<'_> {
        unsafe extern "C-unwind" fn drop_guard<G>(guard: *mut c_void) {
            // SAFETY: glibc passes what `new` gave it, once, while no frame between here and the
            // guard's is returned to any more; the guard is where it was, since its `Registered`
            // would have taken it out.
            unsafe { ptr::drop_in_place(guard.cast::<G>()) }
        }
        let argument = guard.cast_mut().cast();
        // SAFETY: the buffer stays where it is until `drop` takes it out, since the result borrows
        // it. A signal handler registers behind it, and takes its own out before it returns.
        unsafe { _pthread_cleanup_push(room.0.get(), drop_guard::<G>, argument) };
        Registered(room)
    }

    /// Takes the guard out.
    #[inline(always)]
    pub fn over(self) {}
}

impl Drop for Registered<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: `new` has registered this buffer, and what was registered after it is taken out.
        // 0: the guard is not dropped.
        unsafe { _pthread_cleanup_pop(self.0.0.get(), 0) };
    }
}

/// Nothing is left to drop: glibc has called all.
#[inline(always)]
pub fn drop_all() {}
