"""Every function of threading.h, declared for ctypes under its own name. A test compares the
declarations with the header.

A handle is a struct with one 64-bit member. The 64-bit ABIs pass and return it as they do a 64-bit
integer, so it is declared as one: ctypes is much quicker with integers than with structs.
"""

from ctypes import POINTER, c_bool, c_char_p, c_double, c_int, c_int32, c_size_t, c_uint32, c_uint64
from ctypes import c_void_p

from libthreading._declaring import *  # noqa: F403
from libthreading._numbers import *  # noqa: F403
from libthreading._stops import *  # noqa: F403
from libthreading._structures import *  # noqa: F403
from libthreading._tasks import *  # noqa: F403

threading_status_name = quick("threading_status_name", c_char_p, c_int32)
threading_status_message = quick("threading_status_message", c_char_p, c_int32)
threading_error_message = quick("threading_error_message", c_char_p)
threading_version = quick("threading_version", c_char_p)
threading_check = quick("threading_check", status, c_int32, c_char_p, c_char_p, c_int)
threading_with_failed_ = quick("threading_with_failed_", status, c_int32, c_char_p, c_int)

threading_thread_new = slow(
    "threading_thread_new", status, c_char_p, target, c_void_p, POINTER(handle)
)
threading_thread_spawn = slow(
    "threading_thread_spawn", status, c_char_p, target, c_void_p, POINTER(handle)
)
threading_thread_spawn_daemon = slow(
    "threading_thread_spawn_daemon", status, c_char_p, target, c_void_p, POINTER(handle)
)
threading_thread_start = slow("threading_thread_start", status, handle)
threading_thread_join = slow("threading_thread_join", status, handle)
threading_thread_join_timeout = slow("threading_thread_join_timeout", status, handle, c_double)
threading_thread_result = slow("threading_thread_result", status, handle, POINTER(c_void_p))
threading_thread_finish = slow("threading_thread_finish", status, handle, POINTER(c_void_p))
threading_thread_is_alive = quick("threading_thread_is_alive", c_bool, handle)
threading_thread_destroy = slow("threading_thread_destroy", status, handle)
threading_exit = slow("threading_exit", status, c_void_p)
threading_thread_name = slow("threading_thread_name", *named)
threading_thread_set_name = slow("threading_thread_set_name", status, handle, c_char_p)
threading_thread_daemon = quick("threading_thread_daemon", c_bool, handle)
threading_thread_set_daemon = quick("threading_thread_set_daemon", status, handle, c_bool)
threading_thread_set_stack_size = slow("threading_thread_set_stack_size", status, handle, c_size_t)
threading_thread_set_affinity = slow(
    "threading_thread_set_affinity", status, handle, POINTER(c_uint32), c_size_t
)
threading_thread_set_priority = slow("threading_thread_set_priority", status, handle, c_int32)
threading_thread_ident = quick("threading_thread_ident", c_uint64, handle)
threading_thread_native_id = slow("threading_thread_native_id", c_uint64, handle)
threading_thread_pthread = slow("threading_thread_pthread", status, handle, c_void_p)
threading_current_thread = slow("threading_current_thread", handle)
threading_main_thread = quick("threading_main_thread", handle)
threading_current_name = slow("threading_current_name", c_char_p)
threading_get_ident = quick("threading_get_ident", c_uint64)
threading_get_native_id = quick("threading_get_native_id", c_uint64)
threading_active_count = slow("threading_active_count", c_size_t)
threading_enumerate = slow("threading_enumerate", c_size_t, POINTER(handle), c_size_t)
threading_stack_size = quick("threading_stack_size", c_size_t)
threading_set_stack_size = quick("threading_set_stack_size", status, c_size_t)
threading_monotonic = quick("threading_monotonic", c_double)
threading_remaining = quick("threading_remaining", c_double, c_double)
threading_sleep = slow("threading_sleep", status, c_double)
threading_register_atexit = slow("threading_register_atexit", status, callback, c_void_p)
threading_shutdown = slow("threading_shutdown", status)
threading_shutdown_timeout = slow("threading_shutdown_timeout", status, c_double)
threading_set_start_hook = slow("threading_set_start_hook", status, thread_hook, c_void_p)
threading_set_exit_hook = slow("threading_set_exit_hook", status, thread_hook, c_void_p)
threading_set_excepthook = slow("threading_set_excepthook", status, excepthook, c_void_p)
threading_has_excepthook = quick("threading_has_excepthook", c_bool)
threading_set_error_hook = slow("threading_set_error_hook", status, error_hook, c_void_p)
threading_report_mistakes = slow("threading_report_mistakes", status, c_bool)
threading_report_exception = slow(
    "threading_report_exception", status, c_char_p, c_char_p, c_void_p
)

threading_lock_new = quick("threading_lock_new", status, POINTER(handle))
threading_lock_ensure = quick("threading_lock_ensure", handle, POINTER(handle))
threading_lock_acquire = slow("threading_lock_acquire", status, handle)
threading_lock_try_acquire = quick("threading_lock_try_acquire", status, handle)
threading_lock_acquire_timeout = slow("threading_lock_acquire_timeout", status, handle, c_double)
threading_lock_release = quick("threading_lock_release", status, handle)
threading_lock_set_owned = quick("threading_lock_set_owned", status, handle)
threading_lock_locked = quick("threading_lock_locked", c_bool, handle)
threading_lock_set_name = quick("threading_lock_set_name", status, handle, c_char_p)
threading_lock_name = quick("threading_lock_name", *named)
threading_lock_destroy = quick("threading_lock_destroy", status, handle)

threading_rlock_new = quick("threading_rlock_new", status, POINTER(handle))
threading_rlock_ensure = quick("threading_rlock_ensure", handle, POINTER(handle))
threading_rlock_acquire = slow("threading_rlock_acquire", status, handle)
threading_rlock_try_acquire = quick("threading_rlock_try_acquire", status, handle)
threading_rlock_acquire_timeout = slow("threading_rlock_acquire_timeout", status, handle, c_double)
threading_rlock_release = quick("threading_rlock_release", status, handle)
threading_rlock_locked = quick("threading_rlock_locked", c_bool, handle)
threading_rlock_depth = quick("threading_rlock_depth", c_size_t, handle)
threading_rlock_owner = quick("threading_rlock_owner", c_uint64, handle, POINTER(c_size_t))
threading_rlock_set_name = quick("threading_rlock_set_name", status, handle, c_char_p)
threading_rlock_name = quick("threading_rlock_name", *named)
threading_rlock_destroy = quick("threading_rlock_destroy", status, handle)

threading_rwlock_new = quick("threading_rwlock_new", status, POINTER(handle))
threading_rwlock_ensure = quick("threading_rwlock_ensure", handle, POINTER(handle))
threading_rwlock_acquire_read = slow("threading_rwlock_acquire_read", status, handle)
threading_rwlock_try_acquire_read = quick("threading_rwlock_try_acquire_read", status, handle)
threading_rwlock_acquire_read_timeout = slow("threading_rwlock_acquire_read_timeout", *within)
threading_rwlock_release_read = quick("threading_rwlock_release_read", status, handle)
threading_rwlock_acquire_write = slow("threading_rwlock_acquire_write", status, handle)
threading_rwlock_try_acquire_write = quick("threading_rwlock_try_acquire_write", status, handle)
threading_rwlock_acquire_write_timeout = slow("threading_rwlock_acquire_write_timeout", *within)
threading_rwlock_release_write = quick("threading_rwlock_release_write", status, handle)
threading_rwlock_downgrade = quick("threading_rwlock_downgrade", status, handle)
threading_rwlock_try_upgrade = quick("threading_rwlock_try_upgrade", status, handle)
# What THREADING_WITH of C takes: structs that have the handle in them, and nothing else.
threading_rwlock_reading = quick("threading_rwlock_reading", handle, handle)
threading_rwlock_writing = quick("threading_rwlock_writing", handle, handle)
threading_rwlock_write_locked = quick("threading_rwlock_write_locked", c_bool, handle)
threading_rwlock_readers = quick("threading_rwlock_readers", c_size_t, handle)
threading_rwlock_writer = quick("threading_rwlock_writer", c_uint64, handle)
threading_rwlock_set_name = quick("threading_rwlock_set_name", status, handle, c_char_p)
threading_rwlock_name = quick("threading_rwlock_name", *named)
threading_rwlock_destroy = quick("threading_rwlock_destroy", status, handle)

threading_condition_new = quick("threading_condition_new", status, POINTER(handle))
threading_condition_new_with_lock = quick(
    "threading_condition_new_with_lock", status, handle, POINTER(handle)
)
threading_condition_new_with_rlock = quick(
    "threading_condition_new_with_rlock", status, handle, POINTER(handle)
)
threading_condition_ensure = quick("threading_condition_ensure", handle, POINTER(handle))
threading_condition_acquire = slow("threading_condition_acquire", status, handle)
threading_condition_try_acquire = quick("threading_condition_try_acquire", status, handle)
threading_condition_acquire_timeout = slow("threading_condition_acquire_timeout", *within)
threading_condition_release = quick("threading_condition_release", status, handle)
threading_condition_locked = quick("threading_condition_locked", c_bool, handle)
threading_condition_wait = slow("threading_condition_wait", status, handle)
threading_condition_wait_timeout = slow("threading_condition_wait_timeout", *within)
threading_condition_wait_for = slow(
    "threading_condition_wait_for", status, handle, predicate, c_void_p
)
threading_condition_wait_for_timeout = slow(
    "threading_condition_wait_for_timeout", status, handle, predicate, c_void_p, c_double
)
threading_condition_notify = quick("threading_condition_notify", status, handle, c_size_t)
threading_condition_notify_all = quick("threading_condition_notify_all", status, handle)
threading_condition_set_name = quick("threading_condition_set_name", status, handle, c_char_p)
threading_condition_name = quick("threading_condition_name", *named)
threading_condition_destroy = quick("threading_condition_destroy", status, handle)

threading_semaphore_new = quick("threading_semaphore_new", status, c_size_t, POINTER(handle))
threading_semaphore_ensure = quick(
    "threading_semaphore_ensure", handle, POINTER(handle), c_size_t
)
threading_bounded_semaphore_new = quick(
    "threading_bounded_semaphore_new", status, c_size_t, POINTER(handle)
)
threading_saturating_semaphore_new = quick(
    "threading_saturating_semaphore_new", status, c_size_t, c_size_t, POINTER(handle)
)
threading_semaphore_acquire = slow("threading_semaphore_acquire", status, handle)
threading_semaphore_try_acquire = quick("threading_semaphore_try_acquire", status, handle)
threading_semaphore_acquire_timeout = slow("threading_semaphore_acquire_timeout", *within)
threading_semaphore_release = quick("threading_semaphore_release", status, handle)
threading_semaphore_release_n = quick("threading_semaphore_release_n", status, handle, c_size_t)
threading_semaphore_value = quick("threading_semaphore_value", c_size_t, handle)
threading_semaphore_set_name = quick("threading_semaphore_set_name", status, handle, c_char_p)
threading_semaphore_name = quick("threading_semaphore_name", *named)
threading_semaphore_destroy = quick("threading_semaphore_destroy", status, handle)

threading_event_new = quick("threading_event_new", status, POINTER(handle))
threading_event_ensure = quick("threading_event_ensure", handle, POINTER(handle))
threading_event_set = quick("threading_event_set", status, handle)
threading_event_clear = quick("threading_event_clear", status, handle)
threading_event_fd = slow("threading_event_fd", status, handle, POINTER(c_int))
threading_event_is_set = quick("threading_event_is_set", c_bool, handle)
threading_event_wait = slow("threading_event_wait", status, handle)
threading_event_wait_timeout = slow("threading_event_wait_timeout", status, handle, c_double)
threading_event_set_name = quick("threading_event_set_name", status, handle, c_char_p)
threading_event_name = quick("threading_event_name", *named)
threading_event_destroy = quick("threading_event_destroy", status, handle)

threading_barrier_new = quick(
    "threading_barrier_new", status, c_size_t, action, c_void_p, POINTER(handle)
)
threading_barrier_ensure = quick(
    "threading_barrier_ensure", handle, POINTER(handle), c_size_t, action, c_void_p
)
threading_barrier_wait = slow("threading_barrier_wait", status, handle, POINTER(c_size_t))
threading_barrier_wait_timeout = slow(
    "threading_barrier_wait_timeout", status, handle, c_double, POINTER(c_size_t)
)
threading_barrier_reset = quick("threading_barrier_reset", status, handle)
threading_barrier_abort = quick("threading_barrier_abort", status, handle)
threading_barrier_parties = quick("threading_barrier_parties", c_size_t, handle)
threading_barrier_n_waiting = quick("threading_barrier_n_waiting", c_size_t, handle)
threading_barrier_broken = quick("threading_barrier_broken", c_bool, handle)
threading_barrier_set_name = quick("threading_barrier_set_name", status, handle, c_char_p)
threading_barrier_name = quick("threading_barrier_name", *named)
threading_barrier_destroy = quick("threading_barrier_destroy", status, handle)

threading_latch_new = quick("threading_latch_new", status, c_size_t, POINTER(handle))
threading_latch_ensure = quick("threading_latch_ensure", handle, POINTER(handle), c_size_t)
threading_latch_count_down = quick("threading_latch_count_down", status, handle)
threading_latch_count_down_n = quick("threading_latch_count_down_n", status, handle, c_size_t)
threading_latch_count_up_n = quick("threading_latch_count_up_n", status, handle, c_size_t)
threading_latch_wait = slow("threading_latch_wait", status, handle)
threading_latch_wait_timeout = slow("threading_latch_wait_timeout", status, handle, c_double)
threading_latch_is_open = quick("threading_latch_is_open", c_bool, handle)
threading_latch_count = quick("threading_latch_count", c_size_t, handle)
threading_latch_set_name = quick("threading_latch_set_name", status, handle, c_char_p)
threading_latch_name = quick("threading_latch_name", *named)
threading_latch_destroy = quick("threading_latch_destroy", status, handle)

threading_queue_new = quick("threading_queue_new", status, c_size_t, POINTER(handle))
threading_queue_ensure = quick("threading_queue_ensure", handle, POINTER(handle), c_size_t)
threading_queue_put = slow("threading_queue_put", status, handle, c_void_p)
threading_queue_try_put = quick("threading_queue_try_put", status, handle, c_void_p)
threading_queue_put_timeout = slow(
    "threading_queue_put_timeout", status, handle, c_void_p, c_double
)
threading_queue_get = slow("threading_queue_get", status, handle, POINTER(c_void_p))
threading_queue_try_get = quick("threading_queue_try_get", status, handle, POINTER(c_void_p))
threading_queue_get_timeout = slow(
    "threading_queue_get_timeout", status, handle, c_double, POINTER(c_void_p)
)
threading_queue_shutdown = quick("threading_queue_shutdown", status, handle, c_bool)
threading_queue_drain = quick(
    "threading_queue_drain", status, handle, POINTER(c_void_p), c_size_t, POINTER(c_size_t)
)
threading_queue_task_done = quick("threading_queue_task_done", status, handle)
threading_queue_join = slow("threading_queue_join", status, handle)
threading_queue_join_timeout = slow("threading_queue_join_timeout", status, handle, c_double)
threading_queue_size = quick("threading_queue_size", c_size_t, handle)
threading_queue_maxsize = quick("threading_queue_maxsize", c_size_t, handle)
threading_queue_is_shut = quick("threading_queue_is_shut", c_bool, handle)
threading_queue_set_name = quick("threading_queue_set_name", status, handle, c_char_p)
threading_queue_name = quick("threading_queue_name", *named)
threading_queue_destroy = quick("threading_queue_destroy", status, handle)
threading_once_run = slow("threading_once_run", status, POINTER(c_uint64), action, c_void_p)
threading_once_run_timeout = slow(
    "threading_once_run_timeout", status, POINTER(c_uint64), action, c_void_p, c_double
)
threading_once_done = quick("threading_once_done", c_bool, POINTER(c_uint64))

# No destructor is ever given to a local of ours, so these call nothing back.
threading_local_new = quick(
    "threading_local_new", status, init, destructor, c_void_p, POINTER(handle)
)
threading_local_ensure = quick(
    "threading_local_ensure", handle, POINTER(handle), init, destructor, c_void_p
)
threading_local_get = quick("threading_local_get", c_void_p, handle)
threading_local_set = quick("threading_local_set", status, handle, c_void_p)
threading_local_exchange = quick(
    "threading_local_exchange", status, handle, c_void_p, POINTER(c_void_p)
)
threading_local_delete = quick("threading_local_delete", status, handle)
threading_local_set_name = quick("threading_local_set_name", status, handle, c_char_p)
threading_local_name = quick("threading_local_name", *named)
threading_local_destroy = quick("threading_local_destroy", status, handle)

threading_waits = quick("threading_waits", c_size_t, POINTER(wait), c_size_t)
threading_thread_waiting_for = quick(
    "threading_thread_waiting_for", status, handle, POINTER(wait)
)
threading_find_deadlock = quick(
    "threading_find_deadlock", c_size_t, POINTER(wait), c_size_t, POINTER(c_int32)
)
threading_contention_top = quick(
    "threading_contention_top", c_size_t, POINTER(contention), c_size_t
)
threading_contention_reset = quick("threading_contention_reset", status)
threading_dump = slow("threading_dump", status, c_int32)
threading_dump_json = slow("threading_dump_json", status, c_int32)
threading_timeline_json = slow("threading_timeline_json", status, c_int32)
threading_report_html = slow("threading_report_html", status, c_int32)
threading_mark = quick("threading_mark", status, c_char_p)
threading_dump_on_signal = slow("threading_dump_on_signal", status, c_int32, c_char_p)
threading_watch = slow("threading_watch", status, c_double, c_double)
threading_set_deadlock_hook = slow("threading_set_deadlock_hook", status, deadlock_hook, c_void_p)
threading_inspect = slow("threading_inspect", status, c_uint32)
threading_set_order_hook = slow("threading_set_order_hook", status, order_hook, c_void_p)
threading_holds_top = quick("threading_holds_top", c_size_t, POINTER(hold), c_size_t)
