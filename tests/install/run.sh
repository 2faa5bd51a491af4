#!/bin/sh
# Installs what is built, uses it from outside the source tree as a user does, and takes it away again.
set -eu
cd "$(dirname "$0")/../.."
unset PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH CMAKE_PREFIX_PATH LIBDIR INCLUDEDIR DESTDIR MAKEFLAGS

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$PWD/tests/install
version=$(sed -n '/^version *=/{s/.*"\(.*\)".*/\1/p;q;}' Cargo.toml)
soname=$(objdump -p target/release/libthreading.so | awk '$1 == "SONAME" { print $2 }')

fail() {
    echo "tests/install: $*" >&2
    exit 1
}
expect() { # what, expected, actual
    [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"
}
expect_greeting() { # program and its arguments
    expect "output of $1" "$version, 1 worker" "$("$@")"
}
needed() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'
}
files_below() {
    (cd "$1" && find . ! -type d | LC_ALL=C sort)
}
compile() { # output, then options that must follow the source
    output=$1
    shift
    if ! cc -std=c99 -Wall -Wextra -Wpedantic -Wshadow -Werror -o "$output" "$here/consumer.c" "$@" >"$work/cc.log" 2>&1; then
        cat "$work/cc.log"
        fail "the program does not build with $*"
    fi
    expect "what compiler and linker say with $*" '' "$(cat "$work/cc.log")"
}
cmake_consumer() { # build directory, then options
    build=$1
    shift
    if ! { cmake -S "$here/cmake" -B "$build" -DINSTALLED_VERSION="$version" "$@" && cmake --build "$build"; } \
        >"$work/cmake.log" 2>&1; then
        cat "$work/cmake.log"
        fail "the CMake project does not build with $*"
    fi
    expect_greeting "$build/consumer_threading"
    expect_greeting "$build/consumer_static"
    needed "$build/consumer_threading" | grep -qxF "$soname" || fail "threading::threading is not the shared library"
    needed "$build/consumer_static" | grep -F libthreading && fail "threading::static is not the archive"
    return 0
}

echo "A package's tree, beside the files of others"
stage="$work/a stage"
for neighbour in lib/arch/libthreading.so.99 lib/arch/pkgconfig/other.pc lib/arch/cmake/other/otherConfig.cmake include/other.h share/man/man3/threading_other.3; do
    mkdir -p "$stage/usr/${neighbour%/*}"
    echo neighbour >"$stage/usr/$neighbour"
done
neighbours=$(files_below "$stage")
make install DESTDIR="$stage" PREFIX=/usr LIBDIR=/usr/lib/arch >/dev/null
readers=$(cd tools && for file in *.py; do echo "./usr/share/libthreading/$file"; done)
pages=$(python3 -B tests/misuse/header.py --exports include/threading.h | sed -e '/_$/d' -e '/^threading_debug_layout$/d' \
    -e 's|.*|./usr/share/man/man3/&.3|')
types=$(sed -n 's/^} \(threading_[a-z_]*[a-z]\);$/\1/p; s/^enum \(threading_[a-z_]*\)$/\1/p' include/threading.h |
    sed 's|.*|./usr/share/man/man7/&.7|')
pages=$(printf '%s\n' "$pages" "$types" ./usr/share/man/man3/THREADING_CHECK.3 ./usr/share/man/man3/THREADING_WITH.3 ./usr/share/man/man7/threading.7)
cpp_headers=$(cd bindings/cpp/include && find . -name '*.hpp' | sed 's|^\.|./usr/include|')
expected=$(printf '%s\n' "$neighbours" "$pages" "$cpp_headers" "$readers" ./usr/bin/threading-dump ./usr/bin/threading-top \
    "./usr/share/gdb/auto-load/usr/lib/arch/libthreading.so.$version-gdb.py" ./usr/include/threading.h ./usr/include/libthreading/threading.h ./usr/lib/arch/libthreading.a ./usr/lib/arch/libthreading.so \
    "./usr/lib/arch/.debug/libthreading.so.$version.debug" \
    "./usr/lib/arch/$soname" "./usr/lib/arch/libthreading.so.$version" ./usr/lib/arch/pkgconfig/threading.pc \
    ./usr/lib/arch/cmake/threading/threadingConfig.cmake ./usr/lib/arch/cmake/threading/threadingConfigVersion.cmake |
    LC_ALL=C sort)
expect 'installed files' "$expected" "$(files_below "$stage")"
expect 'development link' "$soname" "$(readlink "$stage/usr/lib/arch/libthreading.so")"
expect 'run-time link' "libthreading.so.$version" "$(readlink "$stage/usr/lib/arch/$soname")"
cmp target/release/libthreading.so "$stage/usr/lib/arch/libthreading.so"
cmp target/release/libthreading.a "$stage/usr/lib/arch/libthreading.a"
cmp include/threading.h "$stage/usr/include/threading.h"
packaging/reference/man.py --check include/threading.h "$stage/usr/share/man" 2>&1 | grep -v ': man3/threading_other\.3 is about nothing' >"$work/man.log" ||
    true
expect 'what the man pages lack' '' "$(sed '$d' "$work/man.log")"
if command -v mandoc >/dev/null 2>&1; then
    expect 'what mandoc says of the man pages' '' "$(cd "$stage/usr/share/man" && find . -name 'threading*' ! -name threading_other.3 -exec mandoc -Tlint {} + 2>&1)"
else
    echo 'mandoc is not here, so it did not look at the man pages'
fi
grep -rF -e "$work" -e "$PWD" "$stage/usr/lib/arch/pkgconfig" "$stage/usr/lib/arch/cmake" && fail 'a build path was installed'
grep -r '@[A-Z_]*@' "$stage/usr/lib/arch/pkgconfig" "$stage/usr/lib/arch/cmake" && fail 'a place was not filled in'
# shellcheck disable=SC2016
expect 'headers below the prefix' '${prefix}/include' \
    "$(sed -n 's/^includedir=//p' "$stage/usr/lib/arch/pkgconfig/threading.pc")"
cmake_consumer "$work/build-staged" -Dthreading_DIR="$stage/usr/lib/arch/cmake/threading"
make uninstall DESTDIR="$stage" PREFIX=/usr LIBDIR=/usr/lib/arch >/dev/null
expect 'files after uninstall' "$neighbours" "$(files_below "$stage")"
[ ! -e "$stage/usr/include/threading" ] || fail 'uninstall left the directory of the C++ headers'
[ ! -e "$stage/usr/include/libthreading" ] || fail 'uninstall left the directory of the second name'
[ ! -e "$stage/usr/share/libthreading" ] || fail 'uninstall left the directory of the readers'
[ ! -e "$stage/usr/lib/arch/.debug" ] || fail 'uninstall left the directory of the symbols'
[ ! -e "$stage/usr/lib/arch/cmake/threading" ] || fail 'uninstall left its directory'
[ ! -e "$stage/usr/share/gdb" ] || fail 'uninstall left the directories of what gdb loads'
[ -d "$stage/usr/bin" ] || fail 'uninstall took away a directory that every system has'

echo 'A prefix of its own, with pkg-config'
prefix=$work/prefix
make install PREFIX="$prefix" >/dev/null
make install PREFIX="$prefix" >/dev/null || fail 'installing twice fails'
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
pkg-config --validate threading
expect 'version in threading.pc' "$version" "$(pkg-config --modversion threading)"
# Options come one to a word, and the directory's name has no space.
# shellcheck disable=SC2046
compile "$work/shared" $(pkg-config --cflags --libs threading)
needed "$work/shared" | grep -qxF "$soname" || fail "a program linked with threading.pc does not ask for $soname"
expect_greeting env LD_LIBRARY_PATH="$prefix/lib" "$work/shared"
# shellcheck disable=SC2046
compile "$work/archive" $(pkg-config --cflags threading) "$(pkg-config --variable=libdir threading)/libthreading.a"
needed "$work/archive" | grep -F libthreading && fail 'a program linked to the archive needs the shared library too'
expect_greeting "$work/archive"
# shellcheck disable=SC2046
compile "$work/static" -static $(pkg-config --static --cflags --libs threading)
expect 'libraries that a static program needs' '' "$(needed "$work/static")"
expect_greeting "$work/static"

echo 'The readers: threading-dump, and gdb, which loads its part by itself'
# shellcheck disable=SC2046
cc -g -D_GNU_SOURCE -o "$work/scene" tests/outside/scene.c $(pkg-config --cflags --libs threading) -Wl,-rpath,"$prefix/lib" -lpthread
THREADING_PREFIX="$prefix" python3 -B tests/outside/check.py "$work/scene" installed_readers_are_found || [ $? = 77 ]

echo "Beside a stranger's threading.h, which is found first"
sed 's|<threading.h>|<libthreading/threading.h>|' "$here/consumer.c" >"$work/second_name.c"
printf '#include <threading.h>\n#include <threading.hpp>\nstranger_mutex own;\nint main() { return threading::lock().locked() + own; }\n' \
    >"$work/second_name.cpp"
# shellcheck disable=SC2046
cc -Wall -Wextra -Werror -I tests/header/stranger -include threading.h -o "$work/second-name" "$work/second_name.c" \
    $(pkg-config --cflags --libs threading)
expect_greeting env LD_LIBRARY_PATH="$prefix/lib" "$work/second-name"
# shellcheck disable=SC2046
c++ -std=c++17 -Wall -Wextra -Werror -I tests/header/stranger -o "$work/second-name-cpp" "$work/second_name.cpp" \
    $(pkg-config --cflags --libs threading)
env LD_LIBRARY_PATH="$prefix/lib" "$work/second-name-cpp"

echo 'The same tree at another place, with pkg-config and CMake'
mv "$prefix" "$work/moved"
export PKG_CONFIG_PATH="$work/moved/lib/pkgconfig"
# shellcheck disable=SC2046
compile "$work/shared-moved" $(pkg-config --define-prefix --cflags --libs threading)
expect_greeting env LD_LIBRARY_PATH="$work/moved/lib" "$work/shared-moved"
cmake_consumer "$work/build-moved" -DCMAKE_PREFIX_PATH="$work/moved"

make uninstall PREFIX="$work/moved" >/dev/null
[ ! -e "$work/moved" ] || fail "uninstall left $(find "$work/moved")"
make uninstall PREFIX="$work/moved" >/dev/null || fail 'uninstalling twice fails'
make install PREFIX=relative >/dev/null 2>&1 && fail 'a relative prefix was accepted'

echo 'A prefix with a space, with pkg-config and CMake'
prefix="$work/a prefix"
make install PREFIX="$prefix" >/dev/null
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
# pkg-config writes words for a shell.
eval "compile '$work/spaced' $(pkg-config --cflags --libs threading)"
expect_greeting env LD_LIBRARY_PATH="$prefix/lib" "$work/spaced"
cmake_consumer "$work/build-spaced" -DCMAKE_PREFIX_PATH="$prefix"
make uninstall PREFIX="$prefix" >/dev/null
[ ! -e "$prefix" ] || fail "uninstall left $(find "$prefix")"

echo 'The wheel'
"$here/wheel.sh"

echo 'What the README says, word for word'
"$here/readme.sh"

echo 'tests/install: all good'
