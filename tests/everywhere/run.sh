#!/bin/sh
# Tries the library on each platform that this machine can make or emulate, and prints the table: run.sh [PART...]
#
#   bookworm trixie sid             the README's commands in a new minimal Debian (tests/fresh/run.sh)
#   i686 aarch64 arm riscv64 s390x  the conformance programs, built for that platform: run as they are, or by qemu
#   x86_64                          the same for this processor, run by qemu all the same: what fails there too, qemu cannot do
#   musl                            the conformance programs in C, linked with musl into static programs
#   windows                         the conformance programs in C, built by MinGW-w64 and run by wine
#   compile                         `cargo check` for the processors and systems for which nothing is run
#   litmus                          the orders of the atomics, tried in every execution that the memory model allows (tests/litmus)
#
# Without a part it is all of them but x86_64. The parts from i686 to `compile` use one Debian sid below target/everywhere, which is made at the
# first use, is kept, and gets the packages that a part names. Nothing else on this machine changes: mounts, processes and
# formats of programs live in namespaces. Runs as root, and needs mmdebstrap, git, unshare and a network.
#
# CASES=REGEX takes only the cases of ctest that match, and JOBS=N runs so many at once. NICE=N is the niceness of all of it, 10 if not
# given.
#
# A part that lacks something says what, and counts as "not run". The exit status is 0 if each part that was asked for has passed. All of
# it takes hours, so the table has the last row of each part that has ever run here, with its day and the version that it ran.
set -u
repository=$(cd "$(dirname "$0")/../.." && pwd)
here=$repository/tests/everywhere
prefix=tests/everywhere
. "$repository/tests/fresh/machine.sh"
. "$here/machine.sh"
all='litmus compile i686 musl aarch64 arm riscv64 s390x x86_64 windows bookworm trixie sid'
# shellcheck disable=SC2046 # each word is a part
[ $# -gt 0 ] || set -- $(echo "$all" | sed 's/ x86_64//')
directory=$repository/target/everywhere
mkdir -p "$directory/logs" "$directory/build" "$directory/rows"
for_all='cargo rustc cmake make python3'
renice -n "${NICE:-10}" $$ >/dev/null

# Each answers with 0: passed, 3: not run, otherwise: failed; and writes one line of figures, or the reason, to $figures.
run_part() { # name
    case $1 in
    bookworm | trixie | sid) in_new_debian "$1" ;;
    litmus) litmus ;;
    compile) in_machine compile no 'cargo rustc rust-src gcc libc6-dev' compile.sh ;;
    i686) in_machine i686 no "$for_all gcc-multilib g++-multilib i386/rust" conformance.sh ;;
    musl) in_machine musl no "$for_all gcc g++ musl-tools rust-src linux-libc-dev" conformance.sh ;;
    windows) in_machine windows no "cargo rustc python3 gcc libc6-dev rust-src gcc-mingw-w64-x86-64 g++-mingw-w64-x86-64 wine64 wine" windows.sh ;;
    aarch64) emulated aarch64 arm64 aarch64-linux-gnu ;;
    arm) emulated arm armhf arm-linux-gnueabihf ;;
    riscv64) emulated riscv64 riscv64 riscv64-linux-gnu ;;
    s390x) emulated s390x s390x s390x-linux-gnu ;;
    x86_64) in_machine x86_64 yes "$for_all gcc g++ libc6-dev qemu-user" conformance.sh ;;
    *) fail "there is no part $1" ;;
    esac
}

in_new_debian() { # suite
    lacking=$(lacks_for_debian)
    if [ -n "$lacking" ]; then
        echo "$lacking" >"$figures"
        return 3
    fi
    "$repository/tests/fresh/run.sh" "$1" 2>&1 | tee "$directory/logs/fresh.out"
    sed -n 's/^tests\/fresh: [a-z]*, \(.*minutes\)$/\1/p' "$directory/logs/fresh.out" | paste -sd ';' >"$figures"
    ! grep -q FAILED "$directory/logs/fresh.out" && [ -s "$figures" ]
}

litmus() {
    "$repository/tests/litmus/run.py" | tee "$directory/logs/litmus.out"
    tail -n 1 "$directory/logs/litmus.out" >"$figures"
    grep -q ', 0 failed$' "$figures"
}

emulated() { # part, Debian's architecture, prefix of the compilers
    in_machine "$1" yes "$for_all gcc libc6-dev qemu-user gcc-$3 g++-$3 $2/rust" conformance.sh
}

version=$(git -C "$repository" describe --always --dirty)
row() { # part, verdict, seconds
    printf '%-9s %-8s %s %-14s %6d s  %s\n' "$1" "$2" "$(date -u +%Y-%m-%d)" "$version" "$3" "$(head -n 1 "$figures")${CASES:+, of $CASES}"
}

status=0
for part; do
    printf '\n==== %s\n' "$part"
    figures=$directory/logs/$part.figures
    : >"$figures"
    begun=$(date +%s)
    run_part "$part"
    case $? in
    0) verdict=passed ;;
    3) verdict='not run' status=1 ;;
    *) verdict=FAILED status=1 ;;
    esac
    row "$part" "$verdict" $(($(date +%s) - begun)) >"$directory/rows/$part"
done
printf '\n%s\n' "$(uname -srm)"
for part in $all; do
    [ ! -e "$directory/rows/$part" ] || cat "$directory/rows/$part"
done
exit $status
