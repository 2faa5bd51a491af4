package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"time"
)

// A Timer calls a func once, after a while, in a thread of the library with a name of its own. It
// needs no thread of the operating system while it is pending, and a func that takes long delays no
// other Timer. It is made by [NewTimer]; [NewPeriodicTimer] makes one that calls again and again.
//
// Unlike with [time.AfterFunc], the func runs in a thread that has a name and can be joined, that
// [Enumerate] lists while the Timer is pending, and that [Shutdown] waits for unless it is a
// daemon.
type Timer struct {
	object object
	task   *task
	thread *Thread
}

// NewTimer makes a Timer that is not started yet. 0 or less calls fn right after the start. It
// fails with ErrInvalidArgument if fn is nil or the interval over TimeoutMax, also for Infinite,
// and with ErrNoResources. The daemon flag is that of a [Thread] made in its place.
func NewTimer(interval time.Duration, fn func()) (*Timer, error) {
	if fn == nil {
		return nil, ErrInvalidArgument
	}
	var handle C.threading_timer
	work := newTask(fn)
	task := C.uintptr_t(work.handle.Load())
	status := C.threading_go_timer_new(seconds(interval), task, &handle)
	return timerOf(work, handle, status)
}

// timerOf returns the Timer of a task, which it releases if there is none.
func timerOf(work *task, handle C.threading_timer, status C.threading_status) (*Timer, error) {
	if err := check(status); err != nil {
		work.release()
		return nil, err
	}
	t := &Timer{task: work, thread: &Thread{task: work}}
	t.object.bits.Store(uint64(handle.bits))
	protect(t, &t.object, func() {
		work.end(func() C.threading_status { return C.threading_timer_destroy(handle) })
	})
	t.thread.object.bits.Store(uint64(C.threading_timer_thread(handle).bits))
	know(t.thread)
	return t, nil
}

func (t *Timer) handle() C.threading_timer {
	return C.threading_timer{bits: C.uint64_t(t.object.bits.Load())}
}

// Start starts the Timer: from now on its thread is alive. One that was cancelled before ends at
// once. It fails with ErrAlreadyStarted, with ErrNoResources, after which it can be tried again,
// with ErrShuttingDown, ErrInvalidHandle or ErrDestroyed.
func (t *Timer) Start() error {
	start := func() C.threading_status { return C.threading_timer_start(t.handle()) }
	if t.task == nil {
		return check(start())
	}
	return t.task.start(t.thread, start)
}

// Cancel cancels the Timer: if its func has not begun it will not be called, and prevented is true
// if this call has seen to that. Join the Timer's thread to wait for a func that runs. It fails
// with ErrInvalidHandle and ErrDestroyed. It does not block.
func (t *Timer) Cancel() (prevented bool, err error) {
	var yes C.bool
	err = check(C.threading_timer_cancel(t.handle(), &yes))
	runtime.KeepAlive(t)
	if yes {
		t.task.stop()
	}
	return bool(yes), err
}

// Rearm has a pending Timer call its func that long from now on, and rearmed tells whether it was
// in time for that: a watchdog calls it at each sign of life. 0 or less calls at once. It fails
// with ErrNotStarted, with ErrInvalidArgument if the interval is over TimeoutMax, also for
// Infinite, with ErrInvalidHandle and ErrDestroyed. It does not block.
func (t *Timer) Rearm(interval time.Duration) (rearmed bool, err error) {
	var yes C.bool
	err = check(C.threading_timer_rearm(t.handle(), seconds(interval), &yes))
	runtime.KeepAlive(t)
	return bool(yes), err
}

// Thread returns the Timer's thread, for its name, daemon flag, Join and IsAlive. Starting it
// starts the Timer.
func (t *Timer) Thread() *Thread {
	if t.thread == nil {
		return new(Thread)
	}
	return t.thread
}

// Close destroys the Timer. One that is pending, or whose func runs, is detached instead: it fires
// all the same; until its func has returned its methods answer as before, and ErrDestroyed
// afterwards. To prevent the func, Cancel the Timer first. It fails with ErrBusy while it is being
// started or another goroutine waits for its result, and with ErrDestroyed.
func (t *Timer) Close() error {
	if t.task == nil {
		return nil
	}
	status := t.task.end(func() C.threading_status { return C.threading_timer_destroy(t.handle()) })
	return t.object.closed(check(status))
}
