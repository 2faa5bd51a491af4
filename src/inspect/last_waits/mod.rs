//! The last waits of each thread: what it waited for lately, for how long, how that ended, and in
//! which call. A flight recorder: after a stall a dump shows what came before.
//!
//! It hears of waits alone, each of which is slow, so no object has INSPECT and no fast path
//! changes. The rings stand beside the waiters, by their indices, as notes do beside slots: a
//! thread that waits has a waiter. They are mapped when the recording first begins.

use core::ffi::c_void;

use crate::atomic::{AtomicU64, Ordering};
use crate::inspect::scratch::Scratch;
use crate::object::note::{FromZeros, Notes};
use crate::object::table::Slot;
use crate::platform::clock;
use crate::platform::tls::{self, CallSite};
use crate::probe::{Address, Awaited, Listener};
use crate::status::Status;
use crate::wait::this_thread;
use crate::wait::waiter::Waiter;

pub mod ring;

use ring::{List, ONE_OF_SEVERAL, Ring};

/// Hears when waits begin and end.
pub static LISTENER: Listener =
    Listener { waiting: Some(waiting), woken: Some(woken), ..Listener::DEAF };

// SAFETY: it is made of numbers.
unsafe impl FromZeros for Ring {}

/// The ring of each waiter, by its index.
static RINGS: Notes<Ring> = Notes::new();

/// Since when waits are recorded, in nanoseconds; 0: they are not. Waits that began earlier are
/// forgotten.
static SINCE: AtomicU64 = AtomicU64::new(0);

/// Where a reader outside the process finds since when waits are recorded, and the rings.
pub const FOUND_AT: [*const c_void; 2] = [(&raw const SINCE).cast(), (&raw const RINGS).cast()];

fn since() -> u64 {
    // ORDERING: Relaxed: a moment, which stands for itself.
    SINCE.load(Ordering::Relaxed)
}

fn begin_at(moment: u64) {
    // ORDERING: Relaxed: as above.
    SINCE.store(moment, Ordering::Relaxed);
}

/// The recording begins if it is on from now on, and was not before: then what was recorded is
/// forgotten.
///
/// # Errors
/// `THREADING_NO_RESOURCES`.
pub fn prepare(what: u32) -> Result<(), Status> {
    if what == 0 {
        begin_at(0);
    } else if since() == 0 {
        RINGS.find_or_map(0).ok_or(Status::THREADING_NO_RESOURCES)?;
        begin_at(clock::now());
    }
    Ok(())
}

/// In a forked child: it has waited for nothing yet.
pub fn reset_after_fork() {
    if since() != 0 {
        begin_at(clock::now());
    }
}

/// The calling thread's ring and ident, if its wait for that is recorded: those for locks of the
/// library's own are not.
fn own(object: Address, about: &Awaited) -> Option<(&'static Ring, u64)> {
    let ident = tls::ident();
    let is_the_librarys = about.object == 0 && !object.is_null();
    // After its last round the waiter is the next thread's.
    if since() == 0 || is_the_librarys || ident == 0 || tls::has_ended() {
        return None;
    }
    Some((RINGS.find_or_map(this_thread::own_waiter()?.index())?, ident))
}

fn waiting(object: Address, _deadline: Option<u64>, about: &Awaited) {
    if let Some((ring, ident)) = own(object, about) {
        let began = if about.since == 0 { clock::now() } else { about.since };
        ring.begin(ident, about.object, began, CallSite::current() as u64);
    }
}

fn woken(object: Address, outcome: u32, about: &Awaited) {
    if let Some((ring, _)) = own(object, about) {
        let several = if about.is_one_of_several { ONE_OF_SEVERAL } else { 0 };
        ring.end(about.object, since(), clock::now(), u64::from(outcome) | several);
    }
}

/// The last waits of all threads, for one look.
pub struct LastWaits {
    /// Since when they are recorded; 0: they are not.
    since: u64,
    /// Ident and ring, by ident.
    rings: Option<Scratch<(u64, u32)>>,
}

impl LastWaits {
    /// Finds out whose the rings are. `None`: there is no memory. Async-signal-safe.
    pub fn collect() -> Option<LastWaits> {
        let since = since();
        if since == 0 {
            return Some(LastWaits { since, rings: None });
        }
        let most = u32::try_from(Waiter::table().issued()).unwrap_or(u32::MAX);
        let mut rings = Scratch::with_room(most as usize)?;
        for index in 0..most {
            if let Some(ident) = RINGS.find(index).map(Ring::ident).filter(|ident| *ident != 0) {
                rings.push((ident, index));
            }
        }
        Some(LastWaits { since, rings: Some(rings.sorted_by_key(|(ident, _)| *ident)?) })
    }

    /// Whether they are recorded.
    pub fn are_recorded(&self) -> bool {
        self.since != 0
    }

    /// Those of the thread of that ident, the latest first: mostly one list. A timer that ran in
    /// several threads has one of each.
    pub fn of(&self, ident: u64) -> impl Iterator<Item = List> {
        let rings = self.rings.as_ref().map_or(&[] as &[(u64, u32)], Scratch::all);
        let first = rings.partition_point(|(other, _)| *other < ident);
        let end = rings.partition_point(|(other, _)| *other <= ident);
        let found = rings.get(first..end).unwrap_or_default().iter();
        found.filter_map(move |(_, index)| RINGS.find(*index)?.read(ident, self.since))
    }
}
