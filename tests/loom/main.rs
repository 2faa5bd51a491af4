//! Models of the library's own sources: loom tries every order in which the threads of a model can
//! run, and every value that the memory model lets them read, up to a bound on how often a thread
//! is preempted.
//!
//!     RUSTFLAGS='--cfg loom' cargo test --profile loom --test loom [-- NAME...]
//!
//! | variable               | means                                                               |
//! |------------------------|---------------------------------------------------------------------|
//! | `LOOM_MAX_PREEMPTIONS` | how often a thread is preempted at most; by default, what each      |
//! |                        | model says                                                          |
//! | `MODEL_SECONDS`        | how long a model may compute                                        |
//!
//! Every model runs in a process of its own, since the library's tables are those of the process.
//! In a build without `--cfg loom` there is nothing to run.

#[cfg(loom)]
mod models;

fn main() {
    #[cfg(loom)]
    models::harness::main(models::ALL);
    #[cfg(not(loom))]
    println!("loom: 0 models: this is a build without --cfg loom");
}
