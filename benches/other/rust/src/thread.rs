//! A thread that does nothing.

use crate::harness::{Row, Settings, alone};
use serde_json::json;
use std::thread;

pub fn rows(settings: &Settings) -> Vec<Row> {
    let long = 2 * settings.long();
    let start_and_join = |threads| {
        for _ in 0..threads {
            thread::spawn(|| {}).join().unwrap();
        }
    };
    vec![Row {
        group: "thread",
        name: "thread start + join",
        parameters: json!({"cpus": settings.cpus}),
        pinned: true,
        rounds: settings.rounds(15, 3),
        contenders: Box::new(move || vec![alone("rust_std", long, start_and_join)]),
    }]
}
