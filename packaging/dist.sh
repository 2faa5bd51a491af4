#!/bin/sh
# `make dist`: the tarball of a release, target/dist/libthreading-VERSION.tar.gz, and its checksum. It has what the commit HEAD has, and
# the crates: it is built without a network. The same commit makes the same bytes with the same tar and gzip.
#
#   dist.sh                makes it
#   dist.sh --try          unpacks it where nothing of this machine's cargo is seen and no network is, builds it, runs `make demo` and the
#                          checks of what is built, installs it and runs the README's program as the README says, and makes the header
#   dist.sh --try check    and `make check`, which takes long
set -eu
cd "$(dirname "$0")/.."
version=$(sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)
name=libthreading-$version
out=$PWD/target/dist
tarball=$out/$name.tar.gz

fail() {
    echo "make dist: $*" >&2
    exit 1
}

make_tarball() {
    git rev-parse --git-dir >/dev/null 2>&1 || fail 'this is no git work tree: a release is made of a commit'
    [ -z "$(git status --porcelain)" ] || fail 'there are changes that are not committed'
    rm -rf "$out"
    mkdir -p "$out/$name"
    git archive HEAD | tar -x -C "$out/$name"
    (cd "$out/$name" && cargo vendor --quiet --locked --sync packaging/header/Cargo.toml vendor >/dev/null)
    mkdir "$out/$name/.cargo"
    cat >"$out/$name/.cargo/config.toml" <<'END'
[source.crates-io]
replace-with = "vendored-sources"

[source.vendored-sources]
directory = "vendor"
END
    # In the order of their names, of nobody, and at the time of the commit.
    tar -c --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" --format=gnu -C "$out" "$name" |
        gzip -9n >"$tarball"
    rm -rf "${out:?}/$name"
    (cd "$out" && sha256sum "$name.tar.gz" >"$name.tar.gz.sha256" && cat "$name.tar.gz.sha256")
}

try_tarball() { # one goal more, or nothing
    [ -f "$tarball" ] || fail "there is no $tarball: make dist"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    tar -xzf "$tarball" -C "$work"
    # rustup's cargo finds its toolchains by RUSTUP_HOME; of CARGO_HOME only the programs are needed.
    rustup_home=${RUSTUP_HOME:-$HOME/.rustup}
    path=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
    mkdir "$work/home"
    cp "$work/$name/include/threading.h" "$work/threading.h"
    for goal in 'make all' 'make demo' 'ci/check-exports.sh' 'ci/check-fast-path.sh' 'ci/check-abi.py' \
        'tests/install/run.sh' 'make header' ${1:+"$1"}; do
        # Without a network where the system allows that. One of the examples speaks with itself by the loopback device.
        # Root needs no namespace of users for that, in which there would be no other user to become, as tests do.
        alone='unshare --net'
        [ "$(id -u)" = 0 ] || alone='unshare --map-root-user --net'
        up='ip link set lo up'
        # shellcheck disable=SC2086
        $alone $up 2>/dev/null || alone= up=:
        # shellcheck disable=SC2086
        (cd "$work/$name" && env -u CARGO_TARGET_DIR -u MAKEFLAGS HOME="$work/home" CARGO_HOME="$work/home/.cargo" RUSTUP_HOME="$rustup_home" \
            PATH="$path" CARGO_NET_OFFLINE=true $alone sh -c "$up && $goal") >"$work/log" 2>&1 || {
            tail -n 40 "$work/log" >&2
            fail "$goal fails in what is unpacked"
        }
        echo "make dist: $goal: good"
    done
    cmp "$work/threading.h" "$work/$name/include/threading.h" || fail 'the header that is made there is not the one of the tarball'
}

case $* in
'') make_tarball ;;
--try) try_tarball ;;
# The checks look at what is committed, or would be.
'--try check') try_tarball 'git init --quiet && echo /vendor/ >>.git/info/exclude && git add -A && make check' ;;
*) fail 'usage: dist.sh [--try [check]]' ;;
esac
