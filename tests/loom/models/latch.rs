//! Models of the latch: `sync/latch.rs`, whose `count_down` never waits for the queue's lock, and
//! which a waiter may end while the `count_down` that has opened it is still under way.

use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::latch;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, join, let_time_run_out, spawn};
use super::lock::Guarded;

pub const MODELS: &[Model] = &[
    Model {
        name: "latch: the last two count down, and a waiter sees what both have done",
        preemptions: 2,
        moves_time: false,
        run: opens,
    },
    Model {
        name: "latch: who has seen it open ends it while it is still counted down",
        preemptions: 2,
        moves_time: true,
        run: ended_by_its_waiter,
    },
    Model {
        name: "latch: counting up meets the last to count down",
        preemptions: 2,
        moves_time: false,
        run: counts_up,
    },
    Model {
        name: "latch: a time-out meets the last to count down",
        preemptions: 1,
        moves_time: true,
        run: times_out,
    },
    Model { name: "latch: destroy against use", preemptions: 2, moves_time: false, run: destroyed },
];

fn count_down(latch: Handle) -> Result<(), Status> {
    if latch::count_down_quickly(latch) { Ok(()) } else { latch::count_down(latch, 1) }
}

/// The waiter is released by whoever is last, and sees what both have done before.
/// Fails when `count_down` does not process pending wakes, when `process_or_pend` does not leave
/// PENDING, and with Relaxed in `Word::cas_release`.
fn opens() {
    let latch = latch::new(2).expect("a latch");
    let both = [Guarded::new(), Guarded::new()];
    let counters = both.clone().map(|guarded| {
        spawn(move || {
            guarded.add();
            count_down(latch)
        })
    });
    let waiter = spawn(move || {
        let answer = latch::wait(latch, Timeout::Forever);
        assert_eq!(both.map(|guarded| guarded.add()), [1, 1], "what was done before is seen");
        answer
    });
    assert_eq!(join(counters), [Ok(()); 2]);
    assert_eq!(join([waiter]), [Ok(())]);
    assert_eq!(latch::count(latch), Ok(0));
    assert_eq!(latch::destroy(latch), Ok(()));
}

/// Waits, and finds it open then: an open latch stays open.
fn wait_and_look(latch: Handle) -> Result<(), Status> {
    let waited = latch::wait(latch, Timeout::Forever);
    assert_eq!(latch::is_open(latch), Ok(true), "nobody is released before");
    waited
}

/// A waiter that gives up as the latch opens may end it before the call that has opened it
/// processes the queue. The next latch, which has the slot, is not opened by that call.
/// Fails when `process_pending` does not look at the count.
fn ended_by_its_waiter() {
    let first = latch::new(1).expect("a latch");
    let counter = spawn(move || count_down(first));
    let clock = spawn(let_time_run_out);
    let waited = latch::wait(first, A_WHILE);
    assert!(matches!(waited, Ok(()) | Err(Status::THREADING_TIMEOUT)));
    if latch::is_open(first) == Ok(true) {
        assert_eq!(latch::destroy(first), Ok(()));
        let next = latch::new(1).expect("a latch");
        let waiter = spawn(move || wait_and_look(next));
        assert_eq!(join([counter]), [Ok(())]);
        assert_eq!(latch::is_open(next), Ok(false));
        assert_eq!(count_down(next), Ok(()));
        assert_eq!(join([waiter]), [Ok(())]);
        assert_eq!(latch::destroy(next), Ok(()));
    } else {
        assert_eq!(join([counter]), [Ok(())]);
        assert_eq!(latch::destroy(first), Ok(()));
    }
    join([clock]);
}

/// Either the count goes up in time, and one more has to count down, or the latch is open and is
/// left so. Fails when `count_up` does not ask whether the latch is open.
fn counts_up() {
    let latch = latch::new(1).expect("a latch");
    let waiter = spawn(move || wait_and_look(latch));
    let counter = spawn(move || count_down(latch));
    let more = latch::count_up(latch, 1);
    assert_eq!(join([counter]), [Ok(())]);
    match more {
        Ok(()) => assert_eq!(count_down(latch), Ok(())),
        Err(status) => assert_eq!(status, Status::THREADING_BROKEN),
    }
    assert_eq!(join([waiter]), [Ok(())]);
    assert_eq!(latch::destroy(latch), Ok(()));
}

/// One waiter gives up at the last moment, and the other is released all the same.
/// Fails when `count_down` does not process pending wakes, and when `process_or_pend` does not
/// leave PENDING.
fn times_out() {
    let latch = latch::new(1).expect("a latch");
    let waiters =
        [A_WHILE, Timeout::Forever].map(|timeout| spawn(move || latch::wait(latch, timeout)));
    let clock = spawn(let_time_run_out);
    assert_eq!(count_down(latch), Ok(()));
    join([clock]);
    let [hasty, patient] = join(waiters);
    assert!(matches!(hasty, Ok(()) | Err(Status::THREADING_TIMEOUT)));
    assert_eq!(patient, Ok(()));
    assert_eq!(latch::destroy(latch), Ok(()));
}

/// Destroying meets use: every call has a status, and none hangs.
/// Fails when `Core::end` does not ask whether somebody is linked, and when `process_or_pend` does
/// not leave PENDING.
fn destroyed() {
    let latch = latch::new(1).expect("a latch");
    let waiter = spawn(move || latch::wait(latch, Timeout::Forever));
    let counter = spawn(move || count_down(latch));
    let destroyer = spawn(move || latch::destroy(latch));
    let [waited, counted, destroyed] = join([waiter, counter, destroyer]);
    match destroyed {
        Ok(()) => {
            assert!(matches!(waited, Ok(()) | Err(Status::THREADING_DESTROYED)));
            assert!(matches!(counted, Ok(()) | Err(Status::THREADING_DESTROYED)));
            assert_eq!(count_down(latch), Err(Status::THREADING_DESTROYED));
        }
        Err(status) => {
            assert_eq!((status, waited, counted), (Status::THREADING_BUSY, Ok(()), Ok(())));
            assert_eq!(latch::destroy(latch), Ok(()));
        }
    }
}
