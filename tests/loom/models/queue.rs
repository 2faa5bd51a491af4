//! Models of the queue: `sync/queue`, whose ring, and the threads that wait for it, have three
//! locks.

use core::ffi::c_void;
use core::ptr;

use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::queue;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, join, let_time_run_out, spawn};
use super::lock::Guarded;

pub const MODELS: &[Model] = &[
    Model {
        name: "queue: a put and a get through one place, and what was done before is seen",
        preemptions: 2,
        moves_time: false,
        run: passes,
    },
    Model {
        name: "queue: two puts that wait for one place each",
        preemptions: 2,
        moves_time: false,
        run: two_puts,
    },
    Model {
        name: "queue: two gets, and an item for each",
        preemptions: 2,
        moves_time: false,
        run: two_gets,
    },
    Model {
        name: "queue: a shutdown meets a put and a get that wait",
        preemptions: 2,
        moves_time: false,
        run: shut,
    },
    Model {
        name: "queue: a time-out of a put meets the place",
        preemptions: 2,
        moves_time: true,
        run: times_out,
    },
    Model {
        name: "queue: a drain meets a put that waits",
        preemptions: 2,
        moves_time: false,
        run: drained,
    },
    Model {
        name: "queue: the last task is done as somebody waits for it",
        preemptions: 2,
        moves_time: false,
        run: joined,
    },
    Model {
        name: "queue: destroy against a put and a get",
        preemptions: 2,
        moves_time: false,
        run: destroyed,
    },
];

fn item(number: usize) -> *mut c_void {
    ptr::without_provenance_mut(number)
}

fn put(queue: Handle, number: usize) -> Result<(), Status> {
    queue::put(queue, item(number), Timeout::Forever)
}

fn get(queue: Handle) -> Result<usize, Status> {
    queue::get(queue, Timeout::Forever).map(|item| item.addr())
}

fn drain(queue: Handle) -> Result<usize, Status> {
    let mut items = [ptr::null_mut(); 4];
    // SAFETY: the array has room for four.
    unsafe { queue::drain(queue, items.as_mut_ptr(), items.len()) }
}

fn full() -> Handle {
    let queue = queue::new(1).expect("a queue");
    assert_eq!(put(queue, 1), Ok(()));
    queue
}

/// The getter waits, or the second put does.
/// Fails when `Locked::put` wakes nobody, when `wakes_putter` is false, when `wait::put` sets
/// WAITERS after it has left the lock of the ring, and with Relaxed in `QueueLock`.
fn passes() {
    let queue = queue::new(1).expect("a queue");
    let guarded = Guarded::new();
    let seen = guarded.clone();
    let getter = spawn(move || {
        let first = get(queue);
        assert_eq!(seen.add(), 1, "what was done before is seen");
        [first, get(queue)]
    });
    guarded.add();
    assert_eq!((put(queue, 1), put(queue, 2)), (Ok(()), Ok(())));
    assert_eq!(join([getter]), [[Ok(1), Ok(2)]]);
    assert_eq!(queue::destroy(queue), Ok(()));
}

/// Each place that is free wakes one.
/// Fails when `wakes_putter` is false, and when `wait::put` sets WAITERS after it has left the lock
/// of the ring.
fn two_puts() {
    let queue = full();
    let putters = [2, 3].map(|number| spawn(move || put(queue, number)));
    let mut sum = 0;
    for _ in 0..3 {
        sum += get(queue).expect("an item");
    }
    assert_eq!(join(putters), [Ok(()); 2]);
    assert_eq!(sum, 6);
    assert_eq!(queue::destroy(queue), Ok(()));
}

/// Fails when `Locked::put` wakes nobody, and when `wake_first` leaves WAITERS set or clears it
/// while one waits.
fn two_gets() {
    let queue = queue::new(2).expect("a queue");
    let getters = [0, 1].map(|_| spawn(move || get(queue)));
    assert_eq!((put(queue, 1), put(queue, 2)), (Ok(()), Ok(())));
    let sum: usize = join(getters).map(|got| got.expect("an item")).iter().sum();
    assert_eq!(sum, 3);
    assert_eq!(queue::destroy(queue), Ok(()));
}

/// Fails when `shut` releases nobody, when `shutdown` does not wake those who wait for room, and
/// when it does so before it sets SHUT.
fn shut() {
    let (full, empty) = (full(), queue::new(1).expect("a queue"));
    let putter = spawn(move || put(full, 2));
    let getter = spawn(move || get(empty));
    assert_eq!((queue::shutdown(full, false), queue::shutdown(empty, true)), (Ok(()), Ok(())));
    assert_eq!(join([putter]), [Err(Status::THREADING_CLOSED)]);
    assert_eq!(join([getter]), [Err(Status::THREADING_CLOSED)]);
    assert_eq!((get(full), get(full)), (Ok(1), Err(Status::THREADING_CLOSED)));
    assert_eq!((queue::destroy(full), queue::destroy(empty)), (Ok(()), Ok(())));
}

/// The place goes to the one that has time, or to the other, which reports it then.
/// Fails when a put whose time has run out asks the clock whether it has.
fn times_out() {
    let queue = full();
    let hasty = spawn(move || queue::put(queue, item(2), A_WHILE));
    let clock = spawn(let_time_run_out);
    assert_eq!(get(queue), Ok(1));
    join([clock]);
    match join([hasty]) {
        [Ok(())] => assert_eq!(get(queue), Ok(2)),
        [answer] => assert_eq!(answer, Err(Status::THREADING_TIMEOUT)),
    }
    assert_eq!(queue::size(queue), Ok(0));
    assert_eq!(queue::destroy(queue), Ok(()));
}

/// Fails when `drain` wakes nobody.
fn drained() {
    let queue = full();
    let putter = spawn(move || put(queue, 2));
    let drained = drain(queue).expect("it lives");
    assert_eq!(join([putter]), [Ok(())]);
    assert_eq!(drained + drain(queue).expect("it lives"), 2);
    assert_eq!(queue::destroy(queue), Ok(()));
}

/// Fails when `task_done` releases nobody, and when `join` sets WAITERS after it has left the lock
/// of the ring.
fn joined() {
    let queue = full();
    let joiner = spawn(move || queue::join(queue, Timeout::Forever));
    assert_eq!(get(queue), Ok(1));
    assert_eq!(queue::task_done(queue), Ok(()));
    assert_eq!(join([joiner]), [Ok(())]);
    assert_eq!(queue::task_done(queue), Err(Status::THREADING_OVERFLOW));
    assert_eq!(queue::destroy(queue), Ok(()));
}

/// Every call has a status, and none hangs.
/// Fails when `destroy` does not ask for items.
fn destroyed() {
    let queue = full();
    let putter = spawn(move || put(queue, 2));
    let destroyer = spawn(move || queue::destroy(queue));
    let got = get(queue);
    let [ended] = join([destroyer]);
    let [putted] = join([putter]);
    assert_eq!(got, Ok(1), "a queue with an item in it is not destroyed");
    match ended {
        Ok(()) => {
            assert_eq!(putted, Err(Status::THREADING_DESTROYED));
            assert_eq!(get(queue), Err(Status::THREADING_DESTROYED));
        }
        Err(status) => {
            assert_eq!((status, putted), (Status::THREADING_BUSY, Ok(())));
            assert_eq!((get(queue), queue::destroy(queue)), (Ok(2), Ok(())));
        }
    }
}
