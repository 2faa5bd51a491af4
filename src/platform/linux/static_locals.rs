//! How much of a stack the C library takes for static thread-locals and itself.

use core::ffi::c_void;
use core::mem;
use core::num::NonZeroUsize;

use once_cell::race::OnceNonZeroUsize;

use crate::platform::image;
use crate::platform::weak;

/// How much that is. glibc takes it from the stack, and has a function that says how much, which
/// only its shared library lets anybody find; musl adds it by itself.
pub fn room() -> usize {
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
    use crate::platform::pages;

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
