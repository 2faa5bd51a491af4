//! Times the locks, conditions, barriers and threads of Rust's standard library and of parking_lot,
//! in rows named as those of threading_bench are. Both are compiled into this program and may be
//! inlined, as their users have them.

mod contended;
mod harness;
mod lock;
mod rwlock;
mod thread;
mod waiting;

use harness::{Row, Settings, fail};
use std::{env, fs, path::Path};

const HELP: &str =
    "rust_bench [--groups A,B] [--rows REGEX] [--pinned] [--quick] [--json FILE] [--list]";

fn main() {
    let (mut groups, mut pattern, mut path) = (None, String::new(), None);
    let (mut pinned, mut quick, mut list) = (false, false, false);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| fail(HELP));
        match argument.as_str() {
            "--groups" => groups = Some(value()),
            "--rows" => pattern = value(),
            "--json" => path = Some(value()),
            "--pinned" => pinned = true,
            "--quick" => quick = true,
            "--list" => list = true,
            _ => fail(HELP),
        }
    }
    let wanted = regex_lite::Regex::new(&pattern).unwrap_or_else(|error| fail(&error.to_string()));
    let settings = Settings::new(quick);
    let mut rows = lock::rows(&settings);
    rows.extend(contended::rows(&settings));
    rows.extend(rwlock::rows(&settings));
    rows.extend(waiting::rows(&settings));
    rows.extend(thread::rows(&settings));
    rows.retain(|row: &Row| {
        let chosen =
            groups.as_ref().is_none_or(|groups| groups.split(',').any(|group| group == row.group));
        chosen && wanted.is_match(row.name) && (row.pinned || !pinned)
    });
    let mut measured = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        if list {
            println!("{}\t{}\t{}", row.group, row.name, row.parameters);
            continue;
        }
        eprintln!("rust_bench {}/{}: {} {}", index + 1, rows.len(), row.name, row.parameters);
        measured.push(row.measure());
    }
    if let (Some(path), false) = (path, list) {
        let text = harness::report(measured);
        let directory = Path::new(&path).parent().unwrap_or(Path::new(""));
        if let Err(error) = fs::create_dir_all(directory).and_then(|()| fs::write(&path, text)) {
            fail(&format!("{path}: {error}"));
        }
    }
}
