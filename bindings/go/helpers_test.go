package threading

import (
	"bytes"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// long is a wait that no test sees the end of unless something is broken.
const long = 30 * time.Second

// short is a wait that tests let run out.
const short = 20 * time.Millisecond

// want fails the test unless got is the error that was expected; nil is none.
func want(t *testing.T, what string, got, expected error) {
	t.Helper()
	if got != expected {
		t.Errorf("%s: %v, not %v", what, got, expected)
	}
}

// until waits until a state shows.
func until(t *testing.T, what string, shows func() bool) {
	t.Helper()
	for end := time.Now().Add(long); !shows(); {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		<-time.After(time.Millisecond)
	}
}

// notEarly runs something that has to take at least d.
func notEarly(t *testing.T, what string, d time.Duration, run func()) {
	t.Helper()
	begin := time.Now()
	run()
	if took := time.Since(begin); took < d {
		t.Errorf("%s took %v of %v", what, took, d)
	}
}

// panics returns what run panics with; nil if it does not.
func panics(run func()) (value any) {
	defer func() { value = recover() }()
	run()
	return nil
}

// goexits tells whether run ends by runtime.Goexit.
func goexits(run func()) bool {
	returned, panicked := false, any(nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { panicked = recover() }()
		run()
		returned = true
	}()
	<-done
	return !returned && panicked == nil
}

// tied tells whether the calling goroutine is tied to its thread.
func tied() bool {
	buffer := make([]byte, 200)
	line, _, _ := bytes.Cut(buffer[:runtime.Stack(buffer, false)], []byte("\n"))
	return bytes.Contains(line, []byte("locked to thread"))
}

// storm sends a thread the signal that Go's scheduler uses, until the function that it returns is
// called.
func storm(thread uint64) (stop func()) {
	quit := make(chan struct{})
	var group sync.WaitGroup
	group.Add(1)
	go func() {
		defer group.Done()
		for {
			select {
			case <-quit:
				return
			case <-time.After(100 * time.Microsecond):
				_ = syscall.Tgkill(os.Getpid(), int(thread), syscall.SIGURG)
			}
		}
	}()
	return func() {
		close(quit)
		group.Wait()
	}
}

const childVariable = "THREADING_TEST_CHILD"

// child runs the calling test again in a process of its own, in which it calls body and nothing
// else, and returns what that prints and its exit status. It returns false there, so that the test
// ends.
func child(t *testing.T, body func()) (output string, status int, parent bool) {
	t.Helper()
	if os.Getenv(childVariable) == t.Name() {
		body()
		os.Exit(0)
	}
	command := exec.Command(os.Args[0], "-test.run=^"+strings.ReplaceAll(t.Name(), "/", "$/^")+"$")
	command.Env = append(os.Environ(), childVariable+"="+t.Name())
	text, err := command.CombinedOutput()
	if _, ok := err.(*exec.ExitError); err != nil && !ok {
		t.Fatal(err)
	}
	return string(text), command.ProcessState.ExitCode(), true
}

// listen collects the failing calls that the error hook hears of, until the test ends.
func listen(t *testing.T) func() []string {
	t.Helper()
	var mutex sync.Mutex
	var heard []string
	want(t, "SetErrorHook", SetErrorHook(func(function string, err error, _ uint64) {
		mutex.Lock()
		defer mutex.Unlock()
		heard = append(heard, function+": "+err.(Status).Name())
	}), nil)
	t.Cleanup(func() { _ = SetErrorHook(nil) })
	return func() []string {
		mutex.Lock()
		defer mutex.Unlock()
		return slices.Clone(heard)
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
