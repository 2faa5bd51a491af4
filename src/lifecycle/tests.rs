//! That no subsystem is left out of the table: the sources are walked for internal locks and for
//! functions that a fork or the end of a thread has to call.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::subsystems::{SUBSYSTEMS, for_each_internal_lock};

/// A module of the crate: its path, and its code without comments and tests.
struct Module {
    path: String,
    code: String,
}

/// The functions that the table calls. A module has them under the names of the columns.
const COLUMNS: [&str; 5] =
    ["internal_locks", "repair_after_fork", "reset_after_fork", "every_round", "last_round"];
/// The types of internal locks.
const LOCKS: [&str; 2] = ["Mutex", "InternalMutex"];

impl Module {
    fn new(path: &str, source: &str) -> Module {
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let lines = source.lines().map(|line| line.split("//").next().unwrap_or_default());
        Module { path: path.to_owned(), code: lines.collect::<Vec<_>>().join("\n") }
    }

    fn imports_internal_locks(&self) -> bool {
        self.code.contains("mutex::internal")
    }

    /// The part of the code from a line that begins so to a line that begins with `end`.
    fn item(&self, begin: &str, end: &str) -> Option<&str> {
        let from = self.code.find(&format!("\n{begin}"))? + 1;
        let rest = self.code.get(from..)?;
        rest.get(..rest.find(&format!("\n{end}")).unwrap_or(rest.len()))
    }

    /// The columns for which this module has a function.
    fn columns(&self) -> Vec<&'static str> {
        let has = |column: &&str| self.item(&format!("pub fn {column}("), "}").is_some();
        COLUMNS.into_iter().filter(has).collect()
    }

    /// How the table names the function of this module for a column.
    fn entry(&self, column: &str) -> String {
        let name = self.path.rsplit("::").next().unwrap_or_default();
        format!("{column}: {name}::{column},")
    }

    /// The types of this module that have an internal lock among their fields.
    fn types_with_locks(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for (at, _) in
            self.code.match_indices("\npub struct ").chain(self.code.match_indices("\nstruct "))
        {
            let item = self.code.get(at + 1..).unwrap_or_default();
            let item = item.split("\n}").next().unwrap_or_default();
            let item = item.strip_prefix("pub ").unwrap_or(item);
            let name = words(item).nth(1).unwrap_or_default();
            if item.contains('{') && words(item).skip(2).any(|word| LOCKS.contains(&word)) {
                found.push(name);
            }
        }
        found
    }

    /// The statics of this module that are internal locks or contain some.
    fn locks(&self, types: &BTreeSet<&str>) -> Vec<&str> {
        let statics = self
            .code
            .lines()
            .filter_map(|line| line.strip_prefix("pub static ").or(line.strip_prefix("static ")));
        let mut found = Vec::new();
        for item in statics {
            let (name, rest) = item.split_once(':').unwrap_or((item, ""));
            let kind = rest.split('=').next().unwrap_or_default();
            let is_lock = |word| {
                (self.imports_internal_locks() && LOCKS.contains(&word)) || types.contains(word)
            };
            if words(kind).any(is_lock) {
                found.push(name);
            }
        }
        found
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !(character.is_alphanumeric() || character == '_'))
        .filter(|word| !word.is_empty())
}

/// The row of a module in the source of the table.
fn row<'a>(table: &'a str, module: &Module) -> &'a str {
    let named = format!("module: \"{}\",", module.path);
    table.split("Subsystem {").find(|row| row.contains(&named)).unwrap_or_default()
}

/// What the table, of which this is the source, leaves out.
fn omissions(modules: &[Module], table: &str) -> Vec<String> {
    let table = Module::new("lifecycle::subsystems", table).code;
    let types: BTreeSet<&str> = modules.iter().flat_map(Module::types_with_locks).collect();
    let mut found = Vec::new();
    for module in modules.iter().filter(|module| !module.path.starts_with("lifecycle")) {
        let path = &module.path;
        let row = row(&table, module);
        for column in module.columns() {
            if !row.contains(&module.entry(column)) {
                found.push(format!("{path}: {column} is not in the table"));
            }
        }
        let visited = module.item("pub fn internal_locks(", "}").unwrap_or_default();
        for lock in module.locks(&types) {
            if !words(visited).any(|word| word == lock) {
                found.push(format!("{path}: internal_locks does not visit {lock}"));
            }
        }
    }
    found
}

/// All modules of the crate.
fn modules() -> Vec<Module> {
    fn walk(folder: &Path, path: &str, found: &mut Vec<Module>) {
        for entry in fs::read_dir(folder).expect("a folder of sources") {
            let file = entry.expect("an entry").path();
            let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
            let path = match (name.as_str(), path) {
                ("mod", _) => path.to_owned(),
                // A folder of a port: its modules go by the names that all ports give them.
                (_, "platform") if file.is_dir() => path.to_owned(),
                (_, "") => name,
                _ => format!("{path}::{name}"),
            };
            if file.is_dir() {
                walk(&file, &path, found);
            } else if file.extension().is_some_and(|extension| extension == "rs") {
                found.push(Module::new(&path, &fs::read_to_string(&file).expect("a source")));
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut found);
    assert!(found.len() > 50, "the sources were not found");
    found
}

const TABLE: &str = include_str!("subsystems.rs");

#[test]
fn every_internal_lock_and_every_function_for_forks_and_ends_is_in_the_table() {
    let modules = modules();
    assert_eq!(omissions(&modules, TABLE), Vec::<String>::new());
    for row in SUBSYSTEMS {
        assert!(modules.iter().any(|module| module.path == row.module), "{}", row.module);
    }
}

#[test]
fn every_internal_lock_is_visited_once() {
    let mut locks = BTreeSet::new();
    for_each_internal_lock(|lock| assert!(locks.insert(core::ptr::from_ref(lock).addr())));
    assert!(locks.len() > 8);
}

/// Each entry is left out of the table in turn.
#[test]
fn an_entry_that_is_left_out_is_reported() {
    let modules = modules();
    let mut planted = 0;
    for module in &modules {
        for column in module.columns() {
            let without = TABLE.replace(&module.entry(column), "");
            let reported = omissions(&modules, &without);
            let expected = format!("{}: {column} is not in the table", module.path);
            assert!(reported.contains(&expected), "{expected}, but {reported:?}");
            planted += 1;
        }
    }
    assert!(planted >= 20, "{planted}");
}

const IMPORT: &str = "use crate::wait::mutex::internal::{InternalMutex, Mutex};\n";
const NEW_LOCK: &str = "\nstatic CACHE: Mutex<u32> = Mutex::new(0);\n";
const NEW_LOCKS: &str = "\npub static CACHE: [Mutex<u32>; 2] = NEW;\n";
const LOCK_INSIDE: &str =
    "\npub struct Place<T> {\n    lock: Mutex<T>,\n}\n\nstatic CACHE: Place<u32> = NEW;\n";
const VISITS_ANOTHER: &str =
    "\npub fn internal_locks(visit: &mut dyn FnMut(&'static InternalMutex)) {\n    visit(&A);\n}\n";

/// New modules with a lock, or a function for forks or ends, that nobody has put into the table.
#[test]
fn a_new_lock_and_a_new_function_are_reported() {
    let not_visited = "internal_locks does not visit CACHE";
    let cases: [(&[&str], &[&str]); 6] = [
        (&[IMPORT, NEW_LOCK], &[not_visited]),
        (&[IMPORT, NEW_LOCKS], &[not_visited]),
        (&[IMPORT, LOCK_INSIDE], &[not_visited]),
        (&[IMPORT, NEW_LOCK, VISITS_ANOTHER], &["internal_locks is not in the table", not_visited]),
        (&["\npub fn reset_after_fork() {\n}\n"], &["reset_after_fork is not in the table"]),
        (&["\npub fn every_round() {\n}\n"], &["every_round is not in the table"]),
    ];
    for (source, messages) in cases {
        let planted = [Module::new("thread::cache", &source.concat())];
        let expected: Vec<_> =
            messages.iter().map(|message| format!("thread::cache: {message}")).collect();
        assert_eq!(omissions(&planted, TABLE), expected, "{source:?}");
    }
}

/// A lock of another kind, a function of another name, and a comment.
#[test]
fn what_is_no_subsystem_is_not_reported() {
    let source = [NEW_LOCK, "\npub fn reset() {\n}\n// pub fn reset_after_fork(\n"].concat();
    assert_eq!(omissions(&[Module::new("sync::cache", &source)], TABLE), Vec::<String>::new());
}
