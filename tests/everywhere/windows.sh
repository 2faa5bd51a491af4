#!/bin/sh
# Builds the library for Windows, and runs the conformance programs in C by wine: windows.sh windows, in the machine of machine.sh.
#
# Each case is a process of its own, linked to the DLL. A program that asks for what neither Windows has nor tests/everywhere/windows/
# stands in for cannot be built: the log names it, with the compiler's first error. It writes one line of figures to /srv/build/figures,
# and ends with 0 if every case that is not in windows.txt beside it has passed.
set -eu
part=$1
cd /srv/libthreading
build=/srv/build
jobs=${JOBS:-$(nproc)}
cases=${CASES:-^conformance}
target=x86_64-pc-windows-gnu
library=$build/cargo/$target/release
programs=$build/programs
export programs cases PYTHONDONTWRITEBYTECODE=1
# Nothing of wine's own is asked for by a window, and it goes on from one program to the next.
export WINEPREFIX=$build/wine WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' WINEPATH="$library"

# Debian has no standard library of Rust for Windows, so it is compiled from its sources, which takes what only a nightly cargo has.
RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR=$build/cargo cargo rustc --release --locked --lib --crate-type cdylib --target $target \
    -Zbuild-std=std,panic_unwind -- --cfg shared_library

# The header, in the dialects that it says it is for.
for dialect in c99 c11 c17 c++11 c++17 c++20; do
    case $dialect in
    c++*) compiler=g++ language=c++ ;;
    *) compiler=gcc language=c ;;
    esac
    echo '#include <threading.h>' | x86_64-w64-mingw32-$compiler-posix -std=$dialect -x $language -Wall -Wextra -Wpedantic -Wshadow -Werror \
        -Iinclude -fsyntax-only -
done

mkdir -p "$programs"
rm -f "$programs"/*.exe "$programs"/*.out "$programs"/*.status
cat >"$build/compile" <<'END'
#!/bin/sh
# Compiles a source with what stands in for POSIX: compile SOURCE OUTPUT [OPTION...]
source=$1
shift
exec x86_64-w64-mingw32-gcc-posix -std=gnu11 -O2 -g -D_GNU_SOURCE -DCASE_SECONDS=120 -Iinclude -Itests/everywhere/windows \
    -include posix.h -Wall -Wextra -Wpedantic -Wshadow "$source" -o "$@"
END
cat >"$build/run" <<'END'
#!/bin/sh
# Runs a case and keeps what came of it: run PROGRAM CASE
name=$programs/$1.$2
status=0
timeout -s KILL 130 wine "$programs/$1.exe" "$2" >"$name.out" 2>&1 || status=$?
echo "$status conformance.$1.$2.shared" >"$name.status"
END
chmod 755 "$build/compile" "$build/run"
for source in tests/objects.c tests/conformance/case.c tests/everywhere/windows/posix.c; do
    "$build/compile" "$source" "$programs/$(basename "$source" .c).o" -c
done
# The programs of the cases that are asked for.
for source in tests/conformance/*.c; do
    awk -v program="$(basename "$source" .c)" '
        /^(CASE|EACH_WAIT)\(/ {
            split($0, parts, /[()]/)
            found += ("conformance." program "." parts[2] ".shared") ~ ENVIRON["cases"] || /^EACH_WAIT/
        }
        END { if (found) print program }' "$source"
done >"$build/wanted"
xargs -P "$jobs" -I{} sh -c '"$0" tests/conformance/{}.c "$programs/{}.exe" "$programs"/objects.o "$programs"/case.o "$programs"/posix.o \
    "$1" -static -lpthread 2>"$programs/{}.log" ||
    echo "cannot be built: {}: $(grep -m1 -E "error:|undefined" "$programs/{}.log")"' "$build/compile" "$library/libthreading.dll.a" \
    <"$build/wanted" | tee "$build/not-built"

wineserver -p 2>/dev/null || :
wineboot -i >/dev/null 2>&1 || :
for program in "$programs"/*.exe; do
    name=$(basename "$program" .exe)
    wine "$program" 2>/dev/null </dev/null | tr -d '\r' | sed "s/^/$name /"
done | awk '"conformance." $1 "." $2 ".shared" ~ ENVIRON["cases"]' >"$build/cases"
xargs -P "$jobs" -L 1 "$build/run" <"$build/cases" || :
wineserver -k 2>/dev/null || :

cat "$programs"/*.status | awk '
    BEGIN { print "<testsuite>" }
    $1 == 0 { print "<testcase name=\"" $2 "\" status=\"run\"/>"; next }
    $1 == 77 { print "<testcase name=\"" $2 "\" status=\"notrun\"><skipped/></testcase>"; next }
    { print "<testcase name=\"" $2 "\" status=\"fail\"><failure/></testcase>" }
    END { print "</testsuite>" }' >"$build/cases.xml"
grep -hvE '^(0|77) ' "$programs"/*.status | while read -r status name; do
    name=${name#conformance.}
    echo "---- $name ended with $status:"
    tail -n 5 "$programs/${name%.shared}.out"
done
status=0
tests/everywhere/judge.py "$build/cases.xml" "tests/everywhere/$part.txt" "$build/figures" || status=$?
echo "$(cat "$build/figures"); $(grep -c . "$build/not-built") of $(grep -c . "$build/wanted") programs cannot be built" |
    tee "$build/figures.new"
mv "$build/figures.new" "$build/figures"
exit $status
