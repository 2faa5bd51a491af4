//! The record of a thread: a slot of two cache lines, and the table that is the registry.
//!
//! The low half of its word, beside the bits that all words have:
//!
//! | bits  | name      | means                   | set by                  | cleared by           |
//! |-------|-----------|-------------------------|-------------------------|----------------------|
//! | 0-1   | phase     | NEW → STARTING →        | see below               | –                    |
//! |       |           | RUNNING → FINISHED      |                         |                      |
//! | 2     | DAEMON    | does not keep the       | making, `set_daemon`    | `set_daemon`, fork   |
//! |       |           | process alive           |                         |                      |
//! | 3     | GIVEN_UP  | nobody owns the handle: | `destroy`, spawn        | –                    |
//! |       |           | the slot is freed at    |                         |                      |
//! |       |           | the end                 |                         |                      |
//! | 4     | DUMMY     | the library did not     | making                  | fork                 |
//! |       |           | start it                |                         |                      |
//! | 5     | MAIN      | the main thread         | loading, fork           | –                    |
//! | 6     | LEAVING   | runs `exit` or          | `exit`                  | a shutdown timed out |
//! |       |           | shutdown: counts as     |                         |                      |
//! |       |           | finished for joiners    |                         |                      |
//! | 7     | ASKED     | the C library knows the | ending without a result | reaping              |
//! |       |           | result: it has to be    |                         |                      |
//! |       |           | reaped first            |                         |                      |
//! | 8     | WANTED    | somebody waits for it   | `native_id`             | –                    |
//! |       |           | to begin                |                         |                      |
//! | 9     | COUNTED   | counted among those     | starting                | ending, LEAVING      |
//! |       |           | that keep the process   |                         |                      |
//! |       |           | alive                   |                         |                      |
//! | 10    | NOTED     | the result is noted     | `threading_exit`        | –                    |
//! |       |           | already                 |                         |                      |
//! | 11    | TIMER     | it is a timer           | making                  | –                    |
//! | 12    | PENDING   | a started timer that    | start, fork             | firing, cancelling   |
//! |       |           | neither fires nor was   |                         |                      |
//! |       |           | cancelled               |                         |                      |
//! | 13    | CANCELLED | a timer whose function  | cancelling              | –                    |
//! |       |           | will not be called      |                         |                      |
//! | 14-16 | HOME      | which part of what all  | making                  | –                    |
//! |       |           | threads share it uses:  |                         |                      |
//! |       |           | see `home`              |                         |                      |
//! | 17    | LOST      | a fork left it behind   | fork                    | –                    |
//! |       |           | before it had a result  |                         |                      |
//!
//! NEW → STARTING by `start`, and back if the system refuses; STARTING → RUNNING by the thread
//! itself, first of all; RUNNING → FINISHED by the thread itself, in the last round of its
//! destructors, or by a fork that left it behind. The main thread and Dummies are born RUNNING.
//! FINISHED with PENDING is a timer that a fork left behind before its function began: it is in no
//! wheel, and will not fire; a cancel can still tell that it was prevented.

use core::ffi::{c_char, c_void};
use core::ptr;

use crate::atomic::{self, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::table::{Slot, Vacant};
use crate::object::word::State;
use crate::platform::memory;
use crate::status::Status;
use crate::thread::name;
use crate::wait::queue::Core;
use crate::wait::this_thread::{self, MAIN as MAIN_HANDLE};

/// The bits of the phase.
pub const PHASE: u64 = 3;
/// Made, and not started.
pub const NEW: u64 = 0;
/// Started, and its first instruction has not run.
pub const STARTING: u64 = 1;
/// Alive.
pub const RUNNING: u64 = 2;
/// Ended.
pub const FINISHED: u64 = 3;
/// See the table above, for this and the following.
pub const DAEMON: u64 = 1 << 2;
#[allow(missing_docs)]
pub const GIVEN_UP: u64 = 1 << 3;
#[allow(missing_docs)]
pub const DUMMY: u64 = 1 << 4;
#[allow(missing_docs)]
pub const MAIN: u64 = 1 << 5;
#[allow(missing_docs)]
pub const LEAVING: u64 = 1 << 6;
#[allow(missing_docs)]
pub const ASKED: u64 = 1 << 7;
#[allow(missing_docs)]
pub const WANTED: u64 = 1 << 8;
#[allow(missing_docs)]
pub const COUNTED: u64 = 1 << 9;
#[allow(missing_docs)]
pub const NOTED: u64 = 1 << 10;
#[allow(missing_docs)]
pub const TIMER: u64 = 1 << 11;
#[allow(missing_docs)]
pub const PENDING: u64 = 1 << 12;
#[allow(missing_docs)]
pub const CANCELLED: u64 = 1 << 13;
#[allow(missing_docs)]
pub const LOST: u64 = 1 << 17;
/// Into how many parts the library divides what all threads would write: counts and wheels.
pub const HOMES: usize = 1 << 3;
const HOME: u32 = 14;

/// A thread's function, as C passes it. It may end by `pthread_exit`, by cancellation or by a C++
/// exception.
pub type Target = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;

/// See the top of this file.
#[repr(C, align(128))]
pub struct Record {
    /// State and joiners.
    pub core: Core,
    /// The thread's ident: the handle's bits, but for a Dummy.
    pub ident: AtomicU64,
    /// The function, as a [`Target`]'s address; written before the record is published. The thread
    /// itself clears it when the function is over.
    pub target: AtomicPtr<c_void>,
    /// Its argument; written before the record is published.
    pub argument: AtomicPtr<c_void>,
    /// What it returned; published by FINISHED, or, with ASKED, by the clearing of that.
    pub result: AtomicPtr<c_void>,
    /// Its name in UTF-8 with a NUL behind, from the C allocator; null: `number` makes the name.
    /// Guarded by `name::NAMES`.
    pub name: AtomicPtr<c_char>,
    /// The N of Thread-N or Dummy-N; 0: not taken yet. Guarded by `name::NAMES`.
    pub number: AtomicU64,
    /// Bytes of its stack; 0: the default. Guarded by the phase: written while NEW, read by
    /// `start`.
    pub stack_size: AtomicUsize,
    /// The kernel's id; 0 before the thread has begun.
    pub native_id: AtomicU32,
    /// 1 while the kernel's id may be used to rename the thread. Guarded by `name::NAMES`.
    pub nameable: AtomicU32,
    /// A timer's interval in nanoseconds while it is NEW, and then the tick at which it is due. The
    /// four are guarded by the lock of the shard that the timer is in, or of the queue of due
    /// timers.
    pub due: AtomicU64,
    /// The next and the one before in a bucket of the wheel or among the due timers, as index + 1.
    /// While a timer is NEW, the two halves of its maker's ident.
    pub next: AtomicU32,
    /// See above.
    pub previous: AtomicU32,
    /// Which bucket, as `wheel` numbers them.
    pub bucket: AtomicU32,
    next_free: AtomicU32,
    /// The signals that a timer's function begins with blocked, as `signals::SignalMask`;
    /// written by the maker, and once more by whoever starts the timer, before it is in any list.
    pub mask: AtomicU64,
}

const _: () = assert!(
    !atomic::IS_PLAIN || size_of::<Record>() == 128,
    "a million timers are an ordinary load"
);

slots! {
    Record, kind: Kind::Thread, reserved: 1,
    word: core.word, first_use: core,
}

/// What a record is made with.
pub struct Making {
    /// The function, or null for a thread that the library does not start.
    pub target: *mut c_void,
    /// Its argument.
    pub argument: *mut c_void,
    /// The name, which now belongs to the record; null for the default.
    pub name: *mut c_char,
    /// The ident; 0: the handle's bits.
    pub ident: u64,
    /// The kernel's id; 0 if it has not begun.
    pub native_id: u32,
    /// Phase and flags.
    pub bits: u64,
}

/// Makes a record. The name stays the caller's if this fails.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub fn make(making: &Making) -> Result<Handle, Status> {
    let made = object::make_unheard(|slot, handle| {
        fill(slot, making, handle);
        // The maker's number, so that threads which make, start and cancel timers of their own
        // seldom meet.
        let home = Handle(this_thread::known_ident()).index() as usize % HOMES;
        making.bits | (home as u64) << HOME
    });
    made.map(|(_, thread)| thread)
}

/// Brings the main thread's record to life, in the slot that is reserved for it.
pub fn make_main(making: &Making) {
    if let Some(slot) = TABLE.get(MAIN_HANDLE.index()) {
        fill(slot, making, MAIN_HANDLE);
        slot.word().publish(MAIN_HANDLE.tag(), making.bits);
    }
}

fn fill(slot: &Record, making: &Making, handle: Handle) {
    // ORDERING: Release, pairs with the Acquire fence in `still`: what follows comes after the end
    // of the slot's life before.
    fence(Ordering::Release);
    let ident = if making.ident == 0 { handle.0 } else { making.ident };
    // ORDERING: Relaxed, all: the slot is the caller's alone, and `publish` releases it.
    slot.ident.store(ident, Ordering::Relaxed);
    slot.target.store(making.target, Ordering::Relaxed);
    slot.argument.store(making.argument, Ordering::Relaxed);
    slot.result.store(ptr::null_mut(), Ordering::Relaxed);
    let needs_number = making.name.is_null() && making.bits & MAIN == 0;
    slot.number.store(if needs_number { name::next_number() } else { 0 }, Ordering::Relaxed);
    slot.stack_size.store(0, Ordering::Relaxed);
    // ORDERING: as above.
    slot.native_id.store(making.native_id, Ordering::Relaxed);
    slot.nameable.store(u32::from(making.native_id != 0), Ordering::Relaxed);
    // What a fork left here is freed now, since its handlers may not free: there it is lost.
    // ORDERING: as above.
    let left_over = slot.name.swap(making.name, Ordering::Relaxed);
    if making.bits & MAIN == 0 {
        // SAFETY: null, or a name that belonged to this record, which nobody uses any more.
        unsafe { memory::free(left_over) };
    }
}

/// The record of an index that a list of timers has.
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

/// Whether the record still is that thread's after its fields were read: else what was read may be
/// another's.
///
/// # Errors
/// `THREADING_DESTROYED`.
pub fn still(thread: Handle, record: &Record) -> Result<(), Status> {
    // ORDERING: Acquire, pairs with the Release fence in `fill`: who has read what a later life
    // wrote sees the tag that ended this one.
    fence(Ordering::Acquire);
    let state = record.core.word.load();
    if state.is(thread.tag()) {
        Ok(())
    } else {
        Err(state.stale_status(thread.tag(), Kind::Thread))
    }
}

/// Lets the slot of a record be used again whose word has just been ended. `again` is what ending
/// said. Its name stays behind, for `fill` or `name::drop_name` to free: the fork handlers may not.
pub fn recycle(thread: Handle, slot: &'static Record, again: bool) {
    if again {
        TABLE.give_back(Vacant { index: thread.index(), slot });
    }
}

/// Calls `visit` with every record that is alive when the walk comes by, until it says false.
pub fn walk(mut visit: impl FnMut(Handle, &'static Record, State) -> bool) {
    for index in 0..u32::try_from(TABLE.issued()).unwrap_or(u32::MAX) {
        let Some(slot) = TABLE.get(index) else { return };
        let state = slot.word().load();
        if state.is(state.tag()) && !visit(Handle::new(state.tag(), index), slot, state) {
            return;
        }
    }
}

/// The record's part of what is divided into [`HOMES`]. It is the same for its whole life, so all
/// who do something with the record meet there.
pub fn home(state: State) -> usize {
    (state.0 >> HOME) as usize % HOMES
}

/// The phase in a state.
pub fn phase(state: State) -> u64 {
    state.0 & PHASE
}

/// Whether it has been started and has not ended.
pub fn is_alive(state: State) -> bool {
    matches!(phase(state), STARTING | RUNNING) && !state.has(LEAVING)
}

/// The state with another phase.
pub fn with_phase(state: State, phase: u64) -> State {
    state.without(PHASE).with(phase)
}
