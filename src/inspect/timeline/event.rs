//! What the events of the timeline are, and how an event names an object.
//!
//! | event           | payload                | more                                              |
//! |-----------------|------------------------|---------------------------------------------------|
//! | WAITS           | the object             | 1: the thread sleeps                              |
//! | HOLDER          | the kernel's id of the | –                                                 |
//! |                 | thread that holds what |                                                   |
//! |                 | the last WAITS is for  |                                                   |
//! | WOKEN           | the object             | the outcome                                       |
//! | TAKEN           | the object             | –                                                 |
//! | LEFT            | the object             | 1: threads wait for it                            |
//! | NOTIFIED        | the condition          | how many threads at most; 255: more               |
//! | SET             | an event or latch      | –                                                 |
//! | TRIPPED         | the barrier            | –                                                 |
//! | TIMER_DUE,      | the timer's thread     | –                                                 |
//! | TIMER_BEGINS,   |                        |                                                   |
//! | TIMER_ENDS,     |                        |                                                   |
//! | TIMER_CANCELLED |                        |                                                   |
//! | FORKED          | –                      | 1: in the child                                   |
//! | MARK            | eight bytes of text    | which eight, from 0 on, and 16 times how many     |
//! |                 |                        | there are; all have the same moment               |
//!
//! An object is its tag and, in the lower half, the lower bits of the address of its word, in units
//! of 64 bytes. So a listener need not know which slot it is; whoever reads finds that out.

use crate::object::address::index_of;
use crate::object::handle::{Handle, Kind, Tag};
use crate::object::table::{Slot, SlotLayout};
use crate::probe::Address;
use crate::sync::barrier::Barrier;
use crate::sync::condition::Condition;
use crate::sync::event::Event;
use crate::sync::latch::Latch;
use crate::sync::lock::Lock;
use crate::sync::rlock::Rlock;
use crate::sync::semaphore::Semaphore;
use crate::thread::record::Record;

// See the table.
pub const WAITS: u8 = 1;
pub const HOLDER: u8 = 2;
pub const WOKEN: u8 = 3;
pub const TAKEN: u8 = 4;
pub const LEFT: u8 = 5;
pub const NOTIFIED: u8 = 6;
pub const SET: u8 = 7;
pub const TRIPPED: u8 = 8;
pub const TIMER_DUE: u8 = 9;
pub const TIMER_BEGINS: u8 = 10;
pub const TIMER_ENDS: u8 = 11;
pub const TIMER_CANCELLED: u8 = 12;
pub const FORKED: u8 = 13;
pub const MARK: u8 = 14;

/// In what an address is counted.
const UNIT: usize = 64;

/// The object whose word is at that address and has that tag.
#[inline]
pub fn payload(word: Address, tag: u32) -> u64 {
    u64::from(tag) << 32 | u64::from((word.addr() / UNIT) as u32)
}

/// Which object that is; null for one of the library's own, and for none.
pub fn object(payload: u64) -> Handle {
    let tag = Tag((payload >> 32) as u32);
    let found = layout(tag.kind()).and_then(|layout| index_of(layout, payload as u32, UNIT));
    found.map_or(Handle::NULL, |index| Handle::new(tag, index))
}

fn layout(kind: u32) -> Option<&'static SlotLayout> {
    const ALL: [(Kind, &SlotLayout); 8] = [
        (Kind::Thread, &Record::LAYOUT),
        (Kind::Lock, &Lock::LAYOUT),
        (Kind::Rlock, &Rlock::LAYOUT),
        (Kind::Condition, &Condition::LAYOUT),
        (Kind::Semaphore, &Semaphore::LAYOUT),
        (Kind::Event, &Event::LAYOUT),
        (Kind::Barrier, &Barrier::LAYOUT),
        (Kind::Latch, &Latch::LAYOUT),
    ];
    ALL.iter().find(|(number, _)| *number as u32 == kind).map(|(_, layout)| *layout)
}

#[cfg(test)]
mod tests {
    use core::ptr;

    use super::*;
    use crate::object;
    use crate::sync::{event, lock};

    fn payload_of<T: Slot>(object: Handle) -> u64 {
        let slot = T::table().get(object.index()).expect("a slot");
        payload(ptr::from_ref(slot.word()).cast(), object.tag().0)
    }

    #[test]
    fn an_object_is_found_again_by_the_address_of_its_word() {
        let (one, other) = (lock::new().expect("memory"), event::new().expect("memory"));
        assert_eq!(object(payload_of::<Lock>(one)), one);
        assert_eq!(object(payload_of::<Event>(other)), other);
        assert_eq!(object(payload_of::<Lock>(one) + (1 << 31)), Handle::NULL);
        assert_eq!(object(payload(ptr::null(), 0)), Handle::NULL);
        let _ = object::end(other, |slot: &Event, state| Ok(slot.word().end(state).unwrap()));
    }
}
