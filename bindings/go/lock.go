package threading

// #include "callbacks.h"
import "C"

import (
	"runtime"
	"sync"
	"time"
	"unsafe"
)

// A Lock is held by one goroutine at a time and released by any. It is a [sync.Locker] whose
// acquire can time out and be tried.
//
// The zero value is a lock that nobody holds. Whoever finds it free takes it, also past those who
// sleep, but whoever has waited for a millisecond is served in turn. A release happens before the
// acquire that follows it.
//
// The library notes which thread took a lock, but only Close asks: a goroutine may take it, go on
// in another thread and release it there.
type Lock struct {
	object object
}

var _ sync.Locker = (*Lock)(nil)

// NewLock makes a lock that nobody holds. It fails with ErrNoResources.
func NewLock() (*Lock, error) {
	var handle C.threading_lock
	if err := check(C.threading_lock_new(&handle)); err != nil {
		return nil, err
	}
	l := new(Lock)
	l.object.bits.Store(uint64(handle.bits))
	l.protect(handle)
	return l, nil
}

func (l *Lock) protect(handle C.threading_lock) {
	protect(l, &l.object, func() {
		if C.threading_lock_destroy(handle) == C.THREADING_BUSY {
			// Somebody forgot to release it, and nobody is left who could.
			C.threading_lock_release(handle)
			C.threading_lock_destroy(handle)
		}
	})
}

func (l *Lock) handle() C.threading_lock {
	bits := l.object.bits.Load()
	if bits == 0 {
		bits = l.ensure()
	}
	return C.threading_lock{bits: C.uint64_t(bits)}
}

// ensure makes the lock of a zero value; of several threads that come first, all get the same. It
// is 0 without memory.
func (l *Lock) ensure() uint64 {
	handle := C.threading_lock_ensure((*C.threading_lock)(unsafe.Pointer(&l.object.bits)))
	if handle.bits != 0 {
		l.protect(handle)
	}
	return uint64(handle.bits)
}

// Acquire takes the lock, waiting as long as it takes. A goroutine that holds it already waits for
// another to release it.
//
// It fails with ErrDestroyed, or with ErrNoResources if there is no memory to wait.
func (l *Lock) Acquire() error {
	status := C.threading_lock_acquire(l.handle())
	runtime.KeepAlive(l)
	return check(status)
}

// TryAcquire takes the lock if it is free at this moment; else it fails with ErrTimeout. A closed
// lock is ErrDestroyed.
func (l *Lock) TryAcquire() error {
	status := C.threading_lock_try_acquire(l.handle())
	runtime.KeepAlive(l)
	return check(status)
}

// AcquireTimeout takes the lock, waiting for at most that time, and fails with ErrTimeout if that
// runs out first. 0 or less polls. Other errors are those of Acquire, and ErrInvalidArgument for a
// duration over TimeoutMax.
func (l *Lock) AcquireTimeout(d time.Duration) error {
	status := C.threading_lock_acquire_timeout(l.handle(), seconds(d))
	runtime.KeepAlive(l)
	return check(status)
}

// Release releases the lock, whoever took it, and lets the next one in. It fails with
// ErrNotAcquired if nobody holds it, and with ErrDestroyed. It does not block.
func (l *Lock) Release() error {
	status := C.threading_lock_release(l.handle())
	runtime.KeepAlive(l)
	return check(status)
}

// Lock is Acquire for a [sync.Locker]: it panics with the error where Acquire returns it.
func (l *Lock) Lock() {
	status := C.threading_lock_acquire(l.handle())
	runtime.KeepAlive(l)
	if status != C.THREADING_OK {
		panic(Status(status))
	}
}

// TryLock takes the lock if it is free at this moment, and tells whether it did. It panics where
// TryAcquire fails for another reason.
func (l *Lock) TryLock() bool {
	return tried(l.TryAcquire())
}

// Unlock is Release for a [sync.Locker]: it panics with the error where Release returns it.
func (l *Lock) Unlock() {
	status := C.threading_lock_release(l.handle())
	runtime.KeepAlive(l)
	if status != C.THREADING_OK {
		panic(Status(status))
	}
}

// Locked tells whether somebody holds the lock: true of the moment of the call, and perhaps not of
// the next.
func (l *Lock) Locked() bool {
	locked := C.threading_lock_locked(l.handle())
	runtime.KeepAlive(l)
	return bool(locked)
}

// Name returns the name of the lock; "" if it has none.
func (l *Lock) Name() string {
	defer runtime.KeepAlive(l)
	return getName(func(buffer *C.char, capacity C.size_t, length *C.size_t) C.threading_status {
		return C.threading_lock_name(l.handle(), buffer, capacity, length)
	})
}

// SetName gives the lock a name, which tells people what it is for; "" takes it away. It fails
// with ErrInvalidArgument if the name is not UTF-8 or has a zero byte, with ErrDestroyed
// or ErrNoResources.
func (l *Lock) SetName(name string) error {
	defer runtime.KeepAlive(l)
	return setName(name, func(name *C.char) C.threading_status {
		return C.threading_lock_set_name(l.handle(), name)
	})
}

// Close ends the lock: all its methods answer ErrDestroyed from now on. It fails with ErrBusy while
// goroutines wait for it or a Condition uses it, and while it is held, unless the thread that took
// it has ended.
func (l *Lock) Close() error {
	err := check(C.threading_lock_destroy(l.handle()))
	return l.object.closed(err)
}

// tried is what TryLock makes of the error of a TryAcquire.
func tried(err error) bool {
	if err != nil && err != ErrTimeout {
		panic(err)
	}
	return err == nil
}
