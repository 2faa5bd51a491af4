//! Shutdown: callbacks, then the join of all threads that keep the process alive.

use core::ffi::c_void;
use core::ptr;

use crate::object::handle::Handle;
use crate::object::word::State;
use crate::platform::clock::{self, Deadline};
use crate::platform::memory;
use crate::status::Status;
use crate::thread::alive;
use crate::thread::current;
use crate::thread::exit_notice;
use crate::thread::reap;
use crate::thread::record::{self, COUNTED, SHUTTING_DOWN};
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::{complete_all, wait_until};

/// A function that runs before the join, and its context.
pub type Callback = unsafe extern "C-unwind" fn(*mut c_void);

/// A registered callback, from the C allocator.
struct Registered {
    function: Callback,
    context: *mut c_void,
    next: *mut Registered,
}

/// The callbacks, and how many shutdowns are going on: while there are any, none can be registered.
struct Callbacks {
    /// The last come.
    first: *mut Registered,
    shutdowns: u32,
}

// SAFETY: the list is reached under its lock only; the contexts are never followed here.
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
    let place: *mut Registered = memory::allocate();
    if place.is_null() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let mut callbacks = CALLBACKS.lock();
    if callbacks.shutdowns != 0 || alive::is_final() {
        drop(callbacks);
        // SAFETY: from `allocate` above, and nobody else has it.
        unsafe { memory::free(place) };
        return Err(Status::THREADING_SHUTTING_DOWN);
    }
    // SAFETY: the place is large enough and aligned for anything, and ours alone until it is
    // linked.
    unsafe { place.write(Registered { function, context, next: callbacks.first }) };
    callbacks.first = place;
    Ok(())
}

/// Runs what is registered, each once, until nothing is.
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
        let _running = Running::begin();
        // SAFETY: whoever registered it promised a function of this type that stays callable, with
        // this context.
        unsafe { function(context) };
    }
}

/// While it exists a callback runs, however it ends.
struct Running {
    counted: bool,
}

impl Running {
    fn begin() -> Running {
        let counted = alive::count_one().is_ok();
        this_thread::count_callback(if counted { 1 } else { 0 });
        Running { counted }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        this_thread::count_callback(if self.counted { -1 } else { 0 });
        if self.counted {
            alive::uncount_one();
        }
    }
}

/// While it exists a shutdown is going on: nobody registers.
struct Shutdown;

impl Shutdown {
    fn begin() -> Shutdown {
        CALLBACKS.lock().shutdowns += 1;
        Shutdown
    }
}

impl Drop for Shutdown {
    fn drop(&mut self) {
        let mut callbacks = CALLBACKS.lock();
        callbacks.shutdowns = callbacks.shutdowns.saturating_sub(1);
    }
}

/// While it exists, the calling thread counts as finished for joiners and keeps nothing alive.
struct ShuttingDown {
    thread: Option<Handle>,
    counted: bool,
    stay: bool,
}

impl ShuttingDown {
    fn begin() -> ShuttingDown {
        let thread = current::own_record(this_thread::own_waiter());
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
            // A shutdown inside a callback of a shutdown: the outer one is in charge.
            if before.has(SHUTTING_DOWN) {
                own.thread = None;
            }
            own.counted = before.has(COUNTED);
            alive::uncount(record::shard(before), own.counted);
        }
        own
    }
}

impl Drop for ShuttingDown {
    fn drop(&mut self) {
        let Some(thread) = self.thread.filter(|_| !self.stay) else { return };
        if let Ok((record, state)) = record::find(thread) {
            let counts = if self.counted && alive::count(record::shard(state), true).is_ok() {
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

/// The calling thread keeps nothing alive any more, and counts as finished for joiners.
pub fn leave_for_good() {
    let mut own = ShuttingDown::begin();
    own.stay = true;
}

/// Runs the callbacks, waits for all threads that keep the process alive, those among them that
/// start meanwhile, and ends the time in which threads can start.
///
/// # Errors
/// `THREADING_TIMEOUT`: then all goes on as before, but the callbacks have run.
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn shutdown(timeout: Timeout) -> Result<(), Status> {
    shut_down(timeout, alive::wait_for_all)
}

/// As [`shutdown`], for `exit`: after a while it names the threads that it waits for.
pub fn shutdown_at_exit() {
    let mut silence = Timeout::For(exit_notice::SILENCE);
    let _ = shut_down(Timeout::Forever, |mine, _| {
        let waited = alive::wait_for_all(mine, silence);
        if silence == Timeout::Forever || waited != Err(Status::THREADING_TIMEOUT) {
            return waited;
        }
        silence = Timeout::Forever;
        exit_notice::print();
        alive::wait_for_all(mine, silence)
    });
}

fn shut_down(
    timeout: Timeout,
    mut wait_for_all: impl FnMut(u64, Timeout) -> Result<(), Status>,
) -> Result<(), Status> {
    if alive::is_final() {
        return Ok(());
    }
    let deadline = timeout.deadline();
    let mut own = ShuttingDown::begin();
    let _shutdown = Shutdown::begin();
    run_callbacks();
    // What this thread itself runs is not waited for: a shutdown inside a callback.
    let mine = u64::from(this_thread::count_callback(0));
    let left = match deadline {
        Deadline::Never => Timeout::Forever,
        Deadline::At(moment) => match moment.saturating_sub(clock::now()) {
            0 => Timeout::Poll,
            nanoseconds => Timeout::For(nanoseconds),
        },
    };
    loop {
        wait_for_all(mine, left)?;
        if alive::finalize(mine) {
            own.stay = true;
            wait_for_the_last();
            alive::announce_final();
            reap::reap_at_last();
            return Ok(());
        }
    }
}

/// Waits for threads that are not counted any more, and are about to publish their end.
fn wait_for_the_last() {
    record::for_each(|thread, record, state| {
        if state.has(COUNTED) {
            let ended = |state: State| !state.has(COUNTED);
            let _ = wait_until(&record.core, thread, Timeout::Forever, 0, ended);
        }
        true
    });
}

/// In a forked child: nobody shuts down, but for the callbacks that this thread is in.
pub fn reset_after_fork() {
    let mine = u64::from(this_thread::count_callback(0));
    alive::reset_after_fork(mine);
    // SAFETY: `prepare` holds the lock in this thread, which is the only one.
    unsafe { (*CALLBACKS.data_ptr()).shutdowns = u32::from(mine != 0) };
}
