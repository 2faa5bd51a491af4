package threading

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestATimerCallsItsFuncOnceAndNotTooEarly(t *testing.T) {
	var calls atomic.Int32
	var name string
	begin := time.Now()
	var took time.Duration
	timer := Must(NewTimer(short, func() {
		took = time.Since(begin)
		calls.Add(1)
		name = CurrentName()
	}))
	thread := timer.Thread()
	want(t, "SetName", thread.SetName("my timer"), nil)
	if thread.IsAlive() {
		t.Error("it is alive before its start")
	}
	want(t, "Start", timer.Start(), nil)
	want(t, "Start", timer.Start(), ErrAlreadyStarted)
	want(t, "Start of its thread", thread.Start(), ErrAlreadyStarted)
	want(t, "Join", thread.Join(), nil)
	prevented, err := timer.Cancel()
	want(t, "Cancel", err, nil)
	if calls.Load() != 1 || took < short || name != "my timer" || prevented ||
		timer.Thread() != thread {
		t.Errorf("%d calls after %v of %v in %q, prevented %v", calls.Load(), took, short, name,
			prevented)
	}
	want(t, "Close of its thread", thread.Close(), ErrBusy)
	want(t, "Close", timer.Close(), nil)
}

func TestATimerIsRearmedUntilItFires(t *testing.T) {
	var calls atomic.Int32
	timer := Must(NewTimer(time.Hour, func() { calls.Add(1) }))
	_, err := timer.Rearm(0)
	want(t, "Rearm before the start", err, ErrNotStarted)
	want(t, "Start", timer.Start(), nil)
	for _, interval := range []time.Duration{2 * time.Hour, time.Millisecond} {
		if rearmed, err := timer.Rearm(interval); !rearmed || err != nil {
			t.Errorf("Rearm(%v): %v, %v", interval, rearmed, err)
		}
	}
	want(t, "Join", timer.Thread().Join(), nil)
	if rearmed, err := timer.Rearm(0); rearmed || err != nil || calls.Load() != 1 {
		t.Errorf("after the call: %v, %v, %d calls", rearmed, err, calls.Load())
	}
	_, err = timer.Rearm(Infinite)
	want(t, "Rearm for ever", err, ErrInvalidArgument)
}

func TestACancelledTimerNeverCallsItsFunc(t *testing.T) {
	pending := Must(NewTimer(time.Hour, func() { t.Error("it is called") }))
	want(t, "Start", pending.Start(), nil)
	if !pending.Thread().IsAlive() || !slices.Contains(Enumerate(), pending.Thread()) {
		t.Error("a pending timer is not alive, or not listed")
	}
	unstarted := Must(NewTimer(0, func() { t.Error("it is called") }))
	for _, timer := range []*Timer{pending, unstarted} {
		for _, expected := range []bool{true, false} {
			prevented, err := timer.Cancel()
			want(t, "Cancel", err, nil)
			if prevented != expected {
				t.Errorf("prevented %v, not %v", prevented, expected)
			}
		}
	}
	want(t, "Start", unstarted.Start(), nil)
	for _, timer := range []*Timer{pending, unstarted} {
		want(t, "Join", timer.Thread().Join(), nil)
		want(t, "Close", timer.Close(), nil)
		if handle := timer.task.handle.Load(); handle != 0 {
			t.Errorf("its func is kept, as %d", handle)
		}
	}
}

func TestAPendingTimerThatIsClosedFiresAllTheSame(t *testing.T) {
	fired := make(chan *Thread, 2)
	timer := Must(NewTimer(short, func() { fired <- CurrentThread() }))
	thread := timer.Thread()
	want(t, "Start of its thread", thread.Start(), nil)
	want(t, "Close", timer.Close(), nil)
	if <-fired != thread {
		t.Error("it ran in another thread")
	}
	timer, thread = nil, nil
	timer = Must(NewTimer(short, func() { fired <- CurrentThread() }))
	want(t, "Start", timer.Start(), nil)
	timer = nil
	runtime.GC()
	runtime.GC()
	<-fired
}

func TestATimerEndsByPanicAndGoexitAsAThreadDoes(t *testing.T) {
	heard := make(chan any, 1)
	want(t, "SetExcepthook", SetExcepthook(func(exception *Exception) { heard <- exception.Value }),
		nil)
	defer SetExcepthook(nil)
	ways := map[string]func(){"panic": func() { panic("boom") }, "Goexit": runtime.Goexit}
	for what, fn := range ways {
		timer := Must(NewTimer(-time.Second, fn))
		want(t, what+" Start", timer.Start(), nil)
		want(t, what+" Join", timer.Thread().Join(), nil)
		want(t, what+" Close", timer.Close(), nil)
	}
	if value := <-heard; value != "boom" || len(heard) != 0 {
		t.Errorf("it heard %v and %d more", value, len(heard))
	}
}

func TestTheSignalOfTheSchedulerReachesATimersFunc(t *testing.T) {
	for range 5 { // a later one gets a thread that has been in Go before
		blocked := uint64(1<<64 - 1)
		timer := Must(NewTimer(0, func() {
			task := "/proc/self/task/" + strconv.FormatUint(GetNativeID(), 10)
			text, _ := os.ReadFile(task + "/status")
			_, mask, _ := strings.Cut(string(text), "SigBlk:")
			blocked, _ = strconv.ParseUint(strings.Fields(mask)[0], 16, 64)
		}))
		want(t, "Start", timer.Start(), nil)
		want(t, "Join", timer.Thread().Join(), nil)
		if blocked&(1<<(syscall.SIGURG-1)) != 0 {
			t.Errorf("the blocked signals are %x", blocked)
		}
	}
}

func TestATimerRefusesIntervalsOutsideTheirRange(t *testing.T) {
	for _, interval := range []time.Duration{Infinite, TimeoutMax + 1} {
		_, err := NewTimer(interval, func() {})
		want(t, "NewTimer", err, ErrInvalidArgument)
	}
	_, err := NewTimer(0, nil)
	want(t, "NewTimer", err, ErrInvalidArgument)
}

func TestAClosedTimerIsStaleAndAZeroOneInvalid(t *testing.T) {
	closed := Must(NewTimer(0, func() { t.Error("it is called") }))
	want(t, "Close", closed.Close(), nil)
	want(t, "Close", closed.Close(), ErrDestroyed)
	want(t, "Close of the zero value", new(Timer).Close(), nil)
	cases := map[*Timer]error{closed: ErrDestroyed, new(Timer): ErrInvalidHandle}
	for timer, expected := range cases {
		want(t, "Start", timer.Start(), expected)
		_, err := timer.Cancel()
		want(t, "Cancel", err, expected)
		want(t, "Join", timer.Thread().Join(), expected)
	}
}
