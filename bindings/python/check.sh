#!/bin/sh
# Runs everything of the Python binding that has to hold, on an installed library that pkg-config finds. It writes only below
# target/bindings/python, and to directories of its own that it removes.
#
# PYTHON=python3.12 check.sh takes another interpreter than python3.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
python=$(command -v "${PYTHON:-python3}")
libdir=$(pkg-config --variable=libdir threading)
LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
PYTHONDONTWRITEBYTECODE=1
PYTHONPATH=
export LD_LIBRARY_PATH PYTHONDONTWRITEBYTECODE PYTHONPATH
temporary=$(mktemp -d)
logs=$temporary/logs
mkdir "$logs"
started=
trap 'kill $started 2>/dev/null || true; rm -rf "$temporary"' EXIT
trap 'exit 1' INT TERM

fail() { # what, log
    echo "bindings/python: FAILED: $1" >&2
    cat "$2" >&2
    exit 1
}

part() { # what, seconds, command...
    what=$1 seconds=$2
    shift 2
    timeout -k 5 "$seconds" "$@" >"$logs/part" 2>&1 || fail "$what" "$logs/part"
    echo "bindings/python: $what: $(tail -n 1 "$logs/part")"
}

# CPython's suites mostly sleep: they run while everything else does.
begin_suite() { # interpreter, suite, name of its log
    mkdir -p "$temporary/$3"
    timeout -k 5 110 "$1" "$here/tests/cpython_suites.py" "$2" "$temporary/$3" >"$logs/$3" 2>&1 &
    started="$started $!"
    echo $! >"$logs/$3.process"
}

end_suite() { # name of its log
    wait "$(cat "$logs/$1.process")" || fail "CPython's own tests" "$logs/$1"
    sed 's/^/bindings\/python: /' "$logs/$1"
}

suites="lock_tests test_threading test_local"
names=
begin_suites() { # interpreter, word for the logs
    for suite in $suites; do
        begin_suite "$1" "$suite" "$2_$suite"
        names="$names $2_$suite"
    done
    # Some builds of Python have the package without this part of it.
    if "$1" -c 'import test.test_concurrent_futures' >"$logs/part" 2>&1; then
        begin_suite "$1" test_concurrent_futures "$2_test_concurrent_futures"
        names="$names $2_test_concurrent_futures"
    else
        echo "bindings/python: skipped: test_concurrent_futures: $1 has no such tests"
    fi
}

has_tests='import test.lock_tests, test.test_threading, test.test_threading_local'
lacks='has no package test (Debian: libpython3.N-testsuite, with its own N)'
if "$python" -c "$has_tests" >"$logs/part" 2>&1; then
    begin_suites "$python" python
else
    if [ "${CI:-}" = true ]; then
        echo "bindings/python: FAILED: CPython's own tests: $python $lacks" >&2
        exit 1
    fi
    echo "bindings/python: skipped: CPython's own tests: $python $lacks"
fi

part 'unit tests' 60 "$python" -m unittest discover -s "$here/tests" -p 'test_*.py'
grep '^Ran [1-9]' "$logs/part" || fail 'unit tests: there are none' "$logs/part"
if "$python" -m mypy --version >"$logs/part" 2>&1; then
    part 'mypy --strict' 100 "$python" -m mypy --strict --cache-dir "$root/target/bindings/python/mypy" "$here/libthreading"
else
    echo "bindings/python: skipped: mypy --strict: $python has no mypy"
fi

# A user's project, outside the repository: the README's programs, with an installed package where pip can make one.
awk -v start="$temporary/program" '/^```python$/ { inside = 1; number++; next } /^```$/ { inside = 0 }
    inside { print >(start number ".py") }' "$here/README.md"
source=$temporary/source/bindings/python
mkdir -p "$source" "$temporary/site"
cp -r "$here/libthreading" "$here/pyproject.toml" "$here/README.md" "$source"
cp "$root/.gitignore" "$temporary/source"
git -C "$temporary/source" init --quiet
git -C "$temporary/source" add .
if "$python" -c 'import importlib.util as u, sys; sys.exit(not all(map(u.find_spec, ("pip", "setuptools", "wheel"))))'; then
    part 'pip install' 60 "$python" -m pip install --disable-pip-version-check --no-index --no-build-isolation \
        --target "$temporary/site" "$source"
    # What pip leaves beside the sources is nothing that git would ask about.
    git -C "$temporary/source" ls-files --others --exclude-standard >"$logs/part"
    [ ! -s "$logs/part" ] || fail 'files that pip leaves and .gitignore does not name' "$logs/part"
else
    echo "bindings/python: skipped: pip install: $python lacks pip, setuptools or wheel; the package is used as a directory"
    mv "$source/libthreading" "$temporary/site"
fi
printf 'queue: 3 jobs done by worker\n' >"$temporary/expected1"
printf 'teller-1 waits for lock ledger\nteller-2 waits for lock accounts\n' >"$temporary/expected2"
for number in 1 2; do
    printed=$temporary/printed$number
    if ! (cd "$temporary/site" && PYTHONPATH=. timeout 20 "$python" "$temporary/program$number.py") >"$printed" 2>"$printed.err" ||
        ! cmp -s "$printed" "$temporary/expected$number"; then
        cat "$printed.err" >>"$printed"
        fail "program $number of the README" "$printed"
    fi
done
grep -q '"teller-1" has waited .* for lock "ledger" .*, held by "teller-2"' "$temporary/printed2.err" ||
    fail 'the second program of the README does not say who waits for whom' "$temporary/printed2.err"
echo "bindings/python: the programs of the README run outside the repository"

part 'differential run' 110 "$python" "$here/tests/differential.py"
for name in $names; do
    end_suite "$name"
done
started=

# The system's interpreter, if it is another one.
if [ -x /usr/bin/python3 ] && [ "$(readlink -f /usr/bin/python3)" != "$(readlink -f "$("$python" -c 'import sys; print(sys.executable)')")" ]; then
    if /usr/bin/python3 -c "$has_tests" >"$logs/part" 2>&1; then
        names=
        begin_suites /usr/bin/python3 system
        for name in $names; do
            end_suite "$name"
        done
        started=
    else
        echo "bindings/python: skipped: CPython's own tests on the system's Python: /usr/bin/python3 $lacks"
    fi
fi
