//! Models of timers: `timer/mod.rs` and the wheel. A thread of the model stands for the service and
//! the worker.

use std::cell::Cell;
use std::ffi::c_void;
use std::ptr;

use threading::lifecycle::load;
use threading::object::handle::Handle;
use threading::status::Status;
use threading::thread::finish;
use threading::thread::join as joining;
use threading::thread::record;
use threading::timer;
use threading::timer::alarm;
use threading::timer::periodic;
use threading::timer::service;
use threading::timer::wheel;
use threading::wait::timeout::Timeout;

use super::harness::{Model, join, let_time_run_out, spawn};

pub const MODELS: &[Model] = &[
    Model {
        name: "timer: a cancel meets the firing, and one of them wins",
        preemptions: 3,
        moves_time: true,
        run: cancels,
    },
    Model {
        name: "timer: a cancel meets the start",
        preemptions: 3,
        moves_time: false,
        run: cancels_early,
    },
    Model {
        name: "timer: destroy against the firing",
        preemptions: 3,
        moves_time: true,
        run: destroyed,
    },
    Model {
        name: "timer: a rearm meets the start, the firing and a cancel",
        preemptions: 1,
        moves_time: true,
        run: rearms,
    },
    Model {
        name: "timer: a cancel and a rearm meet a periodic run and its return to the wheel",
        preemptions: 1,
        moves_time: true,
        run: goes_on,
    },
    Model {
        name: "timer: a start meets the service that falls asleep",
        preemptions: 3,
        moves_time: false,
        run: wakes_the_service,
    },
];

std::thread_local! {
    static FIRED: Cell<usize> = const { Cell::new(0) };
}

extern "C-unwind" fn work(_: *mut c_void) -> *mut c_void {
    ptr::null_mut()
}

fn new() -> Handle {
    load::ensure();
    service::pretend_to_run();
    wheel::reset_after_fork();
    FIRED.set(0);
    timer::new(0.0001, work, ptr::null_mut()).expect("a timer")
}

/// What the service and a worker do, once. Returns when the next timer is due.
fn fire_what_is_due() -> Option<u64> {
    wheel::advance(|thread, record| {
        if wheel::take_due(record).is_some() {
            record::set_running(record);
            FIRED.set(FIRED.get() + 1);
            finish::publish_finished(thread, record);
        }
    })
}

/// Cancelling meets firing: the function runs, or one cancel has prevented it, never both or
/// neither; the wheel is empty after it. Fails when `take_due` does not ask for PENDING.
fn cancels() {
    let timer = new();
    assert_eq!(timer::start(timer), Ok(()));
    let service = spawn(|| {
        let_time_run_out();
        fire_what_is_due();
    });
    let canceller = spawn(move || timer::cancel(timer));
    let mine = timer::cancel(timer);
    let [others] = join([canceller]);
    join([service]);
    let prevented = [mine, others].iter().filter(|answer| **answer == Ok(true)).count();
    assert_eq!(prevented + FIRED.get(), 1, "{mine:?} {others:?}");
    assert_eq!(fire_what_is_due(), None, "nothing is left behind in the wheel");
    assert_eq!(joining::join(timer::thread_of(timer).expect("a timer"), Timeout::Forever), Ok(()));
    assert_eq!(timer::destroy(timer), Ok(()));
    assert_eq!(timer::cancel(timer), Err(Status::THREADING_DESTROYED));
}

/// Cancelling meets the start: the function never runs, and the thread ends.
/// Fails when `insert` puts a cancelled timer into the wheel, and when `cancel` leaves it there.
fn cancels_early() {
    let timer = new();
    let starter = spawn(move || timer::start(timer));
    let cancelled = timer::cancel(timer);
    let [started] = join([starter]);
    assert_eq!((cancelled, started), (Ok(true), Ok(())));
    assert_eq!((fire_what_is_due(), FIRED.get()), (None, 0), "nothing is left behind in the wheel");
    assert_eq!(joining::join(timer::thread_of(timer).expect("a timer"), Timeout::Forever), Ok(()));
    assert_eq!(timer::destroy(timer), Ok(()));
}

/// Destroying detaches, and nothing else: the timer fires, or was cancelled, and its record ends
/// once. Fails when `take_due` does not ask for PENDING, and when `publish_finished` does not end a
/// record that was detached.
fn destroyed() {
    let timer = new();
    assert_eq!(timer::start(timer), Ok(()));
    let_time_run_out();
    let service = spawn(fire_what_is_due);
    let canceller = spawn(move || timer::cancel(timer));
    assert_eq!(timer::destroy(timer), Ok(()), "it ends, or is detached");
    join([service]);
    let [cancelled] = join([canceller]);
    match cancelled {
        Ok(prevented) => assert_eq!(FIRED.get(), usize::from(!prevented)),
        Err(status) => assert_eq!((status, FIRED.get()), (Status::THREADING_DESTROYED, 1)),
    }
    assert_eq!(timer::thread_of(timer), Err(Status::THREADING_DESTROYED));
}

/// A rearm meets the start, the firing and a cancel: the function runs, or the cancel has prevented
/// it, and no list keeps the timer. A timer that was rearmed far ahead does not fire before.
/// Fails when `start_thread` sets PENDING under the wheel's lock, and inserts the timer under it
/// another time.
fn rearms() {
    let timer = new();
    let starter = spawn(move || timer::start(timer));
    let rearmer = spawn(move || timer::rearm(timer, 0.0));
    let canceller = spawn(move || {
        let cancelled = timer::cancel(timer);
        (cancelled, timer::rearm(timer, 0.0))
    });
    let [started] = join([starter]);
    assert_eq!(started, Ok(()));
    let [rearmed] = join([rearmer]);
    assert!(matches!(rearmed, Ok(_) | Err(Status::THREADING_NOT_STARTED)));
    let_time_run_out();
    fire_what_is_due();
    let [(cancelled, after)] = join([canceller]);
    assert!(after != Ok(true) || cancelled == Ok(false), "{cancelled:?} {after:?}");
    assert_eq!(FIRED.get() + usize::from(cancelled == Ok(true)), 1, "{cancelled:?}");
    assert_eq!(fire_what_is_due(), None, "nothing is left behind in the wheel");
    assert_eq!(timer::destroy(timer), Ok(()));
}

/// A periodic timer, cancelled and rearmed while a run begins and ends: if the cancel was in time
/// for the next run it has ended, and no list keeps it.
/// Fails when `go_on` does not ask for CANCELLED.
fn goes_on() {
    new();
    let timer =
        timer::new_periodic(0.0001, 0.0001, work, ptr::null_mut()).expect("a periodic timer");
    assert_eq!(timer::start(timer), Ok(()));
    let_time_run_out();
    let canceller = spawn(move || timer::cancel(timer));
    let rearmer = spawn(move || timer::rearm(timer, 0.0001));
    run_what_is_due();
    let [cancelled] = join([canceller]);
    let [rearmed] = join([rearmer]);
    assert_eq!(cancelled, Ok(true), "one that goes on is cancelled once");
    assert!(rearmed.is_ok());
    let_time_run_out();
    run_what_is_due();
    assert!(FIRED.get() <= 1, "no run begins after the cancel");
    assert_eq!(fire_what_is_due(), None, "nothing is left behind in the wheel");
    assert_eq!(joining::join(timer::thread_of(timer).expect("a timer"), Timeout::Forever), Ok(()));
    assert_eq!(timer::destroy(timer), Ok(()));
}

/// A service that finds no timer falls asleep while one is started: it finds the timer, or is
/// woken. Fails when `alarm::wake` asks before it increments `WAKEUPS` whether the service sleeps.
fn wakes_the_service() {
    let timer = new();
    let starter = spawn(move || timer::start(timer));
    loop {
        let announced = alarm::begin_look();
        if fire_what_is_due().is_some() {
            break;
        }
        // not to synchronise: the model is about this sleep
        alarm::sleep(announced, u64::MAX, u64::MAX);
    }
    let [started] = join([starter]);
    assert_eq!(started, Ok(()));
    assert_eq!((timer::cancel(timer), fire_what_is_due()), (Ok(true), None));
    assert_eq!(timer::destroy(timer), Ok(()));
}

/// What the service and a worker do for periodic timers, once.
fn run_what_is_due() {
    let due = Cell::new(None);
    wheel::advance(|thread, record| {
        if let Some(state) = wheel::take_due(record) {
            due.set(Some((thread, record, state)));
        }
    });
    let Some((thread, record, state)) = due.get() else { return };
    if periodic::begin_run(record, state) {
        record::set_running(record);
        FIRED.set(FIRED.get() + 1);
        if periodic::go_on(thread, record, ptr::null_mut()) {
            return;
        }
    }
    finish::publish_finished(thread, record);
}
