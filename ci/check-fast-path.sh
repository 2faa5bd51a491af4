#!/bin/sh
# The uncontended path of a lock is one call with one atomic instruction in it: from the entry of each function below along
# the branches not taken to its first ret there is exactly one locked instruction and no call, and nowhere in the function a
# call of __tls_get_addr. What is slow is left to by a jump from a stack that is as the caller has left it: so the return
# address is found there that says where the call is (platform::site). Reads x86-64 only. Needs objdump and readelf.
#
#   check-fast-path.sh [LIBRARY]
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
library=${1:-$root/target/release/libthreading.so}
functions="threading_lock_acquire threading_lock_try_acquire threading_lock_release
    threading_rwlock_acquire_read threading_rwlock_try_acquire_read threading_rwlock_release_read
    threading_rwlock_acquire_write threading_rwlock_try_acquire_write threading_rwlock_release_write"

if [ ! -f "$library" ]; then
    echo "check-fast-path.sh: there is no ${library#"$root"/}: build first" >&2
    exit 1
fi
case $(LC_ALL=C objdump -f "$library" | sed -n 's/^architecture: \([^,]*\).*/\1/p') in
i386:x86-64) ;;
*)
    echo "check-fast-path.sh: this machine is not x86-64, and only its instructions are known here: nothing was checked"
    exit 0
    ;;
esac

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

for function in $functions; do
    # A stripped library has no names but those that it exports: the code is found by its address and size.
    range=$(LC_ALL=C readelf --wide --dyn-syms "$library" | awk -v name="$function" '
        { sub(/@.*/, "", $8) }
        $4 == "FUNC" && $7 != "UND" && $8 == name { print "0x" $2, $3; exit }')
    if [ -z "$range" ]; then
        echo "check-fast-path.sh: $function is not in the library" >&2
        failures=$((failures + 1))
        continue
    fi
    start=$((${range% *}))
    LC_ALL=C objdump -d --no-show-raw-insn --start-address=$start --stop-address=$((start + ${range#* })) "$library" >"$work/code"
    awk -v name="$function" '
        function fail(text) { print "check-fast-path.sh: " name ": " text > "/dev/stderr"; failed = 1 }
        /^ *[0-9a-f]+:\t/ {
            split($0, part, "\t")
            sub(/^ */, "", part[1]); sub(/:$/, "", part[1])
            gsub(/ +/, " ", part[2]); sub(/ $/, "", part[2])
            place[part[1]] = ++count
            code[count] = part[2]
        }
        END {
            if (!count) { fail("has no instructions"); exit 1 }
            # The padded lea is how its argument is always loaded; the call may go through a table that has no names.
            for (at = 1; at <= count; at++)
                if (code[at] ~ /__tls_get_addr|^data16 lea .*%rip.*%rdi/) fail("calls __tls_get_addr: " code[at])
            for (at = 1; at <= count; at++) {
                if (code[at] ~ /(^| )call/) fail("a call, and not a jump, to what is slow: " code[at])
                if (code[at] ~ /^(push|pop|enter|leave)|,%rsp$/) fail("moves the stack: " code[at])
                # A conditional one does too.
                if (code[at] ~ /^(bnd |notrack )*j[a-z]+ [0-9a-f]/) {
                    split(code[at], word, " ")
                    if (!(word[2] in place)) leaves++
                }
            }
            if (!leaves) fail("no jump to what is slow")
            # Straight on; an unconditional jump inside the function is followed, and one out of it is a call.
            for (at = 1; at <= count && steps <= count; at++) {
                steps++
                text = code[at]
                if (text ~ /^(repz |bnd |notrack )*ret/) { returned = 1; break }
                # xchg with memory locks without saying so.
                if (text ~ /^lock /) locked++
                else if (text ~ /^xchg .*\(/) locked++
                if (text ~ /^(mfence|pause|syscall)/) fail("on the fast path: " text)
                if (text ~ /^(bnd |notrack )*jmp/) {
                    split(text, word, " ")
                    target = word[2]
                    if (!(target in place)) { fail("the fast path leaves the function: " text); break }
                    at = place[target] - 1
                }
            }
            if (!returned) fail("no ret on the straight path")
            if (locked != 1) fail((locked + 0) " locked instructions on the fast path, not 1")
            printf "%-34s %3d instructions to the first ret, %d of them locked; %d in all\n", name, steps, locked, count
            exit failed
        }' "$work/code" || failures=$((failures + 1))
done
if [ "$failures" -ne 0 ]; then
    echo "check-fast-path.sh: $failures failed" >&2
    exit 1
fi
