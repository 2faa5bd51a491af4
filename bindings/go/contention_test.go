package threading

import (
	"slices"
	"testing"
)

// countsOf returns how an object was waited for.
func countsOf(object *object) (Contended, bool) {
	for _, seen := range contention(1) {
		if seen.Object == object.bits.Load() {
			return seen, true
		}
	}
	return Contended{}, false
}

func TestContentionCountsTheWaitsForEachLock(t *testing.T) {
	accounts, slots := Named(new(Lock), "accounts"), Named(Must(NewSemaphore(0)), "slots")
	var holder uint64
	inThread(t, func() {
		holder = GetIdent()
		accounts.Lock()
		want(t, "AcquireTimeout", accounts.AcquireTimeout(short), ErrTimeout)
		waiter := Must(Spawn("", func() { _ = accounts.Acquire() }))
		until(t, "it waits", func() bool { _, ok := waiter.WaitingFor(); return ok })
		accounts.Unlock()
		want(t, "Finish", waiter.Finish(), nil)
	})
	accounts.Unlock()
	want(t, "AcquireTimeout", slots.AcquireTimeout(short), ErrTimeout)
	found, ok := countsOf(&accounts.object)
	if !ok || found.Kind != KindLock || found.Name() != "accounts" || found.Waits != 1 ||
		found.Timeouts != 1 || found.Total <= 0 || found.Longest != found.Total ||
		found.LongestHolder != holder {
		t.Errorf("%+v, %v, held by %d", found, ok, holder)
	}
	found, ok = countsOf(&slots.object)
	if !ok || found.Kind != KindSemaphore || found.Name() != "slots" || found.Waits != 0 ||
		found.Timeouts != 1 || found.LongestHolder != 0 {
		t.Errorf("%+v, %v", found, ok)
	}
	longestFirst := func(one, other Contended) int { return int(other.Total - one.Total) }
	if all := Contention(); len(all) < 2 || !slices.IsSortedFunc(all, longestFirst) {
		t.Errorf("%+v", all)
	}
	want(t, "ContentionReset", ContentionReset(), nil)
	if found, ok := countsOf(&accounts.object); ok {
		t.Errorf("after the reset: %+v", found)
	}
}
