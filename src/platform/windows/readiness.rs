//! A descriptor for `poll` that is readable while something is so: there is none yet. Programs of
//! Windows wait for sockets or for handles of events, and neither is a descriptor.

/// There is no room for one.
pub fn make() -> Option<i32> {
    None
}

/// None is.
pub fn is_own(_descriptor: i32) -> bool {
    false
}

/// Never called.
pub fn show(_descriptor: i32, _readable: bool) {}

/// As above.
pub fn replace(_descriptor: i32, _other: i32) -> bool {
    false
}

/// As above.
pub fn close(_descriptor: i32) {}
