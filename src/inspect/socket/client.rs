//! One who has connected to the socket: a line comes, an answer goes, and the connection is closed.
//!
//! | request | answer                            |
//! |---------|-----------------------------------|
//! | `dump`  | what `threading_dump` writes      |
//! | `json`  | what `threading_dump_json` writes |
//!
//! To anything else, and where there is no answer, the answer is one line that begins with
//! `libthreading: `. No dump begins so. A request ends with its line, or where the client sends no
//! more.

use crate::inspect::dump::{self, Format};
use crate::platform::descriptor;
use crate::platform::local_socket::{Connection, Interest, Pages, Step};
use crate::status::Status;

/// How long a client has from when it was accepted until it has its answer, in nanoseconds.
const LIMIT: u64 = 10_000_000_000;
/// How much of that it has where others wait for its place.
const TURN: u64 = 2_000_000_000;
/// When a dump is tried again that could not be written beside another one, in nanoseconds.
const AGAIN: u64 = 10_000_000;
/// Room for a request and the end of its line, in bytes.
const ROOM: usize = 16;
/// How much of an answer is sent at once, in bytes.
const PIECE: usize = 4096;

/// A client.
pub struct Client {
    connection: Connection,
    limit: u64,
    stage: Stage,
}

/// How far a client has come.
enum Stage {
    /// So many bytes of its request are there.
    Asking([u8; ROOM], usize),
    /// Another dump is being written.
    Waiting(Format),
    /// So many bytes of its answer are sent.
    Reading(Pages, usize),
}

impl Client {
    /// It has connected.
    pub fn new(connection: Connection, now: u64) -> Client {
        Client { connection, limit: now + LIMIT, stage: Stage::Asking([0; ROOM], 0) }
    }

    /// When it has to leave, if others wait for its place.
    pub fn turn_ends(&self) -> u64 {
        self.limit - LIMIT + TURN
    }

    /// When it goes on, whatever comes.
    pub fn deadline(&self, now: u64) -> u64 {
        match self.stage {
            Stage::Waiting(_) => self.limit.min(now + AGAIN),
            _ => self.limit,
        }
    }

    /// What it waits for.
    pub fn interest(&self) -> Interest {
        match self.stage {
            Stage::Asking(..) => self.connection.receives(),
            Stage::Waiting(_) => Interest::NOTHING,
            Stage::Reading(..) => self.connection.sends(),
        }
    }

    /// Does what can be done without waiting. False: it is done with.
    pub fn go_on(&mut self, now: u64) -> bool {
        if now >= self.limit {
            return false;
        }
        if let Stage::Asking(request, length) = &mut self.stage {
            let rest = request.get_mut(*length..).unwrap_or_default();
            let is_over = match self.connection.receive(rest) {
                Step::Done(bytes) => {
                    *length += bytes;
                    bytes == 0
                }
                Step::NotYet => return true,
                Step::Gone => return false,
            };
            let text = request.get(..*length).unwrap_or_default();
            let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
            if !is_over && line.len() == text.len() && text.len() < ROOM {
                return true;
            }
            self.stage = match format_of(line) {
                Some(format) => Stage::Waiting(format),
                None => match in_one_line(b"a request is dump or json") {
                    Some(answer) => answer,
                    None => return false,
                },
            };
        }
        if let Stage::Waiting(format) = self.stage {
            match answer(format) {
                Ok(Some(answer)) => self.stage = answer,
                Ok(None) => return true,
                Err(NoMemory) => return false,
            }
        }
        match &mut self.stage {
            Stage::Reading(pages, sent) => send(&self.connection, pages, sent),
            _ => true,
        }
    }
}

/// What is asked for.
fn format_of(line: &[u8]) -> Option<Format> {
    match line.trim_ascii() {
        b"dump" => Some(Format::Text),
        b"json" => Some(Format::Json),
        _ => None,
    }
}

/// There is no memory even for a line.
struct NoMemory;

/// The answer; `Ok(None)`: not yet, since another dump is being written.
fn answer(format: Format) -> Result<Option<Stage>, NoMemory> {
    let pages = Pages::new().ok_or(NoMemory)?;
    match dump::write(pages.descriptor(), format) {
        Ok(()) => Ok(Some(Stage::Reading(pages, 0))),
        Err(Status::THREADING_BUSY) => Ok(None),
        Err(_) => in_one_line(b"there is no memory for the dump").map(Some).ok_or(NoMemory),
    }
}

/// An answer of one line.
fn in_one_line(text: &[u8]) -> Option<Stage> {
    let pages = Pages::new()?;
    let is_written = [b"libthreading: ", text, b"\n"]
        .iter()
        .all(|part| descriptor::write_all(pages.descriptor(), part));
    is_written.then_some(Stage::Reading(pages, 0))
}

/// Sends as much as the client takes. False: all is sent, or the client is gone.
fn send(connection: &Connection, pages: &Pages, sent: &mut usize) -> bool {
    let mut piece = [0; PIECE];
    loop {
        let length = pages.read(*sent, &mut piece);
        let piece = piece.get(..length).unwrap_or_default();
        if piece.is_empty() {
            return false;
        }
        match connection.send(piece) {
            Step::Done(bytes) => *sent += bytes,
            Step::NotYet => return true,
            Step::Gone => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_one_of_two_words_and_nothing_else() {
        for (line, format) in
            [(&b"dump"[..], Format::Text), (b"dump\r", Format::Text), (b" json ", Format::Json)]
        {
            assert!(format_of(line) == Some(format));
        }
        let others: [&[u8]; 8] =
            [b"", b"\0", b"dum", b"dump\0", b"dumpjson", b"dump json", b"JSON", b"\xff"];
        for line in others {
            assert!(format_of(line).is_none());
        }
    }
}
