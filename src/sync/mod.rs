//! The synchronisation objects, one file each; the rwlock has a folder.

pub mod any_lock;
pub mod barrier;
pub mod condition;
pub mod event;
pub mod event_fd;
pub mod interrupts;
pub mod latch;
pub mod lock;
pub mod once;
pub mod notified;
pub mod queue;
pub mod rlock;
pub mod rwlock;
pub mod semaphore;
pub mod stop;
