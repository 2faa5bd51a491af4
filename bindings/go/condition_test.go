package threading

import (
	"runtime"
	"testing"
	"time"
)

// conditions has one of each kind.
func conditions() map[string]*Condition {
	return map[string]*Condition{
		"its own":    Must(NewCondition()),
		"zero":       new(Condition),
		"with lock":  Must(NewConditionWithLock(Must(NewLock()))),
		"with rlock": Must(NewConditionWithRLock(Must(NewRLock()))),
	}
}

func TestWaitersGoOnInTheOrderInWhichTheyCame(t *testing.T) {
	for what, condition := range conditions() {
		waiting, order := 0, []int{}
		var threads []*Thread
		for number := range 3 {
			threads = append(threads, Must(Spawn("", func() {
				condition.Lock()
				defer condition.Unlock()
				waiting++
				want(t, what+" Wait", condition.Wait(), nil)
				order = append(order, number)
			})))
			until(t, "it waits", func() bool {
				condition.Lock()
				defer condition.Unlock()
				return waiting == number+1
			})
		}
		want(t, what+" Close", condition.Close(), ErrBusy)
		for notified := range 3 {
			condition.Lock()
			want(t, what+" Notify(-1)", condition.Notify(-1), nil)
			want(t, what+" Notify", condition.Notify(1), nil)
			condition.Unlock()
			until(t, "one goes on", func() bool {
				condition.Lock()
				defer condition.Unlock()
				return len(order) == notified+1
			})
		}
		for number, thread := range threads {
			want(t, what+" Finish", thread.Finish(), nil)
			if order[number] != number {
				t.Errorf("%s: they went on in the order %v", what, order)
			}
		}
		want(t, what+" Close", condition.Close(), nil)
	}
}

func TestNotifyAllWakesEveryone(t *testing.T) {
	var condition Condition
	ready := false
	var threads []*Thread
	for range 4 {
		threads = append(threads, Must(Spawn("", func() {
			condition.Lock()
			defer condition.Unlock()
			want(t, "WaitFor", condition.WaitFor(func() bool { return ready }), nil)
		})))
	}
	condition.Lock()
	ready = true
	want(t, "NotifyAll", condition.NotifyAll(), nil)
	condition.Unlock()
	for _, thread := range threads {
		want(t, "Finish", thread.Finish(), nil)
	}
	want(t, "Close", condition.Close(), nil)
}

func TestAWaitGivesUpAllLevelsAndTakesThemBack(t *testing.T) {
	rlock := Must(NewRLock())
	condition := Must(NewConditionWithRLock(rlock))
	rlock.Lock()
	condition.Lock()
	notified := make(chan struct{})
	go func() {
		defer close(notified)
		condition.Lock()
		want(t, "Notify", condition.Notify(1), nil)
		condition.Unlock()
	}()
	want(t, "WaitTimeout", condition.WaitTimeout(long), nil)
	if rlock.Depth() != 2 || !tied() {
		t.Errorf("the depth is %d", rlock.Depth())
	}
	condition.Unlock()
	rlock.Unlock()
	<-notified
	want(t, "Close of the rlock", rlock.Close(), ErrBusy)
	want(t, "Close", condition.Close(), nil)
	want(t, "Close of the rlock", rlock.Close(), nil)
}

func TestWaitsOfAConditionAreNotTooShort(t *testing.T) {
	var condition Condition
	defer condition.Close()
	condition.Lock()
	defer condition.Unlock()
	asked := 0
	never := func() bool { asked++; return false }
	notEarly(t, "WaitTimeout", short,
		func() { want(t, "WaitTimeout", condition.WaitTimeout(short), ErrTimeout) })
	notEarly(t, "WaitForTimeout", short, func() {
		want(t, "WaitForTimeout", condition.WaitForTimeout(never, short), ErrTimeout)
	})
	if asked != 2 {
		t.Errorf("the predicate was asked %d times", asked)
	}
	want(t, "WaitTimeout(-1)", condition.WaitTimeout(-time.Hour), ErrTimeout)
	want(t, "WaitForTimeout(least)", condition.WaitForTimeout(never, -1<<63), ErrTimeout)
	want(t, "WaitForTimeout(0)", condition.WaitForTimeout(func() bool { return true }, 0), nil)
	want(t, "WaitTimeout over TimeoutMax", condition.WaitTimeout(TimeoutMax+1), ErrInvalidArgument)
	want(t, "WaitForTimeout over TimeoutMax", condition.WaitForTimeout(never, TimeoutMax+1),
		ErrInvalidArgument)
	want(t, "WaitFor(nil)", condition.WaitFor(nil), ErrInvalidArgument)
}

func TestWaitForNoticesANotifyThatComesInItsTime(t *testing.T) {
	var condition Condition
	defer condition.Close()
	condition.Lock()
	defer condition.Unlock()
	items := 0
	thread := Must(Spawn("producer", func() {
		for range 3 {
			condition.Lock()
			items++
			want(t, "Notify", condition.Notify(1), nil)
			condition.Unlock()
		}
	}))
	want(t, "WaitForTimeout", condition.WaitForTimeout(func() bool { return items == 3 }, long),
		nil)
	want(t, "Finish", thread.Finish(), nil)
}

func TestAPanicOfAPredicateComesOutOfWaitFor(t *testing.T) {
	var condition Condition
	defer condition.Close()
	condition.Lock()
	value := panics(func() { _ = condition.WaitFor(func() bool { panic("boom") }) })
	if value != "boom" {
		t.Errorf("it panics with %v", value)
	}
	if !goexits(func() {
		var other Condition
		other.Lock()
		defer other.Unlock()
		_ = other.WaitFor(func() bool { runtime.Goexit(); return true })
	}) {
		t.Error("a Goexit of the predicate does not end the goroutine")
	}
	want(t, "Release", condition.Release(), nil)
}

func TestAConditionIsForWhoHoldsItsLock(t *testing.T) {
	for what, condition := range conditions() {
		asked := false
		wrong := func(expected error) {
			want(t, what+" Wait", condition.Wait(), expected)
			want(t, what+" WaitTimeout", condition.WaitTimeout(long), expected)
			want(t, what+" WaitFor", condition.WaitFor(func() bool { asked = true; return true }),
				expected)
			want(t, what+" Notify", condition.Notify(1), expected)
			want(t, what+" NotifyAll", condition.NotifyAll(), expected)
			want(t, what+" Release", condition.Release(), expected)
		}
		wrong(ErrNotAcquired)
		if value := panics(condition.Unlock); value != ErrNotAcquired {
			t.Errorf("%s Unlock panics with %v", what, value)
		}
		condition.Lock()
		elsewhere(func() {
			if condition.TryLock() || !condition.Locked() {
				t.Errorf("%s is not held", what)
			}
			want(t, what+" TryAcquire", condition.TryAcquire(), ErrTimeout)
			want(t, what+" AcquireTimeout", condition.AcquireTimeout(time.Millisecond), ErrTimeout)
			if !condition.plain {
				wrong(ErrNotOwner)
			}
		})
		if tied() == condition.plain {
			t.Errorf("%s: the goroutine is tied: %v", what, tied())
		}
		condition.Unlock()
		if tied() || asked {
			t.Errorf("%s: still tied %v, predicate asked %v", what, tied(), asked)
		}
		want(t, what+" Close", condition.Close(), nil)
		wrong(ErrDestroyed)
		want(t, what+" Close", condition.Close(), ErrDestroyed)
		want(t, what+" Acquire", condition.Acquire(), ErrDestroyed)
		if tied() || condition.Locked() {
			t.Errorf("%s: a closed condition ties the goroutine, or is held", what)
		}
	}
}

func TestAConditionNeedsALockThatIsThere(t *testing.T) {
	var lock Lock
	var rlock RLock
	want(t, "Close", lock.Close(), nil)
	want(t, "Close", rlock.Close(), nil)
	_, err := NewConditionWithLock(&lock)
	want(t, "NewConditionWithLock", err, ErrDestroyed)
	_, err = NewConditionWithRLock(&rlock)
	want(t, "NewConditionWithRLock", err, ErrDestroyed)
}
