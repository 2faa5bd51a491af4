//! The rwlock's slot: its states, its making and its end.
//!
//! The low half of its word, beside the bits that all words have (`word.rs`):
//!
//! | bits | name    | means              | set by               | cleared by          | else      |
//! |------|---------|--------------------|----------------------|---------------------|-----------|
//! | 0    | LOCKED  | a thread writes    | acquiring, a hand-   | releasing, a        | two       |
//! |      |         |                    | off, `try_upgrade`   | downgrade           | writers   |
//! | 1    | WRITERS | a writer is linked | linking, waking      | a woken writer that | readers   |
//! |      |         | or on its way, and |                      | acquires; the end   | wait for  |
//! |      |         | newcomers do not   |                      | of a write, and     | nobody    |
//! |      |         | read               |                      | `settle`            |           |
//! | 2-27 | reads   | how many there are | acquiring, being let | releasing,          | a writer  |
//! |      |         |                    | in, a downgrade      | `try_upgrade`       | of them   |
//!
//! with WAITERS and DESIGNATED_WAKER as in `word.rs`. DESIGNATED_WAKER stands for a writer.
//!
//! | LOCKED | reads | WAITERS | WRITERS | DESIGNATED_WAKER | means                                |
//! |--------|-------|---------|---------|------------------|--------------------------------------|
//! | 0      | 0     | 0       | 0       | 0                | free                                 |
//! | 0      | n     | 0       | 0       | 0                | n reads                              |
//! | 1      | 0     | any     | any     | any              | written; its end lets in all readers |
//! |        |       |         |         |                  | that wait, or wakes a writer         |
//! | 0      | n     | 1       | 1       | 0                | n reads, and a writer waits: the end |
//! |        |       |         |         |                  | of the last read wakes it            |
//! | 0      | 0     | 1       | 1       | 0                | woken readers are on their way, and  |
//! |        |       |         |         |                  | writers wait behind them             |
//! | 0      | any   | any     | 1       | 1                | a woken writer is on its way         |
//! | 1      | n > 0 |         |         |                  | never                                |
//!
//! INVARIANT R: with the queue's lock free, a reader is linked only while LOCKED or WRITERS is set.
//! INVARIANT W: with the queue's lock free, a writer that has not given up is linked only while
//! LOCKED is set, or there are reads, or a woken writer or reader is on its way. Whoever changes
//! one of these for the last time, or gives up, restores both (`queue::settle`).
//!
//! The holder of the mutex is the thread that writes. As with rlocks a thread finds its own ident
//! there exactly while it writes.

use crate::atomic::{self, AtomicU32, Ordering};
use crate::object;
use crate::object::cause::Cause;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{INSPECT, State, Word};
use crate::platform::tls::CallSite;
use crate::probe::{self, Hold};
use crate::status::Status;
use crate::wait::mutex::mode::LOCKED;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::queue::{Guard, Rules, nothing};

/// A writer waits, and newcomers do not read.
pub const WRITERS: u64 = 1 << 1;
/// One read.
pub const READER: u64 = 1 << 2;
/// The bits that count the reads.
pub const READERS: u64 = ((1 << 26) - 1) << 2;

/// A slot of the table of rwlocks.
#[repr(C, align(64))]
pub struct Rwlock {
    /// The word with its queue, and who writes.
    pub mutex: RawMutex,
    next_free: AtomicU32,
    /// The tag of the rwlock that was made here last: see [`Rwlock::is_of`].
    tag: AtomicU32,
}

const _: () = assert!(!atomic::IS_PLAIN || size_of::<Rwlock>() == 64, "one cache line");

slots! {
    Rwlock, kind: Kind::Rwlock,
    word: mutex.core.word, first_use: mutex.core,
}

/// What holders of the queue's lock owe to an rwlock.
pub static RULES: Rules = Rules { process_pending: nothing, repair_after_fork };

/// Whoever has set WRITERS is gone.
fn repair_after_fork(guard: &Guard<'_>) {
    let _ = guard.core().word.update(|state| Some(state.without(WRITERS)));
}

/// How many reads there are.
#[inline(always)]
pub fn reads(state: State) -> u64 {
    (state.0 & READERS) / READER
}

/// Whether nobody reads or writes.
#[inline(always)]
pub fn is_free(state: State) -> bool {
    state.0 & (LOCKED | READERS) == 0
}

/// Whether there is no room for another read.
#[inline(always)]
pub fn is_full(state: State) -> bool {
    state.has(READERS)
}

impl Rwlock {
    /// Where a reader outside the process finds the mutex.
    pub const MUTEX_AT: usize = core::mem::offset_of!(Rwlock, mutex);

    /// The state word.
    #[inline(always)]
    pub fn state(&self) -> &Word {
        &self.mutex.core.word
    }

    /// Whether this is the rwlock of that handle, if any is alive here. It is not the word that
    /// tells: to load that again costs more where a locked instruction has just written it.
    #[inline(always)]
    pub fn is_of(&self, rwlock: Handle) -> bool {
        // ORDERING: Relaxed: who writes has found the rwlock alive, and so this as it was made. For
        // others the answer does not count.
        self.tag.load(Ordering::Relaxed) == rwlock.tag().0
    }

    /// Whether this is the rwlock of that handle, and the thread of that ident writes. Comparing
    /// the tag is enough, since an rwlock that a living thread writes is not destroyed.
    #[inline(always)]
    pub fn is_written_by(&self, rwlock: Handle, ident: u64) -> bool {
        ident != 0
            && self.mutex.unmarked_holder() == ident
            && self.state().load_relaxed().names(rwlock)
    }

    /// Reports that the calling thread has acquired the rwlock so, if anybody hears of rwlocks.
    pub fn report_acquired(&self, hold: Hold, tried: bool) {
        if self.state().load().has(INSPECT) {
            probe::acquired(self.state(), hold, tried, CallSite::current());
        }
    }

    /// Reports that the calling thread is about to release it.
    pub fn report_releasing(&self, hold: Hold) {
        if self.state().load().has(INSPECT) {
            probe::releasing(self.state(), hold);
        }
    }

    /// Repairs the queue and the word if they speak of waiters that a fork left behind.
    #[inline(always)]
    pub fn repair(&self) {
        if self.mutex.core.is_stale() {
            drop(self.mutex.core.lock_by(&RULES));
        }
    }
}

/// Makes a free rwlock.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
#[inline]
pub fn new() -> Result<Handle, Status> {
    object::make(|slot: &Rwlock, tag| {
        slot.mutex.reset(tag, 0);
        slot.mutex.set_holder(0);
        // ORDERING: Relaxed: `publish` releases it.
        slot.tag.store(tag.0, Ordering::Relaxed);
        0
    })
}

/// How many reads there are at this moment. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn readers(rwlock: Handle) -> Result<usize, Status> {
    TABLE.find(rwlock).map(|(_, state)| reads(state) as usize)
}

/// Whether a thread writes at this moment. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn write_locked(rwlock: Handle) -> Result<bool, Status> {
    TABLE.find(rwlock).map(|(_, state)| state.has(LOCKED))
}

/// The ident of the thread that writes; 0 if no thread does. Async-signal-safe.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn writer(rwlock: Handle) -> Result<u64, Status> {
    let (slot, state) = TABLE.find(rwlock)?;
    Ok(if state.has(LOCKED) { slot.mutex.unmarked_holder() } else { 0 })
}

/// Ends the rwlock. `is_alive` tells whether the thread of an ident still runs.
///
/// # Errors
/// `THREADING_BUSY` if there are reads, a living thread writes or any thread waits;
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn destroy(rwlock: Handle, is_alive: impl Fn(u64) -> bool) -> Result<(), Status> {
    static READ: Cause = Cause(Status::THREADING_BUSY, c"it is acquired for reading");
    object::end(rwlock, |slot: &Rwlock, state| {
        slot.repair();
        let why_in_use = |state: State| (reads(state) > 0).then_some(&READ);
        slot.mutex.end(rwlock, state, 0, is_alive, |_| Hold::Write, why_in_use)
    })
}
