package threading

// #include "callbacks.h"
import "C"

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// A Future is what becomes of a func that was submitted to an [Executor]. It is made by [Submit].
// Any number of goroutines may wait for it, any number of times. A Future that nobody refers to
// gives its func up: that runs all the same.
//
// A func of an Executor may wait for another: meanwhile it does not count among those that run, so
// funcs that wait for funcs end with a single thread. That is so for the waits of the goroutine
// that the Executor calls, and not for goroutines that it starts.
type Future[T any] struct {
	object  object
	task    *task
	pending *submissions
	outcome *outcome[T]
}

// A Panic is the error of a func that panicked.
type Panic struct {
	// Value is what it panicked with.
	Value any
	// Stack is where.
	Stack []byte
}

// Error returns one line about the panic.
func (p *Panic) Error() string {
	return "threading: a func panicked: " + escaped(fmt.Sprint(p.Value))
}

// Unwrap returns the value of the panic if that is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// An outcome is what a func has returned. The mutex is for the race detector, which does not know
// that the end of a func happens before the return of a wait for it.
type outcome[T any] struct {
	mutex sync.Mutex
	value T
	err   error
}

func (o *outcome[T]) run(fn func() (T, error)) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.err = ErrNoValue // what a Goexit leaves
	defer func() {
		if value := recover(); value != nil {
			o.err = &Panic{value, debug.Stack()}
		}
	}()
	o.value, o.err = fn()
}

func (o *outcome[T]) get() (T, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.value, o.err
}

// Submit has a thread of the Executor call fn. It fails with ErrInvalidArgument if fn is nil, with
// ErrShuttingDown after a shutdown, with ErrNoResources, ErrInvalidHandle or ErrDestroyed. It does
// not block.
func Submit[T any](e *Executor, fn func() (T, error)) (*Future[T], error) {
	if fn == nil {
		return nil, ErrInvalidArgument
	}
	f := &Future[T]{pending: e.pending, outcome: new(outcome[T])}
	if f.pending == nil {
		f.pending = new(submissions)
	}
	// The task refers to no Future: that may go before.
	pending, outcome := f.pending, f.outcome
	var work *task
	work = newTask(func() {
		pending.remove(work)
		outcome.run(fn)
	})
	f.task = work
	pending.add(work)
	var handle C.threading_future
	task := C.uintptr_t(f.task.handle.Load())
	status := C.threading_go_executor_submit(e.handle(), task, &handle)
	runtime.KeepAlive(e)
	if err := check(status); err != nil {
		f.forget()
		return nil, err
	}
	f.object.bits.Store(uint64(handle.bits))
	protect(f, &f.object, func() {
		if C.threading_future_destroy(handle) == C.THREADING_BUSY {
			go C.threading_future_finish(handle, nil) // it ends at this moment
		}
	})
	return f, nil
}

// forget is for a func that will not run.
func (f *Future[T]) forget() {
	f.pending.remove(f.task)
	f.task.release()
}

func (f *Future[T]) handle() C.threading_future {
	return C.threading_future{bits: C.uint64_t(f.object.bits.Load())}
}

// result is what there is after a wait.
func (f *Future[T]) result(err error) (T, error) {
	defer runtime.KeepAlive(f)
	var none T
	if err != nil {
		return none, err
	}
	if C.threading_future_was_cancelled(f.handle()) {
		return none, ErrNoValue
	}
	return f.outcome.get()
}

// Result waits until the func has ended, and returns what it has returned. If it panicked the error
// is a *[Panic]; if it was cancelled, or ended by [runtime.Goexit], ErrNoValue. It fails with
// ErrWouldDeadlock in the func itself, with ErrInvalidHandle, ErrDestroyed, or with ErrNoResources
// if there is no memory to wait, or no thread for a func that this one waits for.
func (f *Future[T]) Result() (T, error) {
	return f.result(check(C.threading_future_wait(f.handle())))
}

// ResultTimeout is Result for at most that time, and fails with ErrTimeout if that runs out first.
// 0 or less polls. ErrInvalidArgument is for a duration over TimeoutMax.
func (f *Future[T]) ResultTimeout(d time.Duration) (T, error) {
	return f.result(check(C.threading_future_wait_timeout(f.handle(), seconds(d))))
}

// ResultContext is Result unless the context is done first: then it fails with the context's error,
// and the func goes on.
func (f *Future[T]) ResultContext(ctx context.Context) (T, error) {
	return f.result(withContext(ctx, func(stop C.threading_stop) C.threading_status {
		return C.threading_future_wait_stop(f.handle(), seconds(Infinite), stop)
	}))
}

// Cancel cancels a func that has not begun: it will not be called, and prevented is true if this
// call has seen to that. It fails with ErrInvalidHandle and ErrDestroyed. It does not block.
func (f *Future[T]) Cancel() (prevented bool, err error) {
	var yes C.bool
	err = check(C.threading_future_cancel(f.handle(), &yes))
	runtime.KeepAlive(f)
	if yes {
		f.forget()
	}
	return bool(yes), err
}

// IsDone tells whether the func has ended, or was cancelled.
func (f *Future[T]) IsDone() bool {
	done := C.threading_future_is_done(f.handle())
	runtime.KeepAlive(f)
	return bool(done)
}

// WasCancelled tells whether the func was cancelled: it is never called.
func (f *Future[T]) WasCancelled() bool {
	cancelled := C.threading_future_was_cancelled(f.handle())
	runtime.KeepAlive(f)
	return bool(cancelled)
}

// Thread returns the thread in which the func runs, for its name and IsAlive.
func (f *Future[T]) Thread() *Thread {
	defer runtime.KeepAlive(f)
	return threadOf(uint64(C.threading_future_thread(f.handle()).bits))
}

func (f *Future[T]) waitable() C.threading_object {
	return C.threading_object{bits: f.handle().bits}
}

// Close ends the Future: its methods answer ErrDestroyed from now on, or from the end of a func
// that has not ended, which runs all the same. It fails with ErrBusy while goroutines wait for it,
// or its func is about to end, and with ErrDestroyed.
func (f *Future[T]) Close() error {
	err := check(C.threading_future_destroy(f.handle()))
	runtime.KeepAlive(f)
	return f.object.closed(err)
}
