//! Hears of the probe what the timeline shows, and records it in the ring of the thread that tells.

use crate::atomic::{AtomicU64, Ordering};
use crate::inspect::timeline::event::{self, payload};
use crate::inspect::timeline::ring::{self, Event, Moment, Ring};
use crate::inspect::timeline::rings;
use crate::inspect::waits;
use crate::object::handle::{Kind, Tag};
use crate::object::text;
use crate::object::word::WAITERS;
use crate::probe::{Address, Awaited, Happening, Hold, Listener};

/// Hears of locks and rlocks whatever happens to them. Of other objects it hears what is told
/// anyway: their waits, and what ends those.
pub static LISTENER: Listener = Listener {
    acquired: Some(acquired),
    releasing: Some(releasing),
    waiting: Some(waiting),
    woken: Some(woken),
    happened: Some(happened),
    kinds: 1 << Kind::Lock as u32 | 1 << Kind::Rlock as u32,
    ..Listener::DEAF
};

/// The longest text of a mark, in bytes.
pub const MARK_ROOM: usize = 64;
const _: () = assert!(MARK_ROOM / 8 < 16, "the number of parts has four bits");

/// The ring comes before the moment: what was before a ring was taken is not its thread's.
#[inline]
fn record(what: u8, more: u8, payload: u64) -> Option<(&'static Ring, Moment)> {
    let ring = rings::own()?;
    let moment = ring::now();
    ring.record(Event::new(moment, what, more, payload));
    Some((ring, moment))
}

/// The state word of an object of which the probe has told; 0 for none.
fn state(object: Address) -> u64 {
    if object.is_null() { 0 } else { state_of(object) }
}

/// As above; the address is not null.
#[inline(always)]
fn state_of(object: Address) -> u64 {
    // SAFETY: the probe tells of an object by the address of its state word, which is an atomic of
    // 64 bits in memory that is never freed.
    let word = unsafe { &*object.cast::<AtomicU64>() };
    // ORDERING: Relaxed: bits, which stand for themselves.
    word.load(Ordering::Relaxed)
}

#[inline]
fn named(object: Address, state: u64) -> u64 {
    payload(object, (state >> 32) as u32)
}

/// What happens to locks all the time: as few instructions as can be.
#[inline(always)]
fn record_lean(what: u8, more: u8, payload: u64) {
    let (Some(ring), Some(moment)) = (rings::known(), ring::quick()) else {
        return record_slowly(what, more, payload);
    };
    ring.record(Event::new(moment, what, more, payload));
}

#[cold]
#[inline(never)]
fn record_slowly(what: u8, more: u8, payload: u64) {
    let _ = record(what, more, payload);
}

fn acquired(object: Address, _hold: Hold, _tried: bool, _site: usize) {
    record_lean(event::TAKEN, 0, named(object, state_of(object)));
}

fn releasing(object: Address, _hold: Hold) {
    let state = state_of(object);
    let waits = (state / WAITERS) as u8 & 1;
    record_lean(event::LEFT, waits, named(object, state));
}

fn waiting(object: Address, _deadline: Option<u64>, _about: &Awaited) {
    let payload = named(object, state(object));
    let Some((ring, moment)) = record(event::WAITS, object.is_null().into(), payload) else {
        return;
    };
    let kind = Tag((payload >> 32) as u32).kind();
    if kind == Kind::Lock as u32 || kind == Kind::Rlock as u32 {
        let holder = waits::native_id_of(waits::holder_of(event::object(payload)));
        if holder != 0 {
            ring.record(Event::new(moment, event::HOLDER, 0, holder.into()));
        }
    }
}

fn woken(object: Address, outcome: u32, _about: &Awaited) {
    record(event::WOKEN, outcome as u8, named(object, state(object)));
}

fn happened(what: Happening, object: Address, number: usize) {
    let what = match what {
        Happening::Notified => event::NOTIFIED,
        Happening::Set => event::SET,
        Happening::Tripped => event::TRIPPED,
        Happening::TimerDue => event::TIMER_DUE,
        Happening::TimerBegins => event::TIMER_BEGINS,
        Happening::TimerEnds => event::TIMER_ENDS,
        Happening::TimerCancelled => event::TIMER_CANCELLED,
        Happening::Forked => event::FORKED,
        Happening::ThreadBegins => {
            if let Some(ring) = rings::own() {
                ring.note_beginning(ring::now());
            }
            return;
        }
    };
    record(what, number.min(255) as u8, named(object, state(object)));
}

/// Records a text of the program's, as much of it as there is room for.
pub fn mark(text: &[u8]) {
    let text = if text.len() > MARK_ROOM { text::cut(text, MARK_ROOM) } else { text };
    let Some(ring) = rings::own() else { return };
    let moment = ring::now();
    let parts = text.len().div_ceil(8);
    for (number, part) in text.chunks(8).enumerate() {
        let mut bytes = [0; 8];
        bytes.iter_mut().zip(part).for_each(|(byte, given)| *byte = *given);
        let payload = u64::from_le_bytes(bytes);
        ring.record(Event::new(moment, event::MARK, (parts << 4 | number) as u8, payload));
    }
}
