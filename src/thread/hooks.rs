//! Functions of the user that the library calls: when threads start and end, when they fail, and
//! when a call fails.
//!
//! A hook is a function and its context, changed together. No lock is held while it runs: so it may
//! be running still when it has been taken away.

use core::ffi::{CStr, c_char, c_void};
use core::marker::PhantomData;
use core::mem::transmute_copy;
use core::ptr;

use crate::atomic::{AtomicPtr, AtomicU32, Ordering, fence};
use crate::object::cause::{self, Cause, because};
use crate::object::handle::threading_thread;
use crate::platform::print::print_error;
use crate::status::{Status, threading_status};
use crate::thread::current;
use crate::thread::name;
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::this_thread;

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

/// A place for one hook: a function and its context, which are read without a lock, since a call
/// may fail in a signal handler.
///
/// | version | means                                                                  |
/// |---------|------------------------------------------------------------------------|
/// | even    | function and context belong together                                   |
/// | odd     | they are being changed, under the lock: a reader does without the hook |
pub struct Hook<F> {
    changing: Mutex<()>,
    version: AtomicU32,
    function: AtomicPtr<c_void>,
    context: AtomicPtr<c_void>,
    kind: PhantomData<fn(F)>,
}

impl<F: Copy> Hook<F> {
    const fn new() -> Hook<F> {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>(), "it is a function") };
        Hook {
            changing: Mutex::new(()),
            version: AtomicU32::new(0),
            function: AtomicPtr::new(ptr::null_mut()),
            context: AtomicPtr::new(ptr::null_mut()),
            kind: PhantomData,
        }
    }

    /// Sets it, or takes it away.
    pub fn set(&self, function: Option<F>, context: *mut c_void) {
        // SAFETY: a function pointer of the same size, as `new` has checked.
        let function = function.map_or(ptr::null_mut(), |function| unsafe {
            transmute_copy::<F, *mut c_void>(&function)
        });
        let _changing = self.changing.lock();
        // ORDERING: Relaxed, then a Release fence: who reads one of the two new values below sees
        // the odd version, or a later one.
        let version = self.version.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::Release);
        // ORDERING: Relaxed, both: between the two versions.
        self.function.store(function, Ordering::Relaxed);
        self.context.store(context, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire in `get`.
        self.version.store(version.wrapping_add(2), Ordering::Release);
    }

    fn get(&self) -> Option<(F, *mut c_void)> {
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

    /// In a forked child whose parent may have been changing it: then it is taken away, since
    /// function and context may not belong together.
    pub fn mend(&self) {
        // ORDERING: Relaxed, all: the process has a single thread.
        let version = self.version.load(Ordering::Relaxed);
        if !version.is_multiple_of(2) {
            self.function.store(ptr::null_mut(), Ordering::Relaxed);
            self.version.store(version.wrapping_add(1), Ordering::Relaxed);
        }
    }

    /// The lock itself, for the fork handlers.
    pub fn raw(&self) -> &InternalMutex {
        // SAFETY: the fork handlers leave it as they found it.
        unsafe { self.changing.raw() }
    }
}

/// In each new thread, before its function.
pub static START: Hook<ThreadHook> = Hook::new();
/// In each thread of ours, after its function.
pub static EXIT: Hook<ThreadHook> = Hook::new();
/// For failures that threads report.
pub static EXCEPT: Hook<ExceptHook> = Hook::new();
/// For calls that fail.
pub static ERROR: Hook<ErrorHook> = Hook::new();

/// Calls a thread hook for the calling thread, if one is set. The hook may unwind.
pub fn run(hook: &Hook<ThreadHook>, thread: threading_thread) {
    if let Some((function, context)) = hook.get() {
        // SAFETY: whoever set the hook promised a function of this type that stays callable, with
        // this context.
        unsafe { function(thread, context) };
    }
}

/// Takes the mark of a running error hook back, however the hook ends, and gives the thread back
/// why its call fails.
struct InErrorHook(Option<cause::Last>);

impl Drop for InErrorHook {
    fn drop(&mut self) {
        this_thread::leave_hook();
        if let Some(last) = self.0 {
            cause::restore(last);
        }
    }
}

/// Tells the error hook of a failed call. A hook's own failures are not reported to it.
#[cold]
#[inline(never)]
pub fn report_error(function: &'static CStr, status: Status, handle: u64) {
    let Some((hook, context)) = ERROR.get() else { return };
    if this_thread::enter_hook() {
        let _mark = InErrorHook(cause::last());
        // SAFETY: as in `run`.
        unsafe { hook(function.as_ptr(), status, handle, context) };
    }
}

/// Whether failures go to an excepthook, and are not printed.
pub fn has_excepthook() -> bool {
    EXCEPT.get().is_some()
}

/// Gives a failure to the excepthook, or prints it.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if `kind` is null, or a string is not UTF-8.
///
/// # Safety
/// Both strings are null or NUL-terminated.
pub unsafe fn report_exception(
    kind: *const c_char,
    message: *const c_char,
    payload: *mut c_void,
) -> Result<(), Status> {
    let text = |text: *const c_char| match text.is_null() {
        true => c"",
        // SAFETY: not null, so NUL-terminated, by the caller's promise.
        false => unsafe { CStr::from_ptr(text) },
    };
    if kind.is_null() {
        return Err(because(&Cause(Status::THREADING_INVALID_ARGUMENT, c"the type is NULL")));
    }
    if text(kind).to_str().is_err() || text(message).to_str().is_err() {
        return Err(because(&Cause(
            Status::THREADING_INVALID_ARGUMENT,
            c"the type or the message is not UTF-8",
        )));
    }
    let thread = threading_thread::from(current::thread());
    if let Some((hook, context)) = EXCEPT.get() {
        let exception = threading_exception { r#type: kind, message, payload, thread };
        // SAFETY: as in `run`; the exception lives during the call.
        unsafe { hook(&exception, context) };
        return Ok(());
    }
    // SAFETY: `of_current` returns a NUL-terminated string of this thread's.
    let thread_name = unsafe { CStr::from_ptr(name::of_current(thread.into())) };
    let separator: &[u8] = if text(message).is_empty() { b"" } else { b": " };
    print_error(&[
        &[b"Exception in thread ", thread_name.to_bytes(), b":"],
        &[text(kind).to_bytes(), separator, text(message).to_bytes()],
    ]);
    Ok(())
}
