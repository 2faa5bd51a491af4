//! Writes `include/threading.h` from `src/capi`: threading-header ROOT
//!
//! It is a package of its own, so that whoever only builds the library does not compile cbindgen:
//! the header is committed. `make header` runs this.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::args_os().nth(1).expect("usage: threading-header ROOT"));
    let mut config =
        cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is readable");
    config.after_includes = Some(before(&root));
    config.trailer = Some(part(&root, "after.h"));
    let bindings = cbindgen::Builder::new()
        .with_crate(&root)
        .with_config(config)
        .generate()
        .expect("the source can be turned into a header");
    // Writes only if the text is another.
    bindings.write_to_file(root.join("include/threading.h"));
}

fn part(root: &Path, name: &str) -> String {
    fs::read_to_string(root.join("src/capi").join(name)).expect("the header's parts are readable")
}

/// What stands in front of the functions, with the version of the library.
fn before(root: &Path) -> String {
    let version = version(root);
    let mut numbers = version.split('.');
    let mut number = || numbers.next().expect("a version has three numbers");
    part(root, "before.h")
        .replace("@ANNOTATIONS@", part(root, "annotations.h").trim_end())
        .replace("@HANDLES@", part(root, "handles.h").trim_end())
        .replace("@MAJOR@", number())
        .replace("@MINOR@", number())
        .replace("@PATCH@", number())
}

/// The first version in Cargo.toml is that of the package.
fn version(root: &Path) -> String {
    fs::read_to_string(root.join("Cargo.toml"))
        .expect("Cargo.toml is readable")
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"').map(str::to_owned))
        .expect("Cargo.toml has a version")
}
