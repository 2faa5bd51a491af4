package threading

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// say prints what a child process has seen, for its parent to compare.
func say(parts ...any) { fmt.Println(parts...) }

func expectOutput(t *testing.T, body func(), expected ...string) {
	t.Helper()
	output, status, _ := child(t, body)
	if status != 0 || strings.TrimSpace(output) != strings.Join(expected, "\n") {
		t.Errorf("status %d, output:\n%s", status, output)
	}
}

func TestShutdownWaitsForThreadsThatAreNoDaemons(t *testing.T) {
	expectOutput(t, func() {
		var stop, never Event
		Must(SpawnDaemon("daemon", func() { _ = never.Wait() }))
		Must(Spawn("worker", func() { _ = stop.Wait(); say("worker ends") }))
		timer := Must(NewTimer(short, func() { say("timer fires"); _ = stop.Set() }))
		_ = timer.Start()
		say(ShutdownTimeout(0), ShutdownTimeout(TimeoutMax+1))
		say(Shutdown())
		_, err := Spawn("", func() {})
		say(err, RegisterAtexit(func() {}), Shutdown())
	},
		fmt.Sprint(ErrTimeout, " ", ErrInvalidArgument),
		"timer fires", "worker ends", "<nil>",
		fmt.Sprint(ErrShuttingDown, ErrShuttingDown, nil))
}

func TestShutdownRunsWhatWasRegisteredTheLastFirst(t *testing.T) {
	expectOutput(t, func() {
		var stop Event
		Must(Spawn("worker", func() { _ = stop.Wait() }))
		_ = SetExcepthook(func(exception *Exception) { say("heard of", exception.Value) })
		_ = RegisterAtexit(func() { say("first"); _ = stop.Set() })
		_ = RegisterAtexit(runtime.Goexit)
		_ = RegisterAtexit(func() { panic("boom") })
		_ = RegisterAtexit(func() { say("last") })
		say(RegisterAtexit(nil))
		say(Shutdown(), Shutdown())
	}, ErrInvalidArgument.Error(), "last", "heard of boom", "first", "<nil> <nil>")
}

func TestGoEndsTheProcessWithoutWaitingForThreads(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector ends a process by C's exit, which waits")
	}
	begin := time.Now()
	expectOutput(t, func() {
		var never Event
		Must(Spawn("worker", func() { _ = never.WaitTimeout(2 * long); say("worker ends") }))
		_ = RegisterAtexit(func() { say("registered") })
		say("main ends")
		os.Exit(0)
	}, "main ends")
	if took := time.Since(begin); took > long {
		t.Errorf("it took %v", took)
	}
}
