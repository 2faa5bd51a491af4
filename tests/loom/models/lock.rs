//! Models of the lock: `sync/lock.rs` over `wait/mutex`, `wait/park.rs` and the queue.

use std::rc::Rc;

use loom::cell::UnsafeCell;
use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::lock;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, be_known, join, let_time_run_out, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "lock: one holder at a time, every waiter gets its turn",
        preemptions: 3,
        moves_time: false,
        run: excludes,
    },
    Model {
        name: "lock: a time-out meets a wake-up, and neither is lost",
        preemptions: 1,
        moves_time: true,
        run: times_out,
    },
    Model {
        name: "lock: a hand-off lets nobody in between",
        preemptions: 2,
        moves_time: true,
        run: hands_off,
    },
    Model {
        name: "lock: a hand-off past a woken waiter forgets nobody",
        preemptions: 1,
        moves_time: true,
        run: hands_off_past,
    },
    Model {
        name: "lock: a release by another thread is as good",
        preemptions: 2,
        moves_time: false,
        run: signals,
    },
    Model {
        name: "lock: two releases that meet release once",
        preemptions: 3,
        moves_time: false,
        run: || releases_meet(|lock| lock::acquire(lock, Timeout::Forever)),
    },
    Model {
        name: "lock: two releases that meet release once what has a mark",
        preemptions: 3,
        moves_time: false,
        run: || releases_meet(acquire),
    },
    Model { name: "lock: destroy against use", preemptions: 2, moves_time: false, run: destroyed },
    Model {
        name: "lock: a stale handle never acts on the next object",
        preemptions: 2,
        moves_time: false,
        run: stale,
    },
];

pub fn acquire(lock: Handle) -> Result<(), Status> {
    if lock::acquire_quickly(lock) { Ok(()) } else { lock::acquire(lock, Timeout::Forever) }
}

pub fn release(lock: Handle) -> Result<(), Status> {
    if lock::release_quickly(lock) { Ok(()) } else { lock::release(lock) }
}

/// What a lock guards: loom fails if two threads come here without an order between them.
#[derive(Clone)]
pub struct Guarded(Rc<UnsafeCell<u32>>);

impl Guarded {
    pub fn new() -> Guarded {
        Guarded(Rc::new(UnsafeCell::new(0)))
    }

    /// Counts up, and returns the number before.
    pub fn add(&self) -> u32 {
        // SAFETY: the threads of a model run one at a time, and the reference does not leave this
        // function.
        self.0.with_mut(|count| unsafe {
            *count += 1;
            *count - 1
        })
    }
}

/// One holder at a time, what one did is seen by the next, and every waiter gets its turn. Fails
/// when `unpark` wakes nobody, when `Acquire::validate` or `try_acquire_woken` keeps
/// DESIGNATED_WAKER, and with Relaxed in `unpark`, `Word::cas_acquire`, `Word::cas_release` or
/// `QueueLock::unlock`.
fn excludes() {
    let lock = lock::new().expect("a lock");
    let guarded = Guarded::new();
    let section = {
        let guarded = guarded.clone();
        move || {
            acquire(lock).expect("a lock");
            guarded.add();
            release(lock).expect("a lock that is held");
        }
    };
    be_known();
    let threads = [spawn(section.clone()), spawn(section.clone())];
    section();
    join(threads);
    assert_eq!(guarded.add(), 3);
    assert_eq!(lock::destroy(lock, |_| true), Ok(()));
}

/// A waiter whose time runs out as it is woken passes the wake on. That takes one preemption, of
/// the thread that has come back before whoever was woken.
/// Fails when `leave_woken` keeps DESIGNATED_WAKER.
fn times_out() {
    let lock = lock::new().expect("a lock");
    be_known();
    acquire(lock).expect("a lock");
    let hasty = spawn(move || {
        let came = lock::acquire(lock, A_WHILE);
        if came.is_ok() {
            release(lock).expect("a lock that is held");
        }
        came
    });
    let patient = spawn(move || {
        acquire(lock).expect("a lock");
        release(lock).expect("a lock that is held");
    });
    let holder = spawn(move || {
        release(lock).expect("a lock that is held");
        let is_back = lock::acquire(lock, Timeout::Poll).is_ok();
        let_time_run_out();
        if is_back {
            release(lock).expect("a lock that is held");
        }
    });
    let [came] = join([hasty]);
    assert!(matches!(came, Ok(()) | Err(Status::THREADING_TIMEOUT)));
    join([patient, holder]);
    assert_eq!(lock::destroy(lock, |_| true), Ok(()));
}

/// A lock that is handed off is never free in between.
/// Fails when the hand-off in `release_to` clears LOCKED.
fn hands_off() {
    let lock = lock::new().expect("a lock");
    let guarded = Guarded::new();
    be_known();
    acquire(lock).expect("a lock");
    let starving = {
        let guarded = guarded.clone();
        spawn(move || {
            acquire(lock).expect("a lock");
            guarded.add();
            release(lock).expect("a lock that is held");
        })
    };
    let newcomer = {
        let guarded = guarded.clone();
        spawn(move || {
            if lock::acquire_quickly(lock) {
                guarded.add();
                release(lock).expect("a lock that is held");
            }
        })
    };
    let releaser = {
        let guarded = guarded.clone();
        spawn(move || {
            guarded.add();
            let_time_run_out();
            release(lock).expect("a lock that main holds");
        })
    };
    join([starving, newcomer, releaser]);
    assert!(guarded.add() >= 2);
    assert_eq!(lock::destroy(lock, |_| true), Ok(()));
}

/// While a woken waiter is on its way, a thread whose turn is over hands the lock off to the next
/// one. The woken waiter waits again, and gets the lock too.
/// Fails when `release_to` sets DESIGNATED_WAKER in a hand-off, and when its hand-off clears
/// LOCKED.
fn hands_off_past() {
    let lock = lock::new().expect("a lock");
    let guarded = Guarded::new();
    be_known();
    acquire(lock).expect("a lock");
    let waiters = [0, 1].map(|_| {
        let guarded = guarded.clone();
        spawn(move || {
            lock::acquire(lock, Timeout::Forever).expect("a lock");
            guarded.add();
            release(lock).expect("a lock that is held");
        })
    });
    release(lock).expect("a lock that is held");
    if lock::acquire_quickly(lock) {
        guarded.add();
        let_time_run_out();
        lock::release(lock).expect("a lock that is held");
    }
    join(waiters);
    assert!(guarded.add() >= 2);
    assert_eq!(lock::destroy(lock, |_| true), Ok(()));
}

/// A release by a thread that does not hold it is as good, and orders.
/// Fails when `Acquire::validate` or `try_acquire_woken` keeps DESIGNATED_WAKER.
fn signals() {
    let lock = lock::new().expect("a lock");
    let guarded = Guarded::new();
    be_known();
    acquire(lock).expect("a lock");
    let signal = {
        let guarded = guarded.clone();
        spawn(move || {
            guarded.add();
            release(lock).expect("a lock that main holds");
        })
    };
    let other = spawn(move || {
        acquire(lock).expect("a lock");
        release(lock).expect("a lock that is held");
    });
    acquire(lock).expect("a lock");
    assert_eq!(guarded.add(), 1);
    release(lock).expect("a lock that is held");
    join([signal, other]);
    assert_eq!(lock::destroy(lock, |_| true), Ok(()));
}

/// Of two releases that meet, each ends one hold or says THREADING_NOT_ACQUIRED.
/// Fails when one who has slept on the queue's lock takes it without SLEEPERS (`lock_slow`). The
/// hold that ends began by the slow path, which leaves no mark, or by the fast one.
fn releases_meet(begin: fn(Handle) -> Result<(), Status>) {
    let lock = lock::new().expect("a lock");
    be_known();
    begin(lock).expect("a lock");
    let waiter = spawn(move || acquire(lock));
    let releaser = spawn(move || release(lock));
    let mine = release(lock);
    let [others] = join([releaser]);
    let [waited] = join([waiter]);
    waited.expect("a lock");
    let held = lock::locked(lock).expect("a lock");
    let released = usize::from(mine.is_ok()) + usize::from(others.is_ok());
    assert_eq!(
        released,
        if held { 1 } else { 2 },
        "{mine:?} {others:?}: each release ends one hold"
    );
    assert!(
        [mine, others]
            .iter()
            .all(|answer| matches!(answer, Ok(()) | Err(Status::THREADING_NOT_ACQUIRED)))
    );
    if held {
        release(lock).expect("a lock that is held");
    }
    assert_eq!(lock::destroy(lock, |_| true), Ok(()));
}

/// Destroying meets use: every call has a status, and none hangs.
/// Fails when `RawMutex::end` does not ask whether a thread holds it.
fn destroyed() {
    let lock = lock::new().expect("a lock");
    be_known();
    let user = || {
        spawn(move || match acquire(lock) {
            Ok(()) => release(lock).expect("a lock that is held cannot be destroyed"),
            Err(status) => assert_eq!(status, Status::THREADING_DESTROYED),
        })
    };
    let users = [user(), user()];
    let destroyed = lock::destroy(lock, |_| true);
    join(users);
    match destroyed {
        Ok(()) => assert_eq!(acquire(lock), Err(Status::THREADING_DESTROYED)),
        Err(status) => {
            assert_eq!(status, Status::THREADING_BUSY);
            assert_eq!(lock::destroy(lock, |_| true), Ok(()));
        }
    }
}

/// A handle whose object is gone never acts on the next object of its slot.
/// Fails when `Word::end` does not count the generation.
fn stale() {
    let first = lock::new().expect("a lock");
    be_known();
    let user = spawn(move || (acquire(first), release(first)));
    let other = spawn(move || release(first));
    let mut second = None;
    if lock::destroy(first, |_| true).is_ok() {
        let lock = lock::new().expect("a lock");
        assert_eq!(lock.index(), first.index(), "the slot is used again");
        assert!(lock::acquire_quickly(lock), "nobody else has this handle");
        assert_eq!(acquire(first), Err(Status::THREADING_DESTROYED));
        assert_eq!(release(first), Err(Status::THREADING_DESTROYED));
        second = Some(lock);
    }
    let [(acquired, _)] = join([user]);
    let [released] = join([other]);
    assert!(matches!(acquired, Ok(()) | Err(Status::THREADING_DESTROYED)));
    assert!(matches!(
        released,
        Ok(()) | Err(Status::THREADING_NOT_ACQUIRED | Status::THREADING_DESTROYED)
    ));
    if let Some(lock) = second {
        assert_eq!(lock::locked(lock), Ok(true), "nobody else has released it");
    }
}
