//! Models of the one park: what others see of a wait, and a waiter that is linked into two queues.

use std::ptr;

use loom::thread::JoinHandle;
use threading::object::handle::Handle;
use threading::object::table::Slot;
use threading::object::word::WAITERS;
use threading::platform::clock::Deadline;
use threading::status::Status;
use threading::sync::condition::{self, Condition};
use threading::sync::event::{self, Event};
use threading::sync::lock::{self, Lock};
use threading::wait::list::Node;
use threading::wait::parker::Outcome;
use threading::wait::queue::Core;
use threading::wait::spin_then_park::WaitKind;
use threading::wait::timeout::Timeout;
use threading::wait::wait_record::Wait;
use threading::wait::waiter::Waiter;

use super::harness::{A_WHILE, Model, join, let_time_run_out, spawn, spawn_with};

pub const MODELS: &[Model] = &[
    Model {
        name: "park: an observer sees one wait whole, or none",
        preemptions: 2,
        moves_time: true,
        run: observed,
    },
    Model {
        name: "park: an observer sees a notified waiter at the condition, and then at the lock",
        preemptions: 2,
        moves_time: false,
        run: observed_while_requeued,
    },
    Model {
        name: "park: of two wakers at two queues one claims the waiter",
        preemptions: 3,
        moves_time: false,
        run: two_queues,
    },
    Model {
        name: "park: a time-out meets two wakers at two queues",
        preemptions: 2,
        moves_time: true,
        run: two_queues_and_time,
    },
];

/// What an observer has seen: object, kind and the address of the queue.
type Seen = Option<(Handle, u32, usize)>;

fn observe(waiter: &'static Waiter) -> Seen {
    waiter.observe().map(|look| (look.wait.object, look.wait.kind, look.home))
}

fn address<T: Slot>(handle: Handle) -> usize {
    T::table().find(handle).map_or(0, |(slot, _)| ptr::from_ref(slot).addr())
}

/// A thread waits for one event, then for another. An observer sees the object and its queue as
/// they belong together. Fails when `withdraw` does not make the epoch odd, when `publish`
/// does not change it, and when `observe` does not look at it twice.
fn observed() {
    let event = event::new().expect("an event");
    let other = event::new().expect("an event");
    let waiter = Waiter::new(1).expect("a waiter");
    let at_first = (event, WaitKind::Event as u32, address::<Event>(event));
    let at_second = (other, WaitKind::Event as u32, address::<Event>(other));
    // Each wait goes on until the thread looks at the clock. When that is, is not asked here.
    let_time_run_out();
    let waits = spawn_with(waiter, move || {
        let answers = [event::wait(event, A_WHILE), event::wait(other, A_WHILE)];
        assert_eq!(answers, [Err(Status::THREADING_TIMEOUT); 2]);
    });
    let looks = spawn(move || {
        if let Some(seen) = observe(waiter) {
            assert!(seen == at_first || seen == at_second, "{seen:?} is no wait of the thread");
        }
    });
    join([waits, looks]);
    assert_eq!(observe(waiter), None, "the thread waits no more");
}

/// A thread waits for a notify, and is moved to its lock's queue. An observer sees it wait for the
/// condition in the condition's queue, or for the lock in the lock's. Fails when `requeue` does not
/// withdraw the wait before it writes.
fn observed_while_requeued() {
    let lock = lock::new().expect("a lock");
    let condition = condition::new_with_lock(lock).expect("a condition");
    let waiter = Waiter::new(1).expect("a waiter");
    assert_eq!(lock::acquire(lock, Timeout::Forever), Ok(()));
    let waits = spawn_with(waiter, move || {
        // The lock comes with the thread that starts this one.
        assert_eq!(condition::wait(condition, Timeout::Forever), Ok(()));
        assert_eq!(lock::release(lock), Ok(()));
    });
    let at_condition = (condition, WaitKind::Event as u32, address::<Condition>(condition));
    let at_lock = (lock, WaitKind::Lock as u32, address::<Lock>(lock));
    let looks = spawn(move || {
        if let Some(seen) = observe(waiter) {
            assert!(seen == at_condition || seen == at_lock, "{seen:?} is no wait of the thread");
        }
    });
    assert_eq!(lock::acquire(lock, Timeout::Forever), Ok(()));
    assert_eq!(condition::notify(condition, 1), Ok(()));
    assert_eq!(lock::release(lock), Ok(()));
    join([waits, looks]);
}

/// A waiter with a node in each of two queues.
struct Linked {
    waiter: &'static Waiter,
    queues: [&'static Core; 2],
    nodes: [&'static Node; 2],
}

fn queue() -> &'static Core {
    Box::leak(Box::new(Core::INTERNAL))
}

/// Links the calling thread's waiter into both queues, each under its own lock.
fn link(waiter: &'static Waiter, queues: [&'static Core; 2]) -> Linked {
    let second: &'static Node = Box::leak(Box::new(Node::UNUSED));
    second.belongs_to(&waiter.parker);
    let nodes = [waiter.own_node(), second];
    let (object, kind) = (Handle::NULL, WaitKind::Event);
    let wait = Wait { object, kind, ident: waiter.handle().0, broadcast: None };
    let epoch = waiter.parker.prepare_park(&wait, Deadline::Never);
    for (queue, node) in queues.into_iter().zip(nodes) {
        let guard = queue.lock();
        let _ = queue.word.update(|state| Some(state.with(WAITERS)));
        node.outcome.set(Outcome::TimedOut);
        guard.link_last(node);
    }
    waiter.parker.record.publish(epoch);
    Linked { waiter, queues, nodes }
}

impl Linked {
    /// Unlinks every node through which the waiter was not claimed, and says through which it was.
    fn leave(&self, outcome: Outcome) -> Option<usize> {
        let is_claimed = |node: &&Node| {
            outcome != Outcome::TimedOut
                && self.waiter.parker.claimed_through() == ptr::from_ref(*node).cast()
        };
        for (queue, node) in self.queues.into_iter().zip(self.nodes) {
            if !is_claimed(&node) {
                queue.lock().unlink(node);
            }
        }
        self.nodes.iter().position(is_claimed)
    }
}

/// A waker: whether it has claimed somebody, who is then handed what the waker has.
fn wake(queue: &'static Core) -> bool {
    let guard = queue.lock();
    let Some(node) = guard.claim_first() else { return false };
    guard.clear_waiters_if_empty();
    guard.defer_wake(node, Outcome::HandedOff);
    true
}

fn waits_at_both(deadline: Timeout) -> ([&'static Core; 2], JoinHandle<Option<usize>>) {
    let queues = [queue(), queue()];
    let waiter = Waiter::new(1).expect("a waiter");
    let waits = spawn_with(waiter, move || {
        let linked = link(waiter, queues);
        let outcome = waiter.parker.park(deadline.deadline());
        linked.leave(outcome)
    });
    (queues, waits)
}

/// Two wakers meet one waiter at two queues: one of them claims it, at most, and it knows through
/// which node. Fails when `claim` does not note the node, and when a claim takes a waiter that is
/// claimed already.
fn two_queues() {
    let (queues, waits) = waits_at_both(Timeout::Forever);
    let wakers = queues.map(|queue| spawn(move || wake(queue)));
    let [first, second] = join(wakers);
    assert!(!(first && second), "one waiter was claimed twice");
    // Both may have come before it was linked.
    let first = first || (!second && wake_until_claimed(queues[0]));
    let [claimed_through] = join([waits]);
    assert_eq!(claimed_through, Some(usize::from(!first)));
    for queue in queues {
        assert!(queue.lock().is_empty());
        assert!(!queue.word.load().has(WAITERS), "the empty queue says that somebody waits");
    }
}

fn wake_until_claimed(queue: &'static Core) -> bool {
    while !wake(queue) {
        loom::thread::yield_now();
    }
    true
}

/// As above, and the time runs out: the waiter has what a waker says that it gave, and nothing
/// else. Fails when `give_up` takes a wait from a waker that has claimed it.
fn two_queues_and_time() {
    let (queues, waits) = waits_at_both(A_WHILE);
    let wakers = queues.map(|queue| spawn(move || wake(queue)));
    let given = join(wakers);
    let_time_run_out();
    let [claimed_through] = join([waits]);
    assert_eq!(claimed_through, given.iter().position(|&given| given));
    for queue in queues {
        assert!(queue.lock().is_empty());
    }
}
