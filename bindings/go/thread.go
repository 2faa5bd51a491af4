package threading

// #include "callbacks.h"
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// A Thread runs a Go func on a thread of the operating system that is its own from beginning to
// end. It is started once, and joined by any number of goroutines, any number of times. What its
// func results in, a closure stores: the end of the thread happens before the return of Join.
//
// It is made by [NewThread], [Spawn] or [SpawnDaemon]. There is one Thread for each thread,
// wherever it came from, so that == tells whether two are the same.
//
// A daemon is a thread that [Shutdown] does not wait for. A Thread that is made in the func of
// another begins with the flag of that one, and all others are no daemons.
type Thread struct {
	object object
	task   *task
}

// A task is what a Thread, Timer or Executor of Go runs.
type task struct {
	fn func()
	// handle stands for the task in C until fn begins, or is certain never to.
	handle atomic.Uintptr
	// repeated: fn runs more than once, and handle is a number of repeated.
	repeated bool

	mutex sync.Mutex
	// started: fn will run, whether or not somebody still refers to the Thread.
	started bool
	// thread is kept from the start on, so that it is one and the same while fn runs.
	thread *Thread
}

func newTask(fn func()) *task {
	t := &task{fn: fn}
	t.handle.Store(uintptr(cgo.NewHandle(t)))
	return t
}

// release is for a func that will not run any more, or that has begun.
func (t *task) release() {
	handle := t.handle.Swap(0)
	switch {
	case handle == 0:
	case t.repeated:
		repeated.tasks.Delete(handle)
	default:
		cgo.Handle(handle).Delete()
	}
}

// end passes on what came of destroying the thread: if that was never started its func never runs.
func (t *task) end(destroy func() C.threading_status) C.threading_status {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	status := destroy()
	if status == C.THREADING_OK && !t.started {
		t.release()
	}
	return status
}

// start starts what runs the task.
func (t *task) start(thread *Thread, start func() C.threading_status) error {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	if t.started {
		return check(start())
	}
	t.thread, t.started = thread, true
	err := check(start())
	if err != nil {
		t.thread, t.started = nil, false
	}
	return err
}

//export threadingGoRun
func threadingGoRun(handle C.uintptr_t) {
	task := cgo.Handle(handle).Value().(*task)
	task.release()
	// The task lives as long as its Thread: it must not keep that alive for ever.
	fn := task.fn
	task.fn = nil
	report(contain(func() { labelled(fn) }, unpin))
	task.mutex.Lock()
	defer task.mutex.Unlock()
	task.thread = nil
}

// labelled calls fn with the thread's name as a label, by which profiles can be told apart.
func labelled(fn func()) {
	labels := pprof.Labels("thread", CurrentName())
	pprof.Do(context.Background(), labels, func(context.Context) { fn() })
}

// NewThread makes a Thread that is not started yet. A name of "" becomes Thread-N. It fails with
// ErrInvalidArgument if fn is nil or the name is not UTF-8, and with ErrNoResources.
func NewThread(name string, fn func()) (*Thread, error) {
	nameC, err := nameOf(name)
	if err != nil {
		return nil, err
	}
	defer free(nameC)
	if fn == nil {
		return nil, ErrInvalidArgument
	}
	work := newTask(fn)
	var handle C.threading_thread
	status := C.threading_go_thread_new(nameC, C.uintptr_t(work.handle.Load()), &handle)
	if err := check(status); err != nil {
		work.release()
		return nil, err
	}
	t := &Thread{task: work}
	t.object.bits.Store(uint64(handle.bits))
	protect(t, &t.object, func() {
		work.end(func() C.threading_status { return C.threading_thread_destroy(handle) })
	})
	know(t)
	return t, nil
}

// Spawn makes a Thread and starts it. It fails as NewThread and Start do.
func Spawn(name string, fn func()) (*Thread, error) {
	t, err := NewThread(name, fn)
	if err != nil {
		return nil, err
	}
	return spawned(t)
}

// SpawnDaemon makes a Thread that is a daemon and starts it. It fails as NewThread and Start do.
func SpawnDaemon(name string, fn func()) (*Thread, error) {
	t, err := NewThread(name, fn)
	if err != nil {
		return nil, err
	}
	if err := t.SetDaemon(true); err != nil {
		return nil, err
	}
	return spawned(t)
}

func spawned(t *Thread) (*Thread, error) {
	if err := t.Start(); err != nil {
		_ = t.Close() // it was never started, so it goes
		return nil, err
	}
	return t, nil
}

func (t *Thread) handle() C.threading_thread {
	return C.threading_thread{bits: C.uint64_t(t.object.bits.Load())}
}

// Start starts the thread, and does not wait until it runs. It fails with ErrAlreadyStarted, with
// ErrNoResources, after which it can be tried again, with ErrShuttingDown, ErrInvalidHandle or
// ErrDestroyed.
func (t *Thread) Start() error {
	start := func() C.threading_status { return C.threading_thread_start(t.handle()) }
	if t.task == nil {
		return check(start())
	}
	return t.task.start(t, start)
}

// Join waits for the end of the thread, the ends of its values of Locals included. Of the main
// thread that is the beginning of Shutdown, so who joins all of Enumerate has to leave [MainThread]
// out, and in Go the calling goroutine is seldom in it.
//
// It fails with ErrNotStarted, with ErrDummy for a thread that the library did not start, with
// ErrWouldDeadlock for the calling one, with ErrInvalidHandle, ErrDestroyed, or ErrNoResources if
// there is no memory to wait.
func (t *Thread) Join() error {
	status := C.threading_thread_join(t.handle())
	runtime.KeepAlive(t)
	return check(status)
}

// JoinTimeout waits for the end of the thread, for at most that time, and fails with ErrTimeout if
// that runs out first. 0 or less polls. Other errors are those of Join, and ErrInvalidArgument for
// a duration over TimeoutMax.
func (t *Thread) JoinTimeout(d time.Duration) error {
	status := C.threading_thread_join_timeout(t.handle(), seconds(d))
	runtime.KeepAlive(t)
	return check(status)
}

// Finish is Join and Close in one. Of several goroutines that finish the same thread one succeeds.
// It fails as Join does, and with ErrBusy for the main thread and for one that runs Shutdown.
func (t *Thread) Finish() error {
	status := C.threading_thread_finish(t.handle(), nil)
	runtime.KeepAlive(t)
	return t.object.closed(check(status))
}

// IsAlive tells whether the thread was started and has not ended.
func (t *Thread) IsAlive() bool {
	alive := C.threading_thread_is_alive(t.handle())
	runtime.KeepAlive(t)
	return bool(alive)
}

// Name returns the thread's name.
func (t *Thread) Name() string {
	defer runtime.KeepAlive(t)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_thread_name(t.handle(), buffer, capacity, length)
	})
}

// SetName renames the thread, whether it runs or not; "" gives back the default name. The operating
// system hears of it too; Linux keeps the first 15 bytes, and the main thread's name there is the
// name of the process. It fails with ErrInvalidArgument if the name is not UTF-8, with
// ErrInvalidHandle, ErrDestroyed and ErrNoResources.
func (t *Thread) SetName(name string) error {
	defer runtime.KeepAlive(t)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_thread_set_name(t.handle(), name)
	})
}

// Daemon tells whether Shutdown does not wait for the thread.
func (t *Thread) Daemon() bool {
	daemon := C.threading_thread_daemon(t.handle())
	runtime.KeepAlive(t)
	return bool(daemon)
}

// SetDaemon says whether Shutdown shall not wait for the thread. It fails with ErrAlreadyStarted,
// ErrInvalidHandle or ErrDestroyed.
func (t *Thread) SetDaemon(daemon bool) error {
	status := C.threading_thread_set_daemon(t.handle(), C.bool(daemon))
	runtime.KeepAlive(t)
	return check(status)
}

// SetStackSize says how large the thread's C stack shall be, in bytes; 0 is what [StackSize] says
// when it is started. Go code runs on goroutine stacks, which grow by themselves: this is for C
// code that the thread calls. It fails with ErrInvalidArgument below 32,768, with
// ErrAlreadyStarted, ErrInvalidHandle or ErrDestroyed.
func (t *Thread) SetStackSize(bytes int) error {
	status := C.threading_thread_set_stack_size(t.handle(), C.size_t(bytes))
	runtime.KeepAlive(t)
	return check(status)
}

// SetAffinity has the thread run on these processors and on no others; they are numbered from 0, as
// the operating system does it. Before the start they are kept, and Start fails with what this
// would return if the operating system refuses them. It fails with ErrInvalidArgument for no
// processors, for those that the thread may not use and for a thread that has ended, with
// ErrNotPermitted, ErrNoResources, ErrInvalidHandle or ErrDestroyed.
func (t *Thread) SetAffinity(processors ...uint32) error {
	numbers := (*C.uint32_t)(unsafe.SliceData(processors))
	status := C.threading_thread_set_affinity(t.handle(), numbers, C.size_t(len(processors)))
	runtime.KeepAlive(t)
	return check(status)
}

// A Priority is how urgently the operating system runs a thread, beside other threads that want the
// same processor.
type Priority int32

const (
	// PriorityLow gets about a tenth of what a normal thread gets, and all that nobody else wants.
	PriorityLow Priority = C.THREADING_PRIORITY_LOW
	// PriorityNormal is what threads have if nobody asks for more or less.
	PriorityNormal Priority = C.THREADING_PRIORITY_NORMAL
	// PriorityHigh gets about ten times what a normal thread gets.
	PriorityHigh Priority = C.THREADING_PRIORITY_HIGH
	// PriorityRealtime runs before all threads that are not real-time ones, as long as it wants.
	PriorityRealtime Priority = C.THREADING_PRIORITY_REALTIME
)

// SetPriority says how urgently the thread runs. Before the start that is kept, and Start fails
// with what this would return if the operating system forbids it. It fails with ErrNotPermitted,
// with ErrInvalidArgument for what is no priority and for a thread that has ended, with
// ErrNoResources, ErrInvalidHandle or ErrDestroyed.
func (t *Thread) SetPriority(priority Priority) error {
	status := C.threading_thread_set_priority(t.handle(), C.int32_t(priority))
	runtime.KeepAlive(t)
	return check(status)
}

// Ident returns a number that no other thread of the process has, before or after; 0 before the
// start.
func (t *Thread) Ident() uint64 {
	ident := C.threading_thread_ident(t.handle())
	runtime.KeepAlive(t)
	return uint64(ident)
}

// NativeID returns the operating system's id of the thread, by which tools such as top know it; 0
// before the start. After the thread's end the system may give the id to another. Right after the
// start it waits until the thread runs.
func (t *Thread) NativeID() uint64 {
	id := C.threading_thread_native_id(t.handle())
	runtime.KeepAlive(t)
	return uint64(id)
}

// WaitingFor returns what the thread waits for at this moment. ok is false if it runs, has not
// started or has ended, or waits for something that is not the library's, and for a thread that is
// closed or was never made.
func (t *Thread) WaitingFor() (wait Wait, ok bool) {
	var seen C.threading_wait
	status := C.threading_thread_waiting_for(t.handle(), &seen)
	runtime.KeepAlive(t)
	if status != C.THREADING_OK {
		return Wait{}, false
	}
	return waitOf(&seen), true
}

// Close destroys the thread. One that has been started and has not ended is detached instead: it
// goes on; until its end its methods answer as before, and ErrDestroyed afterwards. It fails with
// ErrBusy for the main thread, for Dummies and for a Timer's thread, and with ErrDestroyed.
func (t *Thread) Close() error {
	destroy := func() C.threading_status { return C.threading_thread_destroy(t.handle()) }
	if t.task == nil {
		return t.object.closed(check(destroy()))
	}
	return t.object.closed(check(t.task.end(destroy)))
}
