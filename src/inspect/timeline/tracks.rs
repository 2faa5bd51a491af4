//! The tracks of threads: what one thread did, from the events of its ring.

use crate::inspect::dump::naming::{COMM, Named};
use crate::inspect::dump::threads;
use crate::inspect::scratch::Scratch;
use crate::inspect::timeline::event::{self, *};
use crate::inspect::timeline::recorder::MARK_ROOM;
use crate::inspect::timeline::ring::{EVENTS, Event, Moment, Owner, Ring, moment_before};
use crate::inspect::timeline::scale::Scale;
use crate::inspect::timeline::trace::{INSTANT, Trace};
use crate::inspect::waits;
use crate::object::handle::Handle;
use crate::thread::tasks::is_service_thread;

/// What an event says of an object, for the object's own track and the arrows.
#[derive(Clone, Copy)]
pub struct Touch {
    /// The object, or the thread that is waited for.
    pub object: Handle,
    /// When.
    pub moment: Moment,
    /// Who: the number of the thread's track.
    pub tid: u32,
    /// What: as in `event`.
    pub what: u8,
    /// As there.
    pub more: u8,
    /// For WOKEN: when the wait began.
    pub began: Moment,
}

/// One more or less of something, for the counters.
#[derive(Clone, Copy)]
pub struct Step {
    /// When.
    pub moment: Moment,
    /// How many threads more there are, and how many more wait.
    pub change: [i8; 2],
}

/// What is collected of all threads.
pub struct Collected {
    /// In the order of rings.
    pub touches: Scratch<Touch>,
    /// As above.
    pub steps: Scratch<Step>,
    /// The kernel's ids of the threads that have tracks.
    pub native_ids: Scratch<u32>,
}

/// More than a kernel's id can be.
const NATIVE_IDS: u32 = 1 << 22;

impl Collected {
    /// The number of a track, which no other track has: the kernel's id of its thread. The kernel
    /// gives the id of a thread that has ended to a later one.
    fn number_of_track(&mut self, native_id: u32) -> u32 {
        let earlier = self.native_ids.all().iter().filter(|id| **id == native_id).count();
        self.native_ids.push(native_id);
        native_id.wrapping_add(NATIVE_IDS.wrapping_mul(earlier as u32))
    }
}

/// An event, at its whole moment.
#[derive(Clone, Copy)]
struct At {
    moment: Moment,
    event: Event,
}

/// The events of a ring in the order of time, and whose they are, if they are anybody's. `None`:
/// there is no memory.
#[inline(never)]
fn events(ring: &Ring, scale: &Scale) -> Option<Option<(Owner, Scratch<At>)>> {
    // Its thread may end meanwhile, and another take the ring: that is two changes.
    for _ in 0..4 {
        let mut found = Scratch::with_room(EVENTS)?;
        let owner = ring.read(|event| {
            if let Some(moment) = moment_before(scale.now, event.moment()) {
                found.push(At { moment, event });
            }
        });
        if let Some(owner) = owner {
            return Some(Some((owner, found.sorted_by_key(|at| at.moment)?)));
        }
    }
    Some(None)
}

/// A wait or a timer's function that has begun.
#[derive(Clone, Copy)]
struct Open {
    began: Moment,
    payload: u64,
    what: u8,
    sleeps: bool,
    holder: u64,
}

/// How many may be open at once: a signal handler may wait while its thread does.
const DEEPEST: usize = 8;

struct Track<'a, 'b> {
    trace: &'a mut Trace<'b>,
    collected: &'a mut Collected,
    tid: u32,
    /// When the thread ended, or when the timeline does.
    last: Moment,
    open: [Option<Open>; DEEPEST],
}

/// Writes the track of a ring's thread. `None`: there is no memory.
#[inline(never)]
pub fn write(trace: &mut Trace<'_>, ring: &Ring, collected: &mut Collected) -> Option<()> {
    let Some((owner, events)) = events(ring, &trace.scale)? else { return Some(()) };
    let tid = collected.number_of_track(owner.native_id);
    write_name(trace, tid, &owner);
    let first = owner.since.max(trace.scale.began);
    let last = if owner.ended == 0 { trace.scale.now } else { owner.ended };
    let mut track = Track { trace, collected, tid, last, open: [None; DEEPEST] };
    if owner.began >= first {
        track.instant("thread", owner.began, "begins");
        track.step(owner.began, [1, 0]);
    }
    let all = events.all();
    let own = all.get(all.partition_point(|at| at.moment < first)..).unwrap_or_default();
    for (number, at) in own.iter().enumerate() {
        let rest = own.get(number + 1..).unwrap_or_default();
        track.event(at, rest);
    }
    while let Some(open) = track.close_last() {
        track.slice(&open, last.max(open.began), owner.ended != 0);
    }
    if owner.ended >= first {
        let end = track.trace.scale.nanoseconds(owner.ended);
        track.trace.slice(tid, "thread", (end, end + INSTANT));
        track.trace.put("ends");
        track.trace.close();
        track.step(owner.ended, [-1, 0]);
        // Whoever joins it waits for this.
        track.touch(Handle(owner.ident), owner.ended, LEFT, 1, 0);
    }
    Some(())
}

#[inline(never)]
fn write_name(trace: &mut Trace<'_>, tid: u32, owner: &Owner) {
    let kept = owner.name.get(..owner.name_length).unwrap_or_default();
    let (native_id, has_ended) = (owner.native_id, owner.ended != 0);
    let thread = waits::thread_of(owner.ident);
    let has_record = !thread.is_null();
    // A worker has the ident of a timer while it runs the timer's function.
    let is_worker =
        has_record && if has_ended { kept.is_empty() } else { is_service_thread(native_id) };
    trace.thread_name(tid, |out| {
        if !kept.is_empty() {
            return out.json_part(kept);
        }
        if is_worker {
            return out.text("timer worker");
        }
        if has_ended || !out.json_part_of_object_name(thread) {
            let mut room = [0; COMM];
            match if has_ended { &[][..] } else { threads::comm(native_id, &mut room) } {
                [] => {
                    out.text("thread ");
                    out.number(native_id.into());
                }
                comm => out.json_part(comm),
            }
        }
    });
}

impl Track<'_, '_> {
    #[inline(never)]
    fn step(&mut self, moment: Moment, change: [i8; 2]) {
        self.collected.steps.push(Step { moment, change });
    }

    #[inline(never)]
    fn touch(&mut self, object: Handle, moment: Moment, what: u8, more: u8, began: Moment) {
        if !object.is_null() {
            let tid = self.tid;
            self.collected.touches.push(Touch { object, moment, tid, what, more, began });
        }
    }

    #[inline(never)]
    fn instant(&mut self, category: &str, moment: Moment, name: &str) {
        self.trace.instant(self.tid, category, moment);
        self.trace.put(name);
        self.trace.close();
    }

    #[inline(never)]
    fn close_last(&mut self) -> Option<Open> {
        self.open.iter_mut().rev().find_map(Option::take)
    }

    fn open(&mut self, at: &At, sleeps: bool) {
        let (began, payload, what) = (at.moment, at.event.payload, at.event.what());
        if let Some(place) = self.open.iter_mut().find(|place| place.is_none()) {
            *place = Some(Open { began, payload, what, sleeps, holder: 0 });
        }
    }

    /// Ends what this event ends, and whatever has begun since and was left without an end.
    fn end(&mut self, at: &At, what: u8) -> Option<Open> {
        let is_it = |open: &Open| open.what == what && open.payload == at.event.payload;
        if !self.open.iter().flatten().any(is_it) {
            return None;
        }
        loop {
            let open = self.close_last()?;
            self.slice(&open, at.moment, true);
            if is_it(&open) {
                return Some(open);
            }
        }
    }

    /// What goes on still, if it does not end, is drawn up to now.
    fn slice(&mut self, open: &Open, end: Moment, ends: bool) {
        let scale = self.trace.scale;
        let times = (scale.nanoseconds(open.began), scale.nanoseconds(end));
        if open.what == TIMER_BEGINS {
            self.trace.slice(self.tid, "timer", times);
            self.trace.put("Runs ");
            self.trace.object(event::object(open.payload));
            return self.trace.close();
        }
        self.step(open.began, [0, 1]);
        if ends {
            self.step(end, [0, -1]);
        }
        self.trace.slice(self.tid, "wait", times);
        self.trace.wait(open.payload, open.sleeps, open.holder);
        self.trace.close();
    }

    #[inline(never)]
    fn event(&mut self, at: &At, rest: &[At]) {
        let (what, more, payload) = (at.event.what(), at.event.more(), at.event.payload);
        match what {
            WAITS | TIMER_BEGINS => self.open(at, what == WAITS && more != 0),
            HOLDER => {
                if let Some(open) = self.open.iter_mut().rev().flatten().next() {
                    open.holder = payload;
                }
            }
            WOKEN => {
                if let Some(open) = self.end(at, WAITS) {
                    self.touch(event::object(payload), at.moment, what, more, open.began);
                }
            }
            TAKEN | LEFT | NOTIFIED | SET | TRIPPED => {
                let object = event::object(payload);
                self.touch(object, at.moment, what, more, 0);
                if what != TAKEN && (what != LEFT || more != 0) {
                    self.lets_in(at, rest, object);
                }
            }
            TIMER_ENDS => {
                self.end(at, TIMER_BEGINS);
                self.lets_in(at, rest, event::object(payload));
                self.touch(event::object(payload), at.moment, what, more, 0);
            }
            TIMER_DUE | TIMER_CANCELLED => {
                self.trace.instant(self.tid, "timer", at.moment);
                self.trace.put(if what == TIMER_DUE { "due: " } else { "cancelled: " });
                self.trace.object(event::object(payload));
                self.trace.close();
                self.touch(event::object(payload), at.moment, what, more, 0);
            }
            FORKED => {
                let name = if more == 0 { "forks" } else { "is forked" };
                self.instant("process", at.moment, name);
            }
            MARK => self.mark(at, rest),
            _ => {}
        }
    }

    /// A moment at which others are let in: as short as it has to be not to reach what comes next.
    fn lets_in(&mut self, at: &At, rest: &[At], object: Handle) {
        let scale = self.trace.scale;
        let begin = scale.nanoseconds(at.moment);
        let next = rest.first().map_or(self.last, |next| next.moment);
        let end = (begin + INSTANT).min(scale.nanoseconds(next)).max(begin);
        self.trace.slice(self.tid, "release", (begin, end));
        self.trace.put(match at.event.what() {
            NOTIFIED => "Notifies ",
            SET => "Sets ",
            TRIPPED => "Ends a cycle of ",
            TIMER_ENDS => "Ends ",
            _ => "Releases ",
        });
        self.trace.object(object);
        self.trace.close();
    }

    #[inline(never)]
    fn mark(&mut self, at: &At, rest: &[At]) {
        let (mut text, mut parts) = ([0; MARK_ROOM], 0);
        let count = at.event.more() >> 4;
        for part in core::iter::once(at).chain(rest) {
            let is_next = part.moment == at.moment
                && part.event.what() == MARK
                && part.event.more() == count << 4 | parts;
            if parts == count || !is_next {
                break;
            }
            let start = usize::from(parts) * 8;
            if let Some(place) = text.get_mut(start..start + 8) {
                place.copy_from_slice(&part.event.payload.to_le_bytes());
            }
            parts += 1;
        }
        // Else the beginning is overtaken, or the end is not there yet.
        if parts == 0 || parts != count {
            return;
        }
        let length = text.iter().position(|byte| *byte == 0).unwrap_or(MARK_ROOM);
        self.trace.instant(self.tid, "mark", at.moment);
        self.trace.out.json_part(text.get(..length).unwrap_or_default());
        self.trace.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_that_had_the_same_kernels_id_have_two_tracks() {
        let mut collected = Collected {
            touches: Scratch::with_room(1).expect("memory"),
            steps: Scratch::with_room(1).expect("memory"),
            native_ids: Scratch::with_room(4).expect("memory"),
        };
        let numbers = [7, 8, 7, 7].map(|id| collected.number_of_track(id));
        assert_eq!(numbers, [7, 8, 7 + NATIVE_IDS, 7 + 2 * NATIVE_IDS]);
    }
}
