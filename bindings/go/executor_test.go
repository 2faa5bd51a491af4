package threading

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// held makes an Executor of so many threads, one of which is taken until release is called.
func held(t *testing.T, threads int) (e *Executor, running *Future[string], release func()) {
	t.Helper()
	e = Must(NewExecutor(threads, "held"))
	begun, end := make(chan struct{}), make(chan struct{})
	running = Must(Submit(e, func() (string, error) {
		close(begun)
		<-end
		return "ran", io.EOF
	}))
	<-begun
	return e, running, func() { close(end) }
}

func number(n int) func() (int, error) {
	return func() (int, error) { return n, nil }
}

func TestResultsComeOutInTheOrderOfTheSubmission(t *testing.T) {
	e, running, release := held(t, 1)
	var ran []int
	var futures []*Future[int]
	for n := range 100 {
		futures = append(futures, Must(Submit(e, func() (int, error) {
			ran = append(ran, n)
			return n, nil
		})))
	}
	if running.IsDone() || futures[0].IsDone() {
		t.Error("it is done before its end")
	}
	release()
	for n, future := range futures {
		if result, err := future.Result(); result != n || err != nil {
			t.Errorf("%d: %v, %v", n, result, err)
		}
	}
	if !slices.IsSorted(ran) || len(ran) != 100 {
		t.Errorf("they ran as %v", ran)
	}
	if result, err := running.Result(); result != "ran" || err != io.EOF || !running.IsDone() {
		t.Errorf("%q, %v", result, err)
	}
	e.pending.mutex.Lock()
	if kept := len(e.pending.held); kept != 0 {
		t.Errorf("%d funcs that have ended are kept", kept)
	}
	e.pending.mutex.Unlock()
	want(t, "Shutdown", e.Shutdown(false), nil)
	want(t, "Close of a Future", running.Close(), nil)
	want(t, "Close", e.Close(), nil)
}

func TestFuncsThatWaitForFuncsEndWithASingleThread(t *testing.T) {
	e := Must(NewExecutor(1, ""))
	defer e.Close()
	var depth func(n int) func() (int, error)
	depth = func(n int) func() (int, error) {
		return func() (int, error) {
			if n == 0 {
				return 0, nil
			}
			below, err := Must(Submit(e, depth(n-1))).Result()
			return below + 1, err
		}
	}
	if result, err := Must(Submit(e, depth(20))).ResultTimeout(long); result != 20 || err != nil {
		t.Errorf("%d, %v", result, err)
	}
	want(t, "Shutdown", e.Shutdown(false), nil)
}

func TestAPanicComesOutOfResultAndAGoexitHasNoValue(t *testing.T) {
	e := Must(NewExecutor(2, ""))
	defer e.Close()
	broken := errors.New("broken")
	_, err := Must(Submit(e, func() (int, error) { panic(broken) })).Result()
	var panicked *Panic
	if !errors.As(err, &panicked) || !errors.Is(err, broken) ||
		err.Error() != "threading: a func panicked: broken" ||
		!strings.Contains(string(panicked.Stack), "executor_test.go") {
		t.Errorf("%v", err)
	}
	_, err = Must(Submit(e, func() (int, error) { panic("two\nlines") })).Result()
	if err.Error() != `threading: a func panicked: two\nlines` || errors.Unwrap(err) != nil {
		t.Errorf("%v", err)
	}
	_, err = Must(Submit(e, func() (int, error) { runtime.Goexit(); return 1, nil })).Result()
	want(t, "Result after a Goexit", err, ErrNoValue)
	want(t, "Shutdown", e.Shutdown(false), nil)
}

func TestAResultIsWaitedForUntilTheTimeOrTheContextEnds(t *testing.T) {
	e, running, release := held(t, 1)
	defer e.Close()
	_, err := running.ResultTimeout(0)
	want(t, "ResultTimeout", err, ErrTimeout)
	notEarly(t, "ResultTimeout", short, func() { _, err = running.ResultTimeout(short) })
	want(t, "ResultTimeout", err, ErrTimeout)
	_, err = running.ResultTimeout(TimeoutMax + 1)
	want(t, "ResultTimeout", err, ErrInvalidArgument)
	ctx, cancel := context.WithTimeout(context.Background(), short)
	defer cancel()
	_, err = running.ResultContext(ctx)
	want(t, "ResultContext", err, context.DeadlineExceeded)
	release()
	_, err = running.ResultContext(context.Background())
	want(t, "ResultContext", err, io.EOF)
	want(t, "Shutdown", e.Shutdown(false), nil)
}

func TestAFuncCannotWaitForItselfOrForItsExecutor(t *testing.T) {
	e := Must(NewExecutor(1, ""))
	defer e.Close()
	mine := make(chan *Future[int], 1)
	future := Must(Submit(e, func() (int, error) {
		if err := e.Shutdown(false); err != ErrWouldDeadlock {
			t.Errorf("Shutdown: %v", err)
		}
		return (<-mine).Result()
	}))
	mine <- future
	_, err := future.Result()
	want(t, "Result", err, ErrWouldDeadlock)
	want(t, "Shutdown", e.Shutdown(false), nil)
}

func TestAFuncThatHasNotBegunIsCancelled(t *testing.T) {
	e, running, release := held(t, 1)
	defer e.Close()
	never := func() (int, error) { t.Error("it is called"); return 0, nil }
	future := Must(Submit(e, never))
	for _, expected := range []bool{true, false} {
		if prevented, err := future.Cancel(); prevented != expected || err != nil {
			t.Errorf("Cancel: %v, %v", prevented, err)
		}
	}
	_, err := future.Result()
	want(t, "Result", err, ErrNoValue)
	if !future.IsDone() || !future.WasCancelled() || future.task.handle.Load() != 0 {
		t.Error("it is not done, or kept")
	}
	if prevented, err := running.Cancel(); prevented || err != nil || running.WasCancelled() {
		t.Errorf("Cancel of a func that runs: %v, %v", prevented, err)
	}
	pending := Must(Submit(e, never))
	want(t, "ShutdownTimeout", e.ShutdownTimeout(true, 0), ErrTimeout)
	if !pending.WasCancelled() || !e.IsShut() {
		t.Error("the shutdown has not cancelled what has not begun")
	}
	_, err = Submit(e, number(1))
	want(t, "Submit", err, ErrShuttingDown)
	want(t, "Close", e.Close(), ErrBusy)
	release()
	want(t, "Shutdown", e.Shutdown(true), nil)
	if len(e.pending.held) != 0 || pending.task.handle.Load() != 0 {
		t.Error("what was cancelled is kept")
	}
}

func TestWhoWaitsHearsOfTheCancellation(t *testing.T) {
	e, _, release := held(t, 1)
	defer e.Close()
	future := Must(Submit(e, number(1)))
	waiter := Must(Spawn("", func() {
		_, err := future.Result()
		want(t, "Result", err, ErrNoValue)
	}))
	until(t, "it waits", func() bool { _, waits := waiter.WaitingFor(); return waits })
	if prevented, err := future.Cancel(); !prevented || err != nil {
		t.Errorf("Cancel: %v, %v", prevented, err)
	}
	want(t, "Join", waiter.Join(), nil)
	release()
	want(t, "Shutdown", e.Shutdown(false), nil)
}

func TestFuturesAreWaitedForTogether(t *testing.T) {
	e, running, release := held(t, 2)
	defer e.Close()
	quick := Must(Submit(e, number(1)))
	if index, err := WaitAnyTimeout(long, running, quick); index != 1 || err != nil {
		t.Errorf("WaitAny: %d, %v", index, err)
	}
	release()
	if index, err := WaitAnyTimeout(long, running); index != 0 || err != nil {
		t.Errorf("WaitAny: %d, %v", index, err)
	}
	want(t, "Shutdown", e.Shutdown(false), nil)
}

func TestAFuncHasAThreadWithTheNameOfTheExecutor(t *testing.T) {
	e := Must(NewExecutor(1, "pool"))
	defer e.Close()
	if e.Name() != "pool" {
		t.Errorf("the Executor is called %q", e.Name())
	}
	idents := map[uint64]bool{}
	for range 3 {
		seen := make(chan *Thread, 1)
		end := make(chan struct{})
		future := Must(Submit(e, func() (uint64, error) {
			seen <- CurrentThread()
			<-end
			return GetIdent(), nil
		}))
		thread := <-seen
		if thread != future.Thread() || thread.Name() != "pool_0" || !thread.IsAlive() {
			t.Errorf("it runs in %q", thread.Name())
		}
		close(end)
		ident, err := future.Result()
		want(t, "Result", err, nil)
		idents[ident] = true
	}
	if len(idents) != 3 {
		t.Errorf("the idents are %v", idents)
	}
	want(t, "SetName", e.SetName("new"), nil)
	want(t, "Shutdown", e.Shutdown(false), nil)
}

func TestWhatNobodyRefersToRunsAllTheSame(t *testing.T) {
	ran := make(chan int, 2)
	func() {
		e, _, release := held(t, 1)
		for n := range 2 {
			Must(Submit(e, func() (int, error) { ran <- n; return n, nil }))
		}
		runtime.GC()
		runtime.GC()
		release()
	}()
	runtime.GC()
	runtime.GC()
	for n := range 2 {
		select {
		case got := <-ran:
			if got != n {
				t.Errorf("func %d ran instead of %d", got, n)
			}
		case <-time.After(long):
			t.Fatal("it never runs")
		}
	}
}

func TestAnExecutorRefusesWhatItCannotBe(t *testing.T) {
	for _, threads := range []int{-1, ExecutorMax + 1} {
		_, err := NewExecutor(threads, "")
		want(t, "NewExecutor", err, ErrInvalidArgument)
	}
	_, err := NewExecutor(1, "a\x00b")
	want(t, "NewExecutor", err, ErrInvalidArgument)
	e := Must(NewExecutor(0, ""))
	_, err = Submit[int](e, nil)
	want(t, "Submit", err, ErrInvalidArgument)
	want(t, "Close", e.Close(), nil)
}

func TestAClosedExecutorIsStaleAndAZeroOneInvalid(t *testing.T) {
	e := Must(NewExecutor(1, ""))
	future := Must(Submit(e, number(1)))
	want(t, "Shutdown", e.Shutdown(false), nil)
	want(t, "Close", future.Close(), nil)
	want(t, "Close", e.Close(), nil)
	want(t, "Close", e.Close(), ErrDestroyed)
	executors := map[*Executor]error{e: ErrDestroyed, new(Executor): ErrInvalidHandle}
	for e, expected := range executors {
		_, err := Submit(e, number(1))
		want(t, "Submit", err, expected)
		want(t, "Shutdown", e.Shutdown(false), expected)
		want(t, "ShutdownTimeout", e.ShutdownTimeout(true, 0), expected)
		want(t, "SetName", e.SetName("a"), expected)
		if e.IsShut() || e.Name() != "" {
			t.Errorf("shut: %v, name: %q", e.IsShut(), e.Name())
		}
	}
	futures := map[*Future[int]]error{future: ErrDestroyed, new(Future[int]): ErrInvalidHandle}
	for future, expected := range futures {
		_, err := future.Result()
		want(t, "Result", err, expected)
		_, err = future.ResultTimeout(0)
		want(t, "ResultTimeout", err, expected)
		_, err = future.ResultContext(context.Background())
		want(t, "ResultContext", err, expected)
		_, err = future.Cancel()
		want(t, "Cancel", err, expected)
		if future.IsDone() || future.WasCancelled() {
			t.Error("it is done")
		}
	}
	want(t, "Close of the zero value", new(Future[int]).Close(), nil)
}
