#!/bin/sh
# `make docs`: the man pages and the HTML of the reference, under target/docs. What is missing for a part is said in one line,
# and the other parts are made.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
out=target/docs

left_out() { # what is missing, what there is not
    echo "make docs: $1 is not here (Debian: apt-get install $1), so $2" >&2
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

if ! command -v doxygen >/dev/null 2>&1; then
    left_out doxygen 'there is no HTML'
    exit 0
fi
"$here/html.py" include/threading.h "$out/pages"
version=$(sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)
# From 1.9.5 on Doxygen follows the reader's wish for dark or light itself.
if printf '%s\n' 1.9.5 "$(doxygen --version | cut -d ' ' -f 1)" | sort -V -C; then
    colours='HTML_COLORSTYLE = AUTO_LIGHT'
    styles=$here/style.css
else
    colours='HTML_TIMESTAMP = NO'
    styles="$here/style.css $here/dark.css"
fi
{
    cat "$here/Doxyfile"
    echo "PROJECT_NUMBER = $version"
    echo "OUTPUT_DIRECTORY = $out"
    echo "INPUT = $out/pages"
    echo "HTML_EXTRA_STYLESHEET = $styles"
    echo "$colours"
} >"$out/Doxyfile"
doxygen "$out/Doxyfile"
echo "write the reference to $out/html/index.html"
