#!/bin/sh
# `make docs`: the man pages of the reference, under target/docs. What is missing for a part is said in one line,
# and the other parts are made.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
out=target/docs

left_out() { # what is missing, what there is not
    echo "make docs: $1 is not here, so $2" >&2
}

if ! command -v python3 >/dev/null 2>&1; then
    left_out python3 'nothing was made'
    exit 1
fi

rm -rf "$out"
mkdir -p "$out"
"$here/man.py" include/threading.h "$out/man"
"$here/man.py" --check include/threading.h "$out/man"
if command -v mandoc >/dev/null 2>&1; then
    mandoc -Tlint "$out"/man/man*/* || {
        echo 'make docs: mandoc has something to say of the man pages' >&2
        exit 1
    }
    echo 'mandoc -Tlint has nothing to say of them'
else
    left_out mandoc 'the man pages were not checked by it'
fi
