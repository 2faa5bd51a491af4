//! Small facts about the machine and the C library, each asked once.

use core::num::NonZeroUsize;

use once_cell::race::OnceNonZeroUsize;

use crate::platform::pthread;

/// Keeps `errno` as it was over a scope: no function of ours changes it.
pub struct KeepErrno(libc::c_int);

impl KeepErrno {
    /// Remembers it.
    pub fn new() -> KeepErrno {
        // SAFETY: the address is valid in every thread, for as long as it runs.
        KeepErrno(unsafe { *libc::__errno_location() })
    }
}

impl Drop for KeepErrno {
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { *libc::__errno_location() = self.0 };
    }
}

/// Keeps deferred cancellation away over a scope: none of our functions is a cancellation point.
pub struct NoCancellation(libc::c_int);

const CANCEL_DISABLE: libc::c_int = 1;

impl NoCancellation {
    /// Switches it off.
    pub fn new() -> NoCancellation {
        let mut old = CANCEL_DISABLE;
        // SAFETY: `old` is a valid place for the answer, and the state is one that POSIX defines.
        unsafe { pthread::pthread_setcancelstate(CANCEL_DISABLE, &mut old) };
        NoCancellation(old)
    }
}

impl Drop for NoCancellation {
    fn drop(&mut self) {
        // SAFETY: the state is the one that was in force before; the old one is not asked for.
        unsafe { pthread::pthread_setcancelstate(self.0, core::ptr::null_mut()) };
    }
}

/// Puts asynchronous cancellation off over a wait: it acts when this is dropped.
///
/// A thread that is cancelled asynchronously is unwound from wherever it stands, and what it has
/// linked into a queue would stay there. So this is made before anything is linked, and dropped
/// when nothing of the wait is left to do; the drop may unwind.
pub struct DeferredCancellation {
    was_asynchronous: bool,
}

const CANCEL_DEFERRED: libc::c_int = 0;
const CANCEL_ASYNCHRONOUS: libc::c_int = 1;

impl DeferredCancellation {
    /// Makes the type deferred.
    #[inline]
    pub fn new() -> DeferredCancellation {
        let mut old = CANCEL_DEFERRED;
        // SAFETY: `old` is a valid place for the answer, and the type is one that POSIX defines. A
        // deferred cancellation acts in no call of ours; an asynchronous one that comes before the
        // call unwinds the caller's frames too, which hold nothing yet.
        unsafe { pthread::pthread_setcanceltype(CANCEL_DEFERRED, &mut old) };
        DeferredCancellation { was_asynchronous: old == CANCEL_ASYNCHRONOUS }
    }
}

impl Drop for DeferredCancellation {
    #[inline]
    fn drop(&mut self) {
        if self.was_asynchronous {
            // SAFETY: the type is the one that was in force before. If a cancellation is pending it
            // unwinds from here: the frames above are Rust's and C-unwind, and run their drops.
            unsafe { pthread::pthread_setcanceltype(CANCEL_ASYNCHRONOUS, core::ptr::null_mut()) };
        }
    }
}

/// Calls something of the C library that tools know: a tool that has held handlers back runs them
/// now.
pub fn let_handlers_run() {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
}

/// How many processors are allowed to this process.
#[inline]
pub fn processors() -> usize {
    if cfg!(loom) {
        // Models do not watch and spin: what is found a moment later is another interleaving, which
        // loom tries anyway.
        return 1;
    }
    static PROCESSORS: OnceNonZeroUsize = OnceNonZeroUsize::new();
    PROCESSORS.get_or_init(count_processors).get()
}

/// Whether more than one is: only then is spinning worth anything.
#[inline]
pub fn many_processors() -> bool {
    processors() > 1
}

#[cold]
fn count_processors() -> NonZeroUsize {
    let _errno = KeepErrno::new();
    // SAFETY: an all-zero set is a valid, empty set.
    let mut set: libc::cpu_set_t = unsafe { core::mem::zeroed() };
    // SAFETY: the size is the set's own, and 0 is the calling thread.
    let answer = unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set) };
    // SAFETY: the set is initialised. More processors than it can hold make the call fail: then
    // there are many.
    let count = if answer == 0 { unsafe { libc::CPU_COUNT(&set) } } else { 2 };
    NonZeroUsize::new(count.max(1) as usize).unwrap_or(NonZeroUsize::MIN)
}

/// Bytes of a page.
pub fn page_size() -> usize {
    static PAGE: OnceNonZeroUsize = OnceNonZeroUsize::new();
    PAGE.get_or_init(|| {
        // SAFETY: the name is one that POSIX defines.
        let answer = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
        usize::try_from(answer)
            .ok()
            .and_then(NonZeroUsize::new)
            .unwrap_or(const { NonZeroUsize::new(4096).unwrap() })
    })
    .get()
}

/// The kernel's id of the calling thread.
pub fn native_id() -> u32 {
    if cfg!(loom) {
        // SAFETY: the call has no precondition.
        return unsafe { pthread::pthread_self() } as u32;
    }
    // SAFETY: the call has no precondition and cannot fail.
    unsafe { libc::gettid() as u32 }
}

/// Whether the process has a thread with this kernel's id.
pub fn thread_exists(native_id: u32) -> bool {
    if cfg!(loom) {
        // Its threads tell of their ends.
        return true;
    }
    let _errno = KeepErrno::new();
    // SAFETY: signal 0 is only a question; the address of errno is valid in every thread.
    unsafe {
        libc::syscall(libc::SYS_tgkill, libc::getpid(), native_id, 0) == 0
            || *libc::__errno_location() != libc::ESRCH
    }
}

/// Whether the calling thread is the one that the process began with.
pub fn is_first_thread() -> bool {
    // SAFETY: the call has no precondition and cannot fail.
    native_id() == if cfg!(loom) { 1 } else { unsafe { libc::getpid() as u32 } }
}

/// The decimal digits of a number, written to the end of `room`, without an allocation.
pub fn decimal(number: i32, room: &mut [u8; 12]) -> &[u8] {
    let mut rest = number.unsigned_abs();
    let mut start = room.len();
    for (index, place) in room.iter_mut().enumerate().rev() {
        if rest == 0 && index + 1 != 12 {
            if number < 0 {
                *place = b'-';
                start = index;
            }
            break;
        }
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        start = index;
    }
    room.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn every_number_has_its_digits() {
        for number in [0, 7, 10, -1, 1234567890, i32::MAX, i32::MIN] {
            assert_eq!(decimal(number, &mut [0; 12]), number.to_string().as_bytes());
        }
    }
}
