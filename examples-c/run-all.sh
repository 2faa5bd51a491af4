#!/bin/sh
# Runs all examples, one after the other, and shows what they print: run-all.sh DIRECTORY_OF_BUILT_PROGRAMS
#
# The programs are those that have a .c file beside this script. They come in the order of the table in README.md; one that
# the table does not name comes after those. A program that fails does not keep the rest from running, but then this fails.
set -u

if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "usage: $0 DIRECTORY_OF_BUILT_PROGRAMS" >&2
    exit 2
fi
built=$1
sources=$(dirname "$0")

# Far above what any example takes: one that hangs must not hang the rest.
limit=
if command -v timeout >/dev/null; then
    limit='timeout 60'
fi

programs=$(
    {
        sed -n 's/^| \[\([a-z0-9_]*\)\.c\].*/\1/p' "$sources/README.md"
        for source in "$sources"/*.c; do
            basename "$source" .c
        done
    } | awk '!seen[$0]++'
)

failed=
for program in $programs; do
    [ -e "$sources/$program.c" ] || continue
    echo "\$ $program"
    # Both streams in one, so that what a program says of an error stands where it belongs.
    $limit "$built/$program" 2>&1
    status=$?
    if [ $status -ne 0 ]; then
        echo "$program failed with status $status"
        failed="$failed $program"
    fi
    echo
done

if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
