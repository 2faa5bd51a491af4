//! Models of the event: `sync/event.rs`, whose `set` never waits for the queue's lock.

use threading::object::handle::Handle;
use threading::object::table::Slot;
use threading::object::word::WAITERS;
use threading::platform::readiness;
use threading::status::Status;
use threading::sync::event;
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, join, let_time_run_out, let_waiters_spin, spawn};
use super::lock::Guarded;

pub const MODELS: &[Model] = &[
    Model {
        name: "event: a set releases all who wait, and orders",
        preemptions: 2,
        moves_time: false,
        run: sets,
    },
    Model {
        name: "event: set, and clear at once, releases who waited",
        preemptions: 1,
        moves_time: false,
        run: sets_and_clears,
    },
    Model {
        name: "event: a time-out meets a set",
        preemptions: 1,
        moves_time: true,
        run: times_out,
    },
    Model {
        name: "event: two sets and a clear",
        preemptions: 1,
        moves_time: false,
        run: sets_twice,
    },
    Model {
        name: "event: a set releases nobody who came after it was cleared",
        preemptions: 2,
        moves_time: true,
        run: not_made_up,
    },
    Model {
        name: "event: who looks before it sleeps is woken all the same",
        preemptions: 3,
        moves_time: true,
        run: watches,
    },
    Model { name: "event: destroy against use", preemptions: 2, moves_time: false, run: destroyed },
    Model {
        name: "event: a descriptor shows what sets and clears leave",
        preemptions: 2,
        moves_time: false,
        run: shows,
    },
];

fn set(event: Handle) -> Result<(), Status> {
    if event::set_quickly(event) { Ok(()) } else { event::set(event) }
}

/// A set releases all who wait, and what was done before it is seen.
/// Fails when `lock_or_pend` does not set PENDING, and when `set` does not process what is pending.
fn sets() {
    let event = event::new().expect("an event");
    let guarded = Guarded::new();
    let waiter = spawn(move || event::wait(event, Timeout::Forever));
    let other = {
        let guarded = guarded.clone();
        spawn(move || {
            let answer = event::wait(event, Timeout::Forever);
            assert_eq!(guarded.add(), 1, "what was done before the set is seen");
            answer
        })
    };
    let setter = spawn(move || {
        guarded.add();
        set(event)
    });
    assert_eq!(join([waiter, other, setter]), [Ok(()); 3]);
    assert_eq!(event::destroy(event), Ok(()));
}

/// Who waits at a set is released, though a clear follows at once.
/// Fails when `process_pending` looks at SET alone and not at the epochs, and without PENDING.
fn sets_and_clears() {
    let event = event::new().expect("an event");
    let waiter = spawn(move || event::wait(event, Timeout::Forever));
    let other = spawn(move || event::clear(event));
    let setter = spawn(move || {
        let is_linked =
            event::Event::table().find(event).is_ok_and(|(_, state)| state.has(WAITERS));
        set(event).and_then(|()| event::clear(event)).map(|()| is_linked)
    });
    let [is_linked] = join([setter]);
    assert_eq!(join([other]), [Ok(())]);
    // Who was linked before the set has to come back without another.
    if is_linked != Ok(true) {
        assert_eq!(set(event), Ok(()));
    }
    assert_eq!(join([waiter]), [Ok(())]);
    assert_eq!(event::destroy(event), Ok(()));
}

/// A time-out meets a set, and nobody is forgotten.
/// Fails when `set` does not process what is pending, and without PENDING.
fn times_out() {
    let event = event::new().expect("an event");
    let waiters =
        [A_WHILE, Timeout::Forever].map(|timeout| spawn(move || event::wait(event, timeout)));
    let clock = spawn(let_time_run_out);
    let setter =
        spawn(move || set(event).and_then(|()| event::clear(event)).and_then(|()| set(event)));
    join([clock]);
    assert_eq!(join([setter]), [Ok(())]);
    let [hasty, patient] = join(waiters);
    assert!(matches!(hasty, Ok(()) | Err(Status::THREADING_TIMEOUT)));
    assert_eq!(patient, Ok(()));
    assert_eq!(event::destroy(event), Ok(()));
}

/// Two sets and a clear in any order leave nobody asleep that a set should have released.
/// Fails when `set` does not process what is pending, and without PENDING.
fn sets_twice() {
    let event = event::new().expect("an event");
    let waiter = spawn(move || event::wait(event, Timeout::Forever));
    let setter = spawn(move || set(event));
    let clearer = spawn(move || set(event).and_then(|()| event::clear(event)));
    assert_eq!(join([setter, clearer]), [Ok(()), Ok(())]);
    // Cleared between the sets or before both: it is set. Cleared after them: whoever waits has
    // come later, or was released.
    if event::is_set(event) == Ok(false) {
        assert_eq!(set(event), Ok(()));
    }
    assert_eq!(join([waiter]), [Ok(())]);
    assert_eq!(event::destroy(event), Ok(()));
}

/// Who waits since a clear is not released by the set before it, however late that comes to its
/// waiters. Fails when the epoch that a waiter notes is always 0.
fn not_made_up() {
    let event = event::new().expect("an event");
    let early = spawn(move || event::wait(event, A_WHILE));
    let setter = spawn(move || set(event));
    let late = spawn(move || {
        let was_set = event::is_set(event) == Ok(true);
        was_set.then(|| event::clear(event).and_then(|()| event::wait(event, A_WHILE)))
    });
    assert_eq!(join([setter]), [Ok(())]);
    let_time_run_out();
    let [late] = join([late]);
    assert!(
        matches!(late, None | Some(Err(Status::THREADING_TIMEOUT))),
        "{late:?}: there was no set after its clear"
    );
    let [early] = join([early]);
    assert!(matches!(early, Ok(()) | Err(Status::THREADING_TIMEOUT)));
    assert_eq!(event::destroy(event), Ok(()));
}

/// A waiter that says that it sleeps, a waker and a time-out meet. Fails when `unpark` says
/// of nobody that it is ASLEEP, when a claim does not keep ASLEEP, and when `Parker::spin` does not
/// set it before the sleep.
fn watches() {
    let_waiters_spin();
    let event = event::new().expect("an event");
    let hasty = spawn(move || event::wait(event, A_WHILE));
    let patient = spawn(move || event::wait(event, Timeout::Forever));
    assert_eq!(set(event), Ok(()));
    let_time_run_out();
    let [hasty, patient] = join([hasty, patient]);
    assert!(matches!(hasty, Ok(()) | Err(Status::THREADING_TIMEOUT)));
    assert_eq!(patient, Ok(()));
    assert_eq!(event::destroy(event), Ok(()));
}

/// Destroying meets use: every call has a status, and none hangs.
/// Fails when `Core::end` does not ask whether somebody is linked, and without PENDING.
fn destroyed() {
    let event = event::new().expect("an event");
    let waiter = spawn(move || event::wait(event, Timeout::Forever));
    let setter = spawn(move || set(event));
    let destroyer = spawn(move || event::destroy(event));
    let [waited, was_set, destroyed] = join([waiter, setter, destroyer]);
    match destroyed {
        Ok(()) => {
            assert!(matches!(waited, Ok(()) | Err(Status::THREADING_DESTROYED)));
            assert!(matches!(was_set, Ok(()) | Err(Status::THREADING_DESTROYED)));
            assert_eq!(set(event), Err(Status::THREADING_DESTROYED));
        }
        Err(status) => {
            assert_eq!((status, waited, was_set), (Status::THREADING_BUSY, Ok(()), Ok(())));
            assert_eq!(event::destroy(event), Ok(()));
        }
    }
}

/// A descriptor that is made while the event is set and cleared shows in the end what the event is.
/// Fails when `clear` does not process what is pending, when `adopt` shows the state that it read
/// before it set HAS_FD, and without PENDING.
fn shows() {
    let event = event::new().expect("an event");
    let asker = spawn(move || event::descriptor(event).map(|_| ()));
    let clearer = spawn(move || {
        set(event)?;
        if event::clear_quickly(event) { Ok(()) } else { event::clear(event) }
    });
    assert_eq!(set(event), Ok(()));
    assert_eq!(join([asker, clearer]), [Ok(()); 2]);
    assert_eq!(event::is_set(event), Ok(readiness::is_readable()));
    assert_eq!(event::destroy(event), Ok(()));
}
