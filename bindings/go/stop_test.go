package threading

import (
	"context"
	"testing"
	"time"
)

func TestARequestEndsWaitsBelowIt(t *testing.T) {
	parent := Must(NewStop(nil))
	stop := Must(NewStop(parent))
	waiter := Must(Spawn("", func() { want(t, "Wait", stop.Wait(), nil) }))
	if stop.Requested() || stop.Remaining() != Infinite {
		t.Error("it has come before its request")
	}
	want(t, "Close of a parent", parent.Close(), ErrBusy)
	want(t, "Request", parent.Request(), nil)
	want(t, "Finish", waiter.Finish(), nil)
	if !stop.Requested() || stop.Expired() || stop.Remaining() != 0 {
		t.Error("it has not come")
	}
	want(t, "Close", stop.Close(), nil)
	want(t, "Close", parent.Close(), nil)
	want(t, "Request", stop.Request(), ErrDestroyed)
}

func TestAStopHasTheEarliestDeadline(t *testing.T) {
	brief := Must(NewStopTimeout(nil, short))
	below := Must(NewStopTimeout(brief, time.Hour))
	notEarly(t, "Wait", short/2, func() { want(t, "Wait", below.Wait(), nil) })
	if !below.Expired() {
		t.Error("it has not expired")
	}
	plain := Must(NewStop(nil))
	want(t, "WaitTimeout", plain.WaitTimeout(short), ErrTimeout)
}

func TestAContextEndsAWait(t *testing.T) {
	lock, semaphore := Must(NewLock()), Must(NewSemaphore(0))
	event, latch := Must(NewEvent()), Must(NewLatch(1))
	want(t, "Acquire", lock.Acquire(), nil)
	waits := map[string]func(context.Context) error{
		"Lock": lock.AcquireContext, "Semaphore": semaphore.AcquireContext,
		"Event": event.WaitContext, "Latch": latch.WaitContext,
	}
	for name, wait := range waits {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(short, cancel) // not to synchronise: whenever it comes
		want(t, name, wait(ctx), context.Canceled)
		want(t, name, wait(ctx), context.Canceled)
		late, cancelLate := context.WithTimeout(context.Background(), short)
		want(t, name, wait(late), context.DeadlineExceeded)
		cancelLate()
	}
	want(t, "Release", lock.Release(), nil)
	want(t, "Release", semaphore.Release(), nil)
	want(t, "Set", event.Set(), nil)
	want(t, "CountDown", latch.CountDown(), nil)
	for name, wait := range waits {
		want(t, name, wait(context.Background()), nil)
	}
}

func TestAContextEndsAWaitForAnRWLockOrAQueue(t *testing.T) {
	rwlock, full := Must(NewRWLock()), Must(NewQueue[string](1))
	empty := Must(NewQueue[string](1))
	want(t, "Put", full.Put("first"), nil)
	want(t, "AcquireRead", rwlock.AcquireRead(), nil)
	waits := map[string]func(context.Context) error{
		"AcquireWriteContext": func(ctx context.Context) error {
			return inAnotherThread(func() error { return rwlock.AcquireWriteContext(ctx) })
		},
		"PutContext": func(ctx context.Context) error { return full.PutContext(ctx, "second") },
		"GetContext": func(ctx context.Context) error {
			item, err := empty.GetContext(ctx)
			if item != "" {
				t.Errorf("%q was taken", item)
			}
			return err
		},
		"JoinContext": full.JoinContext,
	}
	for name, wait := range waits {
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(short, cancel) // not to synchronise: whenever it comes
		want(t, name, wait(ctx), context.Canceled)
		late, cancelLate := context.WithTimeout(context.Background(), short)
		want(t, name, wait(late), context.DeadlineExceeded)
		cancelLate()
	}
	want(t, "ReleaseRead", rwlock.ReleaseRead(), nil)
	want(t, "AcquireWriteContext", rwlock.AcquireWriteContext(context.Background()), nil)
	want(t, "AcquireReadContext", rwlock.AcquireReadContext(context.Background()),
		ErrWouldDeadlock)
	want(t, "ReleaseWrite", rwlock.ReleaseWrite(), nil)
	want(t, "AcquireReadContext", rwlock.AcquireReadContext(context.Background()), nil)
	want(t, "ReleaseRead", rwlock.ReleaseRead(), nil)
	item, err := full.GetContext(context.Background())
	if item != "first" || err != nil || full.Size() != 0 {
		t.Errorf("%q, %v, and %d are left", item, err, full.Size())
	}
	want(t, "TaskDone", full.TaskDone(), nil)
	want(t, "JoinContext", full.JoinContext(context.Background()), nil)
	want(t, "PutContext", empty.PutContext(context.Background(), "third"), nil)
	want(t, "Close", empty.Close(), ErrBusy)
}

func inAnotherThread(call func() error) error {
	result := make(chan error)
	go func() { result <- call() }()
	return <-result
}

func TestWaitAnyTakesTheFirstThatIsReady(t *testing.T) {
	stop, event, semaphore := Must(NewStop(nil)), Must(NewEvent()), Must(NewSemaphore(1))
	check := func(wanted int, failure error) {
		t.Helper()
		index, err := WaitAnyTimeout(short, stop, event, semaphore)
		if index != wanted || err != failure {
			t.Errorf("%d, %v, and not %d, %v", index, err, wanted, failure)
		}
	}
	if index, err := WaitAny(stop, event, semaphore); index != 2 || err != nil {
		t.Errorf("%d, %v", index, err)
	}
	check(-1, ErrTimeout)
	want(t, "Set", event.Set(), nil)
	check(1, nil)
	want(t, "Request", stop.Request(), nil)
	check(0, nil)
	if _, err := WaitAny(); err != ErrInvalidArgument {
		t.Errorf("nothing to wait for: %v", err)
	}
}
