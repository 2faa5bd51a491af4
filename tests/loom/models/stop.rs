//! Models of the stop: `sync/stop.rs`, whose `request` never waits for the queue's lock, and which
//! ends waits for other objects.

use std::ptr;

use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::rwlock::{self, read, write};
use threading::sync::{condition, lock, queue, semaphore, stop};
use threading::thread::any::{self, StopWait};
use threading::wait::timeout::Timeout;

use super::harness::{Model, join, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "stop: a request meets a unit, which is taken or left",
        preemptions: 2,
        moves_time: false,
        run: meets_a_unit,
    },
    Model {
        name: "stop: a request of a parent reaches who waits with the child",
        preemptions: 2,
        moves_time: false,
        run: from_above,
    },
    Model {
        name: "stop: a request meets a notify, and only one of them is spent",
        preemptions: 2,
        moves_time: false,
        run: meets_a_notify,
    },
    Model {
        name: "stop: a request comes before the lock is released",
        preemptions: 2,
        moves_time: false,
        run: before_the_release,
    },
    Model {
        name: "stop: a request meets the end of a write, and the rwlock is free afterwards",
        preemptions: 2,
        moves_time: false,
        run: meets_a_write,
    },
    Model {
        name: "stop: a request meets an item, which is taken or left",
        preemptions: 2,
        moves_time: false,
        run: meets_an_item,
    },
    Model {
        name: "stop: a parent is destroyed while a child is made",
        preemptions: 3,
        moves_time: false,
        run: parent_destroyed,
    },
];

fn stop(parent: Handle) -> Handle {
    stop::new(parent, Timeout::Forever).expect("a stop")
}

fn acquire(semaphore: Handle, stop: Handle) -> Result<(), Status> {
    let call = StopWait::Plain(semaphore::acquire);
    any::wait_with_stop(semaphore, Ok(Timeout::Forever), stop, &call).map_err(|(status, _)| status)
}

/// Fails when the stop's `process_pending` does nothing, when `process_or_pend` does not leave
/// PENDING, and when the waiter takes after `give_up` has failed.
fn meets_a_unit() {
    let (semaphore, ends) = (semaphore::new(0, false).expect("a semaphore"), stop(Handle::NULL));
    let requester = spawn(move || stop::request(ends));
    let releaser = spawn(move || semaphore::release(semaphore, 1));
    let taken = acquire(semaphore, ends);
    assert_eq!(join([requester, releaser]), [Ok(()); 2]);
    assert!(matches!(taken, Ok(()) | Err(Status::THREADING_INTERRUPTED)));
    assert_eq!(semaphore::value(semaphore), Ok(usize::from(taken.is_err())));
    assert_eq!((semaphore::destroy(semaphore), stop::destroy(ends)), (Ok(()), Ok(())));
}

/// Fails when a writer that is stopped does not settle, since the reader waits for it alone.
fn meets_a_write() {
    let (rwlock, ends) = (rwlock::slot::new().expect("an rwlock"), stop(Handle::NULL));
    assert_eq!(read::acquire(rwlock, Timeout::Forever), Ok(()));
    let writer = spawn(move || {
        let wrote = write::acquire_unless_stopped(rwlock, Timeout::Forever, ends);
        if wrote.is_ok() {
            assert_eq!(write::release(rwlock), Ok(()));
        }
        wrote
    });
    let reader = spawn(move || {
        assert_eq!(read::acquire(rwlock, Timeout::Forever), Ok(()));
        read::release(rwlock)
    });
    assert_eq!(stop::request(ends), Ok(()));
    let wrote = writer.join().expect("the writer ends");
    assert!(matches!(wrote, Ok(()) | Err(Status::THREADING_INTERRUPTED)));
    // It may have written after this thread's read only.
    assert_eq!(join([reader]), [Ok(())]);
    assert_eq!(read::release(rwlock), Ok(()));
    assert_eq!(rwlock::slot::destroy(rwlock, |_| true), Ok(()));
    assert_eq!(stop::destroy(ends), Ok(()));
}

/// Fails when a get that is stopped takes what has come meanwhile, and says that it was stopped.
fn meets_an_item() {
    let (queue, ends) = (queue::new(1).expect("a queue"), stop(Handle::NULL));
    let requester = spawn(move || stop::request(ends));
    let putter = spawn(move || queue::put(queue, ptr::null_mut(), Timeout::Poll));
    let taken = queue::get_unless_stopped(queue, Timeout::Forever, ends);
    assert_eq!(join([requester, putter]), [Ok(()); 2]);
    assert!(matches!(taken, Ok(_) | Err(Status::THREADING_INTERRUPTED)));
    assert_eq!(queue::size(queue), Ok(usize::from(taken.is_err())));
    if taken.is_err() {
        assert!(queue::get(queue, Timeout::Poll).is_ok());
    }
    assert_eq!((queue::destroy(queue), stop::destroy(ends)), (Ok(()), Ok(())));
}

/// Fails when only the stop itself is linked, and not those above it.
fn from_above() {
    let parent = stop(Handle::NULL);
    let child = stop(parent);
    let requester = spawn(move || stop::request(parent));
    assert_eq!(stop::wait(child, Timeout::Forever), Ok(()));
    assert_eq!(join([requester]), [Ok(())]);
    assert_eq!(stop::requested(child), Ok(true));
    assert_eq!((stop::destroy(child), stop::destroy(parent)), (Ok(()), Ok(())));
}

/// One waiter with a stop and one without: the notify ends exactly one wait, and never that of a
/// waiter who is told that it was stopped.
/// Fails when a notify moves who is decided, and when a moved waiter that is stopped leaves.
fn meets_a_notify() {
    let lock = lock::new().expect("a lock");
    let condition = condition::new_with_lock(lock).expect("a condition");
    let ends = stop(Handle::NULL);
    let acquire = move || assert_eq!(lock::acquire(lock, Timeout::Forever), Ok(()));
    let release = move || assert_eq!(lock::release(lock), Ok(()));
    acquire();
    let waiter = spawn(move || {
        acquire();
        let time = Timeout::Forever.from_now();
        let answer = condition::wait_until(condition, time, ends);
        release();
        answer
    });
    let requester = spawn(move || stop::request(ends));
    assert_eq!(condition::notify(condition, 1), Ok(()));
    release();
    assert_eq!(join([requester]), [Ok(())]);
    let [answer] = join([waiter]);
    // The notify came before the wait, or after it began.
    assert!(matches!(answer, Ok(()) | Err(Status::THREADING_INTERRUPTED)), "{answer:?}");
    assert_eq!(lock::locked(lock), Ok(false));
    assert_eq!(stop::destroy(ends), Ok(()));
}

/// The thread is linked, and still holds the lock, when the request comes: it is not lost.
/// Fails when the stops are linked after the lock was released and the word is not looked at.
fn before_the_release() {
    let lock = lock::new().expect("a lock");
    let condition = condition::new_with_lock(lock).expect("a condition");
    let ends = stop(Handle::NULL);
    let requester = spawn(move || stop::request(ends));
    assert_eq!(lock::acquire(lock, Timeout::Forever), Ok(()));
    let answer = condition::wait_until(condition, Timeout::Forever.from_now(), ends);
    assert_eq!(answer, Err(Status::THREADING_INTERRUPTED));
    assert_eq!(lock::locked(lock), Ok(true), "the lock is held again");
    assert_eq!(lock::release(lock), Ok(()));
    assert_eq!(join([requester]), [Ok(())]);
    assert_eq!(stop::destroy(ends), Ok(()));
}

/// A parent that is gone has no child, and one that has a child is not gone.
/// Fails when `pin` does not look at the word again, and when `destroy` reads the count without the
/// queue's lock.
fn parent_destroyed() {
    let parent = stop(Handle::NULL);
    let destroyer = spawn(move || stop::destroy(parent));
    let made = stop::new(parent, Timeout::Forever);
    let [destroyed] = join([destroyer]);
    match made {
        Ok(child) => {
            assert_eq!(destroyed, Err(Status::THREADING_BUSY));
            assert_eq!((stop::destroy(child), stop::destroy(parent)), (Ok(()), Ok(())));
        }
        // It may have counted for a moment.
        Err(status) => {
            assert_eq!(status, Status::THREADING_DESTROYED);
            assert_eq!(destroyed, Ok(()));
        }
    }
}
