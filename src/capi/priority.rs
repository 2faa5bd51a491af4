//! How urgently a thread runs, for C.

use crate::object::handle::threading_thread;
use crate::status::threading_status;
use crate::thread::priority;

/// Says how urgently the operating system runs a thread, beside other threads that want the same
/// processor.
///
/// On Linux this is one call for two things that pthreads and the kernel keep apart, since a
/// program wants one of four. `THREADING_PRIORITY_LOW`, `_NORMAL` and `_HIGH` are the policy
/// `SCHED_OTHER` with the nice values 10, 0 and -10. They are of this thread alone: Linux has a
/// nice value for each thread. `THREADING_PRIORITY_REALTIME` is the policy `SCHED_RR` with the
/// lowest real-time priority, 1. Such a thread that never waits can take a whole processor from all
/// others. A program that needs another policy or number uses `threading_thread_pthread` and
/// `pthread_setschedparam`.
///
/// A user without privileges may always ask for less, and then not for more again: so a thread that
/// is low stays so. `HIGH`, `REALTIME` and the way back from `LOW` need CAP_SYS_NICE, or the limits
/// RLIMIT_NICE (30 for `HIGH`, 20 for `NORMAL`) and RLIMIT_RTPRIO (1).
///
/// A thread that runs gets its priority at once. A thread that has not been started applies it
/// itself, before anything else that it does, the start hook included. If the operating system
/// refuses then, the start fails with `THREADING_NOT_PERMITTED`. Neither the hook nor the thread's
/// function has run, and the thread can be started again, also with another priority. Such a start
/// waits until the thread has applied its priority.
///
/// Without this call a thread has the policy and the nice value of the thread that starts it. That
/// is also true of the threads in which the library runs timers and tasks. The priority decides who
/// gets a processor; it does not change who gets a lock, and a thread that holds one does not
/// inherit the priority of those that wait for it.
/// @param thread  the thread, which the library has started or not.
/// @param priority  a `threading_priority`.
/// @retval THREADING_OK  the thread has the priority, or will have it from its start on.
/// @retval THREADING_NOT_PERMITTED  the operating system forbids it.
/// @retval THREADING_INVALID_ARGUMENT  `priority` is none; the thread has ended; or it is a timer's
/// or a task's, whose function runs in one of the library's threads.
/// @retval THREADING_INVALID_HANDLE  `thread` is null, or is not a handle of a thread.
/// @retval THREADING_DESTROYED  `thread` was destroyed, or was detached and has ended.
/// @retval THREADING_NO_RESOURCES  there is no memory to keep the priority until the start, or to
/// wait until a thread that was started runs.
/// @par Blocking
/// Only right after the start, until the thread runs; otherwise never, except for a short time
/// while another thread changes a name, the processors or the priority of a thread.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_thread_set_priority(
    thread: threading_thread,
    priority: i32,
) -> threading_status {
    let result = priority::set(thread.into(), priority);
    super::outcome(c"threading_thread_set_priority", thread, result)
}
