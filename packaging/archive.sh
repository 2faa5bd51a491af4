#!/bin/sh
# Hides what is private in the archive that cargo has built: archive.sh ARCHIVE DIRECTORY
#
# A static archive has no table of exports: the linker sees every global name in it, also those of Rust's standard library, which every
# other Rust archive defines again. So the members become one object in which only the functions and constants of threading.h are global. Its sections
# stay apart, so --gc-sections leaves out what a program does not use.
#
# ARCHIVE is replaced, and keeps the time at which it was made. DIRECTORY holds what this needs to see that nothing has changed: cargo
# puts its own archive back each time it runs.
set -eu
archive=$1
directory=$2
given=$directory/given.a
finished=$directory/libthreading.a

mkdir -p "$directory"
if [ -f "$finished" ] && [ -z "$(find "$0" -newer "$finished")" ]; then
    if cmp -s "$archive" "$finished"; then
        exit 0
    fi
    if cmp -s "$archive" "$given"; then
        ln -f "$finished" "$archive"
        exit 0
    fi
fi
rm -f "$finished"
cp "$archive" "$given"

# Not nm: where clang has installed its plugin, that asks it about objects that hold bitcode of a newer LLVM, and sees nothing.
readelf --wide --symbols "$given" 2>"$directory/readelf.log" |
    awk '$5 == "GLOBAL" && $7 != "UND" && $8 ~ /^threading_/ { print $8 }' >"$directory/global"
if [ ! -s "$directory/global" ]; then
    echo "archive.sh: $archive defines no function threading_*" >&2
    exit 1
fi
# Two objects that go around all others say where the library's code begins and ends, for src/platform/caller.rs. A linker keeps the sections
# of one object in their order, and apart from those of others; but it puts the code that is seldom called elsewhere.
edge() { # begin or end
    for part in cold:.text.unlikely. code:.text.; do
        name=libthreading_${part%%:*}_$1
        printf '.section %s%s,"ax"\n.globl %s\n%s:\n.byte 0\n' "${part#*:}" "$name" "$name" "$name"
    done | sed '$a .section .note.GNU-stack,"",%progbits' | ${AS:-as} -o "$directory/$1.o" -
}
edge begin
edge end
# Each of them is named as undefined, so that it and what it needs is taken from the archive, and no more.
#
# --force-group-allocation makes ordinary sections of COMDAT groups. A group is kept once in a program, by its name: the group that holds
# DW.ref.rust_eh_personality would be dropped for that of another archive, and with it the way to the handlers of exceptions, since the
# tables reach it by a local name now.
# shellcheck disable=SC2046
${LD:-ld} -r --force-group-allocation -o "$directory/whole.o" $(sed 's/^/-u /' "$directory/global") "$directory/begin.o" "$given" \
    "$directory/end.o"
# Bitcode of the compiler's own library is not ours to hand on, and does not describe the whole object.
${OBJCOPY:-objcopy} --keep-global-symbols="$directory/global" --remove-section=.llvmbc --remove-section=.llvmcmd \
    "$directory/whole.o" "$directory/libthreading.o"
rm -f "$directory/finishing.a"
${AR:-ar} crsD "$directory/finishing.a" "$directory/libthreading.o"
mv "$directory/finishing.a" "$finished"
ln -f "$finished" "$archive"
