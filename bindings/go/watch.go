package threading

// #include "callbacks.h"
import "C"

import (
	"sync/atomic"
	"time"
	"unsafe"
)

var deadlockHook atomic.Pointer[func([]Wait, Certainty)]

// Watch has a thread of the library's look for deadlocks at these intervals. It prints each one
// once, to the standard error stream or to the file that THREADING_DUMP_FILE in the environment
// names, and then calls the hook that [SetDeadlockHook] has set. One that another goroutine could
// end by releasing a [Lock] has to last for patience before; 0 or less reports it at once. An
// interval of [Infinite] ends the watch; one of 0 or less is ErrInvalidArgument. What
// [FindDeadlock] says about the holder of a Lock holds here too.
func Watch(interval, patience time.Duration) error {
	return check(C.threading_watch(seconds(interval), seconds(patience)))
}

// SetDeadlockHook sets what [Watch] calls for each deadlock that it finds, in the thread that
// watches: with what its threads wait for, as [FindDeadlock] returns it. nil takes it away. It may
// still be running when the call returns. It must return, and must not take Locks of the deadlock.
func SetDeadlockHook(hook func(waits []Wait, certainty Certainty)) error {
	return hang(&deadlockHook, hook, hook == nil,
		func(on C.bool) C.threading_status { return C.threading_go_set_deadlock_hook(on) })
}

//export threadingGoDeadlockHook
func threadingGoDeadlockHook(waits *C.threading_wait, count C.size_t, certainty C.int32_t) {
	if hook := deadlockHook.Load(); hook != nil {
		found := waitsOf(unsafe.Slice(waits, int(count)))
		report(contain(func() { (*hook)(found, Certainty(certainty)) }, nil))
	}
}
