//! The notice that `exit` prints after a long wait: the names of the threads that it waits for.

use core::ffi::CStr;

use crate::object::text::Room;
use crate::platform::print::print_error;
use crate::thread::name;
use crate::thread::record;
use crate::thread::reporting;

/// How long `exit` waits before it prints the notice, in nanoseconds.
pub const DELAY: u64 = 5_000_000_000;

/// The greatest number of names that are printed.
const NAMES: usize = 8;
/// The room for a name, in bytes with the NUL.
const LENGTH: usize = 64;

/// Prints the names of the threads that `exit` waits for to the standard error stream.
pub fn print() {
    let mut names = [[0u8; LENGTH]; NAMES];
    let mut count = 0;
    record::for_each(|thread, _, state| {
        if !state.has(record::COUNTED) {
            return true;
        }
        if let Some(place) = names.get_mut(count)
            && name::copy_out(thread, Room::of(place)).is_err()
        {
            return true;
        }
        count += 1;
        true
    });
    if count == 0 || reporting::is_quiet() {
        return;
    }
    let mut parts: [&[u8]; 2 * NAMES + 4] = [b""; 2 * NAMES + 4];
    let mut length = 0;
    let mut add = |part| {
        if let Some(place) = parts.get_mut(length) {
            *place = part;
            length += 1;
        }
    };
    add(b"libthreading: exit waits for ");
    for (number, name) in names.iter().take(count).enumerate() {
        add(if number == 0 { b"" } else { b", " });
        add(CStr::from_bytes_until_nul(name).map_or(b"?", CStr::to_bytes));
    }
    add(if count > NAMES { b" and others" } else { b"" });
    add(if count == 1 { b", which is not a daemon." } else { b", which are not daemons." });
    add(b" To stop threads and timers at the end, use threading_register_atexit.");
    print_error(&[&parts]);
}
