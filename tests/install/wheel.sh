#!/bin/sh
# Installs the wheel with pip into an empty environment, on a machine that has no library as far as Python can see; runs there the first
# program of the Python binding's page; and takes the wheel away again. Without pip it says so.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { # what, log
    echo "tests/install/wheel: $1" >&2
    [ $# -lt 2 ] || cat "$2" >&2
    exit 1
}

python=$(command -v "${PYTHON:-python3}")
if ! "$python" -m venv "$work/a venv" >"$work/log" 2>&1; then
    echo 'wheel: python3 makes no environment with pip here (Debian: python3-venv): the wheel was not tried'
    exit 0
fi
packaging/wheel.py "$work" >"$work/log" 2>&1 || fail 'no wheel was made' "$work/log"
alone() { # command: without paths, and without a pkg-config
    (cd "$work" && env -i HOME="$work" PATH="$work/a venv/bin" PYTHONDONTWRITEBYTECODE=1 "$@")
}
# pip makes sure of the tag and of each line of RECORD's files.
alone python -m pip install --no-index --disable-pip-version-check "$(echo "$work"/libthreading-*.whl)" >"$work/log" 2>&1 ||
    fail 'pip does not install the wheel' "$work/log"

awk '/^```python$/ { inside = 1; next } /^```/ && inside { exit } inside' bindings/python/README.md >"$work/program.py"
said=$(alone python program.py 2>"$work/log") || fail "the page's program fails" "$work/log"
[ "$said" = 'queue: 3 jobs done by worker' ] || fail "the page's program says '$said'"
cat >"$work/maps.py" <<'END'
import libthreading
print(*{line.split(None, 5)[-1] for line in open("/proc/self/maps") if "libthreading.so" in line})
END
alone python maps.py >"$work/maps" 2>&1
grep -q 'site-packages/libthreading/libthreading\.so\.0' "$work/maps" || fail 'the library that is loaded is not the one in the wheel' "$work/maps"

# A process that has the library already keeps to that one.
cat >"$work/two.py" <<END
import ctypes
ctypes.CDLL("$root/target/release/libthreading.so")
import libthreading
print(sum("libthreading.so" in line and "r-xp" in line for line in open("/proc/self/maps")))
END
[ "$(alone python two.py)" = 1 ] || fail 'a process with the library has loaded a second one'

alone python -m pip uninstall --yes --disable-pip-version-check libthreading >"$work/log" 2>&1 || fail 'pip does not uninstall it' "$work/log"
left=$(find "$work/a venv" -iname '*libthreading*')
[ -z "$left" ] || fail "uninstalling leaves $left"
echo 'wheel: installed in an empty environment, used, and taken away'
