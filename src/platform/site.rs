//! Where a call that waits was made: the address to which it returns.
//!
//! An exported function whose fast path fails leaves by a jump, and so does one that has no fast
//! path. So the function that it jumps to is entered with the caller's return address where a call
//! of its own would have it: on the stack, or in the link register. It passes that on as one more
//! argument. On other processors it is not known, nor on Windows, which passes arguments in another
//! way: there the one more may belong where the caller has values of its own.

/// Declares a function that passes its arguments on to another, and the caller's return address as
/// the fourth of those that are integers: three are, and at most one is a floating-point number.
/// With `after: 4` four are, and it is the fifth.
macro_rules! pass_site_on {
    ($name:ident to $real:ident($($argument:ident: $type:ty),+)) => {
        $crate::platform::site::pass_site_on!(
            $name to $real($($argument: $type),+) in "rcx", "x3"
        );
    };
    ($name:ident to $real:ident($($argument:ident: $type:ty),+), after: 4) => {
        $crate::platform::site::pass_site_on!(
            $name to $real($($argument: $type),+) in "r8", "x4"
        );
    };
    (
        $name:ident to $real:ident($($argument:ident: $type:ty),+) in $x86:literal, $arm:literal
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
        #[cfg(any(
            miri,
            loom,
            target_os = "windows",
            not(any(target_arch = "x86_64", target_arch = "aarch64"))
        ))]
        #[cold]
        #[inline(never)]
        #[allow(improper_ctypes_definitions)]
        pub(crate) extern "C-unwind" fn $name($($argument: $type),+) -> Status {
            $real($($argument),+, 0)
        }
    };
}
pub(crate) use pass_site_on;
