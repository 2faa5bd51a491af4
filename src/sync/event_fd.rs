//! The descriptor of an event: its number, and what it shows.
//!
//! All of it is guarded by the queue's lock of the event, and valid while the event's word says
//! that there is a descriptor.
//!
//! After a fork the child shares the file with its parent. So the child leaves it alone, and makes
//! a file of its own when the program asks for the descriptor there.

use crate::atomic::{AtomicU32, Ordering};
use crate::platform::fork_epoch::epoch;
use crate::platform::readiness;

/// See the top of this file. All zero before the first use.
pub struct Descriptor {
    number: AtomicU32,
    /// The fork epoch in which the file was made.
    epoch: AtomicU32,
    /// 1 if it is readable.
    shows: AtomicU32,
}

impl Descriptor {
    fn number(&self) -> i32 {
        // ORDERING: Relaxed, all in this file: the queue's lock guards it.
        self.number.load(Ordering::Relaxed) as i32
    }

    fn is_this_processs(&self) -> bool {
        // ORDERING: as above.
        self.epoch.load(Ordering::Relaxed) == epoch()
    }

    /// The number, unless the file is the parent's, or the program has closed it.
    pub fn get(&self) -> Option<i32> {
        let number = self.number();
        (self.is_this_processs() && readiness::is_own(number)).then_some(number)
    }

    /// Takes over a file that was made for it and is not readable. `had`: there was one before,
    /// whose number it gets if that is still free for it. Returns the number.
    pub fn set(&self, made: i32, had: bool) -> i32 {
        let before = self.number();
        let replaced = had && !self.is_this_processs() && readiness::replace(before, made);
        let number = if replaced { before } else { made };
        // ORDERING: as above.
        self.number.store(number as u32, Ordering::Relaxed);
        self.epoch.store(epoch(), Ordering::Relaxed);
        self.shows.store(0, Ordering::Relaxed);
        number
    }

    /// Makes it readable, or not. A signal handler may call this.
    pub fn show(&self, readable: bool) {
        let shows = u32::from(readable);
        // ORDERING: as above.
        if self.is_this_processs() && self.shows.load(Ordering::Relaxed) != shows {
            self.shows.store(shows, Ordering::Relaxed);
            readiness::show(self.number(), readable);
        }
    }

    /// Closes it.
    pub fn close(&self) {
        readiness::close(self.number());
    }
}
