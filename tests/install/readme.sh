#!/bin/sh
# Does what the README says of its first program and under "Using it", and docs/interface.md under "Link", word for word: saves the
# program in a fresh directory, and runs each line of the shell blocks. A block that begins with `make` is run in the repository, any
# other in the fresh directory; one that begins with `make` after others begins a new part, with a machine that has nothing installed.
# The program prints what the README shows below it.
#
# What is not the reader's: $HOME is a fresh directory, and /usr/local, /etc and ldconfig's cache are copies that only this test sees (mount
# namespaces), in which `sudo` does nothing but run its command. Where the system allows no namespaces, PREFIX and the paths at which
# compilers and the loader look by themselves are set in the environment, and `sudo` runs nothing but make.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
unset PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR LD_LIBRARY_PATH LIBDIR INCLUDEDIR DESTDIR PREFIX MAKEFLAGS
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { # what, log
    echo "tests/install/readme: $1" >&2
    [ $# -lt 2 ] || cat "$2" >&2
    exit 1
}

block() { # language: the README's first block of it
    awk -v first="^\`\`\`$1\$" '$0 ~ first { inside = 1; next } /^```/ && inside { exit } inside' README.md
}
block c >"$work/program.c"
[ -s "$work/program.c" ] || fail 'the README has no program'
greeting=$(block text)
[ -n "$greeting" ] || fail 'the README does not show what its program prints'

# part-1, part-2 …: the shell blocks of the sections, each as a group that runs where it belongs.
awk -v parts="$work/part-" '
    FNR == 1 { section = FILENAME == "README.md" }
    /^## / { section = $0 == "## Using it" || $0 == "## Link" }
    !section { next }
    /^```sh$/ { begins = 1; next }
    /^```/ { if (inside) print "} >>\"$" output "\" 2>>\"$log\"" >part; inside = 0; next }
    begins {
        begins = 0
        inside = 1
        makes = /^make /
        if (makes && !made) part = parts (++number)
        made = makes
        output = makes ? "log" : "said"
        print "cd \"$" (makes ? "root" : "fresh") "\"\n{" >part
    }
    inside { print >part }' README.md docs/interface.md
[ -e "$work/part-3" ] || fail 'the pages do not say how to install for all, for oneself, and how else to link'

mkdir "$work/bin"
# shellcheck disable=SC2016
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
chmod +x "$work/bin/sudo"

# What a part runs in: the namespaces' root may write nothing that the system's root owns, so the directories are made for it.
cat >"$work/alone.sh" <<'END'
set -eu
mkdir "$1/layers"
mount -t tmpfs tmpfs "$1/layers"
for directory in /usr/local /etc /var/cache/ldconfig; do
    [ -d "$directory" ] || continue
    layer=$1/layers$directory
    mkdir -p "$layer/over" "$layer/work"
    [ "$directory" != /usr/local ] || mkdir -p "$layer/over/include" "$layer/over/lib/pkgconfig" "$layer/over/lib/cmake"
    mount -t overlay overlay -o "lowerdir=$directory,upperdir=$layer/over,workdir=$layer/work" "$directory"
done
shift
exec "$@"
END
alone="unshare --map-root-user --mount sh $work/alone.sh"
mkdir "$work/try"
if ! $alone "$work/try" true 2>"$work/log"; then
    alone=
    echo "readme: no namespaces here ($(tail -n 1 "$work/log")): PREFIX and the paths of compilers and loader are in the environment"
fi

for part in "$work"/part-*; do
    wanted=$(grep -c '&& .*\./program$' "$part") || fail "a part of the pages runs no program" "$part"
    machine=$work/machine-${part##*-}
    mkdir -p "$machine/home" "$machine/fresh"
    cp "$work/program.c" "$machine/fresh"
    (
        # rustup and cargo are found where they are, whatever $HOME is.
        export RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" CARGO_HOME="${CARGO_HOME:-$HOME/.cargo}"
        export PATH="$work/bin:$PATH:$CARGO_HOME/bin:/usr/sbin:/sbin" HOME="$machine/home"
        export root fresh="$machine/fresh" log="$machine/log" said="$machine/said"
        if [ -n "$alone" ]; then
            # Word splitting is meant: each word is an argument.
            # shellcheck disable=SC2086
            exec $alone "$machine" sh "$part"
        fi
        # shellcheck disable=SC2016
        printf '#!/bin/sh\n[ "$1" != make ] || exec "$@"\n' >"$work/bin/sudo"
        if ! grep -q PREFIX= "$part"; then
            export PREFIX="$machine/local"
            export CPATH="$PREFIX/include" LIBRARY_PATH="$PREFIX/lib" LD_LIBRARY_PATH="$PREFIX/lib"
        fi
        exec sh "$part"
    ) || fail "${part##*/} failed" "$machine/log"
    greeted=$(grep -cxF -e "$greeting" "$machine/said") || :
    [ "$greeted" = "$wanted" ] || {
        cat "$machine/said"
        fail "${part##*/}: $wanted programs were to greet, and $greeted did" "$machine/log"
    }
    echo "readme: ${part##*/}: $wanted lines, each built and ran the program"
done
