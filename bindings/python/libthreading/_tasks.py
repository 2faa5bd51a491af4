"""The functions of threading.h for what the library calls later: timers, executors, and the futures
of their tasks."""

from ctypes import POINTER, c_bool, c_char_p, c_double, c_size_t, c_void_p

from libthreading._declaring import named, quick, slow, status, target, within
from libthreading._structures import handle

threading_timer_new = slow(
    "threading_timer_new", status, c_double, target, c_void_p, POINTER(handle)
)
threading_timer_new_periodic = slow(
    "threading_timer_new_periodic", status, c_double, c_double, target, c_void_p, POINTER(handle)
)
threading_timer_start = slow("threading_timer_start", status, handle)
threading_timer_rearm = slow(
    "threading_timer_rearm", status, handle, c_double, POINTER(c_bool)
)
threading_timer_cancel = slow("threading_timer_cancel", status, handle, POINTER(c_bool))
threading_timer_thread = slow("threading_timer_thread", handle, handle)
threading_timer_destroy = slow("threading_timer_destroy", status, handle)

threading_executor_new = slow(
    "threading_executor_new", status, c_size_t, c_char_p, POINTER(handle)
)
threading_executor_submit = slow(
    "threading_executor_submit", status, handle, target, c_void_p, POINTER(handle)
)
threading_executor_shutdown = slow("threading_executor_shutdown", status, handle, c_bool)
threading_executor_shutdown_timeout = slow(
    "threading_executor_shutdown_timeout", status, handle, c_bool, c_double
)
threading_executor_is_shut = quick("threading_executor_is_shut", c_bool, handle)
threading_executor_set_name = quick("threading_executor_set_name", status, handle, c_char_p)
threading_executor_name = quick("threading_executor_name", *named)
threading_executor_destroy = slow("threading_executor_destroy", status, handle)

threading_future_wait = slow("threading_future_wait", status, handle)
threading_future_wait_timeout = slow("threading_future_wait_timeout", *within)
threading_future_result = slow("threading_future_result", status, handle, POINTER(c_void_p))
threading_future_result_timeout = slow(
    "threading_future_result_timeout", status, handle, c_double, POINTER(c_void_p)
)
threading_future_finish = slow("threading_future_finish", status, handle, POINTER(c_void_p))
threading_future_cancel = slow("threading_future_cancel", status, handle, POINTER(c_bool))
threading_future_is_done = quick("threading_future_is_done", c_bool, handle)
threading_future_was_cancelled = quick("threading_future_was_cancelled", c_bool, handle)
threading_future_thread = quick("threading_future_thread", handle, handle)
threading_future_destroy = slow("threading_future_destroy", status, handle)
