//! Models of the rings of last waits: `inspect/last_waits/ring.rs`, which is read while its thread
//! waits.

use threading::inspect::last_waits::ring::Ring;

use super::harness::{Model, join, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "last waits: a wait is read whole, or not at all",
        preemptions: 1,
        moves_time: false,
        run: reads_waits,
    },
    Model {
        name: "last waits: who asks for the first thread of a ring gets none of the second",
        preemptions: 1,
        moves_time: false,
        run: reads_first_owner,
    },
    Model {
        name: "last waits: who asks for the second thread of a ring gets none of the first",
        preemptions: 1,
        moves_time: false,
        run: reads_second_owner,
    },
];

static RING: Ring = Ring::new();

/// A wait of which each word says which one it is.
fn wait(ident: u64, number: u64) {
    RING.begin(ident, number, number, number);
    RING.end(number, 0, 2 * number, number);
}

/// A thread waits three times, and keeps two. A reader gets each with its own words, and the later
/// one first.
/// Fails when `Sequence::begin` does not store 0 or has no fence, when `Sequence::end` does not
/// release, when `Sequence::read` has no fence or does not look at the head twice, and when
/// `Ring::read` does not leave out what was overtaken.
fn reads_waits() {
    let writer = spawn(|| (1..=3).for_each(|number| wait(1, number)));
    let reader = spawn(|| {
        let Some(list) = RING.read(1, 0) else { return };
        for found in list.all() {
            assert_eq!((found.began, found.lasted), (found.object, found.object));
            assert_eq!((found.site, u64::from(found.outcome)), (found.object, found.object));
        }
        assert!(list.all().is_sorted_by(|one, other| one.object > other.object));
    });
    join([writer, reader]);
    let found: Vec<_> = RING.read(1, 0).unwrap().all().iter().map(|wait| wait.object).collect();
    assert_eq!(found, [3, 2]);
}

/// Another thread gets the ring after the first. A reader that asks for the waits of one of them
/// gets none of the other.
/// Fails when `give` does not change the epoch, without its fence or the one in `read`, when it
/// does not empty the places, and when `read` does not look at the epoch twice.
fn reads_owner(ident: u64) {
    let writer = spawn(|| {
        wait(1, 1);
        wait(2, 2);
    });
    let reader = spawn(move || {
        if let Some(list) = RING.read(ident, 0) {
            assert!(list.all().iter().all(|found| found.object == ident));
        }
    });
    join([writer, reader]);
    assert!(RING.read(1, 0).is_none());
    assert_eq!(RING.read(2, 0).unwrap().all().len(), 1);
}

fn reads_first_owner() {
    reads_owner(1);
}

fn reads_second_owner() {
    reads_owner(2);
}
