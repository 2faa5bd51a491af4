//! The names of threads: what a thread is called here, and what the operating system calls it.
//!
//! One lock guards all names. It is held while the system is told another thread's name. A thread
//! takes it at its end as well, so that the name never goes to another thread that has got the
//! kernel's id by then.

use core::ffi::{CStr, c_char};
use core::fmt::Write;
use core::ptr;

use crate::atomic::Ordering;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::table::Slot;
use crate::object::word::State;
use crate::platform::memory;
use crate::platform::print::FixedText;
use crate::platform::system::KeepErrno;
use crate::platform::tasks::{self, LONGEST_NAME};
use crate::status::Status;
use crate::thread::record::{self, DUMMY, MAIN, Record};
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

/// Room for any default name, with the NUL.
const DEFAULT_NAME: usize = 32;

/// Copies a name that comes from C: null for none, otherwise memory from the C allocator that
/// belongs to the caller.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if it is not UTF-8, `THREADING_NO_RESOURCES` if there is no memory.
///
/// # Safety
/// `name` is null or points to a NUL-terminated string.
pub unsafe fn copy_in(name: *const c_char) -> Result<*mut c_char, Status> {
    if name.is_null() {
        return Ok(ptr::null_mut());
    }
    // SAFETY: the caller's promise.
    let text = unsafe { CStr::from_ptr(name) };
    if text.to_str().is_err() {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"the name is not UTF-8"));
    }
    if text.is_empty() {
        return Ok(ptr::null_mut());
    }
    let copy = memory::copy(text);
    if copy.is_null() { Err(Status::THREADING_NO_RESOURCES) } else { Ok(copy) }
}

/// Assigns the record a number, if its name needs one and has none. The lock of names is held.
fn assign_number(record: &Record) {
    // ORDERING: Relaxed, all: guarded by the lock of names.
    if record.name.load(Ordering::Relaxed).is_null() && record.number.load(Ordering::Relaxed) == 0 {
        record.number.store(record::next_number(), Ordering::Relaxed);
    }
}

/// Calls `use_name` with the record's name. The lock of names is held, so `use_name` must neither
/// wait nor call user code.
fn with_name<R>(record: &Record, state: State, use_name: impl FnOnce(&[u8]) -> R) -> R {
    // ORDERING: Relaxed: guarded by the lock of names.
    let name = record.name.load(Ordering::Relaxed);
    if !name.is_null() {
        // SAFETY: a record's name is NUL-terminated, and is changed only under the lock, which is
        // held.
        return use_name(unsafe { CStr::from_ptr(name) }.to_bytes());
    }
    let mut bytes = [0; DEFAULT_NAME];
    let mut default = FixedText::new(&mut bytes);
    // ORDERING: Relaxed: guarded by the lock of names.
    let number = record.number.load(Ordering::Relaxed);
    let _ = match (state.has(MAIN), state.has(DUMMY), number) {
        (true, _, 0) => default.write_str("MainThread"),
        (_, true, _) => write!(default, "Dummy-{number}"),
        _ => write!(default, "Thread-{number}"),
    };
    use_name(default.as_bytes())
}

/// The longest part of UTF-8 text that has at most `limit` bytes and ends between characters.
fn cut(text: &[u8], limit: usize) -> &[u8] {
    let mut end = text.len().min(limit);
    while end > 0 && text.get(end).is_some_and(|byte| byte & 0xc0 == 0x80) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// Copies the name of a thread into a buffer, NUL-terminated and cut between characters, and
/// returns its full length.
///
/// # Errors
/// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
///
/// # Safety
/// `buffer` points to `capacity` bytes that may be written; it may be anything if `capacity` is 0.
pub unsafe fn copy_out(
    thread: Handle,
    buffer: *mut c_char,
    capacity: usize,
) -> Result<usize, Status> {
    let _names = NAMES.lock();
    let (record, state) = record::find(thread)?;
    Ok(with_name(record, state, |name| {
        if capacity > 0 {
            let part = cut(name, capacity - 1);
            // SAFETY: the part and the NUL are at most `capacity` bytes, for which there is room,
            // by the caller's promise.
            unsafe {
                ptr::copy_nonoverlapping(part.as_ptr(), buffer.cast(), part.len());
                buffer.add(part.len()).write(0);
            }
        }
        name.len()
    }))
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
    let copy = unsafe { copy_in(name) }?;
    let old = {
        let _names = NAMES.lock();
        match record::find(thread) {
            Err(status) => Err((status, copy)),
            Ok((record, state)) => {
                // ORDERING: Relaxed: guarded by the lock of names.
                let old = record.name.swap(copy, Ordering::Relaxed);
                if !state.has(MAIN) {
                    assign_number(record);
                }
                set_system_name(record, state);
                Ok(old)
            }
        }
    };
    let (answer, unused) = match old {
        Ok(old) => (Ok(()), old),
        Err((status, copy)) => (Err(status), copy),
    };
    // SAFETY: null, or from `copy_in`, and no other thread has it any more.
    unsafe { memory::free(unused) };
    answer
}

/// Sets the operating system's name of the thread. The lock of names is held.
fn set_system_name(record: &Record, state: State) {
    // ORDERING: Relaxed, both: guarded by the lock of names.
    let nameable = record.nameable.load(Ordering::Relaxed) != 0;
    let native_id = record.native_id.load(Ordering::Relaxed);
    if !nameable || (state.has(DUMMY) && is_gone(record)) {
        return;
    }
    let _errno = KeepErrno::new();
    let mut bytes = [0; LONGEST_NAME + 1];
    with_name(record, state, |name| {
        let part = cut(name, LONGEST_NAME);
        for (place, byte) in bytes.iter_mut().zip(part) {
            *place = *byte;
        }
    });
    if let Ok(name) = CStr::from_bytes_until_nul(&bytes) {
        tasks::set_name(native_id, name);
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
    set_system_name(record, state);
}

/// Ends the calling thread's name: from now on no thread uses its kernel's id to rename it.
pub fn thread_ended(record: &Record) {
    let _names = NAMES.lock();
    // ORDERING: Relaxed: guarded by the lock of names.
    record.nameable.store(0, Ordering::Relaxed);
}

/// Frees the name of a record that has ended, before its slot is used again.
pub fn drop_name(record: &Record) {
    let name = {
        // A thread that has found the record alive reads and changes its name under this lock.
        let _names = NAMES.lock();
        // ORDERING: Relaxed: guarded by the lock of names.
        record.name.swap(ptr::null_mut(), Ordering::Relaxed)
    };
    // SAFETY: null, or from `copy_in`, and no other thread has it any more.
    unsafe { memory::free(name) };
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
        let Ok(length) = (unsafe { copy_out(thread, text.cast(), capacity as usize) }) else {
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
    use super::cut;

    #[test]
    fn text_is_cut_between_characters() {
        let text = "aé€😀z".as_bytes();
        let lengths: Vec<usize> =
            (0..=text.len() + 1).map(|limit| cut(text, limit).len()).collect();
        assert_eq!(lengths, [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11]);
        for limit in 0..=text.len() {
            assert!(core::str::from_utf8(cut(text, limit)).is_ok());
        }
    }
}
