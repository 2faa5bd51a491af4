package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"sync"
	"time"
)

// ExecutorMax is the largest number of funcs that an Executor runs at once.
const ExecutorMax = C.THREADING_EXECUTOR_MAX

// An Executor runs funcs in threads of the library, at most so many at once, in the order of their
// submission. It is made by [NewExecutor], and [Submit] gives it a func. Goroutines alone need
// none; an Executor is for funcs that need threads, few of them, with names that dumps have.
type Executor struct {
	object  object
	pending *submissions
}

// submissions are the tasks of an Executor that have not begun. A task that the Executor cancels
// never takes itself out.
type submissions struct {
	mutex sync.Mutex
	held  map[*task]struct{}
}

func (s *submissions) add(work *task) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.held == nil {
		s.held = map[*task]struct{}{}
	}
	s.held[work] = struct{}{}
}

func (s *submissions) remove(work *task) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.held, work)
}

// drop is for when nothing runs any more: what is left was cancelled.
func (s *submissions) drop() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for work := range s.held {
		work.release()
	}
	s.held = nil
}

// NewExecutor makes an Executor that runs at most so many funcs at once; 0 is the number of
// processors + 4, and at most 32. The names of its threads begin with name, or with Executor-N if
// that is "". It fails with ErrInvalidArgument if there are too many or fewer than 0, or the name
// is not UTF-8, and with ErrNoResources.
func NewExecutor(maxWorkers int, name string) (*Executor, error) {
	nameC, err := nameOf(name)
	if err != nil {
		return nil, err
	}
	defer free(nameC)
	if maxWorkers < 0 {
		return nil, ErrInvalidArgument
	}
	var handle C.threading_executor
	if err := check(C.threading_executor_new(C.size_t(maxWorkers), nameC, &handle)); err != nil {
		return nil, err
	}
	e := &Executor{pending: new(submissions)}
	e.object.bits.Store(uint64(handle.bits))
	protect(e, &e.object, func() {
		if C.threading_executor_destroy(handle) == C.THREADING_BUSY {
			go func() { // it ends with its last func
				C.threading_executor_shutdown(handle, false)
				C.threading_executor_destroy(handle)
			}()
		}
	})
	return e, nil
}

func (e *Executor) handle() C.threading_executor {
	return C.threading_executor{bits: C.uint64_t(e.object.bits.Load())}
}

// Shutdown ends the submission, and waits for all funcs, or for those that have begun if the others
// are to be cancelled. It fails with ErrWouldDeadlock in a func of the Executor, and then nothing
// has changed, with ErrInvalidHandle, ErrDestroyed, or ErrNoResources if there is no memory to
// wait.
func (e *Executor) Shutdown(cancelPending bool) error {
	return e.shut(C.threading_executor_shutdown(e.handle(), C.bool(cancelPending)))
}

// ShutdownTimeout is Shutdown that waits for at most that time, and fails with ErrTimeout if that
// runs out first; the Executor is shut down all the same. 0 or less does not wait. Other errors are
// those of Shutdown, and ErrInvalidArgument for a duration over TimeoutMax.
func (e *Executor) ShutdownTimeout(cancelPending bool, d time.Duration) error {
	cancel := C.bool(cancelPending)
	return e.shut(C.threading_executor_shutdown_timeout(e.handle(), cancel, seconds(d)))
}

func (e *Executor) shut(status C.threading_status) error {
	if status == C.THREADING_OK {
		e.pending.drop()
	}
	runtime.KeepAlive(e)
	return check(status)
}

// IsShut tells whether the Executor was shut down.
func (e *Executor) IsShut() bool {
	shut := C.threading_executor_is_shut(e.handle())
	runtime.KeepAlive(e)
	return bool(shut)
}

// Name returns the name of the Executor; "" if it has none.
func (e *Executor) Name() string {
	defer runtime.KeepAlive(e)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_executor_name(e.handle(), buffer, capacity, length)
	})
}

// SetName renames the Executor, after which later threads of it are called; "" takes the name away.
// It fails with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with
// ErrInvalidHandle, ErrDestroyed or ErrNoResources.
func (e *Executor) SetName(name string) error {
	defer runtime.KeepAlive(e)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_executor_set_name(e.handle(), name)
	})
}

// Close ends the Executor: all its methods answer ErrDestroyed from now on. It fails with ErrBusy
// if a func has not ended, or goroutines wait in Shutdown.
func (e *Executor) Close() error {
	err := check(C.threading_executor_destroy(e.handle()))
	runtime.KeepAlive(e)
	return e.object.closed(err)
}
