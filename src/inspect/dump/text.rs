//! The dump as text, for people.

use crate::inspect::contention;
use crate::inspect::deadlock::{Certainty, Circle, Graph};
use crate::inspect::dump::naming::{COMM, Named};
use crate::inspect::dump::output::Output;
use crate::inspect::dump::snapshot::{Held, Snapshot};
use crate::inspect::dump::threads::{self, Activity, Seen};
use crate::inspect::waits::{self, ThreadWait};
use crate::object::handle::{Handle, Kind};
use crate::platform::clock;
use crate::platform::system;

/// How many deadlocks are written; more of them have the same cause.
const MOST_DEADLOCKS: usize = 16;

/// Writes all of it.
pub fn write(out: &mut Output, snapshot: &Snapshot, graph: Graph) {
    let deadlocks = write_deadlocks(out, graph);
    write_head(out, snapshot, deadlocks);
    let mut timers = 0_usize;
    threads::for_each(|seen| {
        match seen.activity(snapshot) {
            Activity::Pending => timers += 1,
            activity => write_thread(out, snapshot, seen, activity),
        }
        !out.has_failed()
    });
    if timers > 0 {
        let verb = if timers == 1 { "timer is" } else { "timers are" };
        out.format(format_args!("{timers} {verb} pending\n"));
    }
    threads::for_each_unmet(|native_id, comm| {
        out.format(format_args!("native={native_id} "));
        out.quoted(comm);
        out.text(" has not called the library\n");
    });
    write_abandoned(out, snapshot);
    write_contention(out);
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
    let certainty = circle.certainty.name();
    out.format(format_args!("DEADLOCK ({certainty}) of {} threads, for ", circle.length));
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
        let is_lock = |wait: &&ThreadWait| wait.object.tag().kind() == Kind::Lock as u32;
        for (number, wait) in circle.waits().filter(is_lock).enumerate() {
            out.text(if number == 0 { " " } else { ", or " });
            out.object(wait.object);
        }
        out.text("\n");
    }
    out.text("\n");
}

fn write_head(out: &mut Output, snapshot: &Snapshot, deadlocks: usize) {
    let mut room = [0; COMM];
    let id = system::process_id();
    out.format(format_args!("libthreading {}: process {id} (", env!("CARGO_PKG_VERSION")));
    let comm = threads::comm(id, &mut room);
    out.quoted(comm);
    let sleeping = snapshot.waits().iter().filter(|wait| wait.sleeps).count();
    let waiting = snapshot.waits().len() - sleeping;
    let count = threads::count();
    let plural = if count == 1 { "" } else { "s" };
    out.format(format_args!("); {count} thread{plural}, "));
    out.format(format_args!("{waiting} waiting, {sleeping} sleeping, "));
    match deadlocks {
        0 => out.text("no deadlock\n"),
        1 => out.text("1 deadlock\n"),
        _ => out.format(format_args!("{deadlocks} deadlocks\n")),
    }
    out.text("Each line is true at a moment of its own; deadlocks were looked at twice.\n");
}

fn write_thread(out: &mut Output, snapshot: &Snapshot, seen: &Seen, activity: Activity<'_>) {
    out.thread(seen.ident);
    out.format(format_args!(" ident={:#x}", seen.ident));
    if seen.native_id != 0 {
        out.format(format_args!(" native={}", seen.native_id));
    }
    out.text(if seen.is_daemon { " daemon" } else { "" });
    out.text(if seen.is_foreign { " foreign" } else { "" });
    match activity {
        Activity::Waiting(wait) if wait.sleeps => {
            out.text(" sleeping");
            write_times(out, snapshot, wait);
        }
        Activity::Waiting(wait) => {
            out.text(" waiting");
            write_times(out, snapshot, wait);
            out.text("\n    for ");
            write_awaited(out, wait);
            write_site(out, wait);
        }
        Activity::Starting => out.text(" starting"),
        Activity::Running | Activity::Pending => out.text(" running"),
    }
    out.text("\n");
    for held in snapshot.held_by(seen.ident) {
        out.text("    holds ");
        write_held(out, snapshot, held);
        out.text("\n");
    }
}

fn write_held(out: &mut Output, snapshot: &Snapshot, held: &Held) {
    out.object(held.object);
    if held.depth > 1 {
        out.format(format_args!(", {} deep", held.depth));
    }
    let waiting = snapshot.waiting_for(held.object);
    if waiting > 0 {
        out.format(format_args!(", {waiting} waiting"));
    }
}

/// What is waited for, and who holds it.
fn write_awaited(out: &mut Output, wait: &ThreadWait) {
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
        out.text(", held by ");
        out.thread(wait.holder);
        if waits::has_ended(wait.holder) {
            out.text(", which has ended");
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
            out.format(format_args!(", which has ended; {waiting} waiting\n"));
        }
    }
}

/// How many contended objects are written.
const MOST_CONTENDED: usize = 20;

/// What was waited for longest.
fn write_contention(out: &mut Output) {
    let Some(sorted) = contention::sorted() else { return };
    for (number, contended) in sorted.all().iter().take(MOST_CONTENDED).enumerate() {
        if number == 0 {
            out.text("contention:  waits  timeouts  total wait    longest\n");
        }
        let counts = &contended.counts;
        out.format(format_args!("{:>18} {:>9} ", counts.waits, counts.timeouts));
        out.padded_seconds(counts.total);
        out.padded_seconds(counts.longest);
        out.text(" ");
        out.object(contended.object);
        if counts.longest_holder != 0 {
            out.text(", the longest held by ");
            out.thread(counts.longest_holder);
        }
        out.text("\n");
    }
}
