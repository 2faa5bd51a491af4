//! Asking the system for a thread. It gets what the C library gives a thread of its own at that
//! moment, but for its stack.

use core::ffi::{c_int, c_void};
use core::mem;

use crate::platform::pthread::{self, Routine};
use crate::platform::stack;
use crate::platform::unwinder;
use crate::platform::weak;

/// Why there is no thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The system takes no stack of that size.
    StackSize,
    /// The system has no room, or does not permit what the program has made the default of all
    /// threads.
    Resources,
}

/// Has the system run the routine in a thread that somebody joins, with at least so many bytes of
/// stack; 0 is the platform's default. It may change errno.
///
/// # Safety
/// The routine may be called with this argument in another thread, at any time.
pub unsafe fn spawn(
    stack_size: usize,
    routine: Routine,
    argument: *mut c_void,
) -> Result<(), Refusal> {
    // The thread may end by being unwound, when there may be no memory to load what that needs.
    if !unwinder::prepare() {
        return Err(Refusal::Resources);
    }
    // SAFETY: all-zero is a valid value of a struct of numbers; it is initialised before use.
    let mut attributes = unsafe { mem::zeroed() };
    let initialised = match weak::functions().pthread_getattr_default_np {
        // SAFETY: the attributes may be written; the function initialises them.
        Some(get_default) => unsafe { get_default(&mut attributes) },
        // SAFETY: as above.
        None => unsafe { libc::pthread_attr_init(&mut attributes) },
    };
    if initialised != 0 {
        return refusal(initialised);
    }
    // SAFETY: they were initialised above; routine and argument are the caller's promise.
    let answer = unsafe { spawn_with(&mut attributes, stack_size, routine, argument) };
    // SAFETY: as above, and nobody uses them afterwards.
    unsafe { libc::pthread_attr_destroy(&mut attributes) };
    refusal(answer)
}

/// # Safety
/// The attributes are initialised; the rest as in [`spawn`].
unsafe fn spawn_with(
    attributes: &mut libc::pthread_attr_t,
    stack_size: usize,
    routine: Routine,
    argument: *mut c_void,
) -> c_int {
    let mut default = 0;
    // SAFETY: the attributes are initialised, by the caller's promise; the state is one that POSIX
    // defines, and a size that is none is refused; `default` and `native` may be written; the
    // routine may be called with the argument, by the caller's promise.
    unsafe {
        libc::pthread_attr_setdetachstate(attributes, libc::PTHREAD_CREATE_JOINABLE);
        libc::pthread_attr_getstacksize(attributes, &mut default);
        let wanted = if stack_size == 0 { stack::default_size(default) } else { stack_size };
        let Some(size) = stack::size_to_ask_for(wanted) else { return libc::ENOMEM };
        let answer = libc::pthread_attr_setstacksize(attributes, size);
        if answer != 0 {
            return answer;
        }
        let mut native = mem::zeroed();
        pthread::pthread_create(&mut native, attributes, routine, argument)
    }
}

fn refusal(answer: c_int) -> Result<(), Refusal> {
    match answer {
        0 => Ok(()),
        libc::EINVAL => Err(Refusal::StackSize),
        _ => Err(Refusal::Resources),
    }
}
