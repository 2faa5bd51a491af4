#!/bin/sh
# Proves that the README's commands need no second try: each runs once, from nothing, in a clone of HEAD on a new minimal Debian.
#
#   run.sh SUITE [COMMAND...]       bookworm, trixie or sid; 'make demo' and 'make check', if no command is given
#
# Such a Debian has what mmdebstrap's minbase has, `make`, by the README's own line, and what the README says has to be there: the
# toolchain of rustup and Go, those of this machine, read-only; tests/fresh/machine.sh says what of the network is passed on. Runs as root,
# and needs mmdebstrap, git and unshare. It writes below target/fresh, where the logs stay.
set -u
repository=$(cd "$(dirname "$0")/../.." && pwd)
prefix=tests/fresh
. "$repository/tests/fresh/machine.sh"
[ $# -gt 0 ] || fail "usage: run.sh SUITE [COMMAND...]"
suite=$1
shift
[ $# -gt 0 ] || set -- 'make demo' 'make check'
need_debian

rustup_home=${RUSTUP_HOME:-$HOME/.rustup}
PATH=$PATH:$cargo_home/bin:/usr/local/go/bin
if [ ! -x "$cargo_home/bin/cargo" ] || [ ! -d "$rustup_home/toolchains" ]; then
    fail 'rustup is not installed'
fi
goroot=$(go env GOROOT) || fail 'Go is not installed'
make_line=$(sed -n 's/.*`\(apt-get update .*install make\)`.*/\1/p' "$repository/README.md")
[ -n "$make_line" ] || fail 'the README does not say how make is installed'

directory=$repository/target/fresh
work=$directory/$suite.$$
mkdir -p "$work"
trap 'rm -rf --one-file-system "$work"' EXIT
trap 'exit 1' HUP INT TERM

new_machine() { # directory
    make_debian "$suite" "$1" || return 1
    mkdir -p "$1/root/.rustup" "$1/usr/local/go"
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
    clean_environment machine="$1" cargo_home="$cargo_home" rustup_home="$rustup_home" goroot="$goroot" \
        unshare --mount --pid --fork --kill-child sh -c "$enter" enter \
        env -u machine -u cargo_home -u rustup_home -u goroot sh -c "cd && cd libthreading && $2" </dev/null
}

status=0
for command; do
    name=$suite-$(echo "$command" | tr -c 'a-z0-9' '-' | cut -c 1-60)
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
