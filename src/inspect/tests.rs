//! Tests of what a listener hears of an object's life and of a wait.

use core::cell::RefCell;
use core::ptr;

use crate::object::handle::{Handle, Kind, Tag};
use crate::object::table::Slot;
use crate::object::word::WAITERS;
use crate::probe::{self, Address, Hold, INSPECT, Listener};
use crate::status::Status;
use crate::sync::{condition, event, lock, rlock, semaphore};
use crate::wait::parker::Outcome;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Told {
    Created(u32),
    Acquired(Hold, bool),
    Releasing(Hold),
    Ended(Hold, bool),
    Waiting(bool),
    Woken(u32),
    Before,
    After,
}
use Told::*;

std::thread_local! {
    static TOLD: RefCell<Vec<(usize, Told)>> = const { RefCell::new(Vec::new()) };
}

fn note(object: Address, told: Told) {
    TOLD.with_borrow_mut(|all| all.push((object.addr(), told)));
}

static LISTENER: Listener = Listener {
    created: Some(|object, tag| note(object, Created(Tag(tag).kind()))),
    acquired: Some(|object, hold, tried, _| note(object, Acquired(hold, tried))),
    releasing: Some(|object, hold| note(object, Releasing(hold))),
    ended: Some(|object, hold, held| {
        note(object, Ended(hold, held));
        !held
    }),
    waiting: Some(|object, deadline, _| note(object, Waiting(deadline.is_some()))),
    woken: Some(|object, outcome, _| note(object, Woken(outcome))),
    happens_before: Some(|object| note(object, Before)),
    happens_after: Some(|object| note(object, After)),
    ..Listener::DEAF
};

/// What the listener hears of that object while `run` runs.
fn heard_of<T: Slot>(object: Handle, run: impl FnOnce()) -> Vec<Told> {
    probe::while_heard(&[&LISTENER], run);
    told_of::<T>(object)
}

fn told_of<T: Slot>(object: Handle) -> Vec<Told> {
    let Some(slot) = T::table().get(object.index()) else { return Vec::new() };
    let address = ptr::from_ref(slot.word()).addr();
    TOLD.take().into_iter().filter(|told| told.0 == address).map(|told| told.1).collect()
}

const A_WHILE: Timeout = Timeout::For(1_000_000);
const TIMED_OUT: u32 = Outcome::TimedOut as u32;

fn release_inspected(lock: Handle) -> bool {
    lock::find_inspected(lock).is_some_and(|slot| slot.release_inspected(lock))
}

/// Makes an object while the listener listens.
fn listened<R>(make: impl FnOnce() -> R) -> R {
    probe::while_heard(&[&LISTENER], make)
}

#[test]
fn the_life_of_a_lock_is_told_in_its_order() {
    let lock = listened(|| lock::new().unwrap());
    let told = heard_of::<lock::Lock>(lock, || {
        assert!(!lock::acquire_quickly(lock), "a fast path tells nothing");
        lock::acquire(lock, Timeout::Forever).unwrap();
        assert_eq!(lock::acquire(lock, A_WHILE), Err(Status::THREADING_TIMEOUT));
        lock::release(lock).unwrap();
        lock::acquire(lock, Timeout::Poll).unwrap();
        lock::release(lock).unwrap();
        lock::destroy(lock, |_| true).unwrap();
    });
    let expected = [
        Created(Kind::Lock as u32),
        Acquired(Hold::Exclusive, false),
        Waiting(true),
        Woken(TIMED_OUT),
        Releasing(Hold::Exclusive),
        Acquired(Hold::Exclusive, true),
        Releasing(Hold::Exclusive),
        Ended(Hold::Exclusive, false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_lean_path_tells_as_the_slow_one_and_leaves_to_it_what_others_wait_for() {
    this_thread::ident();
    let lock = listened(|| lock::new().unwrap());
    let told = heard_of::<lock::Lock>(lock, || {
        assert!(!release_inspected(lock));
        assert!(lock::acquire_inspected(lock, 1) && !lock::acquire_inspected(lock, 1));
        assert!(lock::is_held_by_caller(lock) && release_inspected(lock));
        assert!(!release_inspected(lock));
        let slot = lock::Lock::table().get(lock.index()).unwrap();
        lock::acquire(lock, Timeout::Forever).unwrap();
        slot.word().update(|state| Some(state.with(WAITERS))).unwrap();
        assert!(!release_inspected(lock));
        lock::release(lock).unwrap();
        slot.word().update(|state| Some(state.without(WAITERS))).unwrap();
        std::thread::spawn(move || lock::acquire(lock, Timeout::Forever).unwrap()).join().unwrap();
        assert!(release_inspected(lock));
    });
    let expected = [
        Created(Kind::Lock as u32),
        Acquired(Hold::Exclusive, false),
        Releasing(Hold::Exclusive),
        Acquired(Hold::Exclusive, false),
        Releasing(Hold::Exclusive),
        Releasing(Hold::Signal),
    ];
    assert_eq!(told, expected);
    let plain = lock::new().unwrap();
    assert!(!lock::acquire_inspected(plain, 1) && lock::acquire_quickly(plain));
    assert!(!release_inspected(plain) && lock::release_quickly(plain));

    let rlock = listened(|| rlock::new().unwrap());
    let told = heard_of::<rlock::Rlock>(rlock, || {
        assert!(rlock::acquire_inspected(rlock, 1) && !rlock::acquire_inspected(rlock, 1));
        assert!(rlock::acquire_quickly(rlock) && rlock::depth(rlock) == Ok(2));
        assert!(rlock::release_quickly(rlock) && rlock::release_quickly(rlock));
        assert_eq!(rlock::release(rlock), Err(Status::THREADING_NOT_ACQUIRED));
    });
    let expected =
        [Created(Kind::Rlock as u32), Acquired(Hold::Owned, false), Releasing(Hold::Owned)];
    assert_eq!(told, expected);
}

#[test]
fn a_lock_that_another_thread_releases_is_a_signal_from_then_on() {
    let lock = listened(|| lock::new().unwrap());
    std::thread::spawn(move || lock::acquire(lock, Timeout::Forever).unwrap()).join().unwrap();
    let told = heard_of::<lock::Lock>(lock, || {
        lock::release(lock).unwrap();
        lock::acquire(lock, Timeout::Forever).unwrap();
        lock::destroy(lock, |_| false).unwrap();
    });
    let expected = [
        Created(Kind::Lock as u32),
        Releasing(Hold::Signal),
        Acquired(Hold::Signal, false),
        Ended(Hold::Signal, true),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_first_and_the_last_level_of_an_rlock_are_told() {
    let rlock = listened(|| rlock::new().unwrap());
    let told = heard_of::<rlock::Rlock>(rlock, || {
        rlock::acquire(rlock, Timeout::Forever).unwrap();
        rlock::acquire(rlock, Timeout::Forever).unwrap();
        rlock::release(rlock).unwrap();
        rlock::release(rlock).unwrap();
        rlock::destroy(rlock, |_| true).unwrap();
    });
    let expected = [
        Created(Kind::Rlock as u32),
        Acquired(Hold::Owned, false),
        Releasing(Hold::Owned),
        Ended(Hold::Owned, false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_condition_tells_its_own_wait_and_its_lock_what_became_of_that() {
    let lock = listened(|| lock::new().unwrap());
    let condition = listened(|| condition::new_with_lock(lock).unwrap());
    let created = TOLD.take();
    assert_eq!(created.len(), 2);
    let wait = || {
        lock::acquire(lock, Timeout::Forever).unwrap();
        assert_eq!(condition::wait(condition, A_WHILE), Err(Status::THREADING_TIMEOUT));
        lock::release(lock).unwrap();
        condition::destroy(condition, |_| true).unwrap();
        lock::destroy(lock, |_| true).unwrap();
    };
    listened(wait);
    let told: Vec<_> = TOLD.take();
    let (lock, condition) = (created[0].0, created[1].0);
    let expected = [
        (lock, Acquired(Hold::Exclusive, false)),
        (lock, Releasing(Hold::Exclusive)),
        (condition, Waiting(true)),
        (condition, Woken(TIMED_OUT)),
        (lock, Acquired(Hold::Exclusive, false)),
        (lock, Releasing(Hold::Exclusive)),
        (condition, Ended(Hold::Never, false)),
        (lock, Ended(Hold::Exclusive, false)),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_semaphore_tells_its_units_and_an_event_what_it_orders() {
    let semaphore = listened(|| semaphore::new(0, false).unwrap());
    let told = heard_of::<semaphore::Semaphore>(semaphore, || {
        semaphore::release(semaphore, 1).unwrap();
        semaphore::acquire(semaphore, A_WHILE).unwrap();
        semaphore::destroy(semaphore).unwrap();
    });
    let expected = [
        Created(Kind::Semaphore as u32),
        Releasing(Hold::Unit),
        Acquired(Hold::Unit, true),
        Ended(Hold::Unit, false),
    ];
    assert_eq!(told, expected);
    let event = listened(|| event::new().unwrap());
    let told = heard_of::<event::Event>(event, || {
        assert_eq!(event::wait(event, A_WHILE), Err(Status::THREADING_TIMEOUT));
        event::set(event).unwrap();
        event::wait(event, Timeout::Forever).unwrap();
        event::destroy(event).unwrap();
    });
    let expected = [
        Created(Kind::Event as u32),
        Waiting(true),
        Woken(TIMED_OUT),
        Before,
        After,
        Ended(Hold::Never, false),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_wait_that_somebody_ends_tells_how() {
    let event = event::new().unwrap();
    let told = heard_of::<event::Event>(event, || {
        let setter = std::thread::spawn(move || {
            let slot = event::Event::table().get(event.index()).unwrap();
            while !slot.word().load().has(WAITERS) {
                std::thread::yield_now();
            }
            event::set(event).unwrap();
        });
        event::wait(event, Timeout::Forever).unwrap();
        setter.join().unwrap();
    });
    assert_eq!(told, [Waiting(false), Woken(Outcome::HandedOff as u32), After]);
    event::destroy(event).unwrap();
}

#[test]
fn what_is_made_while_nobody_listens_tells_nothing_of_its_fast_paths() {
    let lock = lock::new().unwrap();
    let slot = lock::Lock::table().get(lock.index()).unwrap();
    assert_eq!(slot.word().load().0 & INSPECT, 0);
    lock::acquire(lock, Timeout::Forever).unwrap();
    lock::release(lock).unwrap();
    lock::destroy(lock, |_| true).unwrap();
    assert!(told_of::<lock::Lock>(lock).is_empty());
}
