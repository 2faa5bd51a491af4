//! What threads synchronise with, one file an object.

pub mod barrier;
pub mod condition;
pub mod event;
pub mod any_lock;
pub mod lock;
pub mod rlock;
pub mod semaphore;

use crate::object::table::Slot;

/// The calling thread ends: the slots that it keeps are for others now.
pub fn give_back_kept() {
    barrier::Barrier::table().give_back_kept();
    condition::Condition::table().give_back_kept();
    event::Event::table().give_back_kept();
    lock::Lock::table().give_back_kept();
    rlock::Rlock::table().give_back_kept();
    semaphore::Semaphore::table().give_back_kept();
}
