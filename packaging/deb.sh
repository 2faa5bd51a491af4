#!/bin/sh
# `make deb`: Debian's packages, under target/deb, and what lintian says of them. The packaging lies in packaging/debian; it is put
# where Debian's tools look for it in a copy of the tree. Needs dpkg-dev, debhelper and dh-python; the crates come from where cargo
# finds them.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
out=target/deb
version=$(sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)

for tool in dpkg-buildpackage dh dh_python3; do
    command -v $tool >/dev/null || {
        echo "make deb: $tool is not here (Debian: apt-get install dpkg-dev debhelper dh-python)" >&2
        exit 1
    }
done

rm -rf "$out"
mkdir -p "$out/tree"
if git rev-parse --git-dir >/dev/null 2>&1; then
    git ls-files -co --exclude-standard | while IFS= read -r file; do
        [ ! -e "$file" ] || printf '%s\0' "$file"
    done | xargs -0 cp -P --parents -t "$out/tree"
    moment=$(git log -1 --format=%ct)
else
    find . -mindepth 1 -maxdepth 1 ! -name target -exec cp -RP -t "$out/tree" {} +
    moment=$(stat -c %Y CHANGELOG.md)
fi
moment=${SOURCE_DATE_EPOCH:-$moment}
cp -R packaging/debian "$out/tree/debian"
maintainer=$(sed -n 's/^Maintainer: //p' packaging/debian/control)
cat >"$out/tree/debian/changelog" <<END
libthreading ($version) unstable; urgency=medium

  * What is new is told in CHANGELOG.md.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$moment")
END

# What make hands down would be taken for wishes of the packager's.
(cd "$out/tree" && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u PREFIX -u DESTDIR -u LIBDIR -u INCLUDEDIR -u CARGO_TARGET_DIR \
    dpkg-buildpackage -us -uc -b) >"$out/log" 2>&1 || {
    tail -n 40 "$out/log" >&2
    echo "make deb: dpkg-buildpackage failed; the log is $root/$out/log" >&2
    exit 1
}
rm -rf "$out/tree"
(cd "$out" && ls -- *.deb)
if command -v lintian >/dev/null 2>&1; then
    lintian --allow-root --fail-on error,warning,info --display-info --profile debian "$out"/*.changes
    echo 'lintian has nothing to say of them'
else
    echo 'make deb: lintian is not here, so it did not look at the packages' >&2
fi
