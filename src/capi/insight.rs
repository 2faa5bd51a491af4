//! Looks into the running program, for C.

use core::ffi::c_void;
use core::ptr;

use crate::inspect::deadlock::{Certainty, Graph};
use crate::inspect::dump::{self, Format};
use crate::inspect::waits::{self, ThreadWait};
use crate::object::cause::failure;
use crate::object::handle::{Handle, threading_thread};
use crate::platform::clock;
use crate::status::threading_status;

/// What a thread waits for. The numbers are part of the ABI: new kinds get new numbers.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
pub enum threading_kind {
    /// Nothing.
    THREADING_KIND_NONE = 0,
    /// The end of a thread.
    THREADING_KIND_THREAD = 1,
    /// A lock.
    THREADING_KIND_LOCK = 2,
    /// An rlock.
    THREADING_KIND_RLOCK = 3,
    /// A notify of a condition. A waiter that was notified waits for the condition's lock.
    THREADING_KIND_CONDITION = 4,
    /// A unit of a semaphore.
    THREADING_KIND_SEMAPHORE = 5,
    /// An event.
    THREADING_KIND_EVENT = 6,
    /// A barrier.
    THREADING_KIND_BARRIER = 7,
    /// A timer.
    THREADING_KIND_TIMER = 8,
    /// A local. No thread waits for one.
    THREADING_KIND_LOCAL = 9,
    /// A latch.
    THREADING_KIND_LATCH = 12,
    /// Time, in `threading_sleep`.
    THREADING_KIND_SLEEP = 256,
    /// Something of the library's own, for a moment; or the end of all threads, in
    /// `threading_shutdown` or `exit`.
    THREADING_KIND_LIBRARY = 257,
}

/// How sure it is that the threads of a deadlock wait for ever.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
pub enum threading_certainty {
    /// There is no deadlock.
    THREADING_CERTAINTY_NONE = 0,
    /// They wait until a thread that is none of them releases a lock of theirs, which any thread
    /// may do.
    THREADING_CERTAINTY_PROBABLE = 1,
    /// They wait for ever: all that they wait for are rlocks and ends of threads.
    THREADING_CERTAINTY_CERTAIN = 2,
}

/// What one thread waits for.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(non_camel_case_types)]
pub struct threading_wait {
    /// The thread that waits, a borrowed handle; null for a thread that the library did not start
    /// and that has not asked for its handle.
    pub thread: threading_thread,
    /// The ident of that thread.
    pub ident: u64,
    /// The kernel's id of that thread; 0 if it is not known.
    pub native_id: u64,
    /// The bits of the handle that it waits for; 0 for a sleep, and for what has no handle.
    pub object: u64,
    /// The ident of the thread that holds the lock or rlock, or whose end is waited for; 0 if
    /// nobody is known.
    pub holder: u64,
    /// For how many seconds it has waited.
    pub seconds: f64,
    /// For how many seconds more it waits at most; INFINITY if it has no time-out.
    pub remaining: f64,
    /// The address to which the blocked call returns; NULL if it is not known.
    pub site: *const c_void,
    /// What it waits for.
    pub kind: threading_kind,
    /// For later versions; 0.
    pub reserved: [u32; 7],
}

impl From<&ThreadWait> for threading_wait {
    fn from(wait: &ThreadWait) -> threading_wait {
        threading_wait {
            thread: waits::thread_of(wait.ident).into(),
            ident: wait.ident,
            native_id: waits::native_id_of(wait.ident).into(),
            object: wait.object.0,
            holder: wait.holder,
            seconds: wait.lasted(clock::now()),
            remaining: wait.remaining(clock::now()),
            site: ptr::null(),
            kind: wait.into(),
            reserved: [0; 7],
        }
    }
}

impl From<&ThreadWait> for threading_kind {
    fn from(wait: &ThreadWait) -> threading_kind {
        use threading_kind::*;
        const KINDS: [threading_kind; 10] = [
            THREADING_KIND_THREAD,
            THREADING_KIND_LOCK,
            THREADING_KIND_RLOCK,
            THREADING_KIND_CONDITION,
            THREADING_KIND_SEMAPHORE,
            THREADING_KIND_EVENT,
            THREADING_KIND_BARRIER,
            THREADING_KIND_TIMER,
            THREADING_KIND_LOCAL,
            THREADING_KIND_LATCH,
        ];
        if wait.sleeps {
            return THREADING_KIND_SLEEP;
        }
        let number = wait.object.tag().kind();
        let found = KINDS.into_iter().find(|kind| *kind as u32 == number);
        found.unwrap_or(THREADING_KIND_LIBRARY)
    }
}

/// Lists what the threads of the process wait for at this moment.
///
/// Each entry is true at a moment of its own: the threads are not stopped. A thread that runs, or
/// that waits for something that is not the library's, has no entry.
/// @param array  receives the entries; or NULL if `capacity` is 0.
/// @param capacity  the number of entries that fit into `array`.
/// @return the number of entries that were written, at most `capacity`. If it equals `capacity`,
/// there may be more.
/// @par Blocking
/// Never. The call takes no lock and allocates nothing.
/// @par Thread safety
/// Any thread, and signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_waits(
    array: *mut threading_wait,
    capacity: usize,
) -> usize {
    // SAFETY: `array` has room for `capacity` entries, by the caller's promise.
    let mut list = unsafe { List::new(c"threading_waits", array, capacity) };
    if list.capacity > 0 {
        waits::for_each(|wait| list.push(wait));
    }
    list.length
}

/// Tells what a thread waits for at this moment.
///
/// @param thread  the thread.
/// @param out  receives what it waits for.
/// @retval THREADING_OK  the thread waits, and `*out` says for what.
/// @retval THREADING_NO_VALUE  the thread runs, has not started or has ended, or waits for
/// something that is not the library's; `*out` is unchanged.
/// @retval THREADING_INVALID_ARGUMENT  `out` is NULL.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @par Blocking
/// Never. The call takes no lock and allocates nothing.
/// @par Thread safety
/// Any thread, and signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_thread_waiting_for(
    thread: threading_thread,
    out: *mut threading_wait,
) -> threading_status {
    let ask = || waits::of_thread(thread.into()).map(|wait| (&wait).into());
    // SAFETY: `out` is null or may be written, by the caller's promise.
    unsafe { super::deliver(c"threading_thread_waiting_for", thread, out, ask) }
}

/// Looks for threads that wait for each other in a circle.
///
/// The look takes no lock and stops no thread. It finds threads that wait without a time-out for
/// locks, rlocks and ends of threads. What it has found it looks at again, so that it never takes
/// threads that move for a deadlock. A lock that another thread than its holder has released is
/// used as a signal, and is left out; so is a thread that waits for a lock which it acquired
/// itself.
/// @param array  receives the threads of one deadlock, in the order in which they wait for each
/// other; or NULL if `capacity` is 0.
/// @param capacity  the number of entries that fit into `array`.
/// @param certainty  receives how sure it is; or NULL.
/// @return the number of threads of the deadlock, of which at most `capacity` were written; 0 if
/// there is no deadlock, or no memory to look for one.
/// @par Blocking
/// Never. The call takes no lock, and allocates memory from the system only.
/// @par Thread safety
/// Any thread, and signal handlers.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn threading_find_deadlock(
    array: *mut threading_wait,
    capacity: usize,
    certainty: *mut threading_certainty,
) -> usize {
    // SAFETY: `array` has room for `capacity` entries, by the caller's promise.
    let mut list = unsafe { List::new(c"threading_find_deadlock", array, capacity) };
    let mut graph = Graph::collect();
    let circle = graph.as_mut().and_then(Graph::next_circle);
    if !certainty.is_null() {
        let found = match circle.as_ref().map(|circle| circle.certainty) {
            None => threading_certainty::THREADING_CERTAINTY_NONE,
            Some(Certainty::Probable) => threading_certainty::THREADING_CERTAINTY_PROBABLE,
            Some(Certainty::Certain) => threading_certainty::THREADING_CERTAINTY_CERTAIN,
        };
        // SAFETY: not null, so it may be written, by the caller's promise.
        unsafe { certainty.write(found) };
    }
    circle.map_or(0, |circle| {
        circle.waits().all(|wait| list.push(wait));
        circle.length
    })
}

/// Writes what every thread does, waits for and holds, and the deadlocks, as text for people.
///
/// The text is one line or a few for each thread, and each deadlock with its threads. Each line is
/// true at a moment of its own, since no thread is stopped; a deadlock was looked at twice. The
/// text may change from version to version: programs read `threading_dump_json`. Names are written
/// with escapes for control characters, and up to 255 bytes of them.
/// @param fd  a descriptor that is open for writing; 2 is the standard error stream.
/// @retval THREADING_OK  all was written.
/// @retval THREADING_BUSY  another dump is being written.
/// @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
/// @retval THREADING_NO_RESOURCES  there is no memory for the look.
/// @par Blocking
/// As long as the descriptor does. The call takes no lock, and allocates memory from the system
/// only. No SIGPIPE is sent.
/// @par Thread safety
/// Any thread, and signal handlers.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_dump(fd: i32) -> threading_status {
    super::outcome(c"threading_dump", Handle::NULL, dump::write(fd, Format::Text))
}

/// As `threading_dump`, as JSON for programs.
///
/// The text is one object. Its member `threading` is the number of the schema, which is 1.
/// `threads` has what is known of each thread, with what it waits for as `wait` and the handles of
/// what it `holds`; `objects` has what is held or waited for; `deadlocks` the idents of the threads
/// of each deadlock; `unmet` the threads that have not called the library. Handles and idents are
/// strings of hexadecimal digits. Later versions may add members, and readers skip those that they
/// do not know.
/// @param fd  a descriptor that is open for writing.
/// @retval THREADING_OK  all was written.
/// @retval THREADING_BUSY  another dump is being written.
/// @retval THREADING_INVALID_ARGUMENT  the descriptor cannot be written to, or takes no more.
/// @retval THREADING_NO_RESOURCES  there is no memory for the look.
/// @par Blocking
/// As `threading_dump`.
/// @par Thread safety
/// Any thread, and signal handlers.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_dump_json(fd: i32) -> threading_status {
    super::outcome(c"threading_dump_json", Handle::NULL, dump::write(fd, Format::Json))
}

/// A caller's array, and how much of it is filled.
struct List {
    array: *mut threading_wait,
    capacity: usize,
    length: usize,
}

impl List {
    /// # Safety
    /// `array` is null or has room for `capacity` entries.
    unsafe fn new(
        function: &'static core::ffi::CStr,
        array: *mut threading_wait,
        capacity: usize,
    ) -> List {
        if array.is_null() && capacity > 0 {
            let status = failure!(THREADING_INVALID_ARGUMENT, c"the array is NULL");
            super::failed(function, Handle::NULL, status);
            return List { array, capacity: 0, length: 0 };
        }
        List { array, capacity, length: 0 }
    }

    /// Adds an entry if there is room. False: there is none for another.
    fn push(&mut self, wait: &ThreadWait) -> bool {
        if self.length < self.capacity {
            // SAFETY: below the capacity, for which there is room, by `new`'s contract.
            unsafe { self.array.add(self.length).write(wait.into()) };
            self.length += 1;
        }
        self.length < self.capacity
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::kinds::for_each_kind;

    macro_rules! numbers {
        ($(
            $(#[$text:meta])+
            $kind:ident = $number:literal, $slots:ident $(, $c:ident $c_text:literal)?;
        )+) => {
            [$($(($number, stringify!($c)),)?)+]
        };
    }

    #[test]
    fn each_kind_that_c_sees_has_a_constant_of_its_number() {
        for (number, name) in for_each_kind!(numbers) {
            let object = Handle(number << 58);
            let wait = ThreadWait { object, ..ThreadWait::NONE };
            let kind = threading_kind::from(&wait);
            let constant = format!("{kind:?}").to_lowercase().replace("_kind", "");
            assert_eq!((u64::from(kind as u32), constant.as_str()), (number, name));
        }
    }
}
