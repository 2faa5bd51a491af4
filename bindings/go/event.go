package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"time"
	"unsafe"
)

// An Event is a flag that goroutines wait for, until it is set. It can be cleared and used again.
//
// The zero value is an Event that is not set.
type Event struct {
	object object
}

// NewEvent makes an Event that is not set. It fails with ErrNoResources.
func NewEvent() (*Event, error) {
	var handle C.threading_event
	if err := check(C.threading_event_new(&handle)); err != nil {
		return nil, err
	}
	e := new(Event)
	e.object.bits.Store(uint64(handle.bits))
	e.protect(handle)
	return e, nil
}

func (e *Event) protect(handle C.threading_event) {
	protect(e, &e.object, func() { C.threading_event_destroy(handle) })
}

func (e *Event) handle() C.threading_event {
	bits := e.object.bits.Load()
	if bits == 0 {
		bits = e.ensure()
	}
	return C.threading_event{bits: C.uint64_t(bits)}
}

func (e *Event) ensure() uint64 {
	handle := C.threading_event_ensure((*C.threading_event)(unsafe.Pointer(&e.object.bits)))
	if handle.bits != 0 {
		e.protect(handle)
	}
	return uint64(handle.bits)
}

// Set sets the Event: everyone who waits goes on, and waits succeed at once until it is cleared.
// What happened before it happens before the return of the waits that it ends. It fails with
// ErrDestroyed. It does not block.
func (e *Event) Set() error {
	status := C.threading_event_set(e.handle())
	runtime.KeepAlive(e)
	return check(status)
}

// Clear clears the Event: waits wait again. Whoever waited at a Set before goes on all the same. It
// fails with ErrDestroyed.
func (e *Event) Clear() error {
	status := C.threading_event_clear(e.handle())
	runtime.KeepAlive(e)
	return check(status)
}

// IsSet tells whether the Event is set.
func (e *Event) IsSet() bool {
	set := C.threading_event_is_set(e.handle())
	runtime.KeepAlive(e)
	return bool(set)
}

// Wait waits until the Event is set. It fails with ErrDestroyed, or with ErrNoResources if there is
// no memory to wait.
func (e *Event) Wait() error {
	status := C.threading_event_wait(e.handle())
	runtime.KeepAlive(e)
	return check(status)
}

// WaitTimeout waits until the Event is set, for at most that time, and fails with ErrTimeout if
// that runs out first. 0 or less polls. Other errors are those of Wait, and ErrInvalidArgument for
// a duration over TimeoutMax. A worker's loop is
//
//	for stop.WaitTimeout(time.Second) == threading.ErrTimeout {
//		tick()
//	}
func (e *Event) WaitTimeout(d time.Duration) error {
	status := C.threading_event_wait_timeout(e.handle(), seconds(d))
	runtime.KeepAlive(e)
	return check(status)
}

// Name returns the name of the Event; "" if it has none.
func (e *Event) Name() string {
	defer runtime.KeepAlive(e)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_event_name(e.handle(), buffer, capacity, length)
	})
}

// SetName gives the Event a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrDestroyed
// or ErrNoResources.
func (e *Event) SetName(name string) error {
	defer runtime.KeepAlive(e)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_event_set_name(e.handle(), name)
	})
}

// Close ends the Event: all its methods answer ErrDestroyed from now on. It fails with ErrBusy
// while goroutines wait for it.
func (e *Event) Close() error {
	err := check(C.threading_event_destroy(e.handle()))
	return e.object.closed(err)
}
