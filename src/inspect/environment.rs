//! What the environment asks the inspector for, read once while the library is loaded.
//!
//! | variable              | value                                                              |
//! |-----------------------|--------------------------------------------------------------------|
//! | THREADING_DUMP_SIGNAL | the signal that writes a dump: a name such as QUIT, or a number    |
//! | THREADING_DUMP_FILE   | the file that dumps and reports go to; %p is the process's id      |
//! | THREADING_WATCH       | seconds between two looks for deadlocks, and after a comma how     |
//! |                       | many seconds a probable one has to last, 5 if nothing is said      |
//! | THREADING_ON_DEADLOCK | a list of report, dump, abort                                      |
//! | THREADING_INSPECT     | a list of what is recorded: the names in `inspect::switch`         |
//! | THREADING_TIMELINE    | the file that the timeline is written to at the end of the         |
//! |                       | process; %p is the process's id                                    |
//! | THREADING_CONTENTION  | how many of the objects that were waited for longest are written   |
//! |                       | at the end of the process                                          |
//! | THREADING_SOCKET      | 1: a thread answers threading-dump and threading-top; 0: none does |
//!
//! A value that cannot be used is told in one line, and ignored.

use core::ffi::CStr;

use crate::inspect::at_exit;
use crate::inspect::destination;
use crate::inspect::signal;
use crate::inspect::socket;
use crate::inspect::switch;
use crate::inspect::watch::{self, Actions};
use crate::platform::print::print_error;
use crate::platform::signals;
use crate::platform::system;
use crate::wait::timeout::Timeout;

/// How long a probable deadlock lasts before it is reported.
const PATIENCE: Timeout = Timeout::For(5_000_000_000);

/// Reads the variables, and does what they ask for.
pub fn read() {
    with(c"THREADING_DUMP_FILE", |file| match destination::set(file) {
        Ok(()) => Ok(()),
        Err(_) => Err(b"a path is UTF-8 of at most 1,023 bytes"),
    });
    with(c"THREADING_DUMP_SIGNAL", |name| {
        match signals::number_of(name).map(|number| signal::set(number, None)) {
            Some(Ok(())) => Ok(()),
            _ => Err(b"it is no signal that can be handled, or the program handles or ignores it"),
        }
    });
    with(c"THREADING_ON_DEADLOCK", |actions| match actions_of(actions) {
        Some(actions) => {
            watch::set_actions(actions);
            Ok(())
        }
        None => Err(b"it is a list of report, dump and abort, with commas between them"),
    });
    with(c"THREADING_WATCH", |times| {
        match times_of(times).map(|(interval, patience)| watch::set(interval, patience)) {
            Some(Ok(())) => Ok(()),
            _ => Err(b"it is one number of seconds, more than 0, or two with a comma between them"),
        }
    });
    with(c"THREADING_INSPECT", |features| match features_of(features).map(switch::set) {
        Some(Ok(())) => Ok(()),
        Some(Err(_)) => Err(b"there is no memory for it"),
        None => Err(b"it is a list of order, classes, holds, timeline and waits, with commas"),
    });
    read_for_the_end();
    with(c"THREADING_SOCKET", |value| match value {
        b"0" => Ok(()),
        b"1" => socket::start().map_err(|_| &b"the system has no thread for it"[..]),
        _ => Err(b"it is 1 or 0"),
    });
}

/// What is written at the end.
fn read_for_the_end() {
    with(c"THREADING_TIMELINE", |file| match file {
        [] => Ok(()),
        file => match at_exit::set_timeline(file) {
            Ok(()) => switch::add(switch::TIMELINE).map_err(|_| &b"there is no memory for it"[..]),
            Err(_) => Err(b"a path is UTF-8 of at most 1,023 bytes"),
        },
    });
    with(c"THREADING_CONTENTION", |number| match count_of(number) {
        Some(most) => {
            at_exit::set_contention(most);
            Ok(())
        }
        None => Err(b"it is a number of objects, from 1 to 1,000,000"),
    });
}

/// Uses a variable, if there is one. `Err` says why its value is no good.
fn with(name: &CStr, set: impl FnOnce(&[u8]) -> Result<(), &'static [u8]>) {
    system::variable(name, |value| {
        let value = value.to_bytes();
        if let Err(why) = set(value) {
            ignore(name, value, why);
        }
    });
}

fn ignore(name: &CStr, value: &[u8], why: &[u8]) {
    print_error(&[&[b"libthreading: ", name.to_bytes(), b"=", value, b" is ignored: ", why]]);
}

/// An interval, and a patience if one is said.
fn times_of(text: &[u8]) -> Option<(Timeout, Timeout)> {
    let mut parts = text.split(|byte| *byte == b',');
    let interval = seconds_of(parts.next()?)?;
    let patience = parts.next().map_or(Some(PATIENCE), seconds_of)?;
    parts.next().is_none().then_some((interval, patience))
}

/// A number of seconds such as 5 or 0.25. What the standard library reads numbers with is larger
/// than all else here.
fn seconds_of(text: &[u8]) -> Option<Timeout> {
    let (mut nanoseconds, mut digits, mut decimals) = (0_u64, 0, None);
    for byte in text.trim_ascii() {
        match byte {
            b'.' if decimals.is_none() => decimals = Some(0),
            b'0'..=b'9' if decimals != Some(9) => {
                nanoseconds = nanoseconds.checked_mul(10)?.checked_add((byte - b'0').into())?;
                digits += 1;
                decimals = decimals.map(|decimals| decimals + 1);
            }
            _ => return None,
        }
    }
    let left = 9 - decimals.unwrap_or(0);
    let nanoseconds = nanoseconds.checked_mul(10_u64.pow(left)).filter(|_| digits > 0)?;
    match nanoseconds {
        0 => Some(Timeout::Poll),
        _ if nanoseconds > i64::MAX as u64 => None,
        _ => Some(Timeout::For(nanoseconds)),
    }
}

/// A number of objects.
fn count_of(text: &[u8]) -> Option<u32> {
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u32::from(byte - b'0'));
    let number = text
        .iter()
        .try_fold(0_u32, |number, byte| number.checked_mul(10)?.checked_add(digit(byte)?))?;
    (1..=1_000_000).contains(&number).then_some(number)
}

fn actions_of(text: &[u8]) -> Option<Actions> {
    let mut actions = Actions { report: false, dump: false, abort: false };
    for word in text.split(|byte| *byte == b',') {
        match word {
            b"report" => actions.report = true,
            b"dump" => actions.dump = true,
            b"abort" => actions.abort = true,
            _ => return None,
        }
    }
    Some(actions)
}

fn features_of(text: &[u8]) -> Option<u32> {
    text.split(|byte| *byte == b',').try_fold(0, |features, word| {
        let named = switch::NAMES.iter().find(|(name, _)| *name == word)?;
        Some(features | named.1)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_time_is_none() {
        assert_eq!(times_of(b"5"), Some((Timeout::For(5_000_000_000), PATIENCE)));
        assert_eq!(times_of(b"0.5, 0"), Some((Timeout::For(500_000_000), Timeout::Poll)));
        let odd = (Timeout::For(10_000_000_001), Timeout::For(9_223_372_036_000_000_000));
        assert_eq!(times_of(b" 10.000000001,9223372036."), Some(odd));
        for nonsense in [
            &b""[..],
            b".",
            b"abc",
            b"1,",
            b"1,2,3",
            b"nan",
            b"\xff",
            b"1e99",
            b"-1",
            b"1.2.3",
            b"0.1234567891",
            b"9223372037",
            b"99999999999999999999999999",
        ] {
            assert_eq!(times_of(nonsense), None);
        }
    }

    #[test]
    fn what_is_no_number_of_objects_is_none() {
        assert_eq!((count_of(b"20"), count_of(b"1000000")), (Some(20), Some(1_000_000)));
        for nonsense in [&b""[..], b"0", b"-1", b" 20", b"1000001", b"99999999999", b"x", b"2.5"] {
            assert_eq!(count_of(nonsense), None);
        }
    }

    #[test]
    fn what_is_no_list_of_actions_is_none() {
        let all = Actions { report: true, dump: true, abort: true };
        assert_eq!(actions_of(b"abort,dump,report"), Some(all));
        for nonsense in [&b""[..], b"abort ", b"abort,", b"Abort", b"report;dump"] {
            assert_eq!(actions_of(nonsense), None);
        }
    }

    #[test]
    fn what_is_no_list_of_features_is_none() {
        assert_eq!(features_of(b"order"), Some(switch::ORDER));
        assert_eq!(features_of(b"classes"), Some(switch::CLASSES));
        assert_eq!(features_of(b"waits,timeline"), Some(switch::WAITS | switch::TIMELINE));
        assert_eq!(features_of(b"holds,order,holds"), Some(switch::ORDER | switch::HOLDS));
        for nonsense in [&b""[..], b"order ", b"order,", b"Order", b"order;holds", b"3"] {
            assert_eq!(features_of(nonsense), None);
        }
    }
}
