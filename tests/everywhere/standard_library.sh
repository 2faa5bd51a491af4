#!/bin/sh
# Unpacks Rust's standard library for another architecture: standard_library.sh ARCHITECTURE, in the machine of machine.sh.
#
# The compiler reads it and nothing runs it, so what the package depends on there is not needed. In sid that often cannot be installed:
# the same version has to be there for both architectures.
set -eu
version=$(rustc --version)
unpacked=/var/lib/unpacked-standard-library-$1
[ "$(cat "$unpacked" 2>/dev/null)" != "$version" ] || exit 0
dpkg --add-architecture "$1"
apt-get -qq update
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
cd "$directory"
apt-get -qq -o APT::Sandbox::User=root download "libstd-rust-dev:$1"
dpkg-deb -x libstd-rust-dev_*.deb /
echo "$version" >"$unpacked"
