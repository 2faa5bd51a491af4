//! Tells the linker the library's ABI name. The header is not written here: packaging/header does
//! that.

/// The number in the shared library's name. It changes when programs that are linked already would
/// not run any more, which is not what the package's version says.
const ABI: u32 = 0;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // What packaging/link-shared.sh reads: cargo does not know of it.
    println!("cargo::rerun-if-changed=packaging/abi/versions.txt");
    if std::env::var("CARGO_CFG_TARGET_VENDOR").is_ok_and(|vendor| vendor == "apple") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-install_name,@rpath/libthreading.{ABI}.dylib");
        return;
    }
    // A DLL has its name from its file, and keeps itself in memory when it is loaded.
    if std::env::var_os("CARGO_CFG_WINDOWS").is_some() {
        return;
    }
    println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libthreading.so.{ABI}");
    // Thread-local destructors and running threads need the code: it is never unloaded.
    println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
