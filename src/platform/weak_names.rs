//! The functions that need not be in the process, whatever the system is: `weak` finds them.

use core::ffi::{c_int, c_uint, c_void};

/// Functions of ThreadSanitizer.
pub type OnAddress = unsafe extern "C" fn(*mut c_void);
/// As above.
pub type OnMutex = unsafe extern "C" fn(*mut c_void, c_uint);
/// As above.
pub type AfterLock = unsafe extern "C" fn(*mut c_void, c_uint, c_int);
/// As above.
pub type BeforeUnlock = unsafe extern "C" fn(*mut c_void, c_uint) -> c_int;

/// Passes the names and types on to a macro, behind those that the system adds.
macro_rules! weak_names {
    ($to:ident! $($own:tt)*) => {
        $to! {
            $($own)*
            /// Finds what is loaded at an address, and takes no lock for it; in glibc from 2.35 on.
            _dl_find_object: unsafe extern "C" fn(
                *mut core::ffi::c_void,
                *mut core::ffi::c_void,
            ) -> core::ffi::c_int;
            /// AddressSanitizer's.
            __asan_handle_no_return: unsafe extern "C" fn();
            /// Where the code of the library begins in a program that is linked to the archive, and
            /// where it ends: of what is seldom called, and of all else. `packaging/archive.sh`
            /// adds the four.
            libthreading_cold_begin: unsafe extern "C" fn();
            #[allow(missing_docs)]
            libthreading_cold_end: unsafe extern "C" fn();
            #[allow(missing_docs)]
            libthreading_code_begin: unsafe extern "C" fn();
            #[allow(missing_docs)]
            libthreading_code_end: unsafe extern "C" fn();
            /// ThreadSanitizer's, as all that follow.
            __tsan_acquire: $crate::platform::weak_names::OnAddress;
            #[allow(missing_docs)]
            __tsan_release: $crate::platform::weak_names::OnAddress;
            #[allow(missing_docs)]
            __tsan_mutex_destroy: $crate::platform::weak_names::OnMutex;
            #[allow(missing_docs)]
            __tsan_mutex_pre_lock: $crate::platform::weak_names::OnMutex;
            #[allow(missing_docs)]
            __tsan_mutex_post_lock: $crate::platform::weak_names::AfterLock;
            #[allow(missing_docs)]
            __tsan_mutex_pre_unlock: $crate::platform::weak_names::BeforeUnlock;
            #[allow(missing_docs)]
            __tsan_mutex_post_unlock: $crate::platform::weak_names::OnMutex;
            #[allow(missing_docs)]
            __tsan_func_entry: $crate::platform::weak_names::OnAddress;
            #[allow(missing_docs)]
            __tsan_func_exit: unsafe extern "C" fn();
        }
    };
}
pub(crate) use weak_names;
