//! Sizes of stacks.

use core::ffi::{c_int, c_void};
use core::num::NonZeroUsize;
use core::{mem, ptr, slice};

use once_cell::race::OnceNonZeroUsize;

use crate::atomic::{AtomicUsize, Ordering};
use crate::object::cause::{Cause, because};
use crate::platform::system;
use crate::platform::weak;
use crate::status::Status;

/// The smallest stack that may be asked for: Python's.
pub const LEAST: usize = 32 * 1024;

/// What is taken where the C library's default is too small and the system sets no limit.
const MOST: usize = 8 * 1024 * 1024;

/// What was asked for by `set_default`; 0: the system's default.
static DEFAULT: AtomicUsize = AtomicUsize::new(0);

/// What new threads get, as it was asked for; 0 is the system's default.
pub fn default() -> usize {
    // ORDERING: Relaxed: a setting; nothing is published with it.
    DEFAULT.load(Ordering::Relaxed)
}

/// Sets what threads get that are made from now on; 0 is the system's default.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` as in [`check`].
pub fn set_default(bytes: usize) -> Result<(), Status> {
    check(bytes)?;
    // ORDERING: Relaxed: as in `default`.
    DEFAULT.store(bytes, Ordering::Relaxed);
    Ok(())
}

/// Whether a stack of this size may be asked for.
///
/// # Errors
/// `THREADING_INVALID_ARGUMENT` if it is smaller than [`LEAST`] and not 0, or so large that it
/// cannot be rounded up to pages.
pub fn check(bytes: usize) -> Result<(), Status> {
    if bytes != 0 && bytes < LEAST {
        return Err(because(&Cause(
            Status::THREADING_INVALID_ARGUMENT,
            c"the stack is smaller than 32,768 bytes",
        )));
    }
    if bytes != 0 && real_size(bytes).is_none() {
        return Err(because(&Cause(
            Status::THREADING_INVALID_ARGUMENT,
            c"the stack is larger than any memory",
        )));
    }
    Ok(())
}

/// What the thread library has to be asked for: whole pages, and room for the static thread-locals,
/// which it takes from the stack.
pub fn real_size(bytes: usize) -> Option<usize> {
    let page = system::page_size();
    bytes
        .checked_add(room_for_locals())?
        .checked_next_multiple_of(page)
        .filter(|size| isize::try_from(*size).is_ok())
}

/// The platform's default, of which the C library says so much at this moment.
pub fn platforms(said: usize) -> usize {
    if cfg!(target_env = "gnu") { said.max(LEAST) } else { said.max(limit_of_main()) }
}

/// The limit for the main thread's stack, for C libraries whose own default is too small to live
/// on. One that was raised further is no reason to take so much for every thread.
fn limit_of_main() -> usize {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: `limit` is a valid place for the answer.
    let answer = unsafe { libc::getrlimit(libc::RLIMIT_STACK, &mut limit) };
    if answer == 0 { usize::try_from(limit.rlim_cur).unwrap_or(MOST).min(MOST) } else { MOST }
}

/// How much of a stack the C library takes for static thread-locals and itself. glibc does, and has
/// a function that says how much, which only its shared library lets anybody find; musl adds it by
/// itself.
fn room_for_locals() -> usize {
    static ROOM: OnceNonZeroUsize = OnceNonZeroUsize::new();
    ROOM.get_or_init(|| {
        let found = weak::look_up_shared(c"__pthread_get_minstack");
        let room = if found.is_null() {
            libc::PTHREAD_STACK_MIN + static_locals()
        } else {
            what_glibc_says(found)
        };
        NonZeroUsize::new(room.max(1)).unwrap_or(NonZeroUsize::MIN)
    })
    .get()
}

fn what_glibc_says(get_minstack: *mut c_void) -> usize {
    // SAFETY: where glibc has this function it has this type, and it only reads the attributes,
    // which are initialised before use and destroyed after.
    unsafe {
        let ask: unsafe extern "C" fn(*const libc::pthread_attr_t) -> usize =
            mem::transmute(get_minstack);
        let mut attributes = mem::zeroed();
        libc::pthread_attr_init(&mut attributes);
        let room = ask(&attributes);
        libc::pthread_attr_destroy(&mut attributes);
        room
    }
}

/// The bytes of the thread-locals of all that is in the process, those included that are not
/// static.
fn static_locals() -> usize {
    let mut bytes = 0;
    // SAFETY: `add_locals` is called before this returns, with this pointer and with structs that
    // are valid meanwhile.
    unsafe { libc::dl_iterate_phdr(Some(add_locals), ptr::from_mut(&mut bytes).cast()) };
    bytes
}

unsafe extern "C" fn add_locals(
    object: *mut libc::dl_phdr_info,
    _size: usize,
    bytes: *mut c_void,
) -> c_int {
    // SAFETY: `static_locals` passes a number, and the loader an object's description; both outlive
    // the call.
    let (object, bytes) = unsafe { (&*object, &mut *bytes.cast::<usize>()) };
    if !object.dlpi_phdr.is_null() {
        // SAFETY: the description says how many headers there are.
        let headers =
            unsafe { slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum)) };
        let locals = headers.iter().filter(|header| header.p_type == libc::PT_TLS);
        *bytes += locals.map(|header| (header.p_memsz + header.p_align) as usize).sum::<usize>();
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    std::thread_local!(static LARGE: [u8; 1 << 20] = const { [1; 1 << 20] });

    /// Two ways to the same number, of which the second is for programs that have no other.
    #[test]
    fn what_is_counted_is_enough_for_what_glibc_takes() {
        LARGE.with(|large| assert_eq!(large.last(), Some(&1)));
        let found = weak::look_up_shared(c"__pthread_get_minstack");
        let says = if found.is_null() { 0 } else { what_glibc_says(found) };
        let counts = libc::PTHREAD_STACK_MIN + static_locals();
        assert!(counts >= 1 << 20);
        assert!(
            counts + 2 * system::page_size() >= says,
            "{counts} were counted, and {says} are taken"
        );
    }
}
