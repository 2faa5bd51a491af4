//! The port for loom: threads, keys, sleeping and time of a model.

pub mod clock;
pub mod features;
pub mod futex;
pub mod pthread;
pub mod robust;
pub mod signals;
pub mod system;
pub mod tasks;

/// Everything is as it was when the process began. To be called first of all in an execution, after
/// `atomic::begin_execution`. `moves_time`: time runs out in the model.
pub fn begin_execution(moves_time: bool) {
    clock::begin_execution(moves_time);
    futex::begin_execution();
    pthread::begin_execution();
}
