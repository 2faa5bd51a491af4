#!/bin/sh
# Everything that the C++ binding promises, against the libthreading that pkg-config finds. Writes below target/bindings/cpp, and
# in a directory of its own that it removes. THREADING_CPP_INCLUDE says where the binding's headers are, the repository's by default.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
here=$root/bindings/cpp
include=${THREADING_CPP_INCLUDE:-$here/include}
output=$root/target/bindings/cpp
warnings='-Wall -Wextra -Wpedantic -Wshadow -Werror'
flags=$(pkg-config --cflags threading) || exit 1
LD_LIBRARY_PATH=$(pkg-config --variable=libdir threading)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
mkdir -p "$output"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "bindings/cpp: $*" >&2
    exit 1
}
# What a part says is shown only if it fails.
quietly() { # title, command and arguments
    title=$1
    shift
    if ! "$@" >"$work/log" 2>&1; then
        cat "$work/log"
        fail "$title: $*"
    fi
}

for tool in g++ clang++ cmake python3 objdump; do
    command -v $tool >/dev/null || fail "$tool is not installed"
done
pkg-config --exists gtest_main || fail 'GoogleTest is not installed (Debian: libgtest-dev)'

# ---- each header alone, and twice ----
headers_alone() { # compiler, dialect, files
    compiler=$1
    dialect=$2
    shift 2
    for header; do
        name=${header#"$include/"}
        printf '#include <%s>\n#include <%s>\n' "$name" "$name" >"$work/$compiler.cpp"
        # Word splitting is meant here and below: each word is an option.
        # shellcheck disable=SC2086
        timeout 60 "$compiler" "-std=$dialect" $warnings -fsyntax-only -I "$include" $flags "$work/$compiler.cpp" || return 1
    done
}
headers=$(find "$include/threading" "$include/threading.hpp" -name '*.hpp')
(
    # shellcheck disable=SC2086
    headers_alone clang++ c++20 $headers >"$work/clang++.log" 2>&1 || : >"$work/clang++.failed"
) &
# shellcheck disable=SC2086
quietly 'a header alone' headers_alone g++ c++17 $headers
wait
if [ -e "$work/clang++.failed" ]; then
    cat "$work/clang++.log"
    fail 'a header alone does not compile with clang++'
fi
echo "headers alone: $(printf '%s\n' "$headers" | wc -l), with g++ and clang++"

# ---- the tests, two builds at a time ----
build_and_test() { # compiler, dialect, options
    build=$output/$1-$2${3:+-sanitised}
    # CMake would go on with the library that pkg-config found the last time.
    rm -f "$build/CMakeCache.txt"
    cmake -S "$here/tests" -B "$build" -DCMAKE_CXX_COMPILER="$1" -DCMAKE_CXX_STANDARD="$2" -DCMAKE_CXX_FLAGS="${3-}" \
        -DTHREADING_CPP_INCLUDE="$include" -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=0 &&
        timeout 300 cmake --build "$build" &&
        timeout 120 ctest --test-dir "$build" --timeout 60 --output-on-failure --no-tests=error
}
build_in_background() { # name of the log, and what build_and_test takes
    log=$work/$1
    shift
    build_and_test "$@" >"$log" 2>&1 || : >"$log.failed"
}
show_tests() { # name of the log
    if [ -e "$work/$1.failed" ]; then
        cat "$work/$1"
        fail "the tests failed with $1"
    fi
    echo "tests with $1: $(sed -n 's/.* out of \([0-9]*\)$/\1 passed/p' "$work/$1")"
}
(
    build_in_background 'clang++, C++17' clang++ 17
    # g++'s AddressSanitizer takes the unwinding of a cancelled thread for a mistake; clang++'s does not.
    build_in_background 'clang++, C++20, sanitised' clang++ 20 -fsanitize=address,undefined
) &
build_in_background 'g++, C++17' g++ 17
build_in_background 'g++, C++20' g++ 20
wait
for log in 'g++, C++17' 'g++, C++20' 'clang++, C++17' 'clang++, C++20, sanitised'; do
    show_tests "$log"
done

# ---- clang's analysis ----
for program in silent reported silent_condition reported_condition; do
    # shellcheck disable=SC2086
    quietly "thread safety: $program" timeout 60 tests/header/expect.py "$here/tests/thread_safety/$program.cpp" \
        clang++ -std=c++17 -Wall -Wextra -Wpedantic -Wshadow -Wthread-safety -I "$include" $flags
    echo "thread safety, $program: $(tail -n 1 "$work/log")"
done

# ---- mistakes that do not compile ----
for program in "$here"/tests/mistakes/*.cpp; do
    for compiler in g++ clang++; do
        for dialect in c++17 c++20; do
            # shellcheck disable=SC2086
            quietly "mistakes: $compiler" timeout 60 tests/header/expect.py "$program" "$compiler" -std=$dialect \
                -Wall -Wextra -Wpedantic -Wshadow -I "$include" $flags
        done
        echo "mistakes, $(basename "$program" .cpp) with $compiler: $(tail -n 1 "$work/log")"
    done
done

# ---- the costs ----
quietly 'instructions' timeout 60 "$here/tests/instructions/compare.sh" "$include"
cat "$work/log"

# ---- a project elsewhere, with a prefix of its own ----
mkdir -p "$work/prefix/include" "$work/project"
cp -R "$include/." "$work/prefix/include/"
cp "$here/tests/consumer/pipeline.cpp" "$work/project/"
awk -v project="$work/project" '/^```cpp$/ { inside = 1; number++; next } /^```$/ { inside = 0 }
    inside { print >(project "/readme" number ".cpp") }' "$here/README.md"
printf 'adder adds\n3\n' >"$work/project/readme1.txt"
printf 'teller-1 waits for ledger\nteller-2 waits for accounts\n' >"$work/project/readme2.txt"
cp "$here/tests/consumer/expected.txt" "$work/project/pipeline.txt"
for compiler in g++ clang++; do
    for program in readme1 readme2 pipeline; do
        # shellcheck disable=SC2046,SC2086
        (cd "$work/project" && timeout 60 "$compiler" -std=c++17 $warnings "$program.cpp" -o "$program" -I"$work/prefix/include" \
            $(pkg-config --cflags --libs threading)) || fail "$program.cpp does not build with $compiler"
        (cd "$work/project" && timeout 60 "./$program" >"$program.out" 2>"$program.err") || fail "$program ends with $?"
        diff -u "$work/project/$program.txt" "$work/project/$program.out" || fail "$program prints something else"
    done
    grep -q '"teller-1" has waited .* for lock "ledger" .*, held by "teller-2"' "$work/project/readme2.err" ||
        fail 'the second program of the README does not say who waits for whom'
done
echo 'consumer outside the repository: the programs of the README and the pipeline, with g++ and clang++'
