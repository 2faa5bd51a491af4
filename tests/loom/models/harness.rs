//! What runs models: each in a process of its own, as many at a time as there are processors,
//! within a time limit; and what models are made of.

use std::env;
use std::process::{Command, exit};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use loom::thread::JoinHandle;
use threading::atomic;
use threading::platform::futex;
use threading::platform::model;
use threading::wait::this_thread;
use threading::wait::timeout::Timeout;
use threading::wait::waiter::Waiter;

/// A small program, and how much of it is explored.
pub struct Model {
    /// The promise that it checks.
    pub name: &'static str,
    /// How often a thread is preempted at most.
    pub preemptions: usize,
    /// Whether time runs out in it.
    pub moves_time: bool,
    /// The program; it panics if the promise is broken.
    pub run: fn(),
}

/// How many steps an execution may take: more means that a thread runs in circles.
const MOST_STEPS: usize = 20_000;
const SECONDS: u64 = 300;

/// Runs the models that are named on the command line, or all.
pub fn main(groups: &[&[Model]]) {
    let models: Vec<&Model> = groups.iter().flat_map(|group| group.iter()).collect();
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [one, name] = arguments.as_slice()
        && one == "--one"
    {
        let model = models.iter().find(|model| model.name == name).expect("a model of that name");
        return explore(model);
    }
    let wanted = |model: &&Model| {
        arguments.is_empty() || arguments.iter().any(|name| model.name.contains(name.as_str()))
    };
    let chosen: Vec<&Model> = models.into_iter().filter(wanted).collect();
    assert!(!chosen.is_empty(), "no model has such a name");
    let failed = run_all(&chosen);
    println!("loom: {} models, {failed} failed", chosen.len());
    if failed != 0 {
        exit(1);
    }
}

/// Runs each in a process of its own, and returns how many have failed.
fn run_all(models: &[&Model]) -> usize {
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let program = env::current_exe().expect("the path of this program");
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(model) = models.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let output = Command::new(&program)
                        .args(["--one", model.name])
                        .output()
                        .expect("a process");
                    let said = String::from_utf8_lossy(&output.stdout);
                    let seconds = begun.elapsed().as_secs_f64();
                    println!("{:<90} {:>26} {seconds:>6.1} s", model.name, said.trim());
                    if !output.status.success() {
                        failed.fetch_add(1, Ordering::Relaxed);
                        println!(
                            "FAILED: {}: {}\n{}",
                            model.name,
                            output.status,
                            String::from_utf8_lossy(&output.stderr)
                        );
                    }
                }
            });
        }
    });
    failed.into_inner()
}

static EXECUTIONS: AtomicU64 = AtomicU64::new(0);

fn explore(model: &Model) {
    let mut builder = loom::model::Builder::new();
    builder.max_branches = MOST_STEPS;
    builder.preemption_bound = builder.preemption_bound.or(Some(model.preemptions));
    let (run, moves_time) = (model.run, model.moves_time);
    let limit = env::var("MODEL_SECONDS")
        .map_or(SECONDS, |seconds| seconds.parse().expect("a number of seconds"));
    thread::spawn(move || watch(limit));
    builder.check(move || {
        EXECUTIONS.fetch_add(1, Ordering::Relaxed);
        atomic::begin_execution();
        model::begin_execution(moves_time);
        run();
    });
    println!("{} executions", EXECUTIONS.load(Ordering::Relaxed));
}

/// Ends the process of a model that computes for too long, or that has stopped: that neither
/// executes nor computes while it is looked at as often. How long it waits for a processor is no
/// matter, since that is the machine's doing.
fn watch(seconds: u64) {
    let limit = Duration::from_secs(seconds);
    let (mut looks, mut executions_then, mut computed_then) = (0, 0, Duration::ZERO);
    loop {
        thread::sleep(Duration::from_secs(1)); // not to synchronise: between two looks
        let (executions, computed) = (EXECUTIONS.load(Ordering::Relaxed), processor_time());
        if executions != executions_then || computed - computed_then > limit / 100 {
            (looks, executions_then, computed_then) = (0, executions, computed);
        }
        looks += 1;
        if looks > seconds || computed > limit {
            eprintln!(
                "not done after {:.0} s of computing and {executions} executions",
                computed.as_secs_f64()
            );
            exit(1);
        }
    }
}

/// What all threads of this process have computed.
fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a timespec of this function.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    assert_eq!(status, 0, "a process has such a clock");
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).expect("less than a second"),
    )
}

/// Starts a thread that the library did not start, and that it knows already: meeting a thread is
/// not what most models are about.
pub fn spawn<T: 'static>(run: impl FnOnce() -> T + 'static) -> JoinHandle<T> {
    spawn_with(Waiter::new(1).expect("a waiter"), run)
}

/// As `spawn`, with a waiter that others know.
pub fn spawn_with<T: 'static>(
    waiter: &'static Waiter,
    run: impl FnOnce() -> T + 'static,
) -> JoinHandle<T> {
    let ident = waiter.handle();
    loom::thread::spawn(move || {
        this_thread::register_self(ident, waiter);
        run()
    })
}

/// Waits for threads, and returns what they have said.
pub fn join<T, const COUNT: usize>(threads: [JoinHandle<T>; COUNT]) -> [T; COUNT] {
    threads.map(|thread| thread.join().expect("a thread that has not failed"))
}

/// The calling thread, which goes on in the model after this, is known as well.
pub fn be_known() {
    let waiter = Waiter::new(1).expect("a waiter");
    this_thread::register_self(waiter.handle(), waiter);
}

pub use futex::{let_time_run_out, let_waiters_spin};

/// A wait that ends when time runs out.
pub const A_WHILE: Timeout = Timeout::For(1_000);
