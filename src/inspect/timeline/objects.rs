//! The tracks of objects: who holds a lock from when to when, and who lets in whom.

use crate::inspect::scratch::Scratch;
use crate::inspect::timeline::event::*;
use crate::inspect::timeline::ring::Moment;
use crate::inspect::timeline::trace::Trace;
use crate::inspect::timeline::tracks::{Step, Touch};
use crate::object::handle::{Handle, Kind};
use crate::wait::parker::Outcome;

/// What is known of one object while its touches are read in the order of time.
struct Object {
    handle: Handle,
    /// Whether a thread holds it while it has it.
    is_held: bool,
    /// The hold that has begun, and whose it is.
    held: Option<(u64, u32)>,
    /// Who let others in last, and when.
    left: Option<(u32, Moment)>,
}

/// Writes holds and arrows. `None`: there is no memory.
#[inline(never)]
pub fn write(trace: &mut Trace<'_>, touches: Scratch<Touch>) -> Option<()> {
    // The second sort leaves those of one object in the order of the first.
    let touches = touches.sorted_by_key(|touch| touch.moment)?;
    let touches = touches.sorted_by_key(|touch| touch.object.0)?;
    for of_one in touches.all().chunk_by(|one, other| one.object == other.object) {
        if let Some(first) = of_one.first() {
            write_one(trace, first.object, of_one);
        }
    }
    Some(())
}

#[inline(never)]
fn write_one(trace: &mut Trace<'_>, handle: Handle, touches: &[Touch]) {
    let kind = handle.tag().kind();
    let is_held = kind == Kind::Lock as u32 || kind == Kind::Rlock as u32;
    let mut object = Object { handle, is_held, held: None, left: None };
    for touch in touches {
        object.touch(trace, touch);
    }
    object.end_hold(trace, trace.scale.now);
}

impl Object {
    /// Ends the hold that goes on, if there is one. Its end may be lost: then it ends when the next
    /// one begins.
    #[inline(never)]
    fn end_hold(&mut self, trace: &mut Trace<'_>, moment: Moment) {
        if let Some((id, tid)) = self.held.take() {
            trace.hold(b'e', id, self.handle, (tid, moment));
        }
    }

    #[inline(never)]
    fn touch(&mut self, trace: &mut Trace<'_>, touch: &Touch) {
        match touch.what {
            TAKEN if self.is_held => {
                self.end_hold(trace, touch.moment);
                let id = trace.new_id();
                trace.hold(b'b', id, self.handle, (touch.tid, touch.moment));
                self.held = Some((id, touch.tid));
            }
            LEFT => {
                self.end_hold(trace, touch.moment);
                self.left = (touch.more != 0).then_some((touch.tid, touch.moment));
            }
            NOTIFIED | SET | TRIPPED | TIMER_ENDS => self.left = Some((touch.tid, touch.moment)),
            WOKEN => self.woken(trace, touch),
            _ => {}
        }
    }

    /// A wait has ended: by whoever let in others last, if that was since it began.
    #[inline(never)]
    fn woken(&mut self, trace: &mut Trace<'_>, touch: &Touch) {
        let timed_out = touch.more == Outcome::TimedOut as u8;
        let Some((tid, left)) = self.left.filter(|(_, left)| !timed_out && *left >= touch.began)
        else {
            return;
        };
        let (began, woken) =
            (trace.scale.nanoseconds(touch.began), trace.scale.nanoseconds(touch.moment));
        let left = trace.scale.nanoseconds(left);
        // An arrow ends in the slice that encloses its end.
        let end = woken.saturating_sub(1).max(began).max(left);
        trace.arrow((tid, left), (touch.tid, end));
    }
}

/// Writes how many threads there are, and how many wait. At the end there are so many. `None`:
/// there is no memory.
#[inline(never)]
pub fn write_counters(trace: &mut Trace<'_>, steps: Scratch<Step>, alive: usize) -> Option<()> {
    let steps = steps.sorted_by_key(|step| step.moment)?;
    let sum = |which: usize| -> i64 {
        steps
            .all()
            .iter()
            .filter_map(|step| step.change.get(which))
            .map(|one| i64::from(*one))
            .sum()
    };
    let names = ["live threads", "waiting threads"];
    let mut counts = [(alive as i64 - sum(0)).max(0), 0];
    for (count, name) in counts.iter().zip(names) {
        trace.counter(name, trace.scale.began, *count as u64);
    }
    for step in steps.all() {
        for ((count, change), name) in counts.iter_mut().zip(step.change).zip(names) {
            if change != 0 {
                *count = (*count + i64::from(change)).max(0);
                trace.counter(name, step.moment, *count as u64);
            }
        }
    }
    Some(())
}
