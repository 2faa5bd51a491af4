//! The one place where a thread sleeps or is woken.
//!
//! Every slot carries its own queue of waiters in the same cache line as its state word
//! ([`queue`]). Every wait goes through one function ([`park`]). What a sleeper comes back with is
//! decided by one compare-exchange on its own word ([`parker`]). Who may link, unlink and claim is
//! decided by the queue's lock ([`queue_lock`]).
//!
//! On top of that stand [`mutex`], for what is acquired and released, and [`wait_until`], for what
//! many wait for. Before a thread parks it spins for a while ([`backoff`], [`adaptive`]).
//!
//! Lock order: under a queue's lock there is no allocation, no user code and no other lock, with
//! one exception: a condition takes its own queue's lock and then that of its lock's queue.

pub mod adaptive;
pub mod backoff;
pub mod broadcast;
pub mod contention;
pub mod lifeline;
pub mod lifetime;
pub mod list;
pub mod mutex;
pub mod park;
pub mod parker;
pub mod queue;
pub mod queue_lock;
pub mod this_thread;
pub mod thread_exit;
pub mod timeout;
pub mod wait_record;
pub mod wait_until;
pub mod waiter;
