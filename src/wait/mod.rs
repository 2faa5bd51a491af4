//! The one place where a thread sleeps or is woken.
//!
//! Every slot carries its own queue of waiters in the same cache line as its state word. What a
//! sleeper comes back with is decided by one compare-exchange on its own word ([`waiter`]); who may
//! link, unlink and claim is decided by the queue's lock ([`queue_lock`]). [`exclusive`] and
//! [`turn`] are the slow path of everything that one thread holds at a time, [`until`] that of
//! everything that many wait for, and [`internal`] gives the library's own state locks of the same
//! make. Whom one thread wakes all at once sleep at one [`gate`]. [`window`] is for tests: it makes
//! room where these could go wrong.
//!
//! Lock order: a queue's lock is the innermost; under it there is no allocation, no user code and
//! no other lock.

pub mod adaptive;
pub mod backoff;
pub mod broadcast;
pub mod chain;
pub mod contention;
pub mod lifeline;
pub mod mutex;
pub mod node;
pub mod queue;
pub mod queue_lock;
pub mod this_thread;
pub mod timeout;
pub mod wait_until;
pub mod waiter;
