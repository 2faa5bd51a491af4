//! The timeline as Chrome's trace events, which Perfetto, speedscope and others draw: one object of
//! JSON, written piece by piece.
//!
//! | `ph`     | what                                                                           |
//! |----------|--------------------------------------------------------------------------------|
//! | M        | the names of the process and its threads                                       |
//! | X        | on a thread's track: waits, functions of timers, and the moment of a release   |
//! |          | or notify that somebody waits for                                              |
//! | i        | on a thread's track: marks, the beginning and the end of the thread, timers    |
//! |          | that are due or cancelled, forks                                               |
//! | b, e     | who holds a lock: each hold has an id that no other has                        |
//! | s, f     | from a release to the wait that it has ended                                   |
//! | C        | how many threads there are, and how many of them wait                          |
//!
//! Times are microseconds of the monotonic clock. The order in the file is none of time.

use crate::inspect::dump::naming::{COMM, Named};
use crate::inspect::dump::output::Output;
use crate::inspect::dump::threads;
use crate::inspect::timeline::event;
use crate::inspect::timeline::ring::Moment;
use crate::inspect::timeline::scale::Scale;
use crate::object::handle::{Handle, Kind};
use crate::object::kinds;
use crate::platform::system;

/// How long a moment lasts on a thread's track, in nanoseconds: an arrow begins only at something
/// that has a length.
pub const INSTANT: u64 = 1000;

/// Writes trace events.
pub struct Trace<'a> {
    /// Where to.
    pub out: &'a mut Output,
    /// What moments are.
    pub scale: Scale,
    pid: u32,
    is_first: bool,
    last_id: u64,
}

impl<'a> Trace<'a> {
    /// Begins the object, and names the process.
    pub fn begin(out: &'a mut Output, scale: Scale) -> Trace<'a> {
        out.text("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[");
        let pid = system::process_id();
        let mut trace = Trace { out, scale, pid, is_first: true, last_id: 0 };
        trace.metadata("process_name", pid);
        let mut room = [0; COMM];
        trace.out.json_part(threads::comm(pid, &mut room));
        trace.out.text("\"}}");
        trace
    }

    /// Plain text. One function for all, which are many.
    #[inline(never)]
    pub fn put(&mut self, text: &str) {
        self.out.text(text);
    }

    #[inline(never)]
    fn number(&mut self, number: u64) {
        self.out.number(number);
    }

    /// Ends the object. So many threads were not recorded.
    pub fn end(mut self, refused: u32) {
        let version = env!("CARGO_PKG_VERSION");
        self.put("\n],\"otherData\":{\"libthreading\":\"");
        self.put(version);
        self.put("\",\"unrecorded_threads\":");
        self.number(refused.into());
        self.put("}}\n");
    }

    /// The beginning of an event's object.
    #[inline(never)]
    fn open(&mut self, ph: u8) {
        self.put(if self.is_first { "\n{\"ph\":\"" } else { ",\n{\"ph\":\"" });
        self.is_first = false;
        self.out.bytes(&[ph]);
        self.put("\",\"pid\":");
        self.number(self.pid.into());
    }

    fn metadata(&mut self, what: &str, tid: u32) {
        self.on_track(b'M', tid);
        self.put(",\"name\":\"");
        self.put(what);
        self.put("\",\"args\":{\"name\":\"");
    }

    /// The name of a thread, which `write` writes as a part of a string.
    pub fn thread_name(&mut self, tid: u32, write: impl FnOnce(&mut Output)) {
        self.metadata("thread_name", tid);
        write(self.out);
        self.put("\"}}");
    }

    /// A time of that name in nanoseconds.
    #[inline(never)]
    fn time(&mut self, name: &str, nanoseconds: u64) {
        self.put(",\"");
        self.put(name);
        self.put("\":");
        self.number(nanoseconds / 1000);
        let digit = |unit: u64| b'0' + (nanoseconds / unit % 10) as u8;
        self.out.bytes(&[b'.', digit(100), digit(10), digit(1)]);
    }

    /// The beginning of an event on a thread's track, up to its name, at a time in nanoseconds.
    #[inline(never)]
    pub fn on_thread(&mut self, ph: u8, tid: u32, at: u64) {
        self.on_track(ph, tid);
        self.time("ts", at);
    }

    fn on_track(&mut self, ph: u8, tid: u32) {
        self.open(ph);
        self.put(",\"tid\":");
        self.number(tid.into());
    }

    /// A slice of a thread's track, up to its name, which is open.
    pub fn slice(&mut self, tid: u32, category: &str, (begin, end): (u64, u64)) {
        self.on_thread(b'X', tid, begin);
        self.time("dur", end.saturating_sub(begin));
        self.category(category);
    }

    fn category(&mut self, category: &str) {
        self.put(",\"cat\":\"");
        self.put(category);
        self.put("\",\"name\":\"");
    }

    /// A moment of a thread's, up to its name, which is open.
    pub fn instant(&mut self, tid: u32, category: &str, at: Moment) {
        self.on_thread(b'i', tid, self.scale.nanoseconds(at));
        self.put(",\"s\":\"t\"");
        self.category(category);
    }

    /// The end of the open name, and of the event.
    pub fn close(&mut self) {
        self.put("\"}");
    }

    /// An id that was never used.
    pub fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The beginning (b) or end (e) of a hold of an object, of that id.
    pub fn hold(&mut self, ph: u8, id: u64, object: Handle, (tid, at): (u32, Moment)) {
        self.on_thread(ph, tid, self.scale.nanoseconds(at));
        self.put(",\"id2\":{\"local\":\"");
        self.out.hexadecimal(id);
        self.put("\"}");
        self.category("hold");
        self.object(object);
        self.close();
    }

    /// An arrow from one thread to another, by times in nanoseconds.
    pub fn arrow(&mut self, (from, left): (u32, u64), (to, woken): (u32, u64)) {
        let id = self.new_id();
        for (ph, end, tid, at) in [(b's', "", from, left), (b'f', ",\"bp\":\"e\"", to, woken)] {
            self.on_thread(ph, tid, at);
            self.put(end);
            self.put(",\"id\":\"");
            self.out.hexadecimal(id);
            self.put("\"");
            self.category("wake");
            self.put("lets in");
            self.close();
        }
    }

    /// A number from that moment on.
    #[inline(never)]
    pub fn counter(&mut self, name: &str, at: Moment, number: u64) {
        self.open(b'C');
        let at = self.scale.nanoseconds(at);
        self.time("ts", at);
        self.put(",\"name\":\"");
        self.put(name);
        self.put("\",\"args\":{\"threads\":");
        self.number(number);
        self.put("}}");
    }

    /// What an object is called, in an open string: its kind and its name, or its handle; or of
    /// which condition it is.
    #[inline(never)]
    pub fn object(&mut self, object: Handle) {
        self.put(kinds::name(object.tag().kind()));
        if let Some(condition) = self.out.owners.find(object) {
            self.put(" of ");
            return self.object(condition);
        }
        self.put(" ");
        if !self.out.json_part_of_object_name(object) {
            self.out.bits(object.0);
        }
    }

    /// What a wait is called, in an open string. Perfetto knows the words of a lock's.
    #[inline(never)]
    pub fn wait(&mut self, payload: u64, sleeps: bool, holder: u64) {
        let object = event::object(payload);
        let kind = object.tag().kind();
        match object {
            _ if sleeps => return self.put("Sleeping"),
            Handle::NULL => return self.put("Waiting for the library"),
            _ => {}
        }
        let is_lock = kind == Kind::Lock as u32 || kind == Kind::Rlock as u32;
        if !is_lock {
            self.put("Waiting for ");
            return self.object(object);
        }
        self.put("Lock contention on ");
        if !self.out.json_part_of_object_name(object) {
            self.object(object);
        }
        if holder != 0 {
            self.put(" (owner tid: ");
            self.number(holder);
            self.put(")");
        }
    }
}
