//! How urgently the system runs a thread.

/// What a thread is to others that want the same processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// It gets a small part of the time. Only processes have such a one here.
    Low,
    /// It gets the same time as others.
    Normal,
    /// It gets a large part of the time. Only processes have such a one here.
    High,
    /// It runs before all that are not so, with the lowest real-time priority.
    Realtime,
}

/// Gives the thread with that kernel's id the priority, by one system call, which changes all or
/// nothing. False: the system forbids it, or does not have it for threads, and the thread keeps
/// what it had. It may change errno.
pub fn set(native_id: u32, wanted: Priority) -> bool {
    let (kind, priority) = match wanted {
        Priority::Normal => (libc::RTP_PRIO_NORMAL, 0),
        Priority::Realtime => (libc::RTP_PRIO_REALTIME, libc::RTP_PRIO_MAX),
        Priority::Low | Priority::High => return false,
    };
    let mut wanted = libc::rtprio { type_: kind, prio: priority };
    // SAFETY: the priority is a valid one.
    unsafe { libc::rtprio_thread(libc::RTP_SET, native_id as libc::lwpid_t, &mut wanted) == 0 }
}
