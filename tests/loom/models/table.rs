//! Models of the table: `table.rs`, which takes no lock.

use std::collections::HashSet;

use threading::atomic::AtomicU32;
use threading::object::handle::{Handle, Kind};
use threading::object::slot::slots;
use threading::object::table::{FIRST, Table, Vacant};
use threading::object::word::Word;

use super::harness::{Model, join, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "table: a slot belongs to one, however often it comes back",
        preemptions: 4,
        moves_time: false,
        run: takes,
    },
    Model {
        name: "table: two who grow it get one chunk",
        preemptions: 3,
        moves_time: false,
        run: grows,
    },
];

/// A slot of nothing.
struct Plain {
    word: Word,
    next_free: AtomicU32,
}

slots! { Plain, kind: Kind::Local, word: word }

/// Brings an object to life in a slot.
fn make(table: &'static Table<Plain>) -> Handle {
    let Vacant { index, slot } = table.take().expect("a slot");
    let tag = slot.word.next_tag(Kind::Local);
    slot.word.publish(tag, 0);
    Handle::new(tag, index)
}

/// Ends it, which succeeds if nobody else has it.
fn unmake(table: &'static Table<Plain>, handle: Handle) {
    let (slot, state) = table.find(handle).expect("an object that is mine");
    assert_eq!(slot.word.end(state), Ok(true));
    table.give_back(Vacant { index: handle.index(), slot });
}

/// A slot belongs to one taker at a time, however often it goes and comes back.
/// Fails when the head of the free list counts no changes, and with Relaxed in `give_back`.
fn takes() {
    let before = [make(&TABLE), make(&TABLE)];
    for handle in before {
        unmake(&TABLE, handle);
    }
    let user = || {
        let first = make(&TABLE);
        let second = make(&TABLE);
        unmake(&TABLE, first);
        let third = make(&TABLE);
        [second, third]
    };
    let threads = [spawn(user), spawn(user)];
    let alive = join(threads).concat();
    let indexes: HashSet<u32> = alive.iter().map(|handle| handle.index()).collect();
    assert_eq!(indexes.len(), alive.len(), "two objects in one slot: {alive:?}");
    assert!(alive.iter().all(|handle| TABLE.find(*handle).is_ok()));
}

/// Two who find the table full make it grow by one chunk.
/// Fails when the chunk is stored instead of compared and exchanged.
fn grows() {
    static FULL: Table<Plain> = Table::new(FIRST as u64 - 1);
    let threads = [0, 1, 2].map(|_| spawn(|| make(&FULL)));
    let made = join(threads);
    let mut indexes = made.map(Handle::index);
    indexes.sort();
    assert_eq!(indexes, [0, 1, 2].map(|more| FIRST as u32 - 1 + more));
    assert!(made.iter().all(|handle| FULL.find(*handle).is_ok()));
}
