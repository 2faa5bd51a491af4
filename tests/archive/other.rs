//! Somebody else's Rust archive, with Rust's standard library inside: it panics, catches, has
//! thread-locals and threads of its own, and ends a thread that it did not start.
use std::cell::RefCell;
use std::ffi::{c_int, c_void};
use std::panic;
use std::sync::atomic::{AtomicI32, Ordering};

unsafe extern "C-unwind" {
    fn pthread_exit(value: *mut c_void) -> !;
}

// ORDERING: SeqCst in the whole file: these only count, and nothing depends on their speed.
static DROPPED: AtomicI32 = AtomicI32::new(0);

struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        // ORDERING: see DROPPED.
        DROPPED.fetch_add(1, Ordering::SeqCst);
    }
}

thread_local! {
    static LOCAL: RefCell<Vec<Counted>> = const { RefCell::new(Vec::new()) };
}

/// How many panics of `times` are caught, each after what lay above it was dropped.
#[unsafe(no_mangle)]
pub extern "C" fn other_catches(times: c_int) -> c_int {
    panic::set_hook(Box::new(|_| {}));
    let caught = (0..times)
        .filter(|_| {
            panic::catch_unwind(|| {
                let _counted = Counted;
                panic!("caught by the other archive");
            })
            .is_err()
        })
        .count();
    caught as c_int
}

/// A thread's target that ends by `pthread_exit`, under a value to drop and with another in a
/// thread-local.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn other_exits(value: *mut c_void) -> *mut c_void {
    let _counted = Counted;
    LOCAL.with_borrow_mut(|local| local.push(Counted));
    // SAFETY: the frames below it are the C library's and those of whoever called: they unwind.
    unsafe { pthread_exit(value) }
}

/// What a thread of the standard library's returns.
#[unsafe(no_mangle)]
pub extern "C" fn other_thread(value: c_int) -> c_int {
    std::thread::spawn(move || value).join().unwrap_or(-1)
}

/// How many values were dropped.
#[unsafe(no_mangle)]
pub extern "C" fn other_dropped() -> c_int {
    // ORDERING: see DROPPED.
    DROPPED.load(Ordering::SeqCst)
}

/// The number of the program's arguments, which the standard library learns before main.
#[unsafe(no_mangle)]
pub extern "C" fn other_arguments() -> c_int {
    std::env::args().count() as c_int
}
