//! Where a call that waits was made: the address to which it returns.
//!
//! An exported function whose fast path fails leaves by a jump, and so does one that has no fast
//! path. So the function that it jumps to is entered with the caller's return address where a call
//! of its own would have it: on the stack, or in the link register. It passes that on as one more
//! argument, in a register.
//!
//! On i686 arguments are passed on the stack, where there is no room for one more: the calling
//! thread's frames are unwound instead (`platform::caller`), with glibc, whose programs can be.
//!
//! Elsewhere the site is not known. On 32-bit ARM a walk finds nothing, and the registers are
//! taken, since a handle needs two. Windows passes arguments in another way, and the one more may
//! belong where the caller has values of its own. Nothing has run on the other processors.

use crate::platform::caller;

/// Whether a function that is declared with [`pass_site_on`] may have to unwind.
pub const UNWINDS: bool = cfg!(all(
    target_os = "linux",
    target_env = "gnu",
    any(target_arch = "x86", target_arch = "s390x"),
    not(any(miri, loom))
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
        #[cfg(all(target_arch = "s390x", not(any(miri, loom))))]
        $crate::platform::site::pass_site_on!(
            jumping $name to $real($($argument: $type),+) by "lgr %r5, %r14", "jg {real}"
        );
        #[cfg(all(target_arch = "s390x", any(miri, loom)))]
        $crate::platform::site::pass_site_on!(calling $name to $real($($argument: $type),+));
    };
    ($name:ident to $real:ident($($argument:ident: $type:ty),+), after: 4) => {
        $crate::platform::site::pass_site_on!(
            $name to $real($($argument: $type),+) in "r8", "x4", "a4"
        );
        #[cfg(target_arch = "s390x")]
        $crate::platform::site::pass_site_on!(calling $name to $real($($argument: $type),+));
    };
    (
        $name:ident to $real:ident($($argument:ident: $type:ty),+)
        in $x86:literal, $arm:literal, $riscv:literal
    ) => {
        #[cfg(all(target_arch = "x86_64", not(any(miri, loom, target_os = "windows"))))]
        $crate::platform::site::pass_site_on!(
            jumping $name to $real($($argument: $type),+)
            by concat!("mov ", $x86, ", qword ptr [rsp]"), "jmp {real}"
        );
        #[cfg(all(target_arch = "aarch64", not(any(miri, loom, target_os = "windows"))))]
        $crate::platform::site::pass_site_on!(
            jumping $name to $real($($argument: $type),+)
            by concat!("mov ", $arm, ", x30"), "b {real}"
        );
        #[cfg(all(target_arch = "riscv64", not(any(miri, loom))))]
        $crate::platform::site::pass_site_on!(
            jumping $name to $real($($argument: $type),+)
            by concat!("mv ", $riscv, ", ra"), "tail {real}"
        );
        #[cfg(all(
            not(target_arch = "s390x"),
            any(
                miri,
                loom,
                target_os = "windows",
                not(any(
                    target_arch = "x86_64",
                    target_arch = "aarch64",
                    target_arch = "riscv64"
                ))
            )
        ))]
        $crate::platform::site::pass_site_on!(calling $name to $real($($argument: $type),+));
    };
    (
        jumping $name:ident to $real:ident($($argument:ident: $type:ty),+)
        by $pass:expr, $jump:literal
    ) => {
        /// See `platform::site`.
        #[unsafe(naked)]
        #[allow(improper_ctypes_definitions)]
        pub(crate) extern "C-unwind" fn $name($($argument: $type),+) -> Status {
            core::arch::naked_asm!($pass, $jump, real = sym $real)
        }
    };
    (calling $name:ident to $real:ident($($argument:ident: $type:ty),+)) => {
        /// See `platform::site`.
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
