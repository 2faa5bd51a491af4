//! Waiting for any of several objects that C names by their handles, and waiting with a stop.

use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::platform::clock::Deadline;
use crate::status::Status;
use crate::sync::{condition, event, latch, lock, rlock, semaphore, stop};
use crate::thread::executor::future::{self, Blocking};
use crate::thread::join;
use crate::thread::record::{self, TIMER};
use crate::wait::any;
use crate::wait::member::Member;
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// How many objects a thread may wait for at once.
pub const MOST: usize = 64;

/// Why a wait failed, and the handle that the failure is about.
pub type Failure = (Status, Handle);

const EVENT: u32 = Kind::Event as u32;
const STOP: u32 = Kind::Stop as u32;
const SEMAPHORE: u32 = Kind::Semaphore as u32;
const LOCK: u32 = Kind::Lock as u32;
const LATCH: u32 = Kind::Latch as u32;
const THREAD: u32 = Kind::Thread as u32;
const TIMER_THREAD: u32 = Kind::Timer as u32;
const FUTURE: u32 = Kind::Future as u32;

/// What the fast path of [`wait_any`] found.
pub enum Quick {
    /// The object of that number was ready, and is taken.
    Taken(usize),
    /// No object was ready when it was looked at.
    NoneReady,
    /// The fast path cannot tell: the caller has to call [`wait_any`].
    Unknown,
}

/// The fast path of [`wait_any`]: takes the first that is ready.
#[inline(always)]
pub fn take_quickly(objects: &[Handle]) -> Quick {
    for (index, object) in objects.iter().enumerate() {
        let is_taken = match object.tag().kind() {
            EVENT => event::is_set_quickly(*object),
            SEMAPHORE => semaphore::try_quickly(*object),
            LOCK => lock::try_quickly(*object),
            STOP => stop::requested_quickly(*object),
            _ => None,
        };
        match is_taken {
            Some(true) => return Quick::Taken(index),
            Some(false) => {}
            None => return Quick::Unknown,
        }
    }
    Quick::NoneReady
}

/// Takes the object of a handle if it is ready; else nothing has changed.
fn try_take(object: Handle) -> Result<bool, Status> {
    let tried = match object.tag().kind() {
        EVENT => return event::is_set(object),
        STOP => return stop::requested(object),
        LATCH => return latch::is_open(object),
        SEMAPHORE => semaphore::acquire(object, Timeout::Poll),
        LOCK => lock::acquire(object, Timeout::Poll),
        _ => {
            let found = member(object)?;
            return match found.try_take(None, this_thread::ident)? {
                true => (found.means.taken)(&found, true).map(|()| true),
                false => Ok(false),
            };
        }
    };
    match tried {
        Ok(()) => Ok(true),
        Err(Status::THREADING_TIMEOUT) => Ok(false),
        Err(status) => Err(status),
    }
}

/// The object of a handle as a member.
fn member(object: Handle) -> Result<Member, Status> {
    match object.tag().kind() {
        EVENT => event::member(object),
        SEMAPHORE => semaphore::member(object),
        STOP => stop::member(object),
        LOCK => lock::member(object),
        LATCH => latch::member(object),
        kind => member_of_rare_kind(kind, object),
    }
}

fn member_of_rare_kind(kind: u32, object: Handle) -> Result<Member, Status> {
    const OTHERS: [u32; 4] =
        [Kind::Rlock as u32, Kind::Condition as u32, Kind::Barrier as u32, Kind::Local as u32];
    match kind {
        THREAD => join::member(object),
        FUTURE => future::member(object),
        TIMER_THREAD => {
            let thread = object.with_kind(Kind::Thread);
            let (_, state) = record::find(thread)?;
            if !state.has(TIMER) {
                return Err(Status::THREADING_INVALID_HANDLE);
            }
            join::member(thread)
        }
        kind if OTHERS.contains(&kind) => Err(failure!(
            THREADING_INVALID_ARGUMENT,
            c"an object of this kind cannot be waited for together with others"
        )),
        _ => Err(Status::THREADING_INVALID_HANDLE),
    }
}

/// Waits until one of the objects is ready, takes it, and returns its number. Of several that are
/// ready when it is called the first is taken.
///
/// # Errors `THREADING_TIMEOUT`, with a null handle; the status of the first member found that
/// cannot be waited for, with its handle; `THREADING_NO_RESOURCES` if there is no memory to wait.
#[cold]
pub fn wait_any(objects: &[Handle], timeout: Timeout) -> Result<usize, Failure> {
    for (index, object) in objects.iter().enumerate() {
        if try_take(*object).map_err(|status| (status, *object))? {
            return Ok(index);
        }
    }
    if timeout == Timeout::Poll {
        return Err((Status::THREADING_TIMEOUT, Handle::NULL));
    }
    let found = |index: usize| {
        let object = objects.get(index).copied().unwrap_or(Handle::NULL);
        member(object)
    };
    let waited = way_to_wait(objects)(&found, objects.len(), 0, timeout.from_now());
    waited.map_err(|status| (status, blamed(objects, status)))
}

/// How to wait for those objects: if one is a future, so that another task may run meanwhile.
#[inline(always)]
fn way_to_wait(objects: &[Handle]) -> WaitForAny {
    match objects.iter().any(|object| object.tag().kind() == FUTURE) {
        true => wait_blocking,
        false => any::wait_for_any,
    }
}

type WaitForAny = fn(any::Members<'_>, usize, usize, (u64, Deadline)) -> Result<usize, Status>;

#[cold]
#[inline(never)]
fn wait_blocking(
    members: any::Members<'_>,
    count: usize,
    named: usize,
    times: (u64, Deadline),
) -> Result<usize, Status> {
    let _blocking = Blocking::begin()?;
    any::wait_for_any(members, count, named, times)
}

/// The first member that fails so; null: none does.
fn blamed(objects: &[Handle], status: Status) -> Handle {
    let is_blamed = |object: &&Handle| member(**object).is_err_and(|found| found == status);
    objects.iter().find(is_blamed).copied().unwrap_or(Handle::NULL)
}

/// A call that waits for an object within a time.
pub enum StopWait {
    /// It knows nothing of stops.
    Plain(fn(Handle, Timeout) -> Result<(), Status>),
    /// Its wait is one that the stop ends; the stop may be null.
    Own(fn(Handle, Timeout, Handle) -> Result<(), Status>),
}

/// What the call was given beside the stop, unless the stop has come. A null stop never comes. That
/// it has come is told only to a call that could be made otherwise.
///
/// # Errors
/// As `stop::check`, with the stop's handle; those of the arguments.
pub fn unless_stopped<T>(stop: Handle, arguments: Result<T, Failure>) -> Result<T, Failure> {
    if stop.is_null() {
        return arguments;
    }
    match stop::check(stop) {
        Ok(()) => arguments,
        Err(Status::THREADING_INTERRUPTED) => {
            arguments.and(Err((Status::THREADING_INTERRUPTED, stop)))
        }
        Err(status) => Err((status, stop)),
    }
}

/// Makes such a call, unless the stop has come, and waits no longer than until it comes. A null
/// stop never comes.
///
/// # Errors
/// Those of the call, but `THREADING_INTERRUPTED` if the stop has come first: then nothing has
/// changed; those of [`unless_stopped`].
pub fn wait_with_stop(
    object: Handle,
    timeout: Result<Timeout, Status>,
    stop: Handle,
    call: &StopWait,
) -> Result<(), Failure> {
    let of_object = |status: Status| (status, object);
    let timeout = unless_stopped(stop, timeout.map_err(of_object))?;
    let call = match call {
        StopWait::Own(call) => return call(object, timeout, stop).map_err(of_object),
        StopWait::Plain(call) if stop.is_null() => return call(object, timeout).map_err(of_object),
        StopWait::Plain(call) => call,
    };
    match call(object, Timeout::Poll) {
        Err(Status::THREADING_TIMEOUT) if timeout != Timeout::Poll => {}
        answer => return answer.map_err(of_object),
    }
    let members = |index: usize| if index == 0 { stop::member(stop) } else { waited_for(object) };
    match way_to_wait(&[object])(&members, 2, 1, timeout.from_now()) {
        Ok(0) => Err((Status::THREADING_INTERRUPTED, object)),
        Ok(_) => Ok(()),
        Err(status) => Err(of_object(status)),
    }
}

/// What a wait with a stop waits for: as [`member`], and an rlock or the lock of a condition as
/// well. The caller has tried to acquire it, so it does not own the rlock.
fn waited_for(object: Handle) -> Result<Member, Status> {
    let is_condition = object.tag().kind() == Kind::Condition as u32;
    let object = if is_condition { condition::lock_of(object)? } else { object };
    if object.tag().kind() == Kind::Rlock as u32 { rlock::member(object) } else { member(object) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::memory::while_exhausted;
    use crate::status::threading_status::THREADING_NO_RESOURCES;

    #[test]
    fn without_memory_for_the_entries_nothing_is_linked() {
        std::thread::spawn(|| {
            let (set, units) = (event::new().unwrap(), semaphore::new(0, false).unwrap());
            let stop = stop::new(Handle::NULL, Timeout::Forever).unwrap();
            // The thread has a waiter already, but no entries.
            assert!(this_thread::waiter().is_some());
            while_exhausted(|| {
                let any = wait_any(&[set, units, stop], Timeout::For(1));
                assert_eq!(any.map_err(|(status, _)| status), Err(THREADING_NO_RESOURCES));
                let call = StopWait::Plain(semaphore::acquire);
                let acquired = wait_with_stop(units, Ok(Timeout::For(1)), stop, &call);
                assert_eq!(acquired, Err((THREADING_NO_RESOURCES, units)));
                assert_eq!(stop::wait(stop, Timeout::For(1)), Err(THREADING_NO_RESOURCES));
                assert!(stop::new(stop, Timeout::Forever).is_err());
            });
            for ended in [event::destroy(set), semaphore::destroy(units), stop::destroy(stop)] {
                assert_eq!(ended, Ok(()));
            }
        })
        .join()
        .expect("the thread ends");
    }
}
