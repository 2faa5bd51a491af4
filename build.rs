//! Writes `include/threading.h` from the source, and tells the linker the library's ABI name.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// The number in the shared library's name. It changes when programs that are linked already would
/// not run any more, which is not what the package's version says.
const ABI: u32 = 0;

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=cbindgen.toml");
    println!("cargo::rerun-if-changed=Cargo.toml");
    println!("cargo::rerun-if-changed=include/threading.h");
    // What packaging/link-shared.sh reads: cargo does not know of it.
    println!("cargo::rerun-if-changed=packaging/abi/versions.txt");
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libthreading.so.{ABI}");
    // Thread-local destructors and running threads need the code: it is never unloaded.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    write_header(&root);
}

fn write_header(root: &Path) {
    let mut config =
        cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml is readable");
    let part = |name: &str| {
        fs::read_to_string(root.join("src/capi").join(name))
            .expect("the header's parts are readable")
    };
    let version =
        |which: &str| env::var(format!("CARGO_PKG_VERSION_{which}")).expect("cargo sets it");
    let before = part("before.h")
        .replace("@ANNOTATIONS@", part("annotations.h").trim_end())
        .replace("@HANDLES@", part("handles.h").trim_end())
        .replace("@MAJOR@", &version("MAJOR"))
        .replace("@MINOR@", &version("MINOR"))
        .replace("@PATCH@", &version("PATCH"));
    config.after_includes = Some(before);
    config.trailer = Some(part("after.h"));
    let bindings = cbindgen::Builder::new()
        .with_crate(root)
        .with_config(config)
        .generate()
        .expect("the source can be turned into a header");
    // Writes only if the text is another.
    bindings.write_to_file(root.join("include/threading.h"));
}
