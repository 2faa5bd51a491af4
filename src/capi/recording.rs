//! What is recorded at run time, for C.

use crate::inspect::switch;
use crate::lifecycle;
use crate::object::handle::Handle;
use crate::status::threading_status;

/// Begins to record what costs something while it is recorded, or ends that.
///
/// While ORDER, HOLDS or TIMELINE is on, each acquire and release of a lock or rlock takes several
/// times as long as else: some hundred instructions instead of some dozen. While nothing is on,
/// nothing costs anything. The environment variable THREADING_INSPECT does the same without a call:
/// a list of `order`, `holds` and `timeline`, with commas between them. Call sites need no switch:
/// what blocks, or is recorded, is known by its line.
///
/// What is held at the moment of the call is recorded from its next acquire on. A forked child
/// records what its parent did.
/// @param what  any of THREADING_INSPECT_ORDER, THREADING_INSPECT_HOLDS and
/// THREADING_INSPECT_TIMELINE; 0: nothing from now on.
/// @retval THREADING_OK  this is recorded from now on, and nothing else.
/// @retval THREADING_INVALID_ARGUMENT  `what` has a bit that stands for nothing; nothing has
/// changed.
/// @par Blocking
/// Never, except for a short time while another thread calls it. The call visits each object of the
/// process.
/// @par Thread safety
/// Any thread.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn threading_inspect(what: u32) -> threading_status {
    lifecycle::ensure();
    super::outcome(c"threading_inspect", Handle::NULL, switch::set(what))
}
