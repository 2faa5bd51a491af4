//! Models of the slow path of acquiring in a shared mode, where all who wait do so in that mode
//! (the rwlock, in whose queue two modes wait, has slow paths of its own): `wait/mutex/acquire.rs`
//! and `release.rs` with readers that hold together, and a writer alone.
//!
//! | bits | name    | set by                                   | else                             |
//! |------|---------|------------------------------------------|----------------------------------|
//! | 0    | LOCKED  | a writer, while nobody holds it          | readers see what a writer does   |
//! | 1-27 | READERS | a reader (+1), while LOCKED is clear     | a writer comes in among readers  |
//!
//! Readers wait in the queue. A writer only tries, since all who wait in one queue do so in one
//! mode.

use std::rc::Rc;

use loom::cell::UnsafeCell;
use threading::object::handle::Handle;
use threading::object::word::{DESIGNATED_WAKER, WAITERS};
use threading::status::Status;
use threading::wait::mutex::mode::{LOCKED, Mode};
use threading::wait::mutex::raw::RawMutex;
use threading::wait::queue::{Guard, Rules, nothing};
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, be_known, join, let_time_run_out, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "mode: all readers that wait come in together when the writer leaves",
        preemptions: 2,
        moves_time: false,
        run: share,
    },
    Model {
        name: "mode: readers and a writer exclude each other",
        preemptions: 2,
        moves_time: false,
        run: exclude,
    },
    Model {
        name: "mode: a reader that times out is not counted, and no other is forgotten",
        preemptions: 1,
        moves_time: true,
        run: times_out,
    },
];

const READER: u64 = 1 << 1;
const READERS: u64 = (1 << 28) - READER;

static SHARED: Mode = Mode {
    field: LOCKED,
    lowest: 0,
    values: 1,
    add_to_acquire: READER,
    rules: &RULES,
    tolerated_spins: 64,
};

static ALONE: Mode = Mode { field: LOCKED | READERS, add_to_acquire: LOCKED, ..SHARED };

static RULES: Rules = Rules { process_pending, repair_after_fork: nothing };

fn process_pending(guard: &Guard<'_>) {
    RawMutex::of(guard).wake_available(guard, &SHARED);
}

/// Without a handle, as the library's own locks. It is free at the beginning of every execution.
static OBJECT: RawMutex = RawMutex::INTERNAL;

fn read(timeout: Timeout) -> Result<(), Status> {
    OBJECT.acquire_slow(&SHARED, Handle::NULL, 0, timeout)
}

fn try_to_write() -> Result<(), Status> {
    OBJECT.acquire_slow(&ALONE, Handle::NULL, 0, Timeout::Poll)
}

fn release(mode: &Mode) {
    let left = OBJECT.core.word.update(|state| Some(mode.released(state)));
    if left.is_ok_and(|state| state.has(WAITERS) && !state.has(DESIGNATED_WAKER)) {
        OBJECT.core.process_or_pend(&RULES);
    }
}

/// Nobody waits or is on the way, and so many readers hold it, or the writer.
fn assert_held(readers: u64, written: bool) {
    let held = readers * READER + if written { LOCKED } else { 0 };
    let bits = WAITERS | DESIGNATED_WAKER | READERS | LOCKED;
    assert_eq!(OBJECT.core.word.load().0 & bits, held);
}

/// What the writer writes: loom fails if a reader reads it meanwhile, or without an order.
#[derive(Clone)]
struct Text(Rc<UnsafeCell<u32>>);

impl Text {
    fn new() -> Text {
        Text(Rc::new(UnsafeCell::new(0)))
    }

    fn read(&self) -> u32 {
        // SAFETY: the threads of a model run one at a time, and the reference does not leave this
        // function.
        self.0.with(|text| unsafe { *text })
    }

    fn write(&self) {
        // SAFETY: as above.
        self.0.with_mut(|text| unsafe { *text += 1 });
    }
}

/// Two readers that wait for a writer hold it at the same time, and see what the writer wrote; no
/// writer comes in before both have left, and no reader while a writer is in. Fails when
/// `try_acquire` or `Acquire::validate` sets LOCKED whatever the mode, and when ALONE does not ask
/// for READERS.
fn share() {
    be_known();
    let text = Text::new();
    assert_eq!(try_to_write(), Ok(()));
    let readers = [0, 1].map(|_| {
        let text = text.clone();
        spawn(move || read(Timeout::Forever).map(|()| text.read()))
    });
    text.write();
    release(&ALONE);
    // Neither leaves before both are in: one that excluded the other would let it sleep for ever.
    assert_eq!(join(readers), [Ok(1), Ok(1)]);
    assert_held(2, false);
    assert_eq!(try_to_write(), Err(Status::THREADING_TIMEOUT));
    release(&SHARED);
    assert_held(1, false);
    assert_eq!(try_to_write(), Err(Status::THREADING_TIMEOUT));
    release(&SHARED);
    assert_eq!(try_to_write(), Ok(()));
    assert_eq!(read(Timeout::Poll), Err(Status::THREADING_TIMEOUT));
    assert_held(0, true);
}

/// A writer that tries at any moment finds no reader, and none finds it.
/// Fails when SHARED does not ask for LOCKED, and when ALONE does not ask for READERS.
fn exclude() {
    be_known();
    let text = Text::new();
    let readers = [0, 1].map(|_| {
        let text = text.clone();
        spawn(move || {
            read(Timeout::Forever).expect("a shared hold");
            text.read();
            release(&SHARED);
        })
    });
    let writes = try_to_write().is_ok();
    if writes {
        text.write();
        release(&ALONE);
    }
    join(readers);
    assert_held(0, false);
    assert_eq!(try_to_write(), Ok(()));
    assert_eq!(text.read(), u32::from(writes));
}

/// A reader whose time runs out is not counted and holds nothing, and the one behind it comes in.
/// Fails when `leave_woken` counts one that reports the time-out or keeps DESIGNATED_WAKER, and
/// when `wake_available` hands off without acquiring.
fn times_out() {
    be_known();
    assert_eq!(try_to_write(), Ok(()));
    let hasty = spawn(|| read(A_WHILE));
    let patient = spawn(|| read(Timeout::Forever));
    let writer = spawn(|| {
        release(&ALONE);
        // Whoever has been woken is beaten.
        let writes_again = try_to_write().is_ok();
        let_time_run_out();
        if writes_again {
            release(&ALONE);
        }
    });
    join([writer]);
    let [came] = join([hasty]);
    assert_eq!(join([patient]), [Ok(())]);
    assert!(matches!(came, Ok(()) | Err(Status::THREADING_TIMEOUT)), "{came:?}");
    assert_held(1 + u64::from(came.is_ok()), false);
}
