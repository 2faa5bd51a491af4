//! Rows and their rounds, statistics, the busy loop, and the form in which results are written.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::{Duration, Instant};
use std::{mem, process, thread};

pub fn fail(text: &str) -> ! {
    eprintln!("{text}");
    process::exit(1)
}

pub struct Settings {
    pub quick: bool,
    /// 1, or 2 for as many as there are: what rows are told apart by.
    pub cpus: usize,
}

impl Settings {
    pub fn new(quick: bool) -> Self {
        let cpus = thread::available_parallelism().map_or(1, usize::from).min(2);
        Settings { quick, cpus }
    }

    /// How long a round of a loop is.
    pub fn long(&self) -> Duration {
        Duration::from_millis(if self.quick { 2 } else { 8 })
    }

    pub fn rounds(&self, full: usize, quick: usize) -> usize {
        if self.quick { quick } else { full }
    }
}

/// What one round of one contender gave: the value of the row, and whatever else was counted
/// meanwhile.
pub struct Sample {
    pub value: f64,
    pub extra: Vec<(&'static str, f64)>,
}

/// One that does the same work as the others of its row.
pub struct Contender {
    pub who: &'static str,
    pub round: Box<dyn FnMut() -> Sample>,
}

/// One line of the table. Its contenders are made when its turn comes, since making them may take
/// memory and time.
pub struct Row {
    pub group: &'static str,
    pub name: &'static str,
    pub parameters: Value,
    /// Means something on one CPU too.
    pub pinned: bool,
    pub rounds: usize,
    pub contenders: Box<dyn Fn() -> Vec<Contender>>,
}

impl Row {
    /// Every round begins with another contender, so that a machine that slows down slows all of
    /// them. One round before is not counted, unless there is only one, which is long.
    pub fn measure(&self) -> Value {
        let mut contenders = (self.contenders)();
        let mut samples: Vec<Vec<Sample>> = Vec::new();
        for contender in &mut contenders {
            if self.rounds > 1 {
                (contender.round)();
            }
            samples.push(Vec::new());
        }
        for round in 0..self.rounds {
            for index in 0..contenders.len() {
                let at = (index + round) % contenders.len();
                samples[at].push((contenders[at].round)());
            }
        }
        let results: Vec<Value> = contenders
            .iter()
            .zip(samples)
            .map(|(contender, samples)| self.summary(contender.who, &samples))
            .collect();
        json!({
            "group": self.group, "row": self.name, "parameters": self.parameters,
            "unit": "ns", "better": "lower", "results": results
        })
    }

    /// The longest wait is that of all rounds; all else is the median of the rounds.
    fn summary(&self, who: &str, samples: &[Sample]) -> Value {
        let mut values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
        let mut found: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
        for &(name, value) in samples.iter().flat_map(|sample| &sample.extra) {
            found.entry(name).or_default().push(value);
        }
        let mut extra = Map::new();
        for (name, mut values) in found {
            let part = if name.starts_with("longest") { 1.0 } else { 0.5 };
            extra.insert(name.to_owned(), json!(quantile(&mut values, part)));
        }
        let [low, median, high] = [0.25, 0.5, 0.75].map(|part| quantile(&mut values, part));
        let parameters = self.parameters.to_string();
        println!(
            "{:<28} {parameters:<64} {who:<12} {median:>12.1} ns ({low:.1} - {high:.1})",
            self.name
        );
        json!({"who": who, "median": median, "low": low, "high": high, "extra": extra})
    }
}

pub fn report(rows: Vec<Value>) -> String {
    let report = json!({
        "program": "rust_bench",
        "versions": {"Rust": env!("RUSTC_VERSION"), "parking_lot": env!("PARKING_LOT_VERSION")},
        "missing": [],
        "rows": rows,
    });
    format!("{report:#}\n")
}

/// The value below which `part` of the values lie (0.5: the median); interpolates, and sorts the
/// values.
pub fn quantile(values: &mut [f64], part: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = part * (values.len() - 1) as f64;
    let below = place as usize;
    let above = values[(below + 1).min(values.len() - 1)];
    values[below] + (place - below as f64) * (above - values[below])
}

/// A contender whose round does so much that it fills `long`; `work` does so many operations and
/// tells how long they took. The value is nanoseconds an operation. Caches and clock frequency are
/// warm afterwards.
pub fn timed(
    who: &'static str,
    long: Duration,
    mut work: impl FnMut(usize) -> Duration + 'static,
) -> Contender {
    let mut operations = 64;
    let mut taken = work(operations);
    while taken <= long / 4 {
        operations *= 2;
        taken = work(operations);
    }
    operations = 1 + (operations as f64 * long.as_secs_f64() / taken.as_secs_f64()) as usize;
    let round = move || Sample {
        value: work(operations).as_nanos() as f64 / operations as f64,
        extra: Vec::new(),
    };
    Contender { who, round: Box::new(round) }
}

/// For work of one thread, which has nothing to get ready.
pub fn alone(
    who: &'static str,
    long: Duration,
    mut work: impl FnMut(usize) + 'static,
) -> Contender {
    timed(who, long, move |operations| {
        let begin = Instant::now();
        work(operations);
        begin.elapsed()
    })
}

/// Runs the bodies at once. The time is from when all are ready until the last has ended.
pub fn together<R: Send, F: FnOnce() -> R + Send>(bodies: Vec<F>) -> (Duration, Vec<R>) {
    let ready = &Barrier::new(bodies.len() + 1);
    thread::scope(|scope| {
        let start = |body: F| {
            scope.spawn(move || {
                // Twice: the clock is read when all are there and none has begun.
                ready.wait();
                ready.wait();
                body()
            })
        };
        let workers: Vec<_> = bodies.into_iter().map(start).collect();
        ready.wait();
        let begin = Instant::now();
        ready.wait();
        let found = workers.into_iter().map(|worker| worker.join().unwrap()).collect();
        (begin.elapsed(), found)
    })
}

/// Keeps a CPU busy and touches no memory: each turn waits for the multiplication of the one
/// before.
#[inline]
pub fn busy(turns: u64) {
    let mut x = turns;
    for _ in 0..turns {
        x = black_box(x.wrapping_mul(6364136223846793005).wrapping_add(1));
    }
}

/// Turns of `busy` that take so long: by the quickest of several tries, since whatever else happens
/// can only make one slower.
pub fn busy_turns(nanoseconds: u64) -> u64 {
    const TURNS: u64 = 200_000;
    let quickest = (0..20).map(|_| {
        let begin = Instant::now();
        busy(TURNS);
        begin.elapsed().as_nanos() as u64
    });
    nanoseconds * TURNS / quickest.min().unwrap_or(1).max(1)
}

/// CPU seconds and context switches of this process so far.
pub struct Usage {
    seconds: f64,
    switches: f64,
}

impl Usage {
    pub fn now() -> Self {
        // SAFETY: rusage is plain numbers, for which zeros are values.
        let mut usage: libc::rusage = unsafe { mem::zeroed() };
        // SAFETY: the pointer is to a whole rusage.
        if unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) } != 0 {
            fail("getrusage failed");
        }
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        Usage {
            seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            switches: (usage.ru_nvcsw + usage.ru_nivcsw) as f64,
        }
    }

    /// Costs of an operation beyond its time, since then.
    pub fn extra(&self, operations: f64) -> Vec<(&'static str, f64)> {
        let now = Usage::now();
        vec![
            ("cpu_seconds_per_million", (now.seconds - self.seconds) / operations * 1e6),
            ("switches_per_op", (now.switches - self.switches) / operations),
        ]
    }
}
