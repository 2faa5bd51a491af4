#!/bin/sh
# What tests/install/deb.sh does in the new Debian, in the directory of this file.
set -eu
cd "$(dirname "$0")"
export HOME=/srv PATH="$PATH:/usr/local/go/bin" GOFLAGS=-mod=mod GOTOOLCHAIN=local GOPROXY=off

fail() {
    echo "within: $*" >&2
    exit 1
}
greets() { # program
    [ "$("$@")" = 'worker works on a task' ] || fail "$* does not greet"
}
everything() {
    find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /srv -o -path /tmp -o -path /var -o -path /usr/local/go \) -prune \
        -o -print | LC_ALL=C sort
}

everything >before
dpkg -i ./*.deb >log 2>&1 || { cat log; fail 'the packages do not go in'; }
echo "  installed: $(dpkg -l | awk '/libthreading/ { printf "%s %s  ", $2, $3 }')"

# shellcheck disable=SC2046
cc -Wall -Werror program.c -o shared $(pkg-config --cflags --libs threading)
greets ./shared
# shellcheck disable=SC2046
cc -static program.c -o static $(pkg-config --static --cflags --libs threading)
greets ./static
sed 's|<threading.h>|<libthreading/threading.h>|' program.c >second.c
# shellcheck disable=SC2046
cc second.c -o second $(pkg-config --cflags --libs threading)
greets ./second
version=$(pkg-config --modversion threading)
cmake -S cmake -B build -DINSTALLED_VERSION="$version" >log 2>&1 && cmake --build build >>log 2>&1 || { cat log; fail 'CMake does not build'; }
for program in build/consumer_threading build/consumer_static; do
    [ "$($program)" = "$version, 1 worker" ] || fail "$program does not greet"
done
echo '  C: pkg-config, static, the second name, CMake'

mkdir program && cp program.go program/main.go
(cd program && go mod init example.org/program && go mod edit \
    -require=github.com/libthreading/libthreading/bindings/go@v0.0.0 \
    -replace=github.com/libthreading/libthreading/bindings/go=/srv/given/go && go build -o ../with-go .) >log 2>&1 ||
    { cat log; fail 'the Go program does not build'; }
./with-go 2>&1 | grep -q 'worker has the lock' || fail 'the Go program does not greet'
python3 program.py | grep -qx 'queue: 3 jobs done by worker' || fail 'the Python program does not greet'
echo '  Go, Python'

cat >stuck.c <<'END'
#include <threading.h>
static threading_lock lock;
static void *worker(void *arg) {
    THREADING_CHECK(threading_lock_acquire(lock));
    return arg;
}
int main(void) {
    THREADING_CHECK(threading_lock_new(&lock));
    THREADING_CHECK(threading_lock_acquire(lock));
    worker(0);
    return 0;
}
END
# A lock that its own thread waits for: gdb stops it where it goes to sleep.
cc -g stuck.c -o stuck -lthreading
gdb -batch -ex 'catch syscall futex' -ex run -ex bt -ex kill ./stuck >backtrace 2>&1 || :
grep -q 'in threading_lock_acquire (lock=' backtrace && grep -q 'in worker (arg=' backtrace && ! grep -q '??' backtrace ||
    { cat backtrace; fail 'a backtrace lacks names'; }
MANPAGER=cat man threading_lock_acquire 2>/dev/null | grep -q 'threading_lock_acquire' || fail 'the man page cannot be read'
echo '  gdb with the symbols of their package, man pages'

dpkg -P $(dpkg -l | awk '/libthreading/ { print $2 }' | cut -d : -f 1) >log 2>&1 || { cat log; fail 'the packages do not go out'; }
everything >after
diff before after || fail 'the packages leave something'
echo '  taken away: nothing is left'
