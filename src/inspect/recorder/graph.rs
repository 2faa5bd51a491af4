//! The orders in which locks were taken, and the circles in them.
//!
//! A pattern is what a thread held, and what it wanted while it held that, each with the place of
//! its call. It keeps the last four threads that were seen in it, with the segment of their lives.
//! A circle is a list of patterns, in which each wants what the next one holds, and the last what
//! the first one holds. It is a risk only if all of them can come together:
//!
//! - each is another thread's: a thread waits for one lock at a time;
//! - no two of them hold the same lock: it lets only one of them come at a time (a gate);
//! - no two of them are ordered by a start or a join: one is over before the other begins.
//!
//! That is more than to ask for one lock that all of them hold, and so accuses less.
//!
//! Locks are compared by their classes (`class`): mostly each is a class of its own. Else a pattern
//! has the locks in which it was seen first, and all of a class count as one, also as a gate.
//!
//! The graph is mapped when it is first asked for. Where it is full, patterns of locks that have
//! ended go; if there are none, what is new is not recorded.

use crate::inspect::waits;
use crate::object::handle::Handle;

use super::segments;
use super::stack::{Stack, mix};

/// How many locks a thread may hold in a pattern. Of a thread that holds more nothing is reported.
pub const MOST_HELD: usize = 12;
/// How many threads a circle may have.
pub const LONGEST: usize = 6;
const PATTERNS: usize = 1 << 13;
const HASHES: usize = 2 * PATTERNS;
const BUCKETS: usize = 1 << 13;
const LINKS: usize = 4 * PATTERNS;
const REPORTED: usize = 1024;
const SEEN: usize = 4;
/// How many patterns a search looks at.
const MOST_STEPS: u32 = 20_000;

/// A lock, and where the call returns to that took or wanted it.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The lock or rlock.
    pub object: Handle,
    /// What it counts as.
    pub class: u64,
    /// The place; 0: nobody knows.
    pub site: usize,
}

/// None.
pub const NO_STEP: Step = Step { object: Handle::NULL, class: 0, site: 0 };

impl PartialEq for Step {
    fn eq(&self, other: &Step) -> bool {
        self.class == other.class && self.site == other.site
    }
}

/// What a thread holds and wants.
pub struct Situation<'a> {
    /// Its ident.
    pub ident: u64,
    /// Its record.
    pub stack: &'static Stack,
    /// What it holds.
    pub held: &'a [Step],
    /// What it wants.
    pub wanted: Step,
}

/// A pair of a circle: a thread took the one and then wanted the other.
#[derive(Clone, Copy)]
pub struct Pair {
    /// The thread's ident.
    pub ident: u64,
    /// What it took.
    pub held: Step,
    /// What it wanted then.
    pub wanted: Step,
}

/// A circle of pairs: each wants what the next one holds.
#[derive(Clone, Copy)]
pub struct Cycle {
    pairs: [Pair; LONGEST],
    length: usize,
}

impl Cycle {
    /// Its pairs.
    pub fn pairs(&self) -> &[Pair] {
        self.pairs.get(..self.length).unwrap_or_default()
    }
}

/// A thread that was seen in a pattern.
#[derive(Clone, Copy)]
struct Seen {
    ident: u64,
    segment: u64,
    stack: Option<&'static Stack>,
}

struct Pattern {
    hash: u64,
    wanted: Step,
    held: [Step; MOST_HELD],
    count: usize,
    seen: [Seen; SEEN],
    /// How often the places of `seen` were written.
    written: usize,
}

/// Numbers of patterns and links are one higher than their places: 0 is none.
#[derive(Clone, Copy)]
struct Link {
    pattern: u32,
    next: u32,
}

/// See the top of this file. All zero at first.
pub struct Graph {
    patterns: usize,
    links: usize,
    reported: usize,
    /// How many situations were not recorded.
    pub lost: u64,
    by_hash: [u32; HASHES],
    by_held: [u32; BUCKETS],
    link: [Link; LINKS],
    reported_keys: [u64; REPORTED],
    pattern: [Pattern; PATTERNS],
}

impl Pattern {
    fn held(&self) -> &[Step] {
        self.held.get(..self.count).unwrap_or_default()
    }

    fn holds(&self, class: u64) -> Option<Step> {
        self.held().iter().copied().find(|step| step.class == class)
    }

    fn is_of(&self, situation: &Situation<'_>) -> bool {
        self.wanted == situation.wanted && self.held() == situation.held
    }

    fn is_alive(&self) -> bool {
        self.held().iter().chain([&self.wanted]).all(|step| waits::is_alive(step.object))
    }

    fn seen(&self) -> &[Seen] {
        self.seen.get(..self.written.min(SEEN)).unwrap_or_default()
    }
}

fn bucket(class: u64) -> usize {
    mix(0, class) as usize % BUCKETS
}

/// The patterns that may make a circle, from the first on, each with the thread that was seen.
#[derive(Clone, Copy)]
struct Path {
    patterns: [usize; LONGEST],
    seen: [Seen; LONGEST],
    length: usize,
}

impl Graph {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.forget_patterns();
        (self.reported, self.lost) = (0, 0);
    }

    fn forget_patterns(&mut self) {
        (self.patterns, self.links) = (0, 0);
        self.by_hash.fill(0);
        self.by_held.fill(0);
    }

    /// Records a situation, and returns a circle that it closes, unless that was returned before.
    #[inline(never)]
    pub fn observe(&mut self, situation: &Situation<'_>) -> Option<Cycle> {
        let hash = hash_of(situation);
        let found = self.find(hash, situation);
        let Some(number) = found.or_else(|| self.add(hash, situation)) else {
            self.lost += 1;
            return None;
        };
        let segment = segments::current(situation.stack);
        let seen = Seen { ident: situation.ident, segment, stack: Some(situation.stack) };
        let pattern = self.pattern.get_mut(number)?;
        let is_same = |other: &Seen| other.ident == seen.ident && other.segment == segment;
        if !pattern.seen().iter().any(is_same) {
            let place = pattern.written % SEEN;
            *pattern.seen.get_mut(place)? = seen;
            pattern.written += 1;
        }
        self.search(number, seen)
    }

    fn find(&self, hash: u64, situation: &Situation<'_>) -> Option<usize> {
        for step in 0..HASHES {
            let at = (hash as usize).wrapping_add(step) % HASHES;
            let number = (*self.by_hash.get(at)? as usize).checked_sub(1)?;
            let pattern = self.pattern.get(number)?;
            if pattern.hash == hash && pattern.is_of(situation) {
                return Some(number);
            }
        }
        None
    }

    #[inline(never)]
    fn add(&mut self, hash: u64, situation: &Situation<'_>) -> Option<usize> {
        if situation.held.len() > MOST_HELD {
            return None;
        }
        let has_room = |graph: &Graph| {
            graph.patterns < PATTERNS && graph.links + situation.held.len() <= LINKS
        };
        if !has_room(self) {
            self.drop_ended();
        }
        if !has_room(self) {
            return None;
        }
        let number = self.patterns;
        let pattern = self.pattern.get_mut(number)?;
        (pattern.hash, pattern.wanted, pattern.written) = (hash, situation.wanted, 0);
        pattern.count = situation.held.len();
        pattern.held.get_mut(..pattern.count)?.copy_from_slice(situation.held);
        self.patterns += 1;
        self.index(number);
        Some(number)
    }

    /// Makes a pattern known by its hash and by what is held in it.
    #[inline(never)]
    fn index(&mut self, number: usize) -> Option<()> {
        let pattern = self.pattern.get(number)?;
        let start = pattern.hash as usize;
        let free = (0..HASHES)
            .map(|step| start.wrapping_add(step) % HASHES)
            .find(|at| self.by_hash.get(*at) == Some(&0))?;
        *self.by_hash.get_mut(free)? = number as u32 + 1;
        for step in pattern.held() {
            let first = self.by_held.get_mut(bucket(step.class))?;
            let link = self.link.get_mut(self.links)?;
            *link = Link { pattern: number as u32, next: *first };
            self.links += 1;
            *first = self.links as u32;
        }
        Some(())
    }

    /// Drops the patterns of locks that have ended.
    #[inline(never)]
    fn drop_ended(&mut self) {
        let count = self.patterns;
        self.forget_patterns();
        for number in 0..count {
            if self.pattern.get(number).is_some_and(Pattern::is_alive) {
                self.pattern.swap(number, self.patterns);
                self.patterns += 1;
                self.index(self.patterns - 1);
            }
        }
    }

    /// Looks for a circle that goes through that pattern, the shortest first.
    fn search(&mut self, number: usize, seen: Seen) -> Option<Cycle> {
        let start = Path { patterns: [number; LONGEST], seen: [seen; LONGEST], length: 1 };
        let mut steps = MOST_STEPS;
        let found = (2..=LONGEST).find_map(|longest| self.extend(&start, longest, &mut steps))?;
        let key = key_of(&found);
        *self.reported_keys.get_mut(self.reported)? = key;
        self.reported += 1;
        Some(found)
    }

    #[inline(never)]
    fn extend(&self, path: &Path, longest: usize, steps: &mut u32) -> Option<Cycle> {
        let last = self.pattern.get(*path.patterns.get(path.length - 1)?)?;
        let wanted = last.wanted.class;
        let first = self.pattern.get(*path.patterns.first()?)?;
        let mut next = *self.by_held.get(bucket(wanted))?;
        while next != 0 {
            *steps = steps.checked_sub(1)?;
            let link = self.link.get(next as usize - 1)?;
            next = link.next;
            let number = link.pattern as usize;
            let pattern = self.pattern.get(number)?;
            if pattern.holds(wanted).is_none() || self.shares_a_lock(path, pattern) {
                continue;
            }
            let Some(seen) = pattern.seen().iter().find(|seen| can_meet(path, seen)) else {
                continue;
            };
            let mut longer = *path;
            *longer.patterns.get_mut(path.length)? = number;
            *longer.seen.get_mut(path.length)? = *seen;
            longer.length += 1;
            let closed = first.holds(pattern.wanted.class).is_some();
            let found = if closed && longer.length == longest {
                self.cycle(&longer).filter(|cycle| self.is_new(cycle))
            } else if !closed && longer.length < longest {
                self.extend(&longer, longest, steps)
            } else {
                None
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Whether a lock is held in the pattern and in one of the path: they exclude each other.
    fn shares_a_lock(&self, path: &Path, pattern: &Pattern) -> bool {
        let before = path.patterns.get(..path.length).unwrap_or_default();
        before
            .iter()
            .filter_map(|number| self.pattern.get(*number))
            .any(|other| other.held().iter().any(|step| pattern.holds(step.class).is_some()))
    }

    #[inline(never)]
    fn cycle(&self, path: &Path) -> Option<Cycle> {
        let nobody = Pair { ident: 0, held: NO_STEP, wanted: NO_STEP };
        let mut cycle = Cycle { pairs: [nobody; LONGEST], length: path.length };
        for at in 0..path.length {
            let pattern = self.pattern.get(*path.patterns.get(at)?)?;
            let before = (at + path.length - 1) % path.length;
            let wanted = self.pattern.get(*path.patterns.get(before)?)?.wanted.class;
            let pair = cycle.pairs.get_mut(at)?;
            pair.ident = path.seen.get(at)?.ident;
            (pair.held, pair.wanted) = (pattern.holds(wanted)?, pattern.wanted);
        }
        Some(cycle)
    }

    fn is_new(&self, cycle: &Cycle) -> bool {
        let is_signal = |pair: &Pair| waits::is_signal(pair.wanted.object);
        let reported = self.reported_keys.get(..self.reported).unwrap_or_default();
        !reported.contains(&key_of(cycle)) && !cycle.pairs().iter().any(is_signal)
    }
}

/// Whether the thread, as it was seen, can be there together with all of the path.
fn can_meet(path: &Path, seen: &Seen) -> bool {
    let before = path.seen.get(..path.length).unwrap_or_default();
    before.iter().all(|other| {
        let (segments, owners) = ([other.segment, seen.segment], [other.stack, seen.stack]);
        other.ident != seen.ident && !segments::are_ordered(segments, owners)
    })
}

fn hash_of(situation: &Situation<'_>) -> u64 {
    let steps = situation.held.iter().chain([&situation.wanted]);
    steps.fold(1, |hash, step| mix(mix(hash, step.class), step.site as u64))
}

/// The same for a circle wherever it begins.
fn key_of(cycle: &Cycle) -> u64 {
    let objects = cycle.pairs().iter().map(|pair| mix(1, pair.wanted.class));
    objects.fold(0, u64::wrapping_add)
}
