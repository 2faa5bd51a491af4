//! How urgently Windows runs a thread.

use super::api::{self, THREAD_SET_INFORMATION};
use super::thread::Opened;

/// What a thread is to others that want the same processor. Windows runs the most urgent first, and
/// now and then one that has waited for long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// After the others: `THREAD_PRIORITY_LOWEST`.
    Low,
    /// As others: `THREAD_PRIORITY_NORMAL`.
    Normal,
    /// Before the others: `THREAD_PRIORITY_HIGHEST`.
    High,
    /// Before all of the process: `THREAD_PRIORITY_TIME_CRITICAL`.
    Realtime,
}

/// Gives the thread with that id the priority. False: the system forbids it, and the thread keeps
/// what it had. It may change the last error.
pub fn set(native_id: u32, wanted: Priority) -> bool {
    let number = match wanted {
        Priority::Low => -2,
        Priority::Normal => 0,
        Priority::High => 2,
        Priority::Realtime => 15,
    };
    let Some(thread) = Opened::new(THREAD_SET_INFORMATION, native_id) else { return false };
    // SAFETY: the handle is the one that was opened above.
    unsafe { api::SetThreadPriority(thread.0, number) != 0 }
}
