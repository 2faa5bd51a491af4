//! Hooks: functions of the user that the library calls when threads start and end, when a thread
//! fails, and when a call fails.
//!
//! A hook is a function and its context, which change together. No lock is held while a hook runs,
//! so it may still be running after it has been replaced.

use core::ffi::{CStr, c_char, c_void};
use core::marker::PhantomData;
use core::mem::transmute_copy;
use core::ptr;

use crate::atomic::{AtomicPtr, AtomicU32, Ordering, fence};
use crate::object::cause;
use crate::object::handle::threading_thread;
use crate::platform::tls::{self, Block};
use crate::status::{Status, threading_status};
use crate::wait::mutex::internal::{InternalMutex, Mutex};

/// A failure in a thread, as the excepthook receives it. All pointers are valid only during the
/// call of the hook.
#[repr(C)]
#[allow(non_camel_case_types)]
pub struct threading_exception {
    /// The kind of failure: a word, such as a class name. Never NULL.
    pub r#type: *const c_char,
    /// What happened, in words for a person; or NULL.
    pub message: *const c_char,
    /// The payload from `threading_report_exception`; or NULL.
    pub payload: *mut c_void,
    /// The thread that reported the failure.
    pub thread: threading_thread,
}

/// Called in a thread at its start or its end.
pub type ThreadHook = unsafe extern "C-unwind" fn(threading_thread, *mut c_void);
/// Called for a failure that a thread reports.
pub type ExceptHook = unsafe extern "C-unwind" fn(*const threading_exception, *mut c_void);
/// Called for a call that fails.
pub type ErrorHook = unsafe extern "C-unwind" fn(*const c_char, threading_status, u64, *mut c_void);

/// A place for one hook. Function and context are read without a lock, as by a sequence lock, since
/// a call may fail in a signal handler.
///
/// | version | means                                                                    |
/// |---------|--------------------------------------------------------------------------|
/// | even    | function and context belong together                                     |
/// | odd     | they are being changed, under the lock: a reader goes on without a hook  |
pub struct Hook<F> {
    changing: Mutex<()>,
    version: AtomicU32,
    function: AtomicPtr<c_void>,
    context: AtomicPtr<c_void>,
    kind: PhantomData<fn(F)>,
}

impl<F: Copy> Hook<F> {
    /// No hook.
    pub const fn new() -> Hook<F> {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>(), "it is a function") };
        Hook {
            changing: Mutex::new(()),
            version: AtomicU32::new(0),
            function: AtomicPtr::new(ptr::null_mut()),
            context: AtomicPtr::new(ptr::null_mut()),
            kind: PhantomData,
        }
    }

    /// Sets or removes the hook.
    pub fn set(&self, function: Option<F>, context: *mut c_void) {
        // SAFETY: a function pointer of the same size, as `new` has checked.
        let function = function.map_or(ptr::null_mut(), |function| unsafe {
            transmute_copy::<F, *mut c_void>(&function)
        });
        let _changing = self.changing.lock();
        // ORDERING: Relaxed, then a Release fence, pairs with the Acquire fence in `get`: a reader
        // that has read one of the two new values below sees the odd version, or a later one.
        let version = self.version.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::Release);
        // ORDERING: Relaxed, both: between the two versions.
        self.function.store(function, Ordering::Relaxed);
        self.context.store(context, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire in `get`.
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }

    /// The hook, if one is set.
    pub fn get(&self) -> Option<(F, *mut c_void)> {
        loop {
            // ORDERING: Acquire, pairs with the Release in `set`.
            let version = self.version.load(Ordering::Acquire);
            if !version.is_multiple_of(2) {
                return None;
            }
            // ORDERING: Relaxed, both: they count only if the version has not changed.
            let function = self.function.load(Ordering::Relaxed);
            let context = self.context.load(Ordering::Relaxed);
            // ORDERING: Acquire fence, pairs with the Release fence in `set`; the load after it may
            // then be Relaxed.
            fence(Ordering::Acquire);
            if self.version.load(Ordering::Relaxed) != version {
                continue;
            }
            if function.is_null() {
                return None;
            }
            // SAFETY: `set` stored a function of this type.
            return Some((unsafe { transmute_copy::<*mut c_void, F>(&function) }, context));
        }
    }

    /// In a forked child whose parent may have been changing the hook. Function and context may not
    /// belong together then, so the hook is removed.
    pub fn repair_after_fork(&self) {
        // ORDERING: Relaxed, all: the process has a single thread.
        let version = self.version.load(Ordering::Relaxed);
        if !version.is_multiple_of(2) {
            self.function.store(ptr::null_mut(), Ordering::Relaxed);
            self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// The lock under which it is changed, for the fork handlers.
    pub fn internal_lock(&self) -> &InternalMutex {
        // SAFETY: the fork handlers release exactly what they have locked.
        unsafe { self.changing.raw() }
    }
}

/// Runs in each new thread, before its target.
pub static START: Hook<ThreadHook> = Hook::new();
/// Runs in each thread that the library started, after its target.
pub static EXIT: Hook<ThreadHook> = Hook::new();
/// Runs for each failure that a thread reports.
pub static EXCEPT: Hook<ExceptHook> = Hook::new();
/// Runs for each call that fails.
pub static ERROR: Hook<ErrorHook> = Hook::new();

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    visit(START.internal_lock());
    visit(EXIT.internal_lock());
    visit(EXCEPT.internal_lock());
    visit(ERROR.internal_lock());
}

/// In a forked child whose handlers did not run: removes the hooks that were being changed.
pub fn repair_after_fork() {
    START.repair_after_fork();
    EXIT.repair_after_fork();
    EXCEPT.repair_after_fork();
    ERROR.repair_after_fork();
}

/// Calls a thread hook in the calling thread, if one is set. The hook may unwind.
pub fn run(hook: &Hook<ThreadHook>, thread: threading_thread) {
    if let Some((function, context)) = hook.get() {
        // SAFETY: the caller that set the hook promised a function of this type that stays
        // callable, with this context.
        unsafe { function(thread, context) };
    }
}

fn block() -> &'static Block<c_void> {
    // SAFETY: the block is valid for the life of the calling thread, and the reference does not
    // leave it.
    unsafe { &*tls::block::<c_void>() }
}

/// Exists while the error hook runs in the calling thread. When the hook ends, in whatever way, it
/// restores the cause of the failed call.
struct ErrorHookGuard(Option<cause::Last>);

impl ErrorHookGuard {
    /// `None`: the hook runs in this thread already.
    fn enter() -> Option<ErrorHookGuard> {
        // ORDERING: Relaxed, both: no other thread touches the block.
        let entered =
            block().in_hook.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        entered.then(|| ErrorHookGuard(cause::last()))
    }
}

impl Drop for ErrorHookGuard {
    fn drop(&mut self) {
        // ORDERING: Relaxed: no other thread touches the block.
        block().in_hook.store(0, Ordering::Relaxed);
        if let Some(last) = self.0 {
            cause::restore(last);
        }
    }
}

/// Calls the error hook for a failed call. Calls that fail inside the hook are not reported.
#[cold]
#[inline(never)]
pub fn report_error(function: &'static CStr, status: Status, handle: u64) {
    let Some((hook, context)) = ERROR.get() else { return };
    if let Some(_guard) = ErrorHookGuard::enter() {
        // SAFETY: as in `run`.
        unsafe { hook(function.as_ptr(), status, handle, context) };
    }
}
