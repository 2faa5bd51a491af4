//! The recorder: hears which locks and rlocks each thread takes and releases, while that is asked
//! for. `stack` has what each thread holds, `holds` how long it was held, and `order` finds out
//! whether locks are taken in orders that can hang.
//!
//! `MODE` says what is recorded, and in which recording: what a thread has from an earlier one says
//! nothing. A release whose acquire was not heard finds nothing on the stack, and passes.

use crate::object::handle::Kind;
use crate::platform::clock;
use crate::probe::{Address, Hold, Listener};
use crate::status::Status;

mod class;
pub mod graph;
pub mod holds;
mod number;
pub mod order;
mod segments;
pub mod stack;
mod taken;

use number::Number;

/// Hears of locks and rlocks alone: semaphores have no holder.
pub static LISTENER: Listener = Listener {
    created: Some(class::created),
    acquired: Some(acquired),
    wanting: Some(wanting),
    releasing: Some(releasing),
    thread_starting: Some(segments::starting),
    thread_started: Some(segments::started),
    thread_ending: Some(segments::ending),
    thread_joined: Some(segments::joined),
    kinds: 1 << Kind::Lock as u32 | 1 << Kind::Rlock as u32,
    ..Listener::DEAF
};

/// In which order threads take locks.
pub const ORDER: u32 = 1;
/// How long locks are held.
pub const HOLDS: u32 = 1 << 1;
/// In which order threads take locks of which classes: with it ORDER is on as well.
pub const CLASSES: u32 = 1 << 4;

// What is recorded:
//
// | bits  | means                                                        |
// |-------|--------------------------------------------------------------|
// | 0, 1  | ORDER, HOLDS                                                 |
// | 2-31  | the number of the recording; it grows when one of them comes |
static MODE: Number = Number::ZERO;
const FEATURES: u32 = ORDER | HOLDS;

/// Makes ready to record these features of `switch`. What was not recorded before begins anew.
///
/// # Errors
/// `THREADING_NO_RESOURCES`.
pub fn prepare(what: u32) -> Result<(), Status> {
    let by_class = what & CLASSES != 0;
    let what = if by_class { what & FEATURES | ORDER } else { what };
    let before = mode();
    // What was seen of locks says nothing of classes, and the other way round.
    let begins_anew = if by_class == class::is_on() { 0 } else { ORDER };
    let new = what & (!before | begins_anew);
    class::switch(by_class);
    if new & ORDER != 0 && !order::prepare() {
        return Err(Status::THREADING_NO_RESOURCES);
    }
    if new & HOLDS != 0 {
        holds::prepare();
    }
    let recording = (before & !FEATURES).wrapping_add(if new != 0 { FEATURES + 1 } else { 0 });
    MODE.set((recording | what).into());
    Ok(())
}

/// What is recorded now. It is changed by whoever switches, and what it stands for is made ready
/// before anybody hears.
#[inline(always)]
fn mode() -> u32 {
    MODE.get() as u32
}

/// What the calling thread holds, in this recording.
#[inline(always)]
fn own(mode: u32) -> Option<&'static stack::Stack> {
    let own = stack::own()?;
    if !own.is_in(mode) {
        catch_up(own, mode);
    }
    Some(own)
}

#[cold]
fn catch_up(own: &stack::Stack, mode: u32) {
    let before = own.set_mode(mode);
    if before & !FEATURES != mode & !FEATURES {
        own.clear();
    }
}

fn acquired(object: Address, hold: Hold, tried: bool, site: usize) {
    let mode = mode();
    // Nothing to ask, and nobody asks for the time.
    match stack::existing() {
        Some(own)
            if own.is_in(mode) && mode & HOLDS == 0 && own.count() == 0 && hold != Hold::Signal =>
        {
            own.push(object, taken::tag_at(object), site, 0);
        }
        _ => acquired_else(object, hold, tried, site),
    }
}

#[inline(never)]
fn acquired_else(object: Address, hold: Hold, tried: bool, site: usize) {
    let mode = mode();
    if mode & FEATURES == 0 || hold == Hold::Signal {
        return;
    }
    let Some(own) = own(mode) else { return };
    let tag = taken::tag_at(object);
    if mode & ORDER != 0 && !tried && own.count() != 0 {
        order::wants(own, object, tag, site);
    }
    let since = if mode & HOLDS != 0 { clock::now() } else { 0 };
    own.push(object, tag, site, since);
}

/// Before a wait that may never end.
fn wanting(object: Address, hold: Hold, site: usize) {
    let mode = mode();
    if mode & ORDER == 0 || hold == Hold::Signal {
        return;
    }
    if let Some(own) = own(mode).filter(|own| own.count() != 0) {
        order::wants(own, object, taken::tag_at(object), site);
    }
}

fn releasing(object: Address, hold: Hold) {
    if let Some(own) = stack::existing()
        && !own.pop_untimed(object)
    {
        released(own, object, hold);
    }
}

#[inline(never)]
fn released(own: &stack::Stack, object: Address, hold: Hold) {
    if let Some(taken) = own.pop(object)
        && taken.since != 0
        && hold != Hold::Signal
    {
        holds::count(&taken);
    }
}
