//! Models of the count of threads that keep the process alive: `thread/alive.rs`, and
//! `thread/shutdown.rs`, which waits for them.

use std::cell::Cell;
use std::rc::Rc;

use threading::lifecycle::load;
use threading::status::Status;
use threading::thread::alive;
use threading::thread::shutdown;
use threading::wait::timeout::Timeout;

use super::harness::{Model, join, spawn};
use super::lock::Guarded;

pub const MODELS: &[Model] = &[
    Model {
        name: "exit: a shutdown waits for whoever was counted",
        preemptions: 3,
        moves_time: false,
        run: waits,
    },
    Model {
        name: "exit: shards that empty and fill again are never too few",
        preemptions: 2,
        moves_time: false,
        run: shards,
    },
];

/// A shutdown waits for every thread that was counted and sees what it did; nobody is counted after
/// it. Fails when `add` does not add the shard to the total (`add_to_total`), does so after it has
/// counted the thread, or does so twice, and with Relaxed in `remove`.
fn waits() {
    load::ensure();
    let guarded = Guarded::new();
    let finished = Rc::new(Cell::new(0));
    let alive = |writes: bool| {
        let (guarded, finished) = (guarded.clone(), Rc::clone(&finished));
        move || {
            let counted = alive::add(0, true);
            if counted.is_ok() {
                if writes {
                    guarded.add();
                }
                finished.set(finished.get() + 1);
                alive::remove(0, true);
            }
            counted
        }
    };
    let threads = [spawn(alive(true)), spawn(alive(false))];
    assert_eq!(shutdown::shutdown(Timeout::Forever), Ok(()));
    let finished_before = finished.get();
    // What a counted thread has done is seen: loom fails if there is no order.
    let seen = guarded.add();
    let counted = join(threads);
    assert_eq!(finished.get(), finished_before, "a thread was counted and not waited for");
    assert_eq!(seen, u32::from(counted[0].is_ok()));
    assert!(
        counted
            .iter()
            .all(|answer| matches!(answer, Ok(()) | Err(Status::THREADING_SHUTTING_DOWN)))
    );
    assert_eq!(alive::add(0, true), Err(Status::THREADING_SHUTTING_DOWN));
}

/// A shard that empties and fills again never makes the total too small.
/// Fails when `add` does not add the shard to the total, or counts the thread before it does.
fn shards() {
    load::ensure();
    assert_eq!(alive::add(0, true), Ok(()));
    let alive = Rc::new(Cell::new(1));
    let come_and_go = {
        let alive = Rc::clone(&alive);
        move || {
            if alive::add(0, true).is_ok() {
                alive.set(alive.get() + 1);
                alive.set(alive.get() - 1);
                alive::remove(0, true);
            }
        }
    };
    let threads = [spawn(come_and_go)];
    let first = spawn(move || {
        alive.set(alive.get() - 1);
        alive::remove(0, true);
        alive
    });
    assert_eq!(shutdown::shutdown(Timeout::Forever), Ok(()));
    let [alive] = join([first]);
    assert_eq!(alive.get(), 0);
    join(threads);
    assert_eq!(alive::add(0, true), Err(Status::THREADING_SHUTTING_DOWN));
}
