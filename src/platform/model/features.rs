//! What `posix/features.rs` says, for a model.

/// So few that a model grows a table.
pub const FIRST_SEGMENT: usize = 1 << 3;

/// Threads of a model take turns at the free list, which is what is explored.
pub const THREADS_CACHE_SLOTS: bool = false;

/// A look that was taken is as good as many: what is found a moment later is another interleaving,
/// which loom tries anyway.
pub const BUSY_WAITS: bool = false;

/// What was learnt would outlive the execution, and the next one would not repeat its steps.
pub const LEARNS: bool = false;

/// Models do not fork.
pub const FORKS: bool = false;

/// The main thread of a model stays to its end.
pub const MAIN_MAY_LEAVE: bool = false;

/// Whether waits are counted (`wait::mutex::waits`). In a model nobody asks, and each step of it
/// multiplies what there is to explore.
pub const COUNTS_WAITS: bool = false;

/// How many events of the timeline a thread keeps.
pub const RING_EVENTS: usize = 2;

/// How many of its last waits a thread keeps.
pub const KEPT_WAITS: usize = 2;
