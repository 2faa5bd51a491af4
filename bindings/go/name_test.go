package threading

import (
	"strings"
	"testing"
)

// nameable is what every object is.
type nameable interface {
	Name() string
	SetName(name string) error
	Close() error
}

// nameables makes one object of each kind.
func nameables() map[string]nameable {
	return map[string]nameable{
		"Lock":                Must(NewLock()),
		"RLock":               Must(NewRLock()),
		"RWLock":              Must(NewRWLock()),
		"Condition":           Must(NewCondition()),
		"Semaphore":           Must(NewSemaphore(1)),
		"BoundedSemaphore":    Must(NewBoundedSemaphore(1)),
		"SaturatingSemaphore": Must(NewSaturatingSemaphore(0, 1)),
		"Event":               Must(NewEvent()),
		"Barrier":             Must(NewBarrier(1, nil)),
		"Latch":               Must(NewLatch(1)),
		"Queue":               Must(NewQueue[int](1)),
		"Local":               Must(NewLocal[int](nil, nil)),
	}
}

func TestAnObjectHasTheNameThatItWasGiven(t *testing.T) {
	for kind, object := range nameables() {
		if name := object.Name(); name != "" {
			t.Errorf("%s: %q at first", kind, name)
		}
		for _, name := range []string{"accounts", "Zürich ☂\n\"", strings.Repeat("x", 63),
			strings.Repeat("y", 64), strings.Repeat("z", 1000), ""} {
			want(t, kind, object.SetName(name), nil)
			if got := object.Name(); got != name {
				t.Errorf("%s: %q, not %q", kind, got, name)
			}
		}
	}
}

func TestAnObjectKeepsItsNameIfTheNewOneIsRefused(t *testing.T) {
	for kind, object := range nameables() {
		want(t, kind, object.SetName("accounts"), nil)
		for _, name := range []string{"not UTF-8: \xff", "a\x00b", "\x00"} {
			want(t, kind, object.SetName(name), ErrInvalidArgument)
		}
		if name := object.Name(); name != "accounts" {
			t.Errorf("%s: %q", kind, name)
		}
	}
}

func TestAClosedObjectHasNoName(t *testing.T) {
	for kind, object := range nameables() {
		want(t, kind, object.SetName("accounts"), nil)
		want(t, kind, object.Close(), nil)
		want(t, kind, object.SetName("ledger"), ErrDestroyed)
		if name := object.Name(); name != "" {
			t.Errorf("%s: %q", kind, name)
		}
	}
}

func TestAZeroValueCanBeNamedIfItCanBeUsed(t *testing.T) {
	for _, ready := range []nameable{new(Lock), new(RLock), new(RWLock), new(Condition),
		new(Event)} {
		want(t, "SetName", ready.SetName("accounts"), nil)
		if name := ready.Name(); name != "accounts" {
			t.Errorf("%T: %q", ready, name)
		}
	}
	for _, unmade := range []nameable{new(Semaphore), new(Barrier), new(Latch), new(Local[int])} {
		want(t, "SetName", unmade.SetName("accounts"), ErrInvalidHandle)
		if name := unmade.Name(); name != "" {
			t.Errorf("%T: %q", unmade, name)
		}
	}
}

func TestNamedReturnsItsObjectAndPanicsWithoutAName(t *testing.T) {
	slots := Must(NewSemaphore(5))
	if named := Named(slots, "slots"); named != slots || slots.Name() != "slots" {
		t.Errorf("%p is not %p, or %q", named, slots, slots.Name())
	}
	if value := panics(func() { Named(slots, "\xff") }); value != ErrInvalidArgument {
		t.Errorf("%v", value)
	}
	thread := Named(Must(NewThread("", func() {})), "worker")
	if thread.Name() != "worker" {
		t.Errorf("%q", thread.Name())
	}
}
