//! Models of the rings of the timeline: `inspect/timeline/ring.rs`, which is read while its thread
//! writes.

use threading::inspect::timeline::ring::{ENDED, Event, FREE, Ring};

use super::harness::{Model, join, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "timeline: an event is read whole, or not at all",
        preemptions: 3,
        moves_time: false,
        run: reads_events,
    },
    Model {
        name: "timeline: a ring that changes hands is read as one thread's, or not at all",
        preemptions: 2,
        moves_time: false,
        run: reads_owners,
    },
];

static RING: Ring = Ring::new();

/// An event whose payload says which one it is.
fn event(number: u8) -> Event {
    Event::new(1, number, 0, number.into())
}

/// A thread records three events in a ring of two. A reader gets each with its own payload.
/// Fails when `write` does not store 0 first, without either fence, and when `read` does not look
/// at the head twice.
fn reads_events() {
    assert!(RING.take(FREE, 1, 1));
    let writer = spawn(|| (1..=3).for_each(|number| RING.record(event(number))));
    let reader = spawn(|| {
        let owner = RING.read(|read| assert_eq!(read.payload, read.what().into()));
        assert!(owner.is_some());
    });
    join([writer, reader]);
    let mut found = Vec::new();
    RING.read(|read| found.push(read.what()));
    assert_eq!(found, [2, 3]);
}

/// A thread ends, and another one takes its ring. A reader finds one of the two: the first has no
/// name before it ends and one afterwards, the second has none.
/// Fails when `end` does not store that the ring changes, without its fence or the one in `give`,
/// and when `read` does not look at the word twice.
fn reads_owners() {
    assert!(RING.take(FREE, 1, 1));
    let first = spawn(|| RING.end(b"first"));
    let second = spawn(|| {
        let _ = RING.take(ENDED, 2, 2);
    });
    let reader = spawn(|| {
        if let Some(owner) = RING.read(|_| ()) {
            let name = &owner.name[..owner.name_length];
            let has_ended = owner.ended != 0;
            assert_eq!(owner.ident, owner.native_id.into());
            assert_eq!(name, if has_ended { &b"first"[..] } else { b"" });
            assert!(owner.ident == 1 || !has_ended);
        }
    });
    join([first, second, reader]);
}
