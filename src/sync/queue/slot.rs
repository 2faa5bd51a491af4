//! The slot of a queue, and what is done to it under the lock of its ring.
//!
//! The low half of the word of `core`, beside the bits that all words have (`word.rs`); it changes
//! under the lock of `core` only:
//!
//! | bits | name      | means                         | set by     | else                        |
//! |------|-----------|-------------------------------|------------|-----------------------------|
//! | 0    | SHUT      | puts fail, and so do gets of  | `shutdown` | an item is put after the    |
//! |      |           | an empty queue                |            | last get, and is lost       |
//! | 1    | IMMEDIATE | gets fail, whatever is in the | `shutdown` | a get takes what the caller |
//! |      |           | queue; SHUT is set as well    |            | of `shutdown` drains        |
//!
//! Neither is ever cleared. The low half of the word of `room`:
//!
//! | bits | name   | means                           | set by               | cleared when     |
//! |------|--------|---------------------------------|----------------------|------------------|
//! | 0    | URGENT | a linked thread relies on being | that thread, when it | nobody is linked |
//! |      |        | woken for the first free place  | links itself         |                  |
//!
//! The lock of `core` guards the ring and the three counts. Each count only grows, and each call
//! changes one of them, with one store. So a child that is forked by another thread in the middle
//! of a put or a get finds the queue as it was before or as it was after.
//!
//! | count      | counts                | by                                                      |
//! |------------|-----------------------|---------------------------------------------------------|
//! | `puts`     | items that were put   | `put`                                                   |
//! | `gets`     | items that were taken | `get`, `drain`                                          |
//! | `finished` | tasks that were done  | `task_done`; an immediate `shutdown` for what it leaves |
//!
//! The size is `puts - gets`, and `puts - finished` tasks are unfinished.
//!
//! Three kinds of threads wait, each in a queue of its own: for an item in that of `core`, for a
//! free place in that of `room`, for the end of all tasks in that of `done`. A thread that links
//! itself in `room` or `done` takes the lock of `core` as well, to look at the counts and to set
//! WAITERS. So whoever changes the counts later under that lock finds WAITERS. Order of the locks:
//! `room` or `done`, then `core`.

use core::ffi::c_void;
use core::mem::offset_of;

use crate::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::{State, WAITERS};
use crate::platform::memory;
use crate::status::Status;
use crate::wait::parker::Outcome;
use crate::wait::queue::{Core, Guard};

#[allow(missing_docs)]
pub const SHUT: u64 = 1;
pub(super) const IMMEDIATE: u64 = 2;
pub(super) const URGENT: u64 = 1;

/// The least `maxsize` of a queue whose threads gain something by taking several steps at a time:
/// they nap (`wait`), and leave the lock of the ring alone for a while if they find it held.
pub(super) const MANY_PLACES: u32 = 8;

/// A slot of the table of queues.
#[repr(C, align(64))]
pub struct Queue {
    pub(super) core: Core,
    /// The cells, as many as the power of two that is at least `maxsize`. Item number n is in cell
    /// n modulo that. Written before the slot is published, as is `maxsize`.
    ring: AtomicPtr<*mut c_void>,
    puts: AtomicU64,
    gets: AtomicU64,
    maxsize: AtomicU32,
    next_free: AtomicU32,
    pub(super) room: Core,
    pub(super) done: Core,
    finished: AtomicU64,
}

slots! {
    Queue, kind: Kind::Queue,
    word: core.word, first_use: core,
}

impl Queue {
    /// Where a reader outside the process finds the counts of items and the limit.
    pub const FIELDS_AT: [usize; 3] =
        [offset_of!(Queue, puts), offset_of!(Queue, gets), offset_of!(Queue, maxsize)];

    /// How many items there may be.
    pub(super) fn maxsize(&self) -> u32 {
        // ORDERING: Relaxed: published with the word.
        self.maxsize.load(Ordering::Relaxed)
    }

    /// How many items there are, as far as a look without the lock can tell.
    pub(super) fn observed_size(&self) -> u32 {
        // ORDERING: Acquire, pairs with the Release in `Locked::take`: the puts that are read next
        // are no fewer than these gets.
        let gets = self.gets.load(Ordering::Acquire);
        // ORDERING: Relaxed: a number, which stands for itself.
        let puts = self.puts.load(Ordering::Relaxed);
        puts.saturating_sub(gets).min(u64::from(self.maxsize())) as u32
    }

    /// The cells.
    pub(super) fn ring(&self) -> *mut *mut c_void {
        // ORDERING: Relaxed: published with the word.
        self.ring.load(Ordering::Relaxed)
    }

    /// Takes the lock of the ring, if the queue of that handle lives here.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
    #[inline(always)]
    pub(super) fn lock(&'static self, queue: Handle) -> Result<Locked<'static>, Status> {
        // Where there are many places, nobody needs the next step of the other side at once.
        let guard = self.core.lock_patiently(|| self.maxsize() >= MANY_PLACES);
        let state = guard.state();
        if state.is(queue.tag()) {
            return Ok(Locked { slot: self, guard, state });
        }
        Err(state.gone(queue.tag()))
    }

    /// Whether a get has to wait; `guard` is of the lock of the ring.
    ///
    /// # Errors
    /// `THREADING_CLOSED` if it fails; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
    pub(super) fn must_wait_for_item(
        &self,
        guard: &Guard<'_>,
        queue: Handle,
    ) -> Result<bool, Status> {
        let state = guard.state();
        if !state.is(queue.tag()) {
            return Err(state.gone(queue.tag()));
        }
        // ORDERING: Relaxed, both: guarded by the lock.
        let is_empty = self.puts.load(Ordering::Relaxed) == self.gets.load(Ordering::Relaxed);
        if state.has(IMMEDIATE) || is_empty && state.has(SHUT) {
            return Err(Status::THREADING_CLOSED);
        }
        Ok(is_empty)
    }
}

/// The live queue that has the handle.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline(always)]
pub(super) fn find(queue: Handle) -> Result<(&'static Queue, State), Status> {
    TABLE.find(queue)
}

/// Makes a queue for at most `maxsize` items, at least 1.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub(super) fn make(maxsize: u32) -> Result<Handle, Status> {
    let ring = memory::allocate_zeroed::<*mut c_void>(maxsize.next_power_of_two() as usize);
    if ring.is_null() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    let made = object::make(|slot: &Queue, _| {
        // ORDERING: Relaxed, all: `publish` releases them.
        slot.ring.store(ring, Ordering::Relaxed);
        for count in [&slot.puts, &slot.gets, &slot.finished] {
            count.store(0, Ordering::Relaxed);
        }
        slot.maxsize.store(maxsize, Ordering::Relaxed);
        0
    });
    made.inspect_err(|_| {
        // SAFETY: it was allocated above, and no queue has it.
        unsafe { memory::free(ring) };
    })
}

/// Frees the ring of a queue that has ended.
///
/// # Safety
/// It was the ring of that queue, and nobody frees it but the caller.
pub(super) unsafe fn free(ring: *mut *mut c_void) {
    // SAFETY: `make` has allocated it. Threads use it under the lock of the ring only, after they
    // have found the queue alive under that lock.
    unsafe { memory::free(ring) };
}

/// A queue that is alive, with the lock of its ring held.
pub(super) struct Locked<'a> {
    slot: &'static Queue,
    guard: Guard<'a>,
    /// The word under the lock, in which nothing that matters here changes.
    state: State,
}

impl Locked<'_> {
    /// # Safety
    /// The caller writes to no cell but that of the next put, and reads none but those of items.
    #[inline(always)]
    unsafe fn cell(&self, number: u64) -> *mut *mut c_void {
        let mask = self.slot.maxsize().next_power_of_two() - 1;
        // SAFETY: the ring has `mask + 1` cells.
        unsafe { self.slot.ring().add(number as usize & mask as usize) }
    }

    #[inline(always)]
    fn puts(&self) -> u64 {
        // ORDERING: Relaxed: guarded by the lock.
        self.slot.puts.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn gets(&self) -> u64 {
        // ORDERING: Relaxed: guarded by the lock.
        self.slot.gets.load(Ordering::Relaxed)
    }

    /// How many items there are.
    #[inline(always)]
    pub(super) fn size(&self) -> u32 {
        (self.puts() - self.gets()) as u32
    }

    /// How many tasks are not done.
    pub(super) fn unfinished(&self) -> u64 {
        // ORDERING: Relaxed: guarded by the lock.
        self.puts() - self.slot.finished.load(Ordering::Relaxed)
    }

    /// Counts tasks that are done.
    pub(super) fn finish(&self, tasks: u64) {
        // ORDERING: Relaxed, both: guarded by the lock.
        let finished = self.slot.finished.load(Ordering::Relaxed);
        self.slot.finished.store(finished + tasks, Ordering::Relaxed);
    }

    /// Whether all of these bits are set in the word.
    pub(super) fn has(&self, bits: u64) -> bool {
        self.state.has(bits)
    }

    /// Whether a put has to wait.
    ///
    /// # Errors
    /// `THREADING_CLOSED` if it fails.
    #[inline(always)]
    pub(super) fn is_full(&self) -> Result<bool, Status> {
        if self.has(SHUT) {
            return Err(Status::THREADING_CLOSED);
        }
        Ok(self.size() >= self.slot.maxsize())
    }

    /// Puts the item, and wakes a thread that waits for one. False: there is no room.
    ///
    /// # Errors
    /// `THREADING_CLOSED`.
    #[inline(always)]
    pub(super) fn put(&self, item: *mut c_void) -> Result<bool, Status> {
        if self.is_full()? {
            return Ok(false);
        }
        let puts = self.puts();
        // SAFETY: the cell of the next put, which no item has, since the queue is not full.
        unsafe { self.cell(puts).write(item) };
        // ORDERING: Release: whoever sees the count, in a forked child, finds the item.
        self.slot.puts.store(puts + 1, Ordering::Release);
        if self.has(WAITERS) {
            wake_first(&self.guard, 1);
        }
        Ok(true)
    }

    /// Takes the item that was put first. `None`: there is none.
    ///
    /// # Errors
    /// `THREADING_CLOSED`.
    #[inline(always)]
    pub(super) fn get(&self) -> Result<Option<*mut c_void>, Status> {
        if self.has(IMMEDIATE) || self.has(SHUT) && self.size() == 0 {
            return Err(Status::THREADING_CLOSED);
        }
        Ok(self.take())
    }

    /// Takes the item that was put first, whether the queue is shut or not.
    #[inline(always)]
    pub(super) fn take(&self) -> Option<*mut c_void> {
        let gets = self.gets();
        if gets == self.puts() {
            return None;
        }
        // SAFETY: the cell of the item that was put first.
        let item = unsafe { self.cell(gets).read() };
        // ORDERING: Release: as in `put`: the item has been read.
        self.slot.gets.store(gets + 1, Ordering::Release);
        Some(item)
    }

    /// Whether a thread that waits for room is to be woken now, after a get.
    ///
    /// Who waits urgently is woken for each place. Others look themselves before long (`wait`), and
    /// are woken when many places are free, and then when most or all are: each of them has much
    /// to do then, and a get does not cost a switch to another thread.
    #[inline(always)]
    pub(super) fn wakes_putter(&self) -> bool {
        // The lock of the ring orders it: see the top of this file.
        let room = self.slot.room.word.load_relaxed();
        room.has(WAITERS) && {
            let (size, maxsize) = (self.size(), self.slot.maxsize());
            room.has(URGENT) || size == maxsize / 2 || size == maxsize / 4 || size == 0
        }
    }

    /// Whether threads wait for room.
    pub(super) fn has_putters(&self) -> bool {
        self.slot.room.word.load_relaxed().has(WAITERS)
    }

    /// Whether threads wait for the end of all tasks.
    pub(super) fn has_joiners(&self) -> bool {
        self.slot.done.word.load_relaxed().has(WAITERS)
    }

    /// Sets these bits, and lets those who wait for an item look at them.
    pub(super) fn shut(&self, bits: u64) {
        let _ = self.guard.core().word.update(|state| Some(state.with(bits)));
        self.guard.release_all(|_| Outcome::Woken);
    }
}

/// Wakes up to `count` of those who are linked in this queue.
#[cold]
#[inline(never)]
pub(super) fn wake_first(guard: &Guard<'_>, count: usize) {
    for _ in 0..count {
        let Some(node) = guard.claim_first() else { break };
        guard.defer_wake(node, Outcome::Woken);
    }
    guard.clear_waiters_if_empty();
}
