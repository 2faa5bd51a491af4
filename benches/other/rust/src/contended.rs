//! A lock that several threads want.

use crate::harness::{Contender, Row, Sample, Settings, Usage, busy, busy_turns, fail};
use crate::lock::{Apart, Lock};
use serde_json::json;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub fn rows(settings: &Settings) -> Vec<Row> {
    let mut rows = Vec::new();
    for section in [0, 100, 1000] {
        for threads in [1, 2, 4, 16, 64] {
            rows.push(row(settings, "contended lock", threads, section, Duration::from_millis(30), false));
        }
    }
    for threads in [16, 64] {
        rows.push(row(settings, "fairness", threads, 100, Duration::from_secs(1), true));
    }
    rows
}

fn row(settings: &Settings, name: &'static str, threads: usize, section: u64, long: Duration, fairness: bool) -> Row {
    let long = if settings.quick { long / 4 } else { long };
    Row {
        group: "lock",
        name,
        parameters: json!({"threads": threads, "section_ns": section, "cpus": settings.cpus}),
        pinned: true,
        rounds: if fairness { 1 } else { settings.rounds(5, 2) },
        contenders: Box::new(move || {
            let turns = busy_turns(section);
            vec![
                contender::<std::sync::Mutex<[u64; 4]>>(threads, turns, long, fairness),
                contender::<parking_lot::Mutex<[u64; 4]>>(threads, turns, long, fairness),
            ]
        }),
    }
}

fn contender<L: Lock>(threads: usize, turns: u64, long: Duration, fairness: bool) -> Contender {
    Contender { who: L::WHO, round: Box::new(move || contend::<L>(threads, turns, long, fairness)) }
}

fn contend<L: Lock>(threads: usize, turns: u64, long: Duration, fairness: bool) -> Sample {
    let lock = Apart(L::default());
    let stop = Apart(AtomicBool::new(false));
    let ready = Barrier::new(threads + 1);
    let (lock, stop, ready) = (&lock, &stop, &ready);
    let (shares, before, taken) = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(move || {
                    let mut mine = Share::default();
                    ready.wait();
                    while !stop.0.load(Ordering::Relaxed) {
                        let asked = fairness.then(Instant::now);
                        lock.0.section(|words| {
                            if let Some(asked) = asked {
                                mine.waits.note(asked.elapsed().as_nanos() as u64);
                            }
                            for word in words {
                                *word += 1;
                            }
                            busy(turns);
                        });
                        mine.sections += 1;
                    }
                    mine
                })
            })
            .collect();
        let before = Usage::now();
        ready.wait();
        let begin = Instant::now();
        thread::sleep(long);
        stop.0.store(true, Ordering::Relaxed);
        let shares: Vec<Share> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        (shares, before, begin.elapsed())
    });
    let total: u64 = shares.iter().map(|share| share.sections).sum();
    let least = shares.iter().map(|share| share.sections).min().unwrap_or(0);
    if lock.0.section(|words| *words) != [total; 4] {
        fail("the lock let two in at once");
    }
    let mut extra = before.extra(total as f64);
    extra.push(("least_percent", 100.0 * least as f64 * threads as f64 / total as f64));
    if fairness {
        let mut together = Waits::default();
        shares.iter().for_each(|share| together.add(&share.waits));
        extra.push(("longest_wait_ms", together.longest as f64 / 1e6));
        extra.push(("p999_us", together.quantile(0.999) as f64 / 1e3));
    }
    Sample { value: taken.as_nanos() as f64 / total as f64, extra }
}

/// What one thread did.
#[derive(Default)]
struct Share {
    sections: u64,
    waits: Waits,
}

/// Waits counted by length; eight steps for each doubling.
struct Waits {
    counts: [u64; 64 * 8],
    longest: u64,
}

impl Default for Waits {
    fn default() -> Self {
        Waits { counts: [0; 64 * 8], longest: 0 }
    }
}

impl Waits {
    fn note(&mut self, nanoseconds: u64) {
        self.longest = self.longest.max(nanoseconds);
        self.counts[Self::place(nanoseconds)] += 1;
    }

    fn place(nanoseconds: u64) -> usize {
        if nanoseconds < 8 {
            return nanoseconds as usize;
        }
        let exponent = 60 - nanoseconds.leading_zeros() as usize;
        exponent * 8 + (nanoseconds >> exponent) as usize
    }

    fn add(&mut self, other: &Waits) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.longest = self.longest.max(other.longest);
    }

    /// The upper end of the step in which that part of the waits ends.
    fn quantile(&self, part: f64) -> u64 {
        let total: u64 = self.counts.iter().sum();
        let mut left = (part * total as f64).ceil() as u64;
        for (place, &count) in self.counts.iter().enumerate() {
            if count >= left {
                let exponent = (place / 8).saturating_sub(1);
                return if place < 8 { place as u64 } else { ((place - exponent * 8 + 1) as u64) << exponent };
            }
            left -= count;
        }
        fail("no wait was noted")
    }
}
