#!/bin/sh
# Only src/platform knows the system: nobody else calls the C library, or asks for a model.
#
# Reported are `libc` and `loom` in the code of the library. Comments may name them. Three places
# may as well: the facade of atomics, which is a model's or core's, and the two listeners that speak
# to a tool in the tool's own way.
#
#   check-platform.sh [DIRECTORY]   a source tree, this repository's by default
#   check-platform.sh --self-test   checks this program against planted mistakes
set -u
script=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")
root=$(cd "$(dirname "$0")/.." && pwd)

run() { # directory
    cd "$1" || exit 1
    find src -name '*.rs' ! -path 'src/platform/*' \
        ! -path 'src/atomic.rs' ! -path 'src/atomic/*' \
        ! -path 'src/inspect/tsan.rs' ! -path 'src/inspect/valgrind.rs' -exec awk '
        {
            code = $0
            gsub(/"([^"\\]|\\.)*"/, "\"\"", code)
            sub(/\/\/.*/, "", code)
        }
        code ~ /(^|[^A-Za-z0-9_])libc([^A-Za-z0-9_]|$)/ { mistake("the C library is called") }
        code ~ /(^|[^A-Za-z0-9_])loom([^A-Za-z0-9_]|$)/ { mistake("a model is asked for") }
        FNR == 1 { files++ }
        function mistake(what) {
            print "check-platform.sh: " FILENAME ":" FNR ": " what ": " $0
            mistakes++
        }
        END {
            print files + 0 " files, " mistakes + 0 " mistakes"
            exit mistakes > 0 || files == 0
        }' {} +
}

# ---- the test of this program ----

plant() { # sample, what must be said or nothing, file; its text is the standard input
    rm -rf "$samples/tree"
    mkdir -p "$samples/tree/$(dirname "$3")"
    cat >"$samples/tree/$3"
    echo 'fn other() {}' >"$samples/tree/src/other.rs"
    output=$("$script" "$samples/tree")
    status=$?
    if [ -z "$2" ]; then
        test $status -eq 0
    else
        test $status -ne 0 && printf '%s\n' "$output" | grep -q -e "$2"
    fi || {
        printf 'FAILED: %s\n%s\n' "$1" "$output"
        failures=$((failures + 1))
        return
    }
    echo "ok: $1"
}

self_test() {
    samples=$(mktemp -d) || exit 1
    trap 'rm -rf "$samples"' EXIT
    failures=0
    plant 'a call of the C library' 'node.rs:2: the C library is called' src/wait/node.rs <<'END'
// SAFETY: a sample.
unsafe { libc::getpid() };
END
    plant 'an import of the C library' 'node.rs:1: the C library' src/wait/node.rs <<'END'
use libc;
END
    plant 'a type of the C library, in a test' 'node.rs:3: the C library' src/wait/node.rs <<'END'
#[cfg(test)]
mod tests {
    use libc::{pthread_t, timespec};
}
END
    plant 'code for a model' 'lib.rs:1: a model' src/lib.rs <<'END'
#[cfg(all(unix, not(loom)))]
mod a;
END
    plant 'a condition on a model' 'node.rs:1: a model' src/wait/node.rs <<'END'
if cfg!(loom) { return; }
END
    plant 'an attribute for a model' 'mod.rs:1: a model' src/inspect/mod.rs <<'END'
#[cfg_attr(loom, allow(dead_code))]
END
    plant 'the platform' '' src/platform/model/futex.rs <<'END'
#[cfg(loom)]
use libc::pthread_t;
END
    plant 'the facade of atomics' '' src/atomic.rs <<'END'
#[cfg(loom)]
mod modelled;
END
    plant 'a listener that speaks to a tool' '' src/inspect/tsan.rs <<'END'
unsafe { libc::dlsym() };
END
    plant 'a file beside the platform' 'platform_of.rs:1: the C library' src/platform_of.rs <<'END'
use libc::c_int;
END
    plant 'comments and texts' '' src/wait/node.rs <<'END'
// Not for loom, and not libc::getpid.
say("libc::getpid and loom"); // cfg(loom)
fn glibc() {}
END
    if [ $failures -ne 0 ]; then
        echo "check-platform.sh --self-test: $failures failed" >&2
        return 1
    fi
}

if [ "${1:-}" = --self-test ]; then
    self_test
else
    run "${1:-$root}"
fi
