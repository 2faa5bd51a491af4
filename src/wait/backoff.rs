//! Pauses of a thread that tries again at a word which several threads use.
//!
//! During a pause the word is left alone, so that the threads that use it do so in their own
//! caches: tries without pauses make processors fight for the cache line at every step. On one
//! processor, or where reading the clock costs much, nobody pauses.
//!
//! What all pauses before a sleep are worth is said in `spin_then_park`. The constants:
//!
//! | name              | value  | what set it                                                     |
//! |-------------------|--------|-----------------------------------------------------------------|
//! | `FIRST_PAUSE`     | 250 ns | about two transfers of a cache line between two processors      |
//! | `LEFT_TO_OTHERS`  | 2 us   | 80 times what it takes to acquire an rwlock to read and release |
//! |                   |        | it: two threads that do nothing else take 26 ns for that, with  |
//! |                   |        | 250 ns alone 50; reads of 30 ns and more, or with work between  |
//! |                   |        | them, take the same (2026-11-30, Intel Xeon VM, 2 CPUs)         |
//! | `SOON`            | 2.5 us | longer than others are left alone, and shorter than threads     |
//! |                   |        | take that meet by chance                                        |
//! | `ROUNDS`          | 5      | pauses of 250 ns to 4 us: 8 us, a sleep and a wake of a futex   |
//! | `QUEUE_LOCK_SPINS`| 40     | a holder of a queue's lock needs a few dozen instructions       |
//! | `tolerated_spins` | 64; 0  | locks; others (`mutex::mode`): who parks too readily is served  |
//! |                   |        | less                                                            |

use core::hint;

use crate::platform::clock;
use crate::platform::futex;
use crate::wait::adaptive::AdaptiveSpin;
use crate::wait::contention;

/// Spins with longer and longer pauses, and then says that the thread has to park.
pub struct Backoff<'a> {
    round: u32,
    rounds: u32,
    learnt: Option<&'a AdaptiveSpin>,
    tolerated: u16,
}

/// The first pause, in nanoseconds; it doubles from round to round.
const FIRST_PAUSE: u64 = 250;
/// Rounds before the thread parks: about 8 microseconds, which is what parking and being woken
/// costs.
const ROUNDS: u32 = 5;

impl<'a> Backoff<'a> {
    /// Not begun, for a thread that has learnt whether spinning pays; so many spins in vain are
    /// `tolerated`.
    pub fn learning(learnt: Option<&'a AdaptiveSpin>, tolerated: u16) -> Backoff<'a> {
        let rounds = if futex::can_spin() { ROUNDS } else { 0 };
        Backoff { round: 0, rounds, learnt, tolerated }
    }

    /// Spins until it is done. False: park.
    #[inline(always)]
    pub fn spin_until(mut is_done: impl FnMut() -> bool) -> bool {
        let mut backoff = Backoff::learning(None, 0);
        loop {
            match is_done() {
                false if backoff.again() => {}
                is_done => return is_done,
            }
        }
    }

    /// Pauses before the next try. False: park.
    #[inline]
    pub fn again(&mut self) -> bool {
        self.rounds > 0 && self.pause()
    }

    fn pause(&mut self) -> bool {
        if self.round == 0 && self.learnt.is_some_and(|learnt| !learnt.should_spin()) {
            return false;
        }
        if self.round >= self.rounds {
            self.record(true);
            return false;
        }
        pause_until(clock::now() + (FIRST_PAUSE << self.round));
        self.round += 1;
        true
    }

    /// A try has succeeded, after some pauses or none.
    pub fn succeeded(&self) {
        self.record(false);
    }

    fn record(&self, in_vain: bool) {
        if let Some(learnt) = self.learnt.filter(|_| self.round > 0) {
            learnt.record(in_vain, self.tolerated);
        }
    }
}

fn pause_until(end: u64) {
    while clock::now() < end {
        hint::spin_loop();
    }
}

/// A pause of a thread that has lost a race again, in nanoseconds.
const LEFT_TO_OTHERS: u64 = 2_000;
/// Within so many nanoseconds after its last pause, that is.
const SOON: u64 = 2_500;

/// Pauses before a thread tries again that may acquire what others may acquire too, and was slower
/// than one of them: briefly, or for longer if the last such pause was over just now.
pub fn leave_to_others() {
    if !futex::can_spin() {
        return;
    }
    let now = clock::now();
    let is_soon = now.saturating_sub(contention::left_to_others_until()) < SOON;
    let end = now + if is_soon { LEFT_TO_OTHERS } else { FIRST_PAUSE };
    pause_until(end);
    contention::note_left_to_others(end);
}

/// How often a thread looks at the lock of a queue that is held before it sleeps there. A longer
/// spin means that the holder was preempted.
pub const QUEUE_LOCK_SPINS: u32 = 40;
