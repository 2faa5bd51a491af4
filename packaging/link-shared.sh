#!/bin/sh
# Links the shared library, as rustc's linker. It does what rustc cannot: each exported function gets its version (packaging/abi), and
# what debuggers want of the library goes into a file beside it, OUTPUT.debug, which gdb finds by the build-id or by its name,
# libthreading.so.VERSION.debug.
#
# It takes the arguments of a compiler driver. LINKER is the driver, cc if it is not set. With UNSTRIPPED=1 the library keeps everything,
# for a packager whose own tools part it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

list=
output=
before=
for argument; do
    case $argument in
    -Wl,--version-script=*) list=${argument#*=} ;;
    esac
    [ "$before" != -o ] || output=$argument
    before=$argument
done
if [ ! -f "$list" ] || [ -z "$output" ]; then
    echo 'link-shared.sh: rustc has given the linker no list of exports, or no output' >&2
    exit 1
fi
awk -f "$here/abi/version-script.awk" "$here/abi/versions.txt" "$list" >"$list.named"
mv "$list.named" "$list"
"${LINKER:-cc}" "$@" -Wl,--build-id=sha1
[ -z "${UNSTRIPPED-}" ] || exit 0

objcopy=${OBJCOPY:-objcopy}
work=$output.parts
rm -rf "$work" "$output.debug"
mkdir "$work"
# The name of this file becomes part of the library. cargo tells rustc, and so the linker, the version of the package.
symbols=$work/libthreading.so.${CARGO_PKG_VERSION:-0}.debug
"$objcopy" --only-keep-debug --compress-debug-sections=zlib "$output" "$symbols"
"$objcopy" --strip-all --add-gnu-debuglink="$symbols" "$output" "$work/stripped"
# cargo goes by the file, which it has links to.
cat "$work/stripped" >"$output"
mv "$symbols" "$output.debug"
rm -rf "$work"
