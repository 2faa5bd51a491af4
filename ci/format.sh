#!/bin/sh
# Formats the code of every language that has a formatter: Rust, Go, C and C++.
#
#   format.sh              writes what the formatters make of it
#   format.sh --check      only says where that differs from what is there
#   format.sh --self-test  checks this program against planted files
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# In a git work tree, tracked or not yet. The header is cbindgen's, and src/capi has its templates:
# `@MAJOR@` is no C, and how they look is how users read it.
list_of_c() {
    git ls-files -co --exclude-standard -- '*.c' '*.h' '*.cpp' '*.hpp' |
        grep -v -e '^include/threading\.h$' -e '^src/capi/'
}

format_c() { # options
    list_of_c >"$work/files"
    test -s "$work/files" && xargs -d '\n' clang-format --style=file "$@" <"$work/files"
}

# Versions of clang-format differ in a few places. The code is formatted by this one; what another would write otherwise is no
# mistake.
formatter=14
check_c() {
    format_c --dry-run --Werror && return
    version=$(clang-format --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
    [ "$version" != $formatter ] || return 1
    echo "format.sh: clang-format $version would write these otherwise. The code is formatted by clang-format $formatter: no mistake." >&2
}

check() {
    gofmt -l bindings/go benches/other/go >"$work/unformatted"
    cargo fmt --check && cargo fmt --check --manifest-path benches/other/rust/Cargo.toml &&
        cargo fmt --check --manifest-path packaging/header/Cargo.toml &&
        ! grep . "$work/unformatted" && check_c
}

write() {
    cargo fmt && cargo fmt --manifest-path benches/other/rust/Cargo.toml &&
        cargo fmt --manifest-path packaging/header/Cargo.toml &&
        gofmt -w bindings/go benches/other/go && format_c -i
}

plant() { # what it is, whether it is right, what is asked of clang-format; the file is standard input
    what=$1
    wanted=$2
    shift 2
    cat >"$work/tree/a.c"
    if (cd "$work/tree" && format_c "$@") >"$work/output" 2>&1; then right=yes; else right=no; fi
    if [ $right = "$wanted" ]; then
        echo "ok: $what"
    else
        echo "FAILED: $what"
        cat "$work/output"
        failures=$((failures + 1))
    fi
}

# That the check finds nothing may be because it looks at nothing, or without the style.
self_test() {
    failures=0
    mkdir "$work/tree" && cp .clang-format "$work/tree" && git -C "$work/tree" init --quiet || exit 1
    plant 'a brace on a line of its own' no --dry-run --Werror <<END
int a(void)
{
    return 1;
}
END
    plant 'an indentation by two' no --dry-run --Werror <<END
int a(int b) {
  b = 1 + b;
  return b;
}
END
    long='int a(int the_first_of_many, int the_second_of_many, int the_third_of_many'
    plant '101 columns' no --dry-run --Werror <<END
$long, int the_fourth_of_theme);
END
    plant '100 columns, and a list in a comment' yes --dry-run --Werror <<END
/* A list:
 * - of one, which goes on
 *   in another line. */
$long, int the_fourth_of_them);
END
    plant 'a block that holds a lock' yes --dry-run --Werror <<END
void a(threading_lock lock) {
    THREADING_WITH(lock) {
        b();
    }
}
END
    mkdir -p "$work/tree/src/capi" "$work/tree/include"
    echo 'int  a ;' | tee "$work/tree/src/capi/a.h" >"$work/tree/include/threading.h"
    plant 'the header and its templates' yes --dry-run --Werror <<END
int a;
END
    echo 'int  a ;' | plant 'what can be formatted' yes -i
    echo 'int a;' | cmp -s - "$work/tree/a.c" || {
        echo 'FAILED: it was not formatted'
        failures=$((failures + 1))
    }
    test $failures -eq 0
}

case ${1-} in
'') write ;;
--check) check ;;
--self-test) self_test ;;
*)
    echo 'usage: ci/format.sh [--check|--self-test]' >&2
    exit 2
    ;;
esac
