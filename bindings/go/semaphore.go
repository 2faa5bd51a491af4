package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"time"
)

// SemaphoreMax is the most units that a Semaphore can have.
const SemaphoreMax = C.THREADING_SEMAPHORE_MAX

// A Semaphore is a count of units that are taken and given back, by any goroutine. It is made by
// [NewSemaphore], [NewBoundedSemaphore] or [NewSaturatingSemaphore].
type Semaphore struct {
	object object
}

// NewSemaphore makes a Semaphore with that many units, 0 to SemaphoreMax. It fails with
// ErrInvalidArgument or ErrNoResources.
func NewSemaphore(value int) (*Semaphore, error) {
	var handle C.threading_semaphore
	status := C.threading_semaphore_new(C.size_t(value), &handle)
	return newSemaphore(handle, status)
}

// NewBoundedSemaphore makes a Semaphore that never has more units than it is made with: one release
// too many is an error, and not a unit too many. It fails with ErrInvalidArgument or
// ErrNoResources.
func NewBoundedSemaphore(value int) (*Semaphore, error) {
	var handle C.threading_semaphore
	status := C.threading_bounded_semaphore_new(C.size_t(value), &handle)
	return newSemaphore(handle, status)
}

// NewSaturatingSemaphore makes a Semaphore that never has more than most units, 1 to SemaphoreMax:
// a release beyond that succeeds, and adds nothing. With a most of 1 it is an auto-reset event: a
// release sets it, and whoever acquires it resets it. It fails with ErrInvalidArgument or
// ErrNoResources.
func NewSaturatingSemaphore(value, most int) (*Semaphore, error) {
	var handle C.threading_semaphore
	status := C.threading_saturating_semaphore_new(C.size_t(value), C.size_t(most), &handle)
	return newSemaphore(handle, status)
}

func newSemaphore(handle C.threading_semaphore, status C.threading_status) (*Semaphore, error) {
	if err := check(status); err != nil {
		return nil, err
	}
	s := new(Semaphore)
	s.object.bits.Store(uint64(handle.bits))
	protect(s, &s.object, func() { C.threading_semaphore_destroy(handle) })
	return s, nil
}

func (s *Semaphore) handle() C.threading_semaphore {
	return C.threading_semaphore{bits: C.uint64_t(s.object.bits.Load())}
}

// Acquire takes a unit, waiting as long as it takes. A release happens before the acquire that
// takes its unit. It fails with ErrInvalidHandle, ErrDestroyed, or with ErrNoResources if there is
// no memory to wait.
func (s *Semaphore) Acquire() error {
	status := C.threading_semaphore_acquire(s.handle())
	runtime.KeepAlive(s)
	return check(status)
}

// TryAcquire takes a unit if there is one at this moment; else it fails with ErrTimeout. Other
// errors are those of Acquire.
func (s *Semaphore) TryAcquire() error {
	status := C.threading_semaphore_try_acquire(s.handle())
	runtime.KeepAlive(s)
	return check(status)
}

// AcquireTimeout takes a unit, waiting for at most that time, and fails with ErrTimeout if that
// runs out first. 0 or less polls. Other errors are those of Acquire, and ErrInvalidArgument for a
// duration over TimeoutMax.
func (s *Semaphore) AcquireTimeout(d time.Duration) error {
	status := C.threading_semaphore_acquire_timeout(s.handle(), seconds(d))
	runtime.KeepAlive(s)
	return check(status)
}

// Release gives a unit back, and wakes a waiter. It fails with ErrOverflow if there would be more
// than a bounded Semaphore was made with, or than SemaphoreMax; also with ErrInvalidHandle and
// ErrDestroyed. It does not block.
func (s *Semaphore) Release() error {
	status := C.threading_semaphore_release(s.handle())
	runtime.KeepAlive(s)
	return check(status)
}

// ReleaseN gives n units back, all or none, and wakes as many waiters. It fails with
// ErrInvalidArgument if n is less than 1; other errors are those of Release.
func (s *Semaphore) ReleaseN(n int) error {
	status := C.threading_semaphore_release_n(s.handle(), C.size_t(max(n, 0)))
	runtime.KeepAlive(s)
	return check(status)
}

// Value returns how many units there are: true of the moment of the call, and perhaps not of the
// next.
func (s *Semaphore) Value() int {
	value := C.threading_semaphore_value(s.handle())
	runtime.KeepAlive(s)
	return int(value)
}

// Name returns the name of the Semaphore; "" if it has none.
func (s *Semaphore) Name() string {
	defer runtime.KeepAlive(s)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_semaphore_name(s.handle(), buffer, capacity, length)
	})
}

// SetName gives the Semaphore a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrInvalidHandle,
// ErrDestroyed or ErrNoResources.
func (s *Semaphore) SetName(name string) error {
	defer runtime.KeepAlive(s)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_semaphore_set_name(s.handle(), name)
	})
}

// Close ends the Semaphore: all its methods answer ErrDestroyed from now on. It fails with ErrBusy
// while goroutines wait for it. Units that were taken do not matter.
func (s *Semaphore) Close() error {
	err := check(C.threading_semaphore_destroy(s.handle()))
	return s.object.closed(err)
}
