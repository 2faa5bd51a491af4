//! What Windows offers and the library calls, as its documentation declares it: the functions that
//! every version has from Windows 8 and Server 2012 on. What newer ones have, and what belongs to a
//! C library, is looked up at run time ([`look_up`]).

use core::ffi::{CStr, c_char, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};

/// A handle of an object of the kernel's; 0: none.
pub type Handle = usize;
/// What the system calls a truth: 0 is false.
pub type Bool = i32;

/// The handle that stands for the calling process, and the one for the calling thread.
pub const THIS_PROCESS: Handle = usize::MAX;
/// See above.
pub const THIS_THREAD: Handle = usize::MAX - 1;
/// What some functions return in place of a handle.
pub const INVALID_HANDLE: Handle = usize::MAX;

// Answers of waits.
pub const WAIT_OBJECT_0: u32 = 0;
pub const WAIT_ABANDONED: u32 = 0x80;
pub const INFINITE: u32 = u32::MAX;

// Errors.
pub const ERROR_ACCESS_DENIED: u32 = 5;
pub const ERROR_INVALID_PARAMETER: u32 = 87;

// Rights to threads.
pub const SYNCHRONIZE: u32 = 0x0010_0000;
pub const THREAD_SET_INFORMATION: u32 = 0x0020;
pub const THREAD_QUERY_INFORMATION: u32 = 0x0040;
pub const THREAD_SET_LIMITED_INFORMATION: u32 = 0x0400;
pub const THREAD_QUERY_LIMITED_INFORMATION: u32 = 0x0800;

/// A set of processors of one group of at most 64.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct GroupAffinity {
    pub mask: usize,
    pub group: u16,
    pub reserved: [u16; 3],
}

/// A thread in a list of all threads of the system.
#[repr(C)]
pub struct ThreadEntry {
    /// The bytes of this struct.
    pub size: u32,
    pub usage: u32,
    pub thread_id: u32,
    pub process_id: u32,
    pub base_priority: i32,
    pub delta_priority: i32,
    pub flags: u32,
}

/// The first function of a thread.
pub type ThreadStart = unsafe extern "system" fn(*mut c_void) -> u32;
/// What is called with a fiber's value when the fiber, or its thread, ends.
pub type FiberCallback = unsafe extern "system" fn(*mut c_void);

#[link(name = "kernel32")]
unsafe extern "system" {
    pub fn GetLastError() -> u32;
    pub fn SetLastError(error: u32);
    pub fn CloseHandle(object: Handle) -> Bool;
    pub fn DuplicateHandle(
        from: Handle,
        object: Handle,
        to: Handle,
        copy: *mut Handle,
        access: u32,
        inherit: Bool,
        options: u32,
    ) -> Bool;
    pub fn WaitForSingleObject(object: Handle, milliseconds: u32) -> u32;

    pub fn CreateThread(
        security: *const c_void,
        stack: usize,
        start: ThreadStart,
        argument: *mut c_void,
        flags: u32,
        id: *mut u32,
    ) -> Handle;
    pub fn ResumeThread(thread: Handle) -> u32;
    pub fn ExitThread(code: u32) -> !;
    pub fn GetExitCodeThread(thread: Handle, code: *mut u32) -> Bool;
    pub fn GetCurrentThreadId() -> u32;
    pub fn GetCurrentProcessId() -> u32;
    pub fn OpenThread(access: u32, inherit: Bool, id: u32) -> Handle;
    pub fn GetProcessIdOfThread(thread: Handle) -> u32;
    pub fn GetThreadTimes(
        thread: Handle,
        created: *mut u64,
        ended: *mut u64,
        in_kernel: *mut u64,
        in_user: *mut u64,
    ) -> Bool;
    pub fn SwitchToThread() -> Bool;
    pub fn SetThreadPriority(thread: Handle, priority: i32) -> Bool;
    pub fn SetThreadGroupAffinity(
        thread: Handle,
        wanted: *const GroupAffinity,
        before: *mut GroupAffinity,
    ) -> Bool;
    pub fn GetThreadGroupAffinity(thread: Handle, found: *mut GroupAffinity) -> Bool;
    pub fn GetProcessAffinityMask(process: Handle, own: *mut usize, all: *mut usize) -> Bool;
    pub fn GetActiveProcessorCount(group: u16) -> u32;
    pub fn FlushProcessWriteBuffers();

    pub fn FlsAlloc(callback: FiberCallback) -> u32;
    pub fn FlsSetValue(index: u32, value: *const c_void) -> Bool;

    pub fn CreateToolhelp32Snapshot(what: u32, process: u32) -> Handle;
    pub fn Thread32First(list: Handle, entry: *mut ThreadEntry) -> Bool;
    pub fn Thread32Next(list: Handle, entry: *mut ThreadEntry) -> Bool;

    pub fn CreateMutexW(security: *const c_void, owned: Bool, name: *const u16) -> Handle;
    pub fn ReleaseMutex(mutex: Handle) -> Bool;

    pub fn QueryPerformanceCounter(ticks: *mut u64) -> Bool;
    pub fn QueryPerformanceFrequency(ticks_a_second: *mut u64) -> Bool;

    pub fn VirtualAlloc(address: *mut c_void, bytes: usize, how: u32, access: u32) -> *mut c_void;
    pub fn VirtualFree(address: *mut c_void, bytes: usize, how: u32) -> Bool;
    pub fn LocalFree(block: *mut c_void) -> *mut c_void;

    pub fn GetModuleHandleW(name: *const u16) -> Handle;
    pub fn GetModuleHandleExW(flags: u32, address: *const c_void, module: *mut Handle) -> Bool;
    pub fn GetModuleFileNameW(module: Handle, path: *mut u16, units: u32) -> u32;
    pub fn GetProcAddress(module: Handle, name: *const c_char) -> *mut c_void;

    pub fn GetEnvironmentVariableW(name: *const u16, value: *mut u16, units: u32) -> u32;
    pub fn MultiByteToWideChar(
        page: u32,
        flags: u32,
        text: *const u8,
        bytes: i32,
        wide: *mut u16,
        units: i32,
    ) -> i32;
    pub fn WideCharToMultiByte(
        page: u32,
        flags: u32,
        wide: *const u16,
        units: i32,
        text: *mut u8,
        bytes: i32,
        substitute: *const c_char,
        substituted: *mut Bool,
    ) -> i32;

    pub fn GetStdHandle(which: u32) -> Handle;
    pub fn WriteFile(
        file: Handle,
        bytes: *const u8,
        count: u32,
        written: *mut u32,
        overlapped: *mut c_void,
    ) -> Bool;
}

#[link(name = "ntdll")]
unsafe extern "system" {
    /// Whether the process ends, and its other threads are gone.
    pub fn RtlDllShutdownInProgress() -> u8;
}

#[link(name = "synchronization")]
unsafe extern "system" {
    pub fn WaitOnAddress(
        address: *const c_void,
        expected: *const c_void,
        bytes: usize,
        milliseconds: u32,
    ) -> Bool;
    pub fn WakeByAddressSingle(address: *const c_void);
    pub fn WakeByAddressAll(address: *const c_void);
}

/// The UTF-16 text of that one in ASCII, with a NUL.
pub const fn wide<const UNITS: usize>(text: &[u8]) -> [u16; UNITS] {
    assert!(text.len() < UNITS);
    let mut units = [0; UNITS];
    let mut at = 0;
    while at < text.len() {
        units[at] = text[at] as u16;
        at += 1;
    }
    units
}

/// Names of libraries, with a NUL.
pub type Library = [u16; 16];
/// The kernel's functions for programs.
pub const KERNEL32: Library = wide(b"kernel32.dll");
/// The C library that comes with Windows 10.
pub const UCRT: Library = wide(b"ucrtbase.dll");
/// The C library that has always been there.
pub const MSVCRT: Library = wide(b"msvcrt.dll");

/// A function that need not be there, which is looked for once: the loader takes its lock for that,
/// and a thread that holds it may wait for the calling one later.
pub struct Optional {
    library: Library,
    name: &'static CStr,
    /// The address; null: it was not looked for yet.
    found: AtomicPtr<c_void>,
}

/// Stands for the address of a function that is not there.
const NOT_THERE: *mut c_void = core::ptr::without_provenance_mut(1);

impl Optional {
    /// The function of that name.
    pub const fn new(library: Library, name: &'static CStr) -> Optional {
        Optional { library, name, found: AtomicPtr::new(core::ptr::null_mut()) }
    }

    /// Its address, or null if the process has not loaded the library, or the library has none. It
    /// may change the last error.
    pub fn get(&self) -> *mut c_void {
        // ORDERING: Relaxed, both: the address of code that stays, and that all who look find.
        let mut found = self.found.load(Ordering::Relaxed);
        if found.is_null() {
            found = look_up(&self.library, self.name);
            found = if found.is_null() { NOT_THERE } else { found };
            self.found.store(found, Ordering::Relaxed);
        }
        if found == NOT_THERE { core::ptr::null_mut() } else { found }
    }
}

/// The function of that name in a library, or null if the process has not loaded the library, or
/// the library has none. It may change the last error.
pub fn look_up(library: &Library, name: &CStr) -> *mut c_void {
    // SAFETY: both names end with a NUL; a look at what is loaded runs no code.
    unsafe {
        match GetModuleHandleW(library.as_ptr()) {
            0 => core::ptr::null_mut(),
            module => GetProcAddress(module, name.as_ptr()),
        }
    }
}
