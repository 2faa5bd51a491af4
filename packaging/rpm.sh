#!/bin/sh
# `make rpm`: RPM packages, under target/rpm, from the tarball of the commit HEAD, and what rpmlint says of them. Needs rpmbuild (Debian: rpm).
# tests/install/rpm.sh tries them.
set -eu
cd "$(dirname "$0")/.."
out=$PWD/target/rpm
version=$(sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)
fail() {
    echo "make rpm: $*" >&2
    exit 1
}
command -v rpmbuild >/dev/null || fail 'rpmbuild is not here (Debian: apt-get install rpm)'
packaging/dist.sh

rm -rf "$out"
mkdir -p "$out/SOURCES" "$out/SPECS"
cp "target/dist/libthreading-$version.tar.gz" "$out/SOURCES"
date=$(LC_ALL=C date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" '+%a %b %d %Y')
sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$date/" packaging/rpm/libthreading.spec.in >"$out/SPECS/libthreading.spec"

# A system whose own packages are no RPMs has none that the spec could ask for.
deps=
rpm -q rpm >/dev/null 2>&1 || deps=--nodeps
# What make hands down would be taken for wishes of the packager's.
env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u PREFIX -u DESTDIR -u LIBDIR -u INCLUDEDIR -u CARGO_TARGET_DIR \
    rpmbuild -ba $deps --define "_topdir $out" "$out/SPECS/libthreading.spec" >"$out/log" 2>&1 || {
    tail -n 40 "$out/log" >&2
    fail "rpmbuild failed; the log is $out/log"
}
find "$out/RPMS" "$out/SRPMS" -name '*.rpm' -exec mv {} "$out" \;
rm -rf "$out/BUILD" "$out/BUILDROOT" "$out/RPMS" "$out/SRPMS" "$out/SOURCES"
(cd "$out" && ls -- *.rpm)
if command -v rpmlint >/dev/null 2>&1; then
    rpmlint --config packaging/rpm/rpmlint.toml "$out"/*.rpm
else
    echo 'make rpm: rpmlint is not here, so it did not look at the packages' >&2
fi
