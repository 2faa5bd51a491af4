//! Waiting: the one place where a thread sleeps or is woken.
//!
//! Every slot carries its own queue of waiters in the same cache line as its state word
//! ([`queue`]). Every wait for one object goes through one function ([`park`]). One
//! compare-exchange on a waiter's own word decides the outcome of its wait ([`parker`]). The
//! queue's lock guards linking, unlinking and claiming ([`queue_lock`]).
//!
//! Three modules build on that: [`mutex`] for objects that are acquired and released,
//! [`wait_until`] for states that many threads wait for, and [`any`] for several objects of which
//! one is taken. A thread spins for a while before it parks
//! ([`spin_then_park`], [`backoff`], [`adaptive`]). [`this_thread`] is the calling thread's ident
//! and waiter, and [`thread_exit`] its exit hook.
//!
//! Lock order: under a queue's lock there is no allocation, no user code and no other lock, with
//! one exception: a condition takes its own queue's lock and then that of its lock's queue.

pub mod adaptive;
pub mod any;
pub mod backoff;
pub mod broadcast;
pub mod contention;
pub mod entries;
pub mod holder_note;
pub mod lifeline;
pub mod lifetime;
pub mod list;
pub mod member;
pub mod mutex;
pub mod park;
pub mod parker;
pub mod queue;
pub mod queue_lock;
pub mod spin_then_park;
pub mod this_thread;
pub mod thread_exit;
pub mod timeout;
pub mod turn;
pub mod wait_record;
pub mod wait_until;
pub mod waiter;
