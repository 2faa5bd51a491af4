# shellcheck shell=sh disable=SC2154
# The Debian sid in which run.sh builds for other platforms: how it is made, gets packages and is entered. It is kept in
# target/everywhere/sid; remove that to have a newer one.
machine=$repository/target/everywhere/sid

# What the part is told, beside its arguments: /srv/libthreading is this repository, read-only, and /srv/build is the part's own.
#
# In namespaces of its own, so no mount stays, and no process. In a user namespace of its own too, where `formats` says so: how the kernel
# runs programs of other processors is set there, and nowhere else.
# shellcheck disable=SC2016 # the inner shell's variables
enter='
    set -eu
    mount -t proc proc "$machine/proc"
    mount --rbind /sys "$machine/sys"
    mount --rbind /dev "$machine/dev"
    mount -t tmpfs tmpfs "$machine/dev/shm"
    mkdir -p "$machine/srv/libthreading" "$machine/srv/build"
    mount --bind "$repository" "$machine/srv/libthreading"
    mount -o remount,bind,ro "$machine/srv/libthreading"
    mount --bind "$build" "$machine/srv/build"
    [ "$formats" = no ] || mount -t binfmt_misc binfmt_misc "$machine/proc/sys/fs/binfmt_misc"
    exec chroot "$machine" env -u machine -u repository -u build -u formats "$@"
'
within() { # whether programs of other processors are to run, the part's directory, command and arguments
    formats=$1
    build=$2
    shift 2
    user=
    [ "$formats" = no ] || user='--user --map-root-user'
    # shellcheck disable=SC2086 # the options of unshare
    clean_environment machine="$machine" repository="$repository" build="$build" formats="$formats" \
        CASES="${CASES-}" JOBS="${JOBS-}" unshare $user --mount --pid --fork --kill-child sh -c "$enter" enter "$@" </dev/null
}

# Whether this kernel keeps formats of programs apart for each user namespace (Linux 6.7).
has_formats() {
    unshare --user --map-root-user --mount sh -c 'mount -t binfmt_misc none /proc/sys/fs/binfmt_misc' 2>/dev/null
}

# Makes that machine, if there is none.
make_machine() {
    lacking=$(lacks_for_debian)
    if [ -z "$lacking" ] && [ ! -d "$machine" ]; then
        rm -rf --one-file-system "$machine.new"
        if make_debian sid "$machine.new" >&2; then
            echo force-unsafe-io >"$machine.new/etc/dpkg/dpkg.cfg.d/no-sync"
            mv "$machine.new" "$machine"
        else
            lacking="mmdebstrap cannot make a Debian sid from $mirror"
        fi
    fi
    echo "$lacking"
}

# Installs packages there, and prints the names of those that cannot be had. ARCHITECTURE/rust is Rust's standard library for that one.
install_packages() { # packages
    # shellcheck disable=SC2016 # the inner shell's variables
    within no "$directory/build" sh -c '
        libraries=
        for package; do
            shift
            case $package in
            */rust) libraries="$libraries ${package%/rust}" ;;
            *) set -- "$@" "$package" ;;
            esac
        done
        apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends \
            ca-certificates "$@" >/dev/null || {
            for package; do apt-get -qq -s install "$package" >/dev/null 2>&1 || lacking="${lacking-} $package"; done
            echo "apt-get cannot install${lacking:- together: $*}" >&3
            exit
        }
        for library in $libraries; do
            /srv/libthreading/tests/everywhere/standard_library.sh "$library" || echo "there is no libstd-rust-dev:$library for this rustc" >&3
        done' install "$@" 3>&1 >&2
}

# Runs a script of this directory in that machine: 3, with the reason in $figures, if it cannot.
in_machine() { # part, whether it runs programs of another processor, packages, script
    lacking=$(make_machine)
    # shellcheck disable=SC2086 # each word is a package
    [ -n "$lacking" ] || lacking=$(install_packages $3)
    if [ -n "$lacking" ]; then
        echo "$lacking" | tee "$figures"
        return 3
    fi
    formats=$2
    # Without formats of its own qemu is called by its name, and programs that execute themselves fail.
    has_formats || formats=no
    log=$directory/logs/$1.log
    mkdir -p "$directory/build/$1"
    rm -f "$directory/build/$1/figures"
    echo "$prefix: $1: log: ${log#"$repository"/}"
    within "$formats" "$directory/build/$1" sh "/srv/libthreading/tests/everywhere/$4" "$1" >"$log" 2>&1
    ended=$?
    tail -n 30 "$log" | sed 's/^/    | /'
    if [ -s "$directory/build/$1/figures" ]; then
        cp "$directory/build/$1/figures" "$figures"
    else
        tail -n 1 "$log" >"$figures"
    fi
    return $ended
}
