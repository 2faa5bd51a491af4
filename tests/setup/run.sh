#!/bin/sh
# Tries ci/setup.sh on machines that are made up: every command that it asks is tests/setup/command, and apt has what a file says.
#
#   run.sh [SETUP]      ci/setup.sh, if not given
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
setup=$(cd "$here/../.." && pwd)/ci/setup.sh
[ $# -eq 0 ] || setup=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

# What every machine has, and what is asked for.
tools='sh env sed sort tr cut head grep cat dirname basename touch ls'
commands='abidiff cc gcc g++ c++ clang clang++ clang-format llvm-symbolizer make cmake ctest objdump valgrind gdb git pkg-config python3 rustc cargo go id sudo apt-get apt-cache strace'
packages='abigail-tools binutils clang clang-format cmake g++ gcc gdb git libc6-dev libclang-rt-19-dev libgtest-dev libpython3.13-testsuite llvm make pkg-config python3 valgrind'

begin() { # what is tried
    title=$1
    good=yes
    rm -rf "$work/machine"
    mkdir -p "$work/machine/bin" "$work/machine/home" "$work/machine/installed"
    machine=$work/machine
    for tool in $tools; do
        ln -s "$(command -v "$tool")" "$machine/bin/$tool"
    done
    for command in $commands; do
        ln -s "$here/command" "$machine/bin/$command"
    done
    # shellcheck disable=SC2086 # each word is a package
    printf '%s\n' $packages libglib2.0-dev libuv1-dev strace >"$machine/known"
    echo certificate >"$machine/certificates"
    : >"$machine/broken"
    : >"$machine/log"
    uid=0
    lists=yes
}

run() { # arguments
    [ "$lists" = no ] || touch "$machine/lists"
    timeout 60 env -i PATH="$machine/bin" HOME="$machine/home" SSL_CERT_FILE="$machine/certificates" MACHINE="$machine" MACHINE_UID="$uid" \
        "$setup" "$@" >"$machine/output" 2>&1
    status=$?
}

expect() { # what, wanted, found
    if [ "$2" != "$3" ]; then
        echo "    $1: wanted '$2', found '$3'"
        good=no
    fi
}
says() { # words
    grep -qF -e "$1" "$machine/output" || {
        echo "    it does not say '$1'"
        good=no
    }
}
installed() {
    (cd "$machine/installed" && find . -type f) | sed 's|^\./||' | sort | tr '\n' ' ' | sed 's/ $//'
}
without() { # packages
    for package in $packages; do
        case " $* " in *" $package "*) ;; *) echo "$package" ;; esac
    done | sort | tr '\n' ' ' | sed 's/ $//'
}

end() {
    if [ "$good" = yes ]; then
        echo "ok: $title"
    else
        echo "FAILED: $title"
        sed 's/^/    | /' "$machine/output"
        failures=$((failures + 1))
    fi
}

begin 'a machine with nothing has everything after one run'
run check
expect 'status' 0 $status
expect 'installed' "$(without)" "$(installed)"
end

begin 'a machine with everything is left alone'
for package in $packages; do touch "$machine/installed/$package"; done
run check
expect 'status' 0 $status
expect 'what apt-get did' '' "$(cat "$machine/log")"
end

begin 'a package that apt does not know is named, and the others are installed'
sed -i '/^valgrind$/d' "$machine/known"
run check
expect 'status' 1 $status
expect 'installed' "$(without valgrind)" "$(installed)"
says 'needs what is not here: valgrind (apt knows no valgrind)'
end

begin 'a package that cannot be installed is named, and the others are installed'
echo libgtest-dev >"$machine/broken"
run check
expect 'status' 1 $status
expect 'installed' "$(without libgtest-dev)" "$(installed)"
says 'needs what is not here: libgtest-dev (as root, type: apt-get update && apt-get install libgtest-dev)'
# With the others and alone; then, since others came, once more.
expect 'how often it was tried' 4 "$(grep -c 'install.* libgtest-dev' "$machine/log")"
end

begin 'what is known only when other packages are there is installed too'
touch "$machine/silent"
run check
expect 'status' 0 $status
expect 'installed' "$(without)" "$(installed)"
end

begin 'without lists of packages there is one update, and then everything'
lists=no
run check
expect 'status' 0 $status
expect 'installed' "$(without)" "$(installed)"
expect 'updates' 1 "$(grep -c update "$machine/log")"
end

begin 'the tests of Python are those of the Python that is there'
echo 3.11 >"$machine/python"
echo libpython3.11-testsuite >>"$machine/known"
touch "$machine/installed/python3"
run check
expect 'status' 0 $status
expect 'installed' "$(without libpython3.13-testsuite | sed 's/libgtest-dev/& libpython3.11-testsuite/')" "$(installed)"
end

begin 'whoever may not install is told of one command that works, and of what apt lacks'
uid=1000
sed -i '/^valgrind$/d' "$machine/known"
run check
expect 'status' 1 $status
expect 'installed' '' "$(installed)"
says "apt-get install $(without valgrind | sed 's/abigail-tools //'); apt knows no valgrind)"
says 'leaves out what needs abigail-tools (as root, type: apt-get update && apt-get install abigail-tools)'
end

begin 'a dry run installs nothing'
run --dry-run check
expect 'status' 1 $status
expect 'installed' '' "$(installed)"
expect 'what apt-get did' '' "$(cat "$machine/log")"
end

begin 'a build that has failed installs nothing, and names what is missing and no more'
run --dry-run all
expect 'status' 1 $status
expect 'installed' '' "$(installed)"
says 'setup: make all needs what is not here: binutils gcc libc6-dev make (as root, type: apt-get update && apt-get install binutils gcc libc6-dev make)'
end

begin 'a rival that apt does not know does not lose the others'
run bench
expect 'status' 0 $status
expect 'installed' 'binutils g++ gcc libc6-dev libglib2.0-dev libuv1-dev make pkg-config python3 strace' "$(installed)"
says '(apt knows no libabsl-dev libapr1-dev libaprutil1-dev libboost-thread-dev libconcurrentqueue-dev libnsync-dev libreaderwriterqueue-dev libsdl2-dev'
end

if [ $failures -ne 0 ]; then
    echo "tests/setup: $failures failed" >&2
    exit 1
fi
