#!/bin/sh
# Everything that must hold before a change lands, cheap steps first, up to the first failure. `make check` runs it, after
# ci/setup.sh. All that it writes lies under target/ or in a directory of its own that it removes.
set -u
cd "$(dirname "$0")/.." || exit 1
export PYTHONDONTWRITEBYTECODE=1
# Where rustup and Go's own installer put them, for a shell whose start-up files do not know it yet.
PATH=$PATH:${HOME-}/.cargo/bin:/usr/local/go/bin

report=
begun=$(date +%s)

step() { # title, command and arguments
    title=$1
    shift
    printf '\n==== %s\n' "$title"
    step_begun=$(date +%s)
    "$@"
    status=$?
    seconds=$(($(date +%s) - step_begun))
    if [ $status -ne 0 ]; then
        printf '\nmake check: FAILED at "%s" after %d s, exit status %d: %s\n' "$title" $seconds $status "$*" >&2
        exit 1
    fi
    printf -- '---- %s: good, %d s\n' "$title" $seconds
    report="$report$(printf '%5d s  %s' $seconds "$title")
"
}

# Before anything writes the header anew.
header=include/threading.h
mkdir -p target/check
cp "$header" target/check/threading.h 2>/dev/null || : >target/check/threading.h

header_is_fresh() {
    make --no-print-directory header || return 1
    # What is committed (or staged) counts; without git, what was there when the check began.
    if git ls-files --error-unmatch "$header" >/dev/null 2>&1; then
        git --no-pager diff --exit-code -- "$header"
    else
        diff -u target/check/threading.h "$header"
    fi || {
        echo "$header is not what the Rust source makes of it. It has been written anew: look at the difference above" \
            "and commit the file."
        return 1
    }
}

# The ports for other systems too, where rustup has Rust's standard library for them. Nothing of them runs here.
lints() {
    cargo clippy --all-targets --locked -- -D warnings || return 1
    for target in x86_64-unknown-freebsd aarch64-apple-darwin x86_64-pc-windows-gnu; do
        if [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; then
            cargo clippy --locked --lib --target "$target" -- -D warnings || return 1
        else
            echo "skipped: the port for $target: \`rustup target add $target\` brings what its lints need"
        fi
    done
}

# A test that hangs must not hold the check for ever; ctest and the models have limits of their own.
rust_tests() {
    timeout --kill-after=10 600 cargo test --locked
}

# Most cases sleep rather than compute, so two share a processor; those that need quiet are RUN_SERIAL.
c_programs() {
    cmake -S tests -B target/ctest -DCMAKE_C_FLAGS='-O2 -g' -DCMAKE_CXX_FLAGS='-O2 -g' &&
        cmake --build target/ctest --parallel "$(nproc)" &&
        ctest --test-dir target/ctest --parallel $((2 * $(nproc))) --timeout 120 --output-on-failure --no-tests=error
}

# The bindings are tried as their users have them: with a library that is installed somewhere.
prefix=$PWD/target/check/prefix
install_for_bindings() {
    rm -rf "$prefix" && make --no-print-directory install PREFIX="$prefix" >/dev/null
}
binding() { # language
    THREADING_CPP_INCLUDE=$prefix/include PKG_CONFIG_PATH=$prefix/lib/pkgconfig "bindings/$1/check.sh"
}
table_of_bindings() {
    THREADING_LIBRARY=$prefix/lib/libthreading.so bindings/check_table.py --self-test &&
        THREADING_LIBRARY=$prefix/lib/libthreading.so bindings/check_table.py
}

# Checks that find nothing are believed only when they find planted mistakes.
checkers_check() {
    ci/format.sh --self-test && ci/check-style.sh --self-test && ci/check-layers --self-test &&
        ci/check-platform.sh --self-test && ci/check-docs.py --self-test &&
        ci/check-abi.py --self-test && ci/check-benches.py --self-test && ci/check-links.py --self-test &&
        ci/check-spelling.py --self-test && packaging/reference/man.py --self-test &&
        packaging/reference/html.py --self-test && tests/conformance/readme.py --self-test &&
        tests/everywhere/judge.py --self-test
}

# With whichever rivals are installed: what is checked is that it builds, and that what is said of it is true.
benchmark() {
    make --no-print-directory -C benches && ci/check-benches.py
}

step 'checkers' checkers_check
step 'format' ci/format.sh --check
step 'style' ci/check-style.sh
step 'layers' ci/check-layers
step 'platform' ci/check-platform.sh
step 'list of programs' tests/conformance/readme.py
step 'setup of a machine' tests/setup/run.sh
step 'orders of memory' tests/litmus/run.py
step 'lints' lints
step 'release builds' make --no-print-directory widened
step 'header is fresh' header_is_fresh
step 'comments of the header' ci/check-docs.py
step 'reference' make --no-print-directory docs
step 'links' ci/check-links.py
step 'spelling' ci/check-spelling.py
step 'exported symbols' ci/check-exports.sh
step 'ABI' ci/check-abi.py
step 'fast path' ci/check-fast-path.sh
step 'instructions' ci/check-instructions.py
step 'benchmark' benchmark
step 'installed package' tests/install/run.sh
step 'Rust tests' rust_tests
step 'models' timeout --kill-after=10 3600 make --no-print-directory loom
step 'C programs' c_programs
step 'race detectors' tests/tools/run.sh
step 'an installed library' install_for_bindings
step 'table of bindings' table_of_bindings
step 'C++ binding' binding cpp
step 'Go binding' binding go
step 'Python binding' binding python

printf '\n%smake check: all passed, %d s\n' "$report" $(($(date +%s) - begun))
