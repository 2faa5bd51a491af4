//! What `posix/signals.rs` says, where no signals interrupt a thread: in a model, and on Windows,
//! whose C library only has calls in a thread that has failed, or in one of its own.

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

/// Why a signal's handler was not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotHandled {
    /// The program handles or ignores the signal.
    InUse,
    /// There is no such signal.
    NoSuchSignal,
}

/// A handler of a signal.
pub type Handler = extern "C" fn(i32);

/// There is no such signal.
pub fn handle(_signal: i32, _handler: Handler) -> Result<(), NotHandled> {
    Err(NotHandled::NoSuchSignal)
}

/// As above.
pub fn give_back(_signal: i32, _handler: Handler) {}

/// As above.
pub fn number_of(_text: &[u8]) -> Option<i32> {
    None
}

/// There are no alternate stacks.
pub fn is_on_smaller_stack(_bytes: usize) -> bool {
    false
}
