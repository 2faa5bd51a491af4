//! On which processors a thread runs.

pub use super::processors::{MOST, Processors, Refusal};
use crate::platform::errno::errno;

impl Processors {
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
