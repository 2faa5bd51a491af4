package threading

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestAPeriodicTimerCallsAgainAndAgainAndNeverTooEarly(t *testing.T) {
	const period = 5 * time.Millisecond
	var timer *Timer
	var called []time.Duration
	var threads []*Thread
	begin := time.Now()
	timer = Must(NewPeriodicTimer(short, period, func() {
		called = append(called, time.Since(begin))
		threads = append(threads, CurrentThread())
		if len(called) == 4 {
			if prevented, err := timer.Cancel(); !prevented || err != nil {
				t.Errorf("Cancel: %v, %v", prevented, err)
			}
		}
	}))
	want(t, "Start", timer.Start(), nil)
	want(t, "Start", timer.Start(), ErrAlreadyStarted)
	want(t, "Join", timer.Thread().Join(), nil)
	if len(called) != 4 {
		t.Fatalf("%d calls", len(called))
	}
	for n, took := range called {
		if took < short+time.Duration(n)*period || threads[n] != timer.Thread() {
			t.Errorf("call %d came after %v, in %q", n, took, threads[n].Name())
		}
	}
	if handle := timer.task.handle.Load(); handle != 0 {
		t.Errorf("its func is kept, as %d", handle)
	}
	want(t, "Close", timer.Close(), nil)
}

func TestACancelledPeriodicTimerCallsNoMore(t *testing.T) {
	var calls atomic.Int32
	timer := Must(NewPeriodicTimer(time.Millisecond, time.Millisecond, func() { calls.Add(1) }))
	want(t, "Start", timer.Start(), nil)
	until(t, "some calls", func() bool { return calls.Load() > 2 })
	for _, expected := range []bool{true, false} {
		if prevented, err := timer.Cancel(); prevented != expected || err != nil {
			t.Errorf("Cancel: %v, %v", prevented, err)
		}
	}
	want(t, "Join", timer.Thread().Join(), nil)
	count := calls.Load()
	if rearmed, err := timer.Rearm(0); rearmed || err != nil || calls.Load() != count {
		t.Errorf("Rearm: %v, %v", rearmed, err)
	}
	unstarted := Must(NewPeriodicTimer(1, 1, func() { t.Error("it is called") }))
	_, err := unstarted.Cancel()
	want(t, "Cancel", err, nil)
	want(t, "Start", unstarted.Start(), nil)
	want(t, "Join", unstarted.Thread().Join(), nil)
}

func TestAPeriodicTimerIsRearmedAndGoesOn(t *testing.T) {
	called := make(chan struct{}, 1)
	timer := Must(NewPeriodicTimer(time.Hour, time.Hour, func() { called <- struct{}{} }))
	want(t, "Start", timer.Start(), nil)
	for range 2 {
		if rearmed, err := timer.Rearm(time.Millisecond); !rearmed || err != nil {
			t.Errorf("Rearm: %v, %v", rearmed, err)
		}
		<-called
	}
	if !timer.Thread().IsAlive() {
		t.Error("it has ended")
	}
	_, err := timer.Cancel()
	want(t, "Cancel", err, nil)
	want(t, "Join", timer.Thread().Join(), nil)
}

func TestAPeriodicTimerEndsByPanicAndGoexit(t *testing.T) {
	heard := make(chan any, 1)
	want(t, "SetExcepthook", SetExcepthook(func(exception *Exception) { heard <- exception.Value }),
		nil)
	defer SetExcepthook(nil)
	ways := map[string]func(){"panic": func() { panic("boom") }, "Goexit": runtime.Goexit}
	for what, fn := range ways {
		timer := Must(NewPeriodicTimer(time.Millisecond, time.Millisecond, fn))
		want(t, what+" Start", timer.Start(), nil)
		want(t, what+" Join", timer.Thread().Join(), nil)
		if handle := timer.task.handle.Load(); handle != 0 {
			t.Errorf("%s: its func is kept, as %d", what, handle)
		}
		want(t, what+" Close", timer.Close(), nil)
	}
	if value := <-heard; value != "boom" || len(heard) != 0 {
		t.Errorf("it heard %v and %d more", value, len(heard))
	}
}

func TestAShutdownDoesNotWaitForTheNextCallOfAPeriodicTimer(t *testing.T) {
	output, status, parent := child(t, func() {
		called := make(chan struct{}, 1)
		timer := Must(NewPeriodicTimer(time.Millisecond, time.Millisecond, func() {
			select {
			case called <- struct{}{}:
			default:
			}
		}))
		Must(0, timer.Start())
		<-called
		Must(0, ShutdownTimeout(long))
		println("over")
	})
	if parent && (status != 0 || strings.TrimSpace(output) != "over") {
		t.Errorf("status %d: %s", status, output)
	}
}

func TestAPeriodicTimerRefusesTimesOutsideTheirRange(t *testing.T) {
	for _, bad := range []time.Duration{0, -1, Infinite, TimeoutMax + 1} {
		_, err := NewPeriodicTimer(bad, time.Second, func() {})
		want(t, "NewPeriodicTimer", err, ErrInvalidArgument)
		_, err = NewPeriodicTimer(time.Second, bad, func() {})
		want(t, "NewPeriodicTimer", err, ErrInvalidArgument)
	}
	_, err := NewPeriodicTimer(1, 1, nil)
	want(t, "NewPeriodicTimer", err, ErrInvalidArgument)
}
