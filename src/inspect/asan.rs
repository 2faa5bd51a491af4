//! AddressSanitizer, where its runtime is in the process: it forgets what it knows of frames that
//! are about to be unwound.

use crate::platform::weak;
use crate::probe::Listener;

/// What it hears.
static LISTENER: Listener = Listener { frames_left: Some(frames_left), ..Listener::DEAF };

/// It, if it is there.
pub fn listener() -> Option<&'static Listener> {
    weak::functions().__asan_handle_no_return.map(|_| &LISTENER)
}

fn frames_left() {
    if let Some(forget) = weak::functions().__asan_handle_no_return {
        // SAFETY: this is the type of the function of that name in the sanitizer's runtime; it
        // takes nothing.
        unsafe { forget() };
    }
}
