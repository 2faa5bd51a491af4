//! The waits with a stop for an rwlock, for C: as `stop_waits` says.

use crate::capi::with_stop::{StopCall, with_stop};
use crate::object::handle::{threading_rwlock, threading_stop};
use crate::status::threading_status;
use crate::sync::rwlock::{read, write};
use crate::thread::any::StopWait;

/// Acquires the rwlock to read, unless a stop comes first.
///
/// @param rwlock  the rwlock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is
/// `threading_rwlock_acquire_read_timeout`.
/// @retval THREADING_OK  the caller reads.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed.
/// @retval THREADING_WOULD_DEADLOCK  the caller writes it: it would wait for itself.
/// @retval THREADING_OVERFLOW  there are 67,108,863 reads already.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock; or `stop`
/// is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `rwlock` or `stop` was destroyed before the call, or during the
/// call before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller reads, as threading_rwlock_acquire_read says, until the time-out expires on the
/// monotonic clock, or until `stop` has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_SHARED_(rwlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_acquire_read_stop(
    rwlock: threading_rwlock,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall = StopCall(
        c"threading_rwlock_acquire_read_stop",
        StopWait::Own(read::acquire_unless_stopped),
    );
    with_stop(rwlock.into(), stop.into(), &CALL, seconds)
}

/// Acquires the rwlock to write, unless a stop comes first.
///
/// @param rwlock  the rwlock.
/// @param seconds  the time-out in seconds, rounded up to nanoseconds. 0 or less polls, and
/// INFINITY waits forever. A finite value is at most THREADING_TIMEOUT_MAX.
/// @param stop  the stop; with the null handle the call is
/// `threading_rwlock_acquire_write_timeout`.
/// @retval THREADING_OK  the caller writes.
/// @retval THREADING_TIMEOUT  the time-out expired first; nothing has changed, and readers that
/// waited for this writer alone are let in.
/// @retval THREADING_INTERRUPTED  `stop` had come before, or came first: nothing was taken, and
/// nothing has changed, but that readers that waited for this writer alone are let in.
/// @retval THREADING_WOULD_DEADLOCK  the caller writes or reads it, as for
/// threading_rwlock_acquire_write.
/// @retval THREADING_INVALID_HANDLE  `rwlock` is null, or is not a handle of an rwlock; or `stop`
/// is not null, and is not a handle of a stop.
/// @retval THREADING_DESTROYED  `rwlock` or `stop` was destroyed before the call, or during the
/// call before the caller began to wait.
/// @retval THREADING_INVALID_ARGUMENT  `seconds` is NaN, or is finite and greater than
/// THREADING_TIMEOUT_MAX.
/// @retval THREADING_NO_RESOURCES  there is no memory for the wait.
/// @par Blocking
/// Until the caller writes, as threading_rwlock_acquire_write says, until the time-out expires on
/// the monotonic clock, or until `stop` has come. Signals neither end nor lengthen the wait.
/// @par Thread safety
/// Any thread.
///
/// cbindgen:postfix=THREADING_C_TRY_ACQUIRE_(rwlock)
#[must_use]
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_rwlock_acquire_write_stop(
    rwlock: threading_rwlock,
    seconds: f64,
    stop: threading_stop,
) -> threading_status {
    static CALL: StopCall = StopCall(
        c"threading_rwlock_acquire_write_stop",
        StopWait::Own(write::acquire_unless_stopped),
    );
    with_stop(rwlock.into(), stop.into(), &CALL, seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capi::rwlock::*;
    use crate::capi::rwlock_acquire::*;
    use crate::capi::stop::*;
    use crate::capi::tests::{in_a_thread_without_memory, made};
    use crate::status::threading_status::*;

    #[test]
    fn a_thread_without_memory_cannot_wait_for_an_rwlock_with_a_stop_and_changes_nothing() {
        // SAFETY: the places may be written, in both.
        let (rwlock, stop) = unsafe {
            let none = threading_stop { bits: 0 };
            (made(|out| threading_rwlock_new(out)), made(|out| threading_stop_new(none, out)))
        };
        assert_eq!(threading_rwlock_acquire_write(rwlock), THREADING_OK);
        in_a_thread_without_memory(|| {
            assert_eq!(
                threading_rwlock_acquire_read_stop(rwlock, 5.0, stop),
                THREADING_NO_RESOURCES
            );
            assert_eq!(
                threading_rwlock_acquire_write_stop(rwlock, 5.0, stop),
                THREADING_NO_RESOURCES
            );
            assert_eq!(threading_rwlock_acquire_read_stop(rwlock, 0.0, stop), THREADING_TIMEOUT);
            assert_eq!(threading_rwlock_acquire_write_stop(rwlock, 0.0, stop), THREADING_TIMEOUT);
        });
        assert_eq!(threading_rwlock_release_write(rwlock), THREADING_OK);
        for ended in [threading_rwlock_destroy(rwlock), threading_stop_destroy(stop)] {
            assert_eq!(ended, THREADING_OK);
        }
    }
}
