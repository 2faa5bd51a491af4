//! The dump as text, for people.

use crate::inspect::contention;
use crate::inspect::deadlock::{Certainty, Circle, Graph};
use crate::inspect::dump::last_waits;
use crate::inspect::dump::naming::{COMM, Named};
use crate::inspect::dump::output::Output;
use crate::inspect::dump::snapshot::{Held, Snapshot};
use crate::inspect::dump::threads::{self, Activity, Seen, Threads};
use crate::inspect::recorder::holds;
use crate::inspect::waits::{self, ThreadWait};
use crate::object::handle::{Handle, Kind};
use crate::platform::clock;
use crate::platform::system;

/// How many deadlocks are written; more of them have the same cause.
const MOST_DEADLOCKS: usize = 16;

/// Writes all of it.
pub fn write(out: &mut Output, snapshot: &Snapshot, threads: &Threads, graph: Graph) {
    let deadlocks = write_deadlocks(out, graph);
    write_head(out, snapshot, threads, deadlocks);
    for seen in threads.running() {
        if out.has_failed() {
            return;
        }
        write_thread(out, snapshot, seen);
    }
    for (tasks, what) in [(false, " timer"), (true, " task")] {
        let count = threads.pending(tasks);
        if count > 0 {
            out.count(count);
            out.text(what);
            out.text(if count == 1 { " is pending" } else { "s are pending" });
            let periodic = if tasks { 0 } else { threads.pending_periodic_timers() };
            if periodic > 0 {
                out.text(", ");
                out.count(periodic);
                out.text(" of them periodic");
            }
            out.text("\n");
        }
    }
    threads.for_each_unmet(|native_id, comm| {
        out.text("native=");
        out.number(native_id.into());
        out.text(" ");
        out.quoted(comm);
        out.text(" has not called the library\n");
    });
    write_abandoned(out, snapshot);
    write_contention(out, MOST_CONTENDED);
    write_holds(out);
}

/// Writes each deadlock, and returns how many there are.
fn write_deadlocks(out: &mut Output, mut graph: Graph) -> usize {
    let mut count = 0;
    while let Some(circle) = graph.next_circle() {
        count += 1;
        if count <= MOST_DEADLOCKS {
            write_deadlock(out, &circle);
        }
    }
    count
}

/// Writes a deadlock.
pub fn write_deadlock(out: &mut Output, circle: &Circle<'_>) {
    let now = clock::now();
    out.text("DEADLOCK (");
    out.text(circle.certainty.name());
    out.text(") of ");
    out.count(circle.length);
    out.text(if circle.length == 1 { " thread, for " } else { " threads, for " });
    out.seconds(now.saturating_sub(circle.since()));
    out.text(" s:\n");
    for wait in circle.waits() {
        out.text("    ");
        out.thread(wait.ident);
        out.text(" has waited ");
        out.seconds(now.saturating_sub(wait.since));
        out.text(" s for ");
        write_awaited(out, wait);
        write_site(out, wait);
        out.text("\n");
    }
    if circle.certainty == Certainty::Probable {
        out.text("    unless another thread releases");
        let is_plain = |wait: &&ThreadWait| waits::may_be_released_by_any(wait.object);
        for (number, wait) in circle.waits().filter(is_plain).enumerate() {
            out.text(if number == 0 { " " } else { ", or " });
            out.object(wait.object);
        }
        out.text("\n");
    }
    out.text("\n");
}

fn write_head(out: &mut Output, snapshot: &Snapshot, threads: &Threads, deadlocks: usize) {
    let mut room = [0; COMM];
    let id = system::process_id();
    out.text(concat!("libthreading ", env!("CARGO_PKG_VERSION"), ": process "));
    out.number(id.into());
    out.text(" (");
    let comm = threads::comm(id, &mut room);
    out.quoted(comm);
    let sleeping = snapshot.waits().iter().filter(|wait| wait.sleeps).count();
    let waiting = snapshot.waits().len() - sleeping;
    let count = threads.running().count();
    out.text("); ");
    out.count(count);
    out.text(if count == 1 { " thread, " } else { " threads, " });
    out.count(waiting);
    out.text(" waiting, ");
    out.count(sleeping);
    out.text(" sleeping, ");
    match deadlocks {
        0 => out.text("no deadlock\n"),
        1 => out.text("1 deadlock\n"),
        _ => {
            out.count(deadlocks);
            out.text(" deadlocks\n");
        }
    }
    out.text("Each line is true at a moment of its own; deadlocks were looked at twice.\n");
}

fn write_thread(out: &mut Output, snapshot: &Snapshot, seen: &Seen) {
    out.thread(seen.ident);
    out.text(" ident=");
    out.hexadecimal(seen.ident);
    if seen.native_id != 0 {
        out.text(" native=");
        out.number(seen.native_id.into());
    }
    out.text(if seen.is_daemon { " daemon" } else { "" });
    out.text(if seen.is_foreign { " foreign" } else { "" });
    out.text(if seen.is_periodic { " periodic" } else { "" });
    match seen.activity(snapshot) {
        Activity::Waiting(wait) if wait.sleeps => {
            out.text(" sleeping");
            write_times(out, snapshot, wait);
            write_site(out, wait);
        }
        Activity::Waiting(wait) => {
            out.text(" waiting");
            write_times(out, snapshot, wait);
            out.text("\n    for ");
            write_awaited(out, wait);
            write_site(out, wait);
        }
        Activity::Starting => out.text(" starting"),
        Activity::Running => out.text(" running"),
    }
    out.text("\n");
    for held in snapshot.held_by(seen.ident) {
        out.text("    holds ");
        write_held(out, snapshot, held);
        out.text("\n");
    }
    last_waits::write(out, snapshot, seen.ident);
}

fn write_held(out: &mut Output, snapshot: &Snapshot, held: &Held) {
    out.object(held.object);
    if held.depth > 1 {
        out.text(", ");
        out.number(held.depth.into());
        out.text(" deep");
    }
    let waiting = snapshot.waiting_for(held.object);
    if waiting > 0 {
        out.text(", ");
        out.count(waiting);
        out.text(" waiting");
    }
}

/// What is waited for, and who holds it.
fn write_awaited(out: &mut Output, wait: &ThreadWait) {
    write_first_awaited(out, wait);
    for object in wait.others() {
        out.text(", or ");
        write_first_awaited(out, &ThreadWait { object, holder: waits::holder_of(object), ..*wait });
    }
}

fn write_first_awaited(out: &mut Output, wait: &ThreadWait) {
    if wait.object == Handle::NULL {
        return out.text("the library");
    }
    if wait.object.tag().kind() == Kind::Thread as u32 {
        out.text("the end of ");
        return out.thread(wait.holder);
    }
    out.object(wait.object);
    if wait.holder == wait.ident {
        out.text(", which it acquired itself");
    } else if wait.holder != 0 {
        let is_executor = wait.object.tag().kind() == Kind::Executor as u32;
        out.text(if is_executor { ", and so for " } else { ", held by " });
        out.thread(wait.holder);
        if waits::has_ended(wait.holder) {
            out.text(", which has ended");
        }
    }
    match waits::reads_of(wait.object) {
        0 => {}
        1 => out.text(", with 1 read"),
        reads => {
            out.text(", with ");
            out.number(reads);
            out.text(" reads");
        }
    }
    if waits::is_signal(wait.object) {
        out.text(", used as a signal");
    }
}

/// Where the call is that waits.
fn write_site(out: &mut Output, wait: &ThreadWait) {
    if wait.site != 0 {
        out.text(", at ");
        out.place(wait.site);
    }
}

fn write_times(out: &mut Output, snapshot: &Snapshot, wait: &ThreadWait) {
    if wait.since != 0 {
        out.text(" for ");
        out.seconds(snapshot.now.saturating_sub(wait.since));
        out.text(" s");
    }
    if wait.deadline != 0 {
        out.text(", at most ");
        out.seconds(wait.deadline.saturating_sub(snapshot.now));
        out.text(" s more");
    }
}

/// Locks that threads wait for and that nobody is left to release.
fn write_abandoned(out: &mut Output, snapshot: &Snapshot) {
    for held in snapshot.held() {
        let waiting = snapshot.waiting_for(held.object);
        if held.holder != 0 && waiting > 0 && waits::has_ended(held.holder) {
            out.text("ABANDONED: ");
            out.object(held.object);
            out.text(" is held by ");
            out.thread(held.holder);
            out.text(", which has ended; ");
            out.count(waiting);
            out.text(" waiting\n");
        }
    }
}

/// How many contended objects are written, and how many that were held.
const MOST_CONTENDED: usize = 20;

/// What was waited for longest, so many objects at most.
pub fn write_contention(out: &mut Output, most: usize) {
    let Some(sorted) = contention::sorted() else { return };
    for (number, contended) in sorted.all().iter().take(most).enumerate() {
        if number == 0 {
            out.text("contention:  waits  timeouts  total wait    longest\n");
        }
        let counts = &contended.counts;
        out.column(counts.waits, 18);
        out.text(" ");
        out.column(counts.timeouts, 9);
        out.text("  ");
        out.padded_seconds(counts.total, 5);
        out.text(" s ");
        out.padded_seconds(counts.longest, 5);
        out.text(" s ");
        out.object(contended.object);
        if counts.longest_holder != 0 {
            out.text(", the longest held by ");
            out.thread(counts.longest_holder);
        }
        out.text("\n");
    }
}

/// What was held longest, while that is recorded.
fn write_holds(out: &mut Output) {
    let Some(sorted) = holds::sorted() else { return };
    for (number, held) in sorted.all().iter().take(MOST_CONTENDED).enumerate() {
        if number == 0 {
            out.text("holds:       count  total held    longest\n");
        }
        out.column(held.count, 18);
        out.text("  ");
        out.padded_seconds(held.total, 5);
        out.text(" s ");
        out.padded_seconds(held.longest, 5);
        out.text(" s ");
        out.object(held.object);
        out.text(", the longest by ");
        out.thread(held.longest_holder);
        if held.longest_site != 0 {
            out.text(", at ");
            out.place(held.longest_site);
        }
        out.text("\n");
    }
}
