//! What a dump writes, collected before it writes: the waits and the holders.

use core::cell::Cell;

use crate::inspect::last_waits::LastWaits;
use crate::inspect::scratch::Scratch;
use crate::inspect::waits::{self, ThreadWait};
use crate::object::handle::Handle;
use crate::object::table::Slot;
use crate::object::word::State;
use crate::platform::clock;
use crate::sync::lock::Lock;
use crate::sync::rlock::{self, Rlock};
use crate::sync::rwlock::slot::{Rwlock, is_free, reads};
use crate::wait::mutex::mode::LOCKED;

/// A lock or rlock that a thread holds, or an rwlock that is written or read.
#[derive(Clone, Copy)]
pub struct Held {
    /// The ident of the holder or writer; 0: a thread that is about to note itself, or to release,
    /// or only readers.
    pub holder: u64,
    /// The lock, rlock or rwlock.
    pub object: Handle,
    /// How many levels of an rlock; 0 for others.
    pub depth: u32,
    /// How many reads of an rwlock; 0 for others.
    pub reads: u64,
}

/// See the top of this file.
pub struct Snapshot {
    /// When it was made.
    pub now: u64,
    /// By ident.
    waits: Scratch<ThreadWait>,
    /// The wait after the one that was asked for last: threads are mostly asked for by ident.
    next: Cell<usize>,
    /// What is waited for, by handle, once for each wait.
    awaited: Scratch<Handle>,
    /// By holder.
    held: Scratch<Held>,
    /// What is held, by handle.
    held_objects: Scratch<Handle>,
    /// What threads have waited for last.
    pub last_waits: LastWaits,
}

impl Snapshot {
    /// Looks at all waits, locks, rlocks and rwlocks. `None`: there is no memory.
    pub fn take() -> Option<Snapshot> {
        let most = waits::most();
        let (mut waits, mut awaited) = (Scratch::with_room(most)?, Scratch::with_room(most)?);
        waits::for_each(|wait| waits.push(*wait) && awaited.push(wait.object));
        let mut count = 0;
        for_each_held(|_| {
            count += 1;
            true
        });
        // Others may be acquired meanwhile.
        let room = count + count / 8 + 64;
        let (mut held, mut held_objects) = (Scratch::with_room(room)?, Scratch::with_room(room)?);
        for_each_held(|found| held.push(found) && held_objects.push(found.object));
        Some(Snapshot {
            now: clock::now(),
            waits: waits.sorted_by_key(|wait| wait.ident)?,
            next: Cell::new(0),
            awaited: awaited.sorted_by_key(|object| object.0)?,
            held: held.sorted_by_key(|held| held.holder)?,
            held_objects: held_objects.sorted_by_key(|object| object.0)?,
            last_waits: LastWaits::collect()?,
        })
    }

    /// All waits.
    pub fn waits(&self) -> &[ThreadWait] {
        self.waits.all()
    }

    /// All locks, rlocks and rwlocks that are held.
    pub fn held(&self) -> &[Held] {
        self.held.all()
    }

    /// What the thread of that ident waits for.
    pub fn wait_of(&self, ident: u64) -> Option<&ThreadWait> {
        let waits = self.waits.all();
        let is_it = |at: &usize| waits.get(*at).is_some_and(|wait| wait.ident == ident);
        let search = || waits.partition_point(|wait| wait.ident < ident);
        let at = Some(self.next.get()).filter(is_it).or_else(|| Some(search()).filter(is_it))?;
        self.next.set(at + 1);
        waits.get(at)
    }

    /// What the thread of that ident holds.
    pub fn held_by(&self, ident: u64) -> &[Held] {
        let held = self.held.all();
        let first = held.partition_point(|held| held.holder < ident);
        let end = held.partition_point(|held| held.holder <= ident);
        held.get(first..end).unwrap_or_default()
    }

    /// Whether a thread holds, reads or writes the object.
    pub fn is_held(&self, object: Handle) -> bool {
        self.held_objects.all().binary_search_by_key(&object.0, |other| other.0).is_ok()
    }

    /// How many threads wait for the object.
    pub fn waiting_for(&self, object: Handle) -> usize {
        let awaited = self.awaited.all();
        let end = awaited.partition_point(|other| other.0 <= object.0);
        end - awaited.partition_point(|other| other.0 < object.0)
    }

    /// What is waited for, each once, with the number of threads that wait.
    pub fn awaited(&self) -> impl Iterator<Item = (Handle, usize)> {
        let same = |one: &Handle, other: &Handle| one == other;
        let groups = self.awaited.all().chunk_by(same);
        groups.filter_map(|group| group.first().map(|object| (*object, group.len())))
    }
}

/// Calls `visit` with each lock, rlock and rwlock that is held when its slot is reached, until it
/// returns false.
fn for_each_held(mut visit: impl FnMut(Held) -> bool) {
    let is_held = |state: State| state.has(LOCKED);
    Lock::table().for_each(|object, lock, state| {
        let holder = lock.mutex().holder();
        !is_held(state) || visit(Held { holder, object, depth: 0, reads: 0 })
    });
    Rlock::table().for_each(|object, rlock, state| {
        let holder = rlock.mutex().unmarked_holder();
        let depth = || rlock::owner(object).map_or(0, |(_, depth)| depth);
        !is_held(state) || visit(Held { holder, object, depth: depth(), reads: 0 })
    });
    Rwlock::table().for_each(|object, rwlock, state| {
        let holder = if is_held(state) { rwlock.mutex.unmarked_holder() } else { 0 };
        is_free(state) || visit(Held { holder, object, depth: 0, reads: reads(state) })
    });
}
