package threading

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// A found is what the deadlock hook hears of.
type found struct {
	waits     []Wait
	certainty Certainty
}

// Nothing ends the deadlocks of RLocks, so they have a process of their own.
func TestTheWatchTellsOfEachDeadlockOnce(t *testing.T) {
	output, status, parent := child(t, func() {
		heard := make(chan found, 10)
		fmt.Println(SetDeadlockHook(func(waits []Wait, certainty Certainty) {
			heard <- found{waits, certainty}
			runtime.Goexit() // ends the hook, and nothing else
		}))
		fmt.Println(Watch(time.Millisecond, 0))
		one, two := tellers(t, Named(new(RLock), "accounts"), Named(new(RLock), "ledger"))
		told := <-heard
		if told.waits[0].Thread != one {
			slices.Reverse(told.waits)
		}
		fmt.Println(len(told.waits), told.certainty, told.waits[0].Thread == one,
			told.waits[1].Thread == two, told.waits[0].Name(), told.waits[1].Kind)
		// A second one is told, and the first is not told again.
		before := told.waits[0].Ident
		tellers(t, new(RLock), new(RLock))
		told = <-heard
		fmt.Println(told.waits[0].Ident != before, told.waits[1].Ident != before)
		fmt.Println(Watch(Infinite, 0), SetDeadlockHook(nil), len(heard))
	})
	lines := strings.Split(output, "\n")
	lines = slices.DeleteFunc(lines, func(line string) bool {
		return line == "" || strings.HasPrefix(line, "DEADLOCK") || strings.HasPrefix(line, " ")
	})
	expected := "<nil>\n<nil>\n2 certain true true ledger rlock\ntrue true\n<nil> <nil> 0"
	if said := strings.Join(lines, "\n"); parent && (status != 0 || said != expected) {
		t.Errorf("%d: %s", status, output)
	}
	if count := strings.Count(output, "DEADLOCK (certain) of 2 threads"); parent && count != 2 {
		t.Errorf("%d reports: %s", count, output)
	}
}

func TestTheWatchHasPatienceWithLocks(t *testing.T) {
	heard := make(chan found, 10)
	want(t, "SetDeadlockHook", SetDeadlockHook(func(waits []Wait, certainty Certainty) {
		heard <- found{waits, certainty}
	}), nil)
	defer SetDeadlockHook(nil)
	defer Watch(Infinite, 0)
	_, _, _, _, release := lockedTellers(t)
	defer release()
	begin := time.Now()
	want(t, "Watch", Watch(time.Millisecond, 10*short), nil)
	told := <-heard
	if told.certainty != CertaintyProbable || told.waits[0].Waited < 10*short ||
		time.Since(begin) > long {
		t.Errorf("%+v", told)
	}
}

func TestTheWatchRefusesIntervalsThatAreNone(t *testing.T) {
	want(t, "Watch", Watch(0, 0), ErrInvalidArgument)
	want(t, "Watch", Watch(-time.Second, time.Second), ErrInvalidArgument)
	want(t, "Watch", Watch(Infinite, Infinite), nil)
}

func TestAPanicInTheDeadlockHookGoesToTheExcepthook(t *testing.T) {
	heard := make(chan string, 10)
	want(t, "SetExcepthook",
		SetExcepthook(func(exception *Exception) { heard <- exception.Message }), nil)
	defer SetExcepthook(nil)
	want(t, "SetDeadlockHook", SetDeadlockHook(func([]Wait, Certainty) { panic("boom") }), nil)
	defer SetDeadlockHook(nil)
	defer Watch(Infinite, 0)
	_, _, _, _, release := lockedTellers(t)
	defer release()
	want(t, "Watch", Watch(time.Millisecond, 0), nil)
	if message := <-heard; message != "boom" {
		t.Errorf("%q", message)
	}
}

// The file is named in the environment, since Go has no DumpOnSignal.
func TestTheWatchReportsToTheFileOfTheEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "report")
	if os.Getenv(childVariable) == "" {
		t.Setenv("THREADING_DUMP_FILE", path)
	}
	output, status, parent := child(t, func() {
		heard := make(chan bool, 1)
		_ = SetDeadlockHook(func([]Wait, Certainty) { heard <- true })
		_ = Watch(time.Millisecond, 0)
		tellers(t, new(RLock), new(RLock))
		<-heard
	})
	if !parent {
		return
	}
	text, err := os.ReadFile(path)
	if err != nil || status != 0 || output != "" ||
		!strings.HasPrefix(string(text), "DEADLOCK (certain) of 2 threads") {
		t.Errorf("%v, %d, %s: %s", err, status, output, text)
	}
}
