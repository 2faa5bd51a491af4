//! The record of a thread: a slot of two cache lines. The table of the records is the registry of
//! all threads. What the start and the cancel of a timer touch stands in the first line: with many
//! timers pending they mostly wait for memory.
//!
//! The low half of its word has these bits beside those that every word has:
//!
//! | bits  | name             | means                   | set by              | cleared by      |
//! |-------|------------------|-------------------------|---------------------|-----------------|
//! | 0-1   | phase            | NEW → STARTING →        | see below           | –               |
//! |       |                  | RUNNING → FINISHED      |                     |                 |
//! | 2     | DAEMON           | does not keep the       | new, `set_daemon`   | `set_daemon`,   |
//! |       |                  | process alive           |                     | fork            |
//! | 3     | DETACHED         | no owner is left: the   | `destroy`, spawn    | fork            |
//! |       |                  | thread's end frees the  |                     |                 |
//! |       |                  | slot                    |                     |                 |
//! | 4     | DUMMY            | the library did not     | making              | fork            |
//! |       |                  | start the thread        |                     |                 |
//! | 5     | MAIN             | the main thread         | loading, fork       | fork            |
//! | 6     | SHUTTING_DOWN    | it runs `exit` or a     | `shutdown`          | a shutdown that |
//! |       |                  | shutdown, and counts as |                     | times out, fork |
//! |       |                  | finished for joiners    |                     |                 |
//! | 7     | RESULT_PENDING   | only the C library      | the end of a target | reaping, fork   |
//! |       |                  | knows the result: the   | that did not return |                 |
//! |       |                  | thread has to be reaped |                     |                 |
//! | 8     | NATIVE_ID_WANTED | a thread waits for the  | `native_id`         | `set_running`   |
//! |       |                  | native id               |                     |                 |
//! | 9     | COUNTED          | `alive` counts it       | start               | the end, fork,  |
//! |       |                  |                         |                     | SHUTTING_DOWN   |
//! | 10    | RESULT_SET       | the result is stored,   | `threading_exit`    | –               |
//! |       |                  | though the target has   |                     |                 |
//! |       |                  | not returned            |                     |                 |
//! | 11    | TIMER            | it is a timer           | making              | –               |
//! | 12    | PENDING          | a started timer or task | start, submit, fork | firing,         |
//! |       |                  | that has neither begun  |                     | cancelling      |
//! |       |                  | nor been cancelled      |                     |                 |
//! | 13    | CANCELLED        | a timer or task whose   | cancelling, fork    | –               |
//! |       |                  | function is not called  |                     |                 |
//! | 14-16 | SHARD            | its shard of the counts | making              | –               |
//! |       |                  | and wheels: see `shard` |                     |                 |
//! | 17    | RESULT_LOST      | a fork left the thread  | fork                | –               |
//! |       |                  | behind before it had a  |                     |                 |
//! |       |                  | result                  |                     |                 |
//! | 18    | PERIODIC         | a timer whose function  | making              | –               |
//! |       |                  | is called again         |                     |                 |
//! | 19    | REARMED          | a periodic timer whose  | `rearm` during a    | the end of that |
//! |       |                  | next run is due at      | run                 | run             |
//! |       |                  | `due`                   |                     |                 |
//! | 20    | TASK             | it is an executor's     | making              | –               |
//! |       |                  | task: see `executor`    |                     |                 |
//!
//! `start` takes a record from NEW to STARTING, and back if the system refuses the thread. The
//! thread itself goes from STARTING to RUNNING before it does anything else, and from RUNNING to
//! FINISHED in the last round of its destructors. After a run a periodic timer goes from RUNNING
//! back to STARTING, with PENDING. A fork finishes every thread that it leaves
//! behind. The main thread and Dummies are RUNNING from the beginning. FINISHED with PENDING is a
//! timer that a fork left behind before its function began: it is in no wheel and will not fire,
//! and a cancel still reports that it was prevented.

use core::ffi::c_void;
use core::mem::offset_of;
use core::ptr;

use crate::atomic::{self, AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::label;
use crate::object::slot::slots;
use crate::object::table::{Slot, Vacant};
use crate::object::word::State;
use crate::platform::pthread;
use crate::platform::system;
use crate::status::Status;
use crate::wait::queue::Core;
use crate::wait::this_thread::{self, MAIN_IDENT};
use crate::wait::wait_until::recheck_all;

/// The bits of the phase.
pub const PHASE: u64 = 3;
/// Not started.
pub const NEW: u64 = 0;
/// Started; its first instruction has not run.
pub const STARTING: u64 = 1;
/// Alive.
pub const RUNNING: u64 = 2;
/// Ended.
pub const FINISHED: u64 = 3;
/// See the table above for this bit and the following ones.
pub const DAEMON: u64 = 1 << 2;
#[allow(missing_docs)]
pub const DETACHED: u64 = 1 << 3;
#[allow(missing_docs)]
pub const DUMMY: u64 = 1 << 4;
#[allow(missing_docs)]
pub const MAIN: u64 = 1 << 5;
#[allow(missing_docs)]
pub const SHUTTING_DOWN: u64 = 1 << 6;
#[allow(missing_docs)]
pub const RESULT_PENDING: u64 = 1 << 7;
#[allow(missing_docs)]
pub const NATIVE_ID_WANTED: u64 = 1 << 8;
#[allow(missing_docs)]
pub const COUNTED: u64 = 1 << 9;
#[allow(missing_docs)]
pub const RESULT_SET: u64 = 1 << 10;
#[allow(missing_docs)]
pub const TIMER: u64 = 1 << 11;
#[allow(missing_docs)]
pub const PENDING: u64 = 1 << 12;
#[allow(missing_docs)]
pub const CANCELLED: u64 = 1 << 13;
#[allow(missing_docs)]
pub const RESULT_LOST: u64 = 1 << 17;
#[allow(missing_docs)]
pub const PERIODIC: u64 = 1 << 18;
#[allow(missing_docs)]
pub const REARMED: u64 = 1 << 19;
#[allow(missing_docs)]
pub const TASK: u64 = 1 << 20;
/// The number of shards of the state that all threads write: the counts and the wheels.
pub const SHARDS: usize = 1 << 3;
const SHARD: u32 = 14;
/// What `bucket` has while the timer is in no bucket.
pub const NO_BUCKET: u32 = u32::MAX;

/// A thread's function, as C passes it. It may end by `pthread_exit`, by cancellation or by a C++
/// exception.
pub type Target = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;

/// See the top of this file.
#[repr(C, align(128))]
pub struct Record {
    /// The state, and the queue of the joiners.
    pub core: Core,
    /// While a timer is NEW, its interval in nanoseconds; afterwards the time at which it is due,
    /// in nanoseconds, which the lock of the timer's wheel guards. The three below are guarded by
    /// the lock of the wheel that the timer is in, or of the queue of due timers.
    ///
    /// Of a task: the handle of its executor, whose lock guards the last two. Of any other thread:
    /// how the C library knows it, or 0, written by the thread itself before it is RUNNING.
    pub due: AtomicU64,
    /// The neighbours in a bucket of the wheel or in the list of due timers, as index + 1. While a
    /// timer is NEW, the two halves of its maker's ident.
    pub next: AtomicU32,
    /// See above.
    pub previous: AtomicU32,
    /// The bucket, as `wheel` numbers them, or [`NO_BUCKET`].
    pub bucket: AtomicU32,
    next_free: AtomicU32,
    /// The thread's ident: the handle's bits, except for a Dummy.
    pub ident: AtomicU64,
    /// The address of a [`Target`], written before the record is published. The thread itself
    /// clears it when the target is over.
    pub target: AtomicPtr<c_void>,
    /// The target's argument, written before the record is published.
    pub argument: AtomicPtr<c_void>,
    /// The target's result. FINISHED publishes it, or, with RESULT_PENDING, the clearing of
    /// that bit.
    pub result: AtomicPtr<c_void>,
    /// The handle of the name's label; 0: `number` makes the name. Changed under the lock of names,
    /// and read without it.
    pub name: AtomicU64,
    /// The N of Thread-N or Dummy-N; 0: not assigned yet. Changed as the name, and before it.
    pub number: AtomicU64,
    /// Bytes of the stack; 0: the default; or what `noted` says. Guarded by the phase and the
    /// queue's lock: written while NEW, read by `start`. A timer has no stack of its own: this is
    /// its period in nanoseconds, written before the record is published.
    pub stack_or_period: AtomicU64,
    /// The kernel's id; 0 before the thread is RUNNING.
    pub native_id: AtomicU32,
    /// 1 while the kernel's id may be used to rename or to place the thread. Guarded by the lock of
    /// names, but for a thread that begins: it sets this itself before it is RUNNING.
    pub nameable: AtomicU32,
    /// The signals that are blocked when a timer's function begins, as `signals::SignalMask`.
    /// Written by the maker, and again by a starter that is another thread, before the timer is in
    /// any list. While a task runs: the handle of its worker's label, guarded by the lock of names.
    pub mask: AtomicU64,
}

const _: () = assert!(
    !atomic::IS_PLAIN || size_of::<Record>() == 128,
    "a million timers are an ordinary load"
);
const _: () = assert!(
    !atomic::IS_PLAIN || offset_of!(Record, next_free) < 64,
    "the links of a timer stand in the first cache line"
);

slots! {
    Record, kind: Kind::Thread, reserved: 1,
    word: core.word, first_use: core,
}

/// The initial values of a record.
pub struct NewRecord {
    /// The function, or null for a thread that the library does not start.
    pub target: *mut c_void,
    /// Its argument.
    pub argument: *mut c_void,
    /// The label of the name, which then belongs to the record; null for the default name.
    pub name: Handle,
    /// The ident; 0: the handle's bits.
    pub ident: u64,
    /// The kernel's id; 0 if the thread does not run yet.
    pub native_id: u32,
    /// Phase and flags.
    pub bits: u64,
}

impl NewRecord {
    /// The record of a thread that the library does not start, with a default name.
    pub fn without_target(ident: u64, native_id: u32, bits: u64) -> NewRecord {
        let (target, argument) = (ptr::null_mut(), ptr::null_mut());
        NewRecord { target, argument, name: Handle::NULL, ident, native_id, bits }
    }
}

/// The number of the last Thread-N or Dummy-N that was assigned.
static LAST_NUMBER: AtomicU64 = AtomicU64::new(0);

/// The next number for a default name: the N of Thread-N or Dummy-N.
pub fn next_number() -> u64 {
    // ORDERING: Relaxed: only its uniqueness counts.
    LAST_NUMBER.fetch_add(1, Ordering::Relaxed) + 1
}

/// Makes a record. If this fails the name stays the caller's.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub fn make(new: &NewRecord) -> Result<Handle, Status> {
    let made = object::make_unheard(|slot, handle| {
        fill(slot, new, handle);
        // The maker's shard, so that threads which make, start and cancel timers of their own
        // seldom contend.
        let shard = Handle(this_thread::known_ident()).index() as usize % SHARDS;
        new.bits | (shard as u64) << SHARD
    });
    made.map(|(_, thread)| thread)
}

/// Makes the main thread's record, in the slot that is reserved for it.
pub fn make_main(new: &NewRecord) {
    if let Some(slot) = TABLE.get(MAIN_IDENT.index()) {
        fill(slot, new, MAIN_IDENT);
        slot.word().publish(MAIN_IDENT.tag(), new.bits);
    }
}

fn fill(slot: &Record, new: &NewRecord, handle: Handle) {
    // ORDERING: Release, pairs with the Acquire fence in `validate`: what follows comes after the
    // end of the slot's previous life.
    fence(Ordering::Release);
    let ident = if new.ident == 0 { handle.0 } else { new.ident };
    // ORDERING: Relaxed, all: the slot is the caller's alone, and `publish` releases it.
    slot.ident.store(ident, Ordering::Relaxed);
    slot.target.store(new.target, Ordering::Relaxed);
    slot.argument.store(new.argument, Ordering::Relaxed);
    slot.result.store(ptr::null_mut(), Ordering::Relaxed);
    let needs_number = new.name.is_null() && new.bits & MAIN == 0;
    slot.number.store(if needs_number { next_number() } else { 0 }, Ordering::Relaxed);
    slot.stack_or_period.store(0, Ordering::Relaxed);
    let is_caller = new.native_id != 0 && new.native_id == system::native_id();
    // ORDERING: as above.
    slot.due.store(if is_caller { own_native_handle() } else { 0 }, Ordering::Relaxed);
    // ORDERING: as above.
    slot.native_id.store(new.native_id, Ordering::Relaxed);
    slot.nameable.store(u32::from(new.native_id != 0), Ordering::Relaxed);
    // The handlers of a fork leave the name of a record here that they end.
    // ORDERING: as above.
    label::end(Handle(slot.name.swap(new.name.0, Ordering::Relaxed)));
}

/// How the C library knows the calling thread.
pub fn own_native_handle() -> u64 {
    // SAFETY: the call has no precondition.
    unsafe { pthread::pthread_self() as u64 }
}

/// The record of an index, which a list of timers contains.
pub fn at(index: u32) -> Option<&'static Record> {
    TABLE.get(index)
}

/// The record of a handle, with its state.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline]
pub fn find(thread: Handle) -> Result<(&'static Record, State), Status> {
    TABLE.find(thread)
}

/// Whether the handle is that of a timer's thread.
pub fn is_timer(thread: Handle) -> bool {
    find(thread).is_ok_and(|(_, state)| state.has(TIMER))
}

/// Checks, after fields were read, that the record is still that thread's: otherwise what was read
/// may be another thread's.
///
/// # Errors
/// `THREADING_DESTROYED`.
pub fn validate(thread: Handle, record: &Record) -> Result<(), Status> {
    // ORDERING: Acquire, pairs with the Release fence in `fill`: a reader that has read what a
    // later life wrote sees the tag that ended this one.
    fence(Ordering::Acquire);
    let state = record.core.word.load();
    if state.is(thread.tag()) {
        Ok(())
    } else {
        Err(state.stale_status(thread.tag(), Kind::Thread))
    }
}

/// Frees the slot of a record whose word has just been ended. `again` is what ending the word
/// returned. The name's label stays until `fill` or `name::drop_name` ends it.
pub fn recycle(thread: Handle, slot: &'static Record, again: bool) {
    if again {
        TABLE.give_back(Vacant { index: thread.index(), slot });
    }
}

/// Calls `visit` with every record that exists when its slot is reached, until it returns false.
pub fn for_each(visit: impl FnMut(Handle, &'static Record, State) -> bool) {
    TABLE.for_each(visit);
}

/// Takes the calling thread's record from STARTING to RUNNING, and wakes the threads that wait
/// for the native id. Returns the new state.
pub fn set_running(record: &Record) -> State {
    // ORDERING: Release, pairs with the Acquire in `start::native_id`.
    record.native_id.store(system::native_id(), Ordering::Release);
    let running = |state: State| with_phase(state, RUNNING).without(NATIVE_ID_WANTED);
    let unwanted = |state: State| (!state.has(NATIVE_ID_WANTED)).then_some(running(state));
    match record.core.word.update(unwanted) {
        Ok(before) => running(before),
        Err(_) => running(recheck_all(&record.core, running)),
    }
}

/// The record's shard, of [`SHARDS`]. It stays the same for the record's whole life, so all threads
/// that count or cancel the same thread use the same shard.
pub fn shard(state: State) -> usize {
    (state.0 >> SHARD) as usize % SHARDS
}

/// The phase in a state.
pub fn phase(state: State) -> u64 {
    state.0 & PHASE
}

/// Whether the thread has been started and has not ended.
pub fn is_alive(state: State) -> bool {
    matches!(phase(state), STARTING | RUNNING) && !state.has(SHUTTING_DOWN)
}

/// The state with another phase.
pub fn with_phase(state: State, phase: u64) -> State {
    state.without(PHASE).with(phase)
}
