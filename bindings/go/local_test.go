package threading

import (
	"os"
	"runtime"
	"sync/atomic"
	"testing"
)

// inThread runs something in a thread of the library.
func inThread(t *testing.T, run func()) {
	t.Helper()
	want(t, "Finish", Must(Spawn("", run)).Finish(), nil)
}

func TestEveryThreadHasAValueOfItsOwn(t *testing.T) {
	var made atomic.Int32
	local := Must(NewLocal(func() int { return int(made.Add(1)) }, nil))
	for expected := range 3 {
		inThread(t, func() {
			for range 2 {
				if value, ok := local.Get(); !ok || value != expected+1 {
					t.Errorf("%d %v, not %d", value, ok, expected+1)
				}
			}
			want(t, "Set", local.Set(-expected), nil)
			if value, _ := local.Get(); value != -expected {
				t.Errorf("%d, not %d", value, -expected)
			}
		})
	}
	want(t, "Close", local.Close(), nil)
}

func TestAValueThatWasNeverSetOrIsDeletedIsNotThere(t *testing.T) {
	var made atomic.Int32
	plain := Must(NewLocal[string](nil, nil))
	initialised := Must(NewLocal(func() string { made.Add(1); return "made" }, nil))
	inThread(t, func() {
		if value, ok := plain.Get(); ok || value != "" {
			t.Errorf("there is %q", value)
		}
		want(t, "Delete", plain.Delete(), ErrNoValue)
		want(t, "Set", plain.Set(""), nil)
		if _, ok := plain.Get(); !ok {
			t.Error(`"" is no value`)
		}
		want(t, "Delete", plain.Delete(), nil)
		if _, ok := plain.Get(); ok {
			t.Error("a deleted value is there")
		}
		want(t, "Set", initialised.Set("set"), nil)
		if value, _ := initialised.Get(); value != "set" || made.Load() != 0 {
			t.Errorf("there is %q, and the func ran %d times", value, made.Load())
		}
		want(t, "Delete", initialised.Delete(), nil)
		if _, ok := initialised.Get(); ok {
			t.Error("after a Delete a value is made")
		}
	})
	want(t, "Close", plain.Close(), nil)
	want(t, "Close", initialised.Close(), nil)
}

func TestEveryValueEndsOnce(t *testing.T) {
	var ended [6]atomic.Int32
	local := Must(NewLocal(nil, func(value int) { ended[value].Add(1) }))
	check := func(when string, expected ...int32) {
		t.Helper()
		for value, times := range expected {
			if ended[value].Load() != times {
				t.Errorf("%s: %d ended %d times, not %d", when, value, ended[value].Load(), times)
			}
		}
	}
	inThread(t, func() {
		for value := range 3 {
			want(t, "Set", local.Set(value), nil)
		}
		check("replaced", 1, 1, 0)
		want(t, "Delete", local.Delete(), nil)
		check("deleted", 1, 1, 1)
		want(t, "Set", local.Set(3), nil)
	})
	check("at the end of its thread", 1, 1, 1, 1)
	var ready, stop Event
	thread := Must(Spawn("", func() {
		want(t, "Set", local.Set(4), nil)
		_ = ready.Set()
		_ = stop.Wait()
	}))
	want(t, "Wait", ready.Wait(), nil)
	elsewhere(func() { want(t, "Set", local.Set(5), nil) })
	want(t, "Close", local.Close(), nil)
	check("closed", 1, 1, 1, 1, 1, 1)
	want(t, "Set", stop.Set(), nil)
	want(t, "Finish", thread.Finish(), nil)
	check("afterwards", 1, 1, 1, 1, 1, 1)
}

// dying runs something in a thread that Go ends afterwards, since its goroutine ends tied to it.
func dying(run func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if GetNativeID() == uint64(os.Getpid()) {
			// Go keeps the main thread. While this goroutine has it, another one gets another.
			dying(run)
			runtime.UnlockOSThread()
			return
		}
		run()
	}()
	<-done
}

func TestTheValueOfAThreadThatGoEndsIsEndedLater(t *testing.T) {
	var ended atomic.Int32
	local := Must(NewLocal(nil, func(int) { ended.Add(1) }))
	defer local.Close()
	other := Must(NewLocal[int](nil, nil))
	defer other.Close()
	const threads = 5
	for range threads {
		dying(func() { want(t, "Set", local.Set(1), nil) })
	}
	inThread(t, func() {
		until(t, "the values have ended", func() bool {
			want(t, "Set", other.Set(1), nil)
			return ended.Load() == threads
		})
	})
}

func TestAFuncThatFailsToMakeAValueIsHeardWhereItRan(t *testing.T) {
	calls := 0
	panicking := Must(NewLocal(func() int { calls++; panic("boom") }, nil))
	leaving := Must(NewLocal(func() int { runtime.Goexit(); return 1 }, nil))
	inThread(t, func() {
		if value := panics(func() { panicking.Get() }); value != "boom" || calls != 1 {
			t.Errorf("Get panics with %v after %d calls", value, calls)
		}
		want(t, "Delete", panicking.Delete(), ErrNoValue)
	})
	if !goexits(func() { runtime.LockOSThread(); defer runtime.UnlockOSThread(); leaving.Get() }) {
		t.Error("Get does not end the goroutine")
	}
	want(t, "Close", panicking.Close(), nil)
	want(t, "Close", leaving.Close(), nil)
}

func TestAPanicOfWhatEndsAValueGoesToTheExcepthook(t *testing.T) {
	heard := make(chan any, 4)
	want(t, "SetExcepthook", SetExcepthook(func(exception *Exception) { heard <- exception.Value }),
		nil)
	defer SetExcepthook(nil)
	local := Must(NewLocal(nil, func(value string) {
		if value == "" {
			runtime.Goexit()
		}
		panic(value)
	}))
	inThread(t, func() {
		want(t, "Set", local.Set(""), nil)
		want(t, "Set", local.Set("replaced"), nil)
		want(t, "Set", local.Set("at the end"), nil)
	})
	want(t, "Close", local.Close(), nil)
	if a, b := <-heard, <-heard; a != "replaced" || b != "at the end" || len(heard) != 0 {
		t.Errorf("it heard %v, %v and %d more", a, b, len(heard))
	}
}

func TestAClosedLocalIsStaleAndAZeroOneInvalid(t *testing.T) {
	closed := Must(NewLocal(func() int { return 7 }, nil))
	want(t, "Close", closed.Close(), nil)
	want(t, "Close", closed.Close(), ErrDestroyed)
	want(t, "Close of the zero value", new(Local[int]).Close(), nil)
	cases := map[*Local[int]]error{closed: ErrDestroyed, new(Local[int]): ErrInvalidHandle}
	for local, expected := range cases {
		want(t, "Set", local.Set(1), expected)
		want(t, "Delete", local.Delete(), expected)
		if value, ok := local.Get(); ok || value != 0 {
			t.Errorf("there is %d", value)
		}
	}
}
