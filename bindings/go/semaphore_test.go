package threading

import (
	"sync/atomic"
	"testing"
)

func TestASemaphoreLetsSoManyIn(t *testing.T) {
	semaphore := Must(NewSemaphore(3))
	var inside, most atomic.Int32
	var threads []*Thread
	for range 8 {
		threads = append(threads, Must(Spawn("", func() {
			for range 50 {
				want(t, "Acquire", semaphore.Acquire(), nil)
				now := inside.Add(1)
				seen := most.Load()
				for seen < now && !most.CompareAndSwap(seen, now) {
					seen = most.Load()
				}
				inside.Add(-1)
				want(t, "Release", semaphore.Release(), nil)
			}
		})))
	}
	for _, thread := range threads {
		want(t, "Finish", thread.Finish(), nil)
	}
	if most.Load() > 3 || semaphore.Value() != 3 {
		t.Errorf("%d at once, and %d units are left of 3", most.Load(), semaphore.Value())
	}
	want(t, "Close", semaphore.Close(), nil)
}

func TestAnEmptySemaphoreGivesNothing(t *testing.T) {
	semaphore := Must(NewSemaphore(0))
	defer semaphore.Close()
	want(t, "TryAcquire", semaphore.TryAcquire(), ErrTimeout)
	want(t, "AcquireTimeout(-1)", semaphore.AcquireTimeout(-1), ErrTimeout)
	want(t, "AcquireTimeout over TimeoutMax", semaphore.AcquireTimeout(TimeoutMax+1),
		ErrInvalidArgument)
	notEarly(t, "AcquireTimeout", short, func() {
		want(t, "AcquireTimeout", semaphore.AcquireTimeout(short), ErrTimeout)
	})
	want(t, "ReleaseN(2)", semaphore.ReleaseN(2), nil)
	want(t, "TryAcquire", semaphore.TryAcquire(), nil)
	want(t, "AcquireTimeout(Infinite)", semaphore.AcquireTimeout(Infinite), nil)
	if semaphore.Value() != 0 {
		t.Errorf("%d units are left", semaphore.Value())
	}
}

func TestASaturatingSemaphoreAddsNothingBeyondItsMost(t *testing.T) {
	event := Must(NewSaturatingSemaphore(0, 1))
	defer event.Close()
	for range 3 {
		if err := event.Release(); err != nil {
			t.Fatal(err)
		}
	}
	if value := event.Value(); value != 1 {
		t.Errorf("it has %d units", value)
	}
	if err := event.Acquire(); err != nil {
		t.Fatal(err)
	}
	if err := event.TryAcquire(); err != ErrTimeout {
		t.Errorf("a second TryAcquire: %v", err)
	}
	for _, wrong := range [][2]int{{0, 0}, {2, 1}, {0, SemaphoreMax + 1}, {-1, 1}} {
		if _, err := NewSaturatingSemaphore(wrong[0], wrong[1]); err != ErrInvalidArgument {
			t.Errorf("NewSaturatingSemaphore(%d, %d): %v", wrong[0], wrong[1], err)
		}
	}
}

func TestABoundedSemaphoreTakesNoUnitTooMany(t *testing.T) {
	semaphore := Must(NewBoundedSemaphore(2))
	defer semaphore.Close()
	want(t, "Release", semaphore.Release(), ErrOverflow)
	want(t, "Acquire", semaphore.Acquire(), nil)
	want(t, "ReleaseN(2)", semaphore.ReleaseN(2), ErrOverflow)
	want(t, "Release", semaphore.Release(), nil)
	if semaphore.Value() != 2 {
		t.Errorf("%d units", semaphore.Value())
	}
}

func TestASemaphoreRefusesCountsOutsideItsRange(t *testing.T) {
	for _, value := range []int{-1, SemaphoreMax + 1} {
		if _, err := NewSemaphore(value); err != ErrInvalidArgument {
			t.Errorf("NewSemaphore(%d): %v", value, err)
		}
		if _, err := NewBoundedSemaphore(value); err != ErrInvalidArgument {
			t.Errorf("NewBoundedSemaphore(%d): %v", value, err)
		}
	}
	semaphore := Must(NewSemaphore(SemaphoreMax))
	defer semaphore.Close()
	want(t, "Release", semaphore.Release(), ErrOverflow)
	want(t, "ReleaseN(0)", semaphore.ReleaseN(0), ErrInvalidArgument)
	want(t, "ReleaseN(-1)", semaphore.ReleaseN(-1), ErrInvalidArgument)
}

func TestAClosedSemaphoreIsStaleAndAZeroOneInvalid(t *testing.T) {
	closed := Must(NewSemaphore(1))
	want(t, "Close", closed.Close(), nil)
	want(t, "Close", closed.Close(), ErrDestroyed)
	want(t, "Close of the zero value", new(Semaphore).Close(), nil)
	cases := map[*Semaphore]error{closed: ErrDestroyed, new(Semaphore): ErrInvalidHandle}
	for semaphore, expected := range cases {
		want(t, "Acquire", semaphore.Acquire(), expected)
		want(t, "TryAcquire", semaphore.TryAcquire(), expected)
		want(t, "AcquireTimeout", semaphore.AcquireTimeout(long), expected)
		want(t, "Release", semaphore.Release(), expected)
		want(t, "ReleaseN", semaphore.ReleaseN(1), expected)
		if semaphore.Value() != 0 {
			t.Errorf("it has %d units", semaphore.Value())
		}
	}
}
