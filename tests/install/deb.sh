#!/bin/sh
# Installs the packages of `make deb` in a new Debian, uses them there as their users do, and takes them away again: deb.sh [SUITE]
#
# SUITE is bookworm, if not given. Used there: the README's first program by pkg-config, the archive, CMake, the Go binding (with the Go of
# this machine, read-only), Python, gdb with the symbols' package, man pages. Runs as root, and needs mmdebstrap.
set -eu
cd "$(dirname "$0")/../.."
suite=${1:-bookworm}
fail() {
    echo "tests/install/deb: $*" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || fail 'only root can make a Debian and enter it'
command -v mmdebstrap >/dev/null || fail 'mmdebstrap is not installed (Debian: apt-get install mmdebstrap)'
ls target/deb/*.deb >/dev/null 2>&1 || fail 'there are no packages: make deb'
PATH=$PATH:/usr/local/go/bin
goroot=$(go env GOROOT) || fail 'Go is not installed'
# shellcheck disable=SC2016 # what apt-get fills in
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)}
[ -n "$mirror" ] || fail 'apt has no mirror of Debian: say MIRROR=URL'

work=$PWD/target/deb/try
rm -rf "$work"
mkdir -p "$work/given"
apt-config dump | grep -E '^Acquire::(http|https|Check-)' >"$work/apt.conf" || :
cp target/deb/*.deb "$work/given"
cp -R tests/install/cmake tests/install/consumer.c tests/install/within.sh "$work/given"
cp -R bindings/go "$work/given/go"
awk '/^```c$/ { inside = 1; next } /^```/ && inside { exit } inside' README.md >"$work/given/program.c"
awk '/^```python$/ { inside = 1; next } /^```/ && inside { exit } inside' bindings/python/README.md >"$work/given/program.py"
awk '/^```go$/ { inside = 1; next } /^```/ && inside { exit } inside' bindings/go/README.md >"$work/given/program.go"

# shellcheck disable=SC2016 # mmdebstrap's shell fills in $1, the new machine's directory
mmdebstrap --quiet --variant=minbase --aptopt="$work/apt.conf" --format=null \
    --include=gcc,libc6-dev,pkg-config,cmake,make,gdb,man-db,python3 \
    --customize-hook="copy-in '$work/given' /srv" \
    --customize-hook="mkdir -p \"\$1/usr/local/go\" && mount --bind '$goroot' \"\$1/usr/local/go\"" \
    --customize-hook='chroot "$1" sh /srv/given/within.sh; status=$?; umount "$1/usr/local/go"; exit $status' \
    "$suite" - "deb $mirror $suite main" || fail "something does not hold on $suite"
rm -rf "$work"
echo "tests/install/deb: the packages were installed on $suite, used, and taken away"
