//! Whose an rlock is that was made with a condition: the rlock has no handle that C knows, and no
//! name, but the condition has both.

use crate::inspect::scratch::Scratch;
use crate::object::handle::{Handle, Kind};
use crate::object::table::Slot;
use crate::sync::condition::Condition;

/// The conditions with an rlock of their own, collected when an rlock is first asked for.
pub struct Owners {
    /// Rlock and condition, by rlock.
    found: Option<Scratch<(Handle, Handle)>>,
}

impl Owners {
    /// Nobody has asked yet.
    pub const UNKNOWN: Owners = Owners { found: None };

    /// The condition with which that rlock was made.
    pub fn find(&mut self, object: Handle) -> Option<Handle> {
        if object.tag().kind() != Kind::Rlock as u32 {
            return None;
        }
        self.found = self.found.take().or_else(collect);
        let found = self.found.as_ref()?.all();
        let at = found.binary_search_by_key(&object.0, |(rlock, _)| rlock.0).ok()?;
        found.get(at).map(|(_, condition)| *condition)
    }
}

/// `None`: there is no memory.
fn collect() -> Option<Scratch<(Handle, Handle)>> {
    let most = usize::try_from(Condition::table().issued()).ok()?;
    let mut found = Scratch::with_room(most)?;
    Condition::table().for_each(|condition, slot, state| {
        slot.own_rlock(state).is_none_or(|rlock| found.push((rlock, condition)))
    });
    found.sorted_by_key(|(rlock, _)| rlock.0)
}
