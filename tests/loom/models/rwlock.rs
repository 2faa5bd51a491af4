//! Models of the rwlock: `sync/rwlock`, whose readers and writers wait in one queue, and whose
//! invariants say that nobody waits for nobody.

use std::rc::Rc;

use loom::cell::UnsafeCell;
use threading::object::handle::Handle;
use threading::status::Status;
use threading::sync::rwlock::{change, read, slot, write};
use threading::wait::timeout::Timeout;

use super::harness::{A_WHILE, Model, be_known, join, let_time_run_out, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "rwlock: a writer is alone, and readers see what it did",
        preemptions: 1,
        moves_time: false,
        run: excludes,
    },
    Model {
        name: "rwlock: the last reader leaves while a writer links itself",
        preemptions: 2,
        moves_time: false,
        run: last_reader_leaves,
    },
    Model {
        name: "rwlock: a writer that gives up lets in the readers behind it",
        preemptions: 1,
        moves_time: true,
        run: gives_up,
    },
    Model {
        name: "rwlock: a woken writer is beaten by another while a reader waits",
        preemptions: 1,
        moves_time: false,
        run: beaten,
    },
    Model {
        name: "rwlock: the end of a write lets readers in, and a writer after them",
        preemptions: 1,
        moves_time: true,
        run: admits,
    },
    Model {
        name: "rwlock: nobody writes between a write and the read that it becomes",
        preemptions: 1,
        moves_time: false,
        run: downgrades,
    },
    Model {
        name: "rwlock: a read becomes a write when the other reader has left",
        preemptions: 3,
        moves_time: false,
        run: upgrades,
    },
    Model {
        name: "rwlock: who reads again passes a writer that waits",
        preemptions: 2,
        moves_time: false,
        run: reads_again,
    },
    Model {
        name: "rwlock: destroy against use",
        preemptions: 1,
        moves_time: false,
        run: destroyed,
    },
];

/// What an rwlock guards: loom fails if a thread writes without an order between it and another.
#[derive(Clone)]
struct Guarded(Rc<UnsafeCell<u32>>);

impl Guarded {
    fn new() -> Guarded {
        Guarded(Rc::new(UnsafeCell::new(0)))
    }

    fn add(&self) {
        // SAFETY: the threads of a model run one at a time, and the reference does not leave this
        // function.
        self.0.with_mut(|count| unsafe { *count += 1 });
    }

    fn look(&self) -> u32 {
        // SAFETY: as in `add`.
        self.0.with(|count| unsafe { *count })
    }
}

fn acquire_read(rwlock: Handle) -> Result<(), Status> {
    if read::acquire_quickly(rwlock) { Ok(()) } else { read::acquire(rwlock, Timeout::Forever) }
}

fn release_read(rwlock: Handle) {
    let released = if read::release_quickly(rwlock) { Ok(()) } else { read::release(rwlock) };
    assert_eq!(released, Ok(()));
}

fn acquire_write(rwlock: Handle) -> Result<(), Status> {
    if write::acquire_quickly(rwlock) { Ok(()) } else { write::acquire(rwlock, Timeout::Forever) }
}

fn release_write(rwlock: Handle) {
    let released = if write::release_quickly(rwlock) { Ok(()) } else { write::release(rwlock) };
    assert_eq!(released, Ok(()));
}

/// An rwlock and what it guards.
#[derive(Clone)]
struct Shared {
    rwlock: Handle,
    guarded: Guarded,
}

impl Shared {
    fn new() -> Shared {
        be_known();
        Shared { rwlock: slot::new().expect("an rwlock"), guarded: Guarded::new() }
    }

    fn reads(&self) -> u32 {
        assert_eq!(acquire_read(self.rwlock), Ok(()));
        let seen = self.guarded.look();
        release_read(self.rwlock);
        seen
    }

    fn writes(&self) {
        assert_eq!(acquire_write(self.rwlock), Ok(()));
        self.guarded.add();
        release_write(self.rwlock);
    }

    /// A thread that does that with it.
    fn spawn<T: 'static>(
        &self,
        run: impl FnOnce(&Shared) -> T + 'static,
    ) -> loom::thread::JoinHandle<T> {
        let own = self.clone();
        spawn(move || run(&own))
    }

    /// It is free again, with no bit left that keeps anybody out.
    fn end(&self, writes: u32) {
        assert!(write::acquire_quickly(self.rwlock), "it is free");
        assert_eq!(self.guarded.look(), writes);
        assert!(write::release_quickly(self.rwlock), "nobody has to be woken");
        assert!(read::acquire_quickly(self.rwlock), "nobody is kept out");
        assert!(read::release_quickly(self.rwlock), "nobody has to be woken");
        assert_eq!(slot::destroy(self.rwlock, |_| true), Ok(()));
    }
}

/// Readers and writers in each order. Fails with Relaxed in `Word::cas_acquire` or
/// `Word::cas_release`, when `may_read` does not ask for LOCKED, when `is_free` does not ask for
/// readers, and when `release_read` does not settle.
fn excludes() {
    let shared = Shared::new();
    let reader = shared.spawn(|shared| shared.reads());
    let writer = shared.spawn(|shared| shared.writes());
    shared.writes();
    let [seen] = join([reader]);
    join([writer]);
    assert!(seen <= 2);
    shared.end(2);
}

/// The last of two readers wakes the writer, whenever it links itself.
/// Fails when `release_read` does not settle, and when `Write::validate` does not set WAITERS.
fn last_reader_leaves() {
    let shared = Shared::new();
    assert_eq!(acquire_read(shared.rwlock), Ok(()));
    let reader = shared.spawn(|shared| shared.reads());
    let writer = shared.spawn(|shared| shared.writes());
    release_read(shared.rwlock);
    let [seen] = join([reader]);
    join([writer]);
    assert!(seen <= 1);
    shared.end(1);
}

/// A reader waits for nothing but a writer that gives up.
/// Fails when a writer that times out does not settle.
fn gives_up() {
    let shared = Shared::new();
    assert_eq!(acquire_read(shared.rwlock), Ok(()));
    let writer = shared.spawn(|shared| {
        let came = write::acquire(shared.rwlock, A_WHILE);
        if came.is_ok() {
            shared.guarded.add();
            release_write(shared.rwlock);
        }
        came
    });
    let reader = shared.spawn(|shared| shared.reads());
    let_time_run_out();
    release_read(shared.rwlock);
    join([reader]);
    let [came] = join([writer]);
    assert!(matches!(came, Ok(()) | Err(Status::THREADING_TIMEOUT)));
    shared.end(u32::from(came.is_ok()));
}

/// A writer that was woken finds another one writing, and readers waiting for either.
/// Fails when `Write::validate` keeps DESIGNATED_WAKER, and when `write::release` asks for
/// DESIGNATED_WAKER instead of WAITERS.
fn beaten() {
    let shared = Shared::new();
    assert_eq!(acquire_write(shared.rwlock), Ok(()));
    let writer = shared.spawn(|shared| shared.writes());
    let reader = shared.spawn(|shared| shared.reads());
    shared.guarded.add();
    release_write(shared.rwlock);
    shared.writes();
    let [seen] = join([reader]);
    join([writer]);
    assert!((1..=3).contains(&seen));
    shared.end(3);
}

/// A writer that waits behind readers which are let in, and perhaps counted, comes after them.
/// Fails when `end_write` does not add the reads that are counted, when a reader that was let in
/// does not pass the writer (`Read::validate`), and when `release_read` does not settle.
fn admits() {
    let shared = Shared::new();
    assert_eq!(acquire_write(shared.rwlock), Ok(()));
    let writer = shared.spawn(|shared| shared.writes());
    let reader = shared.spawn(|shared| shared.reads());
    shared.guarded.add();
    let_time_run_out();
    release_write(shared.rwlock);
    let [seen] = join([reader]);
    join([writer]);
    assert!((1..=2).contains(&seen));
    shared.end(2);
}

/// Nobody writes in between. Fails when `downgrade` counts its read after `end_write`.
fn downgrades() {
    let shared = Shared::new();
    assert_eq!(acquire_write(shared.rwlock), Ok(()));
    let writer = shared.spawn(|shared| shared.writes());
    let reader = shared.spawn(|shared| shared.reads());
    shared.guarded.add();
    assert_eq!(change::downgrade(shared.rwlock), Ok(()));
    assert_eq!(shared.guarded.look(), 1);
    release_read(shared.rwlock);
    let [seen] = join([reader]);
    join([writer]);
    assert!((1..=2).contains(&seen));
    shared.end(2);
}

/// Two readers, of whom one writes as soon as it is alone.
/// Fails when `try_upgrade` takes two reads for one.
fn upgrades() {
    let shared = Shared::new();
    let reader = shared.spawn(|shared| shared.reads());
    assert_eq!(acquire_read(shared.rwlock), Ok(()));
    let before = shared.guarded.look();
    let upgraded = change::try_upgrade(shared.rwlock);
    match upgraded {
        Ok(()) => {
            assert_eq!(shared.guarded.look(), before);
            shared.guarded.add();
            release_write(shared.rwlock);
        }
        Err(status) => {
            assert_eq!(status, Status::THREADING_TIMEOUT);
            assert_eq!(shared.guarded.look(), before);
            release_read(shared.rwlock);
        }
    }
    let [seen] = join([reader]);
    assert!(seen <= 1);
    shared.end(u32::from(upgraded.is_ok()));
}

/// A read inside a read ends, whenever a writer comes. Fails when `acquire_read` does not ask
/// whether the thread reads.
fn reads_again() {
    let shared = Shared::new();
    assert_eq!(acquire_read(shared.rwlock), Ok(()));
    let writer = shared.spawn(|shared| shared.writes());
    let seen = shared.reads();
    assert_eq!(seen, 0);
    release_read(shared.rwlock);
    join([writer]);
    shared.end(1);
}

/// Destroying meets use: every call has a status, and none hangs.
/// Fails when `destroy` does not ask for reads.
fn destroyed() {
    let shared = Shared::new();
    let reader = shared.spawn(|shared| match acquire_read(shared.rwlock) {
        Ok(()) => release_read(shared.rwlock),
        Err(status) => assert_eq!(status, Status::THREADING_DESTROYED),
    });
    let writer = shared.spawn(|shared| match acquire_write(shared.rwlock) {
        Ok(()) => release_write(shared.rwlock),
        Err(status) => assert_eq!(status, Status::THREADING_DESTROYED),
    });
    let ended = slot::destroy(shared.rwlock, |_| true);
    join([reader]);
    join([writer]);
    match ended {
        Ok(()) => assert_eq!(acquire_read(shared.rwlock), Err(Status::THREADING_DESTROYED)),
        Err(status) => {
            assert_eq!(status, Status::THREADING_BUSY);
            shared.end(0);
        }
    }
}
