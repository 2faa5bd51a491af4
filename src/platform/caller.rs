//! Who has called the library: where the program goes on when the current call returns.
//!
//! The calling thread's frames are unwound to the first whose code is not the library's. That takes
//! a microsecond, so it is for tools and for calls that fail. A chain of calls inside the library
//! that was unwound before is known again by its return addresses ([`Chain`]).
//!
//! In a signal handler it is allowed where the C library finds the unwinder's tables without a
//! lock, as glibc does from 2.35 on ([`is_safe_in_handlers`]). In a child of a fork that glibc has
//! made, it is left out where the search could wait for a lock that nobody releases.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr;
// Not the facade's: no model unwinds.
use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use crate::platform::fork_epoch;
use crate::platform::image;
use crate::platform::weak::{self, Functions};

/// Where code of the library lies; an empty range has none.
struct Range {
    start: AtomicUsize,
    end: AtomicUsize,
}

/// The library is one range, or two in a program that is linked to the archive.
static CODE: [Range; 2] =
    [const { Range { start: AtomicUsize::new(0), end: AtomicUsize::new(0) } }; 2];

/// Finds out where the library's code is. To be called before [`return_address`], while the library
/// is loaded, or at first when it may be needed; again it does nothing.
pub fn set_up() {
    if is_findable() {
        return;
    }
    let mut ranges = CODE.iter();
    let mut note = |start: usize, end: usize| {
        if let Some(range) = ranges.next() {
            // ORDERING: Relaxed, both: they are written while the library is loaded, before any
            // reader, and are the same whenever they are written again.
            range.start.store(start, Ordering::Relaxed);
            range.end.store(end, Ordering::Relaxed);
        }
    };
    if let Functions {
        libthreading_cold_begin: Some(cold),
        libthreading_cold_end: Some(cold_end),
        libthreading_code_begin: Some(code),
        libthreading_code_end: Some(code_end),
        ..
    } = *weak::functions()
    {
        note(cold as usize, cold_end as usize);
        note(code as usize, code_end as usize);
    } else {
        image::own_code(|start, bytes| note(start.addr(), start.addr() + bytes));
    }
}

fn is_own(address: usize) -> bool {
    CODE.iter().any(|range| {
        // ORDERING: Relaxed, both: see `set_up`.
        (range.start.load(Ordering::Relaxed)..range.end.load(Ordering::Relaxed)).contains(&address)
    })
}

/// How many frames of the library a chain has at most.
const MOST_FRAMES: usize = 24;

/// The return addresses of calls inside the library, the innermost first, and where they stand,
/// in bytes above the record of the walk in the frame of [`return_address`]; last where the return
/// address of the program stands.
///
/// No frame of the library has a size that is known only at run time. So the first address says
/// where the second stands, and so on: where all of them are found again, the last place is right
/// again, and nothing is read that is not the stack's.
///
/// | state | means                                                |
/// |-------|------------------------------------------------------|
/// | 0     | unused                                               |
/// | 1     | one thread writes the chain                          |
/// | 2     | the chain is complete, and does not change any more  |
struct Chain {
    state: AtomicU32,
    length: AtomicU32,
    places: [AtomicUsize; MOST_FRAMES],
    addresses: [AtomicUsize; MOST_FRAMES],
}

impl Chain {
    const NONE: Chain = Chain {
        state: AtomicU32::new(0),
        length: AtomicU32::new(0),
        places: [const { AtomicUsize::new(0) }; MOST_FRAMES],
        addresses: [const { AtomicUsize::new(0) }; MOST_FRAMES],
    };

    /// The program's return address, if the thread has come along this chain. `base` is the address
    /// of the walk's record.
    fn follow(&self, base: usize) -> Option<usize> {
        // ORDERING: Relaxed, all: `known` has found the chain complete with Acquire.
        let length = self.length.load(Ordering::Relaxed) as usize;
        let word = |place: &AtomicUsize| {
            let address = base + place.load(Ordering::Relaxed);
            // SAFETY: a word of the stack of this thread, by what the type says.
            unsafe { ptr::with_exposed_provenance::<usize>(address).read() }
        };
        // ORDERING: Relaxed, as above.
        let (last, inside) = self.places.get(..length)?.split_last()?;
        let mut both = inside.iter().zip(&self.addresses);
        let is_same = both.all(|(place, address)| word(place) == address.load(Ordering::Relaxed));
        is_same.then(|| word(last))
    }
}

/// The chains that were unwound. Where there is no room for another, it is unwound each time.
static CHAINS: [Chain; 64] = [Chain::NONE; 64];

/// One walk from `return_address` to the program.
struct Walk {
    length: usize,
    places: [usize; MOST_FRAMES],
    addresses: [usize; MOST_FRAMES],
    /// Every return address stands directly below its caller's part of the stack, as on x86-64.
    is_regular: bool,
    found: usize,
}

impl Walk {
    fn new() -> Walk {
        let none = [0; MOST_FRAMES];
        Walk { length: 0, places: none, addresses: none, is_regular: true, found: 0 }
    }

    /// Writes the chain down, if there is room.
    fn keep(&self) {
        if !self.is_regular || self.length == 0 || self.length > MOST_FRAMES {
            return;
        }
        let claimed = CHAINS.iter().find(|chain| {
            // ORDERING: Relaxed, both: only the thread that has made it 1 writes the rest.
            chain.state.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        });
        let Some(chain) = claimed else { return };
        // ORDERING: Relaxed, all: published by the Release below.
        for (from, to) in self.places.iter().zip(&chain.places) {
            to.store(*from, Ordering::Relaxed);
        }
        for (from, to) in self.addresses.iter().zip(&chain.addresses) {
            to.store(*from, Ordering::Relaxed);
        }
        chain.length.store(self.length as u32, Ordering::Relaxed);
        // ORDERING: Release, pairs with the Acquire in `known`.
        chain.state.store(2, Ordering::Release);
    }
}

/// The program's return address, if the thread has come along a chain that was unwound before.
fn known(base: usize) -> Option<usize> {
    CHAINS
        .iter()
        // ORDERING: Acquire, pairs with the Release in `keep`.
        .map(|chain| (chain, chain.state.load(Ordering::Acquire)))
        .take_while(|(_, state)| *state != 0)
        .filter(|(_, state)| *state == 2)
        .find_map(|(chain, _)| chain.follow(base))
}

/// What the unwinder knows of a frame.
type Context = c_void;
const GO_ON: c_int = 0;
const END: c_int = 5;

unsafe extern "C" {
    fn _Unwind_Backtrace(
        visit: unsafe extern "C" fn(*mut Context, *mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int;
    #[cfg(not(target_arch = "arm"))]
    fn _Unwind_GetIP(context: *mut Context) -> usize;
    #[cfg(not(target_arch = "arm"))]
    fn _Unwind_GetCFA(context: *mut Context) -> usize;
    fn _Unwind_GetRegionStart(context: *mut Context) -> usize;
}

/// The address at which a frame goes on. It is register 15 there, without the bit for Thumb.
///
/// # Safety
/// The context is that of a walk.
#[cfg(target_arch = "arm")]
#[allow(non_snake_case)]
unsafe fn _Unwind_GetIP(context: *mut Context) -> usize {
    // SAFETY: the caller's promise.
    unsafe { register(context, 15) & !1 }
}

/// Where the frame is that a frame has called: its stack pointer, which is register 13. The
/// function of that name answers 0 there, in a walk.
///
/// # Safety
/// The context is that of a walk.
#[cfg(target_arch = "arm")]
#[allow(non_snake_case)]
unsafe fn _Unwind_GetCFA(context: *mut Context) -> usize {
    // SAFETY: the caller's promise.
    unsafe { register(context, 13) }
}

/// A register of the core.
///
/// # Safety
/// The context is that of a walk.
#[cfg(target_arch = "arm")]
unsafe fn register(context: *mut Context, number: u32) -> usize {
    unsafe extern "C" {
        fn _Unwind_VRS_Get(
            context: *mut Context,
            class: c_int,
            register: u32,
            form: c_int,
            value: *mut usize,
        ) -> c_int;
    }
    let mut value = 0;
    // SAFETY: the caller's promise; the class is that of the core's registers, the form is a
    // number of 32 bits, and there is room for it.
    unsafe { _Unwind_VRS_Get(context, 0, number, 0, &raw mut value) };
    value
}

unsafe extern "C" fn visit(context: *mut Context, walk: *mut c_void) -> c_int {
    let base = walk.addr();
    // SAFETY: `return_address` passes its own walk, and the unwinder a frame.
    let (walk, address, place) = unsafe {
        let place = _Unwind_GetCFA(context).wrapping_sub(size_of::<usize>());
        (&mut *walk.cast::<Walk>(), _Unwind_GetIP(context), place)
    };
    // The first frame is that of `return_address`, whose callee's return address is not above it.
    if place > base {
        if let Some(to) = walk.places.get_mut(walk.length) {
            *to = place - base;
        }
        if let Some(to) = walk.addresses.get_mut(walk.length) {
            *to = address;
        }
        walk.length += 1;
        // SAFETY: the word below the stack pointer of a frame that has called another belongs to
        // the frame that it has called.
        walk.is_regular &=
            unsafe { ptr::with_exposed_provenance::<usize>(place).read() } == address;
    }
    // A return address may lie behind a call that is the last instruction of its function.
    if is_own(address.wrapping_sub(1)) {
        return if walk.length < MOST_FRAMES { GO_ON } else { END };
    }
    walk.found = address;
    END
}

/// The address to which the current call of the library returns, in the code of whoever called it;
/// 0 if it cannot be found.
#[cold]
#[inline(never)]
pub fn return_address() -> usize {
    if !is_findable() {
        return 0;
    }
    let mut walk = MaybeUninit::<Walk>::uninit();
    if let Some(address) = known(walk.as_mut_ptr().expose_provenance()) {
        return address;
    }
    if !can_unwind() {
        return 0;
    }
    let walk = walk.write(Walk::new());
    // SAFETY: `visit` is called before this returns, with this pointer.
    unsafe { _Unwind_Backtrace(visit, ptr::from_mut(walk).cast()) };
    if walk.found != 0 {
        walk.keep();
    }
    walk.found
}

/// A frame of the program.
#[derive(Clone, Copy)]
pub struct Frame {
    /// Where it goes on when what it has called returns.
    pub return_address: usize,
    /// Where its function begins; 0: unknown.
    pub start: usize,
}

impl Frame {
    /// An address in the call, which is the instruction before.
    pub fn call(self) -> usize {
        self.return_address.wrapping_sub(1)
    }
}

/// How many frames of the program are asked for: a function of the library's header, and its
/// caller.
const OUTSIDE: usize = 2;

/// The innermost frames of the program.
pub struct Frames {
    frames: [Frame; OUTSIDE],
    length: usize,
    own_left: usize,
}

impl Frames {
    /// The frames, the innermost first; none if they cannot be found.
    pub fn get(&self) -> &[Frame] {
        self.frames.get(..self.length).unwrap_or_default()
    }
}

/// The innermost frames of the program, whose call of the library is not over.
#[cold]
#[inline(never)]
pub fn frames() -> Frames {
    unsafe extern "C" fn visit(context: *mut Context, frames: *mut c_void) -> c_int {
        // SAFETY: `frames` passes its own struct, and the unwinder a frame.
        let (frames, return_address, known_start) = unsafe {
            let frames = &mut *frames.cast::<Frames>();
            (frames, _Unwind_GetIP(context), _Unwind_GetRegionStart(context))
        };
        // The unwinder knows nothing of a function without a table, and then still has the start
        // of the function before, which is the library's.
        let start = if is_own(known_start) { 0 } else { known_start };
        if frames.length == 0 && is_own(return_address.wrapping_sub(1)) {
            frames.own_left -= 1;
            return if frames.own_left == 0 { END } else { GO_ON };
        }
        if let Some(place) = frames.frames.get_mut(frames.length) {
            *place = Frame { return_address, start };
            frames.length += 1;
        }
        if frames.length < OUTSIDE { GO_ON } else { END }
    }

    let none = Frame { return_address: 0, start: 0 };
    let mut found = Frames { frames: [none; OUTSIDE], length: 0, own_left: MOST_FRAMES };
    if is_findable() && can_unwind() {
        // SAFETY: `visit` is called before this returns, with this pointer.
        unsafe { _Unwind_Backtrace(visit, ptr::from_mut(&mut found).cast()) };
    }
    found
}

/// Whether it is known which code is the library's.
fn is_findable() -> bool {
    !cfg!(miri) && is_own(set_up as *const () as usize)
}

/// Whether [`return_address`] may be asked for in a signal handler.
pub fn is_safe_in_handlers() -> bool {
    weak::functions()._dl_find_object.is_some()
}

/// Whether the unwinder can be called here without waiting for ever and without an abort.
#[cfg(not(all(target_env = "gnu", any(target_arch = "x86", target_arch = "s390x"))))]
fn can_unwind() -> bool {
    is_safe_in_handlers() || !fork_epoch::loader_may_be_locked()
}

/// As above. For these processors glibc still has the search for tables that it had in its first
/// years. It comes before the one of libgcc, and takes a lock of the loader.
#[cfg(all(target_env = "gnu", any(target_arch = "x86", target_arch = "s390x")))]
fn can_unwind() -> bool {
    use core::sync::atomic::AtomicBool;

    unsafe extern "C" {
        fn _Unwind_Find_FDE(address: *const c_void, bases: *mut [usize; 3]) -> *const c_void;
    }
    /// Whether the unwinder knows the tables of the library's code. In a program that is linked
    /// with `-static` for x86 it hears of them from a constructor, and aborts the process before.
    static HAS_TABLES: AtomicBool = AtomicBool::new(false);

    if fork_epoch::loader_may_be_locked() {
        return false;
    }
    // ORDERING: Relaxed, both: the value alone counts; what is known stays known.
    if !HAS_TABLES.load(Ordering::Relaxed) {
        let here = return_address as *const c_void;
        // SAFETY: this is the type of libgcc's function, which writes three addresses.
        let found = unsafe { _Unwind_Find_FDE(here.wrapping_byte_add(1), &mut [0; 3]) };
        HAS_TABLES.store(!found.is_null(), Ordering::Relaxed);
    }
    HAS_TABLES.load(Ordering::Relaxed)
}
