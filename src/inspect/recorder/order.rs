//! The checker of lock orders: what each thread holds when it wants another lock goes to the graph,
//! and a circle that can hang is told, once.
//!
//! A thread asks the graph only about what it has not asked since its last start or join. It asks
//! before it waits, or right after it has acquired without a wait.

use core::ffi::c_void;
use core::ptr;

use crate::inspect::destination;
use crate::inspect::dump;
use crate::inspect::entry::threading_order;
use crate::platform::memory;
use crate::platform::tls;
use crate::probe::{self, Address};
use crate::thread::hooks::Hook;
use crate::wait::mutex::internal::{InternalMutex, Mutex};

use super::class;
use super::graph::{Cycle, Graph, LONGEST, MOST_HELD, NO_STEP, Situation, Step};
use super::segments;
use super::stack::{Stack, mix};
use super::taken;

/// Called for each circle.
pub type OrderHook = unsafe extern "C-unwind" fn(*const threading_order, usize, *mut c_void);

/// Runs instead of the report, in the thread that has closed a circle.
pub static HOOK: Hook<OrderHook> = Hook::new();

/// The graph, or null.
struct Place(*mut Graph);

// SAFETY: the graph belongs to whoever holds the lock of the place.
unsafe impl Send for Place {}

static GRAPH: Mutex<Place> = Mutex::new(Place(ptr::null_mut()));

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { GRAPH.raw() });
    visit(HOOK.internal_lock());
}

/// In a forked child whose handlers did not run.
pub fn repair_after_fork() {
    HOOK.repair_after_fork();
}

/// In a forked child: the threads that were seen are gone, and cannot meet anybody.
pub fn reset_after_fork() {
    // SAFETY: the process has a single thread, which holds the lock, or nobody does.
    let graph = unsafe { (*GRAPH.data_ptr()).0.as_mut() };
    if let Some(graph) = graph {
        graph.clear();
    }
}

/// Makes ready, with nothing recorded. False: there is no memory. Callers exclude each other.
pub fn prepare() -> bool {
    let mut place = GRAPH.lock();
    if memory::is_exhausted() {
        return false;
    }
    if place.0.is_null() {
        let bytes = size_of::<Graph>();
        let Some(mapped) = memory::map_zeroed(bytes) else { return false };
        probe::untrack(mapped, bytes);
        place.0 = mapped.cast();
    }
    // SAFETY: a mapping of zeros, which are a valid graph; the lock is held.
    unsafe { (*place.0).clear() };
    segments::prepare()
}

/// The calling thread wants the object, or has just acquired it, and holds something else.
#[inline(always)]
pub fn wants(own: &'static Stack, object: Address, tag: u32, site: usize) {
    let wanted = mix(own.hash(), object.addr() as u64 ^ u64::from(tag) << 40);
    let hash = mix(mix(wanted, site as u64), own.segment());
    if !own.knows(hash) {
        ask(own, object, tag, site, hash);
    }
}

#[cold]
#[inline(never)]
fn ask(own: &'static Stack, object: Address, tag: u32, site: usize, hash: u64) {
    let Some(wanted) = taken::handle_of(object.addr(), tag) else { return };
    let wanted = Step { object: wanted, class: class::of(wanted), site };
    let Some(_asking) = Asking::enter(own) else { return };
    let ident = tls::ident();
    own.purge(ident);
    own.learn(hash);
    let mut held = [NO_STEP; MOST_HELD + 1];
    let mut count = 0;
    for number in 0..own.count() {
        let Some(held_one) = own.at(number) else { break };
        let Some(object) = taken::handle_of(held_one.object, held_one.tag) else { continue };
        let step = Step { object, class: class::of(object), site: held_one.site };
        if step.class != wanted.class
            && let Some(place) = held.get_mut(count)
        {
            *place = step;
            count += 1;
        }
    }
    let held = held.get(..count).unwrap_or_default();
    if held.is_empty() || own.overflows() {
        return;
    }
    let situation = Situation { ident, stack: own, held, wanted };
    let found = {
        let place = GRAPH.lock();
        // SAFETY: null, or the graph that `prepare` has mapped; the lock is held until the end of
        // this block.
        let graph = unsafe { place.0.as_mut() };
        graph.and_then(|graph| graph.observe(&situation))
    };
    if let Some(cycle) = found {
        tell(&cycle);
    }
}

fn tell(cycle: &Cycle) {
    let Some((hook, context)) = HOOK.get() else {
        destination::with(|descriptor| dump::write_order(descriptor, cycle.pairs()));
        return;
    };
    let mut entries = [threading_order::NONE; LONGEST];
    for (entry, pair) in entries.iter_mut().zip(cycle.pairs()) {
        *entry = pair.into();
    }
    // SAFETY: the caller that set the hook promised a function of this type that stays callable,
    // with this context; the entries live until it returns.
    unsafe { hook(entries.as_ptr(), cycle.pairs().len(), context) };
}

/// Exists while the thread asks and tells: what a hook takes is recorded, but asks nothing.
struct Asking(&'static Stack);

impl Asking {
    fn enter(own: &'static Stack) -> Option<Asking> {
        own.begin_asking().then_some(Asking(own))
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.end_asking();
    }
}
