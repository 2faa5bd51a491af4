//! Looking a few times before going to sleep.

use core::hint;

use crate::system;
#[cfg(loom)]
use crate::wait::futex;

/// A bounded number of looks at a word before going to sleep, further and further apart.
///
/// Between two looks the word is left alone, so that whoever uses the lock meanwhile does so in its own cache: looks that follow
/// each other closely make two processors fight for the cache line at every single acquire.
pub struct Spin {
    round: u32,
    rounds: u32,
}

/// Looks at a word that only one other thread will change, as often as the processor can, for a time that going to sleep and being
/// woken costs.
pub struct Watch {
    end: u64,
}

/// How long one watches, in nanoseconds.
///
/// It has to be longer than a sleeper on an idle processor needs to wake up and answer: up to 15 microseconds in a virtual machine. Else two
/// threads that pass a turn to and fro, once both have slept, never find out that they need not.
const WATCHED: u64 = 20_000;

impl Watch {
    /// Not begun yet.
    pub fn new() -> Watch {
        Watch { end: 0 }
    }

    /// Whether another thread can do anything meanwhile.
    pub fn is_possible() -> bool {
        #[cfg(loom)]
        return futex::waiters_watch();
        #[cfg(not(loom))]
        system::many_processors()
    }

    /// Waits for the next look; false: go to sleep.
    pub fn again(&mut self) -> bool {
        if cfg!(loom) {
            // The look that was taken already is as good as many.
            return false;
        }
        let now = system::now();
        if self.end == 0 {
            self.end = now + WATCHED;
        }
        hint::spin_loop();
        now < self.end
    }
}

/// The time to the first look, in nanoseconds; it doubles from look to look.
const FIRST_LOOK: u64 = 250;
/// Looks before going to sleep: about 8 microseconds, which is what going to sleep and being woken costs.
const LOOKS: u32 = 5;

impl Spin {
    /// None taken yet.
    pub fn new() -> Spin {
        Spin { round: 0, rounds: if system::many_processors() { LOOKS } else { 0 } }
    }

    /// Waits for the next look; false: go to sleep.
    pub fn again(&mut self) -> bool {
        if self.round >= self.rounds {
            return false;
        }
        let end = system::now() + (FIRST_LOOK << self.round);
        self.round += 1;
        while system::now() < end {
            hint::spin_loop();
        }
        true
    }
}
