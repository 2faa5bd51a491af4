//! Dumps that a signal asks for.

use crate::inspect::destination;
use crate::inspect::dump::{self, Format};
use crate::object::cause::failure;
use crate::platform::print::print_error;
use crate::platform::signals::{self, NotHandled};
use crate::status::Status;
use crate::wait::mutex::internal::{InternalMutex, Mutex};

/// The signal that writes dumps; 0: none.
static SIGNAL: Mutex<i32> = Mutex::new(0);

/// The internal locks of this module, for the fork handlers.
pub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {
    // SAFETY: the fork handlers release exactly what they have locked.
    visit(unsafe { SIGNAL.raw() });
}

/// From now on that signal, and no other, writes a dump; 0: none does. Reports go to that file from
/// now on, to the standard error stream if it is empty, and stay where they are without a path.
///
/// # Errors
/// `THREADING_BUSY` if the program uses the signal; `THREADING_INVALID_ARGUMENT`,
/// `THREADING_NO_RESOURCES`.
pub fn set(signal: i32, path: Option<&[u8]>) -> Result<(), Status> {
    let mut current = SIGNAL.lock();
    if signal != 0 {
        signals::handle(signal, write).map_err(|refusal| match refusal {
            NotHandled::InUse => {
                failure!(THREADING_BUSY, c"the program handles or ignores the signal")
            }
            NotHandled::NoSuchSignal => failure!(
                THREADING_INVALID_ARGUMENT,
                c"there is no such signal, or it cannot be handled"
            ),
        })?;
    }
    if let Err(status) = path.map_or(Ok(()), destination::set) {
        if signal != *current {
            signals::give_back(signal, write);
        }
        return Err(status);
    }
    if *current != 0 && *current != signal {
        signals::give_back(*current, write);
    }
    *current = signal;
    Ok(())
}

/// The smallest alternate stack on which a dump is written, in bytes: a dump takes 16 KB with the
/// kernel's frame.
const LEAST_STACK: usize = 24 << 10;

extern "C" fn write(_signal: i32) {
    if signals::is_on_smaller_stack(LEAST_STACK) {
        // What lies below that stack may be anything.
        let line: &[u8] = b"libthreading: no dump: the alternate signal stack has less than 24 KB";
        return print_error(&[&[line]]);
    }
    let _ = destination::with(|descriptor| dump::write(descriptor, Format::Text));
}
