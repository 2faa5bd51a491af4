#!/bin/sh
# What the library and the archive show the linker: the functions and the constant of threading.h and nothing else, in the library
# each with its version. The library has the right SONAME, is never unloaded, stripped, small, and in need of nothing but the C library.
# Needs nm, readelf and python3.
#
#   check-exports.sh [HEADER [DIRECTORY]]    the header, and where libthreading.so and libthreading.a are
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
header=${1:-$root/include/threading.h}
directory=${2:-$root/target/release}
shared=$directory/libthreading.so
archive=$directory/libthreading.a
most_bytes=1080000

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

fail() {
    echo "check-exports.sh: $*" >&2
    failures=$((failures + 1))
}

for file in "$header" "$shared" "$archive"; do
    if [ ! -f "$file" ]; then
        echo "check-exports.sh: there is no ${file#"$root"/}: build first" >&2
        exit 1
    fi
done
python3 -B "$root/tests/misuse/header.py" --exports "$header" | LC_ALL=C sort >"$work/header" || exit 1
if [ ! -s "$work/header" ]; then
    echo "check-exports.sh: no function was found in the header" >&2
    exit 1
fi

compare() { # what it is, the file with its names
    for name in $(LC_ALL=C comm -13 "$work/header" "$2"); do
        fail "$1 exports $name, which the header does not declare"
    done
    for name in $(LC_ALL=C comm -23 "$work/header" "$2"); do
        fail "$1 does not export $name, which the header declares"
    done
}

# What is no symbol but a version is absolute, and its name is the version's.
nm -D --defined-only "$shared" | awk '$2 != "A" { print $NF }' | LC_ALL=C sort -u >"$work/versioned"
sed 's/@.*//' "$work/versioned" >"$work/shared"
compare libthreading.so "$work/shared"
for name in $(grep -vE '@@THREADING_[0-9.]+$' "$work/versioned"); do
    fail "$name has no version: packaging/link-shared.sh gives them"
done

# An archive shows the linker every global name of its objects: packaging/archive.sh leaves it those of the header.
# Not nm: where clang has installed its plugin, that asks it about objects that hold bitcode of a newer LLVM, and sees nothing.
names_of() { # archive
    readelf --wide --symbols "$1" 2>"$work/readelf" |
        awk '($5 == "GLOBAL" || $5 == "WEAK" || $5 == "UNIQUE") && $7 != "UND" { print $8 }' | LC_ALL=C sort
}
names_of "$archive" >"$work/archive"
for name in $(uniq -d "$work/archive"); do
    fail "libthreading.a defines $name more than once"
done
LC_ALL=C sort -u -o "$work/archive" "$work/archive"
compare libthreading.a "$work/archive"
# Nor may it offer a group, which the linker drops for one of the same name in another archive, though what is in it is private.
if readelf --wide --section-groups "$archive" | grep 'COMDAT'; then
    fail 'libthreading.a has groups of sections'
fi
# A check that finds nothing is believed only when it finds what cargo made of the same objects: that has all of Rust's names.
given=$root/target/archive/given.a
if [ -f "$given" ] && ! names_of "$given" | grep -qx rust_eh_personality; then
    fail "rust_eh_personality was not found in ${given#"$root"/}, which defines it"
fi

readelf --wide --dynamic "$shared" >"$work/dynamic"
soname=$(sed -n 's/.*(SONAME).*\[\(.*\)\].*/\1/p' "$work/dynamic")
if [ "$soname" != libthreading.so.0 ]; then
    fail "the SONAME is '$soname', not libthreading.so.0"
fi
if ! grep -E '\(FLAGS_1\).*NODELETE' "$work/dynamic" >"$work/nodelete"; then
    fail "NODELETE is not set: dlclose would take the code away from running threads"
fi

needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p' "$work/dynamic")
for library in $needed; do
    case $library in
    libc.so.* | libc.musl-* | libgcc_s.so.* | ld-linux*.so.* | ld64.so.*) ;;
    *) fail "the library needs $library" ;;
    esac
done

readelf --wide --sections "$shared" >"$work/sections"
for section in $(grep -oE '\.(symtab|debug_[a-z_]+)\b' "$work/sections" | sort -u); do
    fail "it is not stripped: there is a section $section"
done
# gdb takes the symbols only from the file that was made with the library.
build_id() {
    readelf --wide --notes "$1" 2>/dev/null | sed -n 's/.*Build ID: //p'
}
symbols=$directory/.debug/$(readelf --string-dump=.gnu_debuglink "$shared" 2>/dev/null | grep -o 'libthreading.*debug')
id=$(build_id "$shared")
if [ -z "$id" ] || [ "$(build_id "$symbols")" != "$id" ]; then
    fail "its symbols are not in ${symbols#"$root"/}, or are those of another build"
fi
bytes=$(wc -c <"$shared")
if [ "$bytes" -ge "$most_bytes" ]; then
    fail "libthreading.so has $bytes bytes; it has to stay under $most_bytes"
fi

echo "$(wc -l <"$work/header") functions and constants; SONAME ${soname:-none}; $bytes bytes; needs" $needed
if [ "$failures" -ne 0 ]; then
    echo "check-exports.sh: $failures failed" >&2
    exit 1
fi
