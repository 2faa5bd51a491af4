package threading

import (
	"sync"
	"testing"
	"time"
)

func TestAnRWLockIsReadByManyOrWrittenByOne(t *testing.T) {
	var lock RWLock
	first, second := 0, 0
	var group sync.WaitGroup
	for worker := range 4 {
		group.Add(1)
		go func() {
			defer group.Done()
			for round := range 500 {
				if (round+worker)%4 == 0 {
					lock.Lock()
					first++
					second++
					lock.Unlock()
				} else {
					lock.RLock()
					if first != second {
						t.Errorf("%d and %d", first, second)
					}
					lock.RUnlock()
				}
			}
		}()
	}
	group.Wait()
	if first != 500 || lock.Readers() != 0 || lock.WriteLocked() {
		t.Errorf("%d writes, %d readers", first, lock.Readers())
	}
	want(t, "Close", lock.Close(), nil)
}

func TestAnRWLockKeepsOthersOut(t *testing.T) {
	lock := Must(NewRWLock())
	defer lock.Close()
	others := func(reads, writes error) {
		t.Helper()
		thread := Must(Spawn("", func() {
			for _, try := range []func() error{lock.TryAcquireRead,
				func() error { return lock.AcquireReadTimeout(short) }} {
				want(t, "reads", try(), reads)
				if reads == nil {
					want(t, "ReleaseRead", lock.ReleaseRead(), nil)
				}
			}
			want(t, "TryAcquireWrite", lock.TryAcquireWrite(), writes)
			want(t, "AcquireWriteTimeout", lock.AcquireWriteTimeout(short), writes)
			if lock.TryLock() {
				t.Error("TryLock")
			}
		}))
		want(t, "Finish", thread.Finish(), nil)
	}
	want(t, "AcquireRead", lock.AcquireRead(), nil)
	others(nil, ErrTimeout)
	want(t, "AcquireWrite", lock.AcquireWrite(), ErrWouldDeadlock)
	want(t, "ReleaseRead", lock.ReleaseRead(), nil)
	want(t, "AcquireWriteTimeout", lock.AcquireWriteTimeout(long), nil)
	others(ErrTimeout, ErrTimeout)
	if lock.Writer() == 0 || !lock.WriteLocked() {
		t.Errorf("writer %d", lock.Writer())
	}
	want(t, "AcquireRead", lock.AcquireRead(), ErrWouldDeadlock)
	want(t, "AcquireRead over TimeoutMax", lock.AcquireReadTimeout(TimeoutMax+1),
		ErrInvalidArgument)
	want(t, "ReleaseWrite", lock.ReleaseWrite(), nil)
}

func TestAnRWLockIsWrittenOnAsItIsReadAndBack(t *testing.T) {
	lock := Must(NewRWLock())
	want(t, "AcquireWrite", lock.AcquireWrite(), nil)
	want(t, "Downgrade", lock.Downgrade(), nil)
	if lock.Readers() != 1 || lock.WriteLocked() {
		t.Errorf("%d readers", lock.Readers())
	}
	want(t, "TryUpgrade", lock.TryUpgrade(), nil)
	want(t, "Downgrade", lock.Downgrade(), nil)
	lock.RLocker().Lock()
	want(t, "TryUpgrade", lock.TryUpgrade(), ErrTimeout)
	lock.RLocker().Unlock()
	want(t, "ReleaseRead", lock.ReleaseRead(), nil)
	want(t, "ReleaseRead", lock.ReleaseRead(), ErrNotAcquired)
	want(t, "ReleaseWrite", lock.ReleaseWrite(), ErrNotAcquired)
	want(t, "Downgrade", lock.Downgrade(), ErrNotAcquired)
	want(t, "TryUpgrade", lock.TryUpgrade(), ErrNotAcquired)
	if !lock.TryRLock() {
		t.Error("TryRLock")
	}
	want(t, "Close", lock.Close(), ErrBusy)
	lock.RUnlock()
	if value := panics(lock.RUnlock); value != ErrNotAcquired {
		t.Errorf("RUnlock panics with %v", value)
	}
	if value := panics(lock.Unlock); value != ErrNotAcquired {
		t.Errorf("Unlock panics with %v", value)
	}
	want(t, "Close", lock.Close(), nil)
}

func TestAClosedRWLockIsStale(t *testing.T) {
	lock := Must(NewRWLock())
	want(t, "Close", lock.Close(), nil)
	for name, call := range map[string]func() error{
		"AcquireRead": lock.AcquireRead, "ReleaseRead": lock.ReleaseRead,
		"AcquireWrite": lock.AcquireWrite, "ReleaseWrite": lock.ReleaseWrite,
		"TryAcquireRead": lock.TryAcquireRead, "TryAcquireWrite": lock.TryAcquireWrite,
		"Downgrade": lock.Downgrade, "TryUpgrade": lock.TryUpgrade, "Close": lock.Close,
		"AcquireReadTimeout":  func() error { return lock.AcquireReadTimeout(time.Second) },
		"AcquireWriteTimeout": func() error { return lock.AcquireWriteTimeout(time.Second) },
	} {
		want(t, name, call(), ErrDestroyed)
	}
	if lock.Readers() != 0 || lock.Writer() != 0 || lock.WriteLocked() {
		t.Error("a closed one is held")
	}
}
