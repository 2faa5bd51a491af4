//! Where a call that waits was made: the address to which it returns.
//!
//! An exported function whose fast path fails leaves by a jump, and so does one that has no fast
//! path. So the function that it jumps to is entered with the caller's return address where a call
//! of its own would have it: on the stack, or in the link register. It passes that on as one more
//! argument, in a register.
//!
//! Where arguments are passed on the stack, as on i686, there is no room for one more. There, and
//! on the processors that nothing runs on, the calling thread's frames are unwound
//! (`platform::caller`). On 32-bit ARM that finds nothing, and the registers are taken: a handle
//! needs two. On Windows arguments are passed in another way, and the one more may belong where the
//! caller has values of its own. So on these two the site is not known.

use crate::platform::caller;

/// Whether a function that is declared with [`pass_site_on`] may have to unwind.
pub const UNWINDS: bool = !cfg!(any(
    miri,
    loom,
    target_os = "windows",
    target_arch = "x86_64",
    target_arch = "aarch64",
    target_arch = "riscv64",
    target_arch = "arm"
));

/// To be called while the library is loaded: before it nothing is unwound, and no site is known.
pub fn set_up() {
    if UNWINDS {
        caller::set_up();
        // The first walk prepares the unwinder, with a `pthread_once`. In a sandbox that refuses
        // futexes glibc's ends the process, so it has to be over before the program enters one.
        caller::return_address();
    }
}

/// Declares a function that passes its arguments on to another, and the caller's return address as
/// the fourth of those that are integers: three are, and at most one is a floating-point number.
/// With `after: 4` four are, and it is the fifth: on s390x its register belongs to the caller.
macro_rules! pass_site_on {
    ($name:ident to $real:ident($($argument:ident: $type:ty),+)) => {
        $crate::platform::site::pass_site_on!(
            $name to $real($($argument: $type),+) in "rcx", "x3", "a3"
        );

        /// See `platform::site`.
        #[cfg(target_arch = "s390x")]
        #[unsafe(naked)]
        #[allow(improper_ctypes_definitions)]
        pub(crate) extern "C-unwind" fn $name($($argument: $type),+) -> Status {
            core::arch::naked_asm!("lgr %r5, %r14", "jg {real}", real = sym $real)
        }
    };
    ($name:ident to $real:ident($($argument:ident: $type:ty),+), after: 4) => {
        $crate::platform::site::pass_site_on!(
            $name to $real($($argument: $type),+) in "r8", "x4", "a4"
        );

        /// See `platform::site`.
        #[cfg(target_arch = "s390x")]
        #[cold]
        #[inline(never)]
        #[allow(improper_ctypes_definitions)]
        pub(crate) extern "C-unwind" fn $name($($argument: $type),+) -> Status {
            $real($($argument),+, $crate::platform::caller::return_address())
        }
    };
    (
        $name:ident to $real:ident($($argument:ident: $type:ty),+)
        in $x86:literal, $arm:literal, $riscv:literal
    ) => {
        /// See `platform::site`.
        #[cfg(all(target_arch = "x86_64", not(any(miri, loom, target_os = "windows"))))]
        #[unsafe(naked)]
        #[allow(improper_ctypes_definitions)]
        pub(crate) extern "C-unwind" fn $name($($argument: $type),+) -> Status {
            core::arch::naked_asm!(
                concat!("mov ", $x86, ", qword ptr [rsp]"),
                "jmp {real}",
                real = sym $real
            )
        }

        /// See `platform::site`.
        #[cfg(all(target_arch = "aarch64", not(any(miri, loom, target_os = "windows"))))]
        #[unsafe(naked)]
        #[allow(improper_ctypes_definitions)]
        pub(crate) extern "C-unwind" fn $name($($argument: $type),+) -> Status {
            core::arch::naked_asm!(
                concat!("mov ", $arm, ", x30"),
                "b {real}",
                real = sym $real
            )
        }

        /// See `platform::site`.
        #[cfg(all(target_arch = "riscv64", not(any(miri, loom))))]
        #[unsafe(naked)]
        #[allow(improper_ctypes_definitions)]
        pub(crate) extern "C-unwind" fn $name($($argument: $type),+) -> Status {
            core::arch::naked_asm!(
                concat!("mv ", $riscv, ", ra"),
                "tail {real}",
                real = sym $real
            )
        }

        /// See `platform::site`.
        #[cfg(any(
            miri,
            loom,
            target_os = "windows",
            not(any(
                target_arch = "x86_64",
                target_arch = "aarch64",
                target_arch = "riscv64",
                target_arch = "s390x"
            ))
        ))]
        #[cold]
        #[inline(never)]
        #[allow(improper_ctypes_definitions)]
        pub(crate) extern "C-unwind" fn $name($($argument: $type),+) -> Status {
            let site = if $crate::platform::site::UNWINDS {
                $crate::platform::caller::return_address()
            } else {
                0
            };
            $real($($argument),+, site)
        }
    };
}
pub(crate) use pass_site_on;
