//! The shutdown: it runs the callbacks, then joins all threads that keep the process alive.

use core::ffi::c_void;
use core::ptr;

use crate::object::handle::Handle;
use crate::object::word::State;
use crate::platform::clock::{self, Deadline};
use crate::platform::memory;
use crate::status::Status;
use crate::thread::alive::{self, RunningCallback};
use crate::thread::current;
use crate::thread::executor::future::Blocking;
use crate::thread::exit_notice;
use crate::thread::native;
use crate::thread::record::{self, COUNTED, SHUTTING_DOWN};
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::{complete_all, wait_slowly_until};

/// A function that runs before the join. Its argument is the context.
pub type Callback = unsafe extern "C-unwind" fn(*mut c_void);

/// A registered callback, in memory of the C allocator.
struct Registered {
    function: Callback,
    context: *mut c_void,
    next: *mut Registered,
}

/// The registered callbacks, and the number of running shutdowns. While a shutdown runs, no
/// callback can be registered.
struct Callbacks {
    /// The callback that was registered last.
    first: *mut Registered,
    shutdowns: u32,
}

// SAFETY: the list is accessed under its lock only; the contexts are never followed here.
unsafe impl Send for Callbacks {}

static CALLBACKS: Mutex<Callbacks> = Mutex::new(Callbacks { first: ptr::null_mut(), shutdowns: 0 });

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { CALLBACKS.raw() });
}

/// Registers a callback that runs before the join of a shutdown, last-in-first-out.
///
/// # Errors
/// `THREADING_SHUTTING_DOWN` once a shutdown has begun; `THREADING_NO_RESOURCES` if there is no
/// memory.
pub fn register_callback(function: Callback, context: *mut c_void) -> Result<(), Status> {
    alive::register()?;
    let place: *mut Registered = memory::allocate();
    if place.is_null() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let mut callbacks = CALLBACKS.lock();
    if callbacks.shutdowns != 0 || alive::is_final() {
        drop(callbacks);
        // SAFETY: from `allocate` above, and no other thread has it.
        unsafe { memory::free(place) };
        return Err(Status::THREADING_SHUTTING_DOWN);
    }
    // SAFETY: the place is large enough and aligned for anything, and ours alone until it is
    // linked.
    unsafe { place.write(Registered { function, context, next: callbacks.first }) };
    callbacks.first = place;
    Ok(())
}

/// Runs each registered callback once, until none is registered.
fn run_callbacks() {
    loop {
        let first = {
            let mut callbacks = CALLBACKS.lock();
            let place = callbacks.first;
            // SAFETY: the list holds nodes that `register_callback` wrote; taken out under the
            // lock, this one is ours alone.
            let first = (!place.is_null()).then(|| unsafe { place.read() });
            callbacks.first = first.as_ref().map_or(ptr::null_mut(), |first| first.next);
            drop(callbacks);
            // SAFETY: null, or from `allocate`, read above and unlinked.
            unsafe { memory::free(place) };
            first
        };
        let Some(Registered { function, context, .. }) = first else { return };
        let _running = RunningCallback::new();
        // SAFETY: the caller that registered it promised a function of this type that stays
        // callable with this context.
        unsafe { function(context) };
    }
}

/// Exists while a shutdown runs, so that no callback is registered.
struct RunningShutdown;

impl RunningShutdown {
    fn new() -> RunningShutdown {
        CALLBACKS.lock().shutdowns += 1;
        RunningShutdown
    }
}

impl Drop for RunningShutdown {
    fn drop(&mut self) {
        let mut callbacks = CALLBACKS.lock();
        callbacks.shutdowns = callbacks.shutdowns.saturating_sub(1);
    }
}

/// Exists while the calling thread counts as finished for joiners and does not keep the process
/// alive.
struct ShuttingDown {
    thread: Option<Handle>,
    counted: bool,
    stay: bool,
}

impl ShuttingDown {
    fn new() -> ShuttingDown {
        let thread = current::own_record();
        let mut own = ShuttingDown { thread, counted: false, stay: false };
        if let Some((thread, record)) =
            thread.and_then(|thread| record::find(thread).ok().map(|found| (thread, found.0)))
        {
            let before = complete_all(&record.core, |state| {
                if state.is(thread.tag()) {
                    state.with(SHUTTING_DOWN).without(COUNTED)
                } else {
                    state
                }
            });
            // This is a shutdown inside a callback of a shutdown, and the outer one resets the
            // state.
            if before.has(SHUTTING_DOWN) {
                own.thread = None;
            }
            own.counted = before.has(COUNTED);
            alive::remove(record::shard(before), own.counted);
        }
        own
    }
}

impl Drop for ShuttingDown {
    fn drop(&mut self) {
        let Some(thread) = self.thread.filter(|_| !self.stay) else { return };
        if let Ok((record, state)) = record::find(thread) {
            let counts = if self.counted && alive::add(record::shard(state), true).is_ok() {
                COUNTED
            } else {
                0
            };
            let _ = record.core.word.update(|state| {
                state.is(thread.tag()).then_some(state.without(SHUTTING_DOWN).with(counts))
            });
        }
    }
}

/// From now on the calling thread does not keep the process alive, and counts as finished for
/// joiners.
pub fn leave_for_good() {
    let mut own = ShuttingDown::new();
    own.stay = true;
}

/// Runs the callbacks and waits for all threads that keep the process alive, also for those that
/// start meanwhile. After that no thread can start.
///
/// # Errors
/// `THREADING_TIMEOUT`: then only the callbacks have run, and threads can still start.
/// `THREADING_NO_RESOURCES` if there is no memory to wait, and as [`Blocking::begin`].
pub fn shutdown(timeout: Timeout) -> Result<(), Status> {
    shut_down(timeout, alive::wait_for_all)
}

/// As [`shutdown`], for `exit`: after a while it prints the names of the threads that it waits for.
pub fn shutdown_at_exit() {
    let mut delay = Timeout::For(exit_notice::DELAY);
    let _ = shut_down(Timeout::Forever, |_| {
        let waited = alive::wait_for_all(delay);
        if delay == Timeout::Forever || waited != Err(Status::THREADING_TIMEOUT) {
            return waited;
        }
        delay = Timeout::Forever;
        exit_notice::print();
        alive::wait_for_all(delay)
    });
}

fn shut_down(
    timeout: Timeout,
    mut wait_for_all: impl FnMut(Timeout) -> Result<(), Status>,
) -> Result<(), Status> {
    if alive::is_final() {
        return Ok(());
    }
    let deadline = timeout.deadline();
    let mut own = ShuttingDown::new();
    let _shutdown = RunningShutdown::new();
    run_callbacks();
    let left = match deadline {
        Deadline::Never => Timeout::Forever,
        Deadline::At(moment) => match moment.saturating_sub(clock::now()) {
            0 => Timeout::Poll,
            nanoseconds => Timeout::For(nanoseconds),
        },
    };
    // In a task: those behind it in its executor are waited for, so they have to begin.
    let _blocking = match left {
        Timeout::Poll => None,
        _ => Some(Blocking::begin()?),
    };
    loop {
        wait_for_all(left)?;
        if alive::finalize() {
            own.stay = true;
            wait_for_finished();
            alive::announce_final();
            native::reap_at_last();
            return Ok(());
        }
    }
}

/// Waits for the threads that `alive` does not count any more and that are about to publish their
/// end.
fn wait_for_finished() {
    record::for_each(|thread, record, state| {
        if state.has(COUNTED) {
            let ended = |state: State| !state.has(COUNTED);
            let _ = wait_slowly_until(&record.core, thread, Timeout::Forever, 0, &ended);
        }
        true
    });
}

/// In a forked child, only the calling thread can be in a shutdown: if it is in callbacks.
pub fn reset_after_fork() {
    let is_in_callback = alive::own_callbacks() != 0;
    // SAFETY: this thread, which is the only one, holds the lock, or no thread does.
    unsafe { (*CALLBACKS.data_ptr()).shutdowns = u32::from(is_in_callback) };
}
