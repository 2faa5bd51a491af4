//! What the library prints without being asked by a call: the setting.
//!
//! | bit | name  | means                                    | set by             | cleared by  |
//! |-----|-------|------------------------------------------|--------------------|-------------|
//! | 0   | TELL  | every call that fails is told            | `=1` and `=abort`  | –           |
//! | 1   | ASKED | the same                                 | the program        | the program |
//! | 2   | ABORT | the process ends at the first one        | `=abort`           | –           |
//! | 3   | QUIET | nothing is printed, whatever else is set | `=0`               | –           |
//!
//! `=1` is `THREADING_REPORT=1` in the environment, and so on.

// Not the facade's: a setting, which no model changes.
use core::sync::atomic::{AtomicU32, Ordering};

use crate::platform::caller;
use crate::platform::print::print_error;
use crate::platform::system;

const TELL: u32 = 1;
const ASKED: u32 = 1 << 1;
const ABORT: u32 = 1 << 2;
const QUIET: u32 = 1 << 3;

static SETTING: AtomicU32 = AtomicU32::new(0);

/// Reads `THREADING_REPORT` while the library is loaded. A value without a meaning is told, and
/// changes nothing.
pub fn read_setting() {
    let found = system::variable(c"THREADING_REPORT", |value| match value.to_bytes() {
        b"" => 0,
        b"0" => QUIET,
        b"1" => TELL,
        b"abort" => TELL | ABORT,
        other => {
            print_error(&[&[
                b"libthreading: THREADING_REPORT=",
                other,
                b" is ignored: 0 prints nothing, 1 tells calls that fail, abort also aborts",
            ]]);
            0
        }
    });
    let bits = found.unwrap_or(0);
    if bits & TELL != 0 {
        caller::set_up();
    }
    // ORDERING: Relaxed: a setting; nothing is published with it.
    SETTING.fetch_or(bits, Ordering::Relaxed);
}

/// From now on calls that fail are told, or not any more unless the environment says so.
pub fn set(is_asked: bool) {
    if is_asked {
        caller::set_up();
        // ORDERING: Release, pairs with the Acquire in `tells`: the caller can be found.
        SETTING.fetch_or(ASKED, Ordering::Release);
    } else {
        // ORDERING: Relaxed: as above.
        SETTING.fetch_and(!ASKED, Ordering::Relaxed);
    }
}

/// Whether calls that fail are told. Async-signal-safe.
#[inline]
pub fn tells() -> bool {
    // ORDERING: Acquire, pairs with the Release in `set`.
    let setting = SETTING.load(Ordering::Acquire);
    setting & (TELL | ASKED) != 0 && setting & QUIET == 0
}

/// Whether nothing is to be printed.
pub fn is_quiet() -> bool {
    // ORDERING: Relaxed: as in `read_setting`.
    SETTING.load(Ordering::Relaxed) & QUIET != 0
}

/// Whether the process ends where a call that fails has been told.
pub fn aborts() -> bool {
    // ORDERING: Relaxed: as in `read_setting`.
    SETTING.load(Ordering::Relaxed) & ABORT != 0
}
