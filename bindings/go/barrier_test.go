package threading

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

func TestABarrierHoldsThemUpUntilAllHaveCome(t *testing.T) {
	const parties, cycles = 4, 20
	var come, actions atomic.Int32
	barrier := Must(NewBarrier(parties, func() bool {
		actions.Add(1)
		return true
	}))
	var indexes [cycles][parties]atomic.Int32
	var threads []*Thread
	for range parties {
		threads = append(threads, Must(Spawn("", func() {
			for cycle := range cycles {
				come.Add(1)
				index, err := barrier.Wait()
				want(t, "Wait", err, nil)
				indexes[cycle][index].Add(1)
				if now := come.Load(); now < int32(parties*(cycle+1)) {
					t.Errorf("%d have come in cycle %d", now, cycle)
				}
			}
		})))
	}
	for _, thread := range threads {
		want(t, "Finish", thread.Finish(), nil)
	}
	for cycle := range cycles {
		for index := range parties {
			if n := indexes[cycle][index].Load(); n != 1 {
				t.Errorf("cycle %d had %d times the index %d", cycle, n, index)
			}
		}
	}
	if actions.Load() != cycles || barrier.Parties() != parties || barrier.NWaiting() != 0 ||
		barrier.Broken() {
		t.Errorf("%d actions, %d parties, %d waiting, broken %v", actions.Load(), barrier.Parties(),
			barrier.NWaiting(), barrier.Broken())
	}
	want(t, "Close", barrier.Close(), nil)
}

// waitThere lets a thread wait at a barrier, and returns when it does, with a function that returns
// what came of it.
func waitThere(t *testing.T, barrier *Barrier) (result func() error) {
	t.Helper()
	var err error
	thread := Must(Spawn("", func() { _, err = barrier.Wait() }))
	until(t, "it waits", func() bool { return barrier.NWaiting() == 1 })
	return func() error {
		want(t, "Finish", thread.Finish(), nil)
		return err
	}
}

func TestATimeoutBreaksABarrierForAll(t *testing.T) {
	barrier := Must(NewBarrier(3, nil))
	defer barrier.Close()
	other := waitThere(t, barrier)
	want(t, "Close", barrier.Close(), ErrBusy)
	_, err := barrier.WaitTimeout(TimeoutMax + 1)
	want(t, "WaitTimeout over TimeoutMax", err, ErrInvalidArgument)
	notEarly(t, "WaitTimeout", short, func() {
		_, err := barrier.WaitTimeout(short)
		want(t, "WaitTimeout", err, ErrTimeout)
	})
	want(t, "the other's Wait", other(), ErrBroken)
	if !barrier.Broken() {
		t.Error("it is not broken")
	}
	_, err = barrier.Wait()
	want(t, "Wait", err, ErrBroken)
}

func TestAbortBreaksAndResetMakesWhole(t *testing.T) {
	barrier := Must(NewBarrier(2, nil))
	defer barrier.Close()
	other := waitThere(t, barrier)
	want(t, "Abort", barrier.Abort(), nil)
	want(t, "the other's Wait", other(), ErrBroken)
	want(t, "Reset", barrier.Reset(), nil)
	other = waitThere(t, barrier)
	want(t, "Reset", barrier.Reset(), nil)
	want(t, "the other's Wait", other(), ErrBroken)
	other = waitThere(t, barrier)
	index, err := barrier.WaitTimeout(long)
	want(t, "WaitTimeout", err, nil)
	want(t, "the other's Wait", other(), nil)
	if index != 1 || barrier.Broken() {
		t.Errorf("index %d, broken %v", index, barrier.Broken())
	}
}

func TestAnActionThatFailsBreaksTheBarrierAndIsHeardWhereItRan(t *testing.T) {
	action := func() bool { return false }
	barrier := Must(NewBarrier(2, func() bool { return action() }))
	for what, fails := range map[string]struct {
		action func() bool
		check  func(t *testing.T)
	}{
		"false": {func() bool { return false }, func(t *testing.T) {
			_, err := barrier.WaitTimeout(long)
			want(t, "WaitTimeout", err, ErrBroken)
		}},
		"panic": {func() bool { panic("boom") }, func(t *testing.T) {
			if value := panics(func() { _, _ = barrier.Wait() }); value != "boom" {
				t.Errorf("Wait panics with %v", value)
			}
		}},
		"Goexit": {func() bool { runtime.Goexit(); return true }, func(t *testing.T) {
			if !goexits(func() { _, _ = barrier.WaitTimeout(long) }) {
				t.Error("WaitTimeout does not end the goroutine")
			}
		}},
		"a wait at the same barrier": {func() bool {
			_, err := barrier.Wait()
			want(t, "Wait in the action", err, ErrWouldDeadlock)
			return false
		}, func(t *testing.T) {
			_, err := barrier.WaitTimeout(long)
			want(t, "WaitTimeout", err, ErrBroken)
		}},
	} {
		t.Run(what, func(t *testing.T) {
			want(t, "Reset", barrier.Reset(), nil)
			action = fails.action
			other := waitThere(t, barrier)
			fails.check(t)
			want(t, "the other's Wait", other(), ErrBroken)
			if !barrier.Broken() {
				t.Error("it is not broken")
			}
		})
	}
	want(t, "Close", barrier.Close(), nil)
}

func TestAnActionThatPanicsInAThreadIsHeardByTheExcepthook(t *testing.T) {
	heard := make(chan any, 1)
	want(t, "SetExcepthook", SetExcepthook(func(exception *Exception) { heard <- exception.Value }),
		nil)
	defer SetExcepthook(nil)
	barrier := Must(NewBarrier(1, func() bool { panic("boom") }))
	want(t, "Finish", Must(Spawn("", func() { _, _ = barrier.Wait() })).Finish(), nil)
	if value := <-heard; value != "boom" {
		t.Errorf("it heard %v", value)
	}
	want(t, "Close", barrier.Close(), nil)
}

func TestABarrierRefusesPartiesOutsideItsRange(t *testing.T) {
	for _, parties := range []int{0, -1, 1 << 30} {
		if _, err := NewBarrier(parties, func() bool { return true }); err != ErrInvalidArgument {
			t.Errorf("NewBarrier(%d): %v", parties, err)
		}
	}
}

func TestAClosedBarrierIsStaleAndAZeroOneInvalid(t *testing.T) {
	closed := Must(NewBarrier(1, func() bool { return true }))
	want(t, "Close", closed.Close(), nil)
	want(t, "Close", closed.Close(), ErrDestroyed)
	want(t, "Close of the zero value", new(Barrier).Close(), nil)
	cases := map[*Barrier]error{closed: ErrDestroyed, new(Barrier): ErrInvalidHandle}
	for barrier, expected := range cases {
		_, err := barrier.Wait()
		want(t, "Wait", err, expected)
		_, err = barrier.WaitTimeout(time.Second)
		want(t, "WaitTimeout", err, expected)
		want(t, "Reset", barrier.Reset(), expected)
		want(t, "Abort", barrier.Abort(), expected)
		if barrier.Parties() != 0 || barrier.NWaiting() != 0 || barrier.Broken() {
			t.Error("it answers something")
		}
	}
}
