package threading

// #include "callbacks.h"
import "C"

import (
	"context"
	"math"
	"runtime"
	"time"
	"unsafe"
)

// A Stop is a request to end waits. It has come when it was requested, when its parent has come, or
// when its deadline has passed, and stays so. It is made by [NewStop] or [NewStopTimeout].
//
// Methods whose names end in Context take a context instead, and make a Stop of it for the call.
type Stop struct {
	object object
	parent *Stop // outlives it
}

// NewStop makes a Stop below parent, which may be nil. It fails with ErrOverflow if 15 Stops are
// above parent, ErrDestroyed or ErrNoResources.
func NewStop(parent *Stop) (*Stop, error) {
	var handle C.threading_stop
	status := C.threading_stop_new(parent.handle(), &handle)
	return newStop(parent, handle, status)
}

// NewStopTimeout makes a Stop below parent, which may be nil, that comes by itself after that time,
// or with its parent's deadline. Errors are those of NewStop, and ErrInvalidArgument for a duration
// over TimeoutMax.
func NewStopTimeout(parent *Stop, d time.Duration) (*Stop, error) {
	var handle C.threading_stop
	status := C.threading_stop_new_timeout(parent.handle(), seconds(d), &handle)
	return newStop(parent, handle, status)
}

func newStop(parent *Stop, handle C.threading_stop, status C.threading_status) (*Stop, error) {
	runtime.KeepAlive(parent)
	if err := check(status); err != nil {
		return nil, err
	}
	s := &Stop{parent: parent}
	s.object.bits.Store(uint64(handle.bits))
	protect(s, &s.object, func() {
		C.threading_stop_destroy(handle)
		runtime.KeepAlive(parent)
	})
	return s, nil
}

func (s *Stop) handle() C.threading_stop {
	if s == nil {
		return C.threading_stop{}
	}
	return C.threading_stop{bits: C.uint64_t(s.object.bits.Load())}
}

// Request requests the Stop: it and all Stops below it have come. It fails with ErrInvalidHandle or
// ErrDestroyed. It does not block.
func (s *Stop) Request() error {
	status := C.threading_stop_request(s.handle())
	runtime.KeepAlive(s)
	return check(status)
}

// Requested tells whether the Stop has come.
func (s *Stop) Requested() bool {
	requested := C.threading_stop_requested(s.handle())
	runtime.KeepAlive(s)
	return bool(requested)
}

// Expired tells whether its deadline has passed, and nobody has requested it.
func (s *Stop) Expired() bool {
	expired := C.threading_stop_expired(s.handle())
	runtime.KeepAlive(s)
	return bool(expired)
}

// Remaining returns the time until its deadline: Infinite without one, 0 when it has come.
func (s *Stop) Remaining() time.Duration {
	left := C.threading_stop_remaining(s.handle())
	runtime.KeepAlive(s)
	if math.IsInf(float64(left), 1) {
		return Infinite
	}
	return duration(left)
}

// Wait waits until the Stop has come. It fails with ErrInvalidHandle, ErrDestroyed, or with
// ErrNoResources if there is no memory to wait.
func (s *Stop) Wait() error {
	status := C.threading_stop_wait(s.handle())
	runtime.KeepAlive(s)
	return check(status)
}

// WaitTimeout waits until the Stop has come, for at most that time, and fails with ErrTimeout if
// that runs out first. Other errors are those of Wait, and ErrInvalidArgument for a duration over
// TimeoutMax.
func (s *Stop) WaitTimeout(d time.Duration) error {
	status := C.threading_stop_wait_timeout(s.handle(), seconds(d))
	runtime.KeepAlive(s)
	return check(status)
}

// Name returns the name of the Stop; "" if it has none.
func (s *Stop) Name() string {
	defer runtime.KeepAlive(s)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_stop_name(s.handle(), buffer, capacity, length)
	})
}

// SetName gives the Stop a name; "" takes it away. It fails with ErrInvalidArgument if the name is
// not UTF-8 or has a zero byte, with ErrInvalidHandle, ErrDestroyed or ErrNoResources.
func (s *Stop) SetName(name string) error {
	defer runtime.KeepAlive(s)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_stop_set_name(s.handle(), name)
	})
}

// Close ends the Stop: all its methods answer ErrDestroyed from now on. It fails with ErrBusy while
// goroutines wait with it or Stops are below it.
func (s *Stop) Close() error {
	err := check(C.threading_stop_destroy(s.handle()))
	return s.object.closed(err)
}

// withContext makes a call with a stop that comes when the context is done. If that has ended the
// call, the error is the context's.
func withContext(ctx context.Context, call func(C.threading_stop) C.threading_status) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if ctx.Done() == nil {
		return check(call(C.threading_stop{}))
	}
	stop, err := NewStop(nil)
	if err != nil {
		return err
	}
	requested := make(chan struct{})
	unregister := context.AfterFunc(ctx, func() {
		stop.Request()
		close(requested)
	})
	status := call(stop.handle())
	if !unregister() {
		<-requested
	}
	stop.Close()
	if status == C.THREADING_INTERRUPTED {
		return ctx.Err()
	}
	return check(status)
}

// AcquireContext takes the Lock unless the context is done first: then it fails with the context's
// error, and the Lock was not taken. Other errors are those of Acquire.
func (l *Lock) AcquireContext(ctx context.Context) error {
	defer runtime.KeepAlive(l)
	return withContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.threading_lock_acquire_stop(l.handle(), seconds(Infinite), stop)
	})
}

// AcquireContext takes a unit unless the context is done first: then it fails with the context's
// error, and no unit was taken. Other errors are those of Acquire.
func (s *Semaphore) AcquireContext(ctx context.Context) error {
	defer runtime.KeepAlive(s)
	return withContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.threading_semaphore_acquire_stop(s.handle(), seconds(Infinite), stop)
	})
}

// AcquireReadContext takes the RWLock to read unless the context is done first: then it fails with
// the context's error, and the RWLock was not taken. Other errors are those of AcquireRead.
func (r *RWLock) AcquireReadContext(ctx context.Context) error {
	return r.acquireContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.threading_rwlock_acquire_read_stop(r.handle(), seconds(Infinite), stop)
	})
}

// AcquireWriteContext takes the RWLock to write unless the context is done first: then it fails
// with the context's error, and the RWLock was not taken. Other errors are those of AcquireWrite.
func (r *RWLock) AcquireWriteContext(ctx context.Context) error {
	return r.acquireContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.threading_rwlock_acquire_write_stop(r.handle(), seconds(Infinite), stop)
	})
}

// acquireContext keeps the goroutine on its thread while it holds the RWLock.
func (r *RWLock) acquireContext(
	ctx context.Context, acquire func(C.threading_stop) C.threading_status,
) error {
	defer runtime.KeepAlive(r)
	runtime.LockOSThread()
	err := withContext(ctx, acquire)
	if err != nil {
		runtime.UnlockOSThread()
	}
	return err
}

// WaitContext waits until the Event is set, or fails with the context's error if that is done
// first. Other errors are those of Wait.
func (e *Event) WaitContext(ctx context.Context) error {
	defer runtime.KeepAlive(e)
	return withContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.threading_event_wait_stop(e.handle(), seconds(Infinite), stop)
	})
}

// WaitContext waits until the Latch is open, or fails with the context's error if that is done
// first. Other errors are those of Wait.
func (l *Latch) WaitContext(ctx context.Context) error {
	defer runtime.KeepAlive(l)
	return withContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.threading_latch_wait_stop(l.handle(), seconds(Infinite), stop)
	})
}

// A Waitable is what [WaitAny] can wait for: a [Stop], an [Event], a [Latch], a [Future], a
// [Semaphore], of which a unit is taken, or a [Lock], which is taken.
type Waitable interface {
	waitable() C.threading_object
}

func (s *Stop) waitable() C.threading_object  { return C.threading_object{bits: s.handle().bits} }
func (e *Event) waitable() C.threading_object { return C.threading_object{bits: e.handle().bits} }
func (l *Latch) waitable() C.threading_object { return C.threading_object{bits: l.handle().bits} }
func (l *Lock) waitable() C.threading_object  { return C.threading_object{bits: l.handle().bits} }
func (s *Semaphore) waitable() C.threading_object {
	return C.threading_object{bits: s.handle().bits}
}

// WaitAny waits until one of the objects, 1 to 64, is ready, takes it, and returns its index. Of
// several that are ready at first it is the first. It fails with ErrInvalidArgument, and with the
// errors of the objects; then nothing was taken.
func WaitAny(objects ...Waitable) (int, error) {
	return waitAny(objects, func(any *C.threading_object, index *C.size_t) C.threading_status {
		return C.threading_wait_any(any, C.size_t(len(objects)), index)
	})
}

// WaitAnyTimeout is as WaitAny, for at most that time: it fails with ErrTimeout if that runs out
// first. 0 or less polls.
func WaitAnyTimeout(d time.Duration, objects ...Waitable) (int, error) {
	return waitAny(objects, func(any *C.threading_object, index *C.size_t) C.threading_status {
		return C.threading_wait_any_timeout(any, C.size_t(len(objects)), seconds(d), index)
	})
}

func waitAny(
	objects []Waitable, call func(*C.threading_object, *C.size_t) C.threading_status,
) (int, error) {
	defer runtime.KeepAlive(objects)
	any := make([]C.threading_object, len(objects))
	for i, object := range objects {
		any[i] = object.waitable()
	}
	var index C.size_t
	if err := check(call(unsafe.SliceData(any), &index)); err != nil {
		return -1, err
	}
	return int(index), nil
}
