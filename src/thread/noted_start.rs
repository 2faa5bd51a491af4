//! The start of a thread that has noted something: it applies its notes itself, before it does
//! anything else, and the start waits for its answer.
//!
//! The system may refuse what was noted. So the new thread only says so, and ends; the start fails,
//! and the thread has its notes again.

use core::ffi::c_void;
use core::ptr;

use crate::atomic::{AtomicU32, Ordering};
use crate::object::handle::Handle;
use crate::platform::affinity::{self, Refusal};
use crate::platform::priority;
use crate::platform::pthread::{self, Routine};
use crate::platform::system;
use crate::status::Status;
use crate::thread::affinity::refused;
use crate::thread::native;
use crate::thread::noted::{self, Notes};
use crate::thread::priority::refused as priority_refused;
use crate::thread::record::{self, NATIVE_ID_WANTED, Record, STARTING};
use crate::thread::sleep;
use crate::wait::timeout::Timeout;
use crate::wait::wait_until::{recheck_all, wait_slowly_until};
use crate::wait::waiter::Waiter;

/// What `Handover::answer` has before the new thread has answered. Else it is APPLIED, the number
/// of a [`Refusal`] of the processors, or PRIORITY_FORBIDDEN.
const PENDING: u32 = 0;
const APPLIED: u32 = 1;
const PRIORITY_FORBIDDEN: u32 = 4;

/// What a start tells the new thread, on the stack of the thread that starts it.
struct Handover<'a> {
    notes: &'a Notes,
    record: &'static Record,
    waiter: &'static Waiter,
    routine: Routine,
    /// The last of this that the new thread touches.
    answer: AtomicU32,
}

/// Creates the operating system's thread of a record that has notes, with `create`, and waits until
/// it has applied them. The waiter is freed if this fails.
///
/// # Errors
/// As `create`, [`refused`] and [`priority_refused`].
pub fn create(
    thread: Handle,
    record: &'static Record,
    waiter: &'static Waiter,
    routine: Routine,
    create: &dyn Fn(usize, Routine, *mut c_void) -> Result<(), Status>,
) -> Result<(), Status> {
    let taken = noted::take(record, &record.core.lock());
    let Some(notes) = taken else {
        return create(0, routine, ptr::from_ref(waiter).cast_mut().cast());
    };
    let answer = AtomicU32::new(PENDING);
    let handover = Handover { notes: &notes, record, waiter, routine, answer };
    let place = ptr::from_ref(&handover).cast_mut().cast();
    let result = match create(notes.stack_size, begin, place) {
        Ok(()) => outcome(thread, &handover),
        Err(status) => {
            waiter.free();
            Err(status)
        }
    };
    if result.is_err() {
        noted::put_back(record, notes);
    }
    result
}

/// Waits for the new thread's answer.
fn outcome(thread: Handle, handover: &Handover<'_>) -> Result<(), Status> {
    // ORDERING: Acquire, pairs with the Release in `begin`.
    let answer = || handover.answer.load(Ordering::Acquire);
    // In a child that a signal handler forks meanwhile there is no such thread, and its record is
    // FINISHED.
    let is_over = |state| answer() != PENDING || record::phase(state) != STARTING;
    let core = &handover.record.core;
    let wait = || wait_slowly_until(core, thread, Timeout::Forever, NATIVE_ID_WANTED, &is_over);
    while wait() == Err(Status::THREADING_NO_RESOURCES) {
        sleep::sleep(Timeout::For(POLL_INTERVAL));
    }
    let status = match answer() {
        number if number == Refusal::Unusable as u32 => refused(Refusal::Unusable),
        number if number == Refusal::Forbidden as u32 => refused(Refusal::Forbidden),
        PRIORITY_FORBIDDEN => priority_refused(),
        _ => return Ok(()),
    };
    native::reap();
    Err(status)
}

/// How long a start without memory for a waiter sleeps between two looks, in nanoseconds.
const POLL_INTERVAL: u64 = 100_000;

/// The first function of a thread that has notes.
extern "C-unwind" fn begin(argument: *mut c_void) -> *mut c_void {
    // SAFETY: `create` passes it, and keeps it until it has the answer.
    let handover = unsafe { &*argument.cast::<Handover<'_>>() };
    let (record, waiter, routine) = (handover.record, handover.waiter, handover.routine);
    match apply(handover.notes) {
        Ok(()) => {
            // Whoever sleeps is woken when the thread is RUNNING.
            // ORDERING: Release, pairs with the Acquire in `outcome`, here and below.
            handover.answer.store(APPLIED, Ordering::Release);
            routine(ptr::from_ref(waiter).cast_mut().cast())
        }
        Err(refused) => {
            // A later start, join or shutdown reaps this thread, which has no record.
            // ORDERING: Relaxed, both: published by `push`.
            waiter.record.store(0, Ordering::Relaxed);
            // SAFETY: the call has no precondition.
            let own = unsafe { pthread::pthread_self() } as usize;
            waiter.native_handle.store(own, Ordering::Relaxed);
            native::push(waiter);
            // ORDERING: as above.
            handover.answer.store(refused, Ordering::Release);
            recheck_all(&record.core, |state| state);
            ptr::null_mut()
        }
    }
}

/// The error is the answer.
fn apply(notes: &Notes) -> Result<(), u32> {
    let own = system::native_id();
    if let Some(wanted) = &notes.processors {
        affinity::place(own, wanted).map_err(|refusal| refusal as u32)?;
    }
    match notes.priority {
        Some(wanted) if !priority::set(own, wanted) => Err(PRIORITY_FORBIDDEN),
        _ => Ok(()),
    }
}
