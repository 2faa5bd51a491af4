package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"runtime/cgo"
)

// A Local has a value of its own in every thread. It is made by [NewLocal].
//
// It goes by threads of the operating system, so use it in the func of a [Thread] or [Timer], or in
// a goroutine that [runtime.LockOSThread] has tied to its thread. In other goroutines the value may
// be another after any call.
type Local[T any] struct {
	object object
	life   *localLife[T]
}

// A localLife is how the values of one Local begin and end.
type localLife[T any] struct {
	initialise func() T
	destroy    func(T)
	handle     cgo.Handle
}

// A localValue is one thread's value.
type localValue[T any] struct {
	value T
	life  *localLife[T]
}

// What the callbacks know of a Local, whatever its type.
type (
	beginner interface{ begin() any }
	ender    interface{ end() }
)

func (l *localLife[T]) begin() any {
	return &localValue[T]{l.initialise(), l}
}

func (v *localValue[T]) end() {
	if v.life.destroy != nil {
		v.life.destroy(v.value)
	}
}

// NewLocal makes a Local. It fails with ErrNoResources.
//
// initialise makes a thread's value at its first Get, in that thread; nil: there is none until it
// is set. destroy is called with a value that ends: when it is replaced or deleted, when its thread
// ends, in that thread, and when the Local is closed; nil: nothing is called. The main thread's
// value does not end with the process. When a goroutine ends that was tied to its thread, Go ends
// the thread, and destroy is called later and in another one: when any Local gets its next value.
func NewLocal[T any](initialise func() T, destroy func(T)) (*Local[T], error) {
	reap()
	life := &localLife[T]{initialise: initialise, destroy: destroy}
	if initialise != nil {
		life.handle = cgo.NewHandle(life)
	}
	var handle C.threading_local
	if err := check(C.threading_go_local_new(C.uintptr_t(life.handle), &handle)); err != nil {
		life.forget()
		return nil, err
	}
	l := &Local[T]{life: life}
	l.object.bits.Store(uint64(handle.bits))
	protect(l, &l.object, func() {
		C.threading_go_local_destroy(handle)
		life.forget()
	})
	return l, nil
}

func (l *localLife[T]) forget() {
	if l.handle != 0 {
		l.handle.Delete()
	}
}

// reap ends the values of threads that could not do it themselves.
func reap() {
	for handle := C.threading_go_local_reap(); handle != 0; handle = C.threading_go_local_reap() {
		threadingGoEndValue(handle)
	}
}

// lookUp returns what a handle stands for; nil for 0, and if another thread has closed the Local
// meanwhile.
func lookUp(handle C.uintptr_t) (value any) {
	defer func() { _ = recover() }()
	return cgo.Handle(handle).Value()
}

//export threadingGoInitialise
func threadingGoInitialise(local C.uintptr_t, value *C.uintptr_t) C.uintptr_t {
	reap()
	life, ok := lookUp(local).(beginner)
	if !ok {
		return 0
	}
	return handOver(contain(func() { *value = C.uintptr_t(cgo.NewHandle(life.begin())) }, nil))
}

//export threadingGoEndValue
func threadingGoEndValue(value C.uintptr_t) {
	handle := cgo.Handle(value)
	ended := handle.Value().(ender)
	handle.Delete()
	report(contain(ended.end, nil))
}

func (l *Local[T]) handle() C.threading_local {
	return C.threading_local{bits: C.uint64_t(l.object.bits.Load())}
}

// Get returns the calling thread's value; the first time, initialise makes it. ok is false if there
// is none, and for a Local that is closed or was never made. If initialise panics or calls Goexit,
// Get does, and there is no value.
func (l *Local[T]) Get() (value T, ok bool) {
	got := C.threading_go_local_get(l.handle())
	runtime.KeepAlive(l)
	resume(got.failure)
	if mine, ok := lookUp(got.value).(*localValue[T]); ok {
		return mine.value, true
	}
	return value, false
}

// Set sets the calling thread's value. The one before it ends. It fails with ErrInvalidHandle,
// ErrDestroyed or ErrNoResources; then the value is still the caller's, and the one before it
// stays.
func (l *Local[T]) Set(value T) error {
	reap()
	handle := cgo.NewHandle(&localValue[T]{value, l.life})
	err := check(C.threading_go_local_set(l.handle(), C.uintptr_t(handle)))
	runtime.KeepAlive(l)
	if err != nil {
		handle.Delete()
	}
	return err
}

// Delete ends the calling thread's value; from then on there is none, and initialise does not run
// again. It fails with ErrNoValue if there was none, with ErrInvalidHandle and ErrDestroyed.
func (l *Local[T]) Delete() error {
	reap()
	err := check(C.threading_go_local_delete(l.handle()))
	runtime.KeepAlive(l)
	return err
}

// Name returns the name of the Local; "" if it has none.
func (l *Local[T]) Name() string {
	defer runtime.KeepAlive(l)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_local_name(l.handle(), buffer, capacity, length)
	})
}

// SetName gives the Local a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrInvalidHandle,
// ErrDestroyed or ErrNoResources.
func (l *Local[T]) SetName(name string) error {
	defer runtime.KeepAlive(l)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_local_set_name(l.handle(), name)
	})
}

// Close ends the Local and the values of all threads, each once, in the calling thread. No thread
// may use its value any more: that is for the program to see to. Afterwards all methods answer
// ErrDestroyed.
func (l *Local[T]) Close() error {
	reap()
	err := check(C.threading_go_local_destroy(l.handle()))
	if err == nil && l.life != nil {
		l.life.forget()
	}
	return l.object.closed(err)
}
