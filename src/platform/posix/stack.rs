//! Stacks: what the C library has to be asked for, so that a thread can use as much as is wanted.

use crate::platform::pages;
use crate::platform::static_locals;

/// The smallest stack that a thread is given.
pub const LEAST: usize = 32 * 1024;

/// What is taken where the C library's default is too small and the system sets no limit.
const MOST: usize = 8 * 1024 * 1024;

/// What the thread library has to be asked for: whole pages, and room for the static thread-locals,
/// which it takes from the stack.
pub fn size_to_ask_for(bytes: usize) -> Option<usize> {
    bytes
        .checked_add(static_locals::room())?
        .checked_next_multiple_of(pages::size())
        .filter(|size| isize::try_from(*size).is_ok())
}

/// The platform's default, of which the C library says so much at this moment.
pub fn default_size(said: usize) -> usize {
    let is_enough = cfg!(any(target_env = "gnu", target_os = "freebsd"));
    said.max(if is_enough { LEAST } else { limit_of_main() })
}

/// The limit for the main thread's stack, for C libraries whose own default is too small to live
/// on. One that was raised further is no reason to take so much for every thread.
fn limit_of_main() -> usize {
    let mut limit = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: `limit` is a valid place for the answer.
    let answer = unsafe { libc::getrlimit(libc::RLIMIT_STACK, &mut limit) };
    if answer == 0 { usize::try_from(limit.rlim_cur).unwrap_or(MOST).min(MOST) } else { MOST }
}
