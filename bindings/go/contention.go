package threading

// #include "callbacks.h"
import "C"

import "time"

// A Contended is how a [Lock], [RLock] or [Semaphore] was waited for.
type Contended struct {
	// Kind is what it is.
	Kind Kind
	// Object is a number for it that no other object has, before or after. Dumps show it.
	Object uint64
	// Waits is how many waits have acquired it.
	Waits uint64
	// Timeouts is how many waits ran out of time.
	Timeouts uint64
	// Total is how long the waits were together that acquired it.
	Total time.Duration
	// Longest is how long the longest of them was.
	Longest time.Duration
	// LongestHolder is the ident of the thread that held it when the longest wait began; 0 if that
	// is not known. The holder of a Lock is the thread that took it, as for [FindDeadlock].
	LongestHolder uint64
}

// Name returns its name; "" if it has none, or has ended.
func (c Contended) Name() string {
	return nameOfObject(c.Kind, c.Object)
}

// Contention returns the Locks, RLocks and Semaphores that threads have waited for, those first
// whose waits took longest together. An acquire that finds one free, or gets it after a few
// microseconds of spinning, is no wait. Nothing has to be switched on before.
func Contention() []Contended {
	return contention(16)
}

// contention begins with room for so many, at least 1.
func contention(room int) []Contended {
	seen := listed(room, func(array []C.threading_contention) int {
		return int(C.threading_contention_top(&array[0], C.size_t(len(array))))
	})
	found := make([]Contended, len(seen))
	for i := range found {
		found[i] = Contended{
			Kind:          Kind(seen[i].kind),
			Object:        uint64(seen[i].object),
			Waits:         uint64(seen[i].waits),
			Timeouts:      uint64(seen[i].timeouts),
			Total:         duration(seen[i].total),
			Longest:       duration(seen[i].longest),
			LongestHolder: uint64(seen[i].longest_holder),
		}
	}
	return found
}

// ContentionReset begins to count waits anew. Waits that end at the same time may be counted before
// or after.
func ContentionReset() error {
	return check(C.threading_contention_reset())
}
