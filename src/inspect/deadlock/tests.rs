//! Threads that move are never accused, and threads that wait in a circle always are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::{Certainty, Graph};
use crate::inspect::waits;
use crate::object::handle::Handle;
use crate::platform::widen;
use crate::sync::{lock, rlock, rwlock};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// The tests look at the whole process, so one runs at a time.
static ALONE: Mutex<()> = Mutex::new(());

const LOCKS: usize = 12;
const MOVERS: u64 = 8;

fn acquire(object: Handle) {
    let acquired = match object.tag() {
        tag if tag.kind() == crate::object::handle::Kind::Lock as u32 => {
            lock::acquire_quickly(object) || lock::acquire(object, Timeout::Forever).is_ok()
        }
        tag if tag.kind() == crate::object::handle::Kind::Rwlock as u32 => {
            rwlock::write::acquire_quickly(object)
                || rwlock::write::acquire(object, Timeout::Forever).is_ok()
        }
        _ => rlock::acquire_quickly(object) || rlock::acquire(object, Timeout::Forever).is_ok(),
    };
    assert!(acquired);
}

fn release(object: Handle) {
    let released = match object.tag() {
        tag if tag.kind() == crate::object::handle::Kind::Lock as u32 => {
            lock::release_quickly(object) || lock::release(object).is_ok()
        }
        tag if tag.kind() == crate::object::handle::Kind::Rwlock as u32 => {
            rwlock::write::release_quickly(object) || rwlock::write::release(object).is_ok()
        }
        _ => rlock::release_quickly(object) || rlock::release(object).is_ok(),
    };
    assert!(released);
}

fn locks() -> Vec<Handle> {
    (0..LOCKS)
        .map(|number| match number % 3 {
            0 => lock::new(),
            1 => rlock::new(),
            _ => rwlock::slot::new(),
        })
        .map(|made| made.expect("memory"))
        .collect()
}

/// Takes two or three of the locks, in their order, until it is told to stop.
fn keep_moving(locks: &[Handle], mut seed: u64, gap: Option<(u32, u64)>, stop: &AtomicBool) {
    this_thread::ident();
    if let Some((one_of, nanoseconds)) = gap {
        widen(one_of, nanoseconds);
    }
    // ORDERING: Relaxed: it only ends the loop.
    while !stop.load(Ordering::Relaxed) {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let first = (seed >> 33) as usize % (LOCKS - 2);
        let second = first + 1 + (seed >> 40) as usize % (LOCKS - first - 1);
        acquire(locks[first]);
        acquire(locks[second]);
        if seed >> 60 == 0 {
            thread::yield_now();
        }
        release(locks[second]);
        release(locks[first]);
    }
    widen(0, 0);
}

/// How many of so many looks at moving threads find a deadlock, with the second look and without.
fn accused(looks: usize, gap: Option<(u32, u64)>) -> (usize, usize) {
    let locks = locks();
    let stop = AtomicBool::new(false);
    let mut accused = (0, 0);
    thread::scope(|scope| {
        for seed in 0..MOVERS {
            let (locks, stop) = (&locks, &stop);
            scope.spawn(move || keep_moving(locks, seed, gap, stop));
        }
        for _ in 0..looks {
            let mut graph = Graph::collect().expect("memory");
            accused.0 += usize::from(graph.next_circle().is_some());
            let mut graph = Graph::collect().expect("memory");
            let found = graph.next_that(|_, _| Some(Certainty::Certain));
            accused.1 += usize::from(found.is_some());
        }
        // ORDERING: Relaxed: as in `keep_moving`.
        stop.store(true, Ordering::Relaxed);
    });
    accused
}

/// Looks until the finder that does not look twice has been wrong, so that the test tests anything.
fn never_accused(looks: usize, gap: Option<(u32, u64)>) {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let end = Instant::now() + Duration::from_secs(60);
    let (mut validated, mut unvalidated, mut rounds) = (0, 0, 0);
    while rounds == 0 || (unvalidated == 0 && Instant::now() < end) {
        let accused = accused(looks, gap);
        validated += accused.0;
        unvalidated += accused.1;
        rounds += 1;
    }
    println!("{rounds} times {looks} looks: {validated} accused, {unvalidated} at one look");
    assert_eq!(validated, 0);
    assert_ne!(unvalidated, 0, "a finder that looks once was never wrong");
}

#[test]
fn threads_that_move_are_never_accused() {
    never_accused(20_000, None);
}

/// A thread that has acquired a lock may be preempted before it notes itself.
#[test]
fn threads_that_move_are_never_accused_when_they_stay_in_the_gap() {
    never_accused(5_000, Some((512, 2_000_000)));
}

/// Threads that wait for each other in a circle through those locks.
fn plant(locks: &[Handle]) -> Vec<u64> {
    let size = locks.len();
    let idents = Mutex::new(vec![0; size]);
    let all_hold = Barrier::new(size + 1);
    thread::scope(|scope| {
        for (number, own) in locks.iter().enumerate() {
            let (idents, all_hold, next) = (&idents, &all_hold, locks[(number + 1) % size]);
            scope.spawn(move || {
                idents.lock().unwrap()[number] = this_thread::ident();
                acquire(*own);
                all_hold.wait();
                acquire(next);
                release(next);
                // Released by the test, if it is a lock.
                let _ = lock::release(*own);
            });
        }
        all_hold.wait();
        let mut found = find();
        while found.is_none() {
            thread::yield_now();
            found = find();
        }
        let (circle, certainty) = found.expect("a circle");
        assert_eq!(certainty, Certainty::Probable);
        assert_eq!(circle.len(), size);
        let idents = idents.lock().unwrap().clone();
        let start = idents.iter().position(|ident| *ident == circle[0]).expect("one of them");
        let expected = (0..size).map(|number| idents[(start + number) % size]);
        assert!(expected.eq(circle.iter().copied()), "not in the order in which they wait");
        // Any thread may release a lock, and then there is no deadlock any more.
        lock::release(locks[0]).expect("held");
        assert!(find().is_none());
        idents
    })
}

fn find() -> Option<(Vec<u64>, Certainty)> {
    let mut graph = Graph::collect().expect("memory");
    let circle = graph.next_circle()?;
    Some((circle.waits().map(|wait| wait.ident).collect(), circle.certainty))
}

#[test]
fn threads_that_wait_in_a_circle_are_found_in_their_order_and_no_more_once_it_is_broken() {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    for size in 2..=10 {
        let locks: Vec<Handle> = (0..size).map(|_| lock::new().expect("memory")).collect();
        let idents = plant(&locks);
        waits::for_each(|wait| {
            assert!(!idents.contains(&wait.ident));
            true
        });
    }
}
