#!/bin/sh
# Links the shared library, as rustc's linker: gives each exported function its version (packaging/abi), which rustc cannot, and the
# library a build-id. Takes the arguments of a compiler driver. LINKER is the driver, cc if it is not set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

list=
for argument; do
    case $argument in
    -Wl,--version-script=*) list=${argument#*=} ;;
    esac
done
if [ ! -f "$list" ]; then
    echo 'link-shared.sh: rustc has given the linker no list of exports' >&2
    exit 1
fi
awk -f "$here/abi/version-script.awk" "$here/abi/versions.txt" "$list" >"$list.named"
mv "$list.named" "$list"
exec "${LINKER:-cc}" "$@" -Wl,--build-id=sha1
