#!/bin/sh
# Checks the Go binding: against the library that pkg-config finds, in all the modes that it promises to be clean in.
set -eu
cd "$(dirname "$0")"
here=$PWD

for tool in go pkg-config timeout; do
    command -v "$tool" >/dev/null || { echo "bindings/go: $tool is needed" >&2; exit 1; }
done
pkg-config --exists --print-errors threading
LD_LIBRARY_PATH=$(pkg-config --variable=libdir threading)${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
# The machine's Go and nothing from the network; what the user has set for other projects does not matter here.
export CGO_ENABLED=1 GOTOOLCHAIN=local GOWORK=off GOPROXY=off GOFLAGS=-buildvcs=false GODEBUG='' GOEXPERIMENT=''

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# What a part prints is shown if it fails. A part is a function: `set -e` has no effect in it, so its commands are joined by &&.
part() { # name, function or command…
    name=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        echo "bindings/go: ok: $name"
    else
        status=$?
        cat "$work/output"
        echo "bindings/go: FAILED with status $status: $name" >&2
        exit 1
    fi
}

formatted() {
    timeout 30 gofmt -l . >"$work/unformatted" && ! grep . "$work/unformatted"
}

# The tests have the shorter limit: before them a new machine compiles Go's own packages, once for each mode.
tests() { # settings of the environment, go test, its flags…
    timeout 600 env "$@" -timeout=110s ./...
}

# A project of its own, outside the repository, with the programs of the README in it.
# shellcheck disable=SC2016 # no command is meant
consumer() (
    module=github.com/libthreading/libthreading/bindings/go
    mkdir -p "$work/consumer/1" "$work/consumer/2" && cd "$work/consumer" &&
        awk '/^```go$/ { inside = 1; number++; next } /^```$/ { inside = 0 }
            inside { print | ("unexpand --first-only -t 4 >" number "/main.go") }' "$here/README.md" &&
        test -s 1/main.go && test -s 2/main.go && test -z "$(gofmt -l .)" &&
        go mod init example.org/consumer &&
        go mod edit -require="$module@v0.0.0" -replace="$module=$here" &&
        timeout 60 go vet ./... &&
        timeout 60 go build -o lock ./1 && timeout 60 go build -o tellers ./2 &&
        timeout 20 ./lock >said 2>&1 &&
        echo 'worker has the lock' | diff - said &&
        timeout 20 ./tellers >said &&
        grep 'DEADLOCK (probable) of 2 threads' said &&
        grep '"teller-1" has waited .* for lock "ledger" .*, held by "teller-2"' said
)

# Shown, and not judged: a busy machine must not fail the check.
ratio() {
    timeout 60 go test -run='^$' -bench=LockRatio -benchtime=300ms . | awk '/^BenchmarkLockRatio/ { print $3 }'
}

part 'gofmt' formatted
part 'go mod tidy' timeout 30 go mod tidy -diff
part 'go vet' timeout 600 go vet ./...
part 'tests' tests go test -count=1
part 'tests, GODEBUG=cgocheck=1 GOGC=1' tests GODEBUG=cgocheck=1 GOGC=1 go test -count=1
part 'tests, GOEXPERIMENT=cgocheck2' tests GOEXPERIMENT=cgocheck2 go test -count=1
part 'tests, -race' tests go test -race -count=1
part 'every benchmark, once' tests go test -run='^$' -bench=. -benchtime=1x
part "the README's programs in a project outside" consumer
echo "bindings/go: Lock and Unlock cost $(ratio) times two bare cgo calls (at most 1.3)"
