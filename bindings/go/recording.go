package threading

// #include "callbacks.h"
import "C"

import (
	"sync/atomic"
	"time"
	"unsafe"
)

// Recorded is what [Inspect] records; to be combined with |.
type Recorded uint32

const (
	// RecordOrder records in which order threads take Locks and RLocks.
	RecordOrder Recorded = C.THREADING_INSPECT_ORDER
	// RecordHolds records how long Locks and RLocks are held.
	RecordHolds Recorded = C.THREADING_INSPECT_HOLDS
	// RecordWaits records what each thread has waited for last, which [Dump] then shows.
	RecordWaits Recorded = C.THREADING_INSPECT_WAITS
	// RecordClasses is RecordOrder, where all Locks of one name count as one. Those without a name
	// count as one too.
	RecordClasses Recorded = C.THREADING_INSPECT_CLASSES
)

// Inspect records that from now on, and nothing else; 0 records nothing. While orders or holds are
// recorded, each acquire and release takes several times as long; RecordWaits costs something only
// whoever waits. What is held is held by a thread:
// a goroutine that goes on in another one between Lock and Unlock makes the Lock a signal, of which
// nothing is recorded any more. It fails with ErrInvalidArgument or ErrNoResources.
func Inspect(what Recorded) error {
	return check(C.threading_inspect(C.uint32_t(what)))
}

// An Order is a pair of a circle of Locks: a thread took the one, and then wanted the other.
type Order struct {
	// Ident is the ident of the thread.
	Ident uint64
	// Held is a number for what it took, and HeldKind what that is.
	Held     uint64
	HeldKind Kind
	// Wanted is a number for what it wanted then, which the next Order has as Held.
	Wanted     uint64
	WantedKind Kind
}

// HeldName returns the name of what it took; "" if it has none, or has ended.
func (o Order) HeldName() string { return nameOfObject(o.HeldKind, o.Held) }

// WantedName returns the name of what it wanted.
func (o Order) WantedName() string { return nameOfObject(o.WantedKind, o.Wanted) }

var orderHook atomic.Pointer[func([]Order)]

// SetOrderHook sets what is called for each circle of Locks and RLocks that can hang, while
// RecordOrder is on, in the goroutine that has closed it. nil takes it away, and then a circle is
// printed. It must return, and must not take Locks of the circle.
func SetOrderHook(hook func(pairs []Order)) error {
	return hang(&orderHook, hook, hook == nil,
		func(on C.bool) C.threading_status { return C.threading_go_set_order_hook(on) })
}

//export threadingGoOrderHook
func threadingGoOrderHook(pairs *C.threading_order, count C.size_t) {
	hook := orderHook.Load()
	if hook == nil {
		return
	}
	seen := unsafe.Slice(pairs, int(count))
	found := make([]Order, len(seen))
	for i := range seen {
		found[i] = Order{
			Ident:      uint64(seen[i].ident),
			Held:       uint64(seen[i].held),
			HeldKind:   Kind(seen[i].held_kind),
			Wanted:     uint64(seen[i].wanted),
			WantedKind: Kind(seen[i].wanted_kind),
		}
	}
	report(contain(func() { (*hook)(found) }, nil))
}

// A Hold is how a [Lock] or [RLock] was held.
type Hold struct {
	// Kind is what it is.
	Kind Kind
	// Object is a number for it that no other object has, before or after.
	Object uint64
	// Holds is how many holds are over.
	Holds uint64
	// Total is how long they were together, and Longest how long the longest was.
	Total, Longest time.Duration
	// LongestHolder is the ident of the thread whose hold that was.
	LongestHolder uint64
}

// Name returns its name; "" if it has none, or has ended.
func (h Hold) Name() string { return nameOfObject(h.Kind, h.Object) }

// Holds returns the Locks and RLocks that were held since RecordHolds was switched on last, those
// first that were held longest.
func Holds() []Hold {
	return holds(16)
}

// holds begins with room for so many, at least 1.
func holds(room int) []Hold {
	seen := listed(room, func(array []C.threading_hold) int {
		return int(C.threading_holds_top(&array[0], C.size_t(len(array))))
	})
	found := make([]Hold, len(seen))
	for i := range found {
		found[i] = Hold{
			Kind:          Kind(seen[i].kind),
			Object:        uint64(seen[i].object),
			Holds:         uint64(seen[i].holds),
			Total:         duration(seen[i].total),
			Longest:       duration(seen[i].longest),
			LongestHolder: uint64(seen[i].longest_holder),
		}
	}
	return found
}
