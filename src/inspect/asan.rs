//! The listener for AddressSanitizer, where its runtime is in the process: the runtime discards its
//! knowledge of frames that are about to be unwound.

use crate::platform::weak;
use crate::probe::Listener;

static LISTENER: Listener = Listener { frames_left: Some(frames_left), ..Listener::DEAF };

/// The listener, if AddressSanitizer's runtime is in the process.
pub fn listener() -> Option<&'static Listener> {
    weak::functions().__asan_handle_no_return.map(|_| &LISTENER)
}

fn frames_left() {
    if let Some(forget) = weak::functions().__asan_handle_no_return {
        // SAFETY: this is the type of the function of that name in the sanitizer's runtime; it
        // takes no argument.
        unsafe { forget() };
    }
}
