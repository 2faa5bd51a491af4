//! What can only be brought about, or seen, from the inside: a waiter that gives up between two
//! steps of others, and what a wait records.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::*;

/// Starts a waiter whose time is short. True: it was notified before it gave up.
fn waits_and_is_notified(
    lock: Handle,
    condition: Handle,
    answer: mpsc::Sender<Result<(), Status>>,
) -> bool {
    thread::spawn(move || {
        lock::acquire(lock, Timeout::Forever).unwrap();
        let waited = wait(condition, Timeout::For(30_000_000));
        lock::release(lock).unwrap();
        answer.send(waited).unwrap();
    });
    let (slot, held) = find(condition).unwrap();
    while !slot.core.word.load().has(WAITERS) {
        thread::yield_now();
    }
    lock::acquire(lock, Timeout::Forever).unwrap();
    notify(condition, 1).unwrap();
    held.core().word.load().has(WAITERS)
}

#[test]
fn a_release_that_passes_over_a_notified_waiter_that_gave_up_does_not_leave_it_asleep() {
    let lock = lock::new().unwrap();
    let condition = new_with_lock(lock).unwrap();
    let (answer, answers) = mpsc::channel();
    while !waits_and_is_notified(lock, condition, answer.clone()) {
        // The waiter gave up too early.
        lock::release(lock).unwrap();
        assert_eq!(answers.recv().unwrap(), Err(Status::THREADING_TIMEOUT));
    }
    {
        // While the queue's lock is held, the waiter can decide to give up, and no more.
        let (_, held) = find(condition).unwrap();
        let guard = held.core().lock();
        while guard.first().is_some_and(|node| node.parker().is_undecided()) {
            thread::yield_now();
        }
        held.mutex().release_under(&guard, lock).unwrap();
    }
    assert_eq!(answers.recv_timeout(Duration::from_secs(60)), Ok(Ok(())));
    destroy(condition, |_| true).unwrap();
    lock::destroy(lock, |_| true).unwrap();
}

#[test]
fn a_wait_without_a_deadline_records_when_it_began() {
    let lock = lock::new().unwrap();
    let condition = new_with_lock(lock).unwrap();
    let before = clock::now();
    let waiter = thread::spawn(move || {
        lock::acquire(lock, Timeout::Forever).unwrap();
        wait(condition, Timeout::Forever).unwrap();
        lock::release(lock).unwrap();
    });
    let (slot, _) = find(condition).unwrap();
    // The thread notes it after it has released the lock.
    let soon = Deadline::At(before + 60_000_000_000);
    let arrival = loop {
        let arrival = slot.core.lock().first_arrival().unwrap_or(0);
        if arrival != 0 || soon.passed() {
            break arrival;
        }
        thread::yield_now();
    };
    assert!(before <= arrival && arrival <= clock::now());
    lock::acquire(lock, Timeout::Forever).unwrap();
    notify(condition, 1).unwrap();
    lock::release(lock).unwrap();
    waiter.join().unwrap();
    destroy(condition, |_| true).unwrap();
    lock::destroy(lock, |_| true).unwrap();
}
