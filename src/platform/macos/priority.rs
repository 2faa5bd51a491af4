//! How urgently the system runs a thread.

use super::thread_ports;

/// What a thread is to others that want the same processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// It gets a small part of the time.
    Low,
    /// It gets the same time as others.
    Normal,
    /// It gets a large part of the time.
    High,
    /// It runs before all that are not so. Here that is for those who say in advance how much time
    /// they need, and how often.
    Realtime,
}

/// How far the priority of a thread goes from that of its process.
const STEP: libc::integer_t = 15;

/// Gives the thread with that kernel's id the priority, by one call of the kernel, which changes
/// all or nothing. False: the system forbids it, and the thread keeps what it had. It may change
/// errno.
pub fn set(native_id: u32, wanted: Priority) -> bool {
    let importance = match wanted {
        Priority::Low => -STEP,
        Priority::Normal => 0,
        Priority::High => STEP,
        Priority::Realtime => return false,
    };
    let mut policy = libc::thread_precedence_policy { importance };
    let kind = libc::THREAD_PRECEDENCE_POLICY as _;
    let count = libc::THREAD_PRECEDENCE_POLICY_COUNT;
    thread_ports::with(native_id, |port| {
        // SAFETY: the policy has as many numbers as are said.
        unsafe {
            libc::thread_policy_set(port, kind, (&raw mut policy).cast(), count)
                == libc::KERN_SUCCESS
        }
    })
    .unwrap_or(false)
}
