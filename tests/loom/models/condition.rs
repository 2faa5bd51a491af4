//! Models of the condition: `sync/condition.rs` and `sync/any_lock.rs`.

use std::cell::Cell;
use std::rc::Rc;

use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::condition;
use threading::sync::lock;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, be_known, join, let_time_run_out, spawn};
use super::lock::{Guarded, acquire, release};

pub const MODELS: &[Model] = &[
    Model {
        name: "condition: a notify reaches who waits",
        preemptions: 2,
        moves_time: false,
        run: notifies,
    },
    Model {
        name: "condition: a notify is not spent on a time-out",
        preemptions: 1,
        moves_time: true,
        run: not_spent,
    },
    Model {
        name: "condition: a release passes over a notified time-out",
        preemptions: 3,
        moves_time: true,
        run: passed_over,
    },
    Model {
        name: "condition: all who are notified at once come back",
        preemptions: 0,
        moves_time: false,
        run: batch,
    },
    Model {
        name: "condition: both who are notified at once come back",
        preemptions: 1,
        moves_time: false,
        run: small_batch,
    },
    Model {
        name: "condition: a batch, a newcomer and a hand-off",
        preemptions: 1,
        moves_time: true,
        run: batch_and_starving,
    },
    Model {
        name: "condition: a notify after another's release",
        preemptions: 3,
        moves_time: false,
        run: released_meanwhile,
    },
    Model {
        name: "condition: destroy against use",
        preemptions: 2,
        moves_time: false,
        run: destroyed,
    },
    Model {
        name: "condition: a lock does not end under it",
        preemptions: 3,
        moves_time: false,
        run: pinned,
    },
];

/// A lock, a condition on it, and what it guards: how many wait, and whether there is anything to
/// wait for still.
#[derive(Clone)]
struct Shared {
    lock: Handle,
    condition: Handle,
    guarded: Guarded,
    waiting: Rc<Cell<usize>>,
    over: Rc<Cell<bool>>,
}

impl Shared {
    fn new() -> Shared {
        be_known();
        let lock = lock::new().expect("a lock");
        let condition = condition::new_with_lock(lock).expect("a condition");
        Shared {
            lock,
            condition,
            guarded: Guarded::new(),
            waiting: Rc::default(),
            over: Rc::default(),
        }
    }

    fn acquire(&self) {
        acquire(self.lock).expect("a lock");
        self.guarded.add();
    }

    fn release(&self) {
        self.guarded.add();
        release(self.lock).expect("a lock that is held");
    }

    /// Waits once, unless it is over already.
    fn wait(&self, timeout: Timeout) -> Result<(), Status> {
        self.acquire();
        let mut answer = Ok(());
        if !self.over.get() {
            self.waiting.set(self.waiting.get() + 1);
            self.guarded.add();
            answer = condition::wait(self.condition, timeout);
            self.guarded.add();
        }
        self.release();
        answer
    }

    fn notify(&self, count: usize) {
        self.acquire();
        self.over.set(true);
        condition::notify(self.condition, count).expect("a condition whose lock is held");
        self.release();
    }

    /// Notifies in a thread of its own, and lets time run out before the lock is released.
    fn notify_late(&self, count: usize) {
        let shared = self.clone();
        let notifier = spawn(move || {
            shared.acquire();
            shared.over.set(true);
            condition::notify(shared.condition, count).expect("a condition whose lock is held");
            let_time_run_out();
            shared.release();
        });
        join([notifier]);
    }

    fn end(self) {
        assert_eq!(
            lock::destroy(self.lock, |_| true),
            Err(Status::THREADING_BUSY),
            "the condition pins it"
        );
        assert_eq!(condition::destroy(self.condition, |_| true), Ok(()));
        assert_eq!(lock::destroy(self.lock, |_| true), Ok(()));
    }
}

/// Who waited before the notify comes back, past a newcomer. Fails when
/// `Acquire::validate` does not count an arrival (`batch_arrived`), and when it keeps
/// DESIGNATED_WAKER for one of a batch.
fn notifies() {
    let shared = Shared::new();
    let waiter = {
        let shared = shared.clone();
        spawn(move || shared.wait(Timeout::Forever))
    };
    let newcomer = {
        let shared = shared.clone();
        spawn(move || {
            shared.acquire();
            shared.release();
        })
    };
    shared.notify(1);
    assert_eq!(join([waiter]), [Ok(())]);
    join([newcomer]);
    shared.end();
}

/// A notify is never spent on a waiter that reports a time-out. Fails when
/// `Notified::timed_out` leaves out `kick_requeued`, or lets a requeued waiter leave; and without
/// `batch_arrived`.
fn not_spent() {
    let shared = Shared::new();
    let waiter = |timeout: Timeout| {
        let shared = shared.clone();
        spawn(move || shared.wait(timeout))
    };
    let hasty = waiter(A_WHILE);
    let patient = waiter(Timeout::Forever);
    let clock = spawn(let_time_run_out);
    let notifier = {
        let shared = shared.clone();
        spawn(move || shared.notify(1))
    };
    join([clock, notifier]);
    // If the notify was spent on the one that timed out, the other one sleeps for ever.
    let [came] = join([hasty]);
    match came {
        Err(status) => assert_eq!(status, Status::THREADING_TIMEOUT),
        Ok(()) => shared.notify(1),
    }
    assert_eq!(join([patient]), [Ok(())]);
    shared.end();
}

/// A notified waiter whose time has run out, and which a release has passed over, does not stay
/// asleep. Fails when `Notified::timed_out` leaves out `kick_requeued`.
fn passed_over() {
    let shared = Shared::new();
    let waiter = {
        let shared = shared.clone();
        spawn(move || shared.wait(A_WHILE))
    };
    shared.notify_late(1);
    let [waited] = join([waiter]);
    assert!(matches!(waited, Ok(()) | Err(Status::THREADING_TIMEOUT)));
    shared.end();
}

/// So many waiters, and one that notifies all of them.
fn all_come_back<const COUNT: usize>() {
    let shared = Shared::new();
    let waiters = [(); COUNT].map(|()| {
        let shared = shared.clone();
        spawn(move || shared.wait(Timeout::Forever))
    });
    let notifier = {
        let shared = shared.clone();
        spawn(move || shared.notify(usize::MAX))
    };
    join([notifier]);
    assert_eq!(join(waiters), [Ok(()); COUNT]);
    shared.end();
}

/// All who were notified at once come back, though only some are woken at a time: in every order in
/// which they wait and are woken. Nobody is preempted, since five threads have too many steps.
/// Fails when `Acquire::validate` does not count an arrival (`batch_arrived`).
fn batch() {
    all_come_back::<3>();
}

/// The same with a preemption at any step of theirs. Fails as above.
fn small_batch() {
    all_come_back::<2>();
}

/// The waiters of a batch, a newcomer and a hand-off exclude each other, and nobody is forgotten.
/// Fails when the hand-off in `release_to` clears LOCKED, and without `batch_arrived`.
fn batch_and_starving() {
    let shared = Shared::new();
    let waiter = || {
        let shared = shared.clone();
        spawn(move || shared.wait(Timeout::Forever))
    };
    let waiters = [waiter(), waiter()];
    let newcomer = {
        let shared = shared.clone();
        spawn(move || {
            shared.acquire();
            shared.release();
        })
    };
    shared.notify_late(usize::MAX);
    assert_eq!(join(waiters), [Ok(()), Ok(())]);
    join([newcomer]);
    shared.end();
}

/// A notify wakes who waits although another thread releases the lock in the middle of it.
/// Fails when `notify` leaves out `kick_requeued`.
fn released_meanwhile() {
    let shared = Shared::new();
    let waiter = {
        let shared = shared.clone();
        spawn(move || shared.wait(Timeout::Forever))
    };
    let signal = {
        let shared = shared.clone();
        spawn(move || {
            shared.acquire();
            shared.over.set(true);
            shared.guarded.add();
            // Whoever waits for it is linked already, or finds that it is over.
            let releaser = spawn(move || release(shared.lock));
            let notified = condition::notify(shared.condition, 1);
            assert_eq!(join([releaser]), [Ok(())]);
            notified
        })
    };
    match join([signal]) {
        [Ok(())] => {}
        [Err(status)] => {
            assert_eq!(status, Status::THREADING_NOT_ACQUIRED);
            shared.notify(1);
        }
    }
    assert_eq!(join([waiter]), [Ok(())]);
    shared.end();
}

/// Destroying meets a wait and a notify: every call has a status, and none hangs.
/// Fails when `destroy` does not ask whether somebody is linked.
fn destroyed() {
    let shared = Shared::new();
    let waiter = {
        let shared = shared.clone();
        spawn(move || {
            shared.acquire();
            let answer = if shared.over.get() {
                Ok(())
            } else {
                condition::wait(shared.condition, Timeout::Forever)
            };
            shared.release();
            answer
        })
    };
    let destroyer = {
        let condition = shared.condition;
        spawn(move || condition::destroy(condition, |_| true))
    };
    shared.acquire();
    shared.over.set(true);
    let notified = condition::notify(shared.condition, 1);
    shared.release();
    let [waited] = join([waiter]);
    let [destroyed] = join([destroyer]);
    match destroyed {
        Err(status) => {
            assert_eq!((status, waited, notified), (Status::THREADING_BUSY, Ok(()), Ok(())));
            assert_eq!(condition::destroy(shared.condition, |_| true), Ok(()));
        }
        Ok(()) => {
            assert!(
                [waited, notified]
                    .iter()
                    .all(|answer| matches!(answer, Ok(()) | Err(Status::THREADING_DESTROYED)))
            )
        }
    }
    assert_eq!(lock::destroy(shared.lock, |_| true), Ok(()));
}

/// Of two that make a condition with a lock and destroy that, one alone succeeds; and a stale
/// handle counts nothing at the lock's successor. Fails when `pin` does not look whether the
/// queue's lock is held, or afterwards whether the lock lives still; and when `end_idle` does not
/// count the pins, or counts them before it has the queue's lock.
fn pinned() {
    be_known();
    let lock = lock::new().expect("memory");
    let destroyer = spawn(move || {
        let destroyed = lock::destroy(lock, |_| true);
        // The slot lives again at once.
        let next = lock::new().expect("memory");
        (destroyed, lock::destroy(next, |_| true))
    });
    let made = condition::new_with_lock(lock);
    let [(destroyed, next)] = join([destroyer]);
    assert_eq!(next, Ok(()), "nobody has made a condition with that one");
    match made {
        Ok(condition) => {
            assert_eq!(destroyed, Err(Status::THREADING_BUSY));
            assert_eq!(condition::destroy(condition, |_| true), Ok(()));
            assert_eq!(lock::destroy(lock, |_| true), Ok(()));
        }
        Err(status) => assert_eq!((status, destroyed), (Status::THREADING_DESTROYED, Ok(()))),
    }
}
