//! A circle of locks as text, for people.

use crate::inspect::dump::naming::Named;
use crate::inspect::dump::output::Output;
use crate::inspect::recorder::graph::{Pair, Step};

/// Writes the circle, in which each pair wants what the next one holds.
pub fn write(out: &mut Output, pairs: &[Pair]) {
    out.text("LOCK ORDER: ");
    for (number, pair) in pairs.iter().enumerate() {
        let is_last = number + 1 == pairs.len();
        out.text(match number {
            0 => "",
            _ if is_last => " and ",
            _ => ", ",
        });
        out.object(pair.held.object);
    }
    let circle = if pairs.len() == 2 { "both orders" } else { "a circle" };
    out.text(" are taken in ");
    out.text(circle);
    out.text("\n");
    for pair in pairs {
        out.text("    ");
        out.thread(pair.ident);
        out.text(" took ");
        write_step(out, &pair.held);
        out.text(", then wanted ");
        write_step(out, &pair.wanted);
        out.text("\n");
    }
    let wanted = pairs.iter().map(|pair| pair.wanted.object);
    let next = pairs.iter().cycle().skip(1).map(|pair| pair.held.object);
    if wanted.zip(next).any(|(wanted, held)| wanted != held) {
        out.text("    Locks of one name, or that one call has made, count as one.\n");
    }
    let all = if pairs.len() == 2 { "both" } else { "all" };
    out.text("    Nothing hangs yet. It can, if ");
    out.text(all);
    out.text(" come by at once.\n\n");
}

fn write_step(out: &mut Output, step: &Step) {
    out.object(step.object);
    if step.site != 0 {
        out.text(" at ");
        out.place(step.site);
    }
}
