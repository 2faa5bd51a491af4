//! What `linux/pthread.rs` says, for loom: its threads stand for the operating system's, with keys
//! and their rounds of destructors.
//!
//! Nothing here unwinds, and nobody is cancelled.

use core::cell::{Cell, RefCell};
use core::ffi::{c_int, c_void};
use core::ptr;

use libc::{pthread_attr_t, pthread_key_t, pthread_t};
use loom::thread::JoinHandle;

/// How a thread is known: its number.
pub type Thread = pthread_t;
/// A key, of which there is one.
pub type Key = pthread_key_t;

/// A key takes no memory.
pub const KEYS_WITHOUT_ALLOCATION: Key = Key::MAX;

/// The states and types of cancellation, which have no effect.
pub const CANCEL_ENABLE: c_int = 0;
/// As above.
pub const CANCEL_DISABLE: c_int = 1;
/// As above.
pub const CANCEL_DEFERRED: c_int = 0;
/// As above.
pub const CANCEL_ASYNCHRONOUS: c_int = 1;

/// The first function of a thread.
pub type Routine = extern "C-unwind" fn(*mut c_void) -> *mut c_void;

type Destructor = extern "C-unwind" fn(*mut c_void);

/// A thread's number, and how to wait for it.
type Created = (pthread_t, JoinHandle<usize>);

/// How often the destructors run at most.
const ROUNDS: usize = 4;

std::thread_local! {
    /// The threads that were created, and whether they have ended, by their number.
    static CREATED: RefCell<Vec<Option<Created>>> = const { RefCell::new(Vec::new()) };
    static ENDED: RefCell<Vec<pthread_t>> = const { RefCell::new(Vec::new()) };
    static NUMBERS: Cell<pthread_t> = const { Cell::new(0) };
    /// The one key.
    static DESTRUCTOR: Cell<Option<Destructor>> = const { Cell::new(None) };
}

loom::thread_local! {
    static NUMBER: Cell<pthread_t> = Cell::new(next_number());
    static VALUE: Cell<*const c_void> = Cell::new(ptr::null());
}

fn next_number() -> pthread_t {
    NUMBERS.set(NUMBERS.get() + 1);
    NUMBERS.get()
}

/// There is one thread, the calling one: the first.
pub fn begin_execution() {
    CREATED.with_borrow_mut(Vec::clear);
    ENDED.with_borrow_mut(Vec::clear);
    NUMBERS.set(0);
    number_of_caller();
}

/// The calling thread's number.
pub fn number_of_caller() -> pthread_t {
    NUMBER.with(Cell::get)
}

/// The calling thread.
///
/// # Safety
/// None is needed; it is unsafe as the real one is.
pub unsafe fn pthread_self() -> pthread_t {
    number_of_caller()
}

/// Starts a thread.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_create(
    thread: *mut pthread_t,
    _attributes: *const pthread_attr_t,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    let number = next_number();
    let argument = argument.expose_provenance();
    let handle = loom::thread::spawn(move || {
        NUMBER.with(|own| own.set(number));
        let value = routine(ptr::with_exposed_provenance_mut(argument)).expose_provenance();
        run_destructors();
        ENDED.with_borrow_mut(|ended| ended.push(number));
        value
    });
    CREATED.with_borrow_mut(|created| created.push(Some((number, handle))));
    // SAFETY: the caller's promise.
    unsafe { thread.write(number) };
    0
}

/// The end of a thread, or of a model's own that stands for one that the library did not create.
pub fn run_destructors() {
    for _ in 0..ROUNDS {
        let value = VALUE.with(|value| value.replace(ptr::null()));
        match DESTRUCTOR.get() {
            Some(destructor) if !value.is_null() => destructor(value.cast_mut()),
            _ => return,
        }
    }
}

/// Joins a thread if it has ended.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_tryjoin_np(thread: pthread_t, value: *mut *mut c_void) -> c_int {
    if !ENDED.with_borrow(|ended| ended.contains(&thread)) {
        return libc::EBUSY;
    }
    let found = CREATED.with_borrow_mut(|created| {
        let place = created
            .iter_mut()
            .find(|place| matches!(place, Some((number, _)) if *number == thread));
        place.and_then(Option::take)
    });
    let Some((_, handle)) = found else { panic!("a thread is joined twice, or was never created") };
    let Ok(answer) = handle.join() else { panic!("a thread has failed") };
    // SAFETY: the caller's promise.
    unsafe { value.write(ptr::with_exposed_provenance_mut(answer)) };
    0
}

/// How many threads were created and not joined.
pub fn unjoined() -> usize {
    CREATED.with_borrow(|created| created.iter().flatten().count())
}

/// Nobody joins the calling thread.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_detach(_thread: pthread_t) -> c_int {
    0
}

/// Makes the key: there is one.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_key_create(key: *mut pthread_key_t, destructor: Destructor) -> c_int {
    DESTRUCTOR.set(Some(destructor));
    // SAFETY: the caller's promise.
    unsafe { key.write(0) };
    0
}

/// The calling thread's value of the key.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_setspecific(_key: pthread_key_t, value: *const c_void) -> c_int {
    VALUE.with(|own| own.set(value));
    0
}

/// Nobody is cancelled.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_setcancelstate(_state: c_int, _old: *mut c_int) -> c_int {
    0
}

/// As above.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_setcanceltype(_kind: c_int, _old: *mut c_int) -> c_int {
    0
}

/// As above.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_testcancel() {}

/// A model's functions end by returning.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_exit(_value: *mut c_void) -> ! {
    panic!("models do not unwind")
}

/// The process does not end inside a model.
///
/// # Safety
/// As the real one.
pub unsafe fn exit(_code: c_int) -> ! {
    unreachable!("no model ends the process")
}

/// Registers nothing: models end by themselves.
///
/// # Safety
/// As the real one.
pub unsafe fn atexit(_handler: extern "C-unwind" fn()) -> c_int {
    0
}

/// Models do not fork.
///
/// # Safety
/// As the real one.
pub unsafe fn pthread_atfork(
    _prepare: Option<unsafe extern "C" fn()>,
    _parent: Option<unsafe extern "C" fn()>,
    _child: Option<unsafe extern "C" fn()>,
) -> c_int {
    0
}

/// Calls nothing: the process does not end inside a model.
pub fn at_exit_in_caller(_function: extern "C-unwind" fn(*mut c_void)) {}
