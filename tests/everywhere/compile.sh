#!/bin/sh
# Compiles the library for the processors and systems for which nothing is run: compile.sh PART, in the machine of machine.sh.
set -u
cd /srv/libthreading || exit 1
export CARGO_TARGET_DIR=/srv/build/cargo
good=
bad=
lacking=
while read -r target architecture; do
    if ! tests/everywhere/standard_library.sh "$architecture" </dev/null; then
        lacking="$lacking libstd-rust-dev:$architecture"
    elif cargo check --locked --lib --target "$target" </dev/null; then
        good="$good $target"
    else
        bad="$bad $target"
    fi
done <<END
aarch64-unknown-linux-gnu arm64
armv7-unknown-linux-gnueabihf armhf
i686-unknown-linux-gnu i386
loongarch64-unknown-linux-gnu loong64
powerpc64le-unknown-linux-gnu ppc64el
riscv64gc-unknown-linux-gnu riscv64
s390x-unknown-linux-gnu s390x
END
# Debian has no standard library of Rust for other systems, so it is compiled from its sources, which takes what only a nightly
# cargo has.
for target in x86_64-unknown-freebsd aarch64-apple-darwin x86_64-apple-darwin; do
    if RUSTC_BOOTSTRAP=1 cargo check --locked --lib --target "$target" -Zbuild-std=std,panic_unwind </dev/null; then
        good="$good $target"
    else
        bad="$bad $target"
    fi
done
echo "compiles:${good:- none}${bad:+; DOES NOT:$bad}${lacking:+; not run for want of:$lacking}" | tee /srv/build/figures
[ -z "$bad" ] || exit 1
[ -z "$lacking" ] || exit 3
