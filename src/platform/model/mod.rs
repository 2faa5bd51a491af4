//! The port for loom: its files stand here, each in the place of the real one.

use crate::platform::futex;
use crate::platform::pthread;
use crate::platform::time_source;

/// Everything is as it was when the process began. To be called first of all in an execution, after
/// `atomic::begin_execution`. `moves_time`: time runs out in the model.
pub fn begin_execution(moves_time: bool) {
    time_source::begin_execution(moves_time);
    futex::begin_execution();
    pthread::begin_execution();
}
