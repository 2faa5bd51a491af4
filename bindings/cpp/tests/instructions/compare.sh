#!/bin/sh
# C++ costs the same as C: compiles the same work in C and through the binding, with gcc and clang, and counts the instructions
# of each function on the path on which nothing fails: from its entry along the branches not taken to its first ret. C++ may
# have no more of them than C, and has to call the same functions of the library. Reads x86-64 only. Needs objdump.
#
#   compare.sh [DIRECTORY]      where the binding's headers are, the repository's by default
set -eu
here=$(cd "$(dirname "$0")" && pwd)
include=${1:-$here/../../include}

if [ "$(uname -m)" != x86_64 ]; then
    echo "compare.sh: this machine is not x86-64, and only its instructions are known here: nothing was compared"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=$(pkg-config --cflags threading)

# One line a function: its name, how many instructions, and what it calls.
count() { # object file
    LC_ALL=C objdump -dr --no-show-raw-insn "$1" | awk '
        /^[0-9a-f]+ <.*>:$/ { name = $2; gsub(/[<>:]/, "", name); count = 0; calls = ""; walking = 1; next }
        !walking { next }
        /R_X86_64_(PLT32|PC32|GOTPCREL|GOTPCRELX)/ {
            called = $NF; sub(/[-+]0x[0-9a-f]+$/, "", called)
            if (calling) calls = calls " " called
            calling = 0
            next
        }
        /^ *[0-9a-f]+:\t/ {
            split($0, part, "\t")
            text = part[2]
            count++
            calling = text ~ /^(bnd |notrack )*call/
            if (text ~ /^(repz |bnd |notrack )*ret/) { print name, count calls; walking = 0 }
            # The straight path of these functions has no jump that is always taken.
            else if (text ~ /^(bnd |notrack )*jmp/) { print name, "jumps"; walking = 0 }
        }'
}

failed=0
for compilers in 'gcc g++' 'clang clang++'; do
    c=${compilers% *}
    cxx=${compilers#* }
    # Word splitting is meant.
    # shellcheck disable=SC2086
    "$c" -std=c11 -O2 $flags -c "$here/pair.c" -o "$work/c.o"
    # shellcheck disable=SC2086
    "$cxx" -std=c++17 -O2 -I "$include" $flags -c "$here/pair.cpp" -o "$work/cpp.o"
    count "$work/c.o" | grep -v '^fail ' | sort >"$work/c"
    count "$work/cpp.o" | sort >"$work/cpp"
    echo "$c: instructions in C and in C++, and the calls among them"
    while read -r name in_c calls; do
        found=$(sed -n "s/^$name //p" "$work/cpp")
        in_cpp=${found%% *}
        verdict=good
        if [ -z "$found" ] || [ "$in_c" = jumps ] || [ "$in_cpp" = jumps ]; then
            verdict='cannot be read'
        elif [ "$found" != "$in_cpp${calls:+ $calls}" ]; then
            verdict="calls ${found#* }"
        elif [ "$in_cpp" -gt "$in_c" ]; then
            verdict='more than C'
        fi
        if [ "$name" = planted ]; then
            [ "$verdict" = 'more than C' ] && verdict='noticed, as it must be' || verdict='a planted difference was not noticed'
        fi
        printf '  %-16s %3s %3s  %s: %s\n' "$name" "$in_c" "$in_cpp" "$calls" "$verdict"
        case $verdict in
        good | noticed*) ;;
        *) failed=1 ;;
        esac
    done <"$work/c"
    [ "$(wc -l <"$work/c")" -ge 9 ] || failed=1
done
if [ $failed -ne 0 ]; then
    echo 'compare.sh: C++ does not cost the same as C' >&2
    exit 1
fi
