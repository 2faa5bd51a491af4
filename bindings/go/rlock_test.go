package threading

import (
	"runtime"
	"testing"
	"time"
)

// elsewhere runs something in another thread.
func elsewhere(run func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		run()
	}()
	<-done
}

func TestAnRLockLetsOneInAtATime(t *testing.T) {
	var rlock RLock
	if number := count(&rlock, 8, 50); number != 400 {
		t.Errorf("%d of 400", number)
	}
	want(t, "Close", rlock.Close(), nil)
}

func TestItsHolderGoesDeeperIntoAnRLock(t *testing.T) {
	rlock := Must(NewRLock())
	for what, acquire := range map[string]func() error{
		"Acquire": rlock.Acquire, "TryAcquire": rlock.TryAcquire,
		"AcquireTimeout": func() error { return rlock.AcquireTimeout(0) },
	} {
		want(t, "Acquire", rlock.Acquire(), nil)
		want(t, what, acquire(), nil)
		ident, depth := rlock.Owner()
		if rlock.Depth() != 2 || depth != 2 || ident != GetIdent() {
			t.Errorf("after %s: depth %d, owner %d %d levels deep", what, rlock.Depth(), ident,
				depth)
		}
		want(t, "Release", rlock.Release(), nil)
		want(t, "Release", rlock.Release(), nil)
	}
	ident, depth := rlock.Owner()
	if rlock.Locked() || rlock.Depth() != 0 || ident != 0 || depth != 0 {
		t.Error("it is still held")
	}
	want(t, "Close", rlock.Close(), nil)
}

func TestAnotherThreadNeitherTakesNorReleasesAHeldRLock(t *testing.T) {
	var rlock RLock
	rlock.Lock()
	elsewhere(func() {
		if rlock.TryLock() || !rlock.Locked() || rlock.Depth() != 0 {
			t.Error("it is not held, or not by another")
		}
		want(t, "TryAcquire", rlock.TryAcquire(), ErrTimeout)
		want(t, "AcquireTimeout over TimeoutMax", rlock.AcquireTimeout(TimeoutMax+1),
			ErrInvalidArgument)
		notEarly(t, "AcquireTimeout", short, func() {
			want(t, "AcquireTimeout", rlock.AcquireTimeout(short), ErrTimeout)
		})
		want(t, "Release", rlock.Release(), ErrNotOwner)
		want(t, "Close", rlock.Close(), ErrBusy)
	})
	rlock.Unlock()
	if value := panics(rlock.Unlock); value != ErrNotAcquired {
		t.Errorf("Unlock panics with %v", value)
	}
	want(t, "Close", rlock.Close(), nil)
}

func TestAGoroutineIsTiedToItsThreadExactlyWhileItHoldsAnRLock(t *testing.T) {
	elsewhereUntied(func() {
		var rlock RLock
		defer rlock.Close()
		rlock.Lock()
		rlock.Lock()
		if !tied() {
			t.Error("it is not tied while it holds two levels")
		}
		thread := GetNativeID()
		for range 20 {
			<-time.After(time.Microsecond)
			runtime.Gosched()
			if now := GetNativeID(); now != thread {
				t.Fatalf("it went from thread %d to %d", thread, now)
			}
		}
		rlock.Unlock()
		if !tied() {
			t.Error("it is not tied while it holds one level")
		}
		rlock.Unlock()
		if tied() {
			t.Error("it is tied though it holds none")
		}
	})
}

// elsewhereUntied runs something in another goroutine, which is tied to no thread.
func elsewhereUntied(run func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		run()
	}()
	<-done
}

func TestAFailedAcquireOrReleaseLeavesTheGoroutineAsItWas(t *testing.T) {
	var held RLock
	held.Lock()
	defer held.Unlock()
	closed := Must(NewRLock())
	want(t, "Close", closed.Close(), nil)
	calls := func() {
		_ = held.TryAcquire()
		_ = held.AcquireTimeout(time.Millisecond)
		_ = held.Release()
		_ = closed.Acquire()
		_ = closed.Release()
	}
	elsewhereUntied(func() {
		calls()
		if tied() {
			t.Error("it is tied")
		}
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		calls()
		if !tied() {
			t.Error("it is not tied any more")
		}
	})
}

func TestAnRLockWhoseHolderEndedStaysHeldAndCanBeClosed(t *testing.T) {
	rlock := Must(NewRLock())
	thread := Must(Spawn("careless", func() {
		rlock.Lock()
		rlock.Lock()
	}))
	want(t, "Finish", thread.Finish(), nil)
	want(t, "TryAcquire", rlock.TryAcquire(), ErrTimeout)
	want(t, "Close", rlock.Close(), nil)
}

func TestAClosedRLockIsStale(t *testing.T) {
	for what, rlock := range map[string]*RLock{"made": Must(NewRLock()), "zero": new(RLock)} {
		want(t, what+" Close", rlock.Close(), nil)
		want(t, what+" Close", rlock.Close(), ErrDestroyed)
		want(t, what+" Acquire", rlock.Acquire(), ErrDestroyed)
		want(t, what+" TryAcquire", rlock.TryAcquire(), ErrDestroyed)
		want(t, what+" AcquireTimeout", rlock.AcquireTimeout(long), ErrDestroyed)
		want(t, what+" Release", rlock.Release(), ErrDestroyed)
		calls := map[string]func(){
			"Lock": rlock.Lock, "Unlock": rlock.Unlock, "TryLock": func() { rlock.TryLock() },
		}
		for name, call := range calls {
			if value := panics(call); value != ErrDestroyed {
				t.Errorf("%s %s panics with %v", what, name, value)
			}
		}
		if rlock.Locked() || rlock.Depth() != 0 {
			t.Errorf("%s is locked", what)
		}
	}
}
