package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"time"
)

// LatchMax is the largest count that a Latch can have.
const LatchMax = C.THREADING_LATCH_MAX

// A Latch is a count that goroutines count down, and wait for to become 0. Then it is open, and
// stays open. It is made by [NewLatch].
type Latch struct {
	object object
}

// NewLatch makes a Latch with that count, 0 to LatchMax; with 0 it is open. It fails with
// ErrInvalidArgument or ErrNoResources.
func NewLatch(count int) (*Latch, error) {
	var handle C.threading_latch
	if err := check(C.threading_latch_new(C.size_t(count), &handle)); err != nil {
		return nil, err
	}
	l := new(Latch)
	l.object.bits.Store(uint64(handle.bits))
	protect(l, &l.object, func() { C.threading_latch_destroy(handle) })
	return l, nil
}

func (l *Latch) handle() C.threading_latch {
	return C.threading_latch{bits: C.uint64_t(l.object.bits.Load())}
}

// CountDown counts down by 1. If that makes 0, the Latch is open, and everyone who waits goes on.
// What happened before each CountDown happens before the return of the waits. It fails with
// ErrOverflow if the Latch is open already, ErrInvalidHandle or ErrDestroyed. It does not block.
func (l *Latch) CountDown() error {
	status := C.threading_latch_count_down(l.handle())
	runtime.KeepAlive(l)
	return check(status)
}

// CountDownN counts down by n, or not at all: it fails with ErrOverflow if the count is less than
// n, and with ErrInvalidArgument if n is less than 1. Other errors are those of CountDown.
func (l *Latch) CountDownN(n int) error {
	status := C.threading_latch_count_down_n(l.handle(), C.size_t(max(n, 0)))
	runtime.KeepAlive(l)
	return check(status)
}

// CountUpN counts up by n, for work that makes more work. It fails with ErrBroken if the Latch is
// open already, ErrOverflow if the count would be more than LatchMax, ErrInvalidArgument if n is
// less than 1, ErrInvalidHandle or ErrDestroyed; then the count has not changed.
func (l *Latch) CountUpN(n int) error {
	status := C.threading_latch_count_up_n(l.handle(), C.size_t(max(n, 0)))
	runtime.KeepAlive(l)
	return check(status)
}

// IsOpen tells whether the Latch is open.
func (l *Latch) IsOpen() bool {
	open := C.threading_latch_is_open(l.handle())
	runtime.KeepAlive(l)
	return bool(open)
}

// Count returns the count: true of the moment of the call, and perhaps not of the next.
func (l *Latch) Count() int {
	count := C.threading_latch_count(l.handle())
	runtime.KeepAlive(l)
	return int(count)
}

// Wait waits until the Latch is open. It fails with ErrInvalidHandle, ErrDestroyed, or with
// ErrNoResources if there is no memory to wait.
func (l *Latch) Wait() error {
	status := C.threading_latch_wait(l.handle())
	runtime.KeepAlive(l)
	return check(status)
}

// WaitTimeout waits until the Latch is open, for at most that time, and fails with ErrTimeout if
// that runs out first. 0 or less polls. Other errors are those of Wait, and ErrInvalidArgument for
// a duration over TimeoutMax.
func (l *Latch) WaitTimeout(d time.Duration) error {
	status := C.threading_latch_wait_timeout(l.handle(), seconds(d))
	runtime.KeepAlive(l)
	return check(status)
}

// Name returns the name of the Latch; "" if it has none.
func (l *Latch) Name() string {
	defer runtime.KeepAlive(l)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_latch_name(l.handle(), buffer, capacity, length)
	})
}

// SetName gives the Latch a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrInvalidHandle,
// ErrDestroyed or ErrNoResources.
func (l *Latch) SetName(name string) error {
	defer runtime.KeepAlive(l)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_latch_set_name(l.handle(), name)
	})
}

// Close ends the Latch, open or not: all its methods answer ErrDestroyed from now on. It fails with
// ErrBusy while goroutines wait for it.
func (l *Latch) Close() error {
	err := check(C.threading_latch_destroy(l.handle()))
	return l.object.closed(err)
}
