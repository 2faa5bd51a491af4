//! Models of a look for deadlocks: `inspect/deadlock.rs` beside threads that move.

use threading::inspect::deadlock::Graph;
use threading::object::handle::Handle;
use threading::sync::lock;
use threading::wait::timeout::Timeout;

use super::harness::{Model, be_known, join, spawn};

pub const MODELS: &[Model] = &[Model {
    name: "deadlock: threads that take locks in order are never accused",
    preemptions: 1,
    moves_time: false,
    run: in_order,
}];

fn take(lock: Handle) {
    if !lock::acquire_quickly(lock) {
        lock::acquire(lock, Timeout::Forever).expect("a lock");
    }
}

fn give(lock: Handle) {
    if !lock::release_quickly(lock) {
        lock::release(lock).expect("a lock that is held");
    }
}

/// How many threads the deadlock has that one look finds; 0: there is none.
fn look() -> usize {
    let mut graph = Graph::collect().expect("memory");
    graph.next_circle().map_or(0, |circle| circle.length)
}

/// One thread has had the second lock, and takes the first; one takes both in order, and a third
/// the second alone. While the third has the second lock and has not noted itself, the other two
/// wait, and the note must not be that of the thread that had the lock before.
/// Fails when `holder_note::holder` believes every note, and without the store in `clear_holder`.
fn in_order() {
    let [first, second] = [(); 2].map(|()| lock::new().expect("a lock"));
    be_known();
    take(second);
    give(second);
    let third = spawn(move || {
        take(second);
        give(second);
    });
    let both = spawn(move || {
        take(first);
        take(second);
        give(second);
        give(first);
    });
    let looker = spawn(|| assert_eq!(look(), 0));
    // The others go first, and that is no preemption.
    loom::thread::spawn(|| ()).join().expect("a thread that does nothing");
    take(first);
    give(first);
    join([third, both, looker]);
}
