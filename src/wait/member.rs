//! How an object is waited for together with others: what an object's file says of its kind.

use crate::object::handle::Handle;
use crate::object::word::State;
use crate::platform::clock;
use crate::status::Status;
use crate::wait::mutex::mode::Mode;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::queue::{Core, Rules};

/// An object that a thread waits for, alone or together with others.
#[derive(Clone, Copy)]
pub struct Member {
    /// Its handle, whose tag its word has.
    pub object: Handle,
    /// Its word and its queue.
    pub core: &'static Core,
    /// How it is waited for.
    pub means: &'static Means,
    /// When it comes by itself, in nanoseconds of the monotonic clock; 0: never.
    pub expires: u64,
}

/// How the objects of one kind are waited for.
pub struct Means {
    /// What holders of the queue's lock owe to the object.
    pub rules: &'static Rules,
    /// What a waiter gets.
    pub way: Way,
    /// The object that has come for this one's waiters as well when it has come: a stop's parent.
    pub above: Option<fn(&Member) -> Option<Member>>,
    /// Called when the calling thread has got it. `tried`: only if it was free, or within a time.
    pub taken: fn(&Member, bool) -> Result<(), Status>,
}

/// How many members a chain has at most. One that ends meanwhile may lead anywhere, but not on and
/// on.
pub const LONGEST_CHAIN: usize = 16;

/// What a waiter gets.
pub enum Way {
    /// It acquires a mutex, in that mode. The core is that of a `RawMutex`.
    Acquire(&'static Mode),
    /// A state is reached, and stays what it is for all who wait.
    Reach {
        /// Whether it is reached, or was since a waiter took that note.
        reached: fn(State, Option<u32>) -> bool,
        /// What a waiter's node notes of the state in which it arrives.
        note: fn(State) -> u32,
        /// Whether an object that has ended since the wait began had reached it before.
        gone_is_reached: bool,
    },
}

impl Member {
    /// The member, and all above it.
    pub fn chain(self) -> impl Iterator<Item = Member> {
        core::iter::successors(Some(self), |member| {
            member.means.above.and_then(|above| above(member))
        })
        .take(LONGEST_CHAIN)
    }

    /// Takes it if it is ready, with one change of the word; else nothing has changed. `noted` is
    /// what an earlier round of the same wait has noted; the wait is that of the thread `ident`.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
    #[inline]
    pub fn try_take(&self, noted: Option<u32>, ident: impl Fn() -> u64) -> Result<bool, Status> {
        match self.means.way {
            Way::Acquire(mode) => {
                let acquire = |state: State| {
                    (self.lives(state) && mode.is_free(state)).then(|| mode.acquired(state))
                };
                match self.core.word.update(acquire) {
                    Ok(_) => {
                        RawMutex::around(self.core).set_holder(ident());
                        Ok(true)
                    }
                    Err(state) if self.lives(state) => Ok(false),
                    Err(state) => Err(state.gone(self.object.tag())),
                }
            }
            Way::Reach { .. } => self.is_ready(self.core.word.load(), noted),
        }
    }

    /// Whether a waiter that finds the word so need not wait.
    ///
    /// # Errors
    /// `THREADING_INVALID_HANDLE`, `THREADING_DESTROYED`.
    #[inline]
    pub fn is_ready(&self, state: State, noted: Option<u32>) -> Result<bool, Status> {
        match self.means.way {
            Way::Reach { gone_is_reached: true, .. } if !self.lives(state) => Ok(true),
            _ if !self.lives(state) => Err(state.gone(self.object.tag())),
            Way::Acquire(mode) => Ok(mode.is_free(state)),
            Way::Reach { reached, .. } => Ok(reached(state, noted) || self.has_expired()),
        }
    }

    /// What a node notes that is linked in that state.
    pub fn note(&self, state: State) -> u32 {
        match self.means.way {
            Way::Acquire(_) => 0,
            Way::Reach { note, .. } => note(state),
        }
    }

    #[inline]
    fn lives(&self, state: State) -> bool {
        state.is(self.object.tag())
    }

    /// Whether it has come by itself.
    pub fn has_expired(&self) -> bool {
        self.expires != 0 && clock::now() >= self.expires
    }
}
