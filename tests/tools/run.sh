#!/bin/sh
# Runs programs that use the release library under the tools that look for races and for lost memory: correct ones, about which they
# have to be silent, and ones with a planted fault, which they have to report, with the lines of the program that are at fault.
set -eu
cd "$(dirname "$0")/../.."
here=tests/tools
release=$PWD/target/release
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
SECONDS_EACH=120

races='unguarded different_locks one_without_lock written_after_set semaphore_of_two written_while_read written_after_put read_before_join beside_a_timer beside_a_task'
silent=0
reported=0
shown=0

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

expect_line() { # tool's name, function, the name of a line of planted.c: the report before shows that line of that function
    line=$(sed -n "/shown as $3 \*\//=" "$here/planted.c")
    [ -n "$line" ] || fail "planted.c has no line that is shown as $3"
    grep -q "$2 [^ ]*planted\.c:$line\($\|[^0-9]\)" "$work/log" || fail "$1 does not show planted.c:$line, in $2, in its report of $fault"
    shown=$((shown + 1))
}

for compiler in gcc clang; do
    compile $compiler correct-$compiler -fsanitize=thread
    compile $compiler tasks-$compiler -fsanitize=thread
    compile $compiler planted-$compiler -fsanitize=thread
    tool="ThreadSanitizer ($compiler)"
    # What the environment says to the sanitizer could make it silent.
    for program in correct tasks; do
        expect_silence "$tool" env TSAN_OPTIONS=exitcode=66 "$work/$program-$compiler"
    done
    for fault in $races; do
        expect_report "$tool" "$fault" 'WARNING: ThreadSanitizer: data race' env TSAN_OPTIONS= "$work/planted-$compiler"
        expect_line "$tool" adds access
        case $fault in
        different_locks)
            # Where the mutexes were acquired first, and where the threads were made.
            expect_line "$tool" adds_under_one_lock 'one lock'
            expect_line "$tool" adds_under_another_lock 'another lock'
            expect_line "$tool" two spawn
            ;;
        esac
    done
    for fault in inverted_locks inverted_rlocks inverted_after_a_time; do
        expect_report "$tool" $fault 'WARNING: ThreadSanitizer: lock-order-inversion' env TSAN_OPTIONS= "$work/planted-$compiler"
        case $fault in
        inverted_locks)
            expect_line "$tool" forwards forwards
            expect_line "$tool" backwards backwards
            ;;
        inverted_rlocks)
            expect_line "$tool" forwards_with_rlocks 'forwards with rlocks'
            expect_line "$tool" backwards_with_rlocks 'backwards with rlocks'
            ;;
        inverted_after_a_time)
            expect_line "$tool" tries_then_waits 'after a time'
            expect_line "$tool" backwards backwards
            ;;
        esac
    done
    fault=leaked_thread
    expect_report "$tool" $fault 'WARNING: ThreadSanitizer: thread leak' env TSAN_OPTIONS= "$work/planted-$compiler"
    expect_line "$tool" leaked_thread start
    echo "$tool: silent about what is right, $reported reports so far"
done

for compiler in gcc clang; do
    compile $compiler leaks-$compiler -D_GNU_SOURCE -fsanitize=address
    frees=0
    # What the environment says to the sanitizer could make it silent.
    while ASAN_OPTIONS=detect_leaks=1 LSAN_OPTIONS='' timeout "$SECONDS_EACH" "$work/leaks-$compiler" $((frees + 1)) >"$work/log" 2>&1 &&
        [ "$(cat "$work/log")" = correct ]; do
        frees=$((frees + 1))
    done
    [ "$(cat "$work/log")" = 'no more' ] || fail "LeakSanitizer ($compiler) reports what the library has for a thread that ends"
    [ $frees -ge 1 ] || fail "the thread that ends frees nothing, so this asks nothing"
    silent=$((silent + frees))
done

compile gcc correct
compile gcc tasks
compile gcc planted
unset VALGRIND_OPTS
for tool in memcheck helgrind drd; do
    for program in correct tasks; do
        expect_silence $tool valgrind -q --tool=$tool --error-exitcode=9 "$work/$program"
    done
done
for fault in $races; do
    expect_report helgrind "$fault" 'Possible data race' valgrind -q --tool=helgrind "$work/planted"
    expect_line helgrind adds access
    [ "$fault" != different_locks ] || expect_line helgrind two spawn
    expect_report drd "$fault" 'Conflicting' valgrind -q --tool=drd "$work/planted"
    expect_line drd adds access
done
fault=inverted_rlocks
expect_report helgrind $fault 'lock order.*violated' valgrind -q --tool=helgrind "$work/planted"
expect_line helgrind forwards_with_rlocks 'forwards with rlocks'
expect_line helgrind backwards_with_rlocks 'backwards with rlocks'
echo "tests/tools: $silent runs of a correct program without a word, $reported planted faults reported, $shown lines of theirs shown"
