//! What the layers above have to know about Windows.

/// Slots in the static first segment of a table. The system promises memory for all of them when it
/// loads the library, so they are fewer than where that costs nothing.
pub const FIRST_SEGMENT: usize = 1 << 14;

/// Whether a thread keeps a slot that it has freed for the next object of that kind.
pub const THREADS_CACHE_SLOTS: bool = true;

/// Whether a word can change between two looks of a thread that spins or yields.
pub const BUSY_WAITS: bool = true;

/// Whether a thread learns from its waits how to wait the next time.
pub const LEARNS: bool = true;

/// Whether processes fork: they do not.
pub const FORKS: bool = false;

/// Whether the main thread may end, by `ExitThread`, while the process goes on.
pub const MAIN_MAY_LEAVE: bool = true;

/// Whether waits are counted (`wait::mutex::waits`).
pub const COUNTS_WAITS: bool = true;

/// How many events of the timeline a thread keeps.
pub const RING_EVENTS: usize = 4096;

/// How many of its last waits a thread keeps.
pub const KEPT_WAITS: usize = 32;
