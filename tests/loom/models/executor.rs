//! Models of executors: `thread/executor`, with its workers. All but the shutdown's were seen to
//! fail when `worker::sleep` does not look at `work` again once it counts among the sleepers.

use std::ffi::c_void;
use std::ptr;

use threading::lifecycle::load;
use threading::object::handle::Handle;
use threading::status::Status;
use threading::thread::executor::{self, future};
use threading::wait::timeout::Timeout;

use super::harness::{Model, join, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "executor: a cancel meets the beginning, and one of them wins",
        preemptions: 2,
        moves_time: false,
        run: cancels,
    },
    Model {
        name: "executor: who has the result ends the executor while its worker goes on",
        preemptions: 1,
        moves_time: false,
        run: ended_by_its_waiter,
    },
    Model {
        name: "executor: a shutdown meets a submit",
        preemptions: 1,
        moves_time: false,
        run: shuts_down,
    },
    Model {
        name: "executor: a task waits for another of the same executor",
        preemptions: 1,
        moves_time: false,
        run: waits_for_another,
    },
];

fn seven() -> *mut c_void {
    ptr::without_provenance_mut(7)
}

extern "C-unwind" fn work(_: *mut c_void) -> *mut c_void {
    seven()
}

fn new() -> Handle {
    load::ensure();
    executor::new(1, b"").expect("an executor")
}

fn submit(executor: Handle) -> Result<Handle, Status> {
    let mut future = Handle::NULL;
    // SAFETY: the function needs nothing, and the place may be written.
    unsafe { executor::submit(executor, work, ptr::null_mut(), &raw mut future) }.map(|()| future)
}

/// The task runs, or one cancel has prevented it, never both or neither; then nothing of it is
/// left, and the executor can be ended.
fn cancels() {
    let executor = new();
    let future = submit(executor).expect("a future");
    let canceller = spawn(move || future::cancel(future));
    let mine = future::cancel(future);
    let [others] = join([canceller]);
    let prevented = [mine, others].iter().filter(|answer| **answer == Ok(true)).count();
    let result = future::result(future, Timeout::Forever);
    match prevented {
        0 => assert_eq!(result, Ok(seven())),
        1 => assert_eq!(result, Err(Status::THREADING_NO_VALUE)),
        _ => panic!("both have prevented it"),
    }
    assert_eq!(future::destroy(future), Ok(()));
    assert_eq!(executor::shutdown(executor, false, Timeout::Forever), Ok(()));
    assert_eq!(executor::destroy(executor), Ok(()));
}

/// The next executor, which may have the slot, is not touched by the worker of the first.
fn ended_by_its_waiter() {
    let first = new();
    let future = submit(first).expect("a future");
    assert_eq!(future::finish(future), Ok(seven()));
    assert_eq!(executor::destroy(first), Ok(()), "its task has ended");
    let next = new();
    let future = submit(next).expect("a future");
    assert_eq!(executor::shutdown(next, false, Timeout::Forever), Ok(()));
    assert_eq!(future::is_done(future), Ok(true));
    assert_eq!(future::finish(future), Ok(seven()));
    assert_eq!(executor::destroy(next), Ok(()));
}

/// What was submitted in time has ended after the shutdown, and nothing is submitted after it.
fn shuts_down() {
    let executor = new();
    let submitter = spawn(move || submit(executor));
    assert_eq!(executor::shutdown(executor, true, Timeout::Forever), Ok(()));
    let [submitted] = join([submitter]);
    match submitted {
        Ok(future) => {
            assert_eq!(future::is_done(future), Ok(true));
            assert_eq!(future::destroy(future), Ok(()));
        }
        Err(status) => assert_eq!(status, Status::THREADING_SHUTTING_DOWN),
    }
    assert_eq!(executor::destroy(executor), Ok(()));
}

extern "C-unwind" fn finishes(executor: *mut c_void) -> *mut c_void {
    let executor = Handle(executor.addr() as u64);
    future::finish(submit(executor).expect("a future")).expect("a result")
}

/// A second worker runs the task that the first one waits for.
fn waits_for_another() {
    let executor = new();
    let argument = ptr::without_provenance_mut(executor.0 as usize);
    let mut future = Handle::NULL;
    // SAFETY: the function takes the executor, and the place may be written.
    let submitted = unsafe { executor::submit(executor, finishes, argument, &raw mut future) };
    assert_eq!(submitted, Ok(()));
    assert_eq!(future::finish(future), Ok(seven()));
    assert_eq!(executor::shutdown(executor, false, Timeout::Forever), Ok(()));
    assert_eq!(executor::destroy(executor), Ok(()));
}
