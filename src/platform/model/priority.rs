//! What `linux/priority.rs` says, for a model, which permits all but real time.

/// What a thread is to others that want the same processor.
#[allow(missing_docs)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Priority {
    Low,
    Normal,
    High,
    Realtime,
}

/// False: it is not permitted.
pub fn set(_native_id: u32, wanted: Priority) -> bool {
    wanted != Priority::Realtime
}
