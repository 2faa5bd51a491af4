package threading

// #include "callbacks.h"
import "C"

import (
	"sync"
	"sync/atomic"
	"time"
)

// repeated has the tasks of periodic Timers that have not ended, by the numbers that stand for them
// in C. They are no handles of runtime/cgo because a run may begin while its Timer is cancelled:
// then it has to find that there is none.
var repeated = struct {
	last  atomic.Uintptr
	tasks sync.Map
}{}

// newRepeatedTask makes a task whose fn is called again and again, until it is released.
func newRepeatedTask(fn func()) *task {
	t := &task{fn: fn, repeated: true}
	key := repeated.last.Add(1)
	t.handle.Store(key)
	repeated.tasks.Store(key, t)
	return t
}

//export threadingGoRunAgain
func threadingGoRunAgain(key C.uintptr_t) C.bool {
	found, _ := repeated.tasks.Load(uintptr(key))
	task, ok := found.(*task)
	if !ok {
		return false
	}
	if failed := contain(func() { labelled(task.fn) }, unpin); failed != nil {
		task.stop()
		report(failed)
	}
	return C.bool(task.handle.Load() != 0)
}

// stop is for a task that will not run again.
func (t *task) stop() {
	t.release()
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.thread = nil
}

// NewPeriodicTimer makes a Timer that calls fn again and again, and is not started yet: first that
// long after its start, and then at each multiple of period after that, without drift. Two calls
// never overlap: those that are due while one goes on are left out. It ends when it is cancelled,
// which fn may do as well, and when fn panics or ends by [runtime.Goexit], as a Thread does. Unlike
// a [time.Ticker] it has a thread with a name, which [Shutdown] waits for only during a call.
//
// It fails with ErrInvalidArgument if fn is nil, or one of the durations is 0 or less, or over
// TimeoutMax, also for Infinite, and with ErrNoResources. Cancel does not wait for a call that goes
// on: join the Timer's thread for that.
func NewPeriodicTimer(first, period time.Duration, fn func()) (*Timer, error) {
	if fn == nil {
		return nil, ErrInvalidArgument
	}
	var handle C.threading_timer
	work := newRepeatedTask(fn)
	task := C.uintptr_t(work.handle.Load())
	status := C.threading_go_timer_new_periodic(seconds(first), seconds(period), task, &handle)
	return timerOf(work, handle, status)
}
