//! What is recorded at run time, and the switch.
//!
//! Each feature has a bit, and a listener of the probe that hears while the feature is on. A
//! listener may serve several features: it reads [`is_on`].
//!
//! The order of a change: what is on, then what the listeners hear, then the objects' INSPECT
//! (`object::follow`). So a call that takes the slow path because of INSPECT finds the listener.
//! The other way round, when all goes off, a call may tell a listener whose feature is off: each
//! listener looks.

use crate::atomic::{AtomicU32, Ordering};
use crate::inspect::last_waits;
use crate::inspect::recorder;
use crate::inspect::timeline;
use crate::local::Local;
use crate::object::cause::failure;
use crate::object::follow::follow_all;
use crate::platform::process_fence;
use crate::probe::{self, Listener};
use crate::status::Status;
use crate::sync::barrier::Barrier;
use crate::sync::condition::Condition;
use crate::sync::event::Event;
use crate::sync::latch::Latch;
use crate::sync::lock::Lock;
use crate::sync::queue::Queue;
use crate::sync::rlock::Rlock;
use crate::sync::rwlock::slot::Rwlock;
use crate::sync::semaphore::Semaphore;
use crate::sync::stop::Stop;
use crate::thread::executor::Executor;
use crate::wait::mutex::internal::{InternalMutex, Mutex};

pub use crate::inspect::recorder::{CLASSES, HOLDS, ORDER};
/// What threads do, and when.
pub const TIMELINE: u32 = 1 << 2;
/// What each thread has waited for last.
pub const WAITS: u32 = 1 << 3;

/// Features that one listener serves.
struct Feature {
    /// Their bits.
    bits: u32,
    /// Hears while any of them is on.
    listener: &'static Listener,
    /// Makes ready for these of them, before anything is heard; called for none as well. An error
    /// leaves everything as it was.
    prepare: fn(u32) -> Result<(), Status>,
}

/// All of them.
static FEATURES: &[Feature] = &[
    Feature {
        bits: ORDER | HOLDS | CLASSES,
        listener: &recorder::LISTENER,
        prepare: recorder::prepare,
    },
    Feature { bits: TIMELINE, listener: &timeline::LISTENER, prepare: timeline::prepare },
    Feature { bits: WAITS, listener: &last_waits::LISTENER, prepare: last_waits::prepare },
];

/// The names by which the environment asks for them.
pub const NAMES: &[(&[u8], u32)] = &[
    (b"order", ORDER),
    (b"classes", CLASSES),
    (b"holds", HOLDS),
    (b"timeline", TIMELINE),
    (b"waits", WAITS),
];

// What is on: bits of features, and one of the switch's own:
//
// | bit      | means                          | while it is clear                         |
// |----------|--------------------------------|-------------------------------------------|
// | CHANGING | a change has begun, and is not | listeners and objects are as the bits say |
// |          | complete                       |                                           |
static WHAT: AtomicU32 = AtomicU32::new(0);
const CHANGING: u32 = 1 << 31;

/// Taken by whoever changes what is on.
static SWITCH: Mutex<()> = Mutex::new(());

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { SWITCH.raw() });
}

/// In a forked child whose handlers did not run: a thread that is gone may have been in the middle
/// of a change, which is brought to its end.
pub fn repair_after_fork() {
    // ORDERING: Relaxed: the process has a single thread.
    let what = WHAT.load(Ordering::Relaxed);
    if what & CHANGING != 0 {
        apply(what & !CHANGING);
    }
}

/// Whether any of these features is on. A listener may be called while none is.
#[inline(always)]
pub fn is_on(features: u32) -> bool {
    // ORDERING: Relaxed: what a feature needs is published by what it makes ready itself.
    WHAT.load(Ordering::Relaxed) & features != 0
}

/// From now on these features are on, and no others.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` for a bit of no feature; `THREADING_NO_RESOURCES`.
pub fn set(what: u32) -> Result<(), Status> {
    if FEATURES.iter().fold(what, |left, feature| left & !feature.bits) != 0 {
        return Err(failure!(THREADING_INVALID_ARGUMENT, c"a bit stands for nothing to inspect"));
    }
    let _exclusive = SWITCH.lock();
    let prepare = |what: u32| -> Result<(), Status> {
        FEATURES.iter().try_for_each(|feature| (feature.prepare)(what & feature.bits))
    };
    prepare(what).inspect_err(|_| {
        // What was ready is ready still.
        // ORDERING: Relaxed: guarded by the lock.
        let _ = prepare(WHAT.load(Ordering::Relaxed));
    })?;
    if what != 0 || is_on(u32::MAX) {
        apply(what);
    }
    Ok(())
}

/// From now on these features are on as well.
///
/// # Errors
/// As [`set`].
pub fn add(features: u32) -> Result<(), Status> {
    // ORDERING: Relaxed: only while the library is loaded, when nobody else changes it.
    set(WHAT.load(Ordering::Relaxed) & !CHANGING | features)
}

/// Brings listeners and objects to what is on.
fn apply(what: u32) {
    // ORDERING: Release, both: as in `is_on`.
    WHAT.store(what | CHANGING, Ordering::Release);
    for feature in FEATURES {
        probe::switch(feature.listener, what & feature.bits != 0);
    }
    process_fence::heavy();
    follow_all::<Lock>();
    follow_all::<Rlock>();
    follow_all::<Condition>();
    follow_all::<Rwlock>();
    follow_all::<Semaphore>();
    follow_all::<Event>();
    follow_all::<Barrier>();
    follow_all::<Latch>();
    follow_all::<Stop>();
    follow_all::<Queue>();
    follow_all::<Executor>();
    follow_all::<Local>();
    // ORDERING: as above.
    WHAT.store(what, Ordering::Release);
}
