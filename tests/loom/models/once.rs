//! Models of the once: `sync/once.rs` over the rlock.

use std::ffi::c_void;
use std::ptr;

use loom::cell::UnsafeCell;
use threading::object::table::Slot;
use threading::status::Status;
use threading::sync::once::Once;
use threading::sync::rlock::Rlock;
use threading::wait::timeout::Timeout;

use super::harness::{Model, join, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "once: of two first callers one calls its function, and both see what it did",
        preemptions: 2,
        moves_time: false,
        run: two_come,
    },
    Model {
        name: "once: after a failure the next calls its function",
        preemptions: 1,
        moves_time: false,
        run: fails_first,
    },
];

/// A once, and what its function counts: loom fails if two threads come there without an order
/// between them.
struct Counted {
    once: Once,
    count: UnsafeCell<u32>,
}

impl Counted {
    fn new() -> &'static Counted {
        Box::leak(Box::new(Counted { once: Once::NEW, count: UnsafeCell::new(0) }))
    }

    /// Counts, unless that was done. `fails`: and fails.
    fn run(&'static self, fails: bool) -> Result<(), Status> {
        let function = if fails { counts_and_fails } else { counts };
        let context = ptr::from_ref(self).cast_mut().cast();
        // SAFETY: the context is what the functions expect, and lives for ever.
        unsafe { self.once.run(function, context, Timeout::Forever) }
    }

    fn count(&self) -> u32 {
        // SAFETY: the threads of a model run one at a time, and the reference stays here.
        self.count.with(|count| unsafe { *count })
    }
}

unsafe extern "C-unwind" fn counts(counted: *mut c_void) -> bool {
    // SAFETY: `Counted::run` passes it.
    let counted = unsafe { &*counted.cast::<Counted>() };
    // SAFETY: as in `count`.
    counted.count.with_mut(|count| unsafe { *count += 1 });
    true
}

unsafe extern "C-unwind" fn counts_and_fails(counted: *mut c_void) -> bool {
    // SAFETY: as above.
    unsafe { counts(counted) };
    false
}

/// Two first callers: one function runs, and what it did is seen by both. Fails with Relaxed in
/// `is_done` and in the drop of `Running`, and when `enter` does not look at the bits again once it
/// holds the rlock. Whoever is the last to leave ends the rlock: fails when nobody but who has run
/// the function does, and when `is_another` does not look again.
fn two_come() {
    let counted = Counted::new();
    let threads = [(); 2].map(|()| {
        spawn(move || {
            assert_eq!(counted.run(false), Ok(()));
            assert_eq!(counted.count(), 1);
        })
    });
    join(threads);
    assert_eq!(rlocks_alive(), 0, "the last to leave ends the rlock");
}

/// The function of one fails, and another waits or comes later: it is done in the end. Fails when
/// the drop of `Running` keeps the rlock after a failure.
fn fails_first() {
    let counted = Counted::new();
    let failing = spawn(move || counted.run(true));
    let succeeding = spawn(move || counted.run(false));
    let [failed, succeeded] = join([failing, succeeding]);
    assert_eq!(succeeded, Ok(()));
    // Whoever comes last finds it done.
    let runs = if failed == Ok(()) { 1 } else { 2 };
    assert!(matches!(failed, Ok(()) | Err(Status::THREADING_BROKEN)));
    assert_eq!(counted.count(), runs);
}

fn rlocks_alive() -> usize {
    let mut alive = 0;
    Rlock::table().for_each(|_, _, _| {
        alive += 1;
        true
    });
    alive
}
