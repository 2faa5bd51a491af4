//! Models of threads: their start, their end, and those who wait for it; `thread/`, with loom's
//! threads for the operating system's.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use threading::lifecycle::load;
use threading::object::handle::Handle;
use threading::platform::pthread;
use threading::status::Status;
use threading::thread::affinity;
use threading::thread::finish;
use threading::thread::join as joining;
use threading::thread::native;
use threading::thread::priority::{self, threading_priority};
use threading::thread::start;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, join, let_time_run_out, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "thread: join sees the end and the result",
        preemptions: 2,
        moves_time: false,
        run: joins,
    },
    Model {
        name: "thread: of two who start it, one succeeds",
        preemptions: 2,
        moves_time: false,
        run: starts,
    },
    Model {
        name: "thread: destroy against the end and a join",
        preemptions: 2,
        moves_time: false,
        run: destroyed,
    },
    Model {
        name: "thread: a join's time-out meets the end",
        preemptions: 2,
        moves_time: true,
        run: times_out,
    },
    Model {
        name: "thread: a start waits until the thread has applied its processors",
        preemptions: 2,
        moves_time: false,
        run: placed,
    },
    Model {
        name: "thread: a start meets a choice of processors",
        preemptions: 2,
        moves_time: false,
        run: placed_meanwhile,
    },
    Model {
        name: "thread: a choice of processors meets one of a priority, and the start applies both",
        preemptions: 1,
        moves_time: false,
        run: chosen_by_two,
    },
];

std::thread_local! {
    static RUNS: Cell<usize> = const { Cell::new(0) };
}

extern "C-unwind" fn work(argument: *mut c_void) -> *mut c_void {
    RUNS.set(RUNS.get() + 1);
    argument.wrapping_byte_add(1)
}

fn new() -> Handle {
    load::ensure();
    RUNS.set(0);
    // SAFETY: no name is a name.
    unsafe { start::new(ptr::null(), work, ptr::without_provenance_mut(6)) }.expect("a thread")
}

/// Every thread of the operating system is joined in the end, none twice.
fn all_are_reaped() {
    loom::thread::yield_now();
    while pthread::unjoined() != 0 {
        native::reap();
        loom::thread::yield_now();
    }
}

/// A join comes back after the end and sees the result, and every thread of the system is reaped
/// once. Fails when `publish_finished` does not release the joiners, and when `last_round` does not
/// put the thread on the stack.
fn joins() {
    let thread = new();
    assert_eq!(start::start(thread), Ok(()));
    let other = spawn(move || joining::join(thread, Timeout::Forever));
    assert_eq!(joining::join(thread, Timeout::Forever), Ok(()));
    assert_eq!(RUNS.get(), 1);
    assert_eq!(joining::result(thread).map(|value| value.addr()), Ok(7));
    assert_eq!(join([other]), [Ok(())]);
    assert_eq!(finish::destroy(thread), Ok(()));
    all_are_reaped();
}

/// Of two who start a thread one succeeds, and it runs once.
/// Fails when `start` accepts a thread that was started.
fn starts() {
    let thread = new();
    let other = spawn(move || start::start(thread));
    let mine = start::start(thread);
    let [others] = join([other]);
    let refused = Err(Status::THREADING_ALREADY_STARTED);
    assert!(
        [(Ok(()), refused), (refused, Ok(()))].contains(&(mine, others)),
        "{mine:?} {others:?}"
    );
    assert_eq!(joining::join_and_destroy(thread).map(|value| value.addr()), Ok(7));
    assert_eq!(RUNS.get(), 1);
    assert_eq!(joining::join(thread, Timeout::Poll), Err(Status::THREADING_DESTROYED));
    all_are_reaped();
}

/// Destroying meets the end and a join: the record ends once, and the join comes back.
/// Fails when `publish_finished` does not end a record that was detached.
fn destroyed() {
    let thread = new();
    assert_eq!(start::start(thread), Ok(()));
    let joiner = spawn(move || joining::join(thread, Timeout::Forever));
    let destroyed = finish::destroy(thread);
    let [joined] = join([joiner]);
    assert!(matches!(joined, Ok(()) | Err(Status::THREADING_DESTROYED)), "{joined:?}");
    all_are_reaped();
    match destroyed {
        Ok(()) => {
            assert_eq!(joining::join(thread, Timeout::Poll), Err(Status::THREADING_DESTROYED))
        }
        Err(status) => {
            assert_eq!((status, joined), (Status::THREADING_BUSY, Ok(())));
            assert_eq!(finish::destroy(thread), Ok(()));
        }
    }
    assert_eq!(RUNS.get(), 1);
}

/// A join that times out takes nothing along, and the next one sees the end.
/// Fails when `publish_finished` does not release the joiners.
fn times_out() {
    let thread = new();
    let clock = spawn(let_time_run_out);
    assert_eq!(start::start(thread), Ok(()));
    let joined = joining::join(thread, A_WHILE);
    assert!(matches!(joined, Ok(()) | Err(Status::THREADING_TIMEOUT)), "{joined:?}");
    join([clock]);
    assert_eq!(joining::join_and_destroy(thread).map(|value| value.addr()), Ok(7));
    assert_eq!(RUNS.get(), 1);
    all_are_reaped();
}

/// A model has processor 0 and no other.
fn place(thread: Handle, processor: u32) -> Result<(), Status> {
    // SAFETY: it is one number.
    unsafe { affinity::set(thread, &raw const processor, 1) }
}

/// A start that the system refuses says so and runs nothing, and the thread can be started with
/// other processors. Fails when `begin` wakes nobody after its answer, and when it runs the
/// thread's routine all the same.
fn placed() {
    let thread = new();
    assert_eq!(place(thread, 1), Ok(()));
    assert_eq!(start::start(thread), Err(Status::THREADING_INVALID_ARGUMENT));
    assert_eq!(RUNS.get(), 0);
    assert_eq!(place(thread, 0), Ok(()));
    assert_eq!(start::start(thread), Ok(()));
    assert_eq!(joining::join(thread, Timeout::Forever), Ok(()));
    assert_eq!(RUNS.get(), 1);
    assert_eq!(finish::destroy(thread), Ok(()));
    all_are_reaped();
}

/// A choice of processors that no thread may use is heard by one: either it is noted in time, and
/// the start fails, or it fails itself. Fails when `noted::change` does not look at the word again
/// after it has stored the block.
fn placed_meanwhile() {
    let thread = new();
    let other = spawn(move || place(thread, 1));
    let started = start::start(thread);
    let [placed] = join([other]);
    assert!(started.is_ok() != placed.is_ok(), "{started:?} {placed:?}");
    if started.is_ok() {
        assert_eq!(joining::join(thread, Timeout::Forever), Ok(()));
    }
    assert_eq!(finish::destroy(thread), Ok(()));
    all_are_reaped();
}

/// A priority that one thread chooses is not lost when another chooses processors at the same time,
/// and the start that the system refuses says so and runs nothing. In a model nobody may be
/// real-time. Fails when `noted::change` does not copy what is noted already, and when `apply`
/// leaves the priority out.
fn chosen_by_two() {
    let thread = new();
    let other = spawn(move || place(thread, 0));
    let realtime = threading_priority::THREADING_PRIORITY_REALTIME as i32;
    assert_eq!(priority::set(thread, realtime), Ok(()));
    assert_eq!(join([other]), [Ok(())]);
    assert_eq!(start::start(thread), Err(Status::THREADING_NOT_PERMITTED));
    assert_eq!(RUNS.get(), 0);
    assert_eq!(finish::destroy(thread), Ok(()));
    all_are_reaped();
}
