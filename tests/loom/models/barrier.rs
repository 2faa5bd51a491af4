//! Models of the barrier: `sync/barrier.rs`.

use std::ptr;

use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::barrier;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, join, let_time_run_out, spawn};
use super::lock::Guarded;

pub const MODELS: &[Model] = &[
    Model {
        name: "barrier: two cycles do not mix",
        preemptions: 3,
        moves_time: false,
        run: cycles,
    },
    Model {
        name: "barrier: four who come to one for two pass in pairs",
        preemptions: 1,
        moves_time: false,
        run: one_too_many,
    },
    Model {
        name: "barrier: a time-out breaks it for all, or for nobody",
        preemptions: 2,
        moves_time: true,
        run: times_out,
    },
    Model {
        name: "barrier: a reset sends away whole cycles",
        preemptions: 1,
        moves_time: false,
        run: resets,
    },
    Model {
        name: "barrier: an abort breaks it for good",
        preemptions: 2,
        moves_time: false,
        run: aborts,
    },
    Model {
        name: "barrier: destroy against use",
        preemptions: 2,
        moves_time: false,
        run: destroyed,
    },
    Model {
        name: "barrier: late calls leave the next one in its place alone",
        preemptions: 2,
        moves_time: false,
        run: made_again,
    },
];

const BROKEN: Result<usize, Status> = Err(Status::THREADING_BROKEN);

fn new(parties: usize) -> Handle {
    barrier::new(parties, None, ptr::null_mut()).expect("a barrier")
}

fn wait(barrier: Handle) -> Result<usize, Status> {
    barrier::wait(barrier, Timeout::Forever)
}

/// Whether these are the numbers of one cycle of two.
fn is_cycle(answers: [Result<usize, Status>; 2]) -> bool {
    matches!(answers, [Ok(0), Ok(1)] | [Ok(1), Ok(0)])
}

/// Two cycles do not mix, and what was done before the barrier is seen after it.
/// Fails when `end_cycle` does not reset the number of those who have come.
fn cycles() {
    let barrier = new(2);
    let guarded = Guarded::new();
    let writer = {
        let guarded = guarded.clone();
        spawn(move || {
            guarded.add();
            let first = wait(barrier);
            let second = wait(barrier);
            [first, second]
        })
    };
    let reader = spawn(move || {
        let first = wait(barrier);
        assert_eq!(guarded.add(), 1, "what was done before the barrier is seen");
        let second = wait(barrier);
        [first, second]
    });
    let [one, other] = join([writer, reader]);
    assert!(is_cycle([one[0], other[0]]) && is_cycle([one[1], other[1]]), "{one:?} {other:?}");
    assert_eq!(barrier::n_waiting(barrier), Ok(0));
    assert_eq!(barrier::destroy(barrier), Ok(()));
}

/// Of four who come to a barrier for two, two and two pass together.
/// Fails when `end_cycle` does not reset the number of those who have come.
fn one_too_many() {
    let barrier = new(2);
    let comers = [0, 1, 2].map(|_| spawn(move || wait(barrier)));
    let mine = wait(barrier);
    let [first, second, third] = join(comers);
    let mut numbers = [first, second, third, mine].map(|answer| answer.expect("a cycle is full"));
    numbers.sort();
    assert_eq!(numbers, [0, 0, 1, 1]);
    assert_eq!(barrier::destroy(barrier), Ok(()));
}

/// A time-out breaks it for all, or the cycle was over and it counts for nobody. Fails when a
/// time-out does not end the cycle, and when a waiter that was let go as it timed out takes itself
/// for broken.
fn times_out() {
    let barrier = new(2);
    let hasty = spawn(move || barrier::wait(barrier, A_WHILE));
    let patient = spawn(move || wait(barrier));
    let clock = spawn(let_time_run_out);
    let answers = join([hasty, patient]);
    join([clock]);
    let broken = [Err(Status::THREADING_TIMEOUT), BROKEN];
    assert!(is_cycle(answers) || answers == broken, "{answers:?}");
    assert_eq!(barrier::broken(barrier), Ok(answers == broken));
    assert_eq!(barrier::destroy(barrier), Ok(()));
}

/// A reset meets a cycle: both pass or both are sent away. Fails when `end_cycle` does not count
/// the cycle, or does not reset the number of those who have come.
fn resets() {
    let barrier = new(2);
    let comers = [0, 1].map(|_| spawn(move || wait(barrier)));
    let resetter = spawn(move || barrier::reset(barrier));
    assert_eq!(join([resetter]), [Ok(())]);
    // Whoever came alone before the reset was sent away, and the other one would wait for ever.
    assert_eq!(barrier::abort(barrier), Ok(()));
    let answers = join(comers);
    assert!(is_cycle(answers) || answers == [BROKEN, BROKEN], "{answers:?}");
    assert_eq!(barrier::reset(barrier), Ok(()));
    assert_eq!((barrier::broken(barrier), barrier::n_waiting(barrier)), (Ok(false), Ok(0)));
    assert_eq!(barrier::destroy(barrier), Ok(()));
}

/// An abort meets a cycle: both pass or both find it broken, and it stays broken.
/// Fails when `end_cycle` does not count the cycle.
fn aborts() {
    let barrier = new(2);
    let comers = [0, 1].map(|_| spawn(move || wait(barrier)));
    let aborter = spawn(move || barrier::abort(barrier));
    assert_eq!(join([aborter]), [Ok(())]);
    let answers = join(comers);
    assert!(is_cycle(answers) || answers == [BROKEN, BROKEN], "{answers:?}");
    assert_eq!(wait(barrier), BROKEN);
    assert_eq!(barrier::destroy(barrier), Ok(()));
}

/// Destroying meets use: every call has a status, and none hangs.
/// Fails when `Core::end` does not ask whether somebody is linked.
fn destroyed() {
    let barrier = new(2);
    let comers = [0, 1].map(|_| spawn(move || wait(barrier)));
    let destroyer = spawn(move || barrier::destroy(barrier));
    let [destroyed] = join([destroyer]);
    let answers = join(comers);
    match destroyed {
        Err(status) => {
            assert_eq!(status, Status::THREADING_BUSY);
            assert!(is_cycle(answers), "{answers:?}");
            assert_eq!(barrier::destroy(barrier), Ok(()));
        }
        Ok(()) => {
            let gone = [Err(Status::THREADING_DESTROYED); 2];
            assert!(is_cycle(answers) || answers == gone, "{answers:?}");
        }
    }
}

/// A call that still has the handle of a barrier that was destroyed changes nothing of the one that
/// lives in its place now. Fails when `end_cycle` or `Arrive::validate` does not prove the tag.
fn made_again() {
    let barrier = new(1);
    let comer = spawn(move || wait(barrier));
    let breaker = spawn(move || barrier::abort(barrier));
    let destroyed = barrier::destroy(barrier);
    if destroyed.is_ok() {
        let next = new(1);
        assert_eq!((barrier::broken(next), barrier::n_waiting(next)), (Ok(false), Ok(0)));
        assert_eq!(wait(next), Ok(0));
        assert_eq!((barrier::broken(next), barrier::n_waiting(next)), (Ok(false), Ok(0)));
        assert_eq!(barrier::destroy(next), Ok(()));
    }
    let ([came], [broke]) = (join([comer]), join([breaker]));
    let gone = Err(Status::THREADING_DESTROYED);
    assert!(matches!(came, Ok(0)) || came == BROKEN || came == gone, "{came:?}");
    match destroyed {
        Ok(()) => assert!(broke.is_ok() || broke == Err(Status::THREADING_DESTROYED)),
        Err(status) => {
            assert_eq!((status, broke), (Status::THREADING_BUSY, Ok(())));
            assert_eq!(barrier::destroy(barrier), Ok(()));
        }
    }
}
