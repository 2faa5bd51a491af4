//! How an rwlock is acquired and released, for C.

use crate::object::handle::threading_rwlock;
use crate::status::threading_status;
use crate::sync::rwlock::{read, write};
use crate::wait::timeout::Timeout;

/// Acquires the rwlock to read; waits as long as needed. Any number of threads can read at once,
/// and one thread any number of times: each acquire needs its own release.
///
/// While a writer waits, a thread that comes to read waits too. But a thread that already reads,
/// this rwlock or another, never waits for a writer that only waits: so a read inside a read cannot
/// deadlock.
/// @param rwlock  the rwlock.
/// @retval THREADING_OK  the caller reads. The end of the last write happens before the return of
/// this call.
/// @retval THREADING_WOULD_DEADLOCK  the caller writes it: it would wait for itself.
/// @retval THREADING_OVERFLOW  there are 67,108,863 reads already.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until no thread writes, and no writer that came earlier waits. When a write ends, all readers
/// that wait are let in. A reader that is being woken may be overtaken by one more write, unless it
/// has waited for more than a millisecond. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_ACQUIRE_SHARED_(rwlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_acquire_read(
    rwlock: threading_rwlock,
) -> threading_status {
    let handle = rwlock.into();
    if read::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_rwlock_acquire_read", handle, |rwlock| {
        read::acquire(rwlock, Timeout::Forever)
    })
}

/// Acquires the rwlock to read if that is possible at this moment.
///
/// @param rwlock  the rwlock.
/// @retval THREADING_OK  the caller reads.
/// @retval THREADING_TIMEOUT  another thread writes, or a writer waits and the caller reads
/// nothing.
/// @retval THREADING_WOULD_DEADLOCK  the caller writes it.
/// @retval THREADING_OVERFLOW  there are 67,108,863 reads already.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_SHARED_(rwlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_try_acquire_read(
    rwlock: threading_rwlock,
) -> threading_status {
    let handle = rwlock.into();
    if read::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_rwlock_try_acquire_read", handle, |rwlock| {
        read::acquire(rwlock, Timeout::Poll)
    })
}

/// Acquires the rwlock to read; waits for at most `seconds`.
///
/// @param rwlock  the rwlock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller reads. This is also possible if the rwlock was released at the
/// moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_WOULD_DEADLOCK  the caller writes it.
/// @retval THREADING_OVERFLOW  there are 67,108,863 reads already.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller reads, as threading_rwlock_acquire_read says, or until the time-out expires on
/// the monotonic clock, never earlier. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_SHARED_(rwlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_acquire_read_timeout(
    rwlock: threading_rwlock,
    seconds: f64,
) -> threading_status {
    super::slowly_within(
        c"threading_rwlock_acquire_read_timeout",
        rwlock.into(),
        seconds,
        read::acquire,
    )
}

/// Ends a read. The end of the last read lets in a writer that waits.
///
/// The thread that began a read must end it. The rwlock counts reads, and does not know whose they
/// are: if another thread ends the read, the call succeeds, but from then on the library is wrong
/// about what the two threads read.
/// @param rwlock  the rwlock.
/// @retval THREADING_OK  there is one read less.
/// @retval THREADING_NOT_ACQUIRED  no thread reads it.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread; see above.
///
/// cbindgen:postfix=THREADING_C_RELEASE_SHARED_(rwlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_release_read(
    rwlock: threading_rwlock,
) -> threading_status {
    let handle = rwlock.into();
    if read::release_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_rwlock_release_read", handle, read::release)
}

/// Acquires the rwlock to write; waits as long as needed. While a thread writes, no other thread
/// reads or writes.
///
/// @param rwlock  the rwlock.
/// @retval THREADING_OK  the caller writes. The ends of the last write, and of the reads since
/// then, happen before the return of this call.
/// @retval THREADING_WOULD_DEADLOCK  the caller writes or reads it: it would wait for itself. A
/// caller that reads it more than once, or reads another rwlock too, is not told: it waits for
/// ever.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until no thread reads or writes. While the caller waits, threads that come to read wait too.
/// Threads that have waited for more than a millisecond acquire the rwlock to write in the order in
/// which they began to wait. Signals do not end the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_ACQUIRE_(rwlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_acquire_write(
    rwlock: threading_rwlock,
) -> threading_status {
    let handle = rwlock.into();
    if write::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_rwlock_acquire_write", handle, |rwlock| {
        write::acquire(rwlock, Timeout::Forever)
    })
}

/// Acquires the rwlock to write if no thread reads or writes at this moment.
///
/// @param rwlock  the rwlock.
/// @retval THREADING_OK  the caller writes.
/// @retval THREADING_TIMEOUT  another thread reads or writes.
/// @retval THREADING_WOULD_DEADLOCK  the caller writes or reads it.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(rwlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_try_acquire_write(
    rwlock: threading_rwlock,
) -> threading_status {
    let handle = rwlock.into();
    if write::acquire_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_rwlock_try_acquire_write", handle, |rwlock| {
        write::acquire(rwlock, Timeout::Poll)
    })
}

/// Acquires the rwlock to write; waits for at most `seconds`.
///
/// @param rwlock  the rwlock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @retval THREADING_OK  the caller writes. This is also possible if the rwlock was released at the
/// moment at which the time-out expired.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed, and readers that
/// waited for this writer alone are let in.
/// @retval THREADING_WOULD_DEADLOCK  the caller writes or reads it.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed before the call, or during the call before
/// the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller writes, as threading_rwlock_acquire_write says, or until the time-out expires
/// on the monotonic clock, never earlier. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(rwlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_acquire_write_timeout(
    rwlock: threading_rwlock,
    seconds: f64,
) -> threading_status {
    super::slowly_within(
        c"threading_rwlock_acquire_write_timeout",
        rwlock.into(),
        seconds,
        write::acquire,
    )
}

/// Ends the caller's write, and lets in all readers that wait, or else a writer.
///
/// @param rwlock  the rwlock.
/// @retval THREADING_OK  the caller does not write any more.
/// @retval THREADING_NOT_ACQUIRED  no thread writes it.
/// @retval THREADING_NOT_OWNER  another thread writes it; nothing has changed.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock.
/// @retval THREADING_DESTROYED  `rwlock` was destroyed.
/// @par Blocking
/// Never.
/// @par Thread safety
/// The thread that writes; any other thread gets an error status.
///
/// cbindgen:postfix=THREADING_C_RELEASE_(rwlock)
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_release_write(
    rwlock: threading_rwlock,
) -> threading_status {
    let handle = rwlock.into();
    if write::release_quickly(handle) {
        return threading_status::THREADING_OK;
    }
    super::slowly(c"threading_rwlock_release_write", handle, write::release)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::rwlock::*;
    use crate::capi::tests::{in_a_thread_without_memory, made};
    use crate::status::threading_status::*;

    #[test]
    fn a_thread_without_memory_cannot_wait_for_an_rwlock_and_changes_nothing() {
        let rwlock = made(|out| unsafe {
            // SAFETY: the place may be written.
            threading_rwlock_new(out)
        });
        assert_eq!(threading_rwlock_acquire_write(rwlock), THREADING_OK);
        in_a_thread_without_memory(|| {
            assert_eq!(threading_rwlock_acquire_read(rwlock), THREADING_NO_RESOURCES);
            assert_eq!(threading_rwlock_acquire_read_timeout(rwlock, 5.0), THREADING_NO_RESOURCES);
            assert_eq!(threading_rwlock_try_acquire_read(rwlock), THREADING_TIMEOUT);
            assert_eq!(threading_rwlock_acquire_write(rwlock), THREADING_NO_RESOURCES);
            assert_eq!(threading_rwlock_acquire_write_timeout(rwlock, 5.0), THREADING_NO_RESOURCES);
            assert_eq!(threading_rwlock_try_acquire_write(rwlock), THREADING_TIMEOUT);
        });
        assert_eq!(threading_rwlock_release_write(rwlock), THREADING_OK);
        assert_eq!(threading_rwlock_destroy(rwlock), THREADING_OK);
    }
}
