//! On which processors a thread of Windows runs.
//!
//! Windows counts processors in groups of at most 64, and a thread is placed in one group. The
//! processor of that number in that group has the number `64 * group + number` here.

use super::api::{self, ERROR_INVALID_PARAMETER, GetLastError, GroupAffinity, Handle};
pub use super::processors::{MOST, Processors, Refusal};
use super::thread::Opened;

impl Processors {
    /// The one group that has all of them.
    fn group(&self) -> Option<GroupAffinity> {
        let mut groups = self.0.iter().enumerate().filter(|(_, bits)| **bits != 0);
        let (group, bits) = groups.next()?;
        let found =
            GroupAffinity { mask: *bits, group: u16::try_from(group).ok()?, reserved: [0; 3] };
        groups.next().is_none().then_some(found)
    }
}

/// Has the thread with that id run on these processors and no others. It may change the last error.
pub fn place(native_id: u32, wanted: &Processors) -> Result<(), Refusal> {
    let wanted = wanted.group().ok_or(Refusal::Unusable)?;
    let access = api::THREAD_SET_INFORMATION | api::THREAD_QUERY_INFORMATION;
    let thread = Opened::new(access, native_id).ok_or_else(refusal)?;
    let before = of(thread.0).ok_or_else(refusal)?;
    give(thread.0, &wanted)?;
    if of(thread.0) == Some(wanted) {
        return Ok(());
    }
    // The process has fewer, and the system has left some out.
    let _ = give(thread.0, &before);
    Err(Refusal::Unusable)
}

fn of(thread: Handle) -> Option<GroupAffinity> {
    let mut found = GroupAffinity { mask: 0, group: 0, reserved: [0; 3] };
    // SAFETY: `found` is a valid place for the answer.
    (unsafe { api::GetThreadGroupAffinity(thread, &mut found) } != 0).then_some(found)
}

fn give(thread: Handle, wanted: &GroupAffinity) -> Result<(), Refusal> {
    // SAFETY: the set is valid; what was before is not asked for.
    let given = unsafe { api::SetThreadGroupAffinity(thread, wanted, core::ptr::null_mut()) };
    if given != 0 { Ok(()) } else { Err(refusal()) }
}

fn refusal() -> Refusal {
    // SAFETY: the call reads a word of the calling thread's.
    match unsafe { GetLastError() } {
        ERROR_INVALID_PARAMETER => Refusal::Unusable,
        _ => Refusal::Forbidden,
    }
}
