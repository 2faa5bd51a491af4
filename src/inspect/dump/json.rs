//! The dump as JSON, for programs: schema 1. Members may be added to it, so readers skip those that
//! they do not know. Handles and idents are strings, since numbers of many readers have 53 bits.

use crate::inspect::contention;
use crate::inspect::deadlock::{Circle, Graph};
use crate::inspect::dump::last_waits;
use crate::inspect::dump::naming::{COMM, Named};
use crate::inspect::dump::output::Output;
use crate::inspect::dump::snapshot::{Held, Snapshot};
use crate::inspect::dump::threads::{self, Activity, Seen, Threads};
use crate::inspect::recorder::holds;
use crate::inspect::waits::{self, ThreadWait};
use crate::object::handle::{Handle, Kind};
use crate::object::kinds;
use crate::platform::system;

/// Commas between what is written.
struct List {
    is_empty: bool,
}

impl List {
    fn begin(out: &mut Output, name: &str) -> List {
        out.text(",\n\"");
        out.text(name);
        out.text("\":[");
        List { is_empty: true }
    }

    fn next(&mut self, out: &mut Output) {
        out.text(if self.is_empty { "\n  " } else { ",\n  " });
        self.is_empty = false;
    }
}

/// Writes all of it.
pub fn write(out: &mut Output, snapshot: &Snapshot, threads: &Threads, graph: Graph) {
    let id = system::process_id();
    out.text(concat!("{\"threading\":1,\"version\":\"", env!("CARGO_PKG_VERSION"), "\",\"pid\":"));
    out.number(id.into());
    out.text(",\"program\":");
    let mut room = [0; COMM];
    let comm = threads::comm(id, &mut room);
    out.json_string(comm);
    out.text(",\"monotonic\":");
    out.seconds(snapshot.now);
    write_threads(out, snapshot, threads);
    write_objects(out, snapshot);
    write_deadlocks(out, graph);
    write_contention(out);
    write_holds(out);
    let mut list = List::begin(out, "unmet");
    threads.for_each_unmet(|native_id, comm| {
        list.next(out);
        out.text("{\"native_id\":");
        out.number(native_id.into());
        out.text(",\"comm\":");
        out.json_string(comm);
        out.text("}");
    });
    out.text("]}\n");
}

/// A handle or an ident, as a string.
fn write_bits(out: &mut Output, bits: u64) {
    out.text("\"");
    out.bits(bits);
    out.text("\"");
}

/// The member of that name, after others: an ident, or null.
fn write_ident(out: &mut Output, member: &str, ident: u64) {
    out.text(",\"");
    out.text(member);
    out.text("\":");
    match ident {
        0 => out.text("null"),
        ident => write_bits(out, ident),
    }
}

fn write_threads(out: &mut Output, snapshot: &Snapshot, threads: &Threads) {
    let mut list = List::begin(out, "threads");
    for seen in threads.running() {
        if out.has_failed() {
            return;
        }
        list.next(out);
        write_thread(out, snapshot, seen);
    }
    out.text("],\n\"pending_timers\":");
    out.count(threads.pending(false));
    out.text(",\n\"pending_periodic_timers\":");
    out.count(threads.pending_periodic_timers());
    out.text(",\n\"pending_tasks\":");
    out.count(threads.pending(true));
}

fn write_thread(out: &mut Output, snapshot: &Snapshot, seen: &Seen) {
    let activity = seen.activity(snapshot);
    out.text("{\"name\":");
    out.json_thread_name(seen.ident);
    let state = match activity {
        Activity::Waiting(wait) if wait.sleeps => "sleeping",
        Activity::Waiting(_) => "waiting",
        Activity::Starting => "starting",
        Activity::Running => "running",
    };
    out.text(",\"ident\":");
    write_bits(out, seen.ident);
    out.text(",\"native_id\":");
    out.number(seen.native_id.into());
    out.text(",\"state\":\"");
    out.text(state);
    out.text(if seen.is_daemon { "\",\"daemon\":true" } else { "\",\"daemon\":false" });
    out.text(if seen.is_foreign { ",\"foreign\":true" } else { ",\"foreign\":false" });
    out.text(if seen.is_periodic { ",\"periodic\":true" } else { ",\"periodic\":false" });
    if let Activity::Waiting(wait) = activity {
        out.text(",\"wait\":");
        write_wait(out, snapshot, wait);
    }
    out.text(",\"holds\":[");
    for (index, held) in snapshot.held_by(seen.ident).iter().enumerate() {
        out.text(if index == 0 { "" } else { "," });
        write_bits(out, held.object.0);
    }
    out.text("]");
    last_waits::write_json(out, snapshot, seen.ident);
    out.text("}");
}

fn write_wait(out: &mut Output, snapshot: &Snapshot, wait: &ThreadWait) {
    let kind = match wait.object {
        Handle::NULL if wait.sleeps => "sleep",
        Handle::NULL => "library",
        object => kinds::name(object.tag().kind()),
    };
    out.text("{\"kind\":\"");
    out.text(kind);
    out.text("\",\"object\":");
    write_bits(out, wait.object.0);
    out.text(",\"name\":");
    out.json_object_name(wait.object);
    if wait.entries > 0 {
        out.text(",\"others\":[");
        for (number, other) in wait.others().enumerate() {
            out.text(if number == 0 { "" } else { "," });
            write_bits(out, other.0);
        }
        out.text("]");
    }
    let since = if wait.since == 0 { snapshot.now } else { wait.since };
    out.text(",\"seconds\":");
    out.seconds(snapshot.now.saturating_sub(since));
    out.text(",\"remaining\":");
    match wait.deadline {
        0 => out.text("null"),
        deadline => out.seconds(deadline.saturating_sub(snapshot.now)),
    }
    write_ident(out, "holder", wait.holder);
    write_site(out, "site", wait.site);
    out.text("}");
}

/// The member of that name, after others: a place in the program, or null.
fn write_site(out: &mut Output, member: &str, site: usize) {
    out.text(",\"");
    out.text(member);
    out.text("\":");
    match site {
        0 => out.text("null"),
        site => out.json_place(site),
    }
}

/// The objects that are held or waited for.
fn write_objects(out: &mut Output, snapshot: &Snapshot) {
    let mut list = List::begin(out, "objects");
    for held in snapshot.held() {
        list.next(out);
        write_object(out, held.object, snapshot.waiting_for(held.object), Some(held));
    }
    for (object, waiting) in snapshot.awaited() {
        let is_object = object != Handle::NULL && object.tag().kind() != Kind::Thread as u32;
        if is_object && !snapshot.is_held(object) {
            list.next(out);
            write_object(out, object, waiting, None);
        }
    }
    out.text("]");
}

fn write_object(out: &mut Output, object: Handle, waiting: usize, held: Option<&Held>) {
    out.text("{\"kind\":\"");
    out.text(kinds::name(object.tag().kind()));
    out.text("\",\"handle\":");
    write_bits(out, object.0);
    out.text(",\"name\":");
    out.json_object_name(object);
    if let Some(condition) = out.owners.find(object) {
        write_ident(out, "condition", condition.0);
    }
    write_ident(out, "holder", held.map_or(0, |held| held.holder));
    if let Some(depth) = held.map(|held| held.depth).filter(|depth| *depth > 0) {
        out.text(",\"depth\":");
        out.number(depth.into());
    }
    if object.tag().kind() == Kind::Rwlock as u32 {
        out.text(",\"reads\":");
        out.number(held.map_or(0, |held| held.reads));
    }
    out.text(",\"waiting\":");
    out.count(waiting);
    let is_signal = waits::is_signal(object);
    out.text(if is_signal { ",\"signal\":true}" } else { ",\"signal\":false}" });
}

/// The begin of what was counted of an object: which one it is.
fn write_counted(out: &mut Output, object: Handle) {
    out.text("{\"kind\":\"");
    out.text(kinds::name(object.tag().kind()));
    out.text("\",\"object\":");
    write_bits(out, object.0);
    out.text(",\"name\":");
    out.json_object_name(object);
}

/// What was waited for, the longest waits first.
fn write_contention(out: &mut Output) {
    let mut list = List::begin(out, "contention");
    if let Some(sorted) = contention::sorted() {
        for contended in sorted.all() {
            let counts = &contended.counts;
            list.next(out);
            write_counted(out, contended.object);
            out.text(",\"waits\":");
            out.number(counts.waits);
            out.text(",\"timeouts\":");
            out.number(counts.timeouts);
            out.text(",\"total\":");
            out.seconds(counts.total);
            out.text(",\"longest\":");
            out.seconds(counts.longest);
            write_ident(out, "longest_holder", counts.longest_holder);
            out.text("}");
        }
    }
    out.text("]");
}

/// What was held while that is recorded, the longest first.
fn write_holds(out: &mut Output) {
    let mut list = List::begin(out, "holds");
    if let Some(sorted) = holds::sorted() {
        for held in sorted.all() {
            list.next(out);
            write_counted(out, held.object);
            out.text(",\"holds\":");
            out.number(held.count);
            out.text(",\"total\":");
            out.seconds(held.total);
            out.text(",\"longest\":");
            out.seconds(held.longest);
            write_ident(out, "longest_holder", held.longest_holder);
            write_site(out, "longest_site", held.longest_site);
            out.text("}");
        }
    }
    out.text("]");
}

fn write_deadlocks(out: &mut Output, mut graph: Graph) {
    let mut list = List::begin(out, "deadlocks");
    while let Some(circle) = graph.next_circle() {
        list.next(out);
        write_deadlock(out, &circle);
    }
    out.text("]");
}

fn write_deadlock(out: &mut Output, circle: &Circle<'_>) {
    out.text("{\"certainty\":\"");
    out.text(circle.certainty.name());
    out.text("\",\"threads\":[");
    for (index, wait) in circle.waits().enumerate() {
        out.text(if index == 0 { "" } else { "," });
        write_bits(out, wait.ident);
    }
    out.text("]}");
}
