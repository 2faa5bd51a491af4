//! Read-write locks: one that nobody else wants, and one that several threads read and write.

use crate::contended::Waits;
use crate::harness::{Contender, Row, Sample, Settings, Usage, alone, fail};
use crate::lock::Apart;
use serde_json::json;
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

/// A read-write lock around the four words that every write increments.
trait RwLock: Default + Send + Sync + 'static {
    const WHO: &'static str;
    fn read<R>(&self, body: impl FnOnce(&[u64; 4]) -> R) -> R;
    fn write<R>(&self, body: impl FnOnce(&mut [u64; 4]) -> R) -> R;
}

type Std = std::sync::RwLock<[u64; 4]>;
type ParkingLot = parking_lot::RwLock<[u64; 4]>;

impl RwLock for Std {
    const WHO: &'static str = "rust_std";
    fn read<R>(&self, body: impl FnOnce(&[u64; 4]) -> R) -> R {
        body(&self.read().unwrap())
    }
    fn write<R>(&self, body: impl FnOnce(&mut [u64; 4]) -> R) -> R {
        body(&mut self.write().unwrap())
    }
}

impl RwLock for ParkingLot {
    const WHO: &'static str = "parking_lot";
    fn read<R>(&self, body: impl FnOnce(&[u64; 4]) -> R) -> R {
        body(&self.read())
    }
    fn write<R>(&self, body: impl FnOnce(&mut [u64; 4]) -> R) -> R {
        body(&mut self.write())
    }
}

fn uncontended<L: RwLock>(long: Duration, reads: bool) -> Contender {
    let lock = Arc::new(Apart(L::default()));
    alone(L::WHO, long, move |operations| {
        for _ in 0..operations {
            if reads {
                black_box(&lock).0.read(|words| {
                    black_box(words);
                });
            } else {
                black_box(&lock).0.write(|words| {
                    black_box(words);
                });
            }
        }
    })
}

/// What one thread did.
#[derive(Default)]
struct Share {
    sections: u64,
    writes: u64,
    waits: Waits,
}

/// Only waits to write are noted, if any are.
fn work<L: RwLock>(lock: &L, stop: &AtomicBool, how: How, mut chance: u64) -> Share {
    let mut mine = Share::default();
    while !stop.load(Ordering::Relaxed) {
        chance = chance.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        if (chance >> 33) % 100 < how.percent {
            let asked = how.watched.then(Instant::now);
            lock.write(|words| {
                if let Some(asked) = asked {
                    mine.waits.note(asked.elapsed().as_nanos() as u64);
                }
                words.iter_mut().for_each(|word| *word += 1);
            });
            mine.writes += 1;
        } else if !lock.read(|words| black_box(words[0]) == black_box(words[3])) {
            fail("a read met a write");
        }
        mine.sections += 1;
    }
    mine
}

#[derive(Clone, Copy)]
struct How {
    threads: usize,
    percent: u64,
    long: Duration,
    watched: bool,
}

fn contend<L: RwLock>(how: How) -> Sample {
    let lock = Apart(L::default());
    let stop = Apart(AtomicBool::new(false));
    let ready = Barrier::new(how.threads + 1);
    let (lock, stop, ready) = (&lock, &stop, &ready);
    let (shares, before, taken) = thread::scope(|scope| {
        let start = |seed| {
            scope.spawn(move || {
                ready.wait();
                work(&lock.0, &stop.0, how, seed)
            })
        };
        let workers: Vec<_> = (1..=how.threads as u64).map(start).collect();
        let before = Usage::now();
        ready.wait();
        let begin = Instant::now();
        thread::sleep(how.long);
        stop.0.store(true, Ordering::Relaxed);
        let taken = begin.elapsed();
        let shares: Vec<Share> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        (shares, before, taken)
    });
    let total: u64 = shares.iter().map(|share| share.sections).sum();
    let writes: u64 = shares.iter().map(|share| share.writes).sum();
    if lock.0.read(|words| *words) != [writes; 4] {
        fail("the lock let two write at once");
    }
    let mut extra = before.extra(total as f64);
    if how.watched {
        let mut together = Waits::default();
        shares.iter().for_each(|share| together.add(&share.waits));
        extra.extend(together.extra());
    }
    Sample { value: taken.as_nanos() as f64 / total as f64, extra }
}

fn contender<L: RwLock>(how: How) -> Contender {
    Contender { who: L::WHO, round: Box::new(move || contend::<L>(how)) }
}

fn contended_row(settings: &Settings, how: How) -> Row {
    let rounds = if how.watched { settings.rounds(3, 1) } else { settings.rounds(9, 1) };
    Row {
        group: "rwlock",
        name: if how.watched { "longest wait to write" } else { "contended rwlock" },
        parameters: json!({"threads": how.threads, "writes_percent": how.percent}),
        pinned: false,
        rounds,
        contenders: Box::new(move || vec![contender::<Std>(how), contender::<ParkingLot>(how)]),
    }
}

pub fn rows(settings: &Settings) -> Vec<Row> {
    let long = settings.long();
    let mut rows: Vec<Row> = [true, false]
        .map(|reads| Row {
            group: "rwlock",
            name: if reads { "rwlock uncontended, read" } else { "rwlock uncontended, write" },
            parameters: json!({}),
            pinned: false,
            rounds: settings.rounds(21, 5),
            contenders: Box::new(move || {
                vec![uncontended::<Std>(long, reads), uncontended::<ParkingLot>(long, reads)]
            }),
        })
        .into();
    let quickly = if settings.quick { 5 } else { 1 };
    for threads in [2, 4, 8] {
        for percent in [1, 10, 50] {
            let long = Duration::from_millis(50 / quickly);
            rows.push(contended_row(settings, How { threads, percent, long, watched: false }));
        }
    }
    for threads in [4, 8] {
        let long = Duration::from_millis(500 / quickly);
        rows.push(contended_row(settings, How { threads, percent: 10, long, watched: true }));
    }
    rows
}
