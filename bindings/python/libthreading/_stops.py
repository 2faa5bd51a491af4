"""The functions of threading.h for stops, for waits that a stop ends, and for waits for several
objects."""

from ctypes import POINTER, c_bool, c_char_p, c_double, c_size_t, c_void_p

from libthreading._declaring import named, predicate, quick, slow, status, with_stop
from libthreading._structures import handle

threading_stop_new = quick("threading_stop_new", status, handle, POINTER(handle))
threading_stop_new_timeout = quick(
    "threading_stop_new_timeout", status, handle, c_double, POINTER(handle)
)
threading_stop_ensure = quick("threading_stop_ensure", handle, POINTER(handle))
threading_stop_request = quick("threading_stop_request", status, handle)
threading_stop_requested = quick("threading_stop_requested", c_bool, handle)
threading_stop_expired = quick("threading_stop_expired", c_bool, handle)
threading_stop_remaining = quick("threading_stop_remaining", c_double, handle)
threading_stop_wait = slow("threading_stop_wait", status, handle)
threading_stop_wait_timeout = slow("threading_stop_wait_timeout", status, handle, c_double)
threading_stop_set_name = quick("threading_stop_set_name", status, handle, c_char_p)
threading_stop_name = quick("threading_stop_name", *named)
threading_stop_destroy = quick("threading_stop_destroy", status, handle)

threading_lock_acquire_stop = slow("threading_lock_acquire_stop", *with_stop)
threading_rlock_acquire_stop = slow("threading_rlock_acquire_stop", *with_stop)
threading_condition_acquire_stop = slow("threading_condition_acquire_stop", *with_stop)
threading_condition_wait_stop = slow("threading_condition_wait_stop", *with_stop)
threading_condition_wait_for_stop = slow(
    "threading_condition_wait_for_stop", status, handle, predicate, c_void_p, c_double, handle
)
threading_semaphore_acquire_stop = slow("threading_semaphore_acquire_stop", *with_stop)
threading_event_wait_stop = slow("threading_event_wait_stop", *with_stop)
threading_latch_wait_stop = slow("threading_latch_wait_stop", *with_stop)
threading_thread_join_stop = slow("threading_thread_join_stop", *with_stop)
threading_rwlock_acquire_read_stop = slow("threading_rwlock_acquire_read_stop", *with_stop)
threading_rwlock_acquire_write_stop = slow("threading_rwlock_acquire_write_stop", *with_stop)
threading_queue_put_stop = slow(
    "threading_queue_put_stop", status, handle, c_void_p, c_double, handle
)
threading_queue_get_stop = slow(
    "threading_queue_get_stop", status, handle, c_double, handle, POINTER(c_void_p)
)
threading_queue_join_stop = slow("threading_queue_join_stop", *with_stop)
threading_future_wait_stop = slow("threading_future_wait_stop", *with_stop)
threading_wait_any = slow(
    "threading_wait_any", status, POINTER(handle), c_size_t, POINTER(c_size_t)
)
threading_wait_any_timeout = slow(
    "threading_wait_any_timeout", status, POINTER(handle), c_size_t, c_double, POINTER(c_size_t)
)
