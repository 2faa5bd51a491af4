//! The socket: a thread of the library's that answers `threading-dump` and `threading-top`, for
//! which THREADING_SOCKET=1 in the environment asks. Its name is `threading/PID`, with the number
//! of the process, among Linux's abstract names.
//!
//! Who connects sends one line, and gets one answer (`client`). Only the user whose rights the
//! process has, and root, get any.
//!
//! | `STATE`     | means                                                                        |
//! |-------------|------------------------------------------------------------------------------|
//! | 0           | nobody has asked for it                                                      |
//! | a mark of   | the thread was started in that process, and in no other. It runs until the   |
//! | a process   | end of the process, unless the name is taken                                 |
//!
//! The thread has a table of descriptors of its own. So the program sees none of them, closes none
//! by mistake, and leaves none to a child. A forked child has no such thread, and its parent's name
//! is not its name; it gets one as it gets a watch.
//!
//! Nobody makes the thread wait. Each client has a place and a limit of time. When all places are
//! taken, the client that came first leaves its own to the next one after two seconds. An answer is
//! written to memory first, so that nobody who reads slowly keeps other dumps from being written.

mod client;

use core::ffi::c_void;
use core::fmt::Write;
use core::ptr;

use crate::atomic::{AtomicU32, Ordering};
use crate::inspect::own_threads;
use crate::inspect::socket::client::Client;
use crate::platform::clock::{self, Deadline};
use crate::platform::local_socket::{self, Connection, Interest, Listener, Refusal};
use crate::platform::print::{FixedText, print_error};
use crate::platform::signals::{self, Signals};
use crate::platform::system;
use crate::platform::tasks;
use crate::status::Status;
use crate::thread::service_thread::{self, OwnMemory};
use crate::thread::stack;
use crate::thread::stand_in;
use crate::thread::tasks::ListedTask;

/// See the table at the top.
static STATE: AtomicU32 = AtomicU32::new(0);

/// How many clients are served at once.
const PLACES: usize = 8;
/// How long the system is left alone when it has no room for a client, in nanoseconds.
const PAUSE: u64 = 100_000_000;
/// How long nobody is accepted after a client of another user, in nanoseconds: such a client costs
/// the process next to nothing, however many come.
const STRANGER_PAUSE: u64 = 10_000_000;
/// The user who may ask every process.
const ROOT: u32 = 0;

/// From now on a thread answers.
///
/// # Errors
/// `THREADING_NO_RESOURCES` if the system refuses the thread.
pub fn start() -> Result<(), Status> {
    start_after(0)
}

/// In a forked child: starts the thread again if the parent had one. False: the system refuses it,
/// and the next call tries again.
pub fn resume_after_fork() -> bool {
    // ORDERING: Relaxed, here and below: `own_threads` says why.
    let found = STATE.load(Ordering::Relaxed);
    found == 0 || found == own_threads::mark() || start_after(found).is_ok()
}

fn start_after(found: u32) -> Result<(), Status> {
    let mark = own_threads::mark();
    // ORDERING: as above.
    if STATE.compare_exchange(found, mark, Ordering::Relaxed, Ordering::Relaxed).is_err() {
        // Another thread was first.
        return Ok(());
    }
    let started = service_thread::start(run, stack::default());
    match started {
        Ok(()) => own_threads::note_started(),
        // ORDERING: as above.
        Err(_) => STATE.store(found, Ordering::Relaxed),
    }
    started
}

extern "C-unwind" fn run(_: *mut c_void) -> *mut c_void {
    let _memory = OwnMemory::new();
    signals::block(Signals::All);
    service_thread::detach_self();
    tasks::set_own_name(c"socket");
    let _listed = ListedTask::new();
    stand_in::ensure();
    match listen() {
        Ok(listener) => serve(&listener),
        Err(why) => {
            print_error(&[&[b"libthreading: THREADING_SOCKET=1 is ignored: ", why]]);
        }
    }
    ptr::null_mut()
}

/// The socket, in a thread with descriptors of its own, or why there is none.
fn listen() -> Result<Listener, &'static [u8]> {
    const REFUSED: &[u8] = b"the system has no such socket, or no descriptors of a thread's own";
    if !local_socket::separate() {
        return Err(REFUSED);
    }
    let mut room = [0; 32];
    let mut name = FixedText::new(&mut room);
    let _ = write!(name, "threading/{}", system::process_id());
    let listener = Listener::new(name.as_bytes()).map_err(|refusal| match refusal {
        Refusal::InUse => b"another socket has that name",
        Refusal::Refused => REFUSED,
    })?;
    local_socket::close_standard_streams(&listener);
    Ok(listener)
}

/// Answers all who come, for ever.
fn serve(listener: &Listener) -> ! {
    let mut clients = [const { None::<Client> }; PLACES];
    // When the next client may be accepted.
    let mut pauses_until = 0;
    loop {
        wait(listener, &clients, pauses_until);
        let now = clock::now();
        for place in &mut clients {
            if !place.as_mut().is_some_and(|client| client.go_on(now)) {
                *place = None;
            }
        }
        if now < opens_at(&clients, pauses_until) {
            continue;
        }
        match listener.accept() {
            Ok(Some(connection)) if may_ask(&connection) => {
                if let Some(place) = clients.iter_mut().min_by_key(|place| turn_ends(place)) {
                    *place = Some(Client::new(connection, now));
                }
            }
            Ok(None) => {}
            Ok(Some(_)) => pauses_until = now + STRANGER_PAUSE,
            Err(_) => pauses_until = now + PAUSE,
        }
    }
}

/// When the client in a place has to leave it to another one; 0: nobody is there.
fn turn_ends(place: &Option<Client>) -> u64 {
    place.as_ref().map_or(0, Client::turn_ends)
}

/// When there is a place for a client, or the one that came first has had its turn.
fn opens_at(clients: &[Option<Client>], pauses_until: u64) -> u64 {
    clients.iter().map(turn_ends).min().unwrap_or(0).max(pauses_until)
}

/// Sleeps until there is something to do.
fn wait(listener: &Listener, clients: &[Option<Client>], pauses_until: u64) {
    let mut interests = [const { Interest::NOTHING }; PLACES + 1];
    let mut deadline = u64::MAX;
    let now = clock::now();
    for (interest, client) in interests.iter_mut().zip(clients) {
        if let Some(client) = client {
            *interest = client.interest();
            deadline = deadline.min(client.deadline(now));
        }
    }
    let opens_at = opens_at(clients, pauses_until);
    if now < opens_at {
        deadline = deadline.min(opens_at);
    } else if let Some(last) = interests.last_mut() {
        *last = listener.accepts();
    }
    let deadline = if deadline == u64::MAX { Deadline::Never } else { Deadline::At(deadline) };
    local_socket::wait(&mut interests, deadline);
}

/// Whether it is of a user who may ask. Another one is told.
fn may_ask(connection: &Connection) -> bool {
    let user = connection.user();
    let may = user == Some(local_socket::own_user()) || user == Some(ROOT);
    if !may {
        connection.send(b"libthreading: only the user of this process, and root, are answered\n");
    }
    may
}
