//! Making threads and starting them.
//!
//! A thread starts by a raw `pthread_create`, and the functions below the user's are C-unwind. So
//! `pthread_exit`, cancellation and C++ exceptions pass as in a C program: guards run, and nothing
//! catches.

use core::ffi::{c_char, c_void};
use core::ptr;

use crate::atomic::Ordering;
use crate::object::cause;
use crate::object::handle::{Handle, Kind};
use crate::object::label;
use crate::object::word::State;
use crate::platform::abandoned::{Registered, Room};
use crate::platform::pthread::{self, Routine};
use crate::platform::system::{KeepErrno, NoCancellation};
use crate::probe::{self, Happening};
use crate::status::Status;
use crate::thread::alive;
use crate::thread::current;
use crate::thread::finish::{self, TargetGuard};
use crate::thread::hooks;
use crate::thread::name;
use crate::thread::native;
use crate::thread::noted;
use crate::thread::noted_start;
use crate::thread::record::{
    self, COUNTED, DAEMON, DETACHED, NATIVE_ID_WANTED, NEW, NewRecord, Record, STARTING, Target,
};
use crate::thread::sleep;
use crate::thread::stack;
use crate::thread::stand_in;
use crate::wait::this_thread;
use crate::wait::thread_exit;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until;
use crate::wait::waiter::Waiter;

/// Makes a thread that is not started. It inherits the daemon flag of the calling thread.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if the name is not UTF-8, `THREADING_NO_RESOURCES` if memory or
/// handles ran out.
///
/// # Safety
/// `name` is null or points to a NUL-terminated string.
pub unsafe fn new(
    name: *const c_char,
    target: Target,
    argument: *mut c_void,
) -> Result<Handle, Status> {
    let daemon = if current::inherits_daemon() { DAEMON } else { 0 };
    // SAFETY: the caller's promise.
    unsafe { make(name, target, argument, NEW | daemon) }
}

unsafe fn make(
    name: *const c_char,
    target: Target,
    argument: *mut c_void,
    bits: u64,
) -> Result<Handle, Status> {
    // SAFETY: the caller's promise.
    let name = unsafe { name::copy_in(name) }?;
    let making =
        NewRecord { target: target as *mut c_void, argument, name, ident: 0, native_id: 0, bits };
    record::make(&making).inspect_err(|_| label::end(name))
}

/// Makes a thread and starts it. If `place` is null the thread is detached. If the start fails, the
/// place gets its old value back.
///
/// # Errors
/// As [`new`] and [`start`].
///
/// # Safety
/// As [`new`]; `place` is null or may be written.
pub unsafe fn spawn(
    name: *const c_char,
    target: Target,
    argument: *mut c_void,
    daemon: bool,
    place: *mut Handle,
) -> Result<(), Status> {
    let daemon = if daemon || current::inherits_daemon() { DAEMON } else { 0 };
    let detached = if place.is_null() { DETACHED } else { 0 };
    // SAFETY: the caller's promise.
    let thread = unsafe { make(name, target, argument, NEW | daemon | detached) }?;
    // The new thread may read the place, so the place is written through the pointer, before that
    // thread exists.
    // SAFETY: not null, so it may be written, by the caller's promise.
    let before = (!place.is_null()).then(|| unsafe { place.replace(thread) });
    start(thread).inspect_err(|_| {
        if let Some(before) = before {
            // SAFETY: as above.
            unsafe { place.write(before) };
        }
        let _ = finish::destroy(thread);
    })
}

/// Starts a thread, without waiting until it runs.
///
/// # Errors
/// `THREADING_ALREADY_STARTED`; `THREADING_SHUTTING_DOWN` after a shutdown; as [`native::create`]
/// if the system refuses: then the thread can be started again; `THREADING_INVALID_HANDLE`,
/// `THREADING_DESTROYED`.
pub fn start(thread: Handle) -> Result<(), Status> {
    let (record, _) = record::find(thread)?;
    alive::register()?;
    let counted = |state: State| if state.has(DAEMON) { 0 } else { COUNTED };
    let before = record
        .core
        .word
        .update(|state| {
            let startable = state.is(thread.tag()) && record::phase(state) == NEW;
            startable.then_some(record::with_phase(state, STARTING).with(counted(state)))
        })
        .map_err(|state| match state.is(thread.tag()) {
            true => Status::THREADING_ALREADY_STARTED,
            false => state.stale_status(thread.tag(), Kind::Thread),
        })?;
    let (shard, keeps_alive) = (record::shard(before), counted(before) != 0);
    probe::thread_starting(thread.0);
    alive::add(shard, keeps_alive)
        .and_then(|()| {
            run_natively(thread, record).inspect_err(|_| alive::remove(shard, keeps_alive))
        })
        .inspect_err(|_| {
            // Threads that join it meanwhile recheck, and find that it was not started.
            let back = |state| record::with_phase(state, NEW).without(COUNTED | NATIVE_ID_WANTED);
            let at_last = wait_until::recheck_all(&record.core, back);
            // It was destroyed meanwhile, which only detached it then. So it is destroyed now.
            if at_last.has(DETACHED) && !before.has(DETACHED) {
                let _ = finish::destroy(thread);
            }
        })
}

/// How long a start that the system has refused waits for threads that are about to end, in
/// nanoseconds.
const RETRY_DELAY: u64 = 1_000_000;

/// Creates the operating system's thread of the record.
fn run_natively(thread: Handle, record: &'static Record) -> Result<(), Status> {
    let _errno = KeepErrno::new();
    let _cancellation = NoCancellation::new();
    native::reap();
    if !thread_exit::prepare_key() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let waiter = Waiter::new(0).ok_or(Status::THREADING_NO_RESOURCES)?;
    // ORDERING: Relaxed, both: `pthread_create` publishes the handle to the new thread; the size
    // was stored before the phase changed.
    waiter.record.store(thread.0, Ordering::Relaxed);
    let asked = record.stack_or_period.load(Ordering::Relaxed);
    if noted::is_noted(asked) {
        // SAFETY: `run` may be called in any new thread with a waiter that has a record and that is
        // never freed; so may what `noted_start` passes, with what it passes for it.
        return noted_start::create(
            thread,
            record,
            waiter,
            run,
            &|size, routine, argument| unsafe { create_natively(size, routine, argument) },
        );
    }
    // SAFETY: as above.
    let created =
        unsafe { create_natively(asked as usize, run, ptr::from_ref(waiter).cast_mut().cast()) };
    created.inspect_err(|_| waiter.free())
}

/// As [`native::create`], and tries again if threads are about to end. The size 0 is the default.
///
/// # Safety
/// As [`native::create`].
unsafe fn create_natively(
    asked: usize,
    routine: Routine,
    argument: *mut c_void,
) -> Result<(), Status> {
    let size = if asked == 0 { stack::default() } else { asked };
    // SAFETY: the caller's promise.
    let create = || unsafe { native::create(size, routine, argument) };
    let before = cause::last();
    create().or_else(|refusal| {
        if refusal != Status::THREADING_NO_RESOURCES || !native::is_pending() {
            return Err(refusal);
        }
        // Threads that have ended for the library still count for the system for some
        // microseconds.
        sleep::sleep(Timeout::For(RETRY_DELAY));
        native::reap();
        create().inspect(|()| cause::forget_since(before))
    })
}

/// The first function of a thread that the library starts.
extern "C-unwind" fn run(argument: *mut c_void) -> *mut c_void {
    // SAFETY: the argument is the waiter that `create` made for this thread; waiters are never
    // freed.
    let waiter: &'static Waiter = unsafe { &*argument.cast::<Waiter>() };
    // ORDERING: Relaxed, both: written before this thread was created; read by the thread that
    // takes the waiter from the stack of ended threads.
    let thread = Handle(waiter.record.load(Ordering::Relaxed));
    // SAFETY: the call has no precondition.
    waiter.native_handle.store(unsafe { pthread::pthread_self() } as usize, Ordering::Relaxed);
    let exit_hook_armed = this_thread::register_self(thread, waiter);
    let Ok((record, _)) = record::find(thread) else { return ptr::null_mut() };
    // ORDERING: Relaxed: `set_running` releases it.
    record.due.store(record::own_native_handle(), Ordering::Relaxed);
    // ORDERING: Release, pairs with the fence in `record::validate`: who reads it for an earlier
    // life of the slot finds that life ended.
    record.nameable.store(1, Ordering::Release);
    let state = record::set_running(record);
    probe::happened(Happening::ThreadBegins, &record.core.word, 0);
    probe::thread_started(thread.0);
    stand_in::ensure();
    let mut guard = TargetGuard::new(thread, record, exit_hook_armed);
    let room = Room::new();
    let registered = Registered::new(&room, &raw const guard);
    name::tell_system(record, state);
    hooks::run(&hooks::START, thread.into());
    // ORDERING: Relaxed, both: written before the record was published.
    let target = record.target.load(Ordering::Relaxed);
    let argument = record.argument.load(Ordering::Relaxed);
    // SAFETY: `new` stored a `Target`; its caller promised a function that may be called with this
    // argument. It may unwind: `guard` is the only guard, and it is made for that.
    let result = unsafe {
        let target: Target = core::mem::transmute(target);
        target(argument)
    };
    guard.returned(result);
    registered.over();
    drop(guard);
    ptr::null_mut()
}
