//! Functions that need not be in the process: on Windows none of them is. The tools that have them
//! are not there, and `packaging/archive.sh` does not mark where the library's code is in a
//! program.

use core::ffi::{CStr, c_void};

use crate::platform::weak_names::weak_names;

/// Makes the struct, and the table without any of them.
macro_rules! no_references {
    ($($(#[$about:meta])* $name:ident: $signature:ty;)*) => {
        /// Each function by its name.
        pub struct Functions {
            $($(#[$about])* pub $name: Option<$signature>,)*
        }

        static NONE: Functions = Functions { $($name: None,)* };
    };
}

weak_names!(no_references!);

/// The references of this process.
#[inline]
pub fn functions() -> &'static Functions {
    &NONE
}

/// The function of that name that a shared library in the process has: never one that is asked for
/// here.
pub fn look_up_shared(_name: &CStr) -> *mut c_void {
    core::ptr::null_mut()
}
