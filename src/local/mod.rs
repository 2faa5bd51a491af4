//! Locals: every thread has its own value of a local.
//!
//! A thread has an array of values, which is indexed by the local's slot. An entry contains the
//! handle of the local that it belongs to, so a slot that is used again never shows an old value:
//!
//! | local                  | value    | means                                                    |
//! |------------------------|----------|----------------------------------------------------------|
//! | another, or none       | –        | this thread has not touched the local yet: a get runs    |
//! |                        |          | the initialiser                                          |
//! | the handle's inversion | null     | touched, without a value: the value was deleted, or the  |
//! |                        |          | initialiser is running or returned null                  |
//! | the handle             | not null | the value                                                |
//!
//! `get` reads the array of its own thread without a lock. A thread that changes an entry, its own
//! or, when it destroys a local, another thread's, holds the keeper's lock. A value is removed
//! under that lock, and its destructor runs after the unlock, exactly once. There is one exception:
//! a thread replaces a value of a local without a destructor without the lock (`set_quickly`). A
//! destroy that races with it may leave the new value in an entry that says "another" or "no
//! value". Nobody reads a value there: the next `put` overwrites it.
//!
//! The word of a local has one bit beside those that all words have (`word.rs`):
//!
//! | bit | name    | means                          | set by                         | cleared by |
//! |-----|---------|--------------------------------|--------------------------------|------------|
//! | 0   | TOUCHED | a thread has, or had, an entry | `put`, before it writes the    | –          |
//! |     |         | of the local                   | first entry                    |            |
//!
//! So a local that no thread has touched ends without a look at the threads.
//!
//! Lock order: the list of keepers, then a keeper's own lock.

pub mod entry;
pub mod keepers;
pub mod values;

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicPtr, AtomicU32, Ordering};
use crate::local::entry::Entry;
use crate::local::keepers::{my_keeper, with_lock};
use crate::local::values::{grow, my_entry};
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::Word;
use crate::platform::abandoned::{Registered, Room};
use crate::status::Status;
use crate::wait::this_thread;

const TOUCHED: u64 = 1;

/// An initialiser: makes a thread's value at the first get.
pub type Init = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;
/// A destructor of values; never called with null.
pub type Destructor = unsafe extern "C-unwind" fn(*mut c_void);

/// The number of rounds, after the first, that destroy values which destructors have set: as many
/// as for POSIX keys.
const MORE_ROUNDS: u32 = 4;
/// How many values are removed at a time when a local is destroyed.
const DESTROY_BATCH: usize = 64;

/// A slot of the table of locals.
#[repr(C, align(64))]
pub struct Local {
    word: Word,
    /// An [`Init`]'s address, or null; written before the slot is published, as are `destructor`
    /// and `context`.
    init: AtomicPtr<c_void>,
    /// A [`Destructor`]'s address, or null.
    destructor: AtomicPtr<c_void>,
    context: AtomicPtr<c_void>,
    next_free: AtomicU32,
}

slots! { Local, kind: Kind::Local, word: word }

impl Local {
    fn destructor(&self) -> *mut c_void {
        // ORDERING: Relaxed: published with the word.
        self.destructor.load(Ordering::Relaxed)
    }
}

/// A value that was removed from its entry and has to be destroyed.
#[derive(Clone, Copy)]
struct RemovedValue {
    value: *mut c_void,
    destructor: *mut c_void,
}

impl RemovedValue {
    const NONE: RemovedValue = RemovedValue { value: ptr::null_mut(), destructor: ptr::null_mut() };

    /// Calls the destructor, if there is a value and a destructor. Called without a lock of the
    /// library's own.
    fn destroy(self) {
        if self.value.is_null() || self.destructor.is_null() {
            return;
        }
        // SAFETY: `new` stored a `Destructor`, whose caller promised one that may be called with
        // the values of this local; removing the value has made this the only call for it.
        unsafe { core::mem::transmute::<*mut c_void, Destructor>(self.destructor)(self.value) }
    }
}

/// Makes a local.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if memory or handles ran out.
pub fn new(
    init: Option<Init>,
    destructor: Option<Destructor>,
    context: *mut c_void,
) -> Result<Handle, Status> {
    let init = init.map_or(ptr::null_mut(), |init| init as *mut c_void);
    let destructor = destructor.map_or(ptr::null_mut(), |end| end as *mut c_void);
    let made = object::make_unheard(|slot: &Local, _| {
        // ORDERING: Relaxed, all: `publish` releases them.
        slot.init.store(init, Ordering::Relaxed);
        slot.destructor.store(destructor, Ordering::Relaxed);
        slot.context.store(context, Ordering::Relaxed);
        0
    });
    made.map(|(_, local)| local)
}

/// The fast path of [`get`]: the calling thread's value, if there is one. `None`: the caller has to
/// call [`get`].
#[inline(always)]
pub fn get_quickly(local: Handle) -> Option<*mut c_void> {
    my_entry(local.index()).and_then(|entry| entry.value_of(local))
}

/// The calling thread's value, made by the initialiser at the first touch; null if there is none.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there is no
/// memory for the first value.
pub fn get(local: Handle) -> Result<*mut c_void, Status> {
    let (slot, _) = TABLE.find(local)?;
    if let Some(entry) = my_entry(local.index()).filter(|entry| entry.is_touched(local)) {
        return Ok(entry.value_of(local).unwrap_or(ptr::null_mut()));
    }
    // All fields of this local are read before the initialiser runs, which may destroy the local,
    // so that another local gets the slot.
    // ORDERING: Relaxed, both: published with the word.
    let (init, context) = (slot.init.load(Ordering::Relaxed), slot.context.load(Ordering::Relaxed));
    let destructor = slot.destructor();
    if init.is_null() {
        return Ok(ptr::null_mut());
    }
    // The local is touched from here on: a get inside the initialiser returns null.
    put(local, ptr::null_mut())?;
    let mut guard = InitGuard { local, done: false };
    let room = Room::new();
    let _registered = Registered::new(&room, &raw const guard);
    // SAFETY: `new` stored an `Init`; its caller promised one that may be called with this context.
    // No lock of the library's own is held, and if it unwinds `guard` undoes the touch.
    let value = unsafe { core::mem::transmute::<*mut c_void, Init>(init)(context) };
    guard.done = true;
    set(local, value).inspect_err(|_| RemovedValue { value, destructor }.destroy())?;
    Ok(value)
}

/// Exists while the initialiser runs. If that unwinds, the drop undoes the touch, so that the
/// initialiser may run again.
struct InitGuard {
    local: Handle,
    done: bool,
}

impl Drop for InitGuard {
    fn drop(&mut self) {
        let entry = if self.done { None } else { my_entry(self.local.index()) };
        let Some(entry) = entry else { return };
        // A value that the initialiser has set stays. So does the entry of another local that has
        // the slot now.
        let untouch = || {
            if entry.is_touched(self.local) && entry.value_of(self.local).is_none() {
                entry.untouch();
            }
        };
        // SAFETY: the calling thread's own keeper, which exists since there is an entry.
        unsafe { with_lock(my_keeper(), untouch) }
    }
}

/// The fast path of [`set`]: replaces the calling thread's value, if there is one, the new value is
/// not null, and the local has no destructor. False: the caller has to call [`set`].
///
/// It takes no lock: no destructor has to run, so it does not matter whether a destroy in another
/// thread finds the old value or the new one.
#[inline(always)]
pub fn set_quickly(local: Handle, value: *mut c_void) -> bool {
    let Some(entry) = my_entry(local.index()) else { return false };
    let Some(slot) = FIRST_SEGMENT.get(local.index() as usize) else { return false };
    // ORDERING: Acquire, pairs with nothing that publishes: it keeps this load before that of the
    // entry's handle. If the entry still belongs to the local, no destroy of it was complete, so
    // the slot has not been used again, and the destructor read here is this local's.
    let destructor = slot.destructor.load(Ordering::Acquire);
    destructor.is_null() && !value.is_null() && entry.replace(local, value)
}

/// Sets the calling thread's value, and destroys the old value, unless it is the same.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; `THREADING_NO_RESOURCES` if there is no
/// memory for it, or the thread is past its last destructors.
pub fn set(local: Handle, value: *mut c_void) -> Result<(), Status> {
    let before = put(local, value)?;
    if before.value != value {
        before.destroy();
    }
    Ok(())
}

/// Sets the calling thread's value, or none for null, and returns the old value, which is not
/// destroyed; null: there was none.
///
/// # Errors
/// As [`set`].
pub fn exchange(local: Handle, value: *mut c_void) -> Result<*mut c_void, Status> {
    put(local, value).map(|before| before.value)
}

/// Deletes the calling thread's value.
///
/// # Errors
/// `THREADING_NO_VALUE` if there is none; `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
pub fn delete(local: Handle) -> Result<(), Status> {
    TABLE.find(local)?;
    if get_quickly(local).is_none() {
        return Err(Status::THREADING_NO_VALUE);
    }
    put(local, ptr::null_mut())?.destroy();
    Ok(())
}

/// Puts a value in the entry, and returns the old value. Checks under the keeper's lock that the
/// local is alive: so either a destroy finds the value, or this finds that the local has ended.
fn put(local: Handle, value: *mut c_void) -> Result<RemovedValue, Status> {
    let (slot, _) = TABLE.find(local)?;
    if my_entry(local.index()).is_none() {
        grow(local.index() as usize + 1)?;
    }
    let Some(entry) = my_entry(local.index()) else { return Err(Status::THREADING_NO_RESOURCES) };
    // SAFETY: the calling thread's own keeper, which exists since there is an entry.
    unsafe {
        with_lock(my_keeper(), || {
            touch(slot, local)?;
            let before = entry.value_of(local);
            entry.put(local, value);
            Ok(before.map_or(RemovedValue::NONE, |value| RemovedValue {
                value,
                destructor: slot.destructor(),
            }))
        })
    }
}

/// Sets TOUCHED, unless the local has ended.
fn touch(slot: &Local, local: Handle) -> Result<(), Status> {
    let touched = slot.word.update(|state| {
        (state.is(local.tag()) && !state.has(TOUCHED)).then_some(state.with(TOUCHED))
    });
    match touched {
        Err(state) if !state.is(local.tag()) => Err(state.stale_status(local.tag(), Kind::Local)),
        _ => Ok(()),
    }
}

/// Removes the value of an entry that belongs to the local of that handle; the entry is as if never
/// touched. Called under the keeper's lock.
fn take_value(entry: &Entry, local: Handle) -> *mut c_void {
    if !entry.is_touched(local) {
        return ptr::null_mut();
    }
    let value = entry.take();
    entry.untouch();
    value
}

/// Destroys the local, and every thread's value of it, in the calling thread.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
#[inline(always)]
pub fn destroy(local: Handle) -> Result<(), Status> {
    object::end(local, |slot: &Local, mut state| {
        let destructor = slot.destructor();
        let again = loop {
            match slot.word.end(state) {
                Ok(again) => break again,
                Err(found) if found.is(local.tag()) => state = found,
                Err(found) => return Err(found.stale_status(local.tag(), Kind::Local)),
            }
        };
        // From here on no thread puts a value of this local in its entry.
        if state.has(TOUCHED) {
            destroy_values(local, destructor);
        }
        Ok(again)
    })
}

/// Destroys every thread's value of a local that has ended. The caller gives the slot back
/// afterwards, so no other local has the index meanwhile.
#[cold]
#[inline(never)]
fn destroy_values(local: Handle, destructor: *mut c_void) {
    let mut batch = [ptr::null_mut(); DESTROY_BATCH];
    loop {
        let found = collect(local, &mut batch);
        for value in batch.iter().take(found) {
            RemovedValue { value: *value, destructor }.destroy();
        }
        if found < DESTROY_BATCH {
            break;
        }
    }
}

/// Removes values of a local that has ended from all threads, until the batch is full. Returns
/// their number.
fn collect(local: Handle, batch: &mut [*mut c_void; DESTROY_BATCH]) -> usize {
    let mut found = 0;
    keepers::for_each(local.index(), |entry| {
        let value = take_value(entry, local);
        if let (false, Some(free)) = (value.is_null(), batch.get_mut(found)) {
            *free = value;
            found += 1;
        }
        found < DESTROY_BATCH
    });
    found
}

/// Destroys the calling thread's values, in each round of its destructors.
pub fn every_round() {
    if my_keeper().is_null() {
        return;
    }
    destroy_all();
    if this_thread::has_ended() {
        values::free_mine();
    }
}

/// Destroys the values of a timer's identity after its function. The next identity finds all
/// entries untouched.
pub fn end_of_identity() {
    destroy_all();
    let mut index = 0;
    while let Some(entry) = my_entry(index) {
        entry.untouch();
        index += 1;
    }
}

/// Destroys the calling thread's values, and in a few more rounds the values that destructors set.
fn destroy_all() {
    for _ in 0..=MORE_ROUNDS {
        if !destroy_mine() {
            break;
        }
    }
}

/// Destroys the values that the calling thread has now. True: there were some.
fn destroy_mine() -> bool {
    let mut any = false;
    let mut index = 0;
    // A destructor may enlarge the array.
    while let Some(entry) = my_entry(index) {
        // SAFETY: the calling thread's own keeper, which exists since there is an entry.
        let taken = unsafe { with_lock(my_keeper(), || take_mine(entry, index)) };
        any |= !taken.value.is_null();
        taken.destroy();
        index += 1;
    }
    any
}

/// Removes the value of an entry of this thread, whichever local it belongs to. The entry stays
/// touched: an initialiser does not run in a thread that ends. Called under the keeper's lock.
fn take_mine(entry: &Entry, index: u32) -> RemovedValue {
    let value = entry.take();
    // Another thread may be destroying the local. But its slot is not used again while any thread
    // has a value of it.
    match TABLE.get(index) {
        Some(slot) if !value.is_null() => RemovedValue { value, destructor: slot.destructor() },
        _ => RemovedValue::NONE,
    }
}
