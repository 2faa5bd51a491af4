#!/bin/sh
# Runs programs that use the release library under the tools that look for races: a correct one, about which they have to be silent, and
# ones with a planted fault, which they have to report.
set -eu
cd "$(dirname "$0")/../.."
here=tests/tools
release=$PWD/target/release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SECONDS_EACH=120

races='unguarded different_locks one_without_lock written_after_set semaphore_of_two read_before_join beside_a_timer'
silent=0
reported=0

fail() { # what, then the output that shows it
    echo "tests/tools: $1" >&2
    cat "$work/log" >&2
    exit 1
}
compile() { # compiler, program, then options
    compiler=$1
    program=$2
    shift 2
    "$compiler" -std=c11 -g -O1 -Wall -Wextra -Wpedantic -Wshadow -Werror "$@" -o "$work/$program" "$here/${program%%-*}.c" -Iinclude \
        -L"$release" -lthreading -Wl,-rpath,"$release" >"$work/log" 2>&1 || fail "$program does not build with $compiler $*"
}
expect_silence() { # tool's name, then the command
    tool=$1
    shift
    timeout "$SECONDS_EACH" "$@" >"$work/log" 2>&1 || fail "$tool reports something about a correct program, or it failed"
    [ "$(cat "$work/log")" = correct ] || fail "$tool says something about a correct program"
    silent=$((silent + 1))
}
expect_report() { # tool's name, fault, what the report says, then the command
    tool=$1
    fault=$2
    report=$3
    shift 3
    timeout "$SECONDS_EACH" "$@" "$fault" >"$work/log" 2>&1 || true
    grep -q "$report" "$work/log" || fail "$tool does not report the planted fault $fault"
    reported=$((reported + 1))
}

for compiler in gcc clang; do
    compile $compiler correct-$compiler -fsanitize=thread
    compile $compiler planted-$compiler -fsanitize=thread
    tool="ThreadSanitizer ($compiler)"
    # What the environment says to the sanitizer could make it silent.
    expect_silence "$tool" env TSAN_OPTIONS=exitcode=66 "$work/correct-$compiler"
    for fault in $races; do
        expect_report "$tool" "$fault" 'WARNING: ThreadSanitizer: data race' env TSAN_OPTIONS= "$work/planted-$compiler"
    done
    for fault in inverted_locks inverted_rlocks; do
        expect_report "$tool" $fault 'WARNING: ThreadSanitizer: lock-order-inversion' env TSAN_OPTIONS= "$work/planted-$compiler"
    done
    echo "$tool: silent about what is right, $reported reports so far"
done

compile gcc correct
compile gcc planted
unset VALGRIND_OPTS
expect_silence memcheck valgrind -q --tool=memcheck --error-exitcode=9 "$work/correct"
expect_silence helgrind valgrind -q --tool=helgrind --error-exitcode=9 "$work/correct"
expect_silence drd valgrind -q --tool=drd --error-exitcode=9 "$work/correct"
for fault in $races; do
    expect_report helgrind "$fault" 'Possible data race' valgrind -q --tool=helgrind "$work/planted"
    expect_report drd "$fault" 'Conflicting' valgrind -q --tool=drd "$work/planted"
done
expect_report helgrind inverted_rlocks 'lock order.*violated' valgrind -q --tool=helgrind "$work/planted"
echo "tests/tools: $silent runs of a correct program without a word, $reported planted faults reported"
