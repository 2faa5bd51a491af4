package threading

/*
#include <stdlib.h>
#include "callbacks.h"
*/
import "C"

import (
	"runtime/cgo"
	"sync/atomic"
	"unsafe"
)

// An Exception is a failure in a thread, as the excepthook sees it.
type Exception struct {
	// Type says what kind of failure: a word, such as the type of the panic's value.
	Type string
	// Message says what happened, for a person; it may be empty.
	Message string
	// Value is what the func panicked with, or what ReportException was given; nil if C code
	// reported it.
	Value any
	// Stack is the stack of the panic as [runtime/debug.Stack] prints it; nil if it was no panic.
	Stack []byte
	// Thread is the thread that reports it.
	Thread *Thread
}

var (
	startHook  atomic.Pointer[func(*Thread)]
	exitHook   atomic.Pointer[func(*Thread)]
	excepthook atomic.Pointer[func(*Exception)]
	errorHook  atomic.Pointer[func(string, error, uint64)]
)

// hang puts a hook in its place, or takes it away if it is nil, on both sides of C.
func hang[F any](place *atomic.Pointer[F], hook F, isNil bool,
	set func(on C.bool) C.threading_status) error {
	if isNil {
		place.Store(nil)
	} else {
		place.Store(&hook)
	}
	return check(set(C.bool(!isNil)))
}

// SetStartHook sets what is called in each new thread of the library before its func; nil takes it
// away. It may still be running when the call returns.
func SetStartHook(hook func(thread *Thread)) error {
	return hang(&startHook, hook, hook == nil,
		func(on C.bool) C.threading_status { return C.threading_go_set_start_hook(on) })
}

// SetExitHook sets what is called in each thread of the library after its func, however that ended,
// and before what ends its values of Locals; nil takes it away. It may still be running when the
// call returns.
func SetExitHook(hook func(thread *Thread)) error {
	return hang(&exitHook, hook, hook == nil,
		func(on C.bool) C.threading_status { return C.threading_go_set_exit_hook(on) })
}

// SetExcepthook sets what hears of panics in the funcs of Threads and Timers and of
// [ReportException], in the thread where it happened; nil takes it away. Without it a panic ends
// the process. It may still be running when the call returns. A hook of C code does not hear of
// Go's panics.
func SetExcepthook(hook func(exception *Exception)) error {
	return hang(&excepthook, hook, hook == nil,
		func(on C.bool) C.threading_status { return C.threading_go_set_excepthook(on) })
}

// SetErrorHook sets what hears of every call of the library that fails, or asks with a bad handle,
// before that call returns: with the name of the C function, the error, and the bits of the handle,
// 0 if none. nil takes it away. So a program hears of its mistakes though it ignores errors. It
// costs nothing where calls succeed. What fails inside the hook is not reported. Expected outcomes,
// such as ErrTimeout, are no failures.
func SetErrorHook(hook func(function string, err error, handle uint64)) error {
	return hang(&errorHook, hook, hook == nil,
		func(on C.bool) C.threading_status { return C.threading_go_set_error_hook(on) })
}

// ReportMistakes says whether each call of the library that fails prints one line to the standard
// error stream, before the error hook hears of it: once for each C function and each error, since
// Go calls a function from one place in C. THREADING_REPORT in the environment says the same, and
// counts more.
func ReportMistakes(on bool) error {
	return check(C.threading_report_mistakes(C.bool(on)))
}

// ReportException reports a failure in the calling thread to the excepthook, or, if there is none,
// prints it to the standard error stream. The thread goes on. payload becomes the Exception's
// Value.
func ReportException(kind, message string, payload any) error {
	handle := cgo.NewHandle(&failure{value: payload})
	defer handle.Delete()
	return reportException(kind, message, handle)
}

//export threadingGoStartHook
func threadingGoStartHook(thread C.uint64_t) {
	callThreadHook(&startHook, uint64(thread))
}

//export threadingGoExitHook
func threadingGoExitHook(thread C.uint64_t) {
	callThreadHook(&exitHook, uint64(thread))
}

func callThreadHook(place *atomic.Pointer[func(*Thread)], thread uint64) {
	if hook := place.Load(); hook != nil {
		report(contain(func() { (*hook)(threadOf(thread)) }, nil))
	}
}

//export threadingGoExcepthook
func threadingGoExcepthook(kind, message *C.char, payload C.uintptr_t, thread C.uint64_t) {
	hook := excepthook.Load()
	if hook == nil {
		return
	}
	exception := &Exception{Type: C.GoString(kind), Message: C.GoString(message),
		Thread: threadOf(uint64(thread))}
	if payload != 0 {
		failed := cgo.Handle(payload).Value().(*failure)
		exception.Value, exception.Stack = failed.value, failed.stack
	}
	if failed := contain(func() { (*hook)(exception) }, nil); failed != nil && !failed.goexit {
		crash(failed)
	}
}

//export threadingGoErrorHook
func threadingGoErrorHook(function *C.char, status C.threading_status, handle C.uint64_t) {
	hook := errorHook.Load()
	if hook == nil {
		return
	}
	name := C.GoString(function)
	failed := contain(func() { (*hook)(name, check(status), uint64(handle)) }, nil)
	if failed != nil && !failed.goexit {
		crash(failed)
	}
}

func free(text *C.char) {
	C.free(unsafe.Pointer(text))
}
