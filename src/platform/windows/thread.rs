//! Threads of Windows: they are created, known by a handle, joined and ended here.
//!
//! A handle that a thread is joined by is closed by whoever joins it. A thread that this port has
//! created has its own from its creator. For any other thread a handle is made when it is asked
//! for, and closed at the end of that thread.

use core::ffi::{c_int, c_void};
use core::mem::transmute;
use core::ptr;
use core::sync::atomic::Ordering;

use super::api::{self, Handle, Optional, WAIT_OBJECT_0};
use crate::platform::abandoned;
use crate::platform::memory;
use crate::platform::own_block::own as of_thread;

/// The first function of a thread.
pub type Routine = extern "C-unwind" fn(*mut c_void) -> *mut c_void;

/// A thread that was opened by its id, for as long as this lives.
pub struct Opened(pub Handle);

impl Opened {
    /// Opens it for that access. `None`: there is no such thread in this process, or the system
    /// refuses it, as the last error says.
    pub fn new(access: u32, native_id: u32) -> Option<Opened> {
        let access = access | api::THREAD_QUERY_LIMITED_INFORMATION;
        // SAFETY: the calls take numbers only, and the handle is the one that was opened.
        unsafe {
            let opened = Opened(api::OpenThread(access, 0, native_id));
            let is_ours =
                opened.0 != 0 && api::GetProcessIdOfThread(opened.0) == api::GetCurrentProcessId();
            is_ours.then_some(opened)
        }
    }

    /// Whether the thread has ended.
    pub fn has_ended(&self) -> bool {
        has_ended(self.0)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        if self.0 != 0 {
            // SAFETY: the handle was opened here, and nobody else has it.
            unsafe { api::CloseHandle(self.0) };
        }
    }
}

fn has_ended(thread: Handle) -> bool {
    // SAFETY: a wait that does not wait, for a handle of a thread's.
    unsafe { api::WaitForSingleObject(thread, 0) == WAIT_OBJECT_0 }
}

/// What a new thread is told.
struct Start {
    routine: Routine,
    argument: *mut c_void,
    handle: Handle,
}

unsafe extern "system" fn run(start: *mut c_void) -> u32 {
    // SAFETY: `create` has made it for this thread alone, and has written it before the thread
    // runs.
    let Start { routine, argument, handle } = unsafe { start.cast::<Start>().read() };
    // SAFETY: it came from `allocate`, and was read.
    unsafe { memory::free(start) };
    let own = of_thread();
    // ORDERING: Relaxed, both: no other thread touches them.
    own.handle.store(handle, Ordering::Relaxed);
    own.is_created.store(1, Ordering::Relaxed);
    routine(argument).addr() as u32
}

const CREATE_SUSPENDED: u32 = 0x4;
const STACK_SIZE_PARAM_IS_A_RESERVATION: u32 = 0x1_0000;

/// Creates a thread that somebody joins, with so many bytes of stack; 0 is the program's default.
/// False: the system has no room for it.
///
/// # Safety
/// The routine may be called with this argument in another thread, at any time.
pub unsafe fn create(stack: usize, routine: Routine, argument: *mut c_void) -> bool {
    let place: *mut Start = memory::allocate();
    if place.is_null() {
        return false;
    }
    // It waits until it can be told its handle.
    let flags = CREATE_SUSPENDED | STACK_SIZE_PARAM_IS_A_RESERVATION;
    // SAFETY: `run` gets what it expects; the place is large enough and ours until the thread runs;
    // the handle is that of the new thread, and it is the thread's from then on.
    unsafe {
        let handle =
            api::CreateThread(ptr::null(), stack, run, place.cast(), flags, ptr::null_mut());
        if handle == 0 {
            memory::free(place);
            return false;
        }
        place.write(Start { routine, argument, handle });
        api::ResumeThread(handle);
    }
    true
}

/// A handle of the calling thread, with all rights; 0: the system has no room for one.
pub fn own() -> Handle {
    let place = &of_thread().handle;
    // ORDERING: Relaxed, both: no other thread touches it.
    let known = place.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    const SAME_ACCESS: u32 = 2;
    let mut copy = 0;
    // SAFETY: the handles stand for the calling process and thread; `copy` may be written.
    unsafe {
        let (process, thread) = (api::THIS_PROCESS, api::THIS_THREAD);
        api::DuplicateHandle(process, thread, process, &mut copy, 0, 0, SAME_ACCESS);
    }
    // ORDERING: as above.
    place.store(copy, Ordering::Relaxed);
    copy
}

/// Closes the handle of the calling thread, which nobody joins.
pub fn close_own() {
    // ORDERING: Relaxed: as above.
    let known = of_thread().handle.swap(0, Ordering::Relaxed);
    if known != 0 {
        // SAFETY: the handle is the thread's own, and nobody else closes it.
        unsafe { api::CloseHandle(known) };
    }
}

/// Joins a thread if the system is done with it, and gives its exit code as the value. False: it
/// has not ended.
///
/// # Safety
/// The handle is one that [`create`] has given to its thread, and nobody has joined it; `value` may
/// be written.
pub unsafe fn try_join(thread: Handle, value: *mut *mut c_void) -> bool {
    if !has_ended(thread) {
        return false;
    }
    let mut code = 0;
    // SAFETY: the caller's promise.
    unsafe {
        api::GetExitCodeThread(thread, &mut code);
        api::CloseHandle(thread);
        value.write(ptr::without_provenance_mut(code as usize));
    }
    true
}

/// Ends the calling thread where it stands. Nothing unwinds its frames: the library's guards that
/// are registered run, and then the system calls the destructor of the key on the same stack.
pub fn exit(value: *mut c_void) -> ! {
    abandoned::drop_all();
    // SAFETY: no frame of the thread is returned to.
    unsafe { api::ExitThread(value.addr() as u32) }
}

/// Has the system show a name for the thread, or tells the name that it shows: since Windows 10.
pub mod description {
    use super::*;

    type Set = unsafe extern "system" fn(Handle, *const u16) -> c_int;
    type Get = unsafe extern "system" fn(Handle, *mut *mut u16) -> c_int;

    /// Shows that text, which ends with a NUL.
    pub fn set(thread: Handle, text: &[u16]) {
        static SET: Optional = Optional::new(api::KERNEL32, c"SetThreadDescription");
        // SAFETY: where the system has this function it has this type, and null is `None`.
        if let Some(set) = unsafe { transmute::<*mut c_void, Option<Set>>(SET.get()) } {
            // SAFETY: the text ends with a NUL, and the handle is a thread's.
            unsafe { set(thread, text.as_ptr()) };
        }
    }

    /// Calls `read` with the text that is shown. `None`: there is none.
    pub fn get<R>(thread: Handle, read: impl FnOnce(&[u16]) -> R) -> Option<R> {
        static GET: Optional = Optional::new(api::KERNEL32, c"GetThreadDescription");
        // SAFETY: as above.
        let get = unsafe { transmute::<*mut c_void, Option<Get>>(GET.get()) }?;
        let mut text = ptr::null_mut();
        // SAFETY: the handle is a thread's, and `text` a valid place for the answer.
        if unsafe { get(thread, &mut text) } < 0 || text.is_null() {
            return None;
        }
        // SAFETY: the text ends with a NUL, and is the caller's until it is freed here.
        unsafe {
            let length = (0..).take_while(|at| *text.add(*at) != 0).count();
            let answer = read(core::slice::from_raw_parts(text, length));
            api::LocalFree(text.cast());
            Some(answer)
        }
    }
}
