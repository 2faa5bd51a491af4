#!/bin/sh
# Installs the packages of `make rpm` below a directory, compares what they have with what `make install` installs, and builds and runs the
# README's first program with them. Root installs, checks and takes them away with rpm; others unpack them.
set -eu
cd "$(dirname "$0")/../.."
version=$(sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)
work=$PWD/target/rpm/try
fail() { # what, log
    echo "tests/install/rpm: $1" >&2
    [ $# -lt 2 ] || cat "$2" >&2
    exit 1
}
files_below() {
    (cd "$1" && find . ! -type d | LC_ALL=C sort)
}
binary_packages() {
    find target/rpm -maxdepth 1 -name '*.rpm' ! -name '*.src.rpm' | LC_ALL=C sort
}
[ -n "$(binary_packages)" ] || fail 'there are no packages: make rpm'
rm -rf "$work"
mkdir -p "$work/root" "$work/home"
libdir=$(rpm --eval '%{_libdir}')

# shellcheck disable=SC2046
if [ "$(id -u)" = 0 ]; then
    rpm --root "$work/root" --initdb
    # An empty directory has neither the C library nor a shell, which the packages ask for.
    rpm --root "$work/root" --install --nodeps --noscripts $(binary_packages) >"$work/log" 2>&1 || fail 'rpm does not install them' "$work/log"
    rpm --root "$work/root" --verify --nodeps -a >"$work/log" 2>&1 || fail 'what is installed is not what the packages say' "$work/log"
    database=$(rpm --root "$work/root" --eval '%{_dbpath}')
    how='installed by rpm'
else
    for package in $(binary_packages); do
        rpm2cpio "$package" | (cd "$work/root" && cpio --quiet -idm)
    done
    database=/no/database
    how='unpacked'
fi

# What make installs is there, pages of manuals perhaps compressed; what is more is named here.
make install DESTDIR="$work/made" PREFIX=/usr LIBDIR="$libdir" >"$work/log" 2>&1 || fail 'make install fails' "$work/log"
files_below "$work/made" | sed -e "s|^\.$libdir/\.debug/|./usr/lib/debug$libdir/|" | LC_ALL=C sort >"$work/wanted"
files_below "$work/root" | grep -v "^\.$database/" | sed 's|^\(\./usr/share/man/.*\)\.gz$|\1|' >"$work/found"
LC_ALL=C comm -23 "$work/wanted" "$work/found" >"$work/missing"
[ ! -s "$work/missing" ] || fail 'make install installs these, and the packages do not:' "$work/missing"
LC_ALL=C comm -13 "$work/wanted" "$work/found" |
    grep -v -e '^\./usr/share/doc/' -e '^\./usr/share/licenses/' -e '^\./usr/share/man/man1/threading-\(dump\|top\)\.1$' \
        -e '^\./usr/lib/python3[.0-9]*/site-packages/libthreading/' >"$work/more" || :
[ ! -s "$work/more" ] || fail 'the packages have these, and make install does not:' "$work/more"
echo "rpm: $(binary_packages | wc -l) packages $how: $(wc -l <"$work/found") files, with all $(wc -l <"$work/wanted") of make install"

awk '/^```c$/ { inside = 1; next } /^```/ && inside { exit } inside' README.md >"$work/program.c"
awk '/^```python$/ { inside = 1; next } /^```/ && inside { exit } inside' bindings/python/README.md >"$work/program.py"
greets() {
    [ "$("$@")" = 'worker works on a task' ] || fail "$* does not greet"
}
export PKG_CONFIG_SYSROOT_DIR="$work/root" PKG_CONFIG_LIBDIR="$work/root$libdir/pkgconfig"
# Options come one to a word, and nothing here has a space in its name: the words are meant.
# shellcheck disable=SC2046
cc -Wall -Werror "$work/program.c" -o "$work/shared" $(pkg-config --cflags --libs threading)
greets env LD_LIBRARY_PATH="$work/root$libdir" "$work/shared"
# shellcheck disable=SC2046
cc -static "$work/program.c" -o "$work/static" $(pkg-config --static --cflags --libs threading)
greets "$work/static"
python=$(find "$work/root/usr/lib" -path '*/site-packages/libthreading' -prune -print)
said=$(env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="${python%/libthreading}" LD_LIBRARY_PATH="$work/root$libdir" python3 "$work/program.py" 2>"$work/log") ||
    fail "the Python program fails" "$work/log"
[ "$said" = 'queue: 3 jobs done by worker' ] || fail "the Python program says '$said'"
"$work/root/usr/bin/threading-dump" --help >"$work/log" 2>&1 || fail 'threading-dump does not run' "$work/log"
echo 'rpm: the README'"'"'s program, shared and static, the Python program and threading-dump ran with them'

if [ "$(id -u)" = 0 ]; then
    rpm --root "$work/root" --erase --nodeps --noscripts $(rpm --root "$work/root" -qa) >"$work/log" 2>&1 ||
        fail 'rpm does not take them away' "$work/log"
    files_below "$work/root" | grep -v "^\.$database/" >"$work/left" || :
    [ ! -s "$work/left" ] || fail 'the packages leave these:' "$work/left"
    echo 'rpm: taken away: nothing is left'
fi
rm -rf "$work"
