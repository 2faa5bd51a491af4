#!/bin/sh
# Proves that the README's commands need no second try: each runs once, from nothing, in a clone of HEAD on a new minimal Debian.
#
#   run.sh SUITE [COMMAND...]       bookworm or trixie; 'make demo' and 'make check', if no command is given
#
# Such a Debian has what mmdebstrap's minbase has, `make`, by the README's own line, and what the README says has to be there: the
# toolchain of rustup and Go, those of this machine, read-only. How this machine reaches the network is passed on: apt's mirror and settings,
# proxies, certificates of its own. MIRROR=URL takes another mirror. Runs as root, and needs mmdebstrap, git and unshare. It
# writes below target/fresh, where the logs stay.
set -u
repository=$(cd "$(dirname "$0")/../.." && pwd)
fail() {
    echo "tests/fresh: $*" >&2
    exit 1
}
[ $# -gt 0 ] || fail "usage: run.sh SUITE [COMMAND...]"
suite=$1
shift
[ $# -gt 0 ] || set -- 'make demo' 'make check'
[ "$(id -u)" = 0 ] || fail 'only root can make a Debian and enter it'
for tool in mmdebstrap git unshare chroot; do
    command -v $tool >/dev/null || fail "$tool is not installed (Debian: apt-get install mmdebstrap git util-linux)"
done

cargo_home=${CARGO_HOME:-$HOME/.cargo}
rustup_home=${RUSTUP_HOME:-$HOME/.rustup}
PATH=$PATH:$cargo_home/bin:/usr/local/go/bin
if [ ! -x "$cargo_home/bin/cargo" ] || [ ! -d "$rustup_home/toolchains" ]; then
    fail 'rustup is not installed'
fi
goroot=$(go env GOROOT) || fail 'Go is not installed'
# shellcheck disable=SC2016 # what apt-get fills in
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)}
[ -n "$mirror" ] || fail 'apt has no mirror of Debian: say MIRROR=URL'
make_line=$(sed -n 's/.*`\(apt-get update .*install make\)`.*/\1/p' "$repository/README.md")
[ -n "$make_line" ] || fail 'the README does not say how make is installed'

directory=$repository/target/fresh
work=$directory/$suite.$$
mkdir -p "$work"
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' HUP INT TERM

new_machine() { # directory
    apt-config dump | grep -E '^Acquire::(http|https|Check-)' >"$work/apt.conf"
    mmdebstrap --quiet --variant=minbase --aptopt="$work/apt.conf" "$suite" "$1" "deb $mirror $suite main" || return 1
    cat /etc/resolv.conf >"$1/etc/resolv.conf"
    cat /etc/hosts >"$1/etc/hosts"
    # Whoever installs ca-certificates there trusts them too.
    if [ -d /usr/local/share/ca-certificates ]; then
        mkdir -p "$1/usr/local/share"
        cp -R /usr/local/share/ca-certificates "$1/usr/local/share"
    fi
    mkdir -p "$1/root/.cargo/bin" "$1/root/.rustup" "$1/usr/local/go"
    for file in config config.toml; do
        [ ! -e "$cargo_home/$file" ] || cp "$cargo_home/$file" "$1/root/.cargo"
    done
    git clone --quiet --no-local "$repository" "$1/root/libthreading"
}

# In namespaces of its own: no mount stays, and no process.
# shellcheck disable=SC2016 # the inner shell's variables
enter='
    set -eu
    mount -t proc proc "$machine/proc"
    mount --rbind /sys "$machine/sys"
    mount --rbind /dev "$machine/dev"
    mount -t tmpfs tmpfs "$machine/dev/shm"
    put_in() {
        mount --bind "$1" "$machine/$2"
        mount -o remount,bind,ro "$machine/$2"
    }
    put_in "$cargo_home/bin" root/.cargo/bin
    put_in "$rustup_home" root/.rustup
    put_in "$goroot" usr/local/go
    exec chroot "$machine" "$@"
'
within() { # machine, command
    machine=$1 cargo_home=$cargo_home rustup_home=$rustup_home goroot=$goroot \
        unshare --mount --pid --fork --kill-child sh -c "$enter" enter \
        env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} ${no_proxy:+"no_proxy=$no_proxy"} \
        sh -c "cd && cd libthreading && $2" </dev/null
}

status=0
for command; do
    name=$suite-$(echo "$command" | tr -c 'a-z0-9\n' '-')
    log=$directory/$name.log
    echo "tests/fresh: $suite, $(git -C "$repository" rev-parse --short HEAD): a new machine for '$command'; log: $log"
    if ! { new_machine "$work/machine" && within "$work/machine" "$make_line"; } >"$log" 2>&1; then
        cat "$log"
        fail "there is no new machine with $suite and make"
    fi
    begun=$(date +%s)
    within "$work/machine" "$command" >"$log" 2>&1
    ended=$?
    seconds=$(($(date +%s) - begun))
    tail -n 40 "$log" | sed 's/^/    | /'
    verdict=good
    [ $ended -eq 0 ] || { verdict="FAILED with status $ended"; status=1; }
    awk -v seconds=$seconds -v what="$suite, '$command'" -v verdict="$verdict" \
        'BEGIN { printf "tests/fresh: %s: %s, %.1f minutes\n", what, verdict, seconds / 60 }'
    rm -rf --one-file-system "$work/machine" || exit 1
done
exit $status
