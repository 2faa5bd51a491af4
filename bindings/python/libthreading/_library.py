"""Every function of threading.h, declared for ctypes under its own name. A test compares the
declarations with the header.

A handle is a struct with one 64-bit member. The 64-bit ABIs pass and return it as they do a 64-bit
integer, so it is declared as one: ctypes is much quicker with integers than with structs.
"""

import ctypes
from ctypes import (
    CFUNCTYPE,
    POINTER,
    c_bool,
    c_char_p,
    c_double,
    c_int,
    c_int32,
    c_size_t,
    c_uint32,
    c_uint64,
    c_void_p,
)
from typing import Any, Callable, Dict, Tuple

from libthreading import _finding
from libthreading._numbers import *  # noqa: F403
from libthreading._structures import contention as contention
from libthreading._structures import exception as exception
from libthreading._structures import handle as handle
from libthreading._structures import hold as hold
from libthreading._structures import order as order
from libthreading._structures import wait as wait

status = c_int32


target = CFUNCTYPE(c_void_p, c_void_p)
callback = CFUNCTYPE(None, c_void_p)
thread_hook = CFUNCTYPE(None, handle, c_void_p)
excepthook = CFUNCTYPE(None, POINTER(exception), c_void_p)
error_hook = CFUNCTYPE(None, c_char_p, status, handle, c_void_p)
predicate = CFUNCTYPE(c_bool, c_void_p)
action = CFUNCTYPE(c_bool, c_void_p)
init = CFUNCTYPE(c_void_p, c_void_p)
destructor = CFUNCTYPE(None, c_void_p)
deadlock_hook = CFUNCTYPE(None, POINTER(wait), c_size_t, c_int32, c_void_p)
order_hook = CFUNCTYPE(None, POINTER(order), c_size_t, c_void_p)

# What has been declared: the result's type and the parameters' types, by the function's name.
DECLARED: Dict[str, Tuple[Any, Tuple[Any, ...]]] = {}

_releasing = _finding.load()
_keeping = ctypes.PyDLL(_releasing._name, handle=_releasing._handle)


def _from(
    library: ctypes.CDLL, name: str, result: Any, parameters: Tuple[Any, ...]
) -> Callable[..., Any]:
    try:
        function = getattr(library, name)
    except AttributeError:
        raise ImportError(
            f"libthreading: {library._name} has no {name}: it is of another version"
        ) from None
    function.restype = result
    function.argtypes = parameters
    DECLARED[name] = (result, parameters)
    return function  # type: ignore[no-any-return]


def _slow(name: str, result: Any, *parameters: Any) -> Callable[..., Any]:
    """A function that may block, or call back: the GIL is released around it."""
    return _from(_releasing, name, result, parameters)


def _quick(name: str, result: Any, *parameters: Any) -> Callable[..., Any]:
    """A function that keeps the GIL, which saves its release and its re-acquisition.

    Only for what never blocks and calls no callback. It may have to wait for a lock inside the
    library; that is safe because the library calls no callback with such a lock held: its holder
    never waits for the GIL.
    """
    return _from(_keeping, name, result, parameters)


threading_status_name = _quick("threading_status_name", c_char_p, c_int32)
threading_status_message = _quick("threading_status_message", c_char_p, c_int32)
threading_error_message = _quick("threading_error_message", c_char_p)
threading_version = _quick("threading_version", c_char_p)
threading_check = _quick("threading_check", status, c_int32, c_char_p, c_char_p, c_int)
threading_with_failed_ = _quick("threading_with_failed_", status, c_int32, c_char_p, c_int)

_within = (status, handle, c_double)
_name = (status, handle, c_char_p, c_size_t, POINTER(c_size_t))

threading_thread_new = _slow(
    "threading_thread_new", status, c_char_p, target, c_void_p, POINTER(handle)
)
threading_thread_spawn = _slow(
    "threading_thread_spawn", status, c_char_p, target, c_void_p, POINTER(handle)
)
threading_thread_spawn_daemon = _slow(
    "threading_thread_spawn_daemon", status, c_char_p, target, c_void_p, POINTER(handle)
)
threading_thread_start = _slow("threading_thread_start", status, handle)
threading_thread_join = _slow("threading_thread_join", status, handle)
threading_thread_join_timeout = _slow("threading_thread_join_timeout", status, handle, c_double)
threading_thread_result = _slow("threading_thread_result", status, handle, POINTER(c_void_p))
threading_thread_finish = _slow("threading_thread_finish", status, handle, POINTER(c_void_p))
threading_thread_is_alive = _quick("threading_thread_is_alive", c_bool, handle)
threading_thread_destroy = _slow("threading_thread_destroy", status, handle)
threading_exit = _slow("threading_exit", status, c_void_p)
threading_thread_name = _slow("threading_thread_name", *_name)
threading_thread_set_name = _slow("threading_thread_set_name", status, handle, c_char_p)
threading_thread_daemon = _quick("threading_thread_daemon", c_bool, handle)
threading_thread_set_daemon = _quick("threading_thread_set_daemon", status, handle, c_bool)
threading_thread_set_stack_size = _slow("threading_thread_set_stack_size", status, handle, c_size_t)
threading_thread_ident = _quick("threading_thread_ident", c_uint64, handle)
threading_thread_native_id = _slow("threading_thread_native_id", c_uint64, handle)
threading_current_thread = _slow("threading_current_thread", handle)
threading_main_thread = _quick("threading_main_thread", handle)
threading_current_name = _slow("threading_current_name", c_char_p)
threading_get_ident = _quick("threading_get_ident", c_uint64)
threading_get_native_id = _quick("threading_get_native_id", c_uint64)
threading_active_count = _slow("threading_active_count", c_size_t)
threading_enumerate = _slow("threading_enumerate", c_size_t, POINTER(handle), c_size_t)
threading_stack_size = _quick("threading_stack_size", c_size_t)
threading_set_stack_size = _quick("threading_set_stack_size", status, c_size_t)
threading_monotonic = _quick("threading_monotonic", c_double)
threading_sleep = _slow("threading_sleep", status, c_double)
threading_register_atexit = _slow("threading_register_atexit", status, callback, c_void_p)
threading_shutdown = _slow("threading_shutdown", status)
threading_shutdown_timeout = _slow("threading_shutdown_timeout", status, c_double)
threading_set_start_hook = _slow("threading_set_start_hook", status, thread_hook, c_void_p)
threading_set_exit_hook = _slow("threading_set_exit_hook", status, thread_hook, c_void_p)
threading_set_excepthook = _slow("threading_set_excepthook", status, excepthook, c_void_p)
threading_has_excepthook = _quick("threading_has_excepthook", c_bool)
threading_set_error_hook = _slow("threading_set_error_hook", status, error_hook, c_void_p)
threading_report_mistakes = _slow("threading_report_mistakes", status, c_bool)
threading_report_exception = _slow(
    "threading_report_exception", status, c_char_p, c_char_p, c_void_p
)

threading_lock_new = _quick("threading_lock_new", status, POINTER(handle))
threading_lock_ensure = _quick("threading_lock_ensure", handle, POINTER(handle))
threading_lock_acquire = _slow("threading_lock_acquire", status, handle)
threading_lock_try_acquire = _quick("threading_lock_try_acquire", status, handle)
threading_lock_acquire_timeout = _slow("threading_lock_acquire_timeout", status, handle, c_double)
threading_lock_release = _quick("threading_lock_release", status, handle)
threading_lock_set_owned = _quick("threading_lock_set_owned", status, handle)
threading_lock_locked = _quick("threading_lock_locked", c_bool, handle)
threading_lock_set_name = _quick("threading_lock_set_name", status, handle, c_char_p)
threading_lock_name = _quick("threading_lock_name", *_name)
threading_lock_destroy = _quick("threading_lock_destroy", status, handle)

threading_rlock_new = _quick("threading_rlock_new", status, POINTER(handle))
threading_rlock_ensure = _quick("threading_rlock_ensure", handle, POINTER(handle))
threading_rlock_acquire = _slow("threading_rlock_acquire", status, handle)
threading_rlock_try_acquire = _quick("threading_rlock_try_acquire", status, handle)
threading_rlock_acquire_timeout = _slow("threading_rlock_acquire_timeout", status, handle, c_double)
threading_rlock_release = _quick("threading_rlock_release", status, handle)
threading_rlock_locked = _quick("threading_rlock_locked", c_bool, handle)
threading_rlock_depth = _quick("threading_rlock_depth", c_size_t, handle)
threading_rlock_owner = _quick("threading_rlock_owner", c_uint64, handle, POINTER(c_size_t))
threading_rlock_set_name = _quick("threading_rlock_set_name", status, handle, c_char_p)
threading_rlock_name = _quick("threading_rlock_name", *_name)
threading_rlock_destroy = _quick("threading_rlock_destroy", status, handle)

threading_rwlock_new = _quick("threading_rwlock_new", status, POINTER(handle))
threading_rwlock_ensure = _quick("threading_rwlock_ensure", handle, POINTER(handle))
threading_rwlock_acquire_read = _slow("threading_rwlock_acquire_read", status, handle)
threading_rwlock_try_acquire_read = _quick("threading_rwlock_try_acquire_read", status, handle)
threading_rwlock_acquire_read_timeout = _slow("threading_rwlock_acquire_read_timeout", *_within)
threading_rwlock_release_read = _quick("threading_rwlock_release_read", status, handle)
threading_rwlock_acquire_write = _slow("threading_rwlock_acquire_write", status, handle)
threading_rwlock_try_acquire_write = _quick("threading_rwlock_try_acquire_write", status, handle)
threading_rwlock_acquire_write_timeout = _slow("threading_rwlock_acquire_write_timeout", *_within)
threading_rwlock_release_write = _quick("threading_rwlock_release_write", status, handle)
threading_rwlock_downgrade = _quick("threading_rwlock_downgrade", status, handle)
threading_rwlock_try_upgrade = _quick("threading_rwlock_try_upgrade", status, handle)
# What THREADING_WITH of C takes: structs that have the handle in them, and nothing else.
threading_rwlock_reading = _quick("threading_rwlock_reading", handle, handle)
threading_rwlock_writing = _quick("threading_rwlock_writing", handle, handle)
threading_rwlock_write_locked = _quick("threading_rwlock_write_locked", c_bool, handle)
threading_rwlock_readers = _quick("threading_rwlock_readers", c_size_t, handle)
threading_rwlock_writer = _quick("threading_rwlock_writer", c_uint64, handle)
threading_rwlock_set_name = _quick("threading_rwlock_set_name", status, handle, c_char_p)
threading_rwlock_name = _quick("threading_rwlock_name", *_name)
threading_rwlock_destroy = _quick("threading_rwlock_destroy", status, handle)

threading_condition_new = _quick("threading_condition_new", status, POINTER(handle))
threading_condition_new_with_lock = _quick(
    "threading_condition_new_with_lock", status, handle, POINTER(handle)
)
threading_condition_new_with_rlock = _quick(
    "threading_condition_new_with_rlock", status, handle, POINTER(handle)
)
threading_condition_ensure = _quick("threading_condition_ensure", handle, POINTER(handle))
threading_condition_acquire = _slow("threading_condition_acquire", status, handle)
threading_condition_try_acquire = _quick("threading_condition_try_acquire", status, handle)
threading_condition_acquire_timeout = _slow("threading_condition_acquire_timeout", *_within)
threading_condition_release = _quick("threading_condition_release", status, handle)
threading_condition_locked = _quick("threading_condition_locked", c_bool, handle)
threading_condition_wait = _slow("threading_condition_wait", status, handle)
threading_condition_wait_timeout = _slow("threading_condition_wait_timeout", *_within)
threading_condition_wait_for = _slow(
    "threading_condition_wait_for", status, handle, predicate, c_void_p
)
threading_condition_wait_for_timeout = _slow(
    "threading_condition_wait_for_timeout", status, handle, predicate, c_void_p, c_double
)
threading_condition_notify = _quick("threading_condition_notify", status, handle, c_size_t)
threading_condition_notify_all = _quick("threading_condition_notify_all", status, handle)
threading_condition_set_name = _quick("threading_condition_set_name", status, handle, c_char_p)
threading_condition_name = _quick("threading_condition_name", *_name)
threading_condition_destroy = _quick("threading_condition_destroy", status, handle)

threading_semaphore_new = _quick("threading_semaphore_new", status, c_size_t, POINTER(handle))
threading_bounded_semaphore_new = _quick(
    "threading_bounded_semaphore_new", status, c_size_t, POINTER(handle)
)
threading_saturating_semaphore_new = _quick(
    "threading_saturating_semaphore_new", status, c_size_t, c_size_t, POINTER(handle)
)
threading_semaphore_acquire = _slow("threading_semaphore_acquire", status, handle)
threading_semaphore_try_acquire = _quick("threading_semaphore_try_acquire", status, handle)
threading_semaphore_acquire_timeout = _slow("threading_semaphore_acquire_timeout", *_within)
threading_semaphore_release = _quick("threading_semaphore_release", status, handle)
threading_semaphore_release_n = _quick("threading_semaphore_release_n", status, handle, c_size_t)
threading_semaphore_value = _quick("threading_semaphore_value", c_size_t, handle)
threading_semaphore_set_name = _quick("threading_semaphore_set_name", status, handle, c_char_p)
threading_semaphore_name = _quick("threading_semaphore_name", *_name)
threading_semaphore_destroy = _quick("threading_semaphore_destroy", status, handle)

threading_event_new = _quick("threading_event_new", status, POINTER(handle))
threading_event_ensure = _quick("threading_event_ensure", handle, POINTER(handle))
threading_event_set = _quick("threading_event_set", status, handle)
threading_event_clear = _quick("threading_event_clear", status, handle)
threading_event_fd = _slow("threading_event_fd", status, handle, POINTER(c_int))
threading_event_is_set = _quick("threading_event_is_set", c_bool, handle)
threading_event_wait = _slow("threading_event_wait", status, handle)
threading_event_wait_timeout = _slow("threading_event_wait_timeout", status, handle, c_double)
threading_event_set_name = _quick("threading_event_set_name", status, handle, c_char_p)
threading_event_name = _quick("threading_event_name", *_name)
threading_event_destroy = _quick("threading_event_destroy", status, handle)

threading_barrier_new = _quick(
    "threading_barrier_new", status, c_size_t, action, c_void_p, POINTER(handle)
)
threading_barrier_wait = _slow("threading_barrier_wait", status, handle, POINTER(c_size_t))
threading_barrier_wait_timeout = _slow(
    "threading_barrier_wait_timeout", status, handle, c_double, POINTER(c_size_t)
)
threading_barrier_reset = _quick("threading_barrier_reset", status, handle)
threading_barrier_abort = _quick("threading_barrier_abort", status, handle)
threading_barrier_parties = _quick("threading_barrier_parties", c_size_t, handle)
threading_barrier_n_waiting = _quick("threading_barrier_n_waiting", c_size_t, handle)
threading_barrier_broken = _quick("threading_barrier_broken", c_bool, handle)
threading_barrier_set_name = _quick("threading_barrier_set_name", status, handle, c_char_p)
threading_barrier_name = _quick("threading_barrier_name", *_name)
threading_barrier_destroy = _quick("threading_barrier_destroy", status, handle)

threading_latch_new = _quick("threading_latch_new", status, c_size_t, POINTER(handle))
threading_latch_count_down = _quick("threading_latch_count_down", status, handle)
threading_latch_count_down_n = _quick("threading_latch_count_down_n", status, handle, c_size_t)
threading_latch_count_up_n = _quick("threading_latch_count_up_n", status, handle, c_size_t)
threading_latch_wait = _slow("threading_latch_wait", status, handle)
threading_latch_wait_timeout = _slow("threading_latch_wait_timeout", status, handle, c_double)
threading_latch_is_open = _quick("threading_latch_is_open", c_bool, handle)
threading_latch_count = _quick("threading_latch_count", c_size_t, handle)
threading_latch_set_name = _quick("threading_latch_set_name", status, handle, c_char_p)
threading_latch_name = _quick("threading_latch_name", *_name)
threading_latch_destroy = _quick("threading_latch_destroy", status, handle)

threading_queue_new = _quick("threading_queue_new", status, c_size_t, POINTER(handle))
threading_queue_put = _slow("threading_queue_put", status, handle, c_void_p)
threading_queue_try_put = _quick("threading_queue_try_put", status, handle, c_void_p)
threading_queue_put_timeout = _slow(
    "threading_queue_put_timeout", status, handle, c_void_p, c_double
)
threading_queue_get = _slow("threading_queue_get", status, handle, POINTER(c_void_p))
threading_queue_try_get = _quick("threading_queue_try_get", status, handle, POINTER(c_void_p))
threading_queue_get_timeout = _slow(
    "threading_queue_get_timeout", status, handle, c_double, POINTER(c_void_p)
)
threading_queue_shutdown = _quick("threading_queue_shutdown", status, handle, c_bool)
threading_queue_drain = _quick(
    "threading_queue_drain", status, handle, POINTER(c_void_p), c_size_t, POINTER(c_size_t)
)
threading_queue_task_done = _quick("threading_queue_task_done", status, handle)
threading_queue_join = _slow("threading_queue_join", status, handle)
threading_queue_join_timeout = _slow("threading_queue_join_timeout", status, handle, c_double)
threading_queue_size = _quick("threading_queue_size", c_size_t, handle)
threading_queue_maxsize = _quick("threading_queue_maxsize", c_size_t, handle)
threading_queue_is_shut = _quick("threading_queue_is_shut", c_bool, handle)
threading_queue_set_name = _quick("threading_queue_set_name", status, handle, c_char_p)
threading_queue_name = _quick(
    "threading_queue_name", status, handle, c_char_p, c_size_t, POINTER(c_size_t)
)
threading_queue_destroy = _quick("threading_queue_destroy", status, handle)
threading_once_run = _slow("threading_once_run", status, POINTER(c_uint64), action, c_void_p)
threading_once_run_timeout = _slow(
    "threading_once_run_timeout", status, POINTER(c_uint64), action, c_void_p, c_double
)
threading_once_done = _quick("threading_once_done", c_bool, POINTER(c_uint64))

threading_stop_new = _quick("threading_stop_new", status, handle, POINTER(handle))
threading_stop_new_timeout = _quick(
    "threading_stop_new_timeout", status, handle, c_double, POINTER(handle)
)
threading_stop_request = _quick("threading_stop_request", status, handle)
threading_stop_requested = _quick("threading_stop_requested", c_bool, handle)
threading_stop_expired = _quick("threading_stop_expired", c_bool, handle)
threading_stop_remaining = _quick("threading_stop_remaining", c_double, handle)
threading_stop_wait = _slow("threading_stop_wait", status, handle)
threading_stop_wait_timeout = _slow("threading_stop_wait_timeout", status, handle, c_double)
threading_stop_set_name = _quick("threading_stop_set_name", status, handle, c_char_p)
threading_stop_name = _quick("threading_stop_name", *_name)
threading_stop_destroy = _quick("threading_stop_destroy", status, handle)

_with_stop = (status, handle, c_double, handle)
threading_lock_acquire_stop = _slow("threading_lock_acquire_stop", *_with_stop)
threading_rlock_acquire_stop = _slow("threading_rlock_acquire_stop", *_with_stop)
threading_condition_acquire_stop = _slow("threading_condition_acquire_stop", *_with_stop)
threading_condition_wait_stop = _slow("threading_condition_wait_stop", *_with_stop)
threading_condition_wait_for_stop = _slow(
    "threading_condition_wait_for_stop", status, handle, predicate, c_void_p, c_double, handle
)
threading_semaphore_acquire_stop = _slow("threading_semaphore_acquire_stop", *_with_stop)
threading_event_wait_stop = _slow("threading_event_wait_stop", *_with_stop)
threading_latch_wait_stop = _slow("threading_latch_wait_stop", *_with_stop)
threading_thread_join_stop = _slow("threading_thread_join_stop", *_with_stop)
threading_wait_any = _slow(
    "threading_wait_any", status, POINTER(handle), c_size_t, POINTER(c_size_t)
)
threading_wait_any_timeout = _slow(
    "threading_wait_any_timeout", status, POINTER(handle), c_size_t, c_double, POINTER(c_size_t)
)

threading_timer_new = _slow(
    "threading_timer_new", status, c_double, target, c_void_p, POINTER(handle)
)
threading_timer_new_periodic = _slow(
    "threading_timer_new_periodic", status, c_double, c_double, target, c_void_p, POINTER(handle)
)
threading_timer_start = _slow("threading_timer_start", status, handle)
threading_timer_rearm = _slow(
    "threading_timer_rearm", status, handle, c_double, POINTER(c_bool)
)
threading_timer_cancel = _slow("threading_timer_cancel", status, handle, POINTER(c_bool))
threading_timer_thread = _slow("threading_timer_thread", handle, handle)
threading_timer_destroy = _slow("threading_timer_destroy", status, handle)

# No destructor is ever given to a local of ours, so these call nothing back.
threading_local_new = _quick(
    "threading_local_new", status, init, destructor, c_void_p, POINTER(handle)
)
threading_local_get = _quick("threading_local_get", c_void_p, handle)
threading_local_set = _quick("threading_local_set", status, handle, c_void_p)
threading_local_exchange = _quick(
    "threading_local_exchange", status, handle, c_void_p, POINTER(c_void_p)
)
threading_local_delete = _quick("threading_local_delete", status, handle)
threading_local_set_name = _quick("threading_local_set_name", status, handle, c_char_p)
threading_local_name = _quick("threading_local_name", *_name)
threading_local_destroy = _quick("threading_local_destroy", status, handle)

threading_waits = _quick("threading_waits", c_size_t, POINTER(wait), c_size_t)
threading_thread_waiting_for = _quick(
    "threading_thread_waiting_for", status, handle, POINTER(wait)
)
threading_find_deadlock = _quick(
    "threading_find_deadlock", c_size_t, POINTER(wait), c_size_t, POINTER(c_int32)
)
threading_contention_top = _quick(
    "threading_contention_top", c_size_t, POINTER(contention), c_size_t
)
threading_contention_reset = _quick("threading_contention_reset", status)
threading_dump = _slow("threading_dump", status, c_int32)
threading_dump_json = _slow("threading_dump_json", status, c_int32)
threading_timeline_json = _slow("threading_timeline_json", status, c_int32)
threading_report_html = _slow("threading_report_html", status, c_int32)
threading_mark = _quick("threading_mark", status, c_char_p)
threading_dump_on_signal = _slow("threading_dump_on_signal", status, c_int32, c_char_p)
threading_watch = _slow("threading_watch", status, c_double, c_double)
threading_set_deadlock_hook = _slow("threading_set_deadlock_hook", status, deadlock_hook, c_void_p)
threading_inspect = _slow("threading_inspect", status, c_uint32)
threading_set_order_hook = _slow("threading_set_order_hook", status, order_hook, c_void_p)
threading_holds_top = _quick("threading_holds_top", c_size_t, POINTER(hold), c_size_t)
