//! On which processors a thread runs.

use core::ffi::c_ulong;

use crate::platform::errno::errno;

/// Processors have smaller numbers: more than this no kernel is built for.
pub const MOST: usize = 1024;

const BITS: usize = c_ulong::BITS as usize;

/// A set of processors, by their numbers.
#[derive(Clone, PartialEq, Eq)]
pub struct Processors([c_ulong; MOST / BITS]);

/// Why a thread was not placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Refusal {
    /// The thread may not use one of the processors, or there is no such one.
    Unusable = 2,
    /// The system forbids the call.
    Forbidden = 3,
}

impl Processors {
    /// The empty set.
    pub const fn none() -> Processors {
        Processors([0; MOST / BITS])
    }

    /// Adds a processor. False: there is none with that number.
    pub fn add(&mut self, number: u32) -> bool {
        let number = number as usize;
        match self.0.get_mut(number / BITS) {
            Some(bits) => {
                *bits |= 1 << (number % BITS);
                true
            }
            None => false,
        }
    }

    fn of(which: i32, id: libc::id_t) -> Option<Processors> {
        let mut found = Processors::none();
        // SAFETY: the set has as many bytes as are said.
        let answer = unsafe {
            libc::cpuset_getaffinity(
                libc::CPU_LEVEL_WHICH,
                which,
                id,
                size_of_val(&found),
                (&raw mut found.0).cast(),
            )
        };
        (answer == 0).then_some(found)
    }

    fn give_to(&self, native_id: u32) -> bool {
        // SAFETY: as above.
        unsafe {
            libc::cpuset_setaffinity(
                libc::CPU_LEVEL_WHICH,
                libc::CPU_WHICH_TID,
                native_id.into(),
                size_of_val(self),
                (&raw const self.0).cast(),
            ) == 0
        }
    }
}

/// How many processors the process may use; `None`: the kernel does not say. It may change errno.
pub fn processors_of_process() -> Option<usize> {
    const OWN: libc::id_t = -1;
    let found = Processors::of(libc::CPU_WHICH_PID, OWN)?;
    Some(found.0.iter().map(|bits| bits.count_ones() as usize).sum())
}

/// Has the thread with that kernel's id run on these processors and no others. If it may not use
/// one of them, that is a refusal, and the thread keeps the processors that it had. It may change
/// errno.
pub fn place(native_id: u32, wanted: &Processors) -> Result<(), Refusal> {
    if *wanted == Processors::none() {
        return Err(Refusal::Unusable);
    }
    let id = native_id.into();
    let Some(before) = Processors::of(libc::CPU_WHICH_TID, id) else { return Err(refusal()) };
    if !wanted.give_to(native_id) {
        return Err(refusal());
    }
    if Processors::of(libc::CPU_WHICH_TID, id).as_ref() == Some(wanted) {
        return Ok(());
    }
    before.give_to(native_id);
    Err(Refusal::Unusable)
}

fn refusal() -> Refusal {
    match errno() {
        libc::EINVAL | libc::EDEADLK | libc::ERANGE => Refusal::Unusable,
        _ => Refusal::Forbidden,
    }
}
