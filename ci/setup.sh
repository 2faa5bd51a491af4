#!/bin/sh
# Makes sure that everything `make demo`, `make check` or `make bench` needs is there: ci/setup.sh [--dry-run] demo|check|bench|all
#
# What is missing is installed with apt-get where that is allowed; else, and for Rust, which Debian has too old, one line
# names all of it with the commands to type. With --dry-run nothing is installed.
# `all` is what a build needs: `make` asks for it, with --dry-run, when it has failed.
#
# The probes are called by their names in `need`, which ShellCheck does not see.
# shellcheck disable=SC2317
set -u
cd "$(dirname "$0")/.." || exit 1
# As in the Makefile: rustup's place, for a shell whose start-up files do not know it yet.
PATH=$PATH:${HOME-}/.cargo/bin:/usr/local/go/bin

dry_run=no
if [ "${1-}" = --dry-run ]; then
    dry_run=yes
    shift
fi
goal=${1-}
case $goal in
demo | check | bench | all) ;;
*)
    echo "usage: ci/setup.sh [--dry-run] demo|check|bench|all" >&2
    exit 2
    ;;
esac

# The probes run the tools: a name on the PATH may be a stub, and a compiler may lack the C library's headers.
makes_programs() { # compiler, language, extra option
    echo 'int main(void) { return 0; }' | "$1" -x "$2" ${3:+"$3"} - -o /dev/null
}
has_header() {
    echo "#include <$1>" | cc -E -x c -
}
has_cxx_header() {
    echo "#include <$1>" | c++ -E -x c++ -
}
at_least() { # wanted, found: versions of numbers and dots
    printf '%s\n%s\n' "$1" "$2" | sort -V -C
}
# Where the programs that fetch the crates look, each on its own kind of machine.
has_certificates() {
    for file in "${SSL_CERT_FILE-}" /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
        [ ! -s "$file" ] || return 0
    done
    return 1
}
has_cmake() {
    at_least 3.22 "$(cmake --version | sed -n 's/^cmake version //p')" && ctest --version
}
# ci/format.sh says which one the code is formatted by.
has_clang_format() {
    at_least 14 "$(clang-format --version | sed -n 's/.*version \([0-9.]*\).*/\1/p')"
}
has_python() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 9))'
}

# Some packages have a version in their names: that of what is installed, or else of what would be. Where neither is known, the
# package that brings it is all that can be named: what belongs to it is looked for when it is there.
dependency() { # package, pattern: the part in \(\) of the dependency that it describes
    apt-cache depends "$1" 2>/dev/null | sed -n "s/^ *Depends: $2\$/\\1/p" | head -n 1
}
clang_runtime() {
    version=$(clang --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
    version=${version:-$(dependency clang 'clang-\([0-9]*\)')}
    echo "${version:+libclang-rt-$version-dev}" | sed 's/^$/clang/'
}
python_tests() {
    version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
    version=${version:-$(dependency python3 'python\(3\.[0-9]*\)')}
    echo "${version:+libpython$version-testsuite}" | sed 's/^$/python3/'
}

need() { # Debian's packages, then the probe
    packages=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $packages"
}

# As need, for what can be left out: it is installed where that is allowed, and only named where it is not.
want() {
    packages=$1
    shift
    "$@" >/dev/null 2>&1 || optional="$optional $packages"
}

find_missing() {
    missing=
    optional=
    need 'gcc libc6-dev' makes_programs cc c
    need make make --version
    need binutils objdump --version
    need ca-certificates has_certificates
    if [ "$goal" = check ]; then
        # The C library as an archive too: a program linked with -static is one of the checks.
        need 'gcc libc6-dev' makes_programs gcc c -static
        need cmake has_cmake
        need g++ makes_programs g++ c++
        need clang makes_programs clang c
        need clang makes_programs clang++ c++
        need clang-format has_clang_format
        # Debian has the sanitizers' runtimes apart from the compiler, and only recommends them.
        need "$(clang_runtime)" makes_programs clang c -fsanitize=thread
        need gcc makes_programs gcc c -fsanitize=thread
        # What finds the lines for the reports of clang's sanitizers.
        need llvm llvm-symbolizer --version
        need valgrind valgrind --version
        need gdb gdb --version
        need libgtest-dev pkg-config --exists gtest_main
        need "$(python_tests)" python3 -c 'import test.lock_tests, test.test_threading'
        need git git --version
        need python3 has_python
        need pkg-config pkg-config --version
        # Compares the types of the ABI with those that are recorded.
        want abigail-tools abidiff --version
    fi
    if [ "$goal" = bench ]; then
        need g++ makes_programs g++ c++
        need python3 has_python
        need pkg-config pkg-config --version
        # The rivals, and what draws the plots.
        want libglib2.0-dev pkg-config --exists glib-2.0
        want libnsync-dev has_header nsync.h
        want libabsl-dev pkg-config --exists absl_synchronization
        want libsdl2-dev pkg-config --exists sdl2
        want libapr1-dev pkg-config --exists apr-1
        want libaprutil1-dev pkg-config --exists apr-util-1
        want libconcurrentqueue-dev has_cxx_header concurrentqueue/blockingconcurrentqueue.h
        want libreaderwriterqueue-dev has_cxx_header readerwriterqueue/readerwritercircularbuffer.h
        want libuv1-dev pkg-config --exists libuv
        want libboost-thread-dev has_cxx_header boost/thread/thread.hpp
        want python3-matplotlib /usr/bin/python3 -c 'import matplotlib'
        want strace strace --version
    fi
    missing=$(sorted "$missing")
    optional=$(sorted "$optional")
}

# Word splitting is meant here and wherever there is a list of packages: each word is a package.
# shellcheck disable=SC2086
sorted() { # packages
    printf '%s\n' $1 | sort -u | tr '\n' ' ' | sed 's/^ *//; s/ $//'
}

# Says what about Go is missing, which the checks need for its binding; nothing if it is all there.
find_go_problem() {
    wanted=$(sed -n 's/^go //p' bindings/go/go.mod)
    found=$(go env GOVERSION 2>/dev/null | sed 's/^go//')
    if [ "$goal" = check ] && ! at_least "$wanted" "${found:-0}"; then
        echo "Go $wanted or newer (found: ${found:-none}; get it from https://go.dev/dl)"
    fi
}

# Says what about Rust is missing and where it is to be had; nothing if it is all there.
find_rust_problem() {
    wanted=$(sed -n 's/^rust-version *= *"\(.*\)"/\1/p' Cargo.toml)
    found=$(rustc --version 2>/dev/null | cut -d ' ' -f 2)
    if ! cargo --version >/dev/null 2>&1 || ! at_least "$wanted" "${found:-0}"; then
        echo "Rust $wanted or newer (found: ${found:-none}; Debian's is too old, get it from https://rustup.rs)"
    elif [ "$goal" = check ] && ! { cargo fmt --version && cargo clippy --version; } >/dev/null 2>&1; then
        echo "rustfmt and clippy (type: rustup component add rustfmt clippy)"
    fi
}

# Sets `apt` to the command that installs without asking anything, or to nothing.
find_apt() {
    apt=
    command -v apt-get >/dev/null 2>&1 || return
    if [ "$(id -u)" = 0 ]; then
        apt='env DEBIAN_FRONTEND=noninteractive apt-get'
    elif sudo -n true 2>/dev/null; then
        apt='sudo -n env DEBIAN_FRONTEND=noninteractive apt-get'
    fi
}

# Sets `known` to those that apt has, and `unknown` to the others. Where apt has no lists it can tell of none.
sort_out() { # packages
    listed=$(apt-cache show gcc "$@" 2>/dev/null | sed -n 's/^Package: //p')
    known=
    unknown=
    for package; do
        if [ -z "$listed" ] || printf '%s\n' "$listed" | grep -qxF -e "$package"; then
            known="$known $package"
        else
            unknown="$unknown $package"
        fi
    done
    known=${known# }
    unknown=${unknown# }
}

apt_install() {
    $apt -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 install --no-install-recommends "$@" >/dev/null
}

# apt-get installs none of a list in which it cannot have one: what is left of the list then comes one by one.
install() { # packages
    sort_out "$@"
    # shellcheck disable=SC2086
    set -- $known
    [ $# -gt 0 ] || return
    echo "setup: installing $*"
    apt_install "$@" && return
    for package; do
        apt_install "$package"
    done
}

# What is there now can make more of it visible: a compiler tells which of the packages of runtimes is its own.
install_all() {
    # An update that fails is no reason not to try: the lists may be good enough.
    $apt -qq -o DPkg::Lock::Timeout=300 update
    before=
    while [ "$missing|$optional" != "|" ] && [ "$missing|$optional" != "$before" ]; do
        before="$missing|$optional"
        # shellcheck disable=SC2086
        install $missing
        # shellcheck disable=SC2086
        install $optional
        find_missing
    done
}

# What to do about them, in words.
advice() { # packages
    # shellcheck disable=SC2086
    sort_out $1
    echo "$1 (${known:+as root, type: apt-get update && apt-get install $known}${known:+${unknown:+; }}${unknown:+apt knows no $unknown})"
}

find_missing
find_apt
if [ -n "$missing$optional" ] && [ -n "$apt" ] && [ "$dry_run" = no ]; then
    install_all
fi
if [ -n "$optional" ]; then
    echo "setup: make $goal leaves out what needs $(advice "$optional")" >&2
fi

rust_problem=$(find_rust_problem)
go_problem=$(find_go_problem)
[ -n "$missing$rust_problem$go_problem" ] || exit 0

message=
[ -z "$missing" ] || message=$(advice "$missing")
[ -z "$rust_problem" ] || message="${message:+$message and }$rust_problem"
[ -z "$go_problem" ] || message="${message:+$message and }$go_problem"
echo "setup: make $goal needs what is not here: $message" >&2
exit 1
