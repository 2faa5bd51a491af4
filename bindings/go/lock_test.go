package threading

import (
	"runtime"
	"sync"
	"testing"
	"time"
)

// count lets many goroutines add to a number that nothing but the locker guards, and returns it.
func count(locker sync.Locker, goroutines, times int) int {
	number := 0
	var group sync.WaitGroup
	for range goroutines {
		group.Add(1)
		go func() {
			defer group.Done()
			for range times {
				locker.Lock()
				seen := number
				runtime.Gosched()
				number = seen + 1
				locker.Unlock()
			}
		}()
	}
	group.Wait()
	return number
}

func TestALockLetsOneInAtATime(t *testing.T) {
	lock := Must(NewLock())
	if number := count(lock, 8, 200); number != 1600 {
		t.Errorf("%d of 1600", number)
	}
	want(t, "Close", lock.Close(), nil)
}

func TestTheZeroLockIsMadeOnceHoweverManyComeFirst(t *testing.T) {
	for range 50 {
		// The pointers beside it must be no reason for cgo's checks to complain.
		var guarded struct {
			name *string
			lock Lock
			more map[string]*string
		}
		guarded.name, guarded.more = new(string), map[string]*string{"": new(string)}
		if number := count(&guarded.lock, 4, 5); number != 20 {
			t.Fatalf("%d of 20", number)
		}
		want(t, "Close", guarded.lock.Close(), nil)
	}
}

var global Lock

func TestAGlobalLockNeedsNoSetUp(t *testing.T) {
	if number := count(&global, 4, 5); number != 20 {
		t.Errorf("%d of 20", number)
	}
}

func TestAnyGoroutineReleasesALock(t *testing.T) {
	var lock Lock
	defer lock.Close()
	lock.Lock()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // another thread for certain
		defer runtime.UnlockOSThread()
		done <- lock.Release()
	}()
	want(t, "Release", <-done, nil)
	if lock.Locked() {
		t.Error("it is still held")
	}
}

func TestAHeldLockIsNotTaken(t *testing.T) {
	var lock Lock
	defer lock.Close()
	lock.Lock()
	defer lock.Unlock()
	if lock.TryLock() || !lock.Locked() {
		t.Error("it was taken twice, or nobody holds it")
	}
	want(t, "TryAcquire", lock.TryAcquire(), ErrTimeout)
	want(t, "AcquireTimeout(0)", lock.AcquireTimeout(0), ErrTimeout)
	want(t, "AcquireTimeout(-1)", lock.AcquireTimeout(-time.Hour), ErrTimeout)
	want(t, "AcquireTimeout over TimeoutMax", lock.AcquireTimeout(TimeoutMax+1), ErrInvalidArgument)
	notEarly(t, "AcquireTimeout", short, func() {
		want(t, "AcquireTimeout", lock.AcquireTimeout(short), ErrTimeout)
	})
}

func TestAFreeLockIsTakenByEveryAcquire(t *testing.T) {
	var lock Lock
	defer lock.Close()
	for what, acquire := range map[string]func() error{
		"Acquire": lock.Acquire, "TryAcquire": lock.TryAcquire,
		"AcquireTimeout(Infinite)":   func() error { return lock.AcquireTimeout(Infinite) },
		"AcquireTimeout(TimeoutMax)": func() error { return lock.AcquireTimeout(TimeoutMax) },
		"AcquireTimeout(-1)":         func() error { return lock.AcquireTimeout(-1) },
	} {
		want(t, what, acquire(), nil)
		want(t, "Release", lock.Release(), nil)
	}
	if !lock.TryLock() {
		t.Error("TryLock does not take it")
	}
	lock.Unlock()
}

func TestAWaiterGetsTheLockWhenItIsReleased(t *testing.T) {
	var lock Lock
	defer lock.Close()
	lock.Lock()
	arrives, done := make(chan struct{}), make(chan error)
	go func() {
		close(arrives)
		done <- lock.AcquireTimeout(long)
	}()
	<-arrives
	lock.Unlock()
	want(t, "AcquireTimeout", <-done, nil)
	lock.Unlock()
}

func TestUnlockOfAnUnlockedLockPanics(t *testing.T) {
	var lock Lock
	defer lock.Close()
	if value := panics(lock.Unlock); value != ErrNotAcquired {
		t.Errorf("it panics with %v", value)
	}
	want(t, "Release", lock.Release(), ErrNotAcquired)
}

func TestAHeldLockIsNotClosed(t *testing.T) {
	var lock Lock
	runtime.LockOSThread() // the thread that holds it must not end
	defer runtime.UnlockOSThread()
	lock.Lock()
	want(t, "Close", lock.Close(), ErrBusy)
	lock.Unlock()
	want(t, "Close", lock.Close(), nil)
}

func TestAClosedLockIsStale(t *testing.T) {
	for what, lock := range map[string]*Lock{"made": Must(NewLock()), "zero": new(Lock)} {
		want(t, what+" Close", lock.Close(), nil)
		want(t, what+" Close", lock.Close(), ErrDestroyed)
		want(t, what+" Acquire", lock.Acquire(), ErrDestroyed)
		want(t, what+" TryAcquire", lock.TryAcquire(), ErrDestroyed)
		want(t, what+" AcquireTimeout", lock.AcquireTimeout(long), ErrDestroyed)
		want(t, what+" Release", lock.Release(), ErrDestroyed)
		calls := map[string]func(){
			"Lock": lock.Lock, "Unlock": lock.Unlock, "TryLock": func() { lock.TryLock() },
		}
		for name, call := range calls {
			if value := panics(call); value != ErrDestroyed {
				t.Errorf("%s %s panics with %v", what, name, value)
			}
		}
		if lock.Locked() {
			t.Errorf("%s is locked", what)
		}
	}
}

func TestSignalsOfTheSchedulerNeitherEndNorShortenAWait(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer storm(GetNativeID())()
	var lock Lock
	var event Event
	lock.Lock()
	notEarly(t, "AcquireTimeout", 5*short, func() {
		want(t, "AcquireTimeout", lock.AcquireTimeout(5*short), ErrTimeout)
	})
	notEarly(t, "WaitTimeout", 5*short, func() {
		want(t, "WaitTimeout", event.WaitTimeout(5*short), ErrTimeout)
	})
	go func() {
		<-time.After(short)
		lock.Unlock()
	}()
	want(t, "Acquire", lock.Acquire(), nil)
	lock.Unlock()
}
