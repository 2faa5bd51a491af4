//! Models of the switch: `inspect/switch.rs` over `object/follow.rs` and `object/slot.rs`.

use loom::thread::yield_now;
use threading::inspect::switch::{self, HOLDS, ORDER};
use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::lock;

use super::harness::{Model, be_known, join, spawn};
use super::lock::{self as plain, Guarded};

pub const MODELS: &[Model] = &[
    Model {
        name: "switch: what is made meanwhile is heard of, or is not",
        preemptions: 3,
        moves_time: false,
        run: makes,
    },
    Model {
        name: "switch: an acquire and a release meet it, and exclude all the same",
        preemptions: 2,
        moves_time: false,
        run: excludes,
    },
    Model {
        name: "switch: lean acquires and releases exclude, and lose no waiter",
        preemptions: 3,
        moves_time: false,
        run: stays_on,
    },
    Model {
        name: "switch: a lock ends meanwhile, and the next one in its place is heard of",
        preemptions: 3,
        moves_time: false,
        run: ends,
    },
    Model {
        name: "switch: two that meet leave what the later one asked for",
        preemptions: 2,
        moves_time: false,
        run: meets_another,
    },
];

/// Acquires as C does: by the fast path, the lean one, or the slow one.
fn acquire(lock: Handle) -> Result<(), Status> {
    if lock::acquire_inspected(lock, 0) { Ok(()) } else { plain::acquire(lock) }
}

fn release(lock: Handle) -> Result<(), Status> {
    let is_released = lock::find_inspected(lock).is_some_and(|slot| slot.release_inspected(lock));
    if is_released { Ok(()) } else { plain::release(lock) }
}

/// Whether the lock, which is free, has INSPECT.
fn is_inspected(lock: Handle) -> bool {
    let is_quick = lock::acquire_quickly(lock);
    if is_quick {
        release(lock).expect("held");
    }
    !is_quick
}

/// Ends a model: what is heard outlives an execution.
fn check_and_switch_off(locks: &[Handle], expected: bool) {
    assert!(locks.iter().all(|lock| is_inspected(*lock) == expected));
    switch::set(0).expect("nothing is needed");
    assert!(!locks.iter().any(|lock| is_inspected(*lock)));
}

/// Fails if an object asks what is heard before it is published, and if the switch goes over the
/// objects before anybody is heard.
fn makes() {
    be_known();
    let switcher = spawn(|| switch::set(ORDER).expect("memory"));
    let made = lock::new().expect("memory");
    join([switcher]);
    check_and_switch_off(&[made], true);
}

fn excludes() {
    be_known();
    let lock = lock::new().expect("memory");
    let count = Guarded::new();
    let other = count.clone();
    let one = spawn(move || {
        acquire(lock).expect("alive");
        other.add();
        release(lock).expect("held");
    });
    switch::set(HOLDS).expect("memory");
    acquire(lock).expect("alive");
    count.add();
    release(lock).expect("held");
    join([one]);
    assert_eq!(count.add(), 2);
    check_and_switch_off(&[lock], true);
}

/// Fails if a lean release does not look whether anybody waits.
fn stays_on() {
    be_known();
    switch::set(HOLDS).expect("memory");
    let lock = lock::new().expect("memory");
    let count = Guarded::new();
    let other = count.clone();
    let one = spawn(move || {
        acquire(lock).expect("alive");
        other.add();
        release(lock).expect("held");
    });
    acquire(lock).expect("alive");
    count.add();
    release(lock).expect("held");
    join([one]);
    assert_eq!(count.add(), 2);
    check_and_switch_off(&[lock], true);
}

/// Fails if the switch does not look for the tag.
fn ends() {
    be_known();
    let old = lock::new().expect("memory");
    let switcher = spawn(|| switch::set(HOLDS).expect("memory"));
    lock::destroy(old, |_| true).expect("free");
    let made = lock::new().expect("memory");
    join([switcher]);
    assert!(lock::locked(old).is_err());
    check_and_switch_off(&[made], true);
}

/// Fails if whoever has changed a word does not look again at what is heard.
fn meets_another() {
    be_known();
    switch::set(ORDER).expect("memory");
    let maker = spawn(|| lock::new().expect("memory"));
    yield_now();
    switch::set(0).expect("nothing is needed");
    let [made] = join([maker]);
    check_and_switch_off(&[made], false);
}
