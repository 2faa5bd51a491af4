//! Looking a few times before going to sleep.

use core::hint;

#[cfg(loom)]
use super::futex;
use super::patience::Patience;
use crate::system;
use crate::timeout::Deadline;

/// A bounded number of looks at a word before going to sleep, further and further apart.
///
/// Between two looks the word is left alone, so that whoever uses the lock meanwhile does so in its own cache: looks that follow
/// each other closely make two processors fight for the cache line at every single acquire.
pub struct Spin<'a> {
    round: u32,
    rounds: u32,
    patience: Option<&'a Patience>,
    tolerated: u32,
}

/// Looks at a word that only one other thread will change, as often as the processor can, for a time that going to sleep and being
/// woken costs.
pub struct Watch {
    deadline: Deadline,
    end: Option<u64>,
}

/// How long one watches, in nanoseconds.
///
/// It has to be longer than a sleeper on an idle processor needs to wake up and answer: up to 15 microseconds in a virtual machine. Else two
/// threads that pass a turn to and fro, once both have slept, never find out that they need not.
const WATCHED: u64 = 20_000;

impl Watch {
    /// Not begun yet, and over at the deadline at the latest.
    pub fn until(deadline: Deadline) -> Watch {
        Watch { deadline, end: None }
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
        let end = *self.end.get_or_insert_with(|| match self.deadline {
            Deadline::At(moment) => moment.min(now + WATCHED),
            Deadline::Never => now + WATCHED,
        });
        hint::spin_loop();
        now < end
    }
}

/// The time to the first look, in nanoseconds; it doubles from look to look.
const FIRST_LOOK: u64 = 250;
/// Looks before going to sleep: about 8 microseconds, which is what going to sleep and being woken costs.
const LOOKS: u32 = 5;

impl<'a> Spin<'a> {
    /// None taken yet.
    pub fn new() -> Spin<'a> {
        Spin { round: 0, rounds: if system::many_processors() { LOOKS } else { 0 }, patience: None, tolerated: 0 }
    }

    /// As `new`, for a thread that has learnt whether it pays: so many times in vain are `tolerated`.
    pub fn learning(patience: Option<&'a Patience>, tolerated: u32) -> Spin<'a> {
        Spin { patience, tolerated, ..Spin::new() }
    }

    /// Waits for the next look; false: go to sleep.
    pub fn again(&mut self) -> bool {
        if self.round == 0 && self.rounds > 0 && self.patience.is_some_and(|patience| !patience.is_worth_it()) {
            return false;
        }
        if self.round >= self.rounds {
            self.ended(true);
            return false;
        }
        let end = system::now() + (FIRST_LOOK << self.round);
        self.round += 1;
        while system::now() < end {
            hint::spin_loop();
        }
        true
    }

    /// What was looked for is there, after some looks or none.
    pub fn paid(&self) {
        self.ended(false);
    }

    fn ended(&self, in_vain: bool) {
        if let Some(patience) = self.patience.filter(|_| self.round > 0) {
            patience.looked(in_vain, self.tolerated);
        }
    }
}
