//! A lock that several threads want.

use crate::harness::{Contender, Row, Sample, Settings, Usage, busy, busy_turns, fail};
use crate::lock::{Apart, Lock};
use serde_json::json;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

type Std = std::sync::Mutex<[u64; 4]>;
type ParkingLot = parking_lot::Mutex<[u64; 4]>;

pub fn rows(settings: &Settings) -> Vec<Row> {
    let mut rows = Vec::new();
    for section in [0, 100, 1000] {
        for threads in [1, 2, 4, 16, 64] {
            if threads == 1 && settings.cpus == 1 {
                continue;
            }
            // With many threads a round must be long enough that a scheduler gives each of them
            // several slices.
            let long = Duration::from_millis(if threads < 16 { 20 } else { 60 });
            let long = if settings.quick { long / 4 } else { long };
            let rounds = settings.rounds(if threads < 16 { 5 } else { 2 }, 1);
            let contenders = move |turns| {
                vec![
                    contender::<Std>(threads, turns, long),
                    contender::<ParkingLot>(threads, turns, long),
                ]
            };
            rows.push(row(
                settings,
                "contended lock",
                threads,
                section,
                rounds,
                Box::new(contenders),
            ));
        }
    }
    if settings.quick || settings.cpus == 1 {
        return rows;
    }
    for section in [0, 1000] {
        for threads in [16, 64] {
            let contenders = move |turns| {
                vec![fairness::<Std>(threads, turns), fairness::<ParkingLot>(threads, turns)]
            };
            rows.push(row(settings, "fairness", threads, section, 1, Box::new(contenders)));
        }
    }
    rows
}

type Contenders = Box<dyn Fn(u64) -> Vec<Contender>>;

fn row(
    settings: &Settings,
    name: &'static str,
    threads: usize,
    section: u64,
    rounds: usize,
    make: Contenders,
) -> Row {
    Row {
        group: if name == "fairness" { name } else { "contended" },
        name,
        parameters: json!({"threads": threads, "section_ns": section, "cpus": settings.cpus}),
        pinned: true,
        rounds,
        contenders: Box::new(move || make(busy_turns(section))),
    }
}

fn contender<L: Lock>(threads: usize, turns: u64, long: Duration) -> Contender {
    let round = move || {
        let mut sample = contend::<L>(threads, turns, long, false).0;
        // Apart, since noting how long each wait is would slow the others down.
        sample.extra.extend(contend::<L>(threads, turns, long / 4, true).1.extra());
        sample
    };
    Contender { who: L::WHO, round: Box::new(round) }
}

fn fairness<L: Lock>(threads: usize, turns: u64) -> Contender {
    let round = move || {
        let (mut sample, waits) = contend::<L>(threads, turns, Duration::from_secs(1), true);
        sample.extra.extend(waits.extra());
        sample
    };
    Contender { who: L::WHO, round: Box::new(round) }
}

fn contend<L: Lock>(threads: usize, turns: u64, long: Duration, watched: bool) -> (Sample, Waits) {
    let lock = Apart(L::default());
    let stop = Apart(AtomicBool::new(false));
    let ready = Barrier::new(threads + 1);
    let (lock, stop, ready) = (&lock, &stop, &ready);
    let (shares, before, taken) = thread::scope(|scope| {
        let work = move || {
            let mut mine = Share::default();
            // Twice: the clock is read when all are there and none has begun.
            ready.wait();
            ready.wait();
            while !stop.0.load(Ordering::Relaxed) {
                let asked = watched.then(Instant::now);
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
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        ready.wait();
        let before = Usage::now();
        let begin = Instant::now();
        ready.wait();
        thread::sleep(long.saturating_sub(begin.elapsed()));
        stop.0.store(true, Ordering::Relaxed);
        let taken = begin.elapsed();
        let shares: Vec<Share> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        (shares, before, taken)
    });
    let total: u64 = shares.iter().map(|share| share.sections).sum();
    let least = shares.iter().map(|share| share.sections).min().unwrap_or(0);
    if lock.0.section(|words| *words) != [total; 4] {
        fail("the lock let two in at once");
    }
    let mut extra = before.extra(total as f64);
    extra.push(("least_percent", 100.0 * least as f64 * threads as f64 / total as f64));
    let mut together = Waits::default();
    shares.iter().for_each(|share| together.add(&share.waits));
    (Sample { value: taken.as_nanos() as f64 / total as f64, extra }, together)
}

/// What one thread did.
#[derive(Default)]
struct Share {
    sections: u64,
    waits: Waits,
}

/// Waits counted by length; eight steps for each doubling.
pub struct Waits {
    counts: [u64; 64 * 8],
    longest: u64,
}

impl Default for Waits {
    fn default() -> Self {
        Waits { counts: [0; 64 * 8], longest: 0 }
    }
}

impl Waits {
    pub fn note(&mut self, nanoseconds: u64) {
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

    pub fn extra(&self) -> [(&'static str, f64); 2] {
        [
            ("p999_us", self.quantile(0.999) as f64 / 1e3),
            ("longest_wait_ms", self.longest as f64 / 1e6),
        ]
    }

    pub fn add(&mut self, other: &Waits) {
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
                return if place < 8 {
                    place as u64
                } else {
                    ((place - exponent * 8 + 1) as u64) << exponent
                };
            }
            left -= count;
        }
        fail("no wait was noted")
    }
}
