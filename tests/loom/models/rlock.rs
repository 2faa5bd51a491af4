//! Models of the rlock: `sync/rlock.rs`.

use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::rlock;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, be_known, join, let_time_run_out, spawn};
use super::lock::Guarded;

pub const MODELS: &[Model] = &[
    Model {
        name: "rlock: one owner at a time, as deep as it likes",
        preemptions: 1,
        moves_time: false,
        run: excludes,
    },
    Model {
        name: "rlock: nobody but the owner releases",
        preemptions: 1,
        moves_time: false,
        run: owner_alone,
    },
    Model {
        name: "rlock: a hand-off or a time-out makes one owner",
        preemptions: 1,
        moves_time: true,
        run: hands_off,
    },
    Model { name: "rlock: destroy against use", preemptions: 2, moves_time: false, run: destroyed },
];

fn acquire(rlock: Handle) -> Result<(), Status> {
    if rlock::acquire_quickly(rlock) { Ok(()) } else { rlock::acquire(rlock, Timeout::Forever) }
}

fn release(rlock: Handle) -> Result<(), Status> {
    if rlock::release_quickly(rlock) { Ok(()) } else { rlock::release(rlock) }
}

/// Twice in, and twice out.
fn section(rlock: Handle, guarded: &Guarded) {
    acquire(rlock).expect("an rlock");
    acquire(rlock).expect("an rlock that is mine");
    guarded.add();
    assert_eq!(rlock::depth(rlock), Ok(2));
    release(rlock).expect("an rlock that is mine");
    guarded.add();
    assert_eq!(rlock::depth(rlock), Ok(1));
    release(rlock).expect("an rlock that is mine");
    assert_eq!(rlock::depth(rlock), Ok(0));
}

/// One owner at a time, as deep as it likes.
/// Fails when `release_quickly` does not clear the holder, and when `unpark` wakes nobody.
fn excludes() {
    let rlock = rlock::new().expect("an rlock");
    let guarded = Guarded::new();
    be_known();
    let other = || {
        let guarded = guarded.clone();
        spawn(move || section(rlock, &guarded))
    };
    let others = [other(), other()];
    section(rlock, &guarded);
    join(others);
    assert_eq!(guarded.add(), 6);
    assert_eq!(rlock::destroy(rlock, |_| true), Ok(()));
}

/// Nobody but the owner releases it.
/// Fails when `release` asks only whether somebody holds it.
fn owner_alone() {
    let rlock = rlock::new().expect("an rlock");
    let guarded = Guarded::new();
    be_known();
    let thief = spawn(move || release(rlock));
    let other = {
        let guarded = guarded.clone();
        spawn(move || section(rlock, &guarded))
    };
    section(rlock, &guarded);
    let [stolen] = join([thief]);
    assert!(
        matches!(stolen, Err(Status::THREADING_NOT_OWNER | Status::THREADING_NOT_ACQUIRED)),
        "{stolen:?}"
    );
    join([other]);
    assert_eq!(rlock::destroy(rlock, |_| true), Ok(()));
}

/// A hand-off makes the waiter the owner, and a time-out makes nobody one.
/// Fails when `release_to` does not note the new holder, and when its hand-off clears LOCKED.
fn hands_off() {
    let rlock = rlock::new().expect("an rlock");
    let guarded = Guarded::new();
    be_known();
    acquire(rlock).expect("an rlock");
    let starving = {
        let guarded = guarded.clone();
        spawn(move || {
            acquire(rlock).expect("an rlock");
            guarded.add();
            release(rlock).expect("an rlock that is mine");
        })
    };
    let hasty = {
        let guarded = guarded.clone();
        spawn(move || match rlock::acquire(rlock, A_WHILE) {
            Ok(()) => {
                guarded.add();
                release(rlock).expect("an rlock that is mine");
            }
            Err(status) => {
                assert_eq!(status, Status::THREADING_TIMEOUT);
                assert_eq!(rlock::depth(rlock), Ok(0));
            }
        })
    };
    guarded.add();
    let_time_run_out();
    release(rlock).expect("an rlock that is mine");
    join([starving, hasty]);
    assert!(guarded.add() >= 2);
    assert_eq!(rlock::owner(rlock), Ok((0, 0)));
    assert_eq!(rlock::destroy(rlock, |_| true), Ok(()));
}

/// Destroying meets use: every call has a status, and none hangs.
/// Fails when `RawMutex::end` does not ask whether a thread holds it.
fn destroyed() {
    let rlock = rlock::new().expect("an rlock");
    be_known();
    let user = || {
        spawn(move || match acquire(rlock) {
            Ok(()) => release(rlock).expect("an rlock that is held cannot be destroyed"),
            Err(status) => assert_eq!(status, Status::THREADING_DESTROYED),
        })
    };
    let users = [user(), user()];
    let destroyed = rlock::destroy(rlock, |_| true);
    join(users);
    match destroyed {
        Ok(()) => assert_eq!(acquire(rlock), Err(Status::THREADING_DESTROYED)),
        Err(status) => {
            assert_eq!(status, Status::THREADING_BUSY);
            assert_eq!(rlock::destroy(rlock, |_| true), Ok(()));
        }
    }
}
