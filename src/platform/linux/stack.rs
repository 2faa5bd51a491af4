//! Stacks: what the C library has to be asked for, so that a thread can use as much as is wanted.

use core::ffi::c_void;
use core::mem;
use core::num::NonZeroUsize;

use once_cell::race::OnceNonZeroUsize;

use crate::platform::image;
use crate::platform::pages;
use crate::platform::weak;

/// The smallest stack that a thread is given.
pub const LEAST: usize = 32 * 1024;

/// What is taken where the C library's default is too small and the system sets no limit.
const MOST: usize = 8 * 1024 * 1024;

/// What the thread library has to be asked for: whole pages, and room for the static thread-locals,
/// which it takes from the stack.
pub fn size_to_ask_for(bytes: usize) -> Option<usize> {
    bytes
        .checked_add(room_for_locals())?
        .checked_next_multiple_of(pages::size())
        .filter(|size| isize::try_from(*size).is_ok())
}

/// The platform's default, of which the C library says so much at this moment.
pub fn default_size(said: usize) -> usize {
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
            libc::PTHREAD_STACK_MIN + image::thread_locals()
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
        let counts = libc::PTHREAD_STACK_MIN + image::thread_locals();
        assert!(counts >= 1 << 20);
        assert!(counts + 2 * pages::size() >= says, "{counts} were counted, and {says} are taken");
    }
}
