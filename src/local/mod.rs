//! Locals: for each of them, every thread has a value of its own.
//!
//! A thread keeps its values in an array that is indexed by the local's slot. An entry carries the
//! handle of the local that it belongs to, so a slot that is used again never shows an old value:
//!
//! | local                  | value    | means                                                    |
//! |------------------------|----------|----------------------------------------------------------|
//! | another, or none       | –        | this thread has not touched the local yet: a get runs    |
//! |                        |          | the initialiser                                          |
//! | the handle's inversion | null     | touched; there is no value: deleted, or the initialiser  |
//! |                        |          | is running or made none                                  |
//! | the handle             | not null | the value                                                |
//!
//! `get` reads the array of its own thread without a lock. Everything that changes an entry holds
//! the keeper's lock: the thread itself, and whoever destroys a local. A value is taken out under
//! that lock, and its destructor is called after it: exactly once.
//!
//! The word of a local has one bit beside those that all words have (`word.rs`):
//!
//! | bit | name    | means                          | set by                         | cleared by |
//! |-----|---------|--------------------------------|--------------------------------|------------|
//! | 0   | TOUCHED | some thread has an entry of    | `put`, before it writes the    | –          |
//! |     |         | it, or had one                 | first entry                    |            |
//!
//! So one that nobody has touched ends without a look at the threads.
//!
//! Order of the locks: the list of keepers, then a keeper's own.

pub mod values;

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicPtr, AtomicU32, Ordering};
use crate::local::values::{Entry, grow, locked, my_entry, my_keeper};
use crate::object;
use crate::object::handle::{Handle, Kind};
use crate::object::slot::slots;
use crate::object::word::Word;
use crate::status::Status;
use crate::wait::this_thread;

const TOUCHED: u64 = 1;

/// Makes a thread's value at its first touch.
pub type Init = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;
/// Ends a value; never called with null.
pub type Destructor = unsafe extern "C-unwind" fn(*mut c_void);

/// Rounds in which values are destroyed that destructors have set, after the first: as many as
/// POSIX keys have.
const MORE_ROUNDS: u32 = 4;
/// Values that are taken out at a time when a local is destroyed.
const BATCH: usize = 64;

/// A slot of the table of locals.
#[repr(C, align(64))]
pub struct Local {
    word: Word,
    /// An [`Init`]'s address, or null; written before the slot is published, as are the following.
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

/// A value that was taken out and has to be destroyed.
#[derive(Clone, Copy)]
struct Taken {
    value: *mut c_void,
    destructor: *mut c_void,
}

impl Taken {
    const NOTHING: Taken = Taken { value: ptr::null_mut(), destructor: ptr::null_mut() };

    /// Calls the destructor, if there are a value and a destructor. No lock of the library's own is
    /// held.
    fn destroy(self) {
        if self.value.is_null() || self.destructor.is_null() {
            return;
        }
        // SAFETY: `new` stored a `Destructor`, whose caller promised one that may be called with
        // the values of this local; taking the value out has made this the only call for it.
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

/// The fast path of [`get`]: the calling thread's value, if there is one. `None`: ask that.
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
    // All that belongs to this local is read before the initialiser runs, which may destroy it and
    // let another have the slot.
    // ORDERING: Relaxed, both: published with the word.
    let (init, context) = (slot.init.load(Ordering::Relaxed), slot.context.load(Ordering::Relaxed));
    let destructor = slot.destructor();
    if init.is_null() {
        return Ok(ptr::null_mut());
    }
    // Touched from here on: an initialiser that asks for the value it is about to make gets null.
    put(local, ptr::null_mut())?;
    let mut touching = Touching { local, done: false };
    // SAFETY: `new` stored an `Init`; its caller promised one that may be called with this context.
    // No lock of the library's own is held, and if it unwinds `touching` takes the touch back.
    let value = unsafe { core::mem::transmute::<*mut c_void, Init>(init)(context) };
    touching.done = true;
    set(local, value).inspect_err(|_| Taken { value, destructor }.destroy())?;
    Ok(value)
}

/// While it exists the initialiser runs; if that unwinds, it has made no value and may run again.
struct Touching {
    local: Handle,
    done: bool,
}

impl Drop for Touching {
    fn drop(&mut self) {
        let entry = if self.done { None } else { my_entry(self.local.index()) };
        let Some(entry) = entry else { return };
        // A value that the initialiser has set itself stays, and so does the entry of another local
        // that has the slot by now.
        let untouch = || {
            if entry.is_touched(self.local) && entry.value_of(self.local).is_none() {
                entry.forget();
            }
        };
        // SAFETY: the calling thread's own keeper, which exists since there is an entry.
        unsafe { locked(my_keeper(), untouch) }
    }
}

/// Sets the calling thread's value, and destroys the one before it, unless it is the same.
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

/// Puts a value in place, and returns the one before it. It is checked under the lock that the
/// local is alive: so a destroy either finds the value, or this finds the local gone.
fn put(local: Handle, value: *mut c_void) -> Result<Taken, Status> {
    let (slot, _) = TABLE.find(local)?;
    if my_entry(local.index()).is_none() {
        grow(local.index() as usize + 1)?;
    }
    let Some(entry) = my_entry(local.index()) else { return Err(Status::THREADING_NO_RESOURCES) };
    // SAFETY: the calling thread's own keeper, which exists since there is an entry.
    unsafe {
        locked(my_keeper(), || {
            touch(slot, local)?;
            let before = entry.value_of(local);
            entry.put(local, value);
            Ok(before
                .map_or(Taken::NOTHING, |value| Taken { value, destructor: slot.destructor() }))
        })
    }
}

/// Notes that there may be a value of it, unless it has ended.
fn touch(slot: &Local, local: Handle) -> Result<(), Status> {
    let touched = slot.word.update(|state| {
        (state.is(local.tag()) && !state.has(TOUCHED)).then_some(state.with(TOUCHED))
    });
    match touched {
        Err(state) if !state.is(local.tag()) => Err(state.stale_status(local.tag(), Kind::Local)),
        _ => Ok(()),
    }
}

/// Takes a value out of an entry whose keeper's lock is held, if it belongs to a local of that
/// handle; the entry is as if never touched.
fn take_out(entry: &Entry, local: Handle) -> *mut c_void {
    if !entry.is_touched(local) {
        return ptr::null_mut();
    }
    let value = entry.take();
    entry.forget();
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
        // From here on nobody puts a value in.
        if state.has(TOUCHED) {
            destroy_values(local, destructor);
        }
        Ok(again)
    })
}

/// Destroys every thread's value of a local that has ended. Its slot is given back only when none
/// is left, so that no other local has the index meanwhile.
#[cold]
#[inline(never)]
fn destroy_values(local: Handle, destructor: *mut c_void) {
    let mut batch = [ptr::null_mut(); BATCH];
    loop {
        let found = collect(local, &mut batch);
        for value in batch.iter().take(found) {
            Taken { value: *value, destructor }.destroy();
        }
        if found < BATCH {
            break;
        }
    }
}

/// Takes values of a local that has ended out of all threads, until the batch is full. Returns how
/// many.
fn collect(local: Handle, batch: &mut [*mut c_void; BATCH]) -> usize {
    let mut found = 0;
    values::for_each(local.index(), |entry| {
        let value = take_out(entry, local);
        if let (false, Some(free)) = (value.is_null(), batch.get_mut(found)) {
            *free = value;
            found += 1;
        }
        found < BATCH
    });
    found
}

/// In every round of a thread's destructors: destroys its values, and those that their destructors
/// set, in a few more rounds.
pub fn thread_exit() {
    if my_keeper().is_null() {
        return;
    }
    for _ in 0..=MORE_ROUNDS {
        if !destroy_mine() {
            break;
        }
    }
    if this_thread::has_ended() {
        values::forget_mine();
    }
}

/// After a timer's function: destroys the values of the identity that ends, and lets the next one
/// begin untouched.
pub fn end_of_identity() {
    for _ in 0..=MORE_ROUNDS {
        if !destroy_mine() {
            break;
        }
    }
    let mut index = 0;
    while let Some(entry) = my_entry(index) {
        entry.forget();
        index += 1;
    }
}

/// Destroys all values that the calling thread has now. True: there were some.
fn destroy_mine() -> bool {
    let mut any = false;
    let mut index = 0;
    // A destructor may make the array larger.
    while let Some(entry) = my_entry(index) {
        // SAFETY: the calling thread's own keeper, which exists since there is an entry.
        let taken = unsafe { locked(my_keeper(), || take_mine(entry, index)) };
        any |= !taken.value.is_null();
        taken.destroy();
        index += 1;
    }
    any
}

/// Takes the value of whichever local it belongs to out of an entry of this thread, whose keeper's
/// lock is held. The entry stays touched: an initialiser does not run in a thread that ends.
fn take_mine(entry: &Entry, index: u32) -> Taken {
    let value = entry.take();
    // The local may be destroyed at this moment; but as long as it has a value anywhere, its slot
    // is not used again.
    match TABLE.get(index) {
        Some(slot) if !value.is_null() => Taken { value, destructor: slot.destructor() },
        _ => Taken::NOTHING,
    }
}
