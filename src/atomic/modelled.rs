//! Atomics and guarded cells for loom: constant constructors, as statics need them, over loom's,
//! which live for one execution.
//!
//! A thing of loom's belongs to the thread that makes it, until another one has synchronised with
//! that. Statics exist before all threads. So the first thread of an execution makes a stock, and
//! whoever touches one of our things for the first time in an execution takes it from there: it is
//! at its initial value again, and its making orders nothing.
//!
//! loom takes sequentially consistent accesses for acquiring and releasing ones; a fence before
//! each of them makes up for that.
//!
//! All threads of a model run on one thread of the operating system, and change places at loom's
//! operations only: so what is not loom's here needs no care. A process runs one model at a time.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::sync::atomic as plain;

pub use core::sync::atomic::Ordering;
pub use loom::sync::atomic::fence;
use loom::sync::atomic::{AtomicU32 as Narrow, AtomicU64 as Wide};

/// Things of loom's, made ahead, and how many of them are taken.
struct Stock<T> {
    things: UnsafeCell<Vec<T>>,
    taken: plain::AtomicUsize,
}

// SAFETY: a process runs one model at a time, all threads of which run on one thread of the
// operating system.
unsafe impl<T> Sync for Stock<T> {}

impl<T> Stock<T> {
    const fn new() -> Stock<T> {
        Stock { things: UnsafeCell::new(Vec::new()), taken: plain::AtomicUsize::new(0) }
    }

    /// Makes so many. To be called in an execution before anything of the one before is used.
    fn fill(&self, make: impl Fn() -> T) {
        // SAFETY: as at `Sync`; what was lent belongs to an execution that is over.
        let things = unsafe { &mut *self.things.get() };
        things.clear();
        things.extend((0..STOCK).map(|_| make()));
        // ORDERING: Relaxed: one thread of the operating system.
        self.taken.store(0, Ordering::Relaxed);
    }

    fn at(&self, index: usize) -> &T {
        // SAFETY: as at `Sync`; nothing is added or taken away while the execution lasts.
        let things = unsafe { &*self.things.get() };
        things
            .get(index)
            .unwrap_or_else(|| panic!("a model touches more than {STOCK} things of a sort"))
    }
}

/// How many things of each sort a model may touch.
const STOCK: usize = 192;

static NARROW: Stock<Narrow> = Stock::new();
static WIDE: Stock<Wide> = Stock::new();
static CELLS: Stock<loom::cell::UnsafeCell<()>> = Stock::new();

/// The number of the execution; 0: there was none yet.
static EXECUTION: plain::AtomicU32 = plain::AtomicU32::new(0);

/// Everything is as it was when the library was loaded. To be called first of all in an execution,
/// before there is a second thread.
pub fn begin_execution() {
    NARROW.fill(|| Narrow::new(0));
    WIDE.fill(|| Wide::new(0));
    CELLS.fill(|| loom::cell::UnsafeCell::new(()));
    // ORDERING: Relaxed: one thread of the operating system.
    EXECUTION.fetch_add(1, Ordering::Relaxed);
}

/// Which thing of the stock one of ours is, and in which execution. All zero: none yet.
struct Place {
    execution: plain::AtomicU32,
    index: plain::AtomicU32,
}

impl Place {
    const fn new() -> Place {
        Place { execution: plain::AtomicU32::new(0), index: plain::AtomicU32::new(0) }
    }

    /// The thing; `first` runs if it is touched for the first time in this execution.
    fn of<'a, T>(&self, stock: &'a Stock<T>, first: impl FnOnce()) -> &'a T {
        // ORDERING: Relaxed, all: one thread of the operating system.
        let execution = EXECUTION.load(Ordering::Relaxed);
        if self.execution.swap(execution, Ordering::Relaxed) != execution {
            self.index.store(stock.taken.fetch_add(1, Ordering::Relaxed) as u32, Ordering::Relaxed);
            first();
        }
        // ORDERING: as above.
        stock.at(self.index.load(Ordering::Relaxed) as usize)
    }
}

fn fence_before(order: Ordering) {
    // ORDERING: SeqCst: see the top of this file.
    if order == Ordering::SeqCst {
        // ORDERING: as above.
        fence(Ordering::SeqCst);
    }
}

/// Declares a number. loom's counts from the initial value on, since the stock is made of zeros.
macro_rules! modelled_number {
    ($name:ident, $number:ty, $stock:ident, $inner:ident, $kept:ty) => {
        /// As in `core`.
        pub struct $name {
            initial: $number,
            place: Place,
        }

        #[allow(missing_docs)]
        impl $name {
            pub const fn new(initial: $number) -> $name {
                $name { initial, place: Place::new() }
            }

            fn inner(&self) -> &'static $inner {
                self.place.of(&$stock, || ())
            }

            fn seen(&self, inner: impl Into<u64>) -> $number {
                (inner.into() as $number).wrapping_add(self.initial)
            }

            fn kept(&self, value: $number) -> $kept {
                value.wrapping_sub(self.initial) as $kept
            }

            pub fn load(&self, order: Ordering) -> $number {
                fence_before(order);
                self.seen(self.inner().load(order))
            }

            pub fn store(&self, value: $number, order: Ordering) {
                fence_before(order);
                self.inner().store(self.kept(value), order);
            }

            pub fn swap(&self, value: $number, order: Ordering) -> $number {
                fence_before(order);
                self.seen(self.inner().swap(self.kept(value), order))
            }

            pub fn fetch_add(&self, more: $number, order: Ordering) -> $number {
                fence_before(order);
                self.seen(self.inner().fetch_add(more as $kept, order))
            }

            pub fn compare_exchange(
                &self,
                from: $number,
                to: $number,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$number, $number> {
                fence_before(success);
                let answer =
                    self.inner().compare_exchange(self.kept(from), self.kept(to), success, failure);
                answer.map(|found| self.seen(found)).map_err(|found| self.seen(found))
            }

            pub fn compare_exchange_weak(
                &self,
                from: $number,
                to: $number,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$number, $number> {
                self.compare_exchange(from, to, success, failure)
            }

            pub fn fetch_update(
                &self,
                set: Ordering,
                fetch: Ordering,
                mut next: impl FnMut($number) -> Option<$number>,
            ) -> Result<$number, $number> {
                let mut found = self.load(fetch);
                while let Some(to) = next(found) {
                    match self.compare_exchange(found, to, set, fetch) {
                        Err(other) => found = other,
                        ok => return ok,
                    }
                }
                Err(found)
            }
        }
    };
}

modelled_number!(AtomicU32, u32, NARROW, Narrow, u32);
modelled_number!(AtomicU64, u64, WIDE, Wide, u64);
modelled_number!(AtomicUsize, usize, WIDE, Wide, u64);

impl AtomicU32 {
    /// Where it is: what sleepers are known by.
    pub fn address(&self) -> usize {
        core::ptr::from_ref(self).addr()
    }
}

/// As in `core`; null at first.
pub struct AtomicPtr<T> {
    address: AtomicUsize,
    target: PhantomData<*mut T>,
}

// SAFETY: as `core`'s: the pointer is only carried.
unsafe impl<T> Sync for AtomicPtr<T> {}
// SAFETY: as above.
unsafe impl<T> Send for AtomicPtr<T> {}

fn pointer<T>(address: usize) -> *mut T {
    core::ptr::with_exposed_provenance_mut(address)
}

#[allow(missing_docs)]
impl<T> AtomicPtr<T> {
    pub const fn new(initial: *mut T) -> AtomicPtr<T> {
        assert!(initial.is_null(), "an address is not known when statics are made");
        AtomicPtr { address: AtomicUsize::new(0), target: PhantomData }
    }

    pub fn load(&self, order: Ordering) -> *mut T {
        pointer(self.address.load(order))
    }

    pub fn store(&self, value: *mut T, order: Ordering) {
        self.address.store(value.expose_provenance(), order);
    }

    pub fn swap(&self, value: *mut T, order: Ordering) -> *mut T {
        pointer(self.address.swap(value.expose_provenance(), order))
    }

    pub fn compare_exchange(
        &self,
        from: *mut T,
        to: *mut T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<*mut T, *mut T> {
        let answer =
            self.address.compare_exchange(from.addr(), to.expose_provenance(), success, failure);
        answer.map(pointer).map_err(pointer)
    }
}

/// As in `core`, for what is shared and guarded by something: loom fails if two threads touch it
/// without an order between them.
pub struct Cell<T> {
    initial: T,
    value: core::cell::Cell<T>,
    place: Place,
}

#[allow(missing_docs)]
impl<T: Copy> Cell<T> {
    pub const fn new(initial: T) -> Cell<T> {
        Cell { initial, value: core::cell::Cell::new(initial), place: Place::new() }
    }

    fn inner(&self) -> &'static loom::cell::UnsafeCell<()> {
        self.place.of(&CELLS, || self.value.set(self.initial))
    }

    pub fn get(&self) -> T {
        self.inner().with(|_| ());
        self.value.get()
    }

    pub fn set(&self, value: T) {
        self.inner().with_mut(|_| ());
        self.value.set(value);
    }
}
