//! Looking a few times before going to sleep.

use core::hint;

use crate::system;

/// A bounded number of looks at a word before going to sleep, further and further apart.
///
/// Between two looks the word is left alone, so that whoever uses the lock meanwhile does so in its own cache: looks that follow
/// each other closely make two processors fight for the cache line at every single acquire.
pub struct Spin {
    round: u32,
    rounds: u32,
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
