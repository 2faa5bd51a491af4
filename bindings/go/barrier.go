package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
	"time"
)

// A Barrier holds goroutines up until so many have come, and lets them go on together. It can be
// used again at once. It is made by [NewBarrier].
type Barrier struct {
	object object
	action cgo.Handle
}

// NewBarrier makes a Barrier for that many parties, at least 1. The last to come calls action
// before all go on, in its thread, while the others still wait; false breaks the Barrier, and so
// does a panic, which comes out of that goroutine's Wait, and a Goexit. A nil action is none. It
// may do anything but wait at this Barrier, which is ErrWouldDeadlock. It fails with
// ErrInvalidArgument or ErrNoResources.
func NewBarrier(parties int, action func() bool) (*Barrier, error) {
	var called cgo.Handle
	if action != nil {
		called = cgo.NewHandle(action)
	}
	forget := func() {
		if called != 0 {
			called.Delete()
		}
	}
	var handle C.threading_barrier
	status := C.threading_go_barrier_new(C.size_t(parties), C.uintptr_t(called), &handle)
	if err := check(status); err != nil {
		forget()
		return nil, err
	}
	b := &Barrier{action: called}
	b.object.bits.Store(uint64(handle.bits))
	protect(b, &b.object, func() {
		if C.threading_barrier_destroy(handle) == C.THREADING_OK {
			forget()
		}
	})
	return b, nil
}

//export threadingGoAction
func threadingGoAction(action C.uintptr_t, good *C.bool) C.uintptr_t {
	call := cgo.Handle(action).Value().(func() bool)
	return handOver(contain(func() { *good = C.bool(call()) }, nil))
}

func (b *Barrier) handle() C.threading_barrier {
	return C.threading_barrier{bits: C.uint64_t(b.object.bits.Load())}
}

// Wait waits until all have come, and returns how many had come before the caller. What each did
// before it came happens before the return of all.
//
// It fails with ErrBroken if the Barrier is broken, or breaks or is reset meanwhile, with
// ErrWouldDeadlock in the Barrier's action, with ErrInvalidHandle, ErrDestroyed, or ErrNoResources
// if there is no memory to wait.
func (b *Barrier) Wait() (index int, err error) {
	return b.arrived(C.threading_go_barrier_wait(b.handle()))
}

// WaitTimeout waits until all have come, for at most that time. Whose time runs out breaks the
// Barrier: the caller gets ErrTimeout, and the others ErrBroken. 0 or less polls. While the action
// runs it waits for its end. Other errors are those of Wait, and ErrInvalidArgument for a duration
// over TimeoutMax.
func (b *Barrier) WaitTimeout(d time.Duration) (index int, err error) {
	return b.arrived(C.threading_go_barrier_wait_timeout(b.handle(), seconds(d)))
}

func (b *Barrier) arrived(arrival C.threading_go_arrival) (int, error) {
	runtime.KeepAlive(b)
	resume(arrival.failure)
	return int(arrival.index), check(arrival.status)
}

// Reset sends away everyone who waits, with ErrBroken, and makes the Barrier whole. Inside its
// action that cycle is broken, also for the caller. It fails with ErrInvalidHandle and
// ErrDestroyed. It does not block.
func (b *Barrier) Reset() error {
	status := C.threading_barrier_reset(b.handle())
	runtime.KeepAlive(b)
	return check(status)
}

// Abort breaks the Barrier: everyone who waits, and who comes, gets ErrBroken, until it is reset.
// It fails with ErrInvalidHandle and ErrDestroyed. It does not block.
func (b *Barrier) Abort() error {
	status := C.threading_barrier_abort(b.handle())
	runtime.KeepAlive(b)
	return check(status)
}

// Parties returns for how many the Barrier was made.
func (b *Barrier) Parties() int {
	parties := C.threading_barrier_parties(b.handle())
	runtime.KeepAlive(b)
	return int(parties)
}

// NWaiting returns how many have come and wait: true of the moment of the call, and perhaps not of
// the next.
func (b *Barrier) NWaiting() int {
	waiting := C.threading_barrier_n_waiting(b.handle())
	runtime.KeepAlive(b)
	return int(waiting)
}

// Broken tells whether the Barrier is broken.
func (b *Barrier) Broken() bool {
	broken := C.threading_barrier_broken(b.handle())
	runtime.KeepAlive(b)
	return bool(broken)
}

// Name returns the name of the Barrier; "" if it has none.
func (b *Barrier) Name() string {
	defer runtime.KeepAlive(b)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_barrier_name(b.handle(), buffer, capacity, length)
	})
}

// SetName gives the Barrier a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrInvalidHandle,
// ErrDestroyed or ErrNoResources.
func (b *Barrier) SetName(name string) error {
	defer runtime.KeepAlive(b)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_barrier_set_name(b.handle(), name)
	})
}

// Close ends the Barrier: all its methods answer ErrDestroyed from now on. It fails with ErrBusy
// while goroutines wait at it or its action runs.
func (b *Barrier) Close() error {
	err := check(C.threading_barrier_destroy(b.handle()))
	if err == nil && b.object.bits.Load() != 0 && b.action != 0 {
		b.action.Delete()
	}
	return b.object.closed(err)
}
