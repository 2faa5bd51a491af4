//! What dumps call threads and objects.

use crate::inspect::dump::output::Output;
use crate::inspect::waits;
use crate::object::handle::{Handle, Kind};
use crate::object::kinds;
use crate::object::names;
use crate::object::text;
use crate::thread::name;

/// How much of a name is written.
const MOST: usize = 256;

/// Room for the name that the system has for a thread.
pub const COMM: usize = 16;

/// The name of the thread of that ident, if it has one.
fn of_thread(ident: u64, room: &mut [u8; MOST]) -> Option<usize> {
    name::copy(waits::thread_of(ident), room)
}

/// A name of that length that was copied into the room, and whether it is cut.
fn written(room: &[u8; MOST], length: usize) -> (&[u8], bool) {
    match room.get(..length) {
        Some(name) => (name, false),
        None => (text::cut(room, MOST - 1), true),
    }
}

/// Writes names.
pub trait Named {
    /// A thread by its name, in quotation marks, or by its ident.
    fn thread(&mut self, ident: u64);
    /// An object: its kind, its name if it has one, and its handle; whose it is, if it is the rlock
    /// of a condition.
    fn object(&mut self, object: Handle);
    /// Where the call is that returns to that address: a line, or else a place in a file.
    fn place(&mut self, site: usize);
    /// The same as JSON.
    fn json_place(&mut self, site: usize);
    /// A thread's name as JSON, or null.
    fn json_thread_name(&mut self, ident: u64);
    /// The name of an object or a thread as JSON, or null.
    fn json_object_name(&mut self, object: Handle);
    /// The same as a part of a string. False: it has none.
    fn json_part_of_object_name(&mut self, object: Handle) -> bool;
}

impl Named for Output {
    fn thread(&mut self, ident: u64) {
        let mut room = [0; MOST];
        match of_thread(ident, &mut room) {
            Some(length) => {
                let (name, is_cut) = written(&room, length);
                self.quoted(name);
                self.text(if is_cut { "..." } else { "" });
            }
            None => match waits::native_id_of(ident) {
                0 => {
                    self.text("thread ");
                    self.hexadecimal(ident);
                }
                native_id => {
                    self.text("native thread ");
                    self.number(native_id.into());
                }
            },
        }
    }

    fn object(&mut self, object: Handle) {
        self.text(kinds::name(object.tag().kind()));
        let mut room = [0; MOST];
        if let Some(length) = names::copy(object, &mut room) {
            let (name, is_cut) = written(&room, length);
            self.text(" ");
            self.quoted(name);
            self.text(if is_cut { "..." } else { "" });
        }
        self.text(" (");
        self.bits(object.0);
        self.text(")");
        if let Some(condition) = self.owners.find(object) {
            self.text(" of ");
            self.object(condition);
        }
    }

    fn place(&mut self, site: usize) {
        let place = self.places.find(site);
        match place.text() {
            b"" => self.hexadecimal(site as u64),
            text => self.escaped(text),
        }
    }

    fn json_place(&mut self, site: usize) {
        let place = self.places.find(site);
        match place.text() {
            b"" => {
                self.text("\"");
                self.hexadecimal(site as u64);
                self.text("\"");
            }
            text => self.json_string(text),
        }
    }

    fn json_thread_name(&mut self, ident: u64) {
        let mut room = [0; MOST];
        match of_thread(ident, &mut room) {
            Some(length) => self.json_string(written(&room, length).0),
            None => self.text("null"),
        }
    }

    fn json_object_name(&mut self, object: Handle) {
        if object.tag().kind() == Kind::Thread as u32 {
            return self.json_thread_name(object.0);
        }
        let mut room = [0; MOST];
        match names::copy(object, &mut room) {
            Some(length) => self.json_string(written(&room, length).0),
            None => self.text("null"),
        }
    }

    #[inline(never)]
    fn json_part_of_object_name(&mut self, object: Handle) -> bool {
        let mut room = [0; MOST];
        let is_thread = object.tag().kind() == Kind::Thread as u32;
        let length = match is_thread {
            true => name::copy(object, &mut room),
            false => names::copy(object, &mut room),
        };
        if let Some(length) = length {
            self.json_part(written(&room, length).0);
        }
        length.is_some()
    }
}
