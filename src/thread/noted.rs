//! What a thread that is not started has noted, beyond what each record has room for.
//!
//! Few threads note anything. So it is in a block of its own, whose address, with NOTED, stands in
//! the record in the place of the stack size. The queue's lock guards the place while the thread is
//! NEW, and a start that finds NOTED takes the block from there.

use core::ops::{Deref, DerefMut};

use crate::atomic::Ordering;
use crate::object::handle::{Handle, Kind};
use crate::object::word::State;
use crate::platform::affinity::Processors;
use crate::platform::memory;
use crate::platform::priority::Priority;
use crate::status::Status;
use crate::thread::record::{self, NEW, Record};
use crate::wait::queue::Guard;

/// No size of a stack and no address has this bit.
const NOTED: u64 = 1 << 63;

/// What is noted.
#[derive(Clone)]
pub struct Notes {
    /// Bytes of the stack; 0: the default.
    pub stack_size: usize,
    /// The processors on which the thread shall run.
    pub processors: Option<Processors>,
    /// Its priority.
    pub priority: Option<Priority>,
}

/// A block of notes. Its end frees it.
pub struct Block(*mut Notes);

impl Block {
    fn new(notes: Notes) -> Option<Block> {
        let place = memory::allocate::<Notes>();
        if place.is_null() {
            return None;
        }
        // SAFETY: the place is new, and has room for it.
        unsafe { place.write(notes) };
        Some(Block(place))
    }

    /// The block that a record's place has.
    ///
    /// # Safety
    /// The queue's lock is held, and the caller either stores another value in the place before it
    /// lets go, or forgets the block.
    unsafe fn from_place(place: u64) -> Option<Block> {
        let address = (place & !NOTED) as usize;
        is_noted(place).then(|| Block(core::ptr::with_exposed_provenance_mut(address)))
    }

    /// What the place has while it has this block.
    fn into_place(self) -> u64 {
        let place = self.0.expose_provenance() as u64 | NOTED;
        core::mem::forget(self);
        place
    }
}

impl Deref for Block {
    type Target = Notes;

    fn deref(&self) -> &Notes {
        // SAFETY: it was written by `new`, and belongs to this value.
        unsafe { &*self.0 }
    }
}

impl DerefMut for Block {
    fn deref_mut(&mut self) -> &mut Notes {
        // SAFETY: as above.
        unsafe { &mut *self.0 }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: it came from `memory`, and nobody else has it.
        unsafe { memory::free(self.0) };
    }
}

/// Whether that, which a record has in the place of the stack size, is a block of notes.
pub fn is_noted(place: u64) -> bool {
    place & NOTED != 0
}

/// Changes the notes of a thread that is not started, in a new block. False: it has been started.
///
/// # Errors
/// `THREADING_NO_RESOURCES`; `THREADING_DESTROYED`.
pub fn change(
    thread: Handle,
    record: &Record,
    change: &dyn Fn(&mut Notes),
) -> Result<bool, Status> {
    let nothing = Notes { stack_size: 0, processors: None, priority: None };
    let mut block = Block::new(nothing).ok_or(Status::THREADING_NO_RESOURCES)?;
    let is_new = |state: State| state.is(thread.tag()) && record::phase(state) == NEW;
    let old = {
        // Under it nobody destroys the thread, and no start takes a block.
        let guard = record.core.lock();
        if !is_new(guard.state()) {
            return started(thread, guard.state());
        }
        // ORDERING: Relaxed: changed under the queue's lock.
        let before = record.stack_or_period.load(Ordering::Relaxed);
        // SAFETY: the lock is held; below, the place gets another block, or the old one again.
        let old = unsafe { Block::from_place(before) };
        match &old {
            Some(old) => (*block).clone_from(old),
            None => block.stack_size = before as usize,
        }
        change(&mut block);
        // ORDERING: Relaxed: the change of the word below releases it, and a start reads the place
        // after it has changed the word.
        record.stack_or_period.store(block.into_place(), Ordering::Relaxed);
        // A start that comes after this change, which changes nothing, finds the block.
        if let Err(state) = record.core.word.update(|state| is_new(state).then_some(state)) {
            // ORDERING: Relaxed, both: as above.
            let ours = record.stack_or_period.load(Ordering::Relaxed);
            record.stack_or_period.store(before, Ordering::Relaxed);
            core::mem::forget(old);
            // SAFETY: the lock is held, and the place has its old value again.
            drop(unsafe { Block::from_place(ours) });
            return started(thread, state);
        }
        old
    };
    drop(old);
    Ok(true)
}

fn started(thread: Handle, state: State) -> Result<bool, Status> {
    if state.is(thread.tag()) {
        Ok(false)
    } else {
        Err(state.stale_status(thread.tag(), Kind::Thread))
    }
}

/// Changes the stack size of a thread that is not started, under its queue's lock.
pub fn set_stack_size(record: &Record, _guard: &Guard<'_>, bytes: usize) {
    // ORDERING: Relaxed: changed under the queue's lock. A concurrent start takes
    // the old or the new size.
    let before = record.stack_or_period.load(Ordering::Relaxed);
    // SAFETY: the lock is held, and the block is put back.
    let place = match unsafe { Block::from_place(before) } {
        Some(mut block) => {
            block.stack_size = bytes;
            block.into_place()
        }
        None => bytes as u64,
    };
    // ORDERING: as above.
    record.stack_or_period.store(place, Ordering::Relaxed);
}

/// Takes the notes of a thread that is being started, or that has just been destroyed.
pub fn take(record: &Record, _guard: &Guard<'_>) -> Option<Block> {
    // ORDERING: Relaxed: changed under the queue's lock.
    let place = record.stack_or_period.swap(0, Ordering::Relaxed);
    // SAFETY: the lock is held, and the place has another value.
    unsafe { Block::from_place(place) }
}

/// Puts the notes back, when the start has failed, before the thread is NEW again.
pub fn put_back(record: &Record, block: Block) {
    let _guard = record.core.lock();
    // ORDERING: Relaxed: changed under the queue's lock.
    record.stack_or_period.store(block.into_place(), Ordering::Relaxed);
}
