//! What `signals.rs` says, for a model, which has no signals.

/// A signal mask: always empty.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignalMask(pub u64);

impl SignalMask {
    /// The calling thread's.
    pub fn of_calling_thread() -> SignalMask {
        SignalMask(0)
    }

    /// Makes it the calling thread's.
    pub fn apply(self) {}
}

/// Which signals a thread of the library's own leaves to the program's threads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Signals {
    /// All.
    All,
    /// All but those that mean a fault of the code that runs.
    AllButFaults,
}

/// Blocks them in the calling thread.
pub fn block(_which: Signals) {}
