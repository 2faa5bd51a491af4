//! The end of the process: callbacks, then the join of all threads that keep it alive.
//!
//! Every home (see `record::home`) counts the threads that are not daemons and have not ended. One
//! word counts the homes that have any, so that "none is left, and none can start any more" is a
//! single change, and threads that start and end others seldom write the same word:
//!
//! | bits | name  | means                                          | set by          | cleared by |
//! |------|-------|------------------------------------------------|-----------------|------------|
//! | 0-25 | count | homes whose count is not 0, callbacks that     | start, end      | fork       |
//! |      |       | run, and, for a moment, threads that are about |                 |            |
//! |      |       | to change a home's count from or to 0          |                 |            |
//! | 26   | FINAL | the shutdown is complete: nothing starts any   | a shutdown at 0 | –          |
//! |      |       | more                                           |                 |            |
//!
//! A home is counted before its count leaves 0, and until after its count is 0 again: the word is
//! never too small. A callback that runs is counted, so a shutdown in one thread does not complete
//! while another's callback runs.

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, Ordering};
use crate::lifecycle::load;
use crate::object::handle::Handle;
use crate::object::word::{State, WAITERS};
use crate::platform::clock::{self, Deadline};
use crate::platform::memory;
use crate::probe;
use crate::status::Status;
use crate::thread::at_exit;
use crate::thread::current;
use crate::thread::reap;
use crate::thread::record::{self, COUNTED, HOMES, LEAVING};
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::queue::Core;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::{complete_all, recheck_all, wait_until};

const COUNT: u64 = (1 << 26) - 1;
const FINAL: u64 = 1 << 26;

static ALIVE: Core = Core::INTERNAL;

/// The threads that a home counts, in a cache line that it has to itself.
#[repr(align(128))]
struct Home(AtomicU32);

static ALIVE_AT: [Home; HOMES] = [const { Home(AtomicU32::new(0)) }; HOMES];

fn home_of(home: usize) -> &'static Home {
    let [first, ..] = &ALIVE_AT;
    ALIVE_AT.get(home).unwrap_or(first)
}

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

/// The lock of the callbacks, for the fork handlers.
pub fn raw() -> &'static InternalMutex {
    // SAFETY: the fork handlers leave it as they found it.
    unsafe { CALLBACKS.raw() }
}

/// Counts a thread that is about to start, if it keeps the process alive.
///
/// # Errors
/// `THREADING_SHUTTING_DOWN` for any thread after a shutdown; `THREADING_NO_RESOURCES` if no more
/// can be counted.
pub fn count(home: usize, counts: bool) -> Result<(), Status> {
    if !counts {
        return if ALIVE.word.load().has(FINAL) {
            Err(Status::THREADING_SHUTTING_DOWN)
        } else {
            Ok(())
        };
    }
    let Home(alive) = home_of(home);
    let one_more = |alive: u32| if alive == 0 { None } else { alive.checked_add(1) };
    // ORDERING: AcqRel, pairs with `uncount`: the chain of changes leads to the one that counts the
    // home no more. Relaxed on failure: again.
    if alive.fetch_update(Ordering::AcqRel, Ordering::Relaxed, one_more).is_ok() {
        return Ok(());
    }
    count_one()?;
    // ORDERING: AcqRel: as above.
    if alive.fetch_add(1, Ordering::AcqRel) != 0 {
        // Another was faster, and has counted the home.
        uncount_one();
    }
    Ok(())
}

fn count_one() -> Result<(), Status> {
    let counted = ALIVE.word.update(|state| {
        let possible = !state.has(FINAL) && state.0 & COUNT != COUNT;
        possible.then_some(State(state.0 + 1))
    });
    match counted {
        Ok(_) => Ok(()),
        Err(state) if state.has(FINAL) => Err(Status::THREADING_SHUTTING_DOWN),
        Err(_) => Err(Status::THREADING_NO_RESOURCES),
    }
}

/// Tells the tools that look inside what a shutdown will see.
pub fn tell_what_was_done() {
    probe::happens_before(&ALIVE);
}

/// A counted thread keeps the process alive no more.
pub fn uncount(home: usize, counted: bool) {
    if !counted {
        return;
    }
    tell_what_was_done();
    let Home(alive) = home_of(home);
    // ORDERING: AcqRel: Release, so that whoever finds none left, in the end the shutdown, sees
    // what this thread has done; Acquire, so that the last one passes on what the others did.
    // Relaxed on failure: again.
    if alive.fetch_update(Ordering::AcqRel, Ordering::Relaxed, |alive| alive.checked_sub(1))
        == Ok(1)
    {
        uncount_one();
    }
}

fn uncount_one() {
    let fewer = |state: State| if state.0 & COUNT == 0 { state } else { State(state.0 - 1) };
    // Who waits may wait for any small number: a shutdown inside callbacks does not wait for those.
    let quietly = ALIVE.word.update(|state| (!state.has(WAITERS)).then_some(fewer(state)));
    if quietly.is_err() {
        recheck_all(&ALIVE, fewer);
    }
}

/// Registers a callback that runs before the join of a shutdown, last-in-first-out.
///
/// # Errors
/// `THREADING_SHUTTING_DOWN` once a shutdown has begun; `THREADING_NO_RESOURCES` if there is no
/// memory.
pub fn register_callback(function: Callback, context: *mut c_void) -> Result<(), Status> {
    load::ensure();
    at_exit::register()?;
    let place: *mut Registered = memory::allocate();
    if place.is_null() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let mut callbacks = CALLBACKS.lock();
    if callbacks.shutdowns != 0 || ALIVE.word.load().has(FINAL) {
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
        let counted = count_one().is_ok();
        this_thread::count_callback(if counted { 1 } else { 0 });
        Running { counted }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        this_thread::count_callback(if self.counted { -1 } else { 0 });
        if self.counted {
            uncount_one();
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
struct Leaving {
    thread: Option<Handle>,
    counted: bool,
    stay: bool,
}

impl Leaving {
    fn begin() -> Leaving {
        let thread = current::existing(this_thread::own_waiter());
        let mut leaving = Leaving { thread, counted: false, stay: false };
        if let Some((thread, record)) =
            thread.and_then(|thread| record::find(thread).ok().map(|found| (thread, found.0)))
        {
            let before = complete_all(&record.core, |state| {
                if state.is(thread.tag()) { state.with(LEAVING).without(COUNTED) } else { state }
            });
            // A shutdown inside a callback of a shutdown: the outer one is in charge.
            if before.has(LEAVING) {
                leaving.thread = None;
            }
            leaving.counted = before.has(COUNTED);
            uncount(record::home(before), leaving.counted);
        }
        leaving
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        let Some(thread) = self.thread.filter(|_| !self.stay) else { return };
        if let Ok((record, state)) = record::find(thread) {
            let counts =
                if self.counted && count(record::home(state), true).is_ok() { COUNTED } else { 0 };
            let _ = record.core.word.update(|state| {
                state.is(thread.tag()).then_some(state.without(LEAVING).with(counts))
            });
        }
    }
}

/// The calling thread keeps nothing alive any more, and counts as finished for joiners.
pub fn leave_for_good() {
    let mut leaving = Leaving::begin();
    leaving.stay = true;
}

/// Runs the callbacks, waits for all threads that keep the process alive, those among them that
/// start meanwhile, and ends the time in which threads can start.
///
/// # Errors
/// `THREADING_TIMEOUT`: then all goes on as before, but the callbacks have run.
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn shutdown(timeout: Timeout) -> Result<(), Status> {
    shut_down(timeout, |left, alone| wait_until(&ALIVE, Handle::NULL, left, 0, alone))
}

/// As [`shutdown`], for `exit`: after a while it says for whom it waits.
pub fn shutdown_at_exit() {
    let mut silence = Timeout::For(at_exit::SILENCE);
    let _ = shut_down(Timeout::Forever, |_, alone| {
        let waited = wait_until(&ALIVE, Handle::NULL, silence, 0, alone);
        if silence == Timeout::Forever || waited != Err(Status::THREADING_TIMEOUT) {
            return waited;
        }
        silence = Timeout::Forever;
        at_exit::say_who_is_waited_for();
        wait_until(&ALIVE, Handle::NULL, silence, 0, alone)
    });
}

/// Waits until no thread keeps the process alive, or a shutdown is complete. Threads can be started
/// still.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if there is no memory to wait.
pub fn wait_for_all() -> Result<(), Status> {
    let alone = |state: State| state.0 & COUNT == 0 || state.has(FINAL);
    wait_until(&ALIVE, Handle::NULL, Timeout::Forever, 0, alone).map(|_| ())
}

fn shut_down(
    timeout: Timeout,
    mut wait: impl FnMut(Timeout, &dyn Fn(State) -> bool) -> Result<Option<State>, Status>,
) -> Result<(), Status> {
    load::ensure();
    if ALIVE.word.load().has(FINAL) {
        return Ok(());
    }
    let deadline = timeout.deadline();
    let mut leaving = Leaving::begin();
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
        let alone = |state: State| state.0 & COUNT <= mine || state.has(FINAL);
        wait(left, &alone)?;
        if ALIVE.word.update(|state| alone(state).then_some(state.with(FINAL))).is_ok() {
            leaving.stay = true;
            wait_for_the_last();
            probe::happens_after(&ALIVE);
            recheck_all(&ALIVE, |state| state);
            reap::reap_at_last();
            return Ok(());
        }
    }
}

/// Waits for threads that are not counted any more, and are about to publish their end.
fn wait_for_the_last() {
    record::walk(|thread, record, state| {
        if state.has(COUNTED) {
            let ended = |state: State| !state.has(COUNTED);
            let _ = wait_until(&record.core, thread, Timeout::Forever, 0, ended);
        }
        true
    });
}

/// In a forked child: nobody is left who would keep it alive, and nobody who shuts down, but for
/// the callbacks that this thread is in.
pub fn forget_all() {
    let mine = u64::from(this_thread::count_callback(0));
    let _ = ALIVE.word.update(|state| Some(State(state.without(COUNT).0 | mine)));
    for Home(alive) in &ALIVE_AT {
        // ORDERING: Relaxed: the process has a single thread.
        alive.store(0, Ordering::Relaxed);
    }
    // SAFETY: `prepare` holds the lock in this thread, which is the only one.
    unsafe { (*CALLBACKS.data_ptr()).shutdowns = u32::from(mine != 0) };
}
