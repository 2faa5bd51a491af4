//! Threads that wait for each other: with a lock and conditions, and at a barrier.

use crate::harness::{Contender, Row, Sample, Settings, timed, together};
use serde_json::json;
use std::collections::VecDeque;
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// A lock around a state, and two conditions.
trait Monitor<T>: Send + Sync + 'static {
    const WHO: &'static str;
    fn new(state: T) -> Self;
    /// Takes the lock, waits on one condition until the state is as it must be, changes it, and
    /// notifies the other.
    fn enter<R>(
        &self,
        on: usize,
        until: impl Fn(&T) -> bool,
        then: impl FnOnce(&mut T) -> R,
        notify: Notify,
    ) -> R;
}

#[derive(Clone, Copy)]
enum Notify {
    Nobody,
    One(usize),
    All(usize),
}

struct Std<T>(std::sync::Mutex<T>, [std::sync::Condvar; 2]);

impl<T: Send + 'static> Monitor<T> for Std<T> {
    const WHO: &'static str = "rust_std";
    fn new(state: T) -> Self {
        Std(std::sync::Mutex::new(state), Default::default())
    }
    fn enter<R>(
        &self,
        on: usize,
        until: impl Fn(&T) -> bool,
        then: impl FnOnce(&mut T) -> R,
        notify: Notify,
    ) -> R {
        let mut state = self.0.lock().unwrap();
        while !until(&state) {
            state = self.1[on].wait(state).unwrap();
        }
        let result = then(&mut state);
        match notify {
            Notify::Nobody => {}
            Notify::One(condition) => self.1[condition].notify_one(),
            Notify::All(condition) => self.1[condition].notify_all(),
        }
        result
    }
}

struct ParkingLot<T>(parking_lot::Mutex<T>, [parking_lot::Condvar; 2]);

impl<T: Send + 'static> Monitor<T> for ParkingLot<T> {
    const WHO: &'static str = "parking_lot";
    fn new(state: T) -> Self {
        ParkingLot(parking_lot::Mutex::new(state), Default::default())
    }
    fn enter<R>(
        &self,
        on: usize,
        until: impl Fn(&T) -> bool,
        then: impl FnOnce(&mut T) -> R,
        notify: Notify,
    ) -> R {
        let mut state = self.0.lock();
        while !until(&state) {
            self.1[on].wait(&mut state);
        }
        let result = then(&mut state);
        match notify {
            Notify::Nobody => {}
            Notify::One(condition) => _ = self.1[condition].notify_one(),
            Notify::All(condition) => _ = self.1[condition].notify_all(),
        }
        result
    }
}

pub fn rows(settings: &Settings) -> Vec<Row> {
    let (long, cpus) = (2 * settings.long(), settings.cpus);
    let mut rows = vec![Row {
        group: "ping_pong",
        name: "ping-pong condition",
        parameters: json!({"cpus": cpus}),
        pinned: true,
        rounds: settings.rounds(15, 3),
        contenders: Box::new(move || {
            vec![passes::<Std<usize>>(long), passes::<ParkingLot<usize>>(long)]
        }),
    }];
    for waiters in if cpus == 1 { &[8, 64][..] } else { &[2, 8, 64, 512] } {
        let waiters = *waiters;
        rows.push(Row {
            group: "broadcast",
            name: "broadcast",
            parameters: json!({"waiters": waiters, "cpus": cpus}),
            pinned: true,
            rounds: settings.rounds(9, 3),
            contenders: Box::new(move || {
                vec![crowd::<Std<Wait>>(waiters), crowd::<ParkingLot<Wait>>(waiters)]
            }),
        });
    }
    for threads in [2, 8, 64] {
        rows.push(Row {
            group: "barrier",
            name: "barrier",
            parameters: json!({"threads": threads, "cpus": cpus}),
            pinned: true,
            rounds: settings.rounds(9, 3),
            contenders: Box::new(move || vec![barrier(threads, long)]),
        });
    }
    for pairs in [1, 4] {
        for slots in [1, 16, 1024] {
            rows.push(Row {
                group: "queue",
                name: "queue",
                parameters: json!({
                    "slots": slots, "producers": pairs, "consumers": pairs, "cpus": cpus
                }),
                pinned: true,
                rounds: settings.rounds(5, 3),
                contenders: Box::new(move || {
                    vec![
                        queue::<Std<Ring>>(pairs, slots, long),
                        queue::<ParkingLot<Ring>>(pairs, slots, long),
                    ]
                }),
            });
        }
    }
    rows
}

/// A number guarded by a lock says whose turn it is.
fn passes<M: Monitor<usize>>(long: Duration) -> Contender {
    timed(M::WHO, long, |passes| {
        let monitor = &M::new(0);
        let body = |index| {
            move || {
                for _ in 0..passes.div_ceil(2) {
                    monitor.enter(
                        0,
                        |&turn| turn == index,
                        |turn| *turn = 1 - index,
                        Notify::One(0),
                    );
                }
            }
        };
        together(vec![body(0), body(1)]).0
    })
}

#[derive(Default)]
struct Wait {
    waiting: usize,
    left: usize,
    generation: u64,
}

/// Waiters that are there until the program ends. Who has left its wait stays away from the lock
/// until the next round, so that it is in nobody's way.
fn crowd<M: Monitor<Wait>>(size: usize) -> Contender {
    let monitor = Arc::new(M::new(Wait::default()));
    let gate = Arc::new(Barrier::new(size + 1));
    let (awake, all_awake) = mpsc::channel();
    for _ in 0..size {
        let (monitor, gate, awake) = (monitor.clone(), gate.clone(), awake.clone());
        thread::spawn(move || {
            for generation in 1.. {
                gate.wait();
                monitor.enter(0, |_| true, |state| state.waiting += 1, Notify::Nobody);
                let left = |state: &mut Wait| {
                    state.left += 1;
                    state.left
                };
                if monitor.enter(0, |state| state.generation == generation, left, Notify::Nobody)
                    == size
                {
                    awake.send(Instant::now()).unwrap();
                }
            }
        });
    }
    let round = move || {
        gate.wait();
        while monitor.enter(0, |_| true, |state| state.waiting, Notify::Nobody) < size {
            thread::yield_now();
        }
        // So that the last have fallen asleep.
        thread::sleep(Duration::from_micros(200 + 5 * size as u64));
        let next = |state: &mut Wait| {
            *state = Wait { waiting: 0, left: 0, generation: state.generation + 1 };
            Instant::now()
        };
        let begin = monitor.enter(0, |_| true, next, Notify::All(0));
        let last = all_awake.recv().unwrap();
        Sample { value: (last - begin).as_nanos() as f64 / size as f64, extra: Vec::new() }
    };
    Contender { who: M::WHO, round: Box::new(round) }
}

fn barrier(threads: usize, long: Duration) -> Contender {
    timed("rust_std", long, move |rounds| {
        let barrier = &Barrier::new(threads);
        let body = move || {
            for _ in 0..rounds {
                barrier.wait();
            }
        };
        together(vec![body; threads]).0
    })
}

struct Ring {
    items: VecDeque<usize>,
    slots: usize,
}

/// Every producer puts its share of the items, every consumer takes as many; what came out is what
/// went in.
fn queue<M: Monitor<Ring>>(pairs: usize, slots: usize, long: Duration) -> Contender {
    timed(M::WHO, long, move |items| {
        let each = items / pairs + 1;
        let monitor = &M::new(Ring { items: VecDeque::with_capacity(slots), slots });
        let not_full = |ring: &Ring| ring.items.len() < ring.slots;
        let not_empty = |ring: &Ring| !ring.items.is_empty();
        let put = move |item| {
            monitor.enter(0, not_full, |ring| ring.items.push_back(item), Notify::One(1))
        };
        let get = move || {
            monitor.enter(1, not_empty, |ring| ring.items.pop_front().unwrap(), Notify::One(0))
        };
        let body = |produces: bool| {
            move || {
                if produces {
                    (0..each).for_each(put);
                    0
                } else {
                    (0..each).map(|_| get()).sum::<usize>()
                }
            }
        };
        let (taken, got) = together((0..2 * pairs).map(|index| body(index < pairs)).collect());
        assert_eq!(
            got.iter().sum::<usize>(),
            pairs * (each * (each - 1) / 2),
            "a queue lost an item, or gave one twice"
        );
        taken.mul_f64(items as f64 / (each * pairs) as f64)
    })
}
