//! The names of threads: what a thread is called here, and what the operating system calls it.
//!
//! A name is a label, whose handle is in the thread's record, so reading takes no lock. One lock
//! guards the changes of all names. It is held while the system is told another thread's name. A
//! thread takes it at its end as well, so that the name never goes to another thread that has got
//! the kernel's id by then.

use core::ffi::{CStr, c_char};

use crate::atomic::Ordering;
use crate::object::handle::Handle;
use crate::object::label;
use crate::object::names;
use crate::object::table::Slot;
use crate::object::text::Room;
use crate::object::word::State;
use crate::platform::digits::Digits;
use crate::platform::memory;
use crate::platform::system::KeepErrno;
use crate::platform::tasks::{self, LONGEST_NAME};
use crate::status::Status;
use crate::thread::record::{self, DUMMY, MAIN, Record, TASK};
use crate::wait::mutex::internal::{InternalMutex, Mutex};
use crate::wait::this_thread;
use crate::wait::waiter::Waiter;

/// The lock of names, which guards fields of the records.
static NAMES: Mutex<()> = Mutex::new(());

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { NAMES.raw() });
}

/// The label of a name that comes from C, which belongs to the caller; null for none.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if it is not UTF-8, `THREADING_NO_RESOURCES` if there is no memory.
///
/// # Safety
/// `name` is null or points to a NUL-terminated string.
pub unsafe fn copy_in(name: *const c_char) -> Result<Handle, Status> {
    // SAFETY: the caller's promise.
    match unsafe { names::text(name) }? {
        [] => Ok(Handle::NULL),
        // The record that has the handle says whose name it is.
        text => label::make(text, Handle::NULL),
    }
}

/// Assigns the record a number if it has none. The lock of names is held.
fn assign_number(record: &Record) {
    // ORDERING: Relaxed, both: changed under the lock of names; the exchange of the name publishes
    // it.
    if record.number.load(Ordering::Relaxed) == 0 {
        record.number.store(record::next_number(), Ordering::Relaxed);
    }
}

/// Copies the record's name into the room, as much of it as fits, and returns its whole length.
/// `None`: the record has got another name meanwhile, or has ended.
fn read(record: &Record, state: State, room: &mut Room<'_>) -> Option<usize> {
    // ORDERING: Acquire, pairs with the exchange in `set`: the label is seen complete, or the
    // number that makes the name.
    let label = record.name.load(Ordering::Acquire);
    if label != 0 {
        return label::read(Handle(label), Handle::NULL, room);
    }
    // ORDERING: Relaxed: see above.
    let number = record.number.load(Ordering::Relaxed);
    let (begin, digits) = match (state.has(MAIN), state.has(DUMMY)) {
        (true, _) if number == 0 => (&b"MainThread"[..], None),
        (_, true) => (&b"Dummy-"[..], Some(Digits::decimal(number))),
        _ => (&b"Thread-"[..], Some(Digits::decimal(number))),
    };
    let digits = digits.as_ref().map_or(&b""[..], Digits::as_bytes);
    room.put(0, begin);
    room.put(begin.len(), digits);
    Some(begin.len() + digits.len())
}

/// Copies the name of a thread into the room, as much of it as fits, and returns its whole length.
/// Async-signal-safe.
fn read_of(thread: Handle, room: &mut Room<'_>) -> Result<usize, Status> {
    loop {
        let (record, state) = record::find(thread)?;
        if let Some(length) = read(record, state, room) {
            return record::validate(thread, record).map(|()| length);
        }
    }
}

/// Copies the name of a thread, a default name too, into a buffer, as much of it as fits, and
/// returns its whole length in bytes. `None`: there is no such thread. The text may be cut within a
/// character: `text::cut` finds where one ends. Takes no lock; async-signal-safe.
pub fn copy(thread: Handle, buffer: &mut [u8]) -> Option<usize> {
    read_of(thread, &mut Room::of(buffer)).ok()
}

/// Copies the name of a thread into the room, NUL-terminated and cut between characters, and
/// returns its whole length.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; the room may have been written to if the
/// record ends meanwhile.
pub fn copy_out(thread: Handle, mut room: Room<'_>) -> Result<usize, Status> {
    let length = read_of(thread, &mut room)?;
    room.terminate(length);
    Ok(length)
}

/// Renames a thread, for the operating system too if it runs.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`; as [`copy_in`].
///
/// # Safety
/// `name` points to a NUL-terminated string.
pub unsafe fn set(thread: Handle, name: *const c_char) -> Result<(), Status> {
    // SAFETY: the caller's promise.
    let label = unsafe { copy_in(name) }?;
    let old = {
        let _names = NAMES.lock();
        record::find(thread).map(|(record, state)| {
            if label.is_null() && !state.has(MAIN) {
                assign_number(record);
            }
            // ORDERING: AcqRel, pairs with the Acquire in `read`: publishes the label and the
            // number, and whoever finds the old label ended sees that it is no longer here.
            let old = Handle(record.name.swap(label.0, Ordering::AcqRel));
            tell_kernel(record, state, tasks::set_name);
            if is_lent(record, state, old) { Handle::NULL } else { old }
        })
    };
    label::end(*old.as_ref().unwrap_or(&label));
    old.map(|_| ())
}

/// How the kernel is told the calling thread's own name: without asking for its id.
const OWN: fn(u32, &CStr) = |_, name| tasks::set_own_name(name);

/// Tells the kernel the thread's name by `tell`, which gets the kernel's id. The lock of names is
/// held.
fn tell_kernel(record: &Record, state: State, tell: fn(u32, &CStr)) {
    // ORDERING: Relaxed, both: guarded by the lock of names.
    let nameable = record.nameable.load(Ordering::Relaxed) != 0;
    let native_id = record.native_id.load(Ordering::Relaxed);
    if !nameable || (state.has(DUMMY) && is_gone(record)) {
        return;
    }
    let _errno = KeepErrno::new();
    let mut bytes = [0; LONGEST_NAME + 1];
    let mut room = Room::of(&mut bytes);
    // Under the lock nobody changes the name, so it can be read.
    let Some(length) = read(record, state, &mut room) else { return };
    room.terminate(length);
    if let Ok(name) = CStr::from_bytes_until_nul(&bytes) {
        tell(native_id, name);
    }
}

/// Whether the thread of a Dummy is gone without an exit hook: another thread may have its kernel's
/// id by now.
fn is_gone(record: &Record) -> bool {
    // ORDERING: Relaxed: written before the record was published.
    let ident = Handle(record.ident.load(Ordering::Relaxed));
    Waiter::table().find(ident).is_ok_and(|(waiter, _)| waiter.is_abandoned())
}

/// Lets the system know the calling thread's name, now and whenever it changes. The record is the
/// calling thread's.
pub fn thread_started(record: &Record, state: State) {
    let _names = NAMES.lock();
    // ORDERING: Relaxed: guarded by the lock of names.
    record.nameable.store(1, Ordering::Relaxed);
    tell_kernel(record, state, OWN);
}

/// As [`thread_started`], for a record that is nameable already.
pub fn tell_system(record: &Record, state: State) {
    let _names = NAMES.lock();
    tell_kernel(record, state, OWN);
}

/// Calls `act` with the kernel's id of a thread that runs, which stays that thread's meanwhile.
/// `None`: it has ended. It may change errno.
pub fn while_alive<R>(
    thread: Handle,
    record: &Record,
    state: State,
    act: impl FnOnce(u32) -> R,
) -> Option<R> {
    let _names = NAMES.lock();
    // ORDERING: Relaxed, both: `validate` looks afterwards whether they are that thread's, and if
    // so, the lock keeps them.
    let nameable = record.nameable.load(Ordering::Relaxed) != 0;
    let native_id = record.native_id.load(Ordering::Relaxed);
    record::validate(thread, record).ok()?;
    (nameable && !(state.has(DUMMY) && is_gone(record))).then(|| act(native_id))
}

/// Ends the calling thread's name: from now on no thread uses its kernel's id to rename it.
pub fn thread_ended(record: &Record) {
    let _names = NAMES.lock();
    // ORDERING: Relaxed: guarded by the lock of names.
    record.nameable.store(0, Ordering::Relaxed);
}

/// Whether the label is a worker's, which a task's record has while the worker runs it. The lock of
/// names is held.
fn is_lent(record: &Record, state: State, label: Handle) -> bool {
    // ORDERING: Relaxed: guarded by the lock of names.
    state.has(TASK) && record.mask.load(Ordering::Relaxed) == label.0
}

/// The calling thread, a worker, begins a task: the task has the worker's label as its name, unless
/// it was given one. From now on a new name of the task goes to the worker's thread.
pub fn lend(record: &Record, state: State, label: Handle) {
    let _names = NAMES.lock();
    // ORDERING: Relaxed, all but the last: guarded by the lock of names.
    record.nameable.store(1, Ordering::Relaxed);
    record.mask.store(label.0, Ordering::Relaxed);
    if record.name.load(Ordering::Relaxed) != 0 {
        tell_kernel(record, state, OWN);
    } else {
        // ORDERING: Release, pairs with the Acquire in `read`: the label is seen complete.
        record.name.store(label.0, Ordering::Release);
    }
}

/// The calling thread, a worker, has run the task. True: the worker's thread has another name for
/// the system by now.
pub fn take_back(record: &Record) -> bool {
    let _names = NAMES.lock();
    // ORDERING: Relaxed, the first two: guarded by the lock of names.
    record.nameable.store(0, Ordering::Relaxed);
    let lent = record.mask.swap(0, Ordering::Relaxed);
    // ORDERING: AcqRel, pairs with the Acquire in `read`: whoever finds the worker's label ended
    // sees that it is no longer here. Relaxed on failure: it was replaced under the lock.
    record.name.compare_exchange(lent, 0, Ordering::AcqRel, Ordering::Relaxed).is_err()
}

/// Ends the name of a record that has ended, before its slot is used again.
pub fn drop_name(record: &Record) {
    let label = {
        // A thread that has found the record alive changes its name under this lock.
        let _names = NAMES.lock();
        // ORDERING: Relaxed: changed under the lock of names; readers find the record ended.
        record.name.swap(0, Ordering::Relaxed)
    };
    label::end(Handle(label));
}

/// The calling thread's name as a C string, in memory that belongs to the thread. It is valid until
/// the thread calls this again or ends.
pub fn of_current(thread: Handle) -> *const c_char {
    let fallback = c"(unnamed)".as_ptr();
    // The text stays with the waiter, so a borrowed one will not do.
    let Some(waiter) = this_thread::keep_waiter() else { return fallback };
    loop {
        // ORDERING: Relaxed, throughout: the text belongs to the thread that owns the waiter.
        let text = waiter.text.load(Ordering::Relaxed);
        let capacity = waiter.text_capacity.load(Ordering::Relaxed);
        // SAFETY: `text` has room for `capacity` bytes: they are set together below.
        let Ok(length) = copy_out(thread, unsafe { Room::new(text.cast(), capacity as usize) })
        else {
            // The record has ended before the thread. The name that was copied last is returned.
            return if capacity > 0 { text.cast() } else { fallback };
        };
        if length < capacity as usize {
            return text.cast();
        }
        let room = (length + 1).next_multiple_of(64);
        let Ok(new_capacity) = u32::try_from(room) else {
            return if capacity > 0 { text.cast() } else { fallback };
        };
        // SAFETY: `text` is null or was allocated here.
        let larger = unsafe { memory::enlarge(text, room) };
        if larger.is_null() {
            return if capacity > 0 { text.cast() } else { fallback };
        }
        // ORDERING: as above.
        waiter.text.store(larger, Ordering::Relaxed);
        waiter.text_capacity.store(new_capacity, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use core::ffi::c_void;
    use core::ptr;

    use super::*;
    use crate::thread::record::{NEW, NewRecord};
    use crate::thread::{finish, start};

    unsafe extern "C-unwind" fn nothing(argument: *mut c_void) -> *mut c_void {
        argument
    }

    fn name_of(thread: Handle) -> Option<String> {
        let mut buffer = [0; 64];
        let length = copy(thread, &mut buffer)?;
        Some(String::from_utf8(buffer[..length].to_vec()).unwrap())
    }

    #[test]
    fn a_thread_whose_name_cannot_be_copied_gets_a_name_all_the_same() {
        std::thread::spawn(|| {
            let thread = record::make(&NewRecord::without_target(0, 0, NEW)).expect("a record");
            let (record, state) = record::find(thread).expect("it is alive");
            assert!(this_thread::keep_waiter().is_some());
            // SAFETY: the text belongs to this thread, and is valid until the next call.
            let name = |thread| unsafe { CStr::from_ptr(of_current(thread)) }.to_owned();
            assert_eq!(name(Handle::NULL).as_c_str(), c"(unnamed)");
            assert_eq!(memory::while_exhausted(|| name(thread)).as_c_str(), c"(unnamed)");
            let copied = name(thread);
            assert_ne!(copied.as_c_str(), c"(unnamed)");
            let again = record.core.word.end(state).expect("nobody else has it");
            record::recycle(thread, record, again);
            assert_eq!(name(thread), copied);
        })
        .join()
        .expect("the thread ends");
    }

    #[test]
    fn a_name_is_read_without_the_lock_of_names_until_its_thread_is_destroyed() {
        let made = |name| {
            // SAFETY: the name is null or a string, and the thread is never started.
            unsafe { start::new(name, nothing, ptr::null_mut()) }.unwrap()
        };
        let (named, unnamed) = (made(c"named".as_ptr()), made(ptr::null()));
        let default = {
            let _names = NAMES.lock();
            assert_eq!(name_of(named).as_deref(), Some("named"));
            name_of(unnamed).unwrap()
        };
        assert!(default.starts_with("Thread-"), "{default}");
        let rename = |text: &CStr| {
            // SAFETY: the name is a string.
            assert_eq!(unsafe { set(unnamed, text.as_ptr()) }, Ok(()));
        };
        rename(c"a name that takes more than a single slot");
        let text = "a name that takes more than a single slot";
        assert_eq!(name_of(unnamed).as_deref(), Some(text));
        assert_eq!(copy(unnamed, &mut [0; 3]), Some(text.len()));
        rename(c"");
        assert_eq!(name_of(unnamed).as_deref(), Some(default.as_str()));
        for thread in [named, unnamed] {
            assert_eq!(finish::destroy(thread), Ok(()));
            assert_eq!(name_of(thread), None);
        }
        assert_eq!(copy(Handle::NULL, &mut []), None);
    }
}
