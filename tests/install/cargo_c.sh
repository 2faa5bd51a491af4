#!/bin/sh
# Installs with `cargo cinstall` of cargo-c, compares that with what `make install` installs, and builds and runs the README's first program
# with it. cargo-c is asked for what is in CARGO_C's directory, else on the PATH; where there is none, or one that is too old, this says so.
# It builds the library once more, so it is run by hand.
set -eu
cd "$(dirname "$0")/../.."
work=$PWD/target/cargo-c
version=$(sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)
PATH=${CARGO_C:+$CARGO_C:}$PATH
fail() { # what, log
    echo "tests/install/cargo_c: $1" >&2
    [ $# -lt 2 ] || tail -n 40 "$2" >&2
    exit 1
}
files_below() {
    (cd "$1" && find . ! -type d | LC_ALL=C sort)
}

found=$(cargo-cinstall --version 2>/dev/null | sed -n 's/.*cargo-c[a-z]* \([0-9.]*\).*/\1/p')
wanted=$(sed -n 's/^min_version = "\(.*\)"$/\1/p' Cargo.toml)
if ! printf '%s\n' "$wanted" "${found:-0}" | sort -V -C; then
    echo "cargo_c: cargo-c $wanted or later is not here (found: ${found:-none}; cargo install cargo-c --locked): it was not tried"
    exit 0
fi
rm -rf "$work/made" "$work/prefix"
mkdir -p "$work"
make install PREFIX="$work/made" >"$work/log" 2>&1 || fail 'make install fails' "$work/log"
CARGO_TARGET_DIR=$work/target cargo cinstall --locked --prefix "$work/prefix" --libdir "$work/prefix/lib" >"$work/log" 2>&1 ||
    fail 'cargo cinstall fails' "$work/log"

files_below "$work/made" >"$work/wanted"
files_below "$work/prefix" >"$work/found"
LC_ALL=C comm -13 "$work/wanted" "$work/found" >"$work/more"
[ ! -s "$work/more" ] || fail 'cargo cinstall installs these, and make does not:' "$work/more"
# What cargo-c has no place for.
LC_ALL=C comm -23 "$work/wanted" "$work/found" | grep -v -e '^\./bin/' -e '^\./share/' -e '^\./lib/cmake/' -e '^\./lib/\.debug/' >"$work/missing" || :
[ ! -s "$work/missing" ] || fail 'make installs these, and cargo cinstall does not:' "$work/missing"
for link in libthreading.so libthreading.so.0; do
    [ "$(readlink -f "$work/prefix/lib/$link")" = "$work/prefix/lib/libthreading.so.$version" ] || fail "$link leads elsewhere"
done
functions() { # with their versions
    readelf --wide --dyn-syms "$1/lib/libthreading.so" | awk '$8 ~ /^threading_/ && $7 != "UND" { print $8 }' | LC_ALL=C sort
}
functions "$work/made" >"$work/wanted"
functions "$work/prefix" | cmp - "$work/wanted" || fail 'the library has other functions, or other versions of them'
readelf -d "$work/prefix/lib/libthreading.so" | grep -q 'SONAME.*\[libthreading\.so\.0\]' || fail 'the library has another SONAME'
readelf -d "$work/prefix/lib/libthreading.so" | grep -q 'NODELETE' || fail 'the library can be unloaded'

options() { # prefix
    PKG_CONFIG_LIBDIR="$1/lib/pkgconfig" pkg-config --cflags --libs threading | sed -e "s|$1|PREFIX|g" -e 's/ *$//'
}
[ "$(options "$work/prefix")" = "$(options "$work/made")" ] || fail "pkg-config says $(options "$work/prefix")"
awk '/^```c$/ { inside = 1; next } /^```/ && inside { exit } inside' README.md >"$work/program.c"
export PKG_CONFIG_LIBDIR="$work/prefix/lib/pkgconfig"
# shellcheck disable=SC2046
cc -Wall -Werror "$work/program.c" -o "$work/shared" $(pkg-config --cflags --libs threading) -Wl,-rpath,"$work/prefix/lib"
# shellcheck disable=SC2046
cc -Wall -Werror "$work/program.c" $(pkg-config --cflags threading) "$work/prefix/lib/libthreading.a" -o "$work/archive"
for program in shared archive; do
    [ "$("$work/$program")" = 'worker works on a task' ] || fail "the program does not greet: $program"
done
echo "cargo_c: cargo-c $found: $(wc -l <"$work/found") files, all of make install, as far as cargo-c can; the README's program ran with both libraries"
