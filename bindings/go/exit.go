package threading

// #include "callbacks.h"
import "C"

import (
	"runtime/cgo"
	"time"
)

// RegisterAtexit registers a func that [Shutdown] calls before it waits for threads: the place to
// tell them to stop. The last registered runs first. It does not run if the process ends without
// Shutdown. It fails with ErrInvalidArgument if fn is nil, with ErrShuttingDown and ErrNoResources.
func RegisterAtexit(fn func()) error {
	if fn == nil {
		return ErrInvalidArgument
	}
	handle := cgo.NewHandle(fn)
	err := check(C.threading_go_register_atexit(C.uintptr_t(handle)))
	if err != nil {
		handle.Delete()
	}
	return err
}

//export threadingGoAtexit
func threadingGoAtexit(function C.uintptr_t) {
	handle := cgo.Handle(function)
	fn := handle.Value().(func())
	handle.Delete()
	report(contain(fn, nil))
}

// Shutdown runs what RegisterAtexit registered, and then waits for all threads that are not
// daemons, pending Timers among them. Afterwards none can be started: ErrShuttingDown. It is the
// last thing that main does:
//
//	func main() {
//		defer threading.Shutdown()
//		…
//	}
//
// Without it Go ends the process when main returns, and does not wait. With it, a panic in main is
// printed when the threads have ended; os.Exit and log.Fatal do not wait. The calling thread counts
// as finished for those who join it. It fails with ErrNoResources if there is no memory to wait.
func Shutdown() error {
	return check(C.threading_shutdown())
}

// ShutdownTimeout does what Shutdown does, but waits for at most that time, and fails with
// ErrTimeout if that runs out first: the registered funcs have run and do not run again, and
// threads can still be started. It fails with ErrInvalidArgument for a duration over TimeoutMax,
// and then nothing has changed.
func ShutdownTimeout(d time.Duration) error {
	return check(C.threading_shutdown_timeout(seconds(d)))
}
