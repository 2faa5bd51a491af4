//! Waiting for any of several objects, of which exactly one is taken.
//!
//! A wait goes through rounds:
//!
//! 1. Each member is tried, in order. The first that is ready is taken, and the wait is over.
//! 2. The parker's word becomes WAITING, and an entry is linked into the queue of each member,
//!    under that queue's lock alone. A member that is ready, or gone, ends the linking: the waiter
//!    decides for itself (`Parker::give_up`) before it takes anything. If that fails, somebody has
//!    claimed it, and it takes nothing but what that brings.
//! 3. The thread sleeps until there is an outcome. `Parker::claimed_through` says which member's
//!    waker has decided it.
//! 4. A wake that only says "try again" leaves DESIGNATED_WAKER behind, which the waiter processes
//!    before all else: it acquires, or leaves and lets the next release wake another.
//! 5. Every other entry is unlinked under the lock of its queue.
//!
//! No unit is lost: a waker whose claim fails takes the next waiter of its queue, and what it did
//! not give away stays in its word. None is taken twice: the word of the parker is claimed once.
//!
//! An event that was set and cleared between two rounds was set while the thread waited. So an
//! entry keeps the note of its first round, and the next rounds compare it.
//!
//! Never are two queues locked at once, so the members need no order. The broadcast word is not
//! used: a thread sleeps in one place.

use core::ptr;

use crate::atomic::Ordering;
use crate::object::cause::failure;
use crate::object::handle::Handle;
use crate::object::word::WAITERS;
use crate::platform::clock::{self, Deadline};
use crate::status::Status;
use crate::wait::entries::Entry;
use crate::wait::member::{Means, Member, Way};
use crate::wait::mutex::raw::RawMutex;
use crate::wait::park::{tell_waiting, tell_woken};
use crate::wait::parker::Outcome;
use crate::wait::queue::Core;
use crate::wait::spin_then_park::WaitKind;
use crate::wait::this_thread::{self, Lease};
use crate::wait::wait_record::Wait;

/// The members of a wait, each found by its number.
pub type Members<'a> = &'a dyn Fn(usize) -> Result<Member, Status>;

/// Waits until one of `count` members is taken, and returns its number. The wait began at `since`.
/// Others see the member `named` as what the thread waits for first of all.
///
/// # Errors `THREADING_TIMEOUT`, and nothing was taken; `THREADING_NO_RESOURCES` if there is no
/// memory to wait; the errors of `members`, and of `Means::taken`; `THREADING_DESTROYED` if a
/// member ends before the thread waits.
#[cold]
#[inline(never)]
pub fn wait_for_any(
    members: Members<'_>,
    count: usize,
    named: usize,
    (since, deadline): (u64, Deadline),
) -> Result<usize, Status> {
    let no_memory = || failure!(THREADING_NO_RESOURCES, c"there is no memory to wait");
    let lease = this_thread::waiter().ok_or_else(no_memory)?;
    let (object, ident) = (members(named)?.object, this_thread::ident());
    let places = Places::fill(&lease, members, count, Some(named))?;
    let wait = Wait { object, kind: WaitKind::Event, ident, broadcast: None };
    let mut is_over = false;
    let mut has_waited = false;
    loop {
        let mut got = places.try_each(ident)?;
        if got.is_none() {
            if is_over {
                return Err(Status::THREADING_TIMEOUT);
            }
            has_waited = true;
            match places.park(&wait, since, deadline)? {
                Round::Got(entry) => got = Some(entry),
                Round::Again => {}
                // Each is tried for the last time.
                Round::TimedOut => is_over = true,
            }
        }
        if let Some(entry) = got {
            let member = Member::load(entry);
            if let (Way::Acquire(mode), true) = (&member.means.way, has_waited) {
                let mutex = RawMutex::around(member.core);
                mutex.note_wait(mode, member.object, since, 0, &lease);
            }
            (member.means.taken)(&member, deadline != Deadline::Never)?;
            return Ok(entry.index.get() as usize);
        }
    }
}

/// How a round ends.
enum Round {
    /// The member of that entry is the thread's.
    Got(&'static Entry),
    /// Each is to be tried again.
    Again,
    /// The time has run out.
    TimedOut,
}

/// The entries of one wait. None is linked when this goes out of scope.
pub struct Places<'a> {
    lease: &'a Lease,
    entries: &'static [Entry],
}

impl Drop for Places<'_> {
    fn drop(&mut self) {
        self.release();
    }
}

impl<'a> Places<'a> {
    /// One for each member and all above it. Others see each member but the one that is `named`.
    ///
    /// # Errors
    /// `THREADING_NO_RESOURCES` if there is no memory; the errors of `members`.
    pub fn fill(
        lease: &'a Lease,
        members: Members<'_>,
        count: usize,
        named: Option<usize>,
    ) -> Result<Places<'a>, Status> {
        let waiter = lease.waiter();
        let mut needed = 0;
        for index in 0..count {
            needed += members(index)?.chain().count();
        }
        if !waiter.entries.make_room(needed) {
            return Err(failure!(THREADING_NO_RESOURCES, c"there is no memory to wait"));
        }
        waiter.use_entries(needed);
        // From here on a signal handler that waits borrows another waiter, so the array stays.
        let entries = waiter.entries.all().get(..needed).unwrap_or_default();
        let places = Places { lease, entries };
        let mut free = entries.iter();
        for index in 0..count {
            for (height, member) in members(index)?.chain().enumerate() {
                // A chain is as long as it was.
                let Some(entry) = free.next() else { break };
                let is_shown = height == 0 && named != Some(index);
                let shown = if is_shown { member.object } else { Handle::NULL };
                // ORDERING: Relaxed: the epoch of the wait record orders it.
                entry.shown.store(shown.0, Ordering::Relaxed);
                entry.index.set(u32::try_from(index).unwrap_or(0));
                member.store(entry);
            }
        }
        Ok(places)
    }

    /// Takes the first member that is ready.
    fn try_each(&self, ident: u64) -> Result<Option<&'static Entry>, Status> {
        for entry in self.entries {
            if Member::load(entry).try_take(entry.noted(), || ident)? {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// When the first member comes by itself, or the time runs out.
    fn earliest(&self, deadline: Deadline) -> Deadline {
        let expiries = self.entries.iter().map(|entry| entry.expires.get());
        let times = expiries.chain(deadline.moment()).filter(|moment| *moment != 0);
        // A poll has been made before.
        times.min().map_or(Deadline::Never, Deadline::At)
    }

    /// One round.
    fn park(&self, wait: &Wait, since: u64, deadline: Deadline) -> Result<Round, Status> {
        let waiter = self.lease.waiter();
        let Some(first) = self.entries.first() else { return Ok(Round::TimedOut) };
        let ends = self.earliest(deadline);
        // ORDERING: Relaxed, both: `publish` orders them.
        waiter.node.arrival.store(since, Ordering::Relaxed);
        waiter.node.home.store(ptr::null_mut(), Ordering::Relaxed);
        let epoch = waiter.parker.prepare_park(wait, ends);
        waiter.parker.record.publish(epoch);
        let decided = !self.link(since) && waiter.parker.give_up();
        let core = Member::load(first).core;
        tell_waiting(core, ends, waiter, wait);
        let outcome = match waiter.parker.park(ends) {
            // A member is ready, or has come by itself.
            Outcome::TimedOut if decided || ends != deadline => Outcome::Retry,
            outcome => outcome,
        };
        tell_woken(core, outcome, waiter, wait);
        let ended = match outcome {
            Outcome::TimedOut => Ok(Round::TimedOut),
            Outcome::Retry => Ok(Round::Again),
            outcome => {
                let by = Entry::position(self.entries, waiter.parker.claimed_through());
                by.and_then(|by| self.entries.get(by))
                    .map_or(Ok(Round::Again), |entry| claimed(entry, outcome, wait.ident))
            }
        };
        self.unlink();
        waiter.parker.leave();
        ended
    }

    /// Links all that are not ready. False: one is ready, or gone, and those behind it are not
    /// linked. It ends early when somebody has claimed the waiter.
    pub fn link(&self, since: u64) -> bool {
        self.lease.waiter().use_entries(self.entries.len());
        let parker = &self.lease.waiter().parker;
        for entry in self.entries {
            let member = Member::load(entry);
            let guard = member.core.lock_by(member.means.rules);
            let waits = member.core.word.update(|state| {
                let is_ready = member.is_ready(state, entry.noted());
                (is_ready == Ok(false)).then_some(state.with(WAITERS))
            });
            let Ok(state) = waits else { return false };
            let node = &entry.node;
            node.belongs_to(parker);
            if entry.noted().is_none() {
                node.note.set(member.note(state));
                entry.is_noted.set(true);
            }
            // ORDERING: Relaxed: wakers read it under this lock.
            node.arrival.store(since, Ordering::Relaxed);
            node.outcome.set(Outcome::TimedOut);
            entry.was_linked.set(true);
            if entry.goes_first.get() {
                guard.link_first(node);
            } else {
                guard.link_last(node);
            }
            entry.goes_first.set(false);
            drop(guard);
            if !parker.is_undecided() {
                break;
            }
        }
        true
    }

    /// Lets the waiter be lent again, until the next link. None is linked.
    pub fn release(&self) {
        self.lease.waiter().use_entries(0);
    }

    /// Unlinks all that are linked. The waiter is decided.
    pub fn unlink(&self) {
        for entry in self.entries {
            if entry.was_linked.get() {
                entry.was_linked.set(false);
                let member = Member::load(entry);
                member.core.lock_by(member.means.rules).unlink(&entry.node);
            }
        }
    }
}

/// A waker has claimed the waiter through that entry, with that outcome.
fn claimed(entry: &'static Entry, outcome: Outcome, ident: u64) -> Result<Round, Status> {
    let member = Member::load(entry);
    let is_given = matches!(outcome, Outcome::HandedOff | Outcome::Interrupted);
    match member.means.way {
        Way::Acquire(_) if is_given => {
            RawMutex::around(member.core).note_hand_off(clock::now());
            Ok(Round::Got(entry))
        }
        Way::Acquire(mode) => {
            let mutex = RawMutex::around(member.core);
            match mutex.acquire_or_leave(mode, member.object, ident) {
                Ok(()) => Ok(Round::Got(entry)),
                Err(Status::THREADING_TIMEOUT) => {
                    entry.goes_first.set(true);
                    Ok(Round::Again)
                }
                Err(status) => Err(status),
            }
        }
        Way::Reach { .. } if is_given => Ok(Round::Got(entry)),
        Way::Reach { .. } => Ok(Round::Again),
    }
}

impl Entry {
    /// What an earlier round has noted.
    fn noted(&self) -> Option<u32> {
        self.is_noted.get().then(|| self.node.note.get())
    }
}

impl Member {
    /// Stores it in an entry, which is not linked.
    fn store(&self, entry: &Entry) {
        entry.object.set(self.object.0);
        entry.core.set(ptr::from_ref(self.core).cast());
        entry.means.set(ptr::from_ref(self.means).cast());
        entry.expires.set(self.expires);
        entry.is_noted.set(false);
        entry.was_linked.set(false);
        entry.goes_first.set(false);
        entry.node.linked.set(false);
    }

    /// The member that was stored there.
    fn load(entry: &Entry) -> Member {
        Member {
            object: Handle(entry.object.get()),
            // SAFETY: `store` has written the address of a core of that life time, before the entry
            // became part of a `Places`.
            core: unsafe { &*entry.core.get().cast::<Core>() },
            // SAFETY: as above.
            means: unsafe { &*entry.means.get().cast::<Means>() },
            expires: entry.expires.get(),
        }
    }
}
