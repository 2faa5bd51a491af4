package threading

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func thisFuncPanics() { panic(errors.New("boom")) }

func TestAPanicInAThreadGoesToTheExcepthookWithValueAndStack(t *testing.T) {
	heard := make(chan *Exception, 1)
	want(t, "SetExcepthook", SetExcepthook(func(exception *Exception) {
		if CurrentThread() != exception.Thread {
			t.Error("the hook runs in another thread")
		}
		heard <- exception
	}), nil)
	defer SetExcepthook(nil)
	thread := Must(Spawn("panicking", thisFuncPanics))
	want(t, "Join", thread.Join(), nil)
	exception := <-heard
	if exception.Type != "*errors.errorString" || exception.Message != "boom" ||
		exception.Thread != thread {
		t.Errorf("%+v", exception)
	}
	if err, ok := exception.Value.(error); !ok || err.Error() != "boom" {
		t.Errorf("the value is %v", exception.Value)
	}
	if !strings.Contains(string(exception.Stack), "thisFuncPanics") {
		t.Errorf("the stack is\n%s", exception.Stack)
	}
	want(t, "Close", thread.Close(), nil)
}

func TestReportExceptionReachesTheExcepthook(t *testing.T) {
	heard := make(chan *Exception, 1)
	want(t, "SetExcepthook",
		SetExcepthook(func(exception *Exception) { heard <- exception; runtime.Goexit() }), nil)
	defer SetExcepthook(nil)
	payload := new(int)
	want(t, "ReportException", ReportException("kind", "what \xff happened", payload), nil)
	exception := <-heard
	if exception.Type != "kind" || exception.Message != "what \uFFFD happened" ||
		exception.Value != payload || exception.Stack != nil {
		t.Errorf("%+v", exception)
	}
}

func TestReportExceptionWithoutAHookPrintsAndGoesOn(t *testing.T) {
	output, status, _ := child(t, func() {
		if err := ReportException("kind", "what happened", nil); err != nil {
			panic(err)
		}
	})
	if status != 0 || !strings.Contains(output, "kind") ||
		!strings.Contains(output, "what happened") {
		t.Errorf("status %d, output:\n%s", status, output)
	}
}

func TestWithoutAHookAPanicEndsTheProcessWithItsMessageAndStack(t *testing.T) {
	for what, body := range map[string]func(){
		"thread": func() { _ = Must(Spawn("panicking", thisFuncPanics)).Join() },
		"timer": func() {
			timer := Must(NewTimer(0, thisFuncPanics))
			_ = timer.Thread().SetName("panicking")
			_ = timer.Start()
			_ = timer.Thread().Join()
		},
		"start hook": func() {
			_ = SetStartHook(func(*Thread) { thisFuncPanics() })
			_ = Must(Spawn("panicking", func() {})).Join()
		},
		"excepthook": func() {
			_ = SetExcepthook(func(*Exception) { thisFuncPanics() })
			_ = Must(Spawn("panicking", func() { panic("another") })).Join()
		},
		"error hook": func() {
			_ = SetErrorHook(func(string, error, uint64) { thisFuncPanics() })
			_ = Must(Spawn("panicking", func() {
				defer func() { _ = recover() }()
				_ = new(Semaphore).Release()
			})).Join()
		},
	} {
		t.Run(what, func(t *testing.T) {
			output, status, _ := child(t, body)
			if status != 2 || !strings.HasPrefix(output, "panic: boom") {
				t.Errorf("status %d", status)
			}
			parts := []string{"thisFuncPanics", "in thread panicking", "hooks_test.go"}
			for _, part := range parts {
				if !strings.Contains(output, part) {
					t.Errorf("there is no %q in\n%s", part, output)
				}
			}
		})
	}
}

// What C prints is tried in the tests of the library; this is what the binding makes the runtime
// print.
func TestAPanicsMessageAndItsThreadsNameCannotForgeALine(t *testing.T) {
	output, status, _ := child(t, func() {
		fn := func() { panic("boom\r\nroot\tlogged in\u009b\u202e\x7f\xff caf\u00e9 \uFFFD") }
		_ = Must(Spawn("evil\n\x1b[2J\u2028name", fn)).Join()
	})
	if status != 2 {
		t.Errorf("status %d", status)
	}
	for _, part := range []string{
		`panic: boom\r\nroot\tlogged in\u009b\u202e\x7f\xff caf` + "\u00e9 \uFFFD\n",
		`in thread evil\n\x1b[2J\u2028name, `,
	} {
		if !strings.Contains(output, part) {
			t.Errorf("there is no %q in\n%s", part, output)
		}
	}
}

func TestStartAndExitHooksRunAroundTheFunc(t *testing.T) {
	var order []string
	thread := Must(NewThread("", func() { order = append(order, "func") }))
	hook := func(what string) func(*Thread) {
		return func(hooked *Thread) {
			if hooked == thread && hooked == CurrentThread() {
				order = append(order, what)
			}
			runtime.Goexit() // ends the hook, and nothing else
		}
	}
	want(t, "SetStartHook", SetStartHook(hook("start")), nil)
	want(t, "SetExitHook", SetExitHook(hook("exit")), nil)
	want(t, "Start", thread.Start(), nil)
	want(t, "Finish", thread.Finish(), nil)
	want(t, "SetStartHook", SetStartHook(nil), nil)
	want(t, "SetExitHook", SetExitHook(nil), nil)
	if !slices.Equal(order, []string{"start", "func", "exit"}) {
		t.Errorf("the order is %v", order)
	}
	inThread(t, func() {})
	if len(order) != 3 {
		t.Errorf("hooks that were taken away ran: %v", order)
	}
}

func TestErrorMessageNamesTheCauseInTheErrorHook(t *testing.T) {
	var messages []string
	want(t, "SetErrorHook",
		SetErrorHook(func(string, error, uint64) { messages = append(messages, ErrorMessage()) }),
		nil)
	defer SetErrorHook(nil)
	want(t, "Release of a semaphore that was never made", new(Semaphore).Release(),
		ErrInvalidHandle)
	lock := Must(NewLock())
	want(t, "Release", lock.Release(), ErrNotAcquired)
	expected := []string{"the handle is null: the object was never made",
		"nobody holds the lock that the call releases"}
	if !slices.Equal(messages, expected) {
		t.Errorf("%q", messages)
	}
}

func TestReportMistakesPrintsEachKindOfMistakeOnce(t *testing.T) {
	output, status, parent := child(t, func() {
		var lock Lock
		fmt.Println(lock.Release(), ReportMistakes(true))
		_, _ = lock.Release(), lock.Release()
		_ = new(Semaphore).Release()
		fmt.Println(ReportMistakes(false))
		_ = new(Event).Close()
		_ = new(Semaphore).Acquire()
	})
	lock := "threading_lock_release failed: THREADING_NOT_ACQUIRED"
	semaphore := "threading_semaphore_release failed: THREADING_INVALID_HANDLE"
	if parent && (status != 0 || strings.Count(output, "libthreading: ") != 2 ||
		strings.Count(output, lock) != 1 || strings.Count(output, semaphore) != 1) {
		t.Errorf("status %d, output:\n%s", status, output)
	}
}

func TestTheErrorHookHearsOfMistakesAndOfNothingElse(t *testing.T) {
	heard := listen(t)
	var lock Lock
	lock.Lock()
	_ = lock.TryAcquire() // an expected outcome
	lock.Unlock()
	if calls := heard(); len(calls) != 0 {
		t.Errorf("it heard %v", calls)
	}
	_ = lock.Release()
	_ = new(Semaphore).Value()
	_ = panics(lock.Unlock)
	_ = lock.Close()
	lock.Locked()
	want(t, "SetErrorHook", SetErrorHook(nil), nil)
	_ = lock.Close()
	expected := []string{
		"threading_lock_release: THREADING_NOT_ACQUIRED",
		"threading_semaphore_value: THREADING_INVALID_HANDLE",
		"threading_lock_release: THREADING_NOT_ACQUIRED",
		"threading_lock_locked: THREADING_DESTROYED",
	}
	if calls := heard(); !slices.Equal(calls, expected) {
		t.Errorf("it heard %v", calls)
	}
}
