#!/bin/sh
# Makes the Conan package with a conan of its own, below target/conan, and runs the README's first program with it, linked to the shared
# library and to the archive. Fetches conan from PyPI, unless CONAN names one; so it is run by hand.
set -eu
cd "$(dirname "$0")/../.."
work=$PWD/target/conan
fail() { # what, log
    echo "tests/install/conan: $1" >&2
    [ $# -lt 2 ] || tail -n 40 "$2" >&2
    exit 1
}
mkdir -p "$work"
awk '/^```c$/ { inside = 1; next } /^```/ && inside { exit } inside' README.md |
    cmp - packaging/conan/test_package/program.c || fail "packaging/conan/test_package/program.c is not the README's program"

conan=${CONAN:-$work/venv/bin/conan}
if [ ! -x "$conan" ]; then
    python3 -m venv "$work/venv" && "$work/venv/bin/pip" install --quiet --disable-pip-version-check 'conan>=2,<3' >"$work/log" 2>&1 ||
        fail 'there is no conan, and pip does not bring one' "$work/log"
fi
export CONAN_HOME="$work/home"
rm -rf "$CONAN_HOME"
"$conan" profile detect >"$work/log" 2>&1 || fail 'conan finds no compiler' "$work/log"
# The package is tried where it is; what its test builds goes elsewhere.
rm -rf "$work/try"
mkdir "$work/try"
cp -R packaging/conan/test_package "$work/try"
for shared in True False; do
    "$conan" create packaging/conan --options "libthreading/*:shared=$shared" --test-folder "$work/try/test_package" >"$work/log" 2>&1 ||
        fail "conan create fails with shared=$shared" "$work/log"
    grep -q 'worker works on a task' "$work/log" || fail "the program did not run with shared=$shared" "$work/log"
    program=$(find "$work/try" -type f -name program -newer "$work/try/test_package/program.c" | tail -n 1)
    if readelf -d "$program" | grep -q 'NEEDED.*libthreading'; then needs=True; else needs=False; fi
    [ "$needs" = "$shared" ] || fail "with shared=$shared the program is linked otherwise"
    rm -rf "$work/try/test_package/build"
    echo "conan: the package with shared=$shared was made, and the README's program ran with it"
done
