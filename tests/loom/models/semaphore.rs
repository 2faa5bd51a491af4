//! Models of the semaphore: `sync/semaphore.rs`, whose releases never wait for the queue's lock.

use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::semaphore;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, be_known, join, let_time_run_out, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "semaphore: each unit wakes one, and none is lost",
        preemptions: 1,
        moves_time: false,
        run: releases,
    },
    Model {
        name: "semaphore: release_n wakes as many",
        preemptions: 1,
        moves_time: false,
        run: releases_many,
    },
    Model {
        name: "semaphore: who was woken and beaten passes further units on",
        preemptions: 2,
        moves_time: false,
        run: beaten,
    },
    Model {
        name: "semaphore: a time-out takes no unit",
        preemptions: 1,
        moves_time: true,
        run: times_out,
    },
    Model {
        name: "semaphore: a hand-off gives one unit",
        preemptions: 2,
        moves_time: true,
        run: hands_off,
    },
    Model {
        name: "semaphore: destroy against use",
        preemptions: 2,
        moves_time: false,
        run: destroyed,
    },
];

fn acquire(semaphore: Handle) -> Result<(), Status> {
    if semaphore::acquire_quickly(semaphore) {
        Ok(())
    } else {
        semaphore::acquire(semaphore, Timeout::Forever)
    }
}

fn release(semaphore: Handle) -> Result<(), Status> {
    if semaphore::release_quickly(semaphore) { Ok(()) } else { semaphore::release(semaphore, 1) }
}

fn end(semaphore: Handle, value: usize) {
    assert_eq!(semaphore::value(semaphore), Ok(value));
    assert_eq!(semaphore::destroy(semaphore), Ok(()));
}

/// Each unit wakes one waiter, and none is lost.
/// Fails when `lock_or_pend` does not set PENDING, and when `try_acquire_woken` does not
/// process what is pending.
fn releases() {
    let semaphore = semaphore::new(0, false).expect("a semaphore");
    let takers = [0, 1].map(|_| spawn(move || acquire(semaphore)));
    let giver = spawn(move || release(semaphore).and_then(|()| release(semaphore)));
    assert_eq!(join([giver]), [Ok(())]);
    assert_eq!(join(takers), [Ok(()), Ok(())]);
    end(semaphore, 0);
}

/// One release of several units wakes as many.
/// Fails when `lock_or_pend` does not set PENDING.
fn releases_many() {
    let semaphore = semaphore::new(0, false).expect("a semaphore");
    let takers = [0, 1].map(|_| spawn(move || acquire(semaphore)));
    let giver = spawn(move || semaphore::release(semaphore, 3));
    assert_eq!(join([giver]), [Ok(())]);
    assert_eq!(join(takers), [Ok(()), Ok(())]);
    end(semaphore, 1);
}

/// Units that come while a woken waiter is on its way wake nobody: it processes them when it
/// takes its own, also after a newcomer has taken the one for which it was woken. Fails when
/// `Acquire::validate` or `try_acquire_woken` does not process what is pending.
fn beaten() {
    let semaphore = semaphore::new(0, false).expect("a semaphore");
    be_known();
    let takers = [0, 1].map(|_| spawn(move || semaphore::acquire(semaphore, Timeout::Forever)));
    assert_eq!(semaphore::release(semaphore, 1), Ok(()));
    let taken = usize::from(semaphore::acquire(semaphore, Timeout::Poll).is_ok());
    assert_eq!(semaphore::release(semaphore, 1 + taken), Ok(()));
    assert_eq!(join(takers), [Ok(()), Ok(())]);
    end(semaphore, 0);
}

/// A waiter that times out takes no unit along.
/// Fails when `lock_or_pend` does not set PENDING.
fn times_out() {
    let semaphore = semaphore::new(0, false).expect("a semaphore");
    let hasty = spawn(move || semaphore::acquire(semaphore, A_WHILE));
    let patient = spawn(move || acquire(semaphore));
    let giver = spawn(move || {
        let_time_run_out();
        release(semaphore)
    });
    assert_eq!(join([giver]), [Ok(())]);
    // If the unit went to the one that timed out, the other one sleeps for ever.
    let [came] = join([hasty]);
    match came {
        Ok(()) => assert_eq!(release(semaphore), Ok(())),
        Err(status) => assert_eq!(status, Status::THREADING_TIMEOUT),
    }
    assert_eq!(join([patient]), [Ok(())]);
    end(semaphore, 0);
}

/// A unit is handed off once.
/// Fails when `lock_or_pend` does not set PENDING.
fn hands_off() {
    let semaphore = semaphore::new(0, false).expect("a semaphore");
    let starving = spawn(move || acquire(semaphore));
    let newcomer = spawn(move || semaphore::acquire_quickly(semaphore));
    let giver = spawn(move || {
        let_time_run_out();
        release(semaphore).and_then(|()| release(semaphore))
    });
    assert_eq!(join([giver]), [Ok(())]);
    assert_eq!(join([starving]), [Ok(())]);
    let [took] = join([newcomer]);
    end(semaphore, if took { 0 } else { 1 });
}

/// Destroying meets use: every call has a status, and none hangs. Fails when `Core::end` does not
/// ask whether somebody is linked, and when `lock_or_pend` does not set PENDING.
fn destroyed() {
    let semaphore = semaphore::new(0, false).expect("a semaphore");
    be_known();
    let taker = spawn(move || acquire(semaphore));
    let giver = spawn(move || release(semaphore));
    let destroyer = spawn(move || semaphore::destroy(semaphore));
    let [taken] = join([taker]);
    let [given] = join([giver]);
    let [ended] = join([destroyer]);
    match ended {
        Ok(()) => {
            assert!(matches!(taken, Ok(()) | Err(Status::THREADING_DESTROYED)), "{taken:?}");
            assert!(matches!(given, Ok(()) | Err(Status::THREADING_DESTROYED)), "{given:?}");
            assert_eq!(acquire(semaphore), Err(Status::THREADING_DESTROYED));
        }
        Err(status) => {
            assert_eq!((status, taken, given), (Status::THREADING_BUSY, Ok(()), Ok(())));
            end(semaphore, 0);
        }
    }
}
