//! On which processors a thread runs.

pub use super::processors::{MOST, Processors, Refusal};
use crate::platform::errno::errno;

/// How many bytes of a set the kernel takes: it is built for 1,024 processors, and refuses more.
const BYTES: usize = 1024 / u8::BITS as usize;

impl Processors {
    fn of(which: i32, id: libc::id_t) -> Option<Processors> {
        let mut found = Processors::none();
        // SAFETY: the set has more bytes than are said.
        let answer = unsafe {
            libc::cpuset_getaffinity(
                libc::CPU_LEVEL_WHICH,
                which,
                id,
                BYTES,
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
                BYTES,
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
    let known = BYTES / size_of::<usize>();
    if *wanted == Processors::none() || wanted.0[known..].iter().any(|bits| *bits != 0) {
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
