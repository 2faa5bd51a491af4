//! The dump as JSON, for programs: schema 1. Members may be added to it, so readers skip those that
//! they do not know. Handles and idents are strings, since numbers of many readers have 53 bits.

use crate::inspect::contention;
use crate::inspect::deadlock::{Circle, Graph};
use crate::inspect::dump::naming::{COMM, Named};
use crate::inspect::dump::output::Output;
use crate::inspect::dump::snapshot::{Held, Snapshot};
use crate::inspect::dump::threads::{self, Activity, Seen};
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
        out.format(format_args!(",\n\"{name}\":["));
        List { is_empty: true }
    }

    fn next(&mut self, out: &mut Output) {
        out.text(if self.is_empty { "\n  " } else { ",\n  " });
        self.is_empty = false;
    }
}

/// Writes all of it.
pub fn write(out: &mut Output, snapshot: &Snapshot, graph: Graph) {
    let id = system::process_id();
    let version = env!("CARGO_PKG_VERSION");
    out.format(format_args!("{{\"threading\":1,\"version\":\"{version}\",\"pid\":{id},"));
    out.text("\"program\":");
    let mut room = [0; COMM];
    let comm = threads::comm(id, &mut room);
    out.json_string(comm);
    out.text(",\"monotonic\":");
    out.seconds(snapshot.now);
    write_threads(out, snapshot);
    write_objects(out, snapshot);
    write_deadlocks(out, graph);
    write_contention(out);
    let mut list = List::begin(out, "unmet");
    threads::for_each_unmet(|native_id, comm| {
        list.next(out);
        out.format(format_args!("{{\"native_id\":{native_id},\"comm\":"));
        out.json_string(comm);
        out.text("}");
    });
    out.text("]}\n");
}

fn write_threads(out: &mut Output, snapshot: &Snapshot) {
    let mut timers = 0_usize;
    let mut list = List::begin(out, "threads");
    threads::for_each(|seen| {
        match seen.activity(snapshot) {
            Activity::Pending => timers += 1,
            activity => {
                list.next(out);
                write_thread(out, snapshot, seen, activity);
            }
        }
        !out.has_failed()
    });
    out.format(format_args!("],\n\"pending_timers\":{timers}"));
}

fn write_thread(out: &mut Output, snapshot: &Snapshot, seen: &Seen, activity: Activity<'_>) {
    out.text("{\"name\":");
    out.json_thread_name(seen.ident);
    let state = match activity {
        Activity::Waiting(wait) if wait.sleeps => "sleeping",
        Activity::Waiting(_) => "waiting",
        Activity::Starting => "starting",
        Activity::Running | Activity::Pending => "running",
    };
    let (ident, native_id) = (seen.ident, seen.native_id);
    out.format(format_args!(
        ",\"ident\":\"{ident:#018x}\",\"native_id\":{native_id},\"state\":\"{state}\""
    ));
    let (daemon, foreign) = (seen.is_daemon, seen.is_foreign);
    out.format(format_args!(",\"daemon\":{daemon},\"foreign\":{foreign}"));
    if let Activity::Waiting(wait) = activity {
        out.text(",\"wait\":");
        write_wait(out, snapshot, wait);
    }
    out.text(",\"holds\":[");
    for (index, held) in snapshot.held_by(ident).iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        out.format(format_args!("{comma}\"{:#018x}\"", held.object.0));
    }
    out.text("]}");
}

fn write_wait(out: &mut Output, snapshot: &Snapshot, wait: &ThreadWait) {
    let kind = match wait.object {
        Handle::NULL if wait.sleeps => "sleep",
        Handle::NULL => "library",
        object => kinds::name(object.tag().kind()),
    };
    out.format(format_args!("{{\"kind\":\"{kind}\",\"object\":\"{:#018x}\"", wait.object.0));
    out.text(",\"name\":");
    out.json_object_name(wait.object);
    let since = if wait.since == 0 { snapshot.now } else { wait.since };
    out.text(",\"seconds\":");
    out.seconds(snapshot.now.saturating_sub(since));
    out.text(",\"remaining\":");
    match wait.deadline {
        0 => out.text("null"),
        deadline => out.seconds(deadline.saturating_sub(snapshot.now)),
    }
    match wait.holder {
        0 => out.text(",\"holder\":null"),
        holder => out.format(format_args!(",\"holder\":\"{holder:#018x}\"")),
    }
    match wait.site {
        0 => out.text(",\"site\":null}"),
        site => {
            out.text(",\"site\":");
            out.json_place(site);
            out.text("}");
        }
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
    let kind = kinds::name(object.tag().kind());
    out.format(format_args!("{{\"kind\":\"{kind}\",\"handle\":\"{:#018x}\",\"name\":", object.0));
    out.json_object_name(object);
    match held.map_or(0, |held| held.holder) {
        0 => out.text(",\"holder\":null"),
        holder => out.format(format_args!(",\"holder\":\"{holder:#018x}\"")),
    }
    if let Some(depth) = held.map(|held| held.depth).filter(|depth| *depth > 0) {
        out.format(format_args!(",\"depth\":{depth}"));
    }
    let signal = waits::is_signal(object);
    out.format(format_args!(",\"waiting\":{waiting},\"signal\":{signal}}}"));
}

/// What was waited for, the longest waits first.
fn write_contention(out: &mut Output) {
    let mut list = List::begin(out, "contention");
    if let Some(sorted) = contention::sorted() {
        for contended in sorted.all() {
            let counts = &contended.counts;
            list.next(out);
            let object = contended.object.0;
            out.format(format_args!("{{\"object\":\"{object:#018x}\",\"name\":"));
            out.json_object_name(contended.object);
            let (waits, timeouts) = (counts.waits, counts.timeouts);
            out.format(format_args!(",\"waits\":{waits},\"timeouts\":{timeouts},\"total\":"));
            out.seconds(counts.total);
            out.text(",\"longest\":");
            out.seconds(counts.longest);
            match counts.longest_holder {
                0 => out.text(",\"longest_holder\":null}"),
                holder => out.format(format_args!(",\"longest_holder\":\"{holder:#018x}\"}}")),
            }
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
    let certainty = circle.certainty.name();
    out.format(format_args!("{{\"certainty\":\"{certainty}\",\"threads\":["));
    for (index, wait) in circle.waits().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        out.format(format_args!("{comma}\"{:#018x}\"", wait.ident));
    }
    out.text("]}");
}
