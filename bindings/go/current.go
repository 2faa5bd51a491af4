package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"sync"
	"weak"
)

// known has the one Thread of each thread that somebody refers to, by the bits of its handle.
var known = struct {
	sync.Mutex
	threads map[uint64]weak.Pointer[Thread]
}{threads: map[uint64]weak.Pointer[Thread]{}}

func know(t *Thread) {
	known.Lock()
	defer known.Unlock()
	knowLocked(t)
}

func knowLocked(t *Thread) {
	bits := t.object.bits.Load()
	known.threads[bits] = weak.Make(t)
	runtime.AddCleanup(t, forget, bits)
}

// forget drops the entry of a Thread that is gone, unless there is a new one already.
func forget(bits uint64) {
	known.Lock()
	defer known.Unlock()
	if known.threads[bits].Value() == nil {
		delete(known.threads, bits)
	}
}

// threadOf returns the Thread of a handle that the library has lent. For the null handle it is one
// whose methods answer ErrInvalidHandle.
func threadOf(bits uint64) *Thread {
	if bits == 0 {
		return new(Thread)
	}
	known.Lock()
	defer known.Unlock()
	if t := known.threads[bits].Value(); t != nil {
		return t
	}
	t := new(Thread)
	t.object.bits.Store(bits)
	knowLocked(t)
	return t
}

// CurrentThread returns the calling thread. A goroutine that is tied to none learns of the one that
// it happens to be on, which is a Dummy-N, or the main thread.
func CurrentThread() *Thread {
	return threadOf(uint64(C.threading_current_thread().bits))
}

// MainThread returns the thread that the process began with. The main goroutine is on it only if an
// init function has called [runtime.LockOSThread].
func MainThread() *Thread {
	return threadOf(uint64(C.threading_main_thread().bits))
}

// CurrentName returns the calling thread's name, for logs.
func CurrentName() string {
	// C's text is valid until the thread asks again, and another goroutine could ask in it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return C.GoString(C.threading_current_name())
}

// GetIdent returns the calling thread's ident: a number that no other thread of the process has,
// before or after.
func GetIdent() uint64 {
	return uint64(C.threading_get_ident())
}

// GetNativeID returns the operating system's id of the calling thread, by which tools such as top
// know it.
func GetNativeID() uint64 {
	return uint64(C.threading_get_native_id())
}

// ActiveCount returns how many threads are alive: the main thread, those of the library that were
// started and have not ended, and Dummies.
func ActiveCount() int {
	return int(C.threading_active_count())
}

// Enumerate returns the threads that are alive. Every thread that is alive during the whole call is
// listed, and none that had ended before it.
func Enumerate() []*Thread {
	return enumerate(ActiveCount() + 8)
}

// enumerate begins with room for so many, at least 1.
func enumerate(room int) []*Thread {
	handles := listed(room, func(array []C.threading_thread) int {
		return int(C.threading_enumerate(&array[0], C.size_t(len(array))))
	})
	threads := make([]*Thread, len(handles))
	for i, handle := range handles {
		threads[i] = threadOf(uint64(handle.bits))
	}
	return threads
}

// StackSize returns the size of the C stack that new threads get, as it was set; 0 is the
// platform's default.
func StackSize() int {
	return int(C.threading_stack_size())
}

// SetStackSize sets the size of the C stack of threads that are started from now on: at least
// 32,768 bytes; 0 is the platform's default. It fails with ErrInvalidArgument. See
// [Thread.SetStackSize] for what it means in Go.
func SetStackSize(bytes int) error {
	return check(C.threading_set_stack_size(C.size_t(bytes)))
}
