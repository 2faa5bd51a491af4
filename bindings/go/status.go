package threading

/*
#cgo pkg-config: threading
#include "callbacks.h"
*/
import "C"

import (
	"math"
	"time"
)

// A Status is what a call of the C library came to, as an error. All errors of this package are
// constants of this type.
type Status int32

// What a call can come to. The first four are expected outcomes, the others mistakes or shortages,
// after which everything is as before.
const (
	// ErrTimeout: the time ran out first; a failed poll too.
	ErrTimeout Status = C.THREADING_TIMEOUT
	// ErrNoValue: there was nothing to delete, since the Local was never set in this thread; or the
	// func of a Future was cancelled, or ended without returning.
	ErrNoValue Status = C.THREADING_NO_VALUE
	// ErrInterrupted: the stop that a wait was given has come, and nothing was taken. Methods that
	// take a context answer the context's error instead.
	ErrInterrupted Status = C.THREADING_INTERRUPTED
	// ErrClosed: the Queue was shut down, and is empty or was shut down at once.
	ErrClosed Status = C.THREADING_CLOSED
	// ErrInvalidHandle: the object was never made.
	ErrInvalidHandle Status = C.THREADING_INVALID_HANDLE
	// ErrDestroyed: the object has been closed.
	ErrDestroyed Status = C.THREADING_DESTROYED
	// ErrInvalidArgument: an argument is outside its range, a needed func is nil, or a name is not
	// UTF-8 or has a zero byte.
	ErrInvalidArgument Status = C.THREADING_INVALID_ARGUMENT
	// ErrNotAcquired: the call releases a lock, or waits or notifies under it, and nobody holds it.
	ErrNotAcquired Status = C.THREADING_NOT_ACQUIRED
	// ErrNotOwner: the call releases an RLock, or waits or notifies under it, and another thread
	// holds it.
	ErrNotOwner Status = C.THREADING_NOT_OWNER
	// ErrBusy: it is held, waited for, not empty, not ended yet, or owned by the library.
	ErrBusy Status = C.THREADING_BUSY
	// ErrOverflow: a count is at its limit: the units of a semaphore, the levels of an RLock,
	// the count of a Latch, or the finished tasks of a Queue.
	ErrOverflow Status = C.THREADING_OVERFLOW
	// ErrBroken: the barrier was broken before the call, or broke or was reset while the caller
	// waited; or the Latch that is to be counted up is open already.
	ErrBroken Status = C.THREADING_BROKEN
	// ErrAlreadyStarted: the thread or timer has been started before.
	ErrAlreadyStarted Status = C.THREADING_ALREADY_STARTED
	// ErrNotStarted: the thread or timer has not been started.
	ErrNotStarted Status = C.THREADING_NOT_STARTED
	// ErrWouldDeadlock: the caller would wait for itself: a thread joins itself, or a barrier's
	// action waits at its own barrier.
	ErrWouldDeadlock Status = C.THREADING_WOULD_DEADLOCK
	// ErrDummy: the library did not start this thread, so it cannot be joined.
	ErrDummy Status = C.THREADING_DUMMY
	// ErrNoResources: memory, handles or threads of the operating system ran out.
	ErrNoResources Status = C.THREADING_NO_RESOURCES
	// ErrShuttingDown: the library has shut down, and nothing can be started or registered any
	// more; or the Executor was shut down.
	ErrShuttingDown Status = C.THREADING_SHUTTING_DOWN
	// ErrNotPermitted: the operating system forbids it.
	ErrNotPermitted Status = C.THREADING_NOT_PERMITTED
)

// Error returns one line about the status.
func (s Status) Error() string {
	return "threading: " + C.GoString(C.threading_status_message(C.int32_t(s)))
}

// Name returns the whole name of the status's C constant, such as "THREADING_TIMEOUT".
func (s Status) Name() string {
	return C.GoString(C.threading_status_name(C.int32_t(s)))
}

// Timeout tells whether the status is ErrTimeout; [os.IsTimeout] asks for it.
func (s Status) Timeout() bool {
	return s == ErrTimeout
}

func check(status C.threading_status) error {
	if status == C.THREADING_OK {
		return nil
	}
	return Status(status)
}

// Must returns value, and panics with err if there is one. It is for what fails only without
// memory:
//
//	var slots = threading.Must(threading.NewSemaphore(5))
func Must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

const (
	// Infinite is the duration of a wait that has no end.
	Infinite time.Duration = math.MaxInt64
	// TimeoutMax is the longest finite wait.
	TimeoutMax = time.Duration(C.THREADING_TIMEOUT_MAX) * time.Second
)

// seconds turns a duration into what C takes: never less, and within TimeoutMax the library's
// rounding to nanoseconds gives the duration back.
func seconds(d time.Duration) C.double {
	if d == Infinite {
		return C.double(math.Inf(1))
	}
	s := float64(d) / float64(time.Second)
	if d > 1<<53 {
		// Over a hundred days a float64 of nanoseconds is not exact any more.
		s = math.Nextafter(s, math.Inf(1))
		if d <= TimeoutMax {
			s = min(s, C.THREADING_TIMEOUT_MAX)
		}
	}
	return C.double(s)
}

// ErrorMessage returns one line about why the last call that failed in the calling thread of the
// operating system has failed, which says more than the error where that has several causes. It is
// for the error hook, and for goroutines that are tied to their thread; any other may be in another
// thread by then.
func ErrorMessage() string {
	return C.GoString(C.threading_error_message())
}

// Version returns the version of the C library that runs, such as "0.1.0".
func Version() string {
	return C.GoString(C.threading_version())
}
