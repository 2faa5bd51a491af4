//! Where a reader outside the process finds what a look reads: a debugger, a reader of a core, or
//! `tools/threading-dump`.
//!
//! The library exports one constant, `threading_debug_layout`. It begins with [`MAGIC`], the
//! version of the layout and its own size. Then come the library's version, the addresses, a row
//! for each kind of object, and numbers with their names: offsets of fields, bits and limits. So a
//! reader needs neither debugging information nor this source, and it never calls the library. All
//! numbers are in the byte order of the process.
//!
//! A reader of another version reads nothing more, since the same names may mean something else. A
//! change of what stands here needs a new version here and in `tools/threading_layout.py`: the test
//! below fails otherwise.
//!
//! The addresses are all that the loader has to relocate: two a row, and seven more.

use core::ffi::c_void;
use core::hint;
use core::mem::offset_of;
use core::ptr;

use crate::inspect::last_waits::{self, ring};
use crate::inspect::recorder::holds;
use crate::object::handle::GENERATION_BITS;
use crate::object::kinds::{Kind, LAST_NAMED_KIND};
use crate::object::label::{self, Label};
use crate::object::note::{NOTES_AT, Note};
use crate::object::table::{CHUNKS, FIRST, Slot, SlotLayout, Table};
use crate::object::word;
use crate::sync::barrier::{self, Barrier};
use crate::sync::condition::Condition;
use crate::sync::event::{self, Event};
use crate::sync::latch::{self, Latch};
use crate::sync::lock::Lock;
use crate::sync::queue::{self, Queue};
use crate::sync::rlock::Rlock;
use crate::sync::rwlock::slot::{self as rwlock, Rwlock};
use crate::sync::semaphore::{self, Semaphore};
use crate::sync::stop::{self, Stop};
use crate::thread::executor::{self, Executor};
use crate::thread::record::{self, Record};
use crate::thread::tasks::{MOST_SERVICE_THREADS, SERVICE_THREADS_AT};
use crate::wait::entries::{Entries, Entry};
use crate::wait::holder_note;
use crate::wait::lifeline::Lifeline;
use crate::wait::list::Node;
use crate::wait::mutex::mode;
use crate::wait::mutex::raw::RawMutex;
use crate::wait::parker::{self, Outcome, Parker};
use crate::wait::spin_then_park::WaitKind;
use crate::wait::wait_record::WaitRecord;
use crate::wait::waiter::Waiter;

/// What the constant begins with.
const MAGIC: [u8; 8] = *b"THREADNG";
/// The version of the layout.
const VERSION: u32 = 1;

/// A kind of object, and where its slots are.
#[repr(C)]
struct KindLayout {
    /// What C calls it, with NULs behind it.
    name: [u8; 16],
    /// Its number in a handle.
    number: u32,
    /// Bytes of a slot.
    slot_size: u32,
    /// Where in a slot its state word is.
    word: u32,
    reserved: u32,
    /// The first segment.
    first: *const c_void,
    /// The table; null if the slots are another kind's.
    table: *const c_void,
}

/// See the top of this file.
#[repr(C)]
pub struct DebugLayout {
    magic: [u8; 8],
    version: u32,
    /// Bytes of all of it.
    size: u32,
    /// The library's version, with NULs behind it.
    library: [u8; 16],
    /// How many kinds there are, where their rows begin, and the bytes of a row.
    kinds: [u32; 3],
    /// How many numbers there are, and where they begin.
    numbers: [u32; 2],
    /// Where their names begin, with a line feed behind each, and how many bytes there are.
    names: [u32; 2],
    reserved: u32,
    notes: *const c_void,
    service_threads: *const c_void,
    holds: [*const c_void; 3],
    last_waits: [*const c_void; 2],
    kind_rows: [KindLayout; KINDS],
    number_values: [u32; NUMBERS.len()],
    name_bytes: [u8; NAMES.len()],
}

// SAFETY: it is constant, and the addresses are only numbers to whoever reads it.
unsafe impl Sync for DebugLayout {}

const fn text<const ROOM: usize>(text: &str) -> [u8; ROOM] {
    let (mut room, mut at) = ([0; ROOM], 0);
    while at < text.len() {
        room[at] = text.as_bytes()[at];
        at += 1;
    }
    room
}

const fn row<T: Slot>(name: &str) -> KindLayout {
    let SlotLayout { size, word, first, table } = T::LAYOUT;
    let number = T::KIND as u32;
    KindLayout {
        name: text(name),
        number,
        slot_size: size as u32,
        word: word as u32,
        reserved: 0,
        first,
        table,
    }
}

const KINDS: usize = 17;

const ROWS: [KindLayout; KINDS] = [
    row::<Record>("thread"),
    row::<Lock>("lock"),
    row::<Rlock>("rlock"),
    row::<Condition>("condition"),
    row::<Semaphore>("semaphore"),
    row::<Event>("event"),
    row::<Barrier>("barrier"),
    KindLayout { number: Kind::Timer as u32, table: ptr::null(), ..row::<Record>("timer") },
    row::<crate::local::Local>("local"),
    row::<Rwlock>("rwlock"),
    row::<Latch>("latch"),
    row::<Stop>("stop"),
    row::<Queue>("queue"),
    row::<Executor>("executor"),
    KindLayout { number: Kind::Future as u32, table: ptr::null(), ..row::<Record>("future") },
    row::<Label>("label"),
    row::<Waiter>("waiter"),
];

macro_rules! numbers {
    ($($name:literal = $value:expr,)+) => {
        const NUMBERS: &[u32] = &[$($value as u32),+];
        const NAMES: &str = concat!($($name, "\n"),+);
    };
}

numbers! {
    "handle.generation_bits" = GENERATION_BITS,
    "table.first_segment" = FIRST,
    "table.chunk_count" = CHUNKS,
    "table.issued" = Table::<Lock>::ISSUED_AT,
    "table.chunks" = Table::<Lock>::CHUNKS_AT,
    "word.live" = word::LIVE,
    "note.size" = size_of::<Note>(),
    "note.label" = offset_of!(Note, label),
    "note.counted_tag" = offset_of!(Note, counted_tag),
    "note.timeouts" = offset_of!(Note, timeouts),
    "note.waits" = offset_of!(Note, waits),
    "note.total" = offset_of!(Note, total),
    "note.longest" = offset_of!(Note, longest),
    "note.longest_holder" = offset_of!(Note, longest_holder),
    "note.kinds" = LAST_NAMED_KIND + 1,
    "hold.size" = holds::NOTE_AT[0],
    "hold.tag" = holds::NOTE_AT[1],
    "hold.recording" = holds::NOTE_AT[2],
    "hold.count" = holds::NOTE_AT[3],
    "hold.total" = holds::NOTE_AT[4],
    "hold.longest" = holds::NOTE_AT[5],
    "hold.longest_site" = holds::NOTE_AT[6],
    "hold.longest_holder" = holds::NOTE_AT[7],
    "last_waits.size" = size_of::<ring::Ring>(),
    "last_waits.epoch" = ring::Ring::FIELDS_AT[0],
    "last_waits.ident" = ring::Ring::FIELDS_AT[1],
    "last_waits.taken" = ring::Ring::FIELDS_AT[2],
    "last_waits.places" = ring::Ring::FIELDS_AT[3],
    "last_waits.kept" = ring::KEPT,
    "last_wait.end_unit" = ring::END_UNIT,
    "last_wait.one_of_several" = ring::ONE_OF_SEVERAL,
    "last_wait.outcome" = ring::OUTCOME,
    "outcome.timed_out" = Outcome::TimedOut,
    "outcome.interrupted" = Outcome::Interrupted,
    "outcome.broken" = Outcome::Broken,
    "label.length" = Label::FIELDS_AT[0],
    "label.next" = Label::FIELDS_AT[1],
    "label.owner" = Label::FIELDS_AT[2],
    "label.text" = Label::FIELDS_AT[3],
    "label.bytes" = label::BYTES,
    "mutex.locked" = mode::LOCKED,
    "mutex.mark" = mode::MARK,
    "holder_note.foreign" = holder_note::FOREIGN,
    "holder_note.index" = holder_note::INDEX,
    "holder_note.index_bits" = holder_note::INDEX_BITS,
    "lock.holder" = Lock::FIELDS_AT[0] + offset_of!(RawMutex, holder),
    "lock.signal_tag" = Lock::FIELDS_AT[1],
    "rlock.holder" = Rlock::FIELDS_AT[0] + offset_of!(RawMutex, holder),
    "rlock.depth" = Rlock::FIELDS_AT[1],
    "condition.lock" = Condition::LOCK_AT,
    "condition.own" = Condition::OWN,
    "rwlock.holder" = Rwlock::MUTEX_AT + offset_of!(RawMutex, holder),
    "rwlock.reads" = rwlock::READERS,
    "rwlock.read" = rwlock::READER,
    "semaphore.count" = semaphore::COUNT,
    "event.set" = event::SET,
    "barrier.arrived" = barrier::ARRIVED,
    "barrier.parties" = Barrier::PARTIES_AT,
    "latch.count" = latch::COUNT,
    "stop.requested" = stop::REQUESTED,
    "queue.shut" = queue::SHUT,
    "queue.puts" = Queue::FIELDS_AT[0],
    "queue.gets" = Queue::FIELDS_AT[1],
    "queue.maxsize" = Queue::FIELDS_AT[2],
    "executor.count" = executor::COUNT,
    "executor.shut" = executor::SHUT,
    "record.ident" = offset_of!(Record, ident),
    "record.name" = offset_of!(Record, name),
    "record.number" = offset_of!(Record, number),
    "record.native_id" = offset_of!(Record, native_id),
    "record.phase" = record::PHASE,
    "record.new" = record::NEW,
    "record.starting" = record::STARTING,
    "record.running" = record::RUNNING,
    "record.finished" = record::FINISHED,
    "record.daemon" = record::DAEMON,
    "record.dummy" = record::DUMMY,
    "record.main" = record::MAIN,
    "record.pending" = record::PENDING,
    "record.task" = record::TASK,
    "record.periodic" = record::PERIODIC,
    "record.due" = offset_of!(Record, due),
    "waiter.record" = offset_of!(Waiter, record),
    "waiter.native_id" = offset_of!(Waiter, lifeline) + Lifeline::NATIVE_ID_AT,
    "waiter.arrival" = offset_of!(Waiter, node) + offset_of!(Node, arrival),
    "waiter.parker" = PARKER + Parker::WORD_AT,
    "waiter.epoch" = RECORD + WaitRecord::FIELDS_AT[0],
    "waiter.kind" = RECORD + WaitRecord::FIELDS_AT[1],
    "waiter.object" = RECORD + WaitRecord::FIELDS_AT[2],
    "waiter.ident" = RECORD + WaitRecord::FIELDS_AT[3],
    "waiter.deadline" = RECORD + WaitRecord::FIELDS_AT[4],
    "waiter.site" = RECORD + WaitRecord::FIELDS_AT[5],
    "waiter.entries" = offset_of!(Waiter, entries),
    "waiter.entries_in_use" = Waiter::ENTRIES_IN_USE_AT,
    "entry.size" = size_of::<Entry>(),
    "entry.shown" = Entries::FIELDS_AT[0],
    "entry.room" = Entries::FIELDS_AT[1],
    "parker.waiting" = parker::WAITING,
    "parker.manner" = parker::MANNER,
    "wait.sleep" = WaitKind::Sleep,
    "service_threads.count" = MOST_SERVICE_THREADS,
}

const PARKER: usize = offset_of!(Waiter, parker);
const RECORD: usize = PARKER + offset_of!(Parker, record);

/// What the library exports.
///
/// cbindgen:ignore
#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static threading_debug_layout: DebugLayout = DebugLayout {
    magic: MAGIC,
    version: VERSION,
    size: size_of::<DebugLayout>() as u32,
    library: text(env!("CARGO_PKG_VERSION")),
    kinds: [
        KINDS as u32,
        offset_of!(DebugLayout, kind_rows) as u32,
        size_of::<KindLayout>() as u32,
    ],
    numbers: [NUMBERS.len() as u32, offset_of!(DebugLayout, number_values) as u32],
    names: [offset_of!(DebugLayout, name_bytes) as u32, NAMES.len() as u32],
    reserved: 0,
    notes: NOTES_AT,
    service_threads: SERVICE_THREADS_AT,
    holds: holds::FOUND_AT,
    last_waits: last_waits::FOUND_AT,
    kind_rows: ROWS,
    number_values: match NUMBERS.first_chunk() {
        Some(numbers) => *numbers,
        None => panic!("they are as many"),
    },
    name_bytes: text(NAMES),
};

/// Lets a linker that leaves out what nobody uses keep the constant in a program that is linked to
/// the archive.
pub fn keep() {
    hint::black_box(&raw const threading_debug_layout);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::kinds::for_each_kind;
    use std::collections::HashSet;

    /// Of the numbers, their names and the rows, without the addresses.
    fn fingerprint() -> u64 {
        let rows = ROWS.iter().flat_map(|row| {
            let numbers = [row.number, row.slot_size, row.word].map(u32::to_le_bytes);
            row.name.into_iter().chain(numbers.into_iter().flatten())
        });
        let numbers = NUMBERS.iter().flat_map(|number| number.to_le_bytes());
        let bytes = rows.chain(numbers).chain(NAMES.bytes());
        // FNV-1a.
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    }

    /// The numbers are those of Linux on x86-64. Elsewhere slots may have other sizes.
    #[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
    #[test]
    fn another_layout_has_another_version() {
        let expected = (1, 0x9241_aed8_fac4_2a4e);
        let found = (VERSION, fingerprint());
        assert_eq!(found, expected, "new version here and in the reader? found: {found:#x?}");
    }

    #[test]
    fn the_reader_in_tools_is_one_of_this_version() {
        let reader = include_str!("../../tools/threading_layout.py");
        assert!(reader.contains(&format!("\nVERSION = {VERSION}\n")));
    }

    #[test]
    fn each_kind_that_c_sees_has_a_row_and_each_number_a_name() {
        macro_rules! kinds {
            ($(
                $(#[$text:meta])+
                $kind:ident = $number:literal, $slots:ident $(, $c:ident $c_text:literal)?;
            )+) => {
                [$($(($number, stringify!($c)),)?)+]
            };
        }
        for (number, name) in for_each_kind!(kinds) {
            let name: [u8; 16] = text(name.trim_start_matches("threading_"));
            assert!(ROWS.iter().any(|row| (row.number, row.name) == (number, name)), "{number}");
        }
        let names: HashSet<_> = NAMES.lines().collect();
        assert_eq!((names.len(), NAMES.lines().count()), (NUMBERS.len(), NUMBERS.len()));
    }
}
