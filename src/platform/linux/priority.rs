//! How urgently the system runs a thread.

use core::ffi::c_long;

/// What a thread is to others that want the same processor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    /// It gets a small part of the time: nice 10.
    Low,
    /// It gets the same time as others: nice 0.
    Normal,
    /// It gets a large part of the time: nice -10.
    High,
    /// It runs before all that are not so: `SCHED_RR` with the lowest real-time priority.
    Realtime,
}

/// The kernel's `struct sched_attr`, as it was at first.
#[repr(C)]
struct Attributes {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    realtime_priority: u32,
    /// The runtime, the deadline and the period of another policy.
    others: [u64; 3],
}

impl Attributes {
    fn of(priority: Priority) -> Attributes {
        let (policy, nice, realtime_priority) = match priority {
            Priority::Low => (libc::SCHED_OTHER, 10, 0),
            Priority::Normal => (libc::SCHED_OTHER, 0, 0),
            Priority::High => (libc::SCHED_OTHER, -10, 0),
            Priority::Realtime => (libc::SCHED_RR, 0, 1),
        };
        let (size, policy) = (size_of::<Attributes>() as u32, policy as u32);
        Attributes { size, policy, flags: 0, nice, realtime_priority, others: [0; 3] }
    }
}

/// Gives the task with that kernel's id the priority, by one system call, which changes all or
/// nothing. False: the system forbids it, and the task keeps what it had. It may change errno.
pub fn set(native_id: u32, wanted: Priority) -> bool {
    let attributes = Attributes::of(wanted);
    let flags: c_long = 0;
    // SAFETY: the attributes have as many bytes as they say.
    unsafe { libc::syscall(libc::SYS_sched_setattr, native_id, &raw const attributes, flags) == 0 }
}
