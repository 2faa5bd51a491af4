//! The threads of the process as the kernel knows them: a port for each, and what it tells of it.
//! Calls of the kernel, which take no memory from the C library.

use core::mem::{self, MaybeUninit};
use core::{ptr, slice};

use libc::{mach_msg_type_number_t as Count, mach_port_t as Port};

unsafe extern "C" {
    fn mach_port_deallocate(task: Port, name: Port) -> libc::kern_return_t;
    #[link_name = "mach_task_self_"]
    static OWN_TASK: Port;
}

fn own_task() -> Port {
    // SAFETY: the C library has written it before any other code ran.
    unsafe { OWN_TASK }
}

/// Calls `visit` with the port of each thread, in the order of their starts, until it answers
/// false. False: they could not be listed.
pub fn for_each(mut visit: impl FnMut(Port) -> bool) -> bool {
    let (mut list, mut count) = (ptr::null_mut(), 0);
    // SAFETY: both are places for the answer.
    if unsafe { libc::task_threads(own_task(), &mut list, &mut count) } != libc::KERN_SUCCESS {
        return false;
    }
    // SAFETY: the kernel has mapped a list of so many ports, each with a right of the caller's. All
    // are given back here, and the list.
    unsafe {
        let mut goes_on = true;
        for port in slice::from_raw_parts(list, count as usize) {
            goes_on = goes_on && visit(*port);
            mach_port_deallocate(own_task(), *port);
        }
        let bytes = count as usize * size_of::<Port>();
        libc::vm_deallocate(own_task(), list.addr(), bytes);
    }
    true
}

/// What the kernel tells of a thread, of which that struct is the kind.
///
/// # Safety
/// It is a struct of numbers, of that kind.
unsafe fn tell<T>(port: Port, kind: libc::c_int) -> Option<T> {
    let mut found = MaybeUninit::<T>::zeroed();
    let mut count = (size_of::<T>() / size_of::<libc::integer_t>()) as Count;
    // SAFETY: the place has as many numbers as are said; all-zero is a valid struct, by the
    // caller's promise.
    unsafe {
        let told = libc::thread_info(port, kind as _, found.as_mut_ptr().cast(), &mut count);
        (told == libc::KERN_SUCCESS).then(|| found.assume_init())
    }
}

/// The thread's id, of which the library keeps the lower half: ids are counted up since the
/// machine's start.
pub fn id(port: Port) -> Option<u32> {
    // SAFETY: the kind of that struct.
    let told: libc::thread_identifier_info = unsafe { tell(port, libc::THREAD_IDENTIFIER_INFO) }?;
    Some(told.thread_id as u32)
}

/// Copies the thread's name, and returns its length.
pub fn name(port: Port, room: &mut [u8]) -> usize {
    // SAFETY: the kind of that struct.
    let told: Option<libc::thread_extended_info> =
        unsafe { tell(port, libc::THREAD_EXTENDED_INFO) };
    let Some(told) = told else { return 0 };
    let name = told.pth_name.iter().take_while(|byte| **byte != 0);
    room.iter_mut().zip(name).map(|(place, byte)| *place = *byte as u8).count()
}

/// Calls the function with the port of the thread of that id, if there is one.
pub fn with<R>(wanted: u32, function: impl FnOnce(Port) -> R) -> Option<R> {
    let (mut function, mut answer) = (Some(function), None);
    for_each(|port| {
        if id(port) != Some(wanted) {
            return true;
        }
        answer = mem::take(&mut function).map(|function| function(port));
        false
    });
    answer
}
