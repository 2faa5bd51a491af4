//! Tells the program which versions it was built with.

use std::{env, fs, process::Command};

fn main() {
    let rustc = env::var("RUSTC").unwrap_or("rustc".to_owned());
    let output = Command::new(rustc)
        .arg("--version")
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let version = output.unwrap_or_default().split(' ').nth(1).unwrap_or("unknown").to_owned();
    println!("cargo::rustc-env=RUSTC_VERSION={version}");
    let lock = fs::read_to_string("Cargo.lock").unwrap_or_default();
    let locked =
        lock.split("[[package]]").find(|package| package.contains("\nname = \"parking_lot\"\n"));
    let version =
        locked.and_then(|package| package.split("\nversion = \"").nth(1)?.split('"').next());
    println!("cargo::rustc-env=PARKING_LOT_VERSION={}", version.unwrap_or("unknown"));
    println!("cargo::rerun-if-changed=Cargo.lock");
}
