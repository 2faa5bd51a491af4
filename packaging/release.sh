#!/bin/sh
# Prepares a release: release.sh VERSION DATE, as in release.sh 0.2.0 2026-12-01
#
# It writes the version wherever it stands, ends the part "Unreleased" of the changelog, builds, records the ABI, and writes the text of
# the tag to target/tag.txt. It commits and publishes nothing: it prints what is left to do.
#
# release.sh --tag writes the text of the tag again, for the version that the tree is.
set -eu
cd "$(dirname "$0")/.."
fail() {
    echo "release.sh: $*" >&2
    exit 1
}
old=$(sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)

# What the changelog says of the version, with a line of its own in front.
write_tag() { # version
    grep -q "^## \\[$1\\] - " CHANGELOG.md || fail "CHANGELOG.md has no part $1"
    mkdir -p target
    {
        printf 'libthreading %s\n\n' "$1"
        awk -v heading="## [$1] - " 'index($0, heading) == 1 { inside = 1; next } /^## / { inside = 0 } inside' CHANGELOG.md |
            sed -e 's/^### \(.*\)/\1:/' -e '/./,$!d'
    } >target/tag.txt
}
if [ "$*" = --tag ]; then
    write_tag "$old"
    exit
fi
[ $# -eq 2 ] || fail 'usage: release.sh VERSION DATE, or release.sh --tag'
new=$1
date=$2
echo "$new" | grep -qxE '[0-9]+\.[0-9]+\.[0-9]+' || fail "'$new' is no version of three numbers"
echo "$date" | grep -qxE '[0-9]{4}-[0-9]{2}-[0-9]{2}' || fail "'$date' is no date as 2026-12-01"
[ -z "$(git status --porcelain)" ] || fail 'there are changes that are not committed'
[ "$new" != "$old" ] || fail "the version is $old already"
printf '%s\n' "$old" "$new" | sort -V -C || fail "$new is older than $old"
grep -qx '## \[Unreleased\]' CHANGELOG.md || fail 'CHANGELOG.md has no part "Unreleased"'
ci/check-abi.py || fail 'the ABI has changed: docs/abi.md says what to do'

sed -i "0,/^version = \"$old\"/s//version = \"$new\"/" Cargo.toml bindings/python/pyproject.toml
sed -i "s/\"version\": \"$old\"/\"version\": \"$new\"/" packaging/vcpkg/libthreading/vcpkg.json
sed -i "/^name = \"threading\"\$/{n;s/\"$old\"/\"$new\"/}" Cargo.lock
sed -i "s/^## \\[Unreleased\\]\$/## [Unreleased]\\n\\n## [$new] - $date/" CHANGELOG.md
sed -i "s/^libthreading $old: process /libthreading $new: process /" docs/*.md docs/guide/*.md
git grep -n -F "$old" -- '*.h' '*.py' '*.toml' '*.md' ':!CHANGELOG.md' ':!include/threading.h' ':!benches' ':!docs/benchmarks*' &&
    echo 'release.sh: the lines above have the old version too: look at them' >&2
make --no-print-directory all
ci/check-abi.py --record

write_tag "$new"

cat <<END
The tree is version $new. What is left:
    make check && make deb && make deb-check
    git commit -a -m 'Release $new'
    git tag -a v$new --cleanup=verbatim -F target/tag.txt
    make dist-check && make rpm && tests/install/rpm.sh
END
