# shellcheck shell=sh
# How a new Debian is made, for scripts that source this file: they set $prefix, which their messages begin with, and run as root.
#
# How this machine reaches the network is passed on: apt's mirror and settings, proxies, certificates of its own. MIRROR=URL takes
# another mirror.
fail() {
    echo "$prefix: $*" >&2
    exit 1
}

cargo_home=${CARGO_HOME:-$HOME/.cargo}

# Ends the script where no Debian can be made. Sets $mirror.
need_debian() {
    lacking=$(lacks_for_debian)
    [ -z "$lacking" ] || fail "$lacking"
}

# Why no Debian can be made, in words; nothing if one can.
lacks_for_debian() {
    [ "$(id -u)" = 0 ] || echo 'only root can make a Debian and enter it'
    for tool in mmdebstrap git unshare chroot; do
        command -v $tool >/dev/null || echo "$tool is not installed (Debian: apt-get install mmdebstrap git util-linux)"
    done | head -n 1
    [ -n "$mirror" ] || echo 'apt has no mirror of Debian: say MIRROR=URL'
}

# shellcheck disable=SC2016 # what apt-get fills in
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -n 1)}

# Makes one with what mmdebstrap's minbase has.
make_debian() { # suite, directory
    apt-config dump | grep -E '^Acquire::(http|https|Check-)' >"$2.apt.conf"
    # What a mirror keeps of sid may be older than apt likes.
    [ "$1" != sid ] || echo 'Acquire::Check-Valid-Until "false";' >>"$2.apt.conf"
    mmdebstrap --quiet --variant=minbase --aptopt="$2.apt.conf" "$1" "$2" "deb $mirror $1 main" || return 1
    rm -f "$2.apt.conf"
    cat /etc/resolv.conf >"$2/etc/resolv.conf"
    cat /etc/hosts >"$2/etc/hosts"
    # Whoever installs ca-certificates there trusts them too.
    if [ -d /usr/local/share/ca-certificates ]; then
        mkdir -p "$2/usr/local/share"
        cp -R /usr/local/share/ca-certificates "$2/usr/local/share"
    fi
    mkdir -p "$2/root/.cargo/bin"
    for file in config config.toml; do
        [ ! -e "$cargo_home/$file" ] || cp "$cargo_home/$file" "$2/root/.cargo"
    done
}

# What a command in such a machine finds in its environment, and nothing else.
clean_environment() { # command and arguments
    env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        ${http_proxy:+"http_proxy=$http_proxy"} ${https_proxy:+"https_proxy=$https_proxy"} ${no_proxy:+"no_proxy=$no_proxy"} "$@"
}
