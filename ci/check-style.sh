#!/bin/sh
# House rules that a machine can see cheaply, over the files of the repository, tracked or not yet, but not the ignored ones.
#
#   check-style.sh [DIRECTORY]      a git work tree, this repository by default
#   check-style.sh --self-test      checks this program against planted mistakes
set -u
script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
root=$(cd "$(dirname "$0")/.." && pwd)
most_lines=400
most_lines_of_readme=120
most_columns=100
most_in_function=60

# One line a mistake: file:line: what is wrong.
check() {
    git ls-files -co --exclude-standard | while IFS= read -r file; do
        if [ -f "$file" ] && [ ! -L "$file" ]; then
            echo "$file"
        fi
    done >"$work/files"

    while IFS= read -r file; do
        case $file in
        include/threading.h) ;;
        README.md)
            lines=$(wc -l <"$file")
            if [ "$lines" -gt $most_lines_of_readme ]; then
                echo "$file:$lines: more than $most_lines_of_readme lines: it is more than two screens"
            fi
            ;;
        *.rs | *.c | *.h | *.cpp | *.hpp | *.py | ci/check-layers)
            lines=$(wc -l <"$file")
            if [ "$lines" -gt $most_lines ]; then
                echo "$file:$lines: more than $most_lines lines: it is two things"
            fi
            ;;
        esac
        case $file in
        *.rs | *.c | *.h | *.cpp | *.hpp | *.py | *.go | ci/check-layers) check_width "$file" ;;
        esac
        case $file in
        src/*/tests.rs) check_rust "$file" 3 ;; # nothing but tests
        src/*.rs) check_rust "$file" ;;
        esac
        case $file in
        tests/*.c | tests/*.h | tests/*.cpp | tests/*.rs | tests/*.py) check_sleep "$file" ;;
        bindings/*.c | bindings/*.h | bindings/*.hpp | bindings/*.cpp | bindings/*.go | bindings/*.py) check_sleep "$file" ;;
        esac
        case $file in
        *.go | *Makefile | *.mk | packaging/debian/rules) ;;
        *) found 'a tab' "$(printf '\t')" "$file" ;;
        esac
        found 'white space at the end of a line' '[[:space:]]$' "$file"
        found 'something left to do' '(^|[^A-Za-z0-9_])(TO[D]O|FIX[M]E|X[X]X)($|[^A-Za-z0-9_])' "$file"
        found 'a path of one machine' '(^|[^A-Za-z0-9_.})-])/(hom[e]|roo[t]|wor[k])/' "$file"
    done <"$work/files"
}

found() { # what it is, pattern, file
    LC_ALL=C grep -nIE -e "$2" "$3" | while IFS=: read -r line text; do
        printf '%s\n' "$3:$line: $1: $text"
    done
}

# Characters and not bytes, and a tab of Go is four of them.
check_width() {
    sed 's/\t/    /g' "$1" | LC_ALL=C.UTF-8 grep -nE "^.{$((most_columns + 1)),}" |
        sed "s|^\\([0-9]*\\):|$1:\\1: more than $most_columns columns: |"
}

# An atomic access says what it is paired with; no path that C can reach may panic; no function is
# longer than a screen. Tests may panic and be long.
check_rust() { # file, 3 if all of it is tests
    awk -v file="$1" -v most="$most_in_function" -v tests="${2:-0}" '
        function say(text) { print file ":" NR ": " text ": " $0 }
        /ORDERING:/ { explained = NR }
        {
            code = $0
            sub(/\/\/.*/, "", code)
            indent = match(code, /[^ ]/) - 1
            # What the compiler evaluates panics there, and not in a program.
            gsub(/(^|[^A-Za-z0-9_])const \{[^{}]*\}/, "", code)
        }
        code ~ /^ *#\[cfg\((all\()?test/ { tests = 1; tests_indent = indent; next }
        # An item under test is as long as its braces: to the brace at its own depth, or to the semicolon of one line.
        tests == 1 && code ~ /^ *#\[/ { next }
        tests == 1 { tests = code ~ /;[ ]*$/ || code ~ /}[ ]*$/ ? 0 : 2; in_test = 1 }
        tests == 2 && indent == tests_indent && code ~ /^ *}/ { tests = 0 }
        tests == 0 && !in_test {
            if (code ~ /todo!|unimplemented!|\.unwrap\(\)|\.expect\(/) say("it may panic, or is not there")
        }
        # rustfmt closes a function where it begins, and a declaration by a semicolon there.
        !begun && tests == 0 && !in_test &&
        code ~ /^ *(pub(\([a-z]+\))? +)?((const|unsafe|extern|"[^"]*") +)*fn [a-zA-Z_]/ {
            begun = code ~ /[;}] *$/ ? 0 : NR
            fn_indent = indent
        }
        begun && NR > begun && indent == fn_indent && code ~ /^ *(\).*;|}.*) *$/ {
            if (NR - begun + 1 > most)
                print file ":" begun ": a function of " NR - begun + 1 " lines, and more than " most
            begun = 0
        }
        tests == 0 { in_test = 0 }
        code !~ /^ *(pub(\([a-z]+\))? +)?use / &&
        (code ~ /(^|[^A-Za-z0-9_])Ordering::(Relaxed|Acquire|Release|AcqRel|SeqCst)/ ||
         code ~ /(^ *|[(,] *)(Relaxed|Acquire|Release|AcqRel|SeqCst) *([,)]|$)/) {
            if (!explained || NR - explained > 8) say("an atomic access, and no ORDERING: in the eight lines above")
        }' "$1"
}

# A test never sleeps to be sure of something. threading_sleep itself is tested in sleep.c. Why one
# does is said on its line, or in a comment above, which holds for the statement that follows.
check_sleep() {
    awk -v file="$1" '
        /not to synchronise: *[^ *]/ { excused = /^ *(\/[*\/]|[*#])/; next }
        {
            code = $0
            gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
            gsub(/\/\*[^*]*\*\//, "", code)
            sub(/\/\/.*/, "", code)
            if (file ~ /\.py$/) sub(/#.*/, "", code)
            if (code ~ /^ *\/?\*/) next
            if (file == "tests/conformance/sleep.c") gsub(/threading_sleep *\(/, "", code)
        }
        excused && code ~ /[^ ]/ {
            if (file !~ /\.([ch]|[ch]pp)$/ || code ~ /[;{}] *$/) excused = 0
            next
        }
        code ~ /(^|[^A-Za-z0-9_])(threading_|thrd_|u|nano|clock_nano)?[sS]leep(_for|_until)? *\(/ {
            print file ":" NR ": a sleep without /* not to synchronise: why */: " $0
        }' "$1"
}

run() { # directory
    work=$(mktemp -d) || exit 1
    trap 'rm -rf "$work"' EXIT
    cd "$1" || exit 1
    if ! git rev-parse --is-inside-work-tree >"$work/git" 2>&1; then
        echo "check-style.sh: $1 is not a git work tree" >&2
        exit 1
    fi
    check >"$work/mistakes"
    sed 's/^/check-style.sh: /' "$work/mistakes"
    echo "$(wc -l <"$work/files") files, $(wc -l <"$work/mistakes") mistakes"
    test -s "$work/files" && test ! -s "$work/mistakes"
}

# ---- the test of this program ----

plant() { # name of the sample, what must be said (or nothing), file; the text comes from standard input
    rm -rf "$samples/tree"
    mkdir -p "$samples/tree/$(dirname "$3")"
    cat >"$samples/tree/$3"
    git -C "$samples/tree" init --quiet
    output=$("$script" "$samples/tree")
    status=$?
    if [ -z "$2" ]; then
        test $status -eq 0
    else
        test $status -ne 0 && printf '%s\n' "$output" | grep -q -e "$2"
    fi || {
        printf 'FAILED: %s\n%s\n' "$1" "$output"
        failures=$((failures + 1))
        return
    }
    echo "ok: $1"
}

columns() { # how many
    awk -v most="$1" 'BEGIN { printf "// "; for (at = 4; at <= most; at++) printf "x"; print "" }'
}

body() { # how many lines in a function
    echo 'fn a() {'
    awk -v most="$1" 'BEGIN { for (line = 1; line <= most; line++) print "    b();" }'
    echo '}'
}

self_test() {
    samples=$(mktemp -d) || exit 1
    trap 'rm -rf "$samples"' EXIT
    failures=0
    tab=$(printf '\t')
    left=TO
    slash=/
    awk 'BEGIN { for (line = 1; line <= 400; line++) print "" }' | plant 'a file of 400 lines' '' src/a.rs
    awk 'BEGIN { for (line = 1; line <= 401; line++) print "" }' | plant 'a file of 401 lines' 'more than' src/a.rs
    awk 'BEGIN { for (line = 1; line <= 401; line++) print "" }' | plant 'a long header, generated' '' include/threading.h
    awk 'BEGIN { for (line = 1; line <= 120; line++) print "" }' | plant 'two screens' '' README.md
    awk 'BEGIN { for (line = 1; line <= 121; line++) print "" }' | plant 'more than two screens' 'two screens' README.md
    columns 100 | plant '100 columns' '' src/a.rs
    for file in src/a.rs tests/a.c a.h a.cpp a.hpp a.py a.go; do
        columns 101 | plant "101 columns in $file" 'a[.a-z]*:1: more than 100' $file
    done
    columns 101 | plant '101 columns elsewhere' '' a.md
    columns 100 | sed 's/x/—/g' | plant '100 columns of more bytes' '' src/a.rs
    columns 97 | sed "s/^/$tab/" | plant 'a tab and 97 columns' 'more than 100' a.go
    body 58 | plant 'a function of 60 lines' '' src/a.rs
    body 59 | plant 'a function of 61 lines' 'a.rs:1: a function of 61 lines' src/a.rs
    { echo '#[cfg(test)]' && echo 'mod tests {' && body 70 | sed 's/^/    /' && echo '}'; } |
        plant 'a long function in tests' '' src/a.rs
    { echo 'impl A {' && body 70 | sed 's/^/    /; s/fn/pub(crate) unsafe extern "C-unwind" fn/' &&
        echo '}'; } | plant 'a long method' 'a.rs:2: a function of 72 lines' src/a.rs
    { body 30 && body 40; } | plant 'two functions that are long together' '' src/a.rs
    { echo 'trait A {' && echo '    fn a(&self);' && echo '    fn b(' && echo '        c: u8,' &&
        echo '    ) -> u8;' && body 50 | sed 's/^/    /' && echo '}'; } |
        plant 'declarations before a function' '' src/a.rs
    plant 'an atomic access without a word' 'ORDERING' src/a/b.rs <<END
fn a() { WORD.load(Ordering::Relaxed); }
END
    plant 'an atomic access without a word in a file of tests' 'ORDERING' src/a/tests.rs <<END
fn a() { WORD.load(Ordering::Relaxed); }
END
    plant 'unwrap in a file of tests' '' src/a/tests.rs <<END
fn a() { b().unwrap(); }
END
    plant 'a bare ordering without a word' 'ORDERING' src/a.rs <<END
fn a() { WORD.load(Relaxed); }
END
    plant 'an ordering said nine lines above' 'ORDERING' src/a.rs <<END
// ORDERING: Relaxed: a counter.








fn a() { WORD.load(Ordering::Relaxed); }
END
    plant 'an ordering said eight lines above, and its import' '' src/a.rs <<END
use core::sync::atomic::Ordering::{Acquire, Relaxed};
// ORDERING: Relaxed: a counter.







fn a() { WORD.load(Ordering::Relaxed); }
END
    plant 'unwrap' 'may panic' src/a.rs <<END
fn a() { b().unwrap(); }
END
    plant 'expect behind the tests' 'a.rs:7: .*may panic' src/a.rs <<END
#[cfg(test)]
mod tests {
    fn a() {
        b().unwrap();
    }
}
fn c() { d().expect("so"); }
END
    plant 'unwrap behind an import for tests' 'a.rs:3: .*may panic' src/a.rs <<END
#[cfg(test)]
use b::c;
fn c() { d().unwrap(); }
END
    plant 'unwrap in tests, in a comment, and near it' '' src/a.rs <<END
// b().unwrap() would panic here.
const A: usize = b().unwrap_or(const { c(4).unwrap() });
fn a() { b().unwrap_or(1); }
#[cfg(test)]
#[allow(dead_code)]
mod tests {
    fn a() {
        b().unwrap();
    }
}
END
    plant 'unwrap in build.rs' '' build.rs <<END
fn main() { b().unwrap(); }
END
    plant 'todo!' 'not there' src/a.rs <<END
fn a() { todo!() }
END
    plant 'a sleep in a test' 'a sleep' tests/conformance/lock.c <<END
    usleep(1000);
END
    plant 'a sleep in a Go binding' 'a sleep' bindings/go/lock_test.go <<END
${tab}time.Sleep(1)
END
    plant 'a mark without a reason' 'a sleep' tests/lock.rs <<END
    sleep(1); /* not to synchronise: */
END
    plant 'a sleep that says why, one in words, one under test' '' tests/conformance/sleep.c <<END
    sleep(1); /* not to synchronise: keeps the lock held */
/* sleep(1) would not do. */
    threading_sleep(0.1);
    puts("sleep(1)");
END
    plant 'a sleep that says why above' '' tests/conformance/lock.c <<END
    /* not to synchronise: keeps the lock held,
     * for a while */

    CHECK_STATUS(0,
                 threading_sleep(0.1));
END
    plant 'a sleep after one that says why above' 'lock.c:3: a sleep' tests/conformance/lock.c <<END
    // not to synchronise: keeps the lock held
    sleep(1);
    sleep(1);
END
    plant 'a sleep in Python after one that says why above' 'a.py:3: a sleep' tests/a.py <<END
    # not to synchronise: keeps the lock held
    sleep(1)
    sleep(1)
END
    plant 'threading_sleep elsewhere' 'a sleep' tests/conformance/lock.c <<END
    threading_sleep(0.1);
END
    plant 'something left to do' 'left to do' README.md <<END
${left}DO: more.
END
    plant 'a path of one machine' 'one machine' Makefile <<END
prefix = ${slash}home/me
END
    plant 'a path below another' '' Makefile <<END
path = \$(PREFIX)/work/lib
END
    plant 'white space at the end' 'at the end' a.md <<END
text$(printf ' ')
END
    plant 'a tab' 'a tab' a.c <<END
${tab}int a;
END
    plant 'a tab in a Makefile' '' benches/Makefile <<END
all:
${tab}true
END
    if [ $failures -ne 0 ]; then
        echo "check-style.sh --self-test: $failures failed" >&2
        return 1
    fi
}

if [ "${1:-}" = --self-test ]; then
    self_test
else
    run "${1:-$root}"
fi
