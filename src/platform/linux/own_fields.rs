//! Fields of the calling thread's block, which x86-64 reaches with one load less than the block.

use core::ffi::c_void;

use crate::platform::thread_block::Block;

/// The 64-bit field at `OFFSET` in the calling thread's block: one load less than through `block`.
#[inline(always)]
pub fn field<const OFFSET: usize>() -> u64 {
    let value: u64;
    // SAFETY: as in `own_block::block`; the callers pass the offset of a 64-bit field, and an
    // aligned load of it is whole.
    unsafe {
        core::arch::asm!(
            "mov {value}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "mov {value}, qword ptr fs:[{value} + {at}]",
            value = out(reg) value,
            at = const OFFSET,
            options(nostack, preserves_flags, readonly)
        );
    }
    value
}

/// Adds a handle to the sum of those of the rwlocks that the calling thread reads. One instruction,
/// which no signal handler can interrupt.
#[inline(always)]
pub fn add_read(handle: u64) {
    // SAFETY: as in `field`; the field is the calling thread's own.
    unsafe {
        core::arch::asm!(
            "mov {place}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "add qword ptr fs:[{place} + {at}], {handle}",
            place = out(reg) _,
            handle = in(reg) handle,
            at = const core::mem::offset_of!(Block<()>, reads),
            options(nostack)
        );
    }
}

/// Takes a handle out of that sum.
#[inline(always)]
pub fn remove_read(handle: u64) {
    // SAFETY: as in `add_read`.
    unsafe {
        core::arch::asm!(
            "mov {place}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "sub qword ptr fs:[{place} + {at}], {handle}",
            place = out(reg) _,
            handle = in(reg) handle,
            at = const core::mem::offset_of!(Block<()>, reads),
            options(nostack)
        );
    }
}

/// The array of the calling thread's values of locals, and how many values it has room for. Two
/// loads less than through `block`.
#[inline(always)]
pub fn values() -> (*mut c_void, usize) {
    let (values, room): (*mut c_void, usize);
    // SAFETY: as in `field`; the offsets of both fields in the block are constants.
    unsafe {
        core::arch::asm!(
            "mov {room}, qword ptr [rip + libthreading_block@GOTTPOFF]",
            "mov {values}, qword ptr fs:[{room} + {values_at}]",
            "mov {room}, qword ptr fs:[{room} + {room_at}]",
            room = out(reg) room,
            values = out(reg) values,
            values_at = const core::mem::offset_of!(Block<()>, values),
            room_at = const core::mem::offset_of!(Block<()>, values_room),
            options(nostack, preserves_flags, readonly)
        );
    }
    (values, room)
}
