//! How a wait with a stop is called: one way for all of them.

use core::ffi::{CStr, c_void};

use crate::capi::condition_wait::{threading_predicate, valid_arguments, wait_for};
use crate::lifecycle;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::platform::site::pass_site_on;
use crate::platform::tls::CallSite;
use crate::status::Status;
use crate::sync::queue;
use crate::thread::any::{self, Failure, StopWait};
use crate::wait::timeout::Timeout;

/// A function's name, and what it calls.
pub struct StopCall(pub &'static CStr, pub StopWait);

pass_site_on!(with_stop to with_stop_from(
    object: Handle, stop: Handle, call: &'static StopCall, seconds: f64
));

#[cold]
#[inline(never)]
#[allow(improper_ctypes_definitions)]
extern "C-unwind" fn with_stop_from(
    object: Handle,
    stop: Handle,
    call: &'static StopCall,
    seconds: f64,
    site: usize,
) -> Status {
    lifecycle::ensure();
    let result = {
        let _site = CallSite::enter(site);
        any::wait_with_stop(object, Timeout::from_seconds(seconds), stop, &call.1)
    };
    finish(call.0, result)
}

pass_site_on!(wait_for_with_stop to wait_for_with_stop_from(
    condition: Handle, predicate: threading_predicate, ctx: *mut c_void, stop: Handle, seconds: f64
), after: 4);

#[cold]
#[inline(never)]
extern "C-unwind" fn wait_for_with_stop_from(
    condition: Handle,
    predicate: threading_predicate,
    ctx: *mut c_void,
    stop: Handle,
    seconds: f64,
    site: usize,
) -> Status {
    lifecycle::ensure();
    let _site = CallSite::enter(site);
    let timeout = Timeout::from_seconds(seconds);
    let arguments = valid_arguments(predicate, timeout).map_err(|status| (status, condition));
    let result = any::unless_stopped(stop, arguments).and_then(|_| {
        // SAFETY: the predicate may be called with this context, by the caller's promise.
        let waited = unsafe { wait_for(condition, predicate, ctx, timeout, stop) };
        waited.map_err(|status| (status, condition))
    });
    finish(c"threading_condition_wait_for_stop", result)
}

pass_site_on!(put_with_stop to put_with_stop_from(
    queue: Handle, item: *mut c_void, stop: Handle, seconds: f64
));

#[cold]
#[inline(never)]
extern "C-unwind" fn put_with_stop_from(
    queue: Handle,
    item: *mut c_void,
    stop: Handle,
    seconds: f64,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    let timeout = Timeout::from_seconds(seconds).map_err(|status| (status, queue));
    let result = any::unless_stopped(stop, timeout).and_then(|timeout| {
        let put = queue::put_unless_stopped(queue, item, timeout, stop);
        put.map_err(|status| (status, queue))
    });
    finish(c"threading_queue_put_stop", result)
}

pass_site_on!(get_with_stop to get_with_stop_from(
    queue: Handle, stop: Handle, item: *mut *mut c_void, seconds: f64
));

#[cold]
#[inline(never)]
extern "C-unwind" fn get_with_stop_from(
    queue: Handle,
    stop: Handle,
    item: *mut *mut c_void,
    seconds: f64,
    site: usize,
) -> Status {
    let _site = CallSite::enter(site);
    let of_queue = |status: Status| (status, queue);
    let timeout = Timeout::from_seconds(seconds);
    let arguments = timeout.and_then(|timeout| match item.is_null() {
        true => Err(failure!(THREADING_INVALID_ARGUMENT, c"item is NULL")),
        false => Ok(timeout),
    });
    let result = any::unless_stopped(stop, arguments.map_err(of_queue)).and_then(|timeout| {
        let taken = queue::get_unless_stopped(queue, timeout, stop).map_err(of_queue)?;
        // SAFETY: not null, so it may be written, by the caller's promise.
        unsafe { item.write(taken) };
        Ok(())
    });
    finish(c"threading_queue_get_stop", result)
}

fn finish(function: &'static CStr, result: Result<(), Failure>) -> Status {
    match result {
        Ok(()) => Status::THREADING_OK,
        Err((status, handle)) => super::failed(function, handle, status),
    }
}
