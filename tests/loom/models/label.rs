//! Models of names: `object/label.rs`, which is read without a lock, and `object/names.rs`.

use threading::atomic::{AtomicU32, AtomicU64, Ordering};
use threading::object;
use threading::object::handle::{Handle, Kind};
use threading::object::label;
use threading::object::names;
use threading::object::slot::slots;
use threading::object::word::Word;
use threading::status::Status;

use super::harness::{Model, join, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "label: a reader gets a name whole, and never another object's",
        preemptions: 3,
        moves_time: false,
        run: reads,
    },
    Model {
        name: "label: a stale handle does not rename the next object in the slot",
        preemptions: 2,
        moves_time: false,
        run: renames_late,
    },
];

/// A slot of nothing.
struct Plain {
    word: Word,
    next_free: AtomicU32,
}

slots! { Plain, kind: Kind::Local, word: word }

const ONE: Handle = Handle::numbered(Kind::Local, 1);
const OTHER: Handle = Handle::numbered(Kind::Local, 2);

/// Where the handle of an object's label is, as a thread's record has it.
static PLACE: AtomicU64 = AtomicU64::new(0);

/// A name of two words.
fn name(letter: u8) -> [u8; 16] {
    [letter; 16]
}

fn make(letter: u8, owner: Handle) -> Handle {
    label::make(&name(letter), owner).expect("a label")
}

/// One thread renames an object, and then names another one, whose label gets the slot of the old
/// name. A reader gets the old name or the new one, whole, or finds that the label has ended; then
/// the place has another one.
/// Fails without the fence in `fill` or the one in `read_piece`, and without the look at the word
/// after the copy.
fn reads() {
    // ORDERING: Relaxed, here and below unless it says otherwise: one thread, or joined.
    PLACE.store(make(b'a', ONE).0, Ordering::Relaxed);
    let reader = move || {
        let mut buffer = [0; 16];
        loop {
            // ORDERING: Acquire, pairs with the swap below, as readers of names do.
            let label = Handle(PLACE.load(Ordering::Acquire));
            if let Some(length) = label::copy(label, ONE, &mut buffer) {
                assert_eq!(length, 16);
                assert!(buffer == name(b'a') || buffer == name(b'b'), "{buffer:?}");
                return None;
            }
            // ORDERING: as above.
            assert_ne!(PLACE.load(Ordering::Acquire), label.0, "it ended in its place");
        }
    };
    let renamer = move || {
        let new = make(b'b', ONE);
        // ORDERING: AcqRel, pairs with the loads above.
        label::end(Handle(PLACE.swap(new.0, Ordering::AcqRel)));
        Some(make(b'c', OTHER))
    };
    let other = join([spawn(renamer), spawn(reader)]).into_iter().flatten().next();
    let mut buffer = [0; 16];
    assert_eq!(label::copy(other.expect("a label"), OTHER, &mut buffer), Some(16));
    assert_eq!(buffer, name(b'c'));
}

fn new() -> Handle {
    object::make_unheard(|_: &Plain, _| 0).expect("an object").1
}

/// One thread names an object that another one ends, whose slot gets a new object with a name. That
/// name stays.
/// Fails when `replace` does not look whose label it finds.
fn renames_late() {
    let first = new();
    let late = move || {
        let status = names::set::<Plain>(first, b"late");
        assert!(matches!(status, Ok(()) | Err(Status::THREADING_DESTROYED)), "{status:?}");
        first
    };
    let next = move || {
        let ended = object::end(first, |slot: &Plain, state| {
            slot.word.end(state).map_err(|_| Status::THREADING_BUSY)
        });
        assert_eq!(ended, Ok(()));
        let second = new();
        assert_eq!(second.index(), first.index());
        assert_eq!(names::set::<Plain>(second, b"second"), Ok(()));
        second
    };
    let [_, second] = join([spawn(late), spawn(next)]);
    let mut buffer = [0; 8];
    assert_eq!(names::copy(second, &mut buffer), Some(6));
    assert_eq!(&buffer[..6], b"second");
}
