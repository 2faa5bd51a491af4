//! Locks that nobody else wants.

use crate::harness::{Contender, Row, Settings, alone, fail};
use serde_json::json;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

/// No two locks share a cache line, nor a pair of lines that some machines fetch together.
#[derive(Default)]
#[repr(align(128))]
pub struct Apart<T>(pub T);

/// A lock around the four words that every section increments.
pub trait Lock: Default + Send + Sync + 'static {
    const WHO: &'static str;
    fn section<R>(&self, body: impl FnOnce(&mut [u64; 4]) -> R) -> R;
    fn is_held(&self) -> bool;
}

impl Lock for std::sync::Mutex<[u64; 4]> {
    const WHO: &'static str = "rust_std";
    fn section<R>(&self, body: impl FnOnce(&mut [u64; 4]) -> R) -> R {
        body(&mut self.lock().unwrap())
    }
    fn is_held(&self) -> bool {
        self.try_lock().is_err()
    }
}

impl Lock for parking_lot::Mutex<[u64; 4]> {
    const WHO: &'static str = "parking_lot";
    fn section<R>(&self, body: impl FnOnce(&mut [u64; 4]) -> R) -> R {
        body(&mut self.lock())
    }
    fn is_held(&self) -> bool {
        self.try_lock().is_none()
    }
}

fn uncontended<L: Lock>(long: Duration) -> Contender {
    let lock = Arc::new(Apart(L::default()));
    alone(L::WHO, long, move |operations| {
        for _ in 0..operations {
            black_box(&lock).0.section(|words| {
                black_box(words);
            });
        }
    })
}

fn held<L: Lock>(long: Duration) -> Contender {
    let lock = Arc::new(Apart(L::default()));
    alone(L::WHO, long, move |operations| {
        lock.0.section(|_| {
            for _ in 0..operations {
                if !black_box(&lock).0.is_held() {
                    fail("a lock was taken that is held");
                }
            }
        });
    })
}

/// The standard library's reentrant lock is not for users yet.
fn reentrant(long: Duration, nested: bool) -> Contender {
    let lock = Arc::new(Apart(parking_lot::ReentrantMutex::new(())));
    alone("parking_lot", long, move |operations| {
        let outer = nested.then(|| lock.0.lock());
        for _ in 0..operations {
            drop(black_box(&lock).0.lock());
        }
        drop(outer);
    })
}

pub fn rows(settings: &Settings) -> Vec<Row> {
    let long = settings.long();
    let row = |name, contenders: Box<dyn Fn() -> Vec<Contender>>| Row {
        group: "lock",
        name,
        parameters: json!({}),
        pinned: false,
        rounds: settings.rounds(21, 5),
        contenders,
    };
    type Std = std::sync::Mutex<[u64; 4]>;
    type ParkingLot = parking_lot::Mutex<[u64; 4]>;
    vec![
        row(
            "lock uncontended",
            Box::new(move || vec![uncontended::<Std>(long), uncontended::<ParkingLot>(long)]),
        ),
        row(
            "try on a held lock",
            Box::new(move || vec![held::<Std>(long), held::<ParkingLot>(long)]),
        ),
        row("rlock first level", Box::new(move || vec![reentrant(long, false)])),
        row("rlock nested", Box::new(move || vec![reentrant(long, true)])),
    ]
}
