//! What a thread waited for lately, while that is recorded.

use crate::inspect::dump::naming::Named;
use crate::inspect::dump::output::Output;
use crate::inspect::dump::snapshot::Snapshot;
use crate::inspect::last_waits::ring::{List, Waited};
use crate::object::handle::{Handle, Kind};
use crate::object::kinds;

/// Writes the lines of the thread of that ident, for people.
pub fn write(out: &mut Output, snapshot: &Snapshot, ident: u64) {
    let mut is_first = true;
    for list in snapshot.last_waits.of(ident) {
        for wait in list.all() {
            if core::mem::take(&mut is_first) {
                out.text("    last waits, the latest first:\n");
            }
            write_wait(out, wait, snapshot.now);
        }
    }
}

fn write_wait(out: &mut Output, wait: &Waited, now: u64) {
    let object = Handle(wait.object);
    out.text(if object.is_null() { "        slept " } else { "        waited " });
    out.seconds(wait.lasted);
    out.text(" s");
    if object.tag().kind() == Kind::Thread as u32 {
        out.text(" for the end of ");
        out.thread(wait.object);
    } else if !object.is_null() {
        out.text(" for ");
        out.object(object);
    }
    out.text(if wait.is_one_of_several { ", or another" } else { "" });
    out.text(", until ");
    out.seconds(wait.ago(now));
    out.text(" s ago");
    if object.is_null() {
        // A sleep always ends so.
    } else if wait.has_timed_out() {
        out.text(if wait.is_one_of_several { ", timed out or stopped" } else { ", timed out" });
    } else if wait.was_stopped() {
        out.text(", stopped");
    } else if wait.was_broken() {
        out.text(", which broke");
    }
    if wait.site != 0 {
        out.text(", at ");
        out.place(wait.site as usize);
    }
    out.text("\n");
}

/// Writes the member of the thread of that ident, after others.
pub fn write_json(out: &mut Output, snapshot: &Snapshot, ident: u64) {
    if !snapshot.last_waits.are_recorded() {
        return;
    }
    out.text(",\"last_waits\":[");
    let mut is_first = true;
    for list in snapshot.last_waits.of(ident) {
        write_json_list(out, &list, snapshot.now, &mut is_first);
    }
    out.text("]");
}

fn write_json_list(out: &mut Output, list: &List, now: u64, is_first: &mut bool) {
    for wait in list.all() {
        let object = Handle(wait.object);
        out.text(if core::mem::take(is_first) { "\n    " } else { ",\n    " });
        out.text("{\"kind\":\"");
        out.text(if object.is_null() { "sleep" } else { kinds::name(object.tag().kind()) });
        out.text("\",\"object\":\"");
        out.bits(wait.object);
        out.text("\",\"name\":");
        out.json_object_name(object);
        out.text(if wait.is_one_of_several { ",\"several\":true" } else { ",\"several\":false" });
        out.text(",\"seconds\":");
        out.seconds(wait.lasted);
        out.text(",\"ago\":");
        out.seconds(wait.ago(now));
        out.text(",\"outcome\":\"");
        out.text(if wait.has_timed_out() {
            "timeout"
        } else if wait.was_stopped() {
            "stopped"
        } else if wait.was_broken() {
            "broken"
        } else {
            "woken"
        });
        out.text("\",\"site\":");
        match wait.site {
            0 => out.text("null"),
            site => out.json_place(site as usize),
        }
        out.text("}");
    }
}
