//! Models of waiting for any of several objects: `wait/any.rs`. What no waker gave away must be
//! there for others, and nothing is taken twice.

use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::{event, lock, semaphore};
use threading::thread::any::{self, Quick};
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, join, let_time_run_out, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "any: of two units at two semaphores one is taken and the other stays",
        preemptions: 2,
        moves_time: false,
        run: two_units,
    },
    Model {
        name: "any: an event is set while the second member is linked",
        preemptions: 2,
        moves_time: false,
        run: set_while_linking,
    },
    Model {
        name: "any: a time-out meets two units",
        preemptions: 1,
        moves_time: true,
        run: two_units_and_time,
    },
    Model {
        name: "any: who is woken and beaten takes what comes next",
        preemptions: 1,
        moves_time: false,
        run: beaten,
    },
    Model {
        name: "any: a release passes on what a waiter with two members does not take",
        preemptions: 1,
        moves_time: false,
        run: passes_on,
    },
    Model {
        name: "any: a member is destroyed while the waiter is claimed through another",
        preemptions: 2,
        moves_time: false,
        run: destroyed,
    },
    Model {
        name: "any: an event that is set and cleared releases who has waited for it",
        preemptions: 2,
        moves_time: false,
        run: set_and_cleared,
    },
];

fn wait_any(objects: &[Handle], timeout: Timeout) -> Result<usize, Status> {
    match any::take_quickly(objects) {
        Quick::Taken(index) => Ok(index),
        Quick::NoneReady | Quick::Unknown => {
            any::wait_any(objects, timeout).map_err(|(status, _)| status)
        }
    }
}

fn semaphore(value: usize) -> Handle {
    semaphore::new(value, false).expect("a semaphore")
}

fn release(semaphore: Handle) -> Result<(), Status> {
    semaphore::release(semaphore, 1)
}

fn values(semaphores: [Handle; 2]) -> usize {
    semaphores.map(|one| semaphore::value(one).expect("it is alive")).iter().sum()
}

fn end(semaphores: [Handle; 2]) {
    for one in semaphores {
        assert_eq!(semaphore::destroy(one), Ok(()));
    }
}

/// Two wakers at two queues: one claims the waiter, and the other's unit stays.
/// Fails when the waiter takes after `give_up` has failed, and when it does not give up.
fn two_units() {
    let both = [semaphore(0), semaphore(0)];
    let wakers = both.map(|one| spawn(move || release(one)));
    let taken = wait_any(&both, Timeout::Forever).expect("a unit");
    assert_eq!(join(wakers), [Ok(()); 2]);
    assert_eq!(semaphore::value(both[1 - taken]), Ok(1), "what was not given away is there");
    assert_eq!(values(both), 1);
    end(both);
}

/// The first member is linked while the second becomes ready, or the other way round.
/// Fails when a member that is ready while it is linked does not end the linking.
fn set_while_linking() {
    let (unit, set) = (semaphore(0), event::new().expect("an event"));
    let setter = spawn(move || event::set(set));
    let releaser = spawn(move || release(unit));
    let first = wait_any(&[unit, set], Timeout::Forever).expect("one of them");
    assert_eq!(join([setter, releaser]), [Ok(()); 2]);
    assert_eq!(semaphore::value(unit), Ok(usize::from(first == 1)));
    assert_eq!((semaphore::destroy(unit), event::destroy(set)), (Ok(()), Ok(())));
}

/// Fails when the waiter does not unlink what it was not claimed through.
fn two_units_and_time() {
    let both = [semaphore(0), semaphore(0)];
    let wakers = both.map(|one| spawn(move || release(one)));
    let clock = spawn(let_time_run_out);
    let taken = match wait_any(&both, A_WHILE) {
        Ok(_) => 1,
        Err(status) => {
            assert_eq!(status, Status::THREADING_TIMEOUT);
            0
        }
    };
    join([clock]);
    assert_eq!(join(wakers), [Ok(()); 2]);
    assert_eq!(values(both), 2 - taken);
    end(both);
}

/// A newcomer takes the unit for which the waiter was woken. The waiter processes that, and takes
/// the unit of the other semaphore.
/// Fails when DESIGNATED_WAKER is not cleared by who was beaten.
fn beaten() {
    let both = [semaphore(0), semaphore(0)];
    let waiter = spawn(move || wait_any(&both, Timeout::Forever));
    let newcomer = spawn(move || semaphore::acquire(both[0], Timeout::Poll));
    assert_eq!((release(both[0]), release(both[1])), (Ok(()), Ok(())));
    let [newcomer] = join([newcomer]);
    let [taken] = join([waiter]);
    let left = values(both);
    assert_eq!(left, usize::from(newcomer.is_err()), "each unit is taken once, or there");
    assert!(newcomer.is_err() || taken == Ok(1));
    // Nobody is on the way any more: the next release wakes whoever waits.
    let last = spawn(move || semaphore::acquire(both[0], Timeout::Forever));
    assert_eq!(release(both[0]), Ok(()));
    assert_eq!(join([last]), [Ok(())]);
    end(both);
}

/// A plain waiter stands behind one that is claimed through another queue.
/// Fails when a waker whose claim fails does not go on to the next.
fn passes_on() {
    let both = [semaphore(0), semaphore(0)];
    let several = spawn(move || wait_any(&both, Timeout::Forever));
    let plain = spawn(move || semaphore::acquire(both[1], Timeout::Forever));
    assert_eq!((release(both[0]), release(both[1])), (Ok(()), Ok(())));
    // If the first has taken the unit of the second semaphore, the other's is left.
    let [taken] = join([several]);
    if taken == Ok(1) {
        assert_eq!(release(both[1]), Ok(()));
    }
    assert_eq!(join([plain]), [Ok(())]);
    assert_eq!(values(both), usize::from(taken == Ok(1)));
    end(both);
}

/// Either the member ends before the thread waits, or it is busy until the thread is decided.
/// Fails when `Core::end` does not ask whether somebody undecided is linked.
fn destroyed() {
    let (lock, set) = (lock::new().expect("a lock"), event::new().expect("an event"));
    assert_eq!(lock::acquire(lock, Timeout::Forever), Ok(()));
    let waiter = spawn(move || wait_any(&[set, lock], Timeout::Forever));
    let destroyer = spawn(move || event::destroy(set));
    assert_eq!(lock::release(lock), Ok(()));
    let [answer] = join([waiter]);
    let [destroyed] = join([destroyer]);
    match answer {
        Ok(index) => assert_eq!(index, 1),
        Err(status) => {
            assert_eq!((status, destroyed), (Status::THREADING_DESTROYED, Ok(())));
        }
    }
    if destroyed.is_err() {
        assert_eq!(event::destroy(set), Ok(()));
    }
    assert_eq!(lock::locked(lock), Ok(answer.is_ok()), "it is taken once, or not at all");
}

/// The waiter may be between two rounds when the event is set: it was woken and beaten.
/// Fails when an entry does not keep the note of its first round.
fn set_and_cleared() {
    let (unit, set) = (semaphore(0), event::new().expect("an event"));
    let is_linked = || {
        // As long as it waits, or is between two rounds, only these end its wait.
        semaphore::acquire(unit, Timeout::Poll)
    };
    let waiter = spawn(move || wait_any(&[set, unit], Timeout::Forever));
    assert_eq!(release(unit), Ok(()));
    let beats = is_linked();
    assert_eq!(event::set(set), Ok(()));
    let [answer] = join([waiter]);
    assert_eq!(event::clear(set), Ok(()));
    match answer {
        Ok(0) => assert_eq!(semaphore::value(unit), Ok(usize::from(beats.is_err()))),
        Ok(_) => {
            assert_eq!((beats, semaphore::value(unit)), (Err(Status::THREADING_TIMEOUT), Ok(0)))
        }
        Err(status) => panic!("{status:?}"),
    }
    assert_eq!((semaphore::destroy(unit), event::destroy(set)), (Ok(()), Ok(())));
}
