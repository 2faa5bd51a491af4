//! The once: a function that succeeds once, whichever thread comes first.
//!
//! A once is 64 bits of the program's own and no object of the library's, so a static needs neither
//! a maker nor an end:
//!
//! | bits            | means                             | set by             | next          |
//! |-----------------|-----------------------------------|--------------------|---------------|
//! | 0               | no thread has come                | the program        | an rlock      |
//! | an rlock's      | its holder runs the function; if  | the first caller   | DONE; another |
//! | handle          | nobody holds it, that has failed  |                    | rlock         |
//! | DONE            | the function has succeeded        | the rlock's holder | –             |
//!
//! The rlock is made by the first caller and ends when the once is done. Threads that have waited
//! for it acquire it one after the other, find the once done, and release it. Whoever leaves tries
//! to end it, and finds it BUSY while others still wait: so the last one ends it.
//!
//! **A fork** leaves the rlock held in the child, by a thread that is gone. Its queue's lock has
//! the epoch of the parent then. In a child nobody acquires such an rlock before it has repaired
//! its queue. So an rlock that is held while its queue is stale was held at the fork: if not by
//! the thread that forked, the once gets another rlock, and the function runs anew.

use core::ffi::c_void;

use crate::atomic::{AtomicU64, Ordering};
use crate::object::cause::failure;
use crate::object::handle::{Handle, Kind};
use crate::object::names;
use crate::platform::abandoned::{Registered, Room};
use crate::platform::clock::{self, Deadline};
use crate::platform::fork_epoch;
use crate::probe;
use crate::status::Status;
use crate::sync::rlock::{self, Rlock};
use crate::wait::this_thread;
use crate::wait::timeout::Timeout;

/// The function has succeeded. It is no handle of any kind.
const DONE: u64 = 1;

/// What a thread that waits for a once is said to wait for.
const NAME: &[u8] = b"once";

/// See the top of this file.
#[repr(transparent)]
pub struct Once(AtomicU64);

/// A function of the user's; false: it has failed.
pub type Function = unsafe extern "C-unwind" fn(*mut c_void) -> bool;

impl Once {
    /// Nobody has come.
    pub const NEW: Once = Once(AtomicU64::new(0));

    /// Whether the function has succeeded. What it did is seen then. Async-signal-safe.
    #[inline(always)]
    pub fn is_done(&self) -> bool {
        // ORDERING: Acquire, pairs with the Release in `Running`: what the function did is seen.
        let is_done = self.0.load(Ordering::Acquire) == DONE;
        if is_done {
            probe::happens_after(self);
        }
        is_done
    }

    /// Runs the function, unless it has succeeded. While another thread runs one, it waits for at
    /// most that time.
    ///
    /// # Errors
    /// `THREADING_BROKEN` if this thread has run the function and it has failed;
    /// `THREADING_TIMEOUT`; `THREADING_WOULD_DEADLOCK` inside the function;
    /// `THREADING_INVALID_HANDLE` if the bits are those of no once; `THREADING_NO_RESOURCES`.
    ///
    /// # Safety
    /// The function may be called with this context.
    pub unsafe fn run(
        &self,
        function: Function,
        context: *mut c_void,
        timeout: Timeout,
    ) -> Result<(), Status> {
        let Some(running) = self.enter(timeout)? else { return Ok(()) };
        let room = Room::new();
        let registered = Registered::new(&room, &raw const running);
        // SAFETY: the caller's promise. If the function unwinds, the drop of `running` lets the
        // next thread try.
        let succeeded = unsafe { function(context) };
        registered.over();
        running.end(succeeded)
    }

    /// Waits until the caller is the one to run the function. `None`: it has succeeded.
    fn enter(&self, timeout: Timeout) -> Result<Option<Running<'_>>, Status> {
        fork_epoch::notice();
        let (_, deadline) = timeout.from_now_if_needed();
        while !self.is_done() {
            // ORDERING: Acquire, pairs with the exchange in `install`: the rlock is complete.
            let found = self.0.load(Ordering::Acquire);
            if found == 0 {
                self.install(0)?;
            } else if found != DONE {
                let rlock = Handle(found);
                let entered = self.acquire(rlock, deadline)?;
                // ORDERING: Relaxed: the rlock, which this thread holds, orders it.
                if entered && self.0.load(Ordering::Relaxed) == found {
                    return Ok(Some(Running { once: self, rlock, succeeded: false }));
                }
                if entered {
                    let _ = rlock::release(rlock);
                    end(rlock);
                }
            }
        }
        Ok(None)
    }

    /// Acquires the rlock. False: look again, since it has ended, or was replaced.
    fn acquire(&self, rlock: Handle, deadline: Deadline) -> Result<bool, Status> {
        let Ok((slot, is_held)) = find(rlock) else { return self.is_another(rlock) };
        // In this order: see the top of this file.
        let holder = slot.mutex().observed_holder();
        let is_stale = slot.mutex().core.is_stale();
        if is_held && holder == this_thread::ident() {
            return Err(failure!(
                THREADING_WOULD_DEADLOCK,
                c"the once's own function waits for the once"
            ));
        }
        if is_held && is_stale && holder != this_thread::ident_at_fork() {
            return self.install(rlock.0).map(|()| false);
        }
        slot.mutex().core.repair();
        if is_held && names::copy(rlock, &mut []).is_none() {
            // A wait without a name is a wait all the same.
            let _ = names::set::<Rlock>(rlock, NAME);
        }
        match rlock::acquire(rlock, left(deadline)) {
            Ok(()) => Ok(true),
            Err(Status::THREADING_TIMEOUT) if self.is_done() => {
                end(rlock);
                Ok(false)
            }
            Err(Status::THREADING_DESTROYED) => self.is_another(rlock),
            Err(status) => Err(status),
        }
    }

    /// Whether the once has other bits than that rlock, which does not exist: then they are looked
    /// at again.
    fn is_another(&self, rlock: Handle) -> Result<bool, Status> {
        // ORDERING: Relaxed: `enter` looks again.
        if self.0.load(Ordering::Relaxed) == rlock.0 {
            return Err(failure!(THREADING_INVALID_HANDLE, c"the bits are those of no once"));
        }
        Ok(false)
    }

    /// Puts a new rlock in the place of what is there, unless another thread has done so.
    fn install(&self, found: u64) -> Result<(), Status> {
        let made = rlock::new_owned()?;
        // ORDERING: AcqRel, pairs with the Acquire in `enter`: the rlock is complete. Relaxed on
        // failure: `enter` looks again.
        let (acq_rel, relaxed) = (Ordering::AcqRel, Ordering::Relaxed);
        match self.0.compare_exchange(found, made.0, acq_rel, relaxed) {
            Ok(0) => {}
            // Who holds it is gone, and nobody waits for it in this process.
            Ok(before) => {
                let _ = rlock::destroy_owned(Handle(before), |ident| ident == 0);
            }
            Err(_) => end(made),
        }
        Ok(())
    }
}

/// The rlock of a once, and whether it is held.
fn find(rlock: Handle) -> Result<(&'static Rlock, bool), Status> {
    if rlock.tag().kind() != Kind::Rlock as u32 {
        return Err(Status::THREADING_INVALID_HANDLE);
    }
    rlock::find_owned(rlock)
}

/// Ends the rlock, unless others wait for it or hold it; then they end it.
fn end(rlock: Handle) {
    let _ = rlock::destroy_owned(rlock, |_| true);
}

/// What is left of a time-out.
fn left(deadline: Deadline) -> Timeout {
    match deadline {
        Deadline::Never => Timeout::Forever,
        Deadline::At(end) => match end.saturating_sub(clock::now()) {
            0 => Timeout::Poll,
            left => Timeout::For(left),
        },
    }
}

/// Exists while the function runs. If the function unwinds, the drop lets the next thread try.
struct Running<'a> {
    once: &'a Once,
    rlock: Handle,
    succeeded: bool,
}

impl Running<'_> {
    fn end(mut self, succeeded: bool) -> Result<(), Status> {
        self.succeeded = succeeded;
        if succeeded { Ok(()) } else { Err(failure!(THREADING_BROKEN, c"the function has failed")) }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.succeeded {
            probe::happens_before(self.once);
            // ORDERING: Release, pairs with the Acquire in `is_done`.
            self.once.0.store(DONE, Ordering::Release);
        }
        let _ = rlock::release(self.rlock);
        if self.succeeded {
            end(self.rlock);
        }
    }
}
