#!/bin/sh
# Runs the port for vcpkg in packaging/vcpkg without vcpkg, with stand-ins for its functions, shared and static; holds what it installs
# against vcpkg's rules; and builds and runs the README's first program with it, by CMake and by pkg-config. vcpkg itself fetches from
# GitHub, and is not asked here. It builds the library twice, so it is run by hand.
set -eu
cd "$(dirname "$0")/../.."
here=$PWD/tests/install
work=$PWD/target/vcpkg
port=packaging/vcpkg/libthreading
fail() { # what, log
    echo "tests/install/vcpkg: $1" >&2
    [ $# -lt 2 ] || tail -n 40 "$2" >&2
    exit 1
}
none() { # what, then a command that is to find nothing
    what=$1
    shift
    "$@" >"$work/found" || :
    [ ! -s "$work/found" ] || fail "$what:" "$work/found"
}
rm -rf "$work"
mkdir -p "$work"

# The fields of a port that vcpkg documents, of the forms that it documents.
python3 - "$port/vcpkg.json" Cargo.toml <<'END' || fail 'vcpkg.json is not as vcpkg documents it'
import json, re, sys
manifest = json.load(open(sys.argv[1], encoding="utf-8"))
version = re.search(r'^version = "(.*)"$', open(sys.argv[2], encoding="utf-8").read(), re.MULTILINE).group(1)
forms = {
    "name": r"[a-z0-9]+(-[a-z0-9]+)*", "version": re.escape(version), "description": r".+", "homepage": r"https://\S+",
    "license": r"MIT OR Apache-2\.0", "supports": r"[a-z0-9 |&!()]+",
}
sys.exit([f"{name}: {manifest.get(name)}" for name in {*forms, *manifest} if not re.fullmatch(forms.get(name, "(?!)"), manifest.get(name, ""))] or 0)
END

for linkage in dynamic static; do
    try=$work/$linkage
    installed=$try/packages
    cmake -D DIRECTORY="$try" -D VCPKG_LIBRARY_LINKAGE=$linkage -P "$here/vcpkg/stand_ins.cmake" >"$work/log" 2>&1 ||
        fail "the port fails, $linkage" "$work/log"

    for file in include/threading.h include/libthreading/threading.h share/threading/threadingConfig.cmake share/libthreading/copyright \
        share/libthreading/usage lib/pkgconfig/threading.pc debug/lib/pkgconfig/threading.pc tools/libthreading/threading-dump; do
        [ -e "$installed/$file" ] || fail "$file is not installed, $linkage"
    done
    none 'vcpkg wants none of these' sh -c "cd '$installed' && ls -d bin debug/bin debug/include debug/share lib/cmake share/man share/gdb 2>&-"
    none 'vcpkg wants no empty directory' find "$installed" -type d -empty
    none 'a path of this machine was installed' grep -rlF -e "$work" -e "$PWD" "$installed"
    if [ $linkage = static ]; then other='libthreading.so*'; else other=libthreading.a; fi
    none "with $linkage linkage there is no" find "$installed" -name "$other"

    # As vcpkg does: what was packed goes elsewhere.
    mv "$installed" "$try/installed"
    cmake -S packaging/conan/test_package -B "$try/build" -DCMAKE_PREFIX_PATH="$try/installed" >"$work/log" 2>&1 &&
        cmake --build "$try/build" >>"$work/log" 2>&1 || fail "CMake does not build the program, $linkage" "$work/log"
    # shellcheck disable=SC2046
    for configuration in lib debug/lib; do
        cc packaging/conan/test_package/program.c -o "$try/program-${configuration%/lib}" -Wl,-rpath,"$try/installed/$configuration" \
            $(PKG_CONFIG_LIBDIR="$try/installed/$configuration/pkgconfig" pkg-config --cflags --libs threading)
    done
    for program in "$try/build/program" "$try"/program-*; do
        [ "$("$program")" = 'worker works on a task' ] || fail "$program does not greet"
        if readelf -d "$program" | grep -q 'NEEDED.*libthreading'; then needs=dynamic; else needs=static; fi
        [ $needs = $linkage ] || fail "with $linkage linkage $program is linked otherwise"
    done
    "$try/installed/tools/libthreading/threading-dump" --help >"$work/log" 2>&1 || fail 'threading-dump does not run' "$work/log"
    echo "vcpkg: with stand-ins the port was built, $linkage; the README's program ran with it by CMake and by pkg-config"
done
rm -rf "$work"
