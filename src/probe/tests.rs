//! What is told to whom. A test has listeners of its own, which hear its thread alone: all others
//! run beside it, and rely on nobody's listening.

use core::cell::{Cell, RefCell};
use core::ptr;

use super::listeners::MOST;
use super::*;
use core::sync::atomic::Ordering;

std::thread_local! {
    static MINE: Cell<&'static Listeners> = const { Cell::new(&LISTENERS) };
    static TOLD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// All who listen to the calling thread.
pub(super) fn all() -> &'static Listeners {
    MINE.get()
}

/// Runs something that only these listeners hear, if the calling thread tells it.
pub fn while_heard<R>(listeners: &[&'static Listener], run: impl FnOnce() -> R) -> R {
    let before = MINE.get();
    hear_from_now_on(listeners);
    let result = run();
    MINE.set(before);
    result
}

/// Has these listeners, and no others, hear what the calling thread tells until it ends.
pub fn hear_from_now_on(listeners: &[&'static Listener]) {
    let mine: &'static Listeners = Box::leak(Box::new(Listeners::new()));
    assert!(listeners.iter().all(|listener| mine.register(listener)));
    MINE.set(mine);
}

fn note(told: String) {
    TOLD.with_borrow_mut(|all| all.push(told));
}

fn told() -> Vec<String> {
    TOLD.take()
}

static OBJECT: u64 = 0;

static ALL_EARS: Listener = Listener {
    created: Some(|_, tag| note(format!("created {tag}"))),
    wanting: Some(|_, hold, site| note(format!("wanting {hold:?} {site}"))),
    acquired: Some(|_, hold, tried, site| {
        note(format!("acquired {hold:?} {tried} {site}"));
    }),
    releasing: Some(|_, hold| note(format!("releasing {hold:?}"))),
    ended: Some(|_, hold, held| {
        note(format!("ended {hold:?} {held}"));
        !held
    }),
    waiting: Some(|_, deadline, about| note(format!("waiting {deadline:?} {}", about.object))),
    woken: Some(|_, outcome, about| note(format!("woken {outcome} {}", about.object))),
    happened: Some(|what, _, number| note(format!("{what:?} {number}"))),
    happens_before: Some(|_| note("happens_before".into())),
    happens_after: Some(|_| note("happens_after".into())),
    untrack: Some(|_, bytes| note(format!("untrack {bytes}"))),
    memory_taken: Some(|_| note("memory_taken".into())),
    memory_left: Some(|_| note("memory_left".into())),
    frames_left: Some(|| note("frames_left".into())),
    creating_thread: Some(|| note("creating_thread".into())),
    thread_created: Some(|| note("thread_created".into())),
    thread_starting: Some(|thread| note(format!("thread_starting {thread}"))),
    thread_started: Some(|thread| note(format!("thread_started {thread}"))),
    thread_ending: Some(|thread| note(format!("thread_ending {thread}"))),
    thread_joined: Some(|thread| note(format!("thread_joined {thread}"))),
    delays_handlers: true,
    sees_pthreads: true,
    kinds: u64::MAX,
};

static WAITS_ALONE: Listener =
    Listener { woken: Some(|_, outcome, _| note(format!("also {outcome}"))), ..Listener::DEAF };

const ABOUT: &Awaited = &Awaited { object: 7, since: 0, is_one_of_several: false };

/// Tells one thing of each sort, and returns what the object is born with and whether its address
/// is free in the end.
fn tell_everything() -> (u64, bool) {
    let object = &raw const OBJECT;
    created(object, 7);
    let born = inspects(7);
    wanting(object, Hold::Owned, 8);
    acquired(object, Hold::Exclusive, true, 9);
    releasing(object, Hold::Signal);
    if hears_waits() {
        waiting(object, Some(5), ABOUT);
        woken(object, 6, ABOUT);
    }
    happened(Happening::Notified, object, 2);
    happens_before(object);
    happens_after(object);
    untrack(object, 8);
    untrack(ptr::null::<u64>(), 8);
    memory_taken(object);
    memory_left(object);
    frames_left();
    creating_thread();
    thread_created();
    thread_starting(1);
    thread_started(2);
    thread_ending(3);
    thread_joined(4);
    let is_free = ended(object, Hold::Owned, true);
    (born, is_free)
}

#[test]
fn a_listener_hears_every_verb_in_its_order() {
    let (born, is_free) = while_heard(&[&ALL_EARS], tell_everything);
    assert_eq!((born, is_free), (INSPECT, false));
    let expected = [
        "created 7",
        "wanting Owned 8",
        "acquired Exclusive true 9",
        "releasing Signal",
        "waiting Some(5) 7",
        "woken 6 7",
        "Notified 2",
        "happens_before",
        "happens_after",
        "untrack 8",
        "memory_taken",
        "memory_left",
        "frames_left",
        "creating_thread",
        "thread_created",
        "thread_starting 1",
        "thread_started 2",
        "thread_ending 3",
        "thread_joined 4",
        "ended Owned true",
    ];
    assert_eq!(told(), expected);
}

#[test]
fn where_nobody_listens_nothing_is_told_and_objects_are_born_plain() {
    assert_eq!(while_heard(&[], tell_everything), (0, true));
    assert_eq!(while_heard(&[&Listener::DEAF], tell_everything), (0, true));
    assert!(!while_heard(&[&Listener::DEAF], hears_waits));
    assert!(while_heard(&[&WAITS_ALONE], hears_waits));
    assert!(while_heard(&[], || !hears_objects() && !delays_handlers() && !sees_pthreads()));
    assert!(told().is_empty());
}

#[test]
fn one_that_hears_waits_alone_keeps_objects_on_their_fast_paths() {
    assert_eq!(while_heard(&[&WAITS_ALONE], tell_everything), (0, true));
    assert_eq!(told(), ["also 6"]);
}

#[test]
fn one_that_hears_a_single_thing_of_objects_has_them_born_with_inspect() {
    let all = [
        Listener { created: ALL_EARS.created, ..Listener::DEAF },
        Listener { acquired: ALL_EARS.acquired, ..Listener::DEAF },
        Listener { releasing: ALL_EARS.releasing, ..Listener::DEAF },
        Listener { ended: ALL_EARS.ended, ..Listener::DEAF },
        Listener { happens_before: ALL_EARS.happens_before, ..Listener::DEAF },
        Listener { happens_after: ALL_EARS.happens_after, ..Listener::DEAF },
    ];
    for listener in all {
        let listener: &'static Listener = Box::leak(Box::new(listener));
        assert_eq!(while_heard(&[listener], tell_everything).0, INSPECT);
        assert_eq!(told().len(), 1);
    }
}

#[test]
fn several_hear_the_same_in_the_order_in_which_they_came() {
    let object = &raw const OBJECT;
    while_heard(&[&WAITS_ALONE, &ALL_EARS], || woken(object, 1, ABOUT));
    assert_eq!(told(), ["also 1", "woken 1 7"]);
    assert!(while_heard(&[&WAITS_ALONE, &ALL_EARS], || ended(object, Hold::Unit, false)));
    assert!(while_heard(&[&ALL_EARS], || delays_handlers() && sees_pthreads()));
}

#[test]
fn one_registers_once_and_only_so_many_do() {
    let listeners: &'static Listeners = Box::leak(Box::new(Listeners::new()));
    assert!(listeners.register(&ALL_EARS) && listeners.register(&ALL_EARS));
    // ORDERING: SeqCst: only this thread registers here.
    assert!(listeners.places[1].load(Ordering::SeqCst).is_null());
    for _ in 1..MOST {
        assert!(listeners.register(Box::leak(Box::new(Listener::DEAF))));
    }
    assert!(!listeners.register(&WAITS_ALONE));
    assert!(listeners.register(&ALL_EARS));
    assert!(!listeners.hears(MEMORY) || listeners.hears(OBJECTS));
}

#[test]
fn one_that_is_switched_off_hears_nothing_and_is_heard_of_again_when_it_is_on() {
    let listeners: &'static Listeners = Box::leak(Box::new(Listeners::new()));
    let waits = || {
        listeners.tell(|listener| listener.woken, |hear| hear(ptr::null(), 1, ABOUT));
        told()
    };
    assert!(listeners.switch(&WAITS_ALONE, true) && listeners.switch(&ALL_EARS, true));
    assert_eq!(waits(), ["also 1", "woken 1 7"]);
    assert!(listeners.switch(&ALL_EARS, false));
    assert!(listeners.hears(WAITS) && !listeners.hears(OBJECTS | MEMORY | THREADS));
    assert_eq!(waits(), ["also 1"]);
    assert!(listeners.switch(&WAITS_ALONE, false) && !listeners.hears(u32::MAX));
    assert!(waits().is_empty());
    assert!(listeners.switch(&ALL_EARS, true) && listeners.hears(OBJECTS));
    assert_eq!(waits(), ["woken 1 7"]);
}

#[test]
fn objects_of_other_kinds_than_anybody_hears_of_stay_plain() {
    let some: &'static Listener =
        Box::leak(Box::new(Listener { kinds: 1 << 2 | 1 << 63, ..ALL_EARS }));
    while_heard(&[some], || {
        let inspected = (0..64).filter(|kind| inspects(*kind) == INSPECT);
        assert!(inspected.eq([2, 63]));
    });
    while_heard(&[some, &WAITS_ALONE], || assert_eq!(inspects(3), 0));
    while_heard(&[some, &ALL_EARS], || assert_eq!(inspects(3), INSPECT));
}
