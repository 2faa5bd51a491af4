//! On which processors a thread runs.

use core::ffi::c_ulong;

use crate::platform::errno::errno;

/// Processors have smaller numbers: more than this no kernel is built for.
pub const MOST: usize = 8192;

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

    fn of(native_id: u32) -> Option<Processors> {
        let mut found = Processors::none();
        let room = (&raw mut found.0).cast();
        // SAFETY: the set has as many bytes as are said.
        let answer =
            unsafe { libc::sched_getaffinity(native_id as libc::pid_t, size_of_val(&found), room) };
        (answer == 0).then_some(found)
    }

    fn give_to(&self, native_id: u32) -> bool {
        let set = (&raw const self.0).cast();
        // SAFETY: as above.
        unsafe { libc::sched_setaffinity(native_id as libc::pid_t, size_of_val(self), set) == 0 }
    }
}

/// Has the task with that kernel's id run on these processors and no others. The kernel leaves out
/// those that the task may not use, without a word; here that is a refusal, and the task keeps the
/// processors that it had. It may change errno.
pub fn place(native_id: u32, wanted: &Processors) -> Result<(), Refusal> {
    let Some(before) = Processors::of(native_id) else { return Err(refusal()) };
    if !wanted.give_to(native_id) {
        return Err(refusal());
    }
    if Processors::of(native_id).as_ref() == Some(wanted) {
        return Ok(());
    }
    before.give_to(native_id);
    Err(Refusal::Unusable)
}

fn refusal() -> Refusal {
    match errno() {
        libc::EINVAL => Refusal::Unusable,
        _ => Refusal::Forbidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::system;

    #[test]
    fn a_task_keeps_its_processors_if_one_of_the_new_ones_is_not_there() {
        let own = system::native_id();
        let before = Processors::of(own).expect("the system tells");
        let mut wanted = before.clone();
        assert!(wanted.add(MOST as u32 - 1) && !wanted.add(MOST as u32));
        assert_eq!(place(own, &wanted), Err(Refusal::Unusable));
        assert!(Processors::of(own) == Some(before.clone()));
        assert_eq!(place(own, &Processors::none()), Err(Refusal::Unusable));
        assert_eq!(place(own, &before), Ok(()));
    }
}
