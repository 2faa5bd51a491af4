//! All models, one file an object.

pub mod any;
pub mod barrier;
pub mod condition;
pub mod deadlock;
pub mod event;
pub mod executor;
pub mod exit;
pub mod harness;
pub mod label;
pub mod last_waits;
pub mod latch;
pub mod lock;
pub mod mode;
pub mod once;
pub mod park;
pub mod queue;
pub mod rlock;
pub mod rwlock;
pub mod semaphore;
pub mod stop;
pub mod switch;
pub mod table;
pub mod thread;
pub mod timeline;
pub mod timer;

/// In the order in which they run.
pub const ALL: &[&[harness::Model]] = &[
    lock::MODELS,
    rlock::MODELS,
    rwlock::MODELS,
    condition::MODELS,
    semaphore::MODELS,
    event::MODELS,
    barrier::MODELS,
    any::MODELS,
    stop::MODELS,
    deadlock::MODELS,
    label::MODELS,
    last_waits::MODELS,
    latch::MODELS,
    mode::MODELS,
    once::MODELS,
    park::MODELS,
    queue::MODELS,
    switch::MODELS,
    table::MODELS,
    executor::MODELS,
    exit::MODELS,
    thread::MODELS,
    timeline::MODELS,
    timer::MODELS,
];
