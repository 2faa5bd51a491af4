//! Keeps the library in memory.

use core::ffi::{c_char, c_int, c_void};
use core::{mem, ptr};

use crate::platform::errno::KeepErrno;
use crate::platform::weak;

/// Keeps the library in memory for ever: thread-local destructors and running threads need its
/// code. This is for the archive inside somebody's plug-in. Where nothing can be loaded there is no
/// plug-in.
pub fn pin() {
    // It is linked so.
    if cfg!(shared_library) {
        return;
    }
    type Open = unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void;
    let _errno = KeepErrno::new();
    let found = weak::look_up_shared(c"dlopen");
    // SAFETY: `dlopen` has this type, and null is the type's `None`.
    let dlopen: Option<Open> = unsafe { mem::transmute(found) };
    let (Some(dlopen), Some(dladdr)) = (dlopen, weak::functions().dladdr) else { return };
    let mut found = libc::Dl_info {
        dli_fname: ptr::null(),
        dli_fbase: ptr::null_mut(),
        dli_sname: ptr::null(),
        dli_saddr: ptr::null_mut(),
    };
    // SAFETY: `found` is a valid place for the answer; the name that comes back is a NUL-terminated
    // string that stays; opening what is loaded already runs nothing.
    unsafe {
        if dladdr(pin as *const c_void, &mut found) != 0 && !found.dli_fname.is_null() {
            dlopen(found.dli_fname, libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE);
        }
    }
}
