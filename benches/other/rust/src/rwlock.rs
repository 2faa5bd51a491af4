//! Read-write locks: one that nobody else wants, and one that several threads read and write.

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

/// What one thread did: sections, and how many of them wrote.
type Share = (u64, u64);

fn work<L: RwLock>(lock: &L, stop: &AtomicBool, percent: u64, mut chance: u64) -> Share {
    let mut mine = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        chance = chance.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        if (chance >> 33) % 100 < percent {
            lock.write(|words| words.iter_mut().for_each(|word| *word += 1));
            mine.1 += 1;
        } else if !lock.read(|words| black_box(words[0]) == black_box(words[3])) {
            fail("a read met a write");
        }
        mine.0 += 1;
    }
    mine
}

fn contend<L: RwLock>(threads: usize, percent: u64, long: Duration) -> Sample {
    let lock = Apart(L::default());
    let stop = Apart(AtomicBool::new(false));
    let ready = Barrier::new(threads + 1);
    let (lock, stop, ready) = (&lock, &stop, &ready);
    let (shares, before, taken) = thread::scope(|scope| {
        let start = |seed| {
            scope.spawn(move || {
                ready.wait();
                work(&lock.0, &stop.0, percent, seed)
            })
        };
        let workers: Vec<_> = (1..=threads as u64).map(start).collect();
        let before = Usage::now();
        ready.wait();
        let begin = Instant::now();
        thread::sleep(long);
        stop.0.store(true, Ordering::Relaxed);
        let taken = begin.elapsed();
        let shares: Vec<Share> = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        (shares, before, taken)
    });
    let total: u64 = shares.iter().map(|share| share.0).sum();
    let writes: u64 = shares.iter().map(|share| share.1).sum();
    if lock.0.read(|words| *words) != [writes; 4] {
        fail("the lock let two write at once");
    }
    Sample { value: taken.as_nanos() as f64 / total as f64, extra: before.extra(total as f64) }
}

fn contender<L: RwLock>(threads: usize, percent: u64, long: Duration) -> Contender {
    Contender { who: L::WHO, round: Box::new(move || contend::<L>(threads, percent, long)) }
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
    for threads in [2, 4, 8] {
        for percent in [1, 10, 50] {
            let long = Duration::from_millis(if settings.quick { 10 } else { 50 });
            rows.push(Row {
                group: "rwlock",
                name: "contended rwlock",
                parameters: json!({"threads": threads, "writes_percent": percent}),
                pinned: false,
                rounds: settings.rounds(9, 1),
                contenders: Box::new(move || {
                    vec![
                        contender::<Std>(threads, percent, long),
                        contender::<ParkingLot>(threads, percent, long),
                    ]
                }),
            });
        }
    }
    rows
}
