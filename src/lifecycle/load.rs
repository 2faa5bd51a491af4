//! What happens when the library is loaded; for a program that comes even earlier, at its first
//! call that needs it.

use core::ffi::{c_char, c_int, c_void};
use core::hint;
use core::mem;
use core::ptr;

use crate::atomic::Ordering;
use crate::inspect;
use crate::lifecycle::fork;
use crate::platform::fork_epoch::{self, stage};
use crate::platform::system::KeepErrno;
use crate::platform::weak;
use crate::thread::at_exit;
use crate::thread::end;
use crate::thread::record::{self, MAIN, Making, RUNNING};
use crate::wait::this_thread::{self, Ending};

// How far the setting up has come:
//
// | stage | means                                                             |
// |-------|-------------------------------------------------------------------|
// | 0     | nothing was done; or a fork that was not noticed yet: see `forks` |
// | 1     | somebody is at it                                                 |
// | 2     | all is in place                                                   |

static ENDING: Ending = Ending { every_round: end::every_round, last_round: end::last_round };

/// Runs before constructors of programs and of libraries that use this one: those without a
/// priority come later, and so do dependents. Models begin with nothing done.
#[cfg(not(loom))]
#[used]
#[cfg_attr(target_os = "linux", unsafe(link_section = ".init_array.00090"))]
static CONSTRUCTOR: extern "C" fn() = construct;

#[cfg_attr(loom, allow(dead_code))]
extern "C" fn construct() {
    ensure();
    at_exit::loaded();
    pin();
}

/// Makes sure that the main thread has its record and that ends and forks are heard of.
#[inline]
pub fn ensure() {
    // ORDERING: Acquire, pairs with the Release below: the main thread's record and the handlers
    // are seen.
    if stage().load(Ordering::Acquire) != 2 {
        set_up();
    }
}

#[cold]
fn set_up() {
    // ORDERING: Acquire, all: as above.
    if !fork_epoch::notice() || stage().load(Ordering::Acquire) == 2 {
        return;
    }
    if stage().compare_exchange(0, 1, Ordering::Acquire, Ordering::Acquire).is_err() {
        while stage().load(Ordering::Acquire) != 2 {
            hint::spin_loop();
        }
        return;
    }
    let _errno = KeepErrno::new();
    inspect::register_listeners();
    fork::look_inside();
    this_thread::set_ending(&ENDING);
    this_thread::prepare_key();
    record::make_main(&Making {
        target: ptr::null_mut(),
        argument: ptr::null_mut(),
        name: ptr::null_mut(),
        ident: this_thread::MAIN.0,
        // SAFETY: the call has no precondition. The process's id is its first thread's.
        native_id: unsafe { libc::getpid() } as u32,
        bits: RUNNING | MAIN,
    });
    fork::register();
    fork_epoch::set_up(&fork::REPAIR);
    // ORDERING: Release, pairs with the Acquire above.
    stage().store(2, Ordering::Release);
}

/// Keeps the library in memory for ever: thread-local destructors and running threads need its
/// code. The shared library is linked so; this is for the archive inside somebody's plug-in. Where
/// nothing can be loaded there is no plug-in.
fn pin() {
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
    let here = construct as *const c_void;
    // SAFETY: `found` is a valid place for the answer; the name that comes back is a NUL-terminated
    // string that stays; opening what is loaded already runs nothing.
    unsafe {
        if dladdr(here, &mut found) != 0 && !found.dli_fname.is_null() {
            dlopen(found.dli_fname, libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE);
        }
    }
}

type Open = unsafe extern "C" fn(*const c_char, c_int) -> *mut c_void;
