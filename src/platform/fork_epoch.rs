//! How a child of a fork finds out that it is one, where nobody tells it.
//!
//! A child that was made by `_Fork`, or by the system call itself, runs no handlers. But the kernel
//! gives it one page full of zeros instead of a copy (`system::wipe_in_children`). Two
//! numbers lie there that slow paths have always compared, so that in such a child each of these
//! takes the way round on which the fork is noticed. No path has an instruction more for that. A
//! child of `vfork`, which shares the memory, finds everything in its place.
//!
//! | `epoch`   | means                                                                            |
//! |-----------|----------------------------------------------------------------------------------|
//! | 0         | with `LAST` 0: nothing was set up yet; else a fork that was not noticed yet      |
//! | otherwise | which process this is in a line of forks, in steps of 0x100: the low byte is     |
//! |           | left to `queue_lock`                                                             |
//!
//! `stage` is `lifecycle::load`'s: 2 where all is in place, and 0 in a child that is to be looked
//! after.
//!
//! Only the thread that forked knows who it is, so only that one can repair: it is the one with the
//! process's id. For another one that calls first nothing can be done yet, and what it would have
//! to wait for or start is THREADING_NO_RESOURCES.

// Not the facade's, but for the stage: they change only when the library is loaded, and in a forked
// child that has a single thread.
use core::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use once_cell::race::OnceRef;

use crate::atomic;
use crate::platform::errno::KeepErrno;
use crate::platform::features::FORKS;
use crate::platform::system;
use crate::platform::tls;

/// A page of its own: the largest that the processor has, so that nothing else is wiped.
#[repr(C)]
#[cfg_attr(target_arch = "x86_64", repr(align(4096)))]
#[cfg_attr(not(target_arch = "x86_64"), repr(align(65536)))]
struct Page {
    epoch: AtomicU32,
    stage: atomic::AtomicU32,
}

static PAGE: Page = Page { epoch: AtomicU32::new(0), stage: atomic::AtomicU32::new(0) };

const STEP: u32 = 0x100;

/// The last epoch of this process that was noticed; 0: nothing was set up.
static LAST: AtomicU32 = AtomicU32::new(0);
/// Whether this process or one of its parents is a forked child.
static FORKED: AtomicBool = AtomicBool::new(false);
/// The address of the block of the thread that forked last; 0 in a process that is no child.
static FORKER: AtomicUsize = AtomicUsize::new(0);

/// What the layer above does in a child that was told by nobody.
pub struct Repair(pub fn());

static REPAIR: OnceRef<'static, Repair> = OnceRef::new();

/// Where `lifecycle::load` notes that all is in place.
#[inline(always)]
pub fn stage() -> &'static atomic::AtomicU32 {
    &PAGE.stage
}

/// The process's epoch; 0 in a child that has not been noticed yet.
#[inline(always)]
pub fn epoch() -> u32 {
    // ORDERING: Relaxed: it changes only in a forked child, while that has a single thread.
    PAGE.epoch.load(Ordering::Relaxed)
}

/// Has the kernel wipe the page in children. Without that, a child that nobody tells goes
/// unnoticed.
pub fn set_up(repair: &'static Repair) {
    let _ = REPAIR.set(repair);
    if !FORKS {
        return;
    }
    // ORDERING: Relaxed, here and below: as in `epoch`. Whoever has found epoch 0 is right as well:
    // see `queue_lock`.
    PAGE.epoch.store(STEP, Ordering::Relaxed);
    let page = core::ptr::from_ref(&PAGE).cast_mut().cast();
    // SAFETY: the page is whole pages of the library's own zeros, which no file lies under: a
    // page's alignment keeps it off the last page of the initialised data.
    if !cfg!(miri) && unsafe { system::wipe_in_children(page, size_of::<Page>()) } {
        // ORDERING: as above.
        LAST.store(STEP, Ordering::Relaxed);
    }
}

/// A new epoch, and all in place: only in a forked child, by the thread that forked.
pub fn reset_after_fork() {
    // ORDERING: Relaxed, all: the process has a single thread.
    let known = LAST.load(Ordering::Relaxed).max(PAGE.epoch.load(Ordering::Relaxed));
    let next = known.checked_add(STEP).unwrap_or(STEP);
    if LAST.load(Ordering::Relaxed) != 0 {
        LAST.store(next, Ordering::Relaxed);
    }
    FORKED.store(true, Ordering::Relaxed);
    FORKER.store(tls::block::<()>().addr(), Ordering::Relaxed);
    // ORDERING: as above.
    PAGE.epoch.store(next, Ordering::Relaxed);
    PAGE.stage.store(2, Ordering::Relaxed);
}

/// Whether this is a forked child, as far as was noticed.
pub fn is_forked() -> bool {
    // ORDERING: Relaxed: as in `epoch`.
    FORKED.load(Ordering::Relaxed)
}

/// Whether a lock of the loader may belong to a thread that is gone: in a child, noticed or not.
/// The forks of musl and of FreeBSD see to that themselves; glibc's leaves such locks as they are.
pub fn loader_may_be_locked() -> bool {
    // ORDERING: Relaxed: as in `epoch`.
    let is_child = is_forked() || epoch() == 0 && LAST.load(Ordering::Relaxed) != 0;
    cfg!(all(target_os = "linux", target_env = "gnu")) && is_child
}

/// Whether the calling thread may be the one that this forked child began with. The C library may
/// still take it for the thread of the parent.
pub fn may_be_forker() -> bool {
    // ORDERING: Relaxed: as in `epoch`.
    FORKER.load(Ordering::Relaxed) == tls::block::<()>().addr()
}

/// Notices a fork of which nobody has told, and has it repaired. To be called on slow paths, before
/// what would hang in such a child. False: the thread that forked has not been here yet, and this
/// is another one.
#[inline]
pub fn notice() -> bool {
    epoch() != 0 || look_closer() != Found::Unrepaired
}

/// As [`notice`]; true: something was repaired.
#[inline]
pub fn repair() -> bool {
    epoch() == 0 && look_closer() == Found::Repaired
}

#[derive(PartialEq, Eq)]
enum Found {
    Nothing,
    Repaired,
    Unrepaired,
}

#[cold]
#[inline(never)]
fn look_closer() -> Found {
    // ORDERING: Relaxed: as in `epoch`.
    if LAST.load(Ordering::Relaxed) == 0 || epoch() != 0 {
        return Found::Nothing;
    }
    let Some(Repair(repair)) = REPAIR.get().filter(|_| system::is_first_thread()) else {
        return Found::Unrepaired;
    };
    let _errno = KeepErrno::new();
    repair();
    Found::Repaired
}
