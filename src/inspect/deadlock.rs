//! Deadlocks: threads that wait for each other in a circle.
//!
//! A look collects all waits that only one other thread can end (`Edge`), without a lock, and
//! follows them. Each thread has at most one. Where they lead in a circle, each wait and each
//! holder of the circle is looked at again.
//!
//! What is claimed: if nothing has changed at the second look, then at the moment between the two
//! looks every wait of the circle went on, and every lock of it was held by the thread that was
//! noted.
//!
//! - A wait: its epoch changes whenever it begins anew or is moved to another queue, and the
//!   parker's word leaves WAITING with the outcome. So the same epoch and WAITING twice is one wait
//!   that went on in between.
//! - A holder H: the first look has read H's epoch with Acquire, so it sees what H did before that
//!   wait. Had H released the lock before, the second look would not find H: either H has cleared
//!   its note before the release, or the release has taken H's mark out of the word, beside which
//!   alone the note counts (`wait::holder_note`); and H cannot acquire while it waits. A hand-off
//!   writes the note of a waiter that is claimed, and so does not wait any more.
//! - A thread that is joined has not ended, since it waits.
//! - A task: its record names its executor, and runs as long as the thread waits that has its
//!   ident. A shutdown of the executor waits for the end of all tasks, and one that runs cannot be
//!   cancelled. So it waits for each of them: any one in a circle is enough (`choose_tasks`).
//!
//! A circle of rlocks, owned locks, rwlocks, joins and shutdowns stays as it is: only its own
//! threads could end it, and none of them runs. That is CERTAIN. Of an rwlock only the writer is
//! known: a wait for readers makes no edge. A plain lock may be released by any thread; with one in
//! the circle it is PROBABLE. A lock that was once released by another thread than its holder is a
//! signal: nobody can say who will release it, and it makes no edge. Neither does a thread that
//! waits for a plain lock which it took itself, a wait with a deadline, for several objects or with
//! a stop, or a wait for an event, a condition, a barrier, a latch or a semaphore. A wait for a
//! task that has not begun makes none either: any thread may cancel the task, which ends the wait.
//!
//! A thread that waits for an owned lock which it holds itself is a circle of one, and CERTAIN. A
//! hand-off in between is no such circle: who finds its note finds the waiter claimed.

use crate::atomic::{Ordering, fence};
use crate::inspect::scratch::Scratch;
use crate::inspect::waits::{self, ThreadWait};
use crate::object::handle::Kind;

/// How sure it is that the threads wait for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Certainty {
    /// Unless a thread that is none of them releases a lock.
    Probable = 1,
    /// Whatever other threads do.
    Certain = 2,
}

impl Certainty {
    /// What dumps call it.
    pub fn name(self) -> &'static str {
        match self {
            Certainty::Probable => "probable",
            Certainty::Certain => "certain",
        }
    }
}

/// A wait that only the thread of the ident `wait.holder` can end.
#[derive(Clone, Copy)]
struct Edge {
    wait: ThreadWait,
    /// Which walk has come here; 0: none.
    walk: u32,
    /// From where a search has come here.
    from: usize,
    /// How many edges were looked at for a task of which this wait waits for the end.
    tried: usize,
}

/// What `Edge::tried` has when the task is known, and `wait.holder` is its ident.
const CHOSEN: usize = usize::MAX;

impl Edge {
    fn of(wait: &ThreadWait) -> Option<Edge> {
        (makes_edge(wait) || is_for_tasks(wait)).then_some(Edge {
            wait: *wait,
            walk: 0,
            from: 0,
            tried: 0,
        })
    }
}

/// The waits of this process that make edges, by the ident of the thread that waits.
pub struct Graph {
    edges: Scratch<Edge>,
    /// Where the next walk begins.
    next: usize,
}

/// The threads of one deadlock, each waiting for the next, and the last for the first.
pub struct Circle<'a> {
    graph: &'a Graph,
    first: usize,
    /// How many threads.
    pub length: usize,
    /// How sure it is.
    pub certainty: Certainty,
}

/// Whether only the thread `wait.holder` can end the wait.
fn makes_edge(wait: &ThreadWait) -> bool {
    let is_for_one = wait.holder != 0 && wait.deadline == 0 && wait.entries == 0;
    let is_for_itself = wait.holder == wait.ident && !waits::is_owned(wait.object);
    is_for_one && !is_for_itself && !waits::is_signal(wait.object)
}

/// Whether it is for the end of all tasks of an executor. Which of them is in a circle with it, if
/// one is, is found out later.
fn is_for_tasks(wait: &ThreadWait) -> bool {
    let is_executor = wait.object.tag().kind() == Kind::Executor as u32;
    is_executor && wait.deadline == 0 && wait.entries == 0
}

impl Graph {
    /// Collects the edges. `None`: there is no memory.
    pub fn collect() -> Option<Graph> {
        let mut edges = Scratch::with_room(waits::most())?;
        waits::for_each(|wait| Edge::of(wait).is_none_or(|edge| edges.push(edge)));
        Graph::looked_at(edges)
    }

    /// The edges among these waits, to which the first look is the one that has collected them.
    /// `None`: there is no memory.
    pub fn of(waits: &[ThreadWait]) -> Option<Graph> {
        let mut edges = Scratch::with_room(waits.len())?;
        for edge in waits.iter().filter_map(Edge::of) {
            edges.push(edge);
        }
        Graph::looked_at(edges)
    }

    fn looked_at(edges: Scratch<Edge>) -> Option<Graph> {
        let edges = edges.sorted_by_key(|edge| edge.wait.ident)?;
        // The second look reads after the first.
        // ORDERING: Acquire: the epochs that were read pair with `WaitRecord::publish`, and what
        // is read from here on is no older than they are.
        fence(Ordering::Acquire);
        let mut graph = Graph { edges, next: 0 };
        graph.choose_tasks();
        Some(graph)
    }

    /// Lets each thread that waits for the tasks of an executor wait for one that is in a circle
    /// with it, if there is one; else it waits for nobody.
    fn choose_tasks(&mut self) {
        for start in 0..self.edges.all().len() {
            let edge = self.edges.all().get(start);
            if edge.is_some_and(|edge| is_for_tasks(&edge.wait) && edge.tried != CHOSEN) {
                self.search_way_back(start);
            }
        }
        self.edges.all_mut().iter_mut().for_each(|edge| edge.walk = 0);
    }

    /// Follows the edges from there until they lead back, and tries another task where they do not.
    fn search_way_back(&mut self, start: usize) -> Option<()> {
        let walk = u32::try_from(start + 1).unwrap_or(u32::MAX);
        let mut at = start;
        self.edges.all_mut().get_mut(start)?.walk = walk;
        loop {
            let Some(next) = self.step(at, start) else {
                if at == start {
                    return None;
                }
                at = self.edges.all().get(at)?.from;
                continue;
            };
            if next == start {
                break;
            }
            let edge = self.edges.all_mut().get_mut(next)?;
            if edge.walk != walk {
                (edge.walk, edge.from) = (walk, at);
                at = next;
            }
        }
        // What is on the way stays as it is from now on.
        loop {
            let edge = self.edges.all_mut().get_mut(at)?;
            edge.tried = CHOSEN;
            if at == start {
                return Some(());
            }
            at = edge.from;
        }
    }

    /// No more deadlocks than this are there.
    pub fn most_circles(&self) -> usize {
        self.edges.all().len()
    }

    /// The next deadlock that is there at both looks.
    pub fn next_circle(&mut self) -> Option<Circle<'_>> {
        self.next_that(Graph::look_again)
    }

    fn next_that(
        &mut self,
        look: impl Fn(&Graph, usize) -> Option<Certainty>,
    ) -> Option<Circle<'_>> {
        while self.next < self.edges.all().len() {
            let start = self.next;
            self.next += 1;
            if let Some(first) = self.walk_from(start)
                && let Some(certainty) = look(self, first)
            {
                let length = self.members(first).count();
                return Some(Circle { graph: self, first, length, certainty });
            }
        }
        None
    }

    /// Follows the edges from there, as far as no walk has come before. The answer is an edge of
    /// the circle into which they lead, if it is a new one.
    fn walk_from(&mut self, start: usize) -> Option<usize> {
        let walk = u32::try_from(start + 1).unwrap_or(u32::MAX);
        let mut at = start;
        loop {
            let edge = self.edges.all_mut().get_mut(at)?;
            if edge.walk != 0 {
                return (edge.walk == walk).then_some(at);
            }
            edge.walk = walk;
            at = self.after(at)?;
        }
    }

    /// The next edge to which a search goes from there. `None`: it was everywhere.
    fn step(&mut self, at: usize, start: usize) -> Option<usize> {
        let Edge { wait, walk, tried, .. } = *self.edges.all().get(at)?;
        if tried == CHOSEN || !is_for_tasks(&wait) {
            let edge = |at: usize| self.edges.all().get(at);
            let is_new = |next| edge(next).is_some_and(|next| next.walk != walk);
            return self.after(at).filter(|next| *next == start || is_new(*next));
        }
        let is_its_task = |edge: &Edge| waits::executor_of(edge.wait.ident) == wait.object;
        let found = self.edges.all().iter().skip(tried).position(is_its_task);
        let next = found.map(|after| tried + after);
        let holder = next.and_then(|next| self.edges.all().get(next)).map_or(0, |it| it.wait.ident);
        let edge = self.edges.all_mut().get_mut(at)?;
        edge.wait.holder = holder;
        edge.tried = next.map_or(0, |next| next + 1);
        next
    }

    /// The edge of the thread for which the thread of that edge waits.
    fn after(&self, at: usize) -> Option<usize> {
        let edges = self.edges.all();
        let holder = edges.get(at)?.wait.holder;
        edges.binary_search_by_key(&holder, |edge| edge.wait.ident).ok()
    }

    /// The edges of a circle, from that one on.
    fn members(&self, first: usize) -> impl Iterator<Item = &ThreadWait> {
        let mut next = Some(first);
        core::iter::from_fn(move || {
            let at = next?;
            next = self.after(at).filter(|at| *at != first);
            self.edges.all().get(at).map(|edge| &edge.wait)
        })
    }

    /// Looks at each wait and each holder of the circle once more.
    fn look_again(&self, first: usize) -> Option<Certainty> {
        let mut certainty = Certainty::Certain;
        // A thread that waits for the lock which it is noted to hold was handed that lock between
        // the reads of the note.
        let mut awaited = self.members(first).last()?.object;
        for wait in self.members(first) {
            let now = wait.again()?;
            let was_handed = now.object == awaited && now.holder != now.ident;
            let is_same = match is_for_tasks(&now) {
                true => waits::executor_of(wait.holder) == now.object,
                false => now.holder == wait.holder && makes_edge(&now),
            };
            if !is_same || was_handed {
                return None;
            }
            awaited = now.object;
            if waits::may_be_released_by_any(wait.object) {
                certainty = Certainty::Probable;
            }
        }
        Some(certainty)
    }
}

impl Circle<'_> {
    /// Its waits, in the order of the circle.
    pub fn waits(&self) -> impl Iterator<Item = &ThreadWait> {
        self.graph.members(self.first)
    }

    /// When the last of them began to wait: since then they are in deadlock.
    pub fn since(&self) -> u64 {
        self.waits().map(|wait| wait.since).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
